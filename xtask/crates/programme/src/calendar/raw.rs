//! The tables of `policy/calendar.toml`, as written.

use jiff::civil::{Date, Time};
use serde_json::{Value, json};
use toml::Spanned;
use toml::de::DeValue;

use super::checklists::RawChecklist;
use super::when::When;
use thrice_findings::Code;
use thrice_policy::declare::policy_table;
use thrice_policy::table::{List, PolicyValue, Problems};
use thrice_policy::values::{PathGlob, RepositoryPath};

policy_table! {
    /// policy/calendar.toml: cycles, rites, sprints, the freeze, and where evidence and logs are.
    pub(crate) struct RawCalendar {
        /// IANA time zone in which the days begin and end. Default: that of programme.toml.
        optional time_zone: String,
        /// Days of the week on which people work, such as `"mon"`. Default: Monday to Friday.
        optional working_days: List<Workday>,
        /// Days on which nobody works.
        optional holidays: List<RawHoliday>,
        /// Cycles of execution; no two share a day.
        optional cycles: List<RawCycle>,
        /// What happens in each cycle.
        optional rites: List<RawRite>,
        /// Sprints; no two share a day.
        optional sprints: List<RawSprint>,
        /// Checklists that are prepared for sprints.
        optional checklists: List<RawChecklist>,
        /// What does not change while a sprint is frozen.
        optional freeze: RawFreeze,
        /// Files to which documents are appended.
        optional logs: RawLogs,
        /// Where evidence is.
        optional evidence: RawEvidence,
    }
}

policy_table! {
    /// A day on which nobody works.
    pub(crate) struct RawHoliday {
        /// The day, such as `2026-04-03`.
        required date: Day,
        /// What it is called.
        required name: String,
    }
}

policy_table! {
    /// A cycle of execution.
    pub(crate) struct RawCycle {
        /// Id, such as `C-01`.
        required id: String,
        /// Its other name, such as `M06-S1`.
        optional name: String,
        /// Its first day.
        required from: Day,
        /// Its last day.
        required to: Day,
        /// Ids of the waves that it is for.
        optional scope: List<String>,
        /// Of these waves, those whose stories must be done at its end. Default: all of them.
        optional closes: List<String>,
        /// What it is to reach, in words.
        optional goal: String,
        /// Roles of policy/programme.toml that own it.
        optional owners: List<String>,
        /// What must be so at its end.
        required exit: List<String>,
        /// Drills, as the ledger calls them, whose newest must have passed before it is closed as met.
        optional drills: List<String>,
    }
}

policy_table! {
    /// What happens in each cycle. Days are working days: `day 0` is the first of the cycle.
    pub(crate) struct RawRite {
        /// Its name.
        required name: String,
        /// On which days: `day 0`, `last day`, `1 day before end`, `every day`, `every working day`, `every working day from day 1`, or days of the week such as `mon, wed, fri`.
        required when: When,
        /// At what time, such as `09:30`. Default: `09:00`.
        optional at: TimeOfDay,
        /// How long it takes.
        required minutes: u64,
        /// The role of policy/programme.toml that holds it.
        optional owner: String,
        /// What it is for.
        optional agenda: String,
    }
}

policy_table! {
    /// A sprint. Its days are working days, the first is day 1.
    pub(crate) struct RawSprint {
        /// Id, such as `03`.
        required id: String,
        /// Its other name.
        optional name: String,
        /// Its first day.
        required from: Day,
        /// Its last day.
        required to: Day,
        /// Ids of the features that it is for.
        optional features: List<String>,
        /// The name of its gate, such as `Tenant isolation gate`.
        optional gate: String,
        /// What is made in it, in words: a box each of its operations checklist, or of that of its gate where there is none.
        optional deliverables: List<String>,
        /// What must be shown at its gate, a document each.
        optional evidence: List<String>,
        /// The sprint whose gate must be passed before a story of this one starts.
        optional after: String,
        /// How many of its stories may be under way at once.
        optional wip: u64,
        /// Drills, as the ledger calls them, whose newest must have passed before its gate is.
        optional drills: List<String>,
        /// The working day by whose end the evidence is there, such as `9`.
        optional evidence_due_day: u64,
        /// The working day with which the freeze begins, such as `6`.
        optional freeze_from_day: u64,
    }
}

