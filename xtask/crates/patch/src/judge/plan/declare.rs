//! How an object of a JSON document is declared: once, for reading it and for its JSON
//! Schema. Every problem of the document is collected.

use std::collections::HashMap;

use serde_json::{Value, json};

use thrice_findings::text::{is_commit, quoted};
use thrice_findings::{Code, CommitId, Finding, Place};
use thrice_policy::table::{listed, nearest};
use thrice_policy::tree::{Entry, Node};

/// How many problems of one document are reported; of more, the rest is counted.
const MOST: usize = 200;

/// One thing that is wrong with a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where in the document: `tasks[2].files[0]`; empty for the whole.
    pub at: String,
    /// The line, from 1; none where the document was not read from text.
    pub line: Option<usize>,
    /// What is wrong.
    pub message: String,
    /// What fixes it.
    pub help: String,
}

impl Problem {
    /// That so many more are not reported.
    pub(super) fn unreported(count: usize) -> Option<Self> {
        (count > 0).then(|| Self {
            at: String::new(),
            line: None,
            message: format!("{count} more problems are not listed"),
            help: "fix those that are listed first".to_owned(),
        })
    }

    /// The problem as a finding in a file, whose line `before + 1` is the document's first.
    #[must_use]
    pub fn finding(&self, code: Code, file: &str, before: usize) -> Finding {
        let message = match self.at.as_str() {
            "" => self.message.clone(),
            at => format!("`{at}`: {}", self.message),
        };
        let place = match self.line {
            Some(line) => Place::line(file, before + line),
            None => Place::file(file),
        };
        Finding::new(code, message).help(&self.help).at(place)
    }
}

/// Line by path, and problems, gathered while a document is read.
#[derive(Default)]
pub(super) struct Reading {
    pub(super) lines: HashMap<String, usize>,
    problems: Vec<Problem>,
    unreported: usize,
}

impl Reading {
    pub(super) fn problem(
        &mut self,
        at: &str,
        line: usize,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        if self.problems.len() == MOST {
            self.unreported += 1;
            return;
        }
        let (message, help) = (message.into(), help.into());
        self.problems.push(Problem { at: at.to_owned(), line: Some(line), message, help });
    }

    pub(super) fn into_problems(mut self) -> Vec<Problem> {
        self.problems.extend(Problem::unreported(self.unreported));
        self.problems
    }

    fn wrong_form(&mut self, node: &Node, at: &str, wanted: &str) {
        let message = format!("this is {}, where {wanted} belongs", node.describe());
        self.problem(at, node.line, message, format!("write {}", wanted.trim_end_matches(',')));
    }
}

/// A value that a document can hold.
pub(super) trait JsonValue: Sized {
    /// Reads it; `None` where a problem was added.
    fn read(node: &Node, at: &str, reading: &mut Reading) -> Option<Self>;
    /// Its JSON Schema (draft 7).
    fn schema() -> Value;
}

impl JsonValue for bool {
    fn read(node: &Node, at: &str, reading: &mut Reading) -> Option<Self> {
        let read = [true, false].into_iter().find(|word| node.is_plain(&word.to_string()));
        if read.is_none() {
            reading.wrong_form(node, at, "true or false");
        }
        read
    }

    fn schema() -> Value {
        json!({ "type": "boolean" })
    }
}

/// A list is never empty: one that says nothing proves nothing.
impl<T: JsonValue> JsonValue for Vec<T> {
    fn read(node: &Node, at: &str, reading: &mut Reading) -> Option<Self> {
        let Some(items) = node.items() else {
            reading.wrong_form(node, at, "a list");
            return None;
        };
        if items.is_empty() {
            reading.problem(at, node.line, "this list is empty", "name at least one");
            return None;
        }
        let mut read = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let at = format!("{at}[{index}]");
            reading.lines.insert(at.clone(), item.line);
            read.extend(T::read(item, &at, reading));
        }
        (read.len() == items.len()).then_some(read)
    }

    fn schema() -> Value {
        json!({ "type": "array", "items": T::schema(), "minItems": 1 })
    }
}

impl JsonValue for CommitId {
    fn read(node: &Node, at: &str, reading: &mut Reading) -> Option<Self> {
        let wanted = "the 40 or 64 lower-case hex digits of a commit";
        let read = text(node, at, reading, (is_commit, wanted))?;
        Self::parse(&read).ok()
    }

    fn schema() -> Value {
        json!({ "type": "string", "pattern": "^([0-9a-f]{40}|[0-9a-f]{64})$" })
    }
}

/// Reads a text of a form.
pub(super) fn text(
    node: &Node,
    at: &str,
    reading: &mut Reading,
    (has_form, wanted): (impl Fn(&str) -> bool, &str),
) -> Option<String> {
    let text = node.text().filter(|_| node.is_quoted());
    match text {
        Some(text) if has_form(text) => Some(text.to_owned()),
        Some(text) => {
            let message = format!("{} is not {wanted}", quoted(text));
            reading.problem(at, node.line, message, format!("write {wanted}"));
            None
        }
        None => {
            reading.wrong_form(node, at, &format!("{wanted}, in quotes,"));
            None
        }
    }
}

