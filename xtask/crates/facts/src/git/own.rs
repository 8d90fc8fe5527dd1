//! What git keeps for itself: settings, its folder, and objects as files.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use anyhow::Context;

use super::{Repository, Tree, call, call_text, git};

impl Repository {
    /// The repository around a folder, with a working tree or bare.
    ///
    /// # Errors
    /// Where git is missing or the folder is in no repository.
    pub fn around_or_bare(folder: &Path) -> anyhow::Result<Self> {
        let asked = ["rev-parse", "--is-bare-repository", "--absolute-git-dir"];
        let printed = git(folder, asked)
            .with_context(|| format!("{} isn't in a git repository", folder.display()))?;
        match printed.stdout.strip_prefix(b"true\n") {
            Some(path) => {
                let path = path.strip_suffix(b"\n").unwrap_or(path);
                Ok(Self::at(PathBuf::from(OsStr::from_bytes(path))))
            }
            None => Self::around(folder),
        }
    }

    /// The value of a setting; none where it is not set.
    ///
    /// # Errors
    /// Where git cannot be started.
    pub fn setting(&self, name: &str) -> anyhow::Result<Option<String>> {
        self.setting_as(name, &[])
    }

    /// The value of a setting that is a path: `~` is the user's home.
    ///
    /// # Errors
    /// Where git cannot be started.
    pub fn setting_path(&self, name: &str) -> anyhow::Result<Option<String>> {
        self.setting_as(name, &["--type=path"])
    }

    fn setting_as(&self, name: &str, kind: &[&str]) -> anyhow::Result<Option<String>> {
        let printed = call(self.root(), ["config"])
            .arguments(kind)
            .arguments(["--get", name])
            .run_any_status()?;
        let value = call_text(&printed).trim_end_matches('\n').to_owned();
        Ok(Some(value).filter(|value| printed.status == 0 && !value.is_empty()))
    }

    /// The value of an attribute of a path; `unspecified` where it has none.
    ///
    /// # Errors
    /// Where git fails.
    pub fn attribute(&self, name: &str, path: &str) -> anyhow::Result<String> {
        let printed = git(self.root(), ["check-attr", "-z", name, "--", path])?;
        let value = super::split_z(&printed.stdout).into_iter().nth(2).unwrap_or_default();
        Ok(String::from_utf8_lossy(&value).into_owned())
    }

    /// git's own folder of this working tree.
    ///
    /// # Errors
    /// Where git fails.
    pub fn git_folder(&self) -> anyhow::Result<PathBuf> {
        let printed = git(self.root(), ["rev-parse", "--absolute-git-dir"])?;
        let path = printed.stdout.strip_suffix(b"\n").unwrap_or(&printed.stdout);
        Ok(PathBuf::from(OsStr::from_bytes(path)))
    }

    /// The first parent of a commit; none where it has none.
    ///
    /// # Errors
    /// Where git fails.
    pub fn first_parent(&self, commit: &str) -> anyhow::Result<Option<super::Commit>> {
        self.commit(&format!("{commit}^1"))
    }
}

impl Tree {
    /// Mode in octal digits and object of what is at a path.
    #[must_use]
    pub fn entry(&self, path: &str) -> Option<(&str, &str)> {
        let entry = self.entries.get(path.as_bytes())?;
        Some((&*entry.mode, entry.object.as_str()))
    }
}
