//! Reading a TOML tree leniently: every problem of a file is collected, and what
//! can be read is read all the same, so that one slip does not hide the next.
//!
//! The structs that [`policy_table!`](crate::policy::declare::policy_table) declares
//! are at once the reader, the JSON Schema and the reference of a table, so the
//! three cannot drift apart.

use std::ops::Range;
use std::sync::Arc;

use serde_json::{Value, json};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::source::{Placed, SourceFile};
use thrice_findings::{Code, Finding};

/// The problems of one policy file, gathered while it is read.
pub struct Problems {
    source: Arc<SourceFile>,
    findings: Vec<Finding>,
}

impl Problems {
    /// No problems yet, of this file.
    #[must_use]
    pub fn new(source: Arc<SourceFile>) -> Self {
        Self { source, findings: Vec::new() }
    }

    /// The file that is read.
    #[must_use]
    pub fn source(&self) -> &Arc<SourceFile> {
        &self.source
    }

    /// Adds a problem at a byte range, with what fixes it.
    pub fn add(
        &mut self,
        code: Code,
        span: Range<usize>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.findings.push(Finding::new(code, message).help(help).at(self.source.place(span)));
    }

    /// Adds the problem of a value that cannot be used; gives none in its place.
    pub fn unusable<T>(
        &mut self,
        value: &Spanned<DeValue<'_>>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Option<T> {
        self.add(Code::PolicyValue, value.span(), message, help);
        None
    }

    pub(super) fn wrong_type(&mut self, value: &Spanned<DeValue<'_>>, wanted: &str) {
        let found = value.get_ref().type_str();
        self.add(
            Code::PolicyType,
            value.span(),
            format!("this is {} {found}, where {wanted} belongs", article(found)),
            format!("write {wanted}"),
        );
    }

    /// All that was found.
    #[must_use]
    pub fn into_findings(self) -> Vec<Finding> {
        self.findings
    }
}

fn article(noun: &str) -> &'static str {
    if noun.starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" }
}

/// A value that a policy file can hold.
pub trait PolicyValue: Sized {
    /// Reads it; `None` where a problem was added.
    fn read(value: &Spanned<DeValue<'_>>, problems: &mut Problems) -> Option<Self>;
    /// Its JSON Schema (draft 7).
    fn schema() -> Value;
}

impl PolicyValue for String {
    fn read(value: &Spanned<DeValue<'_>>, problems: &mut Problems) -> Option<Self> {
        let Some(text) = value.get_ref().as_str() else {
            problems.wrong_type(value, "a text in quotes");
            return None;
        };
        if text.trim().is_empty() {
            return problems.unusable(
                value,
                "this text is empty",
                "say something, or take the key out",
            );
        }
        Some(text.to_owned())
    }

    fn schema() -> Value {
        json!({ "type": "string", "minLength": 1 })
    }
}

impl PolicyValue for bool {
    fn read(value: &Spanned<DeValue<'_>>, problems: &mut Problems) -> Option<Self> {
        let read = value.get_ref().as_bool();
        if read.is_none() {
            problems.wrong_type(value, "true or false");
        }
        read
    }

    fn schema() -> Value {
        json!({ "type": "boolean" })
    }
}

impl PolicyValue for u64 {
    fn read(value: &Spanned<DeValue<'_>>, problems: &mut Problems) -> Option<Self> {
        let Some(integer) = value.get_ref().as_integer() else {
            problems.wrong_type(value, "a whole number");
            return None;
        };
        u64::from_str_radix(integer.as_str(), integer.radix()).ok().or_else(|| {
            let message = format!("{} is out of range", integer.as_str());
            problems.unusable(value, message, "write a whole number that is not negative")
        })
    }

    fn schema() -> Value {
        json!({ "type": "integer", "minimum": 0 })
    }
}

/// A list, each item with its place.
pub type List<T> = Vec<Placed<T>>;

impl<T: PolicyValue> PolicyValue for List<T> {
    fn read(value: &Spanned<DeValue<'_>>, problems: &mut Problems) -> Option<Self> {
        let Some(items) = value.get_ref().as_array() else {
            problems.wrong_type(value, "a list in square brackets");
            return None;
        };
        let read = items.iter().filter_map(|item| placed(item, problems)).collect();
        Some(read)
    }

    fn schema() -> Value {
        json!({ "type": "array", "items": T::schema() })
    }
}

/// A table whose keys are names that the policy's writer chooses, in file order.
#[derive(Clone, Debug)]
pub struct Entries<T>(pub Vec<(Placed<String>, Placed<T>)>);

impl<T: PolicyValue> PolicyValue for Entries<T> {
    fn read(value: &Spanned<DeValue<'_>>, problems: &mut Problems) -> Option<Self> {
        let Some(table) = value.get_ref().as_table() else {
            problems.wrong_type(value, "a table");
            return None;
        };
        let mut read: Vec<_> = table
            .iter()
            .filter_map(|(key, item)| {
                let name = Placed::new(key.get_ref().to_string(), key.span(), problems.source());
                Some((key.span().start, name, placed(item, problems)?))
            })
            .collect();
        read.sort_by_key(|(start, ..)| *start);
        Some(Self(read.into_iter().map(|(_, name, item)| (name, item)).collect()))
    }

