//! `sprint overview`: the table of all sprints, which is generated (S-5.2).

use std::collections::HashSet;

use clap::Args;

use super::super::cycle::log_file;
use super::checklist::text_of;
use crate::gather::{Delivery, Subject};
use crate::judge::calendar::checklist::boxes;
use crate::pages::checklist::{Row, is_overview, overview};
use crate::pages::status::Progress;
use thrice_documents::document::Document;
use thrice_findings::{Finding, Severity, Stop};
use thrice_ledger::decisions::Standing;
use thrice_orr::layout::Output;
use thrice_programme::Calendar;
use thrice_programme::calendar::Sprint;
use thrice_programme::calendar::days::{Phase, phase, today};
use thrice_programme::world::World;
use thrice_report::Report;
use thrice_report::program::as_called;

/// What is asked of the table of all sprints.
#[derive(Debug, Args)]
pub struct Overview {
    /// Writes it to the file that policy names. Default: standard output.
    #[arg(long)]
    write: bool,
}

impl Overview {
    pub(super) fn run(
        &self,
        world: &World,
        delivery: &Delivery<'_>,
        calendar: &Calendar,
    ) -> Result<Report, Stop> {
        let target = match self.write {
            true => Some(log_file(delivery, "overview", calendar.overview.as_ref())?.1),
            false => None,
        };
        let mut findings = Vec::new();
        let record = delivery.recorded(world, &mut findings)?;
        let rows = rows(world, delivery, (calendar, &record))?;
        let name = delivery.policy.programme.name.as_str();
        let text = overview(name, today(calendar, delivery.now), &rows);
        let text = as_called(&text).into_owned();
        let output = Output::of(delivery.repository, &delivery.policy);
        let noun = "table of all sprints";
        let document = Document { noun, text, findings, is_kind: &is_overview };
        document.give(target.as_deref(), &output)
    }
}

/// How far each sprint is, in the order of their days.
pub(crate) fn rows<'a>(
    world: &World,
    delivery: &Delivery<'_>,
    (calendar, record): (&'a Calendar, &Standing),
) -> Result<Vec<Row<'a>>, Stop> {
    let mut all: Vec<String> = Vec::new();
    for sprint in &calendar.sprints {
        all.extend(delivery.stories_of_sprint(sprint).unwrap_or_default());
    }
    all.sort_unstable();
    all.dedup();
    let lines = delivery.story_lines(world, &all)?;
    let done = lines.iter().filter(|line| line.state == Progress::Done);
    let done: HashSet<&str> = done.map(|line| line.id.as_str()).collect();
    let rows =
        calendar.sprints.iter().map(|sprint| row(delivery, (calendar, record), sprint, &done));
    Ok(rows.collect::<anyhow::Result<_>>()?)
}

fn row<'a>(
    delivery: &Delivery<'_>,
    (calendar, record): (&Calendar, &Standing),
    sprint: &'a Sprint,
    done: &HashSet<&str>,
) -> anyhow::Result<Row<'a>> {
    let scope = delivery.stories_of_sprint(sprint).map(|ids| {
        let all = ids.into_iter().map(|id| {
            let (title, is_done) = (delivery.title(&id).to_owned(), done.contains(id.as_str()));
            (id, title, is_done)
        });
        all.collect()
    });
    let gate = Subject::Gate(sprint.id.clone());
    let items = delivery.items(&gate);
    let folder = delivery.evidence(&gate)?;
    let found = delivery.judge(&gate, &folder);
    let refused = |file: &str| {
        let path = format!("{}/{file}", folder.path);
        let here = |it: &Finding| {
            it.place.as_ref().is_some_and(|place| place.file.as_deref() == Some(&path))
        };
        found.iter().any(|it| it.severity == Severity::Refuse && here(it))
    };
    let there = items.iter().filter(|it| folder.files.contains_key(&it.file) && !refused(&it.file));
    let evidence = (there.count(), items.len());
    let mut ticked = 0;
    for checklist in &sprint.checklists {
        ticked += usize::from(text_of(delivery, checklist)?.is_some_and(|it| boxes(&it).is_done()));
    }
    let checklists = (ticked, sprint.checklists.len());
    // That it is done is somebody's decision, whatever day it is.
    let status = match phase(calendar, sprint.window, delivery.now) {
        _ if record.is_sprint_passed(&sprint.id, delivery.now) => "Done",
        Phase::Before(_) => "Planned",
        Phase::Within(_) => "In Progress",
        Phase::After => "Open",
    };
    Ok(Row { sprint, scope, evidence, checklists, status })
}
