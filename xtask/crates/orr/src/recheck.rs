//! After an alarm or its end was recorded: the merge gate of open pull requests runs again.

use serde_json::json;

use crate::judge::workflow::RECHECK;
use thrice_facts::files::file_name;
use thrice_facts::github::{Failure, GitHub, encoded};
use thrice_facts::interrupt::Interrupt;
use thrice_findings::{Code, Finding, Severity, Stop, unless_refused};
use thrice_programme::world::World;
use thrice_report::Report;

/// Starts the workflow that checks open pull requests again, where a decision of `report` is
/// new and in effect and policy has that workflow. Where it can't be started, a warning says
/// what does it: the decision is recorded all the same.
///
/// # Errors
/// Where policy cannot be read, or the command was interrupted.
pub fn after(world: &World, report: &mut Report) -> Result<(), Stop> {
    let is = |key: &str| report.data.get(key).and_then(serde_json::Value::as_bool) == Some(true);
    if !is("in_effect") || !is("is_new") {
        return Ok(());
    }
    let repository = world.repository()?;
    // The rules of the base count, as they do for what was recorded.
    let mut seen = Vec::new();
    let default = world.default_branch(&repository, &mut seen)?;
    let Some(base) = default.base(&repository, None, &mut seen)? else { return Ok(()) };
    let policy = unless_refused(world.policy_of(&repository, &base))?;
    let Some((policy, _)) = policy.filter(|(policy, _)| policy.gates.workflow.merge_check) else {
        return Ok(());
    };
    let Ok(github) = GitHub::of(&repository, &Interrupt::listen()?) else { return Ok(()) };
    match start(&github, &policy.programme.default_branch) {
        Ok(()) => report.body.push_str("open pull requests are checked again on GitHub\n"),
        Err(failure) => report.findings.push(unstarted(&failure)),
    }
    Ok(())
}

fn file() -> &'static str {
    file_name(RECHECK)
}

fn start(github: &GitHub, branch: &str) -> Result<(), Failure> {
    let path = github.repo(&format!("actions/workflows/{}/dispatches", encoded(file())));
    github.send("POST", &path, &json!({ "ref": branch })).map(drop)
}

fn unstarted(failure: &Failure) -> Finding {
    let why = failure.finding().message;
    let message = format!("open pull requests keep the checks that they have: {why}");
    let mut finding = Finding::new(Code::NotEstablishedCode, message)
        .help(format!("`gh workflow run {}` has them checked again", file()));
    finding.severity = Severity::Warn;
    finding
}
