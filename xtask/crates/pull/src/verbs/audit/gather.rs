//! What this clone has: the history of the default branch, and the moves that it saw.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::judge::audit::{Commit as Past, Moved};
use thrice_facts::git::{Commit, Move, REMOTE, Repository};
use thrice_findings::{Code, Finding};
use thrice_programme::world::World;
use thrice_risk::gather::{commits, tips_of};

/// The default branch as this clone has it.
pub(super) struct Local {
    pub(super) branch: String,
    /// Its head, as the remote has it.
    pub(super) head: Commit,
    pub(super) commits: Vec<Past>,
    /// Where it was seen here.
    pub(super) tips: BTreeSet<String>,
    /// Its moves that were seen here.
    pub(super) moved: Vec<Moved>,
}

impl Local {
    /// Gathers; none where there is nothing to audit, and then a finding says why.
    pub(super) fn gather(
        world: &World,
        repository: &Repository,
        found: &mut Vec<Finding>,
    ) -> anyhow::Result<Option<Self>> {
        let default = world.default_branch(repository, found)?;
        let head = default.base(repository, None, found)?;
        // A head that is not here is no stale base: nothing is judged against it.
        for finding in found.iter_mut().filter(|finding| finding.code == Code::Cec60) {
            let message = std::mem::take(&mut finding.message);
            *finding = Finding::new(Code::AuditUnseen, message).help("`git fetch origin`");
        }
        if repository.is_shallow()? {
            let message = "the clone is shallow: older commits are missing";
            found.push(Finding::new(Code::AuditUnseen, message).help("`git fetch --unshallow`"));
            return Ok(None);
        }
        let Some(head) = head else { return Ok(None) };
        let commits = commits(repository.past(&head)?);
        let branch = default.name;
        let moves = repository.moves(&format!("refs/remotes/{REMOTE}/{branch}"))?;
        let (tips, moved) = (tips_of(&moves), moves.into_iter().map(moved).collect());
        Ok(Some(Self { branch, head, commits, tips, moved }))
    }
}

fn moved(Move { before, after, at, forward }: Move) -> Moved {
    let at = Timestamp::from_second(at).unwrap_or(Timestamp::UNIX_EPOCH);
    Moved { before, after, at, forward }
}
