//! Runs on the server: only what was dispatched, on this commit, at the first attempt,
//! green in every job, passes.

use serde_json::{Value, json};

use crate::support::World;
use crate::support::github::server::artifacts::Artifact;
use crate::support::github::{Action, Fault, Plan, State, Which, bad_gateway};
use crate::support::sampling::{is_tried_with, sample};
use crate::support::server_reviews::{
    Expected, Fixture, PASSES, Row, altered, always, decided, only, runs_altered, says, stops,
};

const MISMATCH: Expected = decided(1, "run-mismatch");

const IDENTITY: &[Row] = &[
    (
        "a run on a moved commit",
        |s| runs_altered(s, |run| run["head_sha"] = json!("1".repeat(40))),
        MISMATCH,
    ),
    ("of another branch", |s| runs_altered(s, |run| run["head_branch"] = json!("other")), MISMATCH),
    ("of another event", |s| runs_altered(s, |run| run["event"] = json!("push")), MISMATCH),
    ("of another workflow", |s| runs_altered(s, |run| run["workflow_id"] = json!(7)), MISMATCH),
    (
        "of a workflow of the same name in another file",
        |s| runs_altered(s, |run| run["path"] = json!(".github/workflows/orr2.yml")),
        MISMATCH,
    ),
    (
        "of a fork",
        |s| runs_altered(s, |run| run["head_repository"]["full_name"] = json!("fork/r")),
        MISMATCH,
    ),
    ("run again", |s| runs_altered(s, |run| run["run_attempt"] = json!(2)), MISMATCH),
    (
        "of a repository that is gone",
        |s| runs_altered(s, |run| run["head_repository"] = Value::Null),
        decided(4, "server-silent"),
    ),
    (
        "a job of another commit",
        |s| jobs_altered(s, |job| job["head_sha"] = json!("1".repeat(40))),
        MISMATCH,
    ),
    ("a job run again", |s| jobs_altered(s, |job| job["run_attempt"] = json!(2)), MISMATCH),
    (
        "two jobs of one name",
        |s| {
            let twice = altered(|value| {
                let jobs = value["jobs"].as_array_mut().unwrap();
                jobs.extend(jobs.first().cloned());
            });
            s.faults.push(always("GET", "/jobs", twice));
        },
        MISMATCH,
    ),
];

fn jobs_altered(state: &mut State, change: fn(&mut Value)) {
    let action = altered(move |value| {
        value["jobs"].as_array_mut().into_iter().flatten().for_each(change);
    });
    state.faults.push(always("GET", "/jobs", action));
}

#[test]
fn a_run_that_is_not_this_reviews_does_not_count() {
    Fixture::new().each(IDENTITY);
}

const RED: Expected = decided(20, "CEC-20");

fn middle(state: &mut State, plan: Plan) {
    let plan = Plan { job: 2_000, ..plan };
    state.plans.extend([Plan::lasting(2_000), plan, Plan::lasting(2_000)]);
}

const ENDINGS: &[Row] = &[
    ("failure", |s| middle(s, Plan::ending("failure")), RED),
    ("neutral", |s| middle(s, Plan::ending("neutral")), RED),
    ("cancelled by concurrency", |s| middle(s, Plan::ending("cancelled")), RED),
    ("skipped", |s| middle(s, Plan::ending("skipped")), RED),
    ("timed_out", |s| middle(s, Plan::ending("timed_out")), RED),
    ("action_required", |s| middle(s, Plan::ending("action_required")), RED),
    ("stale", |s| middle(s, Plan::ending("stale")), RED),
    ("startup_failure", |s| middle(s, Plan::ending("startup_failure")), RED),
    ("a word that nobody knows", |s| middle(s, Plan::ending("splendid")), RED),
    (
        "null",
        |s| runs_altered(s, |run| run["conclusion"] = Value::Null),
        decided(4, "server-silent"),
    ),
    ("a failed job", |s| middle(s, Plan::lasting(2_000).job("T4", "failure")), RED),
    (
        "a failed job in a run that the server calls a success",
        |s| {
            s.plan = Plan { conclusion: Some("success".to_owned()), ..Plan::lasting(2_000) }
                .job("T4", "failure");
        },
        RED,
    ),
    ("a skipped job", |s| middle(s, Plan::lasting(2_000).job("T4", "skipped")), RED),
    ("a neutral job", |s| middle(s, Plan::lasting(2_000).job("T4", "neutral")), RED),
    (
        "a job that is not there",
        |s| {
            let absent = altered(|value| {
                value["jobs"].as_array_mut().unwrap().retain(|job| job["name"] != "T4");
            });
            s.faults.push(always("GET", "/jobs", absent));
        },
        RED,
    ),
];

#[test]
fn only_success_passes() {
    Fixture::new().each(ENDINGS);
}

fn evidence(artifacts: &mut [Artifact]) -> &mut Artifact {
    artifacts.iter_mut().find(|artifact| artifact.name == "demo-orr-evidence").unwrap()
}

