//! Risks, blocks and incidents: their clocks, who is asked, and what escalates at once.

pub mod gather;
pub mod judge;
pub mod page;
pub mod verbs;
