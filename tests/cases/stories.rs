//! `story` and `wave`, on real repositories: states from git, refusals at the gate of
//! entry, decisions in the ledger.

use std::path::PathBuf;

use expect_test::expect;
use serde_json::Value;

use crate::support::policies::{STORY_BRANCHES, person};
use crate::support::{PROGRAMME, Ran, World, gate};

const BACKLOG: &str = r#"
[[stories]]
id = "S-1"
title = "Limit retries"
owner = "ana"
priority = "P0"
acceptance = ["CA-1: three tries, then the queue"]
delta = ["CA-2: the fourth is reported"]
contract = ["docs/contract.md"]

[[stories]]
id = "S-2..7"
title = "Replay"
owner = "ben"
priority = "P0"
acceptance = ["CA-1: once"]
contract = ["docs/contract.md"]

[[stories]]
id = "S-8"
title = "Alert"
owner = "ben"
priority = "P1"
wave = "O2"
depends = ["S-1"]
acceptance = ["CA-1: somebody is woken"]
contract = ["docs/contract.md"]

[[stories]]
id = "RB-1"
title = "Restore drill"
owner = "ops"
priority = "P1"
wave = "O1"
acceptance = ["CA-1: restored"]
contract = ["docs/contract.md"]
pending_po_approval = true

[[waves]]
id = "O1"
stories = ["S-1..7"]

[[waves]]
id = "O2"
after = "O1"
"#;

/// A repository with a backlog, and somebody whose key is known.
pub(super) struct Fixture {
    pub(super) world: World,
}

impl Fixture {
    pub(super) fn new() -> Self {
        let world = World::new();
        let roles = "\n[roles.po]\nmembers = [\"@ann\"]\n";
        world.write("policy/programme.toml", format!("{PROGRAMME}{roles}"));
        world.write("policy/gates.toml", gate("T4", "tests", "true"));
        world.write("policy/branches.toml", STORY_BRANCHES);
        world.write("policy/backlog.toml", BACKLOG);
        world.write("policy/ledger.toml", person("ann", &["po"]));
        world.write("docs/contract.md", "what is agreed\n");
        let fixture = Self { world };
        let key = fixture.key();
        let mut command = fixture.world.command("ssh-keygen");
        command.args(["-q", "-t", "ed25519", "-N", "", "-C", "ann", "-f"]).arg(&key);
        assert!(command.status().unwrap().success());
        let public = std::fs::read_to_string(key.with_extension("key.pub")).unwrap();
        fixture.world.write("policy/allowed_signers", format!("ann@example.com {public}"));
        fixture.world.git(["config", "user.email", "ann@example.com"]);
        fixture.world.commit("rules");
        fixture
    }

    fn key(&self) -> PathBuf {
        self.world.root().join("ann.key")
    }

    pub(super) fn xtask(&self, words: &[&str]) -> Ran {
        self.world.xtask(words)
    }

    pub(super) fn signed(&self, words: &[&str]) -> Ran {
        let key = self.key();
        self.world.xtask([words, &["--key", key.to_str().unwrap()]].concat())
    }

    /// A commit on a new branch of a story.
    pub(super) fn begin(&self, branch: &str, message: &str) {
        self.world.git(["switch", "--quiet", "--create", branch, "main"]);
        self.world.write(&format!("src/{}", branch.replace('/', "-")), message);
        self.world.commit(message);
        self.world.git(["switch", "--quiet", "main"]);
    }

