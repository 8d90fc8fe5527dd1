//! The local engine: N runs in fresh checkouts, compared and decided, with a
//! journal from which a killed review is resumed.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context;

use super::environment;
use super::execute::{Executed, Keeper, Plan, PlannedRun, execute};
use super::gate::is_plausible;
use super::journal::{self, Early, EngineKind, Journal, JournalLine, Opened};
use super::layout::{Output, Run, checkout_path};
use super::leftovers::{
    Unfinished, drop_what_rests_on_nothing, evidence_stands, remove_checkout, taken_up,
};
use super::locked_crates::{Crates, Making, go};
use super::opening::{new_folder, opened};
use super::pack::{self, Packed};
use super::prepare::{Fetching, Place, install_aloud};
use super::record;
use super::removal::Removal;
use super::result::GateResult;
pub(crate) use super::reviewed::Reviewed;
use super::schedule;
use super::vary::session::Varied;
use super::vary::tree;
use thrice_facts::git::{CheckoutSource, Commit, GitState, Repository};
use thrice_facts::interrupt::Interrupt;
use thrice_facts::{files, machine, process};
use thrice_findings::{Code, Finding, Stop};
use thrice_programme::{Aspect, Gate, Policy, PolicyFiles, VaryMode};
use thrice_report::event::{Event, Listener};
use thrice_report::text::counted;

/// What is asked for.
pub(crate) struct Request<'a> {
    pub repository: &'a Repository,
    pub policy: &'a Policy,
    pub files: &'a PolicyFiles,
    pub output: &'a Output,
    /// The commit that is judged.
    pub commit: Commit,
    /// How many runs; where an unfinished review is resumed, its own number counts.
    pub runs: u32,
    /// Whether the runs end as soon as two differ.
    pub until: bool,
    /// Whether all runs are made, also when a gate that is not green has decided.
    pub(crate) keep_going: bool,
    /// Whether to go on with an unfinished review.
    pub resume: bool,
    /// How much the runs differ on purpose; of a resumed review its own counts.
    pub(crate) vary: VaryMode,
    /// Cores to be used at once.
    pub cores: usize,
    /// How long each gate took the last time.
    pub expected: BTreeMap<String, Duration>,
    /// Whether the command was asked to stop.
    pub interrupt: &'a Interrupt,
    /// Who hears what happens.
    pub listener: &'a dyn Listener,
}

/// Carries out a review on this machine.
///
/// # Errors
/// Where the tool itself cannot do its part. No process is left, and no checkout unless removing
/// takes long: then the next review removes it.
pub(crate) fn review(request: &Request<'_>) -> Result<Box<Reviewed>, Stop> {
    let begun = Instant::now();
    let output = request.output;
    output.prepare()?;
    let _held = output.hold()?;
    let resumed = taken_up(request, EngineKind::Local)?;
    let session = Session::open(request, output, resumed)?;
    let ended = session.carry_out();
    for number in 1..=session.opened.runs {
        session.removal.remove(&session.run(number)?);
    }
    if let Ok(Executed::Finished { results, early }) = ended {
        return Ok(session.finish(results, early, begun.elapsed())?);
    }
    let line = match &ended {
        Err(stop) => JournalLine::Stopped { because: stop.to_string() },
        Ok(_) => JournalLine::Interrupted,
    };
    let Session { removal, journal, .. } = session;
    let removed = removal.wait(request.interrupt);
    let written = journal.into_inner().unwrap_or_else(PoisonError::into_inner).write(&line);
    // What stopped the review comes before what stopped cleaning up after it.
    ended?;
    removed?;
    written?;
    Err(Stop::Interrupted)
}

/// A review at work.
struct Session<'a> {
    request: &'a Request<'a>,
    output: Output,
    opened: Opened,
    folder: PathBuf,
    journal: Mutex<Journal>,
    prepared: bool,
    kept: BTreeMap<u32, Vec<GateResult>>,
    varied: Varied,
    packed: Mutex<BTreeMap<u32, Packed>>,
    /// What all checkouts begin with.
    source: CheckoutSource,
    /// Each run's repository, as no gate had seen it yet.
    fresh: Mutex<BTreeMap<u32, GitState>>,
    /// What the runs start from; set before the first is checked out.
    crates: OnceLock<Crates>,
    notes: Mutex<Vec<Finding>>,
    removal: Removal,
}

