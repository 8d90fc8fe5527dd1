//! Ctrl-C and requests to terminate, as a flag that loops look at.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

/// Whether the command, or one part of its work, was asked to stop.
#[derive(Clone, Debug, Default)]
pub struct Interrupt {
    own: Arc<AtomicBool>,
    /// What this is a part of: where that is asked to stop, so is this.
    whole: Option<Arc<AtomicBool>>,
}

impl Interrupt {
    /// Listens to SIGINT, SIGTERM and SIGHUP from now on; not to those that the caller
    /// had ignored, as `nohup` does.
    ///
    /// # Errors
    /// Where the system refuses a signal handler.
    pub fn listen() -> std::io::Result<Self> {
        let this = Self::default();
        let ignored = ignored_signals();
        let heard = |signal: &i32| ignored & (1 << (signal - 1)) == 0;
        for signal in [SIGINT, SIGTERM, SIGHUP].into_iter().filter(heard) {
            signal_hook::flag::register(signal, Arc::clone(&this.own))?;
        }
        Ok(this)
    }

    /// For one part of the work: it can be stopped alone, and stops with the whole.
    #[must_use]
    pub fn part(&self) -> Self {
        Self { own: Arc::default(), whole: Some(Arc::clone(&self.own)) }
    }

    /// Whether the work was asked to stop.
    #[must_use]
    pub fn requested(&self) -> bool {
        let raised = |flag: &Arc<AtomicBool>| flag.load(Ordering::Relaxed);
        raised(&self.own) || self.whole.as_ref().is_some_and(raised)
    }

    /// Asks from inside, as a signal would.
    pub fn raise(&self) {
        self.own.store(true, Ordering::Relaxed);
    }
}

/// The signals that this process ignores, a bit each (proc_pid_status(5)); none where
/// there is no /proc.
fn ignored_signals() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_stops_alone_and_with_the_whole() {
        let whole = Interrupt::default();
        let (one, other) = (whole.part(), whole.part());
        one.raise();
        assert_eq!([&whole, &one, &other].map(Interrupt::requested), [false, true, false]);
        whole.raise();
        assert!(other.requested());
    }
}
