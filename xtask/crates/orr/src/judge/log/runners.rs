//! What each runner of tests prints of one that failed.

use serde_json::Value;

use thrice_findings::text::is_word;
use thrice_report::text::counted;

use super::lines::{is_ruler, is_sum, says_something};
use super::width::{cut, in_two};
use super::{Log, Telling, WIDTH};

/// Where a runner begins what it says of the first test that failed. What an earlier line calls an
/// error may have been printed by a test that passed.
#[must_use]
pub(super) fn first_failure(lines: &[String]) -> Option<usize> {
    RUNNERS.iter().find_map(|begins| begins(lines))
}

/// Where one runner does.
type Begins = fn(&[String]) -> Option<usize>;

/// Each of them, the surest first.
const RUNNERS: &[Begins] =
    &[surefire, mocha, node, jest, vitest, ava, unittest, tap_spec, snippet, crash_of_node];

fn surefire(lines: &[String]) -> Option<usize> {
    lines.iter().position(|line| is_of_surefire(line))
}

fn mocha(lines: &[String]) -> Option<usize> {
    let is_count = |text: &str| text.trim_start().parse::<u32>().is_ok();
    let is_head = |line: &str| line.strip_suffix(" failing").is_some_and(is_count);
    let is_failure = |line: &str| line.split_once(") ").is_some_and(|(it, _)| is_count(it));
    below(lines, is_head, is_failure)
}

fn node(lines: &[String]) -> Option<usize> {
    below(lines, |line| line == "✖ failing tests:", says_something)
}

fn jest(lines: &[String]) -> Option<usize> {
    let is_test = |line: &str| line.starts_with("  ● ") && line != "  ● Console";
    below(lines, |line| line.trim_start().starts_with("FAIL "), is_test)
}

fn vitest(lines: &[String]) -> Option<usize> {
    lines.iter().position(|line| line.starts_with(" FAIL "))
}

fn ava(lines: &[String]) -> Option<usize> {
    lines.iter().position(|line| line.trim_start().starts_with("✘ [fail]: "))
}

/// Linters name the place of what they found below it.
fn snippet(lines: &[String]) -> Option<usize> {
    let is_place = |line: &str| {
        let place = line.trim_start().strip_prefix("--> ");
        place.is_some_and(|it| it.rsplit(':').take(2).all(|part| part.parse::<u32>().is_ok()))
    };
    let is_aside = |line: &str| ["warning", "note", "help"].iter().any(|it| line.starts_with(it));
    let found = |pair: &[String]| is_place(&pair[1]) && !is_aside(pair[0].trim_start());
    lines.windows(2).position(found)
}

fn unittest(lines: &[String]) -> Option<usize> {
    let is_head = |pair: &[String]| is_ruler(&pair[0], '=') && is_of_unittest(&pair[1]);
    lines.windows(2).position(is_head).map(|at| at + 1)
}

fn tap_spec(lines: &[String]) -> Option<usize> {
    let is_failure =
        |pair: &[String]| pair[0].trim().starts_with("✖ ") && is_ruler(pair[1].trim(), '-');
    lines.windows(2).position(is_failure)
}

/// node ends what it could not read or did not catch with its version.
fn crash_of_node(lines: &[String]) -> Option<usize> {
    let end = lines.iter().rposition(|line| line.starts_with("Node.js v"))?;
    let raised = lines[..end].iter().rposition(|line| is_raised(line))?;
    // What it could not read stands above.
    let read = lines[..raised].iter().rposition(|line| line.trim().starts_with('^'));
    Some(read.filter(|at| *at >= 2 && raised - at <= 2).map_or(raised, |at| at - 2))
}

/// Where a checker names its first place before what it found there: `a.py:3:5: F401 ...`.
#[must_use]
pub(super) fn located(lines: &[String]) -> Option<usize> {
    let is_number = |part: Option<&str>| part.is_some_and(|it| it.parse::<u32>().is_ok());
    let is_place = |line: &String| {
        let mut parts = line.split(':');
        parts.next().is_some_and(|path| is_word(path, "/._-+")) && is_number(parts.next())
    };
    lines.iter().position(is_place)
}

/// Where a program in JavaScript says last what was raised, above the calls that led there.
#[must_use]
pub(super) fn raised_in_node(lines: &[String]) -> Option<usize> {
    let calls = |pair: &[String]| is_raised(&pair[0]) && pair[1].starts_with("    at ");
    lines.windows(2).rposition(calls)
}

