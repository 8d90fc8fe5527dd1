//! Files and folders: walking, copying, and writing whole or not at all.

pub use thrice_findings::display_bytes;

use std::fs;
use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Component, Path, PathBuf};

use anyhow::Context;

/// A file below a folder that was walked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    /// Path relative to the folder, with `/`, as bytes: names need not be UTF-8.
    pub relative: Vec<u8>,
    /// Path that opens it.
    pub path: PathBuf,
    /// What it is.
    pub kind: PathKind,
}

/// What a path is; links are not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PathKind {
    /// A plain file; whether its owner may execute it.
    File {
        /// The owner's execute bit.
        executable: bool,
    },
    /// A symbolic link, pipe, socket or device.
    Other,
}

/// Every file below a folder, sorted by the bytes of its path. A folder that is
/// not there has none.
///
/// # Errors
/// Where a folder cannot be read.
pub fn walk(folder: &Path) -> anyhow::Result<Vec<Found>> {
    let mut found = Vec::new();
    if folder.symlink_metadata().is_ok_and(|metadata| metadata.is_dir()) {
        walk_into(folder, &[], &mut found)?;
    }
    found.sort();
    Ok(found)
}

fn walk_into(folder: &Path, prefix: &[u8], found: &mut Vec<Found>) -> anyhow::Result<()> {
    let entries =
        fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    for entry in entries {
        let entry = entry?;
        let mut relative = prefix.to_vec();
        relative.extend_from_slice(entry.file_name().as_bytes());
        let metadata = entry.metadata()?;
        if metadata.is_dir() {
            relative.push(b'/');
            walk_into(&entry.path(), &relative, found)?;
        } else {
            let kind = if metadata.is_file() {
                PathKind::File { executable: metadata.permissions().mode() & 0o100 != 0 }
            } else {
                PathKind::Other
            };
            found.push(Found { relative, path: entry.path(), kind });
        }
    }
    Ok(())
}

/// Reads a file.
///
/// # Errors
/// With the path in the message.
pub fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

/// Reads a file; `None` where there is none.
///
/// # Errors
/// Where it is there and cannot be read.
pub fn read_if_there(path: &Path) -> anyhow::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

/// Reads the end of a text file: whole lines of its last `most` bytes, and how many lines
/// come before them.
///
/// # Errors
/// Where it cannot be read.
pub fn read_end(path: &Path, most: u64) -> anyhow::Result<(String, usize)> {
    let unread = || format!("cannot read {}", path.display());
    let mut file = fs::File::open(path).with_context(unread)?;
    let length = file.metadata().with_context(unread)?.len();
    let mut skipped = io::BufReader::new((&mut file).take(length.saturating_sub(most)));
    let (mut before, mut buffer) = (0, [0; 1 << 16]);
    loop {
        let count = skipped.read(&mut buffer).with_context(unread)?;
        if count == 0 {
            break;
        }
        before += buffer[..count].iter().filter(|byte| **byte == b'\n').count();
    }
    let mut bytes = Vec::new();
    file.take(most).read_to_end(&mut bytes).with_context(unread)?;
    if length > most
        && let Some(end) = bytes.iter().position(|byte| *byte == b'\n')
    {
        bytes.drain(..=end);
        before += 1;
    }
    Ok((String::from_utf8_lossy(&bytes).into_owned(), before))
}

/// Reads a file that a person names, or standard input where its name is `-`; of more
/// than `most` bytes only the first, and one more.
///
/// # Errors
/// Where it cannot be read.
pub fn read_named(path: &Path, most: usize) -> anyhow::Result<Vec<u8>> {
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        let read = io::stdin().lock().take(limit).read_to_end(&mut bytes);
        read.context("cannot read standard input")?;
    } else {
        let read = fs::File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes));
        read.with_context(|| format!("cannot read {}", path.display()))?;
    }
    Ok(bytes)
}

