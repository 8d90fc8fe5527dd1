//! Worlds with a ledger: policy that says who may decide, and keys to sign with.

use std::path::PathBuf;

use crate::support::policies::role;
use crate::support::{PROGRAMME, Ran, World};

/// Who may decide in these worlds.
const RULES: &str = r#"revoked = "policy/revoked"

[people.ana]
addresses = ["ana@example.com"]
roles = ["po"]
login = "@ana"

[people.bob]
addresses = ["bob@example.com"]
roles = ["dev"]

[kinds.approval]
roles = ["po"]
"#;

/// The gate that holds a chain.
const GATES: &str = r#"stagger = "0 s"

[[gates]]
id = "T7"
name = "chain"
builtin = "chain"
owner = "dev"

[chain]
ledger = "docs/delivery/ledger.jsonl"
empty = "allowed"
"#;

/// The chain that the gate of these worlds holds.
pub(crate) const CHAIN: &str = "docs/delivery/ledger.jsonl";

/// An approval, as data.
pub(crate) const APPROVAL: &str = r#"{"about":"change","sha":"1111111111111111111111111111111111111111","tree":"2222222222222222222222222222222222222222"}"#;

/// A deployment, as data.
pub(crate) const DEPLOY: &str = r#"{"environment":"production","result":"succeeded","sha":"1111111111111111111111111111111111111111","tag":"v1.4.0"}"#;

impl World {
    /// A world in which ana may approve and bob may not, on a branch of its own. The key
    /// `past` was ana's until 2020, `gone` is revoked, `foreign` is nobody's.
    pub(crate) fn with_ledger() -> Self {
        let world = Self::new();
        world.write(
            "policy/programme.toml",
            PROGRAMME.to_owned() + &role("po", &["@ana"]) + &role("dev", &["@bob"]),
        );
        world.write("policy/gates.toml", GATES);
        world.write("policy/ledger.toml", RULES);
        world.write(".gitignore", "/out/\n");
        let [ana, bob, past, gone, _] =
            ["ana", "bob", "past", "gone", "foreign"].map(|name| world.new_key(name));
        let signers = format!(
            "ana@example.com namespaces=\"xtask-ledger\" {ana}\n\
             bob@example.com {bob}\n\
             ana@example.com valid-before=\"20200101\" {past}\n\
             ana@example.com {gone}\n"
        );
        world.write("policy/allowed_signers", signers);
        world.write("policy/revoked", gone + "\n");
        world.commit("policy");
        world.git(["switch", "--quiet", "--create", "patch"]);
        world.is_used_by("ana");
        world
    }

    /// Gives somebody a key; returns its public half without a comment.
    pub(crate) fn new_key(&self, name: &str) -> String {
        super::keys::write(name, &self.key(name))
    }

    /// The private half of a key.
    pub(crate) fn key(&self, name: &str) -> PathBuf {
        self.root().join(name)
    }

    /// From now on git says that this is who works here, and with which key.
    pub(crate) fn is_used_by(&self, name: &str) {
        self.git(["config", "user.email", &format!("{name}@example.com")]);
        self.git(["config", "gpg.format", "ssh"]);
        self.git(["config", "user.signingkey", self.key(name).to_str().unwrap()]);
    }

    /// Appends an entry at a minute of 2026-03-01.
    pub(crate) fn append(&self, kind: &str, data: &str, minute: u32, more: &[&str]) -> Ran {
        self.append_at(kind, data, &at(minute), more)
    }

    /// Appends an entry at a minute before the simulated server's clock begins.
    pub(crate) fn append_before(&self, kind: &str, data: &str, minute: u64, more: &[&str]) -> Ran {
        self.append_at(kind, data, &(1_769_860_800 + minute * 60).to_string(), more)
    }

    fn append_at(&self, kind: &str, data: &str, seconds: &str, more: &[&str]) -> Ran {
        let file = self.root().join("data.json");
        std::fs::write(&file, data).unwrap();
        let mut command = self.xtask_command(["ledger", "append", kind]);
        command.arg(file).args(more).env("XTASK_TEST_NOW", seconds);
        command.output().unwrap().into()
    }

    /// Verifies the ledger on 2026-03-02.
    pub(crate) fn verified(&self, more: &[&str]) -> Ran {
        let mut command = self.xtask_command(["ledger", "verify"]);
        command.args(more).env("XTASK_TEST_NOW", at(24 * 60)).output().unwrap().into()
    }

