//! Pull requests, rulesets and landings, judged: pure, without I/O and without a clock.

pub(crate) mod audit;
pub mod claims;
pub mod merge;
pub mod metrics;
pub(crate) mod rulesets;
pub(crate) mod standing;
