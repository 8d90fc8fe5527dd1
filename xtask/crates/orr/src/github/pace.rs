//! How long to wait before the server is asked again.

use std::time::Duration;

/// The longest pause, however long a review takes.
const FAR: Duration = Duration::from_secs(30);
/// The pause where the end is near, or may be: nobody waits longer than this, and the
/// moment it takes to read the evidence, for a decision.
const NEAR: Duration = Duration::from_secs(4);
/// Far from the expected end, a pause is this share of the expected time: a run may fail
/// at any moment, and asking for what did not change is free.
const SHARE: u32 = 240;
/// Towards the end, a pause is this share of what is left: a run may end a tenth early.
const SHARE_LEFT: u32 = 32;

/// Behind the expected end, a pause is this share of the delay.
const SHARE_LATE: u32 = 60;

/// The pause after `elapsed` of a review whose last like took `expected`.
pub(super) fn pause(elapsed: Duration, expected: Option<Duration>) -> Duration {
    match expected {
        Some(expected) if elapsed > expected => {
            ((elapsed - expected) / SHARE_LATE).clamp(NEAR, FAR)
        }
        Some(expected) => {
            let left = expected.saturating_sub(elapsed);
            (left / SHARE_LEFT).clamp(NEAR, (expected / SHARE).clamp(NEAR, FAR))
        }
        // Nothing says when it ends, so it may end now; the longer it takes, the less a
        // moment matters.
        None => (elapsed / 20).clamp(NEAR * 3 / 4, NEAR.max(elapsed / 300)).min(FAR),
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
        let usual = Some(1200);
        for (lasts, expected, most_late) in [
            (1200, usual, 4),
            (1200, None, 4),
            (1200, Some(1150), 4),
            (1080, usual, 4),
            (1320, usual, 4),
            (300, usual, 5),
            (300, None, 4),
            (90, None, 4),
            (2000, usual, 14),
            (9000, Some(4), 30),
            (3600, Some(7200), 30),
        ] {
            let (times, late) = asked(lasts, expected);
            assert!(late <= most_late, "{late} s late: {lasts} {expected:?}");
            let by_threes = u32::try_from(lasts / 3).unwrap();
            assert!(times <= by_threes, "asked {times} times: {lasts} {expected:?}");
        }
        assert!(asked(1200, usual).0 < 250);
        assert!(asked(9000, Some(4)).0 < 450, "overdue, it is in no hurry");
    }
}
