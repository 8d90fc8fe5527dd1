//! Clocks of risks, blocks and incidents: what is due when, what is violated, and who is
//! asked then (P-6). Pure: what the ledger says and the time now are given.

pub(crate) mod business;
pub mod escalation;
pub(crate) mod postmortem;
pub mod triggers;

#[cfg(test)]
mod tests;

use jiff::Timestamp;

use business::Team;

pub use escalation::{Holder, OpenAlarm, lines};
use thrice_ledger::decisions::{Alarm, Severity, Step, StepTaken};
use thrice_policy::declare::policy_choice;
use thrice_programme::Calendar;
use thrice_programme::risk::{RiskRules, RiskSeverity, Window};

policy_choice! {
    /// How a clock stands.
    pub enum ClockState {
        /// It runs, and its window is not over.
        Running = "running",
        /// It was stopped in time.
        Met = "met",
        /// Its window ended first.
        Violated = "violated",
        /// Nobody can say when its window ends.
        Unknown = "not established",
    }
}

/// A clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clock {
    /// What stops it.
    pub step: Step,
    /// How long that may take.
    pub window: Window,
    /// When it began.
    pub began: Timestamp,
    /// The last moment in time; `None` where business time cannot be counted.
    pub due: Option<Timestamp>,
    /// What stopped it.
    pub stopped: Option<StepTaken>,
}

impl Clock {
    /// How it stands: what is done at the very last moment is done in time.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> ClockState {
        let Some(due) = self.due else { return ClockState::Unknown };
        match &self.stopped {
            Some(stop) if stop.at <= due => ClockState::Met,
            None if now <= due => ClockState::Running,
            _ => ClockState::Violated,
        }
    }

    /// Whether it is only said, after its window was over, that it was stopped in time.
    #[must_use]
    pub(crate) fn is_reported_late(&self) -> bool {
        let reported = self.stopped.as_ref().zip(self.due);
        reported.is_some_and(|(stop, due)| stop.at <= due && stop.recorded > due)
    }
}

/// How bad an alarm is by the rules: an incident is as bad as they say of its word.
#[must_use]
pub(crate) fn severity(alarm: &Alarm, rules: &RiskRules) -> RiskSeverity {
    match alarm.severity {
        Severity::Risk(severity) => severity,
        Severity::Incident(severity) => rules.of_incident(severity),
    }
}

/// The clocks of an alarm, in the order of their steps; none where no rule is of its
/// severity.
#[must_use]
pub fn clocks(alarm: &Alarm, rules: &RiskRules, calendar: Option<&Calendar>) -> Vec<Clock> {
    let Some(rule) = rules.severity(severity(alarm, rules)) else { return Vec::new() };
    let team = Team { zone: &rules.zone, hours: rules.hours, calendar };
    let clock = |step: Step| {
        let window = match step {
            Step::Acknowledge => rule.acknowledge,
            Step::Contain => rule.contain?,
            Step::Recover => rule.recover,
        };
        Some(Clock {
            step,
            window,
            began: alarm.began,
            due: business::due(&team, window, alarm.began),
            stopped: alarm.taken(step).cloned(),
        })
    };
    Step::ALL.into_iter().filter_map(clock).collect()
}
