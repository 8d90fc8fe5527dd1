//! The author's own words in a body: any text that cannot be taken for a claim, and hides
//! none.

use super::parse::{closes, opens, parse};
use super::template::Template;
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
    for (number, line) in (1..).zip(text.lines()) {
        match fence {
            Some((_, mark, length)) if closes(line.trim_start(), mark, length) => fence = None,
            Some(_) => {}
            None => {
                let opened = |mark| Some((number, mark, opens(line.trim_start(), mark)?.0));
                fence = ['`', '~'].into_iter().find_map(opened);
            }
        }
        if headings.contains(&bare(line)) || template.is_title(line.trim()) {
            let message = format!("{} is a heading of the template", quoted(line));
            problem(number, message, "write it in other words");
        }
        let lower = line.to_ascii_lowercase();
        if let Some(tag) = ["<!--", "<details", "<template", "<pre", "<style", "<script"]
            .into_iter()
            .find(|tag| lower.contains(tag))
        {
            problem(number, format!("`{tag}` can hide what comes below"), "write plain Markdown");
        }
        let hidden = |c: char| {
            (c.is_control() && c != '\t')
                || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
        };
        if line.chars().any(hidden) {
            problem(number, "this line has a character that nobody sees".to_owned(), "take it out");
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

/// The letters and digits of a line, in lower case.
fn bare(line: &str) -> String {
    line.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
