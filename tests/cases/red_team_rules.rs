//! Ways to slip a change past the Filemap by what git obeys, by the rules themselves, and
//! by the base.

use super::red_team::{
    Attack, FILEMAP, add, add_raw, commit_index, link, none_passes, raw_file, world,
};
use crate::support::World;

const SUBMODULE: &str = "1234567890123456789012345678901234567890";

pub(super) const GIT: &[Attack] = &[
    (
        "a new submodule",
        |w| {
            add_raw(w, "160000", b"src/vendor", SUBMODULE);
            commit_index(w);
        },
        "adds the submodule src/vendor, which only a rule without wildcards allows",
    ),
    (
        "attributes inside an area",
        |w| {
            w.write("src/.gitattributes", "* -diff\n*.bin text\n");
            w.write("src/a", "changed\n");
            w.commit("patch");
        },
        "adds the file src/.gitattributes, which only a rule without wildcards allows: git itself obeys it",
    ),
    ("modules in other letters", |w| raw_file(w, b"src/.GitModules"), "git itself obeys it"),
    (
        "a binary file that attributes call text",
        |w| {
            w.write(".git/info/attributes", "* text diff\n");
            w.write("src/blob", b"\0binary");
            w.commit("patch");
        },
        "src/blob is binary",
    ),
    (
        "a replaced head",
        |w| {
            add(w, "docs/new");
            w.git(["replace", "HEAD", "main"]);
        },
        "adds the file docs/new",
    ),
    (
        "a replaced tree",
        |w| {
            add(w, "docs/new");
            w.git(["replace", "HEAD^{tree}", "main^{tree}"]);
        },
        "adds the file docs/new",
    ),
    (
        "a graft",
        |w| {
            add(w, "docs/new");
            let (head, root) = (w.git(["rev-parse", "HEAD"]), w.git(["rev-parse", "main"]));
            w.write(".git/info/grafts", format!("{}\n{}\n", head.trim(), root.trim()));
        },
        "adds the file docs/new",
    ),
    (
        "settings of the repository",
        |w| {
            for (key, value) in [
                ("diff.ignoreSubmodules", "all"),
                ("diff.renames", "copies"),
                ("diff.external", "true"),
                ("diff.orderFile", "/dev/null"),
                ("core.ignoreCase", "true"),
                ("core.quotePath", "true"),
                ("diff.noPrefix", "true"),
                ("core.attributesFile", "/dev/null"),
                ("status.showUntrackedFiles", "no"),
            ] {
                w.git(["config", key, value]);
            }
            add_raw(w, "160000", b"docs/vendor", SUBMODULE);
            commit_index(w);
        },
        "adds the submodule docs/vendor",
    ),
    (
        "a merge that holds a change of its own",
        |w| {
            add(w, "src/one");
            w.git(["switch", "--quiet", "--create", "side", "main"]);
            add(w, "src/two");
            w.git(["switch", "--quiet", "patch"]);
            w.git(["merge", "--quiet", "--no-ff", "--no-commit", "side"]);
            add(w, "docs/new");
        },
        "adds the file docs/new",
    ),
    (
        "an octopus",
        |w| {
            for (branch, path) in [("one", "src/one"), ("two", "docs/two"), ("three", "src/three")]
            {
                w.git(["switch", "--quiet", "--create", branch, "main"]);
                add(w, path);
            }
            w.git(["switch", "--quiet", "patch"]);
            w.git(["merge", "--quiet", "one", "two", "three"]);
        },
        "adds the file docs/two",
    ),
    (
        "a merge that leaves no trace",
        |w| {
            add(w, "src/one");
            w.git(["switch", "--quiet", "--create", "side", "main"]);
            add(w, "docs/two");
            w.git(["switch", "--quiet", "patch"]);
            w.git(["merge", "--quiet", "--no-ff", "--strategy=ours", "side"]);
        },
        "the patch holds the merge",
    ),
    (
        "a change that is taken back",
        |w| {
            add(w, "docs/new");
            w.git(["rm", "--quiet", "docs/new"]);
            add(w, "src/new");
        },
        "touches docs/new on the way",
    ),
];

pub(super) const RULES: &[Attack] = &[
    (
        "a wider map in the same patch",
        |w| {
            w.write("policy/filemap.toml", FILEMAP.replace("\"src/**\"", "\"**\""));
            add(w, "docs/new");
        },
        "adds the file docs/new, which no area reaches",
    ),
    (
        "only a wider map",
        |w| {
            w.write("policy/filemap.toml", FILEMAP.replace("\"src/**\"", "\"**\""));
            w.commit("patch");
        },
        "changes policy/filemap.toml without a recorded approval",
    ),
    (
        "no map any more",
        |w| {
            w.git(["rm", "--quiet", "policy/filemap.toml"]);
            add(w, "docs/new");
        },
        "adds the file docs/new",
    ),
    (
        "other owners",
        |w| add(w, ".github/CODEOWNERS"),
        "adds the file .github/CODEOWNERS without a recorded approval",
    ),
    ("policy in other letters", |w| raw_file(w, b"Policy/filemap.toml"), "Policy/filemap.toml"),
    (
        "a domain tag without its LF",
        |w| {
            w.write("src/sign.py", "TAG = b'tm.s7.batch.v1'\n");
            w.commit("patch");
        },
        "src/sign.py does not hold `tm\\.s7\\.batch\\.v1\\n`",
    ),
    (
        "a rule's file that becomes a link",
        |w| {
            w.git(["mv", "src/sign.py", "src/other.py"]);
            link(w, "src/sign.py", "other.py");
            w.commit("patch");
        },
        "src/sign.py is a link, against the rule `domain-tag`",
    ),
    (
        "a constant that moves away",
        |w| {
            w.git(["mv", "src/sign.py", "src/other.py"]);
            w.commit("patch");
        },
        "no file is left for it, against the rule `domain-tag`",
    ),
];

