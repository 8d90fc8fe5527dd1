//! A variation, brought about for a checkout: how much of git's history is there, on
//! which branch, when its files were written, and on which file system they are.

use std::fs::DirEntry;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::Context;

use super::apply::locales;
use super::probe::{MADE_LOCALE, make_locale};
use crate::layout::{Run, cache_folder};
use thrice_facts::files;
use thrice_facts::git::{Apart, CheckoutSource, Repository};
use thrice_facts::interrupt::Interrupt;
use thrice_programme::Aspect;

/// A file system in memory.
pub(crate) const DISK: &str = "/dev/shm";

/// Seconds of a day.
const DAY: i64 = 86_400;

/// Why a checkout of a repository cannot have another history.
pub(crate) fn obstacle(repository: &Repository) -> anyhow::Result<Option<String>> {
    let why = if repository.has_submodules() {
        Some("the repository has submodules")
    } else if repository.has_lfs()? {
        Some("the repository uses Git LFS")
    } else if repository.is_shallow()? {
        Some("the repository is shallow itself")
    } else {
        None
    };
    Ok(why.map(str::to_owned))
}

/// Checks a run's commit out, with all that the run's variation says of it.
pub(crate) fn check_out(
    repository: &Repository,
    source: &CheckoutSource,
    run: &Run,
    interrupt: &Interrupt,
) -> anyhow::Result<()> {
    if run.variation.has(Aspect::Disk) {
        let there = in_memory(&run.checkout);
        files::remove(&there)?;
        files::make_folder(&there)?;
        std::fs::set_permissions(&there, std::fs::Permissions::from_mode(0o700))?;
        std::os::unix::fs::symlink(&there, &run.checkout)
            .with_context(|| format!("cannot link {}", run.checkout.display()))?;
    }
    let history = run.variation.get(Aspect::History);
    let apart = Apart {
        branch: history.and_then(|history| history.strip_prefix("branch ")),
        shallow: history == Some("depth 1"),
    };
    repository.check_out(source, &run.checkout, &run.commit, apart, interrupt)
}

/// What a variation needs beside the checkout: a locale, a folder of programs, times.
pub(crate) fn furnish(repository: &Repository, run: &Run) -> anyhow::Result<()> {
    furnish_scratch(run)?;
    let has = |aspect| run.variation.has(aspect);
    if has(Aspect::FolderOrder) {
        make_last_first(&run.checkout)?;
    }
    if has(Aspect::FileTimes) {
        let seconds = u64::try_from(run.commit.seconds - DAY).unwrap_or_default();
        repository.date_files(&run.checkout, seconds)?;
    }
    if has(Aspect::FolderOrder) || has(Aspect::FileTimes) {
        repository.refresh(&run.checkout)?;
    }
    Ok(())
}

/// Enters the files of a folder, and of those in it, anew, the last by name first. Many file
/// systems list them in that order, or in its reverse.
pub(super) fn make_last_first(folder: &Path) -> anyhow::Result<()> {
    let aside = folder.join(".thrice-moves");
    let entries = std::fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    let mut entries: Vec<_> = entries.into_iter().filter(|it| it.file_name() != ".git").collect();
    entries.sort_by_key(DirEntry::file_name);
    std::fs::create_dir(&aside)?;
    for entry in &entries {
        std::fs::rename(entry.path(), aside.join(entry.file_name()))?;
    }
    for entry in entries.iter().rev() {
        std::fs::rename(aside.join(entry.file_name()), entry.path())?;
    }
    std::fs::remove_dir(&aside)?;
    for entry in entries {
        if entry.file_type()?.is_dir() {
            make_last_first(&entry.path())?;
        }
    }
    Ok(())
}

/// Why files that are made in another order are listed as before; none where they aren't.
pub(super) fn order_obstacle() -> anyhow::Result<Option<String>> {
    let Some(cache) = cache_folder() else { return Ok(Some("no folder for checkouts".into())) };
    files::make_folder(&cache)?;
    let folder = thrice_facts::scratch::folder_in(&cache)?;
    for name in 'a'..='h' {
        files::write_whole(&folder.path().join(name.to_string()), b"")?;
    }
    let listed = || -> std::io::Result<Vec<_>> {
        std::fs::read_dir(folder.path())?.map(|entry| Ok(entry?.file_name())).collect()
    };
    let before = listed()?;
    make_last_first(folder.path())?;
    let why = "the file system sorts names itself";
    Ok((listed()? == before).then(|| why.to_owned()))
}

/// What a variation needs beside HOME: a locale, a folder of programs.
pub(crate) fn furnish_scratch(run: &Run) -> anyhow::Result<()> {
    if run.variation.get(Aspect::Locale) == Some(MADE_LOCALE) {
        make_locale(&locales(run))?;
    }
    if let Some(folder) = run.variation.get(Aspect::ExecPath) {
        files::make_folder(&run.scratch.join(folder))?;
    }
    Ok(())
}

/// Where a checkout lies in memory.
#[must_use]
pub(crate) fn in_memory(checkout: &Path) -> PathBuf {
    Path::new(DISK).join(checkout.file_name().unwrap_or_default())
}

/// Whether there is a file system in memory from which programs may be run.
#[must_use]
pub(crate) fn is_memory() -> bool {
    #[cfg(target_os = "linux")]
    {
        const TMPFS: u64 = 0x0102_1994;
        let kind = rustix::fs::statfs(DISK).map(|it| u64::try_from(it.f_type).unwrap_or_default());
        let flags = rustix::fs::statvfs(DISK).map(|it| it.f_flag);
        kind == Ok(TMPFS)
            && flags.is_ok_and(|flags| !flags.contains(rustix::fs::StatVfsMountFlags::NOEXEC))
    }
    #[cfg(not(target_os = "linux"))]
    false
}
