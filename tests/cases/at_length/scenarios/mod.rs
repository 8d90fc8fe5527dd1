//! The programmes of docs/examples lived through: a real repository with their policy, people
//! with keys, a simulated GitHub, and a clock that is moved from day to day.

mod koraos;
mod platform;
mod stops;

use std::cell::{Cell, RefCell};
use std::path::Path;

use regex::Regex;
use serde_json::json;

use crate::support::github::Simulator;
use crate::support::github::server::records::Pull;
use crate::support::{Ran, World, XTASK, gate};

/// Functional evidence of the criteria that these programmes' stories have.
const FUNCTIONAL: &str = "## base criteria of the approved sharding\n\n12 of 12 passed, see [the log](run.log).\n\n\
    ## delta criteria of the approved sharding\n\n3 of 3 passed, see [the log](run.log).\n";

/// What is done with a branch of a pull request.
#[derive(Clone, Copy)]
enum How {
    Merge,
    Squash,
    Rebase,
}

/// A repository of one programme, and its server.
struct Programme {
    world: World,
    simulator: Simulator,
    /// The domain of everybody's address.
    domain: &'static str,
    /// The folder that holds the evidence.
    evidence: &'static str,
    /// Whether `main` has gone on since it was pushed.
    moved: Cell<bool>,
    /// Who sits on the machine.
    sits: RefCell<String>,
}

impl Programme {
    /// The programme of an example, by its own policy: only what its gates start is replaced,
    /// because no project is here that they could try, and of the gates only the tests are
    /// left, because three runs of each on a server take long. `files` are what its policy
    /// refers to.
    fn new(
        name: &str,
        [domain, evidence]: [&'static str; 2],
        people: &[&str],
        files: &[&str],
    ) -> Self {
        let world = World::new();
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/examples").join(name);
        for entry in std::fs::read_dir(example.join("policy")).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            world.write(&format!("policy/{name}"), std::fs::read(&path).unwrap());
        }
        world.write("policy/gates.toml", quick(&world.read("policy/gates.toml")));
        let named = Regex::new(r"(?m)^gates = .*$").unwrap();
        let filemap = world.read("policy/filemap.toml");
        let filemap = named.replace_all(&filemap, "gates = [\"T4\"]");
        world.write("policy/filemap.toml", filemap.as_bytes());
        if world.path("policy/risk.toml").exists() {
            let risk = world.read("policy/risk.toml").replace("check = \"T1\"", "check = \"T4\"");
            world.write("policy/risk.toml", risk);
        }
        for file in files {
            world.write(file, "what is agreed\n");
        }
        world.write(".gitignore", "/out/\n");
        let signers: String =
            people.iter().map(|who| format!("{who}@{domain} {}\n", world.new_key(who))).collect();
        world.write("policy/allowed_signers", signers);
        world.commit("what is agreed");
        let simulator = Simulator::start(&world);
        let settings: toml::Table = world.read("policy/gates.toml").parse().unwrap();
        let workflow = settings["ruleset"]["workflow"].as_str().unwrap();
        simulator.state().workflows[0].path = workflow.to_owned();
        Self {
            world,
            simulator,
            domain,
            evidence,
            moved: Cell::new(false),
            sits: RefCell::default(),
        }
    }

    /// From now on it is this time.
    fn on(&self, time: &str) {
        let time: jiff::Timestamp = time.parse().unwrap();
        let state = self.simulator.state();
        let millisecond = u64::try_from(time.as_millisecond()).unwrap();
        assert!(millisecond >= state.now(), "the clock goes on");
        state.clock.set(millisecond);
    }

    /// Runs the program as somebody.
    fn run(&self, who: &str, words: &[&str]) -> Ran {
        self.push();
        let address = format!("{who}@{}", self.domain);
        let key = self.world.key(who);
        let own = ["user.email", "user.name", "user.signingkey", "gpg.format"];
        let values = [address.as_str(), who, key.to_str().unwrap(), "ssh"];
        if self.sits.replace(who.to_owned()) != who {
            own.iter().zip(values).for_each(|(name, value)| self.git(&["config", name, value]));
        }
        self.simulator.command(&self.world, XTASK).args(words).output().unwrap().into()
    }

    /// Runs it; it does what it is asked to.
    #[track_caller]
    fn does(&self, who: &str, words: &[&str]) -> String {
        let ran = self.run(who, words);
        assert_eq!(ran.status, 0, "{words:?}: {ran:#?}");
        self.shown(&ran.stdout)
    }

