//! What this machine has: programs, and room on its disks.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::Context;

use super::process::Call;

/// What a program says of its version, in its first line; `None` where there is no such
/// program on PATH.
///
/// # Errors
/// Where it is there and cannot say.
pub fn version(program: &str, folder: &Path) -> anyhow::Result<Option<String>> {
    if !has(program) {
        return Ok(None);
    }
    let printed = Call::new(program, folder).keep("HOME").argument("--version").run()?;
    let text = String::from_utf8_lossy(&printed.stdout).into_owned();
    Ok(Some(text.lines().next().unwrap_or_default().to_owned()))
}

/// Whether a program is on PATH.
#[must_use]
pub fn has(program: &str) -> bool {
    which::which(program).is_ok()
}

/// Where a program of PATH is.
#[must_use]
pub fn path_of(program: &str) -> Option<PathBuf> {
    which::which(program).ok()
}

/// Sixteen random hex digits, from the system.
///
/// # Errors
/// Where it has none.
pub fn random_hex() -> anyhow::Result<String> {
    let mut bytes = [0; 8];
    std::fs::File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut bytes))
        .context("cannot read /dev/urandom")?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Bytes that this user may still write where a path is, or will be.
///
/// # Errors
/// Where the file system does not say.
pub fn free(path: &Path) -> anyhow::Result<u64> {
    let there = path.ancestors().find(|path| path.is_dir()).unwrap_or(Path::new("/"));
    let system = rustix::fs::statvfs(there)
        .with_context(|| format!("cannot ask for the room at {}", there.display()))?;
    Ok(system.f_bavail.saturating_mul(system.f_frsize))
}

/// What this machine is: kernel, CPU model, how many CPUs, and the image of a hosted
/// runner. What the system doesn't say is absent.
#[must_use]
pub fn described() -> BTreeMap<&'static str, String> {
    let read = |path: &str| std::fs::read_to_string(path).ok();
    let named = |text: String| {
        let line = text.lines().find(|line| line.starts_with("model name"))?.to_owned();
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    let system = rustix::system::uname();
    let cpus = std::thread::available_parallelism().map(|cpus| cpus.to_string()).ok();
    let facts = [
        ("system", Some(system.sysname().to_string_lossy().into_owned())),
        ("kernel", Some(system.release().to_string_lossy().into_owned())),
        ("architecture", Some(system.machine().to_string_lossy().into_owned())),
        ("cpu", read("/proc/cpuinfo").and_then(named)),
        ("cpus", cpus),
        ("image", std::env::var("ImageOS").ok()),
        ("image_version", std::env::var("ImageVersion").ok()),
    ];
    facts.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

/// How many columns the terminal on standard output has; none where that is no terminal.
#[must_use]
pub fn columns() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(std::io::stdout()).ok()?;
    Some(usize::from(size.ws_col)).filter(|columns| *columns >= 40)
}
