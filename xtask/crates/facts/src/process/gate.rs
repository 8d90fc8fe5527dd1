//! Starting a gate under its supervisor, and waiting for it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use super::manner::Manner;
use super::supervisor::Order;
use super::{started, status_number, table};
use crate::interrupt::Interrupt;

/// How often a waiting gate looks whether the command was asked to stop.
const LOOK: Duration = Duration::from_millis(40);
/// After how many looks a gate under libfaketime is seen to wait for ever.
const LOOKS: u32 = 25;
/// How long a gate may take to end by itself after SIGTERM.
const GRACE: Duration = Duration::from_millis(400);
/// How long a supervisor may take to end everything before it is killed itself.
const END: Duration = Duration::from_secs(5);

/// How many bytes a log may have; a gate that prints more is ended.
pub const MOST_LOGGED: u64 = 64 << 20;

/// How a gate's process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// By itself, with this status (128 and the signal's number for a signal).
    Status(i32),
    /// It was ended, because its time was over.
    TimedOut,
    /// It was ended, because its log had more than [`MOST_LOGGED`] bytes.
    TooLong,
    /// It was ended, because the command was asked to stop.
    Interrupted,
    /// It was ended, because libfaketime, which its environment names, made a program of it
    /// wait for a lock of its own for ever: one with an allocator of its own, as rustc.
    Stuck,
}

/// One command of a gate.
pub struct GateCommand<'a> {
    /// The program and its arguments.
    pub argv: &'a [String],
    /// Where it runs.
    pub folder: &'a Path,
    /// All that it sees of the environment.
    pub environment: &'a BTreeMap<String, String>,
    /// What its output is appended to.
    pub log: &'a File,
    /// When it is ended.
    pub deadline: Instant,
    /// Ends it when the command was asked to stop.
    pub interrupt: &'a Interrupt,
    /// What of its surroundings is not as usual.
    pub manner: Manner,
}

impl GateCommand<'_> {
    /// Runs it to its end: nothing on standard input, in a session of its own.
    ///
    /// # Errors
    /// Where the supervisor cannot be started or spoken to.
    pub fn run(&self) -> anyhow::Result<Ended> {
        self.run_with_grace((Duration::ZERO, GRACE))
    }

    /// As [`GateCommand::run`], with so much time to end by itself before SIGTERM, and
    /// after it.
    pub(super) fn run_with_grace(
        &self,
        (unasked, grace): (Duration, Duration),
    ) -> anyhow::Result<Ended> {
        let order = Order {
            argv: self.argv.to_vec(),
            environment: self.environment.clone(),
            unasked: u64::try_from(unasked.as_millis())?,
            grace: u64::try_from(grace.as_millis())?,
            held: started::held(),
            manner: self.manner.clone(),
        };
        let mut order = serde_json::to_vec(&order)?;
        order.push(b'\n');
        let (input, mut lifeline) = std::io::pipe().context("cannot make a pipe")?;
        table::become_subreaper();
        let command = duct::cmd(own_program()?, ["supervise"])
            .dir(self.folder)
            .full_env(std::iter::empty::<(String, String)>())
            .stdin_file(input)
            .stdout_file(self.log.try_clone()?)
            .stderr_file(self.log.try_clone()?)
            .unchecked();
        let (supervisor, _started) = started::start(|| command.start(), duct::Handle::pids)
            .context("cannot start the supervisor of a gate")?;
        // One that is gone already shows in its status.
        let _ = lifeline.write_all(&order);
        let is_faked = self.environment.contains_key("FAKETIME");
        let (mut looks, mut stuck) = (0u32, None);
        let ended = loop {
            if let Some(output) = supervisor.wait_timeout(LOOK)? {
                return match output.status.signal() {
                    None => Ok(Ended::Status(status_number(output.status))),
                    Some(signal) => lost(signal, self.interrupt),
                };
            }
            if self.interrupt.requested() {
                break Ended::Interrupted;
            }
            if Instant::now() >= self.deadline {
                break Ended::TimedOut;
            }
            if self.log.metadata()?.len() > MOST_LOGGED {
                break Ended::TooLong;
            }
            looks += 1;
            if is_faked && looks % LOOKS == 0 {
                let before = std::mem::replace(&mut stuck, table::stuck(&supervisor.pids()));
                if stuck.is_some() && stuck == before {
                    break Ended::Stuck;
                }
            }
        };
        drop(lifeline);
        if supervisor.wait_timeout(unasked + grace + END)?.is_none() {
            supervisor.kill()?;
            started::end_orphans();
        }
        Ok(ended)
    }
}

/// A supervisor always ends with a status; one that a signal ended could not end
/// its gate, and what the gate would have said is not known.
fn lost(signal: i32, interrupt: &Interrupt) -> anyhow::Result<Ended> {
    started::end_orphans();
    // A Ctrl-C that came before the supervisor had left the terminal's group.
    std::thread::sleep(LOOK);
    if interrupt.requested() {
        return Ok(Ended::Interrupted);
    }
    bail!("the supervisor of a gate was ended by signal {signal}; the gate was ended too")
}

/// This program's file. On Linux by a link that stays right when the file was replaced
/// by a build that went on meanwhile.
///
/// # Errors
/// Where the system does not say.
pub fn own_program() -> anyhow::Result<PathBuf> {
    if cfg!(target_os = "linux") {
        let link = PathBuf::from("/proc/self/exe");
        // Not by the link's end: that file may be another one by now.
        if link.symlink_metadata().is_err() {
            bail!("/proc is not there: gates are ended by what it says of processes; mount it");
        }
        return Ok(link);
    }
    std::env::current_exe().context("cannot find this program's own file")
}
