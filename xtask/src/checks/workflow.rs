//! A GitHub Actions workflow: that its jobs are the gates, and that every action
//! it uses is pinned to a commit.
//!
//! What GitHub may read otherwise than this reader is refused, not guessed.

use super::text::{is_hex, is_lower_hex, is_word, quoted};
use super::tree::{Entry, Node, Unread};
use super::yaml;
use crate::findings::{Code, Finding, Place};

/// What the checks need to know of a workflow file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workflow {
    /// The workflow's `name`.
    pub name: Option<String>,
    /// Its jobs, in the order of the file.
    pub jobs: Vec<Job>,
    /// Every `uses` of its jobs and their steps, in the order of the file.
    pub uses: Vec<Uses>,
}

/// A job of a workflow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Its key below `jobs`.
    pub id: String,
    /// Its `name`, as written.
    pub name: Option<String>,
    /// The line of its key.
    pub line: usize,
    /// Its `if`, as written.
    pub condition: Option<String>,
    /// Whether it has a `strategy`, which appends to its name.
    pub matrix: bool,
    /// Whether it calls a reusable workflow, whose jobs are named `caller / called`.
    pub calls_workflow: bool,
    /// The jobs that it `needs`: where one of them fails, it is skipped.
    pub needs: Vec<String>,
    /// Whether it, or a step of it, has a `continue-on-error` other than `false`.
    pub tolerates_failure: bool,
}

impl Job {
    /// The name of the check that GitHub reports for it.
    #[must_use]
    pub fn context(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.id)
    }
}

/// A `uses` of a job or a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uses {
    /// Its value.
    pub text: String,
    /// The line of its key.
    pub line: usize,
}

/// The keys that bear on the checks; in another spelling they are refused.
const WORKFLOW_KEYS: &[&str] = &["name", "jobs"];
const JOB_KEYS: &[&str] = &["name", "if", "strategy", "uses", "steps", "needs", CONTINUE];
const STEP_KEYS: &[&str] = &["uses", CONTINUE];
const CONTINUE: &str = "continue-on-error";

/// Reads a workflow file.
///
/// # Errors
/// A finding that says where the file is no workflow, or none that can be judged.
pub fn parse(path: &str, bytes: &[u8]) -> Result<Workflow, Box<Finding>> {
    yaml::read(bytes).and_then(|root| workflow(&root)).map_err(|unread| refuse(path, unread))
}

fn refuse(path: &str, unread: Unread) -> Box<Finding> {
    let (code, help) = if unread.limit {
        (Code::NotEstablishedCode, "Make the workflow smaller.")
    } else {
        (Code::WorkflowJobs, "Write the workflow as plain YAML with one meaning.")
    };
    let place = Place { line: unread.line, column: unread.column, ..Place::file(path.to_owned()) };
    let message = format!("the workflow cannot be read: {}", unread.message);
    Box::new(Finding::new(code, message).help(help).at(place))
}

fn workflow(root: &Node) -> Result<Workflow, Unread> {
    keys(root, WORKFLOW_KEYS, "the workflow")?;
    let name = text_of(root, "name")?;
    let Some(all) = root.get("jobs") else {
        return Err(Unread::at(root.line, "it has no `jobs`"));
    };
    let entries = keys(all, &[], "`jobs`")?;
    let (mut jobs, mut uses) = (Vec::new(), Vec::new());
    for entry in entries {
        jobs.push(job(entry, &mut uses)?);
    }
    Ok(Workflow { name, jobs, uses })
}

/// The entries of a mapping. No two keys may be alike but for case, and those of
/// `known` must be spelt as they are.
fn keys<'a>(node: &'a Node, known: &[&str], what: &str) -> Result<&'a [Entry], Unread> {
    let Some(entries) = node.entries() else {
        return Err(Unread::at(node.line, format!("{what} is {}, not a mapping", node.describe())));
    };
    let mut seen = std::collections::HashSet::new();
    for entry in entries {
        let plain = entry.key.trim().to_ascii_lowercase();
        if known.contains(&plain.as_str()) && entry.key != plain {
            let message = format!("the key {} must be written `{plain}`", quoted(&entry.key));
            return Err(Unread::at(entry.line, message));
        }
        if !seen.insert(plain) {
            let message = format!("the key {} is given twice but for case", quoted(&entry.key));
            return Err(Unread::at(entry.line, message));
        }
    }
    Ok(entries)
}

/// A text that may be absent.
fn text_of(node: &Node, key: &str) -> Result<Option<String>, Unread> {
    let Some(entry) = node.entry(key).filter(|entry| !entry.value.is_null()) else {
        return Ok(None);
    };
    match entry.value.text() {
        Some(text) => Ok(Some(text.to_owned())),
        None => {
            let message = format!("`{key}` is {}, not a text", entry.value.describe());
            Err(Unread::at(entry.line, message))
        }
    }
}

