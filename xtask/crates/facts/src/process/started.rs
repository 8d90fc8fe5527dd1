//! What this program started itself, and the ending of what fell to it.
//!
//! Where a supervisor is killed (`kill -9`, no memory), the gate below it loses the
//! process that would have ended it. This program is the subreaper to which it then
//! falls: a child that this program did not start itself is such an orphan.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::table;

/// How long ending orphans is tried.
const PATIENCE: Duration = Duration::from_secs(2);

static STARTED: Mutex<BTreeSet<i32>> = Mutex::new(BTreeSet::new());
static HELD: Mutex<Option<PathBuf>> = Mutex::new(None);

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Processes that this program started and waits for, for as long as this lives.
#[derive(Debug)]
pub(super) struct Started(Vec<i32>);

impl Drop for Started {
    fn drop(&mut self) {
        let mut started = lock(&STARTED);
        for pid in &self.0 {
            started.remove(pid);
        }
    }
}

/// Starts something, so that at no moment it looks like an orphan.
pub(super) fn start<T>(
    spawn: impl FnOnce() -> io::Result<T>,
    pids: impl FnOnce(&T) -> Vec<u32>,
) -> io::Result<(T, Started)> {
    let mut started = lock(&STARTED);
    let spawned = spawn()?;
    let pids: Vec<i32> =
        pids(&spawned).into_iter().filter_map(|pid| i32::try_from(pid).ok()).collect();
    started.extend(&pids);
    Ok((spawned, Started(pids)))
}

/// Kills every child that this program did not start, with all that is below it.
pub(super) fn end_orphans() {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let started = lock(&STARTED);
        let orphans = table::below(&table::table(), |child| !started.contains(&child));
        table::end(&orphans, None);
        drop(started);
        if orphans.is_empty() || Instant::now() > deadline {
            return;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// From now on every supervisor holds this folder with a shared lock for as long as
/// it lives. Who locks the folder alone knows that nothing of this program is at
/// work any more, also after it was killed.
pub fn hold(folder: &Path) {
    *lock(&HELD) = Some(folder.to_owned());
}

/// The folder that supervisors hold.
pub(super) fn held() -> Option<PathBuf> {
    lock(&HELD).clone()
}
