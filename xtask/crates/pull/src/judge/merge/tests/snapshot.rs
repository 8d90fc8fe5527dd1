//! A recorded snapshot in which all is as it must be.

use serde_json::{Value, json};

use super::super::snapshot::{SCHEMA, Snapshot};
use super::*;
use crate::judge::claims::tests::claims_with;
use thrice_findings::Answer;

pub(super) const BASE: &str = "0123456789abcdef0123456789abcdef01234567";
const BRANCH: &str = "q2-s7-codex-20260131-1200-0123456";

pub(super) fn head() -> String {
    "f".repeat(40)
}

/// The claims, all of them so but this lie.
pub(super) fn claims(lie: Option<&str>) -> Value {
    json!({ "head": head(), "claims": claims_with(lie), "findings": [] })
}

fn pull() -> Value {
    json!({
        "state": "open", "title": "t", "body": "b", "draft": false, "mergeable": true,
        "user": { "login": "agent", "type": "User" },
        "head": { "ref": BRANCH, "sha": head() }, "base": { "ref": "main", "sha": BASE },
    })
}

fn enforced() -> Value {
    let checks = ["T0", "T4"].map(|gate| json!({ "context": gate, "integration_id": 15368 }));
    let rules = [
        json!({ "type": "deletion" }),
        json!({ "type": "non_fast_forward" }),
        json!({ "type": "pull_request", "parameters": {
            "required_approving_review_count": 1, "dismiss_stale_reviews_on_push": true,
            "require_code_owner_review": true, "require_last_push_approval": true,
            "required_review_thread_resolution": true,
        }}),
        json!({ "type": "required_status_checks", "parameters": {
            "strict_required_status_checks_policy": true, "required_status_checks": checks,
        }}),
    ];
    let listed = rules.clone().map(|mut rule| {
        rule["ruleset_id"] = json!(7);
        rule["ruleset_source_type"] = json!("Repository");
        rule["ruleset_source"] = json!("o/r");
        rule
    });
    let is = |value: Value| json!({ "is": value });
    let ruleset = json!({
        "id": 7, "name": "main", "target": "branch", "source_type": "Repository",
        "enforcement": "active", "bypass_actors": [], "current_user_can_bypass": "never",
        "conditions": { "ref_name": { "include": ["~DEFAULT_BRANCH"], "exclude": [] } },
        "rules": rules,
    });
    json!({
        "facts": {
            "repository": is(json!({ "default_branch": "main", "permissions": { "admin": true } })),
            "app": is(json!({ "id": 15368 })),
            "branch": is(json!({ "name": "main", "protected": true })),
            "rules": is(json!(listed)),
            "listed": is(json!([{ "id": 7, "name": "main" }])),
            "rulesets": { "7": is(ruleset) },
            "protection": "not_found",
        },
        "jobs": Answer {
            demand: "a job of each gate".to_owned(), verdict: Verdict::Pass, why: String::new(),
        },
        "findings": [],
    })
}

fn gate() -> Value {
    let check = |(id, name): (u64, &str)| {
        json!({
            "id": id, "name": name, "head_sha": head(), "status": "completed",
            "conclusion": "success", "started_at": "2026-01-31T12:00:00Z",
            "app": { "id": 15368 }, "check_suite": { "id": 70 },
        })
    };
    let checks = [(1, "T0"), (2, "T4")].map(check);
    json!({
        "base": BASE, "branch": "main", "gates": ["T0", "T4"], "app_id": 15368,
        "workflow": ".github/workflows/orr.yml", "workflow_id": 7,
        "enforced": { "is": enforced() },
        "checks": { "is": {
            "checks": checks,
            "runs": [{
                "check_suite_id": 70, "path": ".github/workflows/orr.yml", "workflow_id": 7,
            }],
        }},
        "approvals": { "is": {
            "demands": [{
                "for_what": ["area `source`"], "of": "maintainer", "roles": ["maintainer"],
                "members": ["@o/core"],
            }, {
                "for_what": ["rule `rules`"], "of": "security", "roles": ["security"],
                "members": ["@o/core"],
            }],
            "reviews": [{
                "id": 5, "user": { "login": "ann", "type": "User" }, "state": "APPROVED",
                "commit_id": head(), "submitted_at": "2026-01-31T12:30:00Z",
                "author_association": "MEMBER",
            }],
            "commits": [{
                "sha": head(), "author": { "login": "agent" }, "committer": { "login": "agent" },
            }],
            "teams": { "@o/core": { "Ok": ["ann"] } },
            "writers": { "ann": true },
            "recorded": { "given": [], "uncounted": [], "open": [] },
        }},
    })
}

fn delivery() -> Value {
    json!({
        "ledger": "ledger", "source": "ledger at 0123456789ab", "unread": [],
        "incidents": [
            { "id": "I-1", "severity": "P0", "state": "closed", "title": "down",
              "has_postmortem": true, "wave": "O1", "stories": [] },
            { "id": "I-2", "severity": "P2", "state": "open", "title": "slow",
              "has_postmortem": false, "wave": "O1", "stories": [] },
        ],
        "risks": [
            { "id": "R-1", "state": "mitigated", "severity": "critical", "title": "loss",
              "wave": "O1", "stories": [] },
            { "id": "R-2", "state": "open", "severity": "high", "title": "late",
              "wave": null, "stories": ["S-1"] },
            { "id": "R-3", "state": "open", "severity": "critical", "title": "elsewhere",
              "wave": "O2", "stories": [] },
        ],
        "has_backlog": true,
        "named": "S-1",
        "story": {
            "id": "S-1", "state": "in_progress", "why": ["#7 is open"], "branches": [],
            "wave": "O1", "closed_by": null, "under_way": ["S-1", "S-2"], "limit": 2,
            "entry": [], "evidence": [],
        },
    })
}

