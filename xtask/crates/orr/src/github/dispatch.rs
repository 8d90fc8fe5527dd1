//! One dispatch, one run: asked for once, and found again whatever the server answers.
//!
//! A dispatch is not idempotent, and its answer may be lost after the server took it.
//! Each one carries a nonce of its own, which the run's title repeats, and is looked for
//! before anything is asked for again.

use std::time::Duration;

use serde_json::{Value, json};

use super::Session;
use crate::journal::JournalLine;
use crate::judge::server::{Run, judge_run, judge_title};
use crate::vary::in_which_run;
use thrice_facts::git::{REMOTE, RemoteBranch};
use thrice_facts::github::{Failure, FailureKind};
use thrice_facts::{clock, machine};
use thrice_findings::{Code, Finding, Stop};

/// How long a run is looked for after its dispatch. A list is behind by seconds, on a bad
/// day by minutes; a dispatch that is repeated too early is a run too many.
pub(super) const GRACE: Duration = Duration::from_secs(360);
/// The shortest and the longest pause before it is looked for again.
const PAUSES: (Duration, Duration) = (Duration::from_secs(3), Duration::from_secs(30));
/// How often a dispatch is asked for whose answer was lost, and of which no run came.
const TRIES: u32 = 2;

/// What is known of a run's dispatch.
#[derive(Clone, Debug, Default)]
pub(super) struct Dispatch {
    pub(super) nonce: Option<String>,
    pub(super) accepted: bool,
    pub(super) id: Option<u64>,
}

/// The title of a run with this nonce, as the workflow's `run-name` makes it.
pub(super) fn title(nonce: &str) -> String {
    format!("ORR {nonce}")
}

/// What the server made of a dispatch.
enum DispatchAnswer {
    Run(u64),
    /// A run that it does not name.
    Unnamed,
}

