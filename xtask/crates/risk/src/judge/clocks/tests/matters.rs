use serde_json::json;

use super::*;
use thrice_ledger::decisions::Severity;
use thrice_programme::risk::RiskSeverity;

fn incident(state: &str, severity: &str) -> Value {
    json!({"incident": "INC-1", "state": state, "severity": severity, "title": "down"})
}

fn risk(state: &str, severity: &str) -> Value {
    json!({"risk": "R-1", "state": state, "severity": severity, "title": "leak", "owner": "ana"})
}

const LATER: &str = "2026-03-01T00:00:00Z";

/// How the clocks of the only alarm stand, and when they began.
fn stand(entries: &[Decision], now: &str) -> String {
    let policy = office();
    let all = alarms_of(entries, now);
    let [alarm] = all.as_slice() else { panic!("{all:#?}") };
    let now: Timestamp = now.parse().unwrap();
    let clocks = clocks(alarm, rules(&policy), policy.calendar.as_ref());
    let states: Vec<&str> = clocks.iter().map(|clock| clock.state(now).word()).collect();
    let open = if alarm.is_open() { "open" } else { "not open" };
    let began = alarm.began.to_string();
    let severity = severity(alarm, rules(&policy)).word();
    format!("{open} {severity} since {}: {}", &began[11..], states.join(" "))
}

#[test]
fn each_step_stops_its_clock_and_those_before() {
    let open = || entry("2026-02-13T12:00:00Z", Kind::Incident, incident("open", "P0"), false);
    let step = |at: &str, state: &str, counts: bool| {
        entry(&format!("2026-02-13T{at}Z"), Kind::Incident, incident(state, "P0"), counts)
    };
    for (more, now, wanted) in [
        (vec![], "12:04:00", "open critical since 12:00:00Z: running running running"),
        (vec![], "12:05:01", "open critical since 12:00:00Z: violated running running"),
        (vec![], "12:15:01", "open critical since 12:00:00Z: violated violated running"),
        (vec![], "13:00:01", "open critical since 12:00:00Z: violated violated violated"),
        (
            vec![step("12:05:00", "acknowledged", true)],
            "12:10:00",
            "open critical since 12:00:00Z: met running running",
        ),
        (
            vec![step("12:05:01", "acknowledged", true)],
            "12:10:00",
            "open critical since 12:00:00Z: violated running running",
        ),
        // Calm that is nobody's word.
        (
            vec![step("12:05:00", "acknowledged", false)],
            "12:10:00",
            "open critical since 12:00:00Z: violated running running",
        ),
        // Contained before anybody said that they had it.
        (
            vec![step("12:04:00", "contained", true)],
            "12:30:00",
            "open critical since 12:00:00Z: met met running",
        ),
        (
            vec![step("12:04:00", "recovered", true)],
            "19:30:00",
            "not open critical since 12:00:00Z: met met met",
        ),
        // The first word counts.
        (
            vec![step("12:06:00", "acknowledged", true), step("12:07:00", "acknowledged", true)],
            "12:10:00",
            "open critical since 12:00:00Z: violated running running",
        ),
        // Back after it was over, and back after recovery: all begins again.
        (
            vec![step("12:04:00", "closed", true), step("13:00:00", "open", false)],
            "13:05:00",
            "open critical since 13:00:00Z: running running running",
        ),
        (
            vec![step("12:04:00", "recovered", true), step("13:00:00", "open", true)],
            "13:05:01",
            "open critical since 13:00:00Z: violated running running",
        ),
        // Told again while it is open: nothing begins again.
        (
            vec![step("12:04:00", "contained", true), step("12:06:00", "open", true)],
            "12:30:00",
            "open critical since 12:00:00Z: met met running",
        ),
    ] {
        let mut entries = vec![open()];
        entries.extend(more);
        assert_eq!(stand(&entries, &format!("2026-02-13T{now}Z")), wanted);
    }
}

