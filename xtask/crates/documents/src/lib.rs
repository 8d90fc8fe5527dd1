//! Documents: those that people write as evidence, and those that a verb gives.

pub mod document;
pub mod judge;
