//! The author's own words in a body: any text that cannot be taken for a claim, and hides
//! none.

use super::parse::{closes, opens, parse};
use super::template::Template;
use crate::judge::filemap::is_invisible;
use thrice_findings::text::quoted;
use thrice_orr::judge::server::scorecard::Problem;
use thrice_programme::body::BodyPart;

/// The most characters of a summary.
pub(crate) const LONGEST: usize = 8_000;

/// What speaks against a summary whose first line is that after line `before` of the body.
pub(crate) fn check(text: &str, before: usize, template: &Template) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut problem = |line: usize, message: String, help: &str| {
        problems.push(Problem::new("Summary", before + line, message, help));
    };
    let count = text.chars().count();
    if count > LONGEST {
        let message = format!("it has {count} characters, and {LONGEST} is the most");
        problem(0, message, "link to the rest");
    }
    let headings: Vec<String> = template.headings(0, true, true).iter().map(|h| bare(h)).collect();
    let mut fence: Option<(usize, char, usize)> = None;
    let (mut in_html, mut paragraph) = (false, String::new());
    for (number, line) in (1..).zip(text.lines()) {
        let within = line.trim_start();
        let opened = |line| {
            let opened = |mark| Some((number, mark, opens(line, mark)?.0));
            ['`', '~'].into_iter().find_map(opened)
        };
        match fence {
            Some((_, mark, length)) if closes(line, mark, length) => fence = None,
            Some((_, mark, length)) if !closes(within, mark, length) => {}
            None if opened(within).is_none() => {
                in_html = within.starts_with('<') || (in_html && !within.is_empty());
            }
            None if opened(line).is_some() && !in_html => fence = opened(line),
            // Beside a list or HTML it depends on what came before whether it is a fence.
            _ => {
                let help = "begin the fence at the start of its line, after an empty one";
                problem(number, format!("{} may be no fence", quoted(line)), help);
            }
        }
        let is_heading = |line: &str| headings.contains(&bare(line)) && !bare(line).is_empty();
        let underlines =
            !within.is_empty() && ['=', '-'].iter().any(|it| line.trim().chars().all(|c| c == *it));
        let is_underlined = underlines && is_heading(&paragraph);
        paragraph = if within.is_empty() { String::new() } else { format!("{paragraph}{line}") };
        if is_heading(line)
            || is_heading(&shown(line))
            || is_underlined
            || template.is_title(line.trim())
        {
            let message = format!("{} is a heading of the template", quoted(line));
            problem(number, message, "write it in other words");
        }
        if let Some(message) = deceives(line, fence.is_some()) {
            problem(number, message, "write plain Markdown, of characters that everybody sees");
        }
    }
    if let Some((number, ..)) = fence {
        problem(number, "the fence that opens here is never closed".to_owned(), "close it");
    }
    problems
}

/// Whether a summary may stand in a body: it claims nothing, and hides nothing.
#[must_use]
pub fn is_plain_summary(text: &str, template: &Template) -> bool {
    check(text, 0, template).is_empty()
}

/// A body with these words of its author, or none, in the place of those that it has. What
/// it claims stays the same.
#[must_use]
pub fn with_summary(body: &str, template: &Template, summary: Option<&str>) -> String {
    let (parsed, _) = parse(body.as_bytes(), template);
    let mut lines: Vec<&str> = parsed.text.lines().collect();
    if let Some((heading, own)) = &parsed.summary {
        // The empty line before the heading goes with it.
        let from = heading.saturating_sub(2);
        lines.drain(from..(heading + own.lines().count()).min(lines.len()));
    }
    let heading = template.heading(|part| *part == BodyPart::Summary);
    let mut text = String::new();
    for (index, line) in lines.iter().enumerate() {
        text.push_str(&format!("{line}\n"));
        if let (0, Some(summary)) = (index, summary) {
            text.push_str(&format!("\n{heading}\n{summary}"));
        }
    }
    text
}

/// What people would not see of a line, or see in the place of what it says: an invisible
/// character, or what opens HTML that hides the rest of a page; outside of a fence also what
/// draws a heading or spells other letters.
pub(super) fn deceives(line: &str, in_fence: bool) -> Option<String> {
    // Part of many emoji: it asks for their colours.
    let hidden = |c: char| c != '\t' && c != '\u{fe0f}' && (c.is_control() || is_invisible(c));
    if line.chars().any(hidden) {
        return Some("this line has a character that nobody sees".to_owned());
    }
    let lower = line.to_ascii_lowercase();
    let outside: &[&str] = if in_fence { &[] } else { DECEIVING_OUTSIDE };
    let found = DECEIVING.iter().chain(outside).find(|tag| lower.contains(**tag))?;
    Some(format!("`{found}` can hide what comes below, or show what nobody wrote"))
}

/// Refused in a fence as well.
const DECEIVING: &[&str] =
    &["<!--", "<details", "<template", "<pre", "<style", "<script", "<textarea"];
const DECEIVING_OUTSIDE: &[&str] = &["<!", "<?", "&#", "<h1", "<h2", "<h3", "<h4", "<h5", "<h6"];

/// What a line shows of itself, as far as Markdown goes: no tags, no targets of links, no named
/// characters.
fn shown(line: &str) -> String {
    let mut text = line.to_owned();
    for (open, close) in [("<", ">"), ("](", ")"), ("][", "]"), ("&", ";")] {
        while let Some(from) = text.find(open)
            && let Some(length) = text.get(from + open.len()..).and_then(|it| it.find(close))
        {
            text.replace_range(from..from + open.len() + length + close.len(), "");
        }
    }
    text
}

/// The letters and digits of a line, in lower case.
fn bare(line: &str) -> String {
    line.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
