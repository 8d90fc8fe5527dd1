//! Why a report cannot be trusted.

use std::fmt;

use super::Reader;

/// Why a test runner's output is not a report. Lines count from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unread {
    /// Nothing in the output is this runner's summary: it did not get as far as
    /// running tests, or was cut, or is another runner's.
    NoSummary(Reader),
    /// The runner was reported to print dots in place of names.
    Quiet {
        /// Where the dots begin.
        line: usize,
    },
    /// Tests are listed and no test binary was named before.
    Unlabelled { line: usize },
    /// A test binary has no result line: it crashed, ended early, or the log was cut.
    Unfinished { target: String },
    /// A total differs from what is listed.
    Disagrees {
        /// Which total of what.
        what: String,
        /// The number in the summary.
        said: u64,
        /// The number of tests that are listed.
        listed: u64,
    },
    /// The same test has two outcomes, or is listed twice where that cannot be.
    Twice { name: String },
    /// A line of the runner's kind where the runner prints none.
    Stray { line: usize, text: String },
    /// The runner reports an error although no test failed.
    RunnerError { line: usize, text: String },
    /// A summary that cannot be read as numbers.
    BadSummary { line: usize, text: String },
    /// Not well-formed XML, or XML with features that no report needs.
    Xml { line: usize, why: String },
    /// A suite of tests without a total to hold the tests against.
    NoTotals {
        /// One of its tests.
        test: String,
    },
    /// A suite's total is not a number.
    BadTotal {
        /// Which total of what.
        what: String,
        /// What stands in its place.
        text: String,
    },
    /// A TAP plan or test number that does not fit.
    Plan { line: usize, why: &'static str },
    /// The format cannot say which tests ran.
    Unsuited {
        what: String,
        /// Why it is not enough.
        why: &'static str,
        /// What to do about it.
        instead: &'static str,
    },
    /// The TAP producer gave up.
    BailedOut { line: usize, reason: String },
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSummary(reader) => {
                write!(f, "no {} summary in the output: nothing ran, or it was cut", reader.word())
            }
            Self::Quiet { line } => {
                write!(f, "line {line}: test names are missing; drop -q (--quiet)")
            }
            Self::Unlabelled { line } => write!(
                f,
                "line {line}: tests of an unnamed binary; keep cargo's own lines: stdout and \
                 stderr in one log, no -q, no -v"
            ),
            Self::Unfinished { target } => {
                write!(f, "{target}: no result line; it crashed, ended early, or the log was cut")
            }
            Self::Disagrees { what, said, listed } => write!(
                f,
                "{what}: the summary says {said}, the output lists {listed}; lines are missing, \
                 forged or mixed with a test's own output"
            ),
            Self::Twice { name } => write!(f, "{name}: more than one outcome for one test"),
            Self::Stray { line, text } => {
                write!(f, "line {line}: the runner prints no such line here: {text}")
            }
            Self::RunnerError { line, text } => {
                write!(f, "line {line}: no test failed, yet the runner says: {text}")
            }
            Self::BadSummary { line, text } => {
                write!(f, "line {line}: not a readable summary: {text}")
            }
            Self::Xml { line, why } => write!(f, "line {line}: {why}"),
            Self::NoTotals { test } => write!(f, "{test}: its suite declares no total of tests"),
            Self::BadTotal { what, text } => write!(f, "{what}: not a number: {text}"),
            Self::Plan { line, why } => write!(f, "line {line}: {why}"),
            Self::Unsuited { what, why, instead } => write!(f, "{what}: {why}; {instead}"),
            Self::BailedOut { line, reason } => write!(f, "line {line}: bailed out: {reason}"),
        }
    }
}

impl std::error::Error for Unread {}

/// As much of a log's text as a message needs.
pub(super) fn excerpt(text: &str) -> String {
    const CHARS: usize = 120;
    let mut short: String = text.trim().chars().take(CHARS).collect();
    if text.trim().chars().nth(CHARS).is_some() {
        short.push('…');
    }
    short
}

/// Whether a summary's number is the listed one.
pub(super) fn agree(what: impl FnOnce() -> String, said: u64, listed: u64) -> Result<(), Unread> {
    if said == listed { Ok(()) } else { Err(Unread::Disagrees { what: what(), said, listed }) }
}
