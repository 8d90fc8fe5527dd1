//! Lists of pull requests.

use jiff::Timestamp;
use serde::Deserialize;

use super::{Failure, GitHub, encoded};

/// A pull request, as a list of the server has it.
#[derive(Clone, Debug, Deserialize)]
pub struct ListedPull {
    /// Its number.
    pub number: u64,
    /// Its title.
    pub title: String,
    /// `open` or `closed`.
    pub state: String,
    #[serde(default)]
    merged_at: Option<String>,
    #[serde(default)]
    merge_commit_sha: Option<String>,
    /// What is to be merged.
    pub head: ListedHead,
}

/// The head of a pull request.
#[derive(Clone, Debug, Deserialize)]
pub struct ListedHead {
    /// The name of the branch, without `refs/heads/`.
    #[serde(rename = "ref")]
    pub branch: String,
    /// The commit that the branch was at.
    pub sha: String,
}

impl ListedPull {
    /// When it was merged; none where it was not.
    #[must_use]
    pub fn merged_at(&self) -> Option<Timestamp> {
        self.merged_at.as_deref()?.parse().ok()
    }

    /// The commit by which it was merged; none where it was not.
    #[must_use]
    pub fn merged_as(&self) -> Option<&str> {
        self.merged_at.as_ref().and(self.merge_commit_sha.as_deref())
    }
}

impl GitHub {
    /// All pull requests for a branch. `state` is `open`, `closed` or `all`.
    ///
    /// # Errors
    /// Where the server does not list them all.
    pub fn pulls(&self, state: &str, base: &str) -> Result<Vec<ListedPull>, Failure> {
        self.list(&self.repo(&format!("pulls?state={state}&base={}", encoded(base))), None)
    }
}
