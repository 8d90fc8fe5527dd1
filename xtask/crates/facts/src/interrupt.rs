//! Ctrl-C and requests to terminate, as a flag that loops look at.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use rustix::process::Signal;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use thrice_findings::Stop;

/// How long a request to stop may go unheeded. Then the command is ended where it is, which
/// every command must bear: `kill -9` does no more.
const UNHEEDED: Duration = Duration::from_millis(1800);

/// When somebody last looked whether to stop, in milliseconds as [`since_begun`] counts.
static LOOKED: AtomicU64 = AtomicU64::new(0);

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
        let signals: Vec<i32> = [SIGINT, SIGTERM, SIGHUP].into_iter().filter(heard).collect();
        for signal in &signals {
            signal_hook::flag::register(*signal, Arc::clone(&this.own))?;
        }
        static WATCHED: OnceLock<()> = OnceLock::new();
        if WATCHED.set(()).is_ok() {
            // A file that may grow no longer is an error of the write, not the end.
            signal_hook::flag::register(Signal::XFSZ.as_raw(), Arc::default())?;
            watch(Signals::new(signals)?)?;
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
        LOOKED.store(since_begun(), Ordering::Relaxed);
        raised(&self.own) || self.whole.as_ref().is_some_and(raised)
    }

    /// Stops the work where it was asked to.
    ///
    /// # Errors
    /// [`Stop::Interrupted`], where it was.
    pub fn heed(&self) -> Result<(), Stop> {
        if self.requested() { Err(Stop::Interrupted) } else { Ok(()) }
    }

    /// Asks from inside, as a signal would.
    pub fn raise(&self) {
        self.own.store(true, Ordering::Relaxed);
    }
}

/// Milliseconds since this process first asked.
fn since_begun() -> u64 {
    static BEGUN: OnceLock<Instant> = OnceLock::new();
    u64::try_from(BEGUN.get_or_init(Instant::now).elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// Ends this process a while after a signal that nobody heeds: one that computes, or that
/// waits for a reader of its output. Loops that look end it themselves, in order.
fn watch(mut signals: Signals) -> std::io::Result<()> {
    let watch = move || {
        let Some(_) = signals.forever().next() else { return };
        let asked = since_begun();
        loop {
            std::thread::sleep(Duration::from_millis(50));
            let seen = asked.max(LOOKED.load(Ordering::Relaxed));
            if u128::from(since_begun().saturating_sub(seen)) >= UNHEEDED.as_millis() {
                signal_hook::low_level::exit(130);
            }
        }
    };
    let watcher = std::thread::Builder::new().name("signals".to_owned()).spawn(watch);
    watcher.map(drop).map_err(|error| {
        let limit = "cannot start a thread: this user may start no more processes (`ulimit -u`)";
        std::io::Error::new(error.kind(), format!("{limit}: {error}"))
    })
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
