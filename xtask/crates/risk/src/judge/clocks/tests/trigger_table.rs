use std::collections::BTreeMap;

use serde_json::json;

use super::super::triggers::{Answer, Runs, TriggerFacts, answer};
use super::*;
use thrice_findings::Place;
use thrice_programme::risk::{IncidentSeverity, RiskSeverity, Trigger, TriggerDemand};

const NOW: &str = "2026-02-28T12:00:00Z";

fn shown(
    demand: TriggerDemand,
    entries: &[Decision],
    checks: &[(&str, Result<Runs, String>)],
) -> String {
    let trigger = Trigger {
        id: "t".to_owned(),
        demand,
        severity: RiskSeverity::Critical,
        levels: 1,
        place: Place::default(),
    };
    let policy = office();
    let now = NOW.parse().unwrap();
    let standing = standing(entries, NOW);
    let checks: BTreeMap<_, _> =
        checks.iter().map(|(name, runs)| ((*name).to_owned(), runs.clone())).collect();
    let rules = rules(&policy);
    let facts = TriggerFacts { standing: &standing, checks: &checks, rules, now };
    match answer(&trigger, &facts) {
        Answer::Quiet(said) => format!("quiet: {said}"),
        Answer::Fired(said, first) if matches!(trigger.demand, TriggerDemand::Replay { .. }) => {
            format!("fired: {said} from {first}")
        }
        Answer::Fired(said, _) => format!("fired: {said}"),
        Answer::Unknown(said) => format!("unknown: {said}"),
    }
}

fn drill(name: &str, result: &str, rto: Option<u64>, rpo: Option<u64>, counts: bool) -> Decision {
    let mut data = json!({"drill": name, "result": result});
    for (name, seconds) in [("rto_seconds", rto), ("rpo_seconds", rpo)] {
        if let Some(seconds) = seconds {
            data[name] = json!(seconds);
        }
    }
    entry(NOW, Kind::Drill, data, counts)
}

#[test]
fn drills_are_held_against_their_times() {
    let good = || drill("restore", "pass", Some(3600), Some(900), true);
    for (entries, wanted) in [
        (vec![], "quiet: no drill is recorded"),
        (vec![good()], "quiet: drills within their times"),
        (
            vec![drill("restore", "pass", Some(3601), Some(900), true)],
            "fired: the drill `restore`: RTO 3601 s, at most 3600 s",
        ),
        (
            vec![drill("restore", "pass", Some(3600), Some(901), true)],
            "fired: the drill `restore`: RPO 15 min 01 s, at most 15 min 00 s",
        ),
        (
            vec![drill("restore", "pass", Some(10), None, true)],
            "unknown: the drill `restore` says nothing of its RPO",
        ),
        (vec![drill("restore", "fail", None, None, false)], "fired: the drill `restore` failed"),
        // The newest counts, if it counts; another drill's does not.
        (
            vec![drill("restore", "fail", None, None, false), good()],
            "quiet: drills within their times",
        ),
        (
            vec![
                drill("restore", "fail", None, None, false),
                drill("restore", "pass", Some(1), Some(1), false),
            ],
            "fired: the drill `restore` failed",
        ),
        (
            vec![drill("failover", "fail", None, None, false), good()],
            "fired: the drill `failover` failed",
        ),
    ] {
        let demand = TriggerDemand::Drill { name: None, rto: Some(3600), rpo: Some(900) };
        assert_eq!(shown(demand, &entries, &[]), wanted);
    }
}

#[test]
fn critical_findings_of_security_are_open_or_not() {
    let risk = |state: &str, severity: &str, category: &str| {
        let data = json!({"risk": "R-7", "state": state, "severity": severity, "title": "t",
            "category": category});
        entry(NOW, Kind::Risk, data, true)
    };
    let quiet = "quiet: no critical risk of the category security is open";
    for (entries, wanted) in [
        (vec![], quiet),
        (vec![risk("open", "critical", "security")], "fired: critical and open: R-7"),
        (vec![risk("open", "high", "security")], quiet),
        (vec![risk("open", "critical", "cost")], quiet),
        (
            vec![risk("open", "critical", "security"), risk("mitigated", "critical", "security")],
            quiet,
        ),
        (vec![risk("open", "critical", "security"), risk("closed", "critical", "security")], quiet),
    ] {
        assert_eq!(shown(TriggerDemand::Security, &entries, &[]), wanted);
    }
}

