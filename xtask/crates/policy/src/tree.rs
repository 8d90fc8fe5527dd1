//! A value of a YAML or JSON file that knows its line. Both readers refuse a key
//! that is given twice: readers differ in which of the two they take.

use thrice_findings::text::quoted;

/// Most values of one file, those that aliases repeat included.
pub(super) const MOST_NODES: usize = 100_000;
/// Deepest nesting of one file.
pub const DEEPEST: usize = 64;

/// A value and the line on which it begins, from 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Its first line, from 1.
    pub line: usize,
    /// What it is.
    pub kind: ValueKind,
}

/// The forms of a value.
#[derive(Clone, Debug, PartialEq)]
pub enum ValueKind {
    /// Anything that is not a collection.
    Scalar {
        /// The value without its quotes.
        text: String,
        /// It has no quotes: it may be a number, a boolean or nothing instead of a text.
        plain: bool,
    },
    /// Values in the order of the file.
    List(Vec<Node>),
    /// Keys with their values, in the order of the file.
    Map(Vec<Entry>),
}

/// A key of a mapping with its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key as text, whatever it was written as.
    pub key: String,
    /// The line of the key.
    pub line: usize,
    /// What the key stands for.
    pub value: Node,
}

impl Node {
    /// The entries, if this is a mapping.
    pub fn entries(&self) -> Option<&[Entry]> {
        if let ValueKind::Map(entries) = &self.kind { Some(entries) } else { None }
    }

    /// The items, if this is a list.
    pub fn items(&self) -> Option<&[Node]> {
        if let ValueKind::List(items) = &self.kind { Some(items) } else { None }
    }

    /// The entry of that key, if this is a mapping that has it.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries()?.iter().find(|entry| entry.key == key)
    }

    /// The value of that key, if this is a mapping that has it and it is not null.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value).filter(|value| !value.is_null())
    }

    /// The text, if this is one value and not null.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            ValueKind::Scalar { text, .. } if !self.is_null() => Some(text),
            _ => None,
        }
    }

    /// Whether this is the value that is written without quotes as `word`.
    pub fn is_plain(&self, word: &str) -> bool {
        matches!(&self.kind, ValueKind::Scalar { text, plain: true } if text == word)
    }

    /// Whether this is one value in quotes.
    pub fn is_quoted(&self) -> bool {
        matches!(self.kind, ValueKind::Scalar { plain: false, .. })
    }

    /// Whether nothing is written here.
    pub fn is_null(&self) -> bool {
        ["", "~", "null", "Null", "NULL"].iter().any(|word| self.is_plain(word))
    }

    /// What this is, for a message.
    pub fn describe(&self) -> String {
        match &self.kind {
            _ if self.is_null() => "nothing".to_owned(),
            ValueKind::Scalar { text, .. } => quoted(text),
            ValueKind::List(_) => "a list".to_owned(),
            ValueKind::Map(_) => "a mapping".to_owned(),
        }
    }
}

/// Why a file could not be made a tree.
#[derive(Debug, PartialEq)]
pub struct Unread {
    /// The line where reading ended, from 1.
    pub line: Option<usize>,
    /// The column of that line, from 1, in characters.
    pub column: Option<usize>,
    /// What is wrong there, for a person.
    pub message: String,
    /// The file may well be right, but is beyond what this reader goes into.
    pub limit: bool,
}

impl Unread {
    /// The file is wrong at that line.
    pub fn at(line: usize, message: impl Into<String>) -> Self {
        Self { line: Some(line), column: None, message: message.into(), limit: false }
    }

    /// The file is beyond what this reader goes into.
    pub(super) fn limit(line: usize, message: impl Into<String>) -> Self {
        Self { limit: true, ..Self::at(line, message) }
    }
}
