//! TAP 12 to 14: `1..N` first or last, then N test points, in any order.
//!
//! A subtest is indented by four columns: it comes before the point that answers for
//! it, or after that point in braces. Only points without a subtest are tests; the
//! others hold them together, as node's `describe` does.

mod point;

use std::collections::BTreeSet;

use self::point::{Point, braced_name, test_point};
use super::text::number;
use super::unread::{agree, excerpt};
use super::{Reader, TestCase, TestReport, Unread};

/// Deeper subtests than this are refused.
const DEEPEST: usize = 64;
const INDENT: usize = 4;

pub(super) fn read(lines: &[String]) -> Result<TestReport, Unread> {
    let mut stream = TapStream::default();
    stream.levels.push(TapLevel::default());
    for (index, line) in lines.iter().enumerate() {
        stream.line(index + 1, line)?;
    }
    stream.close_above(0, lines.len())?;
    let top = stream.levels.pop().unwrap_or_default();
    if top.plan.is_none() {
        return Err(Unread::NoSummary(Reader::Tap));
    }
    let report = TestReport::new(point::without_times(top.finish(lines.len())?));
    check_trailer(lines, &report)?;
    Ok(report)
}

/// Many write their own counts behind the stream, each by rules of its own; none counts
/// fewer passed tests than it lists. A test can print such a line too, but not the last.
fn check_trailer(lines: &[String], report: &TestReport) -> Result<(), Unread> {
    let passed = lines.iter().rev().find_map(|line| {
        let braced = line.strip_prefix("# { total: ").and_then(|rest| rest.split_once("pass: "));
        let after = braced.map(|(_, after)| after).or(line.strip_prefix("# pass "))?;
        number(after.trim_start()).map(|(passed, _)| passed)
    });
    match passed {
        Some(passed) => agree(|| "passed".to_owned(), passed, passed.max(report.counts.passed)),
        None => Ok(()),
    }
}

#[derive(Default)]
struct TapStream {
    levels: Vec<TapLevel>,
    /// Column of the diagnostics block that is open.
    yaml: Option<usize>,
    /// The line before was a test point, so that diagnostics may follow.
    after_point: bool,
}

/// One stream: the whole, or a subtest.
#[derive(Default)]
struct TapLevel {
    begun: usize,
    plan: Option<u64>,
    /// The plan came after a test, so that it ends the stream.
    over: bool,
    points: Vec<Point>,
    numbers: BTreeSet<u64>,
    last: u64,
    /// A comment announced a subtest.
    announced: bool,
    /// Tests of a subtest whose own point is still to come.
    pending: Option<(usize, Vec<TestCase>)>,
    /// This subtest is in the braces of the point before it.
    braced: bool,
    /// Its closing brace was there.
    closed: bool,
}

impl TapStream {
    fn line(&mut self, line: usize, text: &str) -> Result<(), Unread> {
        let column = text.len() - text.trim_start_matches(' ').len();
        let text = text.trim();
        if text.is_empty() || self.in_yaml(column, text) {
            return Ok(());
        }
        let after_point = std::mem::take(&mut self.after_point);
        if after_point && text == "---" {
            self.yaml = Some(column);
            return Ok(());
        }
        if let Some(reason) =
            text.strip_prefix("Bail out!").filter(|_| column.is_multiple_of(INDENT))
        {
            return Err(Unread::BailedOut { line, reason: excerpt(reason) });
        }
        let closes = text == "}" && self.closes_braces(column);
        let plan = plan(text);
        let test = if plan.is_none() && !closes { test_point(text) } else { None };
        let announces = text.starts_with("# Subtest: ");
        if plan.is_none() && test.is_none() && !closes && !announces {
            return Ok(());
        }
        if closes && let Some(level) = self.levels.get_mut(column / INDENT + 1) {
            level.closed = true;
        }
        if !self.enter(column, line)? {
            return Ok(());
        }
        let Some(level) = self.levels.last_mut() else { return Ok(()) };
        level.announced |= announces;
        match (plan, test) {
            (Some(plan), _) => level.plan(line, plan),
            (None, Some(test)) => {
                self.after_point = true;
                level.point(line, test)
            }
            (None, None) => Ok(()),
        }
    }

