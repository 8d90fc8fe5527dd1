//! Lists of the server, as far as an audit reads them.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::judge::audit::{Activity, Merged, PullCommit};
use thrice_facts::github::{BranchMove, GitHub};
use thrice_findings::{Code, Finding};
use thrice_orr::judge::pull::PullRequest;
use thrice_orr::judge::required_checks::CheckRun;
use thrice_orr::judge::server::Run;

/// A pull request of the list.
#[derive(Clone, Deserialize)]
pub(super) struct Listed {
    pub(super) number: u64,
    #[serde(default)]
    pub(super) merged_at: Option<String>,
    #[serde(default)]
    pub(super) merge_commit_sha: Option<String>,
    #[serde(flatten)]
    pub(super) pull: PullRequest,
}

/// A check with its end.
#[derive(Deserialize)]
pub(super) struct Ended {
    #[serde(flatten)]
    pub(super) check: CheckRun,
    #[serde(default)]
    pub(super) completed_at: Option<String>,
}

/// A run, and the suite of its checks.
#[derive(Deserialize)]
pub(super) struct Suited {
    #[serde(flatten)]
    pub(super) run: Run,
    #[serde(default)]
    pub(super) check_suite_id: Option<u64>,
}

/// A pull request that was merged.
pub(super) fn merged(listed: &Listed) -> Option<Merged> {
    let merged_at: Timestamp = listed.merged_at.as_deref()?.parse().ok()?;
    Some(Merged {
        number: listed.number,
        title: listed.pull.title.clone(),
        merged_at,
        merged_as: listed.merge_commit_sha.clone(),
        head: listed.pull.head.sha.clone(),
        branch: listed.pull.head.branch.clone(),
    })
}

pub(super) fn part(value: &Value) -> Option<PullCommit> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    Some(PullCommit {
        id: text(value.get("sha")?)?,
        tree: text(value.pointer("/commit/tree/sha")?)?,
        parent: value.pointer("/parents/0/sha").and_then(text),
    })
}

/// The moves of a branch that the server keeps; why not where it does not report them.
pub(super) fn activity(github: &GitHub, branch: &str) -> (Vec<Activity>, Option<Finding>) {
    match github.activity(Some(branch)) {
        Ok(all) => {
            let reported = |it: BranchMove| Activity {
                actor: it.actor().map(str::to_owned),
                kind: it.activity_type,
                before: it.before,
                after: it.after,
                at: it.timestamp,
            };
            (all.into_iter().map(reported).collect(), None)
        }
        Err(failure) => {
            let why = failure.finding().message;
            let message = format!("whether pushes to {branch} were forced is not reported: {why}");
            let finding = Finding::new(Code::AuditUnseen, message);
            (Vec::new(), Some(finding.help("ask with the token of somebody who may push")))
        }
    }
}
