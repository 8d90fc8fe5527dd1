//! Python's unittest, verbose: a line for each test, then how many ran and how many of them did
//! not pass.
//!
//! What a test prints can stand within its line, unless it is run with `--buffer`. A listing that
//! doesn't agree with the totals below it is refused.

use std::collections::BTreeSet;

use super::text::number;
use super::unread::{agree, excerpt};
use super::{Reader, TestCase, TestOutcome, TestReport, Unread};
use crate::judge::log;

/// How unittest says that a test ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Passed,
    Failed,
    Raised,
    Skipped,
    FailedAsExpected,
    PassedUnexpectedly,
}

/// What the totals count, in the words that they use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Totals {
    ran: u64,
    failures: u64,
    errors: u64,
    skipped: u64,
    expected: u64,
    unexpected: u64,
}

/// The tests of a listing, read line by line.
#[derive(Default)]
struct Listing {
    tests: Vec<TestCase>,
    totals: Totals,
    /// A test whose description goes on in the next line.
    described: Option<Described>,
    /// The last test, where it may be named once more: it has not passed.
    open: Option<String>,
    /// Tests that were named.
    names: BTreeSet<String>,
    /// A test that was named again.
    again: Option<String>,
    /// The line of a test whose parts are still to come.
    due: Option<usize>,
    /// The first line that names a test and not how it ended.
    endless: Option<usize>,
}

/// The beginning of a line of a listing.
#[derive(Debug)]
struct Described {
    name: String,
    /// Whether it is part of a test that has a line of its own.
    is_part: bool,
}

pub(super) fn read(lines: &[String]) -> Result<TestReport, Unread> {
    let (at, said) = totals(lines)?;
    let end = lines.iter().position(|line| is_ruler(line, '-') || is_ruler(line, '='));
    let mut listing = Listing::default();
    for (at, line) in lines[..end.unwrap_or(at).min(at)].iter().enumerate() {
        listing.line(at, line);
    }
    if let Some(at) = listing.endless.or(listing.due) {
        return Err(Unread::Unsuited {
            what: format!("line {}, {}", at + 1, excerpt(&lines[at])),
            why: "more than one test stands in it, or what one printed",
            instead: "run them with `--buffer`, and parts of tests with Python 3.11 or newer",
        });
    }
    if let Some(name) = listing.again {
        return Err(Unread::Twice { name });
    }
    let listed = listing.totals;
    for (what, said, listed) in [
        ("tests", said.ran, listed.ran),
        ("failures", said.failures, listed.failures),
        ("errors", said.errors, listed.errors),
        ("skipped", said.skipped, listed.skipped),
        ("expected failures", said.expected, listed.expected),
        ("unexpected successes", said.unexpected, listed.unexpected),
    ] {
        agree(|| what.to_owned(), said, listed)?;
    }
    Ok(TestReport::new(listing.tests))
}

impl Listing {
    fn line(&mut self, at: usize, line: &str) {
        // The first line of its documentation stands below its name.
        if let Some(described) = self.described.take()
            && let Some((_, ending)) = ended(line)
        {
            return self.add(&described, ending);
        }
        let Some((described, rest)) = described(line) else {
            // Before Python 3.11, what is skipped for a class or in a part has no name.
            if let Some(ending @ (Ending::Skipped | Ending::Raised)) = ending(line) {
                let described = Described { name: "without a name".to_owned(), is_part: true };
                self.add(&described, ending);
            }
            return;
        };
        match ended(rest) {
            // Between the name of a test and its end stands what it printed; of a part, which it is.
            Some((part, ending)) if part.is_empty() || described.is_part => {
                let name = format!("{}{part}", described.name);
                self.add(&Described { name, ..described }, ending);
            }
            Some(_) => drop(self.endless.get_or_insert(at)),
            None if rest.is_empty() => self.described = Some(described),
            // Its parts follow, each with its own end.
            None if rest.trim_end() == " ..." => {
                self.count(&described);
                self.open = Some(described.name);
                self.due = Some(at);
            }
            None => {}
        }
    }

    /// Counts the test of a line, unless the line before it was of the same.
    fn count(&mut self, described: &Described) {
        let due = self.due.take();
        if described.is_part || self.open.as_ref() == Some(&described.name) {
            return;
        }
        self.endless = self.endless.or(due);
        self.totals.ran += 1;
        if !self.names.insert(described.name.clone()) {
            self.again.get_or_insert(described.name.clone());
        }
    }

