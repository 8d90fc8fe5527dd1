//! Worlds whose commits are released, on a simulated GitHub.

use std::process::Command;

use super::github::Simulator;
use super::policies::{RULESET, person, role};
use super::{PROGRAMME, Ran, World, XTASK, gate};

/// Who may decide in these worlds.
fn people() -> String {
    let dora = "addresses = [\"dora@example.com\", \"tester@example.com\"]";
    let dora = person("dora", &["dev"]).replace("addresses = [\"dora@example.com\"]", dora);
    person("ana", &["po"]) + &person("bob", &["ops"]) + &dora
}

fn roles() -> String {
    [("po", "@ana"), ("ops", "@bob"), ("dev", "@dora")]
        .map(|(name, member)| role(name, &[member]))
        .concat()
}

/// What is released, in these worlds.
pub(crate) const RULES: &str = r#"soak = "2 h"

[approvals]
ga = ["po"]

[environments.staging]
needs = "rc"

[environments.production]
needs = "ga"
"#;

/// The tag of the candidate.
pub(crate) const RC: &str = "v1.4.0-rc.1";

/// A world with a commit on `main` that was reviewed on GitHub; bob, who releases, sits at
/// the machine.
pub(crate) struct Released {
    pub(crate) world: World,
    pub(crate) simulator: Simulator,
    /// The commit.
    pub(crate) sha: String,
}

impl Released {
    /// A world of one gate, by the usual rules.
    pub(crate) fn new() -> Self {
        Self::by(RULES)
    }

    pub(crate) fn by(rules: &str) -> Self {
        let world = World::new();
        world.write("policy/programme.toml", PROGRAMME.to_owned() + &roles());
        let gates = gate("T1", "lint", "echo reported > \"$EVIDENCE_DIR/reported\"");
        world.write("policy/gates.toml", format!("stagger = \"0 s\"\n{gates}{RULESET}"));
        world.write("policy/ledger.toml", people());
        world.write("policy/release.toml", rules);
        world.write(".gitignore", "/out/\n");
        let keys = ["ana", "bob", "dora"].map(|name| (name, world.new_key(name)));
        let past = world.new_key("past");
        let signers: String =
            keys.iter().map(|(name, key)| format!("{name}@example.com {key}\n")).collect();
        let past = format!("ana@example.com valid-before=\"20260101\" {past}\n");
        world.write("policy/allowed_signers", signers + &past);
        world.commit("begin");
        world.git(["config", "user.name", "Bob"]);
        world.write("src/a", "1\n");
        let sha = world.commit("Retry\n\nStory: I-12");
        world.is_used_by("bob");
        let simulator = Simulator::start(&world);
        simulator.state().immutable_releases = true;
        let released = Self { world, simulator, sha };
        released.review();
        released
    }

    /// Reviews HEAD of `main` on GitHub, on a sandbox branch at it.
    pub(crate) fn review(&self) {
        self.world.git(["switch", "--quiet", "--force-create", "patch"]);
        let ran = self.xtask(&["orr", "--on", "github"]);
        assert_eq!(ran.status, 0, "{ran:#?}");
        self.world.git(["switch", "--quiet", "main"]);
    }

    pub(crate) fn xtask(&self, arguments: &[&str]) -> Ran {
        self.command().args(arguments).output().unwrap().into()
    }

    /// The program, about to be run.
    pub(crate) fn command(&self) -> Command {
        self.simulator.command(&self.world, XTASK)
    }

    /// A candidate of 1.4.0.
    pub(crate) fn rc(&self, more: &[&str]) -> Ran {
        let all = [&["release", "rc", "--sha", &self.sha, "--version", "1.4.0"], more];
        self.xtask(&all.concat())
    }

    /// The release of its candidate.
    pub(crate) fn ga(&self, more: &[&str]) -> Ran {
        self.xtask(&[&["release", "ga", "--from", "v1.4.0-rc.1"], more].concat())
    }

    /// Appends an entry to the ledger, as somebody.
    #[track_caller]
    pub(crate) fn says(&self, who: &str, kind: &str, data: &serde_json::Value) {
        let ran = self.tries(who, kind, data);
        assert_eq!(ran.status, 0, "{ran:?}");
    }

    /// Appends an entry to the ledger, as somebody who may be refused.
    pub(crate) fn tries(&self, who: &str, kind: &str, data: &serde_json::Value) -> Ran {
        let file = self.world.root().join("data.json");
        std::fs::write(&file, data.to_string()).unwrap();
        self.world.is_used_by(who);
        let ran = self.xtask(&["ledger", "append", kind, file.to_str().unwrap()]);
        self.world.is_used_by("bob");
        ran
    }

    /// Commits what was changed and brings it to the remote's `main`.
    pub(crate) fn merge(&self) {
        self.world.commit("a change");
        self.world.git(["push", "--quiet", "origin", "main"]);
    }

    /// Moves the clock by hours.
    pub(crate) fn hours(&self, hours: u64) {
        self.simulator.advance(hours * 3_600_000);
    }
}
