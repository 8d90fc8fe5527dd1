//! What a gate sees of the machine: nothing but what policy lists.
//!
//! This keeps secrets out of evidence and logs, and differences between callers out
//! of results. It is no wall against a gate that goes looking: it runs as the same
//! user, who can read `/proc/PID/environ` of this tool, of the shell that started it,
//! and the files of the real HOME. To hide this tool alone (PR_SET_DUMPABLE) would
//! leave the shell's. Who runs patches of strangers runs them where there is nothing
//! to find: in CI without secrets, or as another user.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context;

use super::layout::Run;
use crate::facts::files;
use crate::policy::{Environment, Gate};

/// Makes a run's own HOME and TMPDIR: empty, but for links to the entries of the
/// user's HOME that policy lists.
///
/// # Errors
/// Where they cannot be made.
pub fn make_home(run: &Run, policy: &Environment) -> anyhow::Result<()> {
    let home = run.scratch.join("home");
    files::make_folder(&home)?;
    files::make_folder(&run.scratch.join("tmp"))?;
    let Some(real) = std::env::var_os("HOME") else { return Ok(()) };
    for entry in &policy.home {
        let target = Path::new(&real).join(entry);
        let link = home.join(entry);
        if target.exists() && link.symlink_metadata().is_err() {
            std::os::unix::fs::symlink(&target, &link)
                .with_context(|| format!("cannot link {}", link.display()))?;
        }
    }
    Ok(())
}

/// The whole environment of a gate. Values that are not UTF-8 are not handed on.
#[must_use]
pub fn of_gate(run: &Run, policy: &Environment, gate: &Gate) -> BTreeMap<String, String> {
    let mut environment = BTreeMap::new();
    for name in policy.keep.iter().chain(&gate.env).map(String::as_str).chain(["PATH"]) {
        if let Ok(value) = std::env::var(name) {
            environment.insert(name.to_owned(), value);
        }
    }
    for (name, value) in policy.set.iter().chain(&gate.set) {
        environment.insert(name.clone(), value.clone());
    }
    let folder = run.gate_folder(&gate.folder());
    let own = [
        ("HOME", run.scratch.join("home").display().to_string()),
        ("TMPDIR", run.scratch.join("tmp").display().to_string()),
        ("LC_ALL", "C.UTF-8".to_owned()),
        ("TZ", "UTC".to_owned()),
        ("SOURCE_DATE_EPOCH", run.commit.seconds.to_string()),
        ("EVIDENCE_DIR", folder.display().to_string()),
        ("GATE", gate.id.clone()),
    ];
    environment.extend(own.map(|(name, value)| (name.to_owned(), value)));
    environment
}

/// The environment of the commands that fetch before the runs: as the gates', with
/// the user's own HOME, because what is fetched is kept there.
#[must_use]
pub fn of_prepare(policy: &Environment) -> BTreeMap<String, String> {
    let names = policy.keep.iter().map(String::as_str).chain(["PATH", "HOME", "TMPDIR"]);
    let kept = names.filter_map(|name| Some((name.to_owned(), std::env::var(name).ok()?)));
    let own = [("LC_ALL", "C.UTF-8"), ("TZ", "UTC")];
    kept.chain(own.map(|(name, value)| (name.to_owned(), value.to_owned()))).collect()
}
