//! The verbs of risks and incidents.

pub mod incident;
pub mod risk;
pub mod sla;
