//! Checks of a commit: which of them is a green gate.

use serde_json::{Value, json};

use super::*;
use thrice_orr::judge::required_checks::{CheckRun, Required, SuiteRun, judge};

const GATES: &[&str] = &["T0", "T1", "T2"];
const WORKFLOW: &str = ".github/workflows/orr.yml";

pub(super) fn sha() -> String {
    "a".repeat(40)
}

fn posted() -> Value {
    let check = |(number, gate): (usize, &&str)| {
        json!({
            "id": 100 + number, "name": gate, "head_sha": sha(), "status": "completed",
            "conclusion": "success", "started_at": "2026-01-01T00:00:00Z",
            "app": { "id": 15368 }, "check_suite": { "id": 7 },
        })
    };
    GATES.iter().enumerate().map(check).collect()
}

fn judged(posted: Value) -> (Verdict, Vec<String>) {
    let posted: Vec<CheckRun> = serde_json::from_value(posted).unwrap();
    let runs: Vec<SuiteRun> = serde_json::from_value(json!([
        { "check_suite_id": 7, "path": ".github/workflows/orr.yml@main", "workflow_id": 1 },
        { "check_suite_id": 8, "path": ".github/workflows/other.yml", "workflow_id": 2 },
        { "check_suite_id": 9, "path": null, "workflow_id": 1 },
        { "check_suite_id": 10, "path": ".github/workflows/orr.yml@evil.yml", "workflow_id": 3 },
        { "check_suite_id": 11, "path": ".github/workflows/orr.yml" },
        { "check_suite_id": 12, "path": ".github/workflows/orr.yml.yml", "workflow_id": 1 },
    ]))
    .unwrap();
    let required = Required {
        sha: &sha(),
        gates: GATES,
        app_id: 15368,
        workflow: WORKFLOW,
        workflow_id: Some(1),
    };
    let (lines, findings) = judge(&required, &posted, &runs);
    let green = lines.iter().all(|line| line.verdict == Verdict::Pass);
    let answer = verdict(&findings);
    assert_eq!(green, answer == Verdict::Pass, "{lines:?} {findings:?}");
    (answer, shown(&findings))
}

/// The same posted, with another check of T1 beside it.
fn beside(change: impl FnOnce(&mut Value)) -> (Verdict, Vec<String>) {
    let mut all = posted();
    let mut other = all[1].clone();
    other["id"] = json!(90);
    other["started_at"] = json!("2025-12-31T00:00:00Z");
    change(&mut other);
    all.as_array_mut().unwrap().push(other);
    judged(all)
}

