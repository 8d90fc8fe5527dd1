//! TODO

pub mod committed;
pub mod pattern;
