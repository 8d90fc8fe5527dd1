//! The telemetry of a body (H-1.4): seven lines, each with a form.

use std::collections::HashSet;

use jiff::Timestamp;

use super::parse::Section;
use super::template::LEAST_RUNS;
use super::{Facts, quoted};
use crate::judge::plan::CommitId;
use thrice_findings::text::{is_lower_hex, is_word};
use thrice_orr::judge::server::scorecard::Problem;
use thrice_policy::ref_format::refused_by_git;

/// The keys, in their order.
pub const KEYS: [&str; 7] = [
    "repo_sha",
    "branch",
    "run_ids",
    "scorecard_sha256",
    "evidence_zip_sha256",
    "started_at",
    "finished_at",
];

/// What the telemetry claims; what it does not say, or not in its form, is absent.
#[derive(Clone, Debug, Default)]
pub(super) struct Claims {
    pub(super) branch: Option<String>,
    pub(super) run_ids: Option<Vec<String>>,
    pub(super) scorecard_sha256: Option<String>,
    pub(super) evidence_zip_sha256: Option<String>,
    pub(super) started_at: Option<String>,
    pub(super) finished_at: Option<String>,
}

/// Reads the telemetry and holds it against what is known.
pub(super) fn telemetry(
    section: &Section,
    facts: &Facts<'_>,
    problems: &mut Vec<Problem>,
) -> Claims {
    let mut reader = FieldReader { section, problems };
    reader.lines();
    let recorded = facts.known.as_ref().map(|known| known.recorded);
    let base = facts.plan.base;
    reader.take("repo_sha", Some(base), "the 40 hex digits of the base", |text| {
        CommitId::new(text).map(|id| id.as_str().to_owned())
    });
    let branch = recorded.and_then(|recorded| recorded.branch.as_deref());
    let mut claims = Claims {
        branch: reader.take("branch", branch, "the name of a branch", branch_name),
        ..Claims::default()
    };
    let runs = recorded.map(|recorded| format!("[{}]", recorded.run_ids.join(",")));
    let form = format!("{LEAST_RUNS} or more ids of runs, no two alike, as [a,b,c]");
    let listed = reader
        .take("run_ids", runs.as_deref(), &form, |text| run_ids(text).map(|_| text.to_owned()));
    claims.run_ids = listed.and_then(|text| run_ids(&text));
    let hex = "64 lower-case hex digits";
    let digest = |text: &str| is_lower_hex(text, 64).then(|| text.to_owned());
    let known = recorded.and_then(|recorded| recorded.scorecard_sha256.as_deref());
    claims.scorecard_sha256 = reader.take("scorecard_sha256", known, hex, digest);
    let known = recorded.and_then(|recorded| recorded.evidence_zip_sha256.as_deref());
    claims.evidence_zip_sha256 = reader.take("evidence_zip_sha256", known, hex, digest);
    let form = "a time as RFC 3339 has it, such as 2026-01-31T12:00:00Z";
    let moment = |text: &str| time(text).map(|_| text.to_owned());
    let known = recorded.map(|recorded| recorded.started_at.as_str());
    claims.started_at = reader.take("started_at", known, form, moment);
    let known = recorded.map(|recorded| recorded.finished_at.as_str());
    claims.finished_at = reader.take("finished_at", known, form, moment);
    reader.in_order(&claims);
    claims
}

struct FieldReader<'a, 'p> {
    section: &'a Section,
    problems: &'p mut Vec<Problem>,
}

