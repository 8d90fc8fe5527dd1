use proptest::prelude::*;

use super::quantile::quantile;
use super::*;
use serde_json::json;
use thrice_ledger::decisions::AlarmKind;
use thrice_ledger::decisions::testing::after;
use thrice_programme::Kind;
use thrice_programme::risk::IncidentSeverity;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

fn change(landed: i64, began: Option<i64>, churn: u64) -> Change {
    Change {
        commit: "c".to_owned(),
        subject: "=cmd(\"x\"), a".to_owned(),
        pull: Some(7),
        landed_at: at(landed),
        began: began.map(|began| (at(began), From::FirstCommit)),
        commits: 2,
        added: churn,
        deleted: 1,
        files: 3,
    }
}

fn review(passed: bool, zips: &[&str]) -> Review {
    Review {
        commit: "c".to_owned(),
        at: at(100),
        passed,
        zips: zips.iter().map(|zip| (*zip).to_owned()).collect(),
        gates: vec![("T4".to_owned(), 2.0), ("T4".to_owned(), 4.0)],
        outcomes: BTreeMap::new(),
    }
}

#[test]
fn quantiles_are_those_of_the_definition() {
    let rows: &[(&[f64], f64, f64)] = &[
        (&[5.0], 5.0, 5.0),
        (&[1.0, 2.0], 1.5, 1.9),
        (&[1.0, 2.0, 3.0], 2.0, 2.8),
        (&[4.0, 1.0, 3.0, 2.0], 2.5, 3.7),
        (&[0.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0, 100.0], 50.0, 90.0),
    ];
    for (values, median, p90) in rows {
        let spread = Spread::of(values.to_vec()).unwrap();
        assert!((spread.median - median).abs() < 1e-9, "{values:?}: {spread:?}");
        assert!((spread.p90 - p90).abs() < 1e-9, "{values:?}: {spread:?}");
    }
    assert_eq!(Spread::of(Vec::new()), None);
    assert_eq!(Spread::of(vec![f64::NAN]), None);
    assert_eq!(quantile(&[1.0], 1, 0), None);
    assert_eq!(quantile(&[1.0, 2.0], 3, 2), None);
}

/// Each row: a severity, its states one after another, and whether it is open.
#[test]
fn an_incident_is_open_while_somebody_or_the_merges_wait_for_it() {
    for (severity, states, is_open) in [
        ("P2", &["open"][..], true),
        ("P2", &["open", "closed"], false),
        ("P0", &["open"], true),
        ("P0", &["open", "closed"], true),
    ] {
        let said = states.iter().map(|state| {
            let data =
                json!({ "incident": "INC-1", "state": state, "severity": severity, "title": "t" });
            (Kind::Incident, data)
        });
        let standing = after(at(100), &said.collect::<Vec<_>>());
        let alarm = standing.of_kind(AlarmKind::Incident).next().unwrap();
        assert_eq!(Spell::of(alarm).is_open, is_open, "{severity} {states:?}");
    }
}

#[test]
fn what_is_not_known_is_left_out_and_counted() {
    let measured = Measured {
        changes: vec![change(100, Some(40), 9), change(200, None, 19), change(300, Some(400), 0)],
        reviews: vec![review(true, &["a", "a", "a"]), review(false, &["a", "b", "a"])],
        shadow: vec![review(false, &["a", "b", "c"])],
        incidents: vec![
            Spell {
                id: "I-1".to_owned(),
                severity: Severity::Incident(IncidentSeverity::P0),
                opened: at(0),
                acknowledged: Some(at(300)),
                restored: Some(at(3_600)),
                is_open: false,
            },
            Spell {
                id: "I-2".to_owned(),
                severity: Severity::Incident(IncidentSeverity::P1),
                opened: at(10),
                acknowledged: None,
                restored: None,
                is_open: true,
            },
        ],
    };
    let summary = measured.summary("all");
    assert_eq!((summary.changes, summary.lead_unknown, summary.lead_from_commit), (3, 2, 1));
    assert_eq!(summary.lead_seconds.unwrap().median, 60.0);
    assert_eq!((summary.churn_total, summary.churn.unwrap().median), (31, 10.0));
    assert_eq!((summary.reviews, summary.pass_rate), (2, Some(0.5)));
    assert_eq!((summary.shadow_reviews, summary.shadow_pass_rate), (1, Some(0.0)));
    assert_eq!((summary.runs, summary.repeatability), (6, Some(5.0 / 6.0)));
    assert_eq!(summary.acknowledge_seconds.unwrap().median, 300.0);
    assert_eq!(summary.restore_seconds.unwrap().median, 3_600.0);
    assert_eq!((summary.incidents_open, summary.gates["T4"].median), (1, 3.0));
    let none = Measured::default().summary("none");
    assert_eq!((none.pass_rate, none.repeatability, none.lead_seconds), (None, None, None));
}

