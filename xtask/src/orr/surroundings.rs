//! What the one who decides a gate can see.

use super::layout::Run;
use super::result::GateResult;
use crate::facts::interrupt::Interrupt;
use crate::policy::Policy;

/// What a gate can see of its own run beside the commit.
pub struct Surroundings<'a> {
    /// The rules.
    pub policy: &'a Policy,
    /// The run.
    pub run: &'a Run,
    /// What came of the gates before it.
    pub earlier: &'a [GateResult],
    /// Whether the command was asked to stop.
    pub interrupt: &'a Interrupt,
}
