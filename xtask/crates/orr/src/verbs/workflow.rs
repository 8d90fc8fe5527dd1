//! `workflow`: the workflow that policy gives, written or compared.

use std::path::PathBuf;

use clap::Subcommand;
use serde_json::{Value, json};

use crate::judge::workflow;
use crate::judge::workflow::Contents;
use crate::module_of;
use thrice_facts::files;
use thrice_facts::git::Repository;
use thrice_findings::{Code, Finding, Place, Severity, Stop};
use thrice_programme::world::World;
use thrice_programme::{Action, Policy, Tool};
use thrice_report::text::safe;
use thrice_report::{Printer, Report};

/// The workflow that runs the gates on GitHub.
#[derive(Debug, Subcommand)]
pub enum WorkflowCommand {
    /// Generates the workflow from policy.
    Generate {
        /// Writes it to the path in policy. Default: standard output.
        #[arg(long)]
        write: bool,
    },
    /// Checks that the workflow matches policy.
    Check,
}

impl WorkflowCommand {
    /// Runs the verb.
    ///
    /// # Errors
    /// Where policy or the file cannot be read, or the file cannot be written.
    pub fn run(self, world: &World) -> Result<Report, Stop> {
        let repository = world.repository()?;
        let (policy, _) = world.policy(&repository)?;
        let given = given(&policy, contents(&repository)?)?;
        let mut report = match self {
            Self::Generate { write: true } => write(&repository, &given),
            Self::Generate { write: false } => Ok(printed(&given)),
            Self::Check => check(&repository, &policy, &given),
        }?;
        let calls = has_alias(&repository)?;
        let root = repository.root();
        let here = |module: &str| {
            root.join(module).is_dir() || root.join(format!("{module}.py")).is_file()
        };
        let unable = unable(&policy, calls, &here);
        if report.is_document && !world.printer.is_for_programs() {
            // Standard output may be going to the workflow's file.
            let said = unable.iter().map(|it| format!("warning: {}\n", safe(&it.message)));
            Printer::print_plain(&said.collect::<String>(), true);
        } else {
            report.findings.splice(0..0, unable);
        }
        Ok(report)
    }
}

