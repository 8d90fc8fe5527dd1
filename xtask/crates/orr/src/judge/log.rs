//! The lines of a gate's log that say why it is red.

use std::borrow::Cow;

use serde_json::Value;

use thrice_facts::files::file_name;
use thrice_findings::text::is_word;
use thrice_report::text::{counted, without_colours};

/// How much of the end of a log is looked at, in bytes.
pub(crate) const LOOKED_AT: u64 = 1 << 20;
/// How many lines are shown.
const SHOWN: usize = 4;
/// How many lines are shown of what one test printed, where its end is known.
const SHOWN_OF_ONE: usize = 12;
/// How much of a line is shown, in characters.
const WIDTH: usize = 74;
/// How much of the one line is shown that says why a command failed, in characters.
const CAUSE_WIDTH: usize = 160;
/// Endings of files that others import by the name before them.
const MODULES: &[&str] = &["py", "js", "mjs", "cjs", "ts", "rb", "rs", "go"];

/// What a log says, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Telling {
    /// Number of the first line, from 1.
    pub line: usize,
    pub lines: Vec<String>,
    /// Whether the log ends with the first line.
    pub is_last: bool,
}

/// The lines that say most of a failed gate. `None` where the log is empty.
#[must_use]
pub(crate) fn telling(log: &str, failed_tests: &[&str]) -> Option<Telling> {
    let of_one = printed_by_go(log, failed_tests, WIDTH).or_else(|| printed_by_uvu(log, WIDTH));
    of_one.or_else(|| excerpt(log, failed_tests, SHOWN, WIDTH))
}

/// The line that says why a command failed. `None` where the log is empty.
#[must_use]
pub(crate) fn cause(log: &str) -> Option<Telling> {
    let cause = excerpt(log, &[], 1, CAUSE_WIDTH)?;
    let lines = cause.lines.iter().map(|line| line.trim().to_owned()).collect();
    Some(Telling { lines, ..cause })
}

/// The first of some files that lines name, with its ending or as a module.
#[must_use]
pub(crate) fn named_file<'a>(lines: &[String], files: &'a [String]) -> Option<&'a String> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let stands_alone = |line: &str, at: usize, name: &str| {
        !line[..at].ends_with(is_word) && !line[at + name.len()..].starts_with(is_word)
    };
    let says = |name: &str| {
        let is_in =
            |line: &String| line.match_indices(name).any(|(at, _)| stands_alone(line, at, name));
        lines.iter().any(is_in)
    };
    files.iter().find(|path| {
        let name = file_name(path);
        let module = name.rsplit_once('.').filter(|(_, ending)| MODULES.contains(ending));
        says(name) || module.is_some_and(|(module, _)| module.len() > 3 && says(module))
    })
}

/// So many lines, as wide as that, from the one that says why.
fn excerpt(log: &str, failed_tests: &[&str], count: usize, width: usize) -> Option<Telling> {
    let lines: Vec<String> = log.lines().map(|line| without_colours(&of_go(line))).collect();
    let from = position(&lines, failed_tests, count)?;
    let rest = &lines[from + 1..];
    // Around what rustfmt would change are lines that it leaves as they are.
    let changes = lines[from].starts_with("Diff in ");
    let is_context = |line: &String| changes && !line.starts_with(['-', '+']);
    // Between the name of a test of unittest and what was raised are the calls that led there.
    let of_unittest = is_of_unittest(&lines[from]);
    let is_call = |line: &String| of_unittest && (line.starts_with("  ") || line == TRACEBACK);
    let leaves_out = |line: &String| is_of_coverage(line) || is_context(line) || is_call(line);
    let shown = rest.iter().filter(|line| !leaves_out(line));
    let shown = std::iter::once(&lines[from]).chain(shown).filter(|line| says_something(line));
    let shown: Vec<String> = with_values(shown).take(count).collect();
    let indent = |line: &String| line.len() - line.trim_start().len();
    // What all are indented by is of no use where it pushes something out of sight.
    let common = match shown.iter().any(|line| line.chars().nth(width).is_some()) {
        true => shown.iter().map(indent).min().unwrap_or_default(),
        false => 0,
    };
    let shown = shown.iter().map(|line| line.get(common..).unwrap_or(line));
    // The line that says why goes on in a second one where it is too long, and comes before what
    // follows it: the first, or what was thrown below surefire's head.
    let why = usize::from(is_of_surefire(&lines[from]));
    let mut lines: Vec<String> = Vec::new();
    for (at, line) in shown.enumerate() {
        match at == why && count > 1 {
            true => lines.extend(in_two(line, width)),
            false => lines.push(cut(line, width)),
        }
    }
    if lines.is_empty() {
        return None;
    }
    lines.truncate(count);
    let is_last = rest.iter().all(|line| line.trim().is_empty());
    Some(Telling { line: from + 1, lines, is_last })
}

