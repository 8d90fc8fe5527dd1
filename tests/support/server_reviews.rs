//! Reviews on the simulated GitHub: a world, a sandbox branch, and rows of a table that
//! each change one thing.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use serde_json::Value;

use super::github::{Action, Dispatching, Fault, Plan, Response, Simulator, State, Which};
use super::policies::RULESET;
use super::{PROGRAMME, Ran, World, XTASK, gate};

/// The sandbox branch of these worlds.
pub(crate) const BRANCH: &str = "patch";
/// The only token that is right here.
const TOKEN: &str = "sentinel-of-these-reviews";
/// A world whose reviews are made by a simulated GitHub.
pub(crate) struct Fixture {
    pub(crate) world: World,
    pub(crate) simulator: Simulator,
    /// HEAD.
    pub(crate) head: String,
}

/// What a row of a table expects.
pub(crate) struct Expected {
    /// Exit status of the first call.
    pub(crate) exit: i32,
    /// A code that it names.
    pub(crate) code: &'static str,
    /// Exit status of `--resume` after the fault is over; none where the review is decided.
    pub(crate) resumed: Option<i32>,
}

/// The review passes.
pub(crate) const PASSES: Expected = Expected { exit: 0, code: "flake-odds", resumed: None };

/// The review is decided, and does not pass.
pub(crate) const fn decided(exit: i32, code: &'static str) -> Expected {
    Expected { exit, code, resumed: None }
}

/// The review stops, and passes when it is resumed after the fault.
pub(crate) const fn stops(code: &'static str) -> Expected {
    Expected { exit: 4, code, resumed: Some(0) }
}

