//! The process between this tool and a gate.
//!
//! It is this program again, started with `supervise`. Its standard input is a
//! pipe from the review: one line of JSON says what to run, and the pipe's end
//! means that the review wants the gate to stop, or was killed. Either way the
//! supervisor ends the gate's process group and every descendant: on Linux also
//! those that left the group, because the supervisor is the subreaper to which
//! orphans fall.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitOptions};
use serde::{Deserialize, Serialize};

use super::status_number;

/// How long a gate may take to end by itself after SIGTERM.
const GRACE: Duration = Duration::from_millis(400);
/// How long ending all descendants is tried.
const PATIENCE: Duration = Duration::from_secs(2);

/// What to run.
#[derive(Debug, Serialize, Deserialize)]
pub struct Order {
    /// Program and arguments.
    pub argv: Vec<String>,
    /// The whole environment.
    pub environment: BTreeMap<String, String>,
}

enum Event {
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
    become_subreaper();
    let Some((program, arguments)) = order.argv.split_first() else { return 127 };
    let spawned = Command::new(program)
        .args(arguments)
        .env_clear()
        .envs(&order.environment)
        .stdin(Stdio::null())
        .process_group(0)
        .spawn();
    let Ok(gate) = spawned else { return 127 };
    let status = watch(gate, input);
    u8::try_from(status).unwrap_or(u8::MAX)
}

fn become_subreaper() {
    #[cfg(target_os = "linux")]
    {
        // Where the kernel refuses, orphans that left the group are not found;
        // the group itself still is.
        let _ = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
    }
}

fn watch(mut gate: Child, mut input: impl Read + Send + 'static) -> i32 {
    let group = Pid::from_child(&gate);
    let (sender, events) = channel();
    let review = sender.clone();
    std::thread::spawn(move || {
        let mut rest = [0; 64];
        while matches!(input.read(&mut rest), Ok(count) if count > 0) {}
        let _ = review.send(Event::ReviewEnded);
    });
    let waiter = std::thread::spawn(move || {
        let status = gate.wait().map_or(127, status_number);
        let _ = sender.send(Event::GateEnded);
        status
    });
    if matches!(events.recv(), Ok(Event::ReviewEnded)) {
        ask_to_end(group, &events);
    }
    end_all(group);
    waiter.join().unwrap_or(127)
}

fn ask_to_end(group: Pid, events: &Receiver<Event>) {
    let _ = rustix::process::kill_process_group(group, Signal::TERM);
    let deadline = Instant::now() + GRACE;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        match events.recv_timeout(left) {
            Ok(Event::ReviewEnded) => {}
            Ok(Event::GateEnded)
            | Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                return;
            }
        }
    }
}

/// Kills the group and every descendant, and reaps what falls to this process.
fn end_all(group: Pid) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let _ = rustix::process::kill_process_group(group, Signal::KILL);
        let left = descendants();
        for pid in &left {
            let _ = rustix::process::kill_process(*pid, Signal::KILL);
        }
        // The gate itself is reaped by the thread that waits for its status.
        for pid in left.iter().filter(|pid| **pid != group) {
            let _ = rustix::process::waitpid(Some(*pid), WaitOptions::NOHANG);
        }
        if left.is_empty() || Instant::now() > deadline {
            return;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Every living process below this one, from /proc; none where there is no /proc.
fn descendants() -> Vec<Pid> {
    let mut parents = BTreeMap::new();
    for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<i32>().ok()) else {
            continue;
        };
        if let Some((state, parent)) =
            std::fs::read_to_string(entry.path().join("stat")).ok().as_deref().and_then(parse_stat)
        {
            parents.insert(pid, (state, parent));
        }
    }
    let own = rustix::process::getpid().as_raw_nonzero().get();
    let below = |pid: i32| {
        let mut at = pid;
        // A chain of parents is never longer than the number of processes.
        for _ in 0..parents.len() {
            match parents.get(&at) {
                Some((_, parent)) if *parent == own => return true,
                Some((_, parent)) => at = *parent,
                None => return false,
            }
        }
        false
    };
    let children = parents.iter().filter(|(pid, (state, parent))| {
        // A zombie whose parent is another process is not ours to reap.
        below(**pid) && (*state != 'Z' || *parent == own)
    });
    children.filter_map(|(pid, _)| Pid::from_raw(*pid)).collect()
}

/// State and parent out of `/proc/PID/stat` (proc_pid_stat(5)); the program's
/// name in parentheses may hold anything.
fn parse_stat(stat: &str) -> Option<(char, i32)> {
    let mut fields = stat.get(stat.rfind(')')? + 1..)?.split_whitespace();
    let state = fields.next()?.chars().next()?;
    Some((state, fields.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::parse_stat;

    #[test]
    fn a_name_with_parentheses_does_not_confuse() {
        assert_eq!(parse_stat("12 (a) S 99) R 7 1"), Some(('R', 7)));
        assert_eq!(parse_stat("12 (a"), None);
    }
}
