//! `risk update` and `risk close`.

use clap::Args;
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::add::About;
use crate::gather::RiskInput;
use thrice_facts::clock::rfc3339;
use thrice_findings::{Code, Finding, Refused, Stop};
use thrice_ledger::decisions::{Alarm, AlarmKind, AlarmState, Severity, Step};
use thrice_ledger::expiry;
use thrice_ledger::recording::{
    PendingEntry, Recording, happened_since, members, severity_words, time,
};
use thrice_programme::Kind;
use thrice_programme::risk::RiskSeverity;
use thrice_programme::world::World;
use thrice_report::Report;
use thrice_report::text::safe;

/// Records what has changed about a risk.
#[derive(Debug, Args)]
pub struct Update {
    /// The risk.
    #[arg(value_name = "ID")]
    id: String,
    /// New severity.
    #[arg(long, value_name = "WORD", value_parser = severity_words())]
    severity: Option<RiskSeverity>,
    /// Title, in one line.
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    #[command(flatten)]
    about: About,
    /// Somebody works on the risk.
    #[arg(long)]
    acknowledged: bool,
    /// The risk is contained.
    #[arg(long)]
    contained: bool,
    /// The mitigation is done.
    #[arg(long, conflicts_with_all = ["accepted", "reopened"])]
    mitigated: bool,
    /// The risk is accepted until `--expires`, for `--reason`.
    #[arg(long, requires_all = ["expires", "reason"], conflicts_with = "reopened")]
    accepted: bool,
    /// The risk is back.
    #[arg(long)]
    reopened: bool,
    /// Expiry of the acceptance, such as `2026-02-28T18:00:00-03:00`.
    #[arg(long, value_name = "TIME", value_parser = time, requires = "accepted")]
    expires: Option<Timestamp>,
    /// Reason.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Time of the event. Default: now.
    #[arg(long, value_name = "TIME", value_parser = time)]
    at: Option<Timestamp>,
    #[command(flatten)]
    recording: Recording,
}

/// Closes a risk.
#[derive(Debug, Args)]
pub struct Close {
    /// The risk.
    #[arg(value_name = "ID")]
    id: String,
    /// Reason.
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// End time. Default: now.
    #[arg(long, value_name = "TIME", value_parser = time)]
    at: Option<Timestamp>,
    #[command(flatten)]
    recording: Recording,
}

impl RiskInput {
    /// A risk as an entry of now leaves it: how far it is, what becomes of merges, what is due.
    fn changed(&self, risk: &Alarm, after: &Alarm) -> String {
        let merges = self.merges_after(after, risk.stops_merges(), after.stops_merges());
        let (id, state, word) = (safe(&after.id), after.state().word(), after.severity.word());
        let due = match after.is_open() {
            true => self.due(after).map(|due| format!("\n{due}")).unwrap_or_default(),
            false => String::new(),
        };
        format!("{id} is {state}, {word}{merges}{due}\nnext: {}", self.next_step(after))
    }
}

/// What every entry about a known risk says.
fn said(risk: &Alarm, state: &str, severity: Severity) -> Map<String, Value> {
    members([
        ("risk", Some(risk.id.clone())),
        ("state", Some(state.to_owned())),
        ("answers", Some(risk.raised_by.clone())),
        ("severity", Some(severity.word().to_owned())),
        ("title", Some(risk.title.clone())),
    ])
}

fn refuse(message: String, help: &str) -> Refused {
    Box::new(Finding::new(Code::MatterState, message).help(help))
}

impl Update {
    pub(super) fn run(self, world: &World) -> Result<Report, Stop> {
        let gathered = RiskInput::of(world)?;
        let decided = gathered.alarm(AlarmKind::Risk, &self.id).and_then(|risk| {
            gathered.check_named(self.about.wave.as_deref(), &self.about.stories)?;
            let at = happened_since(self.at, (risk.began, gathered.now))?;
            self.fits(risk, gathered.now)?;
            Ok((risk, at))
        });
        let (risk, at) = decided?;
        let state = match (self.mitigated, self.accepted) {
            (true, _) => "mitigated",
            (_, true) => "accepted",
            // Who changes an owner does not open what is taken or done.
            _ if self.reopened => "open",
            _ => match risk.state() {
                state @ (AlarmState::Mitigated | AlarmState::Accepted) => state.word(),
                _ => "open",
            },
        };
        let is_step = self.acknowledged || self.contained;
        let mine = if is_step && risk.owner.is_none() { gathered.me()? } else { None };
        let severity = self.severity.map_or(risk.severity, Severity::Risk);
        // That it is back, or worse, is an alarm, which needs nobody's key.
        let is_signed = !self.reopened && severity >= risk.severity;
        let mut data = said(risk, state, severity);
        let expires = self.expires.or(risk.accepted_until.filter(|_| state == "accepted"));
        data.extend(members([
            ("title", self.title),
            ("owner", mine.filter(|_| self.about.owner.is_none())),
            ("expires_at", expires.filter(|end| *end < Timestamp::MAX).map(rfc3339)),
            ("acknowledged_at", self.acknowledged.then(|| rfc3339(at))),
            ("contained_at", self.contained.then(|| rfc3339(at))),
            ("reason", self.reason),
            ("at", self.at.map(|_| rfc3339(at))),
        ]));
        let owner = self.about.owner.clone();
        self.about.say(&mut data);
        let said = (Kind::Risk, &data);
        let (repository, rules) = (&gathered.repository, &gathered.policy.ledger);
        let signs = is_signed || self.recording.signs(repository, rules, said)?;
        let after = risk.after(said, signs, gathered.now);
        let shown = gathered.changed(risk, &after);
        let decision = PendingEntry { kind: Kind::Risk, data, shown, is_signed };
        let mut findings = gathered.findings.clone();
        findings.extend(gathered.unknown_owner(owner.as_deref()));
        self.recording.record(world, decision, findings)
    }