    /// Runs it; it refuses for these reasons, each with its fix.
    #[track_caller]
    fn refuses(&self, who: &str, words: &[&str], codes: &[&str]) -> String {
        let ran = self.run(who, words);
        assert!(ran.status == 1 || ran.status == 4, "{words:?}: {ran:#?}");
        let reported = |line: &str| {
            let rest = line.strip_prefix("error[")?;
            rest.split_once(']').map(|(code, _)| code.to_owned())
        };
        let mut found: Vec<String> = ran.stdout.lines().filter_map(reported).collect();
        let fixes = ran.stdout.matches(" = help: ").count();
        assert!(fixes >= found.len(), "{words:?}: {ran:#?}");
        found.dedup();
        assert_eq!(found, codes, "{words:?}: {ran:#?}");
        self.shown(&ran.stdout)
    }

    fn shown(&self, text: &str) -> String {
        let entry = Regex::new(r"\b(\d{14}-[0-9a-f]{16}|release-[0-9a-f]{24})\b").unwrap();
        entry.replace_all(&self.world.shown(text), "[ENTRY]").into_owned()
    }

    /// Runs git at the time that it is.
    #[track_caller]
    fn git(&self, words: &[&str]) {
        let date = format!("{} +0000", self.simulator.state().now() / 1000);
        let mut command = self.world.command("git");
        command.args(words).env("GIT_AUTHOR_DATE", &date).env("GIT_COMMITTER_DATE", &date);
        let ran = Ran::from(command.output().unwrap());
        assert_eq!(ran.status, 0, "git {words:?}: {}", ran.stderr);
    }

    /// Commits everything.
    fn commit(&self, message: &str) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message", message]);
    }

    /// What is on `main` here is on the server too.
    fn push(&self) {
        if self.moved.replace(false) {
            self.git(&["push", "--quiet", "origin", "main"]);
        }
    }

    /// Commits to `main` what was recorded or written.
    fn record(&self, message: &str) {
        self.commit(message);
        self.moved.set(true);
    }

    /// Writes good evidence of a story, and what it is evidence of.
    fn work(&self, story: &str, pull: u64) {
        self.world.write(&format!("src/{story}.ts"), "export const done = true;\n");
        for (name, text) in [
            ("functional", FUNCTIONAL.to_owned()),
            ("observability", "The counter goes up, the alert fired once.\n".to_owned()),
            ("degradation", "Without its upstream it answers from what it has.\n".to_owned()),
            ("runbook", "Not applicable: nothing that is done by hand changed.\n".to_owned()),
            ("pull-request", format!("https://github.localhost/o/r/pull/{pull}\n")),
        ] {
            self.world.write(&format!("{}/{story}/{name}.md", self.evidence), text);
        }
        self.world.write(&format!("{}/{story}/run.log", self.evidence), "12 passed\n");
    }

    /// Takes a branch into `main`, as the server's three buttons do.
    fn merge(&self, story: &str, branch: &str, pull: u64, how: How) {
        self.git(&["push", "--quiet", "--force", "origin", branch]);
        let sha = self.world.git(["rev-parse", branch]).trim().to_owned();
        let workflow = {
            let mut state = self.simulator.state();
            state.pulls.push(Pull::of_branch(pull, branch, &format!("{story}: done"), &sha));
            state.workflows[0].id
        };
        let mut state = self.simulator.state();
        state.start(workflow, "push", branch, "checks");
        let later = state.now() + 10 * 60_000;
        state.clock.set(later);
        drop(state);
        self.git(&["push", "--quiet", "origin", "--delete", branch]);
        self.git(&["switch", "--quiet", "main"]);
        match how {
            How::Merge => {
                let message = format!("Merge pull request #{pull} from o/{branch}");
                self.git(&["merge", "--quiet", "--no-ff", "--message", &message, branch]);
            }
            How::Squash => {
                self.git(&["merge", "--quiet", "--squash", branch]);
                self.git(&["commit", "--quiet", "-m", &format!("{story}: done (#{pull})")]);
            }
            How::Rebase => self.git(&["cherry-pick", branch]),
        }
        let landed = self.world.git(["rev-parse", "HEAD"]).trim().to_owned();
        self.simulator.state().merge(pull, &landed);
        self.moved.set(true);
    }

    /// A story from its branch to `main`, with its evidence.
    fn deliver(&self, story: &str, branch: &str, pull: u64, how: How) {
        self.git(&["switch", "--quiet", branch]);
        self.work(story, pull);
        self.commit(&format!("{story}: what is agreed\n\nStory: {story}"));
        self.merge(story, branch, pull, how);
    }

    /// The required checks on the newest commit of a branch are green, a minute later.
    fn green(&self, branch: &str, event: &str) {
        self.push();
        let mut state = self.simulator.state();
        let workflow = state.workflows[0].id;
        state.start(workflow, event, branch, "checks");
        let later = state.now() + 10 * 60_000;
        state.clock.set(later);
    }
}

