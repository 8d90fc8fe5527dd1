//! The engine for teams that outgrow one machine: N runs by GitHub Actions, each one
//! dispatched once, watched, collected, and decided as the local engine's runs are.

mod collect;
mod dispatch;
mod early;
mod pace;
mod watch;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::journal::{self, Early, EngineKind, Journal, JournalLine, Opened};
use super::layout::Output;
use super::leftovers::{Unfinished, taken_up};
use super::opening::{new_folder, opened};
use super::review::{Request, Reviewed};
use crate::judge::server::{self, Expected, Job, Run, is_red};
use crate::vary::session::Varied;
use collect::Collected;
use dispatch::Dispatch;
use thrice_facts::files::file_name;
use thrice_facts::git::{GitError, REMOTE, RemoteBranch};
use thrice_facts::github::{Failure, FailureKind, GitHub, encoded};
use thrice_facts::{clock, files};
use thrice_findings::{Code, Finding, Stop};
use thrice_report::event::Event;

/// For how long after the first dispatch nobody looks whether a run has ended already.
const SOON: Duration = Duration::from_secs(10);

/// Where the runs are made.
pub(crate) struct DispatchTarget<'a> {
    /// The repository on the server.
    pub github: &'a GitHub,
    /// The sandbox branch, which is to be at the commit.
    pub branch: &'a str,
    /// The branch of the patch, where the sandbox was made to carry its runs alone.
    pub from: Option<&'a str>,
    /// Whether the sandbox that was made for the runs stays when they are over.
    pub keeps: bool,
    /// The workflow's path in the repository.
    pub workflow: &'a str,
    /// How long the last review on the server took.
    pub usual: Option<Duration>,
}

/// The event by which a review sets off its runs.
pub(crate) const DISPATCH: &str = "workflow_dispatch";

/// Runs of a workflow, by its id, that an event set off, on one branch or on any, newest first.
/// GitHub lists no more than a thousand.
///
/// # Errors
/// Where the server does not list them.
pub fn dispatched(
    github: &GitHub,
    (workflow, event): (&str, &str),
    branch: Option<&str>,
) -> Result<Vec<Run>, Failure> {
    let branch = branch.map(|name| format!("&branch={}", encoded(name))).unwrap_or_default();
    let path = format!("actions/workflows/{workflow}/runs?event={}{branch}", encoded(event));
    let values: Vec<Value> = github.list(&github.repo(&path), Some("workflow_runs"))?;
    // A run that has another form is none of a review.
    Ok(values.into_iter().filter_map(|value| serde_json::from_value(value).ok()).collect())
}

/// All jobs of all attempts of a run.
///
/// # Errors
/// Where the server does not list them.
pub fn jobs(github: &GitHub, run: u64) -> Result<Vec<Job>, Failure> {
    github.list(&github.repo(&format!("actions/runs/{run}/jobs?filter=all")), Some("jobs"))
}

/// Of how many runs the jobs are asked for, to see whether they were ever red. One more counts
/// as red.
const MOST_ASKED: usize = 100;

/// How many reviews of a tree the server saw going red, by the runs of a workflow that an event
/// set off. A run that was cancelled or run again is red if one of its jobs ever was. `but` leaves
/// out the review that is under way.
///
/// # Errors
/// Where the server does not list the runs, or the jobs of one.
pub fn red_reviews(
    github: &GitHub,
    of: (&str, &str),
    tree: &str,
    but: impl Fn(&Run) -> bool,
) -> Result<usize, Failure> {
    let runs = dispatched(github, of, None)?;
    let runs: Vec<&Run> = runs.iter().filter(|run| run.is_of_tree(tree) && !but(run)).collect();
    let mut red_once = BTreeSet::new();
    for (asked, run) in runs.iter().filter(|run| run.hides_its_past()).enumerate() {
        let red = |job: &Job| job.conclusion.as_deref().is_some_and(is_red);
        if asked >= MOST_ASKED || jobs(github, run.id)?.iter().any(red) {
            red_once.insert(run.id);
        }
    }
    Ok(server::red_reviews(&runs, tree, &red_once))
}

