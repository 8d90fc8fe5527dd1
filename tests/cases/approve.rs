//! `approve`: what lifts the demand for an approval, and what does not.

use std::path::PathBuf;

use expect_test::expect;

use crate::support::{PROGRAMME, Ran, World, gate};

const FILEMAP: &str = r#"
[[areas]]
name = "all"
paths = ["**"]

[[approvals]]
name = "thresholds"
paths = ["limits.toml"]
roles = ["po"]
reason = "they decide when somebody is woken"
"#;

const LEDGER: &str = r#"
[people.ann]
addresses = ["ann@example.com", "ann@home.example"]
roles = ["po"]
login = "@ann"

[people.bob]
addresses = ["bob@example.com"]
roles = ["qa"]

[people.old]
addresses = ["old@example.com"]
roles = ["po"]
"#;

/// A repository whose policy knows some people and their keys, with a patch of what needs
/// an approval.
struct Desk {
    world: World,
}

impl Desk {
    fn new() -> Self {
        let world = World::new();
        let roles = "\n[roles.po]\nmembers = [\"@ann\"]\n[roles.qa]\nmembers = [\"@bob\"]\n";
        world.write("policy/programme.toml", format!("{PROGRAMME}{roles}"));
        world.write("policy/gates.toml", gate("T4", "tests", "true"));
        world.write("policy/filemap.toml", FILEMAP);
        world.write("policy/ledger.toml", LEDGER);
        world.write("limits.toml", "minutes = 5\n");
        let desk = Self { world };
        let mut signers = String::new();
        for (name, interval) in [("ann", ""), ("bob", ""), ("old", "valid-before=\"20200101\" ")] {
            let public = desk.key(name);
            signers.push_str(&format!("{name}@example.com {interval}{public}"));
        }
        desk.world.write("policy/allowed_signers", signers);
        desk.world.commit("rules");
        desk.world.git(["switch", "--quiet", "--create", "patch"]);
        desk.world.write("limits.toml", "minutes = 50\n");
        desk.world.commit("patch");
        desk
    }

    fn key_file(&self, name: &str) -> PathBuf {
        self.world.root().join(format!("{name}.key"))
    }

    /// Makes a key; gives its public half.
    fn key(&self, name: &str) -> String {
        let file = self.key_file(name);
        let mut command = self.world.command("ssh-keygen");
        command.args(["-q", "-t", "ed25519", "-N", "", "-C", name, "-f"]).arg(&file);
        assert!(command.status().unwrap().success());
        std::fs::read_to_string(file.with_extension("key.pub")).unwrap()
    }

    /// Approves in the name of somebody, with the key of somebody.
    fn approve(&self, name: &str, key: &str, words: &[&str]) -> Ran {
        self.world.git(["config", "user.email", &format!("{name}@example.com")]);
        let key = self.key_file(key);
        let words = [&["approve"][..], words, &["--key", key.to_str().unwrap()]].concat();
        let ran = self.world.xtask(words);
        self.world.git(["config", "user.email", "tester@example.com"]);
        ran
    }

    fn check(&self) -> Ran {
        self.world.xtask(["filemap", "check", "--base", "main"])
    }

    /// The ledger is as it was, and so is the patch.
    fn reset(&self) {
        self.world.git(["reset", "--quiet", "--hard", "HEAD"]);
        self.world.without_ledger();
    }
}

