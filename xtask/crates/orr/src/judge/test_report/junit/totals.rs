//! What a suite's totals count, writer by writer.

use std::collections::BTreeMap;

use super::super::unread::{agree, excerpt};
use super::super::{TestOutcome, Unread};
use super::case::Case;
use super::{ExtraTotals, Suite, Suites, Tally, Writer};

/// Holds the suite's totals against what it lists. Gives how many of the tests that it
/// lists like passed ones are still to do; `within` is that of the suites in it.
pub(super) fn check(suite: &Suite<'_>, writer: Writer, within: u64) -> Result<u64, Unread> {
    let said = Declared::of(suite)?;
    let of = |pick: fn(&Tally) -> u64| [pick(&suite.own), pick(&suite.all)];
    if let Some(disabled) = said.disabled {
        let most = of(|t| t.not_run)[1];
        agree(|| suite.what("disabled"), disabled.min(most), disabled)?;
    }
    match writer {
        Writer::Mocha => return said.mocha(suite).map(|()| 0),
        Writer::Catch2 => return said.catch2(suite).map(|()| 0),
        Writer::Jest => {
            said.failures(suite, writer)?;
            said.any_of(suite, "skipped", said.skipped, &of(|t| t.skipped))?;
            return said.jest(suite, within);
        }
        Writer::Pytest => {
            let [_, listed] = of(|t| t.tests);
            // Reruns are listed and not counted, subtests counted and not listed.
            let least = listed.saturating_sub(suite.all.clean);
            match said.tests {
                Some(tests) if tests < listed => {
                    agree(|| suite.what("tests"), tests.max(least.max(1)), tests)?;
                    said.reruns(suite, listed.saturating_sub(tests))?;
                }
                _ => {}
            }
        }
        Writer::Node => {
            let children = suite.own.tests + suite.suites;
            let [own, all] = of(|t| t.tests);
            said.any_of(suite, "tests", said.tests, &[children, own, all])?;
            let failed = [suite.own.failures, suite.own.failures + suite.failed_suites];
            said.any_of(
                suite,
                "failures",
                said.failures,
                &[failed[0], failed[1], suite.all.failures],
            )?;
            let skipped = [suite.own.skipped, suite.own.skipped + suite.failed_suites];
            said.any_of(
                suite,
                "skipped",
                said.skipped,
                &[skipped[0], skipped[1], suite.all.skipped],
            )?;
            return Ok(0);
        }
        Writer::Other | Writer::Go | Writer::Deno => {
            let again = |t: &Tally| {
                t.tests + t.again_failures + t.again_errors + t.flaky_failures + t.flaky_errors
            };
            let [own, all] = of(|t| t.tests);
            let [own_again, all_again] = [again(&suite.own), again(&suite.all)];
            let counted = suite.all.tests.saturating_sub(suite.all.uncounted);
            let counted = if writer == Writer::Go { counted } else { own };
            said.any_of(suite, "tests", said.tests, &[own, own_again, all_again, counted, all])?;
        }
    }
    said.failures(suite, writer)?;
    let [[own, all], [own_cases, all_cases]] = [of(|t| t.skipped), of(|t| t.skipped_cases)];
    said.any_of(suite, "skipped", said.skipped, &[own, own_cases, all_cases, all])?;
    Ok(0)
}

/// The totals that a suite declares.
struct Declared {
    tests: Option<u64>,
    failures: Option<u64>,
    errors: Option<u64>,
    skipped: Option<u64>,
    disabled: Option<u64>,
    /// mocha computes this, and it can be less than nothing.
    skipped_signed: i64,
}

impl Declared {
    fn of(suite: &Suite<'_>) -> Result<Self, Unread> {
        let number = |name| -> Result<Option<u64>, Unread> {
            let Some(text) = suite.element.attribute(name) else { return Ok(None) };
            match text.trim().parse() {
                Ok(number) => Ok(Some(number)),
                Err(_) => Err(Unread::BadTotal { what: suite.what(name), text: excerpt(text) }),
            }
        };
        let signed = suite.element.attribute("skipped").and_then(|text| text.trim().parse().ok());
        let skipped = match signed {
            Some(-1_000_000..0) if suite.element.attribute("name") == Some("Mocha Tests") => None,
            _ => number("skipped")?,
        };
        Ok(Self {
            tests: number("tests")?,
            failures: number("failures")?,
            errors: number("errors")?,
            skipped,
            disabled: number("disabled")?,
            skipped_signed: signed.unwrap_or_default(),
        })
    }

    fn any_of(
        &self,
        suite: &Suite<'_>,
        name: &str,
        said: Option<u64>,
        listed: &[u64],
    ) -> Result<(), Unread> {
        match said {
            Some(said) if !listed.contains(&said) => {
                agree(|| suite.what(name), said, *listed.last().unwrap_or(&0))
            }
            _ => Ok(()),
        }
    }

    /// Failures and errors, one by one or, where a writer tells them apart in the list
    /// and not in the totals, together.
    fn failures(&self, suite: &Suite<'_>, writer: Writer) -> Result<(), Unread> {
        let mut refusal = Ok(());
        for tally in [&suite.own, &suite.all] {
            let uncounted = if writer == Writer::Go { tally.uncounted } else { 0 };
            let failures = [
                tally.failures,
                tally.failures + tally.again_failures,
                tally.failures + tally.again_failures + tally.flaky_failures,
                tally.failures.saturating_sub(uncounted),
                tally.failed_cases,
            ];
            let errors = [
                tally.errors,
                tally.errors + tally.again_errors,
                tally.errors + tally.again_errors + tally.flaky_errors,
                tally.broken_cases,
            ];
            let failures_agree = self.any_of(suite, "failures", self.failures, &failures);
            let errors_agree = self.any_of(suite, "errors", self.errors, &errors);
            let together = match (self.failures, self.errors) {
                (Some(failures), Some(errors)) => {
                    failures.saturating_add(errors) == tally.failures + tally.errors
                }
                _ => false,
            };
            refusal = failures_agree.and(errors_agree);
            if refusal.is_ok() || together {
                return Ok(());
            }
        }
        refusal
    }