/// The fields of one object while they are taken out of it.
pub(super) struct Fields<'a> {
    node: &'a Node,
    entries: &'a [Entry],
    at: &'a str,
    known: Vec<&'static str>,
}

impl<'a> Fields<'a> {
    /// The fields of a value that must be an object.
    pub(super) fn of(node: &'a Node, at: &'a str, reading: &mut Reading) -> Option<Self> {
        let Some(entries) = node.entries() else {
            reading.wrong_form(node, at, "an object");
            return None;
        };
        Some(Self { node, entries, at, known: Vec::new() })
    }

    fn path(&self, key: &str) -> String {
        if self.at.is_empty() { key.to_owned() } else { format!("{}.{key}", self.at) }
    }

    pub(super) fn take<T: JsonValue>(
        &mut self,
        key: &'static str,
        reading: &mut Reading,
    ) -> Option<T> {
        self.known.push(key);
        let at = self.path(key);
        match self.node.entry(key) {
            Some(entry) => {
                reading.lines.insert(at.clone(), entry.value.line);
                T::read(&entry.value, &at, reading)
            }
            None => {
                reading.problem(&at, self.node.line, "this is missing", format!("add \"{key}\""));
                None
            }
        }
    }

    /// Tells every key that was not taken.
    pub(super) fn finish(self, reading: &mut Reading) {
        let unknown = self.entries.iter().filter(|entry| !self.known.contains(&entry.key.as_str()));
        for entry in unknown {
            let help = match nearest(&entry.key, self.known.iter().copied()) {
                Some(near) => format!("did you mean \"{near}\"?"),
                None => format!("the keys of this object are {}", listed(&self.known)),
            };
            let message = format!("unknown key {}", quoted(&entry.key));
            reading.problem(self.at, entry.line, message, help);
        }
    }
}

/// Declares an object of a document: a struct with its reader and its schema. Every
/// field must be there.
macro_rules! json_object {
    (
        $(#[doc = $about:literal])+
        $vis:vis struct $object:ident { $( $(#[doc = $doc:literal])+ $field:ident: $kind:ty, )* }
    ) => {
        $(#[doc = $about])+
        #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
        $vis struct $object { $( $(#[doc = $doc])+ $vis $field: $kind, )* }

        impl $crate::judge::plan::declare::JsonValue for $object {
            fn read(
                node: &thrice_policy::tree::Node,
                at: &str,
                reading: &mut $crate::judge::plan::declare::Reading,
            ) -> Option<Self> {
                let mut fields = $crate::judge::plan::declare::Fields::of(node, at, reading)?;
                $( let $field = fields.take(stringify!($field), reading); )*
                fields.finish(reading);
                Some(Self { $( $field: $field?, )* })
            }

            fn schema() -> serde_json::Value {
                thrice_policy::table::table_schema(
                    concat!($($about),+),
                    &[$((
                        stringify!($field),
                        concat!($($doc),+),
                        thrice_policy::table::Presence::Required,
                        <$kind as $crate::judge::plan::declare::JsonValue>::schema(),
                    ),)*],
                )
            }
        }
    };
}

/// Declares a text that has the form of a pattern, and what people call that form.
macro_rules! json_text {
    ($(#[doc = $about:literal])+ $vis:vis struct $text:ident = $pattern:literal, $wanted:literal;) => {
        $(#[doc = $about])+
        #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
        #[serde(transparent)]
        $vis struct $text(String);

        impl $text {
            /// The text, where it has the form.
            #[must_use]
            $vis fn new(text: &str) -> Option<Self> {
                Self::pattern().is_match(text).then(|| Self(text.to_owned()))
            }

            /// The text.
            #[must_use]
            $vis fn as_str(&self) -> &str {
                &self.0
            }

            fn pattern() -> &'static regex::Regex {
                static PATTERN: std::sync::LazyLock<regex::Regex> =
                    std::sync::LazyLock::new(|| regex::Regex::new($pattern).expect($wanted));
                &PATTERN
            }
        }

        impl $crate::judge::plan::declare::JsonValue for $text {
            fn read(
                node: &thrice_policy::tree::Node,
                at: &str,
                reading: &mut $crate::judge::plan::declare::Reading,
            ) -> Option<Self> {
                let form = (|text: &str| Self::pattern().is_match(text), $wanted);
                $crate::judge::plan::declare::text(node, at, reading, form).map(Self)
            }

            fn schema() -> serde_json::Value {
                serde_json::json!({ "type": "string", "pattern": $pattern })
            }
        }
    };
}

pub(super) use {json_object, json_text};
