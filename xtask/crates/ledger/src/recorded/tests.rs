use jiff::Timestamp;
use serde_json::{Value, json};

use super::*;

/// Kind, what is said, and whether it counts; an hour passes between them.
fn recorded(entries: &[(Kind, Value, bool)]) -> Recorded {
    let roles = ["po".to_owned()];
    let said = entries.iter().enumerate().map(|(hour, (kind, data, counted))| {
        assert!(bears(*kind, data.as_object().unwrap()));
        Said {
            kind: *kind,
            data: data.as_object().unwrap(),
            actor: "ann@example.com",
            created_at: hour_of(hour),
            standing: if *counted { Ok(&roles) } else { Err("no signature") },
        }
    });
    Recorded::of(said, hour_of(100))
}

fn hour_of(hour: usize) -> Timestamp {
    Timestamp::from_second(i64::try_from(hour).unwrap() * 3600).unwrap()
}

fn risk(state: &str, severity: &str, owner: Option<&str>) -> Value {
    let mut said = json!({"risk": "R-1", "state": state, "severity": severity, "title": "t"});
    if let Some(owner) = owner {
        said["owner"] = owner.into();
        said["mitigation"] = "drill".into();
    }
    said
}

/// Each row: entries as (state, severity, owner, counted), then the risk as it stands, and
/// since which hour; none where it is closed.
#[test]
fn an_alarm_counts_and_calm_must_be_somebodys_word() {
    type Row<'a> = (&'a str, &'a str, Option<&'a str>, bool);
    let ana = Some("ana");
    let (open, shut, met): (Row<'_>, Row<'_>, Row<'_>) = (
        ("open", "critical", None, true),
        ("closed", "critical", None, true),
        ("mitigated", "critical", ana, true),
    );
    type Case<'a> = (&'a [Row<'a>], Option<(&'a str, &'a str, bool, usize)>, usize);
    let cases: &[Case<'_>] = &[
        (&[open], Some(("open", "critical", false, 0)), 1),
        (&[("open", "critical", None, false)], Some(("open", "critical", false, 0)), 1),
        // Who answers is a calming word.
        (&[("open", "critical", ana, false)], Some(("open", "critical", false, 0)), 1),
        (&[("closed", "critical", None, false)], None, 0),
        (&[open, ("open", "critical", ana, true)], Some(("open", "critical", true, 0)), 0),
        (&[open, ("open", "critical", ana, false)], Some(("open", "critical", false, 0)), 1),
        (&[open, ("closed", "critical", None, false)], Some(("open", "critical", false, 0)), 1),
        (&[open, ("open", "medium", None, false)], Some(("open", "critical", false, 0)), 1),
        (&[open, ("open", "medium", None, true)], Some(("open", "medium", false, 0)), 0),
        (
            &[open, ("accepted", "critical", None, true)],
            Some(("accepted", "critical", false, 0)),
            1,
        ),
        (&[open, ("accepted", "medium", None, false)], Some(("open", "critical", false, 0)), 1),
        (&[open, shut], None, 0),
        // It was known who answers; a later word that leaves it out takes nothing back.
        (&[met, open], Some(("open", "critical", true, 0)), 0),
        // Opened again, worse, or after its end, by anybody.
        (&[met, ("open", "medium", None, false)], Some(("open", "critical", true, 0)), 0),
        (
            &[("open", "medium", None, true), ("open", "critical", None, false)],
            Some(("open", "critical", false, 0)),
            1,
        ),
        (&[open, shut, ("open", "high", None, false)], Some(("open", "critical", false, 2)), 1),
        (&[open, shut, ("open", "high", None, true)], Some(("open", "high", false, 2)), 0),
    ];
    for (rows, stands, unowned) in cases {
        let entries: Vec<(Kind, Value, bool)> = rows
            .iter()
            .map(|(state, severity, owner, counted)| {
                (Kind::Risk, risk(state, severity, *owner), *counted)
            })
            .collect();
        let found = recorded(&entries);
        let seen = found.risks.first().map(|it| {
            let since = (0..9).find(|hour| hour_of(*hour) == it.since).unwrap();
            (it.state.as_str(), it.severity.as_str(), it.owner.is_some(), since)
        });
        assert_eq!(seen, *stands, "{rows:?}");
        assert_eq!(found.unowned().len(), *unowned, "{rows:?}");
    }
}

