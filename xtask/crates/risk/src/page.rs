//! The screen that on-call looks at: each clock that runs or was violated, what is due
//! when, and who is asked.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::judge::clocks::triggers::Answer;
use crate::judge::clocks::{Clock, ClockState, Holder, OpenAlarm};
use thrice_ledger::decisions::Standing;
use thrice_ledger::decisions::freeze::Freeze;
use thrice_programme::risk::Trigger;
use thrice_report::table::Table;
use thrice_report::text::{counted, duration, safe};

/// A moment in a zone, such as `2026-02-13 12:05:00 -03`.
#[must_use]
pub(crate) fn moment(time: Timestamp, zone: &TimeZone) -> String {
    time.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S %Z").to_string()
}

/// Who is asked: roles, each with who holds it.
#[must_use]
pub fn holders(asked: &[Holder]) -> String {
    let holder = |holder: &Holder| match holder.names.is_empty() {
        true => format!("{} (nobody)", safe(&holder.role)),
        false => format!("{} ({})", safe(&holder.role), safe(&holder.names.join(" "))),
    };
    let all: Vec<String> = asked.iter().map(holder).collect();
    if all.is_empty() { "nobody".to_owned() } else { all.join(", ") }
}

/// What is left until a moment, or how long it is over.
#[must_use]
pub fn left(clock: &Clock, now: Timestamp) -> String {
    let Some(due) = clock.due else { return "unknown".to_owned() };
    let until = clock.stopped.as_ref().map_or(now, |stop| stop.at);
    let seconds = due.duration_since(until).as_secs();
    let word = match (seconds < 0, clock.stopped.is_some()) {
        (false, true) => return "in time".to_owned(),
        (false, false) => "left",
        (true, false) => "over",
        (true, true) => "late",
    };
    format!("{} {word}", duration(seconds.unsigned_abs()))
}

/// What the screen says first.
#[must_use]
pub(crate) fn headline(
    (lines, now): (&[OpenAlarm<'_>], Timestamp),
    (answers, in_hand): (&[(&Trigger, Answer)], usize),
    (freezes, ending): (&[Freeze<'_>], &[String]),
) -> String {
    let of = |state: ClockState| {
        let clocks = lines.iter().flat_map(|line| &line.clocks);
        clocks.filter(|clock| clock.state(now) == state).count()
    };
    let fired = answers.iter().filter(|(_, answer)| matches!(answer, Answer::Fired(..))).count();
    let fired = fired.saturating_sub(in_hand);
    let unseen = answers.iter().filter(|(_, answer)| matches!(answer, Answer::Unknown(_))).count();
    let mut parts = Vec::new();
    if !freezes.is_empty() {
        let ids: Vec<String> = freezes.iter().map(|freeze| safe(freeze.id)).collect();
        parts.push(format!("merges frozen by {}", ids.join(", ")));
    }
    if !ending.is_empty() {
        parts.push(format!("the end of {} not in effect yet", ending.join(", ")));
    }
    if of(ClockState::Violated) > 0 {
        parts.push(format!("{} violated", counted(of(ClockState::Violated), "window")));
    }
    if fired > 0 {
        parts.push(format!("{} fired", counted(fired, "trigger")));
    }
    if in_hand > 0 {
        parts.push(format!("{} in hand", counted(in_hand, "trigger")));
    }
    if of(ClockState::Violated) == 0 {
        parts.push("no window violated".to_owned());
    }
    parts.push(format!("{} running", of(ClockState::Running)));
    parts.push(format!("{} open", counted(lines.len(), "matter")));
    for (count, what) in [(unseen, "trigger"), (of(ClockState::Unknown), "clock")] {
        if count > 0 {
            parts.push(format!("{} not established", counted(count, what)));
        }
    }
    format!("sla: {}", parts.join(", "))
}

/// The table of clocks: those that run or were violated, the most pressing first.
#[must_use]
pub(crate) fn table(lines: &[OpenAlarm<'_>], zone: &TimeZone, now: Timestamp) -> String {
    let mut table = Table::new([
        "what",
        "title",
        "severity",
        "clock",
        "",
        "due",
        "owner",
        "level",
        "escalated to",
    ]);
    let mut rows = 0;
    for line in lines {
        let shown = line.clocks.iter().filter(|clock| clock.state(now) != ClockState::Met);
        let mut row = |step: &str, left: String, due: String| {
            rows += 1;
            table.row([
                safe(&line.alarm.id),
                safe(&short_title(&line.alarm.title)),
                line.alarm.severity.word().to_owned(),
                step.to_owned(),
                left,
                due,
                safe(line.alarm.owner.as_deref().unwrap_or("nobody")),
                line.level.to_string(),
                holders(&line.asked),
            ]);
        };
        for clock in shown {
            let due = clock.due.map(|due| due.to_zoned(zone.clone()));
            let due = due.map(|due| due.strftime("%m-%d %H:%M:%S").to_string());
            row(clock.step.word(), left(clock, now), due.unwrap_or_default());
        }
        if !line.alarm.is_open() {
            row("close", "none; merges frozen".to_owned(), String::new());
        }
    }
    let now = format!("it is {}\n\n", moment(now, zone));
    if rows == 0 { now } else { format!("{}{now}", table.text()) }
}

/// A title as far as a column has room for it.
fn short_title(title: &str) -> String {
    match title.char_indices().nth(TITLE) {
        Some((at, _)) => format!("{}…", title.get(..at).unwrap_or_default().trim_end()),
        None => title.to_owned(),
    }
}

/// The longest title that a column shows, in characters.
const TITLE: usize = 40;

/// The triggers, each with what was seen.
#[must_use]
pub(crate) fn triggers(answers: &[(&Trigger, Answer)], standing: &Standing) -> String {
    if answers.is_empty() {
        return String::new();
    }
    let mut table = Table::new(["trigger", "state", "what was seen"]);
    for (trigger, answer) in answers {
        let (word, said) = match answer {
            Answer::Quiet(said) => ("quiet", said),
            Answer::Fired(said, key) if standing.in_hand(&trigger.id, key).is_some() => {
                ("in hand", said)
            }
            Answer::Fired(said, _) => ("fired", said),
            Answer::Unknown(said) => ("not established", said),
        };
        table.row([safe(&trigger.id), word.to_owned(), safe(said)]);
    }
    format!("{}\n", table.text())
}