    fn fits(&self, risk: &Alarm, now: Timestamp) -> Result<(), Refused> {
        let id = safe(&risk.id);
        let back = "`--reopened` says that it is back";
        if self.reopened && risk.is_open() {
            return Err(refuse(format!("{id} is open"), "say what else has changed"));
        }
        if risk.over.is_some() && !self.reopened {
            return Err(refuse(format!("{id} is closed"), back));
        }
        let steps = [(self.acknowledged, Step::Acknowledge), (self.contained, Step::Contain)];
        for (_, step) in steps.iter().filter(|(is_said, _)| *is_said && !self.reopened) {
            if let Some(taken) = risk.taken(*step) {
                let message =
                    format!("{id}: that step was recorded already, at {}", rfc3339(taken.at));
                return Err(refuse(
                    message,
                    "the first entry of a step stands, and nothing was recorded",
                ));
            }
        }
        if self.mitigated && risk.state() == AlarmState::Mitigated {
            return Err(refuse(format!("{id} is mitigated already"), back));
        }
        if expiry::is_over(self.expires, now) {
            let message = "what is accepted would have ended already".to_owned();
            let finding = Finding::new(Code::UsageWrong, message);
            return Err(Box::new(finding.help("give a time in the future")));
        }
        let is_step = self.acknowledged || self.contained || self.mitigated || self.accepted;
        let is_other = self.reopened || self.severity.is_some() || self.title.is_some();
        if !is_step && !is_other && self.reason.is_none() && self.about.is_empty() {
            let message = "nothing to record: say what has changed".to_owned();
            let finding = Finding::new(Code::UsageWrong, message);
            let help = "add an option, such as `--acknowledged`; `cargo xtask risk update --help` lists them";
            return Err(Box::new(finding.help(help)));
        }
        Ok(())
    }
}

/// The entry by which a risk is accepted until a time, and how people know it.
///
/// # Errors
/// Where nothing would change: there is no such risk, it is not open, or the time is over.
pub fn acceptance(
    world: &World,
    id: &str,
    (expires, reason): (Timestamp, &str),
) -> Result<(Map<String, Value>, String), Stop> {
    let gathered = RiskInput::of(world)?;
    let risk = gathered.alarm(AlarmKind::Risk, id)?;
    if !risk.is_open() {
        let message = format!("{} is {}: none of its clocks runs", safe(id), risk.state().word());
        let help = format!("`cargo xtask risk update {} --reopened` says that it is back", risk.id);
        return Err(Finding::new(Code::DecisionVoid, message).help(help).into());
    }
    if expiry::is_over(Some(expires), gathered.now) {
        let message = "what is accepted would have ended already".to_owned();
        let finding = Finding::new(Code::UsageWrong, message);
        return Err(finding.help("give a time in the future").into());
    }
    let mut data = said(risk, "accepted", risk.severity);
    let expires = rfc3339(expires);
    let more = [("expires_at", Some(expires.clone())), ("reason", Some(reason.to_owned()))];
    data.extend(members(more));
    let merges = gathered.merges_after(risk, risk.stops_merges(), false);
    Ok((data, format!("{} is accepted until {expires}, and its clocks stop{merges}", safe(id))))
}

impl Close {
    pub(super) fn run(self, world: &World) -> Result<Report, Stop> {
        let gathered = RiskInput::of(world)?;
        let decided = gathered.alarm(AlarmKind::Risk, &self.id).and_then(|risk| {
            let at = happened_since(self.at, (risk.began, gathered.now))?;
            match risk.over {
                None => Ok((risk, at)),
                Some(over) => {
                    let message =
                        format!("{} was closed at {} already", safe(&risk.id), rfc3339(over));
                    Err(refuse(message, "`cargo xtask risk list --all`"))
                }
            }
        });
        let (risk, at) = decided?;
        let mut data = said(risk, "closed", risk.severity);
        data.extend(members([("reason", Some(self.reason)), ("at", self.at.map(|_| rfc3339(at)))]));
        let merges = gathered.merges_after(risk, risk.stops_merges(), false);
        let shown = format!("{} is closed{merges}", safe(&risk.id));
        let decision = PendingEntry { kind: Kind::Risk, data, shown, is_signed: true };
        self.recording.record(world, decision, gathered.findings)
    }
}
