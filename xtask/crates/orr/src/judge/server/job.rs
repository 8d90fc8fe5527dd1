//! The jobs of a run: one a gate, each green. A skipped job is none.

use serde::Deserialize;

use super::{Expected, attempt, compare, ending};
use thrice_findings::{Code, Finding, Place};

/// A job, as the server reports it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Job {
    /// Its id.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// The commit.
    pub head_sha: String,
    /// The attempt of the run that it is of.
    #[serde(default)]
    pub run_attempt: Option<u64>,
    /// Whether it is at work, or done.
    #[serde(default)]
    pub status: Option<String>,
    /// How it ended.
    #[serde(default)]
    pub conclusion: Option<String>,
    /// When it began.
    #[serde(default)]
    pub started_at: Option<String>,
    /// When it ended.
    #[serde(default)]
    pub completed_at: Option<String>,
}

/// Everything that speaks against the jobs of all attempts of a run.
#[must_use]
pub fn judge_jobs(expected: &Expected, run_number: u32, jobs: &[Job]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for gate in &expected.gates {
        let place = Place::gate(gate).in_run(run_number);
        let named: Vec<&Job> = jobs.iter().filter(|job| job.name == *gate).collect();
        let of_gate = match named.as_slice() {
            [] => vec![none(gate)],
            [job] => judge_job(expected, job),
            several => vec![several_jobs(gate, several)],
        };
        findings.extend(of_gate.into_iter().map(|finding| finding.at(place.clone())));
    }
    let others = jobs.iter().filter(|job| !expected.gates.contains(&job.name));
    let again = others.filter_map(|job| attempt(&shown(job), job.run_attempt));
    findings.extend(again.map(|finding| finding.at(Place::default().in_run(run_number))));
    findings
}

fn judge_job(expected: &Expected, job: &Job) -> Vec<Finding> {
    let what = shown(job);
    let mut findings = Vec::new();
    findings.extend(compare(&what, "commit", Some(&job.head_sha), &expected.sha));
    findings.extend(attempt(&what, job.run_attempt));
    findings.extend(ending(&what, job.status.as_deref(), job.conclusion.as_deref()));
    findings
}

fn shown(job: &Job) -> String {
    format!("job {}", thrice_findings::text::quoted(&job.name))
}

fn none(gate: &str) -> Finding {
    Finding::new(Code::Cec20, format!("the run has no job {gate}"))
        .help("every gate is a job of its name: `cargo xtask workflow check`")
}

fn several_jobs(gate: &str, jobs: &[&Job]) -> Finding {
    let again = jobs.iter().any(|job| job.run_attempt != Some(1));
    let message = match again {
        true => format!("{gate} was run again: a re-run is no run of its own"),
        false => format!("{} jobs are named {gate}: which of them counts is open", jobs.len()),
    };
    Finding::new(Code::RunMismatch, message).help("dispatch new runs instead")
}
