//! `compare`: why runs differ.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use crate::evidence::archive::{self, Entry, Limits};
use crate::evidence::manifest::sha256_hex;
use crate::journal::{EngineKind, Journal};
use crate::judge::compare;
use crate::judge::compare::{Difference, EntryDifference, likely_cause};
use crate::judge::decision::{RunDifference, RunFacts, is_root};
use crate::layout::Output;
use crate::leftovers;
use crate::vary::why::explain::{Explained, Inquiry};
use crate::vary::why::laboratory::Case;
use thrice_facts::files;
use thrice_facts::interrupt::Interrupt;
use thrice_findings::{Code, Finding, Place, Stop};
use thrice_programme::Policy;
use thrice_programme::world::World;
use thrice_report::Report;
use thrice_report::text::{counted, safe};

/// Names each file that differs between runs, and the first place in it.
#[derive(Debug, Args)]
pub struct Compare {
    /// Two or more runs: numbers from the last review, ZIPs, or folders.
    #[arg(required = true, num_args = 2.., value_name = "RUN")]
    runs: Vec<String>,
    /// Runs the gate that differs again, to find out why. Two runs of the last review.
    #[arg(long)]
    why: bool,
}

/// Path and bytes of each file.
type NamedBytes = Vec<(String, Vec<u8>)>;

/// A run's files, and the digest of its archive where it is one.
struct ComparedRun {
    name: String,
    entries: NamedBytes,
    digest: Option<String>,
}

impl Compare {
    /// Compares every run with the first.
    ///
    /// # Errors
    /// Where the repository cannot be read.
    pub fn run(self, world: &World) -> Result<Report, Stop> {
        let mut sides = Vec::new();
        let mut missing = Vec::new();
        for name in &self.runs {
            match read_side(world, name) {
                Ok(side) => sides.push(side),
                Err(stop) => missing.extend(stop.refusal()?),
            }
        }
        if !missing.is_empty() {
            return Err(missing.into());
        }
        let (first, others) = sides.split_at(1);
        let policy = policy(world)?;
        let gates = policy.iter().flat_map(|policy| &policy.gates.gates);
        let derived: Vec<&str> =
            gates.filter(|gate| gate.is_derived()).map(|gate| gate.id.as_str()).collect();
        let mut report = Report::new();
        let mut data = Vec::new();
        for other in others {
            let entries = compare::compare(&first[0].entries, &other.entries);
            describe(&first[0], other, &entries, &derived, &mut report);
            let listed: Vec<_> = entries
                .iter()
                .map(|entry| {
                    json!({
                        "path": entry.path,
                        "difference": entry.difference,
                        "looks_like": likely_cause(&entry.difference),
                    })
                })
                .collect();
            data.push(json!({
                "left": first[0].name,
                "right": other.name,
                "equal": entries.is_empty(),
                "same_bytes": first[0].digest.is_some() && first[0].digest == other.digest,
                "differences": listed,
            }));
        }
        report.data = json!({ "comparisons": data });
        if self.why {
            let lines = why(world, &self.runs, &sides)?;
            report.body.push_str(&format!("\n{}\n", safe(&lines.join("\n"))));
            report.data["causes"] = json!(lines);
        }
        Ok(report)
    }
}

/// Why the second of two runs of the last review differs from the first, a line a gate.
fn why(world: &World, names: &[String], sides: &[ComparedRun]) -> Result<Vec<String>, Stop> {
    let refused = |why: &str| {
        Finding::new(Code::UsageWrong, format!("`--why` {why}"))
            .help("give two numbers of the last review's runs: `cargo xtask compare --why 1 2`")
    };
    let numbers: Vec<u32> = names.iter().filter_map(|name| name.parse().ok()).collect();
    let ([left, right], [one, other]) = (numbers.as_slice(), sides) else {
        return Err(refused("is of two runs").into());
    };
    let interrupt = Interrupt::listen()?;
    let repository = world.repository()?;
    let (current, _) = world.policy(&repository)?;
    let output = Output::of(&repository, &current);
    let _held = output.hold()?;
    let Some(reported) = leftovers::newest(&output)? else {
        return Err(refused("found no review").into());
    };
    let Some(opened) = reported.opened().filter(|opened| opened.engine == EngineKind::Local) else {
        return Err(refused("found no review that was made here").into());
    };
    let Some(commit) = repository.commit(&opened.commit)? else {
        return Err(refused("found no commit of the review").into());
    };
    let (policy, _) = world.policy_of(&repository, &commit)?;
    let facts = |number: &u32, side: &ComparedRun| RunFacts {
        number: *number,
        server_id: None,
        gates: Vec::new(),
        scorecard_sha256: None,
        zip_sha256: side.digest.clone(),
        manifest_sha256: None,
    };
    let facts = [facts(left, one), facts(right, other)];
    let entries = compare::compare(&one.entries, &other.entries);
    let listener = world.printer.listener();
    let explained = Inquiry {
        case: Case {
            repository: &repository,
            policy: &policy,
            commit: &commit,
            review: &opened.id,
            output: &output,
            shared: reported.shared(),
            interrupt: &interrupt,
        },
        varied: &reported.varied(),
        took: reported.took(),
        listener: listener.as_ref(),
        journal: &mut Journal::open(reported.folder())?,
    }
    .causes(&facts, &[RunDifference { run: *right, entries }]);
    drop(listener);
    Ok(explained?.iter().map(Explained::line).collect())
}

