//! One thing missing of a pull request, a row each.

use serde_json::json;
use std::collections::BTreeSet;
use thrice_findings::Known;

use super::pulls::{World, ZIP, body, run};
use super::*;
use thrice_orr::judge::server::Run;

/// What changes, which answer it changes, and to what.
type Row = (&'static str, fn(&mut World), &'static str, Verdict);

const ROWS: &[Row] = &[
    ("other content", |w| w.commits[1].tree = "t9".to_owned(), "content", Verdict::Fail),
    (
        "three parents",
        |w| w.commits[1].parents = ["r", "a", "b"].map(str::to_owned).to_vec(),
        "content",
        Verdict::Fail,
    ),
    (
        "a merge of another head",
        |w| w.commits[1].parents = ["r", "a"].map(str::to_owned).to_vec(),
        "content",
        Verdict::Fail,
    ),
    (
        "pushed",
        |w| {
            w.pull.head = "s".to_owned();
            w.parts = Ok(vec![part("s", "t1", "r")]);
        },
        "content",
        Verdict::Fail,
    ),
    (
        "its commits are not reported",
        |w| w.parts = Err("gone".to_owned()),
        "content",
        Verdict::NotEstablished,
    ),
    (
        "its head is no part",
        |w| w.parts = Ok(vec![part("x", "t1", "r")]),
        "content",
        Verdict::NotEstablished,
    ),
    ("no check", |w| w.checks = Ok(json!([])), "checks", Verdict::Fail),
    (
        "no check, long ago",
        |w| {
            w.checks = Ok(json!([]));
            w.now = "2028-01-01T00:00:00Z";
        },
        "checks",
        Verdict::NotEstablished,
    ),
    (
        "a red check",
        |w| w.checks.as_mut().unwrap()[0]["conclusion"] = json!("failure"),
        "checks",
        Verdict::Fail,
    ),
    (
        "a skipped check",
        |w| w.checks.as_mut().unwrap()[0]["conclusion"] = json!("skipped"),
        "checks",
        Verdict::Fail,
    ),
    (
        "another app",
        |w| w.checks.as_mut().unwrap()[0]["app"]["id"] = json!(1),
        "checks",
        Verdict::Fail,
    ),
    (
        "another workflow's",
        |w| w.checks.as_mut().unwrap()[0]["check_suite"]["id"] = json!(8),
        "checks",
        Verdict::NotEstablished,
    ),
    (
        "a check that ended after the merge",
        |w| w.checks.as_mut().unwrap()[0]["completed_at"] = json!("2026-01-02T00:00:01Z"),
        "checks",
        Verdict::Fail,
    ),
    (
        "a check that began after the merge",
        |w| w.checks.as_mut().unwrap()[0]["started_at"] = json!("2026-01-02T00:00:01Z"),
        "checks",
        Verdict::Fail,
    ),
    (
        "checks are not reported",
        |w| w.checks = Err("403".to_owned()),
        "checks",
        Verdict::NotEstablished,
    ),
    ("no rules", |w| w.rules = Err("no policy".to_owned()), "checks", Verdict::NotEstablished),
    ("nobody approved", |w| w.reviews = json!([]), "approvals", Verdict::Fail),
    (
        "approved after the merge",
        |w| w.reviews[0]["submitted_at"] = json!("2026-01-02T00:00:01Z"),
        "approvals",
        Verdict::Fail,
    ),
    (
        "approved at no time",
        |w| w.reviews[0]["submitted_at"] = json!(null),
        "approvals",
        Verdict::Fail,
    ),
    (
        "another head approved",
        |w| w.reviews[0]["commit_id"] = json!("0"),
        "approvals",
        Verdict::Fail,
    ),
    (
        "approved by its maker",
        |w| w.made[0]["author"]["login"] = json!("ann"),
        "approvals",
        Verdict::Fail,
    ),
    (
        "a named person had to",
        |w| w.demands[0].members = vec!["@eve".to_owned()],
        "approvals",
        Verdict::Fail,
    ),
    (
        "no member today",
        |w| {
            w.teams.insert("@o/core".to_owned(), Ok(BTreeSet::new()));
        },
        "approvals",
        Verdict::NotEstablished,
    ),
    (
        "the team is secret",
        |w| {
            w.teams.insert("@o/core".to_owned(), Err("404".to_owned()));
        },
        "approvals",
        Verdict::NotEstablished,
    ),
    (
        "may not write today",
        |w| {
            w.writers.insert("ann".to_owned(), Some(false));
        },
        "approvals",
        Verdict::NotEstablished,
    ),
    ("no runs named", |w| w.body = body(""), "review", Verdict::Fail),
    ("two runs named", |w| w.body = body("1,2"), "review", Verdict::Fail),
    ("one run named twice", |w| w.body = body("1,2,3,3"), "review", Verdict::Fail),
    ("a run that is not", |w| w.named[1].run = Known::Absent, "review", Verdict::Fail),
    (
        "a run that is not kept",
        |w| {
            w.named[1].run = Known::Absent;
            w.now = "2026-08-01T00:00:00Z";
        },
        "review",
        Verdict::NotEstablished,
    ),
    (
        "a run of another commit",
        |w| of_run(w, |run| run.head_sha = "0".repeat(40)),
        "review",
        Verdict::Fail,
    ),
    ("a run again", |w| of_run(w, |run| run.run_attempt = Some(2)), "review", Verdict::Fail),
    (
        "a red run",
        |w| of_run(w, |run| run.conclusion = Some("failure".to_owned())),
        "review",
        Verdict::Fail,
    ),
    (
        "a run after the merge",
        |w| of_run(w, |run| run.updated_at = "2026-01-02T00:00:01Z".to_owned()),
        "review",
        Verdict::Fail,
    ),
    (
        "jobs that are not reported",
        |w| w.named[0].jobs = Known::Absent,
        "review",
        Verdict::NotEstablished,
    ),
    (
        "a red one beside",
        |w| {
            let mut red = run(4);
            red.conclusion = Some("failure".to_owned());
            w.runs.push(red);
        },
        "review",
        Verdict::Fail,
    ),
    ("another archive", |w| w.body = w.body.replace("aa", "ab"), "evidence", Verdict::Fail),
    ("no digest", |w| w.body = w.body.replace("aa\n", "\n"), "evidence", Verdict::Fail),
    (
        "an archive that is not kept",
        |w| w.named[2].left = Known::Absent,
        "evidence",
        Verdict::NotEstablished,
    ),
];

