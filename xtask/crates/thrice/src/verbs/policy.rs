//! `policy`: check the rules, bring them up to date, or print their schema.

mod upgrade;

use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::json;

use crate::judge::schema_line::{self, SchemaLine, SchemaState};
use thrice_facts::files;
use thrice_facts::git::Repository;
use thrice_findings::{Code, Finding, Place, Severity, Stop};
use thrice_patch::judge::filemap::{Reach, Rules};
use thrice_patch::verbs::brief;
use thrice_policy::table::listed;
use thrice_programme as policy;
use thrice_programme::filemap::PlacedGlob;
use thrice_programme::world::{PolicySource, World};
use thrice_programme::{Policy, schema};
use thrice_report::Report;
use thrice_report::text::{counted, safe};

/// The rules.
#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// Checks all policy files, and prints every problem.
    Check,
    /// Prints the JSON Schema of a policy file, for editors.
    Schema {
        /// File name, without `.toml`.
        #[arg(value_parser = schema::names(), required_unless_present = "write")]
        file: Option<String>,
        /// Writes the schemas into this folder instead: of the file, or of all.
        #[arg(long, value_name = "DIR")]
        write: Option<PathBuf>,
    },
    /// Rewrites keys that this version has renamed or dropped, and the schemas that policy names.
    Upgrade {
        /// Prints the changes as a patch, and writes nothing.
        #[arg(long)]
        dry_run: bool,
    },
}

impl PolicyCommand {
    /// Runs the verb.
    pub(crate) fn run(self, world: &World) -> Result<Report, Stop> {
        match self {
            Self::Check => check(world),
            Self::Schema { file, write: None } => Ok(print_schema(&file.unwrap_or_default())),
            Self::Schema { file, write: Some(folder) } => {
                Ok(write_schemas(file.as_deref(), &world.folder.join(folder))?)
            }
            Self::Upgrade { dry_run } => upgrade::run(world, dry_run),
        }
    }
}

fn check(world: &World) -> Result<Report, Stop> {
    let repository = world.repository().ok();
    let source = world.policy_source(repository.as_ref())?;
    let (policy, mut findings) = policy::check(&source.shown, &source.files);
    if let (Some(repository), Some(policy), None) = (&repository, &policy, &world.policy) {
        findings.extend(matching_nothing(repository, policy)?);
        findings.extend(no_signers(repository, policy)?);
    }
    for line in schema_lines(world, repository.as_ref(), &source)? {
        findings.extend(line.line.finding(line.state));
    }
    findings.extend(policy.as_ref().map(out_of_reach).transpose()?.unwrap_or_default());
    findings.extend(brief::stale(world, policy.as_ref())?);
    let problems = findings.iter().filter(|f| f.severity == Severity::Refuse).count();
    let warnings = findings.iter().filter(|f| f.severity == Severity::Warn).count();
    let files: Vec<_> = source.files.keys().filter(|name| name.ends_with(".toml")).collect();
    let mut report = Report::of(findings);
    report.body = format!(
        "{} and {} in {} of {}\n",
        counted(problems, "problem"),
        counted(warnings, "warning"),
        counted(files.len(), "file"),
        source.shown
    );
    report.data = json!({ "folder": source.shown, "files": files, "problems": problems });
    Ok(report)
}

/// A line `#:schema` of this repository's policy, and how the file is that it names.
struct FoundSchema {
    line: SchemaLine,
    state: SchemaState,
    /// Where that file lies; nothing where a link leads out of the repository.
    target: Option<PathBuf>,
    /// What it says, if it is a text.
    before: Option<String>,
}

fn schema_lines(
    world: &World,
    repository: Option<&Repository>,
    source: &PolicySource,
) -> anyhow::Result<Vec<FoundSchema>> {
    let (Some(repository), None) = (repository, &world.policy) else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for (name, bytes) in &source.files {
        let text = String::from_utf8_lossy(bytes);
        let Some(line) = SchemaLine::of(&format!("{}/{name}", source.shown), &text) else {
            continue;
        };
        let target = files::inside(repository.root(), &line.path)?;
        let there = target.as_deref().map_or(Ok(None), files::read_if_there)?;
        let state = match target {
            Some(_) => line.state(there.as_deref()),
            None => SchemaState::Foreign,
        };
        let before = there.and_then(|there| String::from_utf8(there).ok());
        found.push(FoundSchema { line, state, target, before });
    }
    Ok(found)
}

