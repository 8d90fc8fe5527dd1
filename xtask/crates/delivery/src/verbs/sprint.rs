//! `sprint`: where it stands, and what is missing for its gate (S-3).

pub(crate) mod checklist;
pub(crate) mod gate;
pub(crate) mod overview;

use clap::Subcommand;
use jiff::Timestamp;

use super::cycle::{Publish, StatusLog, bars, day_words, days_to_know, publish, zone_name};
use crate::gather::{Delivery, no_such, none_runs};
use crate::pages::status::{Due, Status, status};
use thrice_findings::{Finding, Stop};
use thrice_ledger::gather::read_whole;
use thrice_programme::Calendar;
use thrice_programme::calendar::Sprint;
use thrice_programme::calendar::days::{current_sprint, today};
use thrice_programme::world::World;
use thrice_report::Report;
use thrice_report::markdown::{code, line};

/// Sprints.
#[derive(Debug, Subcommand)]
pub enum SprintCommand {
    /// Writes the status of a sprint: done, pending, blocked, risks, next.
    Status {
        /// Sprint. Default: the current one.
        id: Option<String>,
        /// Where the status goes.
        #[command(flatten)]
        publish: Publish,
    },
    /// Shows what the gate of a sprint still requires; `--execute` records that it passed.
    Gate(gate::Gate),
    /// Shows or creates the checklists of a sprint.
    Checklist(checklist::Checklists),
    /// Writes a table of all sprints: scope, evidence, status.
    Overview(overview::Overview),
}

impl SprintCommand {
    /// Runs the verb.
    ///
    /// # Errors
    /// Where git fails.
    pub fn run(self, world: &World) -> Result<Report, Stop> {
        let repository = world.repository()?;
        if let Self::Gate(_) = &self {
            read_whole(&repository);
        }
        let delivery = Delivery::of(world, &repository)?;
        let id = match &self {
            Self::Status { id, .. } => id.as_deref(),
            Self::Gate(asked) => asked.id.as_deref(),
            Self::Checklist(asked) => asked.id.as_deref(),
            Self::Overview(asked) => {
                return asked.run(world, &delivery, delivery.calendar()?);
            }
        };
        let found = delivery
            .calendar()
            .and_then(|calendar| Ok((calendar, chosen(calendar, id, delivery.now)?)));
        let (calendar, sprint) = found?;
        match self {
            Self::Status { publish, .. } => {
                status_of(world, &delivery, (calendar, sprint), publish)
            }
            Self::Checklist(asked) => asked.run(world, &delivery, (calendar, sprint)),
            Self::Gate(asked) => asked.run(world, &delivery, (calendar, sprint)),
            Self::Overview(asked) => asked.run(world, &delivery, calendar),
        }
    }
}

fn chosen<'c>(
    calendar: &'c Calendar,
    id: Option<&str>,
    now: Timestamp,
) -> Result<&'c Sprint, Box<Finding>> {
    let ids: Vec<&str> = calendar.sprints.iter().map(|sprint| sprint.id.as_str()).collect();
    match id {
        Some(id) => calendar.sprint(id).ok_or_else(|| no_such("sprint", id, &ids)),
        None => current_sprint(calendar, now).ok_or_else(|| none_runs("sprint", &ids)),
    }
}

fn status_of(
    world: &World,
    delivery: &Delivery<'_>,
    (calendar, sprint): (&Calendar, &Sprint),
    to: Publish,
) -> Result<Report, Stop> {
    let mut findings = Vec::new();
    let record = delivery.recorded(world, &mut findings)?;
    let ids = delivery.stories_of_sprint(sprint);
    let stories = ids.map(|ids| delivery.story_lines(world, &ids)).transpose()?;
    let day = today(calendar, delivery.now);
    let mut next = days_to_know(calendar, sprint.window);
    let passed = record.passed_sprint(&sprint.id, delivery.now);
    let is_over = |due: &Due| passed.is_some() && due.gate_of.as_ref() == Some(&sprint.id);
    next.retain(|due| due.day >= day && !is_over(due));
    let mut more = Vec::new();
    let state = passed.map(|given| format!("passed at {}, by {}", given.at, given.actor));
    if sprint.gate.is_some() || state.is_some() {
        let gate = sprint.gate.as_deref().unwrap_or("its gate");
        let state = state.unwrap_or_else(|| "not passed".to_owned());
        more.push(("Gate", line(&format!("{gate}: {state}"))));
    }
    if !sprint.features.is_empty() {
        more.push(("Features", delivery.features(sprint)));
    }
    if !sprint.evidence.is_empty() {
        let shown: Vec<String> = sprint.evidence.iter().map(|it| line(it)).collect();
        more.push(("Evidence required", shown.join("; ")));
    }
    let subject = format!("sprint {}", sprint.id);
    let text = status(&Status {
        card: &[],
        ask: passed.is_none().then(|| {
            let gate = code(&format!("cargo xtask sprint gate {}", sprint.id));
            format!("{gate} lists what its gate misses.")
        }),
        matters: &[],
        day: day_words(calendar, sprint.window, delivery.now),
        window: sprint.window,
        zone: zone_name(calendar),
        more,
        stories: stories.as_deref(),
        risks: &record.risks(),
        blocks: &record.blocks().collect::<Vec<_>>(),
        next,
        bars: bars(calendar, &subject, sprint.window),
        today: day,
        subject,
    });
    publish(delivery, (text, findings), StatusLog::of(delivery), to)
}
