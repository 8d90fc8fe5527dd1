//! The first differing line of two texts, and a small unified diff.
//!
//! Common lines at both ends are taken off before anything that is more than
//! linear, and what is left is looked at up to a fixed number of lines: no
//! deadline, so that the same files give the same answer on a slow machine.

use std::collections::HashMap;

use similar::{Algorithm, ChangeTag, DiffOp, capture_diff_slices, group_diff_ops};

use super::cause::{self, Hint};
use super::{Difference, show};

/// Lines of context around a change.
const CONTEXT: usize = 2;
/// Lines of a diff that are shown.
const SHOWN: usize = 20;
/// Characters of a line that are shown.
const WIDE: usize = 160;
/// Lines of each side that are aligned.
const ALIGNED: usize = 2000;

/// The first difference of two texts that differ.
pub(super) fn difference(left: &str, right: &str) -> Difference {
    let middle = Middle::of(left, right);
    let (aligned_left, aligned_right) = middle.aligned();
    let ops = capture_diff_slices(Algorithm::Myers, aligned_left, aligned_right);
    let whole =
        aligned_left.len() == middle.left.len() && aligned_right.len() == middle.right.len();
    let differing_lines =
        if whole { changed(&ops) } else { roughly_changed(&middle.left, &middle.right) };
    let hint = middle.hint();
    let (left_line, right_line) = middle.first();
    Difference::Text {
        line: middle.line,
        left: left_line,
        right: right_line,
        hunks: hunks(&middle, ops, whole),
        differing_lines,
        hint,
    }
}

/// How many bytes at the end are the same.
fn common_suffix(left: &[u8], right: &[u8]) -> usize {
    let chunks = left.rchunks_exact(show::CHUNK).zip(right.rchunks_exact(show::CHUNK));
    let same = show::CHUNK * chunks.take_while(|(l, r)| l == r).count();
    let rest = left.iter().rev().zip(right.iter().rev()).skip(same);
    same + rest.take_while(|(l, r)| l == r).count()
}

/// What is left of two texts without the lines that they have in common at both
/// ends, but for a little context.
struct Middle<'a> {
    /// Number of the first differing line, from 1.
    line: usize,
    /// Lines of context at the beginning of both.
    context: usize,
    left: Vec<&'a str>,
    right: Vec<&'a str>,
}

impl<'a> Middle<'a> {
    fn of(left: &'a str, right: &'a str) -> Self {
        let same = show::common_prefix(left.as_bytes(), right.as_bytes());
        let start =
            left.as_bytes().iter().take(same).rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
        let (before, left) = left.split_at(start);
        let (_, right) = right.split_at(start);
        let same = common_suffix(left.as_bytes(), right.as_bytes());
        let tail = left.len() - same;
        let tail =
            left.bytes().skip(tail).position(|b| b == b'\n').map_or(left.len(), |at| tail + at + 1);
        let (left, after) = left.split_at(tail);
        let (right, _) = right.split_at(right.len() - after.len());
        let shown: Vec<&str> = before.split_inclusive('\n').rev().take(CONTEXT).collect();
        let with_context = |middle: &'a str| {
            let lines = middle.split_inclusive('\n');
            shown
                .iter()
                .rev()
                .copied()
                .chain(lines)
                .chain(after.split_inclusive('\n').take(CONTEXT))
                .collect()
        };
        Self {
            line: before.matches('\n').count() + 1,
            context: shown.len(),
            left: with_context(left),
            right: with_context(right),
        }
    }

    /// The lines that are aligned with each other.
    fn aligned(&self) -> (&[&'a str], &[&'a str]) {
        (head(&self.left), head(&self.right))
    }

    /// The first differing lines, each without its end where that does not differ.
    fn first(&self) -> (Option<String>, Option<String>) {
        let (left, right) = (self.left.get(self.context), self.right.get(self.context));
        let bare = |line: &'a str| line.strip_suffix('\n').unwrap_or(line);
        let (l, r) = (left.copied().unwrap_or_default(), right.copied().unwrap_or_default());
        let only_end = without_end(l) == without_end(r);
        let (l, r) = if only_end { (l, r) } else { (bare(l), bare(r)) };
        let (l, r) = show::around(l, r, show::KEPT);
        (left.map(|_| l), right.map(|_| r))
    }

    /// What the difference looks like.
    fn hint(&self) -> Option<Hint> {
        let (left, right) = (&self.left, &self.right);
        let mut pairs = left.iter().zip(right);
        if left.len() == right.len() && pairs.all(|(l, r)| without_end(l) == without_end(r)) {
            return Some(Hint::LineEnds);
        }
        if permuted(left, right) {
            return Some(Hint::Order);
        }
        let (l, r) = left.get(self.context).zip(right.get(self.context))?;
        cause::of_pair(without_end(l), without_end(r))
    }
}

/// A line without its end.
fn without_end(line: &str) -> &str {
    let line = line.strip_suffix('\n').unwrap_or(line);
    line.strip_suffix('\r').unwrap_or(line)
}

