//! How long to wait before the server is asked again.

use std::time::Duration;

/// The longest pause, far from the expected end.
const FAR: Duration = Duration::from_secs(30);
/// The pause where the end is near, or may be: nobody waits longer than this, and the
/// moment it takes to read the evidence, for a decision.
const NEAR: Duration = Duration::from_secs(6);
/// Until this share of the expected time is left, pauses are shares of what is left.
const SHARE: u32 = 16;

/// The pause after `elapsed` of a review whose last like took `expected`.
pub(super) fn pause(elapsed: Duration, expected: Option<Duration>) -> Duration {
    match expected {
        Some(expected) => (expected.saturating_sub(elapsed) / SHARE).clamp(NEAR, FAR),
        // Nothing says when it ends, so it may end now.
        None => (elapsed / 20).clamp(NEAR / 2, NEAR),
    }
}

/// How long runs are waited for. One that has not ended then is looked for again by
/// `--resume`.
pub(super) fn deadline(target: Duration) -> Duration {
    (target * 6).max(Duration::from_secs(3600))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(lasts: u64, expected: Option<u64>) -> (u32, u64) {
        let mut now = Duration::ZERO;
        let mut times = 0;
        while now < Duration::from_secs(lasts) {
            now += pause(now, expected.map(Duration::from_secs));
            times += 1;
        }
        (times, now.as_secs() - lasts)
    }

    #[test]
    fn it_asks_seldom_and_is_not_late() {
        for (lasts, expected) in
            [(1200, Some(1200)), (1200, Some(1150)), (1200, None), (90, None), (2000, Some(1200))]
        {
            let (times, late) = asked(lasts, expected);
            assert!(late <= 6, "{late} s late: {lasts} {expected:?}");
            let by_threes = u32::try_from(lasts / 3).unwrap();
            assert!(times <= by_threes, "asked {times} times: {lasts} {expected:?}");
        }
        assert!(asked(1200, Some(1300)).1 <= 7);
        assert!(asked(1200, Some(1200)).0 < 80);
    }
}