/// Carries out a review on GitHub.
pub(crate) fn review(
    request: &Request<'_>,
    target: &DispatchTarget<'_>,
) -> Result<Box<Reviewed>, Stop> {
    let output = request.output;
    output.prepare()?;
    let _held = output.hold()?;
    let resumed = taken_up(request, EngineKind::Github)?;
    let resumed = resumed.map(|review| on_branch(review, target)).transpose()?;
    let workflow = workflow(target)?;
    let mut session = Session::open(request, target, workflow, output, resumed)?;
    match session.carry_out() {
        Ok(collected) => {
            let left = session.discard()?;
            let mut reviewed = session.finish(collected);
            reviewed.notes.extend(left);
            Ok(reviewed)
        }
        Err(stop) => {
            if matches!(stop, Stop::Interrupted) {
                session.write(&JournalLine::Interrupted)?;
            }
            Err(stop)
        }
    }
}

/// Runs of two branches are no review.
fn on_branch(review: Unfinished, target: &DispatchTarget<'_>) -> Result<Unfinished, Box<Finding>> {
    let begun =
        journal::opened(&review.lines).and_then(|it| it.branch.as_deref()).unwrap_or_default();
    if begun == target.branch {
        return Ok(review);
    }
    let message = format!("the unfinished review is of the branch {begun}, not {}", target.branch);
    let help = format!("`git switch {begun}`, or start a new review without `--resume`");
    Err(Box::new(Finding::new(Code::NothingToResume, message).help(help)))
}

/// A workflow, as the server reports it.
#[derive(Deserialize)]
struct ServerWorkflow {
    id: u64,
    path: String,
    state: String,
}

/// The id of the workflow that policy names.
fn workflow(target: &DispatchTarget<'_>) -> Result<u64, Stop> {
    let path = target.workflow;
    let file = file_name(path);
    let request = target.github.repo(&format!("actions/workflows/{}", encoded(file)));
    let wrong = |message: String, help: &str| {
        Stop::from(Finding::new(Code::WorkflowUnusable, message).help(help))
    };
    let found: ServerWorkflow = match target.github.read(&request) {
        Err(failure) if failure.kind() == FailureKind::NotFound => {
            let help = "`cargo xtask workflow generate --write`, and merge it to the default branch first: GitHub dispatches only what is there";
            return Err(wrong(format!("the server has no workflow {path}"), help));
        }
        found => found?,
    };
    if found.path != path {
        let message = format!("the server has the workflow {} instead of {path}", found.path);
        return Err(wrong(message, "correct `workflow` in policy/gates.toml"));
    }
    if found.state != "active" {
        let message = format!("the workflow {path} is {} on the server", found.state);
        return Err(wrong(message, "enable it: Actions, the workflow's menu, \"Enable workflow\""));
    }
    Ok(found.id)
}

/// A review at work.
struct Session<'a> {
    request: &'a Request<'a>,
    target: &'a DispatchTarget<'a>,
    expected: Expected,
    output: Output,
    opened: Opened,
    folder: PathBuf,
    journal: RefCell<Journal>,
    gives_details: bool,
    dispatches: BTreeMap<u32, Dispatch>,
    /// Whether an earlier command began it.
    resumed: bool,
    /// What decided before all runs were made.
    early: Option<Early>,
    /// Runs that the server was asked to cancel.
    cancelled: BTreeSet<u32>,
    notes: Vec<Finding>,
}

