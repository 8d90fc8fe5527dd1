//! The fields of a body (H-1.4): seven values, each with a form, in lines that the
//! template names.

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;

use super::parse::Section;
use super::render::red_reviews;
use super::template::LEAST_RUNS;
use super::{BodyFacts, quoted};
use thrice_findings::text::{is_commit, is_lower_hex, is_word};
use thrice_orr::judge::server::scorecard::Problem;
use thrice_policy::ref_format::refused_by_git;
use thrice_programme::body::BodyLine;

pub use thrice_programme::body::FIELDS as KEYS;

/// What the fields claim, each with its line, from 1; what is not there, or not in its form,
/// is absent.
#[derive(Clone, Debug, Default)]
pub(super) struct Claims(BTreeMap<&'static str, (usize, String)>);

impl Claims {
    /// What a field claims.
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(|(_, value)| value.as_str())
    }

    /// The runs that are claimed.
    pub(super) fn runs(&self) -> Option<Vec<String>> {
        self.get("run_ids").and_then(run_ids)
    }
}

/// Reads the lines of a section and holds them against what is known, and against what
/// the same field claimed before.
pub(super) fn lines(
    section: &Section,
    name: &str,
    wanted: &[BodyLine],
    facts: &BodyFacts<'_>,
    claims: &mut Claims,
    problems: &mut Vec<Problem>,
) {
    let mut reader = FieldReader { section, name, wanted, facts, problems };
    reader.strays();
    for line in wanted {
        let found = section.lines.iter().filter(|(_, text)| is_of(line, text));
        let found: Vec<&(usize, String)> = found.collect();
        match (found.as_slice(), line.field) {
            ([], _) => reader.lacks(line),
            ([_, (second, _), ..], _) => reader.problem(line, *second, "it is given twice"),
            ([(_, _)], None) => {}
            ([(at, text)], Some(key)) => {
                let value = value_of(line, text).unwrap_or_default();
                match reader.read(key, value, claims.get(key)) {
                    Ok(value) => {
                        claims.0.insert(key, (*at, value));
                    }
                    Err(message) => reader.problem(line, *at, message),
                }
            }
        }
    }
}

/// Both ends of the review, in one order.
pub(super) fn in_order(claims: &Claims, problems: &mut Vec<Problem>) {
    let start = claims.get("started_at").and_then(time);
    let Some((line, end)) = claims.0.get("finished_at") else { return };
    if start.zip(time(end)).is_some_and(|(start, end)| start > end) {
        let message = "it is before `started_at`";
        problems.push(Problem::new("finished_at", *line, message, "write the body again"));
    }
}

/// Whether a line of a body is one of the template.
fn is_of(line: &BodyLine, text: &str) -> bool {
    match line.field {
        None => line.before == text,
        Some(_) => text.starts_with(line.before.trim_end()),
    }
}

/// What stands in the place of the field.
pub(super) fn value_of<'a>(line: &BodyLine, text: &'a str) -> Option<&'a str> {
    line.field?;
    let rest = text.strip_prefix(line.before.trim_end())?;
    // What joins the words to the field, such as an opening quote, is no space.
    Some(rest.strip_suffix(line.after.as_str()).unwrap_or(rest).trim())
}

struct FieldReader<'a, 'p> {
    section: &'a Section,
    name: &'a str,
    wanted: &'a [BodyLine],
    facts: &'a BodyFacts<'a>,
    problems: &'p mut Vec<Problem>,
}

impl FieldReader<'_, '_> {
    fn problem(&mut self, line: &BodyLine, at: usize, message: impl Into<String>) {
        let field = line.field.unwrap_or(self.name);
        let help = "write the body again: `cargo xtask pr-body`";
        self.problems.push(Problem::new(field, at, message, help));
    }

    fn lacks(&mut self, line: &BodyLine) {
        let message = match line.field {
            Some(_) => "it is missing".to_owned(),
            None => format!("the line {} is missing", quoted(&line.before)),
        };
        self.problem(line, self.section.line, message);
        if let Some(last) = self.problems.pop() {
            self.problems.push(last.missing());
        }
    }

