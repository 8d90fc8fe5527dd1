//! The repository, as the server has it.

use serde::Deserialize;

use super::{Failure, GitHub};

/// A repository, as the server reports it.
#[derive(Clone, Debug, Deserialize)]
pub struct ServerRepository {
    /// `owner/name`, in the server's spelling.
    pub full_name: String,
    /// The default branch, without `refs/heads/`.
    pub default_branch: String,
}

impl GitHub {
    /// The repository itself.
    ///
    /// # Errors
    /// Where the server does not show it.
    pub fn repository(&self) -> Result<ServerRepository, Failure> {
        self.read(self.repo("").trim_end_matches('/'))
    }
}
