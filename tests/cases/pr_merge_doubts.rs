//! `pr merge-check`: what leaves a doubt, on one pull request that may be merged otherwise.

use serde_json::{Value, json};

use super::pr_merge_check::Ready;
use crate::support::github::server::records::Review;

/// What is changed, how the check ends, and what it reports.
type Twist = (&'static str, fn(&Ready), i32, &'static [&'static str]);

fn object(ready: &Ready, login: &str) {
    let mut state = ready.simulator.state();
    let submitted = state.now();
    let sha = ready.head.clone();
    let state_of = "CHANGES_REQUESTED".to_owned();
    let review = Review { id: 51, login: login.to_owned(), state: state_of, sha, submitted };
    state.pulls[0].reviews.push(review);
    drop(state);
    ready.alter("/pulls/1/reviews", |body| {
        for review in body.as_array_mut().unwrap() {
            review["author_association"] = json!("CONTRIBUTOR");
        }
    });
}

/// One more run of the same commit, older than the three, that ended so.
fn older(ready: &Ready, conclusion: &str) {
    let mut state = ready.simulator.state();
    let mut run = state.runs[0].clone();
    run.id += 100_000;
    run.title = "ORR 0123456789abcdef".to_owned();
    run.conclusion = conclusion.to_owned();
    for job in &mut run.jobs {
        job.id += 100_000;
        job.conclusion = conclusion.to_owned();
    }
    state.runs.insert(0, run);
}

fn makers(ready: &Ready, author: &'static str) {
    ready.alter("/pulls/1/commits", move |body| {
        for made in body.as_array_mut().unwrap() {
            made["author"] = json!({ "login": author, "type": "User" });
            made["committer"] = json!({ "login": "web-flow", "type": "User" });
        }
    });
}

const TWISTS: &[Twist] = &[
    (
        "a red run beside the three",
        |ready| older(ready, "failure"),
        1,
        &["error[REFUSE-20]: run of ", "error[check-not-green]: T0 and T4: an older check of "],
    ),
    (
        "a cancelled run beside the three",
        |ready| older(ready, "cancelled"),
        4,
        &["does not name, open: "],
    ),
    (
        "an objection of a private member",
        |ready| {
            let may = ("bob".to_owned(), "write".to_owned());
            ready.simulator.state().permissions.extend([may]);
            object(ready, "bob");
        },
        1,
        &["error[changes-requested]: `bob` requested changes"],
    ),
    (
        "an objection of a stranger",
        |ready| {
            let may = ("eve".to_owned(), "read".to_owned());
            ready.simulator.state().permissions.extend([may]);
            object(ready, "eve");
        },
        0,
        &[],
    ),
    (
        "a workflow beside the right one",
        |ready| {
            ready.alter("/actions/runs?", |body| {
                for run in body["workflow_runs"].as_array_mut().unwrap() {
                    run["path"] = json!(".github/workflows/orr.yml@evil.yml");
                    run["workflow_id"] = json!(999);
                }
            });
        },
        1,
        &["error[check-wrong-app]: T0 and T4: posted by a job of `.github/workflows/orr.yml@evil"],
    ),
    (
        "a commit by GitHub's own account",
        |ready| makers(ready, "web-flow"),
        4,
        &["error[maker-unknown]: "],
    ),
    (
        "a committer that GitHub did not sign for",
        |ready| makers(ready, "agent"),
        4,
        &["error[maker-unknown]: "],
    ),
    (
        "a pull request that is not reported whole",
        |ready| {
            ready.alter("/pulls/1", |body| {
                if let Some(pull) = body.as_object_mut().filter(|it| it.contains_key("draft")) {
                    pull.remove("draft");
                    pull.insert("mergeable".to_owned(), Value::Null);
                }
            });
        },
        4,
        &["whether it is a draft", "whether it has conflicts"],
    ),
];

/// Each of these once said that the patch may be merged.
#[test]
fn nothing_but_what_is_seen_lets_it_be_merged() {
    let ready = Ready::new();
    let (runs, permissions) = {
        let state = ready.simulator.state();
        (state.runs.clone(), state.permissions.clone())
    };
    for (name, twist, status, reported) in TWISTS {
        twist(&ready);
        let ran = ready.check();
        assert_eq!(ran.status, *status, "{name}: {ran:?}");
        for text in *reported {
            assert!(ran.stdout.contains(text), "{name}, {text}: {ran:?}");
        }
        {
            let mut state = ready.simulator.state();
            state.faults.clear();
            state.runs.clone_from(&runs);
            state.permissions.clone_from(&permissions);
        }
        ready.approve();
    }
}