#[test]
fn a_change_is_of_the_day_on_which_it_landed_there() {
    let zone = TimeZone::get("America/Sao_Paulo").unwrap();
    // 2026-02-12 01:00 UTC is the evening before in São Paulo.
    let late = "2026-02-12T01:00:00Z".parse::<Timestamp>().unwrap().as_second();
    let measured = Measured { changes: vec![change(late, None, 0)], ..Measured::default() };
    let span = |day: &str| Span {
        name: day.to_owned(),
        from: day.parse().unwrap(),
        to: day.parse().unwrap(),
    };
    assert_eq!(measured.within(&span("2026-02-11"), &zone).changes.len(), 1);
    assert_eq!(measured.within(&span("2026-02-12"), &zone).changes.len(), 0);
}

#[test]
fn a_table_is_of_plain_text() {
    let all = [change(100, Some(40), 9), change(200, None, 1)];
    let rows = all.iter().map(|change| (change, vec!["C-01".to_owned()]));
    let text = csv(rows);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[1],
        "\"c\",\"'=cmd(\"\"x\"\"), a\",7,1970-01-01T00:01:40Z,1970-01-01T00:00:40Z,first-commit,60,2,9,1,3,\"C-01\""
    );
    assert!(lines[2].contains(",,,,2,1,1,3,"), "{}", lines[2]);
}

proptest! {
    #[test]
    fn a_quantile_lies_between_the_least_and_the_most(
        values in prop::collection::vec(-1e6_f64..1e6, 1..40),
    ) {
        let spread = Spread::of(values.clone()).unwrap();
        prop_assert!(spread.least <= spread.median && spread.median <= spread.p90);
        prop_assert!(spread.p90 <= spread.most);
        prop_assert_eq!(spread.count, values.len());
    }
}

#[test]
fn a_gate_is_flaky_where_runs_of_one_commit_differ() {
    use Outcome::{Fail, NoEvidence, Pass};
    let reviewed = |all: &[(&str, &[Outcome])]| {
        let runs = |outcomes: &[Outcome]| (1..).zip(outcomes.iter().copied()).collect();
        let outcomes = all.iter().map(|(gate, all)| ((*gate).to_owned(), runs(all))).collect();
        Review { outcomes, ..review(true, &[]) }
    };
    let measured = Measured {
        reviews: vec![
            reviewed(&[("T1", &[Pass, Pass, Pass]), ("T4", &[Pass, Fail, Pass])]),
            reviewed(&[("T1", &[Pass, Pass]), ("T4", &[Fail, Fail])]),
            reviewed(&[("T1", &[Pass]), ("T4", &[Pass, NoEvidence])]),
        ],
        ..Measured::default()
    };
    assert_eq!(measured.reviews[0].flaky(), ["T4"]);
    let flakes = measured.summary("all").flakes;
    let rate = |gate: &str| (flakes[gate].flaky, flakes[gate].compared);
    assert_eq!((rate("T1"), rate("T4")), ((0, 2), (2, 3)));
}

#[test]
fn weeks_have_no_gaps_and_end_with_the_newest() {
    let day = 86_400;
    // The first day of 1970 was a Thursday.
    let of = |days: &[i64]| Measured {
        changes: days.iter().map(|it| change(it * day, None, 1)).collect(),
        ..Measured::default()
    };
    let names = |measured: Measured, most| -> Vec<String> {
        measured.weeks(&TimeZone::UTC, most).into_iter().map(|week| week.name).collect()
    };
    assert_eq!(names(of(&[]), 9), [""; 0]);
    assert_eq!(names(of(&[0]), 9), ["1969-12-29"]);
    assert_eq!(names(of(&[0, 17]), 9), ["1969-12-29", "1970-01-05", "1970-01-12"]);
    assert_eq!(names(of(&[0, 17]), 2), ["1970-01-05", "1970-01-12"]);
    let week = &of(&[3]).weeks(&TimeZone::UTC, 1)[0];
    assert_eq!(
        (week.from.to_string(), week.to.to_string()),
        ("1969-12-29".into(), "1970-01-04".into())
    );
}
