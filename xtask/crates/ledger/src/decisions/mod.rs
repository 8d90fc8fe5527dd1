//! What the ledger decides: its entries as types, and what holds after them.
//!
//! [`Standing::of`] is the one reading of the ledger: everything that judges a risk, an
//! incident, a block, a drill, a gate, an approval, an exception or a closed cycle asks it.
//! An alarm counts whoever raises it. What calms counts where its entry does, is signed
//! whatever policy says of its kind, and is not older than the alarm.

pub mod alarm;
pub mod entries;
mod fold;
pub mod freeze;
mod report;
pub(crate) mod words;

#[cfg(test)]
mod effects;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::Entry;
use super::signature::Author;
use crate::expiry;
pub use alarm::{Alarm, AlarmKind, AlarmState, Severity, Step, StepTaken};
use entries::{
    ApprovalEntry, ApprovalScope, BlockEntry, CycleCloseEntry, CycleResult, DeployEntry,
    DrillEntry, DrillResult, ExceptionEntry, GateResult, IncidentEntry, IncidentStep, ReleaseEntry,
    RiskEntry, RiskStep, SprintGateEntry, TriggerEntry, UnblockEntry, WaveGateEntry,
};
use thrice_findings::{Code, Finding};
use thrice_programme::ledger::Kind;
use thrice_programme::risk::RiskSeverity;

/// The rule from which a deferred track is excepted when its trigger has come.
pub const DEFERRED: &str = "deferred";

/// What an entry says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DecisionContent {
    /// Somebody approves something.
    Approval(ApprovalEntry),
    /// A release was made.
    Release(ReleaseEntry),
    /// Something was deployed.
    Deploy(DeployEntry),
    /// What is so about a risk.
    Risk(RiskEntry),
    /// What is so about an incident.
    Incident(IncidentEntry),
    /// What is so about a block.
    Block(BlockEntry),
    /// A block is over.
    Unblock(UnblockEntry),
    /// A drill was held.
    Drill(DrillEntry),
    /// A wave's gate was decided on.
    WaveGate(WaveGateEntry),
    /// A sprint's gate was decided on.
    SprintGate(SprintGateEntry),
    /// Somebody has a trigger in hand.
    Trigger(TriggerEntry),
    /// A cycle was closed.
    CycleClose(CycleCloseEntry),
    /// A rule does not hold for a while.
    Exception(ExceptionEntry),
}

impl DecisionContent {
    /// Reads what an entry says; `None` where it does not have the form of its kind, which
    /// no entry of a ledger that holds is without.
    #[must_use]
    pub fn read(kind: Kind, data: &Map<String, Value>) -> Option<Self> {
        Some(match kind {
            Kind::Approval => Self::Approval(ApprovalEntry::read(data)?),
            Kind::Release => Self::Release(ReleaseEntry::read(data)?),
            Kind::Deploy => Self::Deploy(DeployEntry::read(data)?),
            Kind::Risk => Self::Risk(RiskEntry::read(data)?),
            Kind::Incident => Self::Incident(IncidentEntry::read(data)?),
            Kind::Block => Self::Block(BlockEntry::read(data)?),
            Kind::Unblock => Self::Unblock(UnblockEntry::read(data)?),
            Kind::Drill => Self::Drill(DrillEntry::read(data)?),
            Kind::WaveGate => Self::WaveGate(WaveGateEntry::read(data)?),
            Kind::SprintGate => Self::SprintGate(SprintGateEntry::read(data)?),
            Kind::Trigger => Self::Trigger(TriggerEntry::read(data)?),
            Kind::CycleClose => Self::CycleClose(CycleCloseEntry::read(data)?),
            Kind::Exception => Self::Exception(ExceptionEntry::read(data)?),
        })
    }

    /// Whether it is the first word of a risk or an incident.
    pub(crate) fn opens(&self) -> bool {
        match self {
            Self::Risk(entry) => entry.state == RiskStep::Open && entry.answers.is_none(),
            Self::Incident(entry) => entry.state == IncidentStep::Open && entry.answers.is_none(),
            _ => false,
        }
    }

