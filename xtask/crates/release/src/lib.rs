//! TODO

pub mod judge;
pub mod verbs;
