//! Broken policies, continued: values that have the right type and cannot be used.

use expect_test::expect;

use super::policies::{broken, gates, instead, programme, with};
use crate::support::gate;

broken! {
    two_gates_of_one_id: gates(&(with("") + &gate("T4", "again", "true"))) => expect![[r#"
        error[policy-reference]: two gates are called `T4`
          --> policy/gates.toml:10:6
           |
        10 | id = "T4"
           |      ^^^^
           |
           = help: rename one; the other is at policy/gates.toml:3:6
    "#]];
    an_id_of_another_form: gates(&gate("gate4", "tests", "true")) => expect![[r#"
        error[policy-value]: `gate4` cannot be a gate's id
         --> policy/gates.toml:3:6
          |
        3 | id = "gate4"
          |      ^^^^^^^
          |
          = help: use `T` and a number, such as `T4`
    "#]];
    a_name_of_another_form: gates(&gate("T4", "Unit Tests/x", "true")) => expect![[r#"
        error[policy-value]: `Unit Tests/x` cannot be a gate's name
         --> policy/gates.toml:4:8
          |
        4 | name = "Unit Tests/x"
          |        ^^^^^^^^^^^^^^
          |
          = help: use at most 40 lower case letters, digits and underscores
    "#]];
    both_run_and_builtin: gates(&with("builtin = \"evidence\"\n")) => expect![[r#"
        error[policy-missing]: this gate has both `run` and `builtin`
         --> policy/gates.toml:2:1
          |
        2 | [[gates]]
          | ^^^^^^^^^
          |
          = help: give it one; the built-ins are `ruleset`, `secrets`, `pins`, `determinism`, `chain`, `evidence`
    "#]];
    neither_run_nor_builtin: gates("[[gates]]\nid = \"T4\"\nname = \"tests\"\n")
        => expect![[r#"
            error[policy-missing]: this gate has neither `run` nor `builtin`
             --> policy/gates.toml:1:1
              |
            1 | [[gates]]
              | ^^^^^^^^^
              |
              = help: give it one; the built-ins are `ruleset`, `secrets`, `pins`, `determinism`, `chain`, `evidence`
        "#]];
    an_unknown_builtin: gates("[[gates]]\nid = \"T2\"\nname = \"secrets\"\nbuiltin = \"secret\"\n")
        => expect![[r#"
            error[policy-reference]: `secret` is none of the choices
             --> policy/gates.toml:4:11
              |
            4 | builtin = "secret"
              |           ^^^^^^^^
              |
              = help: did you mean `secrets`?
        "#]];
    a_builtin_without_its_settings:
        gates("[[gates]]\nid = \"T0\"\nname = \"ruleset\"\nbuiltin = \"ruleset\"\n")
        => expect![[r#"
            error[policy-missing]: the built-in `ruleset` has no settings
             --> policy/gates.toml:4:11
              |
            4 | builtin = "ruleset"
              |           ^^^^^^^^^
              |
              = help: add a table `[ruleset]` to this file
        "#]];
    no_gate: gates("gates = []\n") => expect![[r#"
        error[policy-missing]: there is no gate
           = help: add a `[[gates]]` table
    "#]];
    no_core: gates(&with("cores = 0\n")) => expect![[r#"
        error[policy-value]: a gate takes at least one core
         --> policy/gates.toml:8:9
          |
        8 | cores = 0
          |         ^
          |
          = help: write 1
    "#]];
    a_negative_number: gates(&with("cores = -1\n")) => expect![[r#"
        error[policy-value]: -1 is out of range
         --> policy/gates.toml:8:9
          |
        8 | cores = -1
          |         ^^
          |
          = help: write a whole number that is not negative
    "#]];
    an_empty_command: gates("[[gates]]\nid = \"T4\"\nname = \"tests\"\nrun = []\n")
        => expect![[r#"
            error[policy-value]: a command without a program
             --> policy/gates.toml:4:7
              |
            4 | run = []
              |       ^^
              |
              = help: write the program and its arguments, such as ["cargo", "test"]
        "#]];
    a_secret_variable:
        gates(&format!("[environment]\nkeep = [\"CARGO_HOME\", \"GITHUB_TOKEN\"]\n{}", with("")))
        => expect![[r#"
            error[policy-value]: `GITHUB_TOKEN` names a secret
             --> policy/gates.toml:2:23
              |
            2 | keep = ["CARGO_HOME", "GITHUB_TOKEN"]
              |                       ^^^^^^^^^^^^^^
              |
              = help: gates never see credentials: take it out
        "#]];
    a_key_and_the_way_to_one: gates(&with("env = [\"AWS_ACCESS_KEY_ID\", \"SSH_AUTH_SOCK\"]\n"))
        => expect![[r#"
            error[policy-value]: `AWS_ACCESS_KEY_ID` names a secret
             --> policy/gates.toml:8:8
              |
            8 | env = ["AWS_ACCESS_KEY_ID", "SSH_AUTH_SOCK"]
              |        ^^^^^^^^^^^^^^^^^^^
              |
              = help: gates never see credentials: take it out

            error[policy-value]: `SSH_AUTH_SOCK` names a secret
             --> policy/gates.toml:8:29
              |
            8 | env = ["AWS_ACCESS_KEY_ID", "SSH_AUTH_SOCK"]
              |                             ^^^^^^^^^^^^^^^
              |
              = help: gates never see credentials: take it out
        "#]];
    a_secret_variable_of_one_gate: gates(&with("env = [\"NPM_PASSWORD\"]\n")) => expect![[r#"
        error[policy-value]: `NPM_PASSWORD` names a secret
         --> policy/gates.toml:8:8
          |
        8 | env = ["NPM_PASSWORD"]
          |        ^^^^^^^^^^^^^^
          |
          = help: gates never see credentials: take it out
    "#]];
    keys_in_the_home:
        gates(&format!("[environment]\nhome = [\".cargo\", \".ssh\", \"a//b\", \".local\"]\n{}", with("")))
        => expect![[r#"
            error[policy-value]: `.cargo` can hold keys or tokens: `.cargo/config`
             --> policy/gates.toml:2:9
              |
            2 | home = [".cargo", ".ssh", "a//b", ".local"]
              |         ^^^^^^^^
              |
              = help: take it out, and write `keep = ["CARGO_HOME"]`: a gate gets a cargo home without credentials

            error[policy-value]: `.ssh` can hold keys or tokens
             --> policy/gates.toml:2:19
              |
            2 | home = [".cargo", ".ssh", "a//b", ".local"]
              |                   ^^^^^^
              |
              = help: gates never see credentials: take it out

            error[policy-value]: `a//b` is not the name of an entry of HOME
             --> policy/gates.toml:2:27
              |
            2 | home = [".cargo", ".ssh", "a//b", ".local"]
              |                           ^^^^^^
              |
              = help: name a file or folder by its path in HOME, such as `.rustup` or `.local/bin`

            error[policy-value]: `.local` can hold keys or tokens: `.local/share/keyrings`
             --> policy/gates.toml:2:35
              |
            2 | home = [".cargo", ".ssh", "a//b", ".local"]
              |                                   ^^^^^^^^
              |
              = help: name what the gate needs of it, such as `.local/bin` or `.local/lib` or `.local/share/pipx`
        "#]];
    a_variable_of_the_tool_itself:
        gates(&format!("[environment]\nset = {{ TZ = \"CET\", \"A-B\" = \"x\" }}\n{}", with("")))
        => expect![[r#"
            error[policy-value]: `TZ` is set by the tool itself
             --> policy/gates.toml:2:9
              |
            2 | set = { TZ = "CET", "A-B" = "x" }
              |         ^^
              |
              = help: take it out: a run's value follows from the commit and the run

            error[policy-value]: `A-B` is not the name of a variable
             --> policy/gates.toml:2:21
              |
            2 | set = { TZ = "CET", "A-B" = "x" }
              |                     ^^^^^
              |
              = help: use letters, digits and underscores
        "#]];
    junit_without_a_file: gates(&with("tests.reader = \"junit\"\n")) => expect![[r#"
        error[policy-missing]: a JUnit report is a file, and none is named
         --> policy/gates.toml:8:16
          |
        8 | tests.reader = "junit"
          |                ^^^^^^^
          |
          = help: add `file = "…"`, the path that the runner writes
    "#]];
    an_unknown_reader: gates(&with("tests.reader = \"pytest\"\n")) => expect![[r#"
        error[policy-reference]: `pytest` is none of the choices
         --> policy/gates.toml:8:16
          |
        8 | tests.reader = "pytest"
          |                ^^^^^^^^
          |
          = help: use one of `cargo-test`, `nextest`, `junit`, `tap`
    "#]];
    reports_of_wrong_names:
        gates(&with("tests.reader = \"tap\"\ntests.report = \"../x.json\"\n")) => expect![[r#"
            error[policy-value]: `../x.json` cannot be a report's name
             --> policy/gates.toml:9:16
              |
            9 | tests.report = "../x.json"
              |                ^^^^^^^^^^^
              |
              = help: write a plain file name with .json, such as "tests.json"; gate.json is the gate's own record
        "#]];
    a_report_in_the_place_of_the_gates_record:
        gates(&with("tests.reader = \"tap\"\ntests.report = \"gate.json\"\n")) => expect![[r#"
            error[policy-value]: `gate.json` cannot be a report's name
             --> policy/gates.toml:9:16
              |
            9 | tests.report = "gate.json"
              |                ^^^^^^^^^^^
              |
              = help: write a plain file name with .json, such as "tests.json"; gate.json is the gate's own record
        "#]];
    an_unknown_role: gates(&with("owner = \"maintainers\"\n")) => expect![[r#"
        error[policy-reference]: there is no role `maintainers`
         --> policy/gates.toml:8:9
          |
        8 | owner = "maintainers"
          |         ^^^^^^^^^^^^^
          |
          = help: there is none yet; add the role first
    "#]];

    an_unknown_time_zone: instead("\"UTC\"", "\"Europe/Atlantis\"") => expect![[r#"
        error[policy-value]: no time zone is called `Europe/Atlantis`
         --> policy/programme.toml:4:13
          |
        4 | time_zone = "Europe/Atlantis"
          |             ^^^^^^^^^^^^^^^^^
          |
          = help: use an IANA name, such as `UTC` or `America/Sao_Paulo`
    "#]];
    a_programme_id_of_another_form: instead("\"demo\"", "\"Demo 1\"") => expect![[r#"
        error[policy-value]: `Demo 1` cannot be a programme's id
         --> policy/programme.toml:1:6
          |
        1 | id = "Demo 1"
          |      ^^^^^^^^
          |
          = help: use at most 32 lower case letters, digits and hyphens, a letter first
    "#]];
    a_branch_that_git_refuses: instead("\"main\"", "\"ma..in\"") => expect![[r#"
        error[policy-value]: git has no branch called `ma..in`: it holds `..`, which git reads as a range
         --> policy/programme.toml:3:18
          |
        3 | default_branch = "ma..in"
          |                  ^^^^^^^^
          |
          = help: write the name as `git branch` shows it
    "#]];
    an_empty_text: instead("\"Demo\"", "\" \"") => expect![[r#"
        error[policy-value]: this text is empty
         --> policy/programme.toml:2:8
          |
        2 | name = " "
          |        ^^^
          |
          = help: say something, or take the key out
    "#]];
    an_output_that_is_the_repository: programme("output = \".\"\n") => expect![[r#"
        error[policy-value]: `.` is not a folder of its own
         --> policy/programme.toml:5:10
          |
        5 | output = "."
          |          ^^^
          |
          = help: name a folder that holds outputs and nothing else, such as `out`
    "#]];
    an_output_outside: programme("output = \"../out\"\n") => expect![[r#"
        error[policy-value]: `../out` leaves the repository
         --> policy/programme.toml:5:10
          |
        5 | output = "../out"
          |          ^^^^^^^^
          |
          = help: write a path relative to the repository, with `/`
    "#]];
    a_role_that_nobody_holds: programme("[roles.lead]\nmembers = []\n") => expect![[r#"
        warning[policy-unused]: nothing uses the role `lead`
         --> policy/programme.toml:5:8
          |
        5 | [roles.lead]
          |        ^^^^
          |
          = help: take it out, or make it the owner of a gate

        error[policy-value]: nobody holds the role `lead`
         --> policy/programme.toml:6:11
          |
        6 | members = []
          |           ^^
          |
          = help: name at least one `@login` or `@org/team`
    "#]];
    a_member_of_another_form: programme("[roles.lead]\nmembers = [\"someone\"]\n")
        => expect![[r#"
            warning[policy-unused]: nothing uses the role `lead`
             --> policy/programme.toml:5:8
              |
            5 | [roles.lead]
              |        ^^^^
              |
              = help: take it out, or make it the owner of a gate

            error[policy-value]: `someone` is not a GitHub login or team
             --> policy/programme.toml:6:12
              |
            6 | members = ["someone"]
              |            ^^^^^^^^^
              |
              = help: write `@login` or `@org/team`
        "#]];
    a_role_of_the_wrong_type: programme("[roles]\nlead = \"@someone\"\n") => expect![[r#"
        error[policy-type]: this is a string, where a table belongs
         --> policy/programme.toml:6:8
          |
        6 | lead = "@someone"
          |        ^^^^^^^^^^
          |
          = help: write a table
    "#]];
}
