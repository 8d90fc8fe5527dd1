//! Whether a plan is true of its patch.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::{Lines, PlainPath, Plan, PlanFacts, Problem, Task};
use crate::judge::filemap::Reach;
use thrice_findings::display_bytes;
use thrice_findings::text::quoted;
use thrice_policy::table::{listed, nearest};
use thrice_policy::values::PathGlob;
use thrice_programme::filemap::Area;
use thrice_programme::{Action, Gate};

/// Everything that a plan says and that is not so, and everything that it leaves out.
/// `lines` is empty for a plan that was not read from text.
#[must_use]
pub fn check(plan: &Plan, lines: &Lines, facts: &PlanFacts<'_>) -> Vec<Problem> {
    let mut reported = PlanProblems { lines, problems: Vec::new(), unreported: 0 };
    let planned = planned(plan);
    let changes = &facts.patch.changes;
    let names_none = !changes.iter().any(|it| planned.contains(it.path.as_slice()));
    if !changes.is_empty() && !planned.is_empty() && names_none {
        let message = "this is the plan of another patch: it names no path of this one";
        let help = format!(
            "`cargo xtask plan new --write {}/plan.json` drafts one of this patch",
            facts.output
        );
        reported.problem("tasks", message.to_owned(), &help);
        return reported.problems;
    }
    base(plan, facts, &mut reported);
    let mut ids: HashMap<&str, usize> = HashMap::new();
    for (index, task) in plan.tasks.iter().enumerate() {
        let at = format!("tasks[{index}]");
        if let Some(first) = ids.insert(task.id.as_str(), index) {
            let message = format!("tasks[{first}] is called {} already", quoted(task.id.as_str()));
            reported.problem(&format!("{at}.id"), message, "give each task a name of its own");
        }
        self::task(task, &at, facts, &mut reported);
    }
    repeated(plan, &mut reported);
    left_out(&planned, facts, &mut reported);
    let single = facts.rules.filemap.single_patch;
    if plan.constraints.single_patch != single {
        reported.problem(
            "constraints.single_patch",
            format!("this is {}, but the Filemap says {single}", plan.constraints.single_patch),
            format!("write {single}"),
        );
    }
    let mut problems = reported.problems;
    problems.extend(Problem::unreported(reported.unreported));
    problems
}

/// How many untruths of one plan are reported; of more, the rest is counted.
const MOST: usize = 2_000;

struct PlanProblems<'a> {
    lines: &'a Lines,
    problems: Vec<Problem>,
    unreported: usize,
}

impl PlanProblems<'_> {
    fn problem(&mut self, at: &str, message: String, help: impl Into<String>) {
        if self.problems.len() == MOST {
            self.unreported += 1;
            return;
        }
        let line = self.lines.0.get(at).copied();
        self.problems.push(Problem { at: at.to_owned(), line, message, help: help.into() });
    }

    /// Tells every item of a list that is there twice.
    fn twice<'a>(&mut self, at: &str, items: impl Iterator<Item = &'a str>) {
        let mut seen = HashSet::new();
        for (index, item) in items.enumerate().filter(|(_, item)| !seen.insert(*item)) {
            let message = format!("{} is listed twice", quoted(item));
            self.problem(&format!("{at}[{index}]"), message, "name it once");
        }
    }
}

fn base(plan: &Plan, facts: &PlanFacts<'_>, reported: &mut PlanProblems<'_>) {
    let said = plan.base_sha.as_str();
    if said != facts.base {
        reported.problem(
            "base_sha",
            format!("this is {}, but the base is `{}`", quoted(said), facts.base),
            "draft the plan again: `cargo xtask plan new`",
        );
    }
}

fn task(task: &Task, at: &str, facts: &PlanFacts<'_>, reported: &mut PlanProblems<'_>) {
    let files = format!("{at}.files");
    reported.twice(&files, task.files.iter().map(PlainPath::as_str));
    let mut areas: BTreeMap<&str, (&Area, &str)> = BTreeMap::new();
    for (index, file) in task.files.iter().enumerate() {
        let path = file.as_str();
        let at = format!("{files}[{index}]");
        match facts.rules.ruling(path.as_bytes()).reach {
            Reach::Inside(area, _) => {
                let (_, first) = areas.entry(&area.name).or_insert((area, path));
                *first = path.min(*first);
            }
            _ => {
                let message = format!("{} is outside of the Filemap", quoted(path));
                let help = "`cargo xtask filemap explain` says which rule decides";
                reported.problem(&at, message, help);
            }
        }
        if facts.patch.change(path.as_bytes()).is_none() {
            let message = format!("the patch does not touch {}", quoted(path));
            reported.problem(&at, message, "name only what the patch touches");
        }
    }
    demanded(task, at, &areas, reported);
    let gates = gates(task, at, facts, reported);
    evidence(task, at, facts, &gates, reported);
}

/// Gates that the areas of a task's files demand, and that the task doesn't name. `areas`
/// holds each area by its name, with the first file of the task in it.
fn demanded(
    task: &Task,
    at: &str,
    areas: &BTreeMap<&str, (&Area, &str)>,
    reported: &mut PlanProblems<'_>,
) {
    for (area, file) in areas.values() {
        let is_named = |id: &String| task.gates.iter().any(|gate| gate.as_str() == id);
        let missing: Vec<&str> =
            area.gates.iter().filter(|id| !is_named(id)).map(String::as_str).collect();
        if missing.is_empty() {
            continue;
        }
        let message = format!(
            "{} is in the area {}, which demands {}",
            quoted(file),
            quoted(&area.name),
            listed(&missing)
        );
        let help = format!("add {} to the gates of the task", listed(&missing));
        reported.problem(&format!("{at}.gates"), message, help);
    }
}

