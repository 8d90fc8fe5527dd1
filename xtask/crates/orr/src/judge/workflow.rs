//! A GitHub Actions workflow: that its jobs are the gates, that every action it uses is
//! pinned to a commit, and that it is the one which policy gives.
//!
//! What GitHub may read otherwise than this reader is refused, not guessed.

mod combined;
mod drift;
mod generate;
pub(crate) mod jobs;
mod merge_check;
mod pins;
pub(crate) mod queue;
mod recheck;
mod scheduled;
mod through;

pub use combined::combined;
pub use drift::drift;
pub(crate) use generate::Contents;
pub use generate::generate;
pub use jobs::job_names;
pub(crate) use merge_check::PATH as MERGE_CHECK;
pub use merge_check::merge_check;
pub use pins::unpinned;
pub use queue::MergeQueue;
pub(crate) use recheck::PATH as RECHECK;
pub use recheck::recheck;
pub(crate) use scheduled::{BOARD, SLA};
pub use scheduled::{board, escalations};
use thrice_findings::text::quoted;
use thrice_findings::{Code, Finding, Place};
use thrice_policy::tree::{Entry, Node, Unread};
use thrice_policy::yaml;
pub(crate) use through::Through;

/// Whether GitHub reads a file at this path as a workflow.
#[must_use]
pub fn is_workflow(path: &str) -> bool {
    let name = path.strip_prefix(".github/workflows/");
    name.is_some_and(|name| {
        !name.contains('/') && (name.ends_with(".yml") || name.ends_with(".yaml"))
    })
}

/// What the checks need to know of a workflow file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workflow {
    /// The workflow's `name`.
    pub name: Option<String>,
    /// The events that start it.
    pub events: Vec<Event>,
    /// Its jobs, in the order of the file.
    pub jobs: Vec<Job>,
    /// Every `uses` of its jobs and their steps, in the order of the file.
    pub uses: Vec<Uses>,
    /// The variables that it, its jobs and their steps set.
    pub variables: Vec<(String, String)>,
}

/// An event that starts a workflow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event {
    /// Its name.
    pub name: String,
    /// Its `branches`, where it has them.
    pub(crate) branches: Option<Vec<String>>,
    /// Its `branches-ignore`.
    pub(crate) ignored: Vec<String>,
    /// Its `types`, where it has them.
    pub(crate) types: Option<Vec<String>>,
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
    /// The lists of its matrix, each with its key.
    pub axes: Vec<(String, Vec<String>)>,
    /// Whether it calls a reusable workflow, whose jobs are named `caller / called`.
    pub(crate) calls_workflow: bool,
    /// The jobs that it `needs`: where one of them fails, it is skipped.
    pub needs: Vec<String>,
    /// Whether it, or a step of it, has a `continue-on-error` other than `false`.
    pub(crate) tolerates_failure: bool,
    /// The steps of it that run a command.
    pub runs: Vec<Run>,
    /// Whether it, or the whole workflow, has `defaults`, which can change what runs a
    /// step's command.
    pub defaults: bool,
}

/// A step that runs a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// The command, as written, without white space around it.
    pub command: String,
    /// The line of its key.
    pub line: usize,
    /// The keys of the step that change whether, where or by what it is run.
    pub bent_by: Vec<String>,
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
const WORKFLOW_KEYS: &[&str] = &["name", "on", "jobs", DEFAULTS];
const JOB_KEYS: &[&str] = &["name", "if", "strategy", "uses", "steps", "needs", CONTINUE, DEFAULTS];
const STEP_KEYS: &[&str] = &["uses", "run", "if", "shell", "working-directory", "env", CONTINUE];
const CONTINUE: &str = "continue-on-error";
const DEFAULTS: &str = "defaults";
/// Keys of a step that change whether, where or by what its command is run.
const BENDING: &[&str] = &["if", "shell", "working-directory", "env"];

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
    let defaults = root.get(DEFAULTS).is_some();
    for entry in entries {
        let job = job(entry, &mut uses)?;
        jobs.push(Job { defaults: defaults || job.defaults, ..job });
    }
    let mut variables = variables(root);
    for entry in entries {
        variables.extend(self::variables(&entry.value));
        let steps = entry.value.get("steps").and_then(Node::items).unwrap_or_default();
        variables.extend(steps.iter().flat_map(self::variables));
    }
    Ok(Workflow { name, events: events(root), jobs, uses, variables })
}