    fn add(&mut self, described: &Described, ending: Ending) {
        self.count(described);
        let (total, outcome) = match ending {
            Ending::Passed => (None, TestOutcome::Passed),
            Ending::Failed => (Some(&mut self.totals.failures), TestOutcome::Failed),
            Ending::Raised => (Some(&mut self.totals.errors), TestOutcome::Failed),
            Ending::Skipped => (Some(&mut self.totals.skipped), TestOutcome::Skipped),
            Ending::FailedAsExpected => (Some(&mut self.totals.expected), TestOutcome::Skipped),
            Ending::PassedUnexpectedly => (Some(&mut self.totals.unexpected), TestOutcome::Failed),
        };
        if let Some(total) = total {
            *total += 1;
        }
        if !described.is_part {
            self.open = (ending != Ending::Passed).then(|| described.name.clone());
        }
        self.tests.push(TestCase { name: described.name.clone(), outcome });
    }
}

/// The test that a line begins with, by its module and class, and the rest of the line.
fn described(line: &str) -> Option<(Described, &str)> {
    let inner = line.strip_prefix("  ");
    let (test, rest) = inner.unwrap_or(line).split_once(" (")?;
    let (class, rest) = rest.split_once(')')?;
    let is_name = |text: &str| !text.is_empty() && !text.contains([' ', '(', ')']);
    if !is_name(test) || !is_name(class) {
        return None;
    }
    // From Python 3.11 on it ends with the test.
    let is_whole = class.strip_suffix(test).is_some_and(|class| class.ends_with('.'));
    let name = if is_whole { class.to_owned() } else { format!("{class}.{test}") };
    let of_class = ["setUpClass", "tearDownClass", "setUpModule", "tearDownModule"];
    Some((Described { name, is_part: inner.is_some() || of_class.contains(&test) }, rest))
}

/// What stands before the end of a test, and how it ended.
fn ended(rest: &str) -> Option<(&str, Ending)> {
    let mut dots = rest.match_indices(" ... ");
    dots.find_map(|(at, dots)| Some((&rest[..at], ending(&rest[at + dots.len()..])?)))
}

fn ending(text: &str) -> Option<Ending> {
    Some(match text.trim_end() {
        "ok" => Ending::Passed,
        "FAIL" => Ending::Failed,
        "ERROR" => Ending::Raised,
        "expected failure" => Ending::FailedAsExpected,
        "unexpected success" => Ending::PassedUnexpectedly,
        text if is_quoted(text.strip_prefix("skipped ")?) => Ending::Skipped,
        _ => return None,
    })
}

/// Whether a text is one that Python shows in quotes.
fn is_quoted(text: &str) -> bool {
    let between = |quote: char| text.len() > 1 && text.starts_with(quote) && text.ends_with(quote);
    between('\'') || between('"')
}

/// Where the totals stand, and what they say.
fn totals(lines: &[String]) -> Result<(usize, Totals), Unread> {
    let is_head = |at: &usize| ran(&lines[*at]).is_some() && is_ruler(&lines[*at - 1], '-');
    let mut heads = (1..lines.len()).filter(is_head);
    let at = heads.next().ok_or(Unread::NoSummary(Reader::Unittest))?;
    if let Some(again) = heads.next() {
        return Err(Unread::Stray { line: again + 1, text: excerpt(&lines[again]) });
    }
    let mut totals = Totals { ran: ran(&lines[at]).unwrap_or_default(), ..Totals::default() };
    let below = (at + 1..lines.len()).find(|below| !lines[*below].trim().is_empty());
    let (line, text) = below.map_or((at, ""), |below| (below, lines[below].trim()));
    let bad = || Unread::BadSummary { line: line + 1, text: excerpt(text) };
    let (word, counts) = match text.split_once(" (") {
        Some((word, counts)) => (word, counts.strip_suffix(')').ok_or_else(bad)?),
        None => (text, ""),
    };
    if !["OK", "FAILED", "NO TESTS RAN"].contains(&word) {
        return Err(bad());
    }
    for count in counts.split(", ").filter(|count| !count.is_empty()) {
        let (what, count) = count.split_once('=').ok_or_else(bad)?;
        let total = match what {
            "failures" => &mut totals.failures,
            "errors" => &mut totals.errors,
            "skipped" => &mut totals.skipped,
            "expected failures" => &mut totals.expected,
            "unexpected successes" => &mut totals.unexpected,
            _ => return Err(bad()),
        };
        *total = count.parse().map_err(|_| bad())?;
    }
    Ok((at, totals))
}

/// `Ran 11 tests in 0.007s`
fn ran(line: &str) -> Option<u64> {
    let (count, rest) = number(line.strip_prefix("Ran ")?)?;
    (rest.starts_with(" test in ") || rest.starts_with(" tests in ")).then_some(count)
}

/// A line that unittest draws between two parts of its report.
fn is_ruler(line: &str, of: char) -> bool {
    line.len() == 70 && log::is_ruler(line, of)
}