impl<'a> Session<'a> {
    fn open(
        request: &'a Request<'a>,
        target: &'a DispatchTarget<'a>,
        workflow_id: u64,
        output: &Output,
        resumed: Option<Unfinished>,
    ) -> anyhow::Result<Self> {
        let (folder, lines) = match resumed {
            Some(review) => (review.folder, review.lines),
            None => (new_folder(request, output)?, Vec::new()),
        };
        let policy = request.policy;
        let expected = Expected {
            repository: target.github.slug().to_string(),
            sha: request.commit.id.clone(),
            branch: target.branch.to_owned(),
            event: DISPATCH.to_owned(),
            workflow_id,
            workflow_path: target.workflow.to_owned(),
            gates: policy.gates.gates.iter().map(|gate| gate.id.clone()).collect(),
            programme: policy.programme.id.clone(),
        };
        let journal = Journal::open(&folder)?;
        let mut opened = opened(request, EngineKind::Github, &folder)?;
        opened.branch = Some(target.branch.to_owned());
        opened.from = target.from.map(str::to_owned);
        let mut session = Self {
            request,
            target,
            expected,
            output: output.clone(),
            opened,
            folder,
            journal: RefCell::new(journal),
            gives_details: true,
            dispatches: BTreeMap::new(),
            resumed: false,
            early: None,
            cancelled: BTreeSet::new(),
            notes: Vec::new(),
        };
        if let Some(opened) = journal::opened(&lines) {
            session.opened = opened.clone();
            session.resumed = true;
            session.remember(&lines);
        } else {
            files::remove(&output.folder().join("runs"))?;
            output.clear_run(&policy.programme.id)?;
            files::remove(&output.decision())?;
            session.write(&JournalLine::Opened(session.opened.clone()))?;
        }
        Ok(session)
    }

    /// What an earlier command did.
    fn remember(&mut self, lines: &[JournalLine]) {
        for line in lines {
            match line {
                JournalLine::DispatchBegan { run, nonce } => {
                    self.dispatches.entry(*run).or_default().nonce = Some(nonce.clone());
                }
                JournalLine::DispatchAccepted { run } => {
                    self.dispatches.entry(*run).or_default().accepted = true;
                }
                JournalLine::Dispatched { run, id } => {
                    self.dispatches.entry(*run).or_default().id = Some(*id);
                }
                JournalLine::DecidedEarly(early) => self.early = Some(early.clone()),
                JournalLine::CancelAsked { run } => {
                    self.cancelled.insert(*run);
                }
                _ => {}
            }
        }
    }

    fn write(&self, line: &JournalLine) -> anyhow::Result<()> {
        self.journal.borrow_mut().write(line)
    }

    fn say(&self, text: String) {
        self.request.listener.event(&Event::Said { text });
    }

    fn wait(&self, time: Duration) -> Result<(), Stop> {
        if clock::pause(time, self.request.interrupt) { Ok(()) } else { Err(Stop::Interrupted) }
    }

    fn carry_out(&mut self) -> Result<BTreeMap<u32, (u64, Collected)>, Stop> {
        self.request.listener.event(&Event::Started {
            runs: self.opened.runs,
            gates: self.expected.gates.clone(),
            commit: self.opened.commit.clone(),
            expected_seconds: self.target.usual.map(|usual| usual.as_secs_f64()),
            left_seconds: BTreeMap::new(),
            waits_for: "a runner",
        });
        self.push()?;
        let mut ids = BTreeMap::new();
        let begun = clock::elapsed();
        for number in 1..=self.opened.runs {
            // What was dispatched a moment ago has not ended yet.
            if self.resumed || clock::elapsed() - begun > SOON {
                self.look_whether_decided(&ids)?;
            }
            if !self.is_stopped(number) {
                ids.insert(number, self.dispatched(number)?);
            }
        }
        self.cancel_the_stopped()?;
        let runs = self.watched(&ids)?;
        let mut collected = BTreeMap::new();
        for (number, run) in &runs {
            collected.insert(*number, (run.id, self.collected(*number, run)?));
        }
        Ok(collected)
    }

