//! TODO

pub mod incident;
pub mod risk;
pub mod sla;
