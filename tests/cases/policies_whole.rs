//! `policy check` and `policy schema` over whole policies.

use std::path::PathBuf;

use expect_test::expect;
use serde_json::{Value, json};

use crate::support::{PROGRAMME, Ran, World, gate};

const PROGRAMME_SLIPS: &str = r#"id = "Demo"
nane = "Demo"
default_branch = "-main"
time_zone = "Nowhere"
output = "../out"
roles.lead.members = ["someone"]
roles.nobody.members = []
"#;

const GATES_SLIPS: &str = r#"stagger = "2"
target_time = 20
prepare = []

[environment]
keep = ["GITHUB_TOKEN", "A B"]
set.HOME = "/"
home = [".ssh"]

[[gates]]
id = "T1"
name = "Lint"
run = ["true"]
builtin = "evidence"
needs = ["T2", "T9"]

[[gates]]
id = "T1"
name = "again"
run = ["true"]
timeout = "soon"
cores = 0

[[gates]]
id = "T2"
name = "tests"
run = ["true"]
needs = ["T1"]
owner = "leed"
evidence = ["/etc/*", "{a"]
scrub = [{ pattern = "(", replacement = "x", reason = "y" }]
tests.reader = "junit"
tests.minimum = -1

[[gates]]
id = "T04"
builtin = "secret"
network = "no"

[chain]
ledger = "ledger.jsonl"
"#;

/// Every slip at once: none hides another.
fn broken() -> World {
    let world = World::new();
    world.write("policy/programme.toml", PROGRAMME_SLIPS);
    world.write("policy/gates.toml", GATES_SLIPS);
    world.write("policy/gatez.toml", "");
    world
}

#[test]
fn every_problem_of_every_file_is_reported_in_one_go() {
    let world = broken();
    let ran = world.xtask(["policy", "check"]);
    assert_eq!((ran.status, ran.stderr.as_str()), (3, ""));
    let said = world.xtask(["policy", "check", "--format", "json"]);
    let said: Value = serde_json::from_str(&said.stdout).unwrap();
    let findings = said["findings"].as_array().unwrap();
    let mut rest = ran.stdout.as_str();
    for finding in findings {
        let text = |key: &str| finding[key].as_str().unwrap();
        let level = if text("severity") == "warn" { "warning" } else { "error" };
        let place = &finding["place"];
        let numbers = ["line", "column"].map(|key| place[key].as_u64());
        let numbers: Vec<_> = numbers.iter().flatten().map(|n| format!(":{n}")).collect();
        let places = format!("--> {}{}\n", place["file"].as_str().unwrap(), numbers.concat());
        let title = format!("{level}[{}]: {}\n", text("code"), text("message"));
        for part in [title, places, format!("= help: {}\n", text("help"))] {
            let at = rest.find(&part).unwrap_or_else(|| panic!("{part} is not in {rest}"));
            rest = &rest[at + part.len()..];
        }
    }
    assert_eq!(rest, "\n32 problems and 4 warnings in 3 files of policy\n");
}

/// Nothing else is done under a policy that cannot be used.
#[test]
fn every_command_that_needs_the_policy_says_the_same() {
    let world = broken();
    world.commit("broken");
    let checked = world.xtask(["--format", "json", "policy", "check"]);
    let checked: Value = serde_json::from_str(&checked.stdout).unwrap();
    for arguments in [&["orr"][..], &["gates", "list"], &["gates", "run"]] {
        let ran = world.xtask([&["--format", "json"], arguments].concat());
        assert_eq!(ran.status, 3);
        let said: Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(said["findings"], checked["findings"], "{arguments:?}");
        assert_eq!(said["command"], arguments.join(" "));
    }
    assert!(!world.path("out").exists());
}

