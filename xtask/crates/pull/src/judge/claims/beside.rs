//! Runs of the same workflow on the same commit that a body does not name. Three green
//! runs are a proof because nobody chose them: H-4 rejects a patch for any red
//! run of it, and asks for a new one.

use super::runs::RunFacts;
use super::{Claim, ClaimFacts, short};
use thrice_findings::text::quoted;
use thrice_findings::{Code, Finding, Known};
use thrice_orr::judge::server::{Expected, Job, Run, is_red};

/// What must be known of a run beside those that are named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Its jobs, of all attempts.
    pub jobs: bool,
    /// What it left.
    pub left: bool,
}

/// What must be known of a run beside its end: of one that ended well, what it left, as a
/// dispatched run does; whether another attempt of it, or a job of one that was
/// cancelled, was red.
#[must_use]
pub fn wanted(expected: &Expected, run: &Run) -> Wanted {
    let ended = conclusion(run);
    let green = ended == Some("success");
    let open = ended.is_some_and(|ended| !green && !is_red(ended));
    Wanted {
        jobs: open || (green && run.run_attempt != Some(1)),
        left: green && run.event == expected.event,
    }
}

/// How a run ended; nothing where it did not.
fn conclusion(run: &Run) -> Option<&str> {
    run.conclusion.as_deref().filter(|_| run.status.as_deref() == Some("completed"))
}

/// What such a run is beside those that are named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BesideKind {
    Red,
    Different,
    Unproven,
    Unfinished,
}

pub(super) fn check(facts: &ClaimFacts<'_>) -> Claim {
    let (name, said) = ("other runs", "none contradicts it");
    let runs = match &facts.beside {
        Known::Is(runs) => runs,
        Known::Unseen(finding) => {
            return Claim::new(name, said, "not shown", vec![finding.clone()]);
        }
        Known::Absent => return Claim::new(name, said, "not shown", vec![unlisted()]),
    };
    let beside = runs.iter().filter_map(|facts_of| match &facts_of.run {
        Known::Is(run) => Some((facts_of, run)),
        Known::Absent | Known::Unseen(_) => None,
    });
    let beside: Vec<(&RunFacts, &Run)> = beside
        .filter(|(_, run)| is_of(facts.expected, run))
        .filter(|(_, run)| !facts.said.run_ids.contains(&run.id.to_string()))
        .collect();
    let judged: Vec<(BesideKind, String)> =
        beside.iter().filter_map(|(facts_of, run)| judge(facts, facts_of, run)).collect();
    let kinds =
        [BesideKind::Red, BesideKind::Different, BesideKind::Unproven, BesideKind::Unfinished];
    let findings = kinds.iter().filter_map(|kind| {
        let why = judged.iter().filter(|(of, _)| of == kind).map(|(_, why)| why.as_str());
        reported(*kind, &why.collect::<Vec<_>>(), short(&facts.expected.sha))
    });
    let shown = match (beside.len(), judged.len()) {
        (0, _) => "none".to_owned(),
        (all, 0) => format!("{all} beside, green alike"),
        (all, against) => format!("{against} of {all} beside"),
    };
    Claim::new(name, said, shown, findings.collect())
}

/// Red reviews of other commits of the same tree: the body says at least as many as the server
/// shows, so that whoever merges knows how often it took to be green.
pub(super) fn red_before(facts: &ClaimFacts<'_>) -> Claim {
    let (name, counted) = ("red reviews before", facts.said.red_reviews);
    let said = counted.to_string();
    let shown = match &facts.red_before {
        Known::Is(shown) => *shown,
        Known::Unseen(finding) => {
            return Claim::new(name, said, "not shown", vec![finding.clone()]);
        }
        Known::Absent => return Claim::new(name, said, "not shown", vec![unlisted()]),
    };
    let finding = if shown > counted {
        let message = format!(
            "the server has {shown} red reviews of other commits with this tree, and the body says {counted}"
        );
        let help = "review again, so that the decision counts them: `cargo xtask orr --on github`";
        Some(Finding::new(Code::Refuse20, message).help(help))
    } else if counted > 0 {
        let message = format!("{counted} reviews of this tree were red before it was green");
        let help = "look for a gate that is red now and then before you merge";
        Some(Finding::new(Code::RedReviews, message).help(help))
    } else {
        None
    };
    Claim::new(name, said, shown.to_string(), finding.into_iter().collect())
}