impl<'a> Session<'a> {
    fn open(
        request: &'a Request<'a>,
        output: &Output,
        resumed: Option<Unfinished>,
    ) -> anyhow::Result<Self> {
        let (folder, lines) = match resumed {
            Some(review) => (review.folder, review.lines),
            None => {
                let folder = new_folder(request, output)?;
                (folder, Vec::new())
            }
        };
        let journal = Journal::open(&folder)?;
        let removal = Removal::start(&folder)?;
        process::hold(&folder);
        let mut session = Self {
            request,
            output: output.clone(),
            opened: opened(request, EngineKind::Local, &folder)?,
            varied: Varied::default(),
            folder,
            journal: Mutex::new(journal),
            prepared: lines.iter().any(|line| matches!(line, JournalLine::Prepared)),
            kept: BTreeMap::new(),
            packed: Mutex::new(BTreeMap::new()),
            source: CheckoutSource::default(),
            fresh: Mutex::new(BTreeMap::new()),
            crates: OnceLock::new(),
            notes: Mutex::new(Vec::new()),
            removal,
        };
        if let Some(opened) = journal::opened(&lines) {
            session.opened = opened.clone();
            session.keep(&lines)?;
        } else {
            files::remove(&output.folder().join("runs"))?;
            output.clear_run(&request.policy.programme.id)?;
            files::remove(&output.decision())?;
            session.write(&JournalLine::Opened(session.opened.clone()))?;
        }
        session.varied = Varied::of(request, &session.opened, lines.is_empty())?;
        Ok(session)
    }

    /// Takes over the gates that an earlier command ran, as far as their evidence
    /// still is what it was. Runs are packed anew, which costs little and trusts no
    /// file that lay around meanwhile.
    fn keep(&mut self, lines: &[JournalLine]) -> anyhow::Result<()> {
        for line in lines {
            if let JournalLine::GateEnded { run, result } = line
                && let Some(gate) = self.request.policy.gates.get(&result.gate)
                && is_plausible(gate, result)?
                && evidence_stands(self.output.run(*run).folder(), result)?
            {
                let kept = self.kept.entry(*run).or_default();
                kept.retain(|earlier| earlier.gate != result.gate);
                kept.push((**result).clone());
            }
        }
        let gates = &self.request.policy.gates.gates;
        for kept in self.kept.values_mut() {
            drop_what_rests_on_nothing(gates, kept);
        }
        Ok(())
    }