/// What the first of some failed tests of Go printed, by the events of `go test -json`: all of it,
/// but for the frames of Go's own, as far as it is not long.
fn printed_by_go(log: &str, failed_tests: &[&str], width: usize) -> Option<Telling> {
    let of_test = |name: &&str| {
        let (package, test) = name.rsplit_once(": ")?;
        let is_of = |event: &Value| {
            event["Package"].as_str().is_none_or(|it| it == package) && event["Test"] == test
        };
        let mut printed: Vec<(usize, String)> = Vec::new();
        let mut is_frame_of_go = false;
        for (number, line) in (1..).zip(log.lines()) {
            let Some(event) = event_of_go(line).filter(is_of) else { continue };
            let text = without_colours(event["Output"].as_str().unwrap_or_default().trim_end());
            let is_call = OF_GO.iter().any(|begin| text.starts_with(begin));
            is_frame_of_go = is_call || (is_frame_of_go && text.starts_with('\t'));
            let is_end = text.trim().starts_with("--- FAIL: ");
            if says_something(&text) && !is_end && !is_frame_of_go {
                printed.push((number, text));
            }
        }
        (!printed.is_empty()).then_some(printed)
    };
    let printed = failed_tests.iter().find_map(of_test)?;
    let lines = printed.iter().flat_map(|(_, line)| in_two(line, width));
    let mut lines: Vec<String> = lines.collect();
    shorten(&mut lines);
    Some(Telling { line: printed.first()?.0, lines, is_last: false })
}

/// How calls and heads begin that Go's own frames have in what a panic prints.
const OF_GO: &[&str] =
    &["testing.", "runtime.", "panic(", "created by testing.", "goroutine ", "main.main()"];

/// The lines, each head of a value of TAP on one line with its beginning.
fn with_values<'a>(lines: impl Iterator<Item = &'a String>) -> impl Iterator<Item = String> {
    let mut lines = lines.peekable();
    std::iter::from_fn(move || {
        let line = lines.next()?;
        let is_head = ["expected: |-", "actual: |-"].contains(&line.trim());
        match lines.next_if(|_| is_head) {
            Some(value) => Some(format!("{} {}", line.trim_end_matches(" |-"), value.trim())),
            None => Some(line.clone()),
        }
    })
}

/// Where it says why: at what a failed test printed, else at the first error, else so many
/// lines before the end.
fn position(lines: &[String], failed_tests: &[&str], count: usize) -> Option<usize> {
    let of_test = |name: &str| {
        let head = format!("---- {name} stdout ----");
        // Go prints what a test says behind its name, and that it failed at its end.
        let is_of_go = |line: &String| {
            line.strip_prefix("=== RUN   ").is_some_and(|it| name.rsplit(": ").next() == Some(it))
        };
        let at = lines.iter().position(|line| *line == head || is_of_go(line))?;
        lines[at + 1..].iter().position(|line| says_something(line)).map(|more| at + 1 + more)
    };
    // Surefire's head of a test, before version 3 and from then on.
    let of_surefire = |name: &str| {
        let (class, method) = name.split_once("::")?;
        let heads = [format!("{method}({class})"), format!("{class}.{method} ")];
        let is_head = |line: &String| {
            is_of_surefire(line) && heads.iter().any(|head| line.contains(head.as_str()))
        };
        lines.iter().position(is_head)
    };
    let first_error = || {
        let of_runner = failure_of_runner(lines);
        let at = of_runner.or_else(|| lines.iter().position(|line| is_error(line)))?;
        let led_to = last_of_chain(&lines[at..]).or_else(|| raised(&lines[at..]));
        Some(at + led_to.unwrap_or_default())
    };
    let end = || {
        let says_why = |at: &usize| says_something(&lines[*at]) && !is_sum(&lines[*at]);
        let last = (0..lines.len()).rev().find(says_why)?;
        let is_shown = |at: &usize| says_something(&lines[*at]) && !is_of_coverage(&lines[*at]);
        (0..=last).rev().filter(is_shown).take(count).last()
    };
    let any = || lines.iter().rposition(|line| !line.trim().is_empty());
    failed_tests
        .iter()
        .find_map(|name| of_test(name).or_else(|| of_surefire(name)))
        .or_else(first_error)
        .or_else(end)
        .or_else(any)
}