    /// The lines of the ledger, each with its LF: those of the remote's branch where there
    /// is a remote.
    pub(crate) fn ledger(&self) -> Vec<String> {
        let Some(tip) = self.ledger_tip() else { return Vec::new() };
        let names = self.quiet_git(&["ls-tree", "--name-only", &tip]);
        let blob = |name: &str| self.quiet_git(&["cat-file", "blob", &format!("{tip}:{name}")]);
        let text: String = names.lines().map(blob).collect();
        text.split_inclusive('\n').map(str::to_owned).collect()
    }

    /// The last commit of the ledger.
    pub(crate) fn ledger_tip(&self) -> Option<String> {
        let branch = "refs/heads/ledger";
        let listed = if self.has_origin() {
            let listed = self.quiet_git(&["ls-remote", "origin", branch]);
            if !listed.is_empty() {
                self.quiet_git(&["fetch", "--quiet", "origin", branch]);
            }
            listed
        } else {
            self.quiet_git(&["for-each-ref", "--format=%(objectname)", branch])
        };
        listed.split_whitespace().next().map(str::to_owned)
    }

    fn has_origin(&self) -> bool {
        self.quiet_git(&["remote"]).contains("origin")
    }

    /// Puts other lines on the ledger's branch, in a commit after some others, as somebody
    /// may who can push there. This clone sees them as one that has seen nothing before.
    pub(crate) fn rewrite_ledger(&self, text: impl AsRef<[u8]>) {
        let file = self.root().join("segment");
        std::fs::write(&file, text).unwrap();
        let blob = self.quiet_git(&["hash-object", "-w", file.to_str().unwrap()]);
        let index = self.root().join("segment.index");
        let with_index = |arguments: &[&str]| -> String {
            let mut command = self.command("git");
            let ran = command.args(arguments).env("GIT_INDEX_FILE", &index).output().unwrap();
            assert!(ran.status.success(), "{ran:?}");
            String::from_utf8(ran.stdout).unwrap().trim().to_owned()
        };
        let entry = format!("100644,{},00000000.jsonl", blob.trim());
        let _ = std::fs::remove_file(&index);
        with_index(&["update-index", "--add", "--cacheinfo", &entry]);
        let tree = with_index(&["write-tree"]);
        let commit = self.quiet_git(&["commit-tree", "-m", "by hand", &tree]);
        self.place_ledger(commit.trim());
        self.forget_ledger();
    }

    /// Puts the ledger's branch at a commit, whatever it was at.
    pub(crate) fn place_ledger(&self, commit: &str) {
        let target = format!("{commit}:refs/heads/ledger");
        if self.has_origin() {
            self.quiet_git(&["push", "--quiet", "--force", "origin", &target]);
        } else {
            self.quiet_git(&["update-ref", "refs/heads/ledger", commit]);
        }
    }

    /// Forgets what this clone has seen of the ledger.
    pub(crate) fn forget_ledger(&self) {
        for name in ["seen", "verified", "pending"] {
            self.quiet_git(&["update-ref", "-d", &format!("refs/thrice/ledger/{name}")]);
        }
    }

    /// Takes the ledger away, and what this clone has seen of it.
    pub(crate) fn without_ledger(&self) {
        if self.ledger_tip().is_some() {
            match self.has_origin() {
                true => self.quiet_git(&["push", "--quiet", "origin", ":refs/heads/ledger"]),
                false => self.quiet_git(&["update-ref", "-d", "refs/heads/ledger"]),
            };
        }
        self.forget_ledger();
    }

    /// Brings a ledger that was begun without a remote there.
    pub(crate) fn push_ledger(&self) {
        if !self.quiet_git(&["for-each-ref", "refs/heads/ledger"]).is_empty() {
            self.quiet_git(&["push", "--quiet", "origin", "refs/heads/ledger"]);
        }
    }

    /// Git, without a minute passing.
    pub(crate) fn quiet_git(&self, arguments: &[&str]) -> String {
        let ran = Ran::from(self.command("git").args(arguments).output().unwrap());
        assert_eq!(ran.status, 0, "git {arguments:?}: {}", ran.stderr);
        ran.stdout
    }
}

/// A minute of 2026-03-01 in seconds since 1970.
pub(crate) fn at(minute: u32) -> String {
    (1_772_323_200 + u64::from(minute) * 60).to_string()
}
