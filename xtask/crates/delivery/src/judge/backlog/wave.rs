//! The gate of a wave (P-7, Z-4, Z-6.3).

use std::collections::HashMap;

use jiff::Timestamp;

use super::state::{Board, Checks, State};
use thrice_findings::text::quoted;
use thrice_findings::{Code, Finding};
use thrice_ledger::decisions::{Alarm, Standing, unowned};
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
            let message =
                format!("{} is {}: {}", story.id, status.state.word(), status.why.join("; "));
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
    match facts.checks {
        Some(Checks::Green) => {}
        Some(Checks::Red) => findings.push(
            Finding::new(Code::WaveChecks, "the head of the default branch is red")
                .help("mend it by a pull request of its own"),
        ),
        Some(Checks::Open) => findings.push(
            Finding::new(
                Code::NotEstablishedCode,
                "not all required checks on the head of the default branch have ended",
            )
            .help("wait for them, then run the command again"),
        ),
        None => findings.push(
            Finding::new(
                Code::NotEstablishedCode,
                "whether the head of the default branch is green was not asked",
            )
            .help("run the command with `--on github`"),
        ),
    }
    findings.extend(wave.drills.iter().filter_map(|drill| unproven(drill, facts.recorded)));
    let of_wave: Vec<&str> =
        facts.backlog.stories_of(&wave.id).map(|story| story.id.as_str()).collect();
    let risks =
        facts.recorded.risks().into_iter().filter(|risk| bears_on(risk, &wave.id, &of_wave));
    findings.extend(risks.filter_map(unowned));
    findings
}

/// A risk of no wave and no story is everybody's.
fn bears_on(risk: &Alarm, wave: &str, stories: &[&str]) -> bool {
    let of_nobody = risk.wave.is_none() && risk.stories.is_empty();
    of_nobody
        || risk.wave.as_deref() == Some(wave)
        || risk.stories.iter().any(|story| stories.contains(&story.as_str()))
}

/// A drill that a gate demands has passed the last time that it was held.
fn unproven(name: &str, recorded: &Standing) -> Option<Finding> {
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
