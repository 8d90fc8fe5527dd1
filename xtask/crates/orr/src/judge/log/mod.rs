//! The lines of a gate's log that say why it is red.

mod lines;
mod runners;
mod width;

use serde_json::Value;

use thrice_facts::files::file_name;
use thrice_findings::text::is_word;
use thrice_report::text::without_colours;

pub(super) use lines::is_ruler;

use lines::{TRACEBACK, begins_anew, is_error, is_of_coverage, is_sum, says_something};
use runners::{
    first_failure, is_of_surefire, is_of_unittest, located, printed_by_go, printed_by_one,
    raised_in_node,
};
use width::{cut, in_two};

/// How much of the end of a log is looked at, in bytes.
pub(crate) const LOOKED_AT: u64 = 1 << 20;
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

/// A log as it is read.
struct Log {
    /// Its lines, without colours; of events of `go test -json` what was printed.
    lines: Vec<String>,
    /// Those events, each with the index of its line.
    events_of_go: Vec<(usize, Value)>,
}

impl Log {
    fn read(log: &str) -> Log {
        let mut read = Log { lines: Vec::new(), events_of_go: Vec::new() };
        for (at, line) in log.lines().enumerate() {
            let Some(event) = event_of_go(line) else {
                read.lines.push(without_colours(line));
                continue;
            };
            let printed = event["Output"].as_str().unwrap_or_default();
            read.lines.push(without_colours(printed.trim_end()));
            read.events_of_go.push((at, event));
        }
        read
    }
}

fn event_of_go(line: &str) -> Option<Value> {
    // What building says has no time.
    let begins = ["{\"Time\":", "{\"ImportPath\":"].iter().any(|begin| line.starts_with(begin));
    let is_event = begins && line.contains("\"Action\":");
    is_event.then(|| serde_json::from_str(line).ok())?
}

/// How much is shown of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// What fits on a screen beside the decision.
    Excerpt,
    /// All that matters, to whom runs one gate again.
    Whole,
}

impl Extent {
    /// How many lines are shown from the first that says why.
    fn lines(self) -> usize {
        match self {
            Self::Excerpt => 4,
            Self::Whole => 12,
        }
    }

    /// How many lines are shown of what one test printed, where its end is known.
    fn of_one(self) -> usize {
        match self {
            Self::Excerpt => 12,
            Self::Whole => 200,
        }
    }

    /// Of how many other tests it is said in a line why they failed.
    fn others(self) -> usize {
        match self {
            Self::Excerpt => 3,
            Self::Whole => 20,
        }
    }
}

/// The lines that say most of a failed gate: of the first of the tests that failed, and a line of
/// each other. `None` where the log is empty.
#[must_use]
pub(crate) fn telling(log: &str, failed_tests: &[&str], extent: Extent) -> Option<Telling> {
    let log = Log::read(log);
    let first = printed_by_one(&log, failed_tests, extent.of_one());
    let mut telling = first.or_else(|| excerpt(&log.lines, failed_tests, extent.lines(), WIDTH))?;
    // The first that says something is the one above.
    let said = failed_tests.iter().filter_map(|name| Some((*name, of_test(&log.lines, name)?)));
    let others = said.skip(1).take(extent.others());
    let others: Vec<String> = others.flat_map(|it| of_other(&log, it, extent)).collect();
    telling.lines.extend(others);
    Some(telling)
}

/// What is shown of another test that failed, which the log speaks of at an index: all that it
/// printed where that is asked for and known, else why it failed on one line.
fn of_other(log: &Log, (name, at): (&str, usize), extent: Extent) -> Vec<String> {
    let short = name.rsplit([':', '#', ' ']).next().unwrap_or(name);
    if extent == Extent::Whole
        && let Some(printed) = printed_by_go(log, &[name], extent.of_one())
    {
        return [vec![format!("{short}:")], printed.lines].concat();
    }
    let lines = log.lines[at..].iter().map(|line| line.trim());
    let mut lines = lines.filter(|line| says_something(line) && !is_of_surefire(line));
    let why = match (lines.next(), lines.next()) {
        (Some(why), Some(more)) if why.ends_with(':') => format!("{why} {more}"),
        (why, _) => why.unwrap_or_default().to_owned(),
    };
    vec![cut(&format!("{short}: {why}"), WIDTH)]
}

