//! `cargo test`: a named binary, `running N tests`, N lines, `test result: …`.
//!
//! Binaries that fail-fast never started, and a log cut between two binaries,
//! leave no trace in the text; the exit status shows both. A binary with a `main` of
//! its own (`harness = false`) prints what it likes: its exit status decides, no test
//! of it is counted, and the report names it.

use super::text::number;
use super::unread::{agree, excerpt};
use super::{Reader, TestCase, TestOutcome, TestReport, Unread};

pub(super) fn read(lines: &[String]) -> Result<TestReport, Unread> {
    let mut log = LibtestLog::default();
    for (index, line) in lines.iter().enumerate() {
        match log.block.take() {
            Some(block) => log.inside(block, index + 1, line)?,
            None => log.between(index + 1, line)?,
        }
    }
    log.finish()
}

#[derive(Default)]
struct LibtestLog {
    target: Option<TestProgram>,
    block: Option<LibtestBlock>,
    blocks: usize,
    tests: Vec<TestCase>,
    /// Binaries that listed no tests.
    by_status: Vec<String>,
    error: Option<(usize, String)>,
}

struct TestProgram {
    label: String,
    /// Only rustdoc runs its tests in more than one block.
    doctests: bool,
    blocks: usize,
}

#[derive(Default)]
struct LibtestBlock {
    /// Empty where no binary was named.
    label: String,
    line: usize,
    expected: u64,
    tests: Vec<TestCase>,
    listed: Totals,
    /// Past the listing, where libtest repeats what the tests printed.
    outputs: bool,
    /// Outcomes without names, as `--quiet` prints them.
    dots: bool,
}

impl LibtestLog {
    fn between(&mut self, line_number: usize, line: &str) -> Result<(), Unread> {
        if let Some(target) = target(line) {
            self.leave_target()?;
            self.target = Some(target);
        } else if let Some(expected) = running(line) {
            self.open(line_number, expected)?;
        } else if test_line(line).is_some() || line.starts_with("test result:") {
            return Err(self.stray(line_number, line));
        } else if self.error.is_none() && is_error(line) {
            self.error = Some((line_number, excerpt(line)));
        }
        Ok(())
    }

    fn stray(&self, line: usize, text: &str) -> Unread {
        if self.target.is_none() {
            return Unread::Unlabelled { line };
        }
        Unread::Stray { line, text: excerpt(text) }
    }

    fn open(&mut self, line: usize, expected: u64) -> Result<(), Unread> {
        let mut block = LibtestBlock { line, expected, ..LibtestBlock::default() };
        if let Some(target) = &mut self.target {
            if target.blocks > 0 && !target.doctests {
                let text = format!("running {expected} tests");
                return Err(Unread::Stray { line, text });
            }
            target.blocks += 1;
            block.label.clone_from(&target.label);
        }
        self.block = Some(block);
        Ok(())
    }

    fn inside(
        &mut self,
        mut block: LibtestBlock,
        line_number: usize,
        line: &str,
    ) -> Result<(), Unread> {
        if line.starts_with("test result:") {
            match block.check(line_number, line) {
                Ok(()) => {
                    self.close(block);
                    return Ok(());
                }
                Err(_) if block.outputs => {}
                Err(error) => return Err(error),
            }
        } else if block.outputs {
            if target(line).is_some() && block.listed.failed == 0 {
                return Err(block.unfinished());
            }
        } else if target(line).is_some() || running(line).is_some() {
            return Err(block.unfinished());
        } else if let Some((name, outcome)) = test_line(line) {
            block.list(name, outcome);
        } else if matches!(line, "failures:" | "successes:") {
            block.outputs = block.tests.len() as u64 == block.expected;
        } else {
            block.dots |= is_dots(line);
        }
        self.block = Some(block);
        Ok(())
    }

    fn close(&mut self, block: LibtestBlock) {
        self.blocks += 1;
        self.tests.extend(block.tests);
    }

