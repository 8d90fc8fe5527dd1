//! `handoff`: the definition of done of a phase, and the document that hands it over
//! (Z-9).

use std::collections::HashSet;
use std::rc::Rc;

use clap::Args;
use serde_json::json;

use super::cycle::{Publish, StatusLog, publish, zone_name};
use super::sprint::gate::{SprintFacts, weigh_late};
use super::story::gather::{Delivery, On, unknown};
use super::wave::lacks;
use crate::gather::{Delivery as Documents, no_such};
use crate::judge::backlog::{Parts, PhaseDemand, phase};
use crate::pages::handoff::{Handoff as Said, handoff, is_handoff};
use thrice_facts::clock;
use thrice_findings::{Finding, Severity, Stop, add_new, short};
use thrice_programme::Wave;
use thrice_programme::calendar::Sprint;
use thrice_programme::world::World;
use thrice_report::Report;
use thrice_risk::verbs::sla::matters;

/// Checks the definition of done of a phase, and writes its handoff.
#[derive(Debug, Args)]
pub struct Handoff {
    /// Wave to hand over. Default: all waves and sprints.
    #[arg(long, value_name = "ID")]
    wave: Vec<String>,
    /// Sprint to hand over. Default: all waves and sprints.
    #[arg(long, value_name = "ID")]
    sprint: Vec<String>,
    /// Where to look for the required checks.
    #[arg(long, value_enum, default_value = "local")]
    on: On,
    /// Hands over unfinished work too; the document lists it.
    #[arg(long)]
    unfinished: bool,
    /// Recipient.
    #[arg(long, value_name = "TEXT")]
    to: Option<String>,
    /// Note for the recipient.
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    #[command(flatten)]
    publish: Publish,
}