#[test]
fn the_same_in_json() {
    let ran = broken().xtask(["policy", "check", "--format", "json"]);
    assert_eq!(ran.status, 3);
    let said: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(said["verdict"], "fail");
    assert_eq!(said["exit"], 3);
    let lines: Vec<String> = said["findings"].as_array().unwrap().iter().map(in_a_line).collect();
    expect![[r#"
        policy/gates.toml:1:11 refuse policy-value: `2` is not a span of time
        policy/gates.toml:2:15 refuse policy-type: this is an integer, where a span of time such as "20 min" belongs
        policy/gates.toml:3:11 refuse policy-value: a command without a program
        policy/gates.toml:6:9 refuse policy-value: `GITHUB_TOKEN` names a secret
        policy/gates.toml:6:25 refuse policy-value: `A B` is not the name of a variable
        policy/gates.toml:7:5 refuse policy-value: `HOME` is set by the tool itself
        policy/gates.toml:8:9 refuse policy-value: `.ssh` can hold keys or tokens
        policy/gates.toml:10:1 refuse policy-missing: this gate has both `run` and `builtin`
        policy/gates.toml:12:8 refuse policy-value: `Lint` cannot be a gate's name
        policy/gates.toml:15:10 refuse policy-reference: `T1` needs itself, by way of `T2`
        policy/gates.toml:15:16 refuse policy-reference: there is no gate `T9`
        policy/gates.toml:18:6 refuse policy-reference: two gates are called `T1`
        policy/gates.toml:21:11 refuse policy-value: `soon` is not a span of time
        policy/gates.toml:22:9 refuse policy-value: a gate takes at least one core
        policy/gates.toml:29:9 refuse policy-reference: there is no role `leed`
        policy/gates.toml:30:13 refuse policy-value: `/etc/*` is not relative to the repository
        policy/gates.toml:30:23 refuse policy-value: this glob does not compile: unclosed alternate group; missing '}' (maybe escape '{' with '[{]'?)
        policy/gates.toml:31:22 refuse policy-value: this pattern does not compile: error: unclosed group
        policy/gates.toml:32:16 refuse policy-missing: a JUnit report is a file, and none is named
        policy/gates.toml:33:17 refuse policy-value: -1 is out of range
        policy/gates.toml:35:1 refuse policy-missing: `name` is missing here
        policy/gates.toml:36:6 refuse policy-value: `T04` cannot be a gate's id
        policy/gates.toml:37:11 refuse policy-reference: `secret` is none of the choices
        policy/gates.toml:38:11 refuse policy-type: this is a string, where true or false belongs
        policy/gates.toml:40:1 warn policy-unused: `[chain]` has settings, but no gate has `builtin = "chain"`
        policy/gatez.toml:null:null warn policy-unused: nothing reads `gatez.toml`
        policy/programme.toml:1:1 refuse policy-missing: `name` is missing here
        policy/programme.toml:1:6 refuse policy-value: `Demo` cannot be a programme's id
        policy/programme.toml:2:1 refuse policy-unknown-key: unknown key `nane`
        policy/programme.toml:3:18 refuse policy-value: git has no branch called `-main`: it begins with a hyphen, as an option does
        policy/programme.toml:4:13 refuse policy-value: no time zone is called `Nowhere`
        policy/programme.toml:5:10 refuse policy-value: `../out` leaves the repository
        policy/programme.toml:6:7 warn policy-unused: nothing uses the role `lead`
        policy/programme.toml:6:23 refuse policy-value: `someone` is not a GitHub login or team
        policy/programme.toml:7:7 warn policy-unused: nothing uses the role `nobody`
        policy/programme.toml:7:24 refuse policy-value: nobody holds the role `nobody`
    "#]].assert_eq(&(lines.join("\n") + "\n"));
    let refusing = lines.iter().filter(|line| line.contains(" refuse ")).count();
    let files = json!(["gates.toml", "gatez.toml", "programme.toml"]);
    assert_eq!(said["data"], json!({ "folder": "policy", "files": files, "problems": refusing }));
}

fn in_a_line(finding: &Value) -> String {
    let text = |key: &str| finding[key].as_str().unwrap_or("-").to_owned();
    let place = &finding["place"];
    let file = place["file"].as_str().unwrap_or("-");
    let (line, column) = (&place["line"], &place["column"]);
    let (code, severity, message) = (text("code"), text("severity"), text("message"));
    assert!(finding["help"].as_str().is_some_and(|help| !help.is_empty()), "{finding}");
    format!("{file}:{line}:{column} {severity} {code}: {message}")
}

#[test]
fn one_malformed_file_does_not_hide_the_other() {
    let world = broken();
    world.write("policy/programme.toml", "id = \n");
    let ran = world.xtask(["policy", "check"]);
    assert_eq!(ran.status, 3);
    assert!(ran.stdout.contains("--> policy/programme.toml:1:"), "{}", ran.stdout);
    assert!(ran.stdout.contains("--> policy/gates.toml:1:11\n"), "{}", ran.stdout);
}

fn good() -> World {
    World::with_script("echo x > $EVIDENCE_DIR/x")
}

#[test]
fn a_good_policy_passes() {
    let ran = good().xtask(["policy", "check"]);
    assert_eq!(ran.status, 0);
    expect![[r#"
        policy check: pass
        0 problems and 0 warnings in 2 files of policy
    "#]]
    .assert_eq(&ran.stdout);
}

#[test]
fn what_nothing_uses_is_warned_of_and_passes() {
    let world = good();
    let role = "[roles.lead]\nmembers = [\"@lead\", \"@org/team\"]\n";
    world.write("policy/programme.toml", format!("{PROGRAMME}{role}"));
    world.write(
        "policy/gates.toml",
        gate("T4", "tests", "true") + "\n[chain]\nledger = \"ledger.jsonl\"\n",
    );
    let ran = world.xtask(["policy", "check"]);
    assert_eq!(ran.status, 0);
    expect![[r#"
        policy check: pass, with 2 warnings

        warning[policy-unused]: `[chain]` has settings, but no gate has `builtin = "chain"`
         --> policy/gates.toml:9:1
          |
        9 | [chain]
          | ^^^^^^^
          |
          = help: take the table out, or give a gate that built-in

        warning[policy-unused]: nothing uses the role `lead`
         --> policy/programme.toml:5:8
          |
        5 | [roles.lead]
          |        ^^^^
          |
          = help: take it out, or make it the owner of a gate

        0 problems and 2 warnings in 2 files of policy
    "#]]
    .assert_eq(&ran.stdout);
}

#[test]
fn a_policy_elsewhere_or_of_another_commit_rules_when_it_is_named() {
    let world = good();
    world.write("policy/gates.toml", "broken");
    world.commit("broken");
    let check = |policy: &str| world.xtask(["policy", "check", "--policy", policy]);
    assert_eq!(world.xtask(["policy", "check"]).status, 3);
    assert_eq!(check("policy").status, 3);

    let of_base = check("HEAD~1:policy");
    assert_eq!(of_base.status, 0, "{of_base:?}");
    let line = "0 problems and 0 warnings in 2 files of HEAD~1:policy\n";
    assert!(of_base.stdout.ends_with(line), "{}", of_base.stdout);

    let head = check("HEAD:policy");
    assert_eq!(head.status, 3);
    assert!(head.stdout.contains("--> HEAD:policy/gates.toml:1:"), "{}", head.stdout);

    world.write("../home/rules/programme.toml", PROGRAMME);
    world.write("../home/rules/gates.toml", gate("T1", "lint", "true"));
    let elsewhere = check("../home/rules/");
    assert_eq!(elsewhere.status, 0, "{elsewhere:?}");
    assert!(elsewhere.stdout.ends_with("in 2 files of ../home/rules\n"), "{elsewhere:?}");

    for (named, status, why) in [
        ("no-such-folder", 3, "`no-such-folder/gates.toml` is missing"),
        ("HEAD:no-such-folder", 4, "there is no folder `no-such-folder` at HEAD"),
        ("no-such-revision:policy", 4, "no commit is named `no-such-revision`"),
    ] {
        let ran = check(named);
        assert_eq!(ran.status, status, "{ran:?}");
        assert!(ran.stdout.contains(why), "{}", ran.stdout);
    }
    // And a review is held under it.
    let ran = world.xtask(["orr", "--runs", "2", "--policy", "HEAD~1:policy"]);
    assert_eq!(ran.status, 0, "{ran:?}");
}

/// The schemas that editors read know every key that this repository's files use.
#[test]
fn the_schemas_accept_this_repositorys_own_files() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    for file in ["programme", "gates"] {
        let ran = good().xtask(["policy", "schema", file]);
        assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
        let schema: Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(schema["$schema"], "http://json-schema.org/draft-07/schema#");
        let text = std::fs::read_to_string(root.join(format!("policy/{file}.toml"))).unwrap();
        let value: toml::Table = text.parse().unwrap();
        let value = serde_json::to_value(value).unwrap();
        assert_eq!(problem(&schema, &value, file), None);
        // It can say no.
        let mut wrong = value.clone();
        wrong["unknown"] = json!(1);
        assert_eq!(problem(&schema, &wrong, file), Some(format!("{file}.unknown is not known")));
        assert!(problem(&schema, &json!({}), file).is_some_and(|why| why.contains("is required")));
    }
}

/// Why a value does not fit a schema, as far as these schemas go.
pub(super) fn problem(schema: &Value, value: &Value, at: &str) -> Option<String> {
    if let Some(choices) = schema["oneOf"].as_array() {
        let fitting = choices.iter().filter(|choice| problem(choice, value, at).is_none());
        return (fitting.count() != 1).then(|| format!("{at} fits not exactly one"));
    }
    if let Some(words) = schema["enum"].as_array() {
        return (!words.contains(value)).then(|| format!("{at} is none of the choices"));
    }
    let fits = match schema["type"].as_str()? {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_u64(),
        "boolean" => value.is_boolean(),
        _ => false,
    };
    if !fits {
        return Some(format!("{at} is not of type {}", schema["type"]));
    }
    for item in value.as_array().into_iter().flatten() {
        let found = problem(&schema["items"], item, &format!("{at}[]"));
        if found.is_some() {
            return found;
        }
    }
    let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    for key in required {
        if value.get(key).is_none() {
            return Some(format!("{at}.{key} is required"));
        }
    }
    for (key, inner) in value.as_object().into_iter().flatten() {
        let at = format!("{at}.{key}");
        let known = schema["properties"].get(key).or(Some(&schema["additionalProperties"]));
        match known.filter(|schema| schema.is_object()) {
            Some(schema) => match problem(schema, inner, &at) {
                None => {}
                found => return found,
            },
            None => return Some(format!("{at} is not known")),
        }
    }
    None
}

#[test]
fn there_is_a_schema_for_each_file_and_for_nothing_else() {
    let ran = good().xtask(["policy", "schema", "gate"]);
    assert_eq!(ran.status, 2);
    expect![[r#"
        error: invalid value 'gate' for '[FILE]'
          [possible values: programme, gates, branches, filemap, controls, ledger, release, calendar, backlog, risk]

          tip: a similar value exists: 'gates'

        For more information, try '--help'.
    "#]]
    .assert_eq(&ran.stderr);
}

#[test]
fn schemas_are_written_where_an_editor_can_find_them() {
    let world = good();
    let all = world.xtask(["policy", "schema", "--write", "policy/schema"]);
    assert_eq!(all.status, 0, "{all:?}");
    let written: Value = serde_json::from_str(&world.read("policy/schema/gates.schema")).unwrap();
    let printed = world.xtask(["policy", "schema", "gates"]).stdout;
    assert_eq!(written, serde_json::from_str::<Value>(&printed).unwrap());
    assert_eq!(all.stdout.matches("written: ").count(), 10, "{all:?}");
    let one = world.xtask(["policy", "schema", "risk", "--write", "one"]);
    assert_eq!(one.stdout.matches("written: ").count(), 1, "{one:?}");
    assert_eq!(world.xtask(["policy", "schema"]).status, 2);
}

/// A policy of earlier versions, in a repository that names a schema of another version.
#[test]
fn an_old_policy_is_upgraded_and_says_what_changed() {
    let world = good();
    let gates = world.read("policy/gates.toml");
    let old = format!("#:schema schema/gates.schema\n# why\ncheckout = \"clone\"\n{gates}");
    world.write("policy/gates.toml", &old);
    world.write("policy/schema/gates.schema", "{\"title\": \"policy/gates.toml\"}\n");
    let check = world.xtask(["policy", "check"]);
    assert_eq!(check.status, 3, "{check:?}");
    for said in [
        "error[policy-unknown-key]: `checkout` is no key any more: each run is checked out in a repository of its own",
        "--> policy/gates.toml:3:1",
        "warning[policy-schema]: the schema policy/schema/gates.schema is not the one of this version",
    ] {
        assert!(check.stdout.contains(said), "{said}: {}", check.stdout);
    }
    let typed = |line: &str| Ran::typed(world.command("sh"), line);
    let help = check.stdout.lines().find_map(|line| line.trim().strip_prefix("= help: `"));
    let help = help.unwrap().split('`').next().unwrap();
    let shown = typed(&format!("{help} --dry-run"));
    assert_eq!(shown.status, 0, "{shown:?}");
    assert_eq!(world.read("policy/gates.toml"), old, "a dry run wrote");
    std::fs::write(world.root().join("patch"), &shown.stdout).unwrap();
    world.git(["apply", "--check", "../patch"]);
    let ran = typed(help);
    assert_eq!(ran.status, 0, "{ran:?}");
    let new = format!("#:schema schema/gates.schema\n# why\n{gates}");
    assert_eq!(world.read("policy/gates.toml"), new);
    let diff = "@@ -1,6 +1,5 @@\n #:schema schema/gates.schema\n # why\n-checkout = \"clone\"\n";
    assert!(ran.stdout.contains(diff), "{}", ran.stdout);
    assert!(
        ran.stdout.ends_with("written: policy/gates.toml\nwritten: policy/schema/gates.schema\n")
    );
    assert_eq!(world.xtask(["policy", "check"]).status, 0);
    let again = typed(help);
    assert_eq!(again.stdout, "policy upgrade: pass\nnothing to change\n", "{again:?}");
    assert_eq!(world.read("policy/gates.toml"), new);
}

#[test]
fn an_upgrade_writes_over_nothing_that_is_no_schema_and_nothing_at_a_commit() {
    let world = good();
    let gates = world.read("policy/gates.toml");
    for (named, said) in [
        ("../src/a", "src/a isn't the schema of gates.toml"),
        ("../outside/a", "outside/a isn't the schema of gates.toml"),
        ("schema/none", "there is no schema policy/schema/none"),
    ] {
        world.write("src/a", "fn main() {}\n");
        let _ = std::os::unix::fs::symlink("..", world.path("outside"));
        world.write("policy/gates.toml", format!("#:schema {named}\n{gates}"));
        let check = world.xtask(["policy", "check"]);
        assert!(check.stdout.contains(said), "{named}: {}", check.stdout);
        let ran = world.xtask(["policy", "upgrade"]);
        assert_eq!(ran.status, 0, "{ran:?}");
        assert_eq!(world.read("src/a"), "fn main() {}\n");
        assert_eq!(ran.stdout.contains("written: "), named == "schema/none", "{ran:?}");
    }
    world.commit("old");
    let ran = world.xtask(["policy", "upgrade", "--policy", "HEAD:policy"]);
    assert_eq!(ran.status, 2, "{ran:?}");
    let broken = format!("checkout = \"clone\"\n{gates}[[gates]]\n");
    world.write("policy/gates.toml", &broken);
    let ran = world.xtask(["policy", "upgrade"]);
    assert_eq!(ran.status, 3, "what is left is said: {ran:?}");
    assert_eq!(world.read("policy/gates.toml"), format!("{gates}[[gates]]\n"));
}
