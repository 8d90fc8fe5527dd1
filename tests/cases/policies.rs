//! Broken policies: each slip alone, with its exact place and what mends it.

use expect_test::{Expect, expect};

use crate::support::{PROGRAMME, Ran, World, gate};

/// The findings of `policy check` over these files, without its first and last line.
fn check(programme: &[u8], gates: &[u8]) -> String {
    let world = World::new();
    world.write("policy/programme.toml", programme);
    world.write("policy/gates.toml", gates);
    let ran = world.xtask(["policy", "check"]);
    assert_eq!(ran.status, 3, "{ran:?}");
    findings(&ran)
}

fn findings(ran: &Ran) -> String {
    let (_, text) = ran.stdout.split_once("\n\n").unwrap();
    let (text, last) = text.trim_end().rsplit_once("\n\n").unwrap();
    assert!(last.contains(" problem"), "{last}");
    format!("{text}\n")
}

/// `policy/gates.toml` holds this.
pub(super) fn gates(text: &str, expected: &Expect) {
    expected.assert_eq(&check(PROGRAMME.as_bytes(), text.as_bytes()));
}

/// A good gate, with these lines in it.
pub(super) fn with(lines: &str) -> String {
    format!("{}{lines}", gate("T4", "tests", "true"))
}

/// `policy/programme.toml` is the usual one with these lines more.
pub(super) fn programme(text: &str, expected: &Expect) {
    let text = format!("{PROGRAMME}{text}");
    expected.assert_eq(&check(text.as_bytes(), with("").as_bytes()));
}

/// `policy/programme.toml` is the usual one with this value in place of another.
pub(super) fn instead(from: &str, to: &str, expected: &Expect) {
    assert!(PROGRAMME.contains(from));
    let text = PROGRAMME.replace(from, to);
    expected.assert_eq(&check(text.as_bytes(), with("").as_bytes()));
}

macro_rules! broken {
    ($($name:ident: $by:ident($($argument:expr),+) => $expected:expr;)+) => {
        $(#[test]
        fn $name() {
            $by($($argument),+, &$expected);
        })+
    };
}

pub(super) use broken;

