//! `drill`: what was tried, how it ended, and how long that took (Z-4.3, P-6.2.1).

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::gather::RiskInput;
use crate::judge::clocks::triggers::{Answer, of_drills};
use thrice_facts::files;
use thrice_findings::{Code, Finding, Severity, Stop};
use thrice_ledger::decisions::DrillOutcome;
use thrice_ledger::recording::{PendingEntry, Recording, members};
use thrice_orr::evidence::manifest::sha256_hex;
use thrice_policy::table::{did_you_mean, listed};
use thrice_programme::risk::{Trigger, TriggerDemand};
use thrice_programme::world::World;
use thrice_programme::{Kind, Policy};
use thrice_report::Report;
use thrice_report::table::Table;
use thrice_report::text::{duration, safe};

/// The largest file that proves a drill, in bytes.
const LARGEST: usize = 256 << 20;

/// Drills, recorded in the ledger.
#[derive(Debug, Subcommand)]
pub enum DrillCommand {
    /// Records a drill: whether it passed, how long it took, what it lost.
    Record(Record),
    /// Lists the newest drill of each name.
    List,
}

/// Records a drill.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("result").args(["pass", "fail"]).required(true)))]
pub struct Record {
    /// What was tried, as policy calls it.
    #[arg(value_name = "NAME")]
    name: String,
    /// The drill passed.
    #[arg(long)]
    pass: bool,
    /// The drill failed.
    #[arg(long)]
    fail: bool,
    /// Recovery time (RTO): how long recovery took, with a unit, such as `20m`.
    #[arg(long, value_name = "TIME", value_parser = read_duration)]
    rto: Option<SignedDuration>,
    /// Data loss (RPO): from how long before the failure data is lost, such as `5m`.
    #[arg(long, value_name = "TIME", value_parser = read_duration)]
    rpo: Option<SignedDuration>,
    /// A file that proves it; its digest is recorded.
    #[arg(long, value_name = "FILE")]
    evidence: Option<PathBuf>,
    /// Note.
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    #[command(flatten)]
    recording: Recording,
}

fn read_duration(text: &str) -> Result<SignedDuration, String> {
    text.parse().map_err(|_| "write a number with its unit: `20m`, `90s`, `1h`".to_owned())
}

impl DrillCommand {
    /// Runs the verb.
    ///
    /// # Errors
    /// Where git fails, or a file cannot be read.
    pub fn run(self, world: &World) -> Result<Report, Stop> {
        match self {
            Self::Record(command) => command.run(world),
            Self::List => list(world),
        }
    }
}

/// The drills that gates and triggers ask for; whether a trigger looks at every drill.
fn asked(policy: &Policy) -> (Vec<&str>, bool) {
    let waves = policy.backlog.iter().flat_map(|backlog| &backlog.waves);
    let sprints = policy.calendar.iter().flat_map(|calendar| &calendar.sprints);
    let mut names: Vec<&str> = waves
        .flat_map(|wave| &wave.drills)
        .chain(sprints.flat_map(|sprint| &sprint.drills))
        .map(String::as_str)
        .collect();
    let mut any = false;
    for trigger in policy.risk.iter().flat_map(|risk| &risk.triggers) {
        match &trigger.demand {
            TriggerDemand::Drill { name: Some(name), .. } => names.push(name),
            TriggerDemand::Drill { name: None, .. } => any = true,
            _ => {}
        }
    }
    names.sort_unstable();
    names.dedup();
    (names, any)
}

/// Refuses a drill that no gate and no trigger asks for.
fn known(name: &str, (names, any): (&[&str], bool)) -> Result<(), Box<Finding>> {
    if any || names.contains(&name) {
        return Ok(());
    }
    let otherwise = match names.is_empty() {
        true => "name it in `drills` of a wave or sprint, or in `drill` of a trigger".to_owned(),
        false => format!("policy asks for {}", listed(names)),
    };
    let help = did_you_mean(name, names.iter().copied(), otherwise);
    let message = format!("no gate and no trigger asks for the drill `{}`", safe(name));
    Err(Box::new(Finding::new(Code::DecisionVoid, message).help(help)))
}