/// Ways in which a run cannot be used, with the exit status of the decision.
type Unusable = (&'static str, fn() -> Plan, i32);

const UNUSABLE: [Unusable; 9] = [
    ("a red gate", || Plan::lasting(2_000).job("T4", "failure"), 20),
    ("no artifact", || Plan::lasting(2_000).tampered(Vec::clear), 40),
    ("expired", || Plan::lasting(2_000).tampered(|all| evidence(all).expired = true), 40),
    (
        "there twice",
        || {
            Plan::lasting(2_000).tampered(|all| {
                let mut twin = evidence(all).clone();
                twin.id += 1_000_000;
                all.push(twin);
            })
        },
        1,
    ),
    ("other bytes", || Plan::lasting(2_000).tampered(|all| evidence(all).bytes.push(0)), 1),
    (
        "corrupt",
        || {
            Plan::lasting(2_000).tampered(|all| {
                let half = evidence(all).bytes.len() / 2;
                let bytes = evidence(all).bytes[..half].to_vec();
                evidence(all).refill(bytes);
            })
        },
        1,
    ),
    (
        "a path that leaves",
        || {
            Plan::lasting(2_000).tampered(|all| {
                evidence(all).repack(&[("../../escaped".to_owned(), b"x".to_vec())]);
            })
        },
        1,
    ),
    (
        "the artifact of another run beside none",
        || Plan::lasting(2_000).tampered(|all| evidence(all).sha = "1".repeat(40)),
        1,
    ),
    ("cancelled", || Plan { job: 2_000, ..Plan::ending("cancelled") }, 20),
];

/// Whichever run it is that cannot be used, the review is decided, and nothing is
/// dispatched again.
#[test]
fn any_of_the_runs_may_be_the_one_that_cannot_be_used() {
    let fixture = Fixture::with_gates(&["T1", "T4"]);
    for (row, (name, plan, exit)) in UNUSABLE.into_iter().enumerate() {
        for at in (0..3).filter(|at| is_tried_with(row, *at)) {
            fixture.reset();
            for run in 0..3 {
                let plan = if run == at { plan() } else { Plan::lasting(2_000) };
                fixture.simulator.state().plans.push_back(plan);
            }
            let ran = fixture.xtask(&["orr", "--on", "github"]);
            let what = format!("{name}, run {}", at + 1);
            assert_eq!((ran.status, fixture.dispatched()), (exit, 3), "{what}: {ran:#?}");
            let decision = fixture.world.json("out/orr.json");
            assert_eq!(
                (&decision["exit"], &decision["verdict"]),
                (&json!(exit), &json!("fail")),
                "{what}"
            );
            assert!(ran.stdout.contains("ZIP sha256"), "{what}: {ran:#?}");
        }
    }
}

/// Whichever run leaves another digest, the three differ.
#[test]
fn any_of_the_runs_may_be_the_one_that_left_other_bytes() {
    let fixture = Fixture::with_script(&["T4"], "date +%s%N > \"$EVIDENCE_DIR/reported\"");
    for at in sample(0..3, 2) {
        fixture.reset();
        let plan = |run| Plan { fresh: run == at, ..Plan::lasting(2_000) };
        fixture.simulator.state().plans.extend((0..3).map(plan));
        let ran = fixture.xtask(&["orr", "--on", "github"]);
        let what = format!("run {}", at + 1);
        assert_eq!((ran.status, fixture.dispatched()), (30, 3), "{what}: {ran:#?}");
        let decision = fixture.world.json("out/orr.json");
        assert_eq!((&decision["exit"], &decision["verdict"]), (&json!(30), &json!("fail")));
        assert!(ran.stdout.contains("error[CEC-30]"), "{what}: {ran:#?}");
    }
}

/// Ways in which a run on this machine cannot be used: what its gate does, and the exit
/// status of the decision.
const UNUSABLE_HERE: [(&str, &str, i32); 5] = [
    ("a red gate", "exit 1", 20),
    ("no evidence", "exit 0", 40),
    ("other bytes", "echo other > $EVIDENCE_DIR/x; exit 0", 30),
    ("a link that leaves", "ln -s ../../../escaped $EVIDENCE_DIR/x; exit 0", 20),
    ("killed", "kill -9 $$", 20),
];

#[test]
fn any_of_the_runs_here_may_be_the_one_that_cannot_be_used() {
    for (row, (name, script, exit)) in UNUSABLE_HERE.into_iter().enumerate() {
        for at in (1..=3).filter(|at| is_tried_with(row, at - 1)) {
            let script =
                format!("case $PWD in */{at}/xtask-*) {script};; esac\necho x > $EVIDENCE_DIR/x");
            let world = World::with_script(&script);
            let ran = world.xtask(["orr", "--keep-going"]);
            let what = format!("{name}, run {at}");
            assert_eq!(ran.status, exit, "{what}: {ran:#?}");
            let decision = world.json("out/orr.json");
            assert_eq!(
                (&decision["exit"], &decision["verdict"]),
                (&json!(exit), &json!("fail")),
                "{what}"
            );
        }
    }
}

fn waiting(words: &[&str]) -> Plan {
    let mut plan = Plan::lasting(2_000);
    plan.waits = words.iter().map(|word| ((*word).to_owned(), 5_000)).collect();
    plan
}

const WAITING: &[Row] = &[
    (
        "queued, requested, pending, waiting, and a word that nobody knows",
        |s| s.plan = waiting(&["queued", "requested", "pending", "waiting", "contemplating"]),
        PASSES,
    ),
    (
        "never over",
        |s| {
            s.plan =
                Plan { waits: vec![("waiting".to_owned(), 7_300_000)], ..Plan::lasting(2_000) };
            // Each answer takes minutes, so that two hours are over after few of them.
            s.latency = 120_000;
        },
        stops("run-unfinished"),
    ),
    (
        "404 for a while",
        |s| {
            s.faults.push(Fault::new(
                "GET",
                "/runs?",
                Which::First(2),
                Action::Answer(says(404, "Not Found")),
            ))
        },
        stops("github-absent"),
    ),
    (
        "502 pages for a while",
        |s| {
            s.faults.push(Fault::new(
                "GET",
                "/runs?",
                Which::First(3),
                Action::Answer(bad_gateway()),
            ))
        },
        PASSES,
    ),
    (
        "502 pages for ever",
        |s| s.faults.push(always("GET", "/runs?", Action::Answer(bad_gateway()))),
        stops("github-unreachable"),
    ),
    ("a body cut off", |s| s.faults.push(only(1, "GET", "/runs?", Action::Truncate(40))), PASSES),
    ("a dropped connection", |s| s.faults.push(only(1, "GET", "/runs?", Action::Drop)), PASSES),
    (
        "an answer that is no JSON",
        |s| {
            let page = crate::support::github::Response::bytes(
                "text/html",
                b"<p>maintenance</p>".to_vec(),
            );
            s.faults.push(only(1, "GET", "/runs?", Action::Answer(page)));
        },
        PASSES,
    ),
    (
        "an answer of another form",
        |s| s.faults.push(always("GET", "/jobs", altered(|value| *value = json!(["jobs"])))),
        stops("github-unreachable"),
    ),
    (
        "403 for the jobs",
        |s| {
            s.faults.push(always(
                "GET",
                "filter=all",
                Action::Answer(says(403, "Resource not accessible by integration")),
            ))
        },
        stops("github-forbidden"),
    ),
    (
        "429 while waiting",
        |s| {
            s.faults.push(only(
                2,
                "GET",
                "/runs?",
                Action::Answer(says(429, "slow down").with("retry-after", "5")),
            ))
        },
        PASSES,
    ),
    (
        "a page that is missing",
        |s| {
            let more = Action::Alter(std::sync::Arc::new(|response| {
                response.headers.push((
                    "Link".to_owned(),
                    "<http://api.github.localhost/repos/o/r/actions/runs/0/gone>; rel=\"next\""
                        .to_owned(),
                ));
            }));
            s.faults.push(always("GET", "filter=all", more));
        },
        stops("github-absent"),
    ),
    (
        "a deleted run",
        |s| {
            s.plan = Plan { unseen: u64::MAX / 2, ..Plan::lasting(2_000) };
            s.latency = 20_000;
        },
        Expected { exit: 4, code: "run-unseen", resumed: Some(4) },
    ),
];

#[test]
fn waiting_ends_with_the_runs_and_not_before() {
    Fixture::new().each(WAITING);
}

#[test]
fn runs_are_found_behind_pages_of_others_and_asked_for_by_their_tag() {
    let fixture = Fixture::new();
    fixture.reset();
    {
        fixture.world.git(["push", "--quiet", "origin", "patch"]);
        let mut state = fixture.simulator.state();
        let workflow = state.workflows[0].id;
        state.plan.leaves_artifacts = false;
        for _ in 0..250 {
            state.start(workflow, "workflow_dispatch", "patch", "by hand");
        }
        state.plan.leaves_artifacts = true;
    }
    let ran = fixture.xtask(&["orr", "--on", "github"]);
    assert_eq!(ran.status, 0, "{ran:#?}");
    fixture.passed("pages");
    let seen = fixture.simulator.requests();
    assert!(seen.iter().any(|request| request.path.contains("page=3")), "all pages are read");
}

#[test]
fn what_is_known_already_is_not_sent_again() {
    let fixture = Fixture::new();
    fixture.reset();
    fixture.simulator.state().plan = Plan::lasting(120_000);
    let ran = fixture.xtask(&["orr", "--on", "github"]);
    assert_eq!(ran.status, 0, "{ran:#?}");
    let seen = fixture.simulator.requests();
    let asked = seen.iter().filter(|request| request.path.contains("/runs?"));
    let (known, new): (Vec<_>, Vec<_>) = asked.partition(|request| request.status == Some(304));
    assert!(!known.is_empty(), "{} answers in full", new.len());
}