policy_table! {
    /// What does not change from a sprint's `freeze_from_day` to its end.
    pub(crate) struct RawFreeze {
        /// Frozen paths.
        required paths: List<PathGlob>,
        /// Of them those that are critical, so that they may change.
        optional except: List<PathGlob>,
        /// Why.
        required reason: String,
    }
}

policy_table! {
    /// Files to which documents are appended, and the table of all sprints.
    pub(crate) struct RawLogs {
        /// Where status documents go.
        optional status: RepositoryPath,
        /// Where handoffs go.
        optional handoff: RepositoryPath,
        /// The file that has the table of all sprints, which is replaced as a whole.
        optional overview: RepositoryPath,
    }
}

policy_table! {
    /// Where evidence is.
    pub(crate) struct RawEvidence {
        /// The folder that holds it, a folder a story. Default: `docs/delivery/evidence`.
        required root: RepositoryPath,
    }
}

/// What stands in a value of TOML's own date and time, or in a text.
fn date_or_time(
    value: &Spanned<DeValue<'_>>,
    (message, help): (&str, &str),
    problems: &mut Problems,
) -> Option<String> {
    match value.get_ref() {
        DeValue::Datetime(time) => Some(time.to_string()),
        DeValue::String(text) => Some(text.to_string()),
        _ => {
            problems.add(Code::PolicyType, value.span(), message, help);
            None
        }
    }
}

/// A day, as a date of TOML or as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Day(pub Date);

impl PolicyValue for Day {
    fn read(value: &Spanned<DeValue<'_>>, problems: &mut Problems) -> Option<Self> {
        let help = "write a date, such as 2026-02-11";
        let text = date_or_time(value, ("this is no date", help), problems)?;
        let day = (text.len() == 10).then(|| text.parse::<Date>().ok()).flatten();
        let day = day.filter(|day| (1970..=9000).contains(&day.year()));
        day.map(Self).or_else(|| {
            let message = format!("`{text}` is no day of the calendar");
            problems.unusable(value, message, "write it as 2026-02-11")
        })
    }

    fn schema() -> Value {
        json!({ "type": "string", "format": "date", "examples": ["2026-02-11"] })
    }
}

/// A time of day, as a time of TOML or as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TimeOfDay(pub Time);

impl PolicyValue for TimeOfDay {
    fn read(value: &Spanned<DeValue<'_>>, problems: &mut Problems) -> Option<Self> {
        let help = "write a time, such as \"09:30\"";
        let text = date_or_time(value, ("this is no time of day", help), problems)?;
        let time = matches!(text.len(), 5 | 8).then(|| text.parse::<Time>().ok()).flatten();
        time.map(Self).or_else(|| {
            let message = format!("`{text}` is no time of day");
            problems.unusable(value, message, "write it as \"09:30\"")
        })
    }

    fn schema() -> Value {
        json!({ "type": "string", "examples": ["09:30"] })
    }
}

thrice_policy::declare::policy_choice! {
    /// A day of the week.
    pub(crate) enum Workday {
        /// Monday.
        Monday = "mon",
        /// Tuesday.
        Tuesday = "tue",
        /// Wednesday.
        Wednesday = "wed",
        /// Thursday.
        Thursday = "thu",
        /// Friday.
        Friday = "fri",
        /// Saturday.
        Saturday = "sat",
        /// Sunday.
        Sunday = "sun",
    }
}

impl Workday {
    /// The same day as the calendar has it.
    #[must_use]
    pub(crate) fn weekday(self) -> jiff::civil::Weekday {
        use jiff::civil::Weekday;
        match self {
            Self::Monday => Weekday::Monday,
            Self::Tuesday => Weekday::Tuesday,
            Self::Wednesday => Weekday::Wednesday,
            Self::Thursday => Weekday::Thursday,
            Self::Friday => Weekday::Friday,
            Self::Saturday => Weekday::Saturday,
            Self::Sunday => Weekday::Sunday,
        }
    }
}
