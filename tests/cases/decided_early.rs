//! A review ends as soon as its decision is known: the run with the first red gate is
//! finished, every other run is ended or never started.

use std::time::{Duration, Instant};

use expect_test::expect;
use serde_json::{Value, json};

use crate::support::github::{Plan, Which};
use crate::support::processes::{all_gone, names, until};
use crate::support::reviews::{EVER, GRANDCHILDREN, clean, journal, kill, start};
use crate::support::server_reviews::{Fixture, says};
use crate::support::{Ran, World, gate};

/// Gates of which T1 leaves no evidence in run 1, which lets T5 still run, and be red; T4
/// takes five minutes in every other run. `before` is what T1 of run 1 waits for.
fn world(stagger: &str, before: &str) -> World {
    let world = World::new();
    let marks = world.root().join("marks").display().to_string();
    std::fs::create_dir(world.root().join("marks")).unwrap();
    let evidence = "echo x > $EVIDENCE_DIR/x";
    let in_run_1 = |script: &str| format!("case $PWD in */1/xtask-*) {script} exit;; esac\n");
    let first = in_run_1(before).replace("MARKS", &marks);
    let long = format!(
        "{}touch {marks}/$(basename $(dirname $PWD))\n{GRANDCHILDREN}\nsleep 300",
        in_run_1(&format!("{evidence};"))
    );
    let gates = format!(
        "stagger = \"{stagger}\"\n{}{}{}needs = [\"T1\"]\n{}needs = [\"T5\"]\n",
        gate("T1", "lint", &format!("{first}{evidence}")),
        gate("T4", "tests", &long),
        gate("T5", "properties", &format!("{}{evidence}", in_run_1("echo broken; exit 4;"))),
        gate("T8", "evidence", evidence),
    );
    world.write("policy/programme.toml", crate::support::PROGRAMME);
    world.write("policy/gates.toml", gates);
    world.commit("policy");
    world
}

/// Waits until another run is at work, so that it has to be ended.
const ANOTHER_AT_WORK: &str = "until [ -e MARKS/2 ] || [ -e MARKS/3 ]; do sleep 0.02; done;";

#[track_caller]
fn decided_by_t1(world: &World, status: i32) -> Value {
    assert_eq!(status, 20);
    let decision = world.json("out/orr.json");
    let runs: Vec<&Value> =
        decision["runs"].as_array().unwrap().iter().map(|run| &run["run"]).collect();
    assert_eq!(runs, [&json!(1)], "{decision:#}");
    assert_eq!(decision["run_ids"].as_array().unwrap().len(), 1, "{decision:#}");
    let early = &decision["decided_early"];
    assert_eq!((&early["run"], &early["stopped"]), (&json!(1), &json!([2, 3])));
    let reported = format!("{}", decision["findings"]);
    for run in ["run 2", "run 3", "runs 2"] {
        assert!(!reported.contains(run), "nothing is claimed of {run}: {reported}");
    }
    decision
}

#[test]
fn no_run_is_started_after_the_decision() {
    let world = world("60 s", "");
    let begun = Instant::now();
    let ran = world.xtask(["orr"]);
    assert!(begun.elapsed() < Duration::from_secs(55), "it waited for run 2");
    decided_by_t1(&world, ran.status);
    assert!(names(world.root().join("marks")).is_empty());
    let opened = journal(&world).iter().filter(|l| l["event"] == "checkout_began").count();
    assert_eq!(opened, 1, "checkouts");
    assert_eq!(names(world.path("out/runs")), ["1"]);
}

