//! Waiting for the runs to end, and telling what they do meanwhile.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;

use super::early::{is_red, red_gate};
use super::{Session, dispatch, pace};
use crate::journal::JournalLine;
use crate::judge::server::{Job, Run};
use thrice_facts::clock;
use thrice_facts::github::{Failure, FailureKind};
use thrice_findings::{Code, Finding, Outcome, Place, Stop};
use thrice_report::event::Event;
use thrice_report::text::duration;

/// How long a run that was seen may be absent from the server's answers.
const GRACE: Duration = Duration::from_secs(60);
/// How often the jobs of a run are looked at for people, at most.
const LOOK_AT_JOBS: Duration = Duration::from_secs(30);

/// What was last reported of a run.
#[derive(Default)]
struct LastReport {
    status: String,
    jobs: Option<Duration>,
    started: BTreeSet<String>,
    ended: BTreeSet<String>,
    /// A gate whose job failed while the run goes on.
    red: Option<String>,
}

impl Session<'_> {
    /// Waits until every run has ended; gives each as the server last reported it.
    pub(super) fn watched(&mut self, ids: &BTreeMap<u32, u64>) -> Result<BTreeMap<u32, Run>, Stop> {
        let begun = clock::elapsed();
        let deadline = pace::deadline(self.request.policy.gates.target_time);
        let mut ended: BTreeMap<u32, Run> = BTreeMap::new();
        let mut reported: BTreeMap<u32, LastReport> = BTreeMap::new();
        loop {
            let listed = self.listed()?;
            for (number, id) in ids {
                if ended.contains_key(number) || self.is_stopped(*number) {
                    continue;
                }
                let run = match listed.iter().find(|run| run.id == *id) {
                    Some(run) => Some(run.clone()),
                    None => {
                        let seen = reported.contains_key(number);
                        self.by_id(*number, *id, clock::elapsed() - begun, seen)?
                    }
                };
                let Some(run) = run else { continue };
                self.tell(*number, &run, reported.entry(*number).or_default())?;
                if run.status.as_deref() == Some("completed") {
                    let conclusion = run.conclusion.clone().unwrap_or_default();
                    self.write(&JournalLine::RunEnded { run: *number, conclusion })?;
                    ended.insert(*number, run);
                }
            }
            self.decide_by(ids, &ended, &reported)?;
            if ids.keys().all(|number| ended.contains_key(number) || self.is_stopped(*number)) {
                return Ok(ended);
            }
            let elapsed = clock::elapsed() - begun;
            if elapsed > deadline {
                let mut open = ids.clone();
                open.retain(|number, _| !ended.contains_key(number) && !self.is_stopped(*number));
                return Err(Stop::from(unfinished(&open, elapsed)));
            }
            self.wait(pace::pause(elapsed, self.target.usual))?;
        }
    }

    /// The first run that is not green decides.
    fn decide_by(
        &mut self,
        ids: &BTreeMap<u32, u64>,
        ended: &BTreeMap<u32, Run>,
        reported: &BTreeMap<u32, LastReport>,
    ) -> Result<(), Stop> {
        let over: BTreeSet<u32> = ended.keys().copied().collect();
        let by_end = ended.iter().find(|(_, run)| is_red(run)).map(|(number, _)| (*number, None));
        let by_job =
            || reported.iter().find_map(|(number, it)| Some((*number, Some(it.red.clone()?))));
        let Some((number, gate)) = by_end.or_else(by_job) else { return Ok(()) };
        match ids.get(&number) {
            Some(id) => self.decide_early(number, *id, gate, &over),
            None => Ok(()),
        }
    }

    /// A run that is in no list, as one on a moved branch is. It may be absent for a while,
    /// above all before it was `seen` for the first time.
    fn by_id(
        &self,
        number: u32,
        id: u64,
        elapsed: Duration,
        seen: bool,
    ) -> Result<Option<Run>, Stop> {
        let grace = if seen { GRACE } else { dispatch::GRACE };
        let path = self.target.github.repo(&format!("actions/runs/{id}"));
        match self.target.github.read::<Run>(&path) {
            Ok(run) => Ok(Some(run)),
            Err(failure) if failure.kind() == FailureKind::NotFound && elapsed < grace => Ok(None),
            Err(failure) if failure.kind() == FailureKind::NotFound => {
                let message = format!("run {number} is gone from the server: {failure}");
                Err(Stop::from(
                    Finding::new(Code::RunUnseen, message)
                        .help("somebody deleted it; begin a new review")
                        .at(Place::default().in_run(number)),
                ))
            }
            Err(failure) => Err(failure.into()),
        }
    }

    /// Says what is new of a run.
    fn tell(&self, number: u32, run: &Run, reported: &mut LastReport) -> Result<(), Stop> {
        let status = run.status.clone().unwrap_or_default();
        if status != reported.status {
            let url = run.html_url.as_deref().unwrap_or_default();
            let how = run.conclusion.as_deref().unwrap_or(&status);
            self.say(format!("run {number}  {how}  {url}"));
            reported.status.clone_from(&status);
        }
        let now = clock::elapsed();
        let due = reported.jobs.is_none_or(|last| now.saturating_sub(last) >= LOOK_AT_JOBS);
        if status == "in_progress" && due {
            reported.jobs = Some(now);
            // Only shown: what counts is read again when the run has ended.
            match self.jobs(run.id) {
                Ok(jobs) => self.tell_jobs(number, &jobs, reported),
                Err(failure) if failure.kind() == FailureKind::Interrupted => {
                    return Err(Stop::Interrupted);
                }
                Err(_) => {}
            }
        }
        Ok(())
    }

    fn tell_jobs(&self, run: u32, jobs: &[Job], reported: &mut LastReport) {
        reported.red = red_gate(&self.expected.gates, jobs);
        for gate in &self.request.policy.gates.gates {
            let Some(job) = jobs.iter().find(|job| job.name == gate.id) else { continue };
            let (gate, name) = (gate.id.clone(), gate.name.clone());
            if job.started_at.is_some()
                && job.status.as_deref() != Some("queued")
                && reported.started.insert(gate.clone())
            {
                let (gate, name) = (gate.clone(), name.clone());
                self.request.listener.event(&Event::GateStarted { run, gate, name });
            }
            if job.status.as_deref() == Some("completed") && reported.ended.insert(gate.clone()) {
                let outcome = outcome(job);
                let seconds = seconds(job);
                self.request.listener.event(&Event::GateEnded {
                    run,
                    gate,
                    name,
                    outcome,
                    seconds,
                });
            }
        }
    }

    /// All jobs of all attempts of a run.
    pub(super) fn jobs(&self, id: u64) -> Result<Vec<Job>, Failure> {
        super::jobs(self.target.github, id)
    }
}

