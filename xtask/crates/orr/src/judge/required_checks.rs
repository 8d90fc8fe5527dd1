//! The required checks: of each gate one check on exactly this commit, posted by the
//! right app for the right workflow, green. What GitHub lets through beside that (a
//! skipped job, a neutral end) is no green gate.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::pull::shown_id;
use crate::judge::server::{is_path, is_red};
use thrice_findings::text::quoted;
use thrice_findings::{Answer, Code, Finding, Place, Severity, Verdict};

/// A check on a commit, as the server reports it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct CheckRun {
    /// Its id.
    pub id: u64,
    /// Its name, which is that of its job.
    pub name: String,
    /// The commit.
    pub head_sha: String,
    /// Whether it has ended.
    pub status: String,
    /// How it ended.
    #[serde(default)]
    pub conclusion: Option<String>,
    /// When it began.
    #[serde(default)]
    pub started_at: Option<String>,
    /// Who posted it.
    #[serde(default)]
    pub app: Option<Id>,
    /// The suite that it is of, which belongs to one run.
    #[serde(default)]
    pub check_suite: Option<Id>,
}

/// Something by its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Id {
    /// The id.
    pub id: u64,
}

/// A run of a workflow, as far as its checks need it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct SuiteRun {
    /// Its suite of checks.
    #[serde(default)]
    pub check_suite_id: Option<u64>,
    /// Its workflow's path, sometimes with `@` and a branch. A file's name may hold an `@`
    /// too.
    #[serde(default)]
    pub path: Option<String>,
    /// Its workflow's id.
    #[serde(default)]
    pub workflow_id: Option<u64>,
}

/// What is asked of a commit.
#[derive(Clone, Copy, Debug)]
pub struct Required<'a> {
    /// The commit.
    pub sha: &'a str,
    /// The gates.
    pub gates: &'a [&'a str],
    /// The app whose checks count.
    pub app_id: u64,
    /// The path of the workflow whose checks count.
    pub workflow: &'a str,
    /// The id that the server has for it; absent where that was not seen.
    pub workflow_id: Option<u64>,
}

/// What is wrong with the check of a gate; gates with the same wrong make one finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Wrong {
    Missing,
    OtherApp(Vec<u64>),
    OtherWorkflow(String),
    UnknownWorkflow,
    Unfinished(String),
    NotGreen(String),
    OnceRed(String),
}

/// Judges the checks of a commit: a line for each gate, and what speaks against it.
#[must_use]
pub fn judge(
    required: &Required<'_>,
    checks: &[CheckRun],
    runs: &[SuiteRun],
) -> (Vec<Answer>, Vec<Finding>) {
    let mut lines = Vec::new();
    let mut wrongs: BTreeMap<Wrong, Vec<&str>> = BTreeMap::new();
    let mut notes = Vec::new();
    for gate in required.gates {
        let demand = format!("{gate} is green");
        let line = match of_gate(required, gate, checks, runs) {
            Ok(check) => {
                notes.extend(overtaken(required, check, checks));
                Answer::proven(demand, format!("check {}", check.id))
            }
            Err(wrong) => {
                let line = Answer { demand, verdict: wrong.answer(), why: wrong.why(required) };
                wrongs.entry(wrong).or_default().push(gate);
                line
            }
        };
        lines.push(line);
    }
    let mut findings: Vec<Finding> =
        wrongs.iter().map(|(wrong, gates)| wrong.finding(required, gates)).collect();
    findings.extend(notes);
    (lines, findings)
}

/// The newest check of a gate, where it is green and all others are told apart from it.
fn of_gate<'a>(
    required: &Required<'_>,
    gate: &str,
    checks: &'a [CheckRun],
    runs: &[SuiteRun],
) -> Result<&'a CheckRun, Wrong> {
    let named = || checks.iter().filter(|c| c.name == gate && c.head_sha == required.sha);
    let app = |check: &CheckRun| check.app.map(|app| app.id);
    let ours: Vec<&CheckRun> =
        named().filter(|check| app(check) == Some(required.app_id)).collect();
    if ours.is_empty() {
        let mut others: Vec<u64> = named().map(|check| app(check).unwrap_or(0)).collect();
        others.sort_unstable();
        others.dedup();
        return Err(if others.is_empty() { Wrong::Missing } else { Wrong::OtherApp(others) });
    }
    for check in &ours {
        match workflow_of(check, runs).zip(required.workflow_id) {
            Some(((path, id), wanted)) if id == wanted && is_path(path, required.workflow) => {}
            Some(((path, _), _)) => return Err(Wrong::OtherWorkflow(path.to_owned())),
            None => return Err(Wrong::UnknownWorkflow),
        }
    }
    if let Some(check) = ours.iter().find(|check| check.status != "completed") {
        return Err(Wrong::Unfinished(check.status.clone()));
    }
    let newest = ours.iter().copied().max_by_key(|check| age(check)).ok_or(Wrong::Missing)?;
    let mut ends = ours.iter().filter_map(|check| check.conclusion.as_deref());
    match newest.conclusion.as_deref() {
        Some("success") => match ends.find(|end| is_red(end)) {
            Some(red) => Err(Wrong::OnceRed(red.to_owned())),
            None => Ok(newest),
        },
        Some(other) => Err(Wrong::NotGreen(other.to_owned())),
        None => Err(Wrong::Unfinished("completed without a conclusion".to_owned())),
    }
}

