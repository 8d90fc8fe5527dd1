//! `incident ack`, `incident contain` and `incident resolve`.

use clap::Args;
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::close::unmerged;
use crate::gather::RiskInput;
use thrice_facts::clock::rfc3339;
use thrice_findings::{Code, Finding, Stop};
use thrice_ledger::decisions::{Alarm, AlarmKind, Step};
use thrice_ledger::recording::{PendingEntry, Recording, happened_since, members, time};
use thrice_programme::Kind;
use thrice_programme::world::World;
use thrice_report::Report;
use thrice_report::text::safe;

/// What is left of an incident that is recovered, and that freezes merges.
const RECOVERED: &str = "merges stay frozen until you close it. Merge its hotfix before that: only \
    branches of an open incident pass the freeze";

/// Records a step of an incident.
#[derive(Debug, Args)]
pub struct Taken {
    /// The incident.
    #[arg(value_name = "ID")]
    id: String,
    /// Note: what was done.
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// Owner from now on. Default: with `ack` you; otherwise nobody changes, and an incident that has
    /// no owner is yours. `ack` with an owner hands over what is acknowledged already.
    #[arg(long, value_name = "NAME")]
    owner: Option<String>,
    /// Time of the event. Default: now.
    #[arg(long, value_name = "TIME", value_parser = time)]
    at: Option<Timestamp>,
    #[command(flatten)]
    recording: Recording,
}

/// What every entry about a known incident says.
pub(super) fn said(incident: &Alarm, state: &str) -> Map<String, Value> {
    members([
        ("incident", Some(incident.id.clone())),
        ("state", Some(state.to_owned())),
        ("answers", Some(incident.raised_by.clone())),
        ("severity", Some(incident.severity.word().to_owned())),
        ("title", Some(incident.title.clone())),
    ])
}

impl RiskInput {
    /// That a step was taken before, or that the incident is over.
    fn taken_already(&self, incident: &Alarm) -> Finding {
        let id = safe(&incident.id);
        let last = incident.steps.last_key_value().map(|(_, last)| last.at);
        let at = incident.over.or(last).map(|at| format!(" at {}", self.moment(at)));
        let message =
            format!("{id} was {}{} already", incident.state().word(), at.unwrap_or_default());
        Finding::new(Code::MatterState, message).help(
            match incident.stops_merges() || incident.over.is_none() {
                true => format!("next: {}", self.next_step(incident)),
                false => format!("`cargo xtask incident open --id {id}` reopens it"),
            },
        )
    }
}

impl Taken {
    /// Whether it only names another owner of what is acknowledged already.
    fn hands_over(&self, incident: &Alarm, step: Step) -> bool {
        let is_other = self.owner.is_some() && self.owner != incident.owner;
        step == Step::Acknowledge && is_other && incident.taken(step).is_some()
    }

    pub(super) fn run(self, world: &World, step: Step) -> Result<Report, Stop> {
        let gathered = RiskInput::of(world)?;
        let decided = gathered.alarm(AlarmKind::Incident, &self.id).and_then(|incident| {
            let at = happened_since(self.at, (incident.began, gathered.now))?;
            match (incident.over, incident.taken(step)) {
                (None, None) => Ok((incident, at)),
                // Whoever takes over takes no step: that one was taken.
                (None, Some(_)) if self.hands_over(incident, step) => Ok((incident, at)),
                _ => Err(Box::new(gathered.taken_already(incident))),
            }
        });
        let (incident, at) = decided?;
        let hands_over = self.hands_over(incident, step);
        let state = match step {
            _ if hands_over => incident.state().word(),
            Step::Acknowledge => "acknowledged",
            Step::Contain => "contained",
            Step::Recover => "recovered",
        };
        let mut findings = gathered.findings.clone();
        findings.extend(gathered.unknown_owner(self.owner.as_deref()));
        if step == Step::Recover {
            findings.extend(unmerged(&gathered, &incident.id, None)?);
        }
        let mine = step == Step::Acknowledge || incident.owner.is_none();
        let owner = match self.owner {
            None if mine => gathered.me()?,
            owner => owner,
        };
        let mut data = said(incident, state);
        data.extend(members([
            ("owner", owner),
            ("note", self.note),
            ("at", self.at.map(|_| rfc3339(at))),
        ]));
        let after = incident.after((Kind::Incident, &data), true, gathered.now);
        let (due, next) = (gathered.due(&after), gathered.next_step(&after));
        let then = match (step, &due) {
            (Step::Recover, _) if incident.stops_merges() => RECOVERED,
            (Step::Recover, _) => "close it",
            (_, None) => "no clock runs",
            (_, Some(due)) => due,
        };
        let then = safe(then);
        let id = safe(&incident.id);
        let of = after.owner.as_ref();
        let of = of.map_or(String::new(), |owner| format!("; owner: {}", safe(owner)));
        let at = gathered.moment(at);
        let word = if step == Step::Recover { "resolved" } else { state };
        let done = match hands_over {
            true => format!("{id} is handed over{of}"),
            false => format!("{id} was {word} at {at}{of}"),
        };
        let shown = format!("{done}\n{then}\nnext: {next}");
        let decision = PendingEntry { kind: Kind::Incident, data, shown, is_signed: true };
        self.recording.record(world, decision, findings)
    }
}
