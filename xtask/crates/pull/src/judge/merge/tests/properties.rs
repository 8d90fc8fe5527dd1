//! No list of checks or reviews makes it panic, and nothing but what must be green is.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::approvals::{
    ApproverFacts, PatchCommit, Review, approvers, judge as judge_approvals,
};
use super::checks_table::sha;
use super::*;
use thrice_orr::judge::required_checks::{CheckRun, Required, SuiteRun, judge as judge_checks};
use thrice_patch::judge::approvals::Approvals;

fn word(words: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop_oneof![prop::sample::select(words).prop_map(str::to_owned), "[ -~]{0,6}"]
}

fn check() -> impl Strategy<Value = Value> {
    let conclusion = prop::option::of(word(&["success", "failure", "skipped"]));
    let who =
        (prop::option::of(prop_oneof![Just(15368_u64), 0..3_u64]), prop::option::of(7..9_u64));
    let what = (word(&["T0"]), word(&["completed", "queued"]), conclusion, any::<bool>());
    (any::<u8>(), what, who, prop::option::of("[0-9T:Z-]{0,20}")).prop_map(
        |(id, (name, status, conclusion, here), (app, suite), time)| {
            json!({
                "id": id, "name": name, "status": status, "conclusion": conclusion,
                "head_sha": if here { sha() } else { "b".repeat(40) }, "started_at": time,
                "app": app.map(|id| json!({ "id": id })),
                "check_suite": suite.map(|id| json!({ "id": id })),
            })
        },
    )
}

fn review() -> impl Strategy<Value = Value> {
    let who = prop::option::of(word(&["ann", "agent", "bob"]));
    let state = word(&["APPROVED", "DISMISSED", "CHANGES_REQUESTED", "COMMENTED"]);
    (any::<u8>(), who, state, any::<bool>()).prop_map(|(id, who, state, here)| {
        json!({
            "id": id, "user": who.map(|login| json!({ "login": login })), "state": state,
            "commit_id": if here { sha() } else { "b".repeat(40) },
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn a_green_gate_has_a_green_check_of_the_app_and_never_panics(
        posted in prop::collection::vec(check(), 0..6),
    ) {
        let checks: Vec<CheckRun> = serde_json::from_value(Value::from(posted.clone())).unwrap();
        let runs: Vec<SuiteRun> = serde_json::from_value(json!([
            { "check_suite_id": 7, "path": "w.yml", "workflow_id": 1 },
            { "check_suite_id": 8, "path": "x.yml", "workflow_id": 2 },
        ])).unwrap();
        let required = Required {
            sha: &sha(), gates: &["T0"], app_id: 15368, workflow: "w.yml", workflow_id: Some(1),
        };
        let (_, findings) = judge_checks(&required, &checks, &runs);
        let green = posted.iter().any(|check| {
            check["name"] == "T0" && check["head_sha"] == sha() && check["status"] == "completed"
                && check["conclusion"] == "success" && check["app"]["id"] == 15368
                && check["check_suite"]["id"] == 7
        });
        if verdict(&findings) == Verdict::Pass {
            prop_assert!(green, "{:?}", posted);
        }
    }

    #[test]
    fn whoever_counts_approved_this_commit_last_and_never_panics(
        reviews in prop::collection::vec(review(), 0..6), writer in prop::option::of(any::<bool>()),
    ) {
        let reviews: Vec<Review> = serde_json::from_value(Value::from(reviews)).unwrap();
        let commits: Vec<PatchCommit> =
            serde_json::from_value(json!([{ "sha": sha(), "author": { "login": "bob" } }])).unwrap();
        let teams = BTreeMap::new();
        let writers = BTreeMap::from([("ann".to_owned(), writer)]);
        let facts = ApproverFacts {
            head: &sha(), author: Some("agent"), reviews: &reviews, commits: &commits,
            teams: &teams, writers: &writers, recorded: &Approvals::default(),
        };
        for login in approvers(&facts) {
            prop_assert!(login != "agent" && login != "bob");
            let own = |review: &&Review| {
                let user = review.user.as_ref().and_then(|user| user.login.as_deref());
                user.is_some_and(|user| user.eq_ignore_ascii_case(&login)) && review.state != "COMMENTED"
            };
            let last = reviews.iter().filter(own).max_by_key(|review| review.id).unwrap();
            let ids: Vec<u64> = reviews.iter().filter(own).map(|review| review.id).collect();
            if ids.iter().filter(|id| **id == last.id).count() == 1 {
                prop_assert_eq!(last.state.as_str(), "APPROVED");
                prop_assert_eq!(last.commit_id.clone(), Some(sha()));
            }
        }
        let _ = judge_approvals(&facts, &[]);
    }
}
