//! When a window ends: on the clock, by the calendar, or in the hours in which people
//! work.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use thrice_programme::Calendar;
use thrice_programme::risk::{Hours, Unit, Window};

/// How many days are looked at for working days: a century. Who works less than that is
/// not counted on.
const FARTHEST: usize = 36_525;

/// When the people of a team work.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Team<'a> {
    /// The zone in which their days and hours are meant.
    pub zone: &'a TimeZone,
    /// From when to when they work.
    pub hours: Option<Hours>,
    pub calendar: Option<&'a Calendar>,
}

/// The hours of one working day.
#[derive(Clone, Copy, Debug)]
struct WorkHours {
    begins: Timestamp,
    ends: Timestamp,
}

/// The last moment of a window that began at a time; `None` where nobody says when people
/// work, or that moment is beyond all calendars.
///
/// Business time that begins outside of the hours of work begins with the next of them,
/// and time that is used up at their end is due then, not on the next morning.
#[must_use]
pub(crate) fn due(team: &Team<'_>, window: Window, began: Timestamp) -> Option<Timestamp> {
    let amount = i64::from(window.amount);
    match window.unit {
        Unit::Minutes => began.checked_add(SignedDuration::from_mins(amount)).ok(),
        Unit::Hours => began.checked_add(SignedDuration::from_hours(amount)).ok(),
        Unit::Days => {
            let later = began.to_zoned(team.zone.clone()).checked_add(amount.days()).ok()?;
            Some(later.timestamp())
        }
        Unit::BusinessHours => hours(team, SignedDuration::from_hours(amount), began),
        Unit::BusinessDays => days(team, usize::try_from(amount).ok()?, began),
    }
}

fn hours(team: &Team<'_>, mut left: SignedDuration, began: Timestamp) -> Option<Timestamp> {
    for shift in shifts(team, began)? {
        let from = shift.begins.max(began);
        let length = shift.ends.duration_since(from);
        if left <= length {
            return from.checked_add(left).ok();
        }
        left -= length;
    }
    None
}

/// The same time of day, so many working days later.
fn days(team: &Team<'_>, amount: usize, began: Timestamp) -> Option<Timestamp> {
    let mut shifts = shifts(team, began)?;
    let first = shifts.next()?;
    let into = began.duration_since(first.begins);
    if !into.is_positive() {
        // A whole day from its first moment on ends with its last.
        return match amount.checked_sub(2) {
            None => Some(first.ends),
            Some(more) => shifts.nth(more).map(|shift| shift.ends),
        };
    }
    let last = shifts.nth(amount.checked_sub(1)?)?;
    last.begins.checked_add(into).ok().map(|due| due.min(last.ends))
}

/// The hours of work that are not over at a time, one day after the other.
fn shifts<'a>(
    team: &Team<'a>,
    began: Timestamp,
) -> Option<impl Iterator<Item = WorkHours> + use<'a>> {
    let (zone, hours, calendar) = (team.zone.clone(), team.hours?, team.calendar?);
    let moment = move |day: Date, time| {
        let zoned = day.to_datetime(time).to_zoned(zone.clone()).ok()?;
        Some(zoned.timestamp())
    };
    let first = began.to_zoned(team.zone.clone()).date();
    let days = first.series(1.day()).take(FARTHEST).filter(|day| calendar.is_working(*day));
    let shifts = days.filter_map(move |day| {
        Some(WorkHours { begins: moment(day, hours.from)?, ends: moment(day, hours.to)? })
    });
    Some(shifts.filter(move |shift| shift.begins < shift.ends && shift.ends > began))
}
