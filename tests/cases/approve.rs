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
struct Fixture {
    world: World,
}

impl Fixture {
    fn new() -> Self {
        let world = World::new();
        let roles = "\n[roles.po]\nmembers = [\"@ann\"]\n[roles.qa]\nmembers = [\"@bob\"]\n";
        world.write("policy/programme.toml", format!("{PROGRAMME}{roles}"));
        world.write("policy/gates.toml", gate("T4", "tests", "true"));
        world.write("policy/filemap.toml", FILEMAP);
        world.write("policy/ledger.toml", LEDGER);
        world.write("limits.toml", "minutes = 5\n");
        let fixture = Self { world };
        let mut signers = String::new();
        for (name, interval) in [("ann", ""), ("bob", ""), ("old", "valid-before=\"20200101\" ")] {
            let public = fixture.key(name);
            signers.push_str(&format!("{name}@example.com {interval}{public}"));
        }
        fixture.world.write("policy/allowed_signers", signers);
        fixture.world.commit("rules");
        fixture.world.git(["switch", "--quiet", "--create", "patch"]);
        fixture.world.write("limits.toml", "minutes = 50\n");
        fixture.world.commit("patch");
        fixture
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
        self.decide(name, key, &[&["approve"][..], words].concat())
    }

    /// Decides something in the name of somebody, with the key of somebody.
    fn decide(&self, name: &str, key: &str, words: &[&str]) -> Ran {
        self.world.git(["config", "user.email", &format!("{name}@example.com")]);
        let key = self.key_file(key);
        let words = [words, &["--key", key.to_str().unwrap()]].concat();
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
    let fixture = Fixture::new();
    let ran = fixture.check();
    expect![[r#"
        filemap check: fail (approval-missing), exit status 1

        error[approval-missing]: the patch changes limits.toml without a recorded approval of po: they decide when somebody is woken
          --> limits.toml
           = help: let it be a patch of its own, and have `cargo xtask approve change --rule thresholds` recorded on it

        does     path         area
        changes  limits.toml  all

        1 path in [HEX]..[HEX], by policy of the base
        next: cargo xtask approve change --rule thresholds
    "#]].assert_eq(&fixture.world.shown(&ran.stdout));
    assert_eq!(ran.status, 1);

    let said = ["change", "--role", "po", "--reason", "agreed with operations"];
    let ran = fixture.approve("ann", "ann", &[&said[..], &["--dry-run"]].concat());
    expect![[r#"
        approve change: pass
        would record in ledger: the patch at [HEX] is approved, whatever rule asks for it
    "#]]
    .assert_eq(&fixture.world.shown(&ran.stdout));
    for more in [&[][..], &["--dry-run"]] {
        let copied = ["change", "--role", "po", "--reason", "TEXT"];
        let ran = fixture.approve("ann", "ann", &[&copied[..], more].concat());
        assert_eq!(
            (ran.status, ran.stdout.contains("is only a placeholder")),
            (2, true),
            "{ran:?}"
        );
    }
    let ran = fixture.approve("ann", "ann", &said);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(ran.stdout.contains("is approved, whatever rule asks for it"), "{ran:?}");
    let ran = fixture.check();
    assert_eq!(ran.status, 0, "{ran:?}");
    let ran = fixture.world.xtask(["ledger", "verify"]);
    assert_eq!(ran.status, 0, "{ran:?}");

    // Other content needs another approval, also where the old one comes back.
    fixture.world.write("limits.toml", "minutes = 500\n");
    fixture.world.commit("more");
    let ran = fixture.check();
    assert_eq!(ran.status, 1, "{ran:?}");
    assert!(ran.stdout.contains("which is other content"), "{ran:?}");
}

/// An end that is still to come.
const END: &str = "2100-01-01T00:00:00Z";

fn exception<'a>(rule: &'a str, subject: &'a str) -> [&'a str; 8] {
    ["exception", rule, "--subject", subject, "--reason", "x", "--expires", END]
}

/// Each row: who, whose key, words, and what of the record or the check says no.
#[test]
fn what_does_not_count() {
    let fixture = Fixture::new();
    let rows: &[(&str, &str, &[&str], &str)] = &[
        ("tester", "ann", &["change"], "error[approval-own]"),
        ("bob", "bob", &["change", "--role", "po"], "error[ledger-role]"),
        ("bob", "bob", &["change"], "this patch needs an approval of po, not of qa"),
        ("ann", "bob", &["change"], "error[ledger-signer]"),
        ("old", "old", &["change"], "error[ledger-signer]"),
        ("nobody", "bob", &["change"], "error[ledger-role]"),
        ("ann", "ann", &["change", "--expires", "2020-01-01T00:00:00Z"], "error[usage]"),
        ("ann", "ann", &["change", "--rule", "rules"], "no rule `rules` asks"),
        (
            "ann",
            "ann",
            &["risk", "R-1", "--expires", END, "--reason", "x"],
            "error[matter-unknown]",
        ),
        ("ann", "ann", &["risk", "R-1"], "error[usage]"),
        ("ann", "ann", &["story", "NOPE-1"], "error[policy-missing]"),
        ("ann", "ann", &["release", "--sha", "HEAD", "--stage", "rc"], "error[usage]"),
        ("ann", "ann", &["exception", "freeze"], "error[usage]"),
        ("ann", "ann", &exception("frobnicate", "x"), "no rule `frobnicate` has exceptions"),
        ("ann", "ann", &exception("merge-frozen", "x"), "error[decision-void]"),
        ("ann", "ann", &exception("deferred", "T-1"), "no deferred track is called `T-1`"),
        (
            "ann",
            "ann",
            &exception("freeze", "limits.toml"),
            "nothing that `limits.toml` names is frozen",
        ),
    ];
    for (name, key, words, says) in rows {
        let head = fixture.world.git(["rev-parse", "HEAD"]);
        let recorded = fixture.approve(name, key, words);
        let reported = if recorded.status == 0 {
            let checked = fixture.check();
            assert_eq!(checked.status, 1, "{name} {words:?}: {checked:?}");
            checked.stdout
        } else {
            recorded.stdout
        };
        assert!(reported.contains(says), "{name} {words:?}: {reported}");
        fixture.world.git(["reset", "--quiet", "--hard", head.trim()]);
        fixture.reset();
    }
}

/// Every kind of approval, by the fact that it changes.
#[test]
fn each_approval_changes_what_the_next_command_says() {
    let fixture = Fixture::new();
    let world = &fixture.world;
    world.git(["switch", "--quiet", "main"]);
    let severity = |id: &str| {
        format!(
            "[[severities]]\nid = \"{id}\"\naction = [\"look\"]\nescalation = [\"po\"]\n\
            acknowledge = \"15 minutes\"\nrecover = \"72 hours\"\n"
        )
    };
    let severities: String = ["critical", "high", "medium"].map(severity).concat();
    world.write("policy/risk.toml", severities);
    world.write("policy/release.toml", "[approvals]\nrc = [\"po\"]\n");
    let today = jiff::Zoned::now().date();
    let day = |days: i64| today.checked_add(jiff::Span::new().days(days)).unwrap();
    let calendar = format!(
        "[freeze]\npaths = [\"ops/**\"]\nreason = \"as it is\"\n\n\
        [[sprints]]\nid = \"01\"\nfrom = {}\nto = {}\nfreeze_from_day = 1\n",
        day(-30),
        day(30)
    );
    world.write("policy/calendar.toml", calendar);
    world.commit("more rules");
    world.git(["switch", "--quiet", "--create", "ops"]);
    world.write("ops/a.yml", "1\n");
    world.commit("ops");
    let of = |words: &[&str]| world.xtask(words.iter().copied());

    let add = ["risk", "add", "--severity", "high", "--id", "R-7", "--title", "it breaks"];
    let add = [&add[..], &["--owner", "po", "--mitigation", "watch"]].concat();
    assert_eq!(fixture.decide("ann", "ann", &add).status, 0);
    assert!(of(&["sla"]).stdout.contains("R-7"), "its clocks run");
    let ran =
        fixture.approve("ann", "ann", &["risk", "R-7", "--expires", END, "--reason", "small"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(!of(&["sla"]).stdout.contains("R-7"), "its clocks stand");
    let again = fixture.approve("ann", "ann", &["risk", "R-7", "--expires", END, "--reason", "x"]);
    assert!(again.stdout.contains("error[decision-void]"), "{again:?}");

    assert!(fixture.check().stdout.contains("error[freeze-window]"));
    let ran = fixture.approve("ann", "ann", &exception("freeze", "ops/*.yml"));
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(!fixture.check().stdout.contains("error[freeze-window]"));

    let sha = world.git(["rev-parse", "HEAD"]).trim().to_owned();
    for (who, stage, status) in [("ann", "ga", 1), ("bob", "rc", 1), ("ann", "rc", 0)] {
        let ran = fixture.approve(who, who, &["release", "--sha", &sha, "--stage", stage]);
        assert_eq!(ran.status, status, "{who} {stage}: {ran:?}");
        assert_eq!(ran.stdout.contains("error[decision-void]"), status == 1, "{ran:?}");
    }
    let short = fixture.approve("ann", "ann", &["release", "--sha", "HEAD", "--stage", "rc"]);
    expect![[r#"
        approve release: fail (usage), exit status 2

        error[usage]: `HEAD` is no commit's whole id
           = help: give all 40 hex digits; a branch moves, a commit does not

    "#]]
    .assert_eq(&world.shown(&short.stdout));
    assert_eq!(world.xtask(["ledger", "verify"]).status, 0);
}

/// The rules change by those whom another rule of the Filemap names, and by nobody whom the
/// patch lets decide more.
#[test]
fn nobody_approves_what_lets_them_decide_more() {
    let fixture = Fixture::new();
    let world = &fixture.world;
    for (from, to, who, says) in [
        ("roles = [\"qa\"]", "roles = [\"qa\", \"po\"]", "bob", "the role `po`"),
        ("# end", "# the end", "bob", "needs an approval of po, not of qa"),
        ("roles = [\"po\"]\nlogin", "roles = [\"po\", \"qa\"]\nlogin", "ann", "the role `qa`"),
        ("# end", "# the end", "ann", "is approved"),
    ] {
        world.git(["switch", "--quiet", "--detach", "main"]);
        let rules = format!("{LEDGER}# end\n").replace(from, to);
        world.write("policy/ledger.toml", rules);
        world.commit("rules");
        let ran = fixture.approve(who, who, &["change"]);
        assert!(ran.stdout.contains(says), "{who} {to}: {ran:?}");
        fixture.reset();
    }
    // Dropped from the people of the ledger, and still the same person by the account.
    world.git(["switch", "--quiet", "--detach", "main"]);
    let (from, to) = (LEDGER.find("[people.ann]").unwrap(), LEDGER.find("[people.bob]").unwrap());
    world.write("policy/ledger.toml", format!("{}{}", &LEDGER[..from], &LEDGER[to..]));
    let members =
        "\n[roles.po]\nmembers = [\"@ann\"]\n[roles.qa]\nmembers = [\"@bob\", \"@ann\"]\n";
    world.write("policy/programme.toml", format!("{PROGRAMME}{members}"));
    world.commit("rules");
    let ran = fixture.approve("ann", "ann", &["change"]);
    assert!(
        ran.stdout.contains("would give you") && ran.stdout.contains("the role `qa`"),
        "{ran:?}"
    );
    fixture.reset();
}
