//! What a commit holds.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use anyhow::Context;

use super::Repository;

/// What a commit holds.
#[derive(Clone, Debug)]
pub struct Tree {
    pub(super) repository: Repository,
    pub(super) entries: BTreeMap<Vec<u8>, TreeEntry>,
}

/// What a tree has under a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeEntry {
    /// Its mode, in six octal digits.
    pub mode: Cow<'static, str>,
    /// Id of its blob, or of a submodule's commit.
    pub object: String,
}

impl TreeEntry {
    pub(super) fn is_tree(&self) -> bool {
        self.mode == "040000"
    }

    /// A plain file: no link, no submodule.
    pub(super) fn is_file(&self) -> bool {
        self.mode.starts_with("100")
    }
}

impl Tree {
    /// All paths, sorted by bytes: files, links and submodules.
    pub fn paths(&self) -> impl Iterator<Item = &[u8]> {
        self.entries.keys().map(Vec::as_slice)
    }

    /// All entries, sorted by path: path, mode in octal digits, object.
    pub fn entries(&self) -> impl Iterator<Item = (&[u8], &str, &str)> {
        self.entries
            .iter()
            .map(|(path, entry)| (path.as_slice(), &*entry.mode, entry.object.as_str()))
    }

    /// Whether there is anything at a path.
    #[must_use]
    pub fn has(&self, path: &str) -> bool {
        self.entries.contains_key(path.as_bytes())
    }

    /// Whether there is a plain file at a path: no link, no submodule.
    #[must_use]
    pub fn has_file(&self, path: &str) -> bool {
        self.entries.get(path.as_bytes()).is_some_and(TreeEntry::is_file)
    }

    /// Whether there is anything below a path.
    #[must_use]
    pub fn has_below(&self, folder: &str) -> bool {
        let from = format!("{folder}/").into_bytes();
        self.entries.range(from.clone()..).next().is_some_and(|(path, _)| path.starts_with(&from))
    }

    /// The bytes of a plain file; none where there is none at that path.
    ///
    /// # Errors
    /// Where git fails.
    pub fn read(&self, path: &str) -> anyhow::Result<Option<Vec<u8>>> {
        let entry = self.entries.get(path.as_bytes()).filter(|entry| entry.is_file());
        let Some(entry) = entry else { return Ok(None) };
        self.repository.read_object("blob", &entry.object).map(Some)
    }

    /// Writes every plain file, byte for byte as it is committed, below a new folder;
    /// gives their paths.
    ///
    /// # Errors
    /// Where git fails or a file cannot be written.
    pub fn export(&self, folder: &Path) -> anyhow::Result<Vec<Vec<u8>>> {
        crate::files::make_folder(folder)?;
        let plain: Vec<_> = self.entries.iter().filter(|(_, entry)| entry.is_file()).collect();
        let objects: Vec<&str> = plain.iter().map(|(_, entry)| entry.object.as_str()).collect();
        let mut left = plain.iter();
        self.repository.read_objects("blob", &objects, |_, bytes| {
            let (path, entry) = left.next().context("more blobs than paths")?;
            let target = folder.join(OsStr::from_bytes(path));
            crate::files::make_folder(target.parent().unwrap_or(folder))?;
            std::fs::write(&target, bytes)
                .with_context(|| format!("cannot write {}", target.display()))?;
            if entry.mode == "100755" {
                crate::files::set_executable(&target, true)?;
            }
            Ok(())
        })?;
        Ok(plain.into_iter().map(|(path, _)| path.clone()).collect())
    }
}
