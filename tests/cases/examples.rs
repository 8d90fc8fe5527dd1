//! The policies that docs/examples holds can be used as they are.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::XTASK;

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
