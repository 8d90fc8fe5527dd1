//! A run of a workflow.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::{Expected, attempt, compare, ending, is_red, mismatch, silent};
use thrice_findings::Finding;

/// A run, as the server reports it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Run {
    /// Its id.
    pub id: u64,
    /// What people see of its name; ends with the nonce.
    #[serde(default)]
    pub display_title: Option<String>,
    /// The commit.
    pub head_sha: String,
    /// The commit itself, as far as it is looked at.
    #[serde(default)]
    pub head_commit: Option<RunCommit>,
    /// The branch.
    #[serde(default)]
    pub head_branch: Option<String>,
    /// What began it.
    pub event: String,
    /// The workflow's id.
    pub workflow_id: u64,
    /// The workflow's file, with `@` and a ref behind it at times.
    pub path: String,
    /// Which attempt of the run is reported.
    #[serde(default)]
    pub run_attempt: Option<u64>,
    /// Whether it is at work, or done.
    #[serde(default)]
    pub status: Option<String>,
    /// How it ended.
    #[serde(default)]
    pub conclusion: Option<String>,
    /// The repository that the commit is in.
    #[serde(default)]
    pub head_repository: Option<RunRepository>,
    /// When it was made.
    pub created_at: String,
    /// When it was last changed.
    pub updated_at: String,
    /// When its latest attempt began.
    #[serde(default)]
    pub run_started_at: Option<String>,
    /// Where people see it.
    #[serde(default)]
    pub html_url: Option<String>,
}

/// A commit, as far as a run shows it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct RunCommit {
    /// Its tree.
    pub tree_id: String,
}

impl Run {
    /// Whether it is of a commit with this tree.
    pub(crate) fn is_of_tree(&self, tree: &str) -> bool {
        self.head_commit.as_ref().is_some_and(|it| it.tree_id == tree)
    }

    /// Whether only its jobs tell if it was ever red: it has not ended, was cancelled, or run
    /// again.
    pub(crate) fn hides_its_past(&self) -> bool {
        let ended = self.conclusion.as_deref();
        match ended {
            Some("success") => self.run_attempt != Some(1),
            _ => !ended.is_some_and(is_red),
        }
    }
}

/// How many reviews of a tree went red, by runs of one workflow: those of one commit on one
/// branch are one review. `red_once` has the ids of runs of which a job was red, however they
/// ended.
#[must_use]
pub(crate) fn red_reviews(runs: &[&Run], tree: &str, red_once: &BTreeSet<u64>) -> usize {
    let of_tree = runs.iter().filter(|run| run.is_of_tree(tree));
    let of = of_tree
        .filter(|run| run.conclusion.as_deref().is_some_and(is_red) || red_once.contains(&run.id));
    let reviews: BTreeSet<_> = of.map(|run| (&run.head_sha, &run.head_branch)).collect();
    reviews.len()
}

/// A repository, as far as a run names it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct RunRepository {
    /// `owner/name`.
    pub full_name: String,
}

/// Everything that a run is and should not be.
#[must_use]
pub fn judge_run(expected: &Expected, run: &Run) -> Vec<Finding> {
    let what = format!("run {}", run.id);
    let mut findings = Vec::new();
    findings.extend(compare(&what, "commit", Some(&run.head_sha), &expected.sha));
    findings.extend(compare(&what, "branch", run.head_branch.as_deref(), &expected.branch));
    findings.extend(compare(&what, "event", Some(&run.event), &expected.event));
    let (id, wanted) = (run.workflow_id.to_string(), expected.workflow_id.to_string());
    findings.extend(compare(&what, "workflow's id", Some(&id), &wanted));
    if !is_path(&run.path, &expected.workflow_path) {
        findings.push(mismatch(&what, "workflow", &run.path, &expected.workflow_path));
    }
    match &run.head_repository {
        None => findings.push(silent(&what, "repository")),
        Some(home) if home.full_name.eq_ignore_ascii_case(&expected.repository) => {}
        Some(home) => {
            findings.push(mismatch(&what, "repository", &home.full_name, &expected.repository));
        }
    }
    findings.extend(attempt(&what, run.run_attempt));
    findings.extend(ending(&what, run.status.as_deref(), run.conclusion.as_deref()));
    findings
}

/// What a run's title has against its being the one of a dispatch: its nonce is there.
#[must_use]
pub(crate) fn judge_title(run: &Run, wanted: &str) -> Option<Finding> {
    compare(&format!("run {}", run.id), "title", run.display_title.as_deref(), wanted)
}

/// Whether a run's path is that file, with or without a ref behind it. The name of another
/// file can look so too: only beside the workflow's id does it report the workflow.
pub(crate) fn is_path(said: &str, path: &str) -> bool {
    said.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('@'))
}