/// Where a runner of tests begins what it says of the first that failed. What an earlier line
/// calls an error may have been printed by a test that passed.
fn failure_of_runner(lines: &[String]) -> Option<usize> {
    let after = |is_head: &dyn Fn(&str) -> bool, is_failure: &dyn Fn(&str) -> bool| {
        let head = lines.iter().position(|line| is_head(line))?;
        let more = lines[head + 1..].iter().position(|line| is_failure(line))?;
        Some(head + 1 + more)
    };
    let counted = |line: &str, after: &str| {
        let count = line.trim_start().strip_suffix(after)?;
        count.parse::<u32>().ok()
    };
    let is_numbered =
        |line: &str| line.split_once(") ").is_some_and(|(number, _)| counted(number, "").is_some());
    let of_mocha = || after(&|line| counted(line, " failing").is_some(), &is_numbered);
    let of_node = || after(&|line| line == "✖ failing tests:", &says_something);
    let of_jest = || {
        let is_test = |line: &str| line.starts_with("  ● ") && line != "  ● Console";
        after(&|line| line.trim_start().starts_with("FAIL "), &is_test)
    };
    let of_vitest = || lines.iter().position(|line| line.starts_with(" FAIL "));
    let of_unittest = || {
        let is_head = |pair: &[String]| is_ruler(&pair[0], '=') && is_of_unittest(&pair[1]);
        lines.windows(2).position(is_head).map(|at| at + 1)
    };
    let of_surefire = lines.iter().position(|line| is_of_surefire(line));
    let of_tap_spec = || {
        let is_failure =
            |pair: &[String]| pair[0].trim().starts_with("✖ ") && is_ruler(pair[1].trim(), '-');
        lines.windows(2).position(is_failure)
    };
    // node ends what it could not read or did not catch with its version.
    let of_crash = || {
        let end = lines.iter().rposition(|line| line.starts_with("Node.js v"))?;
        let is_raised = |line: &String| {
            line.split_once(": ")
                .is_some_and(|(name, _)| name.ends_with("Error") && is_word(name, ""))
        };
        let raised = lines[..end].iter().rposition(is_raised)?;
        // What it could not read stands above.
        let read = lines[..raised].iter().rposition(|line| line.trim().starts_with('^'));
        Some(read.filter(|at| *at >= 2 && raised - at <= 2).map_or(raised, |at| at - 2))
    };
    let first = of_surefire.or_else(of_mocha).or_else(of_node).or_else(of_jest);
    let more = first.or_else(of_vitest).or_else(of_unittest);
    more.or_else(of_tap_spec).or_else(of_crash)
}

/// What a test printed, where the line is an event of `go test -json`; nothing of other events.
fn of_go(line: &str) -> Cow<'_, str> {
    match event_of_go(line) {
        Some(event) => event["Output"].as_str().unwrap_or_default().trim_end().to_owned().into(),
        None => line.into(),
    }
}

fn event_of_go(line: &str) -> Option<Value> {
    // What building says has no time.
    let begins = ["{\"Time\":", "{\"ImportPath\":"].iter().any(|begin| line.starts_with(begin));
    let is_event = begins && line.contains("\"Action\":");
    is_event.then(|| serde_json::from_str(line).ok())?
}

/// Where a line that is too long goes on: behind its last space, unless that is near its beginning.
fn break_of(line: &str, width: usize) -> Option<usize> {
    let (end, _) = line.char_indices().nth(width)?;
    let space = line[..end].rfind(' ').map(|at| at + 1);
    Some(space.filter(|at| *at > end / 2).unwrap_or(end))
}

/// A line of at most that width.
fn cut(line: &str, width: usize) -> String {
    shortened(&without_the_known(line, width), width)
}

/// A line of at most twice that width, in two where it is longer than once.
fn in_two(line: &str, width: usize) -> Vec<String> {
    let line = without_the_known(line, width);
    match break_of(&line, width) {
        Some(end) => {
            vec![line[..end].trim_end().to_owned(), shortened(line[end..].trim_start(), width)]
        }
        None => vec![line.into_owned()],
    }
}

fn shortened(line: &str, width: usize) -> String {
    match line.char_indices().nth(width) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

/// A line, without what is known of it where it is too long: which test a thread ran, which is
/// said above, and where a checkout lies.
fn without_the_known(line: &str, width: usize) -> Cow<'_, str> {
    let line = line.trim_end();
    if line.chars().nth(width).is_none() {
        return line.into();
    }
    // Of a frame of Java's, where it is.
    let frame = line.trim_start().strip_prefix("at ").and_then(|it| it.rsplit_once('('));
    if let Some((_, place)) = frame.filter(|(_, place)| place.contains(".java:")) {
        return format!("  at {}", place.trim_end_matches(')')).into();
    }
    let panic = line.rfind("panicked at ").filter(|_| line.starts_with("thread '"));
    let words = line[panic.unwrap_or(0)..].split(' ').map(of_long_path);
    words.collect::<Vec<_>>().join(" ").into()
}

/// The end of a long absolute path; any other word as it is.
fn of_long_path(word: &str) -> Cow<'_, str> {
    let start = word.rmatch_indices('/').nth(1).map_or(0, |(at, _)| at);
    if word.starts_with('/') && start > 0 {
        format!("…{}", &word[start..]).into()
    } else {
        word.into()
    }
}

fn says_something(line: &str) -> bool {
    // Maven ends every failure with the same advice, and node says of a test in TAP how long
    // it took before it says why it failed.
    const ADVICE: &[&str] = &[
        "note: run with `RUST_BACKTRACE",
        "[ERROR] -> [Help",
        "[ERROR] To see the full stack trace",
        "[ERROR] Re-run Maven",
        "[ERROR] For more information about the errors",
        "[ERROR] [Help",
        "[ERROR] After correcting the problems",
        "[ERROR]   mvn <args> -rf",
        "duration_ms:",
        "type: '",
        "failureType:",
        "operator: ",
        "--- expected",
        "+++ actual",
        // pytest's, below the last failure.
        "generated xml file: ",
        "- generated xml file: ",
        // Go goes on with other tests.
        "=== RUN ",
        "=== PAUSE ",
        "=== CONT ",
        "--- PASS: ",
        "--- SKIP: ",
    ];
    let line = line.trim();
    !["", "|", "[ERROR]", "[INFO]", "---", "error: |-", "diff: |"].contains(&line)
        && !is_ruler(line, '-')
        && !ADVICE.iter().any(|it| line.starts_with(it))
}

