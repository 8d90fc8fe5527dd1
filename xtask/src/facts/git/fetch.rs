//! Bringing in what a remote has, and the login that this takes.

use std::ffi::OsStr;
use std::time::Duration;

use super::patch::patient;
use super::{Repository, call, without_credentials};
use crate::facts::github::{SEEN_BY_GH, TOKENS};
use crate::facts::interrupt::Interrupt;
use crate::facts::process::Call;
use crate::facts::process::bounded::{Bounds, Stopped};

/// How long a fetch may take.
const FETCH: Duration = Duration::from_secs(10 * 60);
/// How much of what git prints is read, in bytes.
const MOST: u64 = 1 << 20;

/// No reference moves, no note of the fetch is left, and nothing is tidied up: only
/// objects come in.
pub(super) const OBJECTS_ONLY: [&str; 10] = [
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

/// A call of git that speaks to a remote with the user's login. What a gate may have
/// written into the repository's configuration gets no token to see: tokens are handed
/// on for https alone, where no helper but gh's own is asked.
pub(super) fn with_login<S: AsRef<OsStr>>(
    repository: &Repository,
    remote: &str,
    arguments: impl IntoIterator<Item = S>,
) -> Call {
    let https = repository.remote_url(remote).is_some_and(|url| url.starts_with("https://"));
    let token = TOKENS.iter().any(|name| std::env::var_os(name).is_some_and(|v| !v.is_empty()));
    let mut call = call::<&str>(repository.root(), []);
    if https && token {
        // An empty name forgets the helpers that were configured before it.
        call = call.arguments(["-c", "credential.helper="]);
        call = TOKENS.iter().fold(call, |call, name| call.keep(name));
    }
    let call = call.arguments(["-c", "credential.helper=!gh auth git-credential"]);
    let call = SEEN_BY_GH.iter().fold(patient(call), |call, name| call.keep(name));
    call.set("GIT_ALLOW_PROTOCOL", "file:git:http:https:ssh").arguments(arguments)
}

impl Repository {
    /// Brings in the objects of branches of a remote. Gives what git said where it could
    /// not.
    ///
    /// # Errors
    /// Where git cannot be started, or is ended.
    pub fn fetch_objects(
        &self,
        remote: &str,
        branches: &[&str],
        interrupt: &Interrupt,
    ) -> Result<Result<(), String>, Stopped> {
        let references = branches.iter().map(|branch| format!("refs/heads/{branch}"));
        let printed = with_login(self, remote, OBJECTS_ONLY)
            .arguments(["--end-of-options", remote])
            .arguments(references)
            .run_bounded(Bounds { time: FETCH, bytes: MOST, interrupt })?;
        if printed.status == 0 {
            return Ok(Ok(()));
        }
        let said = String::from_utf8_lossy(&printed.stderr);
        let last = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
        Ok(Err(without_credentials(last.trim())))
    }
}