/// The line that says why a command failed. `None` where the log is empty.
#[must_use]
pub(crate) fn cause(log: &str) -> Option<Telling> {
    let cause = excerpt(&Log::read(log).lines, &[], 1, CAUSE_WIDTH)?;
    let lines = cause.lines.iter().map(|line| line.trim().to_owned()).collect();
    Some(Telling { lines, ..cause })
}

/// How programs say that they reached nothing.
const UNREACHED: &[&str] = &[
    "Could not find a version that satisfies",
    "Failed to establish a new connection",
    "Temporary failure in name resolution",
    "Name or service not known",
    "Could not resolve host",
    "ENOTFOUND",
    "EAI_AGAIN",
    "etwork is unreachable",
    "dial tcp",
];

/// Whether lines say that something on the network was not reached.
#[must_use]
pub(crate) fn says_unreached(lines: &[String]) -> bool {
    lines.iter().any(|line| UNREACHED.iter().any(|said| line.contains(said)))
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
fn excerpt(lines: &[String], failed_tests: &[&str], count: usize, width: usize) -> Option<Telling> {
    let most = Extent::Excerpt.lines();
    let from = position(lines, failed_tests, count.min(most))?;
    let rest = &lines[from + 1..];
    // More than an excerpt is shown of what is told there, and nothing of what comes after it.
    let end = rest.iter().position(|line| count > most && begins_anew(line));
    let told = &rest[..end.unwrap_or(rest.len())];
    // Around what rustfmt would change are lines that it leaves as they are.
    let changes = lines[from].starts_with("Diff in ");
    let is_context = |line: &String| changes && !line.starts_with(['-', '+']);
    // Between the name of a test of unittest and what was raised are the calls that led there.
    let of_unittest = is_of_unittest(&lines[from]);
    let is_call = |line: &String| of_unittest && (line.starts_with("  ") || line == TRACEBACK);
    let leaves_out = |line: &String| is_of_coverage(line) || is_context(line) || is_call(line);
    let shown = told.iter().filter(|line| !leaves_out(line));
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
    let mut fitting: Vec<String> = Vec::new();
    for (at, line) in shown.enumerate() {
        match at == why && count > 1 {
            true => fitting.extend(in_two(line, width)),
            false => fitting.push(cut(line, width)),
        }
    }
    if fitting.is_empty() {
        return None;
    }
    fitting.truncate(count);
    let is_last = rest.iter().all(|line| line.trim().is_empty());
    Some(Telling { line: from + 1, lines: fitting, is_last })
}

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

/// Where a log says why a test failed: at what it printed, or at surefire's head of it.
fn of_test(lines: &[String], name: &str) -> Option<usize> {
    let head = format!("---- {name} stdout ----");
    // Go prints what a test says behind its name, and that it failed at its end.
    let is_of_go = |line: &String| {
        line.strip_prefix("=== RUN   ").is_some_and(|it| name.rsplit(": ").next() == Some(it))
    };
    if let Some(at) = lines.iter().position(|line| *line == head || is_of_go(line)) {
        let more = lines[at + 1..].iter().position(|line| says_something(line))?;
        return Some(at + 1 + more);
    }
    // Before surefire 3, and from then on.
    let (class, method) = name.split_once("::").or_else(|| name.split_once('#'))?;
    let heads = [format!("{method}({class})"), format!("{class}.{method} ")];
    let is_head = |line: &String| {
        is_of_surefire(line) && heads.iter().any(|head| line.contains(head.as_str()))
    };
    lines.iter().position(is_head)
}

/// Where it says why: at what a failed test printed, else at the first error, else so many
/// lines before the end.
fn position(lines: &[String], failed_tests: &[&str], count: usize) -> Option<usize> {
    let first_error = || {
        let at = first_failure(lines).or_else(|| lines.iter().position(|line| is_error(line)))?;
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
        .find_map(|name| of_test(lines, name))
        .or_else(first_error)
        .or_else(|| raised_in_node(lines))
        .or_else(|| located(lines))
        .or_else(end)
        .or_else(any)
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

#[cfg(test)]
mod tests;
