//! `wave`: how far a wave has come, and the decision at its gate.

use std::path::PathBuf;
use std::rc::Rc;

use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde_json::{Map, json};

use super::evidence::pack::digest;
use super::story::gather::{Delivery, On, unknown};
use super::story::show;
use super::{evidence, recorded_after};
use crate::gather::Delivery as Evidenced;
use crate::judge::backlog::{first_line, gate, is_open, scorecard};
use thrice_facts::clock;
use thrice_findings::{Answer, Code, Finding, Stop, Verdict, add_new, unless_refused, verdict};
use thrice_ledger::gather::read_whole;
use thrice_programme::Wave;
use thrice_programme::ledger::Kind;
use thrice_programme::world::World;
use thrice_report::Report;
use thrice_report::table::Table;
use thrice_report::text::safe;
use thrice_risk::verbs::sla::fired;

/// Waves.
#[derive(Debug, Subcommand)]
pub enum WaveCommand {
    /// Shows the stories of a wave, and whether it is open.
    Status {
        /// The wave.
        #[arg(value_name = "ID")]
        wave: String,
        /// Where to look.
        #[arg(long, value_enum, default_value = "local")]
        on: On,
    },
    /// Checks the gate of a wave, or records that it passed.
    Gate(Gate),
}

/// Decides on the gate of a wave.
#[derive(Debug, Args)]
pub struct Gate {
    /// The wave.
    #[arg(value_name = "ID")]
    wave: String,
    /// Where to look.
    #[arg(long, value_enum, default_value = "local")]
    on: On,
    /// Records the decision in the ledger.
    #[arg(long)]
    execute: bool,
    /// SSH key to sign with. Default: git's `user.signingkey`.
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
}

impl WaveCommand {
    /// Runs the verb.
    ///
    /// # Errors
    /// Where git fails.
    pub fn run(self, world: &World) -> Result<Report, Stop> {
        let (id, on) = match &self {
            Self::Status { wave, on } => (wave.clone(), *on),
            Self::Gate(gate) => (gate.wave.clone(), gate.on),
        };
        if let Self::Gate(_) = &self {
            read_whole(&world.repository()?);
        }
        let delivery = Rc::new(Delivery::of(world, on)?);
        let Some(wave) = delivery.backlog.wave(&id) else {
            let known = delivery.backlog.waves.iter().map(|wave| wave.id.as_str());
            return Err(unknown("wave", &id, known).into());
        };
        match self {
            Self::Status { on, .. } => Ok(status(world, &delivery, wave, on)?),
            Self::Gate(gate) => decide(world, &delivery, wave, gate),
        }
    }
}

fn status(world: &World, delivery: &Delivery, wave: &Wave, on: On) -> anyhow::Result<Report> {
    let stories = delivery.backlog.stories.iter().zip(&delivery.board.statuses);
    let own: Vec<_> =
        stories.filter(|(story, _)| story.wave.as_deref() == Some(&wave.id)).collect();
    let open = match is_open(wave, &delivery.recorded, clock::now()) {
        Ok(()) => format!("{} is open", wave.id),
        Err(before) => format!("{} is not open: the gate of {before} is not passed", wave.id),
    };
    let gate = match delivery.recorded.is_passed(&wave.id, clock::now()) {
        true => "its own gate is passed",
        false => "its own gate is not passed",
    };
    let under_way = own.iter().filter(|(_, status)| status.is_under_way()).count();
    let mut report = Report::screen(delivery.findings.clone());
    let evidence = delivery.evidence(&[wave])?;
    let head = delivery.head(on, &mut report.findings)?;
    let facts = delivery.gate_facts(evidence.lacks(), &head);
    let card = scorecard::of_wave(wave, &facts, clock::now());
    report.body = format!(
        "{open}; {gate}; {under_way} of at most {} under way\n\n{}\n{}",
        wave.limit,
        show::table(delivery, &own),
        card_table(&card)
    );
    if world.printer.is_for_programs() {
        let reported = own.iter().map(|(story, status)| show::data(story, status));
        report.data = json!({
            "wave": wave.id,
            "open": is_open(wave, &delivery.recorded, clock::now()).is_ok(),
            "passed": delivery.recorded.is_passed(&wave.id, clock::now()),
            "stories": reported.collect::<Vec<_>>(),
            "scorecard": card,
        });
    }
    Ok(report)
}

/// A scorecard as a table.
fn card_table(card: &[Answer]) -> String {
    let mut table = Table::new(["scorecard", "answer", "why"]);
    for answer in card {
        table.row([safe(&answer.demand), answer.verdict.word().to_owned(), safe(&answer.why)]);
    }
    table.text()
}

/// What the gates of some waves still want, an answer a wave.
pub(crate) fn lacks(
    world: &World,
    delivery: &Delivery,
    waves: &[&Wave],
    on: On,
) -> Result<Vec<Vec<Finding>>, Stop> {
    let evidence = delivery.evidence(waves)?;
    let mut always = fired(world, on == On::Github)?;
    let head = delivery.head(on, &mut always)?;
    let facts = delivery.gate_facts(evidence.lacks(), &head);
    let here = match on {
        On::Github => unless_refused(Evidenced::of(world, &delivery.repository))?,
        On::Local => None,
    };
    let mut answers = Vec::new();
    for wave in waves {
        let mut found = gate(wave, &facts);
        found.extend(always.iter().cloned());
        if let Some(here) = &here {
            found.extend(pulls(here, delivery, wave)?);
        }
        answers.push(found);
    }
    Ok(answers)
}

