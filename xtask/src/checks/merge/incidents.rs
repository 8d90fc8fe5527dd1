//! Incidents that stop merging (document 1 §6, §7): those of P0 and P1, until they are
//! closed with their postmortem. An alarm counts whoever raises it; that it is over counts
//! only where the entry does.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::checks::recorded::Said;
use crate::policy::Kind;

/// An incident, as the ledger has it after its last entry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// Its id.
    pub id: String,
    /// `P0` to `P3`.
    pub severity: String,
    /// `open`, `acknowledged`, `contained`, `recovered` or `closed`.
    pub state: String,
    /// What happened.
    pub title: String,
    /// The path of its postmortem, as the entry that closes it names it.
    #[serde(default)]
    pub postmortem: Option<String>,
    /// Whether that is there, and says something.
    pub has_postmortem: bool,
    /// The wave that it is of.
    pub wave: Option<String>,
    /// The stories that it is of.
    pub stories: Vec<String>,
}

impl Incident {
    /// Whether nothing is merged for its sake.
    #[must_use]
    pub fn stops(&self) -> bool {
        let is_over = self.state == CLOSED && self.has_postmortem;
        self.weight() <= 1 && !is_over
    }

    /// How bad it is, the worst first; a word that nobody knows is the worst.
    fn weight(&self) -> u8 {
        match self.severity.as_str() {
            "P3" => 3,
            "P2" => 2,
            "P1" => 1,
            _ => 0,
        }
    }
}

const CLOSED: &str = "closed";

/// The incidents after some entries, by id. Whether a postmortem that is named is there, is
/// for those who can look.
#[must_use]
pub fn incidents<'a>(entries: impl Iterator<Item = Said<'a>>) -> Vec<Incident> {
    let mut known: BTreeMap<String, Incident> = BTreeMap::new();
    for entry in entries.filter(|entry| entry.kind == Kind::Incident) {
        let said = |name: &str| entry.data.get(name).and_then(Value::as_str).map(str::to_owned);
        let list = entry.data.get("stories").and_then(Value::as_array);
        let postmortem = said("postmortem").filter(|path| !path.trim().is_empty());
        let told = Incident {
            id: said("incident").unwrap_or_default(),
            severity: said("severity").unwrap_or_default(),
            state: said("state").unwrap_or_default(),
            title: said("title").unwrap_or_default(),
            has_postmortem: postmortem.is_some(),
            postmortem,
            wave: said("wave"),
            stories: list
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect(),
        };
        let before = known.remove(&told.id);
        let after = match (entry.standing.is_ok(), before) {
            (true, before) => told.over(before),
            (false, None) => told.raised(),
            (false, Some(before)) => before.worse(told),
        };
        known.insert(after.id.clone(), after);
    }
    known.into_values().collect()
}

impl Incident {
    /// What an entry that counts says, over what was known.
    fn over(mut self, before: Option<Self>) -> Self {
        if let Some(before) = before {
            self.wave = self.wave.or(before.wave);
            if self.stories.is_empty() {
                self.stories = before.stories;
            }
        }
        self
    }

    /// What an entry that does not count raises: the alarm, open, and nothing that calms.
    fn raised(self) -> Self {
        Self {
            state: "open".to_owned(),
            postmortem: None,
            has_postmortem: false,
            wave: None,
            stories: Vec::new(),
            ..self
        }
    }

    /// What an entry that does not count adds: only what is worse.
    fn worse(mut self, told: Self) -> Self {
        if told.weight() < self.weight() {
            self.severity.clone_from(&told.severity);
        }
        if told.state == "open" && self.state == CLOSED {
            self.state = told.state;
            (self.postmortem, self.has_postmortem) = (None, false);
        }
        self
    }
}
