//! Work that no answer waits for.

use std::io::IsTerminal;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::Printer;
use super::text::safe;

/// After how long the end of the work is waited for in words.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often is looked whether it ended.
const LOOK: Duration = Duration::from_millis(5);

/// Work of a command that goes on while its report is printed. Whoever drops it waits for its
/// end; a command that is killed meanwhile must bear that.
#[derive(Debug)]
pub struct Rest {
    waits: &'static str,
    thread: Option<JoinHandle<Result<(), String>>>,
}

impl Rest {
    /// The work of a `thread`, which gives what went wrong; what is said where it takes seconds.
    #[must_use]
    pub fn new(waits: &'static str, thread: JoinHandle<Result<(), String>>) -> Self {
        Self { waits, thread: Some(thread) }
    }
}

impl Drop for Rest {
    fn drop(&mut self) {
        let Some(thread) = self.thread.take() else { return };
        let begun = Instant::now();
        while !thread.is_finished() && begun.elapsed() < PATIENCE {
            std::thread::sleep(LOOK);
        }
        let is_long = !thread.is_finished();
        // What to type next stays the last line of a terminal.
        let (end, gone) = match std::io::stderr().is_terminal() {
            true => ("", "\r\u{1b}[2K"),
            false => ("\n", ""),
        };
        if is_long {
            Printer::print_plain(&format!("{}{end}", self.waits), true);
        }
        // A defect in the thread has spoken for itself.
        let ended = thread.join();
        if is_long {
            Printer::print_plain(gone, true);
        }
        if let Ok(Err(error)) = ended {
            Printer::print_plain(&format!("{}\n", safe(&error)), true);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    #[test]
    fn whoever_drops_it_waits_for_its_end() {
        for ends in [Ok(()), Err("cannot remove a file".to_owned())] {
            let ended = Arc::new(AtomicBool::new(false));
            let flag = Arc::clone(&ended);
            let thread = std::thread::spawn(move || {
                std::thread::sleep(LOOK * 20);
                flag.store(true, Ordering::Relaxed);
                ends
            });
            drop(Rest::new("removing", thread));
            assert!(ended.load(Ordering::Relaxed));
        }
    }
}