/// What a job says of its gate. Only `success` passes.
pub(super) fn outcome(job: &Job) -> Outcome {
    match (job.status.as_deref(), job.conclusion.as_deref()) {
        (Some("completed"), Some("success")) => Outcome::Pass,
        (Some("completed"), Some("failure" | "timed_out" | "startup_failure")) => Outcome::Fail,
        _ => Outcome::NotEstablished,
    }
}

/// How long a job took, by the server's clock; 0 where it does not say.
pub(super) fn seconds(job: &Job) -> f64 {
    let time = |text: &Option<String>| text.as_ref()?.parse::<Timestamp>().ok();
    match (time(&job.started_at), time(&job.completed_at)) {
        (Some(begun), Some(ended)) => ended.duration_since(begun).as_secs_f64().max(0.0),
        _ => 0.0,
    }
}

fn unfinished(open: &BTreeMap<u32, u64>, elapsed: Duration) -> Finding {
    let open: Vec<String> =
        open.iter().map(|(number, id)| format!("run {number} ({id})")).collect();
    Finding::new(
        Code::RunUnfinished,
        format!(
            "after {}, {} {} not ended",
            duration(elapsed.as_secs()),
            open.join(", "),
            if open.len() == 1 { "has" } else { "have" }
        ),
    )
    .help("see what it waits for on the server, then `cargo xtask orr --resume`")
}