/// The head of what Python says of an exception.
const TRACEBACK: &str = "Traceback (most recent call last):";

/// Whether a line is one character again and again.
pub(super) fn is_ruler(line: &str, of: char) -> bool {
    line.len() > 4 && line.chars().all(|c| c == of)
}

/// Whether a line heads what unittest says of a failed test.
fn is_of_unittest(line: &str) -> bool {
    ["FAIL: ", "ERROR: "].iter().any(|begin| line.starts_with(begin)) && line.contains(" (")
}

/// Whether a line heads what uvu says of a failed test.
fn is_of_uvu(line: &str) -> bool {
    line.starts_with("   FAIL  ") && line.ends_with('"')
}

/// What uvu says of the first test that failed: why, in what two values differ, and where.
fn printed_by_uvu(log: &str, width: usize) -> Option<Telling> {
    let lines: Vec<String> = log.lines().map(without_colours).collect();
    let head = lines.iter().position(|line| is_of_uvu(line))?;
    let is_own =
        |line: &&String| line.trim_start().starts_with("at ") && !line.contains("node_modules/");
    let said = lines[head..].iter().filter(|line| says_something(line));
    let differs = |line: &&String| {
        ["Actual:", "Expected:", "--", "++"].iter().any(|it| line.trim_start().starts_with(it))
    };
    let why = said.clone().take(2);
    let rest = said.skip(2).take_while(|line| !is_of_uvu(line));
    let at = rest.clone().find(is_own);
    let rest = rest.take_while(|line| !line.trim_start().starts_with("at ")).filter(differs);
    let mut shown: Vec<String> = why.chain(rest).map(|line| cut(line, width)).collect();
    shorten(&mut shown);
    shown.extend(at.map(|line| cut(line, width)));
    Some(Telling { line: head + 1, lines: shown, is_last: false })
}

/// Keeps the beginning of what one test printed, and says how much more there is.
fn shorten(lines: &mut Vec<String>) {
    let more = lines.len().saturating_sub(SHOWN_OF_ONE);
    if more > 0 {
        lines.truncate(SHOWN_OF_ONE);
        lines.push(format!("… {}", counted(more, "more line")));
    }
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
    // npm begins each line of a failure so, and Python's build each of what it calls.
    let of_npm =
        ["npm error ", "npm ERR! ", "< "].iter().find_map(|begin| line.strip_prefix(begin));
    let line = of_npm.unwrap_or(line).trim_start();
    let named = BEGINNINGS.iter().any(|begin| line.starts_with(begin));
    let is_todo = line.starts_with("not ok ") && line.contains(" # TODO");
    (named || line.contains("panicked at")) && !is_todo && says_something(line) && !is_sum(line)
}

/// Between exceptions that Python chains in one report.
const LINKS: &[&str] = &[
    "During handling of the above exception, another exception occurred:",
    "The above exception was the direct cause of the following exception:",
];

/// Of the exceptions that Python chains in one report, the error of the last: the others led to it.
fn last_of_chain(lines: &[String]) -> Option<usize> {
    let is_head = |line: &String| ["____", "===="].iter().any(|begin| line.starts_with(begin));
    let of_one = lines.iter().position(is_head).map_or(lines, |end| &lines[..end]);
    let link = of_one.iter().rposition(|line| LINKS.contains(&line.trim()))?;
    of_one[link..].iter().position(|line| is_error(line)).map(|more| link + more)
}

/// Of a tool's error that quotes a traceback of Python, as uv's and pip's do, what was raised; of
/// a chain, the last.
fn raised(lines: &[String]) -> Option<usize> {
    let tool = lines.first()?.trim_start().starts_with("error");
    let is_link = |line: &String| LINKS.contains(&line.trim());
    let chain = lines.iter().rposition(is_link).unwrap_or_default();
    let begins = |line: &String| line.trim_start().starts_with(TRACEBACK);
    let from = chain + lines[chain..].iter().position(begins).filter(|_| tool)?;
    let indent = |line: &String| line.len() - line.trim_start().len();
    let ends = |line: &String| !line.trim().is_empty() && indent(line) <= indent(&lines[from]);
    let at = from + 1 + lines[from + 1..].iter().position(ends)?;
    let name = lines[at].trim_start().split(':').next().unwrap_or_default();
    is_word(name, "._").then_some(at)
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
    targets || SUMS.iter().any(|sum| line.starts_with(sum)) || is_of_coverage(line)
}

