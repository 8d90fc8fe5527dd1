//! The verbs of risks and incidents.

pub mod drill;
pub mod incident;
pub mod risk;
pub mod sla;
pub mod trigger;
