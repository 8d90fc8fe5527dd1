//! No decision without effect: for each kind, and each word that decides, a fact that it
//! changes here and a test by which a command shows the change.

use serde_json::json;

use super::testing::{Weight, decision};
use super::*;
use crate::form::Form;
use crate::kinds::members;

/// Members whose word decides what an entry does.
const DECIDING: [&str; 5] = ["about", "decision", "result", "stage", "state"];

/// A word of a kind, and what it changes.
struct Effect {
    kind: Kind,
    /// The word that decides; empty where the kind has none.
    word: &'static str,
    /// What was recorded before.
    before: Vec<(Kind, Value)>,
    data: Value,
    /// The fact before and after.
    changes: [&'static str; 2],
    /// The test by which a command shows the change.
    shown_by: &'static str,
}

fn incident(state: &str) -> Value {
    json!({"incident": "I", "state": state, "severity": "P0", "title": "t"})
}

fn risk(state: &str) -> Value {
    json!({"risk": "R", "state": state, "severity": "critical", "title": "t"})
}

fn object(about: &str) -> Value {
    let name = "a".repeat(40);
    json!({"about": about, "subject": "S", "sha": name, "tree": name})
}

fn release(stage: &str) -> Value {
    let digest = "b".repeat(64);
    json!({"stage": stage, "tag": "v1", "version": "1.0.0", "sha": "a".repeat(40),
        "scorecard_sha256": digest, "evidence_zip_sha256": digest})
}

fn gate(of: &str, decision: &str) -> Value {
    json!({of: "W", "decision": decision})
}

fn drill(result: &str) -> Value {
    json!({"drill": "D", "result": result})
}

fn cycle(decision: &str) -> Value {
    json!({"cycle": "C", "decision": decision})
}

const STOPS: &str =
    "pr_merge_stops.rs::a_p0_or_a_critical_risk_stops_merging_until_somebody_signed_for_its_end";
const ANSWERED: &str = "risks/incidents.rs::a_p0_is_answered_step_by_step";
const RISKS: &str = "risks/recorded.rs::a_risk_is_added_updated_and_closed";
const APPROVALS: &str = "approve.rs::each_approval_changes_what_the_next_command_says";
const WAVES: &str = "story_gates.rs::a_wave_opens_when_the_gate_before_it_is_passed";
const BLOCKS: &str = "story_gates.rs::a_block_is_recorded_shown_and_lifted";
const KORAOS: &str =
    "at_length/scenarios/koraos.rs::koraos_from_its_first_planning_to_its_beta_gate";
const PLATFORM: &str =
    "at_length/scenarios/platform.rs::the_platform_from_its_architecture_to_its_release";
const CYCLES: &str = "delivery/cycles.rs::the_status_and_the_end_of_a_cycle";
const DEPLOYS: &str = "ledger.rs::each_result_of_a_deployment_changes_what_the_log_says";
const DRILLS: &str = "risks/drills.rs::a_drill_that_failed_escalates_until_somebody_has_it_in_hand";

#[expect(clippy::too_many_lines, reason = "a table")]
fn effects() -> Vec<Effect> {
    use Kind::{
        Approval, Block, CycleClose, Deploy, Drill, Exception, Incident, Release, Risk, SprintGate,
        Trigger, Unblock, WaveGate,
    };
    let block = json!({"block": "B", "subject": "S", "severity": "high", "cause": "c",
        "owner": "o"});
    let of = |kind, word, before: &[(Kind, Value)], data, changes, shown_by| Effect {
        kind,
        word,
        before: before.to_vec(),
        data,
        changes,
        shown_by,
    };
    let open = &[(Incident, incident("open"))];
    let known = &[(Risk, risk("open"))];
    let blocked = &[(Block, block.clone())];
    let expires = "2100-01-01T00:00:00Z";
    let deploy = |result: &str| json!({"environment": "e", "tag": "v1", "sha": "a".repeat(40), "result": result});
    let of_deploy = |word| of(Deploy, word, &[], deploy(word), ["", ""], DEPLOYS);
    vec![
        of(Approval, "change", &[], object("change"), ["", "change"], APPROVALS),
        of(Approval, "rc", &[], object("rc"), ["", "rc"], PLATFORM),
        of(Approval, "ga", &[], object("ga"), ["", "ga"], PLATFORM),
        of(Approval, "story", &[], object("story"), ["", "story for po"], APPROVALS),
        of(Release, "rc", &[], release("rc"), ["", "rc v1"], PLATFORM),
        of(Release, "ga", &[], release("ga"), ["", "ga v1"], PLATFORM),
        of_deploy("succeeded"),
        of_deploy("failed"),
        of_deploy("rolled-back"),
        of(Risk, "open", &[], risk("open"), ["", "R open, stops"], RISKS),
        of(Risk, "accepted", known, risk("accepted"), ["R open, stops", "R accepted"], APPROVALS),
        of(Risk, "mitigated", known, risk("mitigated"), ["R open, stops", "R mitigated"], RISKS),
        of(Risk, "closed", known, risk("closed"), ["R open, stops", "R closed"], RISKS),
        of(Incident, "open", &[], incident("open"), ["", "I open, stops"], STOPS),
        of(
            Incident,
            "acknowledged",
            open,
            incident("acknowledged"),
            ["I open, stops", "I acknowledged, stops"],
            ANSWERED,
        ),
        of(
            Incident,
            "contained",
            open,
            incident("contained"),
            ["I open, stops", "I contained, stops"],
            ANSWERED,
        ),
        of(
            Incident,
            "recovered",
            open,
            incident("recovered"),
            ["I open, stops", "I recovered, stops"],
            ANSWERED,
        ),
        of(
            Incident,
            "closed",
            open,
            json!({"incident": "I", "state": "closed", "severity": "P0", "title": "t",
                "postmortem_sha256": "b".repeat(64)}),
            ["I open, stops", "I closed"],
            STOPS,
        ),
        of(Block, "", &[], block, ["", "B open"], BLOCKS),
        of(
            Unblock,
            "",
            blocked,
            json!({"block": "B", "reason": "r"}),
            ["B open", "B closed"],
            BLOCKS,
        ),
        of(Drill, "pass", &[(Drill, drill("fail"))], drill("pass"), ["D false", "D true"], KORAOS),
        of(Drill, "fail", &[(Drill, drill("pass"))], drill("fail"), ["D true", "D false"], DRILLS),
        of(WaveGate, "pass", &[], gate("wave", "pass"), ["", "wave W"], WAVES),
        of(WaveGate, "conditional", &[], gate("wave", "conditional"), ["", "wave W"], WAVES),
        of(
            WaveGate,
            "fail",
            &[(WaveGate, gate("wave", "pass"))],
            gate("wave", "fail"),
            ["wave W", ""],
            WAVES,
        ),
        of(SprintGate, "pass", &[], gate("sprint", "pass"), ["", "sprint W"], PLATFORM),
        of(
            SprintGate,
            "conditional",
            &[],
            gate("sprint", "conditional"),
            ["", "sprint W"],
            PLATFORM,
        ),
        of(
            SprintGate,
            "fail",
            &[(SprintGate, gate("sprint", "pass"))],
            gate("sprint", "fail"),
            ["sprint W", ""],
            PLATFORM,
        ),
        of(
            Trigger,
            "",
            &[],
            json!({"trigger": "T", "key": "k", "note": "n"}),
            ["", "T in hand"],
            DRILLS,
        ),
        of(CycleClose, "met", &[], cycle("met"), ["", "C true"], CYCLES),
        of(CycleClose, "not-met", &[], cycle("not-met"), ["", "C false"], CYCLES),
        of(
            Exception,
            "",
            &[],
            json!({"rule": "freeze", "reason": "r", "subject": "S", "expires_at": expires}),
            ["", "freeze S"],
            "delivery/freeze.rs::a_frozen_path_waits_or_has_an_exception",
        ),
    ]
}

/// The facts that judgements ask a standing for, in words.
fn facts(standing: &Standing, now: Timestamp) -> String {
    let alarm = |it: &Alarm| {
        let stops = if it.stops_merges() { ", stops" } else { "" };
        format!("{} {}{stops}", it.id, it.state().word())
    };
    let approval = |it: &Decision<ApprovalEntry>| {
        let about = it.content.about.word();
        let roles = ["po".to_owned()];
        match standing.story_approval("S", &roles, now) {
            Some(_) => format!("{about} for po"),
            None => about.to_owned(),
        }
    };
    let mut facts: Vec<String> = standing.alarms.iter().map(alarm).collect();
    facts.extend(standing.drills.iter().map(|it| format!("{} {}", it.name, it.passed)));
    facts.extend(standing.approvals.iter().filter(|it| it.calms().is_ok()).map(approval));
    let releases = standing.releases.iter().filter(|it| it.calms().is_ok());
    facts.extend(releases.map(|it| format!("{} {}", it.content.stage.word(), it.content.tag)));
    facts.extend(standing.is_passed("W", now).then(|| "wave W".to_owned()));
    facts.extend(standing.is_sprint_passed("W", now).then(|| "sprint W".to_owned()));
    facts.extend(standing.in_hand("T", "k").map(|_| "T in hand".to_owned()));
    facts.extend(standing.closed_cycle("C").map(|it| format!("C {}", it.is_met())));
    facts.extend(standing.is_excepted("freeze", "S", now).then(|| "freeze S".to_owned()));
    facts.join("; ")
}

/// The words that decide in a kind, by the table of its members; the empty one where none does.
fn words(kind: Kind) -> Vec<&'static str> {
    let decides = members(kind).iter().filter(|member| DECIDING.contains(&member.name));
    let words = decides.flat_map(|member| match member.form {
        Form::Word(words) | Form::Stage(words) => words,
        _ => &[],
    });
    let words: Vec<&str> = words.copied().collect();
    if words.is_empty() { vec![""] } else { words }
}

