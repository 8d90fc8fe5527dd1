//! How branches moved on the server.

use serde::Deserialize;

use super::{Failure, GitHub, encoded};

/// A move of a branch, as the server keeps it.
#[derive(Clone, Debug, Deserialize)]
pub struct BranchMove {
    /// How it moved, such as `push` or `force_push`.
    pub activity_type: String,
    /// The branch, with `refs/heads/`.
    #[serde(rename = "ref")]
    pub reference: String,
    /// The commit that it was at; zeros where it was made.
    pub before: String,
    /// The commit that it is at; zeros where it was deleted.
    pub after: String,
    /// When, in RFC 3339.
    pub timestamp: String,
    #[serde(default)]
    actor: Option<Actor>,
}

#[derive(Clone, Debug, Deserialize)]
struct Actor {
    login: String,
}

impl BranchMove {
    /// The login of who moved it, where it is known.
    #[must_use]
    pub fn actor(&self) -> Option<&str> {
        self.actor.as_ref().map(|actor| actor.login.as_str())
    }
}

impl GitHub {
    /// The moves that the server keeps, of one branch or of all.
    ///
    /// # Errors
    /// Where the server does not list them all.
    pub fn activity(&self, branch: Option<&str>) -> Result<Vec<BranchMove>, Failure> {
        let query = branch.map(|branch| format!("?ref={}", encoded(branch))).unwrap_or_default();
        self.list(&self.repo(&format!("activity{query}")), None)
    }
}
