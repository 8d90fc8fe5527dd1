//! Removing the runs' checkouts beside the review: no decision waits for a slow disk.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::Context;

use super::journal::{Journal, JournalLine};
use super::layout::Run;
use super::leftovers::remove_checkout;
use thrice_facts::interrupt::Interrupt;
use thrice_report::Rest;

/// How long a command that was asked to stop waits; the next one removes what is left.
const LEAVING: Duration = Duration::from_millis(1500);
/// How often is looked whether all is removed.
const LOOK: Duration = Duration::from_millis(5);
/// What is said where removing takes long after the answer.
const WAITS: &str = "removing the runs' checkouts; Ctrl-C leaves that to the next review";

/// Removes checkouts one after another, and records that.
#[derive(Debug)]
pub(crate) struct Removal {
    asked: Sender<(u32, PathBuf)>,
    thread: JoinHandle<Result<(), String>>,
}

impl Removal {
    /// For the checkouts of the review whose folder this is. It holds the folder with a shared
    /// lock for as long as it may be at work, like a supervisor.
    pub(crate) fn start(review: &Path) -> anyhow::Result<Self> {
        let held = File::open(review)?;
        held.lock_shared()?;
        let mut journal = Journal::open(review)?;
        let (asked, asks) = channel::<(u32, PathBuf)>();
        let work = move || {
            let _held = held;
            let mut remove = |run: u32, checkout: &Path| -> anyhow::Result<()> {
                if checkout.parent().is_some_and(Path::exists) {
                    remove_checkout(checkout)?;
                    journal.write(&JournalLine::CheckoutRemoved { run })?;
                }
                Ok(())
            };
            // What cannot be removed keeps nothing else.
            let removed = |(run, checkout): (u32, PathBuf)| {
                remove(run, &checkout).map_err(|error| format!("{error:#}"))
            };
            asks.iter().map(removed).fold(Ok(()), Result::and)
        };
        let thread = std::thread::Builder::new().name("checkouts".to_owned()).spawn(work);
        let thread = thread.context("no thread can be started: raise `ulimit -u`")?;
        Ok(Self { asked, thread })
    }

    /// Removes a run's checkout, where there is one.
    pub(crate) fn remove(&self, run: &Run) {
        let _ = self.asked.send((run.number, run.checkout.clone()));
    }

    /// Waits until all is removed; where the command was asked to stop, not for long.
    pub(crate) fn wait(self, interrupt: &Interrupt) -> anyhow::Result<()> {
        drop(self.asked);
        let begun = Instant::now();
        while !self.thread.is_finished() {
            if interrupt.requested() && begun.elapsed() > LEAVING {
                return Ok(());
            }
            std::thread::sleep(LOOK);
        }
        let removed = self.thread.join().unwrap_or_else(|_| Err("checkouts are left".to_owned()));
        removed.map_err(anyhow::Error::msg)
    }

    /// What is still to be removed, which nothing has to wait for but the end of the command.
    pub(crate) fn rest(self) -> Rest {
        Rest::new(WAITS, self.thread)
    }
}

#[cfg(test)]
mod tests {
    use super::super::journal;
    use super::*;

    #[test]
    fn what_is_removed_is_recorded_and_what_is_not_there_is_not() {
        let folder = thrice_facts::scratch::folder().unwrap();
        let review = folder.path().join("review");
        let checkout = |run: u32| folder.path().join(format!("checkouts/{run}/xtask-{run}"));
        std::fs::create_dir_all(&review).unwrap();
        let removal = Removal::start(&review).unwrap();
        for run in [1, 3] {
            std::fs::create_dir_all(checkout(run).join("deep")).unwrap();
            std::fs::write(checkout(run).join("deep/file"), "").unwrap();
        }
        for run in [1, 2, 3, 1] {
            removal.asked.send((run, checkout(run))).unwrap();
        }
        assert!(File::open(&review).unwrap().try_lock().is_err());
        removal.wait(&Interrupt::default()).unwrap();
        // A process that another test starts has it for a moment longer.
        while File::open(&review).unwrap().try_lock().is_err() {
            std::thread::sleep(LOOK);
        }
        assert!(!folder.path().join("checkouts").exists());
        let lines = journal::read(&review).unwrap();
        let removed = [1, 3].map(|run| JournalLine::CheckoutRemoved { run });
        assert_eq!(format!("{lines:?}"), format!("{removed:?}"));
    }
}
