//! Dispatches: whatever the server answers, three are made and none is lost.

use std::sync::Mutex;

use serde_json::json;

use crate::support::github::{Action, Dispatching, Git, Plan, Response, State, bad_gateway};
use crate::support::sampling::is_tried_with;
use crate::support::server_reviews::{
    Fixture, PASSES, Row, altered, always, decided, only, says, stops,
};

const POST: &str = "/dispatches";

fn unseen(milliseconds: u64) -> Plan {
    Plan { unseen: milliseconds, ..Plan::lasting(2_000) }
}

/// A decoy beside each run in every list: a copy of it with another id, changed so.
fn decoy(change: fn(&mut serde_json::Value)) -> Action {
    altered(move |value| {
        let Some(runs) = value["workflow_runs"].as_array_mut() else { return };
        let mut decoys = runs.clone();
        for decoy in &mut decoys {
            decoy["id"] = json!(decoy["id"].as_u64().unwrap_or_default() + 1_000_000);
            change(decoy);
        }
        decoys.append(runs);
        *runs = decoys;
    })
}

const ANSWERS: &[Row] = &[
    ("200 with the run", |_| {}, PASSES),
    ("200 without being asked", |s| s.dispatching = Dispatching::Always, PASSES),
    (
        "the same run for each",
        |s| {
            let first = Mutex::new(None);
            let again = altered(move |value| {
                let mut first = first.lock().unwrap();
                let id = first.get_or_insert_with(|| value["workflow_run_id"].clone());
                value["workflow_run_id"] = id.clone();
            });
            s.faults.push(always("POST", POST, again));
        },
        PASSES,
    ),
    ("204", |s| s.dispatching = Dispatching::Ignored, PASSES),
    ("400 to the unknown field", |s| s.dispatching = Dispatching::Refused, PASSES),
    ("422", |s| s.workflows[0].inputs.clear(), stops_unless_fixed("dispatch-refused")),
    (
        "502 after it was accepted",
        |s| s.faults.push(always("POST", POST, Action::AcceptThenAnswer(bad_gateway()))),
        PASSES,
    ),
    (
        "503 before it was accepted",
        |s| s.faults.push(only(2, "POST", POST, Action::Answer(says(503, "busy")))),
        PASSES,
    ),
    (
        "dropped after it was accepted",
        |s| s.faults.push(always("POST", POST, Action::AcceptThenDrop)),
        PASSES,
    ),
    ("dropped before", |s| s.faults.push(only(1, "POST", POST, Action::Drop)), PASSES),
    ("an answer cut off", |s| s.faults.push(always("POST", POST, Action::Truncate(5))), PASSES),
    (
        "a page instead of an answer, after it was accepted",
        |s| {
            let page = Response::bytes("text/html", b"<html>hello</html>".to_vec());
            s.faults.push(always("POST", POST, Action::AcceptThenAnswer(page)));
        },
        PASSES,
    ),
    (
        "502 for ever",
        |s| s.faults.push(always("POST", POST, Action::Answer(bad_gateway()))),
        stops("github-unreachable"),
    ),
    (
        "404",
        |s| s.faults.push(always("POST", POST, Action::Answer(says(404, "Not Found")))),
        stops("github-absent"),
    ),
    (
        "401",
        |s| s.faults.push(always("POST", POST, Action::Answer(says(401, "Bad credentials")))),
        stops("github-login"),
    ),
    (
        "403, a permission",
        |s| {
            s.faults.push(only(
                1,
                "POST",
                POST,
                Action::Answer(says(403, "Resource not accessible by personal access token")),
            ))
        },
        stops("github-forbidden"),
    ),
    (
        "403, a secondary limit that says how long",
        |s| {
            let answer =
                says(403, "You have exceeded a secondary rate limit").with("retry-after", "30");
            s.faults.push(only(1, "POST", POST, Action::Answer(answer)));
        },
        PASSES,
    ),
    (
        "429 that says nothing",
        |s| s.faults.push(only(2, "POST", POST, Action::Answer(says(429, "slow down")))),
        PASSES,
    ),
    (
        "403, a primary limit that ends soon",
        |s| {
            let reset = (s.now() / 1000 + 300).to_string();
            let answer = says(403, "API rate limit exceeded")
                .with("x-ratelimit-remaining", "0")
                .with("x-ratelimit-reset", reset);
            s.faults.push(only(1, "POST", POST, Action::Answer(answer)));
        },
        PASSES,
    ),
    (
        "403, a primary limit that lasts",
        |s| {
            let reset = (s.now() / 1000 + 7200).to_string();
            let answer = says(403, "API rate limit exceeded")
                .with("x-ratelimit-remaining", "0")
                .with("x-ratelimit-reset", reset);
            s.faults.push(always("POST", POST, Action::Answer(answer)));
        },
        stops("github-limited"),
    ),
];

