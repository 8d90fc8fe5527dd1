//! One `<testcase>`.

use roxmltree::Node;

use super::super::{OUTSIDE, TestCase, TestOutcome};

/// What totals count. All are of elements: pytest writes more than one into a testcase.
#[derive(Clone, Copy, Default)]
pub(super) struct Tally {
    pub(super) tests: u64,
    /// Testcases with none of the elements below.
    pub(super) clean: u64,
    pub(super) failures: u64,
    pub(super) errors: u64,
    pub(super) skipped: u64,
    /// Testcases with any such element: most writers count these.
    pub(super) failed_cases: u64,
    pub(super) broken_cases: u64,
    pub(super) skipped_cases: u64,
    /// Testcases that were not run, whether or not they also say `<skipped>`.
    pub(super) not_run: u64,
    /// Later attempts that failed too, and attempts before one that passed.
    pub(super) again_failures: u64,
    pub(super) again_errors: u64,
    pub(super) flaky_failures: u64,
    pub(super) flaky_errors: u64,
    /// Failures in a testcase that says `<skipped>`: they were expected.
    pub(super) expected_failures: u64,
    /// What gotestsum adds for a package that failed by itself, and does not count.
    pub(super) uncounted: u64,
}

impl Tally {
    pub(super) fn add(&mut self, other: &Self) {
        self.tests += other.tests;
        self.clean += other.clean;
        self.failures += other.failures;
        self.errors += other.errors;
        self.skipped += other.skipped;
        self.failed_cases += other.failed_cases;
        self.broken_cases += other.broken_cases;
        self.skipped_cases += other.skipped_cases;
        self.not_run += other.not_run;
        self.again_failures += other.again_failures;
        self.again_errors += other.again_errors;
        self.flaky_failures += other.flaky_failures;
        self.flaky_errors += other.flaky_errors;
        self.expected_failures += other.expected_failures;
        self.uncounted += other.uncounted;
    }
}

pub(super) struct Case {
    pub(super) class: String,
    pub(super) name: String,
    pub(super) outcome: TestOutcome,
    pub(super) tally: Tally,
    /// No testcase: an error of the suite itself.
    pub(super) broken_suite: bool,
    /// It says that it is still to do.
    pub(super) todo: bool,
}

impl Case {
    pub(super) fn of(element: Node<'_, '_>) -> Self {
        let count =
            |name| element.children().filter(|child| child.has_tag_name(name)).count() as u64;
        let skip = element.children().find(|child| child.has_tag_name("skipped"));
        let attribute = |name| element.attribute(name).unwrap_or_default();
        let status = attribute("status");
        let not_run = matches!(status, "notrun" | "disabled" | "skipped")
            || matches!(attribute("result"), "suppressed" | "skipped");
        let mut tally = Tally {
            tests: 1,
            failures: count("failure"),
            errors: count("error"),
            skipped: count("skipped"),
            again_failures: count("rerunFailure"),
            again_errors: count("rerunError"),
            flaky_failures: count("flakyFailure"),
            flaky_errors: count("flakyError"),
            ..Tally::default()
        };
        tally.failed_cases = u64::from(tally.failures > 0);
        tally.broken_cases = u64::from(tally.errors > 0);
        tally.skipped_cases = u64::from(tally.skipped > 0);
        tally.not_run = u64::from(not_run || tally.skipped > 0);
        let of_package =
            attribute("name") == "TestMain" && element.attribute("classname") == Some("");
        tally.uncounted = u64::from(of_package);
        let said = |name| skip.and_then(|skip| skip.attribute(name)).unwrap_or_default();
        // Both count such failures as expected; node's totals leave them in.
        let todo = said("type") == "todo";
        let expected = todo || said("message").starts_with("TEST_CASE tagged with");
        if expected {
            tally.expected_failures = tally.failures;
        }
        // ctest counts a program that isn't there among the failures, and says so only here.
        let missing = status == "notrun" && said("message").starts_with("Unable to find");
        let attempts = tally.again_failures + tally.again_errors;
        let broken = tally.errors + tally.flaky_failures + tally.flaky_errors + attempts;
        let failed = tally.failures.saturating_sub(tally.expected_failures) + broken;
        let outcome = if failed > 0 || missing || matches!(status, "fail" | "failed" | "error") {
            TestOutcome::Failed
        } else if tally.not_run > 0 {
            TestOutcome::Skipped
        } else {
            TestOutcome::Passed
        };
        tally.clean = u64::from(outcome == TestOutcome::Passed);
        let (class, name) = (attribute("classname").to_owned(), attribute("name").to_owned());
        Self { class, name, outcome, tally, broken_suite: false, todo }
    }

    pub(super) fn of_broken_suite(suite: &str) -> Self {
        Self {
            class: suite.to_owned(),
            name: OUTSIDE.to_owned(),
            outcome: TestOutcome::Failed,
            tally: Tally::default(),
            broken_suite: true,
            todo: false,
        }
    }

    pub(super) fn full_name(&self) -> String {
        full_name(&self.class, &self.name)
    }

    pub(super) fn test(self) -> TestCase {
        TestCase { name: self.full_name(), outcome: self.outcome }
    }
}

pub(super) fn full_name(class: &str, name: &str) -> String {
    if class.is_empty() { name.to_owned() } else { format!("{class}::{name}") }
}