#[test]
fn an_approval_of_this_content_lifts_the_demand() {
    let desk = Desk::new();
    let ran = desk.check();
    expect![[r#"
        filemap check: fail (approval-missing), exit status 1

        error[approval-missing]: the patch changes limits.toml without a recorded approval of po: they decide when somebody is woken
          --> limits.toml
           = help: let it be a patch of its own, and have `cargo xtask approve change --rule thresholds` recorded on it

        does     path         area
        changes  limits.toml  all

        1 path in [HEX]..[HEX], by policy of the base
    "#]].assert_eq(&desk.world.shown(&ran.stdout));
    assert_eq!(ran.status, 1);

    let said = ["change", "--role", "po", "--reason", "agreed with operations"];
    let ran = desk.approve("ann", "ann", &[&said[..], &["--dry-run"]].concat());
    expect![[r#"
        approve change: pass
        would record in ledger: the patch at [HEX] is approved, whatever rule asks for it
    "#]]
    .assert_eq(&desk.world.shown(&ran.stdout));
    let ran = desk.approve("ann", "ann", &said);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(ran.stdout.contains("is approved, whatever rule asks for it"), "{ran:?}");
    let ran = desk.check();
    assert_eq!(ran.status, 0, "{ran:?}");
    let ran = desk.world.xtask(["ledger", "verify"]);
    assert_eq!(ran.status, 0, "{ran:?}");

    // Other content needs another approval, also where the old one comes back.
    desk.world.write("limits.toml", "minutes = 500\n");
    desk.world.commit("more");
    let ran = desk.check();
    assert_eq!(ran.status, 1, "{ran:?}");
    assert!(ran.stdout.contains("which is other content"), "{ran:?}");
}

/// Each row: who, whose key, words, and what of the record or the check says no.
#[test]
fn what_does_not_count() {
    let desk = Desk::new();
    let rows: &[(&str, &str, &[&str], &str)] = &[
        ("tester", "ann", &["change"], "error[approval-own]"),
        ("bob", "bob", &["change", "--role", "po"], "error[ledger-role]"),
        ("bob", "bob", &["change"], "without a recorded approval of po"),
        ("bob", "ann", &["change"], "error[ledger-signer]"),
        ("old", "old", &["change"], "error[ledger-signer]"),
        ("nobody", "bob", &["change"], "error[ledger-signer]"),
        ("ann", "ann", &["change", "--expires", "2020-01-01T00:00:00Z"], "error[usage]"),
        ("ann", "ann", &["change", "--rule", "rules"], "without a recorded approval of po"),
        ("ann", "ann", &["risk", "R-1"], "without a recorded approval of po"),
        ("ann", "ann", &["exception", "freeze"], "error[usage]"),
    ];
    for (name, key, words, says) in rows {
        let head = desk.world.git(["rev-parse", "HEAD"]);
        let recorded = desk.approve(name, key, words);
        let told = if recorded.status == 0 {
            let checked = desk.check();
            assert_eq!(checked.status, 1, "{name} {words:?}: {checked:?}");
            checked.stdout
        } else {
            recorded.stdout
        };
        assert!(told.contains(says), "{name} {words:?}: {told}");
        desk.world.git(["reset", "--quiet", "--hard", head.trim()]);
        desk.reset();
    }
}

#[test]
fn releases_risks_and_exceptions_are_recorded_as_such() {
    let desk = Desk::new();
    let sha = desk.world.git(["rev-parse", "HEAD"]).trim().to_owned();
    let refused = desk.approve("ann", "ann", &["release", "--sha", "HEAD", "--stage", "ga"]);
    expect![[r#"
        approve release: fail (usage), exit status 2

        error[usage]: `HEAD` is no commit's whole id
           = help: give all 40 hex digits; a branch moves, a commit does not

    "#]]
    .assert_eq(&desk.world.shown(&refused.stdout));
    assert_eq!(refused.status, 2);
    for words in [
        &["release", "--sha", &sha, "--stage", "rc", "--role", "po"][..],
        &["release", "--sha", &sha, "--stage", "ga", "--role", "po"],
        &["risk", "R-7", "--expires", "2100-01-01T00:00:00Z"],
        &[
            "exception",
            "freeze",
            "--subject",
            "ops/**",
            "--reason",
            "the certificate ends",
            "--expires",
            "2100-01-01T00:00:00+01:00",
        ],
    ] {
        let ran = desk.approve("ann", "ann", words);
        assert_eq!(ran.status, 0, "{ran:?}");
    }
    let ran = desk.world.xtask(["ledger", "show"]);
    let shown: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(shown.len(), 12, "{ran:?}");
    let words = ["rc po", "ga po", "risk R-7", "ops/**"];
    for ([head, about, effect], says) in shown.as_chunks().0.iter().zip(words) {
        assert!(head.contains("ann@example.com") && about.contains(says), "{head} {about}");
        assert!(effect.contains("in effect, signed by ED25519 key"), "{effect}");
    }
    assert_eq!(desk.world.xtask(["ledger", "verify"]).status, 0);
}