impl<'a> FieldReader<'a, '_> {
    /// Tells lines that are none of the telemetry, and keys out of their order.
    fn lines(&mut self) {
        let mut last = 0;
        for (line, text) in &self.section.lines {
            let key = text.split(':').next().unwrap_or_default();
            match KEYS.iter().position(|known| *known == key) {
                Some(at) if at < last => {
                    let help = "write the fields in the order of the template";
                    self.problems.push(Problem::new(key, *line, "it is out of its order", help));
                }
                Some(at) => last = at,
                None => {
                    let message = format!("the telemetry has no line {}", quoted(text));
                    self.problems.push(Problem::new("CEC", *line, message, "take it out"));
                }
            }
        }
        for fence in &self.section.fences {
            let message = "a fence has no place here";
            self.problems.push(Problem::new("CEC", fence.line, message, "take it out"));
        }
    }

    fn values(&self, key: &str) -> Vec<(usize, &'a str)> {
        values(self.section, key)
    }

    /// A field that must be there once, have a form, and be what is known.
    fn take(
        &mut self,
        key: &str,
        known: Option<&str>,
        wanted: &str,
        form: impl Fn(&str) -> Option<String>,
    ) -> Option<String> {
        let (line, message) = match self.values(key)[..] {
            [] => {
                let help = "write the body again: `cargo xtask pr-body`";
                let problem = Problem::new(key, self.section.line, "it is missing", help);
                self.problems.push(problem.missing());
                return None;
            }
            [(line, text)] => match (form(text), known) {
                (None, _) => (line, format!("{} is not {wanted}", quoted(text))),
                (Some(_), Some(known)) if known != text => {
                    (line, format!("this is {}, but it was {}", quoted(text), quoted(known)))
                }
                (read, _) => return read,
            },
            [_, (line, _), ..] => (line, "it is given twice".to_owned()),
        };
        let help = "write the body again: `cargo xtask pr-body`";
        self.problems.push(Problem::new(key, line, message, help));
        None
    }

    fn in_order(&mut self, claims: &Claims) {
        let start = claims.started_at.as_deref().and_then(time);
        let end = claims.finished_at.as_deref().and_then(time);
        if start.zip(end).is_some_and(|(start, end)| start > end) {
            let line = self.values("finished_at").first().map_or(self.section.line, |(at, _)| *at);
            let message = "it is before `started_at`";
            self.problems.push(Problem::new("finished_at", line, message, "write the body again"));
        }
    }
}

/// What each line of a key says, with its number.
pub(super) fn values<'a>(section: &'a Section, key: &str) -> Vec<(usize, &'a str)> {
    let value = |(line, text): &'a (usize, String)| {
        Some((*line, text.strip_prefix(key)?.strip_prefix(':')?.trim()))
    };
    section.lines.iter().filter_map(value).collect()
}

fn run_ids(text: &str) -> Option<Vec<String>> {
    let inner = text.strip_prefix('[')?.strip_suffix(']')?;
    let ids: Vec<String> = inner.split(',').map(str::to_owned).collect();
    let distinct = ids.iter().collect::<HashSet<_>>().len() == ids.len();
    let plain = ids.iter().all(|id| is_word(id, "._-"));
    (distinct && plain && ids.len() >= LEAST_RUNS).then_some(ids)
}

/// A name that git takes for a branch.
fn branch_name(text: &str) -> Option<String> {
    refused_by_git(text.as_bytes()).is_none().then(|| text.to_owned())
}

/// A time of RFC 3339. Its letters are upper case, and its parts are all there.
#[must_use]
pub fn time(text: &str) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    let separators = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    let formed = separators.iter().all(|(at, byte)| bytes.get(*at) == Some(byte))
        && bytes.iter().take(4).all(u8::is_ascii_digit)
        && (text.ends_with('Z') || matches!(bytes.iter().rev().nth(2), Some(b':')))
        && bytes.iter().all(|byte| b"0123456789-+:.TZ".contains(byte));
    formed.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_fields() {
        for good in ["2026-01-31T12:00:00Z", "2026-01-31T12:00:00.5+02:00"] {
            assert!(time(good).is_some(), "{good}");
        }
        let bad = ["", "now", "2026-01-31", "2026-01-31 12:00:00Z", "2026-02-30T12:00:00Z"];
        let worse = ["2026-01-31T12:00Z", "2026-01-31T12:00:00", "2026-01-31t12:00:00z"];
        for bad in bad.into_iter().chain(worse) {
            assert!(time(bad).is_none(), "{bad}");
        }
        assert!(run_ids("[1,2,3]").is_some());
        for bad in ["[1,2]", "[1,2,2]", "1,2,3", "[1, 2,3]", "[1,2,]", "[]", "[a b,c,d]"] {
            assert!(run_ids(bad).is_none(), "{bad}");
        }
        assert!(branch_name("q2-s7-codex-20260131-1200-abcdef1").is_some());
        for bad in ["", "a..b", "-a", "a b", "a/", "a/.b", "a.lock", "@", "a\u{7f}"] {
            assert!(branch_name(bad).is_none(), "{bad}");
        }
    }
}
