//! What escalates at once, whatever the clocks say (P-6.2).

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde_json::Value;

use super::matter::{REPLAY, SECURITY};
use super::{Matter, Said, Sort};
use thrice_findings::text::quoted;
use thrice_programme::Kind;
use thrice_programme::risk::{Demand, RiskSeverity, Trigger};

/// Whether a trigger has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It has not; what was seen.
    Quiet(String),
    /// It has; why, and what tells this time from another.
    Fired(String, String),
    /// Nobody can say; why not.
    Unknown(String),
}

/// A drill, as the ledger has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drill {
    /// What was tried.
    pub name: String,
    /// Whether it went well.
    pub passed: bool,
    /// How long it took until what was lost was back, in seconds.
    pub rto: Option<u64>,
    /// Of how much time data was lost, in seconds.
    pub rpo: Option<u64>,
    /// When it was recorded.
    pub at: Timestamp,
}

/// How the newest runs of a check ended on the default branch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Runs {
    /// How many failed since it last passed; runs that have not ended are left out.
    pub failures: usize,
    /// The newest commit on which it passed, where one was seen.
    pub passed: Option<String>,
}

/// What triggers are held against.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// All matters, those that are over included.
    pub matters: &'a [Matter],
    /// The newest drill of each name.
    pub drills: &'a [Drill],
    /// Runs on the default branch by the name of the check, or why they were not seen.
    pub checks: &'a BTreeMap<String, Result<Runs, String>>,
    /// The zone in which days are meant.
    pub zone: &'a TimeZone,
    /// The time now.
    pub now: Timestamp,
}

/// The newest drill of each name. A failure needs nobody's word; that it went well does.
#[must_use]
pub fn drills<'a>(entries: impl Iterator<Item = Said<'a>>) -> Vec<Drill> {
    let mut newest: BTreeMap<String, Drill> = BTreeMap::new();
    for entry in entries.filter(|entry| entry.kind == Kind::Drill) {
        let text = |name: &str| entry.data.get(name).and_then(Value::as_str).unwrap_or_default();
        let count = |name: &str| entry.data.get(name).and_then(Value::as_u64);
        let drill = Drill {
            name: text("drill").to_owned(),
            passed: text("result") == "pass",
            rto: count("rto_seconds"),
            rpo: count("rpo_seconds"),
            at: entry.at,
        };
        if entry.counts || !drill.passed {
            newest.insert(drill.name.clone(), drill);
        }
    }
    newest.into_values().collect()
}

/// Whether a trigger has come.
#[must_use]
pub fn answer(trigger: &Trigger, facts: &Facts<'_>) -> Answer {
    match &trigger.demand {
        Demand::Drill { rto, rpo } => of_drills(facts.drills, *rto, *rpo),
        Demand::Security => of_security(facts.matters),
        Demand::Check { name, failures } => match facts.checks.get(name) {
            None => Answer::Unknown(format!("nobody looked at `{name}` on the server")),
            Some(Err(why)) => Answer::Unknown(why.clone()),
            Some(Ok(runs)) => of_runs(name, *failures, runs),
        },
        Demand::Incidents { severity, count, days } => {
            let from = facts.now.checked_sub((i64::from(*days) * 24).hours());
            let from = from.unwrap_or(Timestamp::MIN);
            let recent = facts.matters.iter().filter(|matter| {
                matter.incident.is_some_and(|it| it <= *severity) && matter.opened >= from
            });
            let ids: Vec<&str> = recent.map(|matter| matter.id.as_str()).collect();
            let said = format!("{} {} in {days} days", ids.len(), severity.word());
            match ids.len() >= *count {
                true => Answer::Fired(format!("{said}: {}", ids.join(", ")), ids.join(" ")),
                false => Answer::Quiet(said),
            }
        }
        Demand::Replay { days } => of_replays(facts, *days),
    }
}

