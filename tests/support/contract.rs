//! GitHub's published contract as data, and bodies that are held against it.
//!
//! The contract's schemas allow keys that they do not name; here such a key is a problem,
//! or a misspelt optional key would pass. `oneOf` is read as `anyOf`: branches of the
//! published schemas overlap. The words of JSON Schema that the contract uses are few, and a
//! crate for all of them would bring as many crates as the program itself has.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use super::github::Seen;

/// The contract.
pub(crate) struct Contract {
    operations: Vec<Operation>,
    definitions: Value,
    /// Every word that its schemas use must be one of [`WORDS`].
    unknown_words: BTreeSet<String>,
}

struct Operation {
    name: String,
    method: String,
    path: Vec<String>,
    query: BTreeSet<String>,
    request: Option<Value>,
    responses: BTreeMap<String, Value>,
}

/// The words of JSON Schema that are read here.
const WORDS: &[&str] = &[
    "$ref",
    "type",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "enum",
    "format",
    "allOf",
    "anyOf",
    "oneOf",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxProperties",
];

/// Keys of an object that a schema names.
#[derive(Default)]
struct Named {
    keys: BTreeSet<String>,
    any: bool,
}

impl Contract {
    /// Reads the contract in this folder.
    pub(crate) fn read(folder: &Path) -> Self {
        let bytes = std::fs::read(folder.join("subset.json")).unwrap();
        let whole: Value = serde_json::from_slice(&bytes).unwrap();
        let operations = whole["operations"].as_object().unwrap();
        let mut contract = Self {
            operations: operations.iter().map(|(name, it)| operation(name, it)).collect(),
            definitions: whole["$defs"].clone(),
            unknown_words: BTreeSet::new(),
        };
        let mut unknown = BTreeSet::new();
        let definitions = contract.definitions.as_object().unwrap().values();
        let bodies = contract.operations.iter();
        let bodies = bodies.flat_map(|it| it.request.iter().chain(it.responses.values()));
        definitions.chain(bodies).for_each(|schema| words(schema, &mut unknown));
        contract.unknown_words = unknown;
        contract
    }

    /// Words of its schemas that are not understood here.
    pub(crate) fn unknown_words(&self) -> &BTreeSet<String> {
        &self.unknown_words
    }

    /// Names of all operations.
    pub(crate) fn names(&self) -> BTreeSet<String> {
        self.operations.iter().map(|operation| operation.name.clone()).collect()
    }

    /// The operation of a request; none where the contract knows none.
    pub(crate) fn name_of(&self, seen: &Seen) -> Option<&str> {
        Some(self.find(seen)?.name.as_str())
    }

    fn find(&self, seen: &Seen) -> Option<&Operation> {
        let path = seen.path.split('?').next().unwrap_or_default();
        let path: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        let path: Vec<&str> = match path[..] {
            ["repositories", _, ref rest @ ..] => [&["repos", "o", "r"], rest].concat(),
            _ => path,
        };
        let fits = self
            .operations
            .iter()
            .filter(|operation| operation.method == seen.method && fits(&operation.path, &path));
        fits.max_by_key(|operation| {
            operation.path.iter().filter(|part| !part.starts_with('{')).count()
        })
    }

    /// What is wrong with a request and its answer; nothing where the contract does not
    /// know the operation.
    pub(crate) fn problems(&self, seen: &Seen) -> Vec<String> {
        let (Some(operation), Some(status)) = (self.find(seen), seen.status) else {
            return Vec::new();
        };
        let mut problems = self.of_request(operation, seen, status);
        if status == 304 && seen.method == "GET" && seen.answer.is_none() {
            // Every reading may be conditional; the contract repeats it for few.
            return problems;
        }
        let answer = seen.answer.clone().unwrap_or_default();
        match operation.responses.get(&status.to_string()) {
            Some(Value::Null) => {
                if answer != Value::Null && status < 400 {
                    problems.push(format!("{status} has a body"));
                }
            }
            Some(schema) => self.at(schema, &answer, "answer", &mut problems),
            // Errors that every operation may have, and that the contract does not repeat.
            None if matches!(status, 400 | 401 | 403 | 404 | 422 | 429) => {
                let schema = serde_json::json!({ "$ref": "#/$defs/basic-error" });
                self.at(&schema, &answer, "answer", &mut problems);
            }
            None => problems.push(format!("it is never answered with {status}")),
        }
        let named = |problem: String| format!("{} {}: {problem}", seen.method, seen.path);
        problems.into_iter().map(named).collect()
    }

