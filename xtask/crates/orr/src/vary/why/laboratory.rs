//! One gate, run again and again in a new checkout at the same place, until there is no
//! time left.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, Instant};

use super::clue::TrialFacts;
use super::search::{Laboratory, TrialOutcome};
use crate::environment;
use crate::gate;
use crate::journal::{Journal, JournalLine};
use crate::layout::{Output, Run, checkout_path};
use crate::leftovers::remove_checkout;
use crate::locked_crates::{Crates, Shared, go};
use crate::prepare::install;
use crate::surroundings::Surroundings;
use crate::vary::{Variation, tree};
use thrice_facts::git::{CheckoutSource, Commit, Repository};
use thrice_facts::interrupt::Interrupt;
use thrice_facts::{clock, files};
use thrice_findings::Outcome;
use thrice_programme::{Aspect, Gate, Policy};
use thrice_report::event::{Event, Listener};
use thrice_report::text::{counted, seconds};

/// The number of the run that trials are, which no run of a review has.
const TRIAL: u32 = 900;

/// How long a search says nothing.
const QUIET: Duration = Duration::from_secs(10);

/// How many files of a checkout are asked for their numbers.
const ASKED_FILES: usize = 20_000;

/// The review whose gates are run again.
pub(crate) struct Case<'a> {
    pub repository: &'a Repository,
    pub policy: &'a Policy,
    pub commit: &'a Commit,
    pub review: &'a str,
    pub output: &'a Output,
    /// What the review's runs started from.
    pub shared: Option<&'a Shared>,
    /// Whether the command was asked to stop.
    pub interrupt: &'a Interrupt,
}

/// What all trials of all gates begin with.
pub(crate) struct Start {
    source: CheckoutSource,
    /// The commit's paths that are asked for their numbers.
    paths: Vec<String>,
    /// The locked crates that the review's runs started from.
    crates: Option<Crates>,
}

impl Start {
    /// Reads what the commit holds; nothing of it where git fails.
    pub(crate) fn of(case: &Case<'_>) -> anyhow::Result<Self> {
        let mut paths = Vec::new();
        if let Ok(tree) = case.repository.tree(case.commit) {
            let names = tree.paths().filter_map(|path| std::str::from_utf8(path).ok());
            paths.extend(names.take(ASKED_FILES).map(str::to_owned));
        }
        let root = case.repository.root();
        let crates = case.shared.map(|shared| Crates::of_review(shared, root)).transpose()?;
        Ok(Self { source: CheckoutSource::default(), paths, crates: crates.flatten() })
    }
}

/// Where the gate is run again, and for how long.
pub(crate) struct Bench<'a> {
    pub case: &'a Case<'a>,
    /// What each trial begins with.
    pub start: &'a Start,
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
    /// How many trials were made.
    pub trials: u32,
    /// When was last said how far the search is.
    pub said: Instant,
    /// Who hears that.
    pub listener: &'a dyn Listener,
    /// Where a checkout is noted, so that one that is left behind is found.
    pub journal: &'a mut Journal,
}

impl Laboratory for Bench<'_> {
    fn observe(&mut self, variation: &Variation) -> anyhow::Result<Option<TrialOutcome>> {
        let took = self.last.map_or(Duration::ZERO, |(_, took)| took);
        let wait = self.last.map_or(Duration::ZERO, |(started, _)| {
            (started + self.stagger).saturating_duration_since(Instant::now())
        });
        if Instant::now() + wait + took > self.deadline || self.case.interrupt.requested() {
            return Ok(None);
        }
        std::thread::sleep(wait);
        let started = Instant::now();
        let base = checkout_path(self.case.review, self.case.repository.root(), TRIAL)?;
        self.journal.write(&JournalLine::CheckoutBegan { run: TRIAL, path: base.clone() })?;
        let seen = self.trial(&self.run(&base, variation));
        remove_checkout(&base)?;
        self.journal.write(&JournalLine::CheckoutRemoved { run: TRIAL })?;
        files::remove(self.place().folder())?;
        self.last = Some((started, started.elapsed()));
        self.trials += 1;
        self.say();
        seen
    }
}

