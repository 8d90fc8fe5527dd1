//! The required checks of a commit: what policy demands, and what the server has of them.

use crate::judge::required_checks::{CheckRun, SuiteRun};
use thrice_facts::github::{Failure, GitHub, encoded};
use thrice_findings::{Code, Finding};
use thrice_programme::Policy;

/// The checks on a commit, and the runs of which they are.
pub fn posted(github: &GitHub, sha: &str) -> Result<(Vec<CheckRun>, Vec<SuiteRun>), Failure> {
    let sha = encoded(sha);
    let checks = github.repo(&format!("commits/{sha}/check-runs?filter=all"));
    let runs = github.repo(&format!("actions/runs?head_sha={sha}"));
    let posted = github.list(&checks, Some("check_runs"))?;
    Ok((posted, github.list(&runs, Some("workflow_runs"))?))
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
