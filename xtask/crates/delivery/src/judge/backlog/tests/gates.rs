//! The gate of entry, and the gate of a wave.

use std::cell::OnceCell;
use std::collections::HashMap;

use super::super::*;
use super::{board, branch, id, policy};
use serde_json::{Value, json};

use thrice_findings::{Code, Finding};
use thrice_ledger::decisions::Standing;
use thrice_ledger::decisions::testing::after;
use thrice_programme::Kind;
use thrice_programme::{Backlog, Policy, Wave};

fn now() -> jiff::Timestamp {
    "2026-02-12T12:00:00Z".parse().unwrap()
}

fn story_approval(role: &str) -> Value {
    let object = "a".repeat(40);
    json!({"about": "story", "subject": "RB-1", "role": role, "sha": object, "tree": object})
}

fn gate_decision(wave: &str, decision: &str) -> Value {
    json!({"wave": wave, "decision": decision})
}

fn refused(policy: &Policy, board: &Board, recorded: &Standing, story: &str) -> Vec<Finding> {
    refused_in(policy, board, recorded, story, &Cycle::NoCalendar, &[])
}

fn refused_in(
    policy: &Policy,
    board: &Board,
    recorded: &Standing,
    story: &str,
    cycle: &Cycle,
    missing: &[String],
) -> Vec<Finding> {
    let backlog = policy.backlog.as_ref().unwrap();
    let missing = missing.iter().cloned().collect();
    let fixture = EntryFacts {
        backlog,
        board,
        recorded,
        missing: &missing,
        trunk: "origin/main",
        cycle,
        calendar: None,
        now: now(),
        under_way: OnceCell::new(),
    };
    let story = backlog.story(story).unwrap();
    let reasons = entry(story, board.of_story(backlog, &story.id).unwrap(), &fixture);
    reasons.into_iter().map(|reason| reason.finding).collect()
}

fn codes(findings: &[Finding]) -> Vec<&'static str> {
    findings.iter().map(|finding| finding.code.name()).collect()
}

#[test]
fn the_sixth_story_of_a_wave_is_refused() {
    let policy = policy();
    let tips: Vec<String> = (80..85).map(id).collect();
    let names: Vec<String> = (2..7).map(|number| format!("feature/S-{number}-x")).collect();
    let branches: Vec<Branch<'_>> =
        names.iter().zip(&tips).map(|(name, tip)| branch(name, tip)).collect();
    let none = Standing::default();
    let four = board(&policy, &["start"], &branches[..4], &none);
    assert_eq!(codes(&refused(&policy, &four, &none, "S-1")), [""; 0]);
    let five = board(&policy, &["start"], &branches, &none);
    let found = refused(&policy, &five, &none, "S-1");
    assert_eq!(codes(&found), ["story-wip"]);
    assert_eq!(
        found[0].message,
        "5 stories of O1 are under way; the limit is 5: S-2, S-3, S-4, S-5, S-6"
    );
    // One of them merged leaves room again, although its branch is still there.
    let merged = board(&policy, &["S-2: x (#1)"], &branches, &none);
    assert_eq!(codes(&refused(&policy, &merged, &none, "S-1")), [""; 0]);
    let again = refused(&policy, &merged, &none, "S-2");
    assert_eq!(codes(&again), ["story-state"]);
    assert_eq!(codes(&refused(&policy, &five, &none, "S-3")), ["story-state"]);
}

#[test]
fn each_reason_not_to_start_has_its_code_and_place() {
    let policy = policy();
    let none = Standing::default();
    let start = board(&policy, &["start"], &[], &none);
    let found = refused(&policy, &start, &none, "S-9");
    assert_eq!(codes(&found), ["story-dependency", "story-frozen", "wave-closed"]);
    let found = refused(&policy, &start, &none, "RB-1");
    let all = [
        "story-owner",
        "story-contract",
        "story-approval",
        "story-frozen",
        "story-deferred",
        "wave-closed",
    ];
    assert_eq!(codes(&found), all);
    for finding in &found {
        assert!(finding.help.is_some(), "{finding:?}");
        let place = finding.place.clone().unwrap();
        assert_eq!(place.file.as_deref(), Some("policy/backlog.toml"));
        assert!(place.line.is_some());
    }
    let found = refused_in(&policy, &start, &none, "S-1", &Cycle::None, &["c.md".to_owned()]);
    assert_eq!(codes(&found), ["story-contract", "cycle-not-running"]);
    let cycle =
        Cycle::Running { id: "C-02".to_owned(), waves: vec!["O2".to_owned()], carried: vec![] };
    let found = refused_in(&policy, &start, &none, "S-1", &cycle, &[]);
    assert_eq!(codes(&found), ["cycle-not-running"]);
    let cycle =
        Cycle::Running { id: "C-01".to_owned(), waves: vec!["O1".to_owned()], carried: vec![] };
    assert_eq!(refused_in(&policy, &start, &none, "S-1", &cycle, &[]), []);
    // What the cycle before left open goes on, whatever the waves of this one are.
    let (waves, carried) = (vec!["O2".to_owned()], vec!["S-1".to_owned()]);
    let cycle = Cycle::Running { id: "C-02".to_owned(), waves, carried };
    assert_eq!(refused_in(&policy, &start, &none, "S-1", &cycle, &[]), []);
}

