//! The pull request itself: open, of this repository, for the default branch, and with
//! the same head at the end as at the beginning.

use serde::Deserialize;

use super::{Claim, ClaimFacts, short};
use thrice_findings::text::quoted;
use thrice_findings::{Code, Finding, Known};

/// A pull request, as the server reports it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Pull {
    /// Its number.
    pub number: u64,
    /// `open` or `closed`.
    pub state: String,
    /// Where people see it.
    #[serde(default)]
    pub html_url: Option<String>,
    /// When it was merged.
    #[serde(default)]
    pub merged_at: Option<String>,
    /// Its body.
    #[serde(default)]
    pub body: Option<String>,
    /// The branch that is to be merged.
    pub head: PullBranch,
    /// The branch into which it is to be merged.
    pub base: PullBranch,
    /// When it was opened.
    pub created_at: String,
    /// When it was last changed.
    pub updated_at: String,
}

/// A side of a pull request.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct PullBranch {
    /// The branch's name.
    #[serde(rename = "ref")]
    pub name: String,
    /// Its commit.
    pub sha: String,
    /// Its repository; absent where that was deleted.
    #[serde(default)]
    pub repo: Option<PullRepository>,
}

/// A repository, as far as a pull request names it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct PullRepository {
    /// `owner/name`.
    pub full_name: String,
}

/// Whether it is open, of this repository, and for the default branch. Where one of
/// these is not so, there is nothing to verify.
#[must_use]
pub(crate) fn judge_pull(repository: &str, default_branch: &str, pull: &Pull) -> Vec<Claim> {
    vec![open(pull), home(repository, pull), target(default_branch, pull)]
}

fn open(pull: &Pull) -> Claim {
    let number = pull.number;
    let seen = if pull.merged_at.is_some() { "merged" } else { pull.state.as_str() };
    let refused = (seen != "open").then(|| {
        let message = format!("the pull request {number} is {seen}");
        Finding::new(Code::PullClosed, message).help("open one: `cargo xtask pr open`")
    });
    Claim::new("pull request", format!("#{number} open"), seen, refused.into_iter().collect())
}

fn home(repository: &str, pull: &Pull) -> Claim {
    let seen = match &pull.head.repo {
        Some(home) => home.full_name.as_str(),
        None => "a repository that is gone",
    };
    let refused = (!seen.eq_ignore_ascii_case(repository)).then(|| {
        let message = format!("its head is in {}, not in {}", quoted(seen), quoted(repository));
        Finding::new(Code::PullForeign, message)
            .help("push the branch to this repository: runs of a fork are not ours to believe")
    });
    Claim::new("head repository", repository, seen, refused.into_iter().collect())
}

fn target(default_branch: &str, pull: &Pull) -> Claim {
    let seen = pull.base.name.as_str();
    let refused = (seen != default_branch).then(|| {
        let message = format!("it is for {}, not for {}", quoted(seen), quoted(default_branch));
        Finding::new(Code::PullBase, message).help("open it for the default branch")
    });
    Claim::new("base branch", default_branch, seen, refused.into_iter().collect())
}

/// What of a pull request is verified. A comment changes the time of its last change.
fn verified(pull: &Pull) -> impl PartialEq + use<'_> {
    let Pull { number, state, merged_at, body, head, base, .. } = pull;
    (number, state, merged_at, body, head, &base.name)
}

/// Whether nothing was pushed or edited while the claims were verified.
pub(super) fn head(facts: &ClaimFacts<'_>) -> Claim {
    let said = &facts.pull.head.sha;
    let (seen, findings) = match &facts.pull_now {
        Known::Is(now) if now.head.sha != *said => {
            let now = short(&now.head.sha);
            (now.to_owned(), vec![moved(said, now)])
        }
        Known::Is(now) if verified(now) != verified(facts.pull) => {
            let message = "the pull request was edited while it was verified";
            let edited = Finding::new(Code::HeadMoved, message).help("run the command again");
            ("edited".to_owned(), vec![edited])
        }
        Known::Is(now) => (short(&now.head.sha).to_owned(), Vec::new()),
        Known::Absent => ("gone".to_owned(), vec![moved(said, "gone")]),
        Known::Unseen(finding) => ("not shown".to_owned(), vec![finding.clone()]),
    };
    Claim::new("head", short(said), seen, findings)
}

fn moved(from: &str, to: &str) -> Finding {
    let message = format!("the head moved while it was verified: from {} to {to}", short(from));
    Finding::new(Code::HeadMoved, message).help("run the command again")
}