    /// Lines that are none of the template's, or out of their order, and fences.
    fn strays(&mut self) {
        let mut last = 0;
        for (at, text) in &self.section.lines {
            match self.wanted.iter().position(|line| is_of(line, text)) {
                Some(index) if index < last => {
                    let key = self.wanted.get(index).and_then(|line| line.field);
                    let help = "write the lines in the order of the template";
                    let field = key.unwrap_or(self.name);
                    self.problems.push(Problem::new(field, *at, "it is out of its order", help));
                }
                Some(index) => last = index,
                // One at another place, or of another number, is no body as it would be written.
                None if red_reviews(text).is_some() => {}
                None => {
                    let message = format!("the template has no line {} here", quoted(text));
                    self.problems.push(Problem::new(self.name, *at, message, "take it out"));
                }
            }
        }
        for fence in &self.section.fences {
            let message = "a fence has no place here";
            self.problems.push(Problem::new(self.name, fence.line, message, "take it out"));
        }
    }

    /// The value of a field, which has a form, and is what is known and was said before.
    fn read(&self, key: &str, text: &str, before: Option<&str>) -> Result<String, String> {
        let recorded = self.facts.known.as_ref().map(|known| known.recorded);
        let known = match key {
            "repo_sha" => Some(self.facts.plan.base.to_owned()),
            "branch" => recorded.and_then(|recorded| recorded.branch.clone()),
            "run_ids" => recorded.map(|recorded| format!("[{}]", recorded.run_ids.join(","))),
            "scorecard_sha256" => recorded.and_then(|recorded| recorded.scorecard_sha256.clone()),
            "evidence_zip_sha256" => {
                recorded.and_then(|recorded| recorded.evidence_zip_sha256.clone())
            }
            "started_at" => recorded.map(|recorded| recorded.started_at.clone()),
            _ => recorded.map(|recorded| recorded.finished_at.clone()),
        };
        if !has_form(key, text) {
            return Err(format!("{} is not {}", quoted(text), form(key)));
        }
        if let Some(known) = known.filter(|known| known != text) {
            return Err(format!(
                "the body says {}, but the record says {}",
                quoted(text),
                quoted(&known)
            ));
        }
        match before.filter(|before| *before != text) {
            Some(before) => {
                let (text, before) = (quoted(text), quoted(before));
                Err(format!("this is {text}, but `{key}` is {before} before"))
            }
            None => Ok(text.to_owned()),
        }
    }
}

/// The form of a field, in words.
fn form(key: &str) -> String {
    match key {
        "repo_sha" => "the 40 hex digits of the base".to_owned(),
        "branch" => "the name of a branch".to_owned(),
        "run_ids" => format!("{LEAST_RUNS} or more ids of runs, no two alike, as [a,b,c]"),
        "scorecard_sha256" | "evidence_zip_sha256" => "64 lower-case hex digits".to_owned(),
        _ => "a time as RFC 3339 has it, such as 2026-01-31T12:00:00Z".to_owned(),
    }
}

fn has_form(key: &str, text: &str) -> bool {
    match key {
        "repo_sha" => is_commit(text),
        "branch" => refused_by_git(text.as_bytes()).is_none(),
        "run_ids" => run_ids(text).is_some(),
        "scorecard_sha256" | "evidence_zip_sha256" => is_lower_hex(text, 64),
        _ => time(text).is_some(),
    }
}

fn run_ids(text: &str) -> Option<Vec<String>> {
    let inner = text.strip_prefix('[')?.strip_suffix(']')?;
    let ids: Vec<String> = inner.split(',').map(str::to_owned).collect();
    let distinct = ids.iter().collect::<HashSet<_>>().len() == ids.len();
    let plain = ids.iter().all(|id| is_word(id, "._-"));
    (distinct && plain && ids.len() >= LEAST_RUNS).then_some(ids)
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
        assert!(has_form("branch", "q2-s7-codex-20260131-1200-abcdef1"));
        for bad in ["", "a..b", "-a", "a b", "a/", "a/.b", "a.lock", "@", "a\u{7f}"] {
            assert!(!has_form("branch", bad), "{bad}");
        }
    }
}
