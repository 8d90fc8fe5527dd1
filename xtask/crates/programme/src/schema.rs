//! JSON Schemas of the policy files, for editors, made from the same tables that
//! read them.

use serde_json::{Value, json};

use super::backlog::RawBacklog;
use super::branches::RawBranches;
use super::calendar::RawCalendar;
use super::controls::RawControls;
use super::filemap::RawFilemap;
use super::gates::RawGates;
use super::ledger::RawLedger;
use super::programme::RawProgramme;
use super::release::RawRelease;
use super::risk::RawRisk;
use thrice_policy::table::PolicyValue;

/// The JSON Schema (draft 7) of a policy file, by its name without `.toml`.
#[must_use]
pub fn of(file: &str) -> Option<Value> {
    let mut schema = match file {
        "programme" => RawProgramme::schema(),
        "gates" => RawGates::schema(),
        "branches" => RawBranches::schema(),
        "filemap" => RawFilemap::schema(),
        "controls" => RawControls::schema(),
        "backlog" => RawBacklog::schema(),
        "ledger" => RawLedger::schema(),
        "release" => RawRelease::schema(),
        "calendar" => RawCalendar::schema(),
        "risk" => RawRisk::schema(),
        _ => return None,
    };
    let object = schema.as_object_mut()?;
    object.insert("$schema".to_owned(), json!("http://json-schema.org/draft-07/schema#"));
    object.insert("title".to_owned(), json!(format!("policy/{file}.toml")));
    Some(schema)
}

/// Names of all policy files that have a schema, without `.toml`.
#[must_use]
pub fn names() -> Vec<&'static str> {
    super::FILES.iter().map(|(name, _)| name.trim_end_matches(".toml")).collect()
}
