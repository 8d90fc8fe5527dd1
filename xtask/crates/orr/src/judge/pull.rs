//! The pull request itself, as the server reports it.

use serde::{Deserialize, Serialize};

use thrice_findings::text::quoted;
use thrice_findings::{Code, Finding, short};

/// A pull request, as far as the merge gate looks at it beside its claims.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct PullRequest {
    /// `open` or `closed`.
    pub state: String,
    /// Its title.
    pub title: String,
    /// Its body.
    #[serde(default)]
    pub body: Option<String>,
    /// Whether its author calls it unfinished.
    #[serde(default)]
    pub draft: Option<bool>,
    /// Whether it can be merged without conflict; `None` until the server has worked that
    /// out.
    #[serde(default)]
    pub mergeable: Option<bool>,
    /// Its author; `None` where the account is gone.
    #[serde(default)]
    pub user: Option<Account>,
    /// The patch.
    pub head: Side,
    /// Where it is to go.
    pub base: Side,
}

/// One side of a pull request.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Side {
    /// The branch.
    #[serde(rename = "ref")]
    pub branch: String,
    /// The commit.
    pub sha: String,
}

/// An account. A commit whose author has none is reported as an empty object.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Account {
    /// Its login.
    #[serde(default)]
    pub login: Option<String>,
    /// `User`, `Bot` or `Organization`.
    #[serde(default, rename = "type")]
    pub kind: Option<String>,
}

/// Whether a pull request is finished and without conflict. That it is open, and for
/// which branch, is a claim of its own.
#[must_use]
pub fn judge(pull: &PullRequest) -> Vec<Finding> {
    let mut findings = Vec::new();
    let unreported = |message: &str| {
        Finding::new(Code::ServerSilent, message).help("run the check again in a minute")
    };
    match pull.draft {
        Some(false) => {}
        Some(true) => findings.push(
            Finding::new(Code::PullUnready, "the pull request is a draft")
                .help("press Ready for review, once it is"),
        ),
        None => findings.push(unreported("the server does not say whether it is a draft")),
    }
    match pull.mergeable {
        Some(true) => {}
        Some(false) => findings.push(
            Finding::new(Code::PullUnready, "the pull request has conflicts with its base")
                .help("rebase it, then run the review again"),
        ),
        None => {
            findings.push(unreported("the server has not worked out yet whether it has conflicts"))
        }
    }
    findings
}

/// Whether the pull request became another one while it was looked at: what was proven
/// was of what was there `before`.
#[must_use]
pub fn moved(before: &PullRequest, after: &PullRequest) -> Option<Finding> {
    let plain = |pull: &PullRequest| PullRequest { mergeable: None, ..pull.clone() };
    let message = if before.head.sha != after.head.sha {
        let (old, new) = (shown_id(&before.head.sha), shown_id(&after.head.sha));
        let branch = quoted(&before.head.branch);
        format!("{branch} was pushed to meanwhile: it was at {old}, now it is at {new}")
    } else if plain(before) != plain(after) {
        "the pull request was edited meanwhile".to_owned()
    } else {
        return None;
    };
    let help = "run the check again; what was pushed needs a review and approvals of its own";
    Some(Finding::new(Code::HeadMoved, message).help(help))
}

/// The first digits of a commit's id that a server said, without what a terminal obeys.
pub fn shown_id(sha: &str) -> String {
    quoted(short(sha)).replace('`', "")
}
