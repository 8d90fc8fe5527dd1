//! Pull requests and checks, as GitHub has them.

use serde::Deserialize;

use crate::judge::backlog::{Checks, Pull};
use thrice_facts::git::Repository;
use thrice_facts::github::{Failure, GitHub, encoded};
use thrice_facts::interrupt::Interrupt;
use thrice_findings::{Code, Finding, Severity, Verdict, verdict};
use thrice_orr::judge::required_checks::{CheckRun, Required, SuiteRun, judge};
use thrice_programme::Policy;

#[derive(Deserialize)]
struct Listed {
    number: u64,
    title: String,
    state: String,
    #[serde(default)]
    merged_at: Option<String>,
    #[serde(default)]
    merge_commit_sha: Option<String>,
    head: Head,
}

#[derive(Deserialize)]
struct Head {
    #[serde(rename = "ref")]
    branch: String,
    sha: String,
}

/// All pull requests for the default branch; none where the server does not tell them,
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
    let base = encoded(&policy.programme.default_branch);
    let path = github.repo(&format!("pulls?state=all&base={base}"));
    let mut pulls = Vec::new();
    for pull in github.list::<Listed>(&path, None)? {
        let open = pull.state == "open";
        let checks = if open { Some(of_commit(github, policy, &pull.head.sha)?) } else { None };
        pulls.push(Pull {
            number: pull.number,
            title: pull.title,
            branch: pull.head.branch,
            open,
            merged_as: pull.merged_at.and(pull.merge_commit_sha),
            checks,
        });
    }
    Ok(pulls)
}

/// A workflow, as the server has it.
#[derive(Deserialize)]
struct Workflow {
    id: u64,
    path: String,
}

/// What the required checks of a commit say.
fn of_commit(github: &GitHub, policy: &Policy, sha: &str) -> Result<Checks, Failure> {
    let Some(settings) = &policy.gates.ruleset else { return Ok(Checks::Open) };
    let file = settings.workflow.rsplit('/').next().unwrap_or(&settings.workflow);
    let workflow: Workflow =
        github.read(&github.repo(&format!("actions/workflows/{}", encoded(file))))?;
    let gates: Vec<&str> = policy.gates.gates.iter().map(|gate| gate.id.as_str()).collect();
    let required = Required {
        sha,
        gates: &gates,
        app_id: settings.app_id,
        workflow: &settings.workflow,
        workflow_id: Some(workflow.id).filter(|_| workflow.path == settings.workflow),
    };
    let at = encoded(sha);
    let checks = github.repo(&format!("commits/{at}/check-runs?filter=all"));
    let runs = github.repo(&format!("actions/runs?head_sha={at}"));
    let posted: Vec<CheckRun> = github.list(&checks, Some("check_runs"))?;
    let runs: Vec<SuiteRun> = github.list(&runs, Some("workflow_runs"))?;
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
/// does not tell, and then a finding says why.
pub(crate) fn checks(
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
