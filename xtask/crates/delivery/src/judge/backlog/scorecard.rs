//! The scorecard of a wave and of a cycle: each thing that its end asks for, and how it stands
//! (P-3, P-7, Z-4, Z-6.3).

use jiff::Timestamp;

use super::phase::still_runs;
use super::state::StoryState;
use super::wave::{Head, WaveFacts, bears_on, not_green, unproven};
use thrice_findings::{Answer, Code, Finding, Severity, Verdict, verdict};
use thrice_ledger::decisions::{Alarm, AlarmKind, Severity as Weight, Standing, unowned};
use thrice_programme::calendar::Cycle;
use thrice_programme::calendar::days::today;
use thrice_programme::risk::RiskSeverity;
use thrice_programme::{Backlog, Calendar, Wave};

/// The scorecard of a wave.
#[must_use]
pub(crate) fn of_wave(wave: &Wave, facts: &WaveFacts<'_>, now: Timestamp) -> Vec<Answer> {
    let own: Vec<_> = facts.backlog.stories_of(&wave.id).collect();
    let status = |id: &str| facts.board.of_story(facts.backlog, id);
    let merged =
        own.iter().filter(|it| status(&it.id).is_some_and(|it| it.state == StoryState::Merged));
    let looked: Vec<_> = own.iter().filter_map(|it| facts.evidence.get(&it.id)).collect();
    let whole = looked.iter().filter(|lacks| is_whole(lacks)).count();
    let is_late = |lacks: &&&Vec<Finding>| lacks.iter().any(|it| it.code == Code::EvidenceLate);
    let late = looked.iter().filter(is_late).count();
    let evidence = match looked.len() == own.len() {
        true => {
            let mut answer = counted("evidence is complete", whole, own.len());
            if late > 0 {
                answer.why.push_str(&format!(", {late} late"));
            }
            answer
        }
        false => Answer::not_established("evidence is complete", "it was not looked at"),
    };
    let demand = "the head of the default branch is green";
    let head = match not_green(facts.head) {
        None => Answer::proven(demand, "it is"),
        Some(finding) => {
            let answer = verdict(std::slice::from_ref(&finding));
            let why = match facts.head {
                Head::Unreviewed { shown, .. } => format!("no review of {shown} is here"),
                _ => finding.message,
            };
            Answer::new(demand, answer, why)
        }
    };
    let ids: Vec<&str> = own.iter().map(|story| story.id.as_str()).collect();
    let risks = facts.recorded.risks().into_iter();
    let risks: Vec<&Alarm> = risks.filter(|risk| bears_on(risk, &wave.id, &ids)).collect();
    let mut card = vec![counted("stories are merged", merged.count(), own.len()), evidence, head];
    card.push(answered(&risks));
    let is_under_way = |id: &str| status(id).is_some_and(super::Status::is_under_way);
    card.push(in_progress((wave, wave.limit), facts.backlog, &is_under_way));
    card.extend(wave.drills.iter().map(|drill| of_drill(drill, facts.recorded)));
    let passed = gate(&wave.id, facts.recorded, now);
    card.extend(wave.condition.iter().map(|it| signed(it, passed.verdict, "at the gate")));
    card.push(passed);
    card
}

/// What the scorecard of a cycle is made of.
pub(crate) struct CycleFacts<'a> {
    /// The calendar, and its cycle.
    pub(crate) of: (&'a Calendar, &'a Cycle),
    /// Its waves and stories; none where nothing says which they are.
    pub(crate) backlog: Option<&'a Backlog>,
    /// Of the stories that it must finish, how many are done, and how many there are.
    pub(crate) done: (usize, usize),
    /// Whether a story is under way.
    pub(crate) is_under_way: &'a dyn Fn(&str) -> bool,
    /// What the ledger says.
    pub(crate) recorded: &'a Standing,
    /// The time now.
    pub(crate) now: Timestamp,
}

