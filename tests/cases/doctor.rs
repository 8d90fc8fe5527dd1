//! `doctor`, where there is little: no gh, no repository, no policy.

use expect_test::expect;

use crate::support::{Ran, World};

/// The screen, with what is of this machine replaced.
fn screen(world: &World, folder: &std::path::Path, programs: &[&str], words: &[&str]) -> Ran {
    let bin = world.root().join("bin");
    let _ = std::fs::remove_dir_all(&bin);
    std::fs::create_dir(&bin).unwrap();
    for name in programs {
        let path = std::env::var_os("PATH").unwrap();
        let found = std::env::split_paths(&path).map(|folder| folder.join(name));
        std::os::unix::fs::symlink(
            found.into_iter().find(|p| p.is_file()).unwrap(),
            bin.join(name),
        )
        .unwrap();
    }
    let mut command = world.xtask_command(["doctor"].iter().chain(words));
    let mut ran: Ran = command.current_dir(folder).env("PATH", bin).output().unwrap().into();
    let pattern = [("git             [0-9].*", "git             V"), ("[0-9.]+ GiB", "N GiB")];
    for (from, to) in pattern {
        ran.stdout = regex::Regex::new(from).unwrap().replace_all(&ran.stdout, to).into_owned();
    }
    ran
}

#[test]
fn without_gh_reviews_here_are_not_held_up() {
    let world = World::with_script("true");
    let commit = world.git(["rev-parse", "--short=12", "HEAD"]);
    let ran = screen(&world, &world.repo(), &["git", "sh"], &[]);
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    expect![[r#"
        doctor: pass, with 1 warning

        warning[setup-missing]: nice to have: ssh-keygen
           = help: see the line of each below

        ok               git             V
        ok               commit          COMMIT
        ok               policy          1 gate in 2 files
        ok               tools           1 program of the gates on PATH
        ok               disk: out       N GiB free
        ok               disk: cache     N GiB free
        missing          ssh-keygen      is not on PATH
                                         -> install OpenSSH's client
        not used         GitHub          there is no remote `origin`
                                         -> `cargo xtask doctor --github` says what it would need
    "#]]
    .assert_eq(&ran.stdout.replace(commit.trim(), "COMMIT"));
    let ran = screen(&world, &world.repo(), &["git", "sh"], &["--github"]);
    assert_eq!(ran.status, 4);
    assert!(
        ran.stdout.starts_with("doctor: not established (setup-unseen), exit status 4\n"),
        "{}",
        ran.stdout
    );
}

#[test]
fn a_program_that_a_gate_starts_and_nobody_has_is_named() {
    let world = World::with_script("true");
    let ran = screen(&world, &world.repo(), &["git"], &[]);
    assert_eq!(ran.status, 1, "{ran:?}");
    assert!(ran.stdout.contains("missing          tools           not on PATH: sh\n"), "{ran:?}");
}

#[test]
fn where_there_is_nothing_each_line_says_what_to_do() {
    let world = World::new();
    let folder = world.root().join("empty");
    std::fs::create_dir(&folder).unwrap();
    let ran = screen(&world, &folder, &[], &[]);
    assert_eq!((ran.status, ran.stderr.as_str()), (1, ""));
    expect![[r#"
        doctor: fail (setup-missing, setup-unseen), exit status 1

        error[setup-missing]: no review can be run: git, policy
           = help: see the line of each below

        error[setup-unseen]: it is not known whether a review can be run: commit
           = help: see the line of each below

        warning[setup-unseen]: GitHub cannot be used yet: gh, login, repository, clock, workflow here, workflow there, rulesets
           = help: see the line of each below

        warning[setup-missing]: nice to have: ssh-keygen
           = help: see the line of each below

        missing          git             is not on PATH
                                         -> install git
        missing          policy          there is no policy
                                         -> `cargo xtask init` writes it, from what is there
        ok               disk: cache     N GiB free
        missing          ssh-keygen      is not on PATH
                                         -> install OpenSSH's client
        missing          gh              is not on PATH
                                         -> install gh 2.23.0 or newer (cli.github.com), then `gh auth login`
        not established  commit          not checked: it needs git first
        not established  login, repository, clock, workflow there, rulesets: not checked: it needs gh first
        not established  workflow here   not checked: it needs policy first
    "#]].assert_eq(&ran.stdout);
}

#[test]
fn a_ledger_that_names_nobody_is_reported() {
    let world = World::with_script("true");
    world.write("policy/ledger.toml", "# Nobody yet.\n");
    world.commit("a ledger");
    let ran = screen(&world, &world.repo(), &["git", "sh"], &[]);
    let line =
        "missing          signing         policy/ledger.toml of the base names nobody, so no";
    assert!(ran.stdout.contains(line), "{ran:?}");
    assert!(ran.stdout.contains("add yourself to its `[people]` by a reviewed patch"), "{ran:?}");
}

#[test]
fn what_lies_behind_is_reported_and_nothing_is_changed() {
    let world = World::with_script("true");
    assert_eq!(world.xtask(["workflow", "generate", "--write"]).status, 0);
    let policy = world.read("policy/gates.toml");
    world.write("policy/gates.toml", format!("{policy}\n[workflow]\nname = \"Other\"\n"));
    let before = world.git(["status", "--porcelain", "--ignored"]);
    let ran = screen(&world, &world.repo(), &["git", "sh"], &[]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(
        ran.stdout.contains("missing          workflow here   is not what policy gives\n"),
        "{}",
        ran.stdout
    );
    world.write("policy/gates.toml", "[[gates]]\n");
    let ran = screen(&world, &world.repo(), &["git", "sh"], &[]);
    assert_eq!(ran.status, 1, "{ran:?}");
    assert!(ran.stdout.contains("missing          policy          "), "{}", ran.stdout);
    assert_eq!(world.git(["status", "--porcelain", "--ignored"]), before);
}
