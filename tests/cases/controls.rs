//! Risks and their controls: what policy refuses, and the table in docs.

use std::collections::BTreeSet;

use expect_test::{Expect, expect};
use thrice_programme::controls::COMMANDS;

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

fn leaves(command: &clap::Command, path: &str, found: &mut BTreeSet<String>) {
    let inner: Vec<_> = command
        .get_subcommands()
        .filter(|inner| !inner.is_hide_set() && inner.get_name() != "help")
        .collect();
    for inner in &inner {
        leaves(inner, format!("{path} {}", inner.get_name()).trim(), found);
    }
    if !command.is_subcommand_required_set() && !path.is_empty() {
        found.insert(path.to_owned());
    }
}

#[test]
fn the_commands_that_policy_may_name_are_those_of_the_command_line() {
    let mut found = BTreeSet::new();
    leaves(&thrice::cli::command::<thrice::cli::NoOwnVerb>(), "", &mut found);
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
        &expect![[r#"
            error[policy-reference]: there is no command `filemap chek`
             --> policy/controls.toml:3:11
              |
            3 | command = "filemap chek"
              |           ^^^^^^^^^^^^^^
              |
              = help: did you mean `filemap check`?

            error[policy-reference]: there is no gate `T5`
             --> policy/controls.toml:4:8
              |
            4 | gate = "T5"
              |        ^^^^
              |
              = help: use one of `T4`

            error[policy-reference]: there is no code `CEC-11`
             --> policy/controls.toml:5:8
              |
            5 | code = "CEC-11"
              |        ^^^^^^^^
              |
              = help: did you mean `CEC-10`?

            error[policy-reference]: no gate leaves evidence in `out/evidence/T4_test`
             --> policy/controls.toml:6:11
              |
            6 | proves = ["out/evidence/T4_test/tests.json", "words"]
              |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
              |
              = help: did you mean `out/evidence/T4_tests/`?

            error[policy-missing]: nothing that can be checked answers this risk
             --> policy/controls.toml:8:1
              |
            8 | [[risks]]
              | ^^^^^^^^^
              |
              = help: add `command = …`, `gate = …` or `code = …`

            error[policy-reference]: this risk is reported twice
             --> policy/controls.toml:9:8
              |
            9 | risk = "one"
              |        ^^^^^
              |
              = help: join the two, or say how they differ

            error[policy-value]: nothing proves this control
              --> policy/controls.toml:11:10
               |
            11 | proves = []
               |          ^^
               |
               = help: name the evidence, or say where it is seen

            error[policy-missing]: `proves` is missing here
              --> policy/controls.toml:13:1
               |
            13 | [[risks]]
               | ^^^^^^^^^
               |
               = help: add `proves = …`

            error[policy-reference]: `may` is none of the choices
              --> policy/controls.toml:15:9
               |
            15 | level = "may"
               |         ^^^^^
               |
               = help: use one of `must`, `should`

            error[policy-reference]: there is no code `cec-10`
              --> policy/controls.toml:16:8
               |
            16 | code = "cec-10"
               |        ^^^^^^^^
               |
               = help: did you mean `CEC-10`?

            10 problems and 0 warnings in 3 files of policy
        "#]],
    );
    refused(
        "risks = []\n",
        &expect![[r#"
        error[policy-value]: this list of risks is empty
         --> policy/controls.toml:1:9
          |
        1 | risks = []
          |         ^^
          |
          = help: name at least one, or take the file out

        1 problem and 0 warnings in 3 files of policy
    "#]],
    );
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
    expect![[r#"
        <!-- Written by `cargo xtask docs`. Do not edit. -->

        # Risks and controls

        From `policy/controls.toml`. `cargo xtask policy check` refuses a control that does not exist.

        | risk | control | level | answered by | where it is proven |
        | --- | --- | --- | --- | --- |
        | a \| b\n&lt;!-- c | `x\|y` | should | `cargo xtask orr`, T4, CEC-30 | `out/evidence/T4_tests/*`; a look |
    "#]].assert_eq(&world.read("docs/controls.md"));
    assert_eq!(world.xtask(["docs", "--check"]).status, 0);
    world.write("policy/controls.toml", controls.replace("a look", "two looks"));
    let stale = world.xtask(["docs", "--check"]);
    assert_eq!(stale.status, 1);
    assert!(stale.stdout.contains("docs/controls.md is not what the program says"), "{stale:?}");
    world.write("policy/controls.toml", "[[risks]]\n");
    assert_eq!(world.xtask(["docs"]).status, 3);
}
