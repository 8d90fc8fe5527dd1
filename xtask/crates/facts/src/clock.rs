//! What time it is, and waiting.
//!
//! Decisions are dated by the machine's clock. `SOURCE_DATE_EPOCH`
//! (reproducible-builds.org) dates what is built: only [`stamped`] reads it, for what a
//! review writes of itself.
//!
//! Two switches set the clock, for tests only, and each command that sees one says so on
//! standard error: `XTASK_TEST_NOW` is the time in seconds since 1970; `XTASK_CLOCK_FILE`
//! names a file with the milliseconds since 1970, which waiting moves on, so that reviews
//! of twenty minutes are tried in a second, against a server that reads the same clock.

use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::interrupt::Interrupt;

/// How often a waiting command looks whether it was asked to stop.
const LOOK: Duration = Duration::from_millis(50);

/// The variable that holds the clock still, for tests only.
pub const TEST_NOW: &str = "XTASK_TEST_NOW";
/// The variable that names a file with the time, for tests only.
pub(crate) const CLOCK_FILE: &str = "XTASK_CLOCK_FILE";

/// The current time, in UTC: that of the machine, whatever `SOURCE_DATE_EPOCH` says.
#[must_use]
pub fn now() -> Timestamp {
    let moved = || Timestamp::from_millisecond(i64::try_from(moved()?.as_millis()).ok()?).ok();
    seconds_in(TEST_NOW).or_else(moved).unwrap_or_else(Timestamp::now)
}

/// The time by which a review dates what it writes: `SOURCE_DATE_EPOCH` where it is set.
/// Nothing is decided by it.
#[must_use]
pub fn stamped() -> Timestamp {
    seconds_in("SOURCE_DATE_EPOCH").unwrap_or_else(now)
}

/// The switch that sets the clock, where one does.
#[must_use]
pub fn test_switch() -> Option<&'static str> {
    [TEST_NOW, CLOCK_FILE].into_iter().find(|name| std::env::var_os(name).is_some())
}

/// The time that a variable holds, in seconds since 1970.
fn seconds_in(name: &str) -> Option<Timestamp> {
    let text = std::env::var(name).ok()?;
    Timestamp::from_second(text.trim().parse().ok()?).ok()
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
    std::env::var_os(CLOCK_FILE).map(PathBuf::from)
}

/// The time that a clock file says.
fn moved() -> Option<Duration> {
    let text = std::fs::read_to_string(clock_file()?).ok()?;
    text.trim().parse().ok().map(Duration::from_millis)
}
