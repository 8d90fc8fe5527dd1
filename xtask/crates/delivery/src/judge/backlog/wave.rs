//! The gate of a wave (P-7, Z-4, Z-6.3).

use std::collections::HashMap;

use jiff::Timestamp;

use super::state::{Board, Checks, Status, StoryState};
use thrice_findings::text::quoted;
use thrice_findings::{Code, Finding, Severity as Refused, Verdict, verdict};
use thrice_ledger::decisions::{Alarm, Severity, Standing, unowned};
use thrice_programme::calendar::Sprint;
use thrice_programme::risk::RiskSeverity;
use thrice_programme::{Backlog, Story, Wave};
use thrice_report::text::counted;

/// What is known of the head of the default branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Head {
    /// What the required checks say, or without a server the newest review of it here.
    Known(Checks),
    /// The server was not asked.
    Unasked,
    /// The server was asked, and did not say.
    Unanswered,
    /// There is no server, and this clone has no review of it.
    Unreviewed {
        /// It, as people name it: `main at 0123456789ab`.
        shown: String,
        /// What leads to a review of it, as a line to type.
        next: String,
    },
}

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
    /// The head of the default branch.
    pub head: &'a Head,
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
        findings.extend(unfinished(story, status, "wave"));
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
                .help("give it stories, or remove it: an empty gate proves nothing"),
        );
    }
    findings.extend(not_green(facts.head));
    findings.extend(wave.drills.iter().filter_map(|drill| unproven(drill, facts.recorded)));
    let of_wave: Vec<&str> =
        facts.backlog.stories_of(&wave.id).map(|story| story.id.as_str()).collect();
    let risks =
        facts.recorded.risks().into_iter().filter(|risk| bears_on(risk, &wave.id, &of_wave));
    findings.extend(risks.filter_map(unowned));
    findings
}

/// That a story is not merged which a gate wants; `of` says what the gate is of.
fn unfinished(story: &Story, status: &Status, of: &str) -> Option<Finding> {
    let (id, title) = (&story.id, &story.title);
    let message = format!("{id} ({title}) is {}; {}", status.label(), status.why.join("; "));
    let help = format!("merge it, or move it to another {of} by a reviewed patch");
    let finding = Finding::new(Code::WaveStory, message).help(help);
    (status.state != StoryState::Merged).then_some(finding)
}

/// Why a gate is not passed while the head of the default branch is not green.
#[must_use]
pub(crate) fn not_green(head: &Head) -> Option<Finding> {
    let unknown = "whether the head of the default branch is green";
    let (code, message, help) = match head {
        Head::Known(Checks::Green) => return None,
        Head::Known(Checks::Red) => (
            Code::WaveChecks,
            "the head of the default branch is red".to_owned(),
            "fix it by a pull request of its own".to_owned(),
        ),
        Head::Known(Checks::Open) => (
            Code::NotEstablishedCode,
            "not all required checks on the head of the default branch have ended".to_owned(),
            "wait for them, then run the command again".to_owned(),
        ),
        Head::Unasked => (
            Code::NotEstablishedCode,
            format!("nobody checked {unknown}"),
            "run the command with `--on github`".to_owned(),
        ),
        Head::Unanswered => (
            Code::NotEstablishedCode,
            format!("GitHub did not say {unknown}"),
            "run the command again when GitHub answers".to_owned(),
        ),
        Head::Unreviewed { shown, next } => (
            Code::NotEstablishedCode,
            format!("it is unknown {unknown}: this clone has no review of {shown}"),
            format!("`{next}`, then run the command again"),
        ),
    };
    Some(Finding::new(code, message).help(help))
}

/// What stands against a gate, each thing once.
#[must_use]
pub fn missing(findings: &[Finding]) -> Vec<&Finding> {
    let mut missing: Vec<&Finding> = Vec::new();
    for finding in findings.iter().filter(|it| it.severity == Refused::Refuse) {
        if !missing.iter().any(|known| known.message == finding.message) {
            missing.push(finding);
        }
    }
    missing
}

/// The first line of the answer of a gate; `is_recorded` says whether that is now recorded.
#[must_use]
pub(crate) fn first_line(gate: &str, findings: &[Finding], is_recorded: bool) -> String {
    let missing = missing(findings);
    match verdict(findings) {
        Verdict::Pass if is_recorded => format!("{gate} is passed"),
        Verdict::Pass => format!("{gate} may be passed"),
        Verdict::NotEstablished => format!("{gate} can't be decided now"),
        _ => format!("{gate} is not passed: {} missing", counted(missing.len(), "thing")),
    }
}

/// What stands against the gate of a sprint beside its evidence and its checklists: stories
/// that are not merged, drills, open critical risks, and the gate that it comes after.
#[must_use]
pub(crate) fn sprint_gate(sprint: &Sprint, facts: &WaveFacts<'_>, now: Timestamp) -> Vec<Finding> {
    let mut findings = Vec::new();
    let ids = facts.backlog.stories_of_sprint(&sprint.id);
    for id in &ids {
        let status = facts.board.of_story(facts.backlog, id);
        let story = facts.backlog.story(id).zip(status);
        findings.extend(story.and_then(|(story, status)| unfinished(story, status, "sprint")));
    }
    if let Some(before) = &sprint.after
        && !facts.recorded.is_sprint_passed(before, now)
    {
        let message = format!("the gate of sprint {before} is not passed");
        findings.push(
            Finding::new(Code::WaveClosed, message)
                .help(format!("`cargo xtask sprint gate {before} --execute`")),
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
    Some(Finding::new(Code::WaveDrill, message).help(format!(
        "hold it, then record that it passed: `cargo xtask drill record {name} --pass`"
    )))
}
