//! What the ledger says of stories and waves, each entry already found to count.

use jiff::Timestamp;

use crate::checks::expiry;

/// A story was stopped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Block {
    /// The block's own name.
    pub id: String,
    /// The story.
    pub story: String,
    /// How bad it is.
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
    /// When it began.
    pub since: String,
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

/// A risk as its newest entry has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Risk {
    /// Its id.
    pub id: String,
    /// `open`, `accepted`, `mitigated` or `closed`.
    pub state: String,
    /// How bad it is.
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
}

/// What the ledger says, oldest first.
#[derive(Clone, Debug, Default)]
pub struct Recorded {
    /// Blocks that were not lifted.
    pub blocks: Vec<Block>,
    /// Approvals of stories.
    pub approved: Vec<Approved>,
    /// Tracks that may go on.
    pub triggered: Vec<Triggered>,
    /// Decisions at gates.
    pub gates: Vec<GateDecision>,
    /// Risks, each as its newest entry has it.
    pub risks: Vec<Risk>,
    /// What of it does not count, as clauses: (subject, why).
    pub uncounted: Vec<(String, String)>,
}

impl Recorded {
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
