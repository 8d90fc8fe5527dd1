//! Branches of this repository.

use std::collections::BTreeMap;
use std::time::Duration;

use super::way::Direction;
use super::{Commit, GitError, REMOTE, Repository, call, call_text, without_credentials};
use crate::interrupt::Interrupt;
use crate::process::bounded::Bounds;

/// How long a push may take.
const PUSH: Duration = Duration::from_secs(10 * 60);
/// How much of what git prints is read, in bytes.
const MOST: u64 = 1 << 20;

impl Repository {
    /// The tip of a branch: the remote's as it was last fetched, else this clone's own.
    ///
    /// # Errors
    /// Where git fails.
    pub fn last_seen_tip(&self, branch: &str) -> anyhow::Result<Option<Commit>> {
        match self.commit(&format!("refs/remotes/{REMOTE}/{branch}"))? {
            None => self.commit(&format!("refs/heads/{branch}")),
            there => Ok(there),
        }
    }

    /// Whether there is a branch of that name.
    ///
    /// # Errors
    /// Where git fails.
    pub fn has_branch(&self, name: &str) -> anyhow::Result<bool> {
        let reference = format!("refs/heads/{name}");
        let arguments = ["show-ref", "--verify", "--quiet", &reference];
        Ok(call(self.root(), arguments).run_any_status()?.status == 0)
    }

    /// Makes a branch at a commit and switches to it, as one step.
    ///
    /// # Errors
    /// Where git refuses, and then nothing has changed, or cannot be started.
    pub fn switch_to_new(&self, name: &str, commit: &str) -> Result<(), GitError> {
        let arguments = ["switch", "--quiet", "--no-track", "--create", name, commit];
        let printed = call(self.root(), arguments).run_any_status()?;
        if printed.status == 0 {
            return Ok(());
        }
        Err(GitError::Refused(String::from_utf8_lossy(&printed.stderr).trim().to_owned()))
    }

    /// The first line of a commit's message.
    ///
    /// # Errors
    /// Where git fails.
    pub fn subject(&self, commit: &Commit) -> anyhow::Result<String> {
        let format = ["show", "--no-patch", "--no-show-signature", "--format=%s", &commit.id];
        Ok(call_text(&call(self.root(), format).run()?).trim().to_owned())
    }

    /// When each path below a folder was last changed on the way to HEAD: the newest
    /// committer's time, in seconds since 1970, also of what is gone since.
    ///
    /// # Errors
    /// Where git fails.
    pub fn changes_below(
        &self,
        commit: &str,
        folder: &str,
    ) -> anyhow::Result<BTreeMap<Vec<u8>, i64>> {
        let arguments = ["--literal-pathspecs", "log", "-z", "--name-only", "--no-renames"];
        let printed = call(self.root(), arguments)
            .arguments(["--no-show-signature", "--format=%x01%ct", commit, "--", folder])
            .run()?;
        let mut changed: BTreeMap<Vec<u8>, i64> = BTreeMap::new();
        let mut at = 0;
        for part in printed.stdout.split(|byte| *byte == 0) {
            let part = part.strip_prefix(b"\n").unwrap_or(part);
            if let Some(time) = part.strip_prefix(b"\x01") {
                at = String::from_utf8_lossy(time).trim().parse()?;
            } else if !part.is_empty() {
                let newest = changed.entry(part.to_vec()).or_insert(at);
                *newest = at.max(*newest);
            }
        }
        Ok(changed)
    }

    /// Pushes a commit to a branch of the remote; never forced, and nothing else with it.
    ///
    /// # Errors
    /// Where git or the remote refuses, or git cannot be started, or is ended.
    pub fn push(&self, commit: &str, branch: &str, interrupt: &Interrupt) -> Result<(), GitError> {
        let refspec = format!("{commit}:refs/heads/{branch}");
        self.pushed(&[], &refspec, interrupt).map(drop)
    }

    /// Lets a branch here follow the one of its name on the remote.
    ///
    /// # Errors
    /// Where git fails.
    pub fn follow(&self, branch: &str) -> anyhow::Result<()> {
        let name = |key: &str| format!("branch.{branch}.{key}");
        super::git(self.root(), ["config", &name("remote"), REMOTE])?;
        let own = format!("refs/heads/{branch}");
        super::git(self.root(), ["config", &name("merge"), &own])?;
        super::git(self.root(), ["update-ref", &format!("refs/remotes/{REMOTE}/{branch}"), &own])?;
        Ok(())
    }

    /// Moves a branch of the remote to a commit, whatever it had, where it still is at
    /// `expected`, or absent where that is empty; without a commit, deletes it.
    ///
    /// # Errors
    /// Where git or the remote refuses, or git cannot be started, or is ended.
    pub fn push_with_lease(
        &self,
        commit: Option<&str>,
        (branch, expected): (&str, &str),
        interrupt: &Interrupt,
    ) -> Result<(), GitError> {
        let lease = format!("--force-with-lease=refs/heads/{branch}:{expected}");
        let refspec = format!("{}:refs/heads/{branch}", commit.unwrap_or_default());
        let said = self.pushed(&[&lease], &refspec, interrupt)?;
        // A branch that is at the commit already is "up to date" for git, whatever the lease expects.
        if expected.is_empty() && said.lines().any(|line| line.starts_with('=')) {
            return Err(GitError::Refused("it is there already".to_owned()));
        }
        Ok(())
    }

    /// Pushes one object to one tag that is not there yet, and nothing with it.
    ///
    /// # Errors
    /// Where git or the remote refuses, or git cannot be started, or is ended.
    pub fn push_tag(
        &self,
        object: &str,
        name: &str,
        interrupt: &Interrupt,
    ) -> Result<(), GitError> {
        let lease = format!("--force-with-lease=refs/tags/{name}:");
        self.pushed(&[&lease], &format!("{object}:refs/tags/{name}"), interrupt).map(drop)
    }

    /// What git printed of a push of one reference.
    fn pushed(
        &self,
        more: &[&str],
        refspec: &str,
        interrupt: &Interrupt,
    ) -> Result<String, GitError> {
        let push = ["push", "--porcelain", "--no-follow-tags", "--no-verify"];
        let (call, target) = super::fetch::with_login(self, Direction::Push, push);
        let call = call.arguments(more).arguments([
            "--recurse-submodules=no",
            "--end-of-options",
            &target,
            refspec,
        ]);
        let printed = call
            .run_bounded(Bounds { time: PUSH, bytes: MOST, interrupt })
            .map_err(|stopped| anyhow::anyhow!("git push {stopped}"))?;
        let both = [printed.stdout, printed.stderr].concat();
        let said = String::from_utf8_lossy(&both).into_owned();
        if printed.status == 0 {
            return Ok(said);
        }
        let telling = |line: &&str| {
            line.starts_with('!') || line.contains("fatal:") || line.contains("error:")
        };
        let line = said.lines().find(telling).unwrap_or_else(|| last_line(&said));
        // The reason is the last field, behind the names that the caller knows.
        let line = line.rsplit('\t').next().unwrap_or(line);
        Err(GitError::Refused(without_credentials(line.trim())))
    }
}

pub(super) fn last_line(said: &str) -> &str {
    said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default().trim()
}
