//! Markdown as GitHub renders it (CommonMark with tables, task lists, footnotes and bare
//! addresses), with the line of everything that matters here.

use std::collections::BTreeSet;
use std::ops::Range;

use pulldown_cmark::{Event, LinkType, Options, Parser, Tag, TagEnd};

use thrice_findings::text::Lines;

/// A link or an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its line, from 1.
    pub line: usize,
    /// Where it leads, without escapes of Markdown.
    pub text: String,
}

fn parser(text: &str) -> Parser<'_> {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH;
    Parser::new_ext(text, options)
}

/// All links of a text, in the order of their lines. What stands in code or in a comment is
/// none; a definition (`[name]: target`) is one, whether it is used or not.
pub fn links(text: &str) -> Vec<Link> {
    let lines = Lines::new(text);
    let parser = parser(text);
    let mut found: Vec<Link> = parser
        .reference_definitions()
        .iter()
        .map(|(_, it)| Link { line: lines.of(it.span.start), text: it.dest.to_string() })
        .collect();
    let (mut inside, mut code) = (0_usize, false);
    let mut run = TextRun::default();
    for (event, range) in parser.into_offset_iter() {
        if let (Event::Text(piece), 0, false) = (&event, inside, code) {
            run.add(piece, &range);
            continue;
        }
        run.end(&lines, &mut found);
        match event {
            Event::Start(
                Tag::Link { link_type, dest_url, .. } | Tag::Image { link_type, dest_url, .. },
            ) => {
                inside += 1;
                // Where the others lead is in their definitions.
                if matches!(link_type, LinkType::Inline | LinkType::Autolink) {
                    let line = lines.of(range.start);
                    found.push(Link { line, text: dest_url.into_string() });
                }
            }
            Event::End(TagEnd::Link | TagEnd::Image) => inside = inside.saturating_sub(1),
            Event::Start(Tag::CodeBlock(_)) => code = true,
            Event::End(TagEnd::CodeBlock) => code = false,
            _ => {}
        }
    }
    run.end(&lines, &mut found);
    found.sort_by_key(|target| target.line);
    found
}

/// Text that stands together, in which bare addresses are looked for.
#[derive(Default)]
struct TextRun {
    text: String,
    start: usize,
}

impl TextRun {
    fn add(&mut self, piece: &str, range: &Range<usize>) {
        if self.text.is_empty() {
            self.start = range.start;
        }
        self.text.push_str(piece);
    }

    /// Takes the addresses out of the text, as GitHub links them.
    fn end(&mut self, lines: &Lines, found: &mut Vec<Link>) {
        let text = std::mem::take(&mut self.text);
        for word in text.split(|c: char| c.is_whitespace() || c == '<') {
            if let Some(address) = address(word) {
                found.push(Link { line: lines.of(self.start), text: address.to_owned() });
            }
        }
    }
}

/// The address in a word, without what GitHub does not take for a part of it: punctuation
/// at its end, and closing brackets that it did not open
/// (<https://github.github.com/gfm/#autolinks-extension->).
fn address(word: &str) -> Option<&str> {
    let begins = |at: &usize| {
        let before = word.get(..*at).unwrap_or_default();
        let rest = word.get(*at..).unwrap_or_default();
        (before.is_empty() || before.ends_with(['*', '_', '~', '(', '[', ']', '>', '"', '\'']))
            && ["https://", "http://"].iter().any(|scheme| rest.starts_with(scheme))
    };
    let at = word.match_indices("http").map(|(at, _)| at).find(begins)?;
    let mut address = word.get(at..)?;
    loop {
        let count = |c: char| address.matches(c).count();
        let surplus =
            |open: char, close: char| address.ends_with(close) && count(close) > count(open);
        let punctuation = ['.', ',', ';', ':', '!', '?', '*', '_', '~', '"', '\'', '>'];
        if !(address.ends_with(punctuation) || surplus('(', ')') || surplus('[', ']')) {
            return Some(address);
        }
        let mut rest = address.chars();
        rest.next_back();
        address = rest.as_str();
    }
}

/// A heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heading {
    /// Its line, from 1.
    pub line: usize,
    /// Its text.
    pub text: String,
}

/// All headings of a text, of any level and form.
pub fn headings(text: &str) -> Vec<Heading> {
    let lines = Lines::new(text);
    let (mut found, mut open): (Vec<Heading>, bool) = (Vec::new(), false);
    for (event, range) in parser(text).into_offset_iter() {
        match event {
            Event::Start(Tag::Heading { .. }) => {
                open = true;
                found.push(Heading { line: lines.of(range.start), text: String::new() });
            }
            Event::End(TagEnd::Heading(_)) => open = false,
            Event::Text(piece) | Event::Code(piece) if open => {
                found.iter_mut().last().into_iter().for_each(|it| it.text.push_str(&piece));
            }
            _ => {}
        }
    }
    found
}

