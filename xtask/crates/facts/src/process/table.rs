//! The processes of this machine, as /proc names them; none where there is no
//! /proc.

use std::collections::BTreeMap;
use std::path::Path;

use rustix::process::{Pid, Signal, WaitOptions};

/// State and parent of each process.
pub(super) type Table = BTreeMap<i32, (char, i32)>;

/// Makes this process the one to which orphans below it fall.
pub(super) fn become_subreaper() {
    #[cfg(target_os = "linux")]
    {
        // Where the kernel refuses, orphans that left the group are not found;
        // the group itself still is.
        let _ = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
    }
}

pub(super) fn table() -> Table {
    let mut table = Table::new();
    for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<i32>().ok()) else {
            continue;
        };
        let stat = std::fs::read_to_string(entry.path().join("stat"));
        if let Some(facts) = stat.ok().as_deref().and_then(parse_stat) {
            table.insert(pid, facts);
        }
    }
    table
}

/// The processes below some children of this one: those that `ours` names and all
/// of theirs.
pub(super) fn below(table: &Table, ours: impl Fn(i32) -> bool) -> Vec<Pid> {
    let own = rustix::process::getpid().as_raw_nonzero().get();
    let is_below = |pid: i32| {
        let mut at = pid;
        // A chain of parents is never longer than the number of processes.
        for _ in 0..table.len() {
            match table.get(&at) {
                Some((_, parent)) if *parent == own => return ours(at),
                Some((_, parent)) => at = *parent,
                None => return false,
            }
        }
        false
    };
    let found = table.iter().filter(|(pid, (state, parent))| {
        // A zombie whose parent is another process is not ours to reap.
        (*state != 'Z' || *parent == own) && is_below(**pid)
    });
    found.filter_map(|(pid, _)| Pid::from_raw(*pid)).collect()
}

/// A process below these children of this one that waits alone, and for ever, for a lock of
/// its own.
pub(super) fn stuck(children: &[u32]) -> Option<Pid> {
    let ours = |child: i32| children.iter().any(|it| i64::from(*it) == i64::from(child));
    below(&table(), ours).into_iter().find(|pid| {
        let folder = Path::new("/proc").join(pid.as_raw_nonzero().to_string());
        let is_alone = std::fs::read_dir(folder.join("task")).is_ok_and(|it| it.count() == 1);
        let call = std::fs::read_to_string(folder.join("syscall"));
        is_alone && call.is_ok_and(|call| is_endless_lock(&call))
    })
}

/// Whether a call (proc_pid_syscall(5)) is futex(2), of x86-64 or aarch64, that waits for what
/// only this process gives back (FUTEX_PRIVATE_FLAG), without a time.
fn is_endless_lock(call: &str) -> bool {
    let words: Vec<&str> = call.split_whitespace().collect();
    matches!(words[..], ["202" | "98", _, "0x80", _, "0x0", ..])
}

/// Kills processes, and reaps those that are children of this one, but for `spared`.
pub(super) fn end(processes: &[Pid], spared: Option<Pid>) {
    for pid in processes {
        let _ = rustix::process::kill_process(*pid, Signal::KILL);
    }
    for pid in processes.iter().filter(|pid| Some(**pid) != spared) {
        let _ = rustix::process::waitpid(Some(*pid), WaitOptions::NOHANG);
    }
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
    use super::{is_endless_lock, parse_stat};

    #[test]
    fn a_name_with_parentheses_does_not_confuse() {
        assert_eq!(parse_stat("12 (a) S 99) R 7 1"), Some(('R', 7)));
        assert_eq!(parse_stat("12 (a"), None);
    }

    #[test]
    fn only_a_lock_that_nobody_else_gives_back_is_endless() {
        assert!(is_endless_lock("202 0x5555555e59b8 0x80 0x2 0x0 0x0 0x0 0x7fffffff8848 0x7ff0"));
        // With a time; of several processes; another call; at work.
        for call in
            ["202 0x55 0x80 0x2 0x7f 0x0", "202 0x55 0x0 0x2 0x0 0x0", "0 0x80 0x0", "running"]
        {
            assert!(!is_endless_lock(call), "{call}");
        }
    }
}
