//! The verbs of the readiness review.

pub mod compare;
pub mod gates;
pub mod orr;
pub mod pack;
pub mod workflow;
