//! `incident open`.

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use jiff::Timestamp;
use serde_json::json;

use crate::gather::{RiskInput, answer, mistyped};
use crate::judge::clocks::triggers::REPLAY;
use thrice_facts::clock::rfc3339;
use thrice_findings::{Code, Finding, Stop};
use thrice_ledger::decisions::freeze::scope;
use thrice_ledger::decisions::{Alarm, AlarmKind, Severity};
use thrice_ledger::recording::{PendingEntry, Recording, happened, members, time};
use thrice_programme::Kind;
use thrice_programme::risk::IncidentSeverity;
use thrice_programme::world::World;
use thrice_report::Report;
use thrice_report::text::safe;

/// Records an incident.
#[derive(Debug, Args)]
pub struct Open {
    /// Title, in one line. A reopened incident keeps its own by default.
    #[arg(long, value_name = "TEXT", required_unless_present = "id")]
    title: Option<String>,
    /// Severity. Default: P0, or what a reopened incident had.
    #[arg(long, value_name = "WORD", ignore_case = true, value_parser = incident_words())]
    severity: Option<IncidentSeverity>,
    /// Id, in the form that policy/branches.toml gives incidents. Default: the next free one. The id
    /// of a closed incident reopens it.
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
    #[arg(long, value_name = "TIME", value_parser = time)]
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
    words.try_map(|word| IncidentSeverity::from_word(&word.to_uppercase()).ok_or("no severity"))
}

impl Open {
    pub(super) fn run(self, world: &World) -> Result<Report, Stop> {
        let mut gathered = RiskInput::of(world)?;
        let checked = gathered
            .check_named(self.wave.as_deref(), &self.stories)
            .and_then(|()| happened(self.at, gathered.now))
            .and_then(|at| {
                Ok((at, OpenedIncident::of(&gathered, self.id, self.severity, self.title)?))
            });
        let (at, opened) = checked?;
        let OpenedIncident { id, severity, title, back } = opened;
        let known = back.as_ref().map(|known| (known.wave.clone(), known.stories.clone()));
        let (wave, stories) = known.unwrap_or((self.wave.clone(), self.stories.clone()));
        let mut findings = std::mem::take(&mut gathered.findings);
        findings.extend(gathered.cannot_sign().unwrap_or_default());
        findings.extend(gathered.unknown_owner(self.owner.as_deref()));
        findings.extend(gathered.twin(&title, &id));
        findings.extend(mistyped(self.category.as_deref(), REPLAY));
        let mut data = members([
            ("incident", Some(id.clone())),
            ("state", Some("open".to_owned())),
            ("answers", back.as_ref().map(|known| known.raised_by.clone())),
            ("severity", Some(severity.word().to_owned())),
            ("title", Some(title.clone())),
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
        let word = severity.word();
        let shown_id = safe(&id);
        let (stops, hotfix) = match severity.needs_postmortem() {
            false => (String::new(), String::new()),
            true => {
                let of = safe(&scope(wave.as_deref(), &stories));
                let stops = format!(
                    "merges{of} are frozen until `cargo xtask incident close {shown_id}`; \
                    only a required check on the server stops a push\n"
                );
                (stops, gathered.hotfix(&id, &title))
            }
        };
        let back = if back.is_some() { "open again" } else { "open" };
        let ack = format!("next: cargo xtask incident ack {shown_id}\n");
        let shown =
            format!("{shown_id} is {back}, {word}: {}\n{stops}{answer}{hotfix}{ack}", safe(&title));
        let shown = shown.trim_end().to_owned();
        let decision = PendingEntry { kind: Kind::Incident, data, shown, is_signed: false };
        self.recording.record(world, decision, findings)
    }
}

/// What is opened.
struct OpenedIncident {
    id: String,
    severity: IncidentSeverity,
    title: String,
    /// What it was, where it was over and is back.
    back: Option<Alarm>,
}

impl OpenedIncident {
    /// A new incident, or one which is over and is back, as bad as it was or worse.
    fn of(
        gathered: &RiskInput,
        given: Option<String>,
        severity: Option<IncidentSeverity>,
        title: Option<String>,
    ) -> Result<Self, Box<Finding>> {
        let known = given.as_deref().and_then(|id| gathered.alarm(AlarmKind::Incident, id).ok());
        let Some(known) = known else {
            let Some(title) = title.filter(|it| !it.trim().is_empty()) else {
                let message = "a new incident needs a title".to_owned();
                let help = "add a few words, such as `--title \"checkout answers 500\"`";
                return Err(Box::new(Finding::new(Code::UsageWrong, message).help(help)));
            };
            let severity = severity.unwrap_or(IncidentSeverity::P0);
            let id = gathered.new_id(AlarmKind::Incident, given)?;
            return Ok(Self { id, severity, title, back: None });
        };
        let id = safe(&known.id);
        if known.is_open() {
            let message = format!("{id} is {} already", known.state().word());
            let finding = Finding::new(Code::MatterState, message);
            let help = format!(
                "`cargo xtask incident show {id}`; leave `--id` out to open another incident"
            );
            return Err(Box::new(finding.help(help)));
        }
        let Severity::Incident(was) = known.severity else {
            return Err(Box::new(Finding::new(Code::MatterState, format!("{id} is no incident"))));
        };
        let severity = severity.unwrap_or(was);
        if was < severity {
            let message = format!("{id} was {}", was.word());
            let finding = Finding::new(Code::MatterState, message);
            return Err(Box::new(finding.help("open it as that, or give this one another id")));
        }
        let title = title.unwrap_or_else(|| known.title.clone());
        Ok(Self { id: known.id.clone(), severity, title, back: Some(known.clone()) })
    }
}
