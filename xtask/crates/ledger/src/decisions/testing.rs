//! Decisions for tests, as entries would give them.

use jiff::Timestamp;
use serde_json::Value;

use super::{Decision, DecisionContent, Standing};
use crate::signature::Author;
use thrice_findings::{Code, Finding};
use thrice_programme::{Kind, Person};

/// Whether an entry counts, and by what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// It is signed by somebody who may.
    Signed,
    /// Policy demands no signature of its kind, and it has none.
    Unsigned,
    /// It does not count.
    Refused,
}

/// A decision of Ann, who holds the role `po`.
pub fn decision(at: Timestamp, kind: Kind, data: &Value, weight: Weight) -> Decision {
    let actor = "ann@example.com".to_owned();
    let person = Person {
        name: "ann".to_owned(),
        addresses: vec![actor.clone()],
        roles: vec!["po".to_owned()],
        login: None,
    };
    let key = (weight == Weight::Signed).then(|| "ED25519 key".to_owned());
    let author = match weight {
        Weight::Refused => Err(Box::new(Finding::new(Code::LedgerUnsigned, "no signature"))),
        _ => Ok(Author { actor: actor.clone(), person: Some(person), key }),
    };
    let data = data.as_object().expect("an object");
    let content = DecisionContent::read(kind, data).unwrap_or_else(|| panic!("{kind:?} {data:?}"));
    let id = "entry-0001".to_owned();
    Decision { line: 3, id, kind, actor, at, author, content, is_held: false }
}

/// What holds after signed decisions, at their time.
pub fn after(at: Timestamp, said: &[(Kind, Value)]) -> Standing {
    let decisions = said.iter().map(|(kind, data)| decision(at, *kind, data, Weight::Signed));
    Standing::of(decisions, at)
}