#[test]
fn an_accepted_risk_is_open_again_at_its_second() {
    for (hour, stands) in [(99, "open"), (100, "open"), (101, "accepted")] {
        let mut said = risk("accepted", "critical", None);
        said["expires_at"] = json!(hour_of(hour).to_string());
        assert_eq!(recorded(&[(Kind::Risk, said, true)]).risks[0].state, stands, "{hour}");
    }
}

#[test]
fn blocks_hold_until_somebody_lifts_them() {
    let block = |severity: &str, eta: &str| {
        json!({"block": "B-1", "subject": "S-1", "severity": severity, "cause": "c",
            "owner": "sm", "eta": eta})
    };
    let (soon, late) = ("2026-02-01T00:00:00Z", "2027-02-01T00:00:00Z");
    let lift = json!({"block": "B-1", "reason": "done"});
    let stands = |entries: &[(Kind, Value, bool)]| {
        let found = recorded(entries);
        found.block_of("S-1").map(|it| (it.severity.clone(), it.eta.clone().unwrap_or_default()))
    };
    let first = (Kind::Block, block("high", soon), false);
    let told = |severity: &str, eta: &str| Some((severity.to_owned(), eta.to_owned()));
    for (then, wanted) in [
        (vec![], told("high", soon)),
        (vec![(Kind::Unblock, lift.clone(), false)], told("high", soon)),
        (vec![(Kind::Unblock, lift.clone(), true)], None),
        (vec![(Kind::Block, block("medium", late), false)], told("high", soon)),
        (vec![(Kind::Block, block("critical", late), false)], told("critical", soon)),
        (vec![(Kind::Block, block("medium", late), true)], told("medium", late)),
        (vec![(Kind::Unblock, lift, true), first.clone()], told("high", soon)),
    ] {
        let entries: Vec<_> = std::iter::once(first.clone()).chain(then).collect();
        assert_eq!(stands(&entries), wanted, "{entries:?}");
    }
}

#[test]
fn decisions_count_by_their_authors_standing() {
    let approval = |role: &str| json!({"about": "story", "subject": "S-1", "role": role});
    let gate = json!({"wave": "O1", "decision": "pass"});
    let close = json!({"cycle": "C-01", "decision": "not-met", "stories_open": ["S-2"]});
    let now = hour_of(99);
    let po = ["po".to_owned()];
    let all = |counted| {
        recorded(&[
            (Kind::Approval, approval("po"), counted),
            (Kind::WaveGate, gate.clone(), counted),
            (Kind::CycleClose, close.clone(), counted),
        ])
    };
    let (yes, no) = (all(true), all(false));
    assert!(yes.approval("S-1", &po, now).is_some() && yes.is_passed("O1", now));
    assert_eq!(yes.closed.first().map(|it| (it.met, it.open.len())), Some((false, 1)));
    assert!(no.approval("S-1", &po, now).is_none() && !no.is_passed("O1", now));
    assert!(no.closed.is_empty());
    assert_eq!(
        no.why_not("O1"),
        " (the wave-gate of ann@example.com does not count: no signature)"
    );
    let other = recorded(&[(Kind::Approval, approval("qa"), true)]);
    assert!(other.approval("S-1", &po, now).is_none());
    assert_eq!(other.why_not("S-1"), " (ann@example.com holds no such role)");
}

/// Each row: results and whether their entries count, then whether the drill is passed.
#[test]
fn a_failed_drill_counts_and_a_passed_one_must_be_somebodys_word() {
    type Row<'a> = (&'a [(&'a str, bool)], Option<bool>);
    let cases: &[Row<'_>] = &[
        (&[], None),
        (&[("pass", false)], None),
        (&[("fail", false)], Some(false)),
        (&[("pass", true)], Some(true)),
        (&[("pass", true), ("fail", false)], Some(false)),
        (&[("fail", true), ("pass", false)], Some(false)),
        (&[("fail", true), ("pass", true)], Some(true)),
    ];
    for (entries, passed) in cases {
        let said: Vec<_> = entries
            .iter()
            .map(|(result, counted)| {
                (Kind::Drill, json!({"drill": "restore", "result": result}), *counted)
            })
            .collect();
        let recorded = recorded(&said);
        assert_eq!(recorded.drill("restore").map(|drill| drill.passed), *passed, "{entries:?}");
        assert_eq!(recorded.drill("resilience"), None);
    }
}