fn decide(
    world: &World,
    delivery: &Rc<Delivery>,
    wave: &Wave,
    asked: Gate,
) -> Result<Report, Stop> {
    let execute = asked.execute;
    let mut report = judged(world, delivery, wave, asked)?;
    let gate = format!("the gate of {}", safe(&wave.id));
    if report.headline.is_none() {
        report.headline = Some(first_line(&gate, &report.findings, execute));
    }
    Ok(report)
}

fn judged(
    world: &World,
    delivery: &Rc<Delivery>,
    wave: &Wave,
    asked: Gate,
) -> Result<Report, Stop> {
    let mut findings = delivery.findings.clone();
    let base = delivery.base.id.as_str();
    let lacks = lacks(world, delivery, &[wave], asked.on)?;
    add_new(&mut findings, lacks.into_iter().flatten());
    let (decision, shown) = match verdict(&findings) {
        Verdict::Pass => ("pass", format!("the gate of {} is passed", wave.id)),
        Verdict::Fail => ("fail", format!("the gate of {} is not passed", wave.id)),
        // What nobody could see is no decision.
        Verdict::NotEstablished => return Ok(reported(findings, wave, None)),
    };
    if !asked.execute && decision == "fail" {
        return Ok(reported(findings, wave, Some(decision)));
    }
    let now = clock::now();
    let passed = delivery.recorded.passed_wave(&wave.id, now);
    if let Some(given) = passed.filter(|_| decision == "pass") {
        let (gate, by) = (format!("the gate of {}", safe(&wave.id)), (&*given.actor, given.at));
        let mut report = passed_already(&gate, by, asked.execute, findings);
        report.data = json!({ "wave": wave.id, "decision": decision });
        return Ok(report);
    }
    let pack = match decision {
        "pass" => {
            let here = Evidenced::beside(world, delivery, asked.on)?;
            digest(&here, &wave.id, &delivery.base, &mut findings)?
        }
        _ => None,
    };
    if decision == "pass" && pack.is_none() {
        return Ok(reported(findings, wave, None));
    }
    let mut data = Map::new();
    data.insert("wave".to_owned(), wave.id.clone().into());
    data.insert("decision".to_owned(), decision.into());
    data.insert("sha".to_owned(), base.into());
    if let Some(digest) = pack {
        data.insert("evidence_sha256".to_owned(), digest.into());
    }
    if decision == "pass" && !wave.condition.is_empty() {
        data.insert("reason".to_owned(), wave.condition.join("; ").into());
    }
    let recorded = (Kind::WaveGate, data, shown.as_str());
    let signed = condition(wave, asked.execute);
    recorded_after(world, recorded, (asked.key, asked.execute), findings, &signed)
}

/// The answer of a gate that is passed already, by somebody at a time; `execute` says whether
/// it was to be recorded once more.
pub(crate) fn passed_already(
    gate: &str,
    (actor, at): (&str, Timestamp),
    execute: bool,
    mut findings: Vec<Finding>,
) -> Report {
    let message = format!("{gate} is passed already, by {actor} at {at}");
    if execute {
        let finding = Finding::new(Code::DecisionVoid, message.clone());
        findings.push(finding.help("nothing is left to record: `cargo xtask ledger show`"));
    }
    let mut report = Report::of(findings);
    report.headline = Some(message);
    report
}

/// What the server has against the pull requests that the wave's evidence links, as
/// `evidence check --on github` asks it.
fn pulls(here: &Evidenced<'_>, delivery: &Delivery, wave: &Wave) -> Result<Vec<Finding>, Stop> {
    let tree = delivery.repository.tree(&delivery.base)?;
    let mut findings = Vec::new();
    for subject in here.subjects(&wave.id)? {
        let folder = here.evidence_at(&subject, (&delivery.base, &tree))?;
        findings.extend(evidence::server::pull(here, &subject, &folder, true)?);
    }
    Ok(findings)
}

fn reported(findings: Vec<Finding>, wave: &Wave, decision: Option<&str>) -> Report {
    let mut report = Report::of(findings);
    report.body = condition(wave, false);
    report.data = json!({ "wave": wave.id, "decision": decision });
    report
}

/// What whoever passes the gate of a wave signs for, or has signed for.
fn condition(wave: &Wave, signed: bool) -> String {
    let lines: Vec<String> = wave.condition.iter().map(|it| format!("  {}\n", safe(it))).collect();
    if lines.is_empty() {
        return String::new();
    }
    let id = safe(&wave.id);
    let head = match signed {
        true => format!("signed for at the gate of {id}:"),
        false => format!("whoever passes the gate of {id} signs for:"),
    };
    format!("{head}\n{}", lines.concat())
}
