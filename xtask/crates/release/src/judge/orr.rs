//! Whether the review passed three times on exactly the commit that is released: by the
//! server's runs, or by the decision on a machine with its evidence at hand.

use std::collections::BTreeSet;

use super::{Digests, refused, short};
use thrice_findings::{Code, Finding, Known, Verdict};
use thrice_orr::judge::server::{
    Expected, Run, choose_artifact, judge_digest, judge_jobs, judge_run, judge_scorecard,
};
use thrice_patch::judge::pr_body::RecordedDecision;
use thrice_pull::judge::claims::{Claim, LEAST_RUNS, Parts, RunFacts};

/// What fixes a review that is missing on the server.
const AGAIN: &str = "`cargo xtask branch sandbox && cargo xtask orr --on github`, at \
    this very commit";

/// The newest runs of a commit, as many as a review has; an older one that failed does
/// not hold up what came after it.
#[must_use]
pub(crate) fn newest(mut runs: Vec<Run>) -> Vec<Run> {
    runs.sort_by(|a, b| (&b.created_at, b.id).cmp(&(&a.created_at, a.id)));
    runs.truncate(LEAST_RUNS);
    runs.reverse();
    runs
}

/// Claims over the runs on the server, and the digests that all of them left. Each run
/// comes with what it must be.
#[must_use]
pub(crate) fn on_server(
    runs: &[(Expected, RunFacts)],
    sha: &str,
    tree: &str,
) -> (Vec<Claim>, Option<Digests>) {
    let said = format!("{LEAST_RUNS} runs of {}", short(sha));
    let enough = (runs.len() < LEAST_RUNS).then(|| {
        let message = format!("{} of {LEAST_RUNS} runs were made of {}", runs.len(), short(sha));
        refused(Code::ReleaseOrr, message, AGAIN)
    });
    let seen = format!("{} on the server", runs.len());
    let mut claims = vec![Claim::new("review", said, seen, enough.into_iter().collect())];
    let numbered = (1..).zip(runs);
    claims.extend(numbered.map(|(number, (expected, run))| of_run(number, expected, run, tree)));
    let (same, digests) = same(runs);
    claims.push(same);
    (claims, digests)
}

fn of_run(number: u32, expected: &Expected, facts: &RunFacts, tree: &str) -> Claim {
    let name = format!("run {}", facts.said);
    let said = format!("green on {}", short(&expected.sha));
    let run = match &facts.run {
        Known::Is(run) => run,
        Known::Unseen(finding) => {
            return Claim::new(name, said, "not shown", vec![finding.clone()]);
        }
        Known::Absent => {
            let gone = refused(Code::RunAbsent, format!("the server has no {name}"), AGAIN);
            return Claim::new(name, said, "no such run", vec![gone]);
        }
    };
    let mut findings = judge_run(expected, run);
    match &facts.jobs {
        Known::Is(jobs) => findings.extend(judge_jobs(expected, number, jobs)),
        Known::Absent => {}
        Known::Unseen(finding) => findings.push(finding.clone()),
    }
    findings.extend(of_artifact(number, expected, run.id, facts, tree));
    let seen = match run.conclusion.as_deref() {
        Some(conclusion) => format!("{conclusion} on {}", short(&run.head_sha)),
        None => "not ended".to_owned(),
    };
    Claim::new(name, said, seen, findings)
}

fn of_artifact(
    number: u32,
    expected: &Expected,
    id: u64,
    facts: &RunFacts,
    tree: &str,
) -> Vec<Finding> {
    let artifacts = match &facts.artifacts {
        Known::Is(artifacts) => artifacts,
        Known::Absent => return Vec::new(),
        Known::Unseen(finding) => return vec![finding.clone()],
    };
    let artifact = match choose_artifact(expected, id, artifacts) {
        Ok(artifact) => artifact,
        Err(finding) => return vec![*finding],
    };
    let left = match &facts.left {
        Known::Is(left) => left,
        Known::Unseen(finding) => return vec![finding.clone()],
        Known::Absent => {
            let message = format!("the artifact of run {id} is gone");
            return vec![refused(Code::Cec40, message, AGAIN)];
        }
    };
    if let Some(wrong) = judge_digest(artifact, &left.download_sha256) {
        return vec![wrong];
    }
    let parts = match &left.parts {
        Ok(parts) => parts,
        Err(finding) => return vec![finding.clone()],
    };
    let mut findings = judge_scorecard(expected, number, tree, &parts.scorecard);
    if parts.source != (expected.sha.clone(), tree.to_owned()) {
        let message = format!("the manifest of run {id} is of {}", short(&parts.source.0));
        findings.push(refused(Code::RunMismatch, message, AGAIN));
    }
    findings
}

