//! TODO

pub mod judge;
pub mod page;
pub mod verbs;
