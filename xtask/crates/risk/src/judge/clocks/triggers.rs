//! What escalates at once, whatever the clocks say (P-6.2).

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use super::severity;
use thrice_findings::text::quoted;
use thrice_ledger::decisions::{Alarm, AlarmKind, DrillOutcome, Severity, Standing, Step};
use thrice_programme::risk::{RiskRules, RiskSeverity, Trigger, TriggerDemand};
use thrice_report::text::duration;

/// The category of risks that are findings of security.
pub(crate) const SECURITY: &str = "security";
/// The category of incidents that are replays.
pub(crate) const REPLAY: &str = "replay";

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

/// How the newest runs of a check ended on the default branch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Runs {
    /// How many failed since it last passed; runs that have not ended are left out.
    pub failures: usize,
    /// The newest commit on which it passed, where one was seen.
    pub passed: Option<String>,
}

/// What triggers are held against.
#[derive(Clone, Debug)]
pub(crate) struct TriggerFacts<'a> {
    /// What the ledger says.
    pub standing: &'a Standing,
    /// Runs on the default branch by the name of the check, or why they were not seen.
    pub checks: &'a BTreeMap<String, Result<Runs, String>>,
    /// By which an incident is as bad as it is, and the zone in which days are meant.
    pub rules: &'a RiskRules,
    pub now: Timestamp,
}

/// Whether a trigger has come.
#[must_use]
pub(crate) fn answer(trigger: &Trigger, facts: &TriggerFacts<'_>) -> Answer {
    match &trigger.demand {
        TriggerDemand::Drill { name, rto, rpo } => {
            of_drills(&facts.standing.drills, name.as_deref(), (*rto, *rpo))
        }
        TriggerDemand::Security => of_security(facts.standing),
        TriggerDemand::Check { name, failures } => match facts.checks.get(name) {
            None => Answer::Unknown(format!("nobody looked at `{name}` on the server")),
            Some(Err(why)) => Answer::Unknown(why.clone()),
            Some(Ok(runs)) => of_runs(name, *failures, runs),
        },
        TriggerDemand::Incidents { severity, count, days } => {
            let from = facts.now.checked_sub((i64::from(*days) * 24).hours());
            let from = from.unwrap_or(Timestamp::MIN);
            let bad = |it: &Alarm| it.severity <= Severity::Incident(*severity);
            let recent = facts.standing.of_kind(AlarmKind::Incident);
            let recent = recent.filter(|it| bad(it) && it.opened >= from);
            let ids: Vec<&str> = recent.map(|incident| incident.id.as_str()).collect();
            let said = format!("{} {} in {days} days", ids.len(), severity.word());
            match ids.len() >= *count {
                true => Answer::Fired(format!("{said}: {}", ids.join(", ")), ids.join(" ")),
                false => Answer::Quiet(said),
            }
        }
        TriggerDemand::Replay { days } => of_replays(facts, *days),
    }
}

/// Whether drills fire a trigger that asks for their times, in seconds; of one name, or of all.
pub(crate) fn of_drills(
    drills: &[DrillOutcome],
    name: Option<&str>,
    (rto, rpo): (Option<u64>, Option<u64>),
) -> Answer {
    let meant = drills.iter().filter(|it| name.is_none_or(|name| it.name == name));
    let mut quiet = "no drill is recorded";
    let mut unmeasured = None;
    for drill in meant {
        quiet = "drills within their times";
        let name = quoted(&drill.name);
        if !drill.passed {
            return Answer::Fired(format!("the drill {name} failed"), key(drill));
        }
        for (what, measured, most) in [("RTO", drill.rto, rto), ("RPO", drill.rpo, rpo)] {
            let Some(most) = most else { continue };
            match measured {
                Some(measured) if measured > most => {
                    let alike = duration(measured) == duration(most);
                    let shown = |it| if alike { format!("{it} s") } else { duration(it) };
                    let (measured, most) = (shown(measured), shown(most));
                    let why = format!("the drill {name}: {what} {measured}, at most {most}");
                    return Answer::Fired(why, key(drill));
                }
                Some(_) => {}
                None => {
                    unmeasured = Some(format!("the drill {name} says nothing of its {what}"));
                }
            }
        }
    }
    unmeasured.map_or_else(|| Answer::Quiet(quiet.to_owned()), Answer::Unknown)
}

fn of_security(standing: &Standing) -> Answer {
    let open = standing.of_kind(AlarmKind::Risk).filter(|risk| {
        risk.severity == Severity::Risk(RiskSeverity::Critical)
            && risk.category.as_deref() == Some(SECURITY)
            && risk.is_open()
    });
    let ids: Vec<&str> = open.map(|risk| risk.id.as_str()).collect();
    match ids.is_empty() {
        true => Answer::Quiet("no critical risk of the category security is open".to_owned()),
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

/// What tells a drill from another of its name.
fn key(drill: &DrillOutcome) -> String {
    format!("{} {}", drill.name, drill.at)
}

/// Days on which a critical replay was there, in a row, of which the last is today or
/// yesterday.
fn of_replays(facts: &TriggerFacts<'_>, days: u32) -> Answer {
    let day = |time: Timestamp| time.to_zoned(facts.rules.zone.clone()).date();
    let today = day(facts.now);
    let mut touched: BTreeSet<Date> = BTreeSet::new();
    for incident in facts.standing.of_kind(AlarmKind::Incident).filter(|incident| {
        severity(incident, facts.rules) == RiskSeverity::Critical
            && incident.category.as_deref() == Some(REPLAY)
    }) {
        let end = incident.taken(Step::Recover).map_or(today, |taken| day(taken.at));
        // No run of days is longer than what is asked for.
        let earliest = end.checked_sub(i64::from(days).days()).unwrap_or(Date::MIN);
        let from = day(incident.opened).max(earliest);
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