/// Whether a line is of the table of coverage that c8, jest and vitest print.
fn is_of_coverage(line: &str) -> bool {
    let is_share = |cell: &&str| {
        let cell = cell.trim();
        cell.starts_with("% ") || cell.trim_matches('-').is_empty() || cell.parse::<f64>().is_ok()
    };
    let cells: Vec<&str> = line.split('|').collect();
    cells.len() == 6 && cells[1..5].iter().all(is_share)
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
        let far =
            format!("Diff in /{}/src/a.rs:1:\n fn a() {{\n-x\n+y\n }}\n", "run-1/".repeat(20));
        assert_eq!(telling(&far, &[]).unwrap().lines, ["Diff in …/src/a.rs:1:", "-x", "+y"]);
        let panic =
            format!("thread '{}::works' (34) panicked at src/m.rs:16:9:\nno\n", "tests".repeat(9));
        reported(&panic, &[], 1, "panicked at src/m.rs:16:9:");
        let clippy = "   Checking a\n\u{1b}[1merror\u{1b}[0m: unused\n  --> a.rs\n\nerror: could not compile `a`\n";
        reported(clippy, &[], 2, "error: unused");
        let go = "{\"Time\":\"t\",\"Action\":\"output\",\"Test\":\"TestA\",\"Output\":\"=== RUN   TestA\\n\"}\n\
                  {\"Time\":\"t\",\"Action\":\"output\",\"Test\":\"TestA\",\"Output\":\"    a_test.go:8: got 1\\n\"}\n\
                  {\"Time\":\"t\",\"Action\":\"output\",\"Test\":\"TestA\",\"Output\":\"--- FAIL: TestA\\n\"}\n\
                  {\"Time\":\"t\",\"Action\":\"fail\",\"Test\":\"TestA\"}\n";
        reported(go, &["a: TestA"], 2, "    a_test.go:8: got 1");
        let long = "=== RUN   TestA\n    a_test.go:8: got \"one and two and three and four and five and six\", want \"six\"\n\
                    --- FAIL: TestA (0.00s)\n=== RUN   TestB\n--- PASS: TestB\n=== RUN   TestC\n    c.go:1: c\n";
        assert_eq!(
            telling(long, &["a: TestA"]).unwrap().lines,
            [
                "    a_test.go:8: got \"one and two and three and four and five and six\",",
                "want \"six\"",
                "--- FAIL: TestA (0.00s)",
                "    c.go:1: c"
            ]
        );
        let unbuilt = "{\"ImportPath\":\"m/b\",\"Action\":\"build-output\",\"Output\":\"b.go:3: undefined: x\\n\"}\n";
        reported(unbuilt, &[], 1, "b.go:3: undefined: x");
        let chain = "____ a ____\nE   StopIteration\n\nDuring handling of the above exception, \
                     another exception occurred:\na.py:1: in a\nE   PackageNotFoundError: x\n";
        reported(chain, &["t::a"], 6, "E   PackageNotFoundError: x");
        let cut_off = "E   StopIteration\n____ b ____\n\nDuring handling of the above exception, \
                       another exception occurred:\nE   of another test\n";
        reported(cut_off, &[], 1, "E   StopIteration");
        let uv = "Resolved 3 packages\nerror: Failed to build `a`\n  Caused by: it failed\n\n[stderr]\n\
                  Traceback (most recent call last):\n  File \"a.py\", line 1\nKeyError: 'x'\n\n\
                  The above exception was the direct cause of the following exception:\n\n\
                  Traceback (most recent call last):\n  File \"b.py\", line 2\n    b()\n\
                  LookupError: no version\n\nhint: see above\n";
        reported(uv, &[], 15, "LookupError: no version");
        let pip = "  error: subprocess-exited-with-error\n\n  | exit code: 1\n      \
                   Traceback (most recent call last):\n        File \"a.py\"\n      a.B: no\n      \
                   [end of output]\n";
        reported(pip, &[], 6, "      a.B: no");
        let cut_short = "error: it failed\nTraceback (most recent call last):\n  a()\n[end]\n";
        reported(cut_short, &[], 1, "error: it failed");
        let unittest = "ERROR: test_a (t.T)\nTraceback (most recent call last):\n  a()\nE: x\n";
        reported(unittest, &[], 1, "ERROR: test_a (t.T)");
        reported("one\ntwo\nthree\n", &[], 1, "one");
        reported("1\n2\n3\n4\n5\n\n", &[], 2, "2");
        reported("test result: FAILED. 0 passed\n", &[], 1, "test result: FAILED. 0 passed");
        assert_eq!(telling("\n \n", &[]), None);
    }

    #[test]
    fn of_node_the_assertion_and_what_it_could_not_read_are_shown() {
        let spec = "  empty argv\n\n\n    ✖ no arguments\n    ---------------\n      \
                    operator: deepEqual\n      expected: |-\n        { _: [ 'x' ] }\n      \
                    actual: |-\n        { _: [] }\n      at: Test (index.js:333:4)\n\n  \
                    Failed Tests: There was 1 failure\n\n  total:     85\n";
        let shown = telling(spec, &[]).unwrap();
        let said =
            ["    ✖ no arguments", "      expected: { _: [ 'x' ] }", "      actual: { _: [] }"];
        assert_eq!((shown.line, &shown.lines[..3]), (4, &said.map(str::to_owned)[..]));
        let crash = "> tape test/*.js\n\n/a/test/num.js:38\nconst x = ;\n          ^\n\n\
                     SyntaxError: Unexpected token ';'\n    at wrapSafe (node:internal)\n    \
                     at Array.forEach (<anonymous>)\n\nNode.js v20.20.2\n";
        let shown = telling(crash, &[]).unwrap();
        let said = [
            "/a/test/num.js:38",
            "const x = ;",
            "          ^",
            "SyntaxError: Unexpected token ';'",
        ];
        assert_eq!((shown.line, shown.lines), (3, said.map(str::to_owned).to_vec()));
        let thrown = "ok\nTypeError: a is no function\n    at b (c.js:1)\n\nNode.js v20.20.2\n";
        reported(thrown, &[], 2, "TypeError: a is no function");
    }

    #[test]
    fn of_python_the_test_and_what_it_raised_are_shown_and_what_build_calls() {
        let (double, single) = ("=".repeat(70), "-".repeat(70));
        let run = format!(
            "test_a (t.T) ... FAIL\n\n{double}\nFAIL: test_a (t.T)\n{single}\n{TRACEBACK}\n  \
             File \"t.py\", line 4, in test_a\n    self.assertEqual({{}}, 1)\n\
             AssertionError: {{}} != 1\n- {{}}\n+ 1\n\n{single}\nRan 2 tests in 0.0s\n\n\
             FAILED (failures=1)\n"
        );
        let shown = telling(&run, &[]).unwrap();
        let said = ["FAIL: test_a (t.T)", "AssertionError: {} != 1", "- {}", "+ 1"];
        assert_eq!((shown.line, shown.lines), (4, said.map(str::to_owned).to_vec()));
        let build = "* Installing packages\n< ERROR: No matching distribution found for x\n\n\
                     ERROR Command '['python3'\n";
        reported(build, &[], 2, "< ERROR: No matching distribution found for x");
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
        // Where the one that is named is there, it is that.
        let named = "[ERROR] isOne(demo.OneTest)  Time elapsed: 0.008 s  <<< FAILURE!";
        reported(SUREFIRE, &["demo.OneTest::isOne"], 8, named);
        let of_3 = SUREFIRE.replace("isOne(demo.OneTest) ", "demo.OneTest.isOne --");
        let named = "[ERROR] demo.OneTest.isOne -- Time elapsed: 0.008 s  <<< FAILURE!";
        reported(&of_3, &["demo.OneTest::isOne"], 8, named);
        let shown = telling(&format!("{SUREFIRE}{CLOSING}"), &[]).unwrap().lines;
        assert_eq!(shown[1], "java.lang.IllegalStateException: no such thing");
        let long = format!("expected:<{}> but was:<foo.bar.Main>", "foo.bar.Maim".repeat(4));
        let of_long = SUREFIRE.replace("no such thing", &long);
        let shown = telling(&of_long, &[]).unwrap().lines;
        assert!(
            shown[1].starts_with("java.lang.") && shown[2].ends_with("foo.bar.Main>"),
            "{shown:?}"
        );
        // Where nothing else is said, the goal that failed is, without the advice.
        let shown = telling(CLOSING, &[]).unwrap().lines;
        assert_eq!(shown.len(), 4, "{shown:?}");
        assert!(shown[0].starts_with("[ERROR] Failed to execute goal"), "{shown:?}");
        assert_eq!(
            shown[1],
            "gin:2.22.3:test (default-test) on project demo: There are test failures."
        );
        assert!(shown.iter().all(|line| !line.contains("Help")), "{shown:?}");
        assert!(telling("[ERROR] -> [Help 1]\n", &[]).is_none());
    }

    /// What c8 printed behind each of the runners, also jest and vitest with coverage.
    const COVERAGE: &str = "\
----------|---------|----------|---------|---------|-------------------
File      | % Stmts | % Branch | % Funcs | % Lines | Uncovered Line #s\x20
----------|---------|----------|---------|---------|-------------------
All files |   66.66 |      100 |       0 |   66.66 |                  \x20
  add.js  |   66.66 |      100 |       0 |   66.66 | 2-3              \x20
