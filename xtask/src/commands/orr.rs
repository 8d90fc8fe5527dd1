//! `orr`: the readiness review.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde_json::json;

use super::{PolicySource, World, cores, head, interrupted, tracked_output};
use crate::checks::compare::{self, EntryDifference};
use crate::checks::decision::{self, GateFacts, RunDifference, RunFacts};
use crate::evidence::archive::{self, Entry, Limits};
use crate::evidence::manifest::sha256_hex;
use crate::facts::files;
use crate::facts::git::{Commit, Repository, short};
use crate::facts::interrupt::Interrupt;
use crate::findings::{Code, Finding, Place, Verdict, exit_status, verdict};
use crate::orr::layout::Output;
use crate::orr::record;
use crate::orr::result::GateResult;
use crate::orr::review::{Ending, Request, Reviewed, review};
use crate::policy::{Gate, Policy};
use crate::report::Report;
use crate::report::table::Table;
use crate::report::text::{counted, safe, seconds};

/// Runs all gates N times on HEAD, each run in a checkout of its own, compares
/// what they leave, and decides (document 3 §4).
#[derive(Debug, Args)]
pub struct Orr {
    /// How many runs; at least 2, because one cannot be compared.
    #[arg(long, value_name = "N", default_value_t = 3,
        value_parser = clap::value_parser!(u32).range(2..=100))]
    runs: u32,
    /// Where the runs are made.
    #[arg(long, value_enum, default_value = "local")]
    on: Engine,
    /// Goes on with an unfinished review of HEAD; redoes nothing that was done.
    #[arg(long, conflicts_with = "runs")]
    resume: bool,
}

/// Where runs are made.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Engine {
    /// On this machine, with git alone.
    Local,
}

impl Orr {
    /// Carries out the review.
    ///
    /// # Errors
    /// Where the tool itself cannot do its part.
    pub fn run(self, world: &World) -> anyhow::Result<Report> {
        let Engine::Local = self.on;
        let interrupt = Interrupt::listen()?;
        let repository = world.repository()?;
        let commit = match head(&repository)? {
            Ok(commit) => commit,
            Err(finding) => return Ok(Report::of("orr", vec![finding])),
        };
        let (policy, source) = match world.policy_of(&repository, &commit, "orr")? {
            Ok(policy) => policy,
            Err(report) => return Ok(*report),
        };
        if let Some(finding) = tracked_output(&repository, &policy)? {
            return Ok(Report::of("orr", vec![finding]));
        }
        if let Some(report) = dirty(&repository)? {
            return Ok(report);
        }
        let output = Output::at(repository.root().join(&policy.programme.output));
        let listener = world.printer.listener();
        let ending = review(&Request {
            repository: &repository,
            policy: &policy,
            files: &source.files,
            commit: commit.clone(),
            runs: self.runs,
            resume: self.resume,
            cores: cores()?,
            expected: record::expected(&output)?,
            interrupt: &interrupt,
            listener: listener.as_ref(),
        })?;
        drop(listener);
        match ending {
            Ending::Refused(finding) => Ok(Report::of("orr", vec![*finding])),
            Ending::Interrupted => Ok(interrupted("orr", "go on with `cargo xtask orr --resume`")),
            Ending::Done(reviewed) => decide(&policy, &source, &output, &commit, *reviewed),
        }
    }
}

fn dirty(repository: &Repository) -> anyhow::Result<Option<Report>> {
    let paths = repository.changed_paths()?;
    if paths.is_empty() {
        return Ok(None);
    }
    let finding = Finding::new(
        Code::DirtyTree,
        format!(
            "{} in the working tree {} in no commit",
            counted(paths.len(), "path"),
            if paths.len() == 1 { "is" } else { "are" }
        ),
    )
    .help("a review is of a commit: `git add` and `git commit` them, `git stash`, or ignore them");
    let mut report = Report::of("orr", vec![finding]);
    for (status, path) in &paths {
        report.body.push_str(&format!("  {status} {}\n", safe(&files::display_bytes(path))));
    }
    let listed: Vec<_> = paths
        .iter()
        .map(|(status, path)| json!({ "status": status, "path": files::display_bytes(path) }))
        .collect();
    report.data = json!({ "paths": listed });
    Ok(Some(report))
}

fn decide(
    policy: &Policy,
    source: &PolicySource,
    output: &Output,
    commit: &Commit,
    reviewed: Reviewed,
) -> anyhow::Result<Report> {
    let (facts, mut changed) = facts(policy, output, &reviewed)?;
    let differences = differences(policy, output, &facts)?;
    let mut findings = decision::decide(&facts, &differences);
    if !changed.is_empty() {
        findings.retain(|finding| finding.code != Code::FlakeOdds);
        findings.append(&mut changed);
    }
    findings.extend(reviewed.notes.clone());
    findings.extend(decision::over_target(reviewed.took, policy.gates.target_time));
    let decided = record::Decision {
        policy,
        files: &source.files,
        output,
        commit,
        reviewed: &reviewed,
        findings: &findings,
    };
    let data = decided.write()?;
    let body = body(&reviewed, &findings, &facts);
    reviewed.decided(verdict(&findings), exit_status(&findings))?;
    let mut report = Report::of("orr", findings);
    report.body = body;
    report.data = data;
    Ok(report)
}

