//! The runs that a body names: each of them, and that they left the same bytes.

use std::collections::BTreeSet;

use super::{Claim, ClaimFacts, LEAST_RUNS, field, short};
use thrice_findings::text::quoted;
use thrice_findings::{Code, Finding, Known, Verdict};
use thrice_orr::judge::server::{
    Artifact, Job, Run, choose_artifact, judge_digest, judge_jobs, judge_run, judge_scorecard,
};

/// What the server shows of a run.
#[derive(Clone, Debug)]
pub struct RunFacts {
    /// Its id, as the body has it.
    pub said: String,
    /// The run.
    pub run: Known<Run>,
    /// Its jobs, of all attempts.
    pub jobs: Known<Vec<Job>>,
    /// Its artifacts.
    pub artifacts: Known<Vec<Artifact>>,
    /// What is in the one that counts.
    pub left: Known<Left>,
}

/// What a run left, out of its artifact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// Digest of the bytes that were downloaded.
    pub download_sha256: String,
    /// What is in them, or why they cannot be believed.
    pub parts: Result<Parts, Finding>,
}

/// The parts of what a run left that bear on a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    /// Digest of the canonical archive.
    pub zip_sha256: String,
    /// Digest of the scorecard.
    pub scorecard_sha256: String,
    /// The scorecard.
    pub scorecard: Vec<u8>,
    /// The files of evidence that its manifest lists.
    pub evidence: Vec<String>,
    /// The commit and the tree that the manifest names.
    pub source: (String, String),
}

impl RunFacts {
    /// A run of which nothing is to be asked: the server has no such id.
    #[must_use]
    pub fn absent(said: String) -> Self {
        let (run, jobs, artifacts, left) =
            (Known::Absent, Known::Absent, Known::Absent, Known::Absent);
        Self { said, run, jobs, artifacts, left }
    }

    /// What it left, where that could be read.
    #[must_use]
    pub fn parts(&self) -> Option<&Parts> {
        match &self.left {
            Known::Is(left) => left.parts.as_ref().ok(),
            Known::Absent | Known::Unseen(_) => None,
        }
    }
}

pub(super) fn check(facts: &ClaimFacts<'_>) -> Vec<Claim> {
    let mut claims = vec![workflow(facts), named(facts)];
    for (number, run) in (1..).zip(facts.runs) {
        let Known::Is(seen) = &run.run else {
            claims.push(unseen(run));
            continue;
        };
        claims.push(of_run(facts, run, seen));
        claims.push(of_jobs(facts, number, run));
        claims.push(of_artifact(facts, number, run, seen.id));
    }
    claims.push(same(facts));
    claims
}

/// Runs are made by the workflow of their own commit: one that the patch changes may say
/// whatever its author likes.
fn workflow(facts: &ClaimFacts<'_>) -> Claim {
    let path = &facts.expected.workflow_path;
    let (name, said) = ("workflow", "that of the base");
    if !facts.touched.contains(path) {
        return Claim::new(name, said, "not touched", Vec::new());
    }
    let message = format!("the patch changes {}, which made its runs", quoted(path));
    let finding = Finding::new(Code::ApprovalMissing, message)
        .help("let the workflow change by a patch of its own, which people approve");
    Claim::new(name, said, "changed by the patch", vec![finding])
}

/// `run_ids`: that they are three or more, no two alike, is their form.
fn named(facts: &ClaimFacts<'_>) -> Claim {
    field(facts, "run_ids", |_| {
        let there = facts.runs.iter().filter(|run| matches!(run.run, Known::Is(_))).count();
        Some((format!("{there} of {} on the server", facts.said.run_ids.len()), Vec::new()))
    })
}

fn unseen(run: &RunFacts) -> Claim {
    let name = format!("run {}", run.said);
    match &run.run {
        Known::Unseen(finding) => Claim::new(name, "green", "not shown", vec![finding.clone()]),
        Known::Is(_) | Known::Absent => {
            let message = format!("the server has no run {}", quoted(&run.said));
            let help = "only runs on the server count: `cargo xtask orr --on github`";
            let finding = Finding::new(Code::RunAbsent, message).help(help);
            Claim::new(name, "green", "no such run", vec![finding])
        }
    }
}

