//! `cycle status`; and the publishing of status documents, which sprints share.

use std::path::PathBuf;

use clap::Args;
use jiff::civil::Date;

use super::{bars, chosen, day_words, days_to_know, zone_name};
use crate::gather::Delivery;
use crate::judge::backlog::{Status, scorecard};
use crate::judge::calendar::{carried, meetings};
use crate::pages::status::{
    Due, Progress, Status as StatusPage, StoryLine, facts, is_status, status as status_page,
};
use thrice_documents::document::Document;
use thrice_facts::files;
use thrice_findings::{Code, Finding, Place, Stop, Verdict, unless_refused, verdict};
use thrice_orr::layout::Output;
use thrice_programme::Calendar;
use thrice_programme::calendar::Cycle;
use thrice_programme::calendar::days::today;
use thrice_programme::world::World;
use thrice_report::markdown::{code, titled};
use thrice_report::program::as_called;
use thrice_report::{Report, note_moved};
use thrice_risk::verbs::sla::matters;

/// Writes the status document of a cycle.
#[derive(Debug, Args)]
pub struct StatusOf {
    /// Cycle. Default: the current one.
    id: Option<String>,
    #[command(flatten)]
    publish: Publish,
}

/// Where a status document goes.
#[derive(Debug, Args)]
pub struct Publish {
    /// File to write. Default: standard output.
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
    /// Appends it to the log that policy names.
    #[arg(long, conflicts_with = "write")]
    append: bool,
}

impl StatusOf {
    pub(super) fn run(self, world: &World) -> Result<Report, Stop> {
        let repository = world.repository()?;
        let delivery = Delivery::of(world, &repository)?;
        let (calendar, cycle) = chosen(&delivery, self.id.as_deref())?;
        let mut findings = Vec::new();
        let record = delivery.recorded(world, &mut findings)?;
        let ids = delivery.stories_of_cycle(cycle, &record);
        let stories = ids.map(|ids| delivery.story_lines(world, &ids)).transpose()?;
        let day = today(calendar, delivery.now);
        let backlog = delivery.policy.backlog.as_ref();
        let mut more = facts(cycle, backlog);
        let carried = carried(calendar, cycle, &record);
        if !carried.is_empty() {
            let all = carried.iter().map(|id| titled(id, delivery.title(id)));
            more.push(("Carried over", all.collect::<Vec<_>>().join(", ")));
        }
        let closes = delivery.stories_of_waves(&cycle.closes).unwrap_or_default();
        let due = |it: &&StoryLine| closes.contains(&it.id) || carried.contains(&it.id);
        let due: Vec<_> = stories.iter().flatten().filter(due).collect();
        let done = due.iter().filter(|story| story.state == Progress::Done).count();
        let known = delivery.derived(world)?;
        let status = |id: &str| known.and_then(|it| it.board.of_story(&it.backlog, id));
        let card = scorecard::of_cycle(&scorecard::CycleFacts {
            of: (calendar, cycle),
            backlog,
            done: (done, due.len()),
            is_under_way: &|id| status(id).is_some_and(Status::is_under_way),
            recorded: &record,
            now: delivery.now,
        });
        let matters = unless_refused(matters(world))?.unwrap_or_default().matters;
        let subject = format!("cycle {}", cycle.id);
        let text = status_page(&StatusPage {
            day: day_words(calendar, cycle.window, delivery.now),
            window: cycle.window,
            zone: zone_name(calendar),
            more,
            stories: stories.as_deref(),
            risks: &record.risks(),
            blocks: &record.blocks().collect::<Vec<_>>(),
            card: &card,
            ask: Some(format!(
                "{} says what keeps the cycle open; {}, what needs somebody now.",
                code(&format!("cargo xtask cycle close {} --met --lessons TEXT", cycle.id)),
                code("cargo xtask today")
            )),
            matters: &matters,
            next: coming(calendar, cycle, day),
            bars: bars(calendar, &subject, cycle.window),
            today: day,
            subject,
        });
        let log = StatusLog::of(&delivery);
        let mut report = publish(&delivery, (text, findings), log, self.publish)?;
        if let Some(data) = report.data.as_object_mut() {
            data.insert("scorecard".to_owned(), serde_json::json!(card));
        }
        Ok(report)
    }
}

