//! What lifts a refusal of `story` and `wave`: decisions in the ledger, and evidence.

use expect_test::expect;

use super::stories::Fixture;
use crate::support::{Ran, World, write_program};

#[test]
fn what_is_pending_waits_for_a_signed_approval() {
    let fixture = Fixture::new();
    let ran = fixture.xtask(&["story", "start", "RB-1"]);
    assert_eq!(ran.status, 1);
    expect![[r#"
        story start: fail (story-approval), exit status 1

        error[story-approval]: RB-1 waits for an approval of po
          --> policy/backlog.toml:29:1
           |
        29 | [[stories]]
           | ^^^^^^^^^^^
           |
           = help: have `cargo xtask approve story RB-1 --role po` recorded

    "#]]
    .assert_eq(&fixture.world.shown(&ran.stdout));
    let ran = fixture.signed(&["approve", "story", "RB-1", "--role", "po", "--reason", "agreed"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(ran.stdout.contains("RB-1 may be started"), "{ran:?}");
    let ran = fixture.xtask(&["story", "start", "RB-1"]);
    assert_eq!(ran.status, 0, "{ran:?}");
}

#[test]
fn a_block_is_recorded_shown_and_lifted() {
    let fixture = Fixture::new();
    let block = [
        "story",
        "block",
        "S-1",
        "--cause",
        "no sandbox",
        "--impact",
        "no replay",
        "--owner",
        "ops",
        "--trigger",
        "the sandbox answers",
        "--eta",
        "2100-01-01T12:00:00-03:00",
        "--upstream",
        "vendor",
    ];
    let ran = fixture.xtask(&[&block[..], &["--dry-run"]].concat());
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(ran.stdout.contains("would record in ledger: S-1 is blocked"));
    assert_eq!(fixture.state("S-1").0, "ready_for_implementation");
    assert_eq!(fixture.xtask(&block).status, 0);
    let ran = fixture.xtask(&["story", "show", "S-1"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let shown: Vec<&str> = ran.stdout.lines().filter(|line| !line.contains("since")).collect();
    assert!(shown.join("\n").contains("upstream       vendor"), "{ran:?}");
    assert_eq!(fixture.state("S-1").0, "blocked");
    let ran = fixture.xtask(&["story", "start", "S-1"]);
    assert!(ran.status == 1 && ran.stdout.contains("error[story-blocked]"), "{ran:?}");
    let ran = fixture.xtask(&block);
    assert!(ran.status == 1 && ran.stdout.contains("error[story-state]"), "{ran:?}");
    // Without a signature nobody lifts it.
    let ran = fixture.xtask(&["story", "unblock", "S-1", "--reason", "it answers"]);
    assert!(ran.status == 1 && ran.stdout.contains("error[ledger-key]"), "{ran:?}");
    let ran = fixture.signed(&["story", "unblock", "S-1", "--reason", "it answers"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(fixture.state("S-1").0, "ready_for_implementation");
    let ran = fixture.signed(&["story", "unblock", "S-1", "--reason", "it answers"]);
    assert!(ran.status == 1 && ran.stdout.contains("S-1 is not blocked"), "{ran:?}");
}

#[test]
fn a_wave_opens_when_the_gate_before_it_is_passed() {
    let fixture = Fixture::new();
    let ran = fixture.xtask(&["wave", "status", "O2"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    expect![[r#"
        wave status: pass
        O2 is not open: the gate of O1 is not passed; its own gate is not passed; 0 of at most 5 under way

        story  state                         wave  owner  title
        S-8    waiting: S-1, the gate of O1  O2    ben    Alert

        1 story: 1 waiting

        scorecard                                        answer           why
        stories are merged                               fail             0 of 1
        evidence is complete                             fail             0 of 1
        the head of the default branch is green          not established  no review of main at [HEX] is here
        no critical risk is without owner or mitigation  pass             none is
        WIP of O2 is within its limit                    pass             0 of 5
        gate of O2 is passed                             not established  nobody decided yet
    "#]]
    .assert_eq(&fixture.world.shown(&ran.stdout));
    // The gate refuses, and records that it does where that is asked for.
    let ran = fixture.signed(&["wave", "gate", "O1", "--execute"]);
    assert_eq!(ran.status, 1, "{ran:?}");
    assert!(
        ran.stdout.contains("error[wave-story]: S-1 (Limit retries) is ready_for_implementation"),
        "{ran:?}"
    );
    assert!(ran.stdout.contains("error[evidence-missing]"), "{ran:?}");
    let ran = fixture.xtask(&["story", "start", "S-8"]);
    assert!(ran.stdout.contains("error[wave-closed]"), "{ran:?}");
    let ran = fixture.xtask(&["wave", "gate", "O4"]);
    assert!(ran.status == 2 && ran.stdout.contains("error[story-unknown]"), "{ran:?}");
}

#[test]
fn evidence_on_its_branch_makes_a_story_ready() {
    let fixture = Fixture::new();
    fixture.begin("feature/S-1-x", "work");
    let ran = fixture.xtask(&["story", "ready", "S-1"]);
    assert_eq!(ran.status, 1, "{ran:?}");
    assert!(ran.stdout.contains("error[evidence-missing]"), "{ran:?}");
    fixture.world.git(["switch", "--quiet", "feature/S-1-x"]);
    for (name, text) in [
        (
            "functional",
            "## CA-1: three tries, then the queue\n\n3 tries were seen, then the queue.\n\n\
            ## CA-2: the fourth is reported\n\nThe fourth was reported at 12:03.",
        ),
        ("observability", "The counter `retries` goes up with each try."),
        ("degradation", "Not applicable: nothing falls back, the queue takes all."),
        ("runbook", "Not applicable: no runbook speaks of retries."),
    ] {
        fixture.world.write(&format!("docs/delivery/evidence/S-1/{name}.md"), format!("{text}\n"));
    }
    fixture.world.commit("evidence");
    let ran = fixture.xtask(&["story", "ready", "S-1"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(ran.stdout.contains("S-1 is ready for its pull request"), "{ran:?}");
    assert_eq!(fixture.state("S-1").0, "ready_for_pr");
    fixture.world.write("docs/delivery/evidence/S-1/functional.md", "");
    fixture.world.commit("empty");
    let ran = fixture.xtask(&["story", "ready", "S-1"]);
    assert!(ran.status == 1 && ran.stdout.contains("error[evidence-empty]"), "{ran:?}");
    assert_eq!(fixture.state("S-1").0, "in_progress");
    let ran = fixture.xtask(&["story", "ready", "S-2"]);
    assert!(ran.status == 1 && ran.stdout.contains("error[story-state]"), "{ran:?}");
}

#[test]
fn without_a_backlog_there_is_nothing_to_list() {
    let world = World::with_script("true");
    let ran = world.xtask(["story", "list"]);
    assert_eq!(ran.status, 3, "{ran:?}");
    assert!(ran.stdout.contains("there is no `policy/backlog.toml` at the base"), "{ran:?}");
}

/// Two clones start one story at the same moment: one has it, the other sees that.
#[test]
fn a_story_is_taken_on_the_server() {
    let fixture = Fixture::new();
    let (server, other) =
        (fixture.world.root().join("server.git"), fixture.world.root().join("other"));
    let (server, other) = (server.to_str().unwrap(), other.to_str().unwrap());
    fixture.world.git(["clone", "--quiet", "--bare", ".", server]);
    fixture.world.git(["remote", "add", "origin", server]);
    fixture.world.git(["clone", "--quiet", server, other]);
    let there = |words: &[&str]| fixture.xtask(&[&["--repo", other], words].concat());

    // Another clone's push of the same commit comes just before this one's.
    let programs = fixture.world.root().join("programs");
    std::fs::create_dir(&programs).unwrap();
    let real = which::which("git").unwrap();
    let script = format!(
        "#!/bin/sh\ncase \" $* \" in *' push '*) {0} push -q {server} \
        main:refs/heads/feature/S-1-first;; esac\nexec {0} \"$@\"\n",
        real.display()
    );
    write_program(&programs.join("git"), &script);
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
    let mut command = fixture.world.xtask_command(["story", "start", "S-1", "--slug", "first"]);
    let late = Ran::from(command.env("PATH", path).output().unwrap());
    assert!(
        late.status == 1 && late.stdout.contains("S-1 was started at the same moment"),
        "{late:?}"
    );
    fixture.world.git(["push", "--quiet", "origin", ":refs/heads/feature/S-1-first"]);

    let mine = fixture.xtask(&["story", "start", "S-1"]);
    assert!(mine.status == 0 && mine.stdout.contains("S-1 is taken"), "{mine:?}");
    // The other clone has fetched nothing since, and may call its branch otherwise.
    for words in [&["story", "start", "S-1"][..], &["story", "start", "S-1", "--slug", "mine"]] {
        let lost = there(words);
        assert!(lost.status == 1 && lost.stdout.contains("error[story-state]"), "{lost:?}");
    }
    let list = there(&["story", "list", "--state", "in_progress"]);
    assert!(list.stdout.contains("S-1 ") && !list.stdout.contains("S-2 "), "{list:?}");
    // The server's branches count, also those that this clone never saw.
    for number in 2..=5 {
        let story = format!("S-{number}");
        assert_eq!(fixture.xtask(&["story", "start", &story]).status, 0);
    }
    let sixth = there(&["story", "start", "S-6"]);
    assert!(sixth.stdout.contains("error[story-wip]"), "{sixth:?}");
    // Merged as another commit, its branch on the server is nobody's work any more.
    fixture.world.git(["switch", "--quiet", "feature/S-1-limit-retries"]);
    fixture.world.commit("S-1: three tries");
    fixture.world.git(["push", "--quiet", "origin", "HEAD"]);
    fixture.world.git(["switch", "--quiet", "main"]);
    fixture.world.git(["commit", "--quiet", "--allow-empty", "-m", "retries\n\nStory: S-1"]);
    fixture.world.git(["push", "--quiet", "origin", "main"]);
    fixture.world.git(["-C", other, "pull", "--quiet"]);
    let merged = there(&["story", "start", "S-1"]);
    let left = "plan what is left of this one as a new story";
    assert!(merged.stdout.contains(left), "{merged:?}");
    // A server that cannot be reached takes nothing, and nothing is made here.
    fixture.world.git(["remote", "set-url", "origin", "/no/such/server"]);
    let alone = fixture.xtask(&["story", "start", "RB-1"]);
    assert_ne!(alone.status, 0, "{alone:?}");
}

#[test]
fn today_says_what_matters_and_what_can_start() {
    let fixture = Fixture::new();
    assert_eq!(fixture.xtask(&["story", "start", "S-1", "--slug", "retries"]).status, 0);
    fixture.world.git(["switch", "--quiet", "main"]);
    let high = ["risk", "add", "--severity", "high", "--id", "R-1", "--title", "it breaks"];
    let of = ["--story", "S-2", "--owner", "ann", "--mitigation", "watch it"];
    assert_eq!(fixture.signed(&[&high[..], &of].concat()).status, 0);
    let ran = fixture.xtask(&["today"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    expect![[r#"
        today: 1 blocked

        Matters
          no clock runs: there is no policy/risk.toml

        In progress
          O1: WIP 1 of 5
          S-1 Limit retries, ana: in_progress

        Blocked
          S-2 Replay: it breaks; ann, no ETA

        Next gate
          O1 still needs 17 things: `cargo xtask wave gate O1`; first: S-1 (Limit
            retries) is in_progress; branch feature/S-1-retries

        Can start
          S-3 Replay: `cargo xtask story start S-3`
          S-4 Replay: `cargo xtask story start S-4`
          S-5 Replay: `cargo xtask story start S-5`
          S-6 Replay: `cargo xtask story start S-6`
          S-7 Replay: `cargo xtask story start S-7`
          S-8 waits for S-1, the gate of O1
          RB-1 waits for PO approval

        No entries under: Merges, Overdue, Due today, Frozen paths, Pull requests
    "#]]
    .assert_eq(&fixture.world.shown(&ran.stdout));
    let blocked = fixture.xtask(&["story", "start", "S-2"]);
    assert!(blocked.stdout.contains("error[story-blocked]"), "{blocked:?}");
    assert!(blocked.stdout.contains("cargo xtask risk update R-1 --mitigated"), "{blocked:?}");
    let list = fixture.xtask(&["story", "list", "--startable"]);
    assert!(list.stdout.contains("S-3 ") && !list.stdout.contains("S-2 "), "{list:?}");
    let waiting = fixture.xtask(&["story", "list", "--state", "waiting"]);
    assert!(waiting.stdout.contains("waiting: PO approval"), "{waiting:?}");
    let notes = fixture.xtask(&["story", "notes", "S-1", "--dry-run"]);
    assert!(notes.stdout.contains("CA-2: the fourth is reported"), "{notes:?}");
}