/// The scorecard of a cycle.
#[must_use]
pub(crate) fn of_cycle(facts: &CycleFacts<'_>) -> Vec<Answer> {
    let CycleFacts { of: (calendar, cycle), recorded, now, .. } = facts;
    let finished = "stories that it must finish are done";
    let mut card = vec![match facts.backlog {
        Some(_) => counted(finished, facts.done.0, facts.done.1),
        None => Answer::not_established(finished, "nothing says which they are"),
    }];
    card.extend(cycle.closes.iter().map(|wave| gate(wave, recorded, *now)));
    card.extend(cycle.drills.iter().map(|drill| of_drill(drill, recorded)));
    let risks = recorded.risks();
    card.push(answered(&risks));
    let critical = Weight::Risk(RiskSeverity::Critical);
    let open = risks.iter().filter(|risk| risk.severity == critical && risk.is_open());
    card.push(none_of("no critical risk is open", open.map(|risk| risk.id.as_str())));
    let incidents = recorded.of_kind(AlarmKind::Incident).filter(|it| it.over.is_none());
    card.push(none_of("no incident is open", incidents.map(|it| it.id.as_str())));
    if let Some(backlog) = facts.backlog {
        let waves = cycle.scope.iter().filter_map(|wave| backlog.wave(wave));
        let limit = |wave: &Wave| wave.limit.min(backlog.cycle_limit);
        let limited = waves.map(|wave| (wave, limit(wave)));
        card.extend(limited.map(|wave| in_progress(wave, backlog, facts.is_under_way)));
    }
    let closed = match recorded.closed_cycle(&cycle.id) {
        Some(close) if close.is_met() => Answer::proven("closed as met", "it is"),
        Some(_) => Answer::disproven("closed as met", "closed as not met"),
        None => {
            let early = still_runs(calendar, cycle, facts.done, today(calendar, *now));
            let why = early.map_or("nobody decided yet".to_owned(), |it| it.message);
            Answer::not_established("closed as met", why)
        }
    };
    card.extend(cycle.exit.iter().map(|it| signed(it, closed.verdict, "at the end")));
    card.push(closed);
    card
}

fn is_whole(lacks: &[Finding]) -> bool {
    !lacks.iter().any(|finding| finding.severity == Severity::Refuse)
}

fn counted(demand: &str, count: usize, of: usize) -> Answer {
    let verdict = if count == of && of > 0 { Verdict::Pass } else { Verdict::Fail };
    Answer::new(demand, verdict, format!("{count} of {of}"))
}

fn none_of<'a>(demand: &str, open: impl Iterator<Item = &'a str>) -> Answer {
    let open: Vec<&str> = open.collect();
    match open.as_slice() {
        [] => Answer::proven(demand, "none is"),
        open => Answer::disproven(demand, open.join(", ")),
    }
}

fn answered(risks: &[&Alarm]) -> Answer {
    let open = risks.iter().filter(|risk| unowned(risk).is_some()).map(|risk| risk.id.as_str());
    none_of("no critical risk is without owner or mitigation", open)
}

fn in_progress(
    (wave, limit): (&Wave, u64),
    backlog: &Backlog,
    is_under_way: &dyn Fn(&str) -> bool,
) -> Answer {
    let count = backlog.stories_of(&wave.id).filter(|story| is_under_way(&story.id)).count();
    let within = u64::try_from(count).is_ok_and(|count| count <= limit);
    let verdict = if within { Verdict::Pass } else { Verdict::Fail };
    Answer::new(
        format!("WIP of {} is within its limit", wave.id),
        verdict,
        format!("{count} of {limit}"),
    )
}

fn of_drill(name: &str, recorded: &Standing) -> Answer {
    let demand = format!("drill `{name}` passed");
    match unproven(name, recorded) {
        None => Answer::proven(demand, "it did"),
        Some(finding) => Answer::disproven(demand, finding.message),
    }
}

fn gate(wave: &str, recorded: &Standing, now: Timestamp) -> Answer {
    let demand = format!("gate of {wave} is passed");
    let by = recorded.gate(wave).map(|gate| format!("{}, by {}", gate.id, gate.actor));
    match (recorded.is_passed(wave, now), by) {
        (true, by) => Answer::proven(demand, by.unwrap_or_default()),
        (false, Some(by)) => Answer::disproven(demand, by),
        (false, None) => Answer::not_established(demand, "nobody decided yet"),
    }
}

/// A criterion that people sign for by their decision.
fn signed(criterion: &str, decided: Verdict, when: &str) -> Answer {
    let why = match decided {
        Verdict::Pass => format!("signed for {when}"),
        Verdict::Fail => format!("not signed for {when}"),
        _ => format!("to be signed for {when}"),
    };
    Answer::new(criterion, decided, why)
}