/// Whether both are the same lines in another order, whatever their ends.
fn permuted(left: &[&str], right: &[&str]) -> bool {
    let size = |lines: &[&str]| lines.iter().map(|line| without_end(line).len()).sum::<usize>();
    if left.len() != right.len() || size(left) != size(right) {
        return false;
    }
    let mut left: Vec<&str> = left.iter().map(|line| without_end(line)).collect();
    let mut right: Vec<&str> = right.iter().map(|line| without_end(line)).collect();
    left.sort_unstable();
    right.sort_unstable();
    left == right
}

/// The first lines, as many as are aligned.
fn head<'s, 'a>(lines: &'s [&'a str]) -> &'s [&'a str] {
    lines.get(..ALIGNED).unwrap_or(lines)
}

/// How many lines the changes touch; a replaced line counts once.
fn changed(ops: &[DiffOp]) -> usize {
    let changes = ops.iter().filter(|op| !matches!(op, DiffOp::Equal { .. }));
    changes.map(|op| op.old_range().len().max(op.new_range().len())).sum()
}

/// About how many lines differ, where there are too many to align: the fewer of
/// those that differ by position, and those that the other side does not have.
fn roughly_changed(left: &[&str], right: &[&str]) -> usize {
    let apart = left.iter().zip(right).filter(|(l, r)| l != r).count();
    let by_position = apart + left.len().abs_diff(right.len());
    let mut counts: HashMap<&str, isize> = HashMap::new();
    left.iter().for_each(|line| *counts.entry(line).or_default() += 1);
    right.iter().for_each(|line| *counts.entry(line).or_default() -= 1);
    let only_left: isize = counts.values().map(|n| (*n).max(0)).sum();
    let only_right: isize = counts.values().map(|n| (-n).max(0)).sum();
    match only_left.max(only_right).unsigned_abs() {
        0 => by_position, // the same lines in another order
        by_content => by_content.min(by_position),
    }
}

/// The unified diff, at most [`SHOWN`] lines.
fn hunks(middle: &Middle<'_>, ops: Vec<DiffOp>, whole: bool) -> String {
    let (left, right) = middle.aligned();
    let mut groups = group_diff_ops(ops, CONTEXT);
    if !whole && groups.len() > 1 {
        // the last one is where the lines were cut off, not where they differ
        groups.pop();
    }
    let first_line = middle.line.saturating_sub(middle.context);
    let mut lines = Vec::new();
    for group in groups {
        lines.push(header(&group, first_line));
        for op in group {
            for change in op.iter_changes(left, right) {
                let other = partner(&op, change.old_index(), change.new_index(), left, right);
                push_line(&mut lines, change.tag(), change.value(), other);
                if lines.len() > SHOWN {
                    lines.truncate(SHOWN - 1);
                    lines.push("…".to_owned());
                    return lines.join("\n");
                }
            }
        }
    }
    lines.join("\n")
}

/// `@@ -3,2 +3,2 @@`.
fn header(group: &[DiffOp], first_line: usize) -> String {
    let (Some(first), Some(last)) = (group.first(), group.last()) else {
        return String::new();
    };
    let side = |start: usize, end: usize| {
        let count = end - start;
        // as diff does: an empty range is named by the line before it
        let from = start + first_line - usize::from(count == 0);
        if count == 1 { from.to_string() } else { format!("{from},{count}") }
    };
    let old = side(first.old_range().start, last.old_range().end);
    let new = side(first.new_range().start, last.new_range().end);
    format!("@@ -{old} +{new} @@")
}

/// The line that a line of a replacement stands against, to show where they differ.
fn partner<'a>(
    op: &DiffOp,
    old: Option<usize>,
    new: Option<usize>,
    left: &[&'a str],
    right: &[&'a str],
) -> &'a str {
    let (olds, news) = (op.old_range(), op.new_range());
    let other = match (old, new) {
        (Some(at), None) => right.get(news).and_then(|lines| lines.get(at - olds.start)),
        (None, Some(at)) => left.get(olds).and_then(|lines| lines.get(at - news.start)),
        _ => None,
    };
    other.copied().unwrap_or_default()
}

/// A line of the diff; a second one where the text has no newline at its end.
fn push_line(lines: &mut Vec<String>, tag: ChangeTag, line: &str, other: &str) {
    let sign = match tag {
        ChangeTag::Equal => ' ',
        ChangeTag::Delete => '-',
        ChangeTag::Insert => '+',
    };
    let bare = line.strip_suffix('\n').unwrap_or(line);
    let shown = show::escape(&show::around(bare, other, WIDE).0);
    let visible = shown.trim_end_matches(' ');
    let spaces = r"\u{20}".repeat(shown.len() - visible.len());
    lines.push(format!("{sign}{visible}{spaces}"));
    if bare.len() == line.len() {
        lines.push(r"\ no newline at the end".to_owned());
    }
}
