//! Broken policies as a reader sees them.

use expect_test::expect;

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

/// A good gate, with these lines in it.
pub(super) fn with(lines: &str) -> String {
    format!("{}{lines}", gate("T4", "tests", "true"))
}

#[test]
fn a_misspelt_key() {
    let expected = expect![[r#"
        error[policy-unknown-key]: unknown key `time_out`
         --> policy/gates.toml:8:1
          |
        8 | time_out = "5 min"
          | ^^^^^^^^
          |
          = help: did you mean `timeout`?
    "#]];
    expected.assert_eq(&check(PROGRAMME.as_bytes(), with("time_out = \"5 min\"\n").as_bytes()));
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

        error[policy-missing]: this repository has no rules yet: there is no policy/
           = help: `cargo xtask init` writes them, from what is there

        next: cargo xtask init
    "#]]
    .assert_eq(&ran.stdout);
}