    /// Whether it lets something through, or says that something is better: without a
    /// signature it does nothing.
    #[must_use]
    pub(crate) fn is_calm(&self) -> bool {
        match self {
            Self::Approval(_)
            | Self::Unblock(_)
            | Self::Trigger(_)
            | Self::CycleClose(_)
            | Self::Exception(_) => true,
            Self::SprintGate(entry) => entry.decision != GateResult::Fail,
            Self::Risk(entry) => entry.state != RiskStep::Open,
            Self::Incident(entry) => entry.state != IncidentStep::Open,
            Self::Block(entry) => entry.acknowledged_at.or(entry.contained_at).is_some(),
            Self::Drill(entry) => entry.result == DrillResult::Pass,
            Self::WaveGate(entry) => entry.decision != GateResult::Fail,
            Self::Release(_) | Self::Deploy(_) => false,
        }
    }
}

/// An entry: who says what, when, and whether that counts.
#[derive(Clone, Debug)]
pub struct Decision<T = DecisionContent> {
    /// Its line of the ledger, from 1.
    pub line: usize,
    /// The entry's own name.
    pub id: String,
    /// What sort of decision it is.
    pub kind: Kind,
    /// The address of who says it.
    pub actor: String,
    /// When it was recorded.
    pub at: Timestamp,
    /// Who that is, where the entry counts; why it does not otherwise.
    pub author: Result<Author, Box<Finding>>,
    /// What it says.
    pub content: T,
    /// Whether it waits in this clone, and calms nothing that the remote has.
    pub(crate) is_held: bool,
}

impl Decision {
    /// The decision of an entry, by whether it counts.
    #[must_use]
    pub fn of(entry: &Entry, author: Result<Author, Box<Finding>>) -> Option<Self> {
        Some(Self {
            line: usize::try_from(entry.index).unwrap_or(usize::MAX).saturating_add(1),
            id: entry.said.id.clone(),
            kind: entry.said.kind,
            actor: entry.said.actor.clone(),
            at: entry.said.created_at,
            author,
            content: DecisionContent::read(entry.said.kind, &entry.said.data)?,
            is_held: false,
        })
    }

    /// A decision that is to be recorded now, by somebody whose word counts; by which key is
    /// not known yet.
    #[must_use]
    pub fn draft(
        (kind, data): (Kind, &Map<String, Value>),
        is_signed: bool,
        at: Timestamp,
    ) -> Option<Self> {
        let key = is_signed.then(String::new);
        let author = Author { actor: String::new(), person: None, key };
        let content = DecisionContent::read(kind, data)?;
        let (id, actor) = (String::new(), String::new());
        Some(Self { line: 0, id, kind, actor, at, author: Ok(author), content, is_held: false })
    }
}

impl<T> Decision<T> {
    /// Whether it counts by the rules, signed or not.
    #[must_use]
    pub fn counts(&self) -> bool {
        self.author.is_ok()
    }

    /// Whether it may calm: it counts, and a key proves whose word it is, whatever policy
    /// demands of its kind.
    ///
    /// # Errors
    /// Why not.
    pub fn calms(&self) -> Result<&Author, Box<Finding>> {
        let author = self.author.as_ref().map_err(Clone::clone)?;
        if author.key.is_some() {
            return Ok(author);
        }
        let message = format!("this {} of {} is not signed", self.kind.word(), self.actor);
        let finding = Finding::new(Code::LedgerUnsigned, message);
        let help = "what calms counts with a key alone: have it recorded again, signed";
        Err(Box::new(finding.help(help)))
    }

    /// What it says, and everything else of it.
    fn split(self) -> (T, Decision<()>) {
        let Self { line, id, kind, actor, at, author, content, is_held } = self;
        (content, Decision { line, id, kind, actor, at, author, content: (), is_held })
    }
}

impl Decision<()> {
    fn with<T>(self, content: T) -> Decision<T> {
        let Self { line, id, kind, actor, at, author, is_held, .. } = self;
        Decision { line, id, kind, actor, at, author, content, is_held }
    }
}

/// A drill, by its newest entry that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DrillOutcome {
    /// What was tried.
    pub name: String,
    /// Whether it went well.
    pub passed: bool,
    /// How long it took until what was lost was back, in seconds.
    pub rto: Option<u64>,
    /// Of how much time data was lost, in seconds.
    pub rpo: Option<u64>,
    /// When it was recorded.
    pub at: Timestamp,
}

/// Why an entry does not count, or does not do all that it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uncounted {
    /// The entry's own name.
    pub id: String,
    /// What it is about: a risk, a story, a wave.
    pub subject: String,
    /// Why, as a clause.
    pub why: String,
}

