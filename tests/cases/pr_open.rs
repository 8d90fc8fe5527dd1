//! `pr open` and `pr rollback`: what is opened once, and taken back by one command.

use expect_test::expect;

use super::pr_verify::Opened;
use crate::support::Ran;
use crate::support::github::Action;
use crate::support::reviews::journal;
use crate::support::server_reviews::{only, says};

fn xtask(desk: &Opened, words: &[&str]) -> Ran {
    desk.simulator.xtask(&desk.world, words)
}

/// How many pull requests the server was asked to open.
fn asked(desk: &Opened) -> usize {
    let seen = desk.simulator.requests();
    seen.iter().filter(|it| it.method == "POST" && it.path.ends_with("/pulls")).count()
}

#[test]
fn a_pull_request_is_opened_once() {
    let desk = Opened::reviewed();
    let ran = xtask(&desk, &["pr", "open", "--dry-run", "--title", "Count again"]);
    expect![[r#"
        pr open: pass
        would open a pull request of [BRANCH] ([HEX]) for main in o/r: Count again
        next: cargo xtask pr open
    "#]]
    .assert_eq(&desk.shown(&ran.stdout));
    assert_eq!((ran.status, asked(&desk)), (0, 0));

    desk.world.write("elsewhere.md", &desk.body);
    let ran = xtask(
        &desk,
        &["pr", "open", "--body", "elsewhere.md", "--title", "Count again \u{1b}[31m"],
    );
    expect![[r#"
        pr open: pass
        pull request #1 opened  http://github.localhost/o/r/pull/1
        next: cargo xtask pr verify 1
    "#]]
    .assert_eq(&desk.shown(&ran.stdout));
    assert_eq!(ran.status, 0);
    {
        let state = desk.simulator.state();
        let pull = &state.pulls[0];
        assert_eq!(pull.title, "Count again \u{1b}[31m");
        assert_eq!((pull.body.as_deref(), pull.base.as_str()), (Some(desk.body.as_str()), "main"));
    }
    let ran = xtask(&desk, &["pr", "open"]);
    expect![[r#"
        pr open: pass
        pull request #1 is open already  http://github.localhost/o/r/pull/1
        next: cargo xtask pr verify 1
    "#]]
    .assert_eq(&desk.shown(&ran.stdout));
    assert_eq!((ran.status, asked(&desk)), (0, 1));
    let opened = journal(&desk.world).iter().filter(|line| line["event"] == "pull_opened").count();
    assert_eq!(opened, 1);

    desk.simulator.state().pulls[0].body = Some("something else".to_owned());
    let ran = xtask(&desk, &["pr", "open"]);
    expect![[r#"
        pr open: fail (pull-exists), exit status 1

        error[pull-exists]: pull request #1 of [BRANCH] is open already
           = help: one pull request a branch: `cargo xtask pr update 1` brings it to this commit and body

        next: cargo xtask pr verify 1
    "#]].assert_eq(&desk.shown(&ran.stdout));
    assert_eq!((ran.status, asked(&desk)), (1, 1));
}

#[test]
fn an_answer_that_is_lost_opens_no_second_one() {
    let desk = Opened::reviewed();
    let lost = only(1, "POST", "/pulls", Action::AcceptThenDrop);
    desk.simulator.state().faults.push(lost);
    let ran = xtask(&desk, &["pr", "open"]);
    assert_eq!((ran.status, asked(&desk)), (0, 1), "{ran:?}");
    assert!(ran.stdout.contains("pull request #1 opened"), "{ran:?}");
}

#[test]
fn a_server_that_refuses_leaves_nothing_open() {
    let desk = Opened::reviewed();
    let refused = only(1, "POST", "/pulls", Action::Answer(says(422, "Validation Failed")));
    desk.simulator.state().faults.push(refused);
    let ran = xtask(&desk, &["pr", "open"]);
    assert_eq!(ran.status, 4, "{ran:?}");
    assert!(ran.stdout.contains("error[github-refused]"), "{ran:?}");
    assert!(desk.simulator.state().pulls.is_empty());
    assert_eq!(xtask(&desk, &["pr", "open"]).status, 0);
}

#[test]
fn only_what_passed_is_opened() {
    let desk = Opened::reviewed();
    // Notes of a story say what the story is.
    let story = ["pr", "open", "--story", "S-1", "--story-notes", "none.toml"];
    let ran = xtask(&desk, &story);
    assert_ne!(ran.status, 0, "{ran:?}");
    for (line, says) in
        [("repo_sha: ", "repo_sha"), ("branch: ", "branch"), ("run_ids: ", "run_ids")]
    {
        let body = desk.body.replacen(line, &format!("{line}x"), 1);
        desk.world.write("lies.md", body);
        let ran = xtask(&desk, &["pr", "open", "--body", "lies.md"]);
        assert_eq!((ran.status, ran.stdout.contains(says)), (50, true), "{line}: {ran:?}");
    }
    desk.world.write("src/c", "after the review");
    desk.world.commit("after the review");
    let ran = xtask(&desk, &["pr", "open"]);
    expect![[r#"
        pr open: fail (REFUSE-20), exit status 1

        error[REFUSE-20]: there is no review of [HEX]
           = help: `git reset --soft [COMMIT] && git restore --source=[COMMIT] --staged --worktree -- lies.md && git commit --allow-empty --reuse-message=ORIG_HEAD`

        next: git reset --soft [COMMIT] && git restore --source=[COMMIT] --staged --worktree -- lies.md && git commit --allow-empty --reuse-message=ORIG_HEAD
    "#]]
    .assert_eq(&desk.shown(&ran.stdout));
    assert_eq!((ran.status, asked(&desk)), (1, 0));
}

#[test]
fn it_is_taken_back_by_one_command() {
    let desk = Opened::new();
    let back = ["pr", "rollback", "1", "--reason", "the count is wrong"];
    let ran = xtask(&desk, &back);
    expect![[r#"
        pr rollback: pass
        would roll back pull request #1; `--execute` does it
          the reason written below it
          #1 closed
          the branch [BRANCH] deleted
        the journal and the evidence stay
        next: cargo xtask pr verify 1
    "#]]
    .assert_eq(&desk.shown(&ran.stdout));
    assert_eq!(ran.status, 0);
    let there = |desk: &Opened| {
        let state = desk.simulator.state();
        (state.pulls[0].open, state.git.head(&desk.branch).is_some(), state.pulls[0].comments.len())
    };
    assert_eq!(there(&desk), (true, true, 0), "it only said what it would do");

    // Whatever stops it, it goes on where it stopped.
    for method in ["PATCH", "DELETE"] {
        let lost = only(1, method, "", Action::Answer(says(403, "not now")));
        desk.simulator.state().faults.push(lost);
        let ran = xtask(&desk, &[&back[..], &["--execute"]].concat());
        assert_eq!(ran.status, 4, "{ran:?}");
        desk.simulator.state().faults.clear();
    }
    // A rule of the server holds the branch.
    let held = Action::Answer(says(422, "Repository rule violations found"));
    desk.simulator.state().faults.push(only(1, "DELETE", "", held));
    let ran = xtask(&desk, &[&back[..], &["--execute"]].concat());
    assert_eq!((ran.status, ran.stdout.contains("rule violations")), (4, true), "{ran:?}");
    let ran = xtask(&desk, &[&back[..], &["--execute"]].concat());
    expect![[r#"
        pr rollback: pass
        pull request #1 rolled back
          the reason is below it already
          it is closed already
          the branch [BRANCH] deleted
        the journal and the evidence stay
        next: cargo xtask branch sandbox
    "#]]
    .assert_eq(&desk.shown(&ran.stdout));
    assert_eq!(ran.status, 0);
    assert_eq!(there(&desk), (false, false, 1));
    assert!(desk.world.path("out/orr.json").exists(), "the evidence stays");

    let ran = xtask(&desk, &[&back[..], &["--execute"]].concat());
    expect![[r#"
        pr rollback: pass
        pull request #1 rolled back
          the reason is below it already
          it is closed already
          the branch is gone already
        the journal and the evidence stay
        next: cargo xtask branch sandbox
    "#]]
    .assert_eq(&desk.shown(&ran.stdout));
    assert_eq!(there(&desk), (false, false, 1));
    let lines = journal(&desk.world);
    assert_eq!(lines.iter().filter(|line| line["event"] == "rolled_back").count(), 1);

    let ran = xtask(&desk, &["pr", "open"]);
    expect![[r#"
        pr open: fail (REFUSE-20), exit status 1

        error[REFUSE-20]: [HEX] was rolled back
           = help: `cargo xtask branch sandbox`

        next: cargo xtask branch sandbox
    "#]]
    .assert_eq(&desk.shown(&ran.stdout));
    assert_eq!(ran.status, 1);
}

#[test]
fn only_an_unmerged_sandbox_branch_of_ours_is_discarded() {
    let desk = Opened::new();
    let back = ["pr", "rollback", "1", "--reason", "why", "--execute"];
    let refused = |change: fn(&mut crate::support::github::server::records::Pull), code: &str| {
        let before = desk.simulator.state().pulls[0].clone();
        change(&mut desk.simulator.state().pulls[0]);
        let ran = xtask(&desk, &back);
        assert_eq!((ran.status, ran.stdout.contains(code)), (1, true), "{code}: {ran:?}");
        desk.simulator.state().pulls[0] = before;
    };
    refused(|pull| pull.head_owner = "stranger".to_owned(), "error[pull-foreign]");
    refused(|pull| pull.head = super::pr_verify::FEATURE.to_owned(), "error[sandbox-branch]");
    refused(|pull| pull.head = "main".to_owned(), "error[sandbox-branch]");
    assert!(desk.simulator.state().pulls[0].open);
    assert_eq!(xtask(&desk, &["pr", "rollback", "7", "--reason", "x"]).status, 4);
}
