//! `filemap check` and `filemap explain`, as a person sees them.

use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;

use expect_test::expect;

use super::red_team::world;

/// All at once, as a reviewer would meet them.
#[test]
fn every_kind_of_trespass_is_reported_in_one_go() {
    let world = world();
    world.git(["mv", "src/a", "docs/a"]);
    world.git(["rm", "--quiet", "src/b/c"]);
    symlink("/etc/passwd", world.path("src/users")).unwrap();
    world.write("Scripts/run.sh", "true\n");
    world.git(["add", "--all"]);
    world.git(["update-index", "--chmod=+x", "scripts/run.sh"]);
    let gitlink = "160000,1234567890123456789012345678901234567890,src/vendor";
    world.git(["update-index", "--add", "--cacheinfo", gitlink]);
    for name in [&b"src/\xff"[..], b"src/two\nlines"] {
        std::fs::write(world.path(std::ffi::OsStr::from_bytes(name)), "x").unwrap();
    }
    world.git(["add", "src"]);
    world.git(["update-index", "--add", "--cacheinfo", gitlink]);
    world.git(["commit", "--quiet", "-m", "patch"]);
    let ran = world.xtask(["filemap", "check"]);
    assert_eq!(ran.status, 10);
    expect![[r#"
        filemap check: fail (CEC-10), exit status 10

        error[CEC-10]: the patch adds the file Scripts/run.sh, which no area reaches
          --> Scripts/run.sh
           = help: take it out of the patch; nearest comes the area `source` with `scripts/**` at policy/filemap.toml:4:20

        error[CEC-10]: Scripts/run.sh: it differs from scripts only in spelling
          --> Scripts/run.sh
           = help: use the spelling `scripts`

        error[CEC-10]: the patch renames src/a to docs/a, which no area reaches
          --> docs/a
           = help: take it out of the patch, or first add it to an area of policy/filemap.toml, in a change of its own

        note[mode-changed]: scripts/run.sh becomes executable
          --> scripts/run.sh

        error[CEC-10]: src/two\nlines: its name holds a line feed
          --> src/two\nlines
           = help: give it a plain name

        error[CEC-10]: src/users is a symbolic link: it leads out of the repository, to `/etc/passwd`
          --> src/users
           = help: let it lead to a path inside of the Filemap

        error[CEC-10]: the patch adds the submodule src/vendor, which only a rule without wildcards allows: what a submodule holds is in no patch
          --> src/vendor
           = help: take it out of the patch; the area `source` only has `src/**` at policy/filemap.toml:4:10

        error[CEC-10]: src/\xff: its name is not UTF-8
          --> src/\xff
           = help: give it a plain name

        does     path            area
        adds     Scripts/run.sh  -
        adds     docs/a          -
        changes  scripts/run.sh  source
        deletes  src/a           source
        deletes  src/b/c         source
        adds     src/two\nlines  source
        adds     src/users       source
        adds     src/vendor      source
        adds     src/\xff        source

        9 paths in [HEX]..[HEX], by policy of the base
        next: git add --all && git commit --message "Change scripts/run.sh and 1 more"
    "#]].assert_eq(&world.shown(&ran.stdout));
}

#[test]
fn an_honest_patch_passes() {
    let world = world();
    world.write("src/a", "changed\n");
    world.commit("patch");
    let ran = world.xtask(["filemap", "check"]);
    assert_eq!(ran.status, 0);
    expect![[r#"
        filemap check: pass
        does     path   area
        changes  src/a  source

        1 path in [HEX]..[HEX], by policy of the base
        next: cargo xtask plan new --write out/plan.json
    "#]]
    .assert_eq(&world.shown(&ran.stdout));
    let ran = world.xtask(["--format", "json", "filemap", "check"]);
    let said: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(said["data"]["paths"][0]["path"], "src/a");
    assert_eq!(said["data"]["paths"][0]["inside"], true);
    assert_eq!(said["data"]["paths"][0]["rule"], "source");
}

#[test]
fn explain_names_the_rule_that_decides() {
    let world = world();
    let ran = world.xtask([
        "filemap",
        "explain",
        "src/a",
        "./scripts/x",
        "src/generated/x",
        "srcs/a",
        "README",
        "src/k.pem",
        "src/contract/v1",
        "src/sign.py",
        "policy/gates.toml",
        "src/.gitattributes",
        "src/a\tb",
    ]);
    assert_eq!(ran.status, 0);
    expect![[r#"
        src/a: yes
          the area `source`
            `src/**` at policy/filemap.toml:4:10
        scripts/x: yes
          the area `source`
            `scripts/**` at policy/filemap.toml:4:20
        src/generated/x: no
          the area `source` excepts it
            `src/generated/**` at policy/filemap.toml:5:11
        srcs/a: no
          no area reaches it; nearest comes `source`
            `src/**` at policy/filemap.toml:4:10
          an approved patch can give it one, in policy/filemap.toml:
            [[areas]]
            name = "srcs"
            paths = ["srcs/**"]
        README: no
          no area reaches it
          an approved patch can give it one, in policy/filemap.toml:
            [[areas]]
            name = "readme"
            paths = ["README"]
        src/k.pem: no
          `keys` denies it: keys are not committed
            `**/*.pem` at policy/filemap.toml:14:10
        src/contract/v1: no
          the guardrail `contract` freezes it: the contract is agreed
            `src/contract/**` at policy/filemap.toml:19:10
        src/sign.py: yes
          the area `source`
            `src/**` at policy/filemap.toml:4:10
          its content has a rule (`domain-tag`): the LF belongs to the tag
            policy/filemap.toml:22:1
        policy/gates.toml: yes
          the area `rules`
            `policy/**` at policy/filemap.toml:10:10
          needs an approval (`rules`): the rules, the owners and the workflows decide over every later patch
            `policy/**` at a rule of every Filemap
        src/.gitattributes: no
          git itself obeys it, and the area `source` does not name it
            `src/**` at policy/filemap.toml:4:10
        src/a\tb: no
          its name holds U+0009

        nobody else to approve? `cargo xtask explain approval-missing`
    "#]]
    .assert_eq(&world.shown(&ran.stdout));
}

/// `filemap check` refuses a submodule that only a wildcard reaches, and so does this.
#[test]
fn a_submodule_is_explained_as_it_is_judged() {
    let world = world();
    let answers = || {
        let gitlink = "160000,1234567890123456789012345678901234567890,src/vendor";
        world.git(["update-index", "--add", "--cacheinfo", gitlink]);
        world.git(["commit", "--quiet", "-m", "a submodule"]);
        let explained = world.xtask(["filemap", "explain", "src/vendor"]).stdout;
        (explained, world.xtask(["filemap", "check"]).status)
    };
    let (explained, status) = answers();
    let no = "src/vendor: no\n  what a submodule holds is in no patch, and the area `source` does \
              not name it\n";
    assert!(explained.starts_with(no), "{explained}");
    assert_eq!(status, 10);
    world.git(["switch", "--quiet", "--force", "main"]);
    let rules = world.read("policy/filemap.toml");
    let named = rules.replacen("\"src/**\"", "\"src/**\", \"src/vendor\"", 1);
    world.write("policy/filemap.toml", named);
    world.commit("name it");
    world.git(["switch", "--quiet", "--create", "second"]);
    let (explained, status) = answers();
    assert!(explained.contains("yes\n  the area `source`\n    `src/vendor` at "), "{explained}");
    assert_eq!(status, 0);
}

#[test]
fn a_stale_base_is_reported_beside_what_is_outside() {
    let world = world();
    world.write("docs/new", "x");
    world.commit("patch");
    world.git(["switch", "--quiet", "main"]);
    world.write("src/other", "x");
    world.commit("main moves on");
    world.git(["switch", "--quiet", "patch"]);
    let ran = world.xtask(["filemap", "check"]);
    assert_eq!(ran.status, 10);
    expect![[r#"
        filemap check: fail (CEC-10, CEC-60), exit status 10

        error[CEC-60]: main is at [HEX], but the patch is based on [HEX]
           = help: `git rebase main`, then run the review again

        error[CEC-10]: the patch adds the file docs/new, which no area reaches
          --> docs/new
           = help: take it out of the patch, or first add it to an area of policy/filemap.toml, in a change of its own

        does  path      area
        adds  docs/new  -

        1 path in [HEX]..[HEX], by policy of the base
        next: git rebase main
    "#]]
    .assert_eq(&world.shown(&ran.stdout));
}

#[test]
fn without_a_filemap_nothing_passes() {
    let world = crate::support::World::with_script("exit 0");
    world.git(["switch", "--quiet", "--create", "patch"]);
    world.write("a", "x");
    world.commit("patch");
    let ran = world.xtask(["filemap", "check"]);
    assert_eq!(ran.status, 3);
    expect![[r#"
        filemap check: fail (policy-missing), exit status 3

        error[policy-missing]: there is no `policy/filemap.toml` at the base [HEX]
           = help: the first Filemap enters by a reviewed patch; until then name it: `--policy HEAD:policy`

    "#]].assert_eq(&world.shown(&ran.stdout));
    let ran = world.xtask(["filemap", "explain", "a"]);
    assert_eq!(ran.status, 3, "{}", ran.stdout);
}

#[test]
fn globs_that_match_no_tracked_file_are_findings_of_policy_check() {
    let world = world();
    let ran = world.xtask(["policy", "check"]);
    assert_eq!(ran.status, 0);
    expect![[r#"
        policy check: pass, with 1 warning

        warning[policy-unused]: `.github/**` of `rules` matches no tracked file
          --> policy/filemap.toml:10:23
           |
        10 | paths = ["policy/**", ".github/**"]
           |                       ^^^^^^^^^^^^
           |
           = help: correct it, take it out, or let a patch bring what it is for

        note[policy-unused]: these barriers match no tracked file yet: `src/generated/**`, `**/*.pem`
          --> policy/filemap.toml
           = help: nothing to do if they wait for their first path

        0 problems and 1 warning in 3 files of policy
    "#]]
    .assert_eq(&world.shown(&ran.stdout));
}

#[test]
fn a_filemap_with_slips_is_reported_whole() {
    let world = world();
    world.write(
        "policy/filemap.toml",
        r#"single_path = true
[[areas]]
name = "source"
paths = ["/src/**", "src/[!a", "src/[+-9]"]
owners = ["sre"]
gates = ["T44"]

[[areas]]
name = "source"
paths = []

[[content]]
name = "empty"
paths = ["src/**"]
reason = "none"

[[approvals]]
name = "limits"
paths = ["limits.toml"]
roles = []
reason = "limits"

[[stories]]
story = "("
areas = ["sauce"]
"#,
    );
    let ran = world.xtask(["policy", "check"]);
    assert_eq!(ran.status, 3);
    expect![[r#"
        policy check: fail (policy-missing, policy-reference, policy-unknown-key, policy-value), exit status 3

        error[policy-unknown-key]: unknown key `single_path`
         --> policy/filemap.toml:1:1
          |
        1 | single_path = true
          | ^^^^^^^^^^^
          |
          = help: did you mean `single_patch`?

        error[policy-value]: this list of paths is empty
         --> policy/filemap.toml:4:9
          |
        4 | paths = ["/src/**", "src/[!a", "src/[+-9]"]
          |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          |
          = help: name at least one, or take the rule out

        error[policy-value]: `/src/**` is not relative to the repository
         --> policy/filemap.toml:4:10
          |
        4 | paths = ["/src/**", "src/[!a", "src/[+-9]"]
          |          ^^^^^^^^^
          |
          = help: write a path relative to the repository, with `/`

        error[policy-value]: this glob does not compile: unclosed character class; missing ']'
         --> policy/filemap.toml:4:21
          |
        4 | paths = ["/src/**", "src/[!a", "src/[+-9]"]
          |                     ^^^^^^^^^
          |
          = help: correct the glob

        error[policy-value]: this glob does not compile: a class in brackets matches `/`
         --> policy/filemap.toml:4:32
          |
        4 | paths = ["/src/**", "src/[!a", "src/[+-9]"]
          |                                ^^^^^^^^^^^
          |
          = help: correct the glob

        error[policy-reference]: there is no role `sre`
         --> policy/filemap.toml:5:11
          |
        5 | owners = ["sre"]
          |           ^^^^^
          |
          = help: add it to `[roles]` of policy/programme.toml

        error[policy-reference]: there is no gate `T44`
         --> policy/filemap.toml:6:10
          |
        6 | gates = ["T44"]
          |          ^^^^^
          |
          = help: did you mean `T4`?

        error[policy-reference]: another rule is called `source` already
         --> policy/filemap.toml:9:8
          |
        9 | name = "source"
          |        ^^^^^^^^
          |
          = help: give each rule a name of its own

        error[policy-value]: this list of paths is empty
          --> policy/filemap.toml:10:9
           |
        10 | paths = []
           |         ^^
           |
           = help: name at least one, or take the rule out

        error[policy-missing]: this content rule says nothing
          --> policy/filemap.toml:12:1
           |
        12 | [[content]]
           | ^^^^^^^^^^^
           |
           = help: add `must = ["…"]` or `never = ["…"]`

        error[policy-value]: this list of roles is empty
          --> policy/filemap.toml:20:9
           |
        20 | roles = []
           |         ^^
           |
           = help: name at least one, or take the rule out

        error[policy-value]: this pattern does not compile
          --> policy/filemap.toml:24:9
           |
        24 | story = "("
           |         ^^^
           |
           = help: correct the regular expression

        error[policy-reference]: there is no area `sauce`
          --> policy/filemap.toml:25:10
           |
        25 | areas = ["sauce"]
           |          ^^^^^^^
           |
           = help: declare it first

        13 problems and 0 warnings in 3 files of policy
    "#]].assert_eq(&world.shown(&ran.stdout));
}

/// What is done in a merge of the base, whether policy lets such merges stay, and whether
/// this one is refused.
const MERGES: [(&str, bool, bool); 5] = [
    ("plain", false, true),
    ("plain", true, false),
    ("a change of its own", true, true),
    ("a conflict resolved", true, true),
    ("another branch", true, true),
];

#[test]
fn a_merge_of_the_base_that_adds_nothing_stays_where_policy_says_so() {
    for (how, allowed, refused) in MERGES {
        let world = world();
        world.write("src/a", "patched\n");
        if how == "a conflict resolved" {
            world.write("src/b/c", "ours\n");
        }
        world.commit("patch");
        world.git(["switch", "--quiet", "main"]);
        let filemap = world.read("policy/filemap.toml");
        world.write("policy/filemap.toml", format!("base_merges = {allowed}\n{filemap}"));
        world.write("src/b/c", "theirs\n");
        world.commit("the base moves");
        let of = if how == "another branch" { "other" } else { "main" };
        if how == "another branch" {
            world.git(["switch", "--quiet", "--create", "other"]);
            world.write("src/other", "other\n");
            world.commit("other");
        }
        world.git(["switch", "--quiet", "patch"]);
        let mut merge = world.command("git");
        merge.args(["merge", "--quiet", "--no-ff", "--no-commit", of]);
        let merged = merge.output().unwrap().status.success();
        assert_eq!(merged, how != "a conflict resolved");
        match how {
            "a change of its own" => world.write("src/a", "something else\n"),
            "a conflict resolved" => world.write("src/b/c", "ours\n"),
            _ => {}
        }
        world.commit("Merge branch 'main' into patch");
        let ran = world.xtask(["filemap", "check"]);
        assert_eq!(ran.status == 0, !refused, "{how}: {ran:#?}");
        assert_eq!(ran.stdout.contains("error[single-patch]"), refused, "{how}: {ran:#?}");
        assert_eq!(ran.stdout.contains(", which only brings its base"), how == "plain" && refused);
        assert_eq!(ran.stdout.contains("help: `git rebase main` leaves merges out"), refused);
    }
}
