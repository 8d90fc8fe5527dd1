//! `story start`: the gate of entry, then the branch.

use clap::Args;
use serde_json::json;

use super::gather::{Delivery, On};
use crate::judge::backlog::{Cycle, Desk, Status, entry};
use crate::judge::calendar::carried;
use thrice_facts::clock;
use thrice_findings::{Finding, Severity, Stop};
use thrice_ledger::decisions::Standing;
use thrice_patch::freeze;
use thrice_patch::verbs::branch;
use thrice_programme::calendar::days::current_cycle;
use thrice_programme::world::World;
use thrice_programme::{Calendar, Story};
use thrice_report::Report;

/// Starts a story.
#[derive(Debug, Args)]
pub(super) struct Start {
    /// The story.
    #[arg(value_name = "ID")]
    story: String,
    /// Short description for the branch name. Default: the story's title.
    #[arg(long, value_name = "TEXT")]
    slug: Option<String>,
    /// Where to look.
    #[arg(long, value_enum, default_value = "local")]
    on: On,
    /// Shows what it would do, and does nothing.
    #[arg(long)]
    dry_run: bool,
}

impl Start {
    pub(super) fn run(self, world: &World) -> Result<Report, Stop> {
        let delivery = Delivery::of(world, self.on)?;
        let (story, status) = delivery.story(&self.story)?;
        let mut refused = refusals(&delivery, story, status)?;
        let (repository, base) = (&delivery.repository, &delivery.base);
        refused.extend(freeze::of_story(repository, base, &delivery.policy, &story.id)?);
        let mut findings = delivery.findings.clone();
        findings.retain(|finding| finding.severity == Severity::Refuse);
        findings.extend(refused);
        if findings.iter().any(|finding| finding.severity == Severity::Refuse) {
            let mut report = Report::of(findings);
            report.data = json!({ "story": story.id, "started": false });
            return Ok(report);
        }
        let text = self.slug.as_deref().unwrap_or(&story.title);
        branch::make_of_story(world, &story.id, text, self.dry_run)
    }
}

/// Everything that keeps a story from being started.
pub(super) fn refusals(
    delivery: &Delivery,
    story: &Story,
    status: &Status,
) -> anyhow::Result<Vec<Finding>> {
    let names: Vec<String> =
        story.contract.iter().map(|path| format!("{}:{path}", delivery.base.id)).collect();
    let blobs = delivery.repository.blobs_at(&names)?;
    let says_nothing = |bytes: &Option<Vec<u8>>| {
        bytes.as_ref().is_none_or(|bytes| bytes.iter().all(u8::is_ascii_whitespace))
    };
    let written = story.contract.iter().zip(&blobs);
    let missing: Vec<String> =
        written.filter(|(_, bytes)| says_nothing(bytes)).map(|(path, _)| path.clone()).collect();
    let now = clock::now();
    Ok(entry(
        story,
        status,
        &Desk {
            backlog: &delivery.backlog,
            board: &delivery.board,
            recorded: &delivery.recorded,
            missing: &missing,
            cycle: &cycle(delivery.policy.calendar.as_ref(), &delivery.recorded, now),
            now,
        },
    ))
}

/// The cycle that runs now.
pub fn cycle(calendar: Option<&Calendar>, recorded: &Standing, now: jiff::Timestamp) -> Cycle {
    match calendar.filter(|calendar| !calendar.cycles.is_empty()) {
        None => Cycle::NoCalendar,
        Some(calendar) => match current_cycle(calendar, now) {
            None => Cycle::None,
            Some(cycle) => Cycle::Running {
                id: cycle.id.clone(),
                waves: cycle.scope.clone(),
                carried: carried(calendar, cycle, recorded).to_vec(),
            },
        },
    }
}
