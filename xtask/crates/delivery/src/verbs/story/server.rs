//! Pull requests and checks, as GitHub has them.

use crate::judge::backlog::{Checks, Pull};
use thrice_facts::git::Repository;
use thrice_facts::github::{Failure, GitHub};
use thrice_facts::interrupt::Interrupt;
use thrice_findings::{Code, Finding, Severity, Verdict, verdict};
use thrice_orr::judge::required_checks::{Required, judge};
use thrice_orr::required_checks::{gates, posted};
use thrice_programme::Policy;

/// All pull requests for the default branch; none where the server does not report them,
/// and then a finding says why.
pub(super) fn pulls(
    repository: &Repository,
    policy: &Policy,
    findings: &mut Vec<Finding>,
) -> anyhow::Result<Option<Vec<Pull>>> {
    let github = match GitHub::of(repository, &Interrupt::listen()?) {
        Ok(github) => github,
        Err(finding) => {
            findings.push(*finding);
            return Ok(None);
        }
    };
    match listed(&github, policy) {
        Ok(pulls) => Ok(Some(pulls)),
        Err(failure) => {
            findings.push(failure.finding());
            Ok(None)
        }
    }
}

fn listed(github: &GitHub, policy: &Policy) -> Result<Vec<Pull>, Failure> {
    let mut pulls = Vec::new();
    for pull in github.pulls("all", &policy.programme.default_branch)? {
        let open = pull.state == "open";
        let checks = if open { Some(of_commit(github, policy, &pull.head.sha)?) } else { None };
        pulls.push(Pull {
            number: pull.number,
            merged_as: pull.merged_as().map(str::to_owned),
            title: pull.title,
            branch: pull.head.branch,
            open,
            checks,
        });
    }
    Ok(pulls)
}

/// What the required checks of a commit say.
fn of_commit(github: &GitHub, policy: &Policy, sha: &str) -> Result<Checks, Failure> {
    let Some(settings) = &policy.gates.ruleset else { return Ok(Checks::Open) };
    let workflow = github.workflow(&settings.workflow)?;
    let gates = gates(policy);
    let required = Required {
        sha,
        gates: &gates,
        app_id: settings.app_id,
        workflow: &settings.workflow,
        workflow_id: Some(workflow.id).filter(|_| workflow.path == settings.workflow),
    };
    let (posted, runs) = posted(github, sha)?;
    let (_, found) = judge(&required, &posted, &runs);
    let missing = |finding: &Finding| finding.code == Code::CheckMissing;
    let red = found.iter().any(|it| it.severity == Severity::Refuse && !missing(it));
    Ok(match verdict(&found) {
        Verdict::Pass => Checks::Green,
        Verdict::Fail if red => Checks::Red,
        _ => Checks::Open,
    })
}

/// What the required checks of a commit of the default branch say; none where the server
/// does not report, and then a finding says why.
pub(super) fn checks(
    repository: &Repository,
    policy: &Policy,
    sha: &str,
    findings: &mut Vec<Finding>,
) -> anyhow::Result<Option<Checks>> {
    let github = match GitHub::of(repository, &Interrupt::listen()?) {
        Ok(github) => github,
        Err(finding) => {
            findings.push(*finding);
            return Ok(None);
        }
    };
    match of_commit(&github, policy, sha) {
        Ok(checks) => Ok(Some(checks)),
        Err(failure) => {
            findings.push(failure.finding());
            Ok(None)
        }
    }
}
