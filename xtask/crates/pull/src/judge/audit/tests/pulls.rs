//! A pull request that had all it needs, and the same with one thing missing.

use std::collections::{BTreeMap, BTreeSet};
use thrice_findings::Known;

use serde_json::{Value, json};

use super::super::pull::{Kept, MergedPull, Rules, judge_pull};
use super::*;
use crate::judge::claims::{Left, Parts, RunFacts};
use crate::judge::merge::ApprovalDemand;
use crate::judge::merge::approvals::{ApproverFacts, PatchCommit, Review};
use thrice_orr::judge::required_checks::SuiteRun;
use thrice_orr::judge::server::{Expected, Job, Run};
use thrice_patch::judge::approvals::Approvals;
use thrice_patch::judge::pr_body::{Said, Template};

pub(super) const ZIP: &str = "00000000000000000000000000000000000000000000000000000000000000aa";
const MERGED: &str = "2026-01-02T00:00:00Z";

fn head() -> String {
    "f".repeat(40)
}

/// Everything that is known of a pull request; tests alter it.
pub(super) struct World {
    pub(super) commits: Vec<Commit>,
    pub(super) pull: Merged,
    pub(super) parts: Result<Vec<PullCommit>, String>,
    pub(super) demands: Vec<ApprovalDemand>,
    pub(super) checks: Result<Value, String>,
    pub(super) runs: Vec<Run>,
    pub(super) reviews: Value,
    pub(super) made: Value,
    pub(super) teams: BTreeMap<String, Result<BTreeSet<String>, String>>,
    pub(super) writers: BTreeMap<String, Option<bool>>,
    pub(super) body: String,
    pub(super) named: Vec<RunFacts>,
    pub(super) recorded: BTreeSet<String>,
    pub(super) now: &'static str,
    pub(super) rules: Result<(), String>,
    pub(super) approvals: Approvals,
}

pub(super) fn run(id: u64) -> Run {
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
        evidence: Vec::new(),
        source: (head(), String::new()),
    };
    let left = Left { download_sha256: String::new(), parts: Ok(parts) };
    RunFacts {
        said: id.to_string(),
        run: Known::Is(run(id)),
        jobs: Known::Is(jobs),
        artifacts: Known::Is(Vec::new()),
        left: Known::Is(left),
    }
}

pub(super) fn body(ids: &str) -> String {
    format!("# Demo\n\n## Telemetry\nrun_ids: [{ids}]\nevidence_zip_sha256: {ZIP}\n")
}

impl World {
    pub(super) fn new() -> Self {
        let mut pull = pull(1, "s", &head());
        pull.merged_at = MERGED.parse().unwrap();
        Self {
            commits: vec![commit("r", &[], "t0"), commit("s", &["r"], "t1")],
            pull,
            parts: Ok(vec![part(&head(), "t1", "r")]),
            demands: vec![ApprovalDemand {
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

    pub(super) fn answers(&self) -> Vec<Answer> {
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
        let made: Vec<PatchCommit> = serde_json::from_value(self.made.clone()).unwrap();
        let template = Template::of(&policy());
        judge_pull(&MergedPull {
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
            approvals: Ok(ApproverFacts {
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

fn policy() -> thrice_programme::Policy {
    let texts = [
        (
            "programme.toml",
            "id = \"demo\"\nname = \"Demo\"\ndefault_branch = \"main\"\ntime_zone = \"UTC\"\n",
        ),
        ("gates.toml", "[[gates]]\nid = \"T4\"\nname = \"tests\"\nrun = [\"true\"]\n"),
    ];
    let files = texts.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec())).into();
    thrice_programme::check("policy", &files).0.unwrap()
}

#[test]
fn the_perfect_one_is_proven() {
    let answers = World::new().answers();
    assert_eq!(whole(&answers), Verdict::Pass, "{answers:#?}");
    assert_eq!(answers.len(), 5);
}
