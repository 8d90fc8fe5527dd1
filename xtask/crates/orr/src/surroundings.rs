//! What the one who decides a gate can see.

use super::layout::Run;
use super::result::GateResult;
use thrice_facts::git::{Commit, Repository, Tree};
use thrice_facts::interrupt::Interrupt;
use thrice_programme::Policy;

/// What a gate can see of its own run beside the commit.
pub(crate) struct Surroundings<'a> {
    pub policy: &'a Policy,
    pub run: &'a Run,
    /// What came of the gates before it.
    pub earlier: &'a [GateResult],
    /// Whether the command was asked to stop.
    pub interrupt: &'a Interrupt,
}

impl Surroundings<'_> {
    /// What the commit holds, from git's objects: gates before this one may have
    /// changed the checkout and its index.
    pub(crate) fn committed(&self) -> anyhow::Result<Tree> {
        Repository::around(&self.run.root)?.tree(&self.run.commit)
    }

    /// Where the patch that the commit ends begins, with what it holds, by what this clone knows of
    /// the default branch; none where it knows nothing, or the commit is on it.
    pub(crate) fn base(&self) -> anyhow::Result<Option<(Commit, Tree)>> {
        let repository = Repository::around(&self.run.root)?;
        let tip = repository.last_seen_tip(&self.policy.programme.default_branch)?;
        let Some(tip) = tip else { return Ok(None) };
        let base = repository.merge_base(&tip.id, &self.run.commit.id)?;
        base.map(|base| Ok((base.clone(), repository.tree(&base)?))).transpose()
    }
}

/// Whether a patch brings or changes the file at a path, as people see it; true where nobody knows
/// where the patch begins.
pub(crate) fn changes(now: &Tree, base: Option<&(Commit, Tree)>, path: &str) -> bool {
    let Some((_, before)) = base else { return true };
    // A path that people see otherwise is not found.
    now.entry(path).is_none() || now.entry(path) != before.entry(path)
}
