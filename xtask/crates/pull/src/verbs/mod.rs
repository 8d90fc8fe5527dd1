//! The verbs about pull requests.

pub mod approve;
pub mod audit;
pub mod metrics;
pub mod pr;
pub mod rulesets;
