//! The policies that docs/examples holds can be used as they are.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use super::secrets::RIPSECRETS;
use crate::support::{Ran, World, XTASK, write_program};

fn policies() -> Vec<PathBuf> {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/examples");
    let mut policies: Vec<PathBuf> = std::fs::read_dir(examples)
        .unwrap()
        .map(|entry| entry.unwrap().path().join("policy"))
        .filter(|policy| policy.is_dir())
        .collect();
    policies.sort();
    assert!(policies.len() >= 2, "{policies:?}");
    policies
}

#[test]
fn every_example_passes_policy_check_without_findings() {
    for policy in policies() {
        let output = Command::new(XTASK)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .args(["--format", "json", "--policy"])
            .arg(&policy)
            .args(["policy", "check"])
            .output()
            .unwrap();
        let printed: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(printed["findings"], json!([]), "{}", policy.display());
        assert_eq!(output.status.code(), Some(0), "{}", policy.display());
    }
}

#[test]
fn every_example_file_names_a_schema_that_is_there() {
    for policy in policies() {
        for entry in std::fs::read_dir(&policy).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|it| it != "toml") {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let first = text.lines().next().unwrap_or_default();
            let schema = first.strip_prefix("#:schema ");
            let schema = schema.unwrap_or_else(|| panic!("{}: no #:schema", path.display()));
            assert!(policy.join(schema).is_file(), "{}: {schema}", path.display());
            assert_eq!(Path::new(schema).file_stem(), path.file_stem(), "{}", path.display());
        }
    }
}

/// Copies the files of an example's folder into a world.
fn copy(world: &World, example: &str, folder: &str) {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/examples");
    for entry in std::fs::read_dir(docs.join(example).join(folder)).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        world.write(&format!("{folder}/{name}"), std::fs::read(&path).unwrap());
    }
}

/// Writes the programme of the harness (H) into a world, with the least repository that its
/// gates need.
fn document_3() -> World {
    let world = World::new();
    for folder in ["policy", "scripts/ci"] {
        copy(&world, "trendmarketv2", folder);
    }
    let test = "import unittest\n\n\nclass T(unittest.TestCase):\n    def test_it(self):\n        \
                self.assertTrue(True)\n";
    world.write("tests/unit/test_a.py", test);
    world.write("tests/properties/test_b.py", test);
    world
}

