//! What three runs cost in requests and in waiting: `cargo xtask orr --on github` beside
//! three `gh run watch`, both by the real gh against the same simulated GitHub, whose
//! answers take 300 ms. Run by `benches/polling.sh`.
//!
//! The review's time is simulated, so its twenty minutes pass in as long as its requests
//! take. gh sleeps for real: it is measured on short runs, and the requests of twenty
//! minutes follow from how they grow with a run's length.

#![expect(clippy::unwrap_used, reason = "it cannot go on without what it measures")]
#![expect(clippy::print_stdout, reason = "what it prints is for people")]

#[expect(dead_code, unused_imports, reason = "tests use more of it")]
#[path = "../tests/support/mod.rs"]
mod support;

use std::process::{Child, Stdio};

use support::github::{Action, Clock, Fault, Plan, Seen, Which};
use support::server_reviews::Fixture;

const GATES: [&str; 9] = ["T0", "T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8"];
/// Milliseconds that an answer takes.
const LATENCY: u64 = 300;
/// Twenty minutes, in milliseconds.
const USUAL: u64 = 1_200_000;
const QUEUED: u64 = 5_000;

/// A run of nine gates that lasts so long, its waiting in the queue included.
fn lasting(milliseconds: u64) -> Plan {
    let gates = GATES.len() as u64;
    let mut plan = Plan::lasting((milliseconds - QUEUED) / gates);
    let last = plan.jobs.entry("T8".to_owned()).or_default();
    last.lasts = Some(milliseconds - QUEUED - plan.job * (gates - 1));
    plan
}

/// Requests, and those of them that the limit counts: all but 304.
fn counted(seen: &[Seen]) -> (usize, usize) {
    let counts = |seen: &&Seen| seen.status != Some(304) && seen.host.starts_with("api.");
    (seen.len(), seen.iter().filter(counts).count())
}

/// One review, in a world of its own: its requests, and how long after the end of the last
/// run the command ended.
fn review(name: &str, known: bool, plan: Plan) -> String {
    let fixture = Fixture::with_gates(&GATES);
    if known {
        // A quick review whose decision then says that it took as long as they usually do.
        fixture.simulator.state().plan = Plan::lasting(1_000);
        let ran = fixture.xtask(&["orr", "--on", "github"]);
        assert_eq!(ran.status, 0, "{ran:#?}");
        let mut decision = fixture.world.json("out/orr.json");
        decision["seconds"] = (USUAL / 1000).into();
        fixture.world.write("out/orr.json", decision.to_string());
    }
    {
        let mut state = fixture.simulator.state();
        state.plan = plan;
        state.latency = LATENCY;
        state.seen.clear();
        state.runs.clear();
        state.artifacts.clear();
    }
    let ran = fixture.xtask(&["orr", "--on", "github"]);
    assert!(ran.status == 0 || ran.status == 20, "{ran:#?}");
    let state = fixture.simulator.state();
    let ended = state.runs.iter().map(|run| run.ends).max().unwrap();
    let delay = (state.now() - ended) as f64 / 1000.0;
    let (all, counted) = counted(&state.seen);
    format!("xtask  {name:26} {all:5} requests, {counted:4} of the limit, {delay:4.1} s late")
}

/// All cases side by side: their time is simulated, so none disturbs another.
fn reviews() {
    let cases = [
        ("first, nothing known", false, lasting(USUAL)),
        ("second, 20 min known", true, lasting(USUAL)),
        ("second, 10 % early", true, lasting(USUAL / 10 * 9)),
        ("second, 10 % late", true, lasting(USUAL / 10 * 11)),
        ("first, fails after 5 min", false, failing()),
        ("second, fails after 5 min", true, failing()),
    ];
    let threads: Vec<_> = cases
        .into_iter()
        .map(|(name, known, plan)| std::thread::spawn(move || review(name, known, plan)))
        .collect();
    for thread in threads {
        println!("{}", thread.join().unwrap());
    }
}

/// Two gates are green, the third fails at five minutes, the others are skipped.
fn failing() -> Plan {
    let mut plan = lasting(USUAL).job("T2", "failure");
    for gate in &GATES[..3] {
        plan.jobs.entry((*gate).to_owned()).or_default().lasts = Some((300_000 - QUEUED) / 3);
    }
    for gate in &GATES[3..] {
        plan = plan.job(gate, "skipped");
        plan.jobs.entry((*gate).to_owned()).or_default().lasts = Some(0);
    }
    plan
}

/// Three `gh run watch`, all at once or one after another, over runs of this length in
/// real time; gives their requests.
fn watched(fixture: &Fixture, milliseconds: u64, at_once: bool) -> usize {
    let ids: Vec<u64> = {
        let mut state = fixture.simulator.state();
        state.clock = Clock::Real;
        state.latency = 0;
        state.plan = lasting(milliseconds);
        state.plan.leaves_artifacts = false;
        state.seen.clear();
        state.faults = vec![Fault::new("", "", Which::Every, Action::Hang(LATENCY))];
        let workflow = state.workflows[0].id;
        (0..3).map(|_| state.start(workflow, "workflow_dispatch", "patch", "ORR x")).collect()
    };
    let watch = |id: &u64| -> Child {
        let mut command = fixture.simulator.command(&fixture.world, "gh");
        command.env("GH_TOKEN", fixture.simulator.state().token.clone());
        command.args(["run", "watch", "--exit-status", &id.to_string()]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap()
    };
    if at_once {
        let children: Vec<Child> = ids.iter().map(watch).collect();
        for mut child in children {
            assert!(child.wait().unwrap().success());
        }
    } else {
        for id in &ids {
            assert!(watch(id).wait().unwrap().success());
        }
    }
    fixture.simulator.requests().len()
}

fn watches() {
    let fixture = Fixture::with_gates(&GATES);
    fixture.world.git(["push", "--quiet", "origin", "patch"]);
    for (name, at_once) in [("at once", true), ("one after another", false)] {
        let (short, long) =
            (watched(&fixture, 30_000, at_once), watched(&fixture, 90_000, at_once));
        let each = (long - short) as f64 / 60.0;
        let whole = long as f64 + each * (USUAL as f64 / 1000.0 - 90.0);
        println!(
            "gh     three watches {name:20} {short:5} requests over 30 s, {long} over 90 s: \
             {each:.2} a second, {whole:.0} over 1200 s"
        );
    }
}

fn main() {
    let only = std::env::args().nth(1).filter(|word| !word.starts_with('-'));
    if only.as_deref() != Some("gh") {
        reviews();
    }
    if only.as_deref() != Some("xtask") {
        watches();
    }
}