impl Session<'_> {
    /// The id of run `run`, dispatched now where it was not before.
    pub(super) fn dispatched(&mut self, run: u32) -> Result<u64, Stop> {
        let mut known = self.dispatches.get(&run).cloned().unwrap_or_default();
        if let Some(id) = known.id {
            return Ok(id);
        }
        let nonce = match known.nonce.take() {
            Some(nonce) => {
                // It was begun by a command that did not live to hear the answer.
                if let Some(id) = self.look_for(run, &nonce)? {
                    return self.found(run, id);
                }
                if known.accepted {
                    return Err(never_seen(run, &nonce));
                }
                nonce
            }
            None => {
                let nonce = in_which_run::nonce(&machine::random_hex()?, run);
                self.write(&JournalLine::DispatchBegan { run, nonce: nonce.clone() })?;
                self.dispatches.entry(run).or_default().nonce = Some(nonce.clone());
                nonce
            }
        };
        for _ in 0..TRIES {
            match self.ask_for(&nonce) {
                Ok(DispatchAnswer::Run(id)) if !self.is_taken(id) => return self.found(run, id),
                // A run that it named before is not this one.
                Ok(DispatchAnswer::Run(_) | DispatchAnswer::Unnamed) => {
                    self.write(&JournalLine::DispatchAccepted { run })?;
                    return match self.look_for(run, &nonce)? {
                        Some(id) => self.found(run, id),
                        None => Err(never_seen(run, &nonce)),
                    };
                }
                Err(failure) if failure.kind() == FailureKind::Interrupted => {
                    return Err(Stop::Interrupted);
                }
                Err(failure) if failure.may_have_happened() => {
                    let said = format!("run {run}: {failure}; looking whether it was taken");
                    self.say(said);
                    if let Some(id) = self.look_for(run, &nonce)? {
                        return self.found(run, id);
                    }
                }
                Err(failure) if failure.status() == Some(422) && self.is_gone()? => {
                    return Err(self.gone());
                }
                Err(failure) => return Err(refused(&failure)),
            }
        }
        let message = format!("run {run} could not be dispatched: the server failed {TRIES} times");
        Err(Stop::from(
            Finding::new(Code::GithubUnreachable, message)
                .help("go on later with `cargo xtask orr --resume`"),
        ))
    }

    /// Whether somebody deleted the branch of the runs meanwhile.
    fn is_gone(&self) -> Result<bool, Stop> {
        let branch = self.request.repository.remote_branch(&self.expected.branch)?;
        Ok(branch == RemoteBranch::Absent)
    }

    fn gone(&self) -> Stop {
        let message =
            format!("{} is gone from {REMOTE}: somebody deleted it", self.expected.branch);
        Finding::new(Code::SandboxBranch, message)
            .help("`cargo xtask orr --resume` pushes it again and goes on")
            .into()
    }

    fn is_taken(&self, id: u64) -> bool {
        self.dispatches.values().any(|dispatch| dispatch.id == Some(id))
    }

    /// What a run's title has against its being the one that was dispatched.
    pub(super) fn mistitled(&self, number: u32, run: &Run) -> Option<Finding> {
        let nonce = self.dispatches.get(&number).and_then(|dispatch| dispatch.nonce.as_deref());
        judge_title(run, &nonce.map(title).unwrap_or_default())
    }

    fn found(&mut self, run: u32, id: u64) -> Result<u64, Stop> {
        self.write(&JournalLine::Dispatched { run, id })?;
        self.say(format!("run {run}  dispatched as {id}"));
        let dispatch = self.dispatches.entry(run).or_default();
        dispatch.id = Some(id);
        Ok(id)
    }

    /// Asks for a run. A server that does not know of run details (GitHub Enterprise up to
    /// 3.20) refuses the whole request with 400, and is asked without.
    fn ask_for(&mut self, nonce: &str) -> Result<DispatchAnswer, Failure> {
        let path = format!("actions/workflows/{}/dispatches", self.expected.workflow_id);
        let path = self.target.github.repo(&path);
        let mut body = json!({ "ref": self.expected.branch, "inputs": { "nonce": nonce } });
        if self.gives_details {
            body["return_run_details"] = Value::Bool(true);
        }
        let answer = match self.target.github.send("POST", &path, &body) {
            Err(failure) if failure.status() == Some(400) && self.gives_details => {
                self.gives_details = false;
                return self.ask_for(nonce);
            }
            answer => answer?,
        };
        let details: Value = answer.json().unwrap_or_default();
        Ok(details["workflow_run_id"].as_u64().map_or(DispatchAnswer::Unnamed, DispatchAnswer::Run))
    }

    /// The run whose title ends with the nonce; none where none comes in time.
    fn look_for(&mut self, run: u32, nonce: &str) -> Result<Option<u64>, Stop> {
        let begun = clock::elapsed();
        loop {
            if let Some(id) = self.titled(run, nonce)? {
                return Ok(Some(id));
            }
            let passed = clock::elapsed() - begun;
            if passed >= GRACE {
                return Ok(None);
            }
            self.wait((passed / 3).clamp(PAUSES.0, PAUSES.1))?;
        }
    }

    /// The run with the nonce in its title, among those on the server now. Anybody who may
    /// write can repeat a title; of several, the one that is this review's in all else.
    pub(super) fn titled(&self, run: u32, nonce: &str) -> Result<Option<u64>, Stop> {
        let title = title(nonce);
        let mut named: Vec<Run> = self
            .listed()?
            .into_iter()
            .filter(|run| run.display_title.as_deref() == Some(&title) && !self.is_taken(run.id))
            .collect();
        if named.len() > 1 {
            // What is still to end is not held against a run here.
            let ours = |run: &Run| {
                let open = [Code::RunUnfinished, Code::ServerSilent, Code::Cec20];
                judge_run(&self.expected, run).iter().all(|finding| open.contains(&finding.code))
            };
            named.retain(ours);
        }
        match named.as_slice() {
            [] => Ok(None),
            [one] => Ok(Some(one.id)),
            several => {
                let ids: Vec<_> = several.iter().map(|run| run.id.to_string()).collect();
                let message = format!(
                    "{} runs have the title of run {run}, and are of this commit: {}",
                    ids.len(),
                    ids.join(", ")
                );
                Err(Stop::from(
                    Finding::new(Code::RunAmbiguous, message)
                        .help("see who dispatched them, then begin a new review"),
                ))
            }
        }
    }

    /// Dispatched runs of this workflow on this branch.
    pub(super) fn listed(&self) -> Result<Vec<Run>, Stop> {
        let id = self.expected.workflow_id.to_string();
        let of = (id.as_str(), self.expected.event.as_str());
        Ok(super::dispatched(self.target.github, of, Some(&self.expected.branch))?)
    }
}

fn refused(failure: &Failure) -> Stop {
    let mut finding = failure.finding();
    if failure.status() == Some(422) {
        finding = Finding::new(Code::DispatchRefused, finding.message).help(
            "the workflow on the default branch and on this one must take the input `nonce`: `cargo xtask workflow check`",
        );
    }
    Stop::from(finding)
}

fn never_seen(run: u32, nonce: &str) -> Stop {
    let message = format!(
        "the server took the dispatch of run {run}, and shows no run titled `{}` after {} s",
        title(nonce),
        GRACE.as_secs()
    );
    Stop::from(
        Finding::new(Code::RunUnseen, message)
            .help("see that `run-name` of the workflow is as `cargo xtask workflow generate` writes it; `cargo xtask orr --resume` looks again"),
    )
}
