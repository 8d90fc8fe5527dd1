//! Days, deadlines and windows, in the zone of the calendar; pure, the time now is given
//! (P-3, S-1).

pub(crate) mod checklist;
pub(crate) mod icalendar;

#[cfg(test)]
mod tests;

use jiff::civil::Date;
use jiff::{ToSpan, Zoned};

use thrice_ledger::decisions::Standing;
use thrice_programme::Calendar;
use thrice_programme::calendar::{Cycle, Rite};

/// A rite on one day.
#[derive(Clone, Debug)]
pub(crate) struct Meeting<'a> {
    pub rite: &'a Rite,
    pub begins: Zoned,
    pub ends: Zoned,
}

/// Stories that the cycle before another left open, as its closing entry says: they are
/// the other's (P-7.1).
#[must_use]
pub(crate) fn carried<'r>(
    calendar: &Calendar,
    cycle: &Cycle,
    recorded: &'r Standing,
) -> &'r [String] {
    let before = calendar.cycles.iter().rev().find(|it| it.window.to < cycle.window.from);
    let closed = before.and_then(|it| recorded.closed_cycle(&it.id));
    closed.map_or(&[], |closed| closed.content.stories_open.as_slice())
}

/// All meetings of a cycle, in the order of their time.
#[must_use]
pub(crate) fn meetings<'a>(calendar: &'a Calendar, cycle: &Cycle) -> Vec<Meeting<'a>> {
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
