//! What gates left, judged: pure, without I/O and without a clock.

pub mod branch;
pub mod codeowners;
pub(crate) mod compare;
pub(crate) mod decision;
pub mod lock;
pub(crate) mod log;
pub(crate) mod odds;
pub mod pull;
#[cfg(test)]
mod reported;
pub mod required_checks;
pub mod rulesets;
pub(crate) mod secret_value;
pub mod server;
pub(crate) mod suppression;
pub mod test_counts;
pub(crate) mod test_report;
pub mod triage;
pub mod workflow;
