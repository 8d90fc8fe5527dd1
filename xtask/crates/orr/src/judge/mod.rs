//! What gates left, judged: pure, without I/O and without a clock.

pub mod branch;
pub mod codeowners;
pub mod compare;
pub mod decision;
pub mod lock;
pub mod log;
pub mod pull;
#[cfg(test)]
mod reported;
pub mod required_checks;
pub mod rulesets;
pub(crate) mod secret_value;
pub mod server;
pub mod suppression;
pub mod test_report;
pub mod triage;
pub mod workflow;
