//! What a merged pull request had when it was merged: judged by the rules of its base, and
//! only by what was there before the merge.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::{Landing, Merged, PullCommit, Way};
use crate::judge::claims::{LEAST_RUNS, RunFacts};
use crate::judge::merge::ApprovalDemand;
use crate::judge::merge::approvals;
use crate::judge::merge::approvals::{ApproverFacts as ApprovalFacts, Review};
use thrice_findings::text::is_lower_hex;
use thrice_findings::{Answer, Code, Finding, Known, Verdict, verdict};
use thrice_orr::judge::required_checks as checks;
use thrice_orr::judge::required_checks::{CheckRun, Required, SuiteRun};
use thrice_orr::judge::server::{Expected, Run, is_red, judge_jobs, judge_run};
use thrice_patch::judge::pr_body::Said;

/// How long GitHub keeps the checks of a commit.
const CHECKS_KEPT: SignedDuration = SignedDuration::from_hours(400 * 24);
/// How long GitHub keeps runs and artifacts, where nobody set another time.
const RUNS_KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);
/// As many commits of a pull request as GitHub lists at most.
const MOST_PARTS: usize = 250;

/// A check with its end, which reports whether the merge waited for it.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub check: CheckRun,
    /// When it ended, as the server reports it.
    pub completed_at: Option<String>,
}

/// What the base demanded of a patch.
#[derive(Clone, Debug)]
pub(crate) struct Rules<'a> {
    /// What each run must be.
    pub expected: &'a Expected,
    /// The app whose checks count.
    pub app_id: u64,
    /// The approvals that it needed.
    pub demands: &'a [ApprovalDemand],
}

/// What there is to see of a merged pull request.
pub(crate) struct MergedPull<'a> {
    pub pull: &'a Merged,
    pub(crate) landing: &'a Landing<'a>,
    /// The rules of its base; why not where they cannot be had.
    pub rules: Result<Rules<'a>, String>,
    /// Its commits, oldest first.
    pub parts: Result<&'a [PullCommit], String>,
    /// The checks on its head.
    pub checks: Result<&'a [Kept], String>,
    /// The runs of its head.
    pub runs: Result<&'a [Run], String>,
    /// Suites of checks by run, as the merge gate has them.
    pub suites: &'a [SuiteRun],
    /// Its reviews and all that bears on them.
    pub approvals: Result<ApprovalFacts<'a>, String>,
    /// What its body claims.
    pub said: &'a Said,
    /// The runs that it names, looked into.
    pub named: &'a [RunFacts],
    /// Digests of evidence that the ledger has.
    pub recorded: &'a BTreeSet<String>,
    pub now: Timestamp,
}

/// The answers to all questions about a merged pull request.
#[must_use]
pub(crate) fn judge_pull(shown: &MergedPull<'_>) -> Vec<Answer> {
    vec![content(shown), of_checks(shown), of_approvals(shown), review(shown), evidence(shown)]
}

/// Whether what landed is what the pull request's head had, and what was reviewed.
fn content(shown: &MergedPull<'_>) -> Answer {
    const OF: &str = "content";
    let Some(last) = shown.landing.last() else {
        return Answer::not_established(OF, "there is no commit");
    };
    if let Way::Pushed(_) = shown.landing.way {
        return Answer::disproven(OF, "its commits were pushed, not merged by GitHub");
    }
    if last.parents.len() > 2 {
        return Answer::disproven(OF, "the merge has more than two parents");
    }
    if let (Way::Merge(_), Some(second)) = (shown.landing.way, last.parents.get(1))
        && *second != shown.pull.head
    {
        return Answer::disproven(OF, "the merge is of another commit than its head");
    }
    let parts = match &shown.parts {
        Ok(parts) => *parts,
        Err(why) => return Answer::not_established(OF, why),
    };
    let head = parts.iter().rev().find(|part| part.id == shown.pull.head);
    match head {
        Some(head) if head.tree == last.tree => Answer::proven(OF, "that of its head"),
        Some(_) => Answer::disproven(
            OF,
            "what landed is not what its head had (the base had moved on, or somebody added to it)",
        ),
        None if parts.len() >= MOST_PARTS => Answer::not_established(
            OF,
            format!("the server lists no more than {MOST_PARTS} commits"),
        ),
        None => Answer::not_established(OF, "its head is none of its commits any more"),
    }
}