    fn of_request(&self, operation: &Operation, seen: &Seen, status: u16) -> Vec<String> {
        let mut problems = Vec::new();
        let query = seen.path.split_once('?').unwrap_or_default().1;
        for name in query.split('&').filter_map(|pair| pair.split('=').next()) {
            if !name.is_empty() && !operation.query.contains(name) {
                problems.push(format!("`{name}` is not in its query"));
            }
        }
        let Some(schema) = operation.request.as_ref().filter(|_| status < 400) else {
            return problems;
        };
        match serde_json::from_slice(&seen.body) {
            Ok(sent) => self.at(schema, &sent, "body", &mut problems),
            Err(_) if seen.body.is_empty() || schema.is_null() => {}
            Err(error) => problems.push(format!("its body is no JSON: {error}")),
        }
        problems
    }

    /// Holds a value against a schema, keys that it does not name included.
    fn at(&self, schema: &Value, value: &Value, place: &str, problems: &mut Vec<String>) {
        let mut named = Named::default();
        self.apply(schema, value, place, &mut named, problems);
        let Some(object) = value.as_object().filter(|_| !named.any) else { return };
        for key in object.keys().filter(|key| !named.keys.contains(*key)) {
            problems.push(format!("{place}.{key} is no key of the contract"));
        }
    }

    fn apply(
        &self,
        schema: &Value,
        value: &Value,
        place: &str,
        named: &mut Named,
        problems: &mut Vec<String>,
    ) {
        if let Some(name) = schema["$ref"].as_str() {
            let name = name.rsplit('/').next().unwrap_or_default();
            let schema = &self.definitions[name];
            assert!(schema.is_object(), "the contract has no {name}");
            self.apply(schema, value, place, named, problems);
        }
        simple(schema, value, place, problems);
        for part in list(schema, "allOf") {
            self.apply(part, value, place, named, problems);
        }
        for word in ["anyOf", "oneOf"] {
            self.one_of(list(schema, word), value, place, named, problems);
        }
        if let (Some(items), Some(values)) = (schema.get("items"), value.as_array()) {
            for (index, item) in values.iter().enumerate() {
                self.at(items, item, &format!("{place}[{index}]"), problems);
            }
        }
        if value.is_object() {
            self.object(schema, value, place, named, problems);
        }
    }

    fn one_of(
        &self,
        branches: &[Value],
        value: &Value,
        place: &str,
        named: &mut Named,
        problems: &mut Vec<String>,
    ) {
        let mut best: Option<Vec<String>> = None;
        let mut fits = branches.is_empty();
        for branch in branches {
            let (mut own, mut wrong) = (Named::default(), Vec::new());
            self.apply(branch, value, place, &mut own, &mut wrong);
            if wrong.is_empty() {
                fits = true;
                named.keys.append(&mut own.keys);
                named.any |= own.any;
            } else if best.as_ref().is_none_or(|best| wrong.len() < best.len()) {
                best = Some(wrong);
            }
        }
        if !fits {
            problems.push(format!("{place} fits none of {} forms", branches.len()));
            problems.extend(best.unwrap_or_default());
        }
    }

    fn object(
        &self,
        schema: &Value,
        value: &Value,
        place: &str,
        named: &mut Named,
        problems: &mut Vec<String>,
    ) {
        let properties = schema["properties"].as_object();
        for (key, schema) in properties.into_iter().flatten() {
            named.keys.insert(key.clone());
            if let Some(value) = value.get(key) {
                self.at(schema, value, &format!("{place}.{key}"), problems);
            }
        }
        for key in list(schema, "required").iter().filter_map(Value::as_str) {
            if value.get(key).is_none() {
                problems.push(format!("{place}.{key} is missing"));
            }
        }
        let composed =
            ["$ref", "allOf", "anyOf", "oneOf"].iter().any(|it| schema.get(it).is_some());
        match schema.get("additionalProperties") {
            Some(Value::Bool(false)) => {}
            Some(Value::Bool(true)) => named.any = true,
            Some(more) => {
                let known = |key: &String| properties.is_some_and(|it| it.contains_key(key));
                for (key, value) in value.as_object().into_iter().flatten() {
                    if !known(key) {
                        self.at(more, value, &format!("{place}.{key}"), problems);
                    }
                }
                named.any = true;
            }
            None => named.any |= properties.is_none() && !composed,
        }
    }
}