#[test]
fn times_that_are_claimed_are_neither_to_come_nor_before_the_beginning() {
    let open = |began: &str| {
        let mut data = incident("open", "P0");
        data["began_at"] = json!(began);
        entry("2026-02-13T12:00:00Z", Kind::Incident, data, false)
    };
    let stop = |at: &str| {
        let mut data = incident("acknowledged", "P0");
        data["at"] = json!(at);
        entry("2026-02-13T12:30:00Z", Kind::Incident, data, true)
    };
    let now = "2026-02-13T12:30:00Z";
    let met = "open critical since 12:00:00Z: met violated running";
    let violated = "open critical since 12:00:00Z: violated violated running";
    for (began, at, wanted) in [
        ("2026-02-13T12:00:00Z", "2026-02-13T12:04:00Z", met),
        ("2026-02-13T13:00:00Z", "2026-02-13T12:04:00Z", met),
        ("2026-02-13T12:00:00Z", "2026-02-13T11:00:00Z", met),
        ("2026-02-13T12:00:00Z", "2027-02-13T11:00:00Z", violated),
    ] {
        assert_eq!(stand(&[open(began), stop(at)], now), wanted, "{began} {at}");
    }
    let early = open("2026-02-13T11:00:00Z");
    assert_eq!(stand(&[early], now), "open critical since 11:00:00Z: violated violated violated");
}

#[test]
fn worse_begins_again_and_less_goes_on_from_the_beginning() {
    let at = |time: &str, data: Value, counts: bool| {
        entry(&format!("2026-02-13T{time}Z"), Kind::Risk, data, counts)
    };
    let open = || at("12:00:00", risk("open", "high"), false);
    for (more, wanted) in [
        // Whoever says that it is worse is heard; that it is less is somebody's word.
        (
            vec![at("12:30:00", risk("open", "critical"), false)],
            "open critical since 12:30:00Z: violated violated violated",
        ),
        (
            vec![at("12:30:00", risk("open", "medium"), false)],
            "open high since 12:00:00Z: violated violated running",
        ),
        (
            vec![at("12:30:00", risk("open", "medium"), true)],
            "open medium since 12:00:00Z: running running",
        ),
        (
            vec![
                at("12:30:00", risk("open", "critical"), false),
                at("12:40:00", risk("open", "high"), true),
            ],
            "open high since 12:00:00Z: violated violated running",
        ),
        (
            vec![at("12:30:00", risk("closed", "high"), false)],
            "open high since 12:00:00Z: violated violated running",
        ),
        (
            vec![at("12:14:00", risk("mitigated", "high"), true)],
            "not open high since 12:00:00Z: met met met",
        ),
    ] {
        let mut entries = vec![open()];
        entries.extend(more);
        assert_eq!(stand(&entries, "2026-02-13T14:00:00Z"), wanted);
    }
}

#[test]
fn what_is_accepted_is_open_again_when_that_ends() {
    let mut accepted = risk("accepted", "critical");
    accepted["expires_at"] = json!("2026-02-20T12:00:00Z");
    let entries = |counts: bool| {
        [
            entry("2026-02-13T12:00:00Z", Kind::Risk, risk("open", "critical"), true),
            entry("2026-02-13T12:01:00Z", Kind::Risk, accepted.clone(), counts),
        ]
    };
    let before = "2026-02-20T11:59:59Z";
    assert!(stand(&entries(true), before).starts_with("not open critical since 12:00:00Z"));
    assert!(stand(&entries(false), before).starts_with("open critical since 12:00:00Z"));
    assert_eq!(
        stand(&entries(true), "2026-02-20T12:00:00Z"),
        "open critical since 12:00:00Z: running running running"
    );
    let again = &alarms_of(&entries(true), "2026-02-20T12:10:00Z")[0];
    assert_eq!(again.began.to_string(), "2026-02-20T12:00:00Z");
}

#[test]
fn blocks_last_until_they_are_lifted() {
    let block = json!({"block": "B-1", "subject": "S-1", "severity": "high", "cause": "no key",
        "owner": "ana"});
    let mut known = block.clone();
    known["acknowledged_at"] = json!("2026-02-13T12:10:00Z");
    let lift = json!({"block": "B-1", "reason": "there"});
    let at = |time: &str, kind, data: &Value, counts| {
        entry(&format!("2026-02-13T{time}Z"), kind, data.clone(), counts)
    };
    for (entries, wanted) in [
        (
            vec![at("12:00:00", Kind::Block, &block, false)],
            "open high since 12:00:00Z: violated running running",
        ),
        (
            vec![
                at("12:00:00", Kind::Block, &block, false),
                at("12:20:00", Kind::Block, &known, true),
            ],
            "open high since 12:00:00Z: met running running",
        ),
        (
            vec![
                at("12:00:00", Kind::Block, &block, false),
                at("12:12:00", Kind::Unblock, &lift, false),
            ],
            "open high since 12:00:00Z: violated running running",
        ),
        (
            vec![
                at("12:00:00", Kind::Block, &block, false),
                at("12:12:00", Kind::Unblock, &lift, true),
            ],
            "not open high since 12:00:00Z: met met met",
        ),
    ] {
        assert_eq!(stand(&entries, "2026-02-13T12:30:00Z"), wanted);
    }
    // A word about what is not there.
    assert_eq!(alarms_of(&[at("12:00:00", Kind::Unblock, &lift, true)], LATER), []);
    let closed = at("12:00:00", Kind::Risk, &risk("closed", "high"), false);
    assert_eq!(alarms_of(&[closed], LATER), []);
}

