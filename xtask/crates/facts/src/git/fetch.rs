//! Bringing in what a remote has, and the login that this takes.

use std::ffi::OsStr;
use std::time::Duration;

use super::remote::{GitError, REMOTE, patient, reason};
use super::way::{Direction, Way};
use super::{Repository, call};
use crate::github::{SEEN_BY_GH, TOKENS};
use crate::interrupt::Interrupt;
use crate::process::Call;
use crate::process::bounded::Bounds;

/// How long a fetch may take.
const FETCH: Duration = Duration::from_secs(10 * 60);
/// How much of what git prints is read, in bytes.
const MOST: u64 = 1 << 20;

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

/// Settings under which nothing starts a program that the repository's configuration
/// names, and nothing is fetched that was not asked for.
const FIXED: [&str; 4] = ["-c", "core.alternateRefsCommand=true", "-c", "push.gpgSign=false"];

/// A call of git that speaks to the remote with the user's login, and what the remote is to
/// be called in it. What a gate may have written into the repository's configuration gets
/// no token to see: tokens are handed on for https alone, where nothing of that
/// configuration bears on the way and no helper but gh's own is asked.
pub(super) fn with_login<S: AsRef<OsStr>>(
    repository: &Repository,
    direction: Direction,
    arguments: impl IntoIterator<Item = S>,
) -> (Call, String) {
    let way = Way::to(repository, REMOTE, direction);
    let mut call = patient(call(repository.root(), FIXED)).set("GIT_NO_LAZY_FETCH", "1");
    let mut protocols = "file:git:http:https:ssh";
    if way.takes_login {
        protocols = "https";
        let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        if way.own_helper || TOKENS.iter().any(|name| is_set(name)) {
            // An empty name forgets the helpers that were configured before it.
            call = call.arguments(["-c", "credential.helper="]);
        }
        call = TOKENS.iter().fold(call, |call, name| call.keep(name));
        call = call.arguments(["-c", "credential.helper=!gh auth git-credential"]);
    }
    let call = SEEN_BY_GH.iter().fold(call, |call, name| call.keep(name));
    (call.set("GIT_ALLOW_PROTOCOL", protocols).arguments(arguments), way.target)
}

impl Repository {
    /// Brings in the whole history where the clone was cut off.
    ///
    /// # Errors
    /// Where git or the remote refuses, or git cannot be started, or is ended.
    pub fn deepen(&self, branches: &[&str], interrupt: &Interrupt) -> Result<(), GitError> {
        self.fetched(&["--unshallow"], &heads(branches), interrupt)
    }

    /// Brings in the objects of branches of the remote.
    ///
    /// # Errors
    /// Where git or the remote refuses, or git cannot be started, or is ended.
    pub fn fetch_objects(&self, branches: &[&str], interrupt: &Interrupt) -> Result<(), GitError> {
        self.fetched(&[], &heads(branches), interrupt)
    }

    /// Brings in the objects of a tag of the remote.
    ///
    /// # Errors
    /// Where git or the remote refuses, or git cannot be started, or is ended.
    pub fn fetch_tag(&self, name: &str, interrupt: &Interrupt) -> Result<(), GitError> {
        self.fetched(&[], &[format!("refs/tags/{name}")], interrupt)
    }

    fn fetched(
        &self,
        more: &[&str],
        references: &[String],
        interrupt: &Interrupt,
    ) -> Result<(), GitError> {
        let (call, target) = with_login(self, Direction::Fetch, OBJECTS_ONLY);
        let printed = call
            .arguments(more)
            .arguments(["--end-of-options", &target])
            .arguments(references)
            .run_bounded(Bounds { time: FETCH, bytes: MOST, interrupt })
            .map_err(|stopped| anyhow::anyhow!("git fetch {stopped}"))?;
        if printed.status == 0 {
            return Ok(());
        }
        Err(GitError::Refused(reason(&printed.stderr)))
    }
}

fn heads(branches: &[&str]) -> Vec<String> {
    branches.iter().map(|branch| format!("refs/heads/{branch}")).collect()
}
