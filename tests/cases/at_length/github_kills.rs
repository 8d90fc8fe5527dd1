//! A review on GitHub that is killed at any point is resumed: the server has seen exactly
//! three dispatches, and the decision is the same.

use std::process::{Child, Stdio};

use serde_json::Value;

use crate::support::github::{Action, Fault, Which};
use crate::support::processes::until;
use crate::support::reviews::{EVER, journal, running};
use crate::support::sampling::{is_exhaustive, sample};
use crate::support::server_reviews::Fixture;

fn start(fixture: &Fixture) -> Child {
    let mut command = fixture.command();
    command.args(["orr", "--on", "github"]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn kill(mut child: Child) {
    let _ = child.kill();
    let _ = child.wait();
}

/// The parts of the decision that may not depend on a kill.
fn decision(fixture: &Fixture) -> [Value; 4] {
    let decision = fixture.world.json("out/orr.json");
    ["verdict", "exit", "evidence_zip_sha256", "scorecard_sha256"].map(|key| decision[key].clone())
}

/// Resumes what was killed, or begins where nothing was begun.
#[track_caller]
fn goes_on(fixture: &Fixture, expected: &[Value; 4], at: &str) {
    fixture.simulator.state().faults.clear();
    let begun = !journal(&fixture.world).is_empty();
    let arguments: &[&str] = if begun { &["orr", "--resume"] } else { &["orr", "--on", "github"] };
    let ran = fixture.xtask(arguments);
    // After its decision it asks what is next: what is killed then needs no resuming.
    let is_over = begun && ran.stdout.contains("there is no unfinished review");
    assert_eq!(ran.status, i32::from(is_over), "{at}: {ran:#?}");
    assert_eq!(fixture.dispatched(), 3, "{at}: dispatches");
    assert_eq!(decision(fixture), *expected, "{at}");
    fixture.passed(at);
}

#[track_caller]
fn undisturbed(fixture: &Fixture) -> [Value; 4] {
    fixture.reset();
    let ran = fixture.xtask(&["orr", "--on", "github"]);
    assert_eq!(ran.status, 0, "{ran:#?}");
    decision(fixture)
}

/// Kills a review at the n-th request that matches; false where there is none.
fn killed_at_request(fixture: &Fixture, method: &str, number: u32, action: Action) -> bool {
    fixture.reset();
    let before = fixture.simulator.state().stopped;
    fixture.simulator.state().faults.push(Fault::new(method, "", Which::Only(number), action));
    let mut child = start(fixture);
    let stopped = || fixture.simulator.state().stopped > before;
    until("the request, or the end", EVER, || stopped() || !running(&child));
    let killed = stopped();
    if killed {
        kill(child);
    } else {
        assert!(child.wait().unwrap().success());
    }
    killed
}

#[test]
fn killed_at_every_request_before_it_takes_effect() {
    let fixture = Fixture::with_gates(&["T1"]);
    let expected = undisturbed(&fixture);
    let requests = u32::try_from(fixture.simulator.requests().len()).unwrap();
    assert!(requests >= 12, "only {requests} requests");
    for number in sample(1..=requests, 5) {
        // How often it asks whether the runs have ended is not always the same.
        if killed_at_request(&fixture, "", number, Action::Stop) {
            goes_on(&fixture, &expected, &format!("request {number}"));
        } else {
            assert!(number > 12, "only {number} requests");
        }
    }
    if is_exhaustive() {
        assert!(!killed_at_request(&fixture, "", 2 * requests, Action::Stop));
    }
}

#[test]
fn killed_at_every_dispatch_after_it_took_effect() {
    let fixture = Fixture::with_gates(&["T1"]);
    let expected = undisturbed(&fixture);
    for number in sample(1..=3, 2) {
        assert!(killed_at_request(&fixture, "POST", number, Action::AcceptThenStop));
        goes_on(&fixture, &expected, &format!("dispatch {number}"));
    }
    assert!(!killed_at_request(&fixture, "POST", 4, Action::AcceptThenStop));
}

#[test]
fn killed_at_every_line_of_the_journal() {
    let fixture = Fixture::with_gates(&["T1"]);
    let expected = undisturbed(&fixture);
    let lines = journal(&fixture.world).len();
    assert!(lines > 10, "only {lines} lines");
    for line in sample(1..=lines, 5) {
        fixture.reset();
        let child = start(&fixture);
        until("the journal grows", EVER, || {
            journal(&fixture.world).len() >= line || !running(&child)
        });
        kill(child);
        if journal(&fixture.world).iter().any(|line| line["event"] == "decided") {
            assert_eq!(fixture.dispatched(), 3, "line {line}");
            assert_eq!(decision(&fixture), expected, "line {line}");
        } else {
            goes_on(&fixture, &expected, &format!("line {line}"));
        }
    }
}
