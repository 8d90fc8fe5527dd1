//! The canonical body of a pull request (H-7), written and read back. A body
//! is a claim: each part of it is checked against what is known, and in the end the
//! whole is written anew and compared byte for byte.

mod check;
mod fields;
mod lists;
mod parse;
mod recorded;
mod render;
mod risky;
mod said;
mod scorecard;
pub mod story;
mod template;

#[cfg(test)]
mod tests;

use crate::findings::{Code, Finding, Place};

pub use check::{Facts, Known, check};
pub use parse::{Body, Fence, MOST_CHARACTERS, MOST_READ, Section, parse};
pub use recorded::Recorded;
pub use render::{Content, render, unlistable};
pub use risky::Risky;
pub use said::{KEYS, Said, time};
pub use scorecard::{Wanted as ScorecardWanted, check as check_scorecard};
pub use story::{LARGEST_NOTES, Story, is_id as is_story_id, no_rollback, schema as story_schema};
pub use template::{LEAST_RUNS, Template, is_title};

use crate::checks::text::quoted;

/// One thing that is wrong with a body: CEC-50.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The field or section.
    pub field: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
    /// What mends it.
    pub help: String,
    /// Whether something that must be there is not.
    pub missing: bool,
}

impl Problem {
    fn new(field: &str, line: usize, message: impl Into<String>, help: impl Into<String>) -> Self {
        let (message, help) = (message.into(), help.into());
        Self { field: field.to_owned(), line, message, help, missing: false }
    }

    /// The same, of something that must be there and is not.
    fn missing(self) -> Self {
        Self { missing: true, ..self }
    }

    /// The problem as a finding in a file.
    #[must_use]
    pub fn finding(&self, file: &str) -> Finding {
        Finding::new(Code::Cec50, format!("`{}`: {}", self.field, self.message))
            .help(&self.help)
            .at(Place::line(file, self.line))
    }
}

/// Digest of a text, in lower-case hex.
fn sha256(text: &str) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
