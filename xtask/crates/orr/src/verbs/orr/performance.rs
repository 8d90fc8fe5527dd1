//! A review that takes longer than it may is reported to the team once, as an issue
//! (H-4). Nothing hangs on it.

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

use thrice_facts::git::Repository;
use thrice_facts::github::{Failure, GitHub};
use thrice_facts::interrupt::Interrupt;
use thrice_findings::{Code, Finding, Severity};
use thrice_programme::Policy;
use thrice_report::text::seconds;

/// An issue, as far as it is looked at.
#[derive(Deserialize)]
struct OpenIssue {
    number: u64,
    #[serde(default)]
    body: Option<String>,
}

/// Opens the issue where none is open; gives what came of it, as a note.
pub(super) fn tell(
    repository: &Repository,
    interrupt: &Interrupt,
    policy: &Policy,
    took: Duration,
) -> Finding {
    let note = |message: String| {
        let mut finding = Finding::new(Code::OverTarget, message).help("not gating");
        finding.severity = Severity::Note;
        finding
    };
    let github = match GitHub::of(repository, interrupt) {
        Ok(github) => github,
        Err(finding) => return note(format!("no issue was opened: {}", finding.message)),
    };
    match open_once(&github, policy, took) {
        Ok((number, true)) => note(format!("issue #{number} was opened for it")),
        Ok((number, false)) => note(format!("issue #{number} is open for it")),
        Err(failure) => note(format!("no issue was opened: {failure}")),
    }
}

fn open_once(github: &GitHub, policy: &Policy, took: Duration) -> Result<(u64, bool), Failure> {
    let mark = format!("<!-- xtask: over target, {} -->", policy.programme.id);
    let issues: Vec<OpenIssue> = github.list(&github.repo("issues?state=open"), None)?;
    let ours = |issue: &&OpenIssue| issue.body.as_deref().is_some_and(|body| body.contains(&mark));
    if let Some(issue) = issues.iter().find(ours) {
        return Ok((issue.number, false));
    }
    let target = seconds(policy.gates.target_time.as_secs_f64());
    let body = format!(
        "A readiness review took {}; the target is {target} (`target_time` in policy/gates.toml).\n\n\
         The seconds of each gate are in `orr.json` of the review. Nothing hangs on this issue; \
         while it is open, no other is opened.\n\n{mark}\n",
        seconds(took.as_secs_f64())
    );
    let title = format!("{}: readiness reviews take longer than {target}", policy.programme.name);
    let body = json!({ "title": title, "body": body });
    let answer = github.send("POST", &github.repo("issues"), &body)?;
    let number = answer.json::<OpenIssue>().map(|issue| issue.number).unwrap_or_default();
    Ok((number, true))
}