#[test]
fn runs_at_work_are_ended_and_the_deciding_run_is_finished() {
    let world = world("0 s", ANOTHER_AT_WORK);
    let mut child = start(&world, &["orr"]);
    until("the review ends", EVER, || !crate::support::reviews::running(&child));
    let status = child.wait().unwrap().code().unwrap_or(-1);
    all_gone(&world, EVER);
    clean(&world);
    let decision = decided_by_t1(&world, status);
    // Both causes of run 1 are named, and what could not run says so.
    let gates = decision["runs"][0]["gates"].as_array().unwrap();
    let outcomes: Vec<&str> = gates.iter().map(|it| it["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["no evidence", "pass", "fail", "not established"]);
    let status = world.xtask(["orr", "status"]);
    assert_eq!(status.status, 0);
    let shown = world.shown(&status.stdout);
    assert!(shown.contains("decided by T1 in run 1: runs 2, 3 stopped\n"), "{shown}");
    assert!(shown.starts_with("REPLAN  "), "{shown}");
}

#[test]
fn keep_going_makes_every_run() {
    let world =
        World::with_script("case $PWD in */1/xtask-*) exit 1;; esac; echo x > $EVIDENCE_DIR/x");
    let ran = world.xtask(["orr", "--keep-going"]);
    assert_eq!(ran.status, 20);
    let decision = world.json("out/orr.json");
    assert_eq!(decision["runs"].as_array().unwrap().len(), 3);
    assert_eq!(decision["decided_early"], Value::Null);
}

/// No gate can better a path that no area reaches. On the server nothing is pushed or dispatched.
#[test]
fn a_path_outside_the_filemap_decides_before_the_first_gate() {
    let fixture = Fixture::new();
    let world = &fixture.world;
    world.git(["switch", "--quiet", "main"]);
    world.write("policy/filemap.toml", "[[areas]]\nname = \"source\"\npaths = [\"src/**\"]\n");
    world.commit("a Filemap");
    world.git(["push", "--quiet", "origin", "main"]);
    world.git(["switch", "--quiet", "--create", "other"]);
    world.write("src/b", "inside\n");
    world.write("docs/x", "outside\n");
    world.commit("both");
    for arguments in [&["orr"][..], &["orr", "--on", "github"]] {
        let ran = fixture.xtask(arguments);
        assert_eq!(ran.status, 10, "{arguments:?}: {ran:?}");
        expect![[r#"
            orr: fail (CEC-10), exit status 10

            error[CEC-10]: the patch adds the file docs/x, which no area reaches
              --> docs/x
               = help: take it out of the patch, or first add it to an area of policy/filemap.toml, in a change of its own

            note[CEC-10]: `next:` removes these paths from your working tree, and makes one commit of yours
               = help: `git show ORIG_HEAD:PATH > PATH` brings one back

            does  path    area
            adds  docs/x  -
            adds  src/b   source

            2 paths in [HEX]..[HEX], by policy of the base
            no gate was run, because none can change this; `--keep-going` runs them
            next: git reset --soft [HEX] && git restore --source=[HEX] --staged --worktree -- docs/x && git commit --allow-empty --reuse-message=ORIG_HEAD
        "#]]
        .assert_eq(&world.shown(&ran.stdout));
        assert!(!world.path("out/runs").exists() && !world.path("out/orr.json").exists());
        assert_eq!(fixture.dispatched(), 0, "{arguments:?}");
        assert!(journal(world).is_empty(), "{arguments:?}");
    }
    // What is asked for is done, and the answer stays.
    let ran = fixture.xtask(&["orr", "--keep-going"]);
    assert_eq!(ran.status, 10, "{ran:?}");
    assert!(ran.stdout.contains("\ndecision: pass. 3 green runs"), "{ran:?}");
    // What is next leads on.
    let typed = Ran::typed(world.command("sh"), fixture.xtask(&["orr"]).next());
    assert_eq!(typed.status, 0, "{typed:?}");
    let ran = fixture.xtask(&["orr"]);
    assert_eq!(ran.status, 0, "{ran:?}");
}

/// A kill between the decision and its end leaves a review that ends the same way, and
/// starts no run that was not needed.
#[test]
fn a_review_that_was_killed_after_its_decision_starts_no_other_run() {
    let world = world("0 s", ANOTHER_AT_WORK);
    let gates = world.read("policy/gates.toml").replace(
        "echo broken; exit 4",
        &format!("until [ -e {}/go ]; do sleep 0.02; done; exit 4", world.root().display()),
    );
    world.write("policy/gates.toml", gates);
    world.commit("wait for it");
    let child = start(&world, &["orr"]);
    let decided = || journal(&world).iter().any(|line| line["event"] == "decided_early");
    until("it is decided", EVER, decided);
    kill(&world, child);
    for mark in names(world.root().join("marks")) {
        std::fs::remove_file(world.root().join("marks").join(mark)).unwrap();
    }
    std::fs::write(world.root().join("go"), "").unwrap();
    let ran = world.xtask(["orr", "--resume"]);
    decided_by_t1(&world, ran.status);
    assert!(names(world.root().join("marks")).is_empty(), "a run that was not needed");
    clean(&world);
}

/// A run that a killed review had finished is compared too: all others agree with each other,
/// and not with it.
#[test]
fn a_run_that_was_kept_is_the_one_that_the_others_differ_from() {
    let world = World::new();
    let go = world.root().join("go").display().to_string();
    let later = format!("*) until [ -e {go} ]; do sleep 0.02; done; echo later;;");
    let script = format!("case $PWD in */1/xtask-*) echo first;; {later} esac > $EVIDENCE_DIR/x");
    world.write("policy/programme.toml", crate::support::PROGRAMME);
    world.write("policy/gates.toml", gate("T4", "tests", &script));
    world.commit("policy");
    let child = start(&world, &["orr", "--until", "99%"]);
    let packed = || journal(&world).iter().any(|line| line["event"] == "run_packed");
    until("run 1 is packed", EVER, packed);
    kill(&world, child);
    std::fs::write(go, "").unwrap();
    let ran = world.xtask(["orr", "--resume"]);
    assert_eq!(ran.status, 30, "{}", ran.stderr);
    let runs = world.json("out/orr.json")["runs"].as_array().unwrap().len();
    assert!(runs <= 8, "{runs} runs were made after one differed");
    clean(&world);
}

/// Which requests to cancel came, by the runs' order.
fn cancelled(fixture: &Fixture) -> Vec<usize> {
    let state = fixture.simulator.state();
    let of = |seen: &&crate::support::github::Seen| {
        seen.method == "POST" && seen.path.ends_with("/cancel")
    };
    let place = |path: &str| {
        state.runs.iter().position(|run| path.contains(&format!("/{}/", run.id))).unwrap() + 1
    };
    state.seen.iter().filter(of).map(|seen| place(&seen.path)).collect()
}

/// Run 1 is red in its first job after seconds; all jobs of the others take five minutes.
fn one_red_of_three(fixture: &Fixture) {
    let mut red = Plan::lasting(2_000).job("T1", "failure");
    red.jobs.entry("T8".to_owned()).or_default().lasts = Some(120_000);
    fixture.simulator.state().plans.extend([red, Plan::lasting(300_000), Plan::lasting(300_000)]);
}

#[test]
fn on_the_server_the_other_runs_are_cancelled() {
    let fixture = Fixture::new();
    fixture.reset();
    one_red_of_three(&fixture);
    let begun = fixture.simulator.state().now();
    let ran = fixture.xtask(&["orr", "--on", "github"]);
    let took = fixture.simulator.state().now() - begun;
    assert_eq!(ran.status, 20, "{ran:?}");
    assert!(took < 240_000, "{took} ms");
    assert_eq!(cancelled(&fixture), [2, 3]);
    // Three dispatches and two cancels; what else there is asks how the runs are.
    let seen = fixture.simulator.requests();
    let posts = seen.iter().filter(|seen| seen.method == "POST").count();
    assert_eq!((fixture.dispatched(), posts), (3, 5));
    assert!(seen.len() <= 60, "{} requests", seen.len());
    let decision = fixture.world.json("out/orr.json");
    assert_eq!(decision["runs"].as_array().unwrap().len(), 1);
    assert_eq!(
        decision["decided_early"],
        json!({ "run": 1, "gate": "T1", "stopped": [2, 3] }),
        "{decision:#}"
    );
    let status = fixture.xtask(&["orr", "status"]);
    let lines: Vec<&str> =
        status.stdout.lines().filter(|l| l.contains("T1") || l.contains("cancelled")).collect();
    expect![[r#"
          run 2   cancelled
          run 3   cancelled
        decided by T1 in run 1: runs 2, 3 stopped
        missing  CEC-20: T1 failed (in run 1)
        next: cargo xtask gates run T1
    "#]]
    .assert_eq(&(lines.join("\n") + "\n"));
}

#[test]
fn a_run_that_the_server_does_not_cancel_is_reported_and_claims_nothing() {
    let fixture = Fixture::new();
    fixture.reset();
    one_red_of_three(&fixture);
    let refused = crate::support::github::Action::Answer(says(403, "Resource not accessible"));
    fixture.simulator.fault("POST", "/cancel", Which::Every, refused);
    let ran = fixture.xtask(&["orr", "--on", "github"]);
    assert_eq!(ran.status, 20, "{ran:?}");
    assert!(
        ran.stdout.contains("warning[run-unfinished]: run 2 could not be cancelled"),
        "{ran:?}"
    );
    assert!(ran.stdout.contains("gh run cancel "), "{ran:?}");
}

#[test]
fn on_the_server_keep_going_waits_for_all() {
    let fixture = Fixture::new();
    fixture.reset();
    one_red_of_three(&fixture);
    let ran = fixture.xtask(&["orr", "--on", "github", "--keep-going"]);
    assert_eq!(ran.status, 20, "{ran:?}");
    assert_eq!(cancelled(&fixture), Vec::<usize>::new());
    assert_eq!(fixture.world.json("out/orr.json")["runs"].as_array().unwrap().len(), 3);
}

/// Killed after the first dispatch, with a run that is red by the time of `--resume`: the
/// others are never dispatched.
#[test]
fn what_is_decided_is_not_dispatched() {
    let fixture = Fixture::new();
    fixture.reset();
    fixture.simulator.state().plans.push_back(Plan::lasting(2_000).job("T1", "failure"));
    let second = crate::support::github::Action::Answer(says(503, "Service Unavailable"));
    fixture.simulator.fault("POST", "/dispatches", Which::From(2), second);
    let ran = fixture.xtask(&["orr", "--on", "github"]);
    assert_eq!(ran.status, 4, "{ran:?}");
    fixture.simulator.state().faults.clear();
    fixture.simulator.advance(60_000);
    let resumed = fixture.xtask(&["orr", "--resume"]);
    assert_eq!(resumed.status, 20, "{resumed:?}");
    assert_eq!(fixture.dispatched(), 1);
    let decision = fixture.world.json("out/orr.json");
    assert_eq!(decision["decided_early"]["stopped"], json!([2, 3]), "{decision:#}");
}
