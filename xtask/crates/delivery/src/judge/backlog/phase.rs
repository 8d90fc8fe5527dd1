//! The definition of done of a phase (Z-9).

use std::collections::HashSet;

use jiff::Timestamp;
use jiff::civil::Date;

use thrice_findings::{Code, Finding, Severity};
use thrice_ledger::decisions::Standing;
use thrice_programme::calendar::days::{end_of, last_working_day};
use thrice_programme::calendar::{Cycle, Sprint};
use thrice_programme::{Calendar, Wave};

/// Something that a phase must have done, and what is open of it.
#[derive(Clone, Debug)]
pub struct PhaseDemand {
    /// What it is.
    pub title: &'static str,
    /// What is open of it.
    pub findings: Vec<Finding>,
}

impl PhaseDemand {
    /// Whether nothing of it is open.
    #[must_use]
    pub(crate) fn is_met(&self) -> bool {
        !self.findings.iter().any(|finding| finding.severity == Severity::Refuse)
    }
}

/// What a phase is of, each part with what its gate still wants.
pub struct Parts<'a> {
    /// Waves.
    pub waves: Vec<(&'a Wave, Vec<Finding>)>,
    /// Sprints.
    pub sprints: Vec<(&'a Sprint, Vec<Finding>)>,
    /// How many stories they have.
    pub stories: usize,
}

/// What a phase has done, and what is open.
#[must_use]
pub fn phase(
    parts: &Parts<'_>,
    recorded: &Standing,
    calendar: Option<&Calendar>,
    now: Timestamp,
) -> Vec<PhaseDemand> {
    let mut demands = [
        "every wave and sprint is implemented, has passed its gate, and has green checks",
        "evidence shows the acceptance criteria of every story",
        "runbooks are updated, or the evidence says why not",
        "every open critical risk has an owner and a mitigation",
        "every finished cycle is closed",
    ]
    .map(|title| PhaseDemand { title, findings: Vec::new() });
    let [implemented, shown, runbooks, risks, cycles] = &mut demands;
    let of_waves = parts.waves.iter().flat_map(|(_, found)| found);
    for finding in of_waves.chain(parts.sprints.iter().flat_map(|(_, found)| found)) {
        let file = finding.place.as_ref().and_then(|place| place.file.as_deref());
        // Where there is no evidence at all, nobody speaks of the runbook either.
        let whole = finding.code == Code::EvidenceMissing
            && file.is_some_and(|file| !file.ends_with(".md"));
        if whole {
            runbooks.findings.push(finding.clone());
        }
        let of = match finding.code {
            Code::RiskUnowned | Code::RiskOpen => &mut *risks,
            _ if file.is_some_and(|file| file.ends_with("/runbook.md")) => &mut *runbooks,
            code if code.name().starts_with("evidence-") => &mut *shown,
            _ => &mut *implemented,
        };
        of.findings.push(finding.clone());
    }
    implemented.findings.extend(undecided(parts, recorded, now));
    if parts.stories == 0 {
        let none = Finding::new(Code::PhaseOpen, "the phase has no story, so nothing is shown")
            .help("give its waves or sprints their stories in policy/backlog.toml");
        shown.findings.push(none.clone());
        runbooks.findings.push(none);
    }
    risks.findings.extend(recorded.unowned());
    cycles.findings = calendar.map_or_else(Vec::new, |it| unclosed(it, recorded, now));
    for demand in &mut demands {
        let mut seen = HashSet::new();
        demand.findings.retain(|finding| seen.insert(finding.message.clone()));
    }
    demands.into()
}

/// Why a cycle may not be closed on a day, when this many of the stories that it must finish
/// are done. It ends on its last working day; before, with the last of its stories.
#[must_use]
pub(crate) fn still_runs(
    calendar: &Calendar,
    cycle: &Cycle,
    (done, of): (usize, usize),
    day: Date,
) -> Option<Finding> {
    let (id, from) = (&cycle.id, cycle.window.from);
    let last = last_working_day(calendar, cycle.window);
    let help = format!("close it on {last}");
    let (message, help) = if day < from {
        (format!("today is {day}, and cycle {id} begins on {from}"), help)
    } else if day >= last || of > 0 && done == of {
        return None;
    } else if of == 0 {
        let message = format!("no story ends cycle {id} before its last working day, {last}");
        (message, format!("{help}, or give its waves their stories in policy/backlog.toml"))
    } else {
        (format!("today is {day}, and the last working day of cycle {id} is {last}"), help)
    };
    Some(Finding::new(Code::CycleRunning, message).help(help).at(cycle.place.clone()))
}

/// Cycles that are over and not closed.
#[must_use]
pub(crate) fn unclosed(calendar: &Calendar, recorded: &Standing, now: Timestamp) -> Vec<Finding> {
    let over = calendar.cycles.iter().filter(|it| end_of(calendar, it.window.to) <= now);
    let open = over.filter(|cycle| recorded.closed_cycle(&cycle.id).is_none());
    open.map(|cycle| {
        let message = format!("cycle {} ended on {} and is not closed", cycle.id, cycle.window.to);
        let help = format!("`cargo xtask cycle close {}` with `--met` or `--not-met`", cycle.id);
        Finding::new(Code::PhaseOpen, message).help(help)
    })
    .collect()
}

/// The gates that are not passed; a phase without any has nothing to hand over.
fn undecided(parts: &Parts<'_>, recorded: &Standing, now: Timestamp) -> Vec<Finding> {
    let mut found = Vec::new();
    let open = |message: String, help: String| Finding::new(Code::PhaseOpen, message).help(help);
    for (wave, _) in parts.waves.iter().filter(|(it, _)| !recorded.is_passed(&it.id, now)) {
        let message =
            format!("the gate of {} is not passed{}", wave.id, recorded.why_not(&wave.id));
        found.push(open(message, format!("`cargo xtask wave gate {} --execute`", wave.id)));
    }
    for (sprint, _) in
        parts.sprints.iter().filter(|(it, _)| !recorded.is_sprint_passed(&it.id, now))
    {
        let id = &sprint.id;
        let why = recorded.why_not(&format!("sprint {id}"));
        let message = format!("the gate of sprint {id} is not passed{why}");
        found.push(open(message, format!("`cargo xtask sprint gate {id} --execute`")));
    }
    if parts.waves.is_empty() && parts.sprints.is_empty() {
        found.push(open(
            "the phase has neither a wave nor a sprint, so there is nothing to hand over"
                .to_owned(),
            "write waves into policy/backlog.toml, or sprints into policy/calendar.toml".to_owned(),
        ));
    }
    found
}
