//! `cycle`: the agenda, where it stands, and its end (P-3, P-7.1).

mod close;
mod plan;
mod status;

use clap::Subcommand;
use jiff::Timestamp;

use crate::gather::{Delivery, no_such, none_runs};
use crate::pages::status::{Bar, Due, Mark};
use thrice_findings::{Finding, Stop};
use thrice_programme::Calendar;
use thrice_programme::calendar::days::{
    Phase, current_cycle, evidence_due, frozen_days, phase, today,
};
use thrice_programme::calendar::{Cycle, Window};
use thrice_programme::world::World;
use thrice_report::Report;
use thrice_report::text::counted;

pub(crate) use status::{Publish, StatusLog, log_file, publish};

/// Cycles.
#[derive(Debug, Subcommand)]
pub enum CycleCommand {
    /// Writes the agenda of a cycle, and an iCalendar file.
    Plan(plan::Plan),
    /// Writes the status of a cycle: done, pending, blocked, risks, next.
    Status(status::StatusOf),
    /// Closes a cycle, once everything that its end requires is done.
    Close(close::Close),
}

impl CycleCommand {
    /// Runs the verb.
    ///
    /// # Errors
    /// Where git fails.
    pub fn run(self, world: &World) -> Result<Report, Stop> {
        match self {
            Self::Plan(command) => command.run(world),
            Self::Status(command) => command.run(world),
            Self::Close(command) => command.run(world),
        }
    }
}

/// The calendar, and its cycle of an id, or the present one.
fn chosen<'d>(
    delivery: &'d Delivery<'_>,
    id: Option<&str>,
) -> Result<(&'d Calendar, &'d Cycle), Box<Finding>> {
    let calendar = delivery.calendar()?;
    let ids: Vec<&str> = calendar.cycles.iter().map(|cycle| cycle.id.as_str()).collect();
    let cycle = match id {
        Some(id) => calendar.cycle(id).ok_or_else(|| no_such("cycle", id, &ids)),
        None => current_cycle(calendar, delivery.now).ok_or_else(|| none_runs("cycle", &ids)),
    }?;
    Ok((calendar, cycle))
}

/// The name of a calendar's zone.
pub(crate) fn zone_name(calendar: &Calendar) -> String {
    calendar.zone.iana_name().unwrap_or("UTC").to_owned()
}

/// Where the present day is in a window, in words.
pub(crate) fn day_words(calendar: &Calendar, window: Window, now: Timestamp) -> String {
    let all = calendar.working(window).len();
    match phase(calendar, window, now) {
        Phase::Before(days) => {
            format!("{} before it begins", counted(usize::try_from(days).unwrap_or(0), "day"))
        }
        Phase::Within(0) => format!("before the first of {all} working days"),
        Phase::Within(day) => {
            let works = calendar.working(window).contains(&today(calendar, now));
            format!("{}working day {day} of {all}", if works { "" } else { "a day off after " })
        }
        Phase::After => "after its end".to_owned(),
    }
}

/// Days of a window that people must know, in order: deadlines, the freeze, holidays.
pub(crate) fn days_to_know(calendar: &Calendar, window: Window) -> Vec<Due> {
    let mut due = Vec::new();
    let mut add = |day, gate_of: Option<&String>, what: String| {
        if window.holds(day) {
            due.push(Due { day, what, gate_of: gate_of.cloned() });
        }
    };
    for (day, name) in &calendar.holidays {
        add(*day, None, format!("nobody works: {name}"));
    }
    for sprint in &calendar.sprints {
        let id = &sprint.id;
        if let Some(frozen) = frozen_days(calendar, sprint) {
            add(frozen.from, None, format!("the freeze of sprint {id} begins"));
        }
        if let Some(day) = evidence_due(calendar, sprint) {
            add(day, Some(id), format!("evidence of sprint {id} is due by the end of the day"));
        }
        let gate = sprint.gate.as_deref().unwrap_or("its gate");
        add(sprint.window.to, Some(id), format!("sprint {id} ends: {gate}"));
    }
    for cycle in &calendar.cycles {
        add(cycle.window.to, None, format!("cycle {} ends", cycle.id));
    }
    due.sort_by_key(|due| due.day);
    due
}

/// The chart of a window: itself, and the freezes in it.
pub(crate) fn bars(calendar: &Calendar, name: &str, window: Window) -> Vec<Bar> {
    let bar = |name: String, window, mark| Bar { name, window, mark };
    let mut bars = vec![bar(name.to_owned(), window, Mark::Plain)];
    for sprint in &calendar.sprints {
        if sprint.window.from > window.to || sprint.window.to < window.from {
            continue;
        }
        let own = format!("sprint {}", sprint.id);
        if own != name {
            bars.push(bar(own, sprint.window, Mark::Plain));
        }
        if let Some(frozen) = frozen_days(calendar, sprint) {
            bars.push(bar(format!("freeze of sprint {}", sprint.id), frozen, Mark::Critical));
        }
        if let Some(day) = evidence_due(calendar, sprint) {
            let name = format!("evidence due, sprint {}", sprint.id);
            bars.push(bar(name, Window { from: day, to: day }, Mark::Milestone));
        }
    }
    bars
}