/// Whether a line is a name of an error, and what it says.
fn is_raised(line: &str) -> bool {
    line.split_once(": ").is_some_and(|(name, _)| name.ends_with("Error") && is_word(name, ""))
}

/// The first line that is the one, below the first that is the other.
fn below(
    lines: &[String],
    is_head: impl Fn(&str) -> bool,
    is_failure: impl Fn(&str) -> bool,
) -> Option<usize> {
    let head = lines.iter().position(|line| is_head(line))?;
    let more = lines[head + 1..].iter().position(|line| is_failure(line))?;
    Some(head + 1 + more)
}

/// Whether a line heads what surefire says of a failed test.
pub(super) fn is_of_surefire(line: &str) -> bool {
    (line.ends_with("<<< FAILURE!") || line.ends_with("<<< ERROR!")) && !is_sum(line)
}

/// Whether a line heads what unittest says of a failed test.
pub(super) fn is_of_unittest(line: &str) -> bool {
    ["FAIL: ", "ERROR: "].iter().any(|begin| line.starts_with(begin)) && line.contains(" (")
}

/// Whether a line heads what uvu says of a failed test.
fn is_of_uvu(line: &str) -> bool {
    line.starts_with("   FAIL  ") && line.ends_with('"')
}

/// All that one failed test printed, of a runner that shows where that ends, as far as it is not
/// long.
#[must_use]
pub(super) fn printed_by_one(log: &Log, failed_tests: &[&str], most: usize) -> Option<Telling> {
    printed_by_go(log, failed_tests, most).or_else(|| printed_by_uvu(&log.lines, most))
}

/// How calls and heads begin that Go's own frames have in what a panic prints.
const OF_GO: &[&str] =
    &["testing.", "runtime.", "panic(", "created by testing.", "goroutine ", "main.main()"];

/// What the first of some failed tests of Go printed, but for the frames of Go's own.
pub(super) fn printed_by_go(log: &Log, failed_tests: &[&str], most: usize) -> Option<Telling> {
    let of_test = |name: &&str| {
        let (package, test) = name.rsplit_once(": ")?;
        let is_of = |event: &Value| {
            event["Package"].as_str().is_none_or(|it| it == package) && event["Test"] == test
        };
        let mut printed: Vec<(usize, &str)> = Vec::new();
        let mut is_frame_of_go = false;
        for (at, _) in log.events_of_go.iter().filter(|(_, event)| is_of(event)) {
            let text = log.lines[*at].as_str();
            let is_call = OF_GO.iter().any(|begin| text.starts_with(begin));
            is_frame_of_go = is_call || (is_frame_of_go && text.starts_with('\t'));
            let is_end = text.trim().starts_with("--- FAIL: ");
            let is_inner = !printed.is_empty() && text.trim().is_empty();
            if (says_something(text) || is_inner) && !is_end && !is_frame_of_go {
                printed.push((*at, text));
            }
        }
        let end = printed.iter().rposition(|(_, text)| !text.trim().is_empty())?;
        printed.truncate(end + 1);
        Some(printed)
    };
    let printed = failed_tests.iter().find_map(of_test)?;
    let mut lines: Vec<String> = printed.iter().flat_map(|(_, line)| in_two(line, WIDTH)).collect();
    shorten(&mut lines, most);
    Some(Telling { line: printed.first()?.0 + 1, lines, is_last: false })
}

/// What uvu says of the first test that failed: why, in what two values differ, and where.
fn printed_by_uvu(lines: &[String], most: usize) -> Option<Telling> {
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
    let mut shown: Vec<String> = why.chain(rest).map(|line| cut(line, WIDTH)).collect();
    shorten(&mut shown, most);
    shown.extend(at.map(|line| cut(line, WIDTH)));
    Some(Telling { line: head + 1, lines: shown, is_last: false })
}

/// Keeps the beginning of what one test printed, and says how much more there is: a single line
/// takes no more room than that.
fn shorten(lines: &mut Vec<String>, most: usize) {
    let more = lines.len().saturating_sub(most);
    if more > 1 {
        lines.truncate(most);
        lines.push(format!("… {}", counted(more, "more line")));
    }
}