/// What the decision is made of, and each file of a run that is not what the run was
/// packed into. A file that is gone has no digest.
fn facts(
    policy: &Policy,
    output: &Output,
    reviewed: &Reviewed,
) -> anyhow::Result<(Vec<RunFacts>, Vec<Finding>)> {
    let mut facts = Vec::new();
    let mut changed = Vec::new();
    let id = &policy.programme.id;
    for (number, results) in &reviewed.results {
        let packed = reviewed.packed.get(number);
        let run = output.run(*number);
        let mut digest = |path: PathBuf, packed: Option<&String>| -> anyhow::Result<_> {
            let (Some(packed), Some(bytes)) = (packed, files::read_if_there(&path)?) else {
                return Ok(None);
            };
            if sha256_hex(&bytes) != *packed {
                changed.push(changed_since(*number, &path));
            }
            Ok(Some(packed.clone()))
        };
        facts.push(RunFacts {
            number: *number,
            gates: results.iter().map(|result| gate_facts(policy, result)).collect(),
            scorecard_sha256: digest(run.scorecard(id), packed.map(|p| &p.scorecard_sha256))?,
            zip_sha256: digest(run.archive(id), packed.map(|p| &p.zip_sha256))?,
            manifest_sha256: digest(run.manifest(), packed.map(|p| &p.manifest_sha256))?,
        });
    }
    Ok((facts, changed))
}

fn changed_since(run: u32, path: &Path) -> Finding {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Finding::new(Code::EvidenceChanged, format!("{name} of run {run} is not what was packed"))
        .help("find out what writes below the output folder, and repeat the review")
        .at(Place::default().in_run(run))
}

fn gate_facts(policy: &Policy, result: &GateResult) -> GateFacts {
    let gate = policy.gates.get(&result.gate);
    GateFacts {
        gate: result.gate.clone(),
        outcome: result.outcome,
        findings: result.findings.clone(),
        derived: gate.is_some_and(Gate::is_derived),
    }
}

/// How each run's archive differs from the first run's.
fn differences(
    policy: &Policy,
    output: &Output,
    runs: &[RunFacts],
) -> anyhow::Result<Vec<RunDifference>> {
    let Some(first) = runs.first() else { return Ok(Vec::new()) };
    let differing = runs.iter().filter(|run| run.zip_sha256 != first.zip_sha256);
    let mut differences = Vec::new();
    for run in differing.filter(|run| run.zip_sha256.is_some()) {
        let entries = compare_archives(policy, output, first.number, run.number)?;
        differences.push(RunDifference { run: run.number, entries });
    }
    Ok(differences)
}

fn compare_archives(
    policy: &Policy,
    output: &Output,
    left: u32,
    right: u32,
) -> anyhow::Result<Vec<EntryDifference>> {
    let read = |run: u32| -> anyhow::Result<Vec<(String, Vec<u8>)>> {
        let bytes = files::read(&output.run(run).archive(&policy.programme.id))?;
        let entries = archive::read(&bytes, Limits::default())?;
        Ok(entries.into_iter().map(|Entry { path, bytes, .. }| (path, bytes)).collect())
    };
    Ok(compare::compare(&read(left)?, &read(right)?))
}

fn body(reviewed: &Reviewed, findings: &[Finding], facts: &[RunFacts]) -> String {
    let took = seconds(reviewed.took.as_secs_f64());
    let decision = match verdict(findings) {
        Verdict::Pass => {
            let digest = facts[0].zip_sha256.clone().unwrap_or_default();
            format!(
                "decision: pass. {} of {}, one digest, in {took}\n  sha256:{digest}\n\
                 next: `cargo xtask pr-body` writes the body of the pull request\n",
                counted(facts.len(), "green run"),
                short(&reviewed.opened.commit)
            )
        }
        other => {
            let exit = exit_status(findings);
            format!(
                "decision: {}, exit status {exit}, in {took}. Do not open a pull request.\n\
                 next: `cargo xtask explain {}`\n",
                other.word(),
                first_code(findings, exit)
            )
        }
    };
    format!("{}\n{decision}", table(&reviewed.results, facts).text())
}

/// The code that the exit status comes from.
fn first_code(findings: &[Finding], exit: u8) -> &'static str {
    let deciding = findings.iter().find(|f| exit_status(std::slice::from_ref(f)) == exit);
    deciding.map_or("not-established", |finding| finding.code.name())
}

/// The gates by the runs.
fn table(results: &BTreeMap<u32, Vec<GateResult>>, facts: &[RunFacts]) -> Table {
    let head = results.keys().map(|run| format!("run {run}"));
    let mut table = Table::new(std::iter::once("gate".to_owned()).chain(head));
    for (index, gate) in results.values().next().into_iter().flatten().enumerate() {
        let cells = results.values().map(|results| {
            results.get(index).map_or_else(String::new, |result| {
                format!("{} {}", result.outcome.word(), seconds(result.seconds))
            })
        });
        let name = format!("{} {}", gate.gate, gate.name);
        table.row(std::iter::once(name).chain(cells));
    }
    let digests = facts.iter().map(|run| {
        let digest = run.zip_sha256.as_deref().unwrap_or("none");
        digest.get(..12).unwrap_or(digest).to_owned()
    });
    table.row(std::iter::once("ZIP sha256".to_owned()).chain(digests));
    table
}
