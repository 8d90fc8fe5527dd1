//! TODO

pub mod doctor;
pub mod explain;
pub mod policy;
