//! What an entry says of an alarm, whatever its kind.

use jiff::Timestamp;

use super::alarm::{AlarmKind, BlockDetails, Severity, Step};
use super::entries::{BlockEntry, IncidentEntry, IncidentStep, RiskEntry, RiskStep};

/// An alarm by its kind and id; a block by its story, too.
pub(super) type Key = (AlarmKind, String, String);

/// What an entry says of an alarm.
pub(super) struct AlarmReport {
    pub(super) key: Key,
    /// The entry that it answers, where it names one.
    pub(super) answers: Option<String>,
    /// By which messages name it.
    pub(super) subject: String,
    pub(super) title: String,
    pub(super) severity: Severity,
    /// Whether it says that the alarm is there, or back.
    pub(super) opens: bool,
    /// When it began, where it says so.
    pub(super) began: Option<Timestamp>,
    /// When that came to be, where it says so.
    pub(super) at: Option<Timestamp>,
    pub(super) owner: Option<String>,
    pub(super) mitigation: Option<String>,
    pub(super) wave: Option<String>,
    pub(super) stories: Vec<String>,
    pub(super) category: Option<String>,
    pub(super) details: BlockDetails,
    /// Steps that were taken.
    pub(super) steps: Vec<(Step, Option<Timestamp>)>,
    pub(super) accepted_until: Option<Timestamp>,
    pub(super) closes: bool,
    pub(super) postmortem_sha256: Option<String>,
    pub(super) postmortem: Option<String>,
}

impl From<RiskEntry> for AlarmReport {
    fn from(entry: RiskEntry) -> Self {
        let at = entry.at;
        let mut steps = reported([entry.acknowledged_at, entry.contained_at]);
        if matches!(entry.state, RiskStep::Mitigated | RiskStep::Closed) {
            steps.push((Step::Recover, at));
        }
        let accepted = entry.state == RiskStep::Accepted;
        Self {
            key: (AlarmKind::Risk, entry.risk.clone(), String::new()),
            answers: entry.answers,
            subject: entry.risk,
            title: entry.title,
            severity: Severity::Risk(entry.severity),
            opens: entry.state == RiskStep::Open,
            began: at,
            at,
            owner: entry.owner,
            mitigation: entry.mitigation,
            wave: entry.wave,
            stories: entry.stories,
            category: entry.category,
            details: BlockDetails::default(),
            steps,
            accepted_until: accepted.then(|| entry.expires_at.unwrap_or(Timestamp::MAX)),
            closes: entry.state == RiskStep::Closed,
            postmortem_sha256: None,
            postmortem: None,
        }
    }
}

impl From<IncidentEntry> for AlarmReport {
    fn from(entry: IncidentEntry) -> Self {
        let step = match entry.state {
            IncidentStep::Open => None,
            IncidentStep::Acknowledged => Some(Step::Acknowledge),
            IncidentStep::Contained => Some(Step::Contain),
            IncidentStep::Recovered | IncidentStep::Closed => Some(Step::Recover),
        };
        Self {
            key: (AlarmKind::Incident, entry.incident.clone(), String::new()),
            answers: entry.answers,
            subject: entry.incident,
            title: entry.title,
            severity: Severity::Incident(entry.severity),
            opens: entry.state == IncidentStep::Open,
            began: entry.began_at.or(entry.at),
            at: entry.at,
            owner: entry.owner,
            mitigation: None,
            wave: entry.wave,
            stories: entry.stories,
            category: entry.category,
            details: BlockDetails::default(),
            steps: step.map(|step| (step, entry.at)).into_iter().collect(),
            accepted_until: None,
            closes: entry.state == IncidentStep::Closed,
            postmortem_sha256: entry.postmortem_sha256.map(|digest| digest.0),
            postmortem: entry.postmortem,
        }
    }
}

impl From<BlockEntry> for AlarmReport {
    fn from(entry: BlockEntry) -> Self {
        let BlockEntry { impact, trigger, eta, upstream, .. } = entry;
        Self {
            key: (AlarmKind::Block, entry.block, entry.subject.clone()),
            answers: entry.answers,
            subject: entry.subject,
            title: entry.cause,
            severity: Severity::Risk(entry.severity),
            opens: true,
            began: entry.at,
            at: entry.at,
            owner: Some(entry.owner),
            mitigation: None,
            wave: None,
            stories: Vec::new(),
            category: None,
            details: BlockDetails { impact, trigger, eta, upstream },
            steps: reported([entry.acknowledged_at, entry.contained_at]),
            accepted_until: None,
            closes: false,
            postmortem_sha256: None,
            postmortem: None,
        }
    }
}

/// The steps that an entry gives the times of.
fn reported(times: [Option<Timestamp>; 2]) -> Vec<(Step, Option<Timestamp>)> {
    let steps = [Step::Acknowledge, Step::Contain].into_iter().zip(times);
    steps.filter(|(_, at)| at.is_some()).collect()
}