/// Whether `cargo xtask` is an alias of the repository's own.
///
/// # Errors
/// Where cargo's settings cannot be read.
pub fn has_alias(repository: &Repository) -> anyhow::Result<bool> {
    for name in [".cargo/config.toml", ".cargo/config"] {
        let config = files::read_if_there(&repository.root().join(name))?.unwrap_or_default();
        let config = String::from_utf8_lossy(&config).parse::<toml::Table>().unwrap_or_default();
        if config.get("alias").is_some_and(|alias| alias.get("xtask").is_some()) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What the working tree holds beside plain files.
///
/// # Errors
/// Where git fails.
pub fn contents(repository: &Repository) -> anyhow::Result<Contents> {
    Ok(Contents { lfs: repository.has_lfs()?, submodules: repository.has_submodules() })
}

/// A workflow that policy gives.
struct WorkflowOfPolicy {
    path: String,
    text: String,
    /// Whether its jobs are the gates.
    is_of_gates: bool,
}

fn given(policy: &Policy, contents: Contents) -> Result<Vec<WorkflowOfPolicy>, Box<Finding>> {
    let path = policy.gates.workflow.path.clone();
    let text = workflow::generate(policy, contents)?;
    let mut all = vec![WorkflowOfPolicy { path, text, is_of_gates: true }];
    let beside = [
        (workflow::MERGE_CHECK, workflow::merge_check(policy)?),
        (workflow::RECHECK, workflow::recheck(policy)),
        (workflow::SLA, workflow::escalations(policy)?),
        (workflow::BOARD, workflow::board(policy)?),
    ];
    for (path, text) in beside {
        all.extend(text.map(|text| WorkflowOfPolicy {
            path: path.to_owned(),
            text,
            is_of_gates: false,
        }));
    }
    Ok(all)
}

/// Modules that come with Python and are run by name.
const OF_PYTHON: [&str; 9] = [
    "compileall",
    "doctest",
    "ensurepip",
    "json",
    "pip",
    "py_compile",
    "trace",
    "unittest",
    "venv",
];

/// What no job of the workflow could run. `calls` says whether the repository has the alias
/// `cargo xtask`, `here` whether it has a module of Python of its own.
fn unable(policy: &Policy, calls: bool, here: &dyn Fn(&str) -> bool) -> Vec<Finding> {
    let gates = &policy.gates;
    let mut findings = Vec::new();
    let mut warn = |message: String, help: String| {
        let finding = Finding::new(Code::WorkflowJobs, message).help(help);
        let place = Place::file("policy/gates.toml");
        findings.push(Finding { severity: Severity::Warn, ..finding.at(place) });
    };
    if gates.workflow.tool == Tool::Xtask && !calls {
        warn(
            "every job would fail: it calls `cargo xtask`, and .cargo/config.toml has no such alias"
                .to_owned(),
            "add the table `[workflow.tool]`, with the program's repository as `git` and its full \
             commit id as `commit`"
                .to_owned(),
        );
    }
    let brings = [&gates.prepare, &gates.install, &gates.workflow.setup];
    let run = gates.gates.iter().filter_map(|gate| match &gate.action {
        Action::Run(commands) => commands.iter().find_map(|argv| {
            let is_first = |python: &str| argv.first().is_some_and(|it| it == python || it == "sh");
            let named = module_of(argv).filter(|(python, module)| {
                is_first(python) && !OF_PYTHON.contains(module) && !here(module)
            });
            Some((gate, named?))
        }),
        Action::Builtin(_) => None,
    });
    if brings.iter().all(|commands| commands.is_empty())
        && let Some((gate, (python, module))) = run.into_iter().next()
    {
        warn(
            format!("{} runs `{python} -m {module}`, and no job installs {module}", gate.id),
            format!("add to `[workflow]`: setup = [[\"pip\", \"install\", \"{module}\"]]"),
        );
    }
    findings
}

/// The first of several, as programs know it; the others beside it.
fn data(given: &[WorkflowOfPolicy], of: impl Fn(&WorkflowOfPolicy) -> Value) -> Value {
    let mut all: Vec<Value> = given.iter().map(of).collect();
    let others = all.split_off(all.len().min(1));
    let mut first = all.pop().unwrap_or_default();
    if let Some(object) = first.as_object_mut().filter(|_| !others.is_empty()) {
        object.insert("others".to_owned(), Value::Array(others));
    }
    first
}

fn printed(given: &[WorkflowOfPolicy]) -> Report {
    let mut report = Report::new();
    report.announces = false;
    report.is_document = true;
    report.data = data(given, |it| json!({ "file": it.path, "text": it.text }));
    let texts: Vec<&str> = given.iter().map(|given| given.text.as_str()).collect();
    report.body = texts.join("---\n");
    report
}

fn write(repository: &Repository, given: &[WorkflowOfPolicy]) -> Result<Report, Stop> {
    let mut report = Report::new();
    let mut changes = Vec::new();
    for WorkflowOfPolicy { path, text, .. } in given {
        let Some(target) = own(repository, path)? else {
            return Err(outside(path).into());
        };
        let changed = files::read_if_there(&target)?.as_deref() != Some(text.as_bytes());
        if changed {
            files::write_whole(&target, text.as_bytes())?;
        }
        let word = if changed { "written" } else { "is current" };
        report.body.push_str(&format!("{} {word}\n", safe(path)));
        changes.push((path, changed));
    }
    report.data = data(given, |it| {
        let changed = changes.iter().any(|(path, changed)| **path == it.path && *changed);
        json!({ "file": it.path, "changed": changed })
    });
    Ok(report)
}

fn check(
    repository: &Repository,
    policy: &Policy,
    given: &[WorkflowOfPolicy],
) -> Result<Report, Stop> {
    let mut report = Report::new();
    for given in given {
        let path = &given.path;
        let Some(target) = own(repository, path)? else {
            report.findings.push(outside(path));
            continue;
        };
        let findings = match files::read_if_there(&target)? {
            Some(there) => judge(policy, given, &there),
            None => vec![absent(path)],
        };
        if findings.is_empty() {
            report.body.push_str(&format!("{} is what policy gives\n", safe(path)));
        }
        report.findings.extend(findings);
    }
    report.data = data(given, |it| json!({ "file": it.path }));
    Ok(report)
}

fn judge(policy: &Policy, given: &WorkflowOfPolicy, there: &[u8]) -> Vec<Finding> {
    let path = &given.path;
    let gates: Vec<&str> = policy.gates.gates.iter().map(|gate| gate.id.as_str()).collect();
    let program = policy.gates.workflow.tool.program();
    let mut findings = workflow::drift(path, &given.text, there);
    match workflow::parse(path, there) {
        Ok(parsed) => {
            findings.extend(workflow::unpinned(path, &parsed));
            if given.is_of_gates {
                findings.extend(workflow::job_names(path, &parsed, &gates, program));
                let check = policy.gates.ruleset.as_ref().and_then(|it| it.check.as_deref());
                findings.extend(workflow::combined(path, &parsed, &gates, check));
            }
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
