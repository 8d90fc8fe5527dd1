//! What the one who decides a gate can see.

use super::layout::Run;
use super::result::GateResult;
use thrice_facts::git::{Repository, Tree};
use thrice_facts::interrupt::Interrupt;
use thrice_programme::Policy;

/// What a gate can see of its own run beside the commit.
pub(crate) struct Surroundings<'a> {
    /// The rules.
    pub policy: &'a Policy,
    /// The run.
    pub run: &'a Run,
    /// What came of the gates before it.
    pub earlier: &'a [GateResult],
    /// Whether the command was asked to stop.
    pub interrupt: &'a Interrupt,
}

impl Surroundings<'_> {
    /// What the commit holds, from git's objects: gates before this one may have
    /// changed the checkout and its index.
    ///
    /// # Errors
    /// Where git fails.
    pub(crate) fn committed(&self) -> anyhow::Result<Tree> {
        Repository::around(&self.run.root)?.tree(&self.run.commit)
    }
}
