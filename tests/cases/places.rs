//! Where a review can be held, and of what: trees, commits, checkouts.

use std::path::Path;

use expect_test::expect;

use crate::support::{PROGRAMME, Ran, World, gate};

const SCRIPT: &str = "cat file > $EVIDENCE_DIR/file";

fn world() -> World {
    let world = World::with_script(SCRIPT);
    world.write("file", "content\n");
    world.write("folder/file", "content\n");
    world.commit("file");
    world
}

/// The program run in another folder than the repository's top.
fn run_in(world: &World, folder: &Path, arguments: &[&str]) -> Ran {
    world.xtask_command(arguments).current_dir(folder).output().unwrap().into()
}

fn digest(world: &World) -> String {
    world.json("out/orr.json")["evidence_zip_sha256"].as_str().unwrap().to_owned()
}

#[test]
fn a_tree_with_uncommitted_changes_is_refused_and_every_path_listed() {
    let world = world();
    world.write("staged", "x");
    world.git(["add", "staged"]);
    world.write("file", "changed\n");
    std::fs::remove_file(world.path("folder/file")).unwrap();
    for name in ["new folder/a b", "ünï", "two\nlines", "esc\u{1b}[31m", "quo\"te"] {
        world.write(name, "x");
    }
    use std::os::unix::ffi::OsStrExt;
    let bytes = std::ffi::OsStr::from_bytes(b"not\xffutf8");
    std::fs::write(world.path(bytes), "x").unwrap();
    world.write("ignored", "x");
    world.write(".git/info/exclude", "ignored\n");
    let ran = world.xtask(["orr"]);
    assert_eq!(ran.status, 1);
    expect![[r#"
        orr: fail (dirty-tree), exit status 1

        error[dirty-tree]: 9 paths in the working tree are in no commit
           = help: a review is of a commit: `git add` and `git commit` them, `git stash --include-untracked`, or name them in .gitignore

           M file
           D folder/file
          A  staged
          ?? esc\u{1b}[31m
          ?? new folder/a b
          ?? not\xffutf8
          ?? quo"te
          ?? two\nlines
          ?? ünï
        next: git switch --no-track --create demo-orr-[WHEN] main
    "#]].assert_eq(&crate::support::shown::without_when(&ran.stdout));
    assert!(!world.path("out").exists(), "something was begun");
    assert_eq!(ran.stderr, "");
}

#[test]
fn one_changed_path_is_said_in_the_singular() {
    let world = world();
    world.write("file", "changed\n");
    let ran = world.xtask(["orr"]);
    assert_eq!(ran.status, 1);
    assert!(ran.stdout.contains(": 1 path in the working tree is in no commit\n"), "{ran:?}");
}

#[test]
fn a_repository_without_a_commit_has_nothing_to_review() {
    let world = World::new();
    world.write("policy/programme.toml", PROGRAMME);
    world.write("policy/gates.toml", gate("T4", "tests", SCRIPT));
    let ran = world.xtask(["orr"]);
    assert_eq!(ran.status, 1);
    expect![[r#"
        orr: fail (no-commit), exit status 1

        error[no-commit]: this repository has no commit yet
           = help: commit something first

    "#]]
    .assert_eq(&ran.stdout);
}

#[test]
fn outside_a_repository_nothing_is_established() {
    let world = World::new();
    for arguments in [&["orr"][..], &["gates", "run"], &["compare", "1", "2"]] {
        let ran = run_in(&world, &world.home(), arguments);
        assert_eq!(ran.status, 4, "{ran:?}");
        let line = " isn't in a git repository: `cd` into your clone, or name it with `--repo DIR`";
        assert!(ran.stdout.contains(line), "{}", ran.stdout);
    }
    let ran = world.xtask(["orr", "--repo", "no-such-folder"]);
    assert_eq!(ran.status, 4, "{ran:?}");
    assert!(ran.stdout.contains("no-such-folder"), "{ran:?}");
}

#[test]
fn one_run_cannot_be_compared() {
    let ran = world().xtask(["orr", "--runs", "1"]);
    assert_eq!(ran.status, 2);
    assert_eq!(ran.stdout, "");
    expect![[r#"
        error: invalid value '1' for '--runs <N>': 1 is not in 2..=100

        For more information, try '--help'.
    "#]]
    .assert_eq(&ran.stderr);
}

/// Path, clock, zone, locale and variables of the caller are not in the evidence.
#[test]
fn another_place_and_another_clock_give_the_same_digest() {
    let (here, there) = (world(), world());
    let first = here.xtask(["orr", "--runs", "2"]);
    let mut command = there.xtask_command(["orr", "--runs", "3"]);
    command
        .env("SOURCE_DATE_EPOCH", "1234567890")
        .env("TZ", "Asia/Kathmandu")
        .env("LC_ALL", "et_EE.UTF-8")
        .env("CI", "true");
    let second: Ran = command.output().unwrap().into();
    assert_eq!((first.status, second.status), (0, 0), "{first:?} {second:?}");
    assert_eq!(digest(&here), digest(&there));
    assert_eq!(there.json("out/orr.json")["started_at"], "2009-02-13T23:31:30Z");
    let id = there.json("out/orr.json")["id"].as_str().unwrap().to_owned();
    assert!(id.starts_with("20090213T233130Z-"), "{id}");
    // A review again within the same second has an id of its own.
    let mut command = there.xtask_command(["orr", "--runs", "2"]);
    let third: Ran = command.env("SOURCE_DATE_EPOCH", "1234567890").output().unwrap().into();
    assert_eq!(third.status, 0, "{third:?}");
    assert_eq!(there.json("out/orr.json")["id"], format!("{id}-002"));
    assert_eq!(digest(&here), digest(&there));
}

#[test]
fn any_folder_of_the_repository_will_do() {
    let world = world();
    let ran = run_in(&world, &world.path("folder"), &["orr", "--runs", "2"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let first = digest(&world);
    assert!(!world.path("folder/out").exists());
    let ran = run_in(&world, &world.home(), &["--repo", "../repo/folder", "orr", "--runs", "2"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(digest(&world), first);
    assert_eq!(world.git(["status", "--porcelain"]), "", "the output folder is not ignored");
}

#[test]
fn a_linked_worktree_has_its_own_review() {
    let world = world();
    world.git(["worktree", "add", "--quiet", "-b", "patch", "../linked"]);
    let before = world.git(["worktree", "list", "--porcelain"]);
    let linked = world.root().join("linked");
    let ran = run_in(&world, &linked, &["orr", "--runs", "2"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(linked.join("out/orr.json").exists());
    assert!(!world.path("out").exists());
    assert_eq!(world.git(["worktree", "list", "--porcelain"]), before, "a checkout was left");
    let decision = world.json("../linked/out/orr.json");
    assert_eq!(decision["branch"], "patch");
    let ran = world.xtask(["orr", "--runs", "2"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(digest(&world), decision["evidence_zip_sha256"], "one commit, one digest");
}

#[test]
fn a_default_branch_that_is_not_here_is_fetched_only_from_a_remote() {
    let world = world();
    world.git(["branch", "-m", "master"]);
    let said = |world: &World| world.xtask(["filemap", "check"]).stdout;
    let (own, there) =
        ("in policy/programme.toml, or `git branch main`", "`git fetch origin main`");
    assert!(said(&world).contains(own), "{}", said(&world));
    world.git(["remote", "add", "origin", "../nowhere"]);
    assert!(said(&world).contains(there), "{}", said(&world));
}

#[test]
fn a_detached_head_is_reviewed_and_no_checkout_is_left() {
    let world = world();
    world.git(["checkout", "--quiet", "--detach"]);
    let ran = world.xtask(["orr", "--runs", "2"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(world.json("out/orr.json")["branch"].is_null());
    assert_eq!(world.git(["worktree", "list", "--porcelain"]).matches("worktree ").count(), 1);
    let cache = world.home().join(".cache/xtask");
    assert_eq!(std::fs::read_dir(cache).unwrap().count(), 0, "a checkout was left");
}

/// What a gate's `git` answers is the commit's: its history, the tags in it, and no more.
#[test]
fn a_checkout_has_the_history_and_leads_nowhere() {
    let script = "(git rev-list --count HEAD; git describe --tags; git remote; git branch; \
                  git status --porcelain --untracked-files=no; git rev-parse --git-dir) \
                  | grep -v HEAD > $EVIDENCE_DIR/x";
    let world = World::with_script(script);
    world.git(["tag", "v1"]);
    world.write("file", "x");
    world.commit("file");
    world.git(["branch", "other"]);
    world.git(["remote", "add", "origin", "https://example.com/x"]);
    let ran = world.xtask(["orr", "--runs", "2", "--vary", "none"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let seen = world.read("out/evidence/T4_tests/x");
    let described = format!("v1-1-g{}", world.git(["rev-parse", "--short", "HEAD"]).trim());
    assert_eq!(seen, format!("2\n{described}\n.git\n"));
}

#[test]
fn many_runs_at_once_do_not_get_in_each_others_way() {
    let world = world();
    let ran = world.xtask(["orr", "--runs", "12"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(world.json("out/orr.json")["run_ids"].as_array().unwrap().len(), 12);
    assert_eq!(world.git(["worktree", "list", "--porcelain"]).matches("worktree ").count(), 1);
}

/// A run is of the commit, whatever part of it the user works on, and in whatever form.
#[test]
fn a_run_has_the_whole_commit_byte_for_byte() {
    let script =
        "cat folder/file > $EVIDENCE_DIR/file; git status --porcelain --untracked-files=no";
    let world = World::with_script(script);
    world.write("folder/file", "content\n");
    world.commit("file");
    world.git(["sparse-checkout", "set", "policy"]);
    assert!(!world.path("folder").exists());
    let config = world.root().join("gitconfig");
    std::fs::write(&config, "[core]\n\tautocrlf = true\n").unwrap();
    let mut command = world.xtask_command(["orr", "--runs", "2"]);
    let ran: Ran = command.env("GIT_CONFIG_GLOBAL", &config).output().unwrap().into();
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(world.read("out/evidence/T4_tests/file"), "content\n");
    assert_eq!(world.read("out/runs/1/logs/T4.log"), "", "a gate sees changes");
    // The user's own working tree is as it was.
    assert!(!world.path("folder").exists());
    assert_eq!(world.git(["config", "core.sparseCheckout"]), "true\n");
}

#[test]
fn a_repository_with_submodules_is_checked_out_with_them() {
    let world = World::with_script(
        "cat lib/file > $EVIDENCE_DIR/file; [ -z \"$(git -C lib remote)\" ] && \
         [ -z \"$(find .git -type f -links +1)\" ] && git -C lib status",
    );
    // git takes submodules from other folders of the machine only where it is allowed to.
    let config = world.root().join("gitconfig");
    std::fs::write(&config, "[protocol \"file\"]\n\tallow = always\n").unwrap();
    let lib = world.root().join("lib");
    world.git(["init", "--quiet", "--initial-branch=main", "../lib"]);
    std::fs::write(lib.join("file"), "of the submodule\n").unwrap();
    world.git(["-C", "../lib", "add", "file"]);
    world.git(["-C", "../lib", "commit", "--quiet", "-m", "file"]);
    let url = lib.to_str().unwrap();
    world.git(["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", url, "lib"]);
    world.commit("submodule");
    let mut command = world.xtask_command(["orr", "--runs", "2"]);
    let ran: Ran = command.env("GIT_CONFIG_GLOBAL", &config).output().unwrap().into();
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(world.read("out/evidence/T4_tests/file"), "of the submodule\n");
    // Its remote is gone: this clone has it, another one doesn't.
    std::fs::rename(&lib, world.root().join("gone")).unwrap();
    assert_eq!(world.xtask(["orr", "--runs", "2"]).status, 0);
    let clone = world.root().join("clone");
    world.git(["clone", "--quiet", ".", clone.to_str().unwrap()]);
    let ran = run_in(&world, &clone, &["orr", "--runs", "2"]);
    assert_eq!(ran.status, 4, "{ran:?}");
    assert!(ran.stdout.contains("the submodule lib is not here"), "{ran:?}");
    assert!(!ran.stdout.contains("core.hooksPath"), "{ran:?}");
}
