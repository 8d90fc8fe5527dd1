//! The lines of a gate's log that say why it is red.

use std::borrow::Cow;

use serde_json::Value;

use thrice_report::text::without_colours;

/// How many lines are shown.
const SHOWN: usize = 4;
/// How much of a line is shown, in characters.
const WIDTH: usize = 74;

/// What a log says, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Telling {
    /// Number of the first line, from 1.
    pub line: usize,
    pub lines: Vec<String>,
}

/// The lines that say most: what a failed test printed, else the first error, else the
/// end. `None` where the log is empty.
#[must_use]
pub(crate) fn telling(log: &str, failed_tests: &[&str]) -> Option<Telling> {
    let lines: Vec<String> = log.lines().map(|line| without_colours(&of_go(line))).collect();
    let of_test = |name: &&str| {
        let head = format!("---- {name} stdout ----");
        // Go prints what a test says behind its name, and that it failed at its end.
        let is_of_go = |line: &String| {
            line.strip_prefix("=== RUN   ").is_some_and(|it| name.rsplit(": ").next() == Some(it))
        };
        let at = lines.iter().position(|line| *line == head || is_of_go(line))?;
        lines[at + 1..].iter().position(|line| says_something(line)).map(|more| at + 1 + more)
    };
    let first_error = || {
        let at = lines.iter().position(|line| is_error(line))?;
        Some(last_of_chain(&lines[at..]).map_or(at, |more| at + more))
    };
    let end = || {
        let last = lines.iter().rposition(|line| says_something(line) && !is_sum(line))?;
        let begins = (0..=last).rev().filter(|at| says_something(&lines[*at])).take(SHOWN);
        begins.last()
    };
    let any = || lines.iter().rposition(|line| !line.trim().is_empty());
    let from =
        failed_tests.iter().find_map(of_test).or_else(first_error).or_else(end).or_else(any)?;
    let shown = lines[from..].iter().filter(|line| says_something(line)).take(SHOWN);
    let lines: Vec<String> = shown.map(|line| cut(line)).collect();
    (!lines.is_empty()).then_some(Telling { line: from + 1, lines })
}

/// What a test printed, where the line is an event of `go test -json`; nothing of other events.
fn of_go(line: &str) -> Cow<'_, str> {
    // What building says has no time.
    let begins = ["{\"Time\":", "{\"ImportPath\":"].iter().any(|begin| line.starts_with(begin));
    let is_event = begins && line.contains("\"Action\":");
    match is_event.then(|| serde_json::from_str::<Value>(line).ok()).flatten() {
        Some(event) => event["Output"].as_str().unwrap_or_default().trim_end().to_owned().into(),
        None => line.into(),
    }
}

