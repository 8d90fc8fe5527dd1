//! A review that one run decides: no other run is asked for, and those at work are
//! cancelled.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::watch::outcome;
use super::{Session, Stop};
use crate::journal::{Early, JournalLine};
use crate::judge::server::{Job, Run};
use thrice_facts::github::FailureKind;
use thrice_findings::{Code, Finding, Outcome, Place, Severity};
use thrice_report::event::Event;

/// The first gate, in policy's order, whose job failed.
#[must_use]
pub(super) fn red_gate(gates: &[String], jobs: &[Job]) -> Option<String> {
    let red =
        |gate: &&String| jobs.iter().any(|job| job.name == **gate && outcome(job) == Outcome::Fail);
    gates.iter().find(red).cloned()
}

impl Session<'_> {
    /// Whether a run is not needed any more.
    pub(super) fn is_stopped(&self, run: u32) -> bool {
        self.early.as_ref().is_some_and(|early| early.stopped.contains(&run))
    }

    fn keeps_going(&self) -> bool {
        self.opened.keep_going || self.request.keep_going
    }

    /// Looks whether a run that was dispatched has ended and is not green.
    pub(super) fn look_whether_decided(&mut self, ids: &BTreeMap<u32, u64>) -> Result<(), Stop> {
        if ids.is_empty() || self.keeps_going() || self.early.is_some() {
            return Ok(());
        }
        let listed = self.listed()?;
        let red = ids.iter().find_map(|(number, id)| {
            let run = listed.iter().find(|run| run.id == *id)?;
            is_red(run).then_some((*number, *id))
        });
        match red {
            Some((number, id)) => {
                let done = [number].into();
                self.decide_early(number, id, None, &done)
            }
            None => Ok(()),
        }
    }

    /// Notes that `run` decided, and stops every run that has not `ended`.
    pub(super) fn decide_early(
        &mut self,
        run: u32,
        id: u64,
        gate: Option<String>,
        ended: &BTreeSet<u32>,
    ) -> Result<(), Stop> {
        if self.keeps_going() || self.early.is_some() {
            return Ok(());
        }
        let others = (1..=self.opened.runs).filter(|other| *other != run);
        let stopped: Vec<u32> = others.filter(|other| !ended.contains(other)).collect();
        if stopped.is_empty() {
            return Ok(());
        }
        // Which gate it was is reported to people; that the run is red is what decides.
        let gate = match gate {
            None => match self.jobs(id) {
                Ok(jobs) => red_gate(&self.expected.gates, &jobs),
                Err(failure) if failure.kind() == FailureKind::Interrupted => {
                    return Err(Stop::Interrupted);
                }
                Err(_) => None,
            },
            gate => gate,
        };
        let early = Early { run, gate, stopped };
        self.write(&JournalLine::DecidedEarly(early.clone()))?;
        let because = early.cause();
        let runs = early.stopped.clone();
        self.request.listener.event(&Event::RunsStopped { runs, because });
        self.early = Some(early);
        self.cancel_the_stopped()
    }

    /// Asks the server to cancel every run that is not needed any more. One that it does
    /// not cancel goes on, and is reported: it costs minutes, and decides nothing.
    pub(super) fn cancel_the_stopped(&mut self) -> Result<(), Stop> {
        let stopped = self.early.as_ref().map(|early| early.stopped.clone()).unwrap_or_default();
        for run in stopped {
            if self.cancelled.contains(&run) {
                continue;
            }
            let known = self.dispatches.get(&run).cloned().unwrap_or_default();
            let id = match (known.id, known.nonce) {
                (Some(id), _) => id,
                (None, Some(nonce)) => match self.titled(run, &nonce)? {
                    Some(id) => id,
                    None => continue,
                },
                (None, None) => continue,
            };
            let path = self.target.github.repo(&format!("actions/runs/{id}/cancel"));
            match self.target.github.send("POST", &path, &json!({})) {
                Ok(_) => {}
                // It has ended by itself.
                Err(failure) if failure.status() == Some(409) => {}
                Err(failure) if failure.kind() == FailureKind::Interrupted => {
                    return Err(Stop::Interrupted);
                }
                Err(failure) => {
                    let message = format!("run {run} could not be cancelled: {failure}");
                    let mut finding = Finding::new(Code::RunUnfinished, message)
                        .help(format!("cancel it yourself: `gh run cancel {id}`"))
                        .at(Place::default().in_run(run));
                    finding.severity = Severity::Warn;
                    self.notes.push(finding);
                    continue;
                }
            }
            self.write(&JournalLine::CancelAsked { run })?;
            self.cancelled.insert(run);
        }
        Ok(())
    }
}

/// Whether a run has ended otherwise than well.
pub(super) fn is_red(run: &Run) -> bool {
    run.status.as_deref() == Some("completed") && run.conclusion.as_deref() != Some("success")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(name: &str, status: &str, conclusion: Option<&str>) -> Job {
        let text = |text: &str| Some(text.to_owned());
        Job {
            id: 1,
            name: name.to_owned(),
            head_sha: "c".to_owned(),
            run_attempt: Some(1),
            status: text(status),
            conclusion: conclusion.and_then(text),
            started_at: None,
            completed_at: None,
        }
    }

    #[test]
    fn only_a_gate_that_failed_is_a_red_one() {
        let gates = ["T1", "T4"].map(str::to_owned);
        for (jobs, expected) in [
            (vec![job("T4", "completed", Some("failure"))], Some("T4")),
            (vec![job("T1", "completed", Some("timed_out"))], Some("T1")),
            (vec![job("T1", "completed", Some("cancelled"))], None),
            (vec![job("T1", "completed", Some("skipped"))], None),
            (vec![job("T1", "in_progress", None)], None),
            (vec![job("build", "completed", Some("failure"))], None),
        ] {
            assert_eq!(red_gate(&gates, &jobs).as_deref(), expected, "{jobs:?}");
        }
    }
}
