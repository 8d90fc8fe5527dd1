//! The workflows that the server knows.

use serde::Deserialize;

use super::{Failure, GitHub, encoded};

/// A workflow, as the server reports it.
#[derive(Clone, Debug, Deserialize)]
pub struct ServerWorkflow {
    /// The server's number of it, which its runs have too.
    pub id: u64,
    /// Its file, from the root of the repository.
    pub path: String,
}

impl GitHub {
    /// The workflow of a file. The server is asked by the file's name only: compare the
    /// path of what it gives.
    ///
    /// # Errors
    /// Where the server does not show it.
    pub fn workflow(&self, file: &str) -> Result<ServerWorkflow, Failure> {
        let name = file.rsplit('/').next().unwrap_or(file);
        self.read(&self.repo(&format!("actions/workflows/{}", encoded(name))))
    }
}