impl Programme {
    /// The board of a moment, as a page that stays in the build folder: `benches/board.mjs`
    /// looks at it as people do.
    fn board(&self, who: &str, moment: &str) -> String {
        let made_up = self.reviewed();
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("boards");
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join(format!("{moment}.html"));
        self.does(who, &["board", "--on", "github", "--page", file.to_str().unwrap()]);
        made_up.iter().for_each(|review| std::fs::remove_dir_all(review).unwrap());
        // Where nothing else is in them, they are not there.
        for folder in ["out/orr", "out"] {
            let _ = std::fs::remove_dir(self.world.path(folder));
        }
        let page = std::fs::read_to_string(file).unwrap();
        assert!(page.starts_with("<!doctype html>") && page.ends_with("</html>\n"), "{page}");
        assert!(page.contains("<h3>Repeatability by week</h3>"), "{page}");
        // It is whole in itself.
        for foreign in ["<script", "<link", "<img", "src=", "url(", "@import"] {
            assert!(!page.contains(foreign), "{foreign}: {page}");
        }
        page
    }

    /// Journals of sixty days of reviews, of which some had a flaky gate; gives their folders.
    fn reviewed(&self) -> Vec<std::path::PathBuf> {
        let mut folders = Vec::new();
        let now = i64::try_from(self.simulator.state().now() / 1000).unwrap();
        for number in 0..40_i64 {
            let at = jiff::Timestamp::from_second(now - (number * 36 + 5) * 3600).unwrap();
            let id = format!("{}-{number:02}", at.strftime("%Y%m%dT%H%M%SZ"));
            let mut lines = vec![json!({
                "event": "opened", "schema": "xtask/journal/1", "id": id, "commit": "1".repeat(40),
                "policy_sha256": "2".repeat(64), "runs": 3, "branch": null,
                "started_at": at.to_string(),
            })];
            let is_flaky = |gate: &str, run| match gate {
                "T4" => number % 9 == 4 && run == 2,
                "T5" => number > 25 && number % 4 == 0 && run == 3,
                _ => false,
            };
            let mut red = false;
            for run in 1..=3 {
                for (gate, seconds) in [("T1", 4.0), ("T2", 11.0), ("T4", 95.0), ("T5", 42.0)] {
                    let outcome = if is_flaky(gate, run) { "fail" } else { "pass" };
                    red |= is_flaky(gate, run);
                    let drift = f64::from(i32::try_from((number * 7 + run) % 11).unwrap());
                    lines.push(json!({ "event": "gate_ended", "run": run, "result": {
                        "gate": gate, "name": "n", "outcome": outcome, "evidence": [],
                        "findings": [], "seconds": seconds * (1.0 + drift / 40.0),
                    }}));
                }
                let digest = if number % 13 == 5 && run == 1 { "4" } else { "3" };
                lines.push(json!({ "event": "run_packed", "run": run, "packed": {
                    "scorecard_sha256": "5".repeat(64), "zip_sha256": digest.repeat(64),
                    "manifest_sha256": "6".repeat(64), "sums_sha256": "7".repeat(64),
                    "statement_sha256": "8".repeat(64),
                }}));
            }
            let (verdict, exit) = if red { ("fail", 20) } else { ("pass", 0) };
            lines.push(json!({ "event": "decided", "verdict": verdict, "exit": exit }));
            let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
            self.world.write(&format!("out/orr/{id}/journal.jsonl"), text);
            folders.push(self.world.path(format!("out/orr/{id}")));
        }
        folders
    }

    /// A pull request that is open on the server.
    fn opens(&self, number: u64, branch: &str, title: &str) {
        let sha = self.world.git(["rev-parse", branch]).trim().to_owned();
        let pull = Pull::of_branch(number, branch, title, &sha);
        self.simulator.state().pulls.push(pull);
    }
}

/// The gate of the tests, which only says that it ran, and the workflow of a policy.
fn quick(gates: &str) -> String {
    let gates: toml::Table = gates.parse().unwrap();
    let workflow = gates["ruleset"]["workflow"].as_str().unwrap();
    let ruleset = format!("[ruleset]\nfile = \"r.json\"\nworkflow = \"{workflow}\"\n");
    let reported = gate("T4", "tests", "echo reported > \"$EVIDENCE_DIR/reported\"");
    format!("stagger = \"0 s\"\n{ruleset}{reported}")
}