/// Whether a file's owner may execute it.
///
/// # Errors
/// Where there is no such file.
pub fn is_executable(path: &Path) -> anyhow::Result<bool> {
    let metadata = path.metadata().with_context(|| format!("cannot read {}", path.display()))?;
    Ok(metadata.permissions().mode() & 0o100 != 0)
}

/// Makes a folder, and holds it for one command; none where another has it. The lock is on
/// the folder itself: it ends with the process, and no file stays.
///
/// # Errors
/// Where the folder cannot be made or opened, or its file system has no locks.
pub fn hold_folder(folder: &Path) -> anyhow::Result<Option<fs::File>> {
    make_folder(folder)?;
    let held = fs::File::open(folder)?;
    match held.try_lock() {
        Ok(()) => Ok(Some(held)),
        Err(fs::TryLockError::WouldBlock) => Ok(None),
        Err(fs::TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("cannot lock the folder {}", folder.display()))
        }
    }
}

/// Makes a folder and its parents.
///
/// # Errors
/// With the path in the message.
pub fn make_folder(path: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(path).with_context(|| format!("cannot make the folder {}", path.display()))
}

/// Writes a file so that it is there whole or not at all, however this program
/// ends: into a temporary file beside it, then renamed.
///
/// # Errors
/// With the path in the message.
pub fn write_whole(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    write_renamed(path, bytes, false)
}

/// As [`write_whole`], and on disk before it returns, so that it also outlives a
/// power cut.
///
/// # Errors
/// With the path in the message.
pub fn write_durable(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    write_renamed(path, bytes, true)
}

fn write_renamed(path: &Path, bytes: &[u8], durable: bool) -> anyhow::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    make_folder(folder)?;
    let write = || -> io::Result<()> {
        let mut file = tempfile::Builder::new()
            .prefix(".writing-")
            .permissions(fs::Permissions::from_mode(0o644))
            .tempfile_in(folder)?;
        file.write_all(bytes)?;
        if durable {
            file.as_file().sync_data()?;
        }
        file.persist(path)?;
        Ok(())
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}

/// The folder of a path with `/`; empty where the path has none.
#[must_use]
pub fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The last part of a path with `/`.
#[must_use]
pub fn file_name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

/// Where a path leads from a folder of the repository, both with `/`: the path in the repository,
/// without `.` and `..`. `None` where it begins with `/` or leads out of the repository.
#[must_use]
pub fn joined(folder: &str, path: &str) -> Option<String> {
    if path.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// Where a path below a folder leads when its links are followed; `None` where that is
/// outside of the folder, in git's own, nowhere, or no plain file.
///
/// # Errors
/// Where the folder cannot be read.
pub fn inside(folder: &Path, path: &str) -> anyhow::Result<Option<PathBuf>> {
    let plain = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
    if path.is_empty() || path.ends_with('/') || !plain {
        return Ok(None);
    }
    let top = folder.canonicalize().with_context(|| format!("cannot read {}", folder.display()))?;
    let mut target = top.clone();
    let mut there = true;
    for part in Path::new(path).components() {
        if there && !target.is_dir() {
            return Ok(None);
        }
        target.push(part);
        there = there && target.symlink_metadata().is_ok();
        if there {
            // A link that leads nowhere has no place that could be judged.
            let Ok(followed) = target.canonicalize() else { return Ok(None) };
            target = followed;
        }
    }
    let Ok(below) = target.strip_prefix(&top) else { return Ok(None) };
    let git = below.components().next() == Some(Component::Normal(".git".as_ref()));
    let usable = !git && (!there || target.is_file());
    Ok(usable.then_some(target))
}

/// Removes a file or a whole folder; nothing there is fine. Folders without
/// write permission are opened first, so that a gate cannot leave one behind.
///
/// # Errors
/// With the path in the message.
pub fn remove(path: &Path) -> anyhow::Result<()> {
    let Ok(metadata) = path.symlink_metadata() else { return Ok(()) };
    let removed = if metadata.is_dir() {
        fs::remove_dir_all(path).or_else(|_| {
            open_folders(path)?;
            fs::remove_dir_all(path)
        })
    } else {
        fs::remove_file(path)
    };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", path.display()))
        }
        _ => Ok(()),
    }
}