/// What the server refuses stays refused until its settings are fixed.
const fn stops_unless_fixed(code: &'static str) -> crate::support::server_reviews::Expected {
    crate::support::server_reviews::Expected { exit: 4, code, resumed: Some(4) }
}

#[test]
fn whatever_a_dispatch_is_answered_there_are_three_runs() {
    Fixture::new().each(ANSWERS);
}

const FINDING: &[Row] = &[
    (
        "a run that shows up late",
        |s| {
            s.dispatching = Dispatching::Ignored;
            s.plan = unseen(20_000);
        },
        PASSES,
    ),
    (
        "a run that shows up after all patience",
        |s| {
            s.dispatching = Dispatching::Ignored;
            s.plans.push_back(unseen(600_000));
        },
        stops("run-unseen"),
    ),
    ("a named run that shows up late", |s| s.plan = unseen(20_000), PASSES),
    (
        "a decoy of the same title on an older commit",
        |s| {
            s.dispatching = Dispatching::Ignored;
            let older = decoy(|run| run["head_sha"] = json!("0".repeat(40)));
            s.faults.push(always("GET", "/actions/workflows/", older));
        },
        PASSES,
    ),
    (
        "a decoy of the same title of another event",
        |s| {
            s.dispatching = Dispatching::Ignored;
            let other = decoy(|run| run["event"] = json!("push"));
            s.faults.push(always("GET", "/actions/workflows/", other));
        },
        PASSES,
    ),
    (
        "a decoy of the same title, run again",
        |s| {
            s.dispatching = Dispatching::Ignored;
            let again = decoy(|run| run["run_attempt"] = json!(2));
            s.faults.push(always("GET", "/actions/workflows/", again));
        },
        PASSES,
    ),
    (
        "a decoy that is alike in all",
        |s| {
            s.dispatching = Dispatching::Ignored;
            s.faults.push(always("GET", "/actions/workflows/", decoy(|_| {})));
        },
        stops("run-ambiguous"),
    ),
    (
        "a decoy beside a run that the server named",
        |s| s.faults.push(always("GET", "/actions/workflows/", decoy(|_| {}))),
        PASSES,
    ),
    (
        "no workflow",
        |s| {
            s.faults.push(always(
                "GET",
                "/actions/workflows/orr.yml",
                Action::Answer(says(404, "Not Found")),
            ))
        },
        decided(4, "workflow-unusable"),
    ),
    (
        "a disabled workflow",
        |s| s.workflows[0].state = "disabled_manually".to_owned(),
        decided(4, "workflow-unusable"),
    ),
    (
        "a workflow of the name elsewhere",
        |s| {
            let elsewhere = altered(|value| value["path"] = json!(".github/workflows/x/orr.yml"));
            s.faults.push(always("GET", "/actions/workflows/orr.yml", elsewhere));
        },
        decided(4, "workflow-unusable"),
    ),
];

#[test]
fn a_run_is_found_again_and_a_decoy_is_not_taken_for_it() {
    Fixture::new().each(FINDING);
}

/// What a row makes of the server.
type Alteration = fn(&mut State);

/// How the server answers a dispatch.
const ANSWERED: [(&str, Alteration); 3] = [
    ("named", |_| {}),
    ("unnamed", |s| s.dispatching = Dispatching::Ignored),
    ("lost", |s| s.faults.push(always("POST", POST, Action::AcceptThenAnswer(bad_gateway())))),
];

/// Whichever run shows up late, and however its dispatch was answered: it is waited for, and
/// no fourth is dispatched.
#[test]
fn a_late_run_is_waited_for_and_not_dispatched_again() {
    let fixture = Fixture::with_gates(&["T1"]);
    for (row, late) in [30_000, 100_000, 300_000].into_iter().enumerate() {
        for at in (0..3).filter(|at| is_tried_with(row, *at)) {
            fixture.reset();
            let (answer, set) = ANSWERED[(row + at) % 3];
            {
                let mut state = fixture.simulator.state();
                set(&mut state);
                let plan = |run| if run == at { unseen(late) } else { Plan::lasting(2_000) };
                state.plans.extend((0..3).map(plan));
            }
            let ran = fixture.xtask(&["orr", "--on", "github"]);
            let what = format!("run {}, {late} ms late, {answer}", at + 1);
            assert_eq!((ran.status, fixture.dispatched()), (0, 3), "{what}: {ran:#?}");
            fixture.passed(&what);
        }
    }
}