    pub(super) fn state(&self, story: &str) -> (String, String) {
        let ran = self.xtask(&["story", "show", story, "--format", "json"]);
        let said: Value = serde_json::from_str(&ran.stdout).unwrap();
        let why: Vec<&str> =
            said["data"]["why"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
        let why = self.world.shown(&why.join("; "));
        (said["data"]["state"].as_str().unwrap().to_owned(), why)
    }
}

#[test]
fn states_follow_from_merges_squashes_rebases_and_reverts() {
    let fixture = Fixture::new();
    let git = |words: &[&str]| fixture.world.git(words);
    for number in 1..7 {
        fixture.begin(&format!("feature/S-{number}-x"), &format!("work\n\nStory: S-{number}"));
    }
    let merge = ["merge", "--quiet", "--no-ff", "-m"];
    git(&[&merge[..], &["Merge pull request #1 from o/feature/S-1-x", "feature/S-1-x"]].concat());
    git(&["merge", "--quiet", "--squash", "feature/S-2-x"]);
    git(&["commit", "--quiet", "-m", "S-2: replay (#2)"]);
    git(&["cherry-pick", "feature/S-3-x"]);
    // A merge whose message says nothing: the branch is in main behind it.
    git(&["switch", "--quiet", "feature/S-4-x"]);
    git(&["commit", "--quiet", "--amend", "-m", "work"]);
    git(&["switch", "--quiet", "main"]);
    git(&[&merge[..], &["all done", "feature/S-4-x"]].concat());
    git(&["merge", "--quiet", "--squash", "feature/S-5-x"]);
    git(&["commit", "--quiet", "-m", "S-5: replay (#5)"]);
    git(&["revert", "--no-edit", "HEAD"]);
    let states: Vec<String> = (1..8)
        .map(|number| {
            let (state, why) = fixture.state(&format!("S-{number}"));
            format!("{state}: {why}\n")
        })
        .collect();
    expect![[r#"
        merged: merged as [HEX] (#1), by the branch it merges
        merged: merged as [HEX] (#2), by its title
        merged: merged as [HEX], by its trailer
        merged: merged as [HEX], with its branch
        in_progress: merged as [HEX] (#5), by its title, but reverted by [HEX]; branch feature/S-5-x
        in_progress: branch feature/S-6-x
        ready_for_implementation: no branch yet
    "#]]
    .assert_eq(&states.concat());
    git(&["revert", "--no-edit", "HEAD"]);
    assert_eq!(fixture.state("S-5").0, "merged");
}

#[test]
fn a_list_says_why_and_tells_two_branches_and_a_renamed_one() {
    let fixture = Fixture::new();
    fixture.begin("feature/S-1-x", "work");
    fixture.begin("feature/S-1-y", "work");
    fixture.begin("tidy", "work\n\nStory: S-2");
    let ran = fixture.xtask(&["story", "list"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    expect![[r#"
        story list: pass, with 2 warnings

        story  state                         wave  owner  title
        S-1    in_progress                   O1    ana    Limit retries
        S-2    in_progress                   O1    ben    Replay
        S-3    ready_for_implementation      O1    ben    Replay
        S-4    ready_for_implementation      O1    ben    Replay
        S-5    ready_for_implementation      O1    ben    Replay
        S-6    ready_for_implementation      O1    ben    Replay
        S-7    ready_for_implementation      O1    ben    Replay
        S-8    waiting: S-1, the gate of O1  O2    ben    Alert
        RB-1   waiting: PO approval          O1    ops    Restore drill

        9 stories: 2 waiting, 5 ready_for_implementation, 2 in_progress

        warning[story-branch-name]: `tidy` is of S-2, as its last commit says, but its name does not
           = help: `git branch -m tidy feature/S-2-tidy`

        warning[story-branches]: S-1 has 2 branches, `feature/S-1-x` and `feature/S-1-y`
           = help: merge them, or delete the abandoned one

    "#]]
    .assert_eq(&fixture.world.shown(&ran.stdout));
    let ran = fixture.xtask(&["story", "list", "--wave", "O2", "--state", "waiting"]);
    assert!(ran.stdout.contains("1 story: 1 waiting"), "{ran:?}");
    let ran = fixture.xtask(&["story", "list", "--state", "in_progres"]);
    assert!(ran.status == 2 && ran.stdout.contains("did you mean `in_progress`?"), "{ran:?}");
    let ran = fixture.xtask(&["story", "list", "--wave", "O3"]);
    assert!(ran.status == 2 && ran.stdout.contains("error[story-unknown]"), "{ran:?}");
}

#[test]
fn a_story_is_started_once_and_within_the_limit() {
    let fixture = Fixture::new();
    let ran = fixture.xtask(&["story", "start", "S-1", "--dry-run"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(ran.stdout.contains("would make and switch to feature/S-1-limit-retries"), "{ran:?}");
    let ran = fixture.xtask(&["story", "start", "S-1", "--slug", "retries"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(fixture.world.git(["branch", "--show-current"]).trim(), "feature/S-1-retries");
    let ran = fixture.xtask(&["story", "start", "S-1"]);
    assert_eq!(ran.status, 1);
    expect![[r#"
        story start: fail (story-state), exit status 1

        error[story-state]: S-1 was started already: branch feature/S-1-retries
         --> policy/backlog.toml:2:1
          |
        2 | [[stories]]
          | ^^^^^^^^^^^
          |
          = help: `git switch feature/S-1-retries`

    "#]]
    .assert_eq(&fixture.world.shown(&ran.stdout));
    for number in 2..6 {
        let ran = fixture.xtask(&["story", "start", &format!("S-{number}")]);
        assert_eq!(ran.status, 0, "{ran:?}");
    }
    let ran = fixture.xtask(&["story", "start", "S-6"]);
    assert_eq!(ran.status, 1);
    expect![[r#"
        story start: fail (story-wip), exit status 1

        error[story-wip]: 5 stories of O1 are under way; the limit is 5: S-1, S-2, S-3, S-4, S-5
          --> policy/backlog.toml:39:1
           |
        39 | [[waves]]
           | ^^^^^^^^^
           |
           = help: finish one of them before the next

    "#]]
    .assert_eq(&fixture.world.shown(&ran.stdout));
    let ran = fixture.xtask(&["story", "start", "S-8"]);
    assert_eq!(ran.status, 1);
    expect![[r#"
        story start: fail (story-dependency, wave-closed), exit status 1

        error[story-dependency]: S-8 depends on S-1, which is in_progress: branch feature/S-1-retries
          --> policy/backlog.toml:19:1
           |
        19 | [[stories]]
           | ^^^^^^^^^^^
           |
           = help: merge S-1 first; choose another story meanwhile

        error[wave-closed]: O2 is not open: the gate of O1 is not passed
          --> policy/backlog.toml:19:1
           |
        19 | [[stories]]
           | ^^^^^^^^^^^
           |
           = help: `cargo xtask wave gate O1` lists what is missing

    "#]]
    .assert_eq(&fixture.world.shown(&ran.stdout));
    let ran = fixture.xtask(&["story", "start", "S-81"]);
    assert!(ran.status == 2 && ran.stdout.contains("did you mean `S-"), "{ran:?}");
}
