//! The local engine: N runs in fresh checkouts, compared and decided, with a
//! journal from which a killed review is resumed.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context;

use super::environment;
use super::execute::{Executed, Keeper, Plan, PlannedRun, execute};
use super::journal::{self, Journal, Line, Opened};
use super::layout::{Output, Run, checkouts_folder};
use super::pack::{self, Packed};
use super::prepare::prepare;
use super::result::GateResult;
use crate::evidence::manifest::{FileRecord, sha256_hex, sha256sums};
use crate::facts::git::{Commit, Repository, short};
use crate::facts::interrupt::Interrupt;
use crate::facts::{clock, files};
use crate::findings::{Code, Finding};
use crate::policy::{Checkout, Policy, PolicyFiles};
use crate::report::event::{Event, Listener};

/// What is asked for.
pub struct Request<'a> {
    /// The repository.
    pub repository: &'a Repository,
    /// The rules.
    pub policy: &'a Policy,
    /// Their files.
    pub files: &'a PolicyFiles,
    /// The commit that is judged.
    pub commit: Commit,
    /// How many runs; where an unfinished review is resumed, its own number counts.
    pub runs: u32,
    /// Whether to go on with an unfinished review.
    pub resume: bool,
    /// Cores to be used at once.
    pub cores: usize,
    /// How long each gate took the last time.
    pub expected: BTreeMap<String, Duration>,
    /// Whether the command was asked to stop.
    pub interrupt: &'a Interrupt,
    /// Who hears what happens.
    pub listener: &'a dyn Listener,
}

/// A review whose runs are all done.
pub struct Reviewed {
    /// What it was opened with.
    pub opened: Opened,
    /// Results by run.
    pub results: BTreeMap<u32, Vec<GateResult>>,
    /// Digests by run.
    pub packed: BTreeMap<u32, Packed>,
    /// How long this command took.
    pub took: Duration,
    /// Where checkouts had to be clones.
    pub notes: Vec<Finding>,
    journal: Journal,
    folder: PathBuf,
}

/// How a review ended.
pub enum Ending {
    /// All runs are done.
    Done(Box<Reviewed>),
    /// It could not be begun.
    Refused(Finding),
    /// The command was asked to stop.
    Interrupted,
}

impl Reviewed {
    /// Records the decision.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn decided(
        mut self,
        verdict: crate::findings::Verdict,
        exit: u8,
    ) -> anyhow::Result<PathBuf> {
        self.journal.write(&Line::Decided { verdict, exit })?;
        Ok(self.folder)
    }
}

/// Carries out a review on this machine.
///
/// # Errors
/// Where the tool itself cannot do its part. No checkout or process is left.
pub fn review(request: &Request<'_>) -> anyhow::Result<Ending> {
    let begun = Instant::now();
    let output = output_of(request);
    output.prepare()?;
    files::make_folder(&output.reviews())?;
    // The lock is on the folder itself: it ends with the process, and no file stays.
    let lock = File::open(output.reviews())?;
    if lock.try_lock().is_err() {
        let finding = Finding::new(Code::ReviewRunning, "another review is running here")
            .help("wait for it, or stop it");
        return Ok(Ending::Refused(finding));
    }
    let left = unfinished(&output)?;
    clean_up(request, &left)?;
    let resumed = if request.resume {
        match resumable(request, left) {
            Ok(resumed) => Some(resumed),
            Err(finding) => return Ok(Ending::Refused(*finding)),
        }
    } else {
        None
    };
    let session = Session::open(request, &output, resumed)?;
    let ended = session.carry_out();
    session.remove_checkouts()?;
    match ended? {
        Executed::Finished(results) => session.finish(results, begun.elapsed()).map(Ending::Done),
        Executed::Interrupted => {
            session.write(&Line::Interrupted)?;
            Ok(Ending::Interrupted)
        }
    }
}

/// The output folder of a review.
fn output_of(request: &Request<'_>) -> Output {
    Output::at(request.repository.root().join(&request.policy.programme.output))
}

/// An unfinished review that a journal tells of.
struct Unfinished {
    folder: PathBuf,
    lines: Vec<Line>,
}