fn job(entry: &Entry, uses: &mut Vec<Uses>) -> Result<Job, Unread> {
    let node = &entry.value;
    keys(node, JOB_KEYS, &format!("the job {}", quoted(&entry.key)))?;
    let calls_workflow = take_uses(node, uses)?;
    let mut tolerates_failure = tolerates(node);
    if let Some(all) = node.get("steps") {
        let Some(steps) = all.items() else {
            let message = format!("`steps` is {}, not a list", all.describe());
            return Err(Unread::at(all.line, message));
        };
        for step in steps {
            keys(step, STEP_KEYS, "a step")?;
            take_uses(step, uses)?;
            tolerates_failure |= tolerates(step);
        }
    }
    Ok(Job {
        id: entry.key.clone(),
        name: text_of(node, "name")?.filter(|name| !name.is_empty()),
        line: entry.line,
        condition: text_of(node, "if")?,
        matrix: node.get("strategy").is_some(),
        calls_workflow,
        needs: needs(node)?,
        tolerates_failure,
    })
}

fn take_uses(node: &Node, uses: &mut Vec<Uses>) -> Result<bool, Unread> {
    let (Some(text), Some(entry)) = (text_of(node, "uses")?, node.entry("uses")) else {
        return Ok(false);
    };
    uses.push(Uses { text, line: entry.line });
    Ok(true)
}

fn tolerates(node: &Node) -> bool {
    node.get(CONTINUE).is_some_and(|value| !value.is_plain("false"))
}

fn needs(node: &Node) -> Result<Vec<String>, Unread> {
    let Some(all) = node.get("needs") else {
        return Ok(Vec::new());
    };
    let items = all.items().unwrap_or(std::slice::from_ref(all));
    let names = items.iter().map(|item| item.text().map(str::to_owned));
    names
        .collect::<Option<_>>()
        .ok_or_else(|| Unread::at(all.line, "`needs` is not a list of jobs"))
}

/// A finding for each `uses` that names something which can change later.
#[must_use]
pub fn unpinned(path: &str, workflow: &Workflow) -> Vec<Finding> {
    let findings = workflow.uses.iter().filter_map(|uses| {
        let why = not_pinned(&uses.text)?;
        let message = format!("{} {why}", quoted(&uses.text));
        let help = "Write `owner/action@` and the 40 hexadecimal digits of a commit.";
        Some(
            Finding::new(Code::ActionUnpinned, message).help(help).at(Place::line(path, uses.line)),
        )
    });
    findings.collect()
}

fn not_pinned(text: &str) -> Option<&'static str> {
    if text.contains("${{") {
        return Some("is an expression");
    }
    if let Some(image) = text.strip_prefix("docker://") {
        return image_not_pinned(image);
    }
    if let Some(local) = text.strip_prefix("./") {
        let leaves = local.split(['/', '\\']).any(|part| part == "..");
        return leaves.then_some("leads out of the repository");
    }
    let Some((action, revision)) = text.split_once('@') else {
        return Some("names no revision");
    };
    if !is_action(action) {
        return Some("is not of the form `owner/repository@commit`");
    }
    (!is_hex(revision, 40)).then_some("is not pinned to a commit")
}

fn image_not_pinned(image: &str) -> Option<&'static str> {
    let pinned = image.split_once('@').is_some_and(|(name, digest)| {
        let digest = digest.strip_prefix("sha256:").unwrap_or_default();
        is_word(name, "._-/:") && is_lower_hex(digest, 64)
    });
    (!pinned).then_some("is not pinned to the digest of an image")
}

fn is_action(text: &str) -> bool {
    let mut parts = text.split('/');
    let owner = parts.next().is_some_and(|owner| is_word(owner, "-_"));
    let mut rest = parts.peekable();
    let some = rest.peek().is_some();
    owner && some && rest.all(|part| is_word(part, "._-") && part != "." && part != "..")
}

/// Findings for every gate that is not exactly one job, run without condition.
#[must_use]
pub fn job_names(path: &str, workflow: &Workflow, gates: &[&str]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for gate in gates {
        one_job(path, workflow, gate, &mut findings);
    }
    for job in &workflow.jobs {
        if gates.contains(&job.context()) {
            gate_job(path, workflow, job, gates, &mut findings);
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
    gates: &[&str],
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
    for need in &job.needs {
        let is_gate = |other: &Job| other.id == *need && gates.contains(&other.context());
        if !workflow.jobs.iter().any(is_gate) {
            let help = "Let a gate need gates only: where another job fails, the gate is skipped, which GitHub counts as a success.";
            add(format!("the job of gate {gate} needs {}, which is no gate", quoted(need)), help);
        }
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

#[cfg(test)]
mod tests;
