//! A patch: its branch, the Filemap, its plan, the body of its pull request, its rubric and
//! the brief for whoever writes it.

pub mod approvals;
mod brief;
pub mod controls;
pub mod freeze;
pub mod gather;
pub mod judge;
pub mod merges;
pub mod verbs;