/// Reviews that were begun and not decided, oldest first.
fn unfinished(output: &Output) -> anyhow::Result<Vec<Unfinished>> {
    let mut folders: Vec<PathBuf> = std::fs::read_dir(output.reviews())?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    folders.sort();
    let mut left = Vec::new();
    for folder in folders {
        let lines = journal::read(&folder)?;
        let decided = lines.iter().any(|line| matches!(line, Line::Decided { .. }));
        if !lines.is_empty() && !decided {
            left.push(Unfinished { folder, lines });
        }
    }
    Ok(left)
}

/// Removes the checkouts that a killed review left.
fn clean_up(request: &Request<'_>, left: &[Unfinished]) -> anyhow::Result<()> {
    for review in left {
        let mut standing = BTreeMap::new();
        for line in &review.lines {
            match line {
                Line::CheckoutBegan { run, path } => {
                    standing.insert(*run, path.clone());
                }
                Line::CheckoutRemoved { run } => {
                    standing.remove(run);
                }
                _ => {}
            }
        }
        if standing.is_empty() {
            continue;
        }
        let mut journal = Journal::open(&review.folder)?;
        for (run, path) in standing {
            remove_checkout(request.repository, &path)?;
            journal.write(&Line::CheckoutRemoved { run })?;
        }
    }
    Ok(())
}

/// Removes a checkout and what lies beside it. A child that is just being ended
/// may still write, so this is tried for a while.
fn remove_checkout(repository: &Repository, path: &Path) -> anyhow::Result<()> {
    let mut tries = 0;
    loop {
        let removed = repository
            .remove_worktree(path)
            .and_then(|()| path.parent().map_or(Ok(()), files::remove));
        match removed {
            Err(_) if tries < 20 => {
                tries += 1;
                std::thread::sleep(Duration::from_millis(100));
            }
            done => {
                let review = path.parent().and_then(Path::parent);
                // The review's own folder goes with its last run.
                let _ = review.map(std::fs::remove_dir);
                return done;
            }
        }
    }
}

fn policy_digest(files: &PolicyFiles) -> String {
    let records: Vec<_> =
        files.iter().map(|(name, bytes)| FileRecord::of(name, false, bytes)).collect();
    sha256_hex(sha256sums(&records).as_bytes())
}

