//! The process between this tool and a gate.
//!
//! It is this program again, started with `supervise`. Its standard input is a
//! pipe from the review: one line of JSON says what to run, and the pipe's end
//! means that the review wants the gate to stop, or was killed. Either way the
//! supervisor ends the gate's process group and every descendant: on Linux also
//! those that left the group, because the supervisor is the subreaper to which
//! orphans fall.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::Builder;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, WaitOptions};
use serde::{Deserialize, Serialize};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};

use super::manner::{self, Manner};
use super::{status_number, table};

/// How long ending all descendants is tried.
const PATIENCE: Duration = Duration::from_secs(2);
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Order {
    pub argv: Vec<String>,
    pub environment: BTreeMap<String, String>,
    /// Milliseconds that it may take to end by itself before it is asked to.
    pub unasked: u64,
    /// Milliseconds that it may take to end by itself after SIGTERM.
    pub(crate) grace: u64,
    /// A folder that is locked, shared, for as long as anything of it is at work.
    pub held: Option<PathBuf>,
    /// What of its surroundings is not as usual.
    pub manner: Manner,
}

enum SupervisorEvent {
    GateEnded,
    ReviewEnded,
}

/// Reads an order from standard input, carries it out in the current folder, and
/// gives the gate's status: 127 where it could not be started, 128 and the
/// signal's number where a signal ended it.
#[must_use]
pub fn supervise() -> u8 {
    let mut input = BufReader::new(std::io::stdin());
    let mut line = String::new();
    let order: Order = match input.read_line(&mut line).map(|_| serde_json::from_str(&line)) {
        Ok(Ok(order)) => order,
        _ => return 127,
    };
    if let Err(error) = leave_the_caller_behind(&order.manner) {
        let said = format!("no wall around this gate, so it wasn't started: {error}\n");
        let _ = std::io::stdout().write_all(said.as_bytes());
        return 127;
    }
    table::become_subreaper();
    let held = match order.held.as_deref().map(hold).transpose() {
        Ok(held) => held,
        Err(_) => return 127,
    };
    if review_is_gone() {
        return 127;
    }
    let Some((program, arguments)) = order.argv.split_first() else { return 127 };
    let Ok(([output, errors], written)) = manner::output(order.manner.stream) else { return 127 };
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env_clear()
        .envs(&order.environment)
        .stdin(Stdio::null())
        .stdout(output)
        .stderr(errors)
        .process_group(0);
    let spawned = command.spawn();
    // It holds the other end of what the gate writes to, which would never end.
    drop(command);
    let Ok(gate) = spawned else { return 127 };
    let copied = written.copied();
    let unasked = Duration::from_millis(order.unasked);
    let status = watch(gate, input, (unasked, Duration::from_millis(order.grace)));
    drop(copied);
    drop(held);
    u8::try_from(status).unwrap_or(u8::MAX)
}

/// What the caller's shell or terminal set must not reach a gate: its terminal, its
/// umask, the signals that it ignores.
fn leave_the_caller_behind(manner: &Manner) -> std::io::Result<()> {
    // A session of its own has no terminal to read passwords from or to be
    // stopped by, as in CI.
    let _ = rustix::process::setsid();
    manner.take_on()?;
    // A signal with a handler is reset for a program that is started; one that is
    // ignored is not.
    for signal in [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2] {
        let _ = signal_hook::flag::register(signal, Arc::default());
    }
    Ok(())
}

/// Holds a folder, unless a later review holds it alone already.
fn hold(folder: &Path) -> std::io::Result<File> {
    let file = File::open(folder)?;
    file.try_lock_shared()?;
    Ok(file)
}

/// Whether the review was killed before the gate could start.
fn review_is_gone() -> bool {
    let input = std::io::stdin();
    let mut polled = [PollFd::new(&input, PollFlags::IN)];
    let now = Timespec { tv_sec: 0, tv_nsec: 0 };
    let polled_well = poll(&mut polled, Some(&now)).is_ok();
    polled_well && polled[0].revents().contains(PollFlags::HUP)
}

fn watch(
    mut gate: Child,
    mut input: impl Read + Send + 'static,
    (unasked, grace): (Duration, Duration),
) -> i32 {
    let group = Pid::from_child(&gate);
    let (sender, events) = channel();
    let review = sender.clone();
    let reader = Builder::new().spawn(move || {
        let mut rest = [0; 64];
        while matches!(input.read(&mut rest), Ok(count) if count > 0) {}
        let _ = review.send(SupervisorEvent::ReviewEnded);
    });
    let waiter = Builder::new().spawn(move || {
        let status = gate.wait().map_or(127, status_number);
        let _ = sender.send(SupervisorEvent::GateEnded);
        status
    });
    // A gate that nobody can end or wait for must not go on.
    let (Ok(_), Ok(waiter)) = (reader, waiter) else {
        end_all(group);
        return 127;
    };
    let ended = |event| matches!(event, Ok(SupervisorEvent::GateEnded));
    if matches!(events.recv(), Ok(SupervisorEvent::ReviewEnded))
        && !ended(events.recv_timeout(unasked))
    {
        ask_to_end(group, &events, grace);
    }
    end_all(group);
    waiter.join().unwrap_or(127)
}

/// Asks the group to end, and gives it time to do so: the gate itself, then what it
/// started. A git that is killed while it tidies leaves its lock files behind.
fn ask_to_end(group: Pid, events: &Receiver<SupervisorEvent>, grace: Duration) {
    let _ = rustix::process::kill_process_group(group, Signal::TERM);
    let deadline = Instant::now() + grace;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        match events.recv_timeout(left) {
            Ok(SupervisorEvent::ReviewEnded) => {}
            Ok(SupervisorEvent::GateEnded) => break,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return,
        }
    }
    while Instant::now() < deadline && rustix::process::test_kill_process_group(group).is_ok() {
        // What fell to this process counts as there until it is reaped.
        let _ = rustix::process::wait(WaitOptions::NOHANG);
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Kills the group and every descendant, and reaps what falls to this process.
fn end_all(group: Pid) {
    let _ = rustix::process::kill_process_group(group, Signal::KILL);
    let deadline = Instant::now() + PATIENCE;
    loop {
        let left = table::below(&table::table(), |_| true);
        // The gate itself is reaped by the thread that waits for its status.
        table::end(&left, Some(group));
        // A process that forks while the table is read can hide from it, but not
        // from the kernel: orphans fall to this process, so that without children
        // there are no descendants.
        let childless = left.is_empty()
            && (!cfg!(target_os = "linux") || rustix::process::wait(WaitOptions::NOHANG).is_err());
        if childless || Instant::now() > deadline {
            return;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}