#[test]
fn a_check_that_fails_again_and_again() {
    let of = |failures: usize, passed: bool| {
        Ok(Runs { failures, passed: passed.then(|| "abc".to_owned()) })
    };
    for (runs, wanted) in [
        (of(0, true), "quiet: `ci` passed last"),
        (of(1, true), "quiet: `ci` failed once"),
        (of(2, true), "quiet: `ci` failed 2 times in a row"),
        (of(2, false), "quiet: `ci` failed 2 times in a row"),
        (of(3, true), "fired: `ci` failed 3 times in a row"),
        (of(4, false), "fired: `ci` failed 4 times in a row"),
        (of(0, false), "unknown: no run of `ci` was seen on the default branch"),
        (Err("no network".to_owned()), "unknown: no network"),
    ] {
        let demand = TriggerDemand::Check { name: "ci".to_owned(), failures: 3 };
        assert_eq!(shown(demand, &[], &[("ci", runs)]), wanted);
    }
    let demand = TriggerDemand::Check { name: "ci".to_owned(), failures: 3 };
    assert_eq!(shown(demand, &[], &[]), "unknown: nobody looked at `ci` on the server");
}

fn incident(id: &str, severity: &str, state: &str, at: &str, category: &str) -> Decision {
    let data = json!({"incident": id, "state": state, "severity": severity, "title": "t",
        "category": category});
    entry(at, Kind::Incident, data, true)
}

#[test]
fn incidents_that_come_in_heaps() {
    let p0 = |id: &str, at: &str| incident(id, "P0", "open", at, "x");
    let closed = |id: &str, at: &str| incident(id, "P0", "closed", at, "x");
    for (entries, wanted) in [
        (vec![], "quiet: 0 P0 in 14 days"),
        (vec![p0("a", "2026-02-20T00:00:00Z")], "quiet: 1 P0 in 14 days"),
        (vec![p0("a", "2026-02-14T12:00:00Z"), p0("b", NOW)], "fired: 2 P0 in 14 days: a, b"),
        (vec![p0("a", "2026-02-14T11:59:59Z"), p0("b", NOW)], "quiet: 1 P0 in 14 days"),
        // One that is over has happened all the same, and one that is reported twice has not.
        (
            vec![
                p0("a", "2026-02-20T00:00:00Z"),
                closed("a", "2026-02-21T00:00:00Z"),
                p0("b", "2026-02-22T00:00:00Z"),
            ],
            "fired: 2 P0 in 14 days: a, b",
        ),
        (
            vec![p0("a", "2026-02-20T00:00:00Z"), p0("a", "2026-02-21T00:00:00Z")],
            "quiet: 1 P0 in 14 days",
        ),
        (
            vec![
                p0("a", "2026-02-20T00:00:00Z"),
                incident("b", "P1", "open", "2026-02-20T00:00:00Z", "x"),
            ],
            "quiet: 1 P0 in 14 days",
        ),
    ] {
        let demand =
            TriggerDemand::Incidents { severity: IncidentSeverity::P0, count: 2, days: 14 };
        assert_eq!(shown(demand, &entries, &[]), wanted);
    }
}

#[test]
fn replays_on_days_in_a_row() {
    let open = |id: &str, at: &str| incident(id, "P0", "open", at, "replay");
    let shut = |id: &str, at: &str| incident(id, "P0", "recovered", at, "replay");
    let day = |id: &str, day: u32| {
        [
            open(id, &format!("2026-02-{day:02}T12:00:00Z")),
            shut(id, &format!("2026-02-{day:02}T13:00:00Z")),
        ]
    };
    for (entries, wanted) in [
        (vec![], "quiet: no critical replay today or yesterday"),
        (vec![open("a", "2026-02-28T03:00:00Z")], "quiet: a critical replay on one day"),
        // In São Paulo it was still the 27th.
        (vec![open("a", "2026-02-28T02:59:59Z")], "quiet: critical replays on 2 days in a row"),
        (
            vec![open("a", "2026-02-26T12:00:00Z")],
            "fired: critical replays on 3 days in a row from 2026-02-26",
        ),
        (
            [day("a", 26), day("b", 27), day("c", 28)].into_iter().flatten().collect(),
            "fired: critical replays on 3 days in a row from 2026-02-26",
        ),
        (
            [day("a", 25), day("b", 26), day("c", 27)].into_iter().flatten().collect(),
            "fired: critical replays on 3 days in a row from 2026-02-25",
        ),
        (
            [day("a", 25), day("b", 27), day("c", 28)].into_iter().flatten().collect(),
            "quiet: critical replays on 2 days in a row",
        ),
        (
            [day("a", 23), day("b", 24), day("c", 25)].into_iter().flatten().collect(),
            "quiet: no critical replay today or yesterday",
        ),
        (
            vec![incident("a", "P2", "open", "2026-02-20T12:00:00Z", "replay")],
            "quiet: no critical replay today or yesterday",
        ),
    ] {
        assert_eq!(shown(TriggerDemand::Replay { days: 3 }, &entries, &[]), wanted);
    }
}