/// What comes next in a cycle.
fn coming(calendar: &Calendar, cycle: &Cycle, from: Date) -> Vec<Due> {
    let meetings = meetings(calendar, cycle);
    let rites = meetings.iter().map(|meeting| {
        let what = format!("{} at {}", meeting.rite.name, meeting.begins.strftime("%H:%M"));
        Due { day: meeting.begins.date(), what, gate_of: None }
    });
    let mut next: Vec<Due> = rites.chain(days_to_know(calendar, cycle.window)).collect();
    next.retain(|due| due.day >= from);
    next.sort_by_key(|due| due.day);
    next.truncate(NEXT);
    next
}

/// How many things come next.
const NEXT: usize = 12;

/// A log to which documents of a kind are appended.
pub(crate) struct StatusLog<'a> {
    /// What people call such a document.
    pub(crate) noun: &'static str,
    /// The key of `[logs]` that names it.
    pub(crate) key: &'static str,
    /// Its path, where policy names it.
    pub(crate) path: Option<&'a String>,
    /// Whether a file is such a document.
    pub(crate) is_kind: fn(&[u8]) -> bool,
}

impl<'a> StatusLog<'a> {
    /// The log of status documents.
    pub(crate) fn of(delivery: &'a Delivery<'_>) -> Self {
        let calendar = delivery.policy.calendar.as_ref();
        let path = calendar.and_then(|calendar| calendar.status_log.as_ref());
        Self { noun: "status document", key: "status", path, is_kind: is_status }
    }
}

/// The file that policy names for documents of a kind: as people know it, and where it is.
pub(crate) fn log_file<'l>(
    delivery: &Delivery<'_>,
    key: &str,
    path: Option<&'l String>,
) -> Result<(&'l String, PathBuf), Stop> {
    let Some(log) = path else {
        let finding = Finding::new(Code::PolicyMissing, format!("policy names no {key} log"))
            .help(format!("add `{key} = …` to `[logs]` of policy/calendar.toml"));
        return Err(finding.into());
    };
    let Some(path) = files::inside(delivery.repository.root(), log)? else {
        let finding =
            Finding::new(Code::UsageWrong, format!("{log} is no plain file of this repository"))
                .help("name another in `[logs]` of policy/calendar.toml")
                .at(Place::file(log));
        return Err(finding.into());
    };
    Ok((log, path))
}

/// Prints a document, writes it, or appends it to the log that policy names.
pub(crate) fn publish(
    delivery: &Delivery<'_>,
    (text, mut findings): (String, Vec<Finding>),
    log: StatusLog<'_>,
    to: Publish,
) -> Result<Report, Stop> {
    let StatusLog { noun, key, path, is_kind } = log;
    let text = as_called(&text).into_owned();
    if !to.append {
        if to.write.is_none() {
            note_moved(&mut findings);
        }
        let output = Output::of(delivery.repository, &delivery.policy);
        let document = Document { noun, text, findings, is_kind: &is_kind };
        return document.give(to.write.as_deref(), &output);
    }
    if verdict(&findings) != Verdict::Pass {
        return Err(findings.into());
    }
    let (log, path) = log_file(delivery, key, path)?;
    let mut whole = files::read_if_there(&path)?.unwrap_or_default();
    if String::from_utf8_lossy(&whole).contains(&text) {
        let mut report = Report::of(findings);
        report.body = format!("{log} has this {noun} already\n");
        report.data = serde_json::json!({ "log": log });
        return Ok(report);
    }
    if !whole.is_empty() {
        if !whole.ends_with(b"\n") {
            whole.push(b'\n');
        }
        whole.extend_from_slice(b"\n---\n\n");
    }
    whole.extend_from_slice(text.as_bytes());
    files::write_whole(&path, &whole)?;
    let mut report = Report::of(findings);
    report.body = format!("appended to {log}\nnext: commit it, and push it\n");
    report.data = serde_json::json!({ "log": log });
    Ok(report)
}