----------|---------|----------|---------|---------|-------------------
";
    /// What mocha 11 printed for all its reporters but TAP's and those for machines.
    const MOCHA: &str = "

  1 passing (34ms)
  2 failing

  1) add
       adds:

      AssertionError [ERR_ASSERTION]: Expected values to be strictly equal:

-1 !== 3

      + expected - actual

      --1
      +3
     \x20
      at Context.<anonymous> (mt/a.js:2:43)

  2) add
       deep
         throws:
     Error: no such thing
      at Context.<anonymous> (mt/a.js:2:133)

";
    /// What node 20 printed for its own runner, in both forms.
    const NODE: &str = "\
▶ add
  ✖ adds (8.557142ms)
    AssertionError [ERR_ASSERTION]: Expected values to be strictly equal:

  ✔ passes (0.361679ms)
✖ add (11.729223ms)
✖ throws (0.26674ms)
  Error: no such thing
      at TestContext.<anonymous> (/a/nt/a.test.js:3:26)

ℹ tests 3

✖ failing tests:

test at nt/a.test.js:2:21
✖ adds (8.557142ms)
  AssertionError [ERR_ASSERTION]: Expected values to be strictly equal:
 \x20
  -1 !== 3
 \x20
      at TestContext.<anonymous> (/a/nt/a.test.js:2:43)
";
    const NODE_TAP: &str = "\
TAP version 13
# Subtest: add
    # Subtest: adds
    not ok 1 - adds
      ---
      duration_ms: 8.750966
      location: '/a/nt/a.test.js:2:21'
      failureType: 'testCodeFailure'
      error: |-
        Expected values to be strictly equal:
       \x20
        -1 !== 3
       \x20
      code: 'ERR_ASSERTION'
      ...
    1..2
