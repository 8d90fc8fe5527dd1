//! Values of policy files that have a form of their own.

use std::borrow::Cow;
use std::sync::OnceLock;
use std::time::Duration;

use globset::{Glob, GlobBuilder, GlobMatcher};
use serde_json::{Value, json};
use toml::Spanned;
use toml::de::DeValue;

use super::glob_class::without_separator;
use super::source::Placed;
use super::table::{List, PolicyValue, Problems};

/// A span of time, at most so many hours, written with its unit: `30 s`, `20 min`,
/// `1 h 30 min`, `2 days` (of 24 hours each).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeSpan<const MOST_HOURS: u64 = 24>(pub Duration);

impl<const MOST_HOURS: u64> PolicyValue for TimeSpan<MOST_HOURS> {
    fn read(value: &Spanned<DeValue<'_>>, problems: &mut Problems) -> Option<Self> {
        let Some(text) = value.get_ref().as_str() else {
            problems.wrong_type(value, "a span of time such as \"20 min\"");
            return None;
        };
        let parsed = text.parse::<jiff::Span>().ok();
        let days = jiff::SpanRelativeTo::days_are_24_hours();
        let span = parsed.and_then(|span| span.to_duration(days).ok()?.try_into().ok());
        if span.is_some_and(|span| span > Duration::from_secs(MOST_HOURS * 60 * 60)) {
            let message = format!("`{text}` is longer than {MOST_HOURS} h");
            return problems.unusable(value, message, format!("write at most \"{MOST_HOURS} h\""));
        }
        span.map(Self).or_else(|| {
            let help = "write a number with its unit, such as \"30 s\", \"20 min\" or \"2 h\"";
            problems.unusable(value, format!("`{text}` is not a span of time"), help)
        })
    }

    fn schema() -> Value {
        json!({ "type": "string", "examples": ["30 s", "20 min", "2 h", "1 day"] })
    }
}

/// A regular expression over bytes (the syntax of the `regex` crate, linear time).
#[derive(Clone, Debug)]
pub struct Pattern(pub regex::bytes::Regex);

impl PolicyValue for Pattern {
    fn read(value: &Spanned<DeValue<'_>>, problems: &mut Problems) -> Option<Self> {
        let text = String::read(value, problems)?;
        match regex::bytes::RegexBuilder::new(&text).multi_line(true).size_limit(1 << 20).build() {
            Ok(regex) => Some(Self(regex)),
            Err(error) => {
                let reason = error.to_string();
                let reason = reason.lines().last().unwrap_or_default().trim().to_owned();
                let message = format!("this pattern does not compile: {reason}");
                problems.unusable(value, message, "correct the regular expression")
            }
        }
    }

    fn schema() -> Value {
        json!({ "type": "string", "format": "regex" })
    }
}

/// A glob over paths with `/`: `*` stays within one folder, `**` crosses them.
#[derive(Clone, Debug)]
pub struct PathGlob {
    text: String,
    glob: Glob,
    /// Compiled where it is first asked alone: thousands of rules are asked as one set.
    matcher: OnceLock<GlobMatcher>,
}

/// How long a glob may be, in bytes: so each fits into a set.
const LONGEST_GLOB: usize = 4096;

impl PathGlob {
    /// Compiles a glob.
    ///
    /// # Errors
    /// Says why it is malformed.
    pub fn new(text: &str) -> Result<Self, String> {
        if text.len() > LONGEST_GLOB {
            return Err(format!("it is longer than {LONGEST_GLOB} bytes"));
        }
        let plain = without_separator(text)?;
        let mut builder = GlobBuilder::new(&plain);
        let glob = builder.literal_separator(true).backslash_escape(true).build();
        let glob = glob.map_err(|error| error.kind().to_string())?;
        Ok(Self { text: text.to_owned(), glob, matcher: OnceLock::new() })
    }

    /// As it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// As globset has it, to be joined with others into one set.
    #[must_use]
    pub fn glob(&self) -> &Glob {
        &self.glob
    }

    /// The same glob for a barrier: on systems that do not tell letter case apart, a
    /// path in other letters is the same file.
    ///
    /// # Errors
    /// Where the glob is too large.
    pub fn in_any_case(&self) -> Result<Glob, globset::Error> {
        in_any_case(self.glob.glob())
    }

    /// The folders that it speaks of, outermost first, in any letter case: each part of it
    /// before a `/`, as far as no `**` stands for folders of any depth.
    #[must_use]
    pub fn folders(&self) -> Vec<Glob> {
        let glob = self.glob.glob();
        let ends = glob.char_indices().filter(|(_, c)| *c == '/').map(|(at, _)| &glob[..at]);
        let named = ends.take_while(|folder| !folder.split('/').any(|part| part == "**"));
        // Half of a `{a/b,c}` is no glob.
        named.filter_map(|folder| in_any_case(folder).ok()).collect()
    }

