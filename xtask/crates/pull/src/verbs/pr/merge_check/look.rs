//! Looking at all that the merge gate judges, in this order: the pull request, its claims,
//! what the server enforces, checks, approvals, the delivery, and the pull request again.

use std::time::Duration;

use super::super::verify::{Branch, Verified, VerifyContext};
use super::delivery;
use super::gather;
use crate::judge::merge::snapshot::{Claimed, Enforced, Gate, MergeSnapshot, Posted, Snapshot};
use crate::verbs::rulesets::{facts, judged_jobs};
use thrice_facts::clock;
use thrice_facts::github::{Failure, GitHub, encoded};
use thrice_facts::interrupt::Interrupt;
use thrice_findings::Stop;
use thrice_orr::judge::pull::PullRequest;
use thrice_orr::required_checks::{gates, posted, without_settings};
use thrice_patch::approvals::of_patch;
use thrice_patch::gather::PatchInput;
use thrice_programme::RulesetSettings;

/// How often a pull request, or its checks, is asked for while the server works out what is
/// so, as it does after each push.
const ASKED: u32 = 5;
/// How long it is waited between.
const BETWEEN: Duration = Duration::from_secs(2);

/// Looks at a pull request.
pub(super) fn at(context: &VerifyContext<'_>, snapshot: &mut Snapshot) -> Result<(), Stop> {
    let github = context.github;
    let number = snapshot.number;
    snapshot.repository = Some(github.slug().to_string());
    let path = github.repo(&format!("pulls/{number}"));
    let before = match settled(github, &path, context.interrupt) {
        Ok(pull) => pull,
        Err(failure) => {
            snapshot.stopped.push(failure.finding());
            return Ok(());
        }
    };
    let verified = context.verify(number)?;
    let Verified { claims, findings, head, gathered, workflow_id } = verified;
    snapshot.claimed = Some(Claimed { head, claims, findings });
    if let Some(gathered) = &gathered {
        match gathered.policy.gates.ruleset.clone() {
            Some(settings) => {
                let looked = gate(context, (number, &before), gathered, &settings, workflow_id)?;
                snapshot.gate = Some(looked);
            }
            None => snapshot.cut.push(without_settings()),
        }
        snapshot.delivery = Some(delivery::of(context, (number, &before), gathered)?);
    }
    if let Some(gate) = &snapshot.gate {
        let branch = github.repo(&format!("branches/{}", encoded(&gate.branch)));
        let now = github.read::<Branch>(&branch).map(|branch| branch.commit.sha);
        snapshot.base_after = Some(shown(now));
    }
    // The last thing that is looked at: what was proven is of what was there before.
    snapshot.after = Some(shown(github.read::<PullRequest>(&path)));
    snapshot.before = Some(before);
    Ok(())
}

fn gate(
    context: &VerifyContext<'_>,
    (number, before): (u64, &PullRequest),
    gathered: &PatchInput,
    settings: &RulesetSettings,
    workflow_id: Option<u64>,
) -> anyhow::Result<Gate> {
    let VerifyContext { github, repository, .. } = context;
    let policy = &gathered.policy;
    let facts = facts(github, &policy.programme.default_branch);
    let known = facts.as_ref().ok();
    let (jobs, findings) = judged_jobs(repository, &gathered.base, policy, settings, known)?;
    let enforced =
        facts.map(|facts| Enforced { facts, jobs, findings, check: settings.check.clone() });
    let checks = settled_checks(context, &before.head.sha, &gates(policy));
    let demands = gather::demands(repository, gathered)?;
    let commits = repository.commits_between(&gathered.base, &gathered.head)?;
    let commits: Vec<String> = commits.into_iter().map(|(id, _)| id).collect();
    let reviewed = gather::reviewed(github, number, before, &commits, &demands);
    let recorded = of_patch(repository, gathered)?;
    Ok(Gate {
        base: gathered.base.id.clone(),
        branch: policy.programme.default_branch.clone(),
        queue: policy.gates.workflow.has_queue(),
        gates: gates(policy).into_iter().map(str::to_owned).collect(),
        app_id: settings.app_id,
        workflow: settings.workflow.clone(),
        workflow_id,
        enforced: shown(enforced),
        checks: shown(checks),
        approvals: shown(reviewed.map(|seen| seen.into_approved(demands, recorded))),
    })
}

/// The checks on a commit, once each gate has one; as they are where that takes too long. A
/// head that was pushed a moment ago, as "Update branch" does, has none yet.
fn settled_checks(
    context: &VerifyContext<'_>,
    sha: &str,
    gates: &[&str],
) -> Result<Posted, Failure> {
    let ask = || posted(context.github, sha).map(|(checks, runs)| Posted { checks, runs });
    let has_all = |posted: &Posted| {
        let is_there = |gate: &&str| posted.checks.iter().any(|check| check.name == *gate);
        gates.iter().all(is_there)
    };
    asked_until(has_all, ask, context.interrupt)
}

fn shown<T>(answer: Result<T, Failure>) -> MergeSnapshot<T> {
    match answer {
        Ok(reported) => MergeSnapshot::Is(reported),
        Err(failure) => MergeSnapshot::Unseen(failure.finding()),
    }
}

/// The pull request, once the server knows whether it has conflicts; as it is where that
/// takes too long.
fn settled(github: &GitHub, path: &str, interrupt: &Interrupt) -> Result<PullRequest, Failure> {
    let is_known = |pull: &PullRequest| pull.mergeable.is_some();
    asked_until(is_known, || github.read(path), interrupt)
}

/// The first answer that is settled, or the last one.
fn asked_until<T>(
    is_settled: impl Fn(&T) -> bool,
    ask: impl Fn() -> Result<T, Failure>,
    interrupt: &Interrupt,
) -> Result<T, Failure> {
    let mut answer = ask()?;
    for _ in 1..ASKED {
        if is_settled(&answer) || !clock::pause(BETWEEN, interrupt) {
            break;
        }
        answer = ask()?;
    }
    Ok(answer)
}
