//! What follows an attempt of a request: done, again after a while, or given up.
//!
//! GitHub's rules (docs.github.com, "Best practices for using the REST API"): a primary
//! limit says when it is over, a secondary one says how long to wait or else wants a
//! minute; a 403 without such a sign is a permission and stays one.

use std::time::Duration;

use super::answer::Answer;
use super::failure::FailureKind;

/// How often a request is made at most.
const ATTEMPTS: u32 = 6;
/// The longest that is waited for a limit to end.
const PATIENCE: Duration = Duration::from_secs(15 * 60);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    Done,
    /// The same request again, after this time.
    Again(Duration),
    /// It failed for good.
    Failed(FailureKind),
}

/// What follows the `attempt`-th answer (from 1) of a request that may be repeated
/// (`repeatable`) or not. `now` is in seconds since 1970.
pub(super) fn after_answer(answer: &Answer, attempt: u32, repeatable: bool, now: u64) -> Next {
    match answer.status {
        200..=299 | 304 => Next::Done,
        401 => Next::Failed(FailureKind::Unauthorized),
        403 | 429 => limit(answer, attempt, now),
        404 | 410 => Next::Failed(FailureKind::NotFound),
        400..=499 => Next::Failed(FailureKind::Refused),
        500..=599 => after_nothing(attempt, repeatable, FailureKind::ServerError),
        _ => Next::Failed(FailureKind::Unreadable),
    }
}

/// What follows an attempt that gave no whole answer.
pub(super) fn after_nothing(attempt: u32, repeatable: bool, kind: FailureKind) -> Next {
    if repeatable && attempt < ATTEMPTS {
        Next::Again(Duration::from_secs(1 << (attempt - 1)))
    } else {
        Next::Failed(kind)
    }
}

/// A limit refuses a request before anything is done, so that also what changes
/// something may be asked for again.
fn limit(answer: &Answer, attempt: u32, now: u64) -> Next {
    let said = answer.message().unwrap_or_default().to_ascii_lowercase();
    let wait = if let Some(seconds) = answer.number("retry-after") {
        seconds
    } else if answer.number("x-ratelimit-remaining") == Some(0) {
        answer.number("x-ratelimit-reset").map_or(60, |reset| reset.saturating_sub(now) + 1)
    } else if answer.status == 429 || said.contains("rate limit") || said.contains("abuse") {
        60 << (attempt - 1).min(4)
    } else {
        return Next::Failed(FailureKind::Forbidden);
    };
    let wait = Duration::from_secs(wait.max(1));
    if attempt < ATTEMPTS && wait <= PATIENCE {
        Next::Again(wait)
    } else {
        Next::Failed(FailureKind::Limited)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Answer {
        let headers = headers.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        Answer { status, headers, body: body.into() }
    }

    #[test]
    fn each_status_has_its_consequence() {
        let again = |seconds| Next::Again(Duration::from_secs(seconds));
        let secondary = "{\"message\":\"You have exceeded a secondary rate limit\"}";
        let zero = ("x-ratelimit-remaining", "0");
        #[rustfmt::skip]
        let table: &[(Answer, u32, bool, Next)] = &[
            (answer(200, &[], ""), 1, true, Next::Done),
            (answer(304, &[], ""), 1, true, Next::Done),
            (answer(401, &[], ""), 1, true, Next::Failed(FailureKind::Unauthorized)),
            (answer(403, &[], "{\"message\":\"Resource not accessible\"}"), 1, true, Next::Failed(FailureKind::Forbidden)),
            (answer(403, &[("retry-after", "7")], ""), 1, false, again(7)),
            (answer(403, &[zero, ("x-ratelimit-reset", "1090")], ""), 1, true, again(91)),
            (answer(403, &[zero, ("x-ratelimit-reset", "9000")], ""), 1, true, Next::Failed(FailureKind::Limited)),
            (answer(403, &[("x-ratelimit-remaining", "7")], ""), 1, true, Next::Failed(FailureKind::Forbidden)),
            (answer(403, &[], secondary), 1, true, again(60)),
            (answer(403, &[], secondary), 3, true, again(240)),
            (answer(429, &[], ""), 1, false, again(60)),
            (answer(429, &[("retry-after", "99999")], ""), 1, true, Next::Failed(FailureKind::Limited)),
            (answer(429, &[], ""), 6, true, Next::Failed(FailureKind::Limited)),
            (answer(404, &[], ""), 1, true, Next::Failed(FailureKind::NotFound)),
            (answer(410, &[], ""), 1, true, Next::Failed(FailureKind::NotFound)),
            (answer(422, &[], ""), 1, true, Next::Failed(FailureKind::Refused)),
            (answer(502, &[], "<html>"), 1, true, again(1)),
            (answer(502, &[], "<html>"), 5, true, again(16)),
            (answer(502, &[], "<html>"), 6, true, Next::Failed(FailureKind::ServerError)),
            (answer(502, &[], ""), 1, false, Next::Failed(FailureKind::ServerError)),
            (answer(301, &[], ""), 1, true, Next::Failed(FailureKind::Unreadable)),
        ];
        for (answer, attempt, repeatable, expected) in table {
            assert_eq!(after_answer(answer, *attempt, *repeatable, 1000), *expected, "{answer:?}");
        }
        assert_eq!(after_nothing(2, true, FailureKind::Unreachable), again(2));
        assert_eq!(
            after_nothing(1, false, FailureKind::Unreachable),
            Next::Failed(FailureKind::Unreachable)
        );
    }
}