/// Each row: the story, who approves, what else stands against it, and the answer.
#[test]
fn an_approval_of_a_story_changes_something_or_is_refused() {
    let policy = policy();
    let backlog = policy.backlog.as_ref().unwrap();
    let approved = after(now(), &[(Kind::Approval, story_approval("po"))]);
    let none = Standing::default();
    let roles = ["po".to_owned()];
    let wave = &[Code::StoryApproval, Code::WaveClosed, Code::StoryWip][..];
    for (story, held, recorded, others, answer) in [
        ("S-1", "po", &none, &[][..], Err("decision-void")),
        ("RB-1", "qa", &none, &[], Err("decision-void")),
        ("RB-1", "po", &approved, &[], Err("decision-void")),
        ("RB-1", "po", &none, &[Code::StoryApproval, Code::StoryDeferred], Err("story-deferred")),
        ("RB-1", "po", &none, &[Code::StoryFrozen], Err("story-frozen")),
        ("RB-1", "po", &none, &[Code::StoryOwner], Err("story-owner")),
        ("RB-1", "po", &none, &[Code::StoryState], Err("story-state")),
        ("RB-1", "po", &none, &[Code::StoryApproval], Ok(0)),
        ("RB-1", "po", &none, wave, Ok(2)),
    ] {
        let others = others.iter().map(|code| Finding::new(*code, "x")).collect();
        let story = backlog.story(story).unwrap();
        let judged = approval(story, &[held.to_owned()], (&roles, recorded), others, now());
        let reported = judged.map(|passes| passes.len()).map_err(|found| found[0].code.name());
        assert_eq!(reported, answer, "{} {held}", story.id);
    }
}

#[test]
fn what_is_recorded_lifts_a_refusal_until_it_ends() {
    let policy = policy();
    let none = Standing::default();
    let start = board(&policy, &["start"], &[], &none);
    let (past, future) = ("2026-02-12T12:00:00Z", "2026-02-12T12:00:01Z");
    for (end, holds) in [(None, true), (Some(past), false), (Some(future), true)] {
        let ends = |mut data: Value| {
            if let Some(end) = end {
                data["expires_at"] = json!(end);
            }
            data
        };
        let excepted = json!({"rule": "deferred", "subject": "HA", "reason": "it has come",
            "expires_at": end.unwrap_or("2027-01-01T00:00:00Z")});
        let recorded = after(
            now(),
            &[
                (Kind::Approval, ends(story_approval("po"))),
                (Kind::Exception, excepted),
                (Kind::WaveGate, ends(gate_decision("O1", "pass"))),
            ],
        );
        let found = refused(&policy, &start, &recorded, "RB-1");
        for code in ["story-approval", "story-deferred", "wave-closed"] {
            assert_eq!(codes(&found).contains(&code), !holds, "{end:?} {code}");
        }
    }
    // The newest decision counts, and another role's approval does not.
    let recorded = after(
        now(),
        &[
            (Kind::WaveGate, gate_decision("O1", "pass")),
            (Kind::WaveGate, gate_decision("O1", "fail")),
            (Kind::Approval, story_approval("qa")),
        ],
    );
    let found = codes(&refused(&policy, &start, &recorded, "RB-1"));
    assert!(found.contains(&"wave-closed") && found.contains(&"story-approval"), "{found:?}");
}

fn wave_gate(
    policy: &Policy,
    board: &Board,
    recorded: &Standing,
    evidence: &HashMap<String, Vec<Finding>>,
    head: &Head,
) -> Vec<Finding> {
    let backlog: &Backlog = policy.backlog.as_ref().unwrap();
    let facts = WaveFacts { backlog, board, recorded, evidence, head };
    gate(backlog.wave("O2").unwrap(), &facts)
}

