//! TODO

pub mod approvals;
pub mod block;
pub mod filemap;
pub mod freeze;
pub mod patch;
pub mod plan;
pub mod pr_body;
pub mod review;
