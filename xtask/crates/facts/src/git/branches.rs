//! Branches of this repository.

use std::collections::BTreeMap;
use std::time::Duration;

use super::way::Direction;
use super::{Commit, Repository, call, call_text, without_credentials};
use crate::interrupt::Interrupt;
use crate::process::bounded::{Bounds, Stopped};

/// How long a push may take.
const PUSH: Duration = Duration::from_secs(10 * 60);
/// How much of what git prints is read, in bytes.
const MOST: u64 = 1 << 20;

impl Repository {
    /// The default branch of a remote, as it was last seen; nothing is asked of the remote.
    ///
    /// # Errors
    /// Where git cannot be started.
    pub fn remote_head(&self, remote: &str) -> anyhow::Result<Option<String>> {
        let name = format!("refs/remotes/{remote}/HEAD");
        let printed = call(self.root(), ["symbolic-ref", "--quiet", &name]).run_any_status()?;
        let text = call_text(&printed);
        let branch = text.trim_end_matches('\n').strip_prefix(&format!("refs/remotes/{remote}/"));
        Ok(branch.filter(|_| printed.status == 0).map(str::to_owned))
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

    /// Pushes a commit to a branch of a remote; never forced, and nothing else with it.
    /// Gives what git said where it refused.
    ///
    /// # Errors
    /// Where git cannot be started, or is ended.
    pub fn push(
        &self,
        remote: &str,
        commit: &str,
        branch: &str,
        interrupt: &Interrupt,
    ) -> Result<Result<(), String>, Stopped> {
        let refspec = format!("{commit}:refs/heads/{branch}");
        Ok(self.pushed(remote, &[], &refspec, interrupt)?.map(drop))
    }

    /// Lets a branch here follow the one of its name on a remote.
    ///
    /// # Errors
    /// Where git fails.
    pub fn follow(&self, remote: &str, branch: &str) -> anyhow::Result<()> {
        let name = |key: &str| format!("branch.{branch}.{key}");
        super::git(self.root(), ["config", &name("remote"), remote])?;
        let own = format!("refs/heads/{branch}");
        super::git(self.root(), ["config", &name("merge"), &own])?;
        super::git(self.root(), ["update-ref", &format!("refs/remotes/{remote}/{branch}"), &own])?;
        Ok(())
    }

    /// Moves a branch of a remote to a commit, whatever it had, where it still is at
    /// `expected`, or absent where that is empty; without a commit, deletes it. Gives what git
    /// said where it refused.
    ///
    /// # Errors
    /// Where git cannot be started, or is ended.
    pub fn push_with_lease(
        &self,
        remote: &str,
        commit: Option<&str>,
        (branch, expected): (&str, &str),
        interrupt: &Interrupt,
    ) -> Result<Result<(), String>, Stopped> {
        let lease = format!("--force-with-lease=refs/heads/{branch}:{expected}");
        let refspec = format!("{}:refs/heads/{branch}", commit.unwrap_or_default());
        let pushed = self.pushed(remote, &[&lease], &refspec, interrupt)?;
        // A branch that is at the commit already is "up to date" for git, whatever the lease expects.
        let is_there = |said: &String| said.lines().any(|line| line.starts_with('='));
        Ok(match pushed {
            Ok(said) if expected.is_empty() && is_there(&said) => {
                Err("it is there already".to_owned())
            }
            pushed => pushed.map(drop),
        })
    }

    fn pushed(
        &self,
        remote: &str,
        more: &[&str],
        refspec: &str,
        interrupt: &Interrupt,
    ) -> Result<Result<String, String>, Stopped> {
        let push = ["push", "--porcelain", "--no-follow-tags", "--no-verify"];
        let (call, target) = super::fetch::with_login(self, (remote, Direction::Push), push);
        let call = call.arguments(more).arguments([
            "--recurse-submodules=no",
            "--end-of-options",
            &target,
            refspec,
        ]);
        let printed = call.run_bounded(Bounds { time: PUSH, bytes: MOST, interrupt })?;
        let both = [printed.stdout, printed.stderr].concat();
        let said = String::from_utf8_lossy(&both).into_owned();
        if printed.status == 0 {
            return Ok(Ok(said));
        }
        let telling = |line: &&str| {
            line.starts_with('!') || line.contains("fatal:") || line.contains("error:")
        };
        let line = said.lines().find(telling).or_else(|| said.lines().last()).unwrap_or_default();
        Ok(Err(without_credentials(line.trim())))
    }
}
