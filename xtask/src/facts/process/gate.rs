//! Starting a gate under its supervisor, and waiting for it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context;

use super::status_number;
use super::supervisor::Order;
use crate::facts::interrupt::Interrupt;

/// How often a waiting gate looks whether the command was asked to stop.
const LOOK: Duration = Duration::from_millis(40);
/// How long a supervisor may take to end everything before it is killed itself.
const END: Duration = Duration::from_secs(5);

/// How a gate's process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// By itself, with this status (128 and the signal's number for a signal).
    Status(i32),
    /// It was ended, because its time was over.
    TimedOut,
    /// It was ended, because the command was asked to stop.
    Interrupted,
}

/// Runs one command of a gate to its end: output appended to `log`, nothing on
/// standard input, only the given environment, in its own process group.
///
/// # Errors
/// Where the supervisor cannot be started or spoken to.
pub fn run(
    argv: &[String],
    folder: &Path,
    environment: &BTreeMap<String, String>,
    log: &File,
    deadline: Instant,
    interrupt: &Interrupt,
) -> anyhow::Result<Ended> {
    let order = Order { argv: argv.to_vec(), environment: environment.clone() };
    let mut order = serde_json::to_vec(&order)?;
    order.push(b'\n');
    let (input, mut lifeline) = std::io::pipe().context("cannot make a pipe")?;
    let supervisor = duct::cmd(own_program()?, ["supervise"])
        .dir(folder)
        .full_env(std::iter::empty::<(String, String)>())
        .stdin_file(input)
        .stdout_file(log.try_clone()?)
        .stderr_file(log.try_clone()?)
        .before_spawn(|command| {
            command.process_group(0);
            Ok(())
        })
        .unchecked()
        .start()
        .context("cannot start the supervisor of a gate")?;
    lifeline.write_all(&order).context("cannot speak to the supervisor of a gate")?;
    let ended = loop {
        if let Some(output) = supervisor.wait_timeout(LOOK)? {
            return Ok(Ended::Status(status_number(output.status)));
        }
        if interrupt.requested() {
            break Ended::Interrupted;
        }
        if Instant::now() >= deadline {
            break Ended::TimedOut;
        }
    };
    drop(lifeline);
    if supervisor.wait_timeout(END)?.is_none() {
        supervisor.kill()?;
    }
    Ok(ended)
}

/// This program's file. On Linux by a link that stays right when the file was replaced
/// by a build that went on meanwhile.
///
/// # Errors
/// Where the system does not say.
pub fn own_program() -> anyhow::Result<PathBuf> {
    if cfg!(target_os = "linux") {
        return Ok(PathBuf::from("/proc/self/exe"));
    }
    std::env::current_exe().context("cannot find this program's own file")
}
