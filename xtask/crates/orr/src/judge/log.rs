//! The lines of a gate's log that say why it is red.

use std::borrow::Cow;

use serde_json::Value;

use thrice_report::text::without_colours;

/// How much of the end of a log is looked at, in bytes.
pub(crate) const LOOKED_AT: u64 = 1 << 20;
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
        let of_surefire = lines.iter().position(|line| is_of_surefire(line));
        let at = of_surefire.or_else(|| lines.iter().position(|line| is_error(line)))?;
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

/// The line that says why a command failed and its number, from 1: the first that is called an
/// error, else the last that says something.
#[must_use]
pub(crate) fn cause(log: &str) -> Option<(usize, String)> {
    let lines: Vec<String> = log.lines().map(without_colours).collect();
    let error = || lines.iter().position(|line| is_error(line));
    let last = || lines.iter().rposition(|line| says_something(line) && !is_sum(line));
    let at = error().or_else(last)?;
    Some((at + 1, lines[at].trim().chars().take(160).collect()))
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
    // Maven ends every failure with the same advice.
    const ADVICE: &[&str] = &[
        "note: run with `RUST_BACKTRACE",
        "[ERROR] -> [Help",
        "[ERROR] To see the full stack trace",
        "[ERROR] Re-run Maven",
        "[ERROR] For more information about the errors",
        "[ERROR] [Help",
        "[ERROR] After correcting the problems",
        "[ERROR]   mvn <args> -rf",
    ];
    let line = line.trim();
    !["", "[ERROR]", "[INFO]"].contains(&line) && !ADVICE.iter().any(|it| line.starts_with(it))
}

/// Whether a line heads what surefire says of a failed test.
fn is_of_surefire(line: &str) -> bool {
    (line.ends_with("<<< FAILURE!") || line.ends_with("<<< ERROR!")) && !is_sum(line)
}