impl Handoff {
    /// Checks, and writes.
    ///
    /// # Errors
    /// Where git fails, or a file cannot be written.
    pub fn run(self, world: &World) -> Result<Report, Stop> {
        let delivery = Rc::new(Delivery::of(world, self.on)?);
        let (waves, sprints) = (self.waves(&delivery)?, self.sprints(&delivery)?);
        let documents = Documents::beside(world, &delivery, self.on)?;
        let mut findings = delivery.findings.clone();
        let of_waves = waves.iter().flat_map(|wave| delivery.backlog.stories_of(&wave.id));
        let mut ids: Vec<String> = of_waves.map(|story| story.id.clone()).collect();
        for id in sprints.iter().flat_map(|it| delivery.backlog.stories_of_sprint(&it.id)) {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        let parts = Parts {
            waves: waves.iter().copied().zip(lacks(world, &delivery, &waves, self.on)?).collect(),
            sprints: self.judged(world, (&delivery, &documents), &sprints)?,
            stories: ids.len(),
        };
        let calendar = delivery.policy.calendar.as_ref();
        let demands = phase(&parts, &delivery.recorded, calendar, clock::now());
        let stories = documents.story_lines(world, &ids)?;
        let zone = calendar.map_or_else(|| "UTC".to_owned(), zone_name);
        let now = clock::now();
        let today = match calendar {
            Some(calendar) => thrice_programme::calendar::days::today(calendar, now),
            None => now.to_zoned(jiff::tz::TimeZone::UTC).date(),
        };
        let watch = matters(world)?;
        let text = handoff(&Said {
            subject: &self.subject(&delivery.policy.programme.name),
            today,
            zone: &zone,
            commit: short(&delivery.base.id),
            to: self.to.as_deref(),
            note: self.note.as_deref(),
            waves: &waves,
            sprints: &sprints,
            demands: &demands,
            stories: &stories,
            recorded: &delivery.recorded,
            watch: &watch,
        });
        add_new(&mut findings, watch.findings.iter().cloned());
        findings.extend(self.open(&demands));
        let calendar = documents.policy.calendar.as_ref();
        let log = StatusLog {
            noun: "handoff",
            key: "handoff",
            path: calendar.and_then(|calendar| calendar.handoff_log.as_ref()),
            is_kind: is_handoff,
        };
        let report = publish(&documents, (text, findings), log, self.publish);
        let mut report = report.or_else(|stop| stop.refusal().map(Report::of))?;
        if report.exit() != 0 {
            report.body.push_str(&undone(&demands));
            report.data = json!({
                "met": false,
                "open": demands.iter().filter(|it| !it.is_met()).map(|it| it.title).collect::<Vec<_>>(),
            });
        }
        Ok(report)
    }

    /// What is handed over: a programme, or what of it was named.
    fn subject(&self, programme: &str) -> String {
        let sprints = self.sprint.iter().map(|id| format!("sprint {id}"));
        let named = self.wave.iter().cloned().chain(sprints).collect::<Vec<_>>().join(", ");
        if named.is_empty() { programme.to_owned() } else { format!("{named} of {programme}") }
    }

    /// What is open of the demands, each once.
    fn open(&self, demands: &[PhaseDemand]) -> Vec<Finding> {
        let mut seen = HashSet::new();
        let all = demands.iter().flat_map(|demand| &demand.findings);
        let new = all.filter(|it| seen.insert(it.message.as_str()));
        let mut open: Vec<Finding> = new.cloned().collect();
        let refused = |it: &&mut Finding| self.unfinished && it.severity == Severity::Refuse;
        open.iter_mut().filter(refused).for_each(|it| it.severity = Severity::Warn);
        open
    }

    fn waves<'d>(&self, delivery: &'d Delivery) -> Result<Vec<&'d Wave>, Box<Finding>> {
        let all = &delivery.backlog.waves;
        if self.wave.is_empty() {
            return Ok(if self.sprint.is_empty() { all.iter().collect() } else { Vec::new() });
        }
        let found = |id: &String| {
            let known = all.iter().map(|wave| wave.id.as_str());
            delivery.backlog.wave(id).ok_or_else(|| unknown("wave", id, known))
        };
        self.wave.iter().map(found).collect()
    }

    fn sprints<'d>(&self, delivery: &'d Delivery) -> Result<Vec<&'d Sprint>, Box<Finding>> {
        let Some(calendar) = &delivery.policy.calendar else { return Ok(Vec::new()) };
        let all = &calendar.sprints;
        if self.sprint.is_empty() {
            return Ok(if self.wave.is_empty() { all.iter().collect() } else { Vec::new() });
        }
        let ids: Vec<&str> = all.iter().map(|sprint| sprint.id.as_str()).collect();
        let found = |id: &String| calendar.sprint(id).ok_or_else(|| no_such("sprint", id, &ids));
        self.sprint.iter().map(found).collect()
    }

    /// Sprints, each with what its gate still wants.
    fn judged<'d>(
        &self,
        world: &World,
        (delivery, documents): (&Delivery, &Documents<'_>),
        sprints: &[&'d Sprint],
    ) -> Result<Vec<(&'d Sprint, Vec<Finding>)>, Stop> {
        let Some(calendar) = &delivery.policy.calendar else { return Ok(Vec::new()) };
        let seen = SprintFacts::of(world, Some(delivery), self.on)?;
        let judged = |sprint: &&'d Sprint| {
            let mut found = seen.lacks(documents, (calendar, sprint))?;
            // What was late was decided on at its gate.
            if delivery.recorded.is_sprint_passed(&sprint.id, documents.now) {
                weigh_late(&mut found, Severity::Warn);
            }
            Ok((*sprint, found))
        };
        sprints.iter().map(judged).collect()
    }
}

/// The definition of done, with what of it is met.
fn undone(demands: &[PhaseDemand]) -> String {
    let line = |demand: &PhaseDemand| {
        format!("[{}] {}\n", if demand.is_met() { 'x' } else { ' ' }, demand.title)
    };
    let lines: String = demands.iter().map(line).collect();
    format!("definition of done:\n{lines}add `--unfinished` to hand it over as it is\n")
}
