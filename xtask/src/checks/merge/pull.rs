//! The pull request itself, as the server tells it.

use serde::Deserialize;

use crate::checks::text::quoted;
use crate::findings::{Code, Finding};

/// A pull request.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct PullRequest {
    /// Its number.
    pub number: u64,
    /// `open` or `closed`.
    pub state: String,
    /// Whether its author calls it unfinished.
    #[serde(default)]
    pub draft: Option<bool>,
    /// Whether it is merged.
    #[serde(default)]
    pub merged: Option<bool>,
    /// Whether it can be merged without conflict; `None` until the server has worked that
    /// out.
    #[serde(default)]
    pub mergeable: Option<bool>,
    /// Its author; `None` where the account is gone.
    #[serde(default)]
    pub user: Option<Account>,
    /// Where the patch is.
    pub head: Side,
    /// Where it is to go.
    pub base: Side,
    /// Its body.
    #[serde(default)]
    pub body: Option<String>,
}

/// One side of a pull request.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Side {
    /// The branch.
    #[serde(rename = "ref")]
    pub branch: String,
    /// The commit.
    pub sha: String,
    /// The repository; `None` where it is gone.
    #[serde(default)]
    pub repo: Option<Place>,
}

/// A repository, by name.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Place {
    /// `owner/name`.
    pub full_name: String,
}

/// An account. A commit whose author has none is told as an empty object.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Account {
    /// Its login.
    #[serde(default)]
    pub login: Option<String>,
    /// `User`, `Bot` or `Organization`.
    #[serde(default, rename = "type")]
    pub kind: Option<String>,
}

/// Everything in the state of a pull request that keeps it from being merged into
/// `branch` of the repository `slug`.
#[must_use]
pub fn judge(pull: &PullRequest, slug: &str, branch: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut against = |message: String, help: &str| {
        findings.push(Finding::new(Code::PrState, message).help(help));
    };
    let number = pull.number;
    if pull.merged == Some(true) {
        against(format!("pull request {number} is merged already"), "there is nothing to be done");
    } else if pull.state != "open" {
        let state = quoted(&pull.state);
        against(format!("pull request {number} is {state}, not open"), "open it again");
    }
    if pull.draft == Some(true) {
        against(format!("pull request {number} is a draft"), "press Ready for review");
    }
    if pull.base.branch != branch {
        let message =
            format!("pull request {number} is for {}, not {}", quoted(&pull.base.branch), quoted(branch));
        against(message, "change its base branch");
    }
    let home = pull.head.repo.as_ref().map(|repo| repo.full_name.as_str());
    if !home.is_some_and(|home| home.eq_ignore_ascii_case(slug)) {
        let from = home.map_or_else(|| "a repository that is gone".to_owned(), quoted);
        let help = "push the branch to this repository and open a pull request from there";
        against(format!("pull request {number} comes from {from}, not {slug}"), help);
    }
    if pull.mergeable == Some(false) {
        against(format!("pull request {number} has conflicts with its base"), "rebase it");
    }
    findings
}

/// Whether the patch became another one while it was looked at: what was proven was of
/// the commit `before`.
#[must_use]
pub fn moved(before: &PullRequest, after: &PullRequest) -> Option<Finding> {
    let (old, new) = (&before.head.sha, &after.head.sha);
    let message = if old != new {
        format!("{} was pushed between: it was {}, now it is {}", quoted(&before.head.branch), short(old), short(new))
    } else if before != after {
        format!("pull request {} was changed between", before.number)
    } else {
        return None;
    };
    Some(Finding::new(Code::HeadMoved, message).help("run the check again: it is of what was there before"))
}

/// The first twelve digits of a commit's id.
pub(super) fn short(sha: &str) -> String {
    quoted(sha.get(..12).unwrap_or(sha)).replace('`', "")
}