fn resumable(request: &Request<'_>, mut left: Vec<Unfinished>) -> Result<Unfinished, Box<Finding>> {
    let none = |why: String| {
        Box::new(
            Finding::new(Code::NothingToResume, why)
                .help("start a new review: `cargo xtask orr --runs 3`"),
        )
    };
    let Some(last) = left.pop() else {
        return Err(none("there is no unfinished review".to_owned()));
    };
    let Some(Line::Opened(opened)) = last.lines.first() else {
        return Err(none("the unfinished review has no beginning".to_owned()));
    };
    if opened.commit != request.commit.id {
        return Err(none(format!(
            "the unfinished review is of commit {}, and HEAD is {}",
            short(&opened.commit),
            short(&request.commit.id)
        )));
    }
    if opened.policy_sha256 != policy_digest(request.files) {
        return Err(none("the policy has changed since the unfinished review began".to_owned()));
    }
    Ok(last)
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
    packed: Mutex<BTreeMap<u32, Packed>>,
    notes: Mutex<Vec<Finding>>,
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
        let mut session = Self {
            request,
            output: output.clone(),
            opened: opened(request, &folder)?,
            folder,
            journal: Mutex::new(journal),
            prepared: lines.iter().any(|line| matches!(line, Line::Prepared)),
            kept: BTreeMap::new(),
            packed: Mutex::new(BTreeMap::new()),
            notes: Mutex::new(Vec::new()),
        };
        if let Some(Line::Opened(opened)) = lines.first() {
            session.opened = opened.clone();
            session.keep(&lines)?;
        } else {
            files::remove(&output.folder().join("runs"))?;
            output.clear_run(&request.policy.programme.id)?;
            files::remove(&output.decision())?;
            session.write(&Line::Opened(session.opened.clone()))?;
        }
        Ok(session)
    }

    /// Takes over what an earlier command did, as far as its files still say so.
    fn keep(&mut self, lines: &[Line]) -> anyhow::Result<()> {
        for line in lines {
            match line {
                Line::GateEnded { run, result } => {
                    let folder = self.output.run(*run).folder().to_owned();
                    if evidence_stands(&folder, result)? {
                        let kept = self.kept.entry(*run).or_default();
                        kept.retain(|earlier| earlier.gate != result.gate);
                        kept.push((**result).clone());
                    }
                }
                Line::RunPacked { run, packed } => {
                    let archive = self.output.run(*run).archive(&self.request.policy.programme.id);
                    let bytes = files::read_if_there(&archive)?.unwrap_or_default();
                    if sha256_hex(&bytes) == packed.zip_sha256 {
                        self.packed_runs().insert(*run, packed.clone());
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn packed_runs(&self) -> std::sync::MutexGuard<'_, BTreeMap<u32, Packed>> {
        self.packed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, line: &Line) -> anyhow::Result<()> {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner).write(line)
    }

    fn run(&self, number: u32) -> anyhow::Result<Run> {
        let base = checkouts_folder(&self.opened.id, self.request.repository.root())?;
        let base = base.join(number.to_string());
        Ok(Run {
            number,
            commit: self.request.commit.clone(),
            root: self.request.repository.root().to_owned(),
            checkout: base.join("tree"),
            inner_output: self.request.policy.programme.output.clone(),
            output: self.output.run(number),
            scratch: base,
        })
    }

    fn carry_out(&self) -> anyhow::Result<Executed> {
        let policy = self.request.policy;
        let gates: Vec<String> = policy.gates.gates.iter().map(|gate| gate.id.clone()).collect();
        let expected: Duration = self.request.expected.values().sum();
        self.request.listener.event(&Event::Started {
            runs: self.opened.runs,
            gates,
            commit: self.opened.commit.clone(),
            expected_seconds: (!expected.is_zero()).then_some(expected.as_secs_f64()),
        });
        if !self.prepare()? {
            return Ok(Executed::Interrupted);
        }
        let mut runs = Vec::new();
        for number in 1..=self.opened.runs {
            let run = self.run(number)?;
            let done = self.kept.get(&number).cloned().unwrap_or_default();
            for result in &done {
                self.request.listener.event(&Event::GateKept {
                    run: number,
                    gate: result.gate.clone(),
                    outcome: result.outcome,
                });
            }
            let open = |(index, gate): (usize, &crate::policy::Gate)| {
                (!done.iter().any(|result| result.gate == gate.id)).then_some(index)
            };
            let gates: Vec<usize> =
                policy.gates.gates.iter().enumerate().filter_map(open).collect();
            if gates.is_empty() && !self.packed_runs().contains_key(&number) {
                self.pack_run(&run, &done)?;
            }
            runs.push(PlannedRun { run, done, gates });
        }
        let plan = Plan {
            policy,
            runs,
            cores: self.request.cores,
            expected: self.request.expected.clone(),
            stagger: policy.gates.stagger,
            interrupt: self.request.interrupt,
            listener: self.request.listener,
        };
        execute(&plan, self)
    }

    /// Runs the commands that fetch, once; false where the command was asked to stop.
    fn prepare(&self) -> anyhow::Result<bool> {
        if self.prepared {
            return Ok(true);
        }
        let gates = &self.request.policy.gates;
        let all: Vec<usize> = (0..gates.gates.len()).collect();
        let root = self.request.repository.root();
        let log = self.folder.join("prepare.log");
        let (interrupt, listener) = (self.request.interrupt, self.request.listener);
        if !prepare(gates, &all, root, &log, interrupt, listener)? {
            return Ok(false);
        }
        self.write(&Line::Prepared)?;
        Ok(true)
    }

    fn pack_run(&self, run: &Run, results: &[GateResult]) -> anyhow::Result<()> {
        let programme = &self.request.policy.programme.id;
        let mut results = results.to_vec();
        let gates = &self.request.policy.gates.gates;
        results.sort_by_key(|result| gates.iter().position(|gate| gate.id == result.gate));
        let packed = pack::pack(run, programme, &results, self.request.files)?;
        self.write(&Line::RunPacked { run: run.number, packed: packed.clone() })?;
        self.request
            .listener
            .event(&Event::RunPacked { run: run.number, zip_sha256: packed.zip_sha256.clone() });
        self.packed_runs().insert(run.number, packed);
        Ok(())
    }

    fn remove_checkouts(&self) -> anyhow::Result<()> {
        for number in 1..=self.opened.runs {
            let run = self.run(number)?;
            if run.scratch.exists() {
                remove_checkout(self.request.repository, &run.checkout)?;
                self.write(&Line::CheckoutRemoved { run: number })?;
            }
        }
        Ok(())
    }

    fn finish(
        self,
        results: BTreeMap<u32, Vec<GateResult>>,
        took: Duration,
    ) -> anyhow::Result<Box<Reviewed>> {
        Ok(Box::new(Reviewed {
            opened: self.opened,
            results,
            packed: self.packed.into_inner().unwrap_or_else(PoisonError::into_inner),
            took,
            notes: self.notes.into_inner().unwrap_or_else(PoisonError::into_inner),
            journal: self.journal.into_inner().unwrap_or_else(PoisonError::into_inner),
            folder: self.folder,
        }))
    }
}

impl Keeper for Session<'_> {
    fn check_out(&self, run: &Run) -> anyhow::Result<()> {
        let repository = self.request.repository;
        let path = run.checkout.clone();
        self.write(&Line::CheckoutBegan { run: run.number, path: path.clone() })?;
        files::remove(&run.scratch)?;
        files::make_folder(&run.scratch)?;
        environment::make_home(run, &self.request.policy.gates.environment)?;
        let clone = self.request.policy.gates.checkout == Checkout::Clone;
        let refused = if clone {
            None
        } else if repository.has_submodules() {
            Some("it has submodules".to_owned())
        } else {
            match repository.add_worktree(&path, &run.commit.id) {
                Ok(()) => return Ok(()),
                Err(error) => Some(error.to_string()),
            }
        };
        repository.remove_worktree(&path)?;
        repository
            .clone_to(&path, &run.commit.id)
            .with_context(|| format!("cannot check out run {}", run.number))?;
        if let Some(reason) = refused {
            let finding = Finding::new(
                Code::CloneInstead,
                format!("the runs were made in clones instead of worktrees: {reason}"),
            );
            let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
            if notes.is_empty() {
                notes.push(finding);
            }
        }
        Ok(())
    }

    fn gate_begins(&self, run: &Run, gate: &str) -> anyhow::Result<()> {
        self.write(&Line::GateBegan { run: run.number, gate: gate.to_owned() })
    }

    fn gate_ended(&self, run: &Run, result: &GateResult) -> anyhow::Result<()> {
        let result = Box::new(result.clone());
        self.write(&Line::GateEnded { run: run.number, result })
    }

    fn run_ended(&self, run: &Run, results: &[GateResult]) -> anyhow::Result<()> {
        self.pack_run(run, results)?;
        remove_checkout(self.request.repository, &run.checkout)?;
        self.write(&Line::CheckoutRemoved { run: run.number })
    }
}

/// Whether a gate's evidence is still what its record says.
fn evidence_stands(folder: &Path, result: &GateResult) -> anyhow::Result<bool> {
    for record in &result.evidence {
        let bytes = files::read_if_there(&folder.join(&record.path))?;
        if bytes.is_none_or(|bytes| sha256_hex(&bytes) != record.sha256) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn new_folder(request: &Request<'_>, output: &Output) -> anyhow::Result<PathBuf> {
    let stamp = clock::now().strftime("%Y%m%dT%H%M%SZ").to_string();
    let base = format!("{stamp}-{}", request.commit.id.get(..7).unwrap_or(&request.commit.id));
    // Two reviews within a second (or a fixed clock) get numbers.
    let folder = (1..)
        .map(|number| match number {
            1 => base.clone(),
            _ => format!("{base}-{number:03}"),
        })
        .map(|name| output.reviews().join(name))
        .find(|folder| !folder.exists());
    folder.context("there is no free name for a review")
}

fn opened(request: &Request<'_>, folder: &Path) -> anyhow::Result<Opened> {
    let id = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
    Ok(Opened {
        schema: "xtask/journal/1".to_owned(),
        id,
        commit: request.commit.id.clone(),
        policy_sha256: policy_digest(request.files),
        runs: request.runs,
        branch: request.repository.branch()?,
        started_at: clock::rfc3339(clock::now()),
    })
}