/// Whether a line begins what a tool calls an error.
fn is_error(line: &str) -> bool {
    const BEGINNINGS: &[&str] = &[
        "error", "Error", "ERROR", "[ERROR]", "E   ", "Diff in ", "FAIL ", "fatal:", "not ok ",
        "--- FAIL",
    ];
    // npm begins each line of a failure so.
    let of_npm = ["npm error ", "npm ERR! "].iter().find_map(|begin| line.strip_prefix(begin));
    let line = of_npm.unwrap_or(line).trim_start();
    let named = BEGINNINGS.iter().any(|begin| line.starts_with(begin));
    (named || line.contains("panicked at")) && says_something(line) && !is_sum(line)
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
        "npm notice",
        "Tests run:",
        "[ERROR] Tests run:",
        "[ERROR] COMPILATION ERROR",
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

    /// What Maven 3.8 with surefire 2.22 printed, but for the lines of other phases.
    const SUREFIRE: &str = "\
[INFO] --- maven-surefire-plugin:2.22.3:test (default-test) @ demo ---
[INFO] Running demo.OneTest
[ERROR] Tests run: 3, Failures: 1, Errors: 1, Skipped: 0, Time elapsed: 0.572 s <<< FAILURE! - in demo.OneTest
[ERROR] breaks(demo.OneTest)  Time elapsed: 0.032 s  <<< ERROR!
java.lang.IllegalStateException: no such thing
\tat demo.OneTest.breaks(OneTest.java:6)

[ERROR] isOne(demo.OneTest)  Time elapsed: 0.008 s  <<< FAILURE!
java.lang.AssertionError: expected:<1> but was:<2>
\tat demo.OneTest.isOne(OneTest.java:5)

[INFO]\x20
[INFO] Results:
[INFO]\x20
[ERROR] Failures:\x20
[ERROR]   OneTest.isOne:5 expected:<1> but was:<2>
[ERROR] Errors:\x20
[ERROR]   OneTest.breaks:6 IllegalState no such thing
[INFO]\x20
[ERROR] Tests run: 3, Failures: 1, Errors: 1, Skipped: 0
[INFO]\x20
[INFO] BUILD FAILURE
";
    /// How Maven ended it.
    const CLOSING: &str = "\
[ERROR] Failed to execute goal org.apache.maven.plugins:maven-surefire-plugin:2.22.3:test (default-test) on project demo: There are test failures.
[ERROR]\x20
[ERROR] Please refer to /demo/target/surefire-reports for the individual test results.
[ERROR] Please refer to dump files (if any exist) [date].dump, [date]-jvmRun[N].dump and [date].dumpstream.
[ERROR] -> [Help 1]
[ERROR]\x20
[ERROR] To see the full stack trace of the errors, re-run Maven with the -e switch.
[ERROR] Re-run Maven using the -X switch to enable full debug logging.
[ERROR]\x20
[ERROR] For more information about the errors and possible solutions, please read the following articles:
[ERROR] [Help 1] http://cwiki.apache.org/confluence/display/MAVEN/MojoFailureException
\x1b[0m\x1b[0m
";

    #[test]
    fn maven_shows_the_failed_test_and_not_its_closing_advice() {
        let breaks = "[ERROR] breaks(demo.OneTest)  Time elapsed: 0.032 s  <<< ERROR!";
        let compiler = "[INFO] Compiling 1 source file\n[ERROR] COMPILATION ERROR :\x20\n\
                        [ERROR] /demo/One.java:[2,41] ';' expected\n[INFO] 1 error\n";
        let noisy = "ERROR logged by a test that passes\n";
        for (log, line, first) in [
            (format!("{SUREFIRE}{CLOSING}"), 4, breaks),
            (format!("{noisy}{SUREFIRE}{CLOSING}"), 5, breaks),
            // Before 2.19 it had no levels.
            (format!("{}{CLOSING}", SUREFIRE.replace("[ERROR] ", "")), 4, &breaks[8..]),
            (format!("{compiler}{CLOSING}"), 3, "[ERROR] /demo/One.java:[2,41] ';' expected"),
        ] {
            reported(&log, &["demo.OneTest.isOne"], line, first);
        }
        let shown = telling(&format!("{SUREFIRE}{CLOSING}"), &[]).unwrap().lines;
        assert_eq!(shown[1], "java.lang.IllegalStateException: no such thing");
        // Where nothing else is said, the goal that failed is, without the advice.
        let shown = telling(CLOSING, &[]).unwrap().lines;
        assert_eq!(shown.len(), 3, "{shown:?}");
        assert!(shown[0].starts_with("[ERROR] Failed to execute goal"), "{shown:?}");
        assert!(telling("[ERROR] -> [Help 1]\n", &[]).is_none());
    }

    #[test]
    fn a_command_that_failed_is_explained_by_one_line() {
        let puppeteer = "npm error code 1\nnpm error path /a/node_modules/puppeteer\n\
                         npm error command sh -c node install.mjs\n\
                         npm error Error: ERROR: Failed to set up chrome! Set \"X\" to skip it.\n\
                         npm error     at /a/b.js:1\nnpm notice New minor version of npm\n\
                         npm error A complete log of this run can be found in: /a.log\n";
        let unknown = "npm ERR! code E404\nnpm ERR! 404 Not Found - GET https://x.example/y\n\
                       npm ERR! A complete log of this run can be found in:\nnpm notice\n";
        for (log, expected) in [
            (
                puppeteer,
                Some((4, "npm error Error: ERROR: Failed to set up chrome! Set \"X\" to skip it.")),
            ),
            (unknown, Some((2, "npm ERR! 404 Not Found - GET https://x.example/y"))),
            ("one\n  two\n\n", Some((2, "two"))),
            ("\n", None),
        ] {
            assert_eq!(cause(log), expected.map(|(line, text)| (line, text.to_owned())), "{log}");
        }
    }

    #[test]
    fn a_long_line_is_cut() {
        let telling = telling(&"x".repeat(300), &[]).unwrap();
        assert_eq!(telling.lines[0].chars().count(), WIDTH + 1);
    }
}