    fn noted(&self) -> std::sync::MutexGuard<'_, Vec<Finding>> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fresh(&self) -> std::sync::MutexGuard<'_, BTreeMap<u32, GitState>> {
        self.fresh.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes what gates changed in their repository, which no test has to do with.
    fn look_at_git(&self, run: &Run) -> anyhow::Result<()> {
        let Some(before) = self.fresh().remove(&run.number) else { return Ok(()) };
        let changed = before.changed_in(&GitState::of(&run.checkout)?);
        let Some(first) = changed.first() else { return Ok(()) };
        let mut notes = self.noted();
        if !notes.iter().any(|note| note.code == Code::GitChanged) {
            let (count, first) = (counted(changed.len(), "file"), first.display());
            let message = format!("gates changed {count} of their repository, such as {first}");
            notes.push(
                Finding::new(Code::GitChanged, message)
                    .help("let no gate write below .git: later gates of its run read it")
                    .at(thrice_findings::Place::default().in_run(run.number)),
            );
        }
        Ok(())
    }

    fn packed_runs(&self) -> std::sync::MutexGuard<'_, BTreeMap<u32, Packed>> {
        self.packed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, line: &JournalLine) -> anyhow::Result<()> {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner).write(line)
    }

    fn run(&self, number: u32) -> anyhow::Result<Run> {
        let root = self.request.repository.root();
        let variation = self.varied.of_run(number);
        // The warm run is made where the first left its own.
        let place = if variation.has(Aspect::Warm) { 1 } else { number };
        let checkout = checkout_path(&self.opened.id, root, place)?;
        let scratch = checkout.parent().unwrap_or(root).to_owned();
        Ok(Run {
            number,
            commit: self.request.commit.clone(),
            root: root.to_owned(),
            checkout,
            inner_output: self.request.policy.programme.output.clone(),
            output: self.output.run(number),
            scratch,
            variation,
        })
    }

    fn carry_out(&self) -> Result<Executed, Stop> {
        let policy = self.request.policy;
        let gates: Vec<String> = policy.gates.gates.iter().map(|gate| gate.id.clone()).collect();
        let usual = record::usual(self.request.output, EngineKind::Local)?;
        self.request.listener.event(&Event::Started {
            runs: self.opened.runs,
            gates,
            commit: self.opened.commit.clone(),
            expected_seconds: usual.map(|usual| usual.as_secs_f64()),
            left_seconds: schedule::left(&policy.gates.gates, &self.request.expected),
            waits_for: "its checkout and packages",
        });
        if !self.prepare()? {
            return Ok(Executed::Interrupted);
        }
        self.share_crates()?;
        let mut runs = Vec::new();
        for number in 1..=self.opened.runs + u32::from(self.varied.has_warm()) {
            let run = self.run(number)?;
            let done = self.kept.get(&number).cloned().unwrap_or_default();
            for result in &done {
                self.request.listener.event(&Event::GateKept {
                    run: number,
                    gate: result.gate.clone(),
                    outcome: result.outcome,
                });
            }
            let open = |(index, gate): (usize, &Gate)| {
                (!done.iter().any(|result| result.gate == gate.id)).then_some(index)
            };
            let gates: Vec<usize> =
                policy.gates.gates.iter().enumerate().filter_map(open).collect();
            if gates.is_empty() {
                self.pack_run(&run, &done)?;
            }
            let after = run.variation.has(Aspect::Warm).then_some(1);
            runs.push(PlannedRun { digest: self.digest(number), run, done, gates, after });
        }
        let plan = Plan {
            policy,
            runs,
            cores: self.request.cores,
            expected: self.request.expected.clone(),
            stagger: policy.gates.stagger,
            until: self.opened.until || self.request.until,
            keep_going: self.opened.keep_going || self.request.keep_going,
            interrupt: self.request.interrupt,
            listener: self.request.listener,
        };
        Ok(execute(&plan, self)?)
    }

    /// Runs the commands that fetch, once; false where the command was asked to stop.
    fn prepare(&self) -> Result<bool, Stop> {
        if self.prepared {
            return Ok(true);
        }
        let gates = &self.request.policy.gates;
        let all: Vec<usize> = (0..gates.gates.len()).collect();
        let repository = self.request.repository;
        let (root, log) = (repository.root(), self.folder.join("prepare.log"));
        let (interrupt, listener) = (self.request.interrupt, self.request.listener);
        let place = Place::Checkout(repository, &self.source, &self.request.commit);
        let fetching =
            Fetching { gates, wanted: &all, root, place, log: &log, interrupt, listener };
        if !fetching.carry_out()? {
            return Ok(false);
        }
        self.write(&JournalLine::Prepared)?;
        Ok(true)
    }

    /// Compiles once what no run may compile otherwise than another.
    fn share_crates(&self) -> anyhow::Result<()> {
        let gates = self.request.policy.gates.gates.len();
        let is_done = |run: u32| self.kept.get(&run).is_some_and(|kept| kept.len() == gates);
        if (1..=self.opened.runs).all(is_done) {
            return Ok(());
        }
        let commit = &self.request.commit;
        let run = self.run(0)?;
        let making = Making {
            gates: &self.request.policy.gates,
            tree: &self.request.repository.tree(commit)?,
            run: &run,
            runs: self.opened.runs,
            log: &self.folder.join("locked_crates.log"),
            interrupt: self.request.interrupt,
            listener: self.request.listener,
        };
        go::compile(&making)?;
        let made = Crates::make(&making)?;
        if run.scratch.exists() {
            remove_checkout(&run.checkout)?;
        }
        if let Some(crates) = made {
            self.write(&JournalLine::CratesShared(crates.shared().clone()))?;
            let _ = self.crates.set(crates);
        }
        Ok(())
    }

    fn pack_run(&self, run: &Run, results: &[GateResult]) -> anyhow::Result<()> {
        let programme = &self.request.policy.programme.id;
        let mut results = results.to_vec();
        let gates = &self.request.policy.gates.gates;
        results.sort_by_key(|result| gates.iter().position(|gate| gate.id == result.gate));
        let packed = match pack::pack(run, programme, &results, self.request.files) {
            Ok(packed) => packed,
            Err(stop) => {
                self.noted().extend(stop.refusal().map_err(Stop::into_error)?);
                return Ok(());
            }
        };
        self.write(&JournalLine::RunPacked { run: run.number, packed: packed.clone() })?;
        self.request
            .listener
            .event(&Event::RunPacked { run: run.number, zip_sha256: packed.zip_sha256.clone() });
        self.packed_runs().insert(run.number, packed);
        Ok(())
    }

    /// The digest of what a run was packed into.
    fn digest(&self, run: u32) -> Option<String> {
        self.packed_runs().get(&run).map(|packed| packed.zip_sha256.clone())
    }

    /// Records in what a run is going to differ from a plain one.
    fn note_variation(&self, run: &Run) -> anyhow::Result<()> {
        self.varied.write(run)?;
        if run.variation.is_plain() {
            return Ok(());
        }
        let variation = run.variation.clone();
        self.write(&JournalLine::Varied { run: run.number, variation })
    }

    /// Makes a run's checkout, with what its variation needs beside it.
    fn make_checkout(&self, run: &Run, interrupt: &Interrupt) -> anyhow::Result<()> {
        let repository = self.request.repository;
        let path = run.checkout.clone();
        self.write(&JournalLine::CheckoutBegan { run: run.number, path })?;
        files::remove(&run.scratch)?;
        files::make_folder(&run.scratch)?;
        environment::make_home(run, &self.request.policy.gates.environment)?;
        tree::check_out(repository, &self.source, run, interrupt).with_context(|| {
            match machine::free(&run.scratch) {
                // git does not say why it could not write.
                Ok(left) if left < 1 << 20 => {
                    format!("cannot check out run {}: its disk has {left} bytes left", run.number)
                }
                _ => format!("cannot check out run {}", run.number),
            }
        })?;
        tree::furnish(repository, run)?;
        self.fresh().insert(run.number, GitState::of(&run.checkout)?);
        Ok(())
    }

    fn finish(
        self,
        results: BTreeMap<u32, Vec<GateResult>>,
        early: Option<Early>,
        took: Duration,
    ) -> anyhow::Result<Box<Reviewed>> {
        let ids = results.keys().map(|run| (*run, format!("{}.{run}", self.opened.id))).collect();
        Ok(Box::new(Reviewed {
            ids,
            server: None,
            opened: self.opened,
            results,
            early,
            shared: self.crates.get().map(|crates| crates.shared().clone()),
            packed: self.packed.into_inner().unwrap_or_else(PoisonError::into_inner),
            took,
            notes: self.notes.into_inner().unwrap_or_else(PoisonError::into_inner),
            journal: self.journal.into_inner().unwrap_or_else(PoisonError::into_inner),
            folder: self.folder,
            vary: self.varied,
            rest: Some(self.removal.rest()),
        }))
    }
}

