//! `sprint`: where it stands, and what is missing for its gate (S-3).

mod checklist;
pub(crate) mod overview;

use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde_json::json;

use super::cycle::{Publish, StatusLog, bars, day_words, days_to_know, publish, zone_name};
use crate::gather::{Delivery, Subject, no_such, unknown_stories};
use crate::judge::calendar::checklist::Asked;
use crate::pages::status::{Status, status};
use thrice_findings::{Code, Finding, Severity, Stop, Verdict, verdict};
use thrice_ledger::decisions::Standing;
use thrice_programme::Calendar;
use thrice_programme::calendar::Sprint;
use thrice_programme::calendar::days::{current_sprint, end_of, evidence_due, today};
use thrice_programme::world::World;
use thrice_report::Report;
use thrice_report::markdown::{codes, line};
use thrice_report::table::Table;
use thrice_report::text::safe;

/// Sprints.
#[derive(Debug, Args)]
pub struct SprintCommand {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Writes the status of a sprint: done, pending, blocked, risks, next.
    Status {
        /// Sprint. Default: the current one.
        id: Option<String>,
        #[command(flatten)]
        publish: Publish,
    },
    /// Shows what the gate of a sprint still requires, and by when.
    Gate {
        /// Sprint. Default: the current one.
        id: Option<String>,
    },
    /// Shows or creates the checklists of a sprint.
    Checklist(checklist::Checklists),
    /// Writes a table of all sprints: scope, evidence, status.
    Overview(overview::Overview),
}

impl SprintCommand {
    /// The command, as reports name it.
    pub fn name(&self) -> &'static str {
        match self.verb {
            Verb::Status { .. } => "sprint status",
            Verb::Gate { .. } => "sprint gate",
            Verb::Checklist(_) => "sprint checklist",
            Verb::Overview(_) => "sprint overview",
        }
    }

    /// Runs the verb.
    ///
    /// # Errors
    /// Where git fails.
    pub fn run(self, world: &World) -> Result<Report, Stop> {
        let repository = world.repository()?;
        let delivery = Delivery::of(world, &repository)?;
        let id = match &self.verb {
            Verb::Status { id, .. } | Verb::Gate { id } => id.as_deref(),
            Verb::Checklist(asked) => asked.id.as_deref(),
            Verb::Overview(asked) => return asked.run(world, &delivery, delivery.calendar()?),
        };
        let found = delivery
            .calendar()
            .and_then(|calendar| Ok((calendar, chosen(calendar, id, delivery.now)?)));
        let (calendar, sprint) = found?;
        match self.verb {
            Verb::Status { publish, .. } => {
                status_of(world, &delivery, (calendar, sprint), publish)
            }
            Verb::Checklist(asked) => asked.run(world, &delivery, (calendar, sprint)),
            Verb::Gate { .. } | Verb::Overview(_) => gate(world, &delivery, calendar, sprint),
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
        None => current_sprint(calendar, now).ok_or_else(|| {
            Box::new(
                Finding::new(Code::UsageWrong, "no sprint runs today")
                    .help(format!("name one of {}", thrice_policy::table::listed(&ids))),
            )
        }),
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
    next.retain(|due| due.day >= day);
    let mut more = Vec::new();
    if let Some(gate) = &sprint.gate {
        more.push(("Gate", line(gate)));
    }
    if !sprint.features.is_empty() {
        more.push(("Features", codes(&sprint.features)));
    }
    if !sprint.evidence.is_empty() {
        let shown: Vec<String> = sprint.evidence.iter().map(|it| line(it)).collect();
        more.push(("Evidence required", shown.join("; ")));
    }
    let subject = format!("sprint {}", sprint.id);
    let text = status(&Status {
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

/// What the gate of a sprint finds.
pub(crate) struct AtGate {
    /// What has evidence of its own, each with what is missing of it first.
    pub(crate) subjects: Vec<(String, Option<String>)>,
    /// All that was found.
    pub(crate) findings: Vec<Finding>,
}

/// Looks at the gate of a sprint.
pub(crate) fn at_gate(
    delivery: &Delivery<'_>,
    (calendar, sprint): (&Calendar, &Sprint),
    record: &Standing,
) -> anyhow::Result<AtGate> {
    let mut findings = Vec::new();
    let mut subjects = vec![Subject::Gate(sprint.id.clone())];
    match delivery.stories_of_sprint(sprint) {
        Some(ids) => subjects.extend(ids.into_iter().map(Subject::Story)),
        None => findings.push(*unknown_stories(&format!("sprint {}", sprint.id))),
    }
    let mut looked = Vec::new();
    for subject in &subjects {
        let folder = delivery.evidence(subject)?;
        let found = delivery.judge(subject, &folder);
        let first = found.iter().find(|it| it.severity == Severity::Refuse);
        looked.push((folder.subject, first.map(|it| it.message.clone())));
        findings.extend(found);
    }
    findings.extend(record.unowned());
    findings.extend(checklist::lacks(delivery, (calendar, sprint), Asked::AtGate)?);
    Ok(AtGate { subjects: looked, findings })
}

fn gate(
    world: &World,
    delivery: &Delivery<'_>,
    calendar: &Calendar,
    sprint: &Sprint,
) -> Result<Report, Stop> {
    let mut findings = Vec::new();
    let record = delivery.recorded(world, &mut findings)?;
    let AtGate { subjects, findings: found } = at_gate(delivery, (calendar, sprint), &record)?;
    findings.extend(found);
    let mut table = Table::new(["evidence of", "answer", "what is missing first"]);
    for (subject, first) in &subjects {
        let answer = if first.is_some() { "missing" } else { "there" };
        table.row([safe(subject), answer.to_owned(), safe(first.as_deref().unwrap_or_default())]);
    }
    let open = subjects.iter().filter(|(_, first)| first.is_some()).count();
    let due = evidence_due(calendar, sprint);
    let by = match due {
        Some(day) => {
            let end = end_of(calendar, day);
            let over = delivery.now >= end;
            let zone = zone_name(calendar);
            let word = if over { "was" } else { "is" };
            format!(
                "evidence {word} due by the end of {day} ({zone}), {}\n",
                end.strftime("%Y-%m-%dT%H:%MZ")
            )
        }
        None => String::new(),
    };
    let name = sprint.gate.as_deref().unwrap_or("gate");
    let mut report = Report::of(findings);
    let passes = verdict(&report.findings) == Verdict::Pass;
    report.headline = Some(if passes {
        format!("sprint {}: {} may be passed", safe(&sprint.id), safe(name))
    } else {
        let all = subjects.len();
        format!(
            "sprint {}: {} is open, evidence of {open} of {all} is missing",
            safe(&sprint.id),
            safe(name)
        )
    });
    report.body = format!("{}\n{by}", table.text());
    report.data = json!({
        "sprint": sprint.id,
        "gate": sprint.gate,
        "due": due.map(|day| day.to_string()),
        "may_be_passed": passes,
    });
    Ok(report)
}
