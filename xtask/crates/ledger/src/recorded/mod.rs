//! What the ledger says of stories, waves, cycles, risks and blocks, as it stands after its
//! last entry; the one reading of it.
//!
//! An alarm counts whoever raises it; what calms counts only where its entry does, by its
//! signature and its author's role. So an entry that does not count can open a risk or a
//! block, open a risk again, or make either worse, and nothing else.

mod reading;

#[cfg(test)]
mod tests;

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::expiry;
use thrice_findings::{Code, Finding};
use thrice_programme::Kind;

/// The word of an entry's `about` that approves a story.
pub const STORY: &str = "story";
/// The rule from which a deferred track is excepted when its trigger has come.
pub const DEFERRED: &str = "deferred";

/// An entry, as far as it matters here.
#[derive(Clone, Copy, Debug)]
pub struct Said<'a> {
    /// What sort of decision it is.
    pub kind: Kind,
    /// What is decided.
    pub data: &'a Map<String, Value>,
    /// The address of who says it.
    pub actor: &'a str,
    /// When.
    pub created_at: Timestamp,
    /// The roles of its author, as a key proves; why the entry does not count otherwise.
    pub standing: Result<&'a [String], &'a str>,
}

/// Whether an entry bears on anything that is read here.
#[must_use]
pub fn bears(kind: Kind, data: &Map<String, Value>) -> bool {
    let says = |name: &str, word: &str| data.get(name).and_then(Value::as_str) == Some(word);
    match kind {
        Kind::Risk
        | Kind::Block
        | Kind::Unblock
        | Kind::Drill
        | Kind::WaveGate
        | Kind::CycleClose => true,
        Kind::Approval => says("about", STORY),
        Kind::Exception => says("rule", DEFERRED),
        _ => false,
    }
}

/// A block that holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Block {
    /// The block's own name.
    pub id: String,
    /// What is blocked, such as a story.
    pub subject: String,
    /// `critical`, `high` or `medium`.
    pub severity: String,
    /// Why.
    pub cause: String,
    /// What it keeps from being done.
    pub impact: Option<String>,
    /// Who answers for its end.
    pub owner: String,
    /// What ends it.
    pub trigger: Option<String>,
    /// When it is expected to end.
    pub eta: Option<String>,
    /// What it waits for.
    pub upstream: Option<String>,
    /// When it was first recorded.
    pub since: Timestamp,
}

/// A story's pending approval was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approved {
    /// The story.
    pub story: String,
    /// Roles in which it was given.
    pub roles: Vec<String>,
    /// The address of who gave it.
    pub by: String,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
}

/// A deferred track may go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Triggered {
    /// The track.
    pub track: String,
    /// When that ends.
    pub expires_at: Option<Timestamp>,
}

/// What was decided at a gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It is passed.
    Pass,
    /// It is passed for now.
    Conditional,
    /// It is not passed.
    Fail,
}

/// A wave's gate was decided on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GateDecision {
    /// The wave.
    pub wave: String,
    /// What was decided.
    pub decision: Decision,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// The address of who recorded it.
    pub by: String,
}

/// A risk that is not closed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Risk {
    /// Its id.
    pub id: String,
    /// `open`, `accepted` or `mitigated`.
    pub state: String,
    /// `critical`, `high` or `medium`.
    pub severity: String,
    /// What it is.
    pub title: String,
    /// Who answers for it.
    pub owner: Option<String>,
    /// What is done about it.
    pub mitigation: Option<String>,
    /// Stories that it is of.
    pub stories: Vec<String>,
    /// The wave that it is of.
    pub wave: Option<String>,
    /// When it was first recorded.
    pub since: Timestamp,
    /// Until when it is accepted; at that second it is open again.
    pub accepted_until: Option<Timestamp>,
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

/// A drill that was held, by its newest entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drill {
    /// Its name.
    pub drill: String,
    /// Whether it passed.
    pub passed: bool,
    /// When that was recorded.
    pub at: Timestamp,
}

