//! Bringing in what a remote has.

use super::patch::{patient, without_credentials};
use super::{Repository, call};

/// No reference moves, no note of the fetch is left, and nothing is tidied up: only
/// objects come in.
const OBJECTS_ONLY: [&str; 10] = [
    "-c",
    "gc.auto=0",
    "-c",
    "maintenance.auto=false",
    "fetch",
    "--quiet",
    "--no-tags",
    "--no-recurse-submodules",
    "--no-write-fetch-head",
    "--refmap=",
];

impl Repository {
    /// Brings in the objects of branches of a remote; what git said where it could not.
    ///
    /// # Errors
    /// Where git cannot be started.
    pub fn fetch_objects(
        &self,
        remote: &str,
        branches: &[&str],
    ) -> anyhow::Result<Result<(), String>> {
        let references = branches.iter().map(|branch| format!("refs/heads/{branch}"));
        let printed = patient(call(self.root(), OBJECTS_ONLY))
            .arguments(["--end-of-options", remote])
            .arguments(references)
            .run_any_status()?;
        if printed.status == 0 {
            return Ok(Ok(()));
        }
        let said = String::from_utf8_lossy(&printed.stderr);
        let last = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
        Ok(Err(without_credentials(last.trim())))
    }
}