fn of_run(world: &mut World, change: fn(&mut Run)) {
    if let Known::Is(run) = &mut world.named[1].run {
        change(run);
    }
}

#[test]
fn one_thing_missing_is_reported() {
    for (name, change, of, expected) in ROWS {
        let mut world = World::new();
        change(&mut world);
        let answers = world.answers();
        let answer = answers.iter().find(|answer| answer.demand == *of).unwrap();
        assert_eq!(answer.verdict, *expected, "{name}: {answers:#?}");
        assert!(!answer.why.is_empty(), "{name}");
        let found = findings(&world.pull, "s", &answers);
        let code = if *expected == Verdict::Fail { Code::AuditBypass } else { Code::AuditUnseen };
        assert!(found.iter().any(|finding| finding.code == code), "{name}: {found:#?}");
    }
}

#[test]
fn what_is_not_kept_is_proven_by_the_ledger() {
    let mut world = World::new();
    for run in &mut world.named {
        run.left = Known::Absent;
    }
    world.recorded.insert(ZIP.to_owned());
    assert_eq!(world.answers()[4].verdict, Verdict::Pass);
}

#[test]
fn a_red_run_after_the_merge_changes_nothing() {
    let mut world = World::new();
    let mut red = run(4);
    red.conclusion = Some("failure".to_owned());
    red.created_at = "2026-01-02T00:00:01Z".to_owned();
    world.runs.push(red);
    assert_eq!(whole(&world.answers()), Verdict::Pass);
}
