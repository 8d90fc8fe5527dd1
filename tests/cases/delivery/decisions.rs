//! No kind of decision without effect: each changes what a command says.

use serde_json::{Value, json};
use thrice_ledger::Kind;

use super::{BACKLOG, Fixture};
use crate::support::policies::severities;

const NOW: &str = "2026-03-10T12:00:00Z";

const DRILL: &str = r#"
[[triggers]]
id = "restore"
when = "drill"
drill = "restore"
rto = "60 minutes"
"#;

const PENDING: &str = r#"
[[stories]]
id = "S-3"
title = "A door for guests"
owner = "sm"
priority = "P1"
wave = "O1"
acceptance = ["it opens"]
pending_po_approval = true

[approval]
roles = ["sm"]
"#;

/// What is recorded, the command that asks for its fact, and what that says afterwards only. A
/// kind that is new needs a row, and a fact that it changes.
fn row(kind: Kind) -> (Value, &'static [&'static str], &'static str) {
    let (object, digest) = ("a".repeat(40), "b".repeat(64));
    match kind {
        Kind::Approval => (
            json!({"about": "story", "subject": "S-3", "role": "sm", "sha": object, "tree": object}),
            &["story", "show", "S-3"],
            "waiting: its contract\n",
        ),
        Kind::Release => (
            json!({"stage": "rc", "tag": "v1.0.0-rc.1", "version": "1.0.0", "sha": object,
                "scorecard_sha256": digest, "evidence_zip_sha256": digest}),
            &["release", "log"],
            "v1.0.0-rc.1",
        ),
        Kind::Deploy => (
            json!({"environment": "production", "tag": "v1.0.0-rc.1", "sha": object,
                "result": "rolled-back"}),
            &["release", "log"],
            "rolled-back",
        ),
        Kind::Risk => (
            json!({"risk": "R-1", "state": "open", "severity": "critical", "title": "the lock"}),
            &["risk", "list"],
            "the lock",
        ),
        Kind::Incident => (
            json!({"incident": "INC-1", "state": "open", "severity": "P0", "title": "it is down"}),
            &["incident", "list"],
            "it is down",
        ),
        Kind::Block => (
            json!({"block": "B-1", "subject": "S-1", "severity": "critical", "cause": "no sandbox",
                "owner": "sm"}),
            &["story", "show", "S-1"],
            "no sandbox",
        ),
        Kind::Unblock => (
            json!({"block": "B-1", "reason": "it answers"}),
            &["story", "show", "S-1"],
            "waiting: its contract\n",
        ),
        Kind::Drill => {
            (json!({"drill": "restore", "result": "fail"}), &["sla"], "error[sla-trigger]")
        }
        Kind::WaveGate => (
            json!({"wave": "O1", "decision": "pass"}),
            &["wave", "status", "O1"],
            "its own gate is passed",
        ),
        Kind::SprintGate => {
            (json!({"sprint": "01", "decision": "pass"}), &["sprint", "overview"], "| Done |")
        }
        Kind::Trigger => (
            json!({"trigger": "restore", "note": "the disk is changed"}),
            &["sla"],
            "warning[sla-trigger]",
        ),
        Kind::CycleClose => (
            json!({"cycle": "C-01", "decision": "met"}),
            &["cycle", "status", "C-01"],
            "| closed as met | pass |",
        ),
        Kind::Exception => (
            json!({"rule": "freeze", "reason": "late", "subject": "ops/alerts.yml",
                "expires_at": "2100-01-01T00:00:00Z"}),
            &["filemap", "check", "--base", "main"],
            "filemap check: pass",
        ),
    }
}

#[test]
fn each_kind_of_decision_changes_what_a_command_says() {
    let fixture = Fixture::new();
    let world = &fixture.world;
    world.write("policy/risk.toml", severities("sm") + DRILL);
    world.write("policy/backlog.toml", format!("{BACKLOG}{PENDING}"));
    world.commit("more rules");
    world.git(["switch", "--quiet", "--create", "patch"]);
    world.write("ops/alerts.yml", "minutes: 5\n");
    world.commit("patch");
    let key = fixture.key();
    let key = ["--key", key.to_str().unwrap()];
    let done = |words: &[&str]| {
        let ran = fixture.at(NOW, &[words, &key].concat());
        assert_eq!(ran.status, 0, "{words:?}: {ran:?}");
    };
    let append = |kind: Kind, data: &Value| {
        let file = world.root().join("data.json");
        std::fs::write(&file, data.to_string()).unwrap();
        done(&["ledger", "append", kind.word(), file.to_str().unwrap()]);
    };
    for kind in Kind::ALL {
        let (data, command, says) = row(kind);
        // An entry of another matter changes no fact of this one.
        let other = json!({"environment": "elsewhere", "tag": "v0", "sha": "c".repeat(40),
            "result": "failed"});
        let before = fixture.at(NOW, command).stdout;
        append(Kind::Deploy, &other);
        let still = fixture.at(NOW, command).stdout;
        assert!(still == before || command[0] == "release", "{kind:?}:\n{before}\n{still}");
        match kind {
            // Of which time it is, its command knows.
            Kind::Trigger => done(&["trigger", "ack", "restore", "--note", "the disk is changed"]),
            _ => append(kind, &data),
        }
        let after = fixture.at(NOW, command).stdout;
        assert!(!still.contains(says), "{kind:?} before: {still}");
        assert!(after.contains(says), "{kind:?} before: {still}\nafter: {after}");
    }
}
