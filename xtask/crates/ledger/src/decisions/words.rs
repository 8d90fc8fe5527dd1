//! The words that an entry chooses from.

use crate::expiry;
use clap::ValueEnum;
use jiff::Timestamp;
use thrice_policy::declare::policy_choice;
use thrice_programme::release::Stage;

/// What an approval is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApprovalScope {
    /// A patch.
    Change,
    /// A story.
    Story,
    /// A release at a stage.
    Release(Stage),
}

impl ApprovalScope {
    /// The words that are no stage which policy names.
    pub(crate) const WORDS: &[&str] = &["change", "rc", "ga", "story"];

    /// The word for it.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::Change => "change",
            Self::Story => "story",
            Self::Release(stage) => stage.word(),
        }
    }

    /// The one of that word.
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        match word {
            "change" => Some(Self::Change),
            "story" => Some(Self::Story),
            word => Stage::from_word(word).map(Self::Release),
        }
    }
}

policy_choice! {
    /// How a deployment ended.
    #[derive(ValueEnum)]
    pub enum DeployResult {
        /// It runs.
        Succeeded = "succeeded",
        /// It does not.
        Failed = "failed",
        /// It ran, and was taken back.
        RolledBack = "rolled-back",
    }
}

policy_choice! {
    /// How far an entry says that a risk has come.
    pub enum RiskStep {
        /// It is there, or back.
        Open = "open",
        /// It is accepted, until a time where one is given.
        Accepted = "accepted",
        /// What was to be done about it is done.
        Mitigated = "mitigated",
        /// It is over.
        Closed = "closed",
    }
}

policy_choice! {
    /// How far an entry says that an incident has come.
    pub enum IncidentStep {
        /// It is there, or back.
        Open = "open",
        /// Somebody has it in hand.
        Acknowledged = "acknowledged",
        /// It does no more harm.
        Contained = "contained",
        /// All is as before.
        Recovered = "recovered",
        /// It is over.
        Closed = "closed",
    }
}

policy_choice! {
    /// How a drill ended.
    pub enum DrillResult {
        /// It went well.
        Pass = "pass",
        /// It did not.
        Fail = "fail",
    }
}

policy_choice! {
    /// What was decided at a wave's gate.
    pub enum GateResult {
        /// It is passed.
        Pass = "pass",
        /// It is not passed.
        Fail = "fail",
        /// It is passed under conditions.
        Conditional = "conditional",
    }
}

impl GateResult {
    /// Whether a gate is passed by it now, where its condition ends at a time.
    pub(super) fn holds(self, expires_at: Option<Timestamp>, now: Timestamp) -> bool {
        self != Self::Fail && !expiry::is_over(expires_at, now)
    }
}

policy_choice! {
    /// How a cycle ended.
    pub enum CycleResult {
        /// Its exit criteria were met.
        Met = "met",
        /// They were not.
        NotMet = "not-met",
    }
}
