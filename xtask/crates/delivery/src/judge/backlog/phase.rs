//! The definition of done of a phase (Z-9).

use std::collections::HashSet;

use jiff::Timestamp;

use super::wave::{WaveFacts, gate};
use thrice_findings::{Code, Finding, Severity};
use thrice_programme::calendar::days::end_of;
use thrice_programme::{Calendar, Wave};

/// Something that a phase must have done, and what is open of it.
#[derive(Clone, Debug)]
pub struct Demand {
    /// What it is.
    pub title: &'static str,
    /// What is open of it.
    pub findings: Vec<Finding>,
}

impl Demand {
    /// Whether nothing of it is open.
    #[must_use]
    pub(crate) fn is_met(&self) -> bool {
        !self.findings.iter().any(|finding| finding.severity == Severity::Refuse)
    }
}

/// What a phase of some waves has done, and what is open.
#[must_use]
pub fn phase(
    waves: &[&Wave],
    facts: &WaveFacts<'_>,
    calendar: Option<&Calendar>,
    now: Timestamp,
) -> Vec<Demand> {
    let mut demands = [
        "every wave is implemented, its gate passed, the required checks green",
        "the acceptance criteria of all its stories are shown",
        "runbooks are changed, or it is said why not",
        "critical risks that stay have an owner and a mitigation",
        "cycles that are over are closed",
    ]
    .map(|title| Demand { title, findings: Vec::new() });
    let [implemented, shown, runbooks, risks, cycles] = &mut demands;
    for wave in waves {
        for finding in gate(wave, facts) {
            let file = finding.place.as_ref().and_then(|place| place.file.as_deref());
            // Where there is no evidence at all, nobody speaks of the runbook either.
            let whole = finding.code == Code::EvidenceMissing
                && file.is_some_and(|file| !file.ends_with(".md"));
            if whole {
                runbooks.findings.push(finding.clone());
            }
            let of = match finding.code {
                Code::RiskUnowned => &mut *risks,
                _ if file.is_some_and(|file| file.ends_with("/runbook.md")) => &mut *runbooks,
                code if code.name().starts_with("evidence-") => &mut *shown,
                _ => &mut *implemented,
            };
            of.findings.push(finding);
        }
        if !facts.recorded.is_passed(&wave.id, now) {
            let why = facts.recorded.why_not(&wave.id);
            let message = format!("the gate of {} is not passed{why}", wave.id);
            let help = format!("`cargo xtask wave gate {} --on github --execute`", wave.id);
            implemented.findings.push(Finding::new(Code::PhaseOpen, message).help(help));
        }
    }
    if waves.is_empty() {
        implemented.findings.push(
            Finding::new(Code::PhaseOpen, "the phase has no wave")
                .help("a phase of nothing has done nothing: give policy/backlog.toml its waves"),
        );
    }
    risks.findings.extend(facts.recorded.unowned());
    let over = calendar.into_iter().flat_map(|calendar| {
        calendar.cycles.iter().filter(move |it| end_of(calendar, it.window.to) <= now)
    });
    let closed = |id: &str| facts.recorded.closed_cycle(id).is_some();
    for cycle in over.filter(|cycle| !closed(&cycle.id)) {
        let message =
            format!("cycle {} is over since {}, and not closed", cycle.id, cycle.window.to);
        let help = format!("`cargo xtask cycle close {}` with `--met` or `--not-met`", cycle.id);
        cycles.findings.push(Finding::new(Code::PhaseOpen, message).help(help));
    }
    for demand in &mut demands {
        let mut seen = HashSet::new();
        let said = |it: &Finding| (it.code.name(), it.message.clone(), format!("{:?}", it.place));
        demand.findings.retain(|finding| seen.insert(said(finding)));
    }
    demands.into()
}
