//! What goes beside a review on GitHub: a shadow run, where the loop stands, the issue for
//! one that takes too long, and a machine without gh or a login.

use expect_test::expect;

use super::pr_verify::Opened;
use crate::support::github::{Action, Plan};
use crate::support::server_reviews::{BRANCH, Fixture, always, says};

#[test]
fn a_shadow_run_decides_nothing() {
    let fixture = Fixture::with_gates(&["T1"]);
    fixture.reset();
    let failing = Plan { conclusion: Some("failure".to_owned()), ..Plan::lasting(2_000) };
    fixture.simulator.state().plans.push_back(failing);
    let ran = fixture.xtask(&["orr", "--shadow", "--on", "github"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(ran.stdout.contains("shadow: 2 of 3 runs green"), "{ran:?}");
    assert_eq!(fixture.world.json("out/shadow/orr.json")["metrics"]["green_runs"], 2);
    assert!(!fixture.world.path("out/orr.json").exists(), "a decision");
    let refused = fixture.xtask(&["pr-body", "--base", "main"]);
    assert_ne!(refused.status, 0, "nothing stands on a shadow run: {refused:?}");
}

#[test]
fn where_the_loop_stands_is_reported_at_every_step() {
    let fixture = Opened::reviewed();
    let status = || {
        let ran = fixture.simulator.xtask(&fixture.world, ["orr", "status"]);
        assert_eq!(ran.status, 0, "{ran:?}");
        fixture.shown(&ran.stdout)
    };
    expect![[r#"
        ORR_OK  [HEX] on [BRANCH]
          branch  proven  [BRANCH]
          base    proven  HEAD of main, [HEX]
          patch   proven  inside the Filemap
          runs    proven  3 green on github, one digest
          body    proven  checked
          run 1   made    on the server as [RUN1]
          run 2   made    on the server as [RUN2]
          run 3   made    on the server as [RUN3]
        next: cargo xtask pr open
    "#]]
    .assert_eq(&status());
    for words in [
        &["pr", "open"][..],
        &["pr", "verify", "1"],
        &["pr", "rollback", "1", "--reason", "x", "--execute"],
    ] {
        assert_eq!(fixture.simulator.xtask(&fixture.world, words).status, 0, "{words:?}");
        if words[1] == "verify" {
            expect![[r#"
                REVIEW  [HEX] on [BRANCH]
                  branch        proven  [BRANCH]
                  base          proven  HEAD of main, [HEX]
                  patch         proven  inside the Filemap
                  runs          proven  3 green on github, one digest
                  body          proven  checked
                  pull request  proven  #1 is open at this commit
                  run 1         made    on the server as [RUN1]
                  run 2         made    on the server as [RUN2]
                  run 3         made    on the server as [RUN3]
                next: cargo xtask pr merge-check 1
            "#]]
            .assert_eq(&status());
        }
    }
    expect![[r#"
        REWORK  [HEX] on [BRANCH]
          branch        proven           [BRANCH]
          base          proven           HEAD of main, [HEX]
          patch         proven           inside the Filemap
          runs          proven           3 green on github, one digest
          body          not established  not written yet
          pull request  disproven        #1 is rolled back
          run 1         made             on the server as [RUN1]
          run 2         made             on the server as [RUN2]
          run 3         made             on the server as [RUN3]
        next: cargo xtask branch sandbox
    "#]]
    .assert_eq(&status());
    fixture.world.git(["switch", "--quiet", "main"]);
    expect![[r#"
        PLANNING  [HEX] on main
        next: cargo xtask branch sandbox
    "#]]
    .assert_eq(&status());
    fixture.world.git(["switch", "--quiet", "--create", "next"]);
    fixture.world.write("src/a", "more");
    expect![[r#"
        PATCHING  [HEX] on next
        missing  dirty-tree: 1 path of the working tree is in no commit
        next: git add --all && git commit --message "Change src/a"
    "#]]
    .assert_eq(&status());
}

#[test]
fn a_review_that_takes_too_long_is_reported_once() {
    let fixture = Fixture::with_gates(&["T1"]);
    fixture.reset();
    let gates = fixture.world.read("policy/gates.toml");
    fixture.world.write("policy/gates.toml", format!("target_time = \"20 s\"\n{gates}"));
    fixture.world.commit("less time");
    fixture.simulator.state().plan = Plan::lasting(30_000);
    for says in ["issue #1 was opened for it", "issue #1 is open for it"] {
        let _ = std::fs::remove_dir_all(fixture.world.path("out"));
        let ran = fixture.xtask(&["orr", "--on", "github"]);
        assert_eq!((ran.status, ran.stdout.contains(says)), (0, true), "{ran:?}");
        assert_eq!(fixture.simulator.state().issues.len(), 1);
    }
    // Where issues are none of the token's, the decision stands.
    fixture.simulator.state().faults.push(always(
        "GET",
        "/issues",
        Action::Answer(says(410, "Issues are disabled for this repo")),
    ));
    let _ = std::fs::remove_dir_all(fixture.world.path("out"));
    let ran = fixture.xtask(&["orr", "--on", "github"]);
    assert_eq!((ran.status, ran.stdout.contains("no issue was opened")), (0, true), "{ran:?}");
}

#[test]
fn without_gh_or_a_login_nothing_is_begun() {
    let fixture = Fixture::with_gates(&["T1"]);
    fixture.reset();
    let mut command = fixture.command();
    command.args(["orr", "--on", "github"]).env("GH_TOKEN", "another");
    let ran: crate::support::Ran = command.output().unwrap().into();
    assert_eq!(ran.status, 4);
    expect![[r#"
        orr: not established (github-login), exit status 4

        error[github-login]: GET repos/o/r/actions/workflows/orr.yml: HTTP 401: Bad credentials
           = help: `gh auth login`, or set GH_TOKEN

        next: cargo xtask explain policy-missing
    "#]]
    .assert_eq(&fixture.world.shown(&ran.stdout));

    let bin = fixture.world.root().join("bin");
    std::fs::create_dir(&bin).unwrap();
    let path = std::env::var_os("PATH").unwrap();
    let git = std::env::split_paths(&path).map(|it| it.join("git")).find(|it| it.is_file());
    std::os::unix::fs::symlink(git.unwrap(), bin.join("git")).unwrap();
    let ran: crate::support::Ran = fixture
        .command()
        .args(["orr", "--on", "github"])
        .env("PATH", &bin)
        .output()
        .unwrap()
        .into();
    assert_eq!(ran.status, 4);
    expect![[r#"
        orr: not established (github-cli), exit status 4

        error[github-cli]: there is no `gh` on PATH
           = help: install GitHub CLI 2.23.0 or newer (cli.github.com), then `gh auth login`

        next: cargo xtask explain policy-missing
    "#]]
    .assert_eq(&fixture.world.shown(&ran.stdout));
    assert_eq!(fixture.simulator.state().git.head(BRANCH), None, "nothing is pushed");
    assert_eq!(fixture.dispatched(), 0);
}
