//! The branches that the server has.

use serde::Deserialize;

use super::{Failure, GitHub};

/// A branch, as the server reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerBranch {
    /// Its name, without `refs/heads/`.
    pub name: String,
    /// The commit that it is at.
    pub sha: String,
}

/// `GET /repos/{owner}/{repo}/git/matching-refs/heads/`.
#[derive(Deserialize)]
struct Reference {
    #[serde(rename = "ref")]
    name: String,
    object: Object,
}

#[derive(Deserialize)]
struct Object {
    sha: String,
}

impl GitHub {
    /// All branches of the repository.
    ///
    /// # Errors
    /// Where the server does not list them all.
    pub fn branches(&self) -> Result<Vec<ServerBranch>, Failure> {
        let listed: Vec<Reference> = self.list(&self.repo("git/matching-refs/heads/"), None)?;
        let branch = |reference: Reference| {
            let name = reference.name.strip_prefix("refs/heads/")?.to_owned();
            Some(ServerBranch { name, sha: reference.object.sha })
        };
        Ok(listed.into_iter().filter_map(branch).collect())
    }
}
