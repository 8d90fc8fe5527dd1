//! Policy files as text, and values that know where in it they stand.

use std::ops::Range;
use std::sync::Arc;

use super::table::did_you_mean;
use thrice_findings::{Code, Excerpt, Finding, Place};

/// The longest line that is shown, in bytes: each of its values would hold it.
const LONGEST_SHOWN: usize = 1000;

/// A policy file: its path as people see it, and its text.
#[derive(Debug)]
pub struct SourceFile {
    path: String,
    text: String,
    /// Where each line starts, in bytes: thousands of values ask for their line.
    lines: Vec<usize>,
}

impl SourceFile {
    /// Takes the file's bytes; what is not UTF-8 is a finding at its first bad byte.
    ///
    /// # Errors
    /// [`Code::PolicySyntax`] where the bytes are not UTF-8.
    pub fn new(path: impl Into<String>, bytes: &[u8]) -> Result<Self, Box<Finding>> {
        let path = path.into();
        match std::str::from_utf8(bytes) {
            Ok(text) => {
                let ends = text.match_indices('\n');
                let lines = std::iter::once(0).chain(ends.map(|(at, _)| at + 1)).collect();
                Ok(Self { path, text: text.to_owned(), lines })
            }
            Err(error) => {
                let before = &bytes[..error.valid_up_to()];
                let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
                let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
                let column = String::from_utf8_lossy(&before[start..]).chars().count() + 1;
                Err(Box::new(
                    Finding::new(Code::PolicySyntax, "this file is not UTF-8")
                        .help("write the file as UTF-8")
                        .at(Place { column: Some(column), ..Place::line(path, line) }),
                ))
            }
        }
    }

    /// The path as people see it.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The whole text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The place of a byte range: line and column of its start, with the line shown.
    #[must_use]
    pub fn place(&self, span: Range<usize>) -> Place {
        let start = floor_char_boundary(&self.text, span.start);
        let number = self.lines.partition_point(|line| *line <= start);
        let line_start = self.lines[number - 1];
        let line_end = self.lines.get(number).map_or(self.text.len(), |next| next - 1);
        let line = self.text[line_start..line_end].trim_end_matches('\r');
        let from = (start - line_start).min(line.len());
        let to = floor_char_boundary(line, (span.end.max(start) - line_start).min(line.len()));
        Place {
            file: Some(self.path.clone()),
            line: Some(number),
            column: Some(line[..from].chars().count() + 1),
            excerpt: (line.len() <= LONGEST_SHOWN)
                .then(|| Excerpt { line: line.to_owned(), span: from..to.max(from) }),
            ..Place::default()
        }
    }
}

fn floor_char_boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// A value and where it was written.
#[derive(Clone, Debug)]
pub struct Placed<T> {
    /// The value.
    pub value: T,
    span: Range<usize>,
    source: Arc<SourceFile>,
}

impl<T> Placed<T> {
    /// A value at a byte range of a file.
    #[must_use]
    pub fn new(value: T, span: Range<usize>, source: &Arc<SourceFile>) -> Self {
        Self { value, span, source: Arc::clone(source) }
    }

    /// Another value at the same place.
    #[must_use]
    pub fn with<U>(&self, value: U) -> Placed<U> {
        Placed { value, span: self.span.clone(), source: Arc::clone(&self.source) }
    }

    /// Where it was written.
    #[must_use]
    pub fn place(&self) -> Place {
        self.source.place(self.span.clone())
    }

    /// Whether the value is good, as the caller found; else a finding says what is wrong with it
    /// and what to write instead.
    pub fn holds(
        &self,
        good: bool,
        wrong: impl Into<String>,
        help: &str,
        findings: &mut Vec<Finding>,
    ) -> bool {
        if !good {
            findings.push(self.finding(Code::PolicyValue, wrong).help(help));
        }
        good
    }

    /// A finding about this value.
    #[must_use]
    pub fn finding(&self, code: Code, message: impl Into<String>) -> Finding {
        Finding::new(code, message).at(self.place())
    }
}

impl Placed<String> {
    /// The finding that there is nothing of this name; `otherwise` is what to do where none of
    /// the `known` names is like it.
    pub fn unknown<'a, S: AsRef<str> + ?Sized + 'a>(
        &self,
        what: &str,
        known: impl IntoIterator<Item = &'a S>,
        otherwise: impl Into<String>,
    ) -> Finding {
        let message = format!("there is no {what} `{}`", self.value);
        let help = did_you_mean(&self.value, known, otherwise);
        self.finding(Code::PolicyReference, message).help(help)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_spans_stay_in_their_line() {
        let file = SourceFile::new("p.toml", "a = 1\nnäme = \"x\r\ny\"\n".as_bytes()).unwrap();
        let at = file.text().find('"').unwrap();
        let place = file.place(at..at + 6);
        assert_eq!((place.line, place.column), (Some(2), Some(8)));
        let excerpt = place.excerpt.unwrap();
        assert_eq!(excerpt.line, "näme = \"x");
        assert_eq!(&excerpt.line[excerpt.span], "\"x");
        assert_eq!(file.place(900..901).line, Some(4));
        let long = format!("a = [{}]\n", "1,".repeat(LONGEST_SHOWN));
        let file = SourceFile::new("p.toml", long.as_bytes()).unwrap();
        let place = file.place(905..906);
        assert_eq!((place.line, place.column, place.excerpt), (Some(1), Some(906), None));
    }

    #[test]
    fn bytes_that_are_not_utf8_are_placed() {
        let finding = SourceFile::new("p.toml", b"a = 1\nb = \"\xff\"\n").unwrap_err();
        assert_eq!(finding.place.unwrap().describe(), "p.toml:2:6");
    }
}
