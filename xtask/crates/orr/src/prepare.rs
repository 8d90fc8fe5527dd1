//! Fetching once, with network, what cannot differ between runs.

use std::fs::File;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use super::builtin::secrets;
use super::environment;
use thrice_facts::interrupt::Interrupt;
use thrice_facts::process::gate::{Ended, run};
use thrice_programme::{Action, Builtin, Gates};
use thrice_report::event::{Event, Listener};

/// How long one command that fetches may take.
const LIMIT: Duration = Duration::from_secs(1800);

/// Runs policy's `prepare` commands in the working tree, and builds the secret
/// scanner where a gate needs one and there is none. False where the command was
/// asked to stop.
///
/// # Errors
/// Where a command fails.
pub(crate) fn prepare(
    gates: &Gates,
    wanted: &[usize],
    root: &Path,
    log_path: &Path,
    interrupt: &Interrupt,
    listener: &dyn Listener,
) -> anyhow::Result<bool> {
    let mut commands = gates.prepare.clone();
    let scans = wanted
        .iter()
        .any(|index| matches!(gates.gates[*index].action, Action::Builtin(Builtin::Secrets)));
    if scans && secrets::scanner().is_none() {
        commands.extend(secrets::build_command());
    }
    if commands.is_empty() {
        return Ok(true);
    }
    let environment = environment::of_prepare(&gates.environment);
    thrice_facts::files::make_folder(log_path.parent().unwrap_or(root))?;
    let log = File::options()
        .create(true)
        .append(true)
        .open(log_path)
        .with_context(|| format!("cannot write {}", log_path.display()))?;
    for argv in commands {
        listener.event(&Event::Preparing { command: argv.join(" ") });
        match run(&argv, root, &environment, &log, Instant::now() + LIMIT, interrupt)? {
            Ended::Status(0) => {}
            Ended::Interrupted => return Ok(false),
            _ => bail!("`{}` failed: read {}", argv.join(" "), log_path.display()),
        }
    }
    Ok(true)
}
