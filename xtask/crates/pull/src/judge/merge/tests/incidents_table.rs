//! Incidents: an alarm counts whoever raises it; calm is somebody's word.

use serde_json::{Value, json};

use thrice_programme::Kind;
use thrice_risk::judge::clocks::{Said, matters};
use thrice_risk::judge::incidents::{Incident, incidents};

/// What is said, and whether it counts.
type Told = (Value, bool);

fn after(told: &[Told]) -> Vec<Incident> {
    let now = jiff::Timestamp::UNIX_EPOCH;
    let entries = told.iter().map(|(data, counts)| Said {
        kind: Kind::Incident,
        data: data.as_object().unwrap(),
        at: now,
        counts: *counts,
        is_signed: *counts,
    });
    incidents(&matters(entries, None, now))
}

/// Policy demands no signature of incidents where it says nothing: an end that nobody signed
/// counts, and reopens nothing.
#[test]
fn an_end_that_nobody_signed_reopens_nothing() {
    let now = jiff::Timestamp::UNIX_EPOCH;
    let told = [said("open", "P0", true), closed(true), said("open", "P2", true)];
    for count in [1, 2, 3] {
        let entries = told.iter().take(count).map(|(data, _)| Said {
            kind: Kind::Incident,
            data: data.as_object().unwrap(),
            at: now,
            counts: true,
            is_signed: false,
        });
        assert!(incidents(&matters(entries, None, now))[0].stops(), "{count}");
    }
}

fn said(state: &str, severity: &str, counts: bool) -> Told {
    let data = json!({ "incident": "I-1", "state": state, "severity": severity, "title": "t", "wave": "O1" });
    (data, counts)
}

fn closed(counts: bool) -> Told {
    let (mut data, _) = said("closed", "P0", counts);
    data["postmortem"] = json!("docs/postmortem.md");
    data["postmortem_sha256"] = json!("0".repeat(64));
    (data, counts)
}

#[test]
fn merging_stops_and_goes_on_when_it_must() {
    let rows: &[(&str, Vec<Told>, bool)] = &[
        ("open", vec![said("open", "P0", true)], true),
        ("open, by anybody", vec![said("open", "P0", false)], true),
        ("P1", vec![said("open", "P1", true)], true),
        ("P2", vec![said("open", "P2", true)], false),
        ("unknown severity", vec![said("open", "P9", false)], true),
        ("recovered", vec![said("open", "P0", true), said("recovered", "P0", true)], true),
        ("closed bare", vec![said("open", "P0", true), said("closed", "P0", true)], true),
        ("closed", vec![said("open", "P0", true), closed(true)], false),
        ("closed by anybody", vec![said("open", "P0", true), closed(false)], true),
        ("begun as closed", vec![closed(true)], false),
        ("opened again by anybody", vec![closed(true), said("open", "P0", false)], true),
        (
            "made light of by anybody",
            vec![said("open", "P0", true), said("open", "P3", false)],
            true,
        ),
        ("made light of", vec![said("open", "P0", true), said("open", "P3", true)], false),
        ("made worse by anybody", vec![said("open", "P3", true), said("open", "P0", false)], true),
    ];
    for (name, told, stops) in rows {
        let found = after(told);
        assert_eq!(found.len(), 1, "{name}");
        assert_eq!(found[0].stops(), *stops, "{name}: {found:?}");
    }
}

/// Whoever's word does not count cannot say that it is another wave's.
#[test]
fn a_scope_is_somebodys_word() {
    assert_eq!(after(&[said("open", "P0", false)])[0].wave, None);
    assert_eq!(after(&[said("open", "P0", true)])[0].wave.as_deref(), Some("O1"));
}
