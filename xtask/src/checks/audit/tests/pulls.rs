//! A pull request that had all it needs, and the same with one thing missing.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::super::pull::{Kept, Rules, Shown, judge_pull};
use super::*;
use crate::checks::approvals::Approvals;
use crate::checks::claims::{Left, Parts, RunFacts, Seen};
use crate::checks::merge::Demand;
use crate::checks::merge::approvals::{Facts, Made, Review};
use crate::checks::merge::checks::SuiteRun;
use crate::checks::pr_body::{Said, Template};
use crate::checks::server::{Expected, Job, Run};

const ZIP: &str = "00000000000000000000000000000000000000000000000000000000000000aa";
const MERGED: &str = "2026-01-02T00:00:00Z";

fn head() -> String {
    "f".repeat(40)
}

/// Everything that is known of a pull request; tests alter it.
struct World {
    commits: Vec<Commit>,
    pull: Merged,
    parts: Result<Vec<Part>, String>,
    demands: Vec<Demand>,
    checks: Result<Value, String>,
    runs: Vec<Run>,
    reviews: Value,
    made: Value,
    teams: BTreeMap<String, Result<BTreeSet<String>, String>>,
    writers: BTreeMap<String, Option<bool>>,
    body: String,
    named: Vec<RunFacts>,
    recorded: BTreeSet<String>,
    now: &'static str,
    rules: Result<(), String>,
    approvals: Approvals,
}

fn run(id: u64) -> Run {
    serde_json::from_value(json!({
        "id": id, "head_sha": head(), "head_branch": "patch", "event": "workflow_dispatch",
        "workflow_id": 1, "path": ".github/workflows/orr.yml", "run_attempt": 1,
        "status": "completed", "conclusion": "success",
        "head_repository": { "full_name": "o/r" },
        "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T01:00:00Z",
    }))
    .unwrap()
}

fn looked_into(id: u64) -> RunFacts {
    let jobs: Vec<Job> = serde_json::from_value(json!([{
        "id": 10 + id, "run_id": id, "name": "T4", "head_sha": head(), "status": "completed",
        "conclusion": "success", "run_attempt": 1, "steps": [],
        "started_at": "2026-01-01T00:00:00Z", "completed_at": "2026-01-01T00:10:00Z",
    }]))
    .unwrap();
    let parts = Parts {
        zip_sha256: ZIP.to_owned(),
        scorecard_sha256: String::new(),
        scorecard: Vec::new(),
        source: (head(), String::new()),
    };
    let left = Left { download_sha256: String::new(), parts: Ok(parts) };
    RunFacts {
        said: id.to_string(),
        run: Seen::There(run(id)),
        jobs: Seen::There(jobs),
        artifacts: Seen::There(Vec::new()),
        left: Seen::There(left),
    }
}

fn body(ids: &str) -> String {
    format!(
        "# Demo — Codex PR\n\n## CEC (telemetria)\nrun_ids: [{ids}]\nevidence_zip_sha256: {ZIP}\n"
    )
}

impl World {
    fn new() -> Self {
        let mut pull = pull(1, "s", &head());
        pull.merged_at = MERGED.parse().unwrap();
        Self {
            commits: vec![commit("r", &[], "t0"), commit("s", &["r"], "t1")],
            pull,
            parts: Ok(vec![part(&head(), "t1", "r")]),
            demands: vec![Demand {
                for_what: vec!["area `source`".to_owned()],
                of: "maintainer".to_owned(),
                roles: vec!["maintainer".to_owned()],
                members: vec!["@o/core".to_owned()],
            }],
            checks: Ok(json!([{
                "id": 5, "name": "T4", "head_sha": head(), "status": "completed",
                "conclusion": "success", "started_at": "2026-01-01T00:00:00Z",
                "completed_at": "2026-01-01T00:10:00Z",
                "app": { "id": 15368 }, "check_suite": { "id": 7 },
            }])),
            runs: vec![run(1), run(2), run(3)],
            reviews: json!([{
                "id": 9, "user": { "login": "ann", "type": "User" }, "state": "APPROVED",
                "commit_id": head(), "submitted_at": "2026-01-01T02:00:00Z",
                "author_association": "MEMBER",
            }]),
            made: json!([{ "sha": head(), "author": { "login": "bob" }, "committer": { "login": "bob" } }]),
            teams: BTreeMap::from([("@o/core".to_owned(), Ok(BTreeSet::from(["ann".to_owned()])))]),
            writers: BTreeMap::from([("ann".to_owned(), Some(true))]),
            body: body("1,2,3"),
            named: vec![looked_into(1), looked_into(2), looked_into(3)],
            recorded: BTreeSet::new(),
            now: "2026-01-03T00:00:00Z",
            rules: Ok(()),
            approvals: Approvals::default(),
        }
    }

