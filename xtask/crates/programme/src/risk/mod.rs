//! `policy/risk.toml`: severities, their windows, who is asked when one is violated, and
//! what escalates at once (P-6).

mod raw;
mod rota;
mod triggers;
mod validate;
mod window;

#[cfg(test)]
mod tests;

use jiff::Timestamp;
use jiff::civil::Time;
use jiff::tz::TimeZone;

use thrice_findings::Place;

pub use raw::{IncidentSeverity, RiskSeverity};
pub(crate) use raw::{RawRisk, TriggerKind};
pub use validate::RiskReferences;
pub(crate) use validate::validate;
pub use window::{Unit, Window};

/// The word of a chain for whoever owns what it is about.
pub const OWNER: &str = "owner";

/// The rules of risks, each of which can be used.
#[derive(Clone, Debug)]
pub struct RiskRules {
    /// The zone in which days and hours are meant: the calendar's, else the programme's.
    pub zone: TimeZone,
    /// The hours of a working day.
    pub hours: Option<Hours>,
    /// The three severities, the worst first.
    pub severities: Vec<SeverityRule>,
    /// Who holds a role when, in the order of their times.
    pub rota: Vec<Shift>,
    /// What escalates at once, in file order.
    pub triggers: Vec<Trigger>,
    /// Escalations as issues on GitHub.
    pub notify: Option<Notify>,
}

/// The hours of a working day; `from` is before `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hours {
    /// When work begins.
    pub from: Time,
    /// When it ends: the first moment after.
    pub to: Time,
}

/// What a severity demands.
#[derive(Clone, Debug)]
pub struct SeverityRule {
    /// Which.
    pub id: RiskSeverity,
    /// Severities of incidents that are this one.
    pub incidents: Vec<IncidentSeverity>,
    /// What is done at once.
    pub action: Vec<String>,
    /// Who is asked, level by level: roles, or [`OWNER`].
    pub chain: Vec<Vec<String>>,
    /// By when somebody says that they have it.
    pub acknowledge: Window,
    /// By when it does no more harm.
    pub contain: Option<Window>,
    /// By when it is over.
    pub recover: Window,
    /// Where it is written.
    pub place: Place,
}

/// Who holds a role when.
#[derive(Clone, Debug)]
pub struct Shift {
    /// The role.
    pub role: String,
    /// The person.
    pub person: String,
    /// From when on.
    pub from: Timestamp,
    /// The first moment after.
    pub to: Timestamp,
}

/// What escalates at once.
#[derive(Clone, Debug)]
pub struct Trigger {
    /// What it is called.
    pub id: String,
    /// What it looks at.
    pub demand: TriggerDemand,
    /// The severity whose chain is gone up.
    pub severity: RiskSeverity,
    /// How many levels are skipped.
    pub levels: usize,
    /// Where it is written.
    pub place: Place,
}

/// What a trigger looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TriggerDemand {
    /// The newest drill failed, or took longer, or lost more; in seconds.
    Drill {
        /// Its name; every drill where none is named.
        name: Option<String>,
        /// The longest time in which what was lost must be back.
        rto: Option<u64>,
        /// The longest time of which data may be lost.
        rpo: Option<u64>,
    },
    /// A critical risk of the category `security` is open.
    Security,
    /// A check failed so many times in a row on the default branch.
    Check {
        /// Its name.
        name: String,
        /// How many times.
        failures: usize,
    },
    /// So many incidents in so many days.
    Incidents {
        /// Of which severity.
        severity: IncidentSeverity,
        /// How many.
        count: usize,
        /// Days.
        days: u32,
    },
    /// Incidents of the category `replay` on so many days in a row.
    Replay {
        /// Days.
        days: u32,
    },
}

/// Escalations as issues on GitHub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notify {
    /// The label of these issues.
    pub label: String,
    /// When the workflow runs: five fields of cron, in UTC.
    pub schedule: String,
}

impl RiskRules {
    /// What a severity demands.
    #[must_use]
    pub fn severity(&self, id: RiskSeverity) -> Option<&SeverityRule> {
        self.severities.iter().find(|rule| rule.id == id)
    }

    /// The severity that an incident's is.
    #[must_use]
    pub fn of_incident(&self, incident: IncidentSeverity) -> RiskSeverity {
        let named = self.severities.iter().find(|rule| rule.incidents.contains(&incident));
        named.map_or_else(|| incident.by_default(), |rule| rule.id)
    }
}
