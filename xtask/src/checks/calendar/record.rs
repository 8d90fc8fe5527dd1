//! What the ledger says of risks, blocks and cycles, as it stands after its last entry.
//! An alarm counts whoever raises it; what calms counts only where its entry does.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::findings::{Code, Finding};
use crate::policy::Kind;

/// An entry, as far as it matters here.
#[derive(Clone, Copy, Debug)]
pub struct Said<'a> {
    /// What sort of decision it is.
    pub kind: Kind,
    /// What is decided.
    pub data: &'a Map<String, Value>,
    /// Whether it counts: its signature and its author's role.
    pub counted: bool,
}

/// A risk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Risk {
    /// Its id.
    pub id: String,
    /// `open`, `accepted`, `mitigated` or `closed`.
    pub state: String,
    /// `critical`, `high` or `medium`.
    pub severity: String,
    /// What can happen.
    pub title: String,
    /// Who answers for it.
    pub owner: Option<String>,
    /// What is done about it.
    pub mitigation: Option<String>,
}

/// A block that holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Block {
    /// Its id.
    pub id: String,
    /// What is blocked, such as a story.
    pub subject: String,
    /// `critical`, `high` or `medium`.
    pub severity: String,
    /// Why.
    pub cause: String,
    /// Who answers for it.
    pub owner: String,
    /// When it is expected to be over.
    pub eta: Option<String>,
}

/// A cycle that was closed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Closed {
    /// Its id.
    pub cycle: String,
    /// Whether its exit criteria were met.
    pub met: bool,
    /// Stories that it left open.
    pub open: Vec<String>,
}

/// The state of things by the ledger.
#[derive(Clone, Debug, Default)]
pub struct Record {
    /// Risks that are not closed, by id.
    pub risks: Vec<Risk>,
    /// Blocks that hold, by id.
    pub blocks: Vec<Block>,
    /// Closed cycles, in the order of their closing.
    pub closed: Vec<Closed>,
}

impl Record {
    /// The state after some entries.
    #[must_use]
    pub fn of<'a>(entries: impl Iterator<Item = Said<'a>>) -> Self {
        let mut risks: BTreeMap<String, Risk> = BTreeMap::new();
        let mut blocks: BTreeMap<String, Block> = BTreeMap::new();
        let mut closed = Vec::new();
        for entry in entries {
            let said = |name: &str| entry.data.get(name).and_then(Value::as_str).map(str::to_owned);
            let must = |name: &str| said(name).unwrap_or_default();
            match entry.kind {
                Kind::Risk => {
                    let id = must("risk");
                    let before = risks.get(&id).cloned();
                    if entry.counted || (before.is_none() && must("state") == "open") {
                        let before = before.unwrap_or_default();
                        let risk = Risk {
                            id: id.clone(),
                            state: must("state"),
                            severity: must("severity"),
                            title: must("title"),
                            owner: said("owner").or(before.owner),
                            mitigation: said("mitigation").or(before.mitigation),
                        };
                        risks.insert(id, risk);
                    }
                }
                Kind::Block => {
                    let block = Block {
                        id: must("block"),
                        subject: must("subject"),
                        severity: must("severity"),
                        cause: must("cause"),
                        owner: must("owner"),
                        eta: said("eta"),
                    };
                    blocks.insert(block.id.clone(), block);
                }
                Kind::Unblock if entry.counted => {
                    blocks.remove(&must("block"));
                }
                Kind::CycleClose if entry.counted => {
                    let open = entry.data.get("stories_open").and_then(Value::as_array);
                    let open = open.into_iter().flatten().filter_map(Value::as_str);
                    closed.push(Closed {
                        cycle: must("cycle"),
                        met: must("decision") == "met",
                        open: open.map(str::to_owned).collect(),
                    });
                }
                _ => {}
            }
        }
        risks.retain(|_, risk| risk.state != "closed");
        let (risks, blocks) = (risks.into_values().collect(), blocks.into_values().collect());
        Self { risks, blocks, closed }
    }

    /// Critical risks for which nobody answers, or nothing is done (document 1 §3,
    /// document 2 §6).
    #[must_use]
    pub fn unowned(&self) -> Vec<Finding> {
        let bare = |risk: &&Risk| {
            let open = matches!(risk.state.as_str(), "open" | "accepted");
            open && risk.severity == "critical"
                && (risk.owner.is_none() || risk.mitigation.is_none())
        };
        let finding = |risk: &Risk| {
            let lacks = match (&risk.owner, &risk.mitigation) {
                (None, None) => "an owner or a mitigation",
                (None, Some(_)) => "an owner",
                _ => "a mitigation",
            };
            let message =
                format!("the critical risk {} is open without {lacks}: {}", risk.id, risk.title);
            Finding::new(Code::RiskUnowned, message)
                .help("record who answers for it and what is done about it")
        };
        self.risks.iter().filter(bare).map(finding).collect()
    }

    /// The block of a story.
    #[must_use]
    pub fn block_of(&self, subject: &str) -> Option<&Block> {
        self.blocks.iter().find(|block| block.subject == subject)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Kind, what is said, and whether it counts.
    fn record(entries: &[(Kind, Value, bool)]) -> Record {
        Record::of(entries.iter().map(|(kind, data, counted)| Said {
            kind: *kind,
            data: data.as_object().unwrap(),
            counted: *counted,
        }))
    }

    #[test]
    fn an_alarm_counts_and_calm_must_be_somebodys_word() {
        let open = json!({"risk": "R-1", "state": "open", "severity": "critical", "title": "t"});
        let owned = json!({"risk": "R-1", "state": "open", "severity": "critical", "title": "t",
            "owner": "sm", "mitigation": "drill"});
        let shut = json!({"risk": "R-1", "state": "closed", "severity": "critical", "title": "t"});
        let calm = json!({"risk": "R-1", "state": "open", "severity": "medium", "title": "t"});
        for (entries, risks, unowned) in [
            (vec![(Kind::Risk, open.clone(), false)], 1, 1),
            (vec![(Kind::Risk, open.clone(), true), (Kind::Risk, owned.clone(), true)], 1, 0),
            (vec![(Kind::Risk, open.clone(), true), (Kind::Risk, owned, false)], 1, 1),
            (vec![(Kind::Risk, open.clone(), true), (Kind::Risk, shut.clone(), false)], 1, 1),
            (vec![(Kind::Risk, open.clone(), true), (Kind::Risk, calm, false)], 1, 1),
            (vec![(Kind::Risk, open, true), (Kind::Risk, shut, true)], 0, 0),
        ] {
            let record = record(&entries);
            assert_eq!(
                (record.risks.len(), record.unowned().len()),
                (risks, unowned),
                "{entries:?}"
            );
        }
    }

    #[test]
    fn blocks_hold_until_somebody_lifts_them() {
        let block = json!({"block": "B-1", "subject": "S-1", "severity": "high", "cause": "c",
            "owner": "sm"});
        let lift = json!({"block": "B-1", "reason": "done"});
        let held =
            record(&[(Kind::Block, block.clone(), false), (Kind::Unblock, lift.clone(), false)]);
        assert_eq!(held.block_of("S-1").map(|block| block.cause.as_str()), Some("c"));
        let lifted = record(&[(Kind::Block, block, false), (Kind::Unblock, lift, true)]);
        assert_eq!(lifted.block_of("S-1"), None);
    }
}
