//! Days, deadlines and windows, in the zone of the calendar; pure, the time now is given
//! (P-3, S-1).

pub mod checklist;
pub mod freeze;
pub mod icalendar;

#[cfg(test)]
mod tests;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan, Zoned};

use crate::checks::recorded::Recorded;
use crate::policy::Calendar;
use crate::policy::calendar::{Cycle, Rite, Sprint, Window};

/// Where a day is in a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Before its first day; how many days before.
    Before(i32),
    /// Within; the number of working days that have begun, so that the first is 1.
    Within(usize),
    /// After its last day.
    After,
}

/// A rite on one day.
#[derive(Clone, Debug)]
pub struct Meeting<'a> {
    /// The rite.
    pub rite: &'a Rite,
    /// When it begins.
    pub begins: Zoned,
    /// When it ends.
    pub ends: Zoned,
}

/// The day that it is in the zone of the calendar.
#[must_use]
pub fn today(calendar: &Calendar, now: Timestamp) -> Date {
    now.to_zoned(calendar.zone.clone()).date()
}

/// The moment at which a day begins. Where a change of the clock takes midnight away, it
/// is the first moment that there is.
#[must_use]
pub fn begin_of(calendar: &Calendar, day: Date) -> Timestamp {
    let zoned = day.to_zoned(calendar.zone.clone());
    zoned.map_or(Timestamp::MAX, |zoned| zoned.timestamp())
}

/// The moment at which a day is over, which is the next day's first.
#[must_use]
pub fn end_of(calendar: &Calendar, day: Date) -> Timestamp {
    day.tomorrow().map_or(Timestamp::MAX, |next| begin_of(calendar, next))
}

/// Where the present day is in a window.
#[must_use]
pub fn phase(calendar: &Calendar, window: Window, now: Timestamp) -> Phase {
    let today = today(calendar, now);
    if today < window.from {
        return Phase::Before((window.from - today).get_days());
    }
    if today > window.to {
        return Phase::After;
    }
    let begun = calendar.working(window).into_iter().filter(|day| *day <= today);
    Phase::Within(begun.count())
}

/// The cycle in which the present day is.
#[must_use]
pub fn current_cycle(calendar: &Calendar, now: Timestamp) -> Option<&Cycle> {
    let today = today(calendar, now);
    calendar.cycles.iter().find(|cycle| cycle.window.holds(today))
}

/// The cycle that comes after another.
#[must_use]
pub fn next_cycle<'c>(calendar: &'c Calendar, cycle: &Cycle) -> Option<&'c Cycle> {
    calendar.cycles.iter().find(|next| next.window.from > cycle.window.to)
}

/// Stories that the cycle before another left open, as its closing entry says: they are
/// the other's (P-7.1).
#[must_use]
pub fn carried<'r>(calendar: &Calendar, cycle: &Cycle, recorded: &'r Recorded) -> &'r [String] {
    let before = calendar.cycles.iter().rev().find(|it| it.window.to < cycle.window.from);
    let closed =
        before.and_then(|it| recorded.closed.iter().rev().find(|closed| closed.cycle == it.id));
    closed.map_or(&[], |closed| closed.open.as_slice())
}

/// The sprint in which the present day is.
#[must_use]
pub fn current_sprint(calendar: &Calendar, now: Timestamp) -> Option<&Sprint> {
    let today = today(calendar, now);
    calendar.sprints.iter().find(|sprint| sprint.window.holds(today))
}

/// A working day of a window, the first of which is day 1.
#[must_use]
pub fn working_day(calendar: &Calendar, window: Window, number: u64) -> Option<Date> {
    let index = usize::try_from(number.checked_sub(1)?).ok()?;
    calendar.working(window).get(index).copied()
}

/// The day by whose end a sprint's evidence is there.
#[must_use]
pub fn evidence_due(calendar: &Calendar, sprint: &Sprint) -> Option<Date> {
    working_day(calendar, sprint.window, sprint.evidence_due_day?)
}

/// The days on which a sprint is frozen.
#[must_use]
pub fn frozen_days(calendar: &Calendar, sprint: &Sprint) -> Option<Window> {
    let from = working_day(calendar, sprint.window, sprint.freeze_from_day?)?;
    Some(Window { from, to: sprint.window.to })
}

/// All meetings of a cycle, in the order of their time.
#[must_use]
pub fn meetings<'a>(calendar: &'a Calendar, cycle: &Cycle) -> Vec<Meeting<'a>> {
    let mut meetings = Vec::new();
    for rite in &calendar.rites {
        for day in rite.when.days(calendar, cycle.window) {
            meetings.extend(meeting(calendar, rite, day));
        }
    }
    meetings.sort_by_key(|meeting| meeting.begins.timestamp());
    meetings
}

fn meeting<'a>(calendar: &Calendar, rite: &'a Rite, day: Date) -> Option<Meeting<'a>> {
    let begins = day.to_datetime(rite.at).to_zoned(calendar.zone.clone()).ok()?;
    let minutes = i64::try_from(rite.minutes).ok()?;
    let ends = begins.checked_add(minutes.minutes()).ok()?;
    Some(Meeting { rite, begins, ends })
}