#[test]
fn the_tests_of_the_s7_example_are_run_and_counted() {
    let world = document_3();
    world.commit("all");
    let ran: Ran = world.xtask(["gates", "run", "T1", "T4", "T5"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(ran.stdout.matches("1 passed, 0 failed, 0 skipped").count(), 2, "{}", ran.stdout);
    let report = world.json("out/evidence/T4_tests/pytest_report.json");
    assert!(report.to_string().contains("test_a.T.test_it"), "{report}");

    world.write("tests/unit/test_a.py", "import unittest\nassert unittest.no_such\n");
    world.commit("a test that cannot be loaded");
    assert_eq!(world.xtask(["gates", "run", "T4"]).status, 20);
}

/// The brief of a whole programme is short enough to be read each time.
#[test]
fn the_brief_of_the_s7_example_is_short_and_kept() {
    let world = document_3();
    let written = world.xtask(["brief", "--write", "AGENTS.md"]);
    assert_eq!((written.status, written.stdout.as_str()), (0, "brief: pass\nAGENTS.md written\n"));
    let brief = world.read("AGENTS.md");
    assert!(brief.chars().count() <= 6_000, "{}", brief.chars().count());
    for said in
        ["`scripts/crypto/**`", "`docs/specs/s7/**`", "`**/*.pem`", "CEC-60", "`^BATCH_PATH\\s*=`"]
    {
        assert!(brief.contains(said), "{said}: {brief}");
    }
    assert_eq!(world.xtask(["policy", "check"]).status, 0);
}

/// The steps of a brief, as an agent would type them.
fn steps(brief: &str) -> Vec<&str> {
    let (_, section) = brief.split_once("### The commands, in their order").unwrap();
    let (section, _) = section.split_once("### ").unwrap();
    section
        .lines()
        .filter(|line| line.starts_with(|c: char| c.is_ascii_digit()))
        .map(|line| line.split('`').nth(1).unwrap())
        .collect()
}

/// In a clone of each example, each step of its brief up to the review is typed as it stands.
/// Reviews run each example's own gates, and are typed where those can run.
#[test]
fn the_brief_of_each_example_can_be_followed() {
    for (example, edited) in [
        ("trendmarketv2", Some("scripts/normalizer/a.py")),
        ("koraos", Some("src/a.ts")),
        ("platform", Some("src/a")),
        ("python-package", None),
        ("rust-crate", None),
    ] {
        let world = World::new();
        copy(&world, example, "policy");
        world.write(".gitignore", "out/\n");
        world.commit("base");
        let brief = world.xtask(["brief"]).stdout;
        assert!(brief.chars().count() <= 6_000, "{example}: {}", brief.chars().count());
        let typed = |line: &str| Ran::typed(world.command("sh"), line);
        let steps = steps(&brief);
        let end = steps.iter().position(|step| step.starts_with("thrice orr")).unwrap();
        assert_eq!(end > 0, edited.is_some(), "{example}: {steps:#?}");
        for step in &steps[..end] {
            let ran = typed(step);
            assert_eq!(ran.status, 0, "{example}: {step}: {ran:#?}");
            if let Some(edited) = edited.filter(|_| step.ends_with("branch sandbox")) {
                world.write(edited, "x = 1\n");
                world.commit("patch");
            }
        }
        assert_eq!(steps.last(), Some(&"thrice status"), "{example}");
        assert_eq!(typed("thrice status").status, 0, "{example}");
    }
}

/// A repository with an example's policy, as its kind has it, and the ruleset and workflow
/// that T0 looks for.
fn repository(example: &str, files: &[(&str, &str)], ledger: &str) -> World {
    let world = World::new();
    copy(&world, example, "policy");
    for (path, text) in files {
        world.write(path, text);
    }
    world.write(".gitignore", "/node_modules/\n");
    let gates: toml::Table = world.read("policy/gates.toml").parse().unwrap();
    let ids = gates["gates"].as_array().unwrap().iter().map(|gate| gate["id"].as_str().unwrap());
    let check = gates["ruleset"].get("check").map(|check| check.as_str().unwrap());
    let required: Vec<&str> = check.map_or_else(|| ids.clone().collect(), |check| vec![check]);
    let contexts: Vec<Value> =
        required.iter().map(|id| json!({ "context": id, "integration_id": 15368 })).collect();
    let combined = check.map(|check| {
        let needs: Vec<&str> = ids.clone().collect();
        format!(
            "  {check}:\n    needs: [{}]\n    if: ${{{{ always() }}}}\n    runs-on: ubuntu-24.04\n    steps:\n      - run: test \"${{{{ join(needs.*.result, ' ') }}}}\" = \"{}\"\n",
            needs.join(", "),
            vec!["success"; needs.len()].join(" ")
        )
    });
    let jobs: String = ids
        .map(|id| {
            format!(
                "  {id}:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: cargo xtask gates run {id}\n"
            )
        })
        .chain(combined)
        .collect();
    let workflow = gates["ruleset"]["workflow"].as_str().unwrap();
    world.write(
        workflow,
        format!("name: gates\non: [push]\npermissions:\n  contents: read\njobs:\n{jobs}"),
    );
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.github/rulesets/main.json");
    let mut ruleset: Value = serde_json::from_slice(&std::fs::read(own).unwrap()).unwrap();
    let rules = ruleset["rules"].as_array_mut().unwrap();
    let checks = rules.iter_mut().find(|rule| rule["type"] == "required_status_checks").unwrap();
    checks["parameters"]["required_status_checks"] = json!(contexts);
    world.write(".github/rulesets/main.json", ruleset.to_string());
    assert_eq!(gates["chain"]["ledger"].as_str(), Some(ledger));
    let scanner = world.root().join("bin/ripsecrets");
    std::fs::create_dir(scanner.parent().unwrap()).unwrap();
    write_program(&scanner, RIPSECRETS);
    world.commit("all");
    world
}

/// A review of HEAD, with the stand-in for the scanner first on PATH.
fn reviewed(world: &World) -> Ran {
    let mut path = world.root().join("bin").into_os_string();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap());
    let mut command = world.xtask_command(["orr", "--runs", "3"]);
    let ran = Ran::from(command.env("PATH", path).output().unwrap());
    assert_eq!(world.git(["status", "--porcelain"]), "", "a review changed the working tree");
    ran
}

#[test]
fn the_koraos_example_passes_in_a_package_of_npm() {
    let package = r#"{
  "name": "koraos",
  "version": "0.1.0",
  "private": true,
  "scripts": {
    "lint": "node --check index.js",
    "test": "node --test --test-reporter=tap",
    "smoke:runtime": "node index.js"
  },
  "dependencies": { "leaf": "file:leaf" }
}
"#;
    let lock = r#"{
  "name": "koraos",
  "version": "0.1.0",
  "lockfileVersion": 3,
  "requires": true,
  "packages": {
    "": { "name": "koraos", "version": "0.1.0", "dependencies": { "leaf": "file:leaf" } },
    "leaf": { "version": "1.0.0" },
    "node_modules/leaf": { "resolved": "leaf", "link": true }
  }
}
"#;
    let test = "const test = require(\"node:test\");\nconst one = require(\"./index.js\");\n\
                test(\"one\", () => require(\"node:assert\").strictEqual(one, 1));\n";
    let files = [
        ("package.json", package),
        ("package-lock.json", lock),
        ("leaf/package.json", "{ \"name\": \"leaf\", \"version\": \"1.0.0\" }\n"),
        ("leaf/index.js", "module.exports = 1;\n"),
        ("index.js", "module.exports = require(\"leaf\");\n"),
        ("index.test.js", test),
    ];
    let ledger = "Docs/Phases/05-Implementation/ledger.jsonl";
    let world = repository("koraos", &files, ledger);
    let ran = reviewed(&world);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(!world.path("node_modules").exists(), "it was installed into the working tree");
}

#[test]
fn the_platform_example_passes_in_a_repository_of_make() {
    let makefile = "lint:\n\t@sh -n check.sh\nvalidate-environment:\n\t@test -f .env.example\n\
                    test:\n\t@echo 'TAP version 13'; echo 1..1; echo 'ok 1 - it'\n";
    let files = [("Makefile", makefile), ("check.sh", "true\n"), (".env.example", "A=\n")];
    let ledger = "docs/07-role-sprint-plans/ledger.jsonl";
    let ran = reviewed(&repository("platform", &files, ledger));
    assert_eq!(ran.status, 0, "{ran:?}");
}
