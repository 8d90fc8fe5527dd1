//! TODO

pub mod backlog;
pub mod calendar;
