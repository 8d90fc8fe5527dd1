//! A picture of a terminal, for a page: what was typed and what was shown, as SVG.

use regex::Regex;

use super::pages::Step;

/// The characters of a row; what one is wide, and a row is high, in pixels.
const COLUMNS: usize = 80;
const CHARACTER: f64 = 7.8;
const ROW: usize = 18;
/// Between the edge and the text, in pixels.
const MARGIN: usize = 16;

/// What begins a row that is coloured, and its colour: a command, a failure, a pass.
const COLOURS: &[(&str, &str)] = &[
    (r"\$ .*", "#79c0ff"),
    (r"(orr|decision): fail|error\[CEC-\d+\]", "#ff7b72"),
    (r"(orr|decision): pass", "#7ee787"),
];

/// The terminal of somebody who types the blocks, with what each prints. Of a block's lines,
/// those with one of the words are drawn.
pub(crate) fn of(steps: &[Step], words: &[&str]) -> String {
    let mut rows = Vec::new();
    for step in steps {
        let is_drawn = |line: &&str| words.iter().any(|word| line.contains(word));
        let typed = step.script.lines().filter(is_drawn);
        rows.extend(typed.flat_map(|line| wrapped(&format!("$ {line}"))));
        rows.extend(step.shown.iter().flat_map(|shown| shown.lines()).flat_map(wrapped));
        rows.push(String::new());
    }
    rows.pop();
    drawn(&rows)
}

/// A line in rows, of which each but the first is indented.
fn wrapped(line: &str) -> Vec<String> {
    let indent = if line.starts_with("$ ") { "    " } else { "  " };
    let mut rows = vec![String::new()];
    for word in line.split_inclusive(' ') {
        let row = rows.last_mut().unwrap();
        if row.chars().count() + word.trim_end().chars().count() <= COLUMNS {
            row.push_str(word);
        } else {
            rows.push(format!("{indent}{word}"));
        }
    }
    rows.iter().map(|row| row.trim_end().to_owned()).collect()
}

fn drawn(rows: &[String]) -> String {
    let width = 2 * MARGIN + (COLUMNS as f64 * CHARACTER) as usize;
    let height = 2 * MARGIN + rows.len() * ROW;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\">\n\
         <title>thrice orr fails, and then passes</title>\n\
         <rect width=\"{width}\" height=\"{height}\" rx=\"8\" fill=\"#161b22\"/>\n\
         <g font-family=\"ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace\" \
         font-size=\"13\" fill=\"#e6edf3\">\n"
    );
    for (number, row) in rows.iter().enumerate().filter(|(_, row)| !row.is_empty()) {
        let y = MARGIN + number * ROW + 13;
        svg += &format!("<text x=\"{MARGIN}\" y=\"{y}\">{}</text>\n", coloured(row));
    }
    svg + "</g>\n</svg>\n"
}

/// A row with its first words coloured.
fn coloured(row: &str) -> String {
    for (pattern, colour) in COLOURS {
        let first = Regex::new(&format!("^({pattern})")).unwrap();
        if let Some(found) = first.find(row) {
            let (first, rest) = row.split_at(found.end());
            let (first, rest) = (escaped(first), escaped(rest));
            return format!("<tspan fill=\"{colour}\" font-weight=\"bold\">{first}</tspan>{rest}");
        }
    }
    escaped(row)
}

/// A text of SVG, which would draw the spaces of a table's columns as one.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace(' ', "\u{a0}")
}
