//! Checklists that are prepared for a sprint (S-6).

use super::Sprint;
use thrice_findings::{Code, Finding, Place};
use thrice_policy::declare::{policy_choice, policy_table};
use thrice_policy::source::Placed;
use thrice_policy::table::listed;
use thrice_policy::values::RepositoryPath;

policy_table! {
    /// A checklist that is prepared for a sprint.
    pub(crate) struct RawChecklist {
        /// The sprint.
        required sprint: String,
        /// What it is of; each once in a sprint.
        required kind: ChecklistKind,
        /// The file that it is written to.
        required path: RepositoryPath,
        /// The working day by whose end it is done. Default: 3 for `dependencies`, the day on which evidence is due for the others.
        optional due_day: u64,
    }
}

policy_choice! {
    /// What a checklist is of.
    pub enum ChecklistKind {
        /// What the sprint waits for, with owners and days.
        Dependencies = "dependencies",
        /// What the gate wants to see.
        Gate = "gate",
        /// The stories, in pieces of a day each.
        Decomposition = "decomposition",
        /// What is delivered to those who run it.
        Operations = "operations",
        /// How each change goes out, and how it is taken back.
        Rollback = "rollback",
    }
}

/// A checklist of a sprint.
#[derive(Clone, Debug)]
pub struct Checklist {
    /// What it is of.
    pub kind: ChecklistKind,
    /// Its path, relative to the repository.
    pub path: String,
    /// The working day, from 1, by whose end it is done.
    pub due_day: Option<u64>,
    /// Where it is written.
    pub place: Place,
}

/// The day on which dependencies are published (S-4.1.1).
const DEPENDENCIES_DAY: u64 = 3;

/// Gives each checklist to its sprint; `working` says how many working days one has.
pub(super) fn give(
    raw: Vec<Placed<RawChecklist>>,
    sprints: &mut [Sprint],
    working: &dyn Fn(&Sprint) -> u64,
    findings: &mut Vec<Finding>,
) {
    let mut paths: Vec<String> = Vec::new();
    for raw in raw {
        let place = raw.place();
        let RawChecklist { sprint, kind, path, due_day } = raw.value;
        let (Some(named), Some(kind), Some(path)) = (sprint, kind, path) else { continue };
        let ids: Vec<String> = sprints.iter().map(|sprint| sprint.id.clone()).collect();
        let Some(sprint) = sprints.iter_mut().find(|sprint| sprint.id == named.value) else {
            let otherwise = format!("the sprints are {}", listed(&ids));
            findings.push(named.unknown("sprint", &ids, otherwise));
            continue;
        };
        let word = kind.value.word();
        if sprint.checklists.iter().any(|known| known.kind == kind.value) {
            let message = format!("sprint {} has its checklist `{word}` already", sprint.id);
            let finding = kind.finding(Code::PolicyReference, message);
            findings.push(finding.help("take one of them out"));
            continue;
        }
        let lower = path.value.0.to_lowercase();
        if paths.contains(&lower) {
            let message = format!("`{}` is another checklist's file already", path.value.0);
            let finding = path.finding(Code::PolicyReference, message);
            findings.push(finding.help("give each its own, also in another letter case"));
            continue;
        }
        paths.push(lower);
        let days = working(sprint);
        if let Some(day) = due_day.as_ref().filter(|day| !(1..=days).contains(&day.value)) {
            let message = format!("sprint {} has no working day {}", sprint.id, day.value);
            let finding = day.finding(Code::PolicyValue, message);
            findings.push(finding.help(format!("its working days are 1 to {days}")));
        }
        let usual = match kind.value {
            ChecklistKind::Dependencies => Some(DEPENDENCIES_DAY.min(days)),
            _ => sprint.evidence_due_day,
        };
        let due_day = due_day.map(|day| day.value).or(usual);
        sprint.checklists.push(Checklist { kind: kind.value, path: path.value.0, due_day, place });
    }
}