/// How many boxes of task lists are ticked, and how many there are.
pub fn boxes(text: &str) -> (usize, usize) {
    let marks = parser(text).filter_map(|event| match event {
        Event::TaskListMarker(ticked) => Some(ticked),
        _ => None,
    });
    marks.fold((0, 0), |(ticked, all), mark| (ticked + usize::from(mark), all + 1))
}

/// What stands beside each ticked box of task lists, as plain text on one line.
pub fn ticked(text: &str) -> Vec<String> {
    let mut labels: Vec<String> = Vec::new();
    let mut is_within = false;
    for event in parser(text) {
        match event {
            Event::TaskListMarker(ticked) => {
                is_within = ticked;
                labels.extend(ticked.then(String::new));
            }
            Event::Text(part) | Event::Code(part) if is_within => {
                labels.last_mut().into_iter().for_each(|label| label.push_str(&part));
            }
            Event::SoftBreak | Event::HardBreak if is_within => {
                labels.last_mut().into_iter().for_each(|label| label.push(' '));
            }
            Event::End(TagEnd::Item | TagEnd::Paragraph)
            | Event::Start(Tag::Item | Tag::Paragraph | Tag::CodeBlock(_)) => is_within = false,
            _ => {}
        }
    }
    labels
}

/// The lines that say something, each with its number from 1: as they are written, but
/// without comments. Headings, rules, empty table rows and definitions say nothing.
pub fn said(text: &str) -> Vec<(usize, String)> {
    let lines = Lines::new(text);
    let mut says = BTreeSet::new();
    let mut shown = text.as_bytes().to_vec();
    let mut heading = false;
    for (event, range) in parser(text).into_offset_iter() {
        match event {
            Event::Start(Tag::Heading { .. }) => heading = true,
            Event::End(TagEnd::Heading(_)) => heading = false,
            Event::Text(_) | Event::Code(_) if !heading => {
                says.extend(lines.of(range.start)..=lines.of(range.end.saturating_sub(1)));
            }
            Event::Html(html) | Event::InlineHtml(html) if !heading => {
                let comment = html.trim_start().starts_with("<!--");
                if !comment && without_tags(&html).chars().any(char::is_alphanumeric) {
                    says.insert(lines.of(range.start));
                }
            }
            _ => {}
        }
    }
    for range in comments(text) {
        for byte in shown.get_mut(range).into_iter().flatten().filter(|byte| **byte != b'\n') {
            *byte = b' ';
        }
    }
    let shown = String::from_utf8_lossy(&shown).into_owned();
    let numbered = shown.lines().enumerate().map(|(at, line)| (at + 1, line.trim().to_owned()));
    numbered
        .filter(|(line, text)| says.contains(line) && text.chars().any(char::is_alphanumeric))
        .collect()
}

/// Where comments stand; one that never ends hides all that follows it.
fn comments(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for (event, range) in parser(text).into_offset_iter() {
        let (Event::Html(html) | Event::InlineHtml(html)) = event else { continue };
        let is_open = found.last().is_some_and(|last: &Range<usize>| {
            let before = text.get(last.clone()).unwrap_or_default();
            last.end == range.start && !before.contains("-->")
        });
        if is_open {
            found.iter_mut().last().into_iter().for_each(|last| last.end = range.end);
        } else if let Some(at) = html.find("<!--") {
            found.push(range.start + at..range.end);
        }
    }
    for range in &mut found {
        let inner = text.get(range.clone()).unwrap_or_default();
        if let Some(end) = inner.find("-->") {
            range.end = range.start + end + "-->".len();
        }
    }
    found
}

