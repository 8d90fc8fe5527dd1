//! TODO

pub mod document;
pub mod judge;
