//! `incident ack`, `incident contain` and `incident resolve`.

use clap::Args;
use jiff::Timestamp;
use serde_json::{Map, Value};

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
const RECOVERED: &str = "merges stay frozen until it is closed, but for its hotfix: merge that \
    first, after the close no branch of it may be merged";

/// Records a step of an incident.
#[derive(Debug, Args)]
pub struct Taken {
    /// The incident.
    #[arg(value_name = "ID")]
    id: String,
    /// Note: what was done.
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// New owner. Default: you, if you acknowledge it.
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

impl Taken {
    pub(super) fn run(self, world: &World, step: Step) -> Result<Report, Stop> {
        let gathered = RiskInput::of(world)?;
        let decided = gathered.alarm(AlarmKind::Incident, &self.id).and_then(|incident| {
            let at = happened_since(self.at, (incident.began, gathered.now))?;
            match incident.taken(step) {
                None => Ok((incident, at)),
                Some(_) => {
                    let id = safe(&incident.id);
                    let last = incident.steps.last_key_value().map(|(_, last)| last.at);
                    let since = last.map(|at| format!(" since {}", gathered.moment(at)));
                    let (word, since) = (incident.state().word(), since.unwrap_or_default());
                    let message = format!("{id} is {word}{since}");
                    let finding = Finding::new(Code::MatterState, message);
                    Err(Box::new(finding.help(format!("next: {}", gathered.next_step(incident)))))
                }
            }
        });
        let (incident, at) = decided?;
        let state = match step {
            Step::Acknowledge => "acknowledged",
            Step::Contain => "contained",
            Step::Recover => "recovered",
        };
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
        let of = of.map_or(String::new(), |owner| format!("; {} answers for it", safe(owner)));
        let since = gathered.moment(at);
        let shown = format!("{id} is {state} since {since}{of}\n{then}\nnext: {next}");
        let decision = PendingEntry { kind: Kind::Incident, data, shown, is_signed: true };
        self.recording.record(world, decision, gathered.findings)
    }
}
