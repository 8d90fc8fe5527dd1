//! What a commit holds.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use anyhow::Context;

use super::{Repository, call, git};

/// What a commit holds.
#[derive(Clone, Debug)]
pub struct Tree {
    pub(super) repository: Repository,
    pub(super) entries: BTreeMap<Vec<u8>, TreeEntry>,
}

#[derive(Clone, Debug)]
pub(super) struct TreeEntry {
    pub(super) mode: String,
    pub(super) object: String,
}

impl TreeEntry {
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
            .map(|(path, entry)| (path.as_slice(), entry.mode.as_str(), entry.object.as_str()))
    }

    /// Whether there is anything at a path.
    #[must_use]
    pub fn has(&self, path: &str) -> bool {
        self.entries.contains_key(path.as_bytes())
    }

    /// The bytes of a plain file; none where there is none at that path.
    ///
    /// # Errors
    /// Where git fails.
    pub fn read(&self, path: &str) -> anyhow::Result<Option<Vec<u8>>> {
        let entry = self.entries.get(path.as_bytes()).filter(|entry| entry.is_file());
        let Some(entry) = entry else { return Ok(None) };
        Ok(Some(git(&self.repository.root, ["cat-file", "blob", &entry.object])?.stdout))
    }

    /// Writes every plain file, byte for byte as it is committed, below a new folder;
    /// gives their paths.
    ///
    /// # Errors
    /// Where git fails or a file cannot be written.
    pub fn export(&self, folder: &Path) -> anyhow::Result<Vec<Vec<u8>>> {
        crate::files::make_folder(folder)?;
        let plain: Vec<_> = self.entries.iter().filter(|(_, entry)| entry.is_file()).collect();
        let asked: String = plain.iter().map(|(_, entry)| format!("{}\n", entry.object)).collect();
        let call = call(&self.repository.root, ["cat-file", "--batch"]).input(asked.into_bytes());
        let printed = call.run()?.stdout;
        let mut rest = printed.as_slice();
        for (path, entry) in &plain {
            let bytes = next_object(&mut rest)?;
            let target = folder.join(OsStr::from_bytes(path));
            crate::files::make_folder(target.parent().unwrap_or(folder))?;
            std::fs::write(&target, bytes)
                .with_context(|| format!("cannot write {}", target.display()))?;
            if entry.mode == "100755" {
                crate::files::set_executable(&target, true)?;
            }
        }
        Ok(plain.into_iter().map(|(path, _)| path.clone()).collect())
    }
}

/// Takes one object off what `git cat-file --batch` printed: `<id> blob <size>`, LF, its
/// bytes, LF.
pub(super) fn next_object<'a>(rest: &mut &'a [u8]) -> anyhow::Result<&'a [u8]> {
    let end = rest.iter().position(|byte| *byte == b'\n').context("git cat-file: cut off")?;
    let head = String::from_utf8_lossy(&rest[..end]).into_owned();
    let size = head.rsplit(' ').next().unwrap_or_default();
    let size: usize = size.parse().with_context(|| format!("git cat-file: {head}"))?;
    let bytes = rest.get(end + 1..end + 1 + size).context("git cat-file: cut off")?;
    *rest = rest.get(end + 2 + size..).context("git cat-file: cut off")?;
    Ok(bytes)
}
