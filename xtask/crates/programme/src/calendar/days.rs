//! Days, deadlines and windows, in the zone of the calendar; pure, the time now is given (P-3, S-1).

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Calendar, Cycle, Sprint, Window};

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

/// The last working day of a window; its last day where nobody works in it.
#[must_use]
pub fn last_working_day(calendar: &Calendar, window: Window) -> Date {
    calendar.working(window).last().copied().unwrap_or(window.to)
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