/// That policy names people, and has no key of any: no decision that must be signed counts.
fn no_signers(repository: &Repository, policy: &Policy) -> anyhow::Result<Option<Finding>> {
    let rules = &policy.ledger;
    let target = files::inside(repository.root(), &rules.signers)?;
    let there = target.map_or(Ok(None), |target| files::read_if_there(&target))?;
    let is_empty = there.is_none_or(|bytes| bytes.trim_ascii().is_empty());
    if rules.people.is_empty() || !is_empty {
        return Ok(None);
    }
    let message = format!("policy names people, and {} has no key: nobody can sign", rules.signers);
    let mut finding = Finding::new(Code::LedgerSigner, message)
        .help("add a line for each: `ADDRESS ssh-ed25519 KEY`; `cargo xtask doctor` shows yours")
        .at(Place::file(&rules.signers));
    finding.severity = Severity::Warn;
    Ok(Some(finding))
}

/// Files that the tool writes by the calendar, and that no patch may bring by the Filemap.
fn out_of_reach(policy: &Policy) -> anyhow::Result<Vec<Finding>> {
    let (Some(filemap), Some(calendar)) = (&policy.filemap, &policy.calendar) else {
        return Ok(Vec::new());
    };
    let rules = Rules::new(filemap, None)?;
    let logs = [&calendar.status_log, &calendar.handoff_log, &calendar.overview];
    let mut paths: Vec<String> = logs.into_iter().flatten().cloned().collect();
    let checklists = calendar.sprints.iter().flat_map(|sprint| &sprint.checklists);
    paths.extend(checklists.map(|checklist| checklist.path.clone()));
    let first = policy.backlog.as_ref().and_then(|backlog| backlog.stories.first());
    let story = first.map_or("S-1", |story| story.id.as_str());
    paths.push(format!("{}/{story}/functional.md", calendar.evidence));
    let out: Vec<&str> = paths
        .iter()
        .filter(|path| !matches!(rules.ruling(path.as_bytes()).reach, Reach::Inside(..)))
        .map(String::as_str)
        .collect();
    let Some(first) = out.first() else { return Ok(Vec::new()) };
    let count = out.len();
    let message = format!(
        "no area of the Filemap reaches {first}, which policy/calendar.toml has the tool write ({count} such)"
    );
    let mut finding = Finding::new(Code::PolicyUnused, message)
        .help("let an area of policy/filemap.toml reach the paths of `[logs]`, `[evidence]` and `[[checklists]]`");
    finding.severity = Severity::Warn;
    Ok(vec![finding])
}

/// Globs of the Filemap that match no tracked file: rules that rule nothing, most often
/// because a folder was renamed.
fn matching_nothing(repository: &Repository, policy: &Policy) -> anyhow::Result<Vec<Finding>> {
    let (Some(filemap), Some(head)) = (&policy.filemap, repository.commit("HEAD")?) else {
        return Ok(Vec::new());
    };
    let tree = repository.tree(&head)?;
    let rules = Rules::new(filemap, None)?;
    // What is written and not committed yet is there as well.
    let changed = repository.changed_paths()?;
    let paths = tree.paths().chain(changed.iter().map(|(_, path)| path.as_slice()));
    let unused = rules.unused(paths);
    let finding = |(rule, glob, _): &(&str, &PlacedGlob, bool)| {
        let message = format!("`{}` of `{rule}` matches no tracked file", glob.glob.text());
        Finding::new(Code::PolicyUnused, message)
            .help("correct it, take it out, or let a patch bring what it is for")
            .at(glob.place.clone())
    };
    let (waiting, empty): (Vec<_>, Vec<_>) = unused.into_iter().partition(|(.., barrier)| *barrier);
    let mut findings: Vec<Finding> = empty.iter().map(finding).collect();
    if let Some((_, first, _)) = waiting.first() {
        let globs: Vec<&str> = waiting.iter().map(|(_, glob, _)| glob.glob.text()).collect();
        let message = format!("these barriers match no tracked file yet: {}", listed(&globs));
        let mut note = Finding::new(Code::PolicyUnused, message)
            .help("nothing to do if they wait for their first path")
            .at(Place::file(first.place.file.clone().unwrap_or_default()));
        note.severity = Severity::Note;
        findings.push(note);
    }
    Ok(findings)
}

/// Writes the schema of one policy file, or of all, beside each other.
fn write_schemas(file: Option<&str>, folder: &Path) -> anyhow::Result<Report> {
    files::make_folder(folder)?;
    let mut report = Report::new();
    let mut written = Vec::new();
    for name in schema::names().iter().filter(|name| file.is_none_or(|only| only == **name)) {
        let path = folder.join(format!("{name}.schema"));
        files::write_whole(&path, schema_line::text(name, "").as_bytes())?;
        written.push(path.display().to_string());
    }
    report.body = written.iter().map(|path| format!("written: {}\n", safe(path))).collect();
    report.data = json!({ "written": written });
    Ok(report)
}

fn print_schema(file: &str) -> Report {
    let schema = schema::of(file).unwrap_or_default();
    let mut report = Report::new();
    report.announces = false;
    report.is_document = true;
    report.body = format!("{schema:#}\n");
    report.data = schema;
    report
}