/// The variables that a workflow, a job or a step sets, but for those that are no texts.
fn variables(node: &Node) -> Vec<(String, String)> {
    let entries = node.get("env").and_then(Node::entries).unwrap_or_default();
    let text = |entry: &Entry| Some((entry.key.clone(), entry.value.text()?.to_owned()));
    entries.iter().filter_map(text).collect()
}

/// The lists of a job's matrix, each with its key, and what `include` adds to them, but for those
/// that an expression makes.
fn axes(job: &Node) -> Vec<(String, Vec<String>)> {
    let matrix = job.get("strategy").and_then(|it| it.get("matrix"));
    let entries = matrix.and_then(Node::entries).unwrap_or_default();
    let included = matrix.and_then(|it| it.get("include")).and_then(Node::items);
    let axis = |entry: &Entry| {
        let items = entry.value.items()?.iter().filter_map(Node::text);
        let more = included.unwrap_or_default().iter();
        let more = more.filter_map(|it| it.get(&entry.key).and_then(Node::text));
        let mut all: Vec<String> = items.map(str::to_owned).collect();
        for value in more {
            if !all.iter().any(|it| it == value) {
                all.push(value.to_owned());
            }
        }
        Some((entry.key.clone(), all))
    };
    entries.iter().filter_map(axis).collect()
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
    let mut runs = Vec::new();
    if let Some(all) = node.get("steps") {
        let Some(steps) = all.items() else {
            let message = format!("`steps` is {}, not a list", all.describe());
            return Err(Unread::at(all.line, message));
        };
        for step in steps {
            keys(step, STEP_KEYS, "a step")?;
            take_uses(step, uses)?;
            runs.extend(run(step)?);
            tolerates_failure |= tolerates(step);
        }
    }
    Ok(Job {
        id: entry.key.clone(),
        name: text_of(node, "name")?.filter(|name| !name.is_empty()),
        line: entry.line,
        condition: text_of(node, "if")?,
        matrix: node.get("strategy").is_some(),
        axes: axes(node),
        calls_workflow,
        needs: needs(node)?,
        tolerates_failure,
        runs,
        defaults: node.get(DEFAULTS).is_some(),
    })
}

fn run(step: &Node) -> Result<Option<Run>, Unread> {
    let (Some(command), Some(entry)) = (text_of(step, "run")?, step.entry("run")) else {
        return Ok(None);
    };
    let bent = BENDING.iter().filter(|key| step.get(key).is_some());
    Ok(Some(Run {
        command: command.trim().to_owned(),
        line: entry.line,
        bent_by: bent.map(|key| (*key).to_owned()).collect(),
    }))
}

fn take_uses(node: &Node, uses: &mut Vec<Uses>) -> Result<bool, Unread> {
    let (Some(text), Some(entry)) = (text_of(node, "uses")?, node.entry("uses")) else {
        return Ok(false);
    };
    uses.push(Uses { text, line: entry.line });
    Ok(true)
}

/// What `on` names: one event, a list of them, or each with its own conditions.
fn events(root: &Node) -> Vec<Event> {
    let Some(on) = root.get("on") else { return Vec::new() };
    let Some(entries) = on.entries() else {
        let named = |name| Event { name, ..Event::default() };
        return texts(on).into_iter().map(named).collect();
    };
    let event = |entry: &Entry| {
        let listed = |key| entry.value.get(key).map(texts);
        Event {
            name: entry.key.clone(),
            branches: listed("branches"),
            ignored: listed("branches-ignore").unwrap_or_default(),
            types: listed("types"),
        }
    };
    entries.iter().map(event).collect()
}

/// The texts of a list, or the one that stands for a list of one.
fn texts(node: &Node) -> Vec<String> {
    let items = node.items().unwrap_or(std::slice::from_ref(node));
    items.iter().filter_map(|item| item.text().map(str::to_owned)).collect()
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

#[cfg(test)]
mod tests;
