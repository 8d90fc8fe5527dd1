//! Branches of this repository.

use super::{Repository, call};

impl Repository {
    /// Whether there is a branch of that name.
    ///
    /// # Errors
    /// Where git fails.
    pub fn has_branch(&self, name: &str) -> anyhow::Result<bool> {
        let reference = format!("refs/heads/{name}");
        let arguments = ["show-ref", "--verify", "--quiet", &reference];
        Ok(call(self.root(), arguments).run_any_status()?.status == 0)
    }

    /// Makes a branch at a commit and switches to it, as one step. Gives what git said
    /// where it refused, and then nothing has changed.
    ///
    /// # Errors
    /// Where git cannot be started.
    pub fn switch_to_new(&self, name: &str, commit: &str) -> anyhow::Result<Result<(), String>> {
        let arguments = ["switch", "--quiet", "--no-track", "--create", name, commit];
        let printed = call(self.root(), arguments).run_any_status()?;
        if printed.status == 0 {
            return Ok(Ok(()));
        }
        Ok(Err(String::from_utf8_lossy(&printed.stderr).trim().to_owned()))
    }
}