fn of_drills(drills: &[Drill], rto: Option<u64>, rpo: Option<u64>) -> Answer {
    if drills.is_empty() {
        return Answer::Quiet("no drill is recorded".to_owned());
    }
    let mut unmeasured = None;
    for drill in drills {
        let name = quoted(&drill.name);
        if !drill.passed {
            return Answer::Fired(format!("the drill {name} failed"), drill.key());
        }
        for (what, measured, most) in [("RTO", drill.rto, rto), ("RPO", drill.rpo, rpo)] {
            let Some(most) = most else { continue };
            match measured {
                Some(measured) if measured > most => {
                    let why = format!("the drill {name}: {what} {measured} s, at most {most} s");
                    return Answer::Fired(why, drill.key());
                }
                Some(_) => {}
                None => {
                    unmeasured = Some(format!("the drill {name} says nothing of its {what}"));
                }
            }
        }
    }
    unmeasured
        .map_or_else(|| Answer::Quiet("drills within their times".to_owned()), Answer::Unknown)
}

fn of_security(matters: &[Matter]) -> Answer {
    let open = matters.iter().filter(|matter| {
        matter.sort == Sort::Risk
            && matter.severity == RiskSeverity::Critical
            && matter.category.as_deref() == Some(SECURITY)
            && matter.is_open()
    });
    let ids: Vec<&str> = open.map(|matter| matter.id.as_str()).collect();
    match ids.is_empty() {
        true => Answer::Quiet("no critical finding of security is open".to_owned()),
        false => Answer::Fired(format!("critical and open: {}", ids.join(", ")), ids.join(" ")),
    }
}

fn of_runs(name: &str, failures: usize, runs: &Runs) -> Answer {
    let said = format!("`{name}` failed {} times in a row", runs.failures);
    if runs.failures >= failures {
        let since = runs.passed.as_deref().unwrap_or("its first run");
        return Answer::Fired(said, format!("{name} since {since}"));
    }
    if runs.failures == 0 && runs.passed.is_none() {
        return Answer::Unknown(format!("no run of `{name}` was seen on the default branch"));
    }
    Answer::Quiet(match runs.failures {
        0 => format!("`{name}` passed last"),
        1 => format!("`{name}` failed once"),
        _ => said,
    })
}

impl Drill {
    fn key(&self) -> String {
        format!("{} {}", self.name, self.at)
    }
}

/// Days on which a critical replay was there, in a row, of which the last is today or
/// yesterday.
fn of_replays(facts: &Facts<'_>, days: u32) -> Answer {
    let day = |time: Timestamp| time.to_zoned(facts.zone.clone()).date();
    let today = day(facts.now);
    let mut touched: BTreeSet<Date> = BTreeSet::new();
    for matter in facts.matters.iter().filter(|matter| {
        matter.sort == Sort::Incident
            && matter.severity == RiskSeverity::Critical
            && matter.category.as_deref() == Some(REPLAY)
    }) {
        let end = matter.stopped(super::Step::Recover).map_or(today, |stop| day(stop.at));
        // No run of days is longer than what is asked for.
        let earliest = end.checked_sub(i64::from(days).days()).unwrap_or(Date::MIN);
        let from = day(matter.opened).max(earliest);
        touched.extend(from.series(1.day()).take_while(|it| *it <= end));
    }
    let count = |last: Date| {
        let mut back = last.series(-1.day());
        back.by_ref().take_while(|day| touched.contains(day)).count()
    };
    let yesterday = today.yesterday().map_or(0, count);
    let last = if touched.contains(&today) { Some(today) } else { today.yesterday().ok() };
    let in_a_row = count(today).max(yesterday);
    let said = match in_a_row {
        0 => "no critical replay today or yesterday".to_owned(),
        1 => "a critical replay on one day".to_owned(),
        _ => format!("critical replays on {in_a_row} days in a row"),
    };
    match in_a_row >= days as usize {
        true => {
            let first = last.and_then(|last| last.checked_sub((i64::from(days) - 1).days()).ok());
            let key = first.map(|day| day.to_string()).unwrap_or_default();
            Answer::Fired(said, key)
        }
        false => Answer::Quiet(said),
    }
}