/// Whether the required checks were green on the head, by the right app, before the merge.
fn of_checks(shown: &MergedPull<'_>) -> Answer {
    const OF: &str = "checks";
    let (rules, kept) = match (&shown.rules, &shown.checks) {
        (Ok(rules), Ok(kept)) => (rules, *kept),
        (Err(why), _) | (_, Err(why)) => return Answer::not_established(OF, why),
    };
    if kept.is_empty() && is_older(shown, CHECKS_KEPT) {
        return Answer::not_established(OF, "the server keeps no checks of that time");
    }
    let before: Vec<CheckRun> =
        kept.iter().filter_map(|kept| at_merge(kept, shown.pull.merged_at)).collect();
    let gates: Vec<&str> = rules.expected.gates.iter().map(String::as_str).collect();
    let required = Required {
        sha: &shown.pull.head,
        gates: &gates,
        app_id: rules.app_id,
        workflow: &rules.expected.workflow_path,
        workflow_id: Some(rules.expected.workflow_id),
    };
    let (lines, findings) = checks::judge(&required, &before, shown.suites);
    // What had not ended when it was merged was not waited for.
    let unfinished = findings.iter().any(|finding| finding.code == Code::RunUnfinished);
    let wanted = |answer: Verdict| lines.iter().find(move |line| line.verdict == answer);
    if let Some(line) = wanted(Verdict::Fail) {
        return Answer::disproven(OF, reported(line));
    }
    match wanted(Verdict::NotEstablished) {
        Some(line) if unfinished => {
            Answer::disproven(OF, format!("{} at the merge", reported(line)))
        }
        Some(line) => Answer::not_established(OF, reported(line)),
        None => Answer::proven(OF, format!("all of {}", gates.len())),
    }
}

/// A check as it was at a time: none where it was not yet there.
fn at_merge(kept: &Kept, merged_at: Timestamp) -> Option<CheckRun> {
    let time = |text: &Option<String>| -> Option<Timestamp> { text.as_deref()?.parse().ok() };
    let mut check = kept.check.clone();
    if time(&check.started_at).is_some_and(|began| began > merged_at) {
        return None;
    }
    if time(&kept.completed_at).is_some_and(|ended| ended > merged_at) {
        check.status = "in_progress".to_owned();
        check.conclusion = None;
    }
    Some(check)
}

/// Whether it was approved by all of whom its base demanded that, before the merge.
fn of_approvals(shown: &MergedPull<'_>) -> Answer {
    const OF: &str = "approvals";
    let (rules, facts) = match (&shown.rules, &shown.approvals) {
        (Ok(rules), Ok(facts)) => (rules, facts),
        (Err(why), _) | (_, Err(why)) => return Answer::not_established(OF, why),
    };
    let before: Vec<Review> = facts
        .reviews
        .iter()
        .filter(|review| {
            let at = review.submitted_at.as_deref().and_then(|at| at.parse::<Timestamp>().ok());
            at.is_some_and(|at| at <= shown.pull.merged_at)
        })
        .cloned()
        .collect();
    let then = ApprovalFacts { reviews: &before, ..facts.clone() };
    let (lines, _) = approvals::judge(&then, rules.demands);
    let by_somebody = !approvals::approvers(&then).is_empty();
    // Teams and rights are those of today: who held a role then is not to be seen now.
    let of_today = |line: &Answer| {
        let named = |demand: &&ApprovalDemand| line.demand == format!("approved by {}", demand.of);
        let demand = rules.demands.iter().find(named);
        demand.is_none_or(|demand| demand.members.iter().any(|member| member.contains('/')))
    };
    let in_doubt =
        |line: &Answer| !facts.recorded.open.is_empty() || (by_somebody && of_today(line));
    let failed = |line: &&Answer| line.verdict == Verdict::Fail;
    if let Some(line) = lines.iter().filter(failed).find(|line| !in_doubt(line)) {
        return Answer::disproven(OF, reported(line));
    }
    match lines.iter().find(|line| line.verdict != Verdict::Pass) {
        Some(line) if line.verdict == Verdict::Fail => Answer::not_established(
            OF,
            format!("{}, as it is seen today; of that day it is not reported", reported(line)),
        ),
        Some(line) => Answer::not_established(OF, reported(line)),
        None => Answer::proven(OF, format!("all of {}", lines.len())),
    }
}

fn reported(line: &Answer) -> String {
    format!("{}: {}", line.demand, line.why)
}