fn of_run(facts: &ClaimFacts<'_>, run: &RunFacts, seen: &Run) -> Claim {
    let said = format!("green on {}", short(&facts.expected.sha));
    let word = |text: &Option<String>| text.clone().unwrap_or_else(|| "unknown".to_owned());
    let shown = format!("{} on {}", word(&seen.conclusion), short(&seen.head_sha));
    Claim::new(format!("run {}", run.said), said, shown, judge_run(facts.expected, seen))
}

fn of_jobs(facts: &ClaimFacts<'_>, number: u32, run: &RunFacts) -> Claim {
    let name = format!("jobs of {}", run.said);
    let said = format!("{} green", facts.expected.gates.len());
    match &run.jobs {
        Known::Is(jobs) => {
            let is_green = |job: &&Job| job.conclusion.as_deref() == Some("success");
            let shown = format!("{} of {} green", jobs.iter().filter(is_green).count(), jobs.len());
            Claim::new(name, said, shown, judge_jobs(facts.expected, number, jobs))
        }
        Known::Absent => Claim::open(name, said, "not looked at"),
        Known::Unseen(finding) => Claim::new(name, said, "not shown", vec![finding.clone()]),
    }
}

fn of_artifact(facts: &ClaimFacts<'_>, number: u32, run: &RunFacts, id: u64) -> Claim {
    let name = format!("artifact of {}", run.said);
    let said = thrice_orr::judge::server::artifact_name(&facts.expected.programme);
    let artifacts = match &run.artifacts {
        Known::Is(artifacts) => artifacts,
        Known::Absent => return Claim::open(name, said, "not looked at"),
        Known::Unseen(finding) => {
            return Claim::new(name, said, "not shown", vec![finding.clone()]);
        }
    };
    let artifact = match choose_artifact(facts.expected, id, artifacts) {
        Ok(artifact) => artifact,
        Err(finding) => return Claim::new(name, said, "none to believe", vec![*finding]),
    };
    let left = match &run.left {
        Known::Is(left) => left,
        Known::Absent => {
            let message = format!("the artifact `{said}` of run {id} is gone");
            let help = "make new runs: `cargo xtask orr --on github`";
            let gone = Finding::new(Code::Cec40, message).help(help);
            return Claim::new(name, said, "gone", vec![gone]);
        }
        Known::Unseen(finding) => {
            return Claim::new(name, said, "not shown", vec![finding.clone()]);
        }
    };
    if let Some(wrong) = judge_digest(artifact, &left.download_sha256) {
        return Claim::new(name, said, "other bytes", vec![wrong]);
    }
    match &left.parts {
        Ok(parts) => {
            let shown = format!("ZIP {}", short(&parts.zip_sha256));
            Claim::new(name, said, shown, of_parts(facts, number, parts))
        }
        Err(finding) => Claim::new(name, said, "unread", vec![finding.clone()]),
    }
}

fn of_parts(facts: &ClaimFacts<'_>, number: u32, parts: &Parts) -> Vec<Finding> {
    let mut findings = judge_scorecard(facts.expected, number, facts.tree, &parts.scorecard);
    let (commit, tree) = (facts.expected.sha.as_str(), facts.tree);
    if parts.source != (commit.to_owned(), tree.to_owned()) {
        let message = format!(
            "the manifest is of {}, not of {}",
            quoted(short(&parts.source.0)),
            quoted(short(commit))
        );
        findings.push(Finding::new(Code::RunMismatch, message).help(Code::RunMismatch.fix()));
    }
    findings
}

/// Whether all runs left the same archive (H-4).
fn same(facts: &ClaimFacts<'_>) -> Claim {
    let (name, said) = ("determinism", "one ZIP in all runs");
    let known: Vec<&str> =
        facts.runs.iter().filter_map(RunFacts::parts).map(|p| p.zip_sha256.as_str()).collect();
    let different = known.iter().collect::<BTreeSet<_>>().len();
    if different > 1 {
        let message = format!("{} runs left {different} different ZIPs", known.len());
        let help = "see `cargo xtask explain CEC-30`; fix what differs, then review again";
        let finding = Finding::new(Code::Refuse20, message).help(help);
        return Claim::new(name, said, format!("{different} ZIPs"), vec![finding]);
    }
    let shown = format!("one ZIP in {} of {} runs", known.len(), facts.runs.len());
    if known.len() < facts.runs.len() || known.len() < LEAST_RUNS {
        return Claim { answer: Verdict::NotEstablished, ..Claim::open(name, said, shown) };
    }
    Claim::new(name, said, shown, Vec::new())
}