/// Whether a run is of the same workflow and commit, whatever the server was asked for.
fn is_of(expected: &Expected, run: &Run) -> bool {
    run.head_sha == expected.sha && run.workflow_id == expected.workflow_id
}

/// What a run has against the three, and how it is reported. What the pull request itself set
/// off leaves nothing to compare, and may still be at work: its checks are the merge
/// gate's to ask for.
fn judge(facts: &ClaimFacts<'_>, facts_of: &RunFacts, run: &Run) -> Option<(BesideKind, String)> {
    let dispatched = run.event == facts.expected.event;
    let id = run.id;
    let Some(ended) = conclusion(run) else {
        let status = run.status.as_deref().unwrap_or("unknown");
        return dispatched.then(|| (BesideKind::Unfinished, format!("{id} ({})", quoted(status))));
    };
    if is_red(ended) {
        return Some((BesideKind::Red, format!("{id} ({})", quoted(ended))));
    }
    let wanted = wanted(facts.expected, run);
    let unproven = |why: String| Some((BesideKind::Unproven, format!("{id} ({why})")));
    if wanted.jobs {
        let Known::Is(jobs) = &facts_of.jobs else {
            return unproven("its jobs are not shown".to_owned());
        };
        if let Some(job) = jobs.iter().find(|job| is_red_job(job)) {
            let why = format!("{id} (job {} was red once)", quoted(&job.name));
            return Some((BesideKind::Red, why));
        }
    }
    if !dispatched {
        return None;
    }
    if ended != "success" {
        return unproven(quoted(ended));
    }
    let Some(parts) = facts_of.parts() else {
        return unproven("what it left cannot be seen".to_owned());
    };
    let mut named = facts.runs.iter().filter_map(RunFacts::parts);
    let zip = &parts.zip_sha256;
    let differs = named.any(|named| named.zip_sha256 != *zip);
    differs.then(|| (BesideKind::Different, format!("{id} (ZIP {})", short(zip))))
}

fn is_red_job(job: &Job) -> bool {
    job.conclusion.as_deref().is_some_and(is_red)
}

/// As many runs as a message names.
const NAMED: usize = 3;

fn reported(kind: BesideKind, runs: &[&str], commit: &str) -> Option<Finding> {
    let first = runs.get(..NAMED.min(runs.len()))?.join(", ");
    let more = match runs.len() {
        0 => return None,
        number if number <= NAMED => String::new(),
        number => format!(" and {} more", number - NAMED),
    };
    let plural = if runs.len() == 1 { "run" } else { "runs" };
    let (code, what, help) = match kind {
        BesideKind::Red => (
            Code::Refuse20,
            "red",
            "what is red once is not proven by others: fix the cause, commit, and review the new head",
        ),
        BesideKind::Different => (
            Code::Refuse20,
            "of another ZIP",
            "see `cargo xtask explain CEC-30`; fix what differs, commit, and review the new head",
        ),
        BesideKind::Unproven => (
            Code::NotEstablishedCode,
            "open",
            "it may have been about to fail: review a new head (`git commit --amend --no-edit` makes one)",
        ),
        BesideKind::Unfinished => {
            (Code::RunUnfinished, "not at an end", "wait for it, then run the command again")
        }
    };
    let message =
        format!("{plural} of {commit} that `run_ids` does not name, {what}: {first}{more}");
    Some(Finding::new(code, message).help(help))
}

fn unlisted() -> Finding {
    Finding::new(Code::NotEstablishedCode, "the server does not list the runs of this commit")
        .help("run the command again later")
}
