//! The tables of `policy/risk.toml`, as written.

use super::super::calendar::TimeOfDay;
use super::window::Window;
use thrice_policy::declare::{policy_choice, policy_table};
use thrice_policy::table::List;

policy_table! {
    /// policy/risk.toml: how fast risks, blocks and incidents are answered, and who is asked when they are not.
    pub(crate) struct RawRisk {
        /// The hours of a working day; needed where a time is in business hours or business days.
        optional hours: RawHours,
        /// `critical`, `high` and `medium`, each once.
        required severities: List<RawSeverity>,
        /// Who holds a role when; the members of the role in policy/programme.toml where no line is of it.
        optional rota: List<RawShift>,
        /// What escalates at once.
        optional triggers: List<RawTrigger>,
        /// Escalations as issues on GitHub, and the workflow that opens them.
        optional notify: RawNotify,
    }
}

policy_table! {
    /// The hours of a working day, in the zone of the calendar. Which days are working days is the calendar's to say.
    pub(crate) struct RawHours {
        /// When work begins, such as `09:00`.
        required from: TimeOfDay,
        /// When it ends, such as `18:00`.
        required to: TimeOfDay,
    }
}

policy_table! {
    /// What a severity demands. Times are such as `5 minutes`, `72 hours`, `4 business hours`, `14 days` or `2 business days`.
    pub(crate) struct RawSeverity {
        /// Which.
        required id: RiskSeverity,
        /// Severities of incidents that are this one; P0 is critical, P1 high, P2 and P3 medium where no severity names them.
        optional incidents: List<IncidentSeverity>,
        /// What is done at once, a step each.
        required action: List<String>,
        /// Who answers for it, then who is asked after each window that was violated: roles of policy/programme.toml, several joined by `/`; `owner` is whoever owns it.
        required escalation: List<String>,
        /// By when somebody says that they have it.
        required acknowledge: Window,
        /// By when it does no more harm.
        optional contain: Window,
        /// By when it is over: recovered, or corrected.
        required recover: Window,
    }
}

policy_table! {
    /// Who holds a role when.
    pub(crate) struct RawShift {
        /// The role of policy/programme.toml.
        required role: String,
        /// The person: a name of `[people]` in policy/ledger.toml, or `@login`.
        required person: String,
        /// From when on: a day, or a day and a time (`2026-02-11`, `2026-02-11T08:00:00`), in the zone of the calendar.
        required from: String,
        /// Until when: a day, which is the last, or a day and a time, which is the first moment after.
        required to: String,
    }
}

policy_table! {
    /// What escalates at once.
    pub(crate) struct RawTrigger {
        /// What it is called, such as `PC-P1-01`.
        required id: String,
        /// What it looks at.
        required when: TriggerKind,
        /// The severity whose chain is gone up. Default: critical.
        optional severity: RiskSeverity,
        /// How many levels of the chain are skipped. Default: 1.
        optional levels: u64,
        /// Of `drill`: the longest time in which what was lost must be back.
        optional rto: Window,
        /// Of `drill`: the longest time of which data may be lost.
        optional rpo: Window,
        /// Of `check`: the name of the check.
        optional check: String,
        /// Of `check`: how many failures in a row. Default: 3.
        optional failures: u64,
        /// Of `incidents`: which. Default: P0.
        optional incident: IncidentSeverity,
        /// Of `incidents`: how many. Default: 2.
        optional count: u64,
        /// Of `incidents`: within how many days. Default: 14. Of `replay`: on how many days in a row. Default: 3.
        optional days: u64,
    }
}

policy_table! {
    /// Escalations as issues on GitHub.
    pub(crate) struct RawNotify {
        /// The label of these issues. Default: `sla`.
        optional label: String,
        /// When the workflow runs, in the five fields of cron, in UTC, such as `*/15 * * * *`.
        required schedule: String,
    }
}

policy_choice! {
    /// How bad a risk, a block or an incident is (P-6).
    #[derive(PartialOrd, Ord, Hash)]
    pub enum RiskSeverity {
        /// What it touches stops.
        Critical = "critical",
        /// The story or pull request stops.
        High = "high",
        /// Work goes on, watched.
        Medium = "medium",
    }
}

policy_choice! {
    /// How bad an incident is, as people call it.
    #[derive(PartialOrd, Ord, Hash)]
    pub enum IncidentSeverity {
        /// The worst.
        P0 = "P0",
        /// Bad.
        P1 = "P1",
        /// Noticed.
        P2 = "P2",
        /// The least.
        P3 = "P3",
    }
}

policy_choice! {
    /// What a trigger looks at.
    pub(crate) enum TriggerKind {
        /// The newest drill of the ledger: failed, or outside of `rto` or `rpo`.
        Drill = "drill",
        /// Critical risks of the category `security` that are open.
        Security = "security",
        /// A check on the default branch that fails again and again.
        Check = "check",
        /// Incidents that come in heaps.
        Incidents = "incidents",
        /// Incidents of the category `replay` on days in a row.
        Replay = "replay",
    }
}

impl RiskSeverity {
    /// All, the worst first.
    pub const ALL: [Self; 3] = [Self::Critical, Self::High, Self::Medium];
}

impl IncidentSeverity {
    /// All, the worst first.
    pub const ALL: [Self; 4] = [Self::P0, Self::P1, Self::P2, Self::P3];

    /// The severity that it is where policy does not say.
    #[must_use]
    pub(crate) fn by_default(self) -> RiskSeverity {
        match self {
            Self::P0 => RiskSeverity::Critical,
            Self::P1 => RiskSeverity::High,
            Self::P2 | Self::P3 => RiskSeverity::Medium,
        }
    }

    /// Whether it needs a postmortem before merges reopen (P-7).
    #[must_use]
    pub fn needs_postmortem(self) -> bool {
        matches!(self, Self::P0 | Self::P1)
    }
}
