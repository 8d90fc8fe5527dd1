//! Pull requests, rulesets and landings, judged: pure, without I/O and without a clock.

pub mod audit;
pub mod claims;
pub mod merge;
pub mod metrics;
pub mod rulesets;