fn operation(name: &str, it: &Value) -> Operation {
    let (method, path) = name.split_once(' ').unwrap();
    let parameters = it["parameters"].as_array().into_iter().flatten();
    let query = parameters.filter(|parameter| parameter["in"] == "query");
    let responses = it["responses"].as_object().into_iter().flatten();
    Operation {
        name: name.to_owned(),
        method: method.to_owned(),
        path: path.split('/').skip(1).map(str::to_owned).collect(),
        query: query.filter_map(|parameter| Some(parameter["name"].as_str()?.to_owned())).collect(),
        request: it.get("request").filter(|it| !it.is_null()).map(|it| it["schema"].clone()),
        responses: responses.map(|(status, it)| (status.clone(), it["schema"].clone())).collect(),
    }
}

/// Whether a path is of a template; names of refs, branches and files may hold slashes.
fn fits(template: &[String], path: &[&str]) -> bool {
    let Some((first, rest)) = template.split_first() else { return path.is_empty() };
    let long = ["{ref}", "{branch}", "{path}", "{basehead}", "{tag}"].contains(&first.as_str());
    if long {
        return (1..=path.len()).any(|count| fits(rest, &path[count..]));
    }
    let Some((part, left)) = path.split_first() else { return false };
    (first.starts_with('{') || first == part) && fits(rest, left)
}

fn list<'a>(schema: &'a Value, word: &str) -> &'a [Value] {
    schema.get(word).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Words of a schema, and of those in it, that are not understood here.
fn words(schema: &Value, unknown: &mut BTreeSet<String>) {
    for (word, value) in schema.as_object().into_iter().flatten() {
        match word.as_str() {
            "properties" => {
                value.as_object().into_iter().flatten().for_each(|(_, it)| words(it, unknown));
            }
            "items" | "additionalProperties" => words(value, unknown),
            "allOf" | "anyOf" | "oneOf" => {
                list(schema, word).iter().for_each(|it| words(it, unknown));
            }
            word if WORDS.contains(&word) => {}
            word => {
                unknown.insert(word.to_owned());
            }
        }
    }
}

/// The words that look at one value alone.
fn simple(schema: &Value, value: &Value, place: &str, problems: &mut Vec<String>) {
    let types: Vec<&str> = match &schema["type"] {
        Value::String(word) => vec![word],
        Value::Array(words) => words.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    if !types.is_empty() && !types.iter().any(|word| is_type(word, value)) {
        problems.push(format!("{place} is {}, not {}", kind(value), types.join(" or ")));
        return;
    }
    let known = list(schema, "enum");
    if !known.is_empty() && !known.contains(value) {
        problems.push(format!("{place} is {value}, which is none of its words"));
    }
    if let (Some(format), Some(text)) = (schema["format"].as_str(), value.as_str())
        && !has_format(format, text)
    {
        problems.push(format!("{place} is `{text}`, which is no {format}"));
    }
    let length = match value {
        Value::String(text) => Some(text.chars().count() as u64),
        Value::Array(items) => Some(items.len() as u64),
        Value::Object(keys) => Some(keys.len() as u64),
        number => number.as_u64(),
    };
    let Some(length) = length else { return };
    for (word, least) in [
        ("minimum", true),
        ("minLength", true),
        ("minItems", true),
        ("maximum", false),
        ("maxLength", false),
        ("maxProperties", false),
    ] {
        let Some(bound) = schema.get(word).and_then(Value::as_u64) else { continue };
        if (least && length < bound) || (!least && length > bound) {
            problems.push(format!("{place} is beyond {word} {bound}"));
        }
    }
}

fn is_type(word: &str, value: &Value) -> bool {
    match word {
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        other => kind(value) == other,
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn has_format(format: &str, text: &str) -> bool {
    match format {
        "date-time" => text.parse::<jiff::Timestamp>().is_ok(),
        "uri" => {
            let rest = text.split_once("://").map_or("", |(_, rest)| rest);
            !rest.is_empty()
                && !text.contains(|c: char| c.is_whitespace() || "\"<>\\^`".contains(c))
        }
        "email" => {
            text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty())
        }
        _ => true,
    }
}
