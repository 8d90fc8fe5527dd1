//! Checkouts that share nothing: each is a repository of its own, into which nothing else
//! writes and whose remotes lead nowhere.
//!
//! The first checkout of a review fetches the commit with its history, which hashes every
//! object; what it fetched is kept in files without a name before any gate runs, and copied,
//! by its digest, into the others.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, bail};
use sha2::{Digest, Sha256};

use super::{Commit, Repository, WHOLE, call, call_text, git, split_z, submodules};
use crate::files;
use crate::interrupt::Interrupt;

/// The reference by which a checkout fetches its commit.
const FETCHED: &str = "refs/xtask/commit";

/// How the repository's side of a fetch is started: nothing leads it around its objects.
const UPLOAD: &str = "git --no-replace-objects -c core.commitGraph=false \
                      -c core.multiPackIndex=false upload-pack";

/// What all checkouts of a review begin with; nothing until the first is made.
#[derive(Default)]
pub struct CheckoutSource(Mutex<Option<Vec<FreshFile>>>);

/// A file of a fresh repository.
struct FreshFile {
    /// Its path below `.git`.
    path: PathBuf,
    bytes: File,
    sha256: Vec<u8>,
}

/// The files of a checkout's `.git`, each with what the system knows of it. The index is
/// left out: git itself writes it while it only looks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GitState(BTreeMap<PathBuf, [i64; 5]>);

/// How a checkout differs from what a run has otherwise.
#[derive(Clone, Copy, Debug, Default)]
pub struct Apart<'a> {
    /// The branch that it is on; none where it is on none.
    pub branch: Option<&'a str>,
    /// Whether its history ends with the commit.
    pub shallow: bool,
}

impl Repository {
    /// Checks a commit out at a path that is empty or absent, in a repository of its own.
    ///
    /// # Errors
    /// Where git fails, or an object is not what its id names.
    pub fn check_out(
        &self,
        source: &CheckoutSource,
        path: &Path,
        commit: &Commit,
        apart: Apart<'_>,
        interrupt: &Interrupt,
    ) -> anyhow::Result<()> {
        let own = path.join(".git");
        {
            let mut kept = source.0.lock().unwrap_or_else(PoisonError::into_inner);
            match kept.as_mut() {
                Some(kept) => {
                    // git knows a repository by these, also where they are empty.
                    files::make_folder(&own.join("objects"))?;
                    files::make_folder(&own.join("refs"))?;
                    kept.iter_mut().try_for_each(|kept| kept.write_below(&own))?;
                }
                None => {
                    self.fetch_into(path, commit, interrupt)?;
                    *kept = Some(keep(&own)?);
                }
            }
        }
        // Both are read from here, though the checkout will have no remote.
        let storage = format!("lfs.storage={}", self.common_folder()?.join("lfs").display());
        let remote = format!("remote.origin.url={}", self.root().display());
        let reading = ["-c", &storage, "-c", &remote];
        if apart.shallow {
            files::write_whole(&own.join("shallow"), format!("{}\n", commit.id).as_bytes())?;
        }
        let checkout = call(path, WHOLE).arguments(reading).arguments(["checkout", "--quiet"]);
        let checkout = match apart.branch {
            Some(branch) => checkout.arguments(["--no-track", "-B", branch]),
            None => checkout.argument("--detach"),
        };
        checkout.argument(&commit.id).run_supervised(interrupt)?;
        if path.join(".gitmodules").exists() {
            let modules = self.common_folder()?.join("modules");
            submodules::check_out(path, &modules, &reading, interrupt)?;
            let forget = "git remote | while read -r name; do git remote remove \"$name\"; done";
            call(path, ["submodule", "foreach", "--quiet", "--recursive", forget])
                .run_supervised(interrupt)?;
            unshare(&own)?;
        }
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
        for name in split_z(&git(checkout, ["ls-files", "-z"])?.stdout) {
            let Some(path) = std::str::from_utf8(&name).ok().map(|name| checkout.join(name)) else {
                continue;
            };
            let is_file = path.symlink_metadata().is_ok_and(|it| it.is_file());
            // What cannot be opened is left as it is: the time of one file proves nothing.
            if is_file && let Ok(file) = File::open(&path) {
                let _ = file.set_times(times);
            }
        }
        Ok(())
    }

    /// Lets git look anew at files that were touched: a difference that is none would make
    /// plumbing call the checkout changed.
    ///
    /// # Errors
    /// Where git cannot be started.
    pub fn refresh(&self, checkout: &Path) -> anyhow::Result<()> {
        let call =
            call(checkout, ["update-index", "-q", "--refresh"]).set("GIT_OPTIONAL_LOCKS", "1");
        call.run_any_status()?;
        Ok(())
    }