    fn schema() -> Value {
        json!({ "type": "object", "additionalProperties": T::schema() })
    }
}

/// Reads a value together with its place.
pub(crate) fn placed<T: PolicyValue>(
    value: &Spanned<DeValue<'_>>,
    problems: &mut Problems,
) -> Option<Placed<T>> {
    let read = T::read(value, problems)?;
    Some(Placed::new(read, value.span(), problems.source()))
}

/// Whether a key must be there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// Its absence is a problem.
    Required,
    /// It may be left out.
    Optional,
}

/// The fields of one table while they are taken out of it.
pub struct Fields<'a, 'i, 'p> {
    table: &'a DeTable<'i>,
    span: Range<usize>,
    known: Vec<&'static str>,
    problems: &'p mut Problems,
}

impl<'a, 'i, 'p> Fields<'a, 'i, 'p> {
    /// The fields of a table that stands at `span`.
    pub fn new(table: &'a DeTable<'i>, span: Range<usize>, problems: &'p mut Problems) -> Self {
        Self { table, span, known: Vec::new(), problems }
    }

    /// The fields of a value that must be a table.
    pub fn of(value: &'a Spanned<DeValue<'i>>, problems: &'p mut Problems) -> Option<Self> {
        let Some(table) = value.get_ref().as_table() else {
            problems.wrong_type(value, "a table");
            return None;
        };
        Some(Self::new(table, value.span(), problems))
    }

    /// Reads one key.
    pub fn take<T: PolicyValue>(
        &mut self,
        name: &'static str,
        presence: Presence,
    ) -> Option<Placed<T>> {
        self.known.push(name);
        match self.table.get(name) {
            Some(value) => placed(value, self.problems),
            None => {
                if presence == Presence::Required {
                    self.problems.add(
                        Code::PolicyMissing,
                        self.span.clone(),
                        format!("`{name}` is missing here"),
                        format!("add `{name} = …`"),
                    );
                }
                None
            }
        }
    }

    /// Reports every key that was not taken.
    pub fn finish(self) {
        let mut unknown: Vec<_> =
            self.table.keys().filter(|key| !self.known.contains(&key.get_ref().as_ref())).collect();
        unknown.sort_by_key(|key| key.span().start);
        for key in unknown {
            let help = did_you_mean(
                key.get_ref(),
                &self.known,
                format!("the keys of this table are {}", listed(&self.known)),
            );
            let message = format!("unknown key `{}`", key.get_ref());
            self.problems.add(Code::PolicyUnknownKey, key.span(), message, help);
        }
    }
}

/// The nearest of some names, where one is near enough to be meant.
#[must_use]
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_lowercase();
    known
        .map(|candidate| (strsim::jaro_winkler(&name, &candidate.to_lowercase()), candidate))
        .filter(|(likeness, _)| *likeness >= 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

/// What leads on from a name that is none of `known`: the one that is most like it, or else what
/// is said `otherwise`.
pub fn did_you_mean<'a, S: AsRef<str> + ?Sized + 'a>(
    name: &str,
    known: impl IntoIterator<Item = &'a S>,
    otherwise: impl Into<String>,
) -> String {
    match nearest(name, known.into_iter().map(AsRef::as_ref)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => otherwise.into(),
    }
}

/// Names as people list them: `` `a`, `b`, `c` ``.
#[must_use]
pub fn listed<S: AsRef<str>>(names: &[S]) -> String {
    names.iter().map(|name| format!("`{}`", name.as_ref())).collect::<Vec<_>>().join(", ")
}

/// The JSON Schema of a table.
#[must_use]
pub fn table_schema(about: &str, fields: &[(&str, &str, Presence, Value)]) -> Value {
    let mut properties = serde_json::Map::new();
    let mut required = Vec::new();
    for (name, doc, presence, schema) in fields {
        let mut schema = schema.clone();
        if let Some(object) = schema.as_object_mut() {
            object.insert("description".to_owned(), json!(doc.trim()));
        }
        properties.insert((*name).to_owned(), schema);
        if *presence == Presence::Required {
            required.push(*name);
        }
    }
    json!({
        "type": "object",
        "description": about.trim(),
        "additionalProperties": false,
        "required": required,
        "properties": properties,
    })
}

/// Adds the problem of a word that is none of a choice.
pub fn unknown_word(word: &str, words: &[&str], span: Range<usize>, problems: &mut Problems) {
    let help = did_you_mean(word, words, format!("use one of {}", listed(words)));
    problems.add(Code::PolicyReference, span, format!("`{word}` is none of the choices"), help);
}
