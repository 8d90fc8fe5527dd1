use serde_json::json;

use super::super::escalation::{EscalationFacts, lines};
use super::*;

fn block(id: &str, severity: &str) -> Value {
    json!({"block": id, "subject": "S-1", "severity": severity, "cause": "no key",
        "owner": "carla"})
}

/// Level and who is asked, of the first line.
fn asked(policy: &Policy, entries: &[Decision], now: &str) -> String {
    let all = alarms_of(entries, now);
    let (programme, calendar) = (&policy.programme, policy.calendar.as_ref());
    let known = EscalationFacts { rules: rules(policy), programme, calendar };
    let lines = lines(&all, &known, now.parse().unwrap());
    let line = &lines[0];
    let names: Vec<String> = line
        .asked
        .iter()
        .map(|holder| format!("{} {}", holder.role, holder.names.join(" ")))
        .collect();
    let gap = if line.asked.iter().any(|holder| holder.is_gap) { ", a gap" } else { "" };
    let replan = if line.outlasts_cycle { ", longer than a cycle" } else { "" };
    format!("{}: {}{gap}{replan}", line.level, names.join(", "))
}

#[test]
fn each_violated_window_is_one_level_and_the_rota_says_who() {
    let policy = office();
    let open = |began: &str, severity| [entry(began, Kind::Block, block("B-1", severity), false)];
    for (began, severity, now, wanted) in [
        ("2026-02-13T15:00:00Z", "critical", "2026-02-13T15:05:00Z", "0: superadmin @root"),
        ("2026-02-13T15:00:00Z", "critical", "2026-02-13T15:05:01Z", "1: devops @ana"),
        // 12:10 in São Paulo: the next person has it, while the second window runs.
        ("2026-02-13T15:00:00Z", "critical", "2026-02-13T15:09:59Z", "1: devops @ana"),
        ("2026-02-13T15:00:00Z", "critical", "2026-02-13T15:10:00Z", "1: devops @ben"),
        ("2026-02-13T15:00:00Z", "critical", "2026-02-13T15:15:01Z", "2: architect @arch"),
        ("2026-02-13T15:00:00Z", "critical", "2026-02-13T16:00:01Z", "3: pm @pm, po @po"),
        ("2026-02-13T15:00:00Z", "critical", "2026-02-15T16:00:01Z", "3: pm @pm, po @po"),
        // Nobody is on the rota any more: all members are asked, and that is reported.
        (
            "2026-03-13T15:00:00Z",
            "critical",
            "2026-03-13T15:06:00Z",
            "1: devops @example/devops, a gap",
        ),
        ("2026-02-13T15:00:00Z", "high", "2026-02-13T15:15:01Z", "1: qa @qa"),
        ("2026-02-13T15:00:00Z", "high", "2026-02-13T16:00:01Z", "2: devops @ben"),
        ("2026-02-13T15:00:00Z", "high", "2026-02-16T15:00:01Z", "3: sm @sm"),
        // Four business hours from noon end at four in the afternoon.
        ("2026-02-13T15:00:00Z", "medium", "2026-02-13T19:00:00Z", "0: owner carla"),
        ("2026-02-13T15:00:00Z", "medium", "2026-02-13T19:00:01Z", "1: sm @sm"),
        (
            "2026-02-13T15:00:00Z",
            "medium",
            "2026-02-27T15:00:01Z",
            "2: po @po, longer than a cycle",
        ),
        // Both cycles have seven days.
        ("2026-02-12T03:00:00Z", "medium", "2026-02-19T03:00:00Z", "1: sm @sm"),
        (
            "2026-02-12T03:00:00Z",
            "medium",
            "2026-02-19T03:00:01Z",
            "1: sm @sm, longer than a cycle",
        ),
        // Begun before the first cycle: measured by that one; after the last: by none.
        (
            "2026-02-02T15:00:00Z",
            "medium",
            "2026-02-09T15:00:01Z",
            "1: sm @sm, longer than a cycle",
        ),
        ("2026-03-02T15:00:00Z", "medium", "2026-03-30T15:00:01Z", "2: po @po"),
    ] {
        assert_eq!(asked(&policy, &open(began, severity), now), wanted, "{severity} {now}");
    }
}

#[test]
fn a_reopened_incident_begins_at_the_foot_of_the_chain() {
    let policy = office();
    let incident = |at: &str, state: &str| {
        let data = json!({"incident": "INC-1", "state": state, "severity": "P0", "title": "x"});
        entry(at, Kind::Incident, data, true)
    };
    let entries = [
        incident("2026-02-13T10:00:00Z", "open"),
        incident("2026-02-13T12:00:00Z", "closed"),
        incident("2026-02-13T15:00:00Z", "open"),
    ];
    let shown = |count: usize, now: &str| asked(&policy, &entries[..count], now);
    assert_eq!(shown(1, "2026-02-13T11:30:00Z"), "3: pm @pm, po @po");
    assert_eq!(shown(3, "2026-02-13T15:05:00Z"), "0: superadmin @root");
    assert_eq!(shown(3, "2026-02-13T15:05:01Z"), "1: devops @ana");
}

#[test]
fn what_presses_most_stands_first() {
    let policy = office();
    let now = "2026-02-13T15:20:00Z".parse().unwrap();
    let at = |time: &str, id: &str, severity: &str| {
        entry(&format!("2026-02-13T{time}Z"), Kind::Block, block(id, severity), false)
    };
    let entries = [
        at("15:19:00", "calm", "medium"),
        at("15:19:00", "later", "critical"),
        at("15:18:00", "sooner", "critical"),
        at("15:00:00", "once", "high"),
        at("15:00:00", "twice", "critical"),
    ];
    let all = Standing::of(entries.to_vec(), now).alarms;
    let (programme, calendar) = (&policy.programme, policy.calendar.as_ref());
    let known = EscalationFacts { rules: rules(&policy), programme, calendar };
    let lines = lines(&all, &known, now);
    let ids: Vec<&str> = lines.iter().map(|line| line.alarm.id.as_str()).collect();
    assert_eq!(ids, ["twice", "once", "sooner", "later", "calm"]);
    let steps: Vec<_> =
        lines[0].violated(now).iter().map(|(step, due)| (step.word(), due.to_string())).collect();
    assert_eq!(
        steps,
        [
            ("acknowledge", "2026-02-13T15:05:00Z".to_owned()),
            ("contain", "2026-02-13T15:15:00Z".to_owned())
        ]
    );
}
