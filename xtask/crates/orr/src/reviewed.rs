//! What comes of a review, whichever engine made its runs.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;

use super::journal::{Early, Journal, JournalLine, Opened};
use super::locked_crates::Shared;
use super::pack::Packed;
use super::result::GateResult;
use super::vary::session::Varied;
use thrice_findings::{Finding, Outcome, Severity, Verdict};
use thrice_report::Rest;

/// A review whose runs are all done.
pub(crate) struct Reviewed {
    /// What it was opened with.
    pub opened: Opened,
    /// The ids by which others know the runs, by their numbers.
    pub ids: BTreeMap<u32, String>,
    pub results: BTreeMap<u32, Vec<GateResult>>,
    /// What decided before all runs were made; those that were ended have no results.
    pub early: Option<Early>,
    pub packed: BTreeMap<u32, Packed>,
    /// What of the compiling its runs shared.
    pub shared: Option<Shared>,
    /// How long it took.
    pub took: Duration,
    /// What was found beside the gates' own findings: where checkouts had to be clones,
    /// what could not be packed, what a server's runs are not.
    pub notes: Vec<Finding>,
    /// What the server's runs are, where a server made them.
    pub server: Option<Value>,
    /// In what the runs differed on purpose.
    pub vary: Varied,
    /// What is still to be removed of its checkouts.
    pub(crate) rest: Option<Rest>,
    pub(super) journal: Journal,
    pub(crate) folder: PathBuf,
}

impl Reviewed {
    /// How many runs are green: every gate passed, and nothing was refused of the run.
    #[must_use]
    pub(crate) fn green(&self) -> usize {
        let refused = |run: u32| {
            let of_run = |note: &&Finding| note.place.as_ref().and_then(|it| it.run) == Some(run);
            self.notes.iter().filter(of_run).any(|note| note.severity == Severity::Refuse)
        };
        let green = |(run, results): &(&u32, &Vec<GateResult>)| {
            results.iter().all(|it| it.outcome == Outcome::Pass) && !refused(**run)
        };
        self.results.iter().filter(green).count()
    }

    /// Records the decision.
    pub(crate) fn decided(mut self, verdict: Verdict, exit: u8) -> anyhow::Result<PathBuf> {
        self.journal.write(&JournalLine::Decided { verdict, exit })?;
        Ok(self.folder)
    }
}