fn without_tags(html: &str) -> String {
    let mut kept = String::new();
    let mut inside = false;
    for c in html.chars() {
        match c {
            '<' => inside = true,
            '>' => inside = false,
            _ if !inside => kept.push(c),
            _ => {}
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn links_are_those_that_are_rendered() {
        let table: &[(&str, &[&str])] = &[
            ("![a](p/a(1).png)", &["p/a(1).png"]),
            ("![a](<p/a(1).png>)", &["p/a(1).png"]),
            ("![a](p/a%281%29.png)", &["p/a%281%29.png"]),
            ("[a](<with space.md> \"title\")", &["with space.md"]),
            ("[a](a\\_b.md)", &["a_b.md"]),
            ("[a](a&amp;b.md)", &["a&b.md"]),
            (r"\[x](gone.md)", &[]),
            ("<!-- [x](gone.md) -->", &[]),
            ("<!--\n\n[x](gone.md)\nhttps://a.b\n\n-->\n[y](b.md)", &["b.md"]),
            ("x <!-- [x](gone.md) --> [y](b.md)", &["b.md"]),
            ("`[x](gone.md)`", &[]),
            ("``[x](gone.md) ` ``", &[]),
            ("```\n[x](gone.md)\n~~~\n```\n[y](b.md)", &["b.md"]),
            ("````\n```\n[x](gone.md)\n```\n````", &[]),
            ("para\n\n    [x](gone.md)\n", &[]),
            ("[a][r] and [r]\n\n[r]: c.md \"t\"", &["c.md"]),
            ("[unused]: gone.md", &["gone.md"]),
            ("[not a link] (gone.md)", &[]),
            ("[![a](i.png)](l.md)", &["l.md", "i.png"]),
            ("<https://a.b/c>", &["https://a.b/c"]),
            ("see https://a.b/c_d_e.", &["https://a.b/c_d_e"]),
            ("see (https://a.b/c), too", &["https://a.b/c"]),
            ("**https://a.b**", &["https://a.b"]),
            ("[https://a.b](c.md)", &["c.md"]),
            ("| a |\n| - |\n| [x](t.md) |", &["t.md"]),
            ("x[^1]\n\n[^1]: [n](n.md)", &["n.md"]),
            ("<a@b.c>", &[]),
            // Of public reports, each at its address below <https://github.com>.
            // TiddlyWiki/TiddlyWiki5/pull/9740, github/cmark-gfm/issues/146.
            ("https://a.b/A_(B)", &["https://a.b/A_(B)"]),
            ("(https://a.b/A_(B))", &["https://a.b/A_(B)"]),
            ("(https://a.b/A_(B))))", &["https://a.b/A_(B)"]),
            ("see (https://a.b/A_(B)).", &["https://a.b/A_(B)"]),
            // marktext/marktext/pull/4652: what stands at the end and is none of it.
            ("https://a.b/c?d=[e]&f", &["https://a.b/c?d=[e]&f"]),
            ("https://a.b/c&amp;d;", &["https://a.b/c&d"]),
            ("https://a.b/c<br>", &["https://a.b/c"]),
            ("~https://a.b/c~ _https://a.b/d_", &["https://a.b/c", "https://a.b/d"]),
            // jefago/tiny-markdown-editor/pull/170: what may stand before one.
            ("xhttps://a.b", &[]),
            ("x:https://a.b", &[]),
            // DavidAnson/markdownlint/issues/697: brackets in a definition's target.
            (
                "[b][]\n\n[b]: https://a.b/4?n[]=t:b&not[n][]=c",
                &["https://a.b/4?n[]=t:b&not[n][]=c"],
            ),
            // zensical/zensical/issues/631, 618.
            ("[some[nested]](https://a.b)", &["https://a.b"]),
            ("``` ebnf\nx = y, [z];\n```", &[]),
            // markdownlint/markdownlint/issues/132: a note behind brackets.
            ("(...)[^n]\n\n[^n]: x", &[]),
            // markdownlint/markdownlint/issues/191: in HTML, of a line and of a block.
            ("<u>by the [T](https://a.b/T)</u>", &["https://a.b/T"]),
            ("<div>\n[link](gone.md)\n</div>", &[]),
            // tcort/markdown-link-check/issues/277, scivision/linkchecker-markdown/issues/13.
            ("```\nhttps://a.b\n```", &[]),
            ("`[[URL](URL)]`", &[]),
            ("Good [l](a.md)\n\n<!--\n[bad](/b)\n\n[local](#foo)\n-->", &["a.md"]),
        ];
        for (text, expected) in table {
            let found: Vec<String> = links(text).into_iter().map(|link| link.text).collect();
            assert_eq!(found, *expected, "{text}");
        }
        let two = links("a\n\n[x](a.md)\nand\n[y](b.md)");
        assert_eq!(two.iter().map(|link| link.line).collect::<Vec<_>>(), [3, 5]);
    }

    #[test]
    fn headings_have_every_form() {
        let text = "# One #\n\nTwo *too*\n===\n\n```\n# not\n```\n\n<!--\n# not\n-->\n#not\n\n> ## `Three`";
        let found: Vec<_> = headings(text).into_iter().map(|it| (it.line, it.text)).collect();
        let expected = [(1, "One"), (3, "Two too"), (15, "Three")];
        assert_eq!(found, expected.map(|(line, text)| (line, text.to_owned())));
    }

    #[test]
    fn what_is_said_is_what_is_seen() {
        let table: &[(&str, &[(usize, &str)])] = &[
            ("# H\n\ntext", &[(3, "text")]),
            ("H\n---\n", &[]),
            ("<!-- a\n\nb\n\n-->\nafter", &[(6, "after")]),
            ("a <!-- b --> c", &[(1, "a            c")]),
            ("<!-- never ended\n\nx\n", &[]),
            ("| | |\n|-|-|\n| | |\n", &[]),
            ("---\n\n***\n", &[]),
            ("[r]: x.md\n", &[]),
            ("```sh\n# comment\n```\n", &[(2, "# comment")]),
            ("- a\n- [x] b\n", &[(1, "- a"), (2, "- [x] b")]),
            ("<p>seen</p>\n<br>\n", &[(1, "<p>seen</p>")]),
            ("<https://a.b>", &[(1, "<https://a.b>")]),
        ];
        for (text, expected) in table {
            let expected: Vec<_> = expected.iter().map(|(n, t)| (*n, (*t).to_owned())).collect();
            assert_eq!(said(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in "[\\[\\]()`<>!#a-z:/.\n |\\\\*_~=é -]{0,80}") {
            let _ = (links(&text), headings(&text), said(&text), boxes(&text), ticked(&text));
        }
    }
}
