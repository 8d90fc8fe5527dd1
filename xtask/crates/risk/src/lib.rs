//! TODO

pub mod gather;
pub mod judge;
pub mod page;
pub mod recorded;
pub mod verbs;
