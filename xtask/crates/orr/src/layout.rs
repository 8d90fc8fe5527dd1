//! Where things lie: the output folder of a run, its checkout, its HOME.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::judge::log::{LOOKED_AT, Telling};
use crate::vary::Variation;
use thrice_facts::files;
use thrice_facts::git::{Commit, Repository};
use thrice_findings::{Code, Finding, Stop};
use thrice_programme::{Aspect, Policy};

/// What the output folder's `.gitignore` holds; it also marks the folder as ours.
const MARK: &[u8] = b"*\n";

/// The output folder of a run, or of a whole review
/// (design, "Layout of a run's output").
#[derive(Clone, Debug)]
pub struct Output {
    folder: PathBuf,
}

impl Output {
    /// The folder that policy names for outputs.
    #[must_use]
    pub fn of(repository: &Repository, policy: &Policy) -> Self {
        Self::at(repository.root().join(&policy.programme.output))
    }

    /// Outputs below this folder.
    #[must_use]
    pub fn at(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Those of shadow reviews, which decide nothing.
    #[must_use]
    pub fn shadow(&self) -> Self {
        Self::at(self.folder.join("shadow"))
    }

    /// The folder itself.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Canonical evidence of all gates.
    #[must_use]
    pub fn evidence(&self) -> PathBuf {
        self.folder.join("evidence")
    }

    /// Raw output of a gate.
    #[must_use]
    pub fn log(&self, gate: &str) -> PathBuf {
        self.folder.join("logs").join(format!("{gate}.log"))
    }

    /// What came of a gate, for a later `gates run` and for people.
    #[must_use]
    pub(crate) fn gate_result(&self, gate: &str) -> PathBuf {
        self.folder.join("gates").join(format!("{gate}.json"))
    }

    /// A run's result.
    #[must_use]
    pub fn scorecard(&self, programme: &str) -> PathBuf {
        self.folder.join("scorecards").join(format!("{programme}.json"))
    }

    /// The archive of evidence.
    #[must_use]
    pub fn archive(&self, programme: &str) -> PathBuf {
        self.folder.join(format!("{programme}-evidence.zip"))
    }

    /// The manifest of the evidence.
    #[must_use]
    pub fn manifest(&self) -> PathBuf {
        self.folder.join("MANIFEST.json")
    }

    /// Digests, in the form that `sha256sum -c` reads.
    #[must_use]
    pub(crate) fn sums(&self) -> PathBuf {
        self.folder.join("SHA256SUMS")
    }

    /// The in-toto test-result statement about the source.
    #[must_use]
    pub(crate) fn statement(&self, programme: &str) -> PathBuf {
        self.folder.join(format!("{programme}-test-result.intoto.json"))
    }

    /// The in-toto statement about a review's archive.
    #[must_use]
    pub(crate) fn review_statement(&self, programme: &str) -> PathBuf {
        self.folder.join(format!("{programme}-orr.intoto.json"))
    }

    /// Run `number` of a review.
    #[must_use]
    pub fn run(&self, number: u32) -> Self {
        Self::at(self.folder.join("runs").join(number.to_string()))
    }

    /// How a run's surroundings differed from those of the others.
    #[must_use]
    pub fn variation(&self) -> PathBuf {
        self.folder.join("variation.json")
    }

    /// The place of `gates run` beside a review, which it leaves as it is.
    #[must_use]
    pub(crate) fn alone(&self) -> Self {
        Self::at(self.folder.join("gates"))
    }

    /// Whether a review was begun here.
    #[must_use]
    pub(crate) fn has_review(&self) -> bool {
        let reviews = std::fs::read_dir(self.reviews());
        self.decision().exists() || reviews.is_ok_and(|mut reviews| reviews.next().is_some())
    }

    /// Where evidence of the review lies while a gate is run beside it.
    #[must_use]
    pub(crate) fn set_aside(&self, folder: &str) -> PathBuf {
        self.folder.join("aside").join(folder)
    }

    /// The reviews' journals.
    #[must_use]
    pub fn reviews(&self) -> PathBuf {
        self.folder.join("orr")
    }

    /// The last decision.
    #[must_use]
    pub fn decision(&self) -> PathBuf {
        self.folder.join("orr.json")
    }

    /// Makes the folder, which git is made to ignore. A folder that this tool did not
    /// make is left alone.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn prepare(&self) -> anyhow::Result<()> {
        let ignore = self.folder.join(".gitignore");
        let shown = self.folder.display();
        if self.folder.symlink_metadata().is_ok_and(|metadata| !metadata.is_dir()) {
            bail!("{shown} is to hold outputs, but is no folder; move it away");
        }
        files::make_folder(&self.folder)?;
        if files::read_if_there(&ignore)?.as_deref() == Some(MARK) {
            return Ok(());
        }
        if std::fs::read_dir(&self.folder)?.next().is_some() {
            bail!(
                "{shown} holds files that are not this tool's, and outputs would replace them; \
                 move them away, or name another `output` in policy/programme.toml"
            );
        }
        files::write_whole(&ignore, MARK)
    }

    /// Locks the outputs for one command; none where another has them.
    ///
    /// # Errors
    /// Where the folder cannot be made or opened.
    pub fn lock(&self) -> anyhow::Result<Option<File>> {
        files::hold_folder(&self.reviews())
    }

