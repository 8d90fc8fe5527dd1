//! The gate of a wave (P-7, Z-4, Z-6.3).

use std::collections::HashMap;

use jiff::Timestamp;

use super::state::{Board, Checks, State};
use thrice_findings::text::quoted;
use thrice_findings::{Code, Finding};
use thrice_ledger::decisions::{Alarm, Severity, Standing, unowned};
use thrice_programme::calendar::Sprint;
use thrice_programme::risk::RiskSeverity;
use thrice_programme::{Backlog, Wave};

/// What the gate of a wave sees.
pub struct WaveFacts<'a> {
    /// The backlog.
    pub backlog: &'a Backlog,
    /// The states of all stories.
    pub board: &'a Board,
    /// What the ledger says.
    pub recorded: &'a Standing,
    /// What the evidence of each story lacks; a story that is not here was not looked at.
    pub evidence: &'a HashMap<String, Vec<Finding>>,
    /// The required checks on the head of the default branch; none where nobody asked.
    pub checks: Option<Checks>,
}

/// Whether a wave is open.
///
/// # Errors
/// The wave whose gate is not passed.
pub fn is_open<'w>(wave: &'w Wave, recorded: &Standing, now: Timestamp) -> Result<(), &'w str> {
    match &wave.after {
        Some(before) if !recorded.is_passed(&before.value, now) => Err(&before.value),
        _ => Ok(()),
    }
}

/// What the gate of a wave still wants.
#[must_use]
pub fn gate(wave: &Wave, facts: &WaveFacts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let stories = facts.backlog.stories.iter().zip(&facts.board.statuses);
    let mut count = 0_usize;
    for (story, status) in stories.filter(|(it, _)| it.wave.as_deref() == Some(&wave.id)) {
        count += 1;
        if status.state != State::Merged {
            let message = format!("{} is {}: {}", story.id, status.label(), status.why.join("; "));
            findings.push(
                Finding::new(Code::WaveStory, message)
                    .help("merge it, or move it to another wave by a reviewed patch"),
            );
        }
        match facts.evidence.get(&story.id) {
            Some(lacks) => findings.extend(lacks.iter().cloned()),
            None => findings.push(
                Finding::new(
                    Code::NotEstablishedCode,
                    format!("the evidence of {} was not looked at", story.id),
                )
                .help("`cargo xtask evidence check` looks at it"),
            ),
        }
    }
    if count == 0 {
        findings.push(
            Finding::new(Code::WaveStory, format!("{} has no story", wave.id))
                .help("a gate of nothing proves nothing: give it stories, or take it out"),
        );
    }
    findings.extend(not_green(facts.checks));
    findings.extend(wave.drills.iter().filter_map(|drill| unproven(drill, facts.recorded)));
    let of_wave: Vec<&str> =
        facts.backlog.stories_of(&wave.id).map(|story| story.id.as_str()).collect();
    let risks =
        facts.recorded.risks().into_iter().filter(|risk| bears_on(risk, &wave.id, &of_wave));
    findings.extend(risks.filter_map(unowned));
    findings
}

/// Why a gate is not passed while the head of the default branch is not green.
#[must_use]
pub(crate) fn not_green(checks: Option<Checks>) -> Option<Finding> {
    let (code, message, help) = match checks {
        Some(Checks::Green) => return None,
        Some(Checks::Red) => (
            Code::WaveChecks,
            "the head of the default branch is red",
            "fix it by a pull request of its own",
        ),
        Some(Checks::Open) => (
            Code::NotEstablishedCode,
            "not all required checks on the head of the default branch have ended",
            "wait for them, then run the command again",
        ),
        None => (
            Code::NotEstablishedCode,
            "whether the head of the default branch is green was not asked",
            "run the command with `--on github`",
        ),
    };
    Some(Finding::new(code, message).help(help))
}

/// What stands against the gate of a sprint beside its evidence and its checklists: stories
/// that are not merged, drills, open critical risks, and the gate that it comes after.
#[must_use]
pub(crate) fn sprint_gate(sprint: &Sprint, facts: &WaveFacts<'_>, now: Timestamp) -> Vec<Finding> {
    let mut findings = Vec::new();
    let ids = facts.backlog.stories_of_sprint(&sprint.id);
    for id in &ids {
        let status = facts.board.of_story(facts.backlog, id);
        if let Some(status) = status.filter(|status| status.state != State::Merged) {
            let message = format!("{id} is {}: {}", status.label(), status.why.join("; "));
            findings.push(
                Finding::new(Code::WaveStory, message)
                    .help("merge it, or move it to another sprint by a reviewed patch"),
            );
        }
    }
    if let Some(before) = &sprint.after
        && !facts.recorded.is_sprint_passed(before, now)
    {
        let message = format!("the gate of sprint {before} is not passed");
        findings.push(
            Finding::new(Code::WaveClosed, message)
                .help(format!("`cargo xtask sprint gate {before} --on github --execute`")),
        );
    }
    findings.extend(sprint.drills.iter().filter_map(|drill| unproven(drill, facts.recorded)));
    findings.extend(open_critical(facts.recorded, &ids));
    findings
}

/// Critical risks that are open and bear on some stories; those without an owner or a
/// mitigation are reported as such already.
#[must_use]
pub(crate) fn open_critical(recorded: &Standing, stories: &[String]) -> Vec<Finding> {
    let stories: Vec<&str> = stories.iter().map(String::as_str).collect();
    let critical = Severity::Risk(RiskSeverity::Critical);
    let open = recorded.risks().into_iter().filter(|risk| {
        risk.is_open()
            && unowned(risk).is_none()
            && risk.severity == critical
            && (risk.wave.is_some() || bears_on(risk, "", &stories))
    });
    open.map(|risk| {
        let message = format!("the critical risk {} is open: {}", quoted(&risk.id), risk.title);
        Finding::new(Code::RiskOpen, message)
            .help(format!("`cargo xtask risk update {} --mitigated` when that is so", risk.id))
    })
    .collect()
}

/// A risk of no wave and no story is everybody's.
pub(super) fn bears_on(risk: &Alarm, wave: &str, stories: &[&str]) -> bool {
    let of_nobody = risk.wave.is_none() && risk.stories.is_empty();
    of_nobody
        || risk.wave.as_deref() == Some(wave)
        || risk.stories.iter().any(|story| stories.contains(&story.as_str()))
}

/// A drill that a gate demands has passed the last time that it was held.
#[must_use]
pub(crate) fn unproven(name: &str, recorded: &Standing) -> Option<Finding> {
    let message = match recorded.drill(name) {
        Some(drill) if drill.passed => return None,
        Some(drill) => format!("the drill {} failed at {}", quoted(name), drill.at),
        None => format!("no drill {} is recorded", quoted(name)),
    };
    let message = format!("{message}{}", recorded.why_not(name));
    Some(
        Finding::new(Code::WaveDrill, message)
            .help("hold it, and have it recorded in the ledger that it passed"),
    )
}