/// What holds after the entries of a ledger, at a time.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    /// Risks, incidents and blocks, those that are over included, in the order of their
    /// coming.
    pub alarms: Vec<Alarm>,
    /// The newest drill of each name, by name.
    pub drills: Vec<DrillOutcome>,
    /// Decisions at gates that count, oldest first.
    pub gates: Vec<Decision<WaveGateEntry>>,
    /// Decisions at gates of sprints that count, oldest first.
    pub sprint_gates: Vec<Decision<SprintGateEntry>>,
    /// Who has triggers in hand, oldest first.
    pub triggers: Vec<Decision<TriggerEntry>>,
    /// All approvals, oldest first.
    pub approvals: Vec<Decision<ApprovalEntry>>,
    /// All exceptions, oldest first.
    pub exceptions: Vec<Decision<ExceptionEntry>>,
    /// Cycles that are closed, in the order of their closing.
    pub closed: Vec<Decision<CycleCloseEntry>>,
    /// Releases, oldest first.
    pub releases: Vec<Decision<ReleaseEntry>>,
    /// What does not count, or not as a whole, in the order of the entries.
    pub uncounted: Vec<Uncounted>,
    /// The ids of alarms and triggers about which entries wait in this clone to be pushed.
    pub waiting: Vec<String>,
}

impl Standing {
    /// What holds at a time, after some decisions, oldest first.
    #[must_use]
    pub fn of(decisions: impl IntoIterator<Item = Decision>, now: Timestamp) -> Self {
        fold::fold(decisions, now)
    }

    /// The alarms of a kind, those that are over included.
    pub fn of_kind(&self, kind: AlarmKind) -> impl Iterator<Item = &Alarm> {
        self.alarms.iter().filter(move |alarm| alarm.kind == kind)
    }

    /// The alarms that some entries raised under an id that another had taken.
    pub(crate) fn moved(&self, by: &[String]) -> impl Iterator<Item = &Alarm> {
        let moved = self.alarms.iter().filter(|alarm| alarm.opened_as.is_some());
        moved.filter(move |alarm| by.contains(&alarm.raised_by))
    }

    /// Risks that are not over, by id.
    #[must_use]
    pub fn risks(&self) -> Vec<&Alarm> {
        let risks = self.of_kind(AlarmKind::Risk).filter(|risk| risk.over.is_none());
        let mut risks: Vec<&Alarm> = risks.collect();
        risks.sort_by(|one, other| one.id.cmp(&other.id));
        risks
    }

    /// Blocks that hold, oldest first.
    pub fn blocks(&self) -> impl Iterator<Item = &Alarm> {
        self.of_kind(AlarmKind::Block).filter(|block| block.over.is_none())
    }

    /// The block of a story.
    #[must_use]
    pub fn block_of(&self, story: &str) -> Option<&Alarm> {
        self.blocks().find(|block| block.subject() == story)
    }

    /// Critical risks for which nobody answers, or nothing is done (P-3,
    /// Z-6).
    #[must_use]
    pub fn unowned(&self) -> Vec<Finding> {
        self.risks().into_iter().filter_map(unowned).collect()
    }

    /// The drill of a name, by its newest entry.
    #[must_use]
    pub fn drill(&self, name: &str) -> Option<&DrillOutcome> {
        self.drills.iter().find(|drill| drill.name == name)
    }

    /// The newest decision at a wave's gate.
    #[must_use]
    pub fn gate(&self, wave: &str) -> Option<&Decision<WaveGateEntry>> {
        self.gates.iter().rev().find(|gate| gate.content.wave == wave)
    }

    /// The decision by which a wave's gate is passed now.
    #[must_use]
    pub fn passed_wave(&self, wave: &str, now: Timestamp) -> Option<&Decision<WaveGateEntry>> {
        let holds = |it: &WaveGateEntry| it.decision.holds(it.expires_at, now);
        self.gate(wave).filter(|gate| holds(&gate.content))
    }

    /// Whether a wave's gate is passed now.
    #[must_use]
    pub fn is_passed(&self, wave: &str, now: Timestamp) -> bool {
        self.passed_wave(wave, now).is_some()
    }