fn age(check: &CheckRun) -> (Option<Timestamp>, u64) {
    (check.started_at.as_deref().and_then(|time| time.parse().ok()), check.id)
}

/// Path and id of the workflow of which a check is.
fn workflow_of<'a>(check: &CheckRun, runs: &'a [SuiteRun]) -> Option<(&'a str, u64)> {
    let suite = check.check_suite?.id;
    let run = runs.iter().find(|run| run.check_suite_id == Some(suite))?;
    run.path.as_deref().zip(run.workflow_id)
}

/// Checks of the same gate that do not count any more, or never did.
fn overtaken(required: &Required<'_>, newest: &CheckRun, checks: &[CheckRun]) -> Vec<Finding> {
    let other = |check: &&CheckRun| {
        check.name == newest.name && check.head_sha == required.sha && check.id != newest.id
    };
    let note = |check: &CheckRun| {
        let ended = quoted(check.conclusion.as_deref().unwrap_or("not ended"));
        let message = match check.app {
            Some(app) if app.id == required.app_id => {
                if check.conclusion.as_deref() == Some("success") {
                    return None;
                }
                format!(
                    "an older check {} of {} was {ended}; the newest counts",
                    check.id, newest.name
                )
            }
            _ => format!("another app posted {} too ({ended}); it does not count", newest.name),
        };
        let mut finding = Finding::new(Code::CheckNotGreen, message).at(Place::gate(&newest.name));
        finding.severity = Severity::Note;
        Some(finding)
    };
    checks.iter().filter(other).filter_map(note).collect()
}

impl Wrong {
    fn answer(&self) -> Verdict {
        match self {
            Self::UnknownWorkflow | Self::Unfinished(_) => Verdict::NotEstablished,
            _ => Verdict::Fail,
        }
    }

    fn why(&self, required: &Required<'_>) -> String {
        match self {
            Self::Missing => "no check".to_owned(),
            Self::OtherApp(apps) => {
                format!("posted by {}, not app {}", named(apps), required.app_id)
            }
            Self::OtherWorkflow(path) => format!("posted by {}", quoted(path)),
            Self::UnknownWorkflow => "of a workflow that is not reported".to_owned(),
            Self::Unfinished(status) => quoted(status),
            Self::NotGreen(conclusion) => quoted(conclusion),
            Self::OnceRed(conclusion) => format!("once {}", quoted(conclusion)),
        }
    }

    fn finding(&self, required: &Required<'_>, gates: &[&str]) -> Finding {
        let (all, sha) = (listed(gates), shown_id(required.sha));
        let verb = if gates.len() == 1 { "has" } else { "have" };
        let (code, message, help) = match self {
            Self::Missing => (
                Code::CheckMissing,
                format!("{all} {verb} no check on {sha}"),
                "make the runs: `cargo xtask orr --on github`".to_owned(),
            ),
            Self::OtherApp(apps) => (
                Code::CheckWrongApp,
                format!(
                    "{all}: posted by {}, not by GitHub Actions ({})",
                    named(apps),
                    required.app_id
                ),
                "find out who posted it, and make the runs: `cargo xtask orr --on github`"
                    .to_owned(),
            ),
            Self::OtherWorkflow(path) => (
                Code::CheckWrongApp,
                format!("{all}: posted by a job of {}, not of {}", quoted(path), required.workflow),
                "rename that job: GitHub cannot tell the two checks apart".to_owned(),
            ),
            Self::UnknownWorkflow => (
                Code::NotEstablishedCode,
                format!("{all}: which workflow posted it cannot be seen"),
                "make new runs: `cargo xtask orr --on github`".to_owned(),
            ),
            Self::Unfinished(status) => (
                Code::RunUnfinished,
                format!("{all} {verb} not ended: {}", quoted(status)),
                "wait for the end, then run the check again".to_owned(),
            ),
            Self::NotGreen(conclusion) => (
                Code::CheckNotGreen,
                format!("{all}: {}{}", quoted(conclusion), lenient(conclusion)),
                "fix the patch and make new runs: `cargo xtask orr --on github`".to_owned(),
            ),
            Self::OnceRed(conclusion) => (
                Code::CheckNotGreen,
                format!("{all}: an older check of {sha} was {}", quoted(conclusion)),
                "what is red once is not proven by others: fix the cause, commit, and review the new head"
                    .to_owned(),
            ),
        };
        Finding::new(code, message).help(help)
    }
}

/// What GitHub itself makes of a conclusion.
fn lenient(conclusion: &str) -> &'static str {
    match conclusion {
        "skipped" | "neutral" => ", which GitHub lets through; nothing was proven",
        "cancelled" => ": nothing was proven",
        _ => "",
    }
}

fn named(apps: &[u64]) -> String {
    let name = |app: &u64| if *app == 0 { "nobody known".to_owned() } else { format!("app {app}") };
    apps.iter().map(name).collect::<Vec<_>>().join(" and ")
}

/// `T0`, `T0 and T4`, `T0, T1 and T4`.
fn listed(gates: &[&str]) -> String {
    match gates {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}