fn evidence(
    task: &Task,
    at: &str,
    facts: &PlanFacts<'_>,
    gates: &[&Gate],
    reported: &mut PlanProblems<'_>,
) {
    let listed_at = format!("{at}.evidence");
    reported.twice(&listed_at, task.evidence.iter().map(PlainPath::as_str));
    for (index, evidence) in task.evidence.iter().enumerate() {
        let path = evidence.as_str();
        if gates.iter().any(|gate| leaves(facts, gate, path)) {
            continue;
        }
        let at = format!("{listed_at}[{index}]");
        let other = facts.gates.gates.iter().find(|gate| leaves(facts, gate, path));
        let (message, help) = match other {
            Some(gate) => (
                format!("{} is left by {}, which is no gate of this task", quoted(path), gate.id),
                format!("add \"{}\" to the gates of the task", gate.id),
            ),
            None => (format!("no gate leaves {}", quoted(path)), evidence_of(facts, gates)),
        };
        reported.problem(&at, message, help);
    }
}

fn gates<'a>(
    task: &Task,
    at: &str,
    facts: &PlanFacts<'a>,
    reported: &mut PlanProblems<'_>,
) -> Vec<&'a Gate> {
    let listed_at = format!("{at}.gates");
    reported.twice(&listed_at, task.gates.iter().map(super::GateId::as_str));
    let mut found = Vec::new();
    for (index, id) in task.gates.iter().enumerate() {
        match facts.gates.get(id.as_str()) {
            Some(gate) => found.push(gate),
            None => {
                let ids: Vec<&str> =
                    facts.gates.gates.iter().map(|gate| gate.id.as_str()).collect();
                let help = match nearest(id.as_str(), ids.iter().copied()) {
                    Some(near) => format!("did you mean \"{near}\"?"),
                    None => format!("the gates are {}", listed(&ids)),
                };
                let message = format!("there is no gate {}", quoted(id.as_str()));
                reported.problem(&format!("{listed_at}[{index}]"), message, help);
            }
        }
    }
    found
}

/// Whether a gate is known to leave a file: its own record, its report of tests, the files
/// of its built-in, or what the globs of its `evidence` match. Any other name is a claim
/// that nothing of the programme bears out.
fn leaves(facts: &PlanFacts<'_>, gate: &Gate, path: &str) -> bool {
    let name = path.strip_prefix(facts.folder(gate).as_str());
    if name.is_some_and(|name| gate.own_files().contains(&name)) {
        return true;
    }
    let matches = |glob: &PathGlob| glob.is_match(path) || name.is_some_and(|n| glob.is_match(n));
    matches!(gate.action, Action::Run(_)) && gate.evidence.iter().any(matches)
}

fn evidence_of(facts: &PlanFacts<'_>, gates: &[&Gate]) -> String {
    let left: Vec<String> = gates
        .iter()
        .flat_map(|gate| {
            let folder = facts.folder(gate);
            let globs = gate.evidence.iter().map(|glob| glob.text().to_owned());
            gate.own_files().into_iter().map(move |name| format!("{folder}{name}")).chain(globs)
        })
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    match left.as_slice() {
        [] => "name what the gates of the task leave".to_owned(),
        _ => format!("the gates of this task leave {}", listed(&left)),
    }
}

/// Tasks that say again what another says, whatever the order of their lists.
fn repeated(plan: &Plan, reported: &mut PlanProblems<'_>) {
    let mut seen: HashMap<[BTreeSet<&str>; 3], usize> = HashMap::new();
    for (index, task) in plan.tasks.iter().enumerate() {
        let said = [
            task.files.iter().map(PlainPath::as_str).collect(),
            task.gates.iter().map(super::GateId::as_str).collect(),
            task.evidence.iter().map(PlainPath::as_str).collect(),
        ];
        let Some(first) = seen.get(&said) else {
            seen.insert(said, index);
            continue;
        };
        let message = format!("this is tasks[{first}] again: same files, gates and evidence");
        reported.problem(&format!("tasks[{index}]"), message, "take one of them out");
    }
}

/// The paths that a plan names.
fn planned(plan: &Plan) -> HashSet<&[u8]> {
    plan.tasks.iter().flat_map(|task| &task.files).map(|it| it.as_str().as_bytes()).collect()
}

/// What the patch touches and no task names.
fn left_out(planned: &HashSet<&[u8]>, facts: &PlanFacts<'_>, reported: &mut PlanProblems<'_>) {
    for change in facts.patch.changes.iter().filter(|c| !planned.contains(c.path.as_slice())) {
        let shown = display_bytes(&change.path);
        let help = if std::str::from_utf8(&change.path).is_ok_and(|p| PlainPath::new(p).is_some()) {
            "add it to the task that it belongs to"
        } else {
            "take the path out of the patch: its name cannot be in a plan"
        };
        reported.problem(
            "tasks",
            format!("no task names `{shown}`, which the patch touches"),
            help,
        );
    }
}
