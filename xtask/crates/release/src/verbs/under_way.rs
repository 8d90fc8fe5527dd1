//! Gathering releases on their way: what the ledger says, and what was begun here.

use super::journal::Journal;
pub use crate::judge::under_way::Candidate;
use crate::judge::under_way::under_way;
use thrice_findings::{Code, Finding, Stop};
use thrice_ledger::gather;
use thrice_orr::layout::Output;
use thrice_programme::Kind;
use thrice_programme::world::World;

/// Releases on their way.
pub struct UnderWay {
    /// Candidates whose version is not released.
    pub candidates: Vec<Candidate>,
    /// Tags of releases that a command here began and did not end, each with its commit.
    pub begun: Vec<(String, String)>,
}

impl UnderWay {
    /// Looks for them, by the rules of the base.
    ///
    /// # Errors
    /// The findings where there are no rules of releases; where git fails.
    pub fn of(world: &World, findings: &mut Vec<Finding>) -> Result<Self, Stop> {
        let repository = world.repository()?;
        let default = world.default_branch(&repository, findings)?;
        let Some(base) = default.base(&repository, None, findings)? else {
            return Err(std::mem::take(findings).into());
        };
        let (policy, source) = world.policy_of(&repository, &base)?;
        let Some(rules) = &policy.release else {
            let message = format!("there is no `{}/release.toml` at the base", source.shown);
            return Err(Finding::new(Code::PolicyMissing, message).into());
        };
        let wanted = gather::Wanted::of(&[Kind::Release]);
        let recorded = gather::standing(&repository, &base, &policy.ledger, wanted, findings)?;
        let candidates = under_way(&recorded.unwrap_or_default(), rules);
        let output = Output::of(&repository, &policy);
        let journals = Journal::all(&output.folder().join("release"))?;
        let left = journals.iter().filter(|journal| !journal.is_done());
        let begun = left.filter_map(|journal| {
            let opened = journal.opened()?;
            Some((opened.tag.clone(), opened.sha.clone()))
        });
        Ok(Self { candidates, begun: begun.collect() })
    }
}
