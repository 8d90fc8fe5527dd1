//! `policy/calendar.toml`: cycles, rites, sprints, the freeze, and where evidence and logs
//! are (P-3, P-7, S-1, S-3).

mod checklists;
pub mod days;
mod raw;
mod validate;
mod when;

#[cfg(test)]
mod tests;

use jiff::ToSpan;
use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;

use super::filemap::PlacedGlob;
use thrice_findings::Place;

pub use checklists::{Checklist, ChecklistKind};
pub(crate) use raw::{Day, RawCalendar, TimeOfDay};
pub use validate::CalendarReferences;
pub(crate) use validate::validate;
pub use when::When;

/// Where evidence is, unless policy says otherwise.
pub const DEFAULT_EVIDENCE: &str = "docs/delivery/evidence";
/// The longest window, in days: more is a slip of the pen.
pub(crate) const LONGEST_WINDOW: i64 = 366;

/// The calendar of a programme, whose every value can be used.
#[derive(Clone, Debug)]
pub struct Calendar {
    /// The zone in which its days begin and end.
    pub zone: TimeZone,
    /// Days of the week on which people work, Monday first.
    pub working_days: Vec<Weekday>,
    /// Days on which nobody does, with their names, in file order.
    pub holidays: Vec<(Date, String)>,
    /// Cycles, in the order of their days.
    pub cycles: Vec<Cycle>,
    /// What happens in each cycle, in file order.
    pub rites: Vec<Rite>,
    /// Sprints, in the order of their days.
    pub sprints: Vec<Sprint>,
    /// What a sprint's freeze is of.
    pub freeze: Option<Freeze>,
    /// The log to which status documents go.
    pub status_log: Option<String>,
    /// The log to which handoffs go.
    pub handoff_log: Option<String>,
    /// The file that has the table of all sprints.
    pub overview: Option<String>,
    /// The folder that holds the evidence of stories, waves and sprints.
    pub evidence: String,
}

/// Days from the first to the last, both within.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
}

/// A cycle of execution.
#[derive(Clone, Debug)]
pub struct Cycle {
    /// Its id, such as `C-01`.
    pub id: String,
    /// Its other name.
    pub name: Option<String>,
    /// Its days.
    pub window: Window,
    /// Ids of the waves that it is for.
    pub scope: Vec<String>,
    /// Ids of those among them whose stories must be done at its end.
    pub closes: Vec<String>,
    /// What it is to reach, in words.
    pub goal: Option<String>,
    /// Roles that own it.
    pub owners: Vec<String>,
    /// What must be so at its end.
    pub exit: Vec<String>,
    /// Drills whose newest must have passed before it is closed as met.
    pub drills: Vec<String>,
    /// Where it is written.
    pub place: Place,
}

/// What happens again and again.
#[derive(Clone, Debug)]
pub struct Rite {
    /// Its name.
    pub name: String,
    /// On which days of a cycle.
    pub when: When,
    /// At what time of these days.
    pub at: Time,
    /// How long it takes.
    pub minutes: u64,
    /// The role that holds it.
    pub owner: Option<String>,
    /// What it is for.
    pub agenda: Option<String>,
}

/// A sprint.
#[derive(Clone, Debug)]
pub struct Sprint {
    /// Its id, such as `03`.
    pub id: String,
    /// Its other name.
    pub name: Option<String>,
    /// Its days.
    pub window: Window,
    /// Ids of the features that it is for.
    pub features: Vec<String>,
    /// The name of its gate.
    pub gate: Option<String>,
    /// What must be shown at its gate.
    pub evidence: Vec<String>,
    /// What is made in it, in words.
    pub deliverables: Vec<String>,
    /// Checklists that are prepared for it, in file order.
    pub checklists: Vec<Checklist>,
    /// The sprint whose gate opens it.
    pub after: Option<String>,
    /// How many of its stories may be under way at once.
    pub limit: Option<u64>,
    /// Drills whose newest must have passed before its gate is.
    pub drills: Vec<String>,
    /// The working day, from 1, by whose end the evidence is there.
    pub evidence_due_day: Option<u64>,
    /// The working day, from 1, with which the freeze begins.
    pub freeze_from_day: Option<u64>,
    /// Where it is written.
    pub place: Place,
}

/// What does not change while a sprint is frozen.
#[derive(Clone, Debug)]
pub struct Freeze {
    /// Frozen paths.
    pub paths: Vec<PlacedGlob>,
    /// Of them those that are critical, so that they may change.
    pub except: Vec<PlacedGlob>,
    /// Why.
    pub reason: String,
}

impl Window {
    /// Whether a day is within.
    #[must_use]
    pub fn holds(self, day: Date) -> bool {
        self.from <= day && day <= self.to
    }

    /// Its days, one after the other.
    pub fn days(self) -> impl Iterator<Item = Date> {
        self.from.series(1.day()).take_while(move |day| *day <= self.to)
    }
}

impl Calendar {
    /// Whether people work on a day.
    #[must_use]
    pub fn is_working(&self, day: Date) -> bool {
        is_working(&self.working_days, &self.holidays, day)
    }

    /// The days of a window on which people work.
    #[must_use]
    pub fn working(&self, window: Window) -> Vec<Date> {
        window.days().filter(|day| self.is_working(*day)).collect()
    }

    /// The cycle of that id.
    #[must_use]
    pub fn cycle(&self, id: &str) -> Option<&Cycle> {
        self.cycles.iter().find(|cycle| cycle.id == id)
    }

    /// The sprint of that id.
    #[must_use]
    pub fn sprint(&self, id: &str) -> Option<&Sprint> {
        self.sprints.iter().find(|sprint| sprint.id == id)
    }
}

fn is_working(week: &[Weekday], holidays: &[(Date, String)], day: Date) -> bool {
    week.contains(&day.weekday()) && !holidays.iter().any(|(free, _)| *free == day)
}