fn open_folders(folder: &Path) -> io::Result<()> {
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.metadata()?.is_dir() {
            open_folders(&entry.path())?;
        }
    }
    Ok(())
}

/// Gives a file the mode 0755 or 0644.
///
/// # Errors
/// With the path in the message.
pub fn set_executable(path: &Path, executable: bool) -> anyhow::Result<()> {
    let mode = if executable { 0o755 } else { 0o644 };
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
        .with_context(|| format!("cannot set the mode of {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn walking_sorts_by_bytes_and_does_not_follow_links() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("b")).unwrap();
        fs::write(at("b/x"), "").unwrap();
        fs::write(at("b.txt"), "").unwrap();
        fs::write(at("a"), "").unwrap();
        std::os::unix::fs::symlink("/etc", at("link")).unwrap();
        let names: Vec<_> = walk(folder.path())
            .unwrap()
            .into_iter()
            .map(|found| (display_bytes(&found.relative), found.kind))
            .collect();
        let file = PathKind::File { executable: false };
        assert_eq!(
            names,
            [
                ("a".to_owned(), file),
                ("b.txt".to_owned(), file),
                ("b/x".to_owned(), file),
                ("link".to_owned(), PathKind::Other),
            ]
        );
    }

    #[test]
    fn a_folder_that_was_closed_is_still_removed() {
        let folder = tempfile::tempdir().unwrap();
        let closed = folder.path().join("x/closed");
        fs::create_dir_all(&closed).unwrap();
        fs::write(closed.join("file"), "").unwrap();
        fs::set_permissions(&closed, fs::Permissions::from_mode(0o500)).unwrap();
        remove(&folder.path().join("x")).unwrap();
        assert!(!folder.path().join("x").exists());
    }

    #[test]
    fn a_path_that_leads_out_of_the_folder_is_reported() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().canonicalize().unwrap().join(name);
        fs::create_dir_all(at("top/.git")).unwrap();
        fs::create_dir_all(at("top/sub")).unwrap();
        fs::write(at("outer"), "").unwrap();
        fs::write(at("top/a.md"), "").unwrap();
        for (target, link) in [
            ("../outer", "top/out"),
            ("..", "top/up"),
            ("a.md", "top/link.md"),
            ("nowhere", "top/broken"),
            (".git", "top/git"),
        ] {
            std::os::unix::fs::symlink(target, at(link)).unwrap();
        }
        let led = |path| inside(&at("top"), path).unwrap();
        assert_eq!(led("a.md"), Some(at("top/a.md")));
        assert_eq!(led("link.md"), Some(at("top/a.md")));
        assert_eq!(led("new.md"), Some(at("top/new.md")));
        assert_eq!(led("new/folder/a.md"), Some(at("top/new/folder/a.md")));
        for path in [
            "",
            "/etc/passwd",
            "..",
            "../outer",
            "sub/../a.md",
            "out",
            "up/outer",
            "up/new",
            "broken",
            "sub",
            "sub/",
            ".git/config",
            "git/config",
            "a.md/x",
        ] {
            assert_eq!(led(path), None, "{path}");
        }
    }

    #[test]
    fn what_leads_out_of_the_repository_has_no_path_in_it() {
        assert_eq!(joined("a/b", "../../c"), Some("c".to_owned()));
        assert_eq!(joined("a/b", ".././/c"), Some("a/c".to_owned()));
        assert_eq!(joined("a", "../../c"), None);
        assert_eq!(joined("a", "/c"), None);
    }

    #[test]
    fn odd_bytes_are_escaped() {
        assert_eq!(display_bytes(b"a\n\xff\x1b[0m"), "a\\n\\xff\\u{1b}[0m");
    }
}
