//! `incident open`.

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use jiff::Timestamp;
use serde_json::json;

use crate::gather::{Gathered, answer};
use thrice_facts::clock::rfc3339;
use thrice_findings::{Code, Finding, Stop};
use thrice_ledger::decisions::{AlarmKind, Severity};
use thrice_ledger::recording::{PendingEntry, Recording, happened, members};
use thrice_programme::Kind;
use thrice_programme::risk::IncidentSeverity;
use thrice_programme::world::World;
use thrice_report::Report;
use thrice_report::text::safe;

/// Records an incident.
#[derive(Debug, Args)]
pub(super) struct Open {
    /// Title, in one line.
    #[arg(long, value_name = "TEXT")]
    title: String,
    /// Severity.
    #[arg(long, value_name = "WORD", value_parser = incident_words())]
    severity: IncidentSeverity,
    /// Id, such as `INC-7`. Default: made from the time. The id of a closed incident reopens it.
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    /// Owner.
    #[arg(long, value_name = "NAME")]
    owner: Option<String>,
    /// Wave whose merges it freezes. Default: all.
    #[arg(long, value_name = "ID")]
    wave: Option<String>,
    /// Story that it affects; can be repeated.
    #[arg(long = "story", value_name = "ID")]
    stories: Vec<String>,
    /// Category; a trigger looks at `replay`.
    #[arg(long, value_name = "WORD")]
    category: Option<String>,
    /// Start time. Default: now.
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
    /// Link to more information.
    #[arg(long, value_name = "ADDRESS")]
    url: Option<String>,
    #[command(flatten)]
    recording: Recording,
}

/// Reads an incident's severity of the command line.
fn incident_words() -> impl TypedValueParser<Value = IncidentSeverity> {
    let words = PossibleValuesParser::new(IncidentSeverity::WORDS);
    words.try_map(|word| IncidentSeverity::from_word(&word).ok_or("no severity"))
}

impl Open {
    pub(super) fn run(self, world: &World) -> Result<Report, Stop> {
        let mut gathered = Gathered::recording(world)?;
        let checked = gathered
            .check_named(self.wave.as_deref(), &self.stories)
            .and_then(|()| happened(self.at, gathered.now))
            .and_then(|at| Ok((at, id_of(&gathered, self.id, self.severity)?)));
        let (at, id) = checked?;
        let mut findings = std::mem::take(&mut gathered.findings);
        let mut data = members([
            ("incident", Some(id.clone())),
            ("state", Some("open".to_owned())),
            ("severity", Some(self.severity.word().to_owned())),
            ("title", Some(self.title)),
            ("owner", self.owner),
            ("wave", self.wave.clone()),
            ("category", self.category),
            ("began_at", self.at.map(|_| rfc3339(at))),
            ("url", self.url),
        ]);
        if !self.stories.is_empty() {
            data.insert("stories".to_owned(), json!(self.stories));
        }
        let answer = answer(&gathered.policy, (Kind::Incident, &data), gathered.now, &mut findings);
        let stops = match (&self.wave, self.severity.needs_postmortem()) {
            (_, false) => String::new(),
            (None, true) => "merges wait until it is closed\n".to_owned(),
            (Some(wave), true) => {
                format!("merges of {} wait until it is closed\n", safe(wave))
            }
        };
        let word = self.severity.word();
        let shown = format!("{} is open, {word}\n{stops}{answer}", safe(&id));
        let shown = shown.trim_end().to_owned();
        let decision = PendingEntry { kind: Kind::Incident, data, shown, is_signed: false };
        self.recording.record(world, decision, findings)
    }
}

/// A new id, or that of an incident which is over and is back, as bad as it was or worse.
fn id_of(
    gathered: &Gathered,
    given: Option<String>,
    severity: IncidentSeverity,
) -> Result<String, Box<Finding>> {
    let known = given.as_deref().and_then(|id| gathered.alarm(AlarmKind::Incident, id).ok());
    let Some(known) = known else { return gathered.new_id(AlarmKind::Incident, given) };
    if known.is_open() {
        let message = format!("{} is {} already", safe(&known.id), known.state().word());
        let finding = Finding::new(Code::MatterState, message);
        return Err(Box::new(finding.help("choose another id, or leave `--id` out")));
    }
    if known.severity < Severity::Incident(severity) {
        let message = format!("{} was {}", safe(&known.id), known.severity.word());
        let finding = Finding::new(Code::MatterState, message);
        return Err(Box::new(finding.help("open it as that, or give this one another id")));
    }
    Ok(known.id.clone())
}
