//! What time it is, and waiting.
//!
//! Where `XTASK_CLOCK_FILE` names a file, time is the number in it (milliseconds since
//! 1970, in decimal) and waiting moves it on: reviews of twenty minutes are tried in a
//! second, against a server that reads the same clock.

use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::interrupt::Interrupt;

/// How often a waiting command looks whether it was asked to stop.
const LOOK: Duration = Duration::from_millis(50);

/// The current time, in UTC; `SOURCE_DATE_EPOCH` (reproducible-builds.org) where set.
#[must_use]
pub fn now() -> Timestamp {
    let fixed = || {
        let text = std::env::var("SOURCE_DATE_EPOCH").ok()?;
        Timestamp::from_second(text.trim().parse().ok()?).ok()
    };
    let moved = || Timestamp::from_millisecond(i64::try_from(moved()?.as_millis()).ok()?).ok();
    fixed().or_else(moved).unwrap_or_else(Timestamp::now)
}

/// A time as RFC 3339, to the second, in UTC.
#[must_use]
pub fn rfc3339(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Time that only goes on, from an arbitrary moment: for how long something takes.
#[must_use]
pub fn elapsed() -> Duration {
    static BEGUN: OnceLock<Instant> = OnceLock::new();
    moved().unwrap_or_else(|| BEGUN.get_or_init(Instant::now).elapsed())
}

/// Waits; false where the command was asked to stop meanwhile.
#[must_use]
pub fn pause(time: Duration, interrupt: &Interrupt) -> bool {
    if let (Some(path), Some(now)) = (clock_file(), moved()) {
        let later = now.saturating_add(time).as_millis().to_string();
        if super::files::write_whole(&path, later.as_bytes()).is_ok() {
            return !interrupt.requested();
        }
    }
    let until = Instant::now() + time;
    while !interrupt.requested() {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return true;
        }
        std::thread::sleep(left.min(LOOK));
    }
    false
}

fn clock_file() -> Option<PathBuf> {
    std::env::var_os("XTASK_CLOCK_FILE").map(PathBuf::from)
}

/// The time that a clock file says.
fn moved() -> Option<Duration> {
    let text = std::fs::read_to_string(clock_file()?).ok()?;
    text.trim().parse().ok().map(Duration::from_millis)
}
