//! The policies that docs/examples holds can be used as they are.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{Ran, World, XTASK};

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
        let printed: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(printed["findings"], serde_json::json!([]), "{}", policy.display());
        assert_eq!(output.status.code(), Some(0), "{}", policy.display());
    }
}

#[test]
fn every_example_file_names_a_schema_that_is_there() {
    for policy in policies() {
        for entry in std::fs::read_dir(&policy).unwrap() {
            let path = entry.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            let first = text.lines().next().unwrap_or_default();
            let schema = first.strip_prefix("#:schema ");
            let schema = schema.unwrap_or_else(|| panic!("{}: no #:schema", path.display()));
            assert!(policy.join(schema).is_file(), "{}: {schema}", path.display());
            assert_eq!(Path::new(schema).file_stem(), path.file_stem(), "{}", path.display());
        }
    }
}

/// Writes the programme of the harness (H) into a world, with the least repository that its
/// gates need.
fn document_3() -> World {
    let world = World::new();
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/examples/trendmarketv2");
    for folder in ["policy", "scripts/ci"] {
        for entry in std::fs::read_dir(example.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            world.write(&format!("{folder}/{name}"), std::fs::read(&path).unwrap());
        }
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
    assert!(brief.lines().count() < 150, "{}", brief.lines().count());
    for said in
        ["`scripts/crypto/**`", "`docs/specs/s7/**`", "`**/*.pem`", "CEC-60", "`^BATCH_PATH\\s*=`"]
    {
        assert!(brief.contains(said), "{said}: {brief}");
    }
    assert_eq!(world.xtask(["policy", "check"]).status, 0);
}
