//! TAP 12 to 14: `1..N` first or last, then N top-level lines.
//!
//! Indented lines belong to subtests or diagnostics; the subtest's own line at
//! the top level answers for them.

use super::text::number;
use super::unread::{agree, excerpt};
use super::{Reader, TestCase, TestOutcome, TestReport, Unread};

pub(super) fn read(lines: &[String]) -> Result<TestReport, Unread> {
    let mut stream = Stream::default();
    for (index, line) in lines.iter().enumerate() {
        stream.line(index + 1, line)?;
    }
    let plan = stream.plan.ok_or(Unread::NoSummary(Reader::Tap))?;
    agree(|| "plan".to_owned(), plan, stream.tests.len() as u64)?;
    Ok(TestReport::new(stream.tests))
}

#[derive(Default)]
struct Stream {
    plan: Option<u64>,
    /// The plan came after a test, so that it ends the stream.
    over: bool,
    tests: Vec<TestCase>,
}

impl Stream {
    fn line(&mut self, line: usize, text: &str) -> Result<(), Unread> {
        if let Some(reason) = text.strip_prefix("Bail out!") {
            return Err(Unread::BailedOut { line, reason: excerpt(reason) });
        }
        if let Some(plan) = plan(text) {
            if self.plan.is_some() {
                return Err(Unread::Plan { line, why: "a second plan" });
            }
            self.plan = Some(plan);
            self.over = !self.tests.is_empty();
            return Ok(());
        }
        let Some((number, test)) = test(text, self.tests.len() as u64 + 1) else { return Ok(()) };
        if self.over {
            return Err(Unread::Plan { line, why: "a test after the closing plan" });
        }
        if number != self.tests.len() as u64 + 1 {
            return Err(Unread::Plan { line, why: "a test number out of sequence" });
        }
        self.tests.push(test);
        Ok(())
    }
}

fn plan(text: &str) -> Option<u64> {
    let (count, rest) = number(text.strip_prefix("1..")?)?;
    let rest = rest.trim();
    (rest.is_empty() || rest.starts_with('#')).then_some(count)
}

/// The number and outcome of a test line; `next` where it has no number.
fn test(text: &str, next: u64) -> Option<(u64, TestCase)> {
    let (ok, rest) = match text.strip_prefix("not ok") {
        Some(rest) => (false, rest),
        None => (true, text.strip_prefix("ok")?),
    };
    if !(rest.is_empty() || rest.starts_with([' ', '\t'])) {
        return None;
    }
    let rest = rest.trim();
    let (number, rest) = match number(rest) {
        Some((number, after)) if after.is_empty() || after.starts_with([' ', '\t']) => {
            (number, after.trim())
        }
        _ => (next, rest),
    };
    let (description, directive) = split_directive(rest.strip_prefix('-').unwrap_or(rest));
    let name = match unescape(description.trim()) {
        empty if empty.is_empty() => number.to_string(),
        name => name,
    };
    Some((number, TestCase { name, outcome: outcome(ok, directive) }))
}

#[derive(Clone, Copy)]
enum Directive {
    None,
    Skip,
    Todo,
}

/// A skipped test that says `not ok` failed; one still to do may.
fn outcome(ok: bool, directive: Directive) -> TestOutcome {
    match (ok, directive) {
        (true, Directive::Skip) | (false, Directive::Todo) => TestOutcome::Skipped,
        (true, _) => TestOutcome::Passed,
        (false, _) => TestOutcome::Failed,
    }
}

/// The description and its directive; an escaped `#` begins none.
fn split_directive(text: &str) -> (&str, Directive) {
    let mut escaped = false;
    let mut spaced = true;
    for (at, c) in text.char_indices() {
        if c == '#' && spaced && !escaped {
            let directive = directive(text[at + 1..].trim_start());
            if !matches!(directive, Directive::None) {
                return (&text[..at], directive);
            }
        }
        escaped = c == '\\' && !escaped;
        spaced = c.is_whitespace();
    }
    (text, Directive::None)
}

fn directive(text: &str) -> Directive {
    let word = text.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    match word.to_ascii_lowercase().as_str() {
        "todo" => Directive::Todo,
        "skip" | "skipped" => Directive::Skip,
        _ => Directive::None,
    }
}

fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let escaped = if c == '\\' { chars.next_if(|c| matches!(c, '#' | '\\')) } else { None };
        plain.push(escaped.unwrap_or(c));
    }
    plain
}