/// One row: what it is called, what it changes, what comes of it.
pub(crate) type Row = (&'static str, fn(&mut State), Expected);

impl Fixture {
    /// A world with three quick gates, on a branch with a patch.
    pub(crate) fn new() -> Self {
        Self::with_gates(&["T1", "T4", "T8"])
    }

    pub(crate) fn with_gates(ids: &[&str]) -> Self {
        Self::with_script(ids, "echo evidence of $GATE > \"$EVIDENCE_DIR/reported\"")
    }

    /// The same, with gates that this script decides.
    pub(crate) fn with_script(ids: &[&str], script: &str) -> Self {
        let world = World::new();
        let names = [("T1", "lint"), ("T4", "tests"), ("T8", "evidence")];
        let gates: String = ids
            .iter()
            .map(|id| {
                let name = names.iter().find(|(known, _)| known == id).map_or("gate", |(_, n)| n);
                gate(id, name, script)
            })
            .collect();
        world.write("policy/programme.toml", PROGRAMME);
        world.write("policy/gates.toml", format!("stagger = \"0 s\"\n{gates}{RULESET}"));
        world.write(".gitignore", "out/\n");
        world.commit("policy");
        let simulator = Simulator::start(&world);
        simulator.state().token = TOKEN.to_owned();
        world.git(["switch", "--quiet", "--create", BRANCH]);
        world.write("src/a", "patch\n");
        let head = world.commit("patch");
        Self { world, simulator, head }
    }

    /// Runs the program.
    pub(crate) fn xtask(&self, arguments: &[&str]) -> Ran {
        self.command().args(arguments).output().unwrap().into()
    }

    /// The program, about to be run with a token that is looked for in all it says.
    pub(crate) fn command(&self) -> Command {
        let mut command = self.simulator.command(&self.world, XTASK);
        command.env("GH_TOKEN", TOKEN);
        command
    }

    /// The server as it was, nothing pushed, nothing reviewed.
    pub(crate) fn reset(&self) {
        let _ = std::fs::remove_dir_all(self.world.path("out"));
        let mut state = self.simulator.state();
        state.git.run(&["update-ref", "-d", &format!("refs/heads/{BRANCH}")]);
        state.runs.clear();
        state.artifacts.clear();
        state.plans.clear();
        state.faults.clear();
        state.issues.clear();
        state.latency = 0;
        state.pulls.clear();
        state.seen.clear();
        state.plan = Plan::lasting(2_000);
        state.dispatching = Dispatching::Asked;
        state.limit.left = state.limit.most;
        for workflow in &mut state.workflows {
            workflow.state = "active".to_owned();
            workflow.inputs = vec!["nonce".to_owned()];
        }
        state.workflows.truncate(1);
    }

    /// Runs that were dispatched, whatever became of them.
    pub(crate) fn dispatched(&self) -> usize {
        let state = self.simulator.state();
        state.runs.iter().filter(|run| run.event == "workflow_dispatch").count()
    }

    /// Every row of a table, one after another.
    #[track_caller]
    pub(crate) fn each(&self, rows: &[Row]) {
        for (name, set, expected) in rows {
            self.reset();
            set(&mut self.simulator.state());
            let ran = self.xtask(&["orr", "--on", "github"]);
            assert_eq!(ran.status, expected.exit, "{name}: {ran:#?}");
            assert!(ran.stdout.contains(expected.code), "{name}: {ran:#?}");
            self.nothing_doubled(name, &ran);
            if expected.exit == 0 {
                self.passed(name);
            }
            let Some(resumed) = expected.resumed else { continue };
            assert!(!self.world.path("out/orr.json").exists(), "{name}: a decision");
            {
                let mut state = self.simulator.state();
                state.faults.clear();
                state.latency = 0;
            }
            let again = self.xtask(&["orr", "--resume"]);
            assert_eq!(again.status, resumed, "{name}, resumed: {again:#?}");
            self.nothing_doubled(name, &again);
            if resumed == 0 {
                self.passed(name);
            }
        }
    }

    #[track_caller]
    fn nothing_doubled(&self, name: &str, ran: &Ran) {
        assert!(self.dispatched() <= 3, "{name}: {} dispatches", self.dispatched());
        for text in [&ran.stdout, &ran.stderr] {
            assert!(!text.contains(TOKEN), "{name}: the token is reported: {ran:?}");
            assert!(!text.contains("panicked"), "{name}: {ran:?}");
        }
    }

    /// The decision is a pass of exactly the three runs on the server.
    #[track_caller]
    pub(crate) fn passed(&self, name: &str) {
        let decision = self.world.json("out/orr.json");
        assert_eq!(decision["verdict"], "pass", "{name}");
        assert_eq!(decision["commit"], self.head.as_str(), "{name}");
        let mut ids: Vec<String> =
            self.simulator.state().runs.iter().map(|run| run.id.to_string()).collect();
        ids.retain(|id| {
            decision["run_ids"].as_array().unwrap().iter().any(|reported| reported == id)
        });
        assert_eq!(ids.len(), 3, "{name}: {decision:#}");
        assert_eq!(decision["run_ids"].as_array().unwrap().len(), 3, "{name}");
        assert_eq!(decision["engine"], "github", "{name}");
        let digest = decision["evidence_zip_sha256"].as_str().unwrap_or_default();
        assert_eq!(digest.len(), 64, "{name}: {decision:#}");
        let zip = self.world.path("out/demo-evidence.zip");
        assert_eq!(sha256(&zip), digest, "{name}");
    }
}

/// SHA-256 of a file, by the system's own program.
fn sha256(path: &Path) -> String {
    let output = Command::new("sha256sum").arg(path).output().unwrap();
    String::from_utf8_lossy(&output.stdout).split(' ').next().unwrap_or_default().to_owned()
}

/// A fault at every request that matches.
pub(crate) fn always(method: &str, path: &str, action: Action) -> Fault {
    Fault::new(method, path, Which::Every, action)
}

/// A fault at the n-th request that matches.
pub(crate) fn only(number: u32, method: &str, path: &str, action: Action) -> Fault {
    Fault::new(method, path, Which::Only(number), action)
}

/// An answer of this status with a message.
pub(crate) fn says(status: u16, message: &str) -> Response {
    Response::json(status, &serde_json::json!({ "message": message }))
}

/// The right answer, its JSON changed.
pub(crate) fn altered(change: impl Fn(&mut Value) + Send + Sync + 'static) -> Action {
    Action::Alter(Arc::new(move |response: &mut Response| {
        if let Ok(mut value) = serde_json::from_slice(&response.body) {
            change(&mut value);
            response.body = serde_json::to_vec(&value).unwrap();
        }
    }))
}

/// Every run that the server reports of, in a list or by itself, changed.
pub(crate) fn runs_altered(
    state: &mut State,
    change: impl Fn(&mut Value) + Clone + Send + Sync + 'static,
) {
    let list = change.clone();
    let in_list = altered(move |value| {
        value["workflow_runs"].as_array_mut().into_iter().flatten().for_each(&list);
    });
    state.faults.push(always("GET", "/actions/workflows/", in_list));
    let alone = altered(move |value| {
        if value.get("run_attempt").is_some() {
            change(value);
        }
    });
    state.faults.push(always("GET", "/actions/runs/", alone));
}
