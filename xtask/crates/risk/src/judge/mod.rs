//! TODO

pub mod clocks;
pub mod incidents;