/// What the ledger says, oldest first.
#[derive(Clone, Debug, Default)]
pub struct Recorded {
    /// Blocks that were not lifted, oldest first.
    pub blocks: Vec<Block>,
    /// Approvals of stories.
    pub approved: Vec<Approved>,
    /// Tracks that may go on.
    pub triggered: Vec<Triggered>,
    /// Decisions at gates.
    pub gates: Vec<GateDecision>,
    /// Risks that are not closed, by id.
    pub risks: Vec<Risk>,
    /// Drills, each by its newest entry.
    pub drills: Vec<Drill>,
    /// Closed cycles, in the order of their closing.
    pub closed: Vec<Closed>,
    /// What of it does not count, as clauses: (subject, why).
    pub uncounted: Vec<(String, String)>,
}

impl Recorded {
    /// What is so now, after some entries, oldest first; each is one that [`bears`] names.
    #[must_use]
    pub fn of<'a>(entries: impl Iterator<Item = Said<'a>>, now: Timestamp) -> Self {
        reading::read(entries, now)
    }

    /// Critical risks for which nobody answers, or nothing is done (P-3, Z-6).
    #[must_use]
    pub fn unowned(&self) -> Vec<Finding> {
        self.risks.iter().filter_map(Risk::unowned).collect()
    }

    /// The block of a story.
    #[must_use]
    pub fn block_of(&self, subject: &str) -> Option<&Block> {
        self.blocks.iter().find(|block| block.subject == subject)
    }

    /// The drill of a name, by its newest entry.
    #[must_use]
    pub fn drill(&self, name: &str) -> Option<&Drill> {
        self.drills.iter().find(|drill| drill.drill == name)
    }

    /// The newest decision at a wave's gate.
    #[must_use]
    pub fn decision(&self, wave: &str) -> Option<&GateDecision> {
        self.gates.iter().rev().find(|gate| gate.wave == wave)
    }

    /// Whether a wave's gate is passed now.
    #[must_use]
    pub fn is_passed(&self, wave: &str, now: Timestamp) -> bool {
        self.decision(wave).is_some_and(|gate| {
            gate.decision != Decision::Fail && !expiry::is_over(gate.expires_at, now)
        })
    }

    /// The approval of a story that holds now, by one of some roles.
    #[must_use]
    pub fn approval(&self, story: &str, roles: &[String], now: Timestamp) -> Option<&Approved> {
        self.approved.iter().rev().find(|approved| {
            approved.story == story
                && !expiry::is_over(approved.expires_at, now)
                && approved.roles.iter().any(|role| roles.contains(role))
        })
    }

    /// Why entries about something do not count, to add to a message.
    #[must_use]
    pub fn why_not(&self, subject: &str) -> String {
        let why = self.uncounted.iter().filter(|(about, _)| about == subject);
        let why: Vec<&str> = why.map(|(_, why)| why.as_str()).collect();
        if why.is_empty() { String::new() } else { format!(" ({})", why.join("; ")) }
    }
}

/// The state of a risk that is over.
const CLOSED: &str = "closed";

impl Risk {
    /// A critical risk has an owner and a mitigation, or stops what it bears on.
    #[must_use]
    pub fn unowned(&self) -> Option<Finding> {
        let rests = matches!(self.state.as_str(), CLOSED | "mitigated");
        if rests || self.severity != "critical" {
            return None;
        }
        let lacks = match (&self.owner, &self.mitigation) {
            (Some(_), Some(_)) => return None,
            (None, None) => "an owner or a mitigation",
            (None, Some(_)) => "an owner",
            (Some(_), None) => "a mitigation",
        };
        let Self { id, state, title, .. } = self;
        let message = format!("the critical risk {id} is {state} without {lacks}: {title}");
        Some(
            Finding::new(Code::RiskUnowned, message)
                .help("record who answers for it and what is done about it"),
        )
    }
}