broken! {
    syntax: gates("[[gates]]\nid = \"T4\nname = \"tests\"\n") => expect![[r#"
        error[policy-syntax]: invalid basic string, expected `"`
         --> policy/gates.toml:2:9
          |
        2 | id = "T4
          |         ^
          |
          = help: correct this line
    "#]];
    a_key_that_is_given_twice: gates(&with("name = \"again\"\n")) => expect![[r#"
        error[policy-syntax]: duplicate key
         --> policy/gates.toml:8:1
          |
        8 | name = "again"
          | ^^^^
          |
          = help: correct this line
    "#]];
    a_misspelt_key: gates(&with("time_out = \"5 min\"\n")) => expect![[r#"
        error[policy-unknown-key]: unknown key `time_out`
         --> policy/gates.toml:8:1
          |
        8 | time_out = "5 min"
          | ^^^^^^^^
          |
          = help: did you mean `timeout`?
    "#]];
    a_key_that_is_like_none: gates(&with("colour = \"red\"\n")) => expect![[r#"
        error[policy-unknown-key]: unknown key `colour`
         --> policy/gates.toml:8:1
          |
        8 | colour = "red"
          | ^^^^^^
          |
          = help: the keys of this table are `id`, `name`, `run`, `builtin`, `needs`, `timeout`, `cores`, `owner`, `evidence`, `scrub`, `env`, `set`, `network`, `tests`
    "#]];
    a_text_for_a_list: gates("[[gates]]\nid = \"T4\"\nname = \"tests\"\nrun = \"cargo test\"\n")
        => expect![[r#"
            error[policy-type]: this is a string, where a list in square brackets belongs
             --> policy/gates.toml:4:7
              |
            4 | run = "cargo test"
              |       ^^^^^^^^^^^^
              |
              = help: write a list in square brackets
        "#]];
    a_number_for_a_text: gates("[[gates]]\nid = 4\nname = \"tests\"\nrun = [\"true\"]\n")
        => expect![[r#"
            error[policy-type]: this is an integer, where a text in quotes belongs
             --> policy/gates.toml:2:6
              |
            2 | id = 4
              |      ^
              |
              = help: write a text in quotes
        "#]];
    a_missing_key: gates("[[gates]]\nid = \"T4\"\nrun = [\"true\"]\n") => expect![[r#"
        error[policy-missing]: `name` is missing here
         --> policy/gates.toml:1:1
          |
        1 | [[gates]]
          | ^^^^^^^^^
          |
          = help: add `name = …`
    "#]];
    a_number_without_a_unit: gates(&with("timeout = \"15\"\n")) => expect![[r#"
        error[policy-value]: `15` is not a span of time
         --> policy/gates.toml:8:11
          |
        8 | timeout = "15"
          |           ^^^^
          |
          = help: write a number with its unit, such as "30 s", "20 min" or "2 h"
    "#]];
    a_number_where_a_span_belongs: gates(&with("timeout = 15\n")) => expect![[r#"
        error[policy-type]: this is an integer, where a span of time such as "20 min" belongs
         --> policy/gates.toml:8:11
          |
        8 | timeout = 15
          |           ^^
          |
          = help: write a span of time such as "20 min"
    "#]];
    a_pattern_that_does_not_compile:
        gates(&with("scrub = [{ pattern = '(a', replacement = 'b', reason = 'c' }]\n"))
        => expect![[r#"
            error[policy-value]: this pattern does not compile: error: unclosed group
             --> policy/gates.toml:8:22
              |
            8 | scrub = [{ pattern = '(a', replacement = 'b', reason = 'c' }]
              |                      ^^^^
              |
              = help: correct the regular expression
        "#]];
    a_glob_that_does_not_compile: gates(&with("evidence = [\"ok/**\", \"out/{a\"]\n"))
        => expect![[r#"
            error[policy-value]: this glob does not compile: unclosed alternate group; missing '}' (maybe escape '{' with '[{]'?)
             --> policy/gates.toml:8:22
              |
            8 | evidence = ["ok/**", "out/{a"]
              |                      ^^^^^^^^
              |
              = help: correct the glob
        "#]];
    paths_that_leave_the_repository:
        gates(&with("evidence = [\"/etc/*\", \"a/../../b\", \".git/config\", \"~/x\"]\n"))
        => expect![[r#"
            error[policy-value]: `/etc/*` is not relative to the repository
             --> policy/gates.toml:8:13
              |
            8 | evidence = ["/etc/*", "a/../../b", ".git/config", "~/x"]
              |             ^^^^^^^^
              |
              = help: write a path relative to the repository, with `/`

            error[policy-value]: `a/../../b` leaves the repository
             --> policy/gates.toml:8:23
              |
            8 | evidence = ["/etc/*", "a/../../b", ".git/config", "~/x"]
              |                       ^^^^^^^^^^^
              |
              = help: write a path relative to the repository, with `/`

            error[policy-value]: `.git/config` lies in git's own folder
             --> policy/gates.toml:8:36
              |
            8 | evidence = ["/etc/*", "a/../../b", ".git/config", "~/x"]
              |                                    ^^^^^^^^^^^^^
              |
              = help: write a path relative to the repository, with `/`

            error[policy-value]: `~/x` is not relative to the repository
             --> policy/gates.toml:8:51
              |
            8 | evidence = ["/etc/*", "a/../../b", ".git/config", "~/x"]
              |                                                   ^^^^^
              |
              = help: write a path relative to the repository, with `/`
        "#]];
    a_gate_that_is_not_there: gates(&with("needs = [\"T5\", \"lint\"]\n")) => expect![[r#"
        error[policy-reference]: there is no gate `T5`
         --> policy/gates.toml:8:10
          |
        8 | needs = ["T5", "lint"]
          |          ^^^^
          |
          = help: use one of `T4`

        error[policy-reference]: there is no gate `lint`
         --> policy/gates.toml:8:16
          |
        8 | needs = ["T5", "lint"]
          |                ^^^^^^
          |
          = help: use one of `T4`
    "#]];
    a_circle: gates(&(gate("T1", "a", "true") + "needs = [\"T2\"]\n" + &gate("T2", "b", "true")
        + "needs = [\"T3\"]\n" + &gate("T3", "c", "true") + "needs = [\"T1\"]\n"))
        => expect![[r#"
            error[policy-reference]: `T1` needs itself, by way of `T2`
             --> policy/gates.toml:8:10
              |
            8 | needs = ["T2"]
              |          ^^^^
              |
              = help: break the circle
        "#]];
    a_gate_that_needs_itself: gates(&with("needs = [\"T4\"]\n")) => expect![[r#"
        error[policy-reference]: `T4` needs itself, by way of `T4`
         --> policy/gates.toml:8:10
          |
        8 | needs = ["T4"]
          |          ^^^^
          |
          = help: break the circle
    "#]];
}

#[test]
fn bytes_that_are_no_text() {
    let expected = expect![[r#"
        error[policy-syntax]: this file is not UTF-8
          --> policy/gates.toml:2:5
           = help: write the file as UTF-8
    "#]];
    expected.assert_eq(&check(PROGRAMME.as_bytes(), b"stagger = \"0 s\"\nchec\xffkout = 1\n"));
}

#[test]
fn columns_count_characters() {
    let expected = expect![[r#"
        error[policy-missing]: `reason` is missing here
         --> policy/gates.toml:8:10
          |
        8 | scrub = [{ pattern = 'ü', replacement = 'ö', reson = ' €' }]
          |          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          |
          = help: add `reason = …`

        error[policy-unknown-key]: unknown key `reson`
         --> policy/gates.toml:8:46
          |
        8 | scrub = [{ pattern = 'ü', replacement = 'ö', reson = ' €' }]
          |                                              ^^^^^
          |
          = help: did you mean `reason`?
    "#]];
    expected.assert_eq(&check(
        PROGRAMME.as_bytes(),
        with("scrub = [{ pattern = 'ü', replacement = 'ö', reson = '\t€' }]\n").as_bytes(),
    ));
}

#[test]
fn an_escape_in_a_policy_file_does_not_reach_the_reader() {
    let world = World::new();
    world.write("policy/programme.toml", "id = \"a\" \u{1b}[31m\n\"k\\u001b[31m\" = 1\n");
    world.write("policy/gates.toml", with("\"k\\u001b[31m\" = 1\n"));
    let ran = world.xtask(["policy", "check"]);
    assert_eq!(ran.status, 3);
    assert!(!ran.stdout.contains('\u{1b}'), "{:?}", ran.stdout);
    assert!(ran.stdout.contains("unknown key `k\\u{1b}[31m`"), "{}", ran.stdout);
}

#[test]
fn files_that_are_missing_or_unknown() {
    let world = World::new();
    world.write("policy/gate.toml", with(""));
    world.write("policy/programme.toml", PROGRAMME);
    world.write("policy/sprints.toml", "");
    world.write("policy/README.md", "not a rule");
    let ran = world.xtask(["policy", "check"]);
    assert_eq!(ran.status, 3);
    expect![[r#"
        policy check: fail (policy-missing), exit status 3

        warning[policy-unused]: nothing reads `gate.toml`
          --> policy/gate.toml
           = help: did you mean `gates.toml`?

        error[policy-missing]: `policy/gates.toml` is missing
          --> policy/gates.toml
           = help: write it, or point --policy at the folder that has it; `cargo xtask policy schema gates` lists its keys

        warning[policy-unused]: nothing reads `sprints.toml`
          --> policy/sprints.toml
           = help: the policy files are `programme.toml`, `gates.toml`, `branches.toml`, `filemap.toml`, `controls.toml`, `ledger.toml`, `release.toml`, `calendar.toml`, `backlog.toml`, `risk.toml`

        1 problem and 2 warnings in 3 files of policy
    "#]].assert_eq(&ran.stdout);
}

#[test]
fn no_policy_at_all() {
    let world = World::new();
    world.commit("nothing");
    let ran = world.xtask(["orr"]);
    assert_eq!(ran.status, 3);
    expect![[r#"
        orr: fail (policy-missing), exit status 3

        error[policy-missing]: `policy/gates.toml` is missing
          --> policy/gates.toml
           = help: write it, or point --policy at the folder that has it; `cargo xtask policy schema gates` lists its keys

        error[policy-missing]: `policy/programme.toml` is missing
          --> policy/programme.toml
           = help: write it, or point --policy at the folder that has it; `cargo xtask policy schema programme` lists its keys

    "#]].assert_eq(&ran.stdout);
}
