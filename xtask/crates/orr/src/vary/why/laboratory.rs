//! One gate, run again and again in a new checkout at the same place, until there is no
//! time left.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::time::{Duration, Instant};

use super::clue::Facts;
use super::search::{Laboratory, Seen};
use crate::environment;
use crate::gate;
use crate::journal::{Journal, Line};
use crate::layout::{Output, Run, checkout_path};
use crate::leftovers::remove_checkout;
use crate::prepare::install;
use crate::surroundings::Surroundings;
use crate::vary::{Variation, tree};
use thrice_facts::git::{Commit, Repository, Source};
use thrice_facts::interrupt::Interrupt;
use thrice_facts::{clock, files};
use thrice_findings::Outcome;
use thrice_programme::{Aspect, Gate, Policy};

/// The number of the run that trials are, which no run of a review has.
const TRIAL: u32 = 900;

/// How many files of a checkout are asked for their numbers.
const ASKED_FILES: usize = 20_000;

/// Where the gate is run again, and for how long.
pub(crate) struct Bench<'a> {
    /// The repository.
    pub repository: &'a Repository,
    /// The rules.
    pub policy: &'a Policy,
    /// The commit.
    pub commit: &'a Commit,
    /// The review's id.
    pub review: &'a str,
    /// The review's outputs.
    pub output: &'a Output,
    /// Whether the command was asked to stop.
    pub interrupt: &'a Interrupt,
    /// The gate; its timeout is that of one trial.
    pub gate: Gate,
    /// The file that is asked about, relative to a run's output folder; none where the
    /// outcome is.
    pub path: Option<String>,
    /// When there is no time left.
    pub deadline: Instant,
    /// Least time between the starts of two trials.
    pub stagger: Duration,
    /// When the last trial started, and how long it took.
    pub last: Option<(Instant, Duration)>,
    /// What all trials begin with.
    pub source: Source,
    /// Where a checkout is noted, so that one that is left behind is found.
    pub journal: &'a mut Journal,
}

impl Laboratory for Bench<'_> {
    fn observe(&mut self, variation: &Variation) -> anyhow::Result<Option<Seen>> {
        let took = self.last.map_or(Duration::ZERO, |(_, took)| took);
        let wait = self.last.map_or(Duration::ZERO, |(started, _)| {
            (started + self.stagger).saturating_duration_since(Instant::now())
        });
        if Instant::now() + wait + took > self.deadline || self.interrupt.requested() {
            return Ok(None);
        }
        std::thread::sleep(wait);
        let started = Instant::now();
        let base = checkout_path(self.review, self.repository.root(), TRIAL)?;
        self.journal.write(&Line::CheckoutBegan { run: TRIAL, path: base.clone() })?;
        let seen = self.trial(variation);
        remove_checkout(&base)?;
        self.journal.write(&Line::CheckoutRemoved { run: TRIAL })?;
        files::remove(self.place().folder())?;
        self.last = Some((started, started.elapsed()));
        seen
    }
}

impl Bench<'_> {
    /// Where a trial leaves its outputs.
    fn place(&self) -> Output {
        self.output.run(TRIAL)
    }

    fn run(&self, variation: &Variation) -> anyhow::Result<Run> {
        let base = checkout_path(self.review, self.repository.root(), TRIAL)?;
        let scratch = base.parent().unwrap_or(self.repository.root()).to_owned();
        let name = base.file_name().unwrap_or_default();
        let checkout = match variation.get(Aspect::Checkout) {
            Some(elsewhere) => scratch.join(elsewhere).join(name),
            None => base.clone(),
        };
        Ok(Run {
            number: TRIAL,
            commit: self.commit.clone(),
            root: self.repository.root().to_owned(),
            checkout,
            inner_output: self.policy.programme.output.clone(),
            output: self.place(),
            scratch,
            variation: variation.clone(),
        })
    }

    fn furnish(&self, run: &Run) -> anyhow::Result<()> {
        files::remove(&run.checkout)?;
        if let Some(folder) = run.checkout.parent() {
            files::make_folder(folder)?;
        }
        tree::check_out(self.repository, &self.source, run, self.interrupt)?;
        tree::furnish(self.repository, run)?;
        install(&self.policy.gates, run, self.interrupt).map(drop)
    }

    fn trial(&self, variation: &Variation) -> anyhow::Result<Option<Seen>> {
        let run = self.run(variation)?;
        let environment = &self.policy.gates.environment;
        files::remove(&run.scratch)?;
        files::make_folder(&run.scratch)?;
        environment::make_home(&run, environment)?;
        self.furnish(&run)?;
        if let Some(kept) = variation.get(Aspect::Warm) {
            if self.once(&run)?.is_none() {
                return Ok(None);
            }
            if !kept.contains("HOME") {
                files::remove(&run.home())?;
                environment::make_home(&run, environment)?;
            }
            if !kept.contains("checkout") {
                self.furnish(&run)?;
            }
        }
        self.once(&run)
    }

    /// Runs the gate, and reads what it left.
    fn once(&self, run: &Run) -> anyhow::Result<Option<Seen>> {
        let seconds = || u64::try_from(clock::now().as_second()).unwrap_or_default();
        let start = seconds();
        let surroundings =
            Surroundings { policy: self.policy, run, earlier: &[], interrupt: self.interrupt };
        let Some(result) = gate::run(&surroundings, &self.gate)? else { return Ok(None) };
        let bytes = match &self.path {
            Some(path) => files::read_if_there(&run.output.folder().join(path))?,
            None => None,
        };
        let facts = Facts {
            span: (start, seconds()),
            temporary: run.temporary().display().to_string(),
            inodes: self.inodes(run),
        };
        Ok(Some(Seen { passes: result.outcome == Outcome::Pass, bytes, facts }))
    }

    fn inodes(&self, run: &Run) -> BTreeMap<u64, String> {
        let Ok(tree) = self.repository.tree(&run.commit) else { return BTreeMap::new() };
        let name = |path: &[u8]| std::str::from_utf8(path).ok().map(str::to_owned);
        let paths = tree.paths().filter_map(name).take(ASKED_FILES);
        let number = |path: String| {
            let metadata = run.checkout.join(&path).symlink_metadata().ok()?;
            Some((metadata.ino(), path))
        };
        paths.filter_map(number).collect()
    }
}
