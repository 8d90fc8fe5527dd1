//! Recording a decision in the ledger: with a key where one is needed, or only saying what
//! would be recorded.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::decisions::DecisionContent;
use crate::signature::{Keygen, may};
use crate::store::{actor, named_key, no_key, no_placeholder, own_key};
use crate::verbs::ledger::{base, report_of};
use crate::{Appended, Draft, append};
use thrice_facts::clock;
use thrice_facts::clock::rfc3339;
use thrice_facts::git::Repository;
use thrice_facts::github::GitHub;
use thrice_facts::interrupt::Interrupt;
use thrice_findings::text::with_id;
use thrice_findings::{Code, Finding, Stop, add_new};
use thrice_programme::LedgerRules;
use thrice_programme::ledger::Kind;
use thrice_programme::risk::RiskSeverity;
use thrice_programme::world::World;
use thrice_report::Report;

/// How something is recorded.
#[derive(Debug, Args)]
pub struct Recording {
    /// SSH key to sign with. Default: git's `user.signingkey`.
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Shows what it would record, and records nothing.
    #[arg(long)]
    dry_run: bool,
}

/// What is to be recorded.
#[derive(Debug)]
pub struct PendingEntry {
    /// What sort of decision it is.
    pub kind: Kind,
    /// What is decided.
    pub data: Map<String, Value>,
    /// The same in the words in which people are reported.
    pub shown: String,
    /// Whether it is signed, whatever policy says of its kind: what calms is somebody's word,
    /// an alarm need not be.
    pub is_signed: bool,
}

impl Recording {
    /// Records a decision, after `findings` that refuse nothing.
    pub fn record(
        self,
        world: &World,
        decision: PendingEntry,
        findings: Vec<Finding>,
    ) -> Result<Report, Stop> {
        record_after(world, decision, (self.key, !self.dry_run), findings)
    }

    /// Whether an entry that needs no signature gets one: with the key that is given, or by
    /// policy, or as one that calms, where git has a key.
    ///
    /// # Errors
    /// Where git cannot be asked.
    pub fn signs(
        &self,
        repository: &Repository,
        rules: &LedgerRules,
        (kind, data): (Kind, &Map<String, Value>),
    ) -> anyhow::Result<bool> {
        let is_calm = DecisionContent::read(kind, data).is_some_and(|it| it.is_calm());
        let is_wanted = self.key.is_some() || rules.kind(kind).signed;
        Ok(is_wanted || is_calm && named_key(repository)?.is_some())
    }
}

/// Appends a decision to the ledger where it is to be executed, and says so.
pub fn record(
    world: &World,
    (kind, data, shown): (Kind, Map<String, Value>, &str),
    key: Option<PathBuf>,
    execute: bool,
) -> Result<Report, Stop> {
    let decision = PendingEntry { kind, data, shown: shown.to_owned(), is_signed: true };
    record_after(world, decision, (key, execute), Vec::new())
}

/// Refuses a clock that is not the server's, where there is a server and it answers.
///
/// # Errors
/// Where the two are more than five minutes apart.
pub fn check_clock(repository: &Repository, interrupt: &Interrupt) -> Result<(), Box<Finding>> {
    if std::env::var_os(clock::TEST_NOW).is_some() {
        return Ok(());
    }
    match GitHub::of(repository, interrupt) {
        Ok(github) => github.check_clock(),
        // Without a server there is nothing to hold the clock against.
        Err(_) => Ok(()),
    }
}