/// What triggers make of a drill that is recorded now, a warning each.
fn fires(policy: &Policy, record: &Record) -> Vec<Finding> {
    let seconds = |time: Option<SignedDuration>| time?.as_secs().try_into().ok();
    let (rto, rpo) = (seconds(record.rto), seconds(record.rpo));
    let (name, at) = (record.name.clone(), Timestamp::UNIX_EPOCH);
    let drill = [DrillOutcome { name, passed: record.pass, rto, rpo, at }];
    let judge = |trigger: &Trigger| {
        let TriggerDemand::Drill { name, rto, rpo } = &trigger.demand else { return None };
        let (code, why) = match of_drills(&drill, name.as_deref(), (*rto, *rpo)) {
            Answer::Quiet(_) => return None,
            Answer::Fired(why, _) => (Code::SlaTrigger, why),
            Answer::Unknown(why) => (Code::SlaUnseen, why),
        };
        let mut finding = Finding::new(code, format!("trigger {}: {why}", safe(&trigger.id)));
        finding.severity = Severity::Warn;
        Some(finding.help("`cargo xtask trigger list` shows what follows from it"))
    };
    policy.risk.iter().flat_map(|risk| &risk.triggers).filter_map(judge).collect()
}

impl Record {
    fn run(self, world: &World) -> Result<Report, Stop> {
        let gathered = RiskInput::of(world)?;
        let (names, any) = asked(&gathered.policy);
        known(&self.name, (&names, any))?;
        let mut data = members([
            ("drill", Some(self.name.clone())),
            ("result", Some(if self.pass { "pass" } else { "fail" }.to_owned())),
            ("note", self.note.clone()),
        ]);
        for (name, time) in [("rto_seconds", self.rto), ("rpo_seconds", self.rpo)] {
            let Some(time) = time else { continue };
            let Ok(seconds) = u64::try_from(time.as_secs()) else {
                let finding = Finding::new(Code::UsageWrong, "no time is less than nothing");
                return Err(finding.help("write it as `20m` or `90s`").into());
            };
            data.insert(name.to_owned(), json!(seconds));
        }
        if let Some(file) = &self.evidence {
            let digest = sha256_hex(&files::read_named(file, LARGEST)?);
            data.insert("evidence_sha256".to_owned(), digest.into());
        }
        let mut findings = gathered.findings;
        findings.extend(fires(&gathered.policy, &self));
        let word = if self.pass { "passed" } else { "failed" };
        let shown = format!("the drill {} {word}", safe(&self.name));
        let decision = PendingEntry { kind: Kind::Drill, data, shown, is_signed: self.pass };
        self.recording.record(world, decision, findings)
    }
}

fn list(world: &World) -> Result<Report, Stop> {
    let gathered = RiskInput::of(world)?;
    let (names, _) = asked(&gathered.policy);
    let mut table = Table::new(["drill", "ended", "at", "RTO", "RPO"]);
    let seconds = |time: Option<u64>| time.map_or("-".to_owned(), duration);
    for drill in &gathered.standing.drills {
        let word = if drill.passed { "passed" } else { "failed" };
        let at = drill.at.to_string();
        table.row([safe(&drill.name), word.to_owned(), at, seconds(drill.rto), seconds(drill.rpo)]);
    }
    let held = |name: &&&str| gathered.standing.drill(name).is_none();
    for name in names.iter().filter(held) {
        let none = || "-".to_owned();
        table.row([safe(name), "not held".to_owned(), none(), none(), none()]);
    }
    let drills: Vec<_> = gathered
        .standing
        .drills
        .iter()
        .map(|drill| json!({ "drill": drill.name, "passed": drill.passed, "at": drill.at.to_string(), "rto_seconds": drill.rto, "rpo_seconds": drill.rpo }))
        .collect();
    let mut report = Report::of(gathered.findings);
    report.body = table.text();
    report.data = json!({ "drills": drills });
    Ok(report)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drill_is_one_that_something_asks_for() {
        for (name, names, any, help) in [
            ("restore", &["restore"][..], false, None),
            ("anything", &[], true, None),
            ("restor", &["restore"], false, Some("did you mean `restore`?")),
            ("x", &[], false, Some("name it in `drills`")),
        ] {
            let reported = known(name, (names, any)).err().and_then(|finding| finding.help);
            let fits =
                |help: &str| reported.as_deref().is_some_and(|reported| reported.contains(help));
            assert!(help.map_or(reported.is_none(), fits), "{name}: {reported:?}");
        }
    }
}
