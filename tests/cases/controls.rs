//! Risks and their controls: what policy refuses, and the table in docs.

use std::collections::BTreeSet;

use expect_test::{Expect, expect};
use xtask::policy::controls::COMMANDS;

use crate::support::{PROGRAMME, World, gate};

fn world(controls: &str) -> World {
    let world = World::new();
    world.write("policy/programme.toml", PROGRAMME);
    world.write("policy/gates.toml", gate("T4", "tests", "true"));
    world.write("policy/controls.toml", controls);
    world
}

fn refused(controls: &str, expected: &Expect) {
    let ran = world(controls).xtask(["policy", "check"]);
    assert_eq!(ran.status, 3, "{}", ran.stdout);
    let (_, text) = ran.stdout.split_once("\n\n").unwrap();
    expected.assert_eq(text);
}

/// Commands that other parts of this programme bring.
const COMING: &[&str] = &[
    "branch check",
    "branch new",
    "branch sandbox",
    "filemap check",
    "filemap explain",
    "plan check",
    "plan new",
    "pr-body",
];

fn leaves(command: &clap::Command, path: &str, found: &mut BTreeSet<String>) {
    let inner: Vec<_> = command
        .get_subcommands()
        .filter(|inner| !inner.is_hide_set() && inner.get_name() != "help")
        .collect();
    for inner in &inner {
        leaves(inner, format!("{path} {}", inner.get_name()).trim(), found);
    }
    if inner.is_empty() {
        found.insert(path.to_owned());
    }
}

#[test]
fn the_commands_that_policy_may_name_are_those_of_the_command_line() {
    let mut found: BTreeSet<String> = COMING.iter().map(|name| (*name).to_owned()).collect();
    leaves(&xtask::cli::command(), "", &mut found);
    assert_eq!(found.iter().collect::<Vec<_>>(), COMMANDS.iter().collect::<Vec<_>>());
}

#[test]
fn a_control_that_does_not_exist_is_refused() {
    refused(
        r#"[[risks]]
risk = "one"
command = "filemap chek"
gate = "T5"
code = "CEC-11"
proves = ["out/evidence/T4_test/tests.json", "words"]

[[risks]]
risk = "one"
control = "nothing that can be checked"
proves = []

[[risks]]
risk = "two"
level = "may"
code = "cec-10"
"#,
        &expect![[""]],
    );
    refused("risks = []\n", &expect![[""]]);
}

#[test]
fn docs_hold_the_table_that_policy_says() {
    let controls = r#"[[risks]]
risk = "a | b\n<!-- c"
control = "`x|y`"
level = "should"
command = "orr"
gate = "T4"
code = "CEC-30"
proves = ["out/evidence/T4_tests/*", "a look"]
"#;
    let world = world(controls);
    let ran = world.xtask(["docs"]);
    assert_eq!(ran.status, 0, "{}", ran.stdout);
    expect![[""]].assert_eq(&world.read("docs/controls.md"));
    assert_eq!(world.xtask(["docs", "--check"]).status, 0);
    world.write("policy/controls.toml", controls.replace("a look", "two looks"));
    let stale = world.xtask(["docs", "--check"]);
    assert_eq!(stale.status, 1);
    assert!(stale.stdout.contains("docs/controls.md is not what the program says"), "{stale:?}");
    world.write("policy/controls.toml", "[[risks]]\n");
    assert_eq!(world.xtask(["docs"]).status, 3);
}