    /// Locks the outputs for one command.
    ///
    /// # Errors
    /// [`Code::ReviewRunning`], where another has them; where they cannot be locked.
    pub(crate) fn hold(&self) -> Result<File, Stop> {
        let busy = || {
            Finding::new(Code::ReviewRunning, "another review is running here")
                .help("wait for it, or stop it")
        };
        Ok(self.lock()?.ok_or_else(busy)?)
    }

    /// Removes what a run leaves, so that nothing stale is read as new.
    pub(crate) fn clear_run(&self, programme: &str) -> anyhow::Result<()> {
        for stale in [self.evidence(), self.folder.join("logs"), self.folder.join("gates")] {
            files::remove(&stale)?;
        }
        self.clear_pack(programme)
    }

    /// Removes scorecard, manifest and archive.
    pub(crate) fn clear_pack(&self, programme: &str) -> anyhow::Result<()> {
        let files = [
            self.scorecard(programme),
            self.archive(programme),
            self.statement(programme),
            self.manifest(),
            self.sums(),
        ];
        files.iter().try_for_each(|stale| files::remove(stale))
    }
}

/// One run: a commit, where it is checked out, and where its outputs go.
#[derive(Clone, Debug)]
pub struct Run {
    /// Its number, from 1.
    pub number: u32,
    /// The commit that is judged.
    pub commit: Commit,
    /// The user's own working tree.
    pub root: PathBuf,
    /// Where it is checked out.
    pub checkout: PathBuf,
    /// Name of the output folder inside the checkout, where gates write.
    pub(crate) inner_output: String,
    /// Where its outputs go.
    pub output: Output,
    /// Its own HOME and TMPDIR lie below this.
    pub scratch: PathBuf,
    /// In what it differs from a plain run.
    pub variation: Variation,
}

impl Run {
    /// The folder in which a gate leaves its evidence.
    #[must_use]
    pub(crate) fn gate_folder(&self, folder: &str) -> PathBuf {
        self.checkout.join(&self.inner_output).join("evidence").join(folder)
    }

    /// Its HOME.
    #[must_use]
    pub fn home(&self) -> PathBuf {
        self.scratch.join(self.variation.get(Aspect::Home).unwrap_or("home"))
    }

    /// Its TMPDIR.
    #[must_use]
    pub fn temporary(&self) -> PathBuf {
        self.scratch.join(self.variation.get(Aspect::Temporary).unwrap_or("tmp"))
    }

    /// A path as people see it from the user's working tree.
    #[must_use]
    pub fn shown(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).display().to_string()
    }
}

/// A folder for checkouts of one review: on disk, short (a gate's sockets must
/// fit in 108 bytes), and outside the repository, where no tool finds the
/// user's own configuration above it.
fn checkouts_folder(review: &str, root: &Path) -> anyhow::Result<PathBuf> {
    let cache =
        cache_folder().context("there is no folder for checkouts: set HOME or XDG_CACHE_HOME")?;
    let key = format!("{review} {}", root.display());
    let digest = crate::evidence::manifest::sha256_hex(key.as_bytes());
    Ok(cache.join(&digest[..10]))
}

/// Where a run of a review is checked out. A checkout in memory lies there by the last part
/// of this path, which therefore is one that nobody else uses.
pub(crate) fn checkout_path(review: &str, root: &Path, run: u32) -> anyhow::Result<PathBuf> {
    let folder = checkouts_folder(review, root)?;
    let digest = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok(folder.join(run.to_string()).join(format!("xtask-{digest}-{run}")))
}

/// What this tool keeps for one repository from command to command: the gates' cargo
/// home, and the crates that were compiled once. Nothing is lost where it is removed.
pub(crate) fn repository_cache(root: &Path) -> Option<PathBuf> {
    let key = format!("repository {}", root.display());
    let digest = crate::evidence::manifest::sha256_hex(key.as_bytes());
    Some(cache_folder()?.join("repositories").join(&digest[..10]))
}

/// Opens a file to append to it, and makes its folder.
pub(crate) fn open_log(path: &Path) -> anyhow::Result<File> {
    if let Some(folder) = path.parent() {
        files::make_folder(folder)?;
    }
    let opened = File::options().create(true).append(true).open(path);
    opened.with_context(|| format!("cannot write {}", path.display()))
}

/// What `judge` makes of the end of a log, at most so many bytes, with the line's number in the
/// whole file; a log that cannot be read says nothing.
pub(crate) fn end_of_log(
    path: &Path,
    most: u64,
    judge: impl FnOnce(&str) -> Option<Telling>,
) -> Option<Telling> {
    let (text, before) = files::read_end(path, most.min(LOOKED_AT)).ok()?;
    let telling = judge(&text)?;
    Some(Telling { line: telling.line + before, ..telling })
}

/// This tool's cache: `$XDG_CACHE_HOME/xtask` or `~/.cache/xtask`.
#[must_use]
pub fn cache_folder() -> Option<PathBuf> {
    let given = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|p| p.is_absolute());
    let home = std::env::var_os("HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let base = given.or_else(|| Some(home?.join(".cache")))?;
    Some(base.join("xtask"))
}
