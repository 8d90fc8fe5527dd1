//! The screen that on-call looks at: each clock that runs or was violated, what is due
//! when, and who is asked.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::judge::clocks::triggers::Answer;
use crate::judge::clocks::{Clock, Holder, Line, State};
use thrice_programme::risk::Trigger;
use thrice_report::table::Table;
use thrice_report::text::{counted, safe};

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

/// How long, in the two largest units: `3 d 4 h`, `12 min 05 s`.
#[must_use]
pub fn length(seconds: u64) -> String {
    let (days, hours) = (seconds / 86_400, seconds / 3_600 % 24);
    let (minutes, seconds) = (seconds / 60 % 60, seconds % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min {seconds:02} s"),
        (0, _, _) => format!("{hours} h {minutes:02} min"),
        _ => format!("{days} d {hours} h"),
    }
}

/// What is left until a moment, or how long it is over.
#[must_use]
pub fn left(clock: &Clock, now: Timestamp) -> String {
    let Some(due) = clock.due else { return "unknown".to_owned() };
    let until = clock.stopped.as_ref().map_or(now, |stop| stop.at);
    let seconds = due.duration_since(until).as_secs();
    let word = match (seconds < 0, clock.stopped.is_some()) {
        (false, _) => "left",
        (true, false) => "over",
        (true, true) => "late",
    };
    format!("{} {word}", length(seconds.unsigned_abs()))
}

/// What the screen says first.
#[must_use]
pub(crate) fn headline(
    lines: &[Line<'_>],
    answers: &[(&Trigger, Answer)],
    now: Timestamp,
) -> String {
    let of = |state: State| {
        let clocks = lines.iter().flat_map(|line| &line.clocks);
        clocks.filter(|clock| clock.state(now) == state).count()
    };
    let fired = answers.iter().filter(|(_, answer)| matches!(answer, Answer::Fired(..))).count();
    let unseen = answers.iter().filter(|(_, answer)| matches!(answer, Answer::Unknown(_))).count();
    let unseen = unseen + of(State::Unknown);
    let mut parts = Vec::new();
    if of(State::Violated) > 0 {
        parts.push(format!("{} violated", counted(of(State::Violated), "window")));
    }
    if fired > 0 {
        parts.push(format!("{} fired", counted(fired, "trigger")));
    }
    if parts.is_empty() {
        parts.push("all within".to_owned());
    }
    if unseen > 0 {
        parts.push(format!("{unseen} not established"));
    }
    let open = counted(lines.len(), "matter");
    format!("sla: {}, {} running, {open} open", parts.join(", "), of(State::Running))
}

/// The table of clocks: those that run or were violated, the most pressing first.
#[must_use]
pub(crate) fn table(lines: &[Line<'_>], zone: &TimeZone, now: Timestamp) -> String {
    let mut table = Table::new(["what", "severity", "clock", "", "due", "level", "asked now"]);
    let mut rows = 0;
    for line in lines {
        let shown = line.clocks.iter().filter(|clock| clock.state(now) != State::Met);
        for clock in shown {
            rows += 1;
            table.row([
                safe(&line.alarm.id),
                line.alarm.severity.word().to_owned(),
                clock.step.word().to_owned(),
                left(clock, now),
                clock.due.map_or_else(String::new, |due| {
                    due.to_zoned(zone.clone()).strftime("%m-%d %H:%M:%S").to_string()
                }),
                line.level.to_string(),
                holders(&line.asked),
            ]);
        }
    }
    let now = format!("it is {}\n\n", moment(now, zone));
    if rows == 0 { now } else { format!("{}{now}", table.text()) }
}

/// The triggers, each with what was seen.
#[must_use]
pub(crate) fn triggers(answers: &[(&Trigger, Answer)]) -> String {
    if answers.is_empty() {
        return String::new();
    }
    let mut table = Table::new(["trigger", "state", "what was seen"]);
    for (trigger, answer) in answers {
        let (word, said) = match answer {
            Answer::Quiet(said) => ("quiet", said),
            Answer::Fired(said, _) => ("fired", said),
            Answer::Unknown(said) => ("not established", said),
        };
        table.row([safe(&trigger.id), word.to_owned(), safe(said)]);
    }
    format!("{}\n", table.text())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_read_well() {
        let shown = [0, 59, 65, 3_600, 7_325, 86_400, 273_600].map(length);
        assert_eq!(
            shown,
            ["0 s", "59 s", "1 min 05 s", "1 h 00 min", "2 h 02 min", "1 d 0 h", "3 d 4 h"]
        );
    }
}
