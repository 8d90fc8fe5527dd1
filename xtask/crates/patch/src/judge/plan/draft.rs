//! Drafting a plan from a patch and its Filemap.

use std::collections::BTreeMap;

use super::{Constraints, GateId, PlainPath, Plan, PlanFacts, Strict, Task, TaskId, Version};
use crate::judge::filemap::Reach;
use thrice_findings::{Code, CommitId, Finding, Place, display_bytes};
use thrice_programme::filemap::Area;
use thrice_programme::{Action, Gate};

/// A path that no task can name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unplanned {
    /// The path, as git has it.
    pub path: Vec<u8>,
    /// What is in the way.
    pub why: Obstacle,
}

/// Why no task can name a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// An area reaches it, but its name is not plain.
    Name,
    /// A guardrail freezes it.
    Frozen,
    /// No area reaches it.
    Outside,
}

impl Unplanned {
    /// As a finding.
    #[must_use]
    pub fn finding(&self) -> Finding {
        let shown = display_bytes(&self.path);
        let (code, why) = match self.why {
            Obstacle::Name => (Code::Cec10, "its name is not plain"),
            Obstacle::Frozen => (Code::GuardrailFrozen, "a guardrail freezes it"),
            Obstacle::Outside => (Code::Cec10, "no area reaches it"),
        };
        Finding::new(code, format!("{shown} is in no task: {why}"))
            .help("`cargo xtask filemap check` says more")
            .at(Place::file(shown))
    }
}

/// Drafts the plan of a patch, a task for each area that it touches; none where it
/// touches none. What no task can name is given beside it.
#[must_use]
pub fn draft(facts: &PlanFacts<'_>) -> (Option<Plan>, Vec<Unplanned>) {
    let areas = &facts.rules.filemap.areas;
    let mut by_area: BTreeMap<usize, Vec<PlainPath>> = BTreeMap::new();
    let (mut unplanned, mut matched) = (Vec::new(), Vec::new());
    for change in &facts.patch.changes {
        let path = &change.path;
        let reach = facts.rules.ruling_with(path, &mut matched).reach;
        let reached = match reach {
            Reach::Inside(area, _) => areas.iter().position(|other| std::ptr::eq(other, area)),
            _ => None,
        };
        let plain = std::str::from_utf8(path).ok().and_then(PlainPath::new);
        match (reached, plain) {
            (Some(area), Some(plain)) => by_area.entry(area).or_default().push(plain),
            (area, _) => {
                let why = match (area, reach) {
                    (Some(_), _) => Obstacle::Name,
                    (None, Reach::Frozen(..)) => Obstacle::Frozen,
                    (None, _) => Obstacle::Outside,
                };
                unplanned.push(Unplanned { path: path.clone(), why });
            }
        }
    }
    let tasks: Vec<Task> = by_area
        .into_iter()
        .enumerate()
        .filter_map(|(index, (area, files))| task(facts, areas.get(area)?, index + 1, files))
        .collect();
    (plan(facts, tasks), unplanned)
}

fn plan(facts: &PlanFacts<'_>, tasks: Vec<Task>) -> Option<Plan> {
    (!tasks.is_empty()).then_some(())?;
    Some(Plan {
        version: Version::new("1.0")?,
        base_sha: CommitId::parse(facts.base).ok()?,
        tasks,
        constraints: Constraints {
            filemap: Strict::new("strict")?,
            single_patch: facts.rules.filemap.single_patch,
        },
    })
}

fn task(facts: &PlanFacts<'_>, area: &Area, number: usize, files: Vec<PlainPath>) -> Option<Task> {
    let gates = gates(facts, area);
    let evidence = gates.iter().flat_map(|gate| evidence(facts, gate));
    let mut evidence: Vec<PlainPath> = evidence.filter_map(|path| PlainPath::new(&path)).collect();
    evidence.sort_by(|a, b| a.as_str().cmp(b.as_str()));
    evidence.dedup();
    Some(Task {
        id: TaskId::new(&format!("T-{}-{number:02}", upper(&area.name)))?,
        files,
        gates: gates.iter().filter_map(|gate| GateId::new(&gate.id)).collect(),
        evidence,
    })
}

/// The name of an area as a part of a task's: its ASCII letters and digits in upper case,
/// with single hyphens for the rest.
fn upper(name: &str) -> String {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let joined = words.collect::<Vec<_>>().join("-").to_ascii_uppercase();
    if joined.is_empty() { "AREA".to_owned() } else { joined }
}

/// The gates that prove a change in an area: those that it names, else all that run
/// something of the repository's own, else all.
fn gates<'a>(facts: &PlanFacts<'a>, area: &Area) -> Vec<&'a Gate> {
    let all = &facts.gates.gates;
    let named: Vec<&Gate> = all.iter().filter(|gate| area.gates.contains(&gate.id)).collect();
    if !named.is_empty() {
        return named;
    }
    let own: Vec<&Gate> = all.iter().filter(|gate| matches!(gate.action, Action::Run(_))).collect();
    if own.is_empty() { all.iter().collect() } else { own }
}

/// What a gate is known to leave: the files that policy names, else its report of tests,
/// else the record that every gate has.
fn evidence(facts: &PlanFacts<'_>, gate: &Gate) -> Vec<String> {
    let literal = gate.evidence.iter().filter(|glob| glob.is_literal());
    let named: Vec<String> = literal
        .map(|glob| glob.text().to_owned())
        .filter(|path| PlainPath::new(path).is_some())
        .collect();
    if !named.is_empty() {
        return named;
    }
    let report = gate.tests.as_ref().map_or(Gate::RECORD, |tests| tests.report.as_str());
    vec![format!("{}{report}", facts.folder(gate))]
}