#[test]
fn nothing_that_git_obeys_slips_past() {
    none_passes(GIT);
}

#[test]
fn no_rule_is_talked_round() {
    none_passes(RULES);
}

/// What the base may be talked into: arguments, how it is prepared, and what it is given.
pub(super) type Base = (&'static str, fn(&World), &'static [&'static str], i32, &'static str);

pub(super) const BASES: &[Base] = &[
    (
        "the empty tree",
        |w| add(w, "docs/new"),
        &["--base", "4b825dc642cb6eb9a060e54bf8d69288fbee4904"],
        2,
        "no commit is called",
    ),
    (
        "a commit of the patch",
        |w| {
            add(w, "docs/new");
            add(w, "src/new");
        },
        &["--base", "HEAD~1"],
        60,
        "but the HEAD of main is",
    ),
    ("the head itself", |w| add(w, "docs/new"), &["--base", "HEAD"], 60, "HEAD is the base itself"),
    (
        "a tag that is called main",
        |w| {
            add(w, "docs/new");
            w.git(["tag", "main"]);
        },
        &["--base", "main"],
        60,
        "but the HEAD of main is",
    ),
    (
        "a tag that is called main, without an argument",
        |w| {
            add(w, "docs/new");
            w.git(["tag", "main"]);
        },
        &[],
        10,
        "adds the file docs/new",
    ),
    (
        "main moved to the head",
        |w| {
            add(w, "docs/new");
            w.git(["branch", "--force", "main", "HEAD"]);
        },
        &[],
        1,
        "HEAD is the base itself",
    ),
    (
        "a history of its own",
        |w| {
            w.git(["switch", "--quiet", "--orphan", "fresh"]);
            add(w, "src/new");
        },
        &[],
        60,
        "no commit in common",
    ),
    (
        "a main that moved on",
        |w| {
            add(w, "src/new");
            w.git(["switch", "--quiet", "main"]);
            add(w, "src/other");
            w.git(["switch", "--quiet", "patch"]);
        },
        &[],
        60,
        "but the patch is based on",
    ),
    (
        "an option for a revision",
        |w| add(w, "docs/new"),
        &["--base=--output=/tmp/x"],
        2,
        "no commit is called",
    ),
    (
        "a story with a narrower map",
        |w| add(w, "policy/gates.toml"),
        &["--story", "S-1"],
        10,
        "belongs to the area `rules`, not to this story",
    ),
];

#[test]
fn no_base_is_talked_round() {
    for (name, attack, arguments, status, reported) in BASES {
        let world = world();
        attack(&world);
        let ran = world.xtask(["filemap", "check"].iter().chain(*arguments));
        assert_eq!(ran.status, *status, "{name}:\n{}", ran.stdout);
        assert!(ran.stdout.contains(reported), "{name}: not reported: {reported}\n{}", ran.stdout);
    }
}

/// A remote knows where its branch is, whatever the clone was reported.
#[test]
fn a_local_main_does_not_stand_for_the_remote_one() {
    let world = world();
    let remote = world.root().join("remote");
    world.git(["init", "--quiet", "--bare", remote.to_str().unwrap()]);
    world.git(["remote", "add", "origin", remote.to_str().unwrap()]);
    world.git(["push", "--quiet", "origin", "main"]);
    world.write("policy/filemap.toml", FILEMAP.replace("\"src/**\"", "\"**\""));
    world.commit("a wider map");
    world.git(["branch", "--force", "main", "HEAD"]);
    world.git(["update-ref", "refs/remotes/origin/main", "HEAD"]);
    add(&world, "docs/new");
    let ran = world.xtask(["filemap", "check"]);
    assert_eq!(ran.status, 10, "{}", ran.stdout);
    assert!(ran.stdout.contains("adds the file docs/new, which no area reaches"), "{}", ran.stdout);
    let ran = world.xtask(["filemap", "check", "--base", "main"]);
    assert_eq!(ran.status, 60, "{}", ran.stdout);
}

/// The remote says which branch is the default one, not the patch.
#[test]
fn a_patch_does_not_choose_its_own_default_branch() {
    let world = world();
    let remote = world.root().join("remote");
    let remote = remote.to_str().unwrap();
    world.git(["init", "--quiet", "--bare", "--initial-branch=main", remote]);
    world.git(["remote", "add", "origin", remote]);
    world.write("policy/filemap.toml", FILEMAP.replace("\"src/**\"", "\"**\""));
    let programme = world.read("policy/programme.toml").replace("\"main\"", "\"easy\"");
    world.write("policy/programme.toml", programme);
    world.commit("a wider map");
    world.git(["branch", "easy"]);
    world.git(["push", "--quiet", "origin", "main", "easy"]);
    add(&world, "docs/new");
    let ran = world.xtask(["filemap", "check"]);
    assert_eq!(ran.status, 10, "{}", ran.stdout);
    assert!(ran.stdout.contains("adds the file docs/new, which no area reaches"), "{}", ran.stdout);
}

#[test]
fn the_same_repository_lets_an_honest_patch_pass() {
    let world = world();
    world.write("src/a", "changed\n");
    world.write("src/new", "new\n");
    link(&world, "src/latest", "b/c");
    world.git(["mv", "src/b/c", "src/b/d"]);
    world.git(["mv", "src/b/d", "src/b/c"]);
    world.commit("patch");
    let ran = world.xtask(["filemap", "check"]);
    assert_eq!(ran.status, 0, "{}", ran.stdout);
}