    /// As many testcases that look passed are further attempts at tests that are listed.
    fn reruns(&self, suite: &Suite<'_>, surplus: u64) -> Result<(), Unread> {
        let mut attempts: BTreeMap<String, (u64, bool)> = BTreeMap::new();
        let cases = suite.element.descendants().filter(|element| element.has_tag_name("testcase"));
        for case in cases.map(Case::of) {
            let (times, clean) = attempts.entry(case.full_name()).or_default();
            *times += 1;
            *clean |= case.outcome == TestOutcome::Passed;
        }
        let repeated =
            attempts.values().filter(|(_, clean)| *clean).map(|(times, _)| times - 1).sum();
        agree(
            || suite.what("tests"),
            suite.all.tests - surplus,
            suite.all.tests - surplus.min(repeated),
        )
    }

    fn jest(&self, suite: &Suite<'_>, within: u64) -> Result<u64, Unread> {
        let Some(tests) = self.tests else { return Ok(within) };
        if suite.suites > 0 {
            agree(|| suite.what("tests"), tests, suite.all.tests.saturating_sub(within))?;
            return Ok(within);
        }
        let todo = suite.own.tests.saturating_sub(tests);
        let clean = todo <= suite.own.clean && tests <= suite.own.tests;
        let listed = if clean { tests } else { suite.own.tests };
        agree(|| suite.what("tests"), tests, listed)?;
        Ok(todo)
    }

    fn mocha(&self, suite: &Suite<'_>) -> Result<(), Unread> {
        let failed =
            self.failures.unwrap_or_default().saturating_add(self.errors.unwrap_or_default());
        agree(|| suite.what("errors"), failed, suite.all.failures + suite.all.errors)?;
        let signed = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let tests = signed(self.tests.unwrap_or_default());
        let passed = tests.saturating_sub(signed(failed)).saturating_sub(self.skipped_signed);
        agree(|| suite.what("passed"), u64::try_from(passed).unwrap_or_default(), suite.all.clean)
    }

    /// Totals of assertions: each failure is an element, and each testcase has some.
    fn catch2(&self, suite: &Suite<'_>) -> Result<(), Unread> {
        let expected = suite.all.expected_failures;
        self.any_of(
            suite,
            "failures",
            self.failures,
            &[suite.all.failures.saturating_sub(expected)],
        )?;
        self.any_of(suite, "errors", self.errors, &[suite.all.errors])?;
        match self.tests {
            Some(tests) => agree(|| suite.what("tests"), tests.max(suite.all.tests), tests),
            None => Ok(()),
        }
    }
}

impl Suite<'_> {
    fn what(&self, total: &str) -> String {
        let name = excerpt(self.element.attribute("name").unwrap_or_default());
        format!("{name}: {total}")
    }
}

/// node's totals, in comments at the end: `<!-- tests 9 -->`. Each element is a test or
/// a suite; a test that holds others is a `testsuite` too, and a suite without tests a
/// `testcase`.
pub(super) fn of_comments(suites: &Suites<'_>) -> Result<ExtraTotals, Unread> {
    let root = suites.suites[0].element;
    let total = |name: &str| {
        let mut numbers =
            root.children().filter(roxmltree::Node::is_comment).filter_map(|comment| {
                let (word, number) = comment.text()?.trim().split_once(' ')?;
                if word == name { number.parse::<u64>().ok() } else { None }
            });
        let first = numbers.next();
        first.filter(|_| numbers.next().is_none()).ok_or_else(|| Unread::BadTotal {
            what: name.to_owned(),
            text: "not once in the comments at the end".to_owned(),
        })
    };
    let [tests, groups, pass] = [total("tests")?, total("suites")?, total("pass")?];
    let [fail, cancelled] = [total("fail")?, total("cancelled")?];
    let [skipped, todo] = [total("skipped")?, total("todo")?];
    let sum = [pass, fail, cancelled, skipped, todo].into_iter().fold(0, u64::saturating_add);
    agree(|| "tests".to_owned(), tests, sum)?;
    let inner = suites.suites.len() as u64 - 1;
    let cases = suites.cases.len() as u64;
    agree(|| "tests and suites".to_owned(), tests.saturating_add(groups), cases + inner)?;
    let count = |wanted: &dyn Fn(&Case) -> bool| {
        suites.cases.iter().filter(|(_, case)| wanted(case)).count() as u64
    };
    let failed = count(&|case| case.outcome == TestOutcome::Failed);
    let to_do = count(&|case| case.todo);
    let skipped_cases = count(&|case| case.outcome == TestOutcome::Skipped);
    let not_run = skipped_cases.saturating_sub(to_do);
    let red = fail.saturating_add(cancelled);
    agree(|| "failed".to_owned(), red, red.clamp(failed, failed + inner))?;
    agree(|| "skipped".to_owned(), skipped, skipped.min(not_run))?;
    agree(|| "todo".to_owned(), todo, todo.min(to_do + inner))?;
    Ok(ExtraTotals {
        most_passed: Some(pass),
        failed_holders: red - failed,
        ..ExtraTotals::default()
    })
}
