//! Broken policies: a table of slips, each alone, with its exact place and what fixes it.

use serde_json::Value;

use super::policies::with;
use crate::support::{PROGRAMME, World, gate};

/// The file that is broken, and what both files hold.
struct Broken {
    file: &'static str,
    programme: String,
    gates: String,
}

/// `policy/gates.toml` holds this.
fn gates(text: &str) -> Broken {
    Broken { file: "gates", programme: PROGRAMME.to_owned(), gates: text.to_owned() }
}

/// `policy/programme.toml` is the usual one with these lines more.
fn programme(text: &str) -> Broken {
    Broken { file: "programme", programme: format!("{PROGRAMME}{text}"), gates: with("") }
}

/// `policy/programme.toml` is the usual one with this value in place of another.
fn instead(from: &str, to: &str) -> Broken {
    assert!(PROGRAMME.contains(from));
    Broken { file: "programme", programme: PROGRAMME.replace(from, to), gates: with("") }
}

/// The slip's name, the files, and each finding: line, column, code, message, help.
type Row = (&'static str, Broken, &'static [&'static str]);

/// What `policy check` finds in both files, a line each.
fn findings(world: &World, broken: &Broken) -> Vec<String> {
    world.write("policy/programme.toml", &broken.programme);
    world.write("policy/gates.toml", &broken.gates);
    let ran = world.xtask(["policy", "check", "--format", "json"]);
    assert_eq!(ran.status, 3, "{ran:?}");
    let said: Value = serde_json::from_str(&ran.stdout).unwrap();
    let line = |finding: &Value| {
        let text = |key: &str| finding[key].as_str().unwrap_or("-").to_owned();
        let level = if text("severity") == "warn" { "warn " } else { "" };
        let place = &finding["place"];
        let at = match (place["line"].as_u64(), place["column"].as_u64()) {
            (Some(line), Some(column)) => {
                assert_eq!(place["file"], format!("policy/{}.toml", broken.file), "{finding}");
                format!("{line}:{column}")
            }
            _ => "-".to_owned(),
        };
        format!("{level}{at} {}: {} => {}", text("code"), text("message"), text("help"))
    };
    said["findings"].as_array().unwrap().iter().map(line).collect()
}

#[test]
fn each_slip_is_found_at_its_place() {
    let world = World::new();
    let mut wrong = Vec::new();
    for (name, broken, expected) in rows() {
        let found = findings(&world, &broken);
        if found != expected {
            wrong.push(format!("{name}: {found:#?}, not {expected:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn rows() -> Vec<Row> {
    vec![
        (
            "syntax",
            gates("[[gates]]\nid = \"T4\nname = \"tests\"\n"),
            &[r#"2:9 policy-syntax: invalid basic string, expected `"` => correct this line"#],
        ),
        (
            "a key that is given twice",
            gates(&with("name = \"again\"\n")),
            &["8:1 policy-syntax: duplicate key => correct this line"],
        ),
        (
            "a misspelt key",
            gates(&with("time_out = \"5 min\"\n")),
            &["8:1 policy-unknown-key: unknown key `time_out` => did you mean `timeout`?"],
        ),
        (
            "a key that is like none",
            gates(&with("colour = \"red\"\n")),
            &[
                "8:1 policy-unknown-key: unknown key `colour` => the keys of this table are `id`, `name`, `run`, `builtin`, `needs`, `timeout`, `cores`, `owner`, `evidence`, `scrub`, `env`, `set`, `network`, `writable`, `tests`",
            ],
        ),
        (
            "a text for a list",
            gates("[[gates]]\nid = \"T4\"\nname = \"tests\"\nrun = \"cargo test\"\n"),
            &[
                "4:7 policy-type: this is a string, where a list in square brackets belongs => write a list in square brackets",
            ],
        ),
        (
            "a number for a text",
            gates("[[gates]]\nid = 4\nname = \"tests\"\nrun = [\"true\"]\n"),
            &[
                "2:6 policy-type: this is an integer, where a text in quotes belongs => write a text in quotes",
            ],
        ),
        (
            "a missing key",
            gates("[[gates]]\nid = \"T4\"\nrun = [\"true\"]\n"),
            &["1:1 policy-missing: `name` is missing here => add `name = …`"],
        ),
        (
            "a number without a unit",
            gates(&with("timeout = \"15\"\n")),
            &[
                r#"8:11 policy-value: `15` is not a span of time => write a number with its unit, such as "30 s", "20 min" or "2 h""#,
            ],
        ),
        (
            "a number where a span belongs",
            gates(&with("timeout = 15\n")),
            &[
                r#"8:11 policy-type: this is an integer, where a span of time such as "20 min" belongs => write a span of time such as "20 min""#,
            ],
        ),
        (
            "a pattern that does not compile",
            gates(&with("scrub = [{ pattern = '(a', replacement = 'b', reason = 'c' }]\n")),
            &[
                "8:22 policy-value: this pattern does not compile: error: unclosed group => correct the regular expression",
            ],
        ),
        (
            "a glob that does not compile",
            gates(&with("evidence = [\"ok/**\", \"out/{a\"]\n")),
            &[
                "8:22 policy-value: this glob does not compile: unclosed alternate group; missing '}' (maybe escape '{' with '[{]'?) => correct the glob",
            ],
        ),
        (
            "paths that leave the repository",
            gates(&with("evidence = [\"/etc/*\", \"a/../../b\", \".git/config\", \"~/x\"]\n")),
            &[
                "8:13 policy-value: `/etc/*` is not relative to the repository => write a path relative to the repository, with `/`",
                "8:23 policy-value: `a/../../b` leaves the repository => write a path relative to the repository, with `/`",
                "8:36 policy-value: `.git/config` lies in git's own folder => write a path relative to the repository, with `/`",
                "8:51 policy-value: `~/x` is not relative to the repository => write a path relative to the repository, with `/`",
            ],
        ),
        (
            "a gate that is not there",
            gates(&with("needs = [\"T5\", \"lint\"]\n")),
            &[
                "8:10 policy-reference: there is no gate `T5` => use one of `T4`",
                "8:16 policy-reference: there is no gate `lint` => use one of `T4`",
            ],
        ),
        (
            "a circle",
            gates(
                &(gate("T1", "a", "true")
                    + "needs = [\"T2\"]\n"
                    + &gate("T2", "b", "true")
                    + "needs = [\"T3\"]\n"
                    + &gate("T3", "c", "true")
                    + "needs = [\"T1\"]\n"),
            ),
            &["8:10 policy-reference: `T1` needs itself, by way of `T2` => break the circle"],
        ),
        (
            "a gate that needs itself",
            gates(&with("needs = [\"T4\"]\n")),
            &["8:10 policy-reference: `T4` needs itself, by way of `T4` => break the circle"],
        ),
        (
            "two gates of one id",
            gates(&(with("") + &gate("T4", "again", "true"))),
            &[
                "10:6 policy-reference: two gates are called `T4` => rename one; the other is at policy/gates.toml:3:6",
            ],
        ),
        (
            "two gates of one folder",
            gates(&(gate("a", "b_c", "true") + &gate("a_b", "c", "true"))),
            &[
                "10:6 policy-reference: `a` and `a_b` have one folder of evidence => rename one: the folder is called after id and name, with `_` between them",
            ],
        ),
        (
            "a gate of the name of another job",
            gates(&gate("attest", "a", "true")),
            &[
                "3:6 policy-reference: another job of the workflow, or its log, is called `attest` => call the gate otherwise",
            ],
        ),
        (
            "an id of another form",
            gates(&gate("gate.4", "tests", "true")),
            &[
                "3:6 policy-value: `gate.4` cannot be a gate's id => use `T` and a number, such as `T4`, or at most 32 letters, digits, `_` and `-`, a letter first",
            ],
        ),
        (
            "a name of another form",
            gates(&gate("T4", "Unit Tests/x", "true")),
            &[
                "4:8 policy-value: `Unit Tests/x` cannot be a gate's name => use at most 40 lower case letters, digits and underscores",
            ],
        ),
        (
            "both run and builtin",
            gates(&with("builtin = \"evidence\"\n")),
            &[
                "2:1 policy-missing: this gate has both `run` and `builtin` => give it one; the built-ins are `ruleset`, `secrets`, `pins`, `determinism`, `chain`, `evidence`",
            ],
        ),
        (
            "neither run nor builtin",
            gates("[[gates]]\nid = \"T4\"\nname = \"tests\"\n"),
            &[
                "1:1 policy-missing: this gate has neither `run` nor `builtin` => give it one; the built-ins are `ruleset`, `secrets`, `pins`, `determinism`, `chain`, `evidence`",
            ],
        ),
        (
            "an unknown builtin",
            gates("[[gates]]\nid = \"T2\"\nname = \"secrets\"\nbuiltin = \"secret\"\n"),
            &["4:11 policy-reference: `secret` is none of the choices => did you mean `secrets`?"],
        ),
        (
            "a builtin without its settings",
            gates("[[gates]]\nid = \"T0\"\nname = \"ruleset\"\nbuiltin = \"ruleset\"\n"),
            &[
                "4:11 policy-missing: the built-in `ruleset` has no settings => add a table `[ruleset]` to this file",
            ],
        ),
        (
            "no gate",
            gates("gates = []\n"),
            &["- policy-missing: there is no gate => add a `[[gates]]` table"],
        ),
        (
            "no core",
            gates(&with("cores = 0\n")),
            &["8:9 policy-value: a gate takes at least one core => write 1"],
        ),
        (
            "a negative number",
            gates(&with("cores = -1\n")),
            &["8:9 policy-value: -1 is out of range => write a whole number that is not negative"],
        ),
        (
            "an empty command",
            gates("[[gates]]\nid = \"T4\"\nname = \"tests\"\nrun = []\n"),
            &[
                r#"4:7 policy-value: a command without a program => write the program and its arguments, such as ["cargo", "test"]"#,
            ],
        ),
        (
            "a secret variable",
            gates(&format!(
                "[environment]\nkeep = [\"CARGO_HOME\", \"GITHUB_TOKEN\"]\n{}",
                with("")
            )),
            &[
                "2:23 policy-value: `GITHUB_TOKEN` names a secret => gates never see credentials: take it out",
            ],
        ),
        (
            "a key and the way to one",
            gates(&with("env = [\"AWS_ACCESS_KEY_ID\", \"SSH_AUTH_SOCK\"]\n")),
            &[
                "8:8 policy-value: `AWS_ACCESS_KEY_ID` names a secret => gates never see credentials: take it out",
                "8:29 policy-value: `SSH_AUTH_SOCK` names a secret => gates never see credentials: take it out",
            ],
        ),
        (
            "a secret variable of one gate",
            gates(&with("env = [\"NPM_PASSWORD\"]\n")),
            &[
                "8:8 policy-value: `NPM_PASSWORD` names a secret => gates never see credentials: take it out",
            ],
        ),
        (
            "keys in the home",
            gates(&format!(
                "[environment]\nhome = [\".cargo\", \".ssh\", \"a//b\", \".local\"]\n{}",
                with("")
            )),
            &[
                r#"2:9 policy-value: `.cargo` can hold keys or tokens: `.cargo/config` => take it out, and write `keep = ["CARGO_HOME"]`: a gate gets a cargo home without credentials"#,
                "2:19 policy-value: `.ssh` can hold keys or tokens => gates never see credentials: take it out",
                "2:27 policy-value: `a//b` is not the name of an entry of HOME => name a file or folder by its path in HOME, such as `.rustup` or `.local/bin`",
                "2:35 policy-value: `.local` can hold keys or tokens: `.local/share/keyrings` => name what the gate needs of it, such as `.local/bin` or `.local/lib` or `.local/share/pipx`",
            ],
        ),
        (
            "a variable of the tool itself",
            gates(&format!(
                "[environment]\nset = {{ TZ = \"CET\", \"A-B\" = \"x\" }}\n{}",
                with("")
            )),
            &[
                "2:9 policy-value: `TZ` is set by the tool itself => take it out: a run's value follows from the commit and the run",
                "2:21 policy-value: `A-B` is not the name of a variable => use letters, digits and underscores",
            ],
        ),
        (
            "junit without a file",
            gates(&with("tests.reader = \"junit\"\n")),
            &[
                r#"8:16 policy-missing: a JUnit report is a file, and none is named => add `file = "…"`, the path that the runner writes"#,
            ],
        ),
        (
            "an unknown reader",
            gates(&with("tests.reader = \"pytest\"\n")),
            &[
                "8:16 policy-reference: `pytest` is none of the choices => use one of `cargo-test`, `nextest`, `junit`, `tap`, `go-test-json`, `unittest`",
            ],
        ),
        (
            "reports of wrong names",
            gates(&with("tests.reader = \"tap\"\ntests.report = \"../x.json\"\n")),
            &[
                r#"9:16 policy-value: `../x.json` cannot be a report's name => write a plain file name with .json, such as "tests.json"; gate.json is the gate's own record"#,
            ],
        ),
        (
            "a report in the place of the gates record",
            gates(&with("tests.reader = \"tap\"\ntests.report = \"gate.json\"\n")),
            &[
                r#"9:16 policy-value: `gate.json` cannot be a report's name => write a plain file name with .json, such as "tests.json"; gate.json is the gate's own record"#,
            ],
        ),
        (
            "an unknown role",
            gates(&with("owner = \"maintainers\"\n")),
            &[
                "8:9 policy-reference: there is no role `maintainers` => add it to `[roles]` of policy/programme.toml",
            ],
        ),
        (
            "an unknown time zone",
            instead("\"UTC\"", "\"Europe/Atlantis\""),
            &[
                "4:13 policy-value: no time zone is called `Europe/Atlantis` => use an IANA name, such as `UTC` or `America/Sao_Paulo`",
            ],
        ),
        (
            "a programme id of another form",
            instead("\"demo\"", "\"Demo 1\""),
            &[
                "1:6 policy-value: `Demo 1` cannot be a programme's id => use at most 32 lower case letters, digits and hyphens, a letter first",
            ],
        ),
        (
            "a branch that git refuses",
            instead("\"main\"", "\"ma..in\""),
            &[
                "3:18 policy-value: git has no branch called `ma..in`: it holds `..`, which git reads as a range => write the name as `git branch` shows it",
            ],
        ),
        (
            "an empty text",
            instead("\"Demo\"", "\" \""),
            &["2:8 policy-value: this text is empty => say something, or take the key out"],
        ),
        (
            "an output that is the repository",
            programme("output = \".\"\n"),
            &[
                "5:10 policy-value: `.` is not a folder of its own => name a folder that holds outputs and nothing else, such as `out`",
            ],
        ),
        (
            "an output outside",
            programme("output = \"../out\"\n"),
            &[
                "5:10 policy-value: `../out` leaves the repository => write a path relative to the repository, with `/`",
            ],
        ),
        (
            "a role that nobody holds",
            programme("[roles.lead]\nmembers = []\n"),
            &[
                "warn 5:8 policy-unused: nothing uses the role `lead` => take it out, or make it the owner of a gate",
                "6:11 policy-value: nobody holds the role `lead` => name at least one `@login` or `@org/team`",
            ],
        ),
        (
            "a member of another form",
            programme("[roles.lead]\nmembers = [\"someone\"]\n"),
            &[
                "warn 5:8 policy-unused: nothing uses the role `lead` => take it out, or make it the owner of a gate",
                "6:12 policy-value: `someone` is not a GitHub login or team => write `@login` or `@org/team`",
            ],
        ),
        (
            "a role of the wrong type",
            programme("[roles]\nlead = \"@someone\"\n"),
            &["6:8 policy-type: this is a string, where a table belongs => write a table"],
        ),
    ]
}
