//! One test point: `ok 3 - name # SKIP why`.

use super::super::names::is_script;
use super::super::text::number;
use super::super::{TestCase, TestOutcome};
use super::below;

/// A test, or what holds the tests of a subtest.
pub(super) struct Point {
    ok: bool,
    name: String,
    directive: Directive,
    pub(super) number: u64,
    pub(super) line: usize,
    /// A comment before it announced a subtest.
    pub(super) announced: bool,
    /// Its diagnostics say that it is a suite.
    pub(super) suite: bool,
    /// What its subtest held, where it has one.
    pub(super) tests: Option<Vec<TestCase>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Directive {
    None,
    Skip,
    Todo,
}

/// What ends a point whose subtest follows in braces.
const OPEN: &str = " {";

/// The name without the brace that may follow it.
pub(super) fn braced_name(name: &str) -> &str {
    name.strip_suffix(OPEN).unwrap_or(name)
}

impl Point {
    /// Whether a subtest may follow in braces.
    pub(super) fn opens(&self) -> bool {
        self.name.ends_with(OPEN) && self.tests.is_none()
    }

    pub(super) fn lost_its_subtest(&self) -> bool {
        self.announced && self.tests.is_none()
    }

    /// A test that is skipped or still to do did not decide anything, whatever it says.
    fn outcome(&self) -> TestOutcome {
        match (self.ok, self.directive) {
            (_, Directive::Skip | Directive::Todo) => TestOutcome::Skipped,
            (true, Directive::None) => TestOutcome::Passed,
            (false, Directive::None) => TestOutcome::Failed,
        }
    }

    /// The tests that this point stands for. A suite that failed though its tests did
    /// not (a hook, a failed assertion after them) is a failed test.
    pub(super) fn leaves(self) -> Vec<TestCase> {
        let outcome = self.outcome();
        let name = if self.name.is_empty() { self.number.to_string() } else { self.name };
        let Some(tests) = self.tests else {
            let holds_none = self.suite || is_script(&name);
            let counts = !(holds_none && outcome == TestOutcome::Passed);
            return counts.then_some(TestCase { name, outcome }).into_iter().collect();
        };
        let decided = tests.iter().any(|test| test.outcome == TestOutcome::Failed);
        let own = match outcome {
            TestOutcome::Failed => !decided,
            TestOutcome::Skipped => tests.is_empty(),
            TestOutcome::Passed => false,
        };
        let own = own.then(|| TestCase { name: braced_name(&name).to_owned(), outcome });
        let below = |test: TestCase| TestCase { name: below(&name, &test.name), ..test };
        tests.into_iter().map(below).chain(own).collect()
    }
}

/// The point of a line and its number, where it has one.
pub(super) fn test_point(text: &str) -> Option<(Option<u64>, Point)> {
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
            (Some(number), after.trim())
        }
        _ => (None, rest),
    };
    let (rest, open) = match rest.strip_suffix(OPEN) {
        Some(rest) => (rest, OPEN),
        None => (rest, ""),
    };
    let (description, directive) = split_directive(rest.strip_prefix('-').unwrap_or(rest));
    let name = unescape(description.trim()) + open;
    let point = Point {
        ok,
        name,
        directive,
        number: 0,
        line: 0,
        announced: false,
        suite: false,
        tests: None,
    };
    Some((number, point))
}

/// The description and its directive; an escaped `#` begins none. A time is no part of
/// the description.
fn split_directive(text: &str) -> (&str, Directive) {
    let mut escaped = false;
    let mut spaced = true;
    let mut end = None;
    for (at, c) in text.char_indices() {
        if c == '#' && spaced && !escaped {
            let comment = text[at + 1..].trim();
            let directive = directive(comment);
            if directive != Directive::None {
                return (&text[..end.unwrap_or(at)], directive);
            }
            if is_time(comment.split(" #").next().unwrap_or_default()) {
                end = end.or(Some(at));
            }
        }
        escaped = c == '\\' && !escaped;
        spaced = c.is_whitespace();
    }
    (&text[..end.unwrap_or(text.len())], Directive::None)
}

fn directive(text: &str) -> Directive {
    let word = text.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    match word.to_ascii_lowercase().as_str() {
        "todo" => Directive::Todo,
        "skip" | "skipped" => Directive::Skip,
        _ => Directive::None,
    }
}

/// `time=2.408ms`, `12 ms`, `(0.5s)`, `in 3 sec`.
fn is_time(text: &str) -> bool {
    let text = text.trim().trim_start_matches('(').trim_end_matches(')');
    let named = text.strip_prefix("time=");
    let text = named.or(text.strip_prefix("in ")).unwrap_or(text);
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    unit.len() < text.len() && (is_unit(unit.trim()) || (unit.is_empty() && named.is_some()))
}

fn is_unit(text: &str) -> bool {
    matches!(text, "s" | "ms" | "us" | "µs" | "ns" | "sec" | "secs" | "seconds" | "m" | "min")
}

/// Without the times that `bats --timing` writes behind each name: ` in 9ms`.
pub(super) fn without_times(mut tests: Vec<TestCase>) -> Vec<TestCase> {
    let timed = |test: &TestCase| timed_name(&test.name).is_some();
    if tests.iter().all(timed) {
        for test in &mut tests {
            let name = timed_name(&test.name).map(str::to_owned);
            test.name = name.unwrap_or_else(|| std::mem::take(&mut test.name));
        }
    }
    tests
}

fn timed_name(name: &str) -> Option<&str> {
    let (before, time) = name.rsplit_once(" in ")?;
    let unit = time.trim_start_matches(|c: char| c.is_ascii_digit());
    (unit.len() < time.len() && matches!(unit, "ms" | "s")).then_some(before)
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