    /// Whether it has no wildcard, so that it is the path itself.
    #[must_use]
    pub fn is_literal(&self) -> bool {
        !self.text.contains(['*', '?', '[', '{', '\\'])
    }

    /// Whether a path relative to the repository matches.
    #[must_use]
    pub fn is_match(&self, path: &str) -> bool {
        self.matcher.get_or_init(|| self.glob.compile_matcher()).is_match(path)
    }
}

/// Letters in the one form that stands for all their cases: `ſ` and `S` are `s`.
#[must_use]
pub fn folded(text: &str) -> String {
    text.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect()
}

fn in_any_case(glob: &str) -> Result<Glob, globset::Error> {
    // The set itself ignores the case of ASCII letters.
    let glob = if glob.is_ascii() { Cow::Borrowed(glob) } else { folded(glob).into() };
    let mut builder = GlobBuilder::new(&glob);
    builder.literal_separator(true).backslash_escape(true).case_insensitive(true).build()
}

impl PolicyValue for PathGlob {
    fn read(value: &Spanned<DeValue<'_>>, problems: &mut Problems) -> Option<Self> {
        let text = inside_the_repository(value, problems)?;
        Self::new(&text).map_or_else(
            |reason| {
                let message = format!("this glob does not compile: {reason}");
                problems.unusable(value, message, "correct the glob")
            },
            Some,
        )
    }

    fn schema() -> Value {
        json!({ "type": "string", "minLength": 1 })
    }
}

/// A plain path inside the repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepositoryPath(pub String);

impl PolicyValue for RepositoryPath {
    fn read(value: &Spanned<DeValue<'_>>, problems: &mut Problems) -> Option<Self> {
        let text = inside_the_repository(value, problems)?;
        Some(Self(text.trim_end_matches('/').to_owned()))
    }

    fn schema() -> Value {
        json!({ "type": "string", "minLength": 1 })
    }
}

/// Reads a path or glob that lies inside the repository.
fn inside_the_repository(value: &Spanned<DeValue<'_>>, problems: &mut Problems) -> Option<String> {
    let path = String::read(value, problems)?;
    let reason = if path.starts_with(['/', '~']) {
        "is not relative to the repository"
    } else if path.split('/').any(|part| part == "..") {
        "leaves the repository"
    } else if path.split('/').next() == Some(".git") {
        "lies in git's own folder"
    } else {
        return Some(path);
    };
    let help = "write a path relative to the repository, with `/`";
    problems.unusable(value, format!("`{path}` {reason}"), help)
}

/// One command or several: `["cargo", "test"]` or `[["cargo", "fmt"], ["cargo", "test"]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commands(pub Vec<Vec<String>>);

impl PolicyValue for Commands {
    fn read(value: &Spanned<DeValue<'_>>, problems: &mut Problems) -> Option<Self> {
        let nested = match value.get_ref().as_array() {
            Some(items) => items.iter().any(|item| item.get_ref().is_array()),
            None => false,
        };
        let commands: Vec<Vec<String>> = if nested {
            let lists: List<List<String>> = List::read(value, problems)?;
            lists.into_iter().map(|list| texts(list.value)).collect()
        } else {
            vec![texts(List::read(value, problems)?)]
        };
        if commands.iter().any(Vec::is_empty) || commands.is_empty() {
            let help = "write the program and its arguments, such as [\"cargo\", \"test\"]";
            return problems.unusable(value, "a command without a program", help);
        }
        Some(Self(commands))
    }

    fn schema() -> Value {
        let argv = json!({ "type": "array", "items": { "type": "string" }, "minItems": 1 });
        json!({ "oneOf": [argv, { "type": "array", "items": argv, "minItems": 1 }] })
    }
}

/// A value that is written, whether or not it can be used: its absence is then no
/// problem beside those that it has itself.
#[derive(Clone, Debug)]
pub struct Written<T>(pub Option<T>);

impl<T: PolicyValue> PolicyValue for Written<T> {
    fn read(value: &Spanned<DeValue<'_>>, problems: &mut Problems) -> Option<Self> {
        Some(Self(T::read(value, problems)))
    }

    fn schema() -> Value {
        T::schema()
    }
}

/// The values of a list, without their places.
pub fn texts<T>(list: Vec<Placed<T>>) -> Vec<T> {
    list.into_iter().map(|item| item.value).collect()
}