impl Keeper for Session<'_> {
    fn check_out(&self, run: &Run, interrupt: &Interrupt) -> anyhow::Result<()> {
        self.note_variation(run)?;
        if run.variation.has(Aspect::Warm) {
            return Ok(());
        }
        self.make_checkout(run, interrupt)?;
        if let Some(crates) = self.crates.get() {
            crates.copy_to(run)?;
        }
        go::copy_to(run, &self.request.policy.gates, self.opened.runs)?;
        install_aloud(&self.request.policy.gates, run, interrupt, self.request.listener).map(drop)
    }

    fn gate_begins(&self, run: &Run, gate: &str) -> anyhow::Result<()> {
        self.write(&JournalLine::GateBegan { run: run.number, gate: gate.to_owned() })
    }

    fn gate_ended(&self, run: &Run, result: &GateResult) -> anyhow::Result<()> {
        let result = Box::new(result.clone());
        self.write(&JournalLine::GateEnded { run: run.number, result })
    }

    fn decided_early(&self, early: &Early) -> anyhow::Result<()> {
        self.write(&JournalLine::DecidedEarly(early.clone()))
    }

    fn run_ended(&self, run: &Run, results: &[GateResult]) -> anyhow::Result<Option<String>> {
        self.pack_run(run, results)?;
        self.look_at_git(run)?;
        // What the first run left is what the warm one starts from.
        if run.number == 1 && self.varied.has_warm() {
            return Ok(self.digest(run.number));
        }
        self.removal.remove(run);
        Ok(self.digest(run.number))
    }
}
