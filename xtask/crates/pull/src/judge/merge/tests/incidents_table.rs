//! Incidents: an alarm counts whoever raises it; calm is somebody's word.

use serde_json::{Value, json};

use thrice_findings::Code;
use thrice_ledger::decisions::testing::{Weight, decision};
use thrice_ledger::decisions::{Alarm, Standing};
use thrice_programme::Kind;

use super::super::delivery::{Delivery, alarms, judge};

/// What is said, and whether it counts.
type Reported = (Value, bool);

fn after(reported: &[Reported]) -> Vec<Alarm> {
    let weigh = |counts: bool| if counts { Weight::Signed } else { Weight::Refused };
    weighed(reported.iter().map(|(data, counts)| (data, weigh(*counts))))
}

fn weighed<'a>(reported: impl Iterator<Item = (&'a Value, Weight)>) -> Vec<Alarm> {
    let now = jiff::Timestamp::UNIX_EPOCH;
    let said = reported.map(|(data, weight)| decision(now, Kind::Incident, data, weight));
    Standing::of(said, now).alarms
}

/// Policy demands no signature of incidents where it says nothing: an end that nobody signed
/// counts for nothing, and reopens nothing.
#[test]
fn an_end_that_nobody_signed_calms_and_reopens_nothing() {
    let reported = [said("open", "P0", true), closed(true), said("open", "P2", true)];
    for count in [1, 2, 3] {
        let said = reported.iter().take(count).map(|(data, _)| (data, Weight::Unsigned));
        let after = weighed(said);
        assert!(after[0].stops_merges() && after[0].over.is_none(), "{count}");
    }
}

fn said(state: &str, severity: &str, counts: bool) -> Reported {
    let data = json!({ "incident": "I-1", "state": state, "severity": severity, "title": "t", "wave": "O1" });
    (data, counts)
}

fn closed(counts: bool) -> Reported {
    let (mut data, _) = said("closed", "P0", counts);
    data["postmortem"] = json!("docs/postmortem.md");
    data["postmortem_sha256"] = json!("0".repeat(64));
    (data, counts)
}

#[test]
fn merging_stops_and_goes_on_when_it_must() {
    let rows: &[(&str, Vec<Reported>, bool)] = &[
        ("open", vec![said("open", "P0", true)], true),
        ("open, by anybody", vec![said("open", "P0", false)], true),
        ("P1", vec![said("open", "P1", true)], true),
        ("P2", vec![said("open", "P2", true)], false),
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
    for (name, reported, stops) in rows {
        let found = after(reported);
        assert_eq!(found.len(), 1, "{name}");
        assert_eq!(found[0].stops_merges(), *stops, "{name}: {found:?}");
    }
}

/// Whoever's word does not count cannot say that it is another wave's.
#[test]
fn a_scope_is_somebodys_word() {
    assert_eq!(after(&[said("open", "P0", false)])[0].wave, None);
    assert_eq!(after(&[said("open", "P0", true)])[0].wave.as_deref(), Some("O1"));
}

/// Each row: what is so of I-1, of which incident the branch is, and what speaks against it.
#[test]
fn the_hotfix_of_an_incident_that_stops_merges_passes_and_nothing_else_does() {
    let open = || vec![said("open", "P0", true)];
    let recovered = || vec![said("open", "P0", true), said("recovered", "P0", true)];
    let over = || vec![said("open", "P0", true), closed(true)];
    let bare = || vec![said("open", "P0", true), said("closed", "P0", true)];
    let other = json!({ "incident": "I-2", "state": "open", "severity": "P1", "title": "t" });
    let minor = json!({ "incident": "I-3", "state": "open", "severity": "P2", "title": "t" });
    let with = |other: &Value, mut reported: Vec<Reported>| {
        reported.push((other.clone(), true));
        reported
    };
    for (reported, hotfix, codes) in [
        (open(), Some("I-1"), vec![]),
        (recovered(), Some("I-1"), vec![]),
        (open(), None, vec![Code::MergeFrozen, Code::PullStory]),
        (open(), Some("I-9"), vec![Code::MergeFrozen, Code::PullStory]),
        // Two that stop merges would otherwise keep each other's fixes out for good.
        (with(&other, open()), Some("I-1"), vec![]),
        (with(&other, open()), Some("I-2"), vec![]),
        (with(&minor, open()), Some("I-3"), vec![Code::MergeFrozen, Code::PullStory]),
        (over(), Some("I-1"), vec![Code::PullStory]),
        (bare(), Some("I-1"), vec![Code::MergeFrozen, Code::PullStory]),
        (vec![said("open", "P2", true)], Some("I-1"), vec![Code::PullStory]),
    ] {
        let standing = Standing { alarms: after(&reported), ..Standing::default() };
        let (risks, incidents) = alarms(&standing);
        let hotfix = hotfix.map(str::to_owned);
        let delivery =
            Delivery { risks, incidents, hotfix, has_backlog: true, ..Delivery::default() };
        let (_, findings) = judge(&delivery);
        let found: Vec<Code> = findings.iter().map(|finding| finding.code).collect();
        assert_eq!(found, codes, "{:?}: {reported:?}", delivery.hotfix);
    }
}