not ok 1 - add
# fail 2
# duration_ms 524.361929
";
    /// What jest 30 printed, but for most of the source.
    const JEST: &str = "\
  console.error
    Error: printed by a test
        at Object.<anonymous> (/a/j/c.test.js:1:54)

FAIL j/a.test.js
  ● add › adds

    expect(received).toBe(expected) // Object.is equality

    Expected: 3
    Received: -1

      1 | const {add}=require('../src/add');

      at Object.toBe (j/a.test.js:2:53)

";
    /// What vitest 3 printed, but for most of the source.
    const VITEST: &str = "
 ❯ v/b.test.mjs (3 tests | 2 failed) 37ms
   × add > adds 31ms
     → expected -1 to be 3 // Object.is equality
   ✓ add > passes 0ms

⎯⎯⎯⎯⎯⎯⎯ Failed Tests 2 ⎯⎯⎯⎯⎯⎯⎯

 FAIL  v/b.test.mjs > add > adds
AssertionError: expected -1 to be 3 // Object.is equality

\x1b[32m- Expected\x1b[39m
\x1b[31m+ Received\x1b[39m

 ❯ v/b.test.mjs:2:53
";

    /// What `go test -json` prints of a test, a line each.
    fn go(test: &str, lines: &[&str]) -> String {
        let event = |line: &&str| {
            let output = serde_json::to_string(&format!("{line}\n")).unwrap();
            format!(
                "{{\"Time\":\"t\",\"Action\":\"output\",\"Package\":\"a\",\"Test\":\"{test}\",\
                 \"Output\":{output}}}\n"
            )
        };
        lines.iter().map(event).collect()
    }

    #[test]
    fn of_go_all_that_a_test_printed_is_shown_without_go_s_own_frames() {
        let other = go("TestB", &["=== RUN   TestB", "    b_test.go:1: no"]);
        let shown = |lines: &[&str]| {
            let log = format!("{other}{}{other}", go("TestA", lines));
            telling(&log, &["a: TestA"]).map(|it| (it.line, it.lines))
        };
        let example = ["=== RUN   TestA", "--- FAIL: TestA (0.00s)", "got:", "x", "want:", "y"];
        let said = ["got:", "x", "want:", "y"].map(str::to_owned).to_vec();
        assert_eq!(shown(&example), Some((5, said)));
        let panic = [
            "=== RUN   TestA",
            "panic: nil map [recovered]",
            "goroutine 22 [running]:",
            "testing.tRunner.func1.2({0x1, 0x2})",
            "\t/go/src/testing/testing.go:1872 +0x237",
            "a.TestA(0xc0?)",
            "\t/r/a_test.go:15 +0x28",
            "created by testing.(*T).Run in goroutine 1",
            "\t/go/src/testing/testing.go:1 +0x1",
        ];
        let said = ["panic: nil map [recovered]", "a.TestA(0xc0?)", "\t/r/a_test.go:15 +0x28"];
        assert_eq!(shown(&panic), Some((4, said.map(str::to_owned).to_vec())));
        let lines: Vec<String> = (0..SHOWN_OF_ONE + 2).map(|it| format!("    {it}")).collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let (_, long) = shown(&lines).unwrap();
        assert_eq!((long.len(), &*long[SHOWN_OF_ONE]), (SHOWN_OF_ONE + 1, "… 2 more lines"));
        assert_eq!(shown(&lines[..SHOWN_OF_ONE]).unwrap().1.len(), SHOWN_OF_ONE);
    }

    #[test]
    fn of_uvu_why_and_where_two_values_differ_are_shown() {
        let log = "ok\n   FAIL  Map  \"nested\"\n    Expected values to be deeply equal:  (equal)\n\n\
                   \u{20}       ··{\n        Actual:\n        --··\"a\":·1\n        Expected:\n\
                   \u{20}       ++··\"a\":·2\n        ··}\n\n    at assert (/x/node_modules/uvu/a.js:3:8)\n\
                   \u{20}   at Object.handler (/x/test/a.js:2:60)\n\n   FAIL  Set  \"b\"\n    no\n";
        let shown = telling(log, &[]).unwrap();
        let lines: Vec<&str> = shown.lines.iter().map(|line| line.trim()).collect();
        let said = [
            "FAIL  Map  \"nested\"",
            "Expected values to be deeply equal:  (equal)",
            "Actual:",
            "--··\"a\":·1",
            "Expected:",
            "++··\"a\":·2",
            "at Object.handler (/x/test/a.js:2:60)",
        ];
        assert_eq!((shown.line, &lines[..]), (2, &said[..]));
    }

    #[test]
    fn of_a_long_frame_of_java_and_of_rustc_the_place_is_shown() {
        let frame = format!("\tat org.{}.ATest.a(ATest.java:6)", "deep.".repeat(20));
        let log = format!("[ERROR] a(t.ATest)  Time: 1 s  <<< FAILURE!\nx\n{frame}\n");
        assert_eq!(telling(&log, &[]).unwrap().lines[2], "  at ATest.java:6");
        let rustc =
            "error[E0308]: mismatched types\n --> a.rs:3:5\n  |\n3 |     \"x\"\n  |     ^^^ no\n";
        let lines = telling(rustc, &[]).unwrap().lines;
        assert_eq!(lines.last().map(String::as_str), Some("  |     ^^^ no"));
    }

    #[test]
    fn runners_of_javascript_show_the_failed_test_and_not_the_coverage() {
        let mocha = "      AssertionError [ERR_ASSERTION]: Expected values to be strictly equal…";
        let node = "  AssertionError [ERR_ASSERTION]: Expected values to be strictly equal:";
        let jest = "    expect(received).toBe(expected) // Object.is equality";
        let dot = MOCHA.replacen('\n', "\n  !.!\n", 1);
        for (log, line, expected) in [
            (MOCHA, 6, ["  1) add", "       adds:", mocha, "-1 !== 3"]),
            (&*dot, 7, ["  1) add", "       adds:", mocha, "-1 !== 3"]),
            (NODE, 15, ["test at nt/a.test.js:2:21", "✖ adds (8.557142ms)", node, "  -1 !== 3"]),
            (
                NODE_TAP,
                4,
                [
                    "    not ok 1 - adds",
                    "      location: '/a/nt/a.test.js:2:21'",
                    "        Expected values to be strictly equal:",
                    "        -1 !== 3",
                ],
            ),
            (JEST, 6, ["  ● add › adds", jest, "    Expected: 3", "    Received: -1"]),
            (
                VITEST,
                9,
                [
                    " FAIL  v/b.test.mjs > add > adds",
                    "AssertionError: expected -1 to be 3 // Object.is equality",
                    "- Expected",
                    "+ Received",
                ],
            ),
        ] {
            // In TAP, node makes what a test prints a comment.
            let comment = if log == NODE_TAP { "# " } else { "" };
            let noisy = format!("{comment}Error: printed by a test that passes\n{log}{COVERAGE}");
            for (log, line) in [(format!("{log}{COVERAGE}"), line), (noisy, line + 1)] {
                let telling = telling(&log, &[]).unwrap();
                assert_eq!(
                    (telling.line, telling.lines),
                    (line, expected.map(str::to_owned).to_vec())
                );
            }
        }
    }

    #[test]
    fn a_table_of_coverage_says_nothing_of_why() {
        let two = telling(&format!("one failed\ntwo\n{COVERAGE}exit 1\n"), &[]).unwrap();
        assert_eq!(
            (two.line, &*two.lines),
            (1, &["one failed", "two", "exit 1"].map(str::to_owned)[..])
        );
        reported(&format!("one failed\n{COVERAGE}"), &[], 1, "one failed");
        let threshold = "ERROR: Coverage for lines (66.66%) does not meet global threshold (100%)";
        reported(&format!("{COVERAGE}{threshold}\n"), &[], 7, threshold);
        assert_eq!(telling(COVERAGE, &[]).map(|it| it.line), Some(6));
        let todo = "ok 1 - a\nnot ok 2 - b # TODO later\nnot ok 3 - c\n";
        reported(todo, &[], 3, "not ok 3 - c");
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
            let cause = cause(log).map(|it| (it.line, it.lines.concat()));
            assert_eq!(cause, expected.map(|(line, text)| (line, text.to_owned())), "{log}");
        }
    }

    #[test]
    fn what_all_lines_are_indented_by_is_left_out_where_one_is_too_long() {
        let long = format!("        not ok 7 - {}", "x".repeat(WIDTH - 11));
        reported(&format!("{long}\n          error: y\n"), &[], 1, long.trim_start());
        reported("        not ok 7 - x\n", &[], 1, "        not ok 7 - x");
    }

    #[test]
    fn a_long_first_line_goes_on_in_a_second_which_is_cut() {
        let widths = |log: &str| {
            let lines = telling(log, &[]).unwrap().lines;
            lines.iter().map(|line| line.chars().count()).collect::<Vec<_>>()
        };
        assert_eq!(widths(&"x".repeat(300)), [WIDTH, WIDTH + 1]);
        assert_eq!(widths(&format!("error: x\n{}\n", "x".repeat(300))), [8, WIDTH + 1]);
        assert_eq!(widths(&format!("{} {}\na\n", "x".repeat(60), "y".repeat(60))), [60, 60, 1]);
        assert_eq!(widths(&format!("{}\n1\n2\n3\n", "error x ".repeat(12))), [71, 23, 1, 1]);
        assert_eq!(cause(&"x".repeat(300)).unwrap().lines[0].chars().count(), CAUSE_WIDTH + 1);
    }

    #[test]
    fn a_file_is_named_with_its_ending_or_as_a_module() {
        let files = ["src/h/_version.py", "src/h/data.json", "a/x.py"].map(str::to_owned);
        for (line, named) in [
            ("E   ModuleNotFoundError: No module named 'h._version'", Some(&files[0])),
            ("cannot open src/h/data.json", Some(&files[1])),
            ("E   no_version", None),
            ("E   h._version_of", None),
            ("a data point", None),
            ("x is not 1", None),
        ] {
            assert_eq!(named_file(&[line.to_owned()], &files), named, "{line}");
        }
    }
}