    /// The newest decision at a sprint's gate.
    #[must_use]
    pub fn sprint_gate(&self, sprint: &str) -> Option<&Decision<SprintGateEntry>> {
        self.sprint_gates.iter().rev().find(|gate| gate.content.sprint == sprint)
    }

    /// The decision by which a sprint's gate is passed now.
    #[must_use]
    pub fn passed_sprint(
        &self,
        sprint: &str,
        now: Timestamp,
    ) -> Option<&Decision<SprintGateEntry>> {
        let holds = |it: &SprintGateEntry| it.decision.holds(it.expires_at, now);
        self.sprint_gate(sprint).filter(|gate| holds(&gate.content))
    }

    /// Whether a sprint's gate is passed now.
    #[must_use]
    pub fn is_sprint_passed(&self, sprint: &str, now: Timestamp) -> bool {
        self.passed_sprint(sprint, now).is_some()
    }

    /// Who has a trigger in hand, of the time of a key.
    #[must_use]
    pub fn in_hand(&self, trigger: &str, key: &str) -> Option<&Decision<TriggerEntry>> {
        let known =
            |it: &&Decision<TriggerEntry>| it.content.trigger == trigger && it.content.key == key;
        self.triggers.iter().rev().find(known)
    }

    /// The approval of a story that holds now, by one of some roles.
    #[must_use]
    pub fn story_approval(
        &self,
        story: &str,
        roles: &[String],
        now: Timestamp,
    ) -> Option<&Decision<ApprovalEntry>> {
        self.approvals.iter().rev().find(|approval| {
            let entry = &approval.content;
            entry.about == ApprovalScope::Story
                && entry.subject.as_deref() == Some(story)
                && !expiry::is_over(entry.expires_at, now)
                && approval.held_roles().iter().any(|role| roles.contains(role))
        })
    }

    /// Whether something is excepted from a rule now.
    #[must_use]
    pub fn is_excepted(&self, rule: &str, subject: &str, now: Timestamp) -> bool {
        self.exceptions.iter().any(|exception| {
            let entry = &exception.content;
            entry.rule == rule
                && entry.subject.as_deref() == Some(subject)
                && !expiry::is_over(Some(entry.expires_at), now)
                && exception.calms().is_ok()
        })
    }

    /// A cycle that was closed, by its newest entry.
    #[must_use]
    pub fn closed_cycle(&self, cycle: &str) -> Option<&Decision<CycleCloseEntry>> {
        self.closed.iter().rev().find(|closed| closed.content.cycle == cycle)
    }

    /// Why entries about something do not count, to add to a message.
    #[must_use]
    pub fn why_not(&self, subject: &str) -> String {
        let about = self.uncounted.iter().filter(|uncounted| uncounted.subject == subject);
        let why: Vec<&str> = about.map(|uncounted| uncounted.why.as_str()).collect();
        if why.is_empty() { String::new() } else { format!(" ({})", why.join("; ")) }
    }
}

impl Decision<ApprovalEntry> {
    /// The roles in which it is given: those that its author holds, or the one that it names.
    #[must_use]
    pub(crate) fn held_roles(&self) -> Vec<String> {
        let Ok(author) = self.calms() else { return Vec::new() };
        let named = |held: &&String| self.content.role.as_ref().is_none_or(|role| role == *held);
        author.roles().iter().filter(named).cloned().collect()
    }
}

impl Decision<CycleCloseEntry> {
    /// Whether the cycle's exit criteria were met.
    #[must_use]
    pub fn is_met(&self) -> bool {
        self.content.decision == CycleResult::Met
    }
}

/// A critical risk has an owner and a mitigation, or stops what it bears on.
#[must_use]
pub fn unowned(risk: &Alarm) -> Option<Finding> {
    let rests = matches!(risk.state(), AlarmState::Closed | AlarmState::Mitigated);
    if rests || risk.severity != Severity::Risk(RiskSeverity::Critical) {
        return None;
    }
    let lacks = match (&risk.owner, &risk.mitigation) {
        (Some(_), Some(_)) => return None,
        (None, None) => "an owner or a mitigation",
        (None, Some(_)) => "an owner",
        (Some(_), None) => "a mitigation",
    };
    let (id, state, title) = (&risk.id, risk.state().word(), &risk.title);
    let message = format!("the critical risk {id} is {state} without {lacks}: {title}");
    Some(
        Finding::new(Code::RiskUnowned, message)
            .help("record who answers for it and what is done about it"),
    )
}
