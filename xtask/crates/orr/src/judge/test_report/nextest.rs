//! `cargo nextest run`: a status line a test, then `Summary`, then some repeated.
//!
//! nextest indents what failing tests print and aligns its own lines at column
//! 12, which tells most of the two apart; the summary reports the rest.

use std::collections::BTreeMap;

use super::text::number;
use super::unread::{agree, excerpt};
use super::{Reader, TestCase, TestOutcome, TestReport, Unread};

pub(super) fn read(lines: &[String]) -> Result<TestReport, Unread> {
    let mut log = NextestLog::default();
    for (index, line) in lines.iter().enumerate() {
        log.line(index + 1, line)?;
    }
    log.finish()
}

#[derive(Default)]
struct NextestLog {
    tests: BTreeMap<String, NextestState>,
    planned: Option<u64>,
    summary: Option<NextestSummary>,
    error: Option<(usize, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NextestState {
    Passed,
    Failed,
    Skipped,
    /// Passed at a later attempt.
    Flaky,
    /// Failed at an attempt that may or may not be the last.
    Tried,
}

impl NextestState {
    fn outcome(self) -> TestOutcome {
        match self {
            Self::Passed => TestOutcome::Passed,
            Self::Failed | Self::Flaky | Self::Tried => TestOutcome::Failed,
            Self::Skipped => TestOutcome::Skipped,
        }
    }
}

impl NextestLog {
    fn line(&mut self, line: usize, text: &str) -> Result<(), Unread> {
        if let Some(rest) = text.strip_prefix("    Starting ") {
            self.planned = number(rest).map(|(planned, _)| planned).or(self.planned);
        } else if text.starts_with("error: test run failed") {
            self.error = Some((line, excerpt(text)));
        } else if let Some((status, rest)) = status_line(text) {
            if status == "Summary" {
                return self.summary(line, rest);
            }
            if let Some(state) = state(status) {
                self.list(test_name(rest), state)?;
            }
        }
        Ok(())
    }

    fn summary(&mut self, line: usize, text: &str) -> Result<(), Unread> {
        let bad = |text| Unread::BadSummary { line, text: excerpt(text) };
        if self.summary.is_some() {
            return Err(Unread::Stray { line, text: excerpt(text) });
        }
        self.summary = Some(NextestSummary::parse(text).ok_or_else(|| bad(text))?);
        Ok(())
    }

    /// Before the summary a test has one last line; after it, lines are repeated.
    fn list(&mut self, name: &str, state: NextestState) -> Result<(), Unread> {
        let known = self.tests.get(name).copied();
        let repeated = self.summary.is_some();
        let merged = match (known, state) {
            (None, state) => state,
            (
                Some(NextestState::Tried),
                NextestState::Tried | NextestState::Flaky | NextestState::Failed,
            ) => state,
            (Some(known), state) if repeated && known == state => state,
            _ => return Err(Unread::Twice { name: excerpt(name) }),
        };
        self.tests.insert(name.to_owned(), merged);
        Ok(())
    }

    fn count(&self, wanted: &[NextestState]) -> u64 {
        self.tests.values().filter(|state| wanted.contains(state)).count() as u64
    }

    fn finish(self) -> Result<TestReport, Unread> {
        let Some(summary) = &self.summary else {
            return Err(Unread::NoSummary(Reader::Nextest));
        };
        self.check(summary)?;
        let skipped = summary.skipped;
        let tests = self.tests.into_iter();
        let tests = tests.map(|(name, state)| TestCase { name, outcome: state.outcome() });
        let mut report = TestReport::new(tests.collect());
        report.counts.skipped = skipped;
        match self.error {
            Some((line, text)) if report.counts.failed == 0 => {
                Err(Unread::RunnerError { line, text })
            }
            _ => Ok(report),
        }
    }

    fn check(&self, summary: &NextestSummary) -> Result<(), Unread> {
        let what = |word: &'static str| move || word.to_owned();
        let failed = self.count(&[NextestState::Failed, NextestState::Tried]);
        agree(what("failed"), summary.failed, failed)?;
        agree(what("flaky"), summary.flaky, self.count(&[NextestState::Flaky]))?;
        agree(
            what("passed"),
            summary.passed,
            self.count(&[NextestState::Passed, NextestState::Flaky]),
        )?;
        let listed = self.count(&[NextestState::Skipped]);
        if listed > 0 {
            agree(what("skipped"), summary.skipped, listed)?;
        }
        agree(what("tests run"), summary.run, summary.passed.saturating_add(summary.failed))?;
        if let Some(planned) = self.planned {
            agree(what("tests planned"), planned, summary.planned)?;
        }
        // A run that stopped at its first failure is reported by that failure.
        if failed == 0 {
            agree(what("tests planned"), summary.planned, summary.run)?;
        }
        Ok(())
    }
}

/// The status and what follows the duration: `        PASS [   0.005s] rest`.
fn status_line(text: &str) -> Option<(&str, &str)> {
    const ALIGNED: usize = 12;
    let (status, rest) = text.split_once(" [")?;
    let (duration, rest) = rest.split_once("] ")?;
    let is_duration = duration.bytes().all(|b| matches!(b, b'0'..=b'9' | b'.' | b' ' | b's'));
    (status.len() == ALIGNED && is_duration).then(|| (status.trim_start(), rest))
}

fn state(status: &str) -> Option<NextestState> {
    match status {
        "PASS" | "LEAK" => Some(NextestState::Passed),
        "FAIL" | "TIMEOUT" | "XFAIL" | "ABORT" | "LEAK-FAIL" | "FAIL + LEAK" => {
            Some(NextestState::Failed)
        }
        "SKIP" => Some(NextestState::Skipped),
        _ if status.starts_with("FLAKY ") => Some(NextestState::Flaky),
        _ if status.starts_with("SIG") => Some(NextestState::Failed),
        _ => attempt(status.strip_prefix("TRY ")?),
    }
}

/// `2 PASS`; lines that only say that an attempt goes on have no outcome.
fn attempt(text: &str) -> Option<NextestState> {
    match number(text)?.1.trim_start() {
        "PASS" | "LEAK" => Some(NextestState::Flaky),
        "FAIL" | "TMT" | "ABRT" | "ABORT" | "XFAIL" | "LKFAIL" | "FL+LK" => {
            Some(NextestState::Tried)
        }
        word if word.starts_with("SIG") || matches!(word, "SEGV" | "KILL" | "TERM" | "INT") => {
            Some(NextestState::Tried)
        }
        _ => None,
    }
}

/// Without the counter, `( 1/12) ` or `(─────) `, that newer versions print.
fn test_name(rest: &str) -> &str {
    match rest.strip_prefix('(').and_then(|counter| counter.split_once(") ")) {
        Some((_, name)) => name,
        None => rest,
    }
}

struct NextestSummary {
    run: u64,
    planned: u64,
    passed: u64,
    flaky: u64,
    /// All ways to fail.
    failed: u64,
    skipped: u64,
}

impl NextestSummary {
    /// `2/18 tests run: 1 passed (1 flaky, 1 leaky), 1 failed, 1 timed out, 2 skipped`
    fn parse(text: &str) -> Option<Self> {
        let (run, rest) = number(text)?;
        let (planned, rest) = rest.strip_prefix('/').map_or(Some((run, rest)), number)?;
        let rest = rest.strip_prefix(" tests run: ").or(rest.strip_prefix(" test run: "))?;
        let mut summary = Self { run, planned, passed: 0, flaky: 0, failed: 0, skipped: 0 };
        let mut detail = false;
        for part in rest.replace(" (", ", (").split(", ") {
            let part = part.strip_prefix('(').inspect(|_| detail = true).unwrap_or(part);
            let closed = part.strip_suffix(')');
            summary.add(closed.unwrap_or(part), detail)?;
            detail &= closed.is_none();
        }
        (!detail).then_some(summary)
    }

    fn add(&mut self, part: &str, detail: bool) -> Option<()> {
        let (count, word) = number(part)?;
        let total = match word.trim_start() {
            "flaky" if detail => &mut self.flaky,
            _ if detail => return Some(()),
            "passed" => &mut self.passed,
            "failed" | "timed out" | "exec failed" => &mut self.failed,
            "skipped" => &mut self.skipped,
            _ => return None,
        };
        *total = total.saturating_add(count);
        Some(())
    }
}