fn cut(line: &str) -> String {
    let line = line.trim_end();
    match line.char_indices().nth(WIDTH) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

fn says_something(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && !line.starts_with("note: run with `RUST_BACKTRACE")
}

/// Whether a line begins what a tool calls an error.
fn is_error(line: &str) -> bool {
    const BEGINNINGS: &[&str] =
        &["error", "Error", "ERROR", "E   ", "Diff in ", "FAIL ", "fatal:", "not ok ", "--- FAIL"];
    let line = line.trim_start();
    let named = BEGINNINGS.iter().any(|begin| line.starts_with(begin));
    (named || line.contains("panicked at")) && !is_sum(line)
}

/// Of the exceptions that Python chains in one report, the error of the last: the others led to it.
fn last_of_chain(lines: &[String]) -> Option<usize> {
    const LINKS: &[&str] = &[
        "During handling of the above exception, another exception occurred:",
        "The above exception was the direct cause of the following exception:",
    ];
    let is_head = |line: &String| ["____", "===="].iter().any(|begin| line.starts_with(begin));
    let of_one = lines.iter().position(is_head).map_or(lines, |end| &lines[..end]);
    let link = of_one.iter().rposition(|line| LINKS.contains(&line.trim()))?;
    of_one[link..].iter().position(|line| is_error(line)).map(|more| link + more)
}

/// Whether a line only sums up what was said before it.
fn is_sum(line: &str) -> bool {
    const SUMS: &[&str] = &[
        "error: test failed, to rerun",
        "error: aborting due to",
        "error: could not compile",
        "error: process didn't exit successfully",
        "test result:",
        "make: ***",
        "npm ERR! A complete log",
        "npm error A complete log",
    ];
    let line = line.trim_start();
    let targets =
        line.starts_with("error: ") && line.contains("target") && line.ends_with("failed:");
    targets || SUMS.iter().any(|sum| line.starts_with(sum))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn reported(log: &str, tests: &[&str], line: usize, first: &str) {
        let telling = telling(log, tests).unwrap();
        assert_eq!((telling.line, telling.lines[0].as_str()), (line, first), "{telling:?}");
    }

    #[test]
    fn the_lines_that_say_why() {
        let cargo = "running 2 tests\ntest a ... ok\ntest b ... FAILED\n\nfailures:\n\n\
                     ---- b stdout ----\n\nthread 'b' panicked at src/lib.rs:3:9:\nassertion failed: x\n\
                     note: run with `RUST_BACKTRACE=1`\n\ntest result: FAILED. 1 passed; 1 failed\n\
                     error: test failed, to rerun pass `--lib`\n";
        reported(cargo, &["b"], 9, "thread 'b' panicked at src/lib.rs:3:9:");
        reported(cargo, &["gone"], 9, "thread 'b' panicked at src/lib.rs:3:9:");
        reported("Diff in /a.rs:1:\n-x\n+y\n", &[], 1, "Diff in /a.rs:1:");
        let clippy = "   Checking a\n\u{1b}[1merror\u{1b}[0m: unused\n  --> a.rs\n\nerror: could not compile `a`\n";
        reported(clippy, &[], 2, "error: unused");
        let go = "{\"Time\":\"t\",\"Action\":\"output\",\"Test\":\"TestA\",\"Output\":\"=== RUN   TestA\\n\"}\n\
                  {\"Time\":\"t\",\"Action\":\"output\",\"Test\":\"TestA\",\"Output\":\"    a_test.go:8: got 1\\n\"}\n\
                  {\"Time\":\"t\",\"Action\":\"output\",\"Test\":\"TestA\",\"Output\":\"--- FAIL: TestA\\n\"}\n\
                  {\"Time\":\"t\",\"Action\":\"fail\",\"Test\":\"TestA\"}\n";
        reported(go, &["a: TestA"], 2, "    a_test.go:8: got 1");
        let unbuilt = "{\"ImportPath\":\"m/b\",\"Action\":\"build-output\",\"Output\":\"b.go:3: undefined: x\\n\"}\n";
        reported(unbuilt, &[], 1, "b.go:3: undefined: x");
        let chain = "____ a ____\nE   StopIteration\n\nDuring handling of the above exception, \
                     another exception occurred:\na.py:1: in a\nE   PackageNotFoundError: x\n";
        reported(chain, &["t::a"], 6, "E   PackageNotFoundError: x");
        let cut_off = "E   StopIteration\n____ b ____\n\nDuring handling of the above exception, \
                       another exception occurred:\nE   of another test\n";
        reported(cut_off, &[], 1, "E   StopIteration");
        reported("one\ntwo\nthree\n", &[], 1, "one");
        reported("1\n2\n3\n4\n5\n\n", &[], 2, "2");
        reported("test result: FAILED. 0 passed\n", &[], 1, "test result: FAILED. 0 passed");
        assert_eq!(telling("\n \n", &[]), None);
    }

    #[test]
    fn a_long_line_is_cut() {
        let telling = telling(&"x".repeat(300), &[]).unwrap();
        assert_eq!(telling.lines[0].chars().count(), WIDTH + 1);
    }
}
