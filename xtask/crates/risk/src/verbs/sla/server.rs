//! How a check has gone on the default branch, as GitHub reports it.

use serde::Deserialize;

use crate::judge::clocks::triggers::Runs;
use thrice_facts::github::{Failure, GitHub, encoded};
use thrice_programme::Policy;

/// How many commits are looked at, at most.
const MOST_COMMITS: usize = 100;

#[derive(Deserialize)]
struct ListedCommit {
    sha: String,
}

#[derive(Deserialize)]
struct CommitChecks {
    check_runs: Vec<Check>,
}

#[derive(Deserialize)]
struct Check {
    #[serde(default)]
    conclusion: Option<String>,
}

/// How a check has gone, from the newest commit back to the last on which it passed.
///
/// # Errors
/// Why that was not seen.
pub(super) fn runs(
    github: &GitHub,
    policy: &Policy,
    name: &str,
    most: usize,
) -> Result<Runs, String> {
    let reported = |failure: Failure| failure.finding().message;
    let branch = encoded(&policy.programme.default_branch);
    let path = github.repo(&format!("commits?sha={branch}&per_page={MOST_COMMITS}"));
    let commits: Vec<ListedCommit> = github.read(&path).map_err(reported)?;
    let app = policy.gates.ruleset.as_ref().map(|ruleset| ruleset.app_id);
    let app = app.map(|id| format!("&app_id={id}")).unwrap_or_default();
    let mut runs = Runs::default();
    for commit in commits.iter().take(MOST_COMMITS) {
        let query = format!("check_name={}&filter=latest{app}&per_page=100", encoded(name));
        let path = github.repo(&format!("commits/{}/check-runs?{query}", encoded(&commit.sha)));
        let checks: CommitChecks = github.read(&path).map_err(reported)?;
        let ended = checks.check_runs.iter().filter_map(|check| check.conclusion.as_deref());
        let ended: Vec<&str> = ended.collect();
        // What was cancelled or skipped says neither.
        if ended.iter().any(|word| matches!(*word, "failure" | "timed_out" | "startup_failure")) {
            runs.failures += 1;
        } else if ended.contains(&"success") {
            runs.passed = Some(commit.sha.clone());
            break;
        }
        if runs.failures > most.saturating_mul(4).max(20) {
            break;
        }
    }
    Ok(runs)
}
