//! `workflow`: the workflow that policy gives, written or compared.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;

use super::World;
use crate::checks::workflow;
use crate::facts::files;
use crate::facts::git::Repository;
use crate::findings::{Code, Finding, Place};
use crate::policy::Policy;
use crate::report::Report;
use crate::report::text::safe;

/// The workflow that runs the gates on GitHub.
#[derive(Debug, Args)]
pub struct WorkflowCommand {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Prints the workflow that policy gives.
    Generate {
        /// Writes it where policy says that it is kept, instead.
        #[arg(long)]
        write: bool,
    },
    /// Refuses a workflow that is not the one which policy gives.
    Check,
}

impl WorkflowCommand {
    /// Runs the verb.
    ///
    /// # Errors
    /// Where policy or the file cannot be read, or the file cannot be written.
    pub fn run(self, world: &World) -> anyhow::Result<Report> {
        let (command, write) = match self.verb {
            Verb::Generate { write } => ("workflow generate", Some(write)),
            Verb::Check => ("workflow check", None),
        };
        let repository = world.repository()?;
        let (policy, _) = match world.policy(&repository, command)? {
            Ok(policy) => policy,
            Err(report) => return Ok(*report),
        };
        let text = match workflow::generate(&policy) {
            Ok(text) => text,
            Err(finding) => return Ok(Report::of(command, vec![*finding])),
        };
        match write {
            Some(true) => self::write(command, &repository, &policy, &text),
            Some(false) => Ok(printed(command, &policy, text)),
            None => check(command, &repository, &policy, &text),
        }
    }
}

fn printed(command: &'static str, policy: &Policy, text: String) -> Report {
    let mut report = Report::new(command);
    report.announces = false;
    report.data = json!({ "file": policy.gates.workflow.path, "text": text });
    report.body = text;
    report
}

fn write(
    command: &'static str,
    repository: &Repository,
    policy: &Policy,
    text: &str,
) -> anyhow::Result<Report> {
    let path = &policy.gates.workflow.path;
    let Some(target) = own(repository, path)? else {
        return Ok(Report::of(command, vec![outside(path)]));
    };
    let changed = files::read_if_there(&target)?.as_deref() != Some(text.as_bytes());
    if changed {
        files::write_whole(&target, text.as_bytes())?;
    }
    let word = if changed { "written" } else { "is current" };
    let mut report = Report::new(command);
    report.body = format!("{} {word}\n", safe(path));
    report.data = json!({ "file": path, "changed": changed });
    Ok(report)
}

fn check(
    command: &'static str,
    repository: &Repository,
    policy: &Policy,
    text: &str,
) -> anyhow::Result<Report> {
    let path = &policy.gates.workflow.path;
    let Some(target) = own(repository, path)? else {
        return Ok(Report::of(command, vec![outside(path)]));
    };
    let findings = match files::read_if_there(&target)? {
        Some(there) => judge(policy, text, &there),
        None => vec![absent(path)],
    };
    let mut report = Report::of(command, findings);
    if report.findings.is_empty() {
        report.body = format!("{} is what policy gives\n", safe(path));
    }
    report.data = json!({ "file": path });
    Ok(report)
}

fn judge(policy: &Policy, text: &str, there: &[u8]) -> Vec<Finding> {
    let path = &policy.gates.workflow.path;
    let gates: Vec<&str> = policy.gates.gates.iter().map(|gate| gate.id.as_str()).collect();
    let mut findings = workflow::drift(path, text, there);
    match workflow::parse(path, there) {
        Ok(parsed) => {
            findings.extend(workflow::unpinned(path, &parsed));
            findings.extend(workflow::job_names(path, &parsed, &gates));
        }
        Err(finding) => findings.push(*finding),
    }
    findings
}

/// The file itself: GitHub follows no link.
fn own(repository: &Repository, path: &str) -> anyhow::Result<Option<PathBuf>> {
    let straight = repository.root().canonicalize()?.join(path);
    Ok(files::inside(repository.root(), path)?.filter(|target| *target == straight))
}

fn absent(path: &str) -> Finding {
    Finding::new(Code::WorkflowDrift, format!("there is no {}", safe(path)))
        .help("run `cargo xtask workflow generate --write` and commit the result")
        .at(Place::file(path))
}

fn outside(path: &str) -> Finding {
    let message = format!("{} is no plain file of this repository", safe(path));
    Finding::new(Code::WorkflowDrift, message)
        .help("take away the link on its way, then run `cargo xtask workflow generate --write`")
        .at(Place::file(path))
}
