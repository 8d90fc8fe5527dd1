//! `pr open` and `pr rollback`: what is opened once, and taken back by one command.

use expect_test::expect;

use super::pr_verify::Opened;
use crate::support::Ran;
use crate::support::github::Action;
use crate::support::reviews::journal;
use crate::support::server_reviews::{only, says};

fn xtask(fixture: &Opened, words: &[&str]) -> Ran {
    fixture.simulator.xtask(&fixture.world, words)
}

/// How many pull requests the server was asked to open.
fn asked(fixture: &Opened) -> usize {
    let seen = fixture.simulator.requests();
    seen.iter().filter(|it| it.method == "POST" && it.path.ends_with("/pulls")).count()
}

#[test]
fn a_pull_request_is_opened_once() {
    let fixture = Opened::reviewed();
    let ran = xtask(&fixture, &["pr", "open", "--dry-run", "--title", "Count again"]);
    expect![[r#"
        pr open: pass
        would open a pull request of [BRANCH] ([HEX]) for main in o/r: Count again
        next: cargo xtask pr open
    "#]]
    .assert_eq(&fixture.shown(&ran.stdout));
    assert_eq!((ran.status, asked(&fixture)), (0, 0));

    fixture.world.write("elsewhere.md", &fixture.body);
    let ran = xtask(
        &fixture,
        &["pr", "open", "--body", "elsewhere.md", "--title", "Count again \u{1b}[31m"],
    );
    expect![[r#"
        pr open: pass
        pull request #1 opened  http://github.localhost/o/r/pull/1
        next: cargo xtask pr verify 1
    "#]]
    .assert_eq(&fixture.shown(&ran.stdout));
    assert_eq!(ran.status, 0);
    {
        let state = fixture.simulator.state();
        let pull = &state.pulls[0];
        assert_eq!(pull.title, "Count again \u{1b}[31m");
        assert_eq!(
            (pull.body.as_deref(), pull.base.as_str()),
            (Some(fixture.body.as_str()), "main")
        );
    }
    let ran = xtask(&fixture, &["pr", "open"]);
    expect![[r#"
        pr open: pass
        pull request #1 is open already  http://github.localhost/o/r/pull/1
        next: cargo xtask pr verify 1
    "#]]
    .assert_eq(&fixture.shown(&ran.stdout));
    assert_eq!((ran.status, asked(&fixture)), (0, 1));
    let opened =
        journal(&fixture.world).iter().filter(|line| line["event"] == "pull_opened").count();
    assert_eq!(opened, 1);

    fixture.simulator.state().pulls[0].body = Some("something else".to_owned());
    let ran = xtask(&fixture, &["pr", "open"]);
    expect![[r#"
        pr open: fail (pull-exists), exit status 1

        error[pull-exists]: pull request #1 of [BRANCH] is open already
           = help: one pull request a branch: `cargo xtask pr update 1` brings it to this commit and body

        next: cargo xtask pr update 1 --replace-body
    "#]].assert_eq(&fixture.shown(&ran.stdout));
    assert_eq!((ran.status, asked(&fixture)), (1, 1));
}

#[test]
fn an_answer_that_is_lost_opens_no_second_one() {
    let fixture = Opened::reviewed();
    let lost = only(1, "POST", "/pulls", Action::AcceptThenDrop);
    fixture.simulator.state().faults.push(lost);
    let ran = xtask(&fixture, &["pr", "open"]);
    assert_eq!((ran.status, asked(&fixture)), (0, 1), "{ran:?}");
    assert!(ran.stdout.contains("pull request #1 opened"), "{ran:?}");
}

#[test]
fn a_server_that_refuses_leaves_nothing_open() {
    let fixture = Opened::reviewed();
    let refused = only(1, "POST", "/pulls", Action::Answer(says(422, "Validation Failed")));
    fixture.simulator.state().faults.push(refused);
    let ran = xtask(&fixture, &["pr", "open"]);
    assert_eq!(ran.status, 4, "{ran:?}");
    assert!(ran.stdout.contains("error[github-refused]"), "{ran:?}");
    assert!(fixture.simulator.state().pulls.is_empty());
    assert_eq!(xtask(&fixture, &["pr", "open"]).status, 0);
}

#[test]
fn only_what_passed_is_opened() {
    let fixture = Opened::reviewed();
    // Notes of a story say what the story is.
    let story = ["pr", "open", "--story", "S-1", "--story-notes", "none.toml"];
    let ran = xtask(&fixture, &story);
    assert_ne!(ran.status, 0, "{ran:?}");
    for (line, says) in
        [("repo_sha: ", "repo_sha"), ("branch: ", "branch"), ("run_ids: ", "run_ids")]
    {
        let body = fixture.body.replacen(line, &format!("{line}x"), 1);
        fixture.world.write("lies.md", body);
        let ran = xtask(&fixture, &["pr", "open", "--body", "lies.md"]);
        assert_eq!((ran.status, ran.stdout.contains(says)), (50, true), "{line}: {ran:?}");
    }
    fixture.world.write("src/c", "after the review");
    fixture.world.commit("after the review");
    let ran = xtask(&fixture, &["pr", "open"]);
    expect![[r#"
        pr open: fail (REFUSE-20), exit status 1

        error[REFUSE-20]: there is no review of [HEX]
           = help: `git reset --soft [HEX] && git restore --source=[HEX] --staged --worktree -- lies.md && git commit --allow-empty --reuse-message=ORIG_HEAD`

        note[CEC-10]: `next:` removes these paths from your working tree, and makes one commit of yours
           = help: `git show ORIG_HEAD:PATH > PATH` brings one back

        next: git reset --soft [HEX] && git restore --source=[HEX] --staged --worktree -- lies.md && git commit --allow-empty --reuse-message=ORIG_HEAD
    "#]]
    .assert_eq(&fixture.shown(&ran.stdout));
    assert_eq!((ran.status, asked(&fixture)), (1, 0));
}

#[test]
fn it_is_taken_back_by_one_command() {
    let fixture = Opened::new();
    let back = ["pr", "rollback", "1", "--reason", "the count is wrong"];
    let ran = xtask(&fixture, &back);
    expect![[r#"
        pr rollback: pass
        would roll back pull request #1; `--execute` does it
          the reason written below it
          #1 closed
          the branch [BRANCH] deleted
        the journal and the evidence stay
        next: cargo xtask pr verify 1
    "#]]
    .assert_eq(&fixture.shown(&ran.stdout));
    assert_eq!(ran.status, 0);
    let there = |fixture: &Opened| {
        let state = fixture.simulator.state();
        (
            state.pulls[0].open,
            state.git.head(&fixture.branch).is_some(),
            state.pulls[0].comments.len(),
        )
    };
    assert_eq!(there(&fixture), (true, true, 0), "it only said what it would do");

    // Whatever stops it, it goes on where it stopped.
    for method in ["PATCH", "DELETE"] {
        let lost = only(1, method, "", Action::Answer(says(403, "not now")));
        fixture.simulator.state().faults.push(lost);
        let ran = xtask(&fixture, &[&back[..], &["--execute"]].concat());
        assert_eq!(ran.status, 4, "{ran:?}");
        fixture.simulator.state().faults.clear();
    }
    // A rule of the server holds the branch.
    let held = Action::Answer(says(422, "Repository rule violations found"));
    fixture.simulator.state().faults.push(only(1, "DELETE", "", held));
    let ran = xtask(&fixture, &[&back[..], &["--execute"]].concat());
    assert_eq!((ran.status, ran.stdout.contains("rule violations")), (4, true), "{ran:?}");
    let ran = xtask(&fixture, &[&back[..], &["--execute"]].concat());
    expect![[r#"
        pr rollback: pass
        pull request #1 rolled back
          the reason is below it already
          it is closed already
          the branch [BRANCH] deleted
        the journal and the evidence stay
        next: cargo xtask branch sandbox
    "#]]
    .assert_eq(&fixture.shown(&ran.stdout));
    assert_eq!(ran.status, 0);
    assert_eq!(there(&fixture), (false, false, 1));
    assert!(fixture.world.path("out/orr.json").exists(), "the evidence stays");

    let ran = xtask(&fixture, &[&back[..], &["--execute"]].concat());
    expect![[r#"
        pr rollback: pass
        pull request #1 rolled back
          the reason is below it already
          it is closed already
          the branch is gone already
        the journal and the evidence stay
        next: cargo xtask branch sandbox
    "#]]
    .assert_eq(&fixture.shown(&ran.stdout));
    assert_eq!(there(&fixture), (false, false, 1));
    let lines = journal(&fixture.world);
    assert_eq!(lines.iter().filter(|line| line["event"] == "rolled_back").count(), 1);

    let ran = xtask(&fixture, &["pr", "open"]);
    expect![[r#"
        pr open: fail (REFUSE-20), exit status 1

        error[REFUSE-20]: [HEX] was rolled back
           = help: `cargo xtask branch sandbox`

        next: cargo xtask branch sandbox
    "#]]
    .assert_eq(&fixture.shown(&ran.stdout));
    assert_eq!(ran.status, 1);
}

#[test]
fn only_an_unmerged_branch_of_ours_is_given_up() {
    let fixture = Opened::new();
    let back = ["pr", "rollback", "1", "--reason", "why", "--execute"];
    let refused = |change: fn(&mut crate::support::github::server::records::Pull), code: &str| {
        let before = fixture.simulator.state().pulls[0].clone();
        change(&mut fixture.simulator.state().pulls[0]);
        let ran = xtask(&fixture, &back);
        assert_eq!((ran.status, ran.stdout.contains(code)), (1, true), "{code}: {ran:?}");
        fixture.simulator.state().pulls[0] = before;
    };
    refused(|pull| pull.head_owner = "stranger".to_owned(), "error[pull-foreign]");
    refused(|pull| pull.head = "foo".to_owned(), "error[sandbox-branch]");
    refused(|pull| pull.head = "main".to_owned(), "error[sandbox-branch]");
    assert!(fixture.simulator.state().pulls[0].open);
    assert_eq!(xtask(&fixture, &["pr", "rollback", "7", "--reason", "x"]).status, 4);
}
