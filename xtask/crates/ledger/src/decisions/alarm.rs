//! Risks, incidents and blocks as they stand.

use std::collections::BTreeMap;

use jiff::Timestamp;

use thrice_policy::declare::policy_choice;
use thrice_programme::risk::{IncidentSeverity, RiskSeverity};

policy_choice! {
    /// What an alarm is about.
    #[derive(PartialOrd, Ord)]
    pub enum AlarmKind {
        /// An incident.
        Incident = "incident",
        /// A block of a story.
        Block = "block",
        /// A risk.
        Risk = "risk",
    }
}

/// How bad an alarm is; the worst first, among alarms of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Of an incident.
    Incident(IncidentSeverity),
    /// Of a risk or a block.
    Risk(RiskSeverity),
}

policy_choice! {
    /// What is done about an alarm within a window.
    #[derive(PartialOrd, Ord)]
    pub enum Step {
        /// Somebody says that they have it.
        Acknowledge = "acknowledge",
        /// It does no more harm.
        Contain = "contain",
        /// It is over: recovered, or corrected.
        Recover = "recover",
    }
}

policy_choice! {
    /// How far an alarm has come.
    pub enum AlarmState {
        /// It is there, and nobody has it.
        Open = "open",
        /// Somebody has it in hand.
        Acknowledged = "acknowledged",
        /// It does no more harm.
        Contained = "contained",
        /// What was to be done about a risk is done.
        Mitigated = "mitigated",
        /// All is as before.
        Recovered = "recovered",
        /// A risk is accepted for now.
        Accepted = "accepted",
        /// It is over.
        Closed = "closed",
    }
}

/// When a step was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepTaken {
    /// When it is said to have been.
    pub at: Timestamp,
    /// When that was recorded.
    pub recorded: Timestamp,
}

/// What more is known of a block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlockDetails {
    /// What it keeps from being done.
    pub impact: Option<String>,
    /// What ends it.
    pub trigger: Option<String>,
    /// When it is expected to end.
    pub eta: Option<Timestamp>,
    /// What it waits for.
    pub upstream: Option<String>,
}

/// When an alarm froze merges, by when its entries were recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frozen {
    /// Since when.
    pub from: Timestamp,
    /// Until when; none where it still does.
    pub to: Option<Timestamp>,
}

impl Frozen {
    /// Whether merges were frozen at a time, neither first nor last moment included.
    #[must_use]
    pub fn holds(&self, at: Timestamp) -> bool {
        self.from < at && self.to.is_none_or(|to| at < to)
    }
}

/// A risk, an incident or a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// What it is.
    pub kind: AlarmKind,
    /// Its id.
    pub id: String,
    /// The id under which it was opened, where another alarm had taken that meanwhile.
    pub opened_as: Option<String>,
    /// What it is about: a title, or the cause of a block.
    pub title: String,
    /// How bad it is.
    pub severity: Severity,
    /// Who answers for it.
    pub owner: Option<String>,
    /// What is done about a risk.
    pub mitigation: Option<String>,
    /// The wave that it bears on.
    pub wave: Option<String>,
    /// The stories that it bears on.
    pub stories: Vec<String>,
    /// What sort of risk or incident, such as `security` or `replay`.
    pub category: Option<String>,
    /// What more is known of a block.
    pub details: BlockDetails,
    /// The line of the ledger that raised it last, from 1.
    pub line: usize,
    /// When it was last recorded that it is there, or worse: nothing older calms it.
    pub raised: Timestamp,
    /// The id of the entry that recorded so: what answers another one does not calm it.
    pub raised_by: String,
    /// When it came to be, or came back.
    pub opened: Timestamp,
    /// When its clocks began: then, or when it became worse.
    pub began: Timestamp,
    /// When its steps were taken.
    pub steps: BTreeMap<Step, StepTaken>,
    /// Until when a risk is accepted.
    pub accepted_until: Option<Timestamp>,
    /// When it ended.
    pub over: Option<Timestamp>,
    /// The postmortem with which an incident was last closed, also where it is back.
    pub postmortem: Option<String>,
    /// The digest of that postmortem.
    pub postmortem_sha256: Option<String>,
    /// Whether an incident was closed as it must be: where it is P0 or P1, with a postmortem.
    pub has_postmortem: bool,
    /// When it froze merges, in the order of its entries; a block never did.
    pub frozen: Vec<Frozen>,
}

impl Severity {
    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Incident(severity) => severity.word(),
            Self::Risk(severity) => severity.word(),
        }
    }
}

impl Step {
    /// All, in their order.
    pub const ALL: [Self; 3] = [Self::Acknowledge, Self::Contain, Self::Recover];
}

impl AlarmState {
    /// Whether it is still to be answered.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Self::Open | Self::Acknowledged | Self::Contained)
    }
}

impl Alarm {
    /// The story that a block is of.
    #[must_use]
    pub fn subject(&self) -> &str {
        self.stories.first().map_or("", String::as_str)
    }

    /// When a step was taken: that one, or one that comes after it.
    #[must_use]
    pub fn taken(&self, step: Step) -> Option<&StepTaken> {
        self.steps.range(step..).map(|(_, taken)| taken).min_by_key(|taken| taken.at)
    }

    /// Whether it is to be answered: not over, not accepted, not recovered from.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.state().is_open()
    }

    /// How far it has come.
    #[must_use]
    pub fn state(&self) -> AlarmState {
        if self.over.is_some() {
            return AlarmState::Closed;
        }
        if self.accepted_until.is_some() {
            return AlarmState::Accepted;
        }
        match (self.steps.last_key_value().map(|(step, _)| *step), self.kind) {
            (None, _) => AlarmState::Open,
            (Some(Step::Acknowledge), _) => AlarmState::Acknowledged,
            (Some(Step::Contain), _) => AlarmState::Contained,
            (Some(Step::Recover), AlarmKind::Risk) => AlarmState::Mitigated,
            (Some(Step::Recover), _) => AlarmState::Recovered,
        }
    }

    /// Whether it froze merges at a time.
    #[must_use]
    pub fn froze(&self, at: Timestamp) -> bool {
        self.frozen.iter().any(|frozen| frozen.holds(at))
    }

    /// Whether it is an incident that needs a postmortem before merges go on.
    #[must_use]
    pub fn needs_postmortem(&self) -> bool {
        matches!(self.severity, Severity::Incident(severity) if severity.needs_postmortem())
    }

    /// Whether merges wait for it. Its wave says which, none means all.
    #[must_use]
    pub fn stops_merges(&self) -> bool {
        self.kind != AlarmKind::Block
            && stops_merges(self.severity, self.state(), self.has_postmortem)
    }
}

/// Whether merges wait for a critical risk that is open, or for an incident P0 or P1 that
/// was not closed as it must be (P-5, P-6, P-7).
#[must_use]
pub fn stops_merges(severity: Severity, state: AlarmState, has_postmortem: bool) -> bool {
    match severity {
        Severity::Incident(severity) => {
            let is_over = state == AlarmState::Closed && has_postmortem;
            severity.needs_postmortem() && !is_over
        }
        Severity::Risk(severity) => severity == RiskSeverity::Critical && state.is_open(),
    }
}
