//! The verbs about a patch.

pub mod branch;
pub mod brief;
pub mod filemap;
pub mod plan;
pub mod pr_body;
pub mod review;
