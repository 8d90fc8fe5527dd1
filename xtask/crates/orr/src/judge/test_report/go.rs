//! `go test -json`: one event a line, as `test2json` documents them.
//!
//! A test that has subtests holds them together; only the others are counted. What a
//! test prints may look like a result line, which go turns into an event of a test
//! that never began: such events are passed over, and the package's own result decides.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::leaves::{above, without_holders};
use super::unread::excerpt;
use super::{OUTSIDE, Reader, TestCase, TestOutcome, TestReport, UNBUILT, Unread};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GoEvent {
    action: String,
    #[serde(default)]
    package: String,
    #[serde(default)]
    import_path: String,
    test: Option<String>,
    #[serde(default)]
    output: String,
}

#[derive(Default)]
struct Package {
    /// Tests that hold others, by whatever is said of those.
    holders: BTreeSet<String>,
    running: BTreeSet<String>,
    ended: Vec<(String, TestOutcome)>,
    result: Option<TestOutcome>,
    /// Whether go could not compile it.
    is_unbuilt: bool,
}

#[derive(Default)]
struct GoLog {
    packages: BTreeMap<String, Package>,
    broken: Option<(usize, String)>,
}

pub(super) fn read(lines: &[String]) -> Result<TestReport, Unread> {
    let mut log = GoLog::default();
    for (index, line) in lines.iter().enumerate() {
        log.line(index + 1, line)?;
    }
    log.finish()
}

impl GoLog {
    fn line(&mut self, line: usize, text: &str) -> Result<(), Unread> {
        if !text.starts_with('{') {
            if text.starts_with("FAIL\t") && self.broken.is_none() {
                self.broken = Some((line, excerpt(text)));
            }
            return Ok(());
        }
        let event: GoEvent = serde_json::from_str(text)
            .map_err(|_| Unread::BadSummary { line, text: excerpt(text) })?;
        let outcome = match event.action.as_str() {
            "pass" | "bench" => Some(TestOutcome::Passed),
            "fail" => Some(TestOutcome::Failed),
            "skip" => Some(TestOutcome::Skipped),
            "build-fail" => {
                self.broken = Some((line, excerpt(&event.import_path)));
                return Ok(());
            }
            "run" | "start" => None,
            _ => {
                let Some(package) = self.packages.get_mut(&event.package) else { return Ok(()) };
                match &event.test {
                    Some(test) => package.holders.extend(above(test, "/").map(str::to_owned)),
                    None => package.is_unbuilt |= event.output.contains(" [build failed]"),
                }
                return Ok(());
            }
        };
        let package = self.packages.entry(event.package).or_default();
        if let Some(test) = &event.test {
            package.holders.extend(above(test, "/").map(str::to_owned));
        }
        match (event.test, outcome) {
            (Some(test), None) => {
                if !package.running.insert(test.clone()) {
                    return Err(Unread::Twice { name: excerpt(&test) });
                }
                package.result = None;
            }
            (Some(test), Some(outcome)) => {
                if package.running.remove(&test) {
                    package.ended.push((test, outcome));
                }
            }
            (None, None) => {}
            (None, Some(outcome)) => {
                let worst = package.result.filter(|&known| known == TestOutcome::Failed);
                package.result = worst.or(Some(outcome));
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<TestReport, Unread> {
        if self.packages.is_empty() && self.broken.is_none() {
            return Err(Unread::NoSummary(Reader::GoTestJson));
        }
        let mut tests = Vec::new();
        for (name, package) in self.packages {
            package.tests(&name, &mut tests)?;
        }
        let failed = tests.iter().any(|test| test.outcome == TestOutcome::Failed);
        match self.broken {
            Some((line, text)) if !failed => Err(Unread::RunnerError { line, text }),
            _ => Ok(TestReport::new(tests)),
        }
    }
}

impl Package {
    fn tests(mut self, package: &str, tests: &mut Vec<TestCase>) -> Result<(), Unread> {
        let Some(result) = self.result else {
            return Err(Unread::Unfinished { target: package.to_owned() });
        };
        // A crash leaves tests without an end; a package that passed has none of those.
        for test in std::mem::take(&mut self.running) {
            if result != TestOutcome::Failed {
                return Err(Unread::Unfinished { target: format!("{package}: {test}") });
            }
            self.ended.push((test, TestOutcome::Failed));
        }
        let before = tests.len();
        let leaves = without_holders(self.ended, &self.holders, "/");
        tests.extend(
            leaves.map(|(name, outcome)| TestCase { name: format!("{package}: {name}"), outcome }),
        );
        let failed = tests[before..].iter().any(|test| test.outcome == TestOutcome::Failed);
        if result == TestOutcome::Failed && !failed {
            let what = if self.is_unbuilt { UNBUILT } else { OUTSIDE };
            let name = format!("{package}: {what}");
            tests.push(TestCase { name, outcome: TestOutcome::Failed });
        }
        Ok(())
    }
}
