//! The required checks of a commit: what policy demands, and what the server has of them.

use std::collections::BTreeMap;

use crate::judge::required_checks::{CheckRun, SuiteRun};
use crate::judge::workflow::is_workflow;
use thrice_facts::git::Tree;
use thrice_facts::github::{Failure, GitHub, encoded};
use thrice_findings::{Code, Finding, display_bytes};
use thrice_programme::Policy;

/// The checks on a commit, and the runs of which they are.
pub fn posted(github: &GitHub, sha: &str) -> Result<(Vec<CheckRun>, Vec<SuiteRun>), Failure> {
    let sha = encoded(sha);
    let checks = github.repo(&format!("commits/{sha}/check-runs?filter=all"));
    let runs = github.repo(&format!("actions/runs?head_sha={sha}"));
    let posted = github.list(&checks, Some("check_runs"))?;
    Ok((posted, github.list(&runs, Some("workflow_runs"))?))
}

/// The workflows of a commit, by path: their jobs post the checks.
///
/// # Errors
/// Where git fails.
pub fn workflows(tree: &Tree) -> anyhow::Result<BTreeMap<String, Vec<u8>>> {
    let mut found = BTreeMap::new();
    for path in tree.paths().map(display_bytes).filter(|path| is_workflow(path)) {
        if let Some(bytes) = tree.read(&path)? {
            found.insert(path, bytes);
        }
    }
    Ok(found)
}

/// The ids of policy's gates: the required checks, unless one job stands for all of them.
pub fn gates(policy: &Policy) -> Vec<&str> {
    policy.gates.gates.iter().map(|gate| gate.id.as_str()).collect()
}

/// Policy says nothing of a ruleset.
pub fn without_settings() -> Finding {
    Finding::new(Code::PolicyMissing, "policy/gates.toml has no `[ruleset]`")
        .help("`cargo xtask rulesets check --print` shows the table and the file that it names")
}
