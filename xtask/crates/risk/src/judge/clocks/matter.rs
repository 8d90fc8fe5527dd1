//! Risks, blocks and incidents, with the times that stop clocks.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::Step;
use thrice_programme::Kind;
use thrice_programme::risk::{IncidentSeverity, RiskSeverity};

/// The category of risks that are findings of security.
pub const SECURITY: &str = "security";
/// The category of incidents that are replays.
pub const REPLAY: &str = "replay";

/// What an entry of the ledger says.
#[derive(Clone, Copy, Debug)]
pub struct Said<'a> {
    /// What sort of decision it is.
    pub kind: Kind,
    /// What is decided.
    pub data: &'a Map<String, Value>,
    /// When it was recorded.
    pub at: Timestamp,
    /// Whether it counts.
    pub counts: bool,
    /// Whether a key proves who says so.
    pub is_signed: bool,
}

/// What something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sort {
    /// An incident.
    Incident,
    /// A block of a story.
    Block,
    /// A risk.
    Risk,
}

/// When a clock was stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// When it is said to have been.
    pub at: Timestamp,
    /// When that was recorded.
    pub recorded: Timestamp,
}

/// A risk, a block or an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matter {
    /// What it is.
    pub sort: Sort,
    /// Its id.
    pub id: String,
    /// What it is about: a title, or the cause of a block.
    pub title: String,
    /// How bad it is.
    pub severity: RiskSeverity,
    /// The same for an incident, as people call it.
    pub incident: Option<IncidentSeverity>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// What is done about a risk.
    pub mitigation: Option<String>,
    /// The wave that it is of.
    pub wave: Option<String>,
    /// Stories that it is of.
    pub stories: Vec<String>,
    /// What kind of risk or incident, such as `security` or `replay`.
    pub category: Option<String>,
    /// When it came to be, or came back.
    pub opened: Timestamp,
    /// When its clocks began: then, or when it became worse.
    pub began: Timestamp,
    /// What stopped its clocks, by step.
    pub stops: BTreeMap<Step, Stop>,
    /// Until when a risk is accepted.
    pub accepted_until: Option<Timestamp>,
    /// When it ended.
    pub over: Option<Timestamp>,
    /// Whether an incident's end has all that merges wait for: somebody's signature and,
    /// where it is P0 or P1, a postmortem (P-7).
    pub released: bool,
}

impl Sort {
    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Incident => "incident",
            Self::Block => "block",
            Self::Risk => "risk",
        }
    }
}

impl Matter {
    /// What stopped the clock of a step: that step, or one that comes after it.
    #[must_use]
    pub fn stopped(&self, step: Step) -> Option<&Stop> {
        self.stops.range(step..).map(|(_, stop)| stop).min_by_key(|stop| stop.at)
    }

    /// Whether it is to be answered: not over, not accepted, not recovered from.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.over.is_none()
            && self.accepted_until.is_none()
            && !self.stops.contains_key(&Step::Recover)
    }

    /// How far it has come.
    #[must_use]
    pub fn word(&self) -> &'static str {
        if self.over.is_some() {
            return "closed";
        }
        if self.accepted_until.is_some() {
            return "accepted";
        }
        match (self.stops.last_key_value().map(|(step, _)| *step), self.sort) {
            (None, _) => "open",
            (Some(Step::Acknowledge), _) => "acknowledged",
            (Some(Step::Contain), _) => "contained",
            (Some(Step::Recover), Sort::Risk) => "mitigated",
            (Some(Step::Recover), _) => "recovered",
        }
    }

    /// Whether merges wait for it: a critical risk or an incident P0 or P1 that is not
    /// over as it must be (P-5, P-6, P-7). Its wave says which, none means all.
    #[must_use]
    pub fn stops_merges(&self) -> bool {
        match self.sort {
            Sort::Incident => {
                !self.released && self.incident.is_some_and(IncidentSeverity::needs_postmortem)
            }
            Sort::Risk => self.severity == RiskSeverity::Critical && self.is_open(),
            Sort::Block => false,
        }
    }

    /// How bad it is, as people call it.
    #[must_use]
    pub fn severity_word(&self) -> &'static str {
        self.incident.map_or_else(|| self.severity.word(), IncidentSeverity::word)
    }
}
