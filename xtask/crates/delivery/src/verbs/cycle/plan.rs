//! `cycle plan`.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::{chosen, days_to_know, zone_name};
use crate::gather::Delivery;
use crate::judge::calendar::icalendar;
use crate::judge::calendar::icalendar::{Event, Span};
use crate::judge::calendar::{Meeting, meetings};
use crate::pages::status::{Due, agenda, is_agenda};
use thrice_documents::document::Document;
use thrice_facts::files;
use thrice_findings::{Code, Finding, Place, Stop};
use thrice_orr::layout::Output;
use thrice_programme::calendar::Cycle;
use thrice_programme::world::World;
use thrice_report::Report;
use thrice_report::text::{counted, safe};

/// Writes the agenda of a cycle.
#[derive(Debug, Args)]
pub struct Plan {
    /// Cycle. Default: the current one.
    id: Option<String>,
    /// Writes `<ID>-agenda.md` and `<ID>.ics` to this folder. Default: prints
    /// the agenda.
    #[arg(long, value_name = "FOLDER")]
    write: Option<PathBuf>,
}

impl Plan {
    pub(super) fn run(self, world: &World) -> Result<Report, Stop> {
        let repository = world.repository()?;
        let delivery = Delivery::of(world, &repository)?;
        let (calendar, cycle) = chosen(&delivery, self.id.as_deref())?;
        let meetings = meetings(calendar, cycle);
        let due = days_to_know(calendar, cycle.window);
        let backlog = delivery.policy.backlog.as_ref();
        let text = agenda((cycle, backlog), &zone_name(calendar), &meetings, &due);
        let Some(folder) = self.write else {
            let output = Output::of(&repository, &delivery.policy);
            let document =
                Document { noun: "agenda", text, findings: Vec::new(), is_kind: &is_agenda };
            return document.give(None, &output);
        };
        let programme = &delivery.policy.programme;
        let events = events(&programme.id, cycle, &meetings, &due);
        let name = format!("{}: cycle {}", programme.name, cycle.id);
        let calendar_text = icalendar::write(&name, &calendar.zone, &events, delivery.now);
        let paths = [
            (folder.join(format!("{}-agenda.md", cycle.id)), text, is_agenda as fn(&[u8]) -> bool),
            (folder.join(format!("{}.ics", cycle.id)), calendar_text, is_calendar),
        ];
        for (path, _, is_kind) in &paths {
            if files::read_if_there(path)?.is_some_and(|bytes| !is_kind(&bytes)) {
                let shown = path.display().to_string();
                let message = format!("{shown} exists, and is not a file of this command");
                let finding = Finding::new(Code::UsageWrong, message)
                    .help("name another folder, or move that file away")
                    .at(Place::file(shown));
                return Err(finding.into());
            }
        }
        let mut report = Report::new();
        let mut shown = Vec::new();
        for (path, text, _) in &paths {
            files::write_whole(path, text.as_bytes())?;
            let path = path.display().to_string();
            report.body.push_str(&format!("{} written\n", safe(&path)));
            shown.push(path);
        }
        report.body.push_str(&format!(
            "cycle {}: {}, {} to know\n",
            cycle.id,
            counted(meetings.len(), "meeting"),
            counted(due.len(), "day")
        ));
        report.data = json!({ "cycle": cycle.id, "files": shown, "meetings": meetings.len() });
        Ok(report)
    }
}

fn is_calendar(bytes: &[u8]) -> bool {
    bytes.starts_with(b"BEGIN:VCALENDAR\r\n")
}

fn events(programme: &str, cycle: &Cycle, meetings: &[Meeting<'_>], due: &[Due]) -> Vec<Event> {
    let uid = |what: &str, day: jiff::civil::Date| {
        let what = thrice_documents::judge::item_of_gate(what).file;
        let what = what.trim_end_matches(".md");
        format!("{programme}-{}-{what}-{day}@xtask", cycle.id.to_lowercase())
    };
    let mut events = vec![Event {
        uid: uid("cycle", cycle.window.from),
        span: Span::Days(cycle.window.from, cycle.window.to),
        summary: format!("Cycle {}", cycle.id),
        description: cycle.exit.join("\n"),
    }];
    events.extend(meetings.iter().map(|meeting| {
        let rite = meeting.rite;
        let owner = rite.owner.as_ref().map(|owner| format!("held by {owner}"));
        let said: Vec<String> = rite.agenda.iter().cloned().chain(owner).collect();
        Event {
            uid: uid(&rite.name, meeting.begins.date()),
            span: Span::Moments(meeting.begins.clone(), meeting.ends.clone()),
            summary: format!("{}: {}", cycle.id, rite.name),
            description: said.join("\n"),
        }
    }));
    events.extend(due.iter().map(|due| Event {
        uid: uid(&due.what, due.day),
        span: Span::Days(due.day, due.day),
        summary: due.what.clone(),
        description: String::new(),
    }));
    events
}
