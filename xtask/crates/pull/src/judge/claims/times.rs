//! When the review began and ended, held against the server's times of its runs.

use jiff::{SignedDuration, Timestamp};

use super::{AGAIN, Claim, ClaimFacts, field};
use thrice_findings::text::quoted;
use thrice_findings::{Code, Finding, Known};
use thrice_patch::judge::pr_body::time;

/// How far the clock of a machine may be off.
const SKEW: SignedDuration = SignedDuration::from_mins(5);
/// How long before its first run a review may have begun.
const BEFORE: SignedDuration = SignedDuration::from_hours(24);

/// The server's times, as far as it reports them.
struct Times {
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    changed: Option<Timestamp>,
    now: Option<Timestamp>,
}

pub(super) fn check(facts: &ClaimFacts<'_>) -> Vec<Claim> {
    let times = gathered(facts);
    vec![started(facts, times.first), finished(facts, &times)]
}

/// From when the first run was made to when the last job ended. A run is changed long
/// after its end too (its logs are deleted, say): its jobs report the end.
fn gathered(facts: &ClaimFacts<'_>) -> Times {
    let read = |text: &str| text.parse::<Timestamp>().ok();
    let (mut first, mut last): (Option<Timestamp>, Option<Timestamp>) = (None, None);
    for run in facts.runs {
        if let Known::Is(run) = &run.run {
            let made = read(&run.created_at);
            first = first.into_iter().chain(made).min();
        }
        if let Known::Is(jobs) = &run.jobs {
            let ends = jobs.iter().filter_map(|job| read(job.completed_at.as_deref()?));
            last = last.into_iter().chain(ends).max();
        }
    }
    Times { first, last, changed: read(&facts.pull.updated_at), now: facts.now }
}

fn started(facts: &ClaimFacts<'_>, first: Option<Timestamp>) -> Claim {
    field(facts, "started_at", |said| {
        let first = first?;
        let seen = format!("first run made {first}");
        let Some(start) = time(said) else {
            return Some((seen, vec![no_time("started_at", said)]));
        };
        let mut findings = Vec::new();
        if start > first.saturating_add(SKEW).unwrap_or(first) {
            findings.push(false_time("started_at", said, "after its first run was made", first));
        }
        if start < first.saturating_sub(BEFORE).unwrap_or(first) {
            let why = "more than a day before its first run was made";
            findings.push(false_time("started_at", said, why, first));
        }
        Some((seen, findings))
    })
}

fn finished(facts: &ClaimFacts<'_>, times: &Times) -> Claim {
    field(facts, "finished_at", |said| {
        let last = times.last?;
        let seen = format!("last job ended {last}");
        let Some(end) = time(said) else {
            return Some((seen, vec![no_time("finished_at", said)]));
        };
        let mut findings = Vec::new();
        if end < last.saturating_sub(SKEW).unwrap_or(last) {
            findings.push(false_time("finished_at", said, "before its last job ended", last));
        }
        let begun = facts.said.value("started_at").and_then(time);
        if let Some(begun) = begun.filter(|begun| end < *begun) {
            findings.push(false_time("finished_at", said, "before `started_at`", begun));
        }
        let bounds = [
            (times.changed, "after the pull request was last changed"),
            (times.now, "later than the server's clock"),
        ];
        for (bound, why) in bounds {
            match bound {
                Some(bound) if end > bound.saturating_add(SKEW).unwrap_or(bound) => {
                    findings.push(false_time("finished_at", said, why, bound));
                }
                Some(_) => {}
                None => findings.push(silent(why)),
            }
        }
        Some((seen, findings))
    })
}

fn no_time(key: &str, said: &str) -> Finding {
    let message = format!("`{key}` is {}, which is no time of RFC 3339", quoted(said));
    Finding::new(Code::Cec50, message).help(AGAIN)
}

fn false_time(key: &str, said: &str, why: &str, seen: Timestamp) -> Finding {
    let message = format!("`{key}` is {}, {why}: {seen}", quoted(said));
    Finding::new(Code::Cec50, message).help(AGAIN)
}

fn silent(why: &str) -> Finding {
    let message = format!("the server reports no time by which `finished_at` could be {why}");
    Finding::new(Code::ServerSilent, message).help("run the command again later")
}
