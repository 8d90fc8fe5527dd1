//! A patch, judged by the rules of its base: pure, without I/O and without a clock.

pub mod approvals;
pub(crate) mod block;
pub mod filemap;
pub mod freeze;
pub mod patch;
pub mod plan;
pub mod pr_body;
pub mod review;