    /// Whether the line belongs to a diagnostics block; notes what it says of its point.
    fn in_yaml(&mut self, column: usize, text: &str) -> bool {
        let Some(begun) = self.yaml else { return false };
        if column < begun {
            self.yaml = None;
            return false;
        }
        if column == begun && text == "..." {
            self.yaml = None;
        } else if column == begun {
            let point = self.levels.last_mut().and_then(|level| level.points.last_mut());
            if let Some(point) = point {
                point.suite |= matches!(text, "type: 'suite'" | "type: suite");
                // node announces each test like a subtest, and times each.
                point.announced &= !text.starts_with("duration_ms:");
            }
        }
        true
    }

    fn depth(column: usize) -> Option<usize> {
        column.is_multiple_of(INDENT).then_some(column / INDENT)
    }

    fn closes_braces(&self, column: usize) -> bool {
        let depth = Self::depth(column);
        let level = depth.and_then(|depth| self.levels.get(depth + 1));
        level.is_some_and(|level| level.braced)
    }

    /// Makes the stream of this column the open one; false where the line is none of it.
    fn enter(&mut self, column: usize, line: usize) -> Result<bool, Unread> {
        let Some(depth) = Self::depth(column) else { return Ok(false) };
        if depth > DEEPEST {
            return Err(Unread::Plan { line, why: "subtests in subtests too deep" });
        }
        self.close_above(depth, line)?;
        // A subtest can begin with a subtest of its own.
        while self.levels.len() <= depth {
            let parent = self.levels.last();
            let braced = parent.and_then(|level| level.points.last()).is_some_and(Point::opens);
            self.levels.push(TapLevel { begun: line, braced, ..TapLevel::default() });
        }
        Ok(true)
    }

    fn close_above(&mut self, depth: usize, line: usize) -> Result<(), Unread> {
        while self.levels.len() > depth + 1 {
            let Some(level) = self.levels.pop() else { break };
            let (begun, braced) = (level.begun, level.braced);
            if level.plan.is_none() || braced != level.closed {
                let why = "a subtest without its plan or end: it ended early, or lines are missing";
                return Err(Unread::Plan { line: begun, why });
            }
            let tests = level.finish(line)?;
            let Some(parent) = self.levels.last_mut() else { break };
            match parent.points.last_mut() {
                Some(point) if braced => point.tests = Some(tests),
                _ => parent.pending = Some((begun, tests)),
            }
        }
        Ok(())
    }
}

impl TapLevel {
    fn plan(&mut self, line: usize, plan: u64) -> Result<(), Unread> {
        if self.plan.is_some() {
            return Err(Unread::Plan { line, why: "a second plan" });
        }
        self.plan = Some(plan);
        self.over = !self.points.is_empty();
        Ok(())
    }

    fn point(
        &mut self,
        line: usize,
        (number, mut point): (Option<u64>, Point),
    ) -> Result<(), Unread> {
        if self.over {
            return Err(Unread::Plan { line, why: "a test after the closing plan" });
        }
        let number = number.unwrap_or(self.last.saturating_add(1));
        if !self.numbers.insert(number) {
            return Err(Unread::Plan { line, why: "a test number twice" });
        }
        self.last = number;
        point.number = number;
        point.line = line;
        point.announced = std::mem::take(&mut self.announced);
        point.tests = self.pending.take().map(|(_, tests)| tests);
        self.points.push(point);
        Ok(())
    }

    /// The tests, where the points are those of the plan.
    fn finish(self, line: usize) -> Result<Vec<TestCase>, Unread> {
        if let Some((begun, _)) = self.pending {
            let why = "a subtest whose own result is missing";
            return Err(Unread::Plan { line: begun, why });
        }
        let plan = self.plan.unwrap_or_default();
        agree(|| "plan".to_owned(), plan, self.points.len() as u64)?;
        if self.numbers.first().is_some_and(|&first| first == 0)
            || self.numbers.last().is_some_and(|&last| last > plan)
        {
            return Err(Unread::Plan { line, why: "a test number outside of the plan" });
        }
        if let Some(point) = self.points.iter().find(|point| point.lost_its_subtest()) {
            let why = "a subtest was announced before this, and none is there";
            return Err(Unread::Plan { line: point.line, why });
        }
        Ok(self.points.into_iter().flat_map(Point::leaves).collect())
    }
}

fn plan(text: &str) -> Option<u64> {
    let (count, rest) = number(text.strip_prefix("1..")?)?;
    let rest = rest.trim();
    (rest.is_empty() || rest.starts_with('#')).then_some(count)
}

/// A name below the name of what holds it.
pub(super) fn below(group: &str, name: &str) -> String {
    format!("{} > {name}", braced_name(group))
}
