//! TODO

pub mod audit;
pub mod claims;
pub mod merge;
pub mod metrics;
pub mod rulesets;
pub mod standing;
