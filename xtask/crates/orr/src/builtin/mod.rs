//! Gates that this tool decides itself: each gathers facts and hands them to
//! checks.

mod chain;
mod determinism;
mod evidence;
mod pins;
mod ruleset;
pub mod secrets;

use super::surroundings::Surroundings;
use thrice_findings::Finding;
use thrice_programme::Builtin;

/// What a built-in found, and the evidence that it leaves.
#[derive(Debug, Default)]
pub(crate) struct Decided {
    pub findings: Vec<Finding>,
    /// Evidence files by name.
    pub files: Vec<(String, Vec<u8>)>,
}

/// Decides a gate.
pub(crate) fn decide(which: Builtin, surroundings: &Surroundings<'_>) -> anyhow::Result<Decided> {
    match which {
        Builtin::Ruleset => ruleset::decide(surroundings),
        Builtin::Secrets => secrets::decide(surroundings),
        Builtin::Pins => pins::decide(surroundings),
        Builtin::Determinism => determinism::decide(surroundings),
        Builtin::Chain => chain::decide(surroundings),
        Builtin::Evidence => evidence::decide(surroundings),
    }
}
