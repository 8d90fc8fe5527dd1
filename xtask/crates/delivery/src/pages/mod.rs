//! TODO

pub mod checklist;
pub mod handoff;
pub mod status;
