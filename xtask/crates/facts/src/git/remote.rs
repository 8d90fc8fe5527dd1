//! What the remote says, asked of itself.

use std::fmt;

use super::way::Direction;
use super::{Call, CallError, Repository, call, call_text};

/// The remote that all people of a repository share. A clone that calls it otherwise is one
/// without a remote.
pub const REMOTE: &str = "origin";

/// Why git did not do what it was asked to do.
#[derive(Debug)]
pub enum GitError {
    /// It refused, or the remote did; its own words.
    Refused(String),
    /// It could not be started, or was ended before it was done.
    Broken(anyhow::Error),
}

impl GitError {
    /// The words of a refusal.
    ///
    /// # Errors
    /// The error itself, where git did not refuse.
    pub fn refusal(self) -> anyhow::Result<String> {
        match self {
            Self::Refused(said) => Ok(said),
            Self::Broken(error) => Err(error),
        }
    }
}

impl fmt::Display for GitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(said) => f.write_str(said),
            Self::Broken(error) => error.fmt(f),
        }
    }
}

impl From<anyhow::Error> for GitError {
    fn from(error: anyhow::Error) -> Self {
        Self::Broken(error)
    }
}

impl From<CallError> for GitError {
    fn from(error: CallError) -> Self {
        Self::Broken(error.into())
    }
}

/// What can be seen of a remote's default branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RemoteDefault {
    /// It has one.
    At {
        /// Its name.
        branch: String,
        /// The commit that it is at.
        id: String,
    },
    /// The remote answered that it has none.
    Empty,
    /// It did not answer; what git said.
    Unseen(String),
}

/// What can be seen of a branch of a remote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RemoteBranch {
    /// The commit that it is at.
    At(String),
    /// The remote answered that it has no such branch.
    Absent,
    /// It did not answer; what git said.
    Unseen(String),
}

/// The remote's address, asked once.
struct RemoteUrl(Option<String>);

impl Repository {
    /// The names of all remotes, in git's order.
    ///
    /// # Errors
    /// Where git cannot be run.
    pub fn remotes(&self) -> anyhow::Result<Vec<String>> {
        let printed = call(self.root(), ["remote"]).run()?;
        Ok(call_text(&printed).lines().map(str::to_owned).collect())
    }

    /// The remote's default branch, as it was last seen; nothing is asked of the remote.
    ///
    /// # Errors
    /// Where git cannot be started.
    pub fn remote_head(&self) -> anyhow::Result<Option<String>> {
        let name = format!("refs/remotes/{REMOTE}/HEAD");
        let printed = call(self.root(), ["symbolic-ref", "--quiet", &name]).run_any_status()?;
        let text = call_text(&printed);
        let branch = text.trim_end_matches('\n').strip_prefix(&format!("refs/remotes/{REMOTE}/"));
        Ok(branch.filter(|_| printed.status == 0).map(str::to_owned))
    }

    /// The remote's tags, as `git ls-remote` prints them.
    ///
    /// # Errors
    /// Where the remote does not answer, or git cannot be started.
    pub fn remote_tags(&self) -> Result<String, GitError> {
        self.ask(&["--tags"], "refs/tags/*")
    }

    /// Which branch is the remote's default, and where it is, asked of the remote itself;
    /// `None` where there is no remote.
    ///
    /// # Errors
    /// Where git cannot be started.
    pub fn remote_default(&self) -> anyhow::Result<Option<RemoteDefault>> {
        if self.remote_url().is_none() {
            return Ok(None);
        }
        let text = match self.ask(&["--symref"], "HEAD") {
            Ok(text) => text,
            Err(error) => return Ok(Some(RemoteDefault::Unseen(error.refusal()?))),
        };
        let lines = || text.lines().filter_map(|line| line.split_once('\t'));
        let branch = lines().find_map(|(target, name)| {
            target.strip_prefix("ref: refs/heads/").filter(|_| name == "HEAD")
        });
        let id = lines().find(|(id, name)| *name == "HEAD" && !id.starts_with("ref: "));
        Ok(Some(match (branch, id) {
            (Some(branch), Some((id, _))) => {
                RemoteDefault::At { branch: branch.to_owned(), id: id.to_owned() }
            }
            _ => RemoteDefault::Empty,
        }))
    }