    fn leave_target(&mut self) -> Result<(), Unread> {
        match self.target.take() {
            Some(target) if target.blocks == 0 && target.doctests => {
                Err(Unread::Unfinished { target: target.label })
            }
            Some(target) if target.blocks == 0 => {
                self.by_status.push(target.label);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn finish(mut self) -> Result<TestReport, Unread> {
        if let Some(block) = self.block {
            return Err(block.unfinished());
        }
        self.leave_target()?;
        if self.blocks == 0 && self.by_status.is_empty() {
            return Err(Unread::NoSummary(Reader::CargoTest));
        }
        let mut report = TestReport::new(self.tests);
        report.by_status = self.by_status;
        report.by_status.sort();
        match self.error {
            Some((line, text)) if report.counts.failed == 0 => {
                Err(Unread::RunnerError { line, text })
            }
            _ => Ok(report),
        }
    }
}

impl LibtestBlock {
    fn list(&mut self, name: &str, outcome: LibtestOutcome) {
        let total = match outcome {
            LibtestOutcome::Ok => &mut self.listed.passed,
            LibtestOutcome::Failed => &mut self.listed.failed,
            LibtestOutcome::Ignored => &mut self.listed.ignored,
            LibtestOutcome::Measured => &mut self.listed.measured,
        };
        *total += 1;
        let name = format!("{}: {name}", self.label);
        self.tests.push(TestCase { name, outcome: outcome.reported() });
    }

    fn unfinished(self) -> Unread {
        if self.label.is_empty() {
            return Unread::Unlabelled { line: self.line };
        }
        Unread::Unfinished { target: self.label }
    }

    fn check(&self, line: usize, text: &str) -> Result<(), Unread> {
        let (ok, said) =
            Totals::parse(text).ok_or_else(|| Unread::BadSummary { line, text: excerpt(text) })?;
        let listed = self.tests.len() as u64;
        if listed < self.expected && self.dots {
            return Err(Unread::Quiet { line: self.line });
        }
        if self.label.is_empty() {
            return Err(Unread::Unlabelled { line: self.line });
        }
        let what = |which: &str| format!("{}: {which}", self.label);
        agree(|| what("tests run"), self.expected, listed)?;
        agree(|| what("failed"), said.failed, self.listed.failed)?;
        agree(|| what("ignored"), said.ignored, self.listed.ignored)?;
        agree(|| what("measured"), said.measured, self.listed.measured)?;
        agree(|| what("passed"), said.passed, self.listed.passed)?;
        if ok == (said.failed == 0) {
            Ok(())
        } else {
            Err(Unread::BadSummary { line, text: excerpt(text) })
        }
    }
}

#[derive(Clone, Copy, Default)]
struct Totals {
    passed: u64,
    failed: u64,
    ignored: u64,
    measured: u64,
}

impl Totals {
    /// `test result: ok. 5 passed; 0 failed; 2 ignored; 0 measured; 0 filtered out; …`
    fn parse(line: &str) -> Option<(bool, Self)> {
        let (verdict, numbers) = line.strip_prefix("test result: ")?.split_once(". ")?;
        let ok = match verdict {
            "ok" => true,
            "FAILED" => false,
            _ => return None,
        };
        let mut parts = numbers.split("; ");
        let mut next = |word: &str| {
            let (value, rest) = number(parts.next()?)?;
            (rest.strip_prefix(' ')? == word).then_some(value)
        };
        let passed = next("passed")?;
        let failed = next("failed")?;
        let ignored = next("ignored")?;
        let measured = next("measured")?;
        next("filtered out")?;
        Some((ok, Self { passed, failed, ignored, measured }))
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum LibtestOutcome {
    Ok,
    Failed,
    Ignored,
    Measured,
}

impl LibtestOutcome {
    fn reported(self) -> TestOutcome {
        match self {
            Self::Ok | Self::Measured => TestOutcome::Passed,
            Self::Failed => TestOutcome::Failed,
            Self::Ignored => TestOutcome::Skipped,
        }
    }
}

/// `test NAME ... OUTCOME`. The first ` ... ` ends the name: what a test printed
/// between its name and its outcome must not become part of either.
fn test_line(line: &str) -> Option<(&str, LibtestOutcome)> {
    let (name, rest) = line.strip_prefix("test ")?.split_once(" ... ")?;
    Some((name.trim_end(), outcome(rest)?))
}

fn outcome(text: &str) -> Option<LibtestOutcome> {
    let text = match text.split_once(" <") {
        Some((word, time)) if time.ends_with("s>") => word,
        _ => text,
    };
    match text {
        "ok" => Some(LibtestOutcome::Ok),
        "FAILED" | "FAILED (time limit exceeded)" => Some(LibtestOutcome::Failed),
        "ignored" => Some(LibtestOutcome::Ignored),
        _ if text.starts_with("ignored, ") => Some(LibtestOutcome::Ignored),
        _ if text.starts_with("bench: ") && text.contains(" ns/iter") => {
            Some(LibtestOutcome::Measured)
        }
        _ => None,
    }
}

fn running(line: &str) -> Option<u64> {
    let (count, rest) = number(line.strip_prefix("running ")?)?;
    matches!(rest, " test" | " tests").then_some(count)
}

/// `     Running unittests src/lib.rs (target/debug/deps/alpha-0123456789abcdef)`
/// or `   Doc-tests alpha`, as cargo aligns them.
fn target(line: &str) -> Option<TestProgram> {
    if let Some(krate) = line.strip_prefix("   Doc-tests ") {
        return Some(TestProgram {
            label: format!("Doc-tests {krate}"),
            doctests: true,
            blocks: 0,
        });
    }
    let (what, path) = line.strip_prefix("     Running ")?.strip_suffix(')')?.rsplit_once(" (")?;
    let file = path.rsplit(['/', '\\']).next()?;
    let (krate, _hash) = file.rsplit_once('-')?;
    let label = format!("{} ({krate})", what.replace('\\', "/"));
    Some(TestProgram { label, doctests: false, blocks: 0 })
}

fn is_error(line: &str) -> bool {
    let begins = ["error:", "error[", "Caused by:", "  process didn't exit successfully"];
    begins.iter().any(|begin| line.starts_with(begin))
}

/// `.i..F` and, in longer runs, ` 5/10`; or `NAME --- FAILED`.
fn is_dots(line: &str) -> bool {
    let dots = line.split(' ').next().unwrap_or_default();
    let is_outcomes = !dots.is_empty() && dots.bytes().all(|b| matches!(b, b'.' | b'i' | b'F'));
    is_outcomes || line.ends_with(" --- FAILED")
}