/// Somebody deletes the branch of the runs before the second or the third is dispatched: the
/// review says so, and `--resume` pushes it again.
#[test]
fn a_branch_deleted_between_dispatches_is_pushed_again() {
    let fixture = Fixture::with_gates(&["T1"]);
    let remote = fixture.world.root().join("remote.git");
    for after in [1, 2] {
        fixture.reset();
        let git = Git::at(remote.clone());
        let delete = altered(move |_| {
            git.run(&["update-ref", "-d", "refs/heads/patch"]);
        });
        fixture.simulator.state().faults.push(only(after, "POST", POST, delete));
        let ran = fixture.xtask(&["orr", "--on", "github"]);
        assert_eq!(ran.status, 1, "{ran:#?}");
        let gone = "error[sandbox-branch]: patch is gone from origin: somebody deleted it";
        assert!(ran.stdout.contains(gone), "{ran:#?}");
        assert!(ran.stdout.contains("`cargo xtask orr --resume` pushes it again"), "{ran:#?}");
        let again = fixture.xtask(&["orr", "--resume"]);
        assert_eq!((again.status, fixture.dispatched()), (0, 3), "{again:#?}");
        fixture.passed("deleted");
    }
}

#[test]
fn a_branch_that_has_other_commits_there_is_not_overwritten() {
    let fixture = Fixture::new();
    fixture.world.git(["switch", "--quiet", "--create", "other", "main"]);
    fixture.world.write("src/other", "somebody else's\n");
    let theirs = fixture.world.commit("theirs");
    fixture.world.git(["push", "--quiet", "origin", "other:patch"]);
    fixture.world.git(["switch", "--quiet", "patch"]);
    let ran = fixture.xtask(&["orr", "--on", "github"]);
    assert_eq!(ran.status, 0, "{ran:#?}");
    assert_eq!(fixture.simulator.state().git.head("patch"), Some(theirs));
    // A branch of its own carried the runs, and is gone again.
    assert_eq!(fixture.dispatched(), 3);
    assert!(
        fixture.world.json("out/orr.json")["branch"].as_str().unwrap().starts_with("demo-orr-")
    );
    assert_eq!(fixture.world.json("out/orr.json")["patch_branch"], "patch");
    assert_eq!(fixture.simulator.state().git.refs("refs/heads/").len(), 2, "main and patch");
}

#[test]
fn a_branch_that_is_no_sandbox_is_not_pushed() {
    let fixture = Fixture::new();
    fixture.world.git(["switch", "--quiet", "main"]);
    let ran = fixture.xtask(&["orr", "--on", "github"]);
    assert!(ran.stdout.contains("error[sandbox-branch]: `main` is the default branch"), "{ran:#?}");
    fixture.world.git(["switch", "--quiet", "--detach", "patch"]);
    let ran = fixture.xtask(&["orr", "--on", "github"]);
    assert!(ran.stdout.contains("error[sandbox-branch]: HEAD is on no branch"), "{ran:#?}");
    let ran = fixture.xtask(&["orr", "--on", "github", "--branch", "patch"]);
    assert_eq!(ran.status, 0, "{ran:#?}");
    fixture.passed("a named branch");
}

#[test]
fn a_review_is_resumed_on_its_own_branch() {
    let fixture = Fixture::with_gates(&["T1"]);
    let refused = Action::Answer(says(422, "no"));
    fixture.simulator.state().faults.push(only(2, "POST", POST, refused));
    let ran = fixture.xtask(&["orr", "--on", "github"]);
    assert_eq!(ran.status, 4, "{ran:?}");
    fixture.world.git(["switch", "--quiet", "--create", "elsewhere"]);
    let ran = fixture.xtask(&["orr", "--resume"]);
    assert!(ran.stdout.contains("is of the branch patch, not elsewhere"), "{ran:?}");
    assert_eq!(fixture.dispatched(), 1, "{ran:?}");
    fixture.world.git(["switch", "--quiet", "patch"]);
    let ran = fixture.xtask(&["orr", "--resume"]);
    assert_eq!((ran.status, fixture.dispatched()), (0, 3), "{ran:?}");
}