fn same(runs: &[(Expected, RunFacts)]) -> (Claim, Option<Digests>) {
    let (name, said) = ("one evidence", "the same bytes in all runs");
    let known: Vec<&Parts> = runs.iter().filter_map(|(_, run)| run.parts()).collect();
    let all: BTreeSet<(&str, &str)> = known
        .iter()
        .map(|parts| (parts.zip_sha256.as_str(), parts.scorecard_sha256.as_str()))
        .collect();
    if all.len() > 1 {
        let message = format!("{} runs left {} different evidences", known.len(), all.len());
        let finding = refused(Code::Refuse20, message, "fix what differs, then review again");
        return (Claim::new(name, said, "they differ", vec![finding]), None);
    }
    if known.len() < LEAST_RUNS {
        let seen = format!("known of {} of {LEAST_RUNS} runs", known.len());
        return (Claim::open(name, said, seen), None);
    }
    let digests = all.first().map(|(zip, scorecard)| Digests {
        scorecard_sha256: (*scorecard).to_owned(),
        evidence_zip_sha256: (*zip).to_owned(),
    });
    let seen = all.first().map(|(zip, _)| short(zip)).unwrap_or_default();
    (Claim::new(name, said, seen, Vec::new()), digests)
}

/// What lies on the machine of the files that a decision names, by their digests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AtHand {
    /// Digest of the scorecard's file; none where it is not there.
    pub scorecard_sha256: Option<String>,
    /// Digest of the archive's file.
    pub evidence_zip_sha256: Option<String>,
}

/// Claims over the decision on this machine; `policy_names_server` where the server's checks
/// decide, which nobody asks here.
#[must_use]
pub(crate) fn at_machine(
    recorded: Known<RecordedDecision>,
    at_hand: &AtHand,
    programme: &str,
    sha: &str,
    policy_names_server: bool,
) -> (Vec<Claim>, Option<Digests>) {
    let said = format!("{LEAST_RUNS} runs of {}", short(sha));
    let help = "`cargo xtask orr --runs 3`, with this very commit checked out on a branch";
    let recorded = match recorded {
        Known::Is(recorded) => recorded,
        Known::Unseen(finding) => {
            return (vec![Claim::new("review", said, "unread", vec![finding])], None);
        }
        Known::Absent => {
            let message = "there is no decision of a review here".to_owned();
            let finding = refused(Code::ReleaseOrr, message, help);
            return (vec![Claim::new("review", said, "none", vec![finding])], None);
        }
    };
    let mut why = Vec::new();
    if recorded.commit != sha {
        why.push(format!("the review is of {}, not of {}", short(&recorded.commit), short(sha)));
    }
    if recorded.programme != programme {
        why.push(format!("the review is of the programme {}", recorded.programme));
    }
    if recorded.verdict != Verdict::Pass {
        why.push("the review did not pass".to_owned());
    }
    if recorded.run_ids.len() < LEAST_RUNS {
        why.push(format!("the review had {} runs, not {LEAST_RUNS}", recorded.run_ids.len()));
    }
    let findings: Vec<Finding> =
        why.into_iter().map(|why| refused(Code::ReleaseOrr, why, help)).collect();
    let of_commit = findings.is_empty();
    let seen = format!("{} of {}", recorded.run_ids.len(), short(&recorded.commit));
    let mut claims = vec![Claim::new("review", said, seen, findings)];
    let (claim, digests) = evidence(&recorded, at_hand);
    claims.push(match of_commit {
        true => claim,
        false => Claim::open("one evidence", "the bytes that were decided on", "of another review"),
    });
    if policy_names_server {
        let finding = Finding::new(Code::ReleaseMachine, "the server's checks were not asked for")
            .help("leave `--on local` out");
        claims.push(Claim::new("checks", "green on the server", "not asked", vec![finding]));
    }
    (claims, digests.filter(|_| of_commit))
}

fn evidence(recorded: &RecordedDecision, at_hand: &AtHand) -> (Claim, Option<Digests>) {
    let (name, said) = ("one evidence", "the bytes that were decided on");
    let help = "review the commit again: `cargo xtask orr --runs 3`";
    let pairs = [
        ("scorecard", &recorded.scorecard_sha256, &at_hand.scorecard_sha256),
        ("evidence", &recorded.evidence_zip_sha256, &at_hand.evidence_zip_sha256),
    ];
    let mut findings = Vec::new();
    for (of, decided, is) in pairs {
        let message = match (decided, is) {
            (Some(decided), Some(is)) if decided == is => continue,
            (None, _) => format!("the runs left no common {of}"),
            (_, None) => format!("the {of} is not here any more"),
            (Some(decided), Some(is)) => {
                format!("the {of} here is {}, but {} was decided on", short(is), short(decided))
            }
        };
        findings.push(refused(Code::ReleaseDigest, message, help));
    }
    let digests = match (&at_hand.scorecard_sha256, &at_hand.evidence_zip_sha256) {
        (Some(scorecard), Some(zip)) if findings.is_empty() => {
            Some(Digests { scorecard_sha256: scorecard.clone(), evidence_zip_sha256: zip.clone() })
        }
        _ => None,
    };
    let seen =
        digests.as_ref().map_or("other bytes", |digests| short(&digests.evidence_zip_sha256));
    (Claim::new(name, said, seen, findings), digests)
}
