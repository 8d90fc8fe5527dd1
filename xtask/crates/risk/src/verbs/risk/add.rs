//! `risk add`.

use clap::Args;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::gather::{RiskInput, answer, mistyped};
use crate::judge::clocks::triggers::SECURITY;
use thrice_facts::clock::rfc3339;
use thrice_findings::text::shell_word;
use thrice_findings::{Code, Finding, Severity, Stop};
use thrice_ledger::decisions::{AlarmKind, Decision, Standing};
use thrice_ledger::recording::{PendingEntry, Recording, happened, members, severity_words, time};
use thrice_programme::Kind;
use thrice_programme::risk::RiskSeverity;
use thrice_programme::world::World;
use thrice_report::Report;
use thrice_report::text::safe;

/// Records a risk.
#[derive(Debug, Args)]
pub struct Add {
    /// Title, in one line.
    #[arg(long, value_name = "TEXT")]
    title: String,
    /// Severity.
    #[arg(long, value_name = "WORD", value_parser = severity_words())]
    severity: RiskSeverity,
    /// Id, such as `R-IMP-001`. Default: made from the time.
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    #[command(flatten)]
    about: About,
    /// Time it was found. Default: now.
    #[arg(long, value_name = "TIME", value_parser = time)]
    at: Option<Timestamp>,
    #[command(flatten)]
    recording: Recording,
}

/// What more is said of a risk.
#[derive(Debug, Args)]
pub(super) struct About {
    /// Owner.
    #[arg(long, value_name = "NAME")]
    pub(super) owner: Option<String>,
    /// Mitigation.
    #[arg(long, value_name = "TEXT")]
    pub(super) mitigation: Option<String>,
    /// Due time, such as `2026-02-14T18:00:00-03:00`.
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(super) due: Option<Timestamp>,
    /// Wave that it affects. Default: all.
    #[arg(long, value_name = "ID")]
    pub(super) wave: Option<String>,
    /// Story that it affects; can be repeated.
    #[arg(long = "story", value_name = "ID")]
    pub(super) stories: Vec<String>,
    /// Category; a trigger looks at `security`.
    #[arg(long, value_name = "WORD")]
    pub(super) category: Option<String>,
}

impl About {
    /// Whether nothing is said.
    pub(super) fn is_empty(&self) -> bool {
        let words = [&self.owner, &self.mitigation, &self.wave, &self.category];
        words.iter().all(|it| it.is_none()) && self.due.is_none() && self.stories.is_empty()
    }

    /// Adds what is said to an entry.
    pub(super) fn say(self, data: &mut Map<String, Value>) {
        data.extend(members([
            ("owner", self.owner),
            ("mitigation", self.mitigation),
            ("due_at", self.due.map(rfc3339)),
            ("wave", self.wave),
            ("category", self.category),
        ]));
        if !self.stories.is_empty() {
            data.insert("stories".to_owned(), json!(self.stories));
        }
    }
}

impl Add {
    pub(super) fn run(self, world: &World) -> Result<Report, Stop> {
        let mut gathered = RiskInput::of(world)?;
        let checked = gathered
            .check_named(self.about.wave.as_deref(), &self.about.stories)
            .and_then(|()| happened(self.at, gathered.now))
            .and_then(|at| Ok((at, gathered.new_id(AlarmKind::Risk, self.id)?)));
        let (at, id) = checked?;
        let mut findings = std::mem::take(&mut gathered.findings);
        findings.extend(unowned(&id, self.severity, &self.about));
        findings.extend(gathered.unknown_owner(self.about.owner.as_deref()));
        findings.extend(mistyped(self.about.category.as_deref(), SECURITY));
        let mut data = members([
            ("risk", Some(id.clone())),
            ("state", Some("open".to_owned())),
            ("severity", Some(self.severity.word().to_owned())),
            ("title", Some(self.title.clone())),
            ("at", self.at.map(|_| rfc3339(at))),
        ]);
        self.about.say(&mut data);
        let answer = answer(&gathered.policy, (Kind::Risk, &data), gathered.now, &mut findings);
        let drafted =
            Standing::of(Decision::draft((Kind::Risk, &data), false, gathered.now), gathered.now);
        let frozen = drafted.alarms.first().filter(|alarm| alarm.stops_merges());
        let frozen = frozen.map(|alarm| gathered.merges_after(alarm, false, true));
        let frozen = frozen.map(|it| format!("{it}, until it is mitigated, accepted or closed"));
        let frozen = frozen.unwrap_or_default();
        let shown = format!("{} is open, {}{frozen}\n{answer}", safe(&id), self.severity.word());
        let shown = shown.trim_end().to_owned();
        let decision = PendingEntry { kind: Kind::Risk, data, shown, is_signed: false };
        let mut report = self.recording.record(world, decision, findings)?;
        if self.severity == RiskSeverity::Critical && report.exit() == 0 {
            let title = shell_word(&safe(&self.title));
            report.next = Some(format!("cargo xtask incident open --severity P0 --title {title}"));
        }
        Ok(report)
    }
}

/// A critical risk has an owner and a mitigation, a medium one an owner and a date
/// (P-6, Z-6); that it is recorded at all comes first.
fn unowned(id: &str, severity: RiskSeverity, about: &About) -> Option<Finding> {
    let lacks: Vec<&str> = [
        (about.owner.is_none(), "--owner NAME"),
        (severity != RiskSeverity::Medium && about.mitigation.is_none(), "--mitigation TEXT"),
        (severity == RiskSeverity::Medium && about.due.is_none(), "--due TIME"),
    ]
    .into_iter()
    .filter_map(|(lacks, option)| lacks.then_some(option))
    .collect();
    if lacks.is_empty() {
        return None;
    }
    let name = |option: &&str| format!("`{}`", option.split(' ').next().unwrap_or(option));
    let names: Vec<String> = lacks.iter().map(name).collect();
    let message = format!("this {} risk has no {} yet", severity.word(), names.join(" and no "));
    let help = format!("`cargo xtask risk update {} {}`", safe(id), lacks.join(" "));
    let mut finding = Finding::new(Code::RiskUnowned, message).help(help);
    finding.severity = Severity::Warn;
    Some(finding)
}
