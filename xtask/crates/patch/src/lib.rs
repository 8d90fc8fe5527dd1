//! TODO

pub mod approvals;
pub mod brief;
pub mod controls;
pub mod freeze;
pub mod gather;
pub mod judge;
pub mod verbs;