    /// Brings the sandbox branch to the server. What is there already is not pushed
    /// again; nothing is forced.
    fn push(&mut self) -> Result<(), Stop> {
        // A run that is dispatched needs its branch no more.
        if (1..=self.opened.runs)
            .all(|run| self.dispatches.get(&run).is_some_and(|it| it.id.is_some()))
        {
            return Ok(());
        }
        let (branch, commit) = (self.target.branch, &self.request.commit.id);
        let repository = self.request.repository;
        let refused = |said: &str, help: &str| {
            let message = format!("{branch} cannot be pushed to {REMOTE}: {said}");
            Stop::from(Finding::new(Code::PushRefused, message).help(help))
        };
        match repository.remote_branch(branch)? {
            RemoteBranch::At(id) if id == *commit => {}
            RemoteBranch::At(_) | RemoteBranch::Absent => {
                self.say(format!("pushing {branch} to {REMOTE}"));
                let pushed = repository.push(commit, branch, self.request.interrupt);
                match pushed {
                    Ok(()) => {}
                    Err(GitError::Refused(said)) => {
                        let help = "somebody else moved it: `cargo xtask orr --on github` takes a fresh sandbox branch";
                        return Err(refused(&said, help));
                    }
                    Err(_) if self.request.interrupt.requested() => return Err(Stop::Interrupted),
                    Err(broken) => {
                        let help = "try again: `cargo xtask orr --resume`";
                        return Err(refused(&broken.to_string(), help));
                    }
                }
            }
            RemoteBranch::Unseen(said) => {
                return Err(refused(
                    &said,
                    "see that the remote answers, then `cargo xtask orr --resume`",
                ));
            }
        }
        self.write(&JournalLine::Pushed { branch: branch.to_owned() })?;
        Ok(())
    }

    /// Deletes the sandbox that was made for these runs. What stands in the way is worth
    /// knowing, and changes nothing of what the runs showed.
    fn discard(&self) -> anyhow::Result<Option<Finding>> {
        if self.target.from.is_none() || self.target.keeps {
            return Ok(None);
        }
        let (branch, commit) = (self.target.branch, self.request.commit.id.as_str());
        let repository = self.request.repository;
        if repository.remote_branch(branch)? == RemoteBranch::Absent {
            return Ok(None);
        }
        let lease = (branch, commit);
        let deleted = repository.push_with_lease(None, lease, self.request.interrupt);
        let Err(error) = deleted else {
            self.write(&JournalLine::SandboxDeleted { branch: branch.to_owned() })?;
            return Ok(None);
        };
        let message = format!("{branch} is left on {REMOTE}: {error}");
        let mut finding = Finding::new(Code::PushRefused, message)
            .help(format!("delete it: `git push {REMOTE} --delete {branch}`"));
        finding.severity = thrice_findings::Severity::Note;
        Ok(Some(finding))
    }

    fn finish(self, collected: BTreeMap<u32, (u64, Collected)>) -> Box<Reviewed> {
        let slug = self.target.github.slug();
        let runs: Vec<&Value> = collected.values().map(|(_, run)| &run.server).collect();
        let server = json!({
            "host": slug.host,
            "repository": slug.to_string(),
            "workflow": self.expected.workflow_path,
            "workflow_id": self.expected.workflow_id,
            "runs": runs,
        });
        let mut reviewed = Reviewed {
            rest: None,
            vary: Varied::default(),
            opened: self.opened,
            ids: BTreeMap::new(),
            results: BTreeMap::new(),
            packed: BTreeMap::new(),
            took: took(collected.values().map(|(_, run)| &run.server)),
            early: self.early,
            shared: None,
            notes: self.notes,
            server: Some(server),
            journal: self.journal.into_inner(),
            folder: self.folder,
        };
        for (number, (id, run)) in collected {
            reviewed.ids.insert(number, id.to_string());
            reviewed.results.insert(number, run.results);
            reviewed.notes.extend(run.findings);
            if let Some(packed) = run.packed {
                reviewed.packed.insert(number, packed);
            }
        }
        Box::new(reviewed)
    }
}

/// From the moment the first run was made to the end of the last, by the server's clock:
/// a review that was interrupted and resumed took no longer for it.
fn took<'a>(runs: impl Iterator<Item = &'a Value>) -> Duration {
    let time = |run: &Value, key: &str| run[key].as_str()?.parse::<Timestamp>().ok();
    let (mut first, mut last) = (None, None);
    for run in runs {
        let created = time(run, "created_at");
        first = first.map_or(created, |first: Timestamp| created.map(|at| at.min(first)));
        last = last.max(time(run, "updated_at"));
    }
    let between = first.zip(last).map(|(first, last)| last.duration_since(first));
    between.and_then(|took| Duration::try_from(took).ok()).unwrap_or_default()
}