/// Whether the readiness review took place: the runs that the body names, green, before the
/// merge, and no red one beside them.
fn review(shown: &MergedPull<'_>) -> Answer {
    const OF: &str = "review";
    let rules = match &shown.rules {
        Ok(rules) => rules,
        Err(why) => return Answer::not_established(OF, why),
    };
    let ids: BTreeSet<&str> = shown.said.run_ids.iter().map(String::as_str).collect();
    if ids.len() < LEAST_RUNS || ids.len() < shown.said.run_ids.len() {
        return Answer::disproven(OF, format!("its body names {} runs", ids.len()));
    }
    let mut open = None;
    for (number, named) in (1..).zip(shown.named) {
        match of_run(shown, rules, number, named) {
            Ok(()) => {}
            Err((Verdict::Fail, why)) => return Answer::disproven(OF, why),
            Err((_, why)) => open = open.or(Some(why)),
        }
    }
    match &shown.runs {
        Err(why) => open = open.or_else(|| Some(why.clone())),
        Ok(runs) => {
            if let Some(red) = runs.iter().find(|run| red_before(run, shown, rules)) {
                return Answer::disproven(OF, format!("run {} of the same commit was red", red.id));
            }
        }
    }
    match open {
        Some(why) => Answer::not_established(OF, why),
        None => Answer::proven(OF, format!("{} runs", ids.len())),
    }
}

fn of_run(
    shown: &MergedPull<'_>,
    rules: &Rules<'_>,
    number: u32,
    named: &RunFacts,
) -> Result<(), (Verdict, String)> {
    let run = match &named.run {
        Known::Is(run) => run,
        Known::Absent if is_older(shown, RUNS_KEPT) => {
            let why = format!("run {} is not kept any more", named.said);
            return Err((Verdict::NotEstablished, why));
        }
        Known::Absent => return Err((Verdict::Fail, format!("there is no run {}", named.said))),
        Known::Unseen(finding) => return Err((Verdict::NotEstablished, finding.message.clone())),
    };
    if run.updated_at.parse::<Timestamp>().is_ok_and(|ended| ended > shown.pull.merged_at) {
        return Err((Verdict::Fail, format!("run {} ended after the merge", run.id)));
    }
    let mut findings = judge_run(rules.expected, run);
    match &named.jobs {
        Known::Is(jobs) => findings.extend(judge_jobs(rules.expected, number, jobs)),
        Known::Absent | Known::Unseen(_) => {
            let why = format!("the jobs of run {} are not reported", run.id);
            findings.push(Finding::new(Code::ServerSilent, why));
        }
    }
    match findings.first() {
        Some(first) => Err((verdict(&findings), first.message.clone())),
        None => Ok(()),
    }
}

/// Whether a run of the same workflow on the same commit was red before the merge.
fn red_before(run: &Run, shown: &MergedPull<'_>, rules: &Rules<'_>) -> bool {
    let made = run.created_at.parse::<Timestamp>();
    run.workflow_id == rules.expected.workflow_id
        && run.head_sha == shown.pull.head
        && made.is_ok_and(|made| made <= shown.pull.merged_at)
        && run.conclusion.as_deref().is_some_and(is_red)
}

/// Whether the evidence is what the body says: of each run the same, or recorded.
fn evidence(shown: &MergedPull<'_>) -> Answer {
    const OF: &str = "evidence";
    let claimed = shown.said.value("evidence_zip_sha256").filter(|said| is_lower_hex(said, 64));
    let Some(claimed) = claimed else {
        return Answer::disproven(OF, "its body names no digest of it");
    };
    let mut zips: BTreeMap<&str, usize> = BTreeMap::new();
    let mut gone = None;
    for named in shown.named {
        match &named.left {
            Known::Is(left) => match &left.parts {
                Ok(parts) => *zips.entry(parts.zip_sha256.as_str()).or_default() += 1,
                Err(finding) => return Answer::disproven(OF, finding.message.clone()),
            },
            Known::Absent => gone = Some(format!("that of run {} is not kept", named.said)),
            Known::Unseen(finding) => gone = Some(finding.message.clone()),
        }
    }
    if zips.keys().any(|zip| *zip != claimed) {
        return Answer::disproven(OF, "a run left another than its body says");
    }
    if shown.recorded.contains(claimed) {
        return Answer::proven(OF, "its digest is in the ledger");
    }
    let seen = zips.values().sum::<usize>();
    match gone {
        Some(why) => Answer::not_established(OF, why),
        None if seen < LEAST_RUNS => Answer::not_established(OF, format!("seen of {seen} runs")),
        None => Answer::proven(OF, format!("the same of {seen} runs")),
    }
}

fn is_older(shown: &MergedPull<'_>, than: SignedDuration) -> bool {
    shown.now.duration_since(shown.pull.merged_at) > than
}
