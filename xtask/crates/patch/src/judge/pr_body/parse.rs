//! Reading a body that anyone may have written: lines, fences, sections. What the
//! sections must hold is [`super::check`]'s question.

use super::template::Template;
use thrice_orr::judge::server::scorecard::Problem;
use thrice_programme::body::BodyPart;

/// The most characters that GitHub takes as a body.
pub(crate) const MOST_CHARACTERS: usize = 65_536;
/// The most bytes that so many characters can be.
const MOST_BYTES: usize = 4 * MOST_CHARACTERS;
/// The same, where each of them is a line feed that came with a carriage return.
pub(crate) const MOST_READ: usize = 2 * MOST_BYTES;

/// A body, split into its sections.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Body {
    /// The text, with LF at the end of each line.
    pub text: String,
    /// Its sections, in order. What stands before the first heading is none.
    pub sections: Vec<Section>,
    /// The line of the summary's heading, from 1, and its text, where there is one.
    pub(super) summary: Option<(usize, String)>,
}

/// A heading with what stands below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// The heading's whole line.
    pub heading: String,
    /// Its line, from 1.
    pub line: usize,
    /// What stands outside of fences, by line, without the empty lines around it.
    pub lines: Vec<(usize, String)>,
    /// What stands in fences.
    pub(crate) fences: Vec<Fence>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fence {
    /// The line that opens it, from 1.
    pub line: usize,
    /// What stands beside the opening backticks, such as `json`.
    pub info: String,
    /// The lines between, each with its LF.
    pub text: String,
}

/// Reads a body. What could not be read is reported; the rest is given all the same.
#[must_use]
pub fn parse(bytes: &[u8], template: &Template) -> (Body, Vec<Problem>) {
    let mut problems = Vec::new();
    let too_long = |problems: &mut Vec<Problem>| {
        let message =
            format!("it is longer than the {MOST_CHARACTERS} characters that GitHub takes");
        problems.push(Problem::new("body", 1, message, "split the patch"));
    };
    if bytes.len() > MOST_READ {
        too_long(&mut problems);
        return (Body::default(), problems);
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => unified(text, &mut problems),
        Err(error) => {
            let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
            problems.push(Problem::new("body", line, "it is not UTF-8", "write it as UTF-8"));
            return (Body::default(), problems);
        }
    };
    if text.chars().count() > MOST_CHARACTERS {
        too_long(&mut problems);
        return (Body::default(), problems);
    }
    let summary = summary(&text, template);
    let sections = sections(&text, summary, template, &mut problems);
    let summary = summary.map(|(heading, lines)| {
        let own = text.lines().skip(heading).take(lines);
        (heading, own.map(|line| format!("{line}\n")).collect())
    });
    (Body { text, sections, summary }, problems)
}

/// The line of the summary's heading, from 1, and how many lines it has: up to the next
/// heading of the template, without the empty line before that.
fn summary(text: &str, template: &Template) -> Option<(usize, usize)> {
    let heading = template.heading(|part| *part == BodyPart::Summary);
    let mut lines = (1..).zip(text.lines());
    let is_first = |line: &str| line.is_empty() || line.starts_with("# ");
    let (at, _) = lines.find(|(_, line)| !is_first(line)).filter(|(_, line)| *line == heading)?;
    let known = |line: &str| template.sections.iter().any(|section| section.heading == line);
    let own: Vec<&str> = lines.map(|(_, line)| line).take_while(|line| !known(line)).collect();
    let blank = usize::from(own.last().is_some_and(|line| line.is_empty()));
    Some((at, own.len() - blank))
}

/// The text with LF line ends. All of them may be CRLF, as GitHub's editor leaves them;
/// a body in which only some are was edited.
fn unified(text: &str, problems: &mut Vec<Problem>) -> String {
    if !text.contains('\r') {
        return text.to_owned();
    }
    let joined = text.replace("\r\n", "\n");
    let (crlf, all) = (text.matches("\r\n").count(), text.matches('\n').count());
    if crlf < all || joined.contains('\r') {
        // The fewer are those that were edited.
        let mostly = crlf * 2 > all;
        let odd = text.split('\n').position(|line| line.ends_with('\r') != mostly);
        let message = "the ends of its lines are mixed: some are CRLF, others are not";
        let line = odd.map_or(1, |index| index + 1);
        problems.push(Problem::new("body", line, message, "write LF at the end of every line"));
    }
    joined
}

struct Open {
    length: usize,
    fence: Fence,
}

fn sections(
    text: &str,
    summary: Option<(usize, usize)>,
    template: &Template,
    problems: &mut Vec<Problem>,
) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    let mut open: Option<Open> = None;
    let own = summary.map_or(0..0, |(heading, lines)| heading..heading + lines);
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        if own.contains(&index) {
            continue;
        }
        if let Some(mut inner) = open.take() {
            if closes(line, '`', inner.length) {
                if let Some(section) = sections.last_mut() {
                    section.fences.push(inner.fence);
                }
            } else {
                inner.fence.text.push_str(line);
                inner.fence.text.push('\n');
                open = Some(inner);
            }
        } else if let Some((length, info)) = opens(line, '`') {
            let fence = Fence { line: number, info: info.to_owned(), text: String::new() };
            open = Some(Open { length, fence });
        } else if line.starts_with("# ") || line.starts_with("## ") {
            let heading = line.to_owned();
            sections.push(Section { heading, line: number, lines: Vec::new(), fences: Vec::new() });
        } else if let Some(section) = sections.last_mut() {
            section.lines.push((number, line.to_owned()));
        } else if !line.is_empty() {
            let message = "this stands before the first heading";
            problems.push(Problem::new("title", number, message, "take it out"));
        }
    }
    if let Some(Open { fence, .. }) = open {
        let name = sections.last().map_or("title", |section| template.name(&section.heading));
        let message = "the fence that is opened here is never closed";
        problems.push(Problem::new(name, fence.line, message, "close it"));
    }
    for section in &mut sections {
        let filled = |(_, line): &(usize, String)| !line.is_empty();
        let end = section.lines.iter().rposition(filled).map_or(0, |at| at + 1);
        section.lines.truncate(end);
        let start = section.lines.iter().position(filled).unwrap_or(0);
        section.lines.drain(..start);
    }
    sections
}

/// The length and the info of a fence of such marks that a line opens.
pub(super) fn opens(line: &str, mark: char) -> Option<(usize, &str)> {
    let info = line.trim_start_matches(mark);
    let length = line.len() - info.len();
    (length >= 3 && (mark == '~' || !info.contains(mark))).then_some((length, info))
}

/// Whether a line closes a fence of so many such marks.
pub(super) fn closes(line: &str, mark: char, length: usize) -> bool {
    let rest = line.trim_start_matches(mark);
    line.len() - rest.len() >= length && rest.chars().all(|c| c == ' ' || c == '\t')
}
