//! Files and folders for as long as a command works, below `TMPDIR`.
//!
//! A command that is killed cannot remove its folder. It held a lock on it, though, which
//! the system takes back: the next command that needs a folder removes those that nobody holds.

use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Once;
use std::time::Duration;

use anyhow::Context;
use tempfile::TempDir;

/// How the name of each folder starts.
const PREFIX: &str = "xtask-scratch-";
/// How old a folder is before it can be left over: until then its owner may not hold it yet.
const SETTLED: Duration = Duration::from_secs(60);

/// A private folder; it goes with this value.
#[derive(Debug)]
pub struct Scratch {
    folder: TempDir,
    _held: File,
}

impl Scratch {
    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Makes a private folder, and removes those that killed commands of this user left.
///
/// # Errors
/// Where none can be made; the message names the place.
pub fn folder() -> anyhow::Result<Scratch> {
    let place = std::env::temp_dir();
    let scratch = made_in(&place).with_context(refused)?;
    // A review on GitHub makes one for each change that it asks for.
    static SWEPT: Once = Once::new();
    SWEPT.call_once(|| sweep(&place, SETTLED));
    Ok(scratch)
}

/// The same in a place whose file system matters.
///
/// # Errors
/// Where none can be made there.
pub fn folder_in(place: &Path) -> anyhow::Result<Scratch> {
    sweep(place, SETTLED);
    made_in(place).with_context(|| format!("cannot make a folder in {}", place.display()))
}

fn made_in(place: &Path) -> std::io::Result<Scratch> {
    let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(place)?;
    let held = File::open(folder.path())?;
    held.try_lock()?;
    Ok(Scratch { folder, _held: held })
}

/// Makes a file without a name, which goes when it is closed.
///
/// # Errors
/// Where none can be made; the message names the place.
pub fn file() -> anyhow::Result<File> {
    tempfile::tempfile().with_context(refused)
}

fn refused() -> String {
    let place = std::env::temp_dir();
    let place = place.display();
    format!("cannot make a temporary file in {place}: let TMPDIR name a folder that can be written")
}

/// Removes the folders of commands that are over. What cannot be removed stays.
fn sweep(place: &Path, settled: Duration) {
    let user = rustix::process::geteuid().as_raw();
    let entries = fs::read_dir(place).into_iter().flatten().flatten();
    let named = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(PREFIX));
    for entry in named {
        let is_left = || -> Option<File> {
            let metadata = entry.metadata().ok().filter(fs::Metadata::is_dir)?;
            let old = metadata.modified().ok()?.elapsed().ok()? >= settled;
            let folder = File::open(entry.path()).ok()?;
            (metadata.uid() == user && old && folder.try_lock().is_ok()).then_some(folder)
        };
        if let Some(_held) = is_left() {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_holds_goes_and_nothing_else() {
        let place = tempfile::tempdir().unwrap();
        let made = |name: &str| {
            let path = place.path().join(name);
            fs::create_dir(&path).unwrap();
            fs::write(path.join("allowed"), "key").unwrap();
            path
        };
        let (left, held, other) = (made("xtask-scratch-a"), made("xtask-scratch-b"), made("else"));
        let lock = File::open(&held).unwrap();
        lock.try_lock().unwrap();
        sweep(place.path(), SETTLED);
        assert!(left.exists(), "its owner may be about to hold it");
        sweep(place.path(), Duration::ZERO);
        assert!(!left.exists() && held.exists() && other.exists());
        drop(lock);
        // A process that another test is starting has a copy of the lock until it is another
        // program.
        let gone = (0..500).any(|_| {
            sweep(place.path(), Duration::ZERO);
            std::thread::sleep(Duration::from_millis(u64::from(held.exists()) * 20));
            !held.exists()
        });
        assert!(gone);
    }
}