    /// The remote's address, as configured; it may hold a token.
    #[must_use]
    pub fn remote_url(&self) -> Option<String> {
        if let Some(asked) = self.kept::<RemoteUrl>() {
            return asked.0.clone();
        }
        let printed = call(self.root(), ["remote", "get-url", REMOTE]).run().ok();
        let url = printed.map(|it| call_text(&it).trim_end_matches('\n').to_owned());
        self.keep(RemoteUrl(url.clone()));
        url
    }

    /// Where a branch of the remote is, asked of the remote itself.
    ///
    /// # Errors
    /// Where git cannot be started.
    pub fn remote_branch(&self, branch: &str) -> anyhow::Result<RemoteBranch> {
        let reference = format!("refs/heads/{branch}");
        let text = match self.ask(&["--refs"], &reference) {
            Ok(text) => text,
            Err(error) => return Ok(RemoteBranch::Unseen(error.refusal()?)),
        };
        let mut found = text.lines().filter_map(|line| line.split_once('\t'));
        let found = found.find(|(_, name)| *name == reference);
        Ok(found.map_or(RemoteBranch::Absent, |(id, _)| RemoteBranch::At(id.to_owned())))
    }

    /// What the remote says of a reference.
    pub(super) fn ask(&self, options: &[&str], reference: &str) -> Result<String, GitError> {
        let settings = ["-c", "http.lowSpeedLimit=1", "-c", "http.lowSpeedTime=10", "ls-remote"];
        let (call, target) = super::fetch::with_login(self, Direction::Fetch, settings);
        let printed = call
            .arguments(options)
            .arguments(["--end-of-options", &target, reference])
            .run_any_status()?;
        if printed.status == 0 {
            return Ok(call_text(&printed));
        }
        Err(GitError::Refused(reason(&printed.stderr)))
    }
}

/// The longest reason of git's that is shown, in characters.
const LONGEST: usize = 400;

/// Why git did not reach a remote: all that it says, in one line. Its hints, and the advice
/// that it ends with whatever the cause, are left out.
pub(super) fn reason(said: &[u8]) -> String {
    let said = String::from_utf8_lossy(said);
    let advice = ["hint:", "Please make sure you have the correct", "and the repository exists"];
    let lines = said
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !advice.iter().any(|advice| line.starts_with(advice)));
    let whole = lines.collect::<Vec<_>>().join("; ");
    without_credentials(&whole).chars().take(LONGEST).collect()
}

/// A message of git's without what stands before the host in an address: it may be a
/// token.
pub(super) fn without_credentials(said: &str) -> String {
    let mut out = String::new();
    let mut rest = said;
    while let Some((before, after)) = rest.split_once("://") {
        out.push_str(before);
        out.push_str("://");
        let host = after.find(['/', ' ', '\'', '"']).unwrap_or(after.len());
        let begin = after.get(..host).and_then(|host| host.rfind('@')).map_or(0, |at| at + 1);
        rest = after.get(begin..).unwrap_or_default();
    }
    out + rest
}

/// Never asks a question, and gives up after ten seconds without an answer.
pub(super) fn patient(call: Call) -> Call {
    call.keep("SSH_AUTH_SOCK")
        .set(
            "GIT_SSH_COMMAND",
            "ssh -o BatchMode=yes -o ConnectTimeout=10 -o ControlMaster=no -o ControlPath=none",
        )
        .set("GIT_ASKPASS", "true")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_token_of_an_address_is_reported() {
        for (said, reported) in [
            (
                "unable to access 'https://me:secret@host/a/': 403",
                "unable to access 'https://host/a/': 403",
            ),
            ("https://token@host and ssh://git@host/x", "https://host and ssh://host/x"),
            ("https://host/a@b", "https://host/a@b"),
            ("no address", "no address"),
            ("https://", "https://"),
        ] {
            assert_eq!(without_credentials(said), reported);
        }
    }
}
