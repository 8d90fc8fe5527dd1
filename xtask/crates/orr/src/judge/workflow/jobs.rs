//! Whether the jobs of a workflow are the gates, each run to its end.

use super::{Job, Workflow};
use thrice_findings::text::quoted;
use thrice_findings::{Code, Finding, Place};

/// Findings for every gate that is not exactly one job, which runs exactly that gate by
/// `program`, without condition.
#[must_use]
pub fn job_names(path: &str, workflow: &Workflow, gates: &[&str], program: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for gate in gates {
        one_job(path, workflow, gate, &mut findings);
    }
    for job in &workflow.jobs {
        if gates.contains(&job.context()) {
            gate_job(path, workflow, job, (gates, program), &mut findings);
        } else if let Some(finding) = lookalike(path, job, gates) {
            findings.push(finding);
        }
    }
    findings
}

fn wrong(path: &str, line: usize, message: String, help: impl Into<String>) -> Finding {
    Finding::new(Code::WorkflowJobs, message).help(help).at(Place::line(path, line))
}

fn one_job(path: &str, workflow: &Workflow, gate: &str, findings: &mut Vec<Finding>) {
    let mut jobs = workflow.jobs.iter().filter(|job| job.context() == gate);
    let Some(first) = jobs.next() else {
        let message = format!("no job is named {}", quoted(gate));
        let finding = Finding::new(Code::WorkflowJobs, message)
            .help("Add a job of exactly that name, which runs the gate.")
            .at(Place::file(path));
        return findings.push(finding);
    };
    for job in jobs {
        let message =
            format!("a second job is named {}; the first is on line {}", quoted(gate), first.line);
        findings.push(wrong(path, job.line, message, "Give every job a name of its own."));
    }
}

fn gate_job(
    path: &str,
    workflow: &Workflow,
    job: &Job,
    (gates, program): (&[&str], &str),
    findings: &mut Vec<Finding>,
) {
    let gate = quoted(job.context());
    let mut add = |message: String, help: &str| findings.push(wrong(path, job.line, message, help));
    if job.condition.is_some() {
        let help = "Take out the `if`: GitHub counts a skipped job as a success.";
        add(format!("the job of gate {gate} runs under a condition"), help);
    }
    if job.matrix {
        let help = "Take out the `strategy`: a matrix changes the name of the check.";
        add(format!("the job of gate {gate} has a strategy"), help);
    }
    if job.calls_workflow {
        let help =
            "Write the steps here: the check of a called workflow is named `caller / called`.";
        add(format!("the job of gate {gate} calls another workflow"), help);
    }
    if job.tolerates_failure {
        let help = "Take out the `continue-on-error`: a step that fails must fail the gate.";
        add(format!("the job of gate {gate} goes on after an error"), help);
    }
    if job.defaults {
        let help =
            "Take out the `defaults`: they can put another program in the place of the shell.";
        add(format!("the job of gate {gate} has commands run by `defaults`"), help);
    }
    if !job.calls_workflow {
        runs_the_gate(path, job, program, findings);
    }
    for need in &job.needs {
        let is_gate = |other: &Job| other.id == *need && gates.contains(&other.context());
        if !workflow.jobs.iter().any(is_gate) {
            let help = "Let a gate need gates only: where another job fails, the gate is skipped, which GitHub counts as a success.";
            let message =
                format!("the job of gate {gate} needs {}, which is no gate", quoted(need));
            findings.push(wrong(path, job.line, message, help));
        }
    }
}

/// The command of the step that runs a gate.
pub(super) fn command_of(program: &str, gate: &str) -> String {
    format!("{program} gates run {gate}")
}

/// Looks for a step that runs the gate and nothing else, whatever happens.
fn runs_the_gate(path: &str, job: &Job, program: &str, findings: &mut Vec<Finding>) {
    let gate = job.context();
    let command = command_of(program, gate);
    let mut steps = job.runs.iter().filter(|run| run.command == command).peekable();
    let Some(first) = steps.peek().copied() else {
        let message = format!("no step of the job of gate {} runs it", quoted(gate));
        let help = format!("Give it a step with `run: {command}`, and nothing else in it.");
        return findings.push(wrong(path, job.line, message, help));
    };
    if steps.all(|run| !run.bent_by.is_empty()) {
        let keys: Vec<String> = first.bent_by.iter().map(quoted).collect();
        let message = format!("the step that runs gate {} has {}", quoted(gate), keys.join(", "));
        let help = "Leave nothing in it but `run`: the gate must run as it does on the machine, whatever was before.";
        findings.push(wrong(path, first.line, message, help));
    }
}

fn lookalike(path: &str, job: &Job, gates: &[&str]) -> Option<Finding> {
    let name = job.context();
    if let Some(gate) = gates.iter().find(|gate| plain(gate) == plain(name)) {
        let message = format!("the job {} is named almost as the gate `{gate}`", quoted(name));
        let help = format!("Name it exactly `{gate}`, or something else.");
        return Some(wrong(path, job.line, message, help));
    }
    let gate = gates.iter().find(|gate| can_become(name, gate))?;
    let message = format!("the name {} is computed, and can become `{gate}`", quoted(name));
    Some(wrong(path, job.line, message, "Begin the name with a fixed text that no gate has."))
}

fn plain(name: &str) -> String {
    name.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

/// Whether a name with an expression in it can become `gate` when it is evaluated.
fn can_become(name: &str, gate: &str) -> bool {
    let Some((before, _)) = name.split_once("${{") else {
        return false;
    };
    let after = name.rsplit_once("}}").map_or("", |(_, after)| after);
    gate.starts_with(before) && gate.ends_with(after)
}