fn record_after(
    world: &World,
    decision: PendingEntry,
    (key, execute): (Option<PathBuf>, bool),
    mut findings: Vec<Finding>,
) -> Result<Report, Stop> {
    let PendingEntry { kind, data, shown, is_signed } = decision;
    let repository = world.repository()?;
    let mut more = Vec::new();
    let base = base(world, &repository, &mut more)?;
    add_new(&mut findings, more);
    let ledger = &base.rules.branch;
    let interrupt = Interrupt::listen()?;
    let keygen = Keygen::new(&base.signers, &interrupt)?;
    let key = match key {
        None if is_signed => own_key(&repository, &keygen).and_then(|key| match key {
            Some(key) => Ok(Some(key)),
            None => Err(no_key(kind)),
        }),
        key => Ok(key),
    };
    if !execute {
        // Who may not record it is refused before they ask for it.
        let may = actor(&repository).and_then(|it| may(&base.rules, kind, &it).map(drop));
        if let Err(finding) = no_placeholder(&data).and(may).and(key.map(drop)) {
            findings.push(*finding);
            return Ok(Report::of(findings));
        }
        let mut report = Report::of(findings);
        report.body = format!("would record in {ledger}: {shown}\n");
        report.data = json!({ "kind": kind.word(), "data": data });
        return Ok(report);
    }
    if let Err(finding) = check_clock(&repository, &interrupt) {
        findings.push(*finding);
        return Ok(Report::of(findings));
    }
    let appended = key.and_then(|key| {
        let draft = Draft { kind, data, id: None, key };
        append(&repository, &base.rules, &keygen, &draft, &clock::now)
    });
    let appended = match appended {
        Ok(appended) => appended,
        Err(finding) => {
            findings.push(*finding);
            return Err(findings.into());
        }
    };
    let shown = recorded_as(&appended, shown);
    let mut report = report_of(findings, &appended, ledger);
    if let Some(waits) = &appended.waits {
        // Whoever raised an alarm looks for it first, and for why it waits after that.
        report.body_first = true;
        let unknown = "NOT recorded on the remote: nobody else knows";
        report.headline = waits.is_refused.then(|| unknown.to_owned());
    }
    report.body = format!("{shown}\n{}", report.body);
    Ok(report)
}

/// What was recorded, under the id that it got, and whether the remote has it.
fn recorded_as(appended: &Appended, shown: String) -> String {
    let own = appended.moved.iter().find(|it| it.raised_by == appended.entry.said.id);
    let shown = match own.and_then(|own| Some((own.opened_as.as_deref()?, &own.id))) {
        Some((taken, id)) => with_id(&shown, taken, id),
        None => shown,
    };
    match &appended.waits {
        Some(_) if appended.counts_here => format!("kept in this clone: {shown}"),
        Some(_) => format!("not in effect until it is pushed: {shown}"),
        None => shown,
    }
}

/// When something is said to have been: now, where nobody says. Never to come.
pub fn happened(at: Option<Timestamp>, now: Timestamp) -> Result<Timestamp, Box<Finding>> {
    match at {
        Some(at) if at > now => {
            let message = format!("{} is still to come; it is {}", rfc3339(at), rfc3339(now));
            let finding = Finding::new(Code::UsageWrong, message);
            Err(Box::new(finding.help("give the time at which it was")))
        }
        at => Ok(at.unwrap_or(now)),
    }
}

/// The same of a step of what began at a time: nothing was done before there was anything to do.
///
/// # Errors
/// Where it is to come, or before the beginning.
pub fn happened_since(
    at: Option<Timestamp>,
    (began, now): (Timestamp, Timestamp),
) -> Result<Timestamp, Box<Finding>> {
    let at = happened(at, now)?;
    // Clocks of machines differ: what is recorded now can seem to be before it began.
    if at < began && at != now {
        let message = format!("{} is before it began: {}", rfc3339(at), rfc3339(began));
        let finding = Finding::new(Code::UsageWrong, message);
        return Err(Box::new(finding.help("give the time at which it was")));
    }
    Ok(at)
}

/// Reads a time of the command line.
///
/// # Errors
/// How to write one.
pub fn time(text: &str) -> Result<Timestamp, String> {
    text.parse().map_err(|_| "write date, time and zone: `2026-02-13T02:10:00Z`".to_owned())
}

/// The members of a decision that have a value.
pub fn members<'a>(
    pairs: impl IntoIterator<Item = (&'a str, Option<String>)>,
) -> Map<String, Value> {
    let there = pairs.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    there.map(|(name, value)| (name, Value::String(value))).collect()
}

/// Reads a severity of the command line.
pub fn severity_words() -> impl TypedValueParser<Value = RiskSeverity> {
    let words = PossibleValuesParser::new(RiskSeverity::WORDS);
    words.try_map(|word| RiskSeverity::from_word(&word).ok_or("no severity"))
}