type Change = fn(&mut Value);

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn only_success_of_the_right_app_on_this_commit_is_green() {
    assert_eq!(judged(posted()), (Verdict::Pass, vec![]));
    assert_eq!(
        judged(json!([])),
        (
            Verdict::Fail,
            vec!["check-missing T0, T1 and T2 have no check on aaaaaaaaaaaa".to_owned()]
        )
    );
    let table: &[(Change, Verdict, &str)] = &[
        (
            |c| c["name"] = json!("t1"),
            Verdict::Fail,
            "check-missing T1 has no check on aaaaaaaaaaaa",
        ),
        (
            |c| c["head_sha"] = json!("b".repeat(40)),
            Verdict::Fail,
            "check-missing T1 has no check on aaaaaaaaaaaa",
        ),
        (
            |c| c["app"]["id"] = json!(99),
            Verdict::Fail,
            "check-wrong-app T1: posted by app 99, not by GitHub Actions (15368)",
        ),
        (
            |c| c["app"] = Value::Null,
            Verdict::Fail,
            "check-wrong-app T1: posted by nobody known, not by GitHub Actions (15368)",
        ),
        (
            |c| c["check_suite"]["id"] = json!(8),
            Verdict::Fail,
            "check-wrong-app T1: posted by a job of `.github/workflows/other.yml`, not of .github/workflows/orr.yml",
        ),
        (
            |c| c["check_suite"] = Value::Null,
            Verdict::NotEstablished,
            "not-established T1: which workflow posted it cannot be seen",
        ),
        (
            |c| c["check_suite"]["id"] = json!(9),
            Verdict::NotEstablished,
            "not-established T1: which workflow posted it cannot be seen",
        ),
        (
            |c| c["check_suite"]["id"] = json!(10),
            Verdict::Fail,
            "check-wrong-app T1: posted by a job of `.github/workflows/orr.yml@evil.yml`, not of .github/workflows/orr.yml",
        ),
        (
            |c| c["check_suite"]["id"] = json!(11),
            Verdict::NotEstablished,
            "not-established T1: which workflow posted it cannot be seen",
        ),
        (
            |c| c["check_suite"]["id"] = json!(12),
            Verdict::Fail,
            "check-wrong-app T1: posted by a job of `.github/workflows/orr.yml.yml`, not of .github/workflows/orr.yml",
        ),
        (
            |c| c["conclusion"] = Value::Null,
            Verdict::NotEstablished,
            "run-unfinished T1 has not ended: `completed without a conclusion`",
        ),
        (
            |c| c["conclusion"] = json!("skipped"),
            Verdict::Fail,
            "check-not-green T1: `skipped`, which GitHub lets through; nothing was proven",
        ),
        (
            |c| c["conclusion"] = json!("neutral"),
            Verdict::Fail,
            "check-not-green T1: `neutral`, which GitHub lets through; nothing was proven",
        ),
        (
            |c| c["conclusion"] = json!("cancelled"),
            Verdict::Fail,
            "check-not-green T1: `cancelled`: nothing was proven",
        ),
        (|c| c["conclusion"] = json!("failure"), Verdict::Fail, "check-not-green T1: `failure`"),
        (
            |c| c["conclusion"] = json!("new\u{1b}"),
            Verdict::Fail,
            "check-not-green T1: `new\\u{1b}`",
        ),
    ];
    for (change, expected, finding) in table {
        let mut all = posted();
        change(&mut all[1]);
        assert_eq!(judged(all), (*expected, vec![(*finding).to_owned()]));
    }
    for status in ["queued", "in_progress", "waiting", "pending", "requested", "strange"] {
        let mut all = posted();
        all[1]["status"] = json!(status);
        let said = format!("run-unfinished T1 has not ended: `{status}`");
        assert_eq!(judged(all), (Verdict::NotEstablished, vec![said]));
    }
}

#[test]
fn of_two_checks_neither_is_red_and_the_newest_of_the_right_app_counts() {
    assert_eq!(beside(|_| {}), (Verdict::Pass, vec![]));
    // What is red once is flaky; what was cancelled reports nothing.
    for red in ["failure", "timed_out", "startup_failure", "strange"] {
        let old = format!("check-not-green T1: an older check of aaaaaaaaaaaa was `{red}`");
        assert_eq!(beside(|c| c["conclusion"] = json!(red)), (Verdict::Fail, vec![old]));
    }
    let old = "check-not-green an older check 90 of T1 was `cancelled`; the newest counts";
    assert_eq!(
        beside(|c| c["conclusion"] = json!("cancelled")),
        (Verdict::Pass, vec![old.to_owned()])
    );
    let newer = beside(|c| {
        c["conclusion"] = json!("failure");
        c["started_at"] = json!("2026-01-02T00:00:00Z");
    });
    assert_eq!(newer, (Verdict::Fail, vec!["check-not-green T1: `failure`".to_owned()]));
    // Begun at the same second: the higher id is the newer one.
    let same = beside(|c| {
        c["conclusion"] = json!("failure");
        c["started_at"] = json!("2026-01-01T00:00:00Z");
        c["id"] = json!(900);
    });
    assert_eq!(same, (Verdict::Fail, vec!["check-not-green T1: `failure`".to_owned()]));
    let again = beside(|c| {
        c["status"] = json!("queued");
        c["conclusion"] = Value::Null;
        c["started_at"] = Value::Null;
    });
    let said = "run-unfinished T1 has not ended: `queued`".to_owned();
    assert_eq!(again, (Verdict::NotEstablished, vec![said]));
    let foreign = beside(|c| c["app"]["id"] = json!(99));
    let said = "check-not-green another app posted T1 too (`success`); it does not count";
    assert_eq!(foreign, (Verdict::Pass, vec![said.to_owned()]));
    // GitHub itself takes the newest, whichever workflow posted it.
    assert_eq!(beside(|c| c["check_suite"]["id"] = json!(8)).0, Verdict::Fail);
}
