//! What a run on the server must be, held against what the server says of it: the run
//! itself, its jobs, its artifact, and the scorecard in that.

mod artifact;
mod job;
mod run;
pub mod scorecard;

#[cfg(test)]
mod tests;

use thrice_findings::text::quoted;
use thrice_findings::{Code, Finding};

pub use artifact::{Artifact, ArtifactRun, MOST_BYTES, choose_artifact, judge_digest};
pub use job::{Job, judge_jobs};
pub(super) use run::is_path;
pub(crate) use run::judge_title;
pub(crate) use run::red_reviews;
pub use run::{Run, RunCommit, RunRepository, judge_run};
pub use scorecard::judge_scorecard;

/// What every run of a review must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// The repository as `owner/name`.
    pub repository: String,
    /// The commit, 40 hex digits.
    pub sha: String,
    /// The branch.
    pub branch: String,
    /// The event, `workflow_dispatch`.
    pub event: String,
    /// The id of the workflow.
    pub workflow_id: u64,
    /// Its path in the repository.
    pub workflow_path: String,
    /// The names of its jobs, in order.
    pub gates: Vec<String>,
    /// The programme's id.
    pub programme: String,
}

/// The name of the artifact that the last job of a run uploads.
#[must_use]
pub fn artifact_name(programme: &str) -> String {
    format!("{programme}-orr-evidence")
}

/// A fact of the server that is not what it must be.
fn mismatch(what: &str, key: &str, found: &str, wanted: &str) -> Finding {
    let message = format!("{what}: its {key} is {}, not {}", quoted(found), quoted(wanted));
    Finding::new(Code::RunMismatch, message)
        .help("only runs that `cargo xtask orr --on github` dispatched for this commit count")
}

/// A fact that the server leaves out.
fn silent(what: &str, key: &str) -> Finding {
    Finding::new(Code::ServerSilent, format!("{what}: the server does not say its {key}"))
        .help("run the command again later; where it stays so, make new runs")
}

/// Holds a fact that the server may leave out against what it must be.
fn compare(what: &str, key: &str, found: Option<&str>, wanted: &str) -> Option<Finding> {
    match found {
        None => Some(silent(what, key)),
        Some(found) if found == wanted => None,
        Some(found) => Some(mismatch(what, key, found, wanted)),
    }
}

/// The first attempt is the only one that is a run of its own.
fn attempt(what: &str, attempt: Option<u64>) -> Option<Finding> {
    match attempt {
        None => Some(silent(what, "attempt")),
        Some(1) => None,
        Some(again) => {
            let message = format!("{what} is attempt {again}: a re-run is no run of its own");
            Some(Finding::new(Code::RunMismatch, message).help("dispatch new runs instead"))
        }
    }
}

/// Whether a conclusion means a failure. The others beside `success` mean nothing:
/// somebody or something kept it from being tried.
#[must_use]
pub fn is_red(conclusion: &str) -> bool {
    let untried = ["cancelled", "skipped", "neutral", "stale", "action_required"];
    conclusion != "success" && !untried.contains(&conclusion)
}

/// Whether something ended, and ended well.
fn ending(what: &str, status: Option<&str>, conclusion: Option<&str>) -> Option<Finding> {
    match (status, conclusion) {
        (Some("completed"), Some("success")) => None,
        (Some("completed"), Some(other)) => {
            let message = format!("{what} ended as {}, not `success`", quoted(other));
            Some(
                Finding::new(Code::Cec20, message)
                    .help("fix the cause, commit, and run the review again"),
            )
        }
        (Some("completed"), None) => Some(silent(what, "conclusion")),
        (Some(status), _) => {
            let message = format!("{what} has not ended: its status is {}", quoted(status));
            Some(Finding::new(Code::RunUnfinished, message).help("wait for its end"))
        }
        (None, _) => Some(silent(what, "status")),
    }
}
