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

/// The gate that holds the ledger.
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

/// The ledger of these worlds.
pub(crate) const LEDGER: &str = "docs/delivery/ledger.jsonl";

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
        let file = self.root().join("data.json");
        std::fs::write(&file, data).unwrap();
        let mut command = self.xtask_command(["ledger", "append", kind]);
        command.arg(file).args(more).env("XTASK_TEST_NOW", at(minute));
        command.output().unwrap().into()
    }

    /// Verifies the ledger on 2026-03-02.
    pub(crate) fn verified(&self, more: &[&str]) -> Ran {
        let mut command = self.xtask_command(["ledger", "verify"]);
        command.args(more).env("XTASK_TEST_NOW", at(24 * 60)).output().unwrap().into()
    }

    /// The lines of the ledger, each with its LF.
    pub(crate) fn ledger(&self) -> Vec<String> {
        self.read(LEDGER).split_inclusive('\n').map(str::to_owned).collect()
    }
}

/// A minute of 2026-03-01 in seconds since 1970.
pub(crate) fn at(minute: u32) -> String {
    (1_772_323_200 + u64::from(minute) * 60).to_string()
}
