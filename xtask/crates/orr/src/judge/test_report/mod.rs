//! A test runner's output as a canonical report.
//!
//! The bytes are written by the patch under judgement. A report is believed only
//! where it agrees with its own totals; anything else is [`Unread`], which the
//! caller treats as *not established*. A test that writes a whole plausible log
//! and then ends its process is beyond what text can show.

mod go;
mod junit;
mod leaves;
mod libtest;
mod names;
mod nextest;
mod tap;
mod text;
mod unittest;
mod unread;
mod xml_guard;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub(crate) use unread::Unread;

use leaves::leaves;
use thrice_programme::Reader;

/// What a package or suite is called that failed and whose tests did not.
pub(crate) const OUTSIDE: &str = "outside of its tests";
/// How the name of what failed ends where a package of tests could not be compiled.
pub(crate) const UNBUILT: &str = "does not compile";

/// How a test ended.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "lowercase")]
pub(crate) enum TestOutcome {
    /// Ran and held, at the first attempt.
    Passed,
    /// Did not hold, or held only after a retry: a gate that needs a second
    /// attempt is not green.
    Failed,
    /// Did not run, or decides nothing: it is still to do, or was expected to fail.
    Skipped,
}

#[derive(Serialize, Deserialize, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TestCase {
    /// Its name, with the name of the binary, suite or class that holds it.
    pub name: String,
    pub outcome: TestOutcome,
}

/// How many tests ended in which way. Tests that a filter left out count nowhere
/// in libtest's output and as skipped in nextest's.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TestCounts {
    /// Passed.
    pub passed: u64,
    /// Failed, flaky ones included.
    pub failed: u64,
    /// Skipped; nextest counts these without listing them unless asked to.
    pub skipped: u64,
}

impl TestCounts {
    /// How many ran.
    pub(crate) fn ran(self) -> u64 {
        self.passed.saturating_add(self.failed)
    }

    /// The counts for people: `527 passed, 23 skipped`.
    #[must_use]
    pub fn words(self) -> String {
        let mut text = format!("{} passed", self.passed);
        for (count, word) in [(self.failed, "failed"), (self.skipped, "skipped")] {
            if count > 0 {
                text.push_str(&format!(", {count} {word}"));
            }
        }
        text
    }

    /// All tests. Zero is a valid report; whether it is enough is the caller's question.
    #[cfg(test)]
    pub(crate) fn total(self) -> u64 {
        self.passed.saturating_add(self.failed).saturating_add(self.skipped)
    }

    fn of(tests: &[TestCase]) -> Self {
        let count = |outcome| tests.iter().filter(|t| t.outcome == outcome).count() as u64;
        Self {
            passed: count(TestOutcome::Passed),
            failed: count(TestOutcome::Failed),
            skipped: count(TestOutcome::Skipped),
        }
    }
}

/// What a test run came to, equal for equal runs: no durations, no machine's
/// paths, no hashes, no order of execution.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub(crate) struct TestReport {
    /// The totals, which agree with the runner's own.
    pub counts: TestCounts,
    /// Every listed test, by name and then outcome, bytewise. Names may repeat.
    pub tests: Vec<TestCase>,
    /// Test programs that list no tests, because they have a `main` of their own: their
    /// exit status is all there is, and no test of them is counted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) by_status: Vec<String>,
}

impl TestReport {
    fn new(mut tests: Vec<TestCase>) -> Self {
        for test in &mut tests {
            test.name = names::without_addresses(&test.name);
        }
        tests.sort();
        Self { counts: TestCounts::of(&tests), tests, by_status: Vec::new() }
    }

    /// The report of all of these together.
    #[must_use]
    pub(crate) fn sum(reports: impl IntoIterator<Item = Self>) -> Self {
        let mut sum = Self::new(Vec::new());
        for report in reports {
            sum.counts.passed = sum.counts.passed.saturating_add(report.counts.passed);
            sum.counts.failed = sum.counts.failed.saturating_add(report.counts.failed);
            sum.counts.skipped = sum.counts.skipped.saturating_add(report.counts.skipped);
            sum.tests.extend(report.tests);
            sum.by_status.extend(report.by_status);
        }
        sum.tests.sort();
        sum.by_status.sort();
        sum
    }

    /// The report with what lies in one of these folders named from there: each run has
    /// folders of its own, and they are no part of a test's name.
    #[must_use]
    pub(crate) fn without_folders(mut self, folders: &[&str]) -> Self {
        for test in &mut self.tests {
            test.name = names::without_folders(&test.name, folders);
        }
        self.tests.sort();
        self
    }
}

/// Reads `bytes` as the output of `reader`'s runner.
///
/// # Errors
///
/// [`Unread`] where the output cannot be trusted to be whole and to be what it says.
pub(crate) fn read(reader: Reader, bytes: &[u8]) -> Result<TestReport, Unread> {
    match reader {
        Reader::CargoTest => libtest::read(&text::lines(bytes)),
        Reader::Nextest => nextest::read(&text::lines(bytes)),
        Reader::Junit => junit::read(&String::from_utf8_lossy(bytes)),
        Reader::Tap => tap::read(&text::lines(bytes)),
        Reader::GoTestJson => go::read(&text::lines(bytes)),
        Reader::Unittest => unittest::read(&text::lines(bytes)),
    }
}