impl Bench<'_> {
    /// Says how far the search is, where nothing was said for a while.
    fn say(&mut self) {
        if self.said.elapsed() < QUIET {
            return;
        }
        self.said = Instant::now();
        let id = &self.gate.id;
        let left = self.deadline.saturating_duration_since(self.said);
        let times = counted(self.trials as usize, "time");
        let text =
            format!("{id} was run again {times}; at most {} more", seconds(left.as_secs_f64()));
        self.listener.event(&Event::Said { text });
    }

    /// Where a trial leaves its outputs.
    fn place(&self) -> Output {
        self.case.output.run(TRIAL)
    }

    /// The run that a trial is; `base` is where its checkout lies unless that varies.
    fn run(&self, base: &Path, variation: &Variation) -> Run {
        let root = self.case.repository.root();
        let scratch = base.parent().unwrap_or(root).to_owned();
        let name = base.file_name().unwrap_or_default();
        let checkout = match variation.get(Aspect::Checkout) {
            Some(elsewhere) => scratch.join(elsewhere).join(name),
            None => base.to_owned(),
        };
        Run {
            number: TRIAL,
            commit: self.case.commit.clone(),
            root: root.to_owned(),
            checkout,
            inner_output: self.case.policy.programme.output.clone(),
            output: self.place(),
            scratch,
            variation: variation.clone(),
        }
    }

    fn furnish(&self, run: &Run) -> anyhow::Result<()> {
        files::remove(&run.checkout)?;
        if let Some(folder) = run.checkout.parent() {
            files::make_folder(folder)?;
        }
        let Case { repository, policy, interrupt, .. } = *self.case;
        tree::check_out(repository, &self.start.source, run, interrupt)?;
        tree::furnish(repository, run)?;
        if let Some(crates) = &self.start.crates {
            crates.copy_to(run)?;
        }
        go::copy_to(run, &policy.gates, u32::MAX)?;
        install(&policy.gates, run, interrupt).map(drop)
    }

    fn trial(&self, run: &Run) -> anyhow::Result<Option<TrialOutcome>> {
        let environment = &self.case.policy.gates.environment;
        files::remove(&run.scratch)?;
        files::make_folder(&run.scratch)?;
        environment::make_home(run, environment)?;
        self.furnish(run)?;
        if let Some(kept) = run.variation.get(Aspect::Warm) {
            if self.once(run)?.is_none() {
                return Ok(None);
            }
            if !kept.contains("HOME") {
                files::remove(&run.home())?;
                environment::make_home(run, environment)?;
            }
            if !kept.contains("checkout") {
                self.furnish(run)?;
            }
        }
        self.once(run)
    }

    /// Runs the gate, and reads what it left.
    fn once(&self, run: &Run) -> anyhow::Result<Option<TrialOutcome>> {
        let seconds = || u64::try_from(clock::now().as_second()).unwrap_or_default();
        let start = seconds();
        let Case { policy, interrupt, .. } = *self.case;
        let surroundings = Surroundings { policy, run, earlier: &[], interrupt };
        let Some(result) = gate::run(&surroundings, &self.gate)? else { return Ok(None) };
        let bytes = match &self.path {
            Some(path) => files::read_if_there(&run.output.folder().join(path))?,
            None => None,
        };
        let facts = TrialFacts {
            span: (start, seconds()),
            temporary: run.temporary().display().to_string(),
            inodes: self.inodes(run),
        };
        Ok(Some(TrialOutcome { passes: result.outcome == Outcome::Pass, bytes, facts }))
    }

    fn inodes(&self, run: &Run) -> BTreeMap<u64, String> {
        let number = |path: &String| {
            let metadata = run.checkout.join(path).symlink_metadata().ok()?;
            Some((metadata.ino(), path.clone()))
        };
        self.start.paths.iter().filter_map(number).collect()
    }
}
