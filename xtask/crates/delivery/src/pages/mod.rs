//! The documents that people read: status, checklists, handoff.

pub(crate) mod checklist;
pub(crate) mod handoff;
pub(crate) mod status;