pub(super) fn perfect() -> Value {
    json!({
        "schema": SCHEMA, "number": 7, "repository": "o/r", "taken_at": "2026-01-31T13:00:00Z",
        "stopped": [], "before": pull(), "claimed": claims(None), "gate": gate(), "cut": [],
        "delivery": delivery(), "base_after": { "is": BASE }, "after": { "is": pull() },
    })
}

/// Verdict and codes of all that refuses, in their order, each once.
pub(super) fn judged(recorded: &Value) -> (Verdict, Vec<&'static str>) {
    let bytes = serde_json::to_vec(recorded).unwrap();
    let snapshot = Snapshot::read(&bytes).unwrap_or_else(|finding| panic!("{finding:?}"));
    let judged = judge(&snapshot);
    // What is recorded and read again gives the same, to the letter.
    let again = Snapshot::read(&serde_json::to_vec(&snapshot).unwrap()).unwrap();
    assert_eq!(again, snapshot);
    assert_eq!(judge(&again), judged);
    let refuses = judged.findings.iter().filter(|it| it.severity == Severity::Refuse);
    let mut codes: Vec<&str> = refuses.map(|finding| finding.code.name()).collect();
    codes.dedup();
    for finding in &judged.findings {
        assert!(finding.severity != Severity::Refuse || finding.help.is_some(), "{finding:?}");
    }
    (verdict(&judged.findings), codes)
}

#[test]
fn the_perfect_one_may_be_merged() {
    assert_eq!(judged(&perfect()), (Verdict::Pass, Vec::new()));
    let bytes = serde_json::to_vec(&perfect()).unwrap();
    let lines = judge(&Snapshot::read(&bytes).unwrap()).lines;
    assert!(lines.iter().all(|line| line.verdict == Verdict::Pass), "{lines:#?}");
    let demands: Vec<&str> = lines.iter().map(|line| line.demand.as_str()).collect();
    assert_eq!(
        demands,
        [
            "finished, without conflict",
            "what its body claims is so",
            "GitHub enforces the gates",
            "T0 is green",
            "T4 is green",
            "approved by somebody who may write",
            "approved by maintainer",
            "approved by security",
            "no incident stops it",
            "no critical risk is open",
            "its story may go on",
            "its gate of entry is passed",
            "its wave is open",
            "its wave has room",
            "its evidence is complete",
        ]
    );
}

#[test]
fn all_reasons_are_reported_at_once() {
    let mut recorded = perfect();
    recorded["before"]["draft"] = json!(true);
    recorded["claimed"] = claims(Some("main moved on"));
    recorded["gate"]["checks"]["is"]["checks"][0]["conclusion"] = json!("failure");
    recorded["gate"]["approvals"]["is"]["reviews"] = json!([]);
    recorded["delivery"]["risks"][0]["state"] = json!("open");
    recorded["delivery"]["story"]["closed_by"] = json!("O0");
    recorded["after"]["is"]["head"]["sha"] = json!(BASE);
    let (verdict, codes) = judged(&recorded);
    assert_eq!(verdict, Verdict::Fail);
    let expected = [
        "pull-unready",
        "CEC-60",
        "check-not-green",
        "approval-missing",
        "risk-open",
        "wave-closed",
        "head-moved",
    ];
    assert_eq!(codes, expected);
}

#[test]
fn what_is_no_snapshot_is_not_judged() {
    for bytes in ["", "{}", "[]", "null", "{\"schema\":\"xtask/merge-check/1\"}", "\u{0}"] {
        let finding = Snapshot::read(bytes.as_bytes()).unwrap_err();
        assert_eq!(finding.code, Code::SnapshotUnread, "{bytes}");
    }
    for (key, value) in [("schema", json!("xtask/merge-check/2")), ("more", json!(1))] {
        let mut recorded = perfect();
        recorded[key] = value;
        let bytes = serde_json::to_vec(&recorded).unwrap();
        assert_eq!(Snapshot::read(&bytes).unwrap_err().code, Code::SnapshotUnread, "{key}");
    }
    for (alarms, key, word) in [("incidents", "severity", "p2?"), ("risks", "state", "gone")] {
        let mut recorded = perfect();
        recorded["delivery"][alarms][0][key] = json!(word);
        let bytes = serde_json::to_vec(&recorded).unwrap();
        assert_eq!(Snapshot::read(&bytes).unwrap_err().code, Code::SnapshotUnread, "{word}");
    }
}

/// A snapshot from which something was taken proves nothing of it.
#[test]
fn what_is_not_in_it_is_not_established() {
    for key in ["before", "claimed", "gate", "delivery", "base_after", "after"] {
        let mut recorded = perfect();
        recorded[key] = Value::Null;
        let (verdict, codes) = judged(&recorded);
        assert_eq!((verdict, codes), (Verdict::NotEstablished, vec!["not-established"]), "{key}");
    }
    let mut recorded = perfect();
    recorded["claimed"] = json!({ "head": head(), "claims": [], "findings": [] });
    assert_eq!(judged(&recorded).0, Verdict::NotEstablished);
}