#[test]
fn every_kind_of_decision_changes_a_fact_and_a_test_shows_it() {
    let effects = effects();
    for kind in Kind::ALL {
        for word in words(kind) {
            let rows = effects.iter().filter(|it| (it.kind, it.word) == (kind, word)).count();
            assert_eq!(rows, 1, "{} {word} has {rows} rows", kind.word());
        }
    }
    assert_eq!(effects.len(), Kind::ALL.into_iter().map(|kind| words(kind).len()).sum::<usize>());
    let now = Timestamp::from_second(1_000_000).unwrap();
    for effect in &effects {
        let at = |hour: i64| Timestamp::from_second(hour * 3600).unwrap();
        let named = |(hour, (kind, data)): (i64, &(Kind, Value))| {
            decision(at(hour), *kind, data, Weight::Signed)
        };
        let before: Vec<Decision> = (0..).zip(&effect.before).map(named).collect();
        let last = decision(at(9), effect.kind, &effect.data, Weight::Signed);
        let name = format!("{} {}", effect.kind.word(), effect.word);
        assert_eq!(facts(&Standing::of(before.clone(), now), now), effect.changes[0], "{name}");
        let after = Standing::of(before.into_iter().chain([last]), now);
        assert_eq!(facts(&after, now), effect.changes[1], "{name}");
        // What was deployed changes no judgement: its fact is the log, which a command shows.
        let is_logged = effect.shown_by == DEPLOYS && effect.kind == Kind::Deploy;
        assert!(effect.changes[0] != effect.changes[1] || is_logged, "{name}");
        let (file, test) = effect.shown_by.split_once("::").unwrap();
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../tests/cases");
        let text = std::fs::read_to_string(format!("{folder}/{file}")).unwrap();
        assert!(text.contains(&format!("fn {test}()")), "{name}: {}", effect.shown_by);
    }
}
