//! The brief of coding agents, and the file in which it is kept.

use std::os::unix::fs::symlink;

use expect_test::expect;

use crate::support::{PROGRAMME, World, gate};

/// A world whose policy names a file for the brief, which is not there yet.
fn world() -> World {
    let world = World::new();
    world.write("policy/programme.toml", format!("{PROGRAMME}brief = \"AGENTS.md\"\n"));
    world.write("policy/gates.toml", gate("T4", "tests", "true"));
    world
}

fn write(world: &World, path: &str) -> (i32, String) {
    let ran = world.xtask(["brief", "--write", path]);
    (ran.status, ran.stdout)
}

#[test]
fn the_brief_of_a_small_policy() {
    let world = world();
    world.write(
        "policy/filemap.toml",
        r#"[[areas]]
name = "code"
paths = ["src/**", "a|b"]
except = ["src/old/**"]
gates = ["T4"]

[[deny]]
name = "keys"
paths = ["**/*.pem"]
reason = "a key\n<!-- xtask brief: end -->\n# in a commit"

[[content]]
name = "tag"
paths = ["src/tag"]
must = ["a|`b`"]
never = ["x"]
reason = "because"
"#,
    );
    let ran = world.xtask(["brief"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let (text, _) = ran.stdout.split_once("### The commands").unwrap();
    expect![[r#"
        ## What a coding agent must know here

        The rules of Demo (`demo`), from `policy/`. Patches are for `main`. What you write is a claim; what counts is what `thrice` sees. What it could not see is *not established*, and does not pass. Exit status 0 is a pass. With `--format json`, each of `findings` has its `code` and `help`, and `data.next` of `status` is the line to type.

        ### What a patch may touch

        - code: `src/**`, `a|b`, but not `src/old/**`; gates T4

        Everything else is outside (CEC-10). `thrice filemap explain PATH` says which rule decides. A patch is one straight line of commits on its base: no merges.

        Never touch, whatever an area says:

        - `**/*.pem`: a key\n&lt;!-- xtask brief: end -->\n# in a commit
        - `out/**`: the tool writes these files

        Only with a recorded approval; propose it in a patch of its own:

        - `policy/**`, `CODEOWNERS`, `.github/CODEOWNERS`, `docs/CODEOWNERS`, `.github/workflows/**`, `.github/actions/**` (any role that approves): the rules, the owners and the workflows decide over every later patch

        What files must hold, or must never hold:

        - `src/tag` must match `` a|`b` `` and must never match `x`: because

        ### Branches

        Work on a branch that begins at the HEAD of `main`; `thrice branch check` checks its name. If `main` moves on (CEC-60), rebase and start the review again.

    "#]].assert_eq(text);
    assert_eq!(write(&world, "AGENTS.md").0, 0);
    assert_eq!(world.xtask(["policy", "check"]).status, 0);
}

#[test]
fn a_file_is_made_kept_and_reported_when_it_is_stale() {
    let world = world();
    let absent = world.xtask(["policy", "check"]);
    assert_eq!(absent.status, 1);
    expect![[r#"
        policy check: fail (brief-stale), exit status 1

        error[brief-stale]: there is no AGENTS.md, which is to hold the brief
          --> AGENTS.md
           = help: run `cargo xtask brief --write AGENTS.md` and commit the result

        1 problem and 0 warnings in 2 files of policy
    "#]]
    .assert_eq(&absent.stdout);
    let written = "brief: pass\nAGENTS.md written\n".to_owned();
    assert_eq!(write(&world, "AGENTS.md"), (0, written.clone()));
    assert_eq!(world.xtask(["policy", "check"]).status, 0);
    assert_eq!(write(&world, "./AGENTS.md"), (0, "brief: pass\nAGENTS.md is current\n".to_owned()));

    // What stands around the block is the file's own, byte for byte.
    let block = world.read("AGENTS.md");
    let around =
        [b"\xff\xfe own\r\n".as_slice(), block.as_bytes(), b"own, without an end"].concat();
    world.write("AGENTS.md", &around);
    world.write("policy/gates.toml", gate("T4", "other", "true"));
    let stale = world.xtask(["policy", "check"]);
    assert_eq!(stale.status, 1);
    assert!(stale.stdout.contains("the brief in AGENTS.md is not what policy says"), "{stale:?}");
    assert_eq!(write(&world, "AGENTS.md"), (0, written));
    let now = std::fs::read(world.path("AGENTS.md")).unwrap();
    assert!(now.starts_with(b"\xff\xfe own\r\n<!-- xtask brief: begin"));
    assert!(now.ends_with(b"<!-- xtask brief: end -->\nown, without an end"));
    assert!(String::from_utf8_lossy(&now).contains("- T4 other: "));
    assert_eq!(world.xtask(["policy", "check"]).status, 0);
}

#[test]
fn a_policy_from_elsewhere_says_nothing_of_the_file_here() {
    let world = world();
    world.commit("policy");
    assert_eq!(world.xtask(["policy", "check", "--policy", "HEAD:policy"]).status, 0);
}

#[test]
fn marks_that_are_no_block_are_reported_and_nothing_is_written() {
    let world = world();
    let text = "# Own\n<!-- xtask brief: begin -->\nnever ended\n";
    world.write("AGENTS.md", text);
    let (status, reported) = write(&world, "AGENTS.md");
    assert_eq!(status, 1);
    expect![[r#"
        brief: fail (brief-block), exit status 1

        error[brief-block]: the block that begins here never ends
          --> AGENTS.md:2
           = help: leave one line `<!-- xtask brief: begin -->` and, below it, one line `<!-- xtask brief: end -->`, or none of the two

    "#]].assert_eq(&reported);
    assert_eq!(world.read("AGENTS.md"), text);
    let checked = world.xtask(["policy", "check"]);
    assert_eq!(checked.status, 1);
    assert!(checked.stdout.contains("error[brief-block]"), "{}", checked.stdout);
}

#[test]
fn a_file_outside_of_the_repository_is_refused() {
    let world = world();
    std::fs::write(world.root().join("outer.md"), "outer\n").unwrap();
    symlink(world.root().join("outer.md"), world.path("LINK.md")).unwrap();
    symlink("nowhere", world.path("BROKEN.md")).unwrap();
    world.write("own.md", "# Own\n");
    symlink("own.md", world.path("CLAUDE.md")).unwrap();
    let outer = world.root().join("outer.md").display().to_string();
    for path in ["LINK.md", "BROKEN.md", "../outer.md", ".git/config", "policy", "", &outer] {
        let (status, reported) = write(&world, path);
        assert_eq!(status, 2, "{path}: {reported}");
        assert!(reported.contains("is no file of this repository's own"), "{path}: {reported}");
    }
    assert_eq!(std::fs::read_to_string(world.root().join("outer.md")).unwrap(), "outer\n");
    // A link within the repository is followed, and stays a link.
    assert_eq!(write(&world, "CLAUDE.md").0, 0);
    assert!(world.path("CLAUDE.md").symlink_metadata().unwrap().is_symlink());
    assert!(world.read("own.md").starts_with("# Own\n\n<!-- xtask brief: begin"));
}
