//! The documents that people read: status, checklists, handoff.

pub mod checklist;
pub mod handoff;
pub mod status;
