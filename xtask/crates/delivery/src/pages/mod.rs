//! The documents that people read: status, checklists, handoff, the index of a pack.

pub(crate) mod checklist;
pub(crate) mod handoff;
pub(crate) mod pack;
pub(crate) mod status;