    fn answers(&self) -> Vec<Answer> {
        let steps = steps(&self.commits, &self.commits.last().unwrap().id);
        let mut parts = BTreeMap::new();
        if let Ok(known) = &self.parts {
            parts.insert(1, known.clone());
        }
        let pulls = [self.pull.clone()];
        let landings = landings(&steps, Some(&pulls), &parts);
        let landing = landings.last().unwrap();
        let expected = Expected {
            repository: "o/r".to_owned(),
            sha: head(),
            branch: "patch".to_owned(),
            event: "workflow_dispatch".to_owned(),
            workflow_id: 1,
            workflow_path: ".github/workflows/orr.yml".to_owned(),
            gates: vec!["T4".to_owned()],
            programme: "demo".to_owned(),
        };
        let kept = self.checks.clone().map(|checks| -> Vec<Kept> {
            let of = |check: &Value| Kept {
                check: serde_json::from_value(check.clone()).unwrap(),
                completed_at: check["completed_at"].as_str().map(str::to_owned),
            };
            checks.as_array().unwrap().iter().map(of).collect()
        });
        let suites: Vec<SuiteRun> = serde_json::from_value(json!([
            { "check_suite_id": 7, "path": ".github/workflows/orr.yml", "workflow_id": 1 },
        ]))
        .unwrap();
        let reviews: Vec<Review> = serde_json::from_value(self.reviews.clone()).unwrap();
        let made: Vec<Made> = serde_json::from_value(self.made.clone()).unwrap();
        let template = Template::of(&policy());
        judge_pull(&Shown {
            pull: &self.pull,
            landing,
            rules: self.rules.clone().map(|()| Rules {
                expected: &expected,
                app_id: 15368,
                demands: &self.demands,
            }),
            parts: self.parts.as_deref().map_err(Clone::clone),
            checks: kept.as_deref().map_err(Clone::clone),
            runs: Ok(&self.runs),
            suites: &suites,
            approvals: Ok(Facts {
                head: &self.pull.head,
                author: Some("bob"),
                reviews: &reviews,
                commits: &made,
                teams: &self.teams,
                recorded: &self.approvals,
                writers: &self.writers,
            }),
            said: &Said::read(self.body.as_bytes(), &template),
            named: &self.named,
            recorded: &self.recorded,
            now: self.now.parse().unwrap(),
        })
    }
}

fn policy() -> crate::policy::Policy {
    let texts = [
        (
            "programme.toml",
            "id = \"demo\"\nname = \"Demo\"\ndefault_branch = \"main\"\ntime_zone = \"UTC\"\n",
        ),
        ("gates.toml", "[[gates]]\nid = \"T4\"\nname = \"tests\"\nrun = [\"true\"]\n"),
    ];
    let files = texts.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec())).into();
    crate::policy::check("policy", &files).0.unwrap()
}

#[test]
fn the_perfect_one_is_proven() {
    let answers = World::new().answers();
    assert_eq!(whole(&answers), Verdict::Pass, "{answers:#?}");
    assert_eq!(answers.len(), 5);
}

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
        "its commits are not told",
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
        "checks are not told",
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
    ("a run that is not", |w| w.named[1].run = Seen::Absent, "review", Verdict::Fail),
    (
        "a run that is not kept",
        |w| {
            w.named[1].run = Seen::Absent;
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
        "jobs that are not told",
        |w| w.named[0].jobs = Seen::Absent,
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
        |w| w.named[2].left = Seen::Absent,
        "evidence",
        Verdict::NotEstablished,
    ),
];

fn of_run(world: &mut World, change: fn(&mut Run)) {
    if let Seen::There(run) = &mut world.named[1].run {
        change(run);
    }
}

#[test]
fn one_thing_missing_is_told() {
    for (name, change, of, expected) in ROWS {
        let mut world = World::new();
        change(&mut world);
        let answers = world.answers();
        let answer = answers.iter().find(|answer| answer.of == *of).unwrap();
        assert_eq!(answer.answer, *expected, "{name}: {answers:#?}");
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
        run.left = Seen::Absent;
    }
    world.recorded.insert(ZIP.to_owned());
    assert_eq!(world.answers()[4].answer, Verdict::Pass);
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