#[test]
fn the_gate_of_a_wave_wants_everything() {
    let policy = policy();
    let merged = ["S-9: x (#1)", "RB-1: y (#2)"];
    let whole = HashMap::from([("S-9".to_owned(), vec![]), ("RB-1".to_owned(), vec![])]);
    let lacking = |code| {
        HashMap::from([
            ("S-9".to_owned(), vec![Finding::new(code, "x")]),
            ("RB-1".to_owned(), vec![]),
        ])
    };
    let risk = |severity: &str, state: &str, owner: Option<&str>, wave: Option<&str>| {
        let mut data = json!({"risk": "R-1", "state": state, "severity": severity, "title": "x"});
        for (name, text) in [("owner", owner), ("mitigation", owner), ("wave", wave)] {
            if let Some(text) = text {
                data[name] = json!(text);
            }
        }
        (Kind::Risk, data)
    };
    let (green, unasked) = (&Head::Known(Checks::Green), &Head::Unasked);
    let (open, red) = (&Head::Known(Checks::Open), &Head::Known(Checks::Red));
    let unreviewed = &Head::Unreviewed { shown: "main".to_owned(), next: "x".to_owned() };
    for (texts, risks, evidence, head, wanted) in [
        (&merged[..], vec![], whole.clone(), green, vec![]),
        (&merged[..1], vec![], whole.clone(), green, vec!["wave-story"]),
        (&merged, vec![], HashMap::new(), green, vec!["not-established"; 2]),
        (&merged, vec![], lacking(Code::EvidenceEmpty), green, vec!["evidence-empty"]),
        (&merged, vec![], whole.clone(), unasked, vec!["not-established"]),
        (&merged, vec![], whole.clone(), &Head::Unanswered, vec!["not-established"]),
        (&merged, vec![], whole.clone(), unreviewed, vec!["not-established"]),
        (&merged, vec![], whole.clone(), open, vec!["not-established"]),
        (&merged, vec![], whole.clone(), red, vec!["wave-checks"]),
        (
            &merged,
            vec![risk("critical", "open", None, None)],
            whole.clone(),
            green,
            vec!["risk-unowned"],
        ),
        (
            &merged,
            vec![risk("critical", "accepted", None, Some("O2"))],
            whole.clone(),
            green,
            vec!["risk-unowned"],
        ),
        (&merged, vec![risk("critical", "open", Some("ana"), None)], whole.clone(), green, vec![]),
        (&merged, vec![risk("critical", "closed", None, None)], whole.clone(), green, vec![]),
        (&merged, vec![risk("critical", "open", None, Some("O1"))], whole.clone(), green, vec![]),
        (&merged, vec![risk("high", "open", None, None)], whole, green, vec![]),
    ] {
        let recorded = after(now(), &risks);
        let board = board(&policy, texts, &[], &recorded);
        let found = wave_gate(&policy, &board, &recorded, &evidence, head);
        assert_eq!(codes(&found), wanted, "{texts:?} {risks:?}");
    }
}

/// The scorecard says of each demand of a wave's gate how it stands, and the gate passes
/// where nothing of it is red.
#[test]
fn the_scorecard_of_a_wave_says_how_each_demand_stands() {
    let policy = policy();
    let backlog = policy.backlog.as_ref().unwrap();
    let wave = backlog.wave("O2").unwrap();
    let card =
        |texts: &[&str], decisions: &[(Kind, Value)], evidence: &HashMap<_, _>, head: &Head| {
            let recorded = after(now(), decisions);
            let board = board(&policy, texts, &[], &recorded);
            let facts = WaveFacts { backlog, board: &board, recorded: &recorded, evidence, head };
            let card = scorecard::of_wave(wave, &facts, now());
            let said = |it: &thrice_findings::Answer| format!("{}: {}", it.verdict.word(), it.why);
            card.iter().map(said).collect::<Vec<_>>()
        };
    let begun = card(&["S-9: x (#1)"], &[], &HashMap::new(), &Head::Unasked);
    let wip = "pass: 0 of 5";
    let nobody = "not established: nobody decided yet";
    assert_eq!(
        begun,
        [
            "fail: 1 of 2",
            "not established: it was not looked at",
            "not established: nobody checked whether the head of the default branch is green",
            "pass: none is",
            wip,
            nobody,
        ]
    );
    let whole = HashMap::from([("S-9".to_owned(), vec![]), ("RB-1".to_owned(), vec![])]);
    let passed = (Kind::WaveGate, gate_decision("O2", "pass"));
    let risk = json!({"risk": "R-1", "state": "open", "severity": "critical", "title": "x"});
    let merged = ["S-9: x (#1)", "RB-1: y (#2)"];
    let green = &Head::Known(Checks::Green);
    let end = card(&merged, &[passed, (Kind::Risk, risk)], &whole, green);
    assert_eq!(end[..4], ["pass: 2 of 2", "pass: 2 of 2", "pass: it is", "fail: R-1"]);
    assert!(end[5].starts_with("pass: ") && end[5].contains(", by "), "{end:?}");
    let red = card(&merged, &[(Kind::WaveGate, gate_decision("O2", "fail"))], &whole, green);
    assert!(red[5].starts_with("fail: "), "{red:?}");
}