fn describe(
    left: &ComparedRun,
    right: &ComparedRun,
    entries: &[EntryDifference],
    derived: &[&str],
    report: &mut Report,
) {
    let names = format!("{} and {}", left.name, right.name);
    if entries.is_empty() {
        let same = match (&left.digest, &right.digest) {
            (Some(a), Some(b)) if a != b => "have the same content, packed otherwise",
            (Some(_), Some(_)) => "are the same bytes",
            _ => "have the same content",
        };
        report.body.push_str(&format!("{names} {same}\n"));
        return;
    }
    let files = counted(entries.len(), "file");
    report.body.push_str(&format!("{names}: {files} of {} differ\n", left.entries.len()));
    let any_root = entries.iter().any(|entry| is_root(&entry.path, derived));
    let (shown, follow): (Vec<_>, Vec<_>) =
        entries.iter().partition(|entry| !any_root || is_root(&entry.path, derived));
    for entry in follow {
        report.body.push_str(&format!("  {} follows\n", safe(&entry.path)));
    }
    for entry in shown {
        let cause = likely_cause(&entry.difference);
        let looks = cause.map(|cause| format!(" ({cause})")).unwrap_or_default();
        let message = format!("{}: {}{looks}", entry.path, entry.difference.whole());
        report.findings.push(
            Finding::new(Code::Cec30, message)
                .help("`cargo xtask explain T6` has the usual causes")
                .at(Place::file(&entry.path)),
        );
        if let Difference::Text { hunks, .. } = &entry.difference {
            report.body.push_str(&format!("\n{}\n{}", safe(&entry.path), safe(hunks)));
            if !hunks.ends_with('\n') {
                report.body.push('\n');
            }
        }
    }
}

fn read_side(world: &World, name: &str) -> Result<ComparedRun, Stop> {
    let path = match name.parse::<u32>() {
        Ok(number) => archive_of_run(world, number)?,
        Err(_) => PathBuf::from(name),
    };
    let absent = |why: String| {
        Finding::new(Code::NotEstablishedCode, format!("run {name} cannot be read: {why}"))
            .help("give a run's number, a ZIP or a folder; `cargo xtask orr --keep-going` makes every run")
    };
    if path.is_dir() {
        let entries = folder(&path, absent)?;
        return Ok(ComparedRun { name: name.to_owned(), entries, digest: None });
    }
    let Some(bytes) = files::read_if_there(&path)? else {
        return Err(absent(format!("there is no {}", path.display())).into());
    };
    let entries =
        archive::read(&bytes, Limits::default()).map_err(|error| absent(error.to_string()))?;
    Ok(ComparedRun {
        name: name.to_owned(),
        entries: entries.into_iter().map(|Entry { path, bytes, .. }| (path, bytes)).collect(),
        digest: Some(sha256_hex(&bytes)),
    })
}

/// The policy, where there is one that can be used.
fn policy(world: &World) -> anyhow::Result<Option<Policy>> {
    let repository = world.repository().ok();
    let source = world.policy_source(repository.as_ref())?;
    Ok(thrice_programme::check(&source.shown, &source.files).0)
}

/// The archive of a run of the last review.
fn archive_of_run(world: &World, number: u32) -> anyhow::Result<PathBuf> {
    let repository = world.repository()?;
    let programme = policy(world)?;
    let (output, id) = programme.map_or_else(
        || ("out".to_owned(), String::new()),
        |policy| (policy.programme.output, policy.programme.id),
    );
    let folder = repository.root().join(output).join("runs").join(number.to_string());
    Ok(folder.join(format!("{id}-evidence.zip")))
}

/// The files of a folder. A thing in it that is no plain file is refused: links are not
/// followed, and a pipe would be waited for.
fn folder(path: &Path, refusal: impl Fn(String) -> Finding) -> Result<NamedBytes, Stop> {
    let mut entries = Vec::new();
    for file in files::walk(path)? {
        let name = files::display_bytes(&file.relative);
        if file.kind == files::PathKind::Other {
            return Err(refusal(format!("`{name}` is a link or a special file")).into());
        }
        entries.push((name, files::read(&file.path)?));
    }
    Ok(entries)
}
