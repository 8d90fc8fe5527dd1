//! The cargo home of the gates: the user's programs and fetched sources, without
//! credentials.
//!
//! It lies at one path for a repository, whatever the run: cargo compiles a crate again
//! when the path of its source changes.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::Context;

use super::layout::{Run, repository_cache};
use thrice_facts::files;
use thrice_programme::Environment;

/// What of a cargo home a gate needs: programs and fetched sources. The rest holds
/// credentials, or is the gates' own.
const ENTRIES: &[&str] = &["bin", "registry", "git"];

/// What cargo itself writes at the top of a cargo home, and may stay there.
const OF_CARGO: &[&str] = &[".global-cache", ".package-cache", ".package-cache-mutate"];

/// The user's cargo home, found as cargo does: `CARGO_HOME`, or `~/.cargo`.
fn of_user() -> Option<PathBuf> {
    let home = || Some(Path::new(&std::env::var_os("HOME")?).join(".cargo"));
    std::env::var_os("CARGO_HOME").map(PathBuf::from).or_else(home).filter(|path| path.is_dir())
}

/// Where the gates' cargo home is, where policy keeps `CARGO_HOME` and the user has one.
pub(crate) fn path(run: &Run, policy: &Environment) -> Option<PathBuf> {
    let kept = policy.keep.iter().any(|name| name == "CARGO_HOME");
    (kept && of_user().is_some()).then(|| {
        let lasting = repository_cache(&run.root).map(|folder| folder.join("cargo"));
        lasting.unwrap_or_else(|| run.scratch.join("cargo"))
    })
}

/// Where cargo keeps what it compiles for gates in the working tree: not among the user's own
/// builds, because the path of every source differs there. What gates and people call, cargo
/// still puts into `target/` (from cargo 1.91; before, it compiles there).
pub(crate) fn build_folder(run: &Run, policy: &Environment) -> Option<PathBuf> {
    path(run, policy).filter(|_| run.checkout == run.root)?;
    Some(repository_cache(&run.root)?.join("build"))
}

/// Makes the gates' cargo home, or renews it: what an earlier gate left there goes, and a
/// link leads to it from the run's own HOME. Runs may do this at the same time.
pub(crate) fn make(run: &Run, policy: &Environment) -> anyhow::Result<()> {
    let (Some(real), Some(own)) = (of_user(), path(run, policy)) else { return Ok(()) };
    files::make_folder(&own)?;
    let mut wanted: BTreeMap<&str, PathBuf> =
        ENTRIES.iter().map(|entry| (*entry, real.join(entry))).collect();
    if has_plain_config(&real)? {
        wanted.insert("config.toml", real.join("config.toml"));
    }
    for entry in std::fs::read_dir(&own)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_str().unwrap_or_default();
        let is_link_to =
            |target: &PathBuf| std::fs::read_link(entry.path()).is_ok_and(|led| led == *target);
        if !OF_CARGO.contains(&name) && !wanted.get(name).is_some_and(is_link_to) {
            files::remove(&entry.path())?;
        }
    }
    for (name, target) in wanted {
        link(&target, &own.join(name))?;
    }
    link(&own, &run.home().join(".cargo"))
}

/// cargo's configuration says where sources come from; where it holds a token as
/// well, a gate does without it.
fn has_plain_config(real: &Path) -> anyhow::Result<bool> {
    let bytes = files::read_if_there(&real.join("config.toml"))?;
    let plain = |bytes: Vec<u8>| !String::from_utf8_lossy(&bytes).to_lowercase().contains("token");
    Ok(bytes.is_some_and(plain))
}

/// Links to what is there, unless something is in the place already.
pub(crate) fn link(target: &Path, link: &Path) -> anyhow::Result<()> {
    if !target.exists() {
        return Ok(());
    }
    match std::os::unix::fs::symlink(target, link) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            Err(error).with_context(|| format!("cannot link {}", link.display()))
        }
        _ => Ok(()),
    }
}
