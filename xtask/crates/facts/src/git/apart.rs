//! A checkout with a `.git` of its own, which shares the repository's objects. Its
//! history can be cut, and it can be on a branch, without a trace in the repository.

use std::path::Path;

use anyhow::Context;

use super::{Repository, WHOLE, call, git};
use crate::files;
use crate::interrupt::Interrupt;

/// How a checkout differs from the repository's own.
#[derive(Clone, Copy, Debug, Default)]
pub struct Apart<'a> {
    /// The branch that it is on; none where it is on none.
    pub branch: Option<&'a str>,
    /// Whether its history ends with the commit.
    pub shallow: bool,
}

impl Repository {
    /// Checks a commit out at a path that is empty or absent: configuration and
    /// references are as the repository's, objects are the repository's own.
    ///
    /// # Errors
    /// Where git refuses.
    pub fn check_out_apart(
        &self,
        path: &Path,
        commit: &str,
        apart: Apart<'_>,
        interrupt: &Interrupt,
    ) -> anyhow::Result<()> {
        let common = self.common_folder()?;
        let format = self.text_of(["rev-parse", "--show-object-format"])?;
        call(
            &self.root,
            ["init", "--quiet", "--template=", "--object-format", format.trim(), "--"],
        )
        .argument(path)
        .run()?;
        let own = path.join(".git");
        let config = common.join("config");
        if let Some(bytes) = files::read_if_there(&config)? {
            files::write_whole(&own.join("config"), &bytes)?;
        }
        call(path, ["config", "--local", "core.bare", "false"]).run()?;
        let _ = call(path, ["config", "--local", "--unset-all", "core.worktree"]).run_any_status();
        files::make_folder(&own.join("objects/info"))?;
        let objects = format!("{}\n", common.join("objects").display());
        files::write_whole(&own.join("objects/info/alternates"), objects.as_bytes())?;
        let listed = ["for-each-ref", "--format=%(objectname) %(refname)"];
        let kinds = ["refs/heads", "refs/tags", "refs/remotes"];
        let references = git(&self.root, listed.into_iter().chain(kinds))?.stdout;
        files::write_whole(&own.join("packed-refs"), &references)?;
        files::make_folder(&own.join("info"))?;
        for name in ["exclude", "attributes"] {
            if let Some(bytes) = files::read_if_there(&common.join("info").join(name))? {
                files::write_whole(&own.join("info").join(name), &bytes)?;
            }
        }
        if apart.shallow {
            files::write_whole(&own.join("shallow"), format!("{commit}\n").as_bytes())?;
        }
        let checkout = call(path, WHOLE).arguments(["checkout", "--quiet", "--force"]);
        let checkout = match apart.branch {
            Some(branch) => checkout.arguments(["--no-track", "-B", branch]),
            None => checkout.argument("--detach"),
        };
        checkout.argument(commit).run_supervised(interrupt)?;
        Ok(())
    }

    /// Gives every tracked file of a checkout the same time, in seconds since 1970, as
    /// if it had been there for long.
    ///
    /// # Errors
    /// Where git fails.
    pub fn date_files(&self, checkout: &Path, seconds: u64) -> anyhow::Result<()> {
        let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
        let times = std::fs::FileTimes::new().set_accessed(time).set_modified(time);
        for name in super::split_z(&git(checkout, ["ls-files", "-z"])?.stdout) {
            let Some(path) = std::str::from_utf8(&name).ok().map(|name| checkout.join(name)) else {
                continue;
            };
            let is_file = path.symlink_metadata().is_ok_and(|it| it.is_file());
            // What cannot be opened is left as it is: the time of one file proves nothing.
            if is_file && let Ok(file) = std::fs::File::open(&path) {
                let _ = file.set_times(times);
            }
        }
        // A difference that is none would make plumbing call the checkout changed.
        let call =
            call(checkout, ["update-index", "-q", "--refresh"]).set("GIT_OPTIONAL_LOCKS", "1");
        call.run_any_status()?;
        Ok(())
    }

    /// The folder that all worktrees share.
    fn common_folder(&self) -> anyhow::Result<std::path::PathBuf> {
        let text = self.text_of(["rev-parse", "--git-common-dir"])?;
        let path = self.root.join(text.strip_suffix('\n').unwrap_or(&text));
        path.canonicalize().with_context(|| format!("cannot find {}", path.display()))
    }

    fn text_of<const N: usize>(&self, arguments: [&str; N]) -> anyhow::Result<String> {
        Ok(super::call_text(&git(&self.root, arguments)?))
    }
}