/// Each row: what is damaged, and which demands of the phase are then open.
#[test]
fn a_phase_is_done_when_everything_of_it_is() {
    let policy = policy();
    let backlog = policy.backlog.as_ref().unwrap();
    let waves = [backlog.wave("O2").unwrap()];
    let passed = (Kind::WaveGate, gate_decision("O2", "pass"));
    let whole = HashMap::from([("S-9".to_owned(), vec![]), ("RB-1".to_owned(), vec![])]);
    let at = |code, file: &str| Finding::new(code, "x").at(thrice_findings::Place::file(file));
    let lacking = |finding: Finding| {
        HashMap::from([("S-9".to_owned(), vec![finding]), ("RB-1".to_owned(), vec![])])
    };
    let risk = json!({"risk": "R-1", "state": "open", "severity": "critical", "title": "x",
        "wave": "O1"});
    let risk = (Kind::Risk, risk);
    let (runbook, missing) =
        (at(Code::EvidenceEmpty, "e/S-9/runbook.md"), at(Code::EvidenceMissing, "e/S-9"));
    let functional = at(Code::EvidenceEmpty, "e/S-9/functional.md");
    let merged = ["S-9: x (#1)", "RB-1: y (#2)"];
    let gates = || vec![passed.clone()];
    let all: [&Wave; 1] = waves;
    for (texts, gates, risks, evidence, waves, open) in [
        (&merged[..], gates(), vec![], whole.clone(), &all[..], vec![]),
        (&merged[..1], gates(), vec![], whole.clone(), &all[..], vec![0]),
        (&merged, vec![], vec![], whole.clone(), &all[..], vec![0]),
        (&merged, gates(), vec![], lacking(functional), &all[..], vec![1]),
        (&merged, gates(), vec![], lacking(runbook), &all[..], vec![2]),
        (&merged, gates(), vec![], lacking(missing), &all[..], vec![1, 2]),
        // A critical risk of another wave is the phase's all the same.
        (&merged, gates(), vec![risk], whole.clone(), &all[..], vec![3]),
        // Nothing is ticked over nothing.
        (&merged, gates(), vec![], whole, &[], vec![0, 1, 2]),
    ] {
        let recorded = after(now(), &[gates, risks].concat());
        let board = board(&policy, texts, &[], &recorded);
        let head = &Head::Known(Checks::Green);
        let facts =
            WaveFacts { backlog, board: &board, recorded: &recorded, evidence: &evidence, head };
        let parts = Parts {
            waves: waves.iter().map(|wave| (*wave, gate(wave, &facts))).collect(),
            sprints: Vec::new(),
            stories: 2 * waves.len(),
        };
        let demands = phase(&parts, &recorded, None, now());
        let found: Vec<usize> = (0..demands.len()).filter(|at| !demands[*at].is_met()).collect();
        assert_eq!(found, open, "{texts:?} {demands:?}");
    }
}

/// Each row: whether the newest entry of the drill says that it passed, and what is reported.
#[test]
fn a_gate_that_wants_a_drill_wants_it_passed() {
    let policy = policy();
    let backlog = policy.backlog.as_ref().unwrap();
    let mut wave = backlog.wave("O2").unwrap().clone();
    wave.drills = vec!["restore".to_owned()];
    let evidence = HashMap::from([("S-9".to_owned(), vec![]), ("RB-1".to_owned(), vec![])]);
    for (passed, wanted) in
        [(None, vec!["wave-drill"]), (Some(false), vec!["wave-drill"]), (Some(true), vec![])]
    {
        let result = |passed: bool| if passed { "pass" } else { "fail" };
        let drill = |passed| (Kind::Drill, json!({"drill": "restore", "result": result(passed)}));
        let recorded = after(now(), &passed.map(drill).into_iter().collect::<Vec<_>>());
        let board = board(&policy, &["S-9: x (#1)", "RB-1: y (#2)"], &[], &recorded);
        let head = &Head::Known(Checks::Green);
        let facts =
            WaveFacts { backlog, board: &board, recorded: &recorded, evidence: &evidence, head };
        assert_eq!(codes(&gate(&wave, &facts)), wanted, "{passed:?}");
    }
}

/// Each row: what was found, whether it is recorded, and the first line that says so.
#[test]
fn the_first_line_of_a_gate_says_what_holds() {
    let refused = |code, message: &str| Finding::new(code, message).help("`orr`");
    let unknown = || refused(Code::NotEstablishedCode, "nobody asked");
    let open = || refused(Code::WaveStory, "S-1 is open");
    for (found, is_recorded, says) in [
        (vec![], false, "O1 may be passed"),
        (vec![], true, "O1 is passed"),
        (vec![unknown()], true, "O1 can't be decided now"),
        (vec![unknown(), open(), open()], true, "O1 is not passed: 2 things missing"),
    ] {
        assert_eq!(first_line("O1", &found, is_recorded), says);
    }
}