#[test]
fn merges_wait_for_what_the_documents_say() {
    let reported = |mut data: Value| {
        data["postmortem_sha256"] = json!("0".repeat(64));
        data
    };
    let open = |severity| entry(LATER, Kind::Incident, incident("open", severity), false);
    let shut = |data, counts| entry(LATER, Kind::Incident, data, counts);
    let bare = |data| unsigned(LATER, Kind::Incident, data);
    for (entries, waits) in [
        (vec![open("P0")], true),
        (vec![open("P1")], true),
        (vec![open("P2")], false),
        (vec![open("P0"), shut(incident("recovered", "P0"), true)], true),
        (vec![open("P0"), shut(incident("closed", "P0"), true)], true),
        (vec![open("P0"), shut(reported(incident("closed", "P0")), false)], true),
        (vec![open("P0"), shut(reported(incident("closed", "P0")), true)], false),
        (vec![open("P1"), shut(reported(incident("closed", "P1")), true)], false),
        // A P0 does not become a P2 by its end, nor by a word that does not count.
        (vec![open("P0"), shut(incident("acknowledged", "P2"), false)], true),
        (vec![open("P0"), shut(reported(incident("closed", "P0")), true), open("P0")], true),
        // What counts although nobody signed it lifts no stop, neither by its end, nor by a
        // lesser severity, nor by another wave; and takes back no end that was signed.
        (vec![open("P0"), bare(reported(incident("closed", "P0")))], true),
        (vec![open("P0"), bare(incident("acknowledged", "P2"))], true),
        (vec![open("P0"), bare(incident("closed", "P2"))], true),
        (vec![open("P0"), bare(incident("closed", "P0")), bare(incident("open", "P2"))], true),
        (
            vec![
                open("P0"),
                shut(reported(incident("closed", "P0")), true),
                bare(incident("closed", "P0")),
            ],
            false,
        ),
        (vec![entry(LATER, Kind::Risk, risk("open", "critical"), false)], true),
        (vec![entry(LATER, Kind::Risk, risk("open", "high"), true)], false),
    ] {
        let said: Vec<_> = entries.iter().map(|entry| format!("{:?}", entry.content)).collect();
        assert_eq!(alarms_of(&entries, LATER)[0].stops_merges(), waits, "{said:?}");
    }
}

#[test]
fn what_is_not_said_again_stays() {
    let mut full = risk("open", "high");
    full["mitigation"] = json!("drill");
    full["wave"] = json!("O1");
    full["category"] = json!("security");
    full["stories"] = json!(["S-1"]);
    let entries = [
        entry(LATER, Kind::Risk, full, true),
        entry(LATER, Kind::Risk, risk("open", "high"), true),
        entry(
            LATER,
            Kind::Risk,
            json!({"risk": "R-1", "state": "open", "severity": "high",
            "title": "nothing of it", "owner": "eve"}),
            false,
        ),
    ];
    let moved = json!({"incident": "I", "state": "open", "severity": "P0", "title": "t",
        "wave": "O9", "category": "x"});
    let first = json!({"incident": "I", "state": "open", "severity": "P0", "title": "t",
        "wave": "O1"});
    let incidents =
        [unsigned(LATER, Kind::Incident, first), unsigned(LATER, Kind::Incident, moved)];
    let incident = &alarms_of(&incidents, LATER)[0];
    assert_eq!((incident.wave.as_deref(), incident.category.as_deref()), (Some("O1"), None));
    let risk = &alarms_of(&entries, LATER)[0];
    assert_eq!(risk.severity, Severity::Risk(RiskSeverity::High));
    assert_eq!((risk.title.as_str(), risk.owner.as_deref()), ("leak", Some("ana")));
    assert_eq!((risk.mitigation.as_deref(), risk.wave.as_deref()), (Some("drill"), Some("O1")));
    assert_eq!((risk.category.as_deref(), risk.stories.len()), (Some("security"), 1));
}