    /// Makes a repository at a path that has a commit, its history and the tags in it.
    fn fetch_into(
        &self,
        path: &Path,
        commit: &Commit,
        interrupt: &Interrupt,
    ) -> anyhow::Result<()> {
        let format = call_text(&git(self.root(), ["rev-parse", "--show-object-format"])?);
        let format = format!("--object-format={}", format.trim());
        let parent = path.parent().unwrap_or(path);
        call(parent, ["-c", "init.defaultBranch=main", "init", "--quiet", "--template=", &format])
            .argument(path)
            .run_supervised(interrupt)?;
        // Whatever its number of objects, a fetch stays one pack, and starts nothing that
        // goes on after it.
        let settings = ["fetch.unpackLimit=1", "transfer.unpackLimit=1", "gc.auto=0"];
        let settings = settings.into_iter().chain([
            "maintenance.auto=false",
            "fetch.writeCommitGraph=false",
            "protocol.file.allow=always",
        ]);
        call(path, settings.flat_map(|setting| ["-c", setting]))
            .arguments(["fetch", "--quiet", "--no-write-fetch-head", "--update-shallow"])
            .arguments(["--no-recurse-submodules", "--upload-pack", UPLOAD, "--end-of-options"])
            .argument(self.root())
            .argument(format!("{}:{FETCHED}", commit.id))
            .run_supervised(interrupt)?;
        call(path, ["update-ref", "-d", FETCHED]).run_supervised(interrupt)?;
        Ok(())
    }

    /// git's folder that all working trees of this repository share.
    fn common_folder(&self) -> anyhow::Result<PathBuf> {
        let asked = ["rev-parse", "--path-format=absolute", "--git-common-dir"];
        Ok(PathBuf::from(call_text(&git(self.root(), asked)?).trim_end_matches('\n')))
    }
}

/// Takes a copy of each file below a folder.
fn keep(folder: &Path) -> anyhow::Result<Vec<FreshFile>> {
    let beside = folder.parent().and_then(Path::parent).unwrap_or(folder);
    let plain =
        files::walk(folder)?.into_iter().filter(|found| found.kind != files::PathKind::Other);
    plain
        .map(|found| {
            let path = found.path.strip_prefix(folder)?.to_owned();
            let mut bytes = tempfile::tempfile_in(beside)?;
            let sha256 = copy(&mut File::open(&found.path)?, &mut bytes)?;
            Ok(FreshFile { path, bytes, sha256 })
        })
        .collect()
}

impl FreshFile {
    fn write_below(&mut self, folder: &Path) -> anyhow::Result<()> {
        let path = folder.join(&self.path);
        files::make_folder(path.parent().unwrap_or(folder))?;
        let mut file =
            File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
        self.bytes.rewind()?;
        if copy(&mut self.bytes, &mut file)? != self.sha256 {
            bail!("{} is not what was fetched for this review", path.display());
        }
        Ok(())
    }
}

/// Copies bytes; gives their SHA-256.
fn copy(from: &mut File, to: &mut File) -> anyhow::Result<Vec<u8>> {
    let mut digest = Sha256::new();
    let mut part = vec![0; 256 << 10];
    loop {
        let length = from.read(&mut part)?;
        let part = part.get(..length).unwrap_or_default();
        if part.is_empty() {
            return Ok(digest.finalize().to_vec());
        }
        digest.update(part);
        to.write_all(part)?;
    }
}

/// Gives every file below a folder an inode of its own: a clone of a submodule that lies on
/// this machine has hard links into it.
fn unshare(folder: &Path) -> anyhow::Result<()> {
    for found in files::walk(folder)? {
        let metadata = found.path.symlink_metadata()?;
        if metadata.is_file() && metadata.nlink() > 1 {
            let bytes = files::read(&found.path)?;
            std::fs::remove_file(&found.path)?;
            files::write_whole(&found.path, &bytes)?;
        }
    }
    Ok(())
}

impl GitState {
    /// The state of a checkout's repository now.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn of(checkout: &Path) -> anyhow::Result<Self> {
        let folder = checkout.join(".git");
        let mut state = BTreeMap::new();
        for found in files::walk(&folder)? {
            if found.path.file_name().is_some_and(|name| name == "index") {
                continue;
            }
            let it = found.path.symlink_metadata()?;
            let inode = i64::from_ne_bytes(it.ino().to_ne_bytes());
            let facts =
                [inode, it.size().cast_signed(), it.mtime_nsec(), it.ctime(), it.ctime_nsec()];
            state.insert(found.path.strip_prefix(checkout)?.to_owned(), facts);
        }
        Ok(Self(state))
    }

    /// Files that are not in a later state what they are in this one, by path.
    #[must_use]
    pub fn changed_in(&self, later: &Self) -> Vec<PathBuf> {
        let mut changed: Vec<PathBuf> = self
            .0
            .iter()
            .filter(|(path, is)| later.0.get(*path) != Some(is))
            .map(|(path, _)| path.clone())
            .collect();
        changed.extend(later.0.keys().filter(|path| !self.0.contains_key(*path)).cloned());
        changed.sort();
        changed
    }
}
