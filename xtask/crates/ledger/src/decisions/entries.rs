//! What each kind of entry says: one table, by which entries are appended, verified and read.
//!
//! To give a kind a member, add a line. A member that may be left out is an `Option` or a
//! list.

use jiff::Timestamp;
use serde_json::{Map, Value};

pub use super::words::{ApprovalScope, DeployResult, GateResult};
pub(crate) use super::words::{CycleResult, DrillResult, IncidentStep, RiskStep};
use crate::form::Form;
use crate::kinds::DataMember;
use thrice_programme::release::Stage;
use thrice_programme::risk::{IncidentSeverity, RiskSeverity};

/// A type as which a member of an entry's data is read.
pub(crate) trait MemberValue: Sized {
    /// What the member can be.
    const FORM: Form;
    /// Whether an entry must have it.
    const REQUIRED: bool = true;

    /// Reads it, where it has that form.
    fn read(value: Option<&Value>) -> Option<Self>;
}

/// The id of a git object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectName(pub String);

/// A SHA-256, in lower hex digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sha256(pub String);

fn text(value: Option<&Value>) -> Option<String> {
    value?.as_str().map(str::to_owned)
}

macro_rules! member_values {
    ($($kind:ty, $form:expr, $value:ident => $read:expr;)+) => {
        $(impl MemberValue for $kind {
            const FORM: Form = $form;

            fn read($value: Option<&Value>) -> Option<Self> {
                $read
            }
        })+
    };
}

member_values! {
    String, Form::Text, value => text(value);
    ObjectName, Form::Object, value => text(value).map(Self);
    Sha256, Form::Sha256, value => text(value).map(Self);
    Timestamp, Form::Time, value => value?.as_str()?.parse().ok();
    u64, Form::Count, value => value?.as_u64();
    bool, Form::Truth, value => value?.as_bool();
    RiskSeverity, Form::Word(Self::WORDS), value => Self::from_word(value?.as_str()?);
    IncidentSeverity, Form::Word(Self::WORDS), value => Self::from_word(value?.as_str()?);
    ApprovalScope, Form::Stage(Self::WORDS), value => Self::from_word(value?.as_str()?);
    Stage, Form::Stage(&["rc", "ga"]), value => Self::from_word(value?.as_str()?);
    DeployResult, Form::Word(Self::WORDS), value => Self::from_word(value?.as_str()?);
    RiskStep, Form::Word(Self::WORDS), value => Self::from_word(value?.as_str()?);
    IncidentStep, Form::Word(Self::WORDS), value => Self::from_word(value?.as_str()?);
    DrillResult, Form::Word(Self::WORDS), value => Self::from_word(value?.as_str()?);
    GateResult, Form::Word(Self::WORDS), value => Self::from_word(value?.as_str()?);
    CycleResult, Form::Word(Self::WORDS), value => Self::from_word(value?.as_str()?);
}

impl<T: MemberValue> MemberValue for Option<T> {
    const FORM: Form = T::FORM;
    const REQUIRED: bool = false;

    fn read(value: Option<&Value>) -> Option<Self> {
        match value {
            None => Some(None),
            value => T::read(value).map(Some),
        }
    }
}

impl MemberValue for Vec<String> {
    const FORM: Form = Form::Texts;
    const REQUIRED: bool = false;

    fn read(value: Option<&Value>) -> Option<Self> {
        let Some(value) = value else { return Some(Self::new()) };
        value.as_array()?.iter().map(|one| text(Some(one))).collect()
    }
}

macro_rules! entries {
    (@name $member:ident) => { stringify!($member) };
    (@name $member:ident $name:literal) => { $name };
    ($(
        $(#[doc = $about:literal])+
        $entry:ident { $( $(#[doc = $doc:literal])+ $member:ident $(as $name:literal)?: $kind:ty, )+ }
    )+) => {
        $(
            $(#[doc = $about])+
            #[derive(Clone, Debug, PartialEq, Eq)]
            pub struct $entry { $( $(#[doc = $doc])+ pub $member: $kind, )+ }

            impl $entry {
                /// Its members.
                pub const MEMBERS: &[DataMember] = &[$(DataMember {
                    name: entries!(@name $member $($name)?),
                    form: <$kind as MemberValue>::FORM,
                    required: <$kind as MemberValue>::REQUIRED,
                },)+];

                /// Reads an entry's data, where it has the form of its kind.
                #[must_use]
                pub fn read(data: &Map<String, Value>) -> Option<Self> {
                    Some(Self {
                        $($member: MemberValue::read(data.get(entries!(@name $member $($name)?)))?,)+
                    })
                }
            }
        )+
    };
}

entries! {
    /// Somebody approves something.
    ApprovalEntry {
        /// What sort of thing is approved.
        about: ApprovalScope,
        /// Which one: a rule, a risk, a version, a story.
        subject: Option<String>,
        /// The commit that was looked at.
        sha: ObjectName,
        /// The tree of that commit.
        tree: ObjectName,
        /// The commit from which the patch was made.
        base: Option<ObjectName>,
        /// The digest of what was looked at.
        content_sha256: Option<Sha256>,
        /// The paths that were looked at.
        paths: Vec<String>,
        /// The role in which it is given; any that the author holds where it is left out.
        role: Option<String>,
        /// The pull request.
        pull: Option<u64>,
        /// Why.
        reason: Option<String>,
        /// When it ends.
        expires_at: Option<Timestamp>,
    }

    /// A release was made.
    ReleaseEntry {
        /// Of which stage.
        stage: Stage,
        /// Its tag.
        tag: String,
        /// Its version.
        version: String,
        /// Its commit.
        sha: ObjectName,
        /// The object of its tag.
        tag_object: Option<ObjectName>,
        /// The candidate that it was.
        rc: Option<String>,
        /// The line of releases that it is of.
        line: Option<String>,
        /// The runs that prove it.
        run_ids: Vec<String>,
        /// The digest of its scorecard.
        scorecard_sha256: Sha256,
        /// The digest of its evidence.
        evidence_zip_sha256: Sha256,
        /// The digest of its pack.
        pack_sha256: Option<Sha256>,
        /// The stories that it brings.
        stories: Vec<String>,
        /// The approvals that let it through.
        approvals: Vec<String>,
        /// Where it is published.
        url: Option<String>,
    }

    /// Something was deployed.
    DeployEntry {
        /// Where to.
        environment: String,
        /// The tag that was deployed.
        tag: String,
        /// The commit that was deployed.
        sha: ObjectName,
        /// How it ended.
        result: DeployResult,
        /// What else is to be known.
        note: Option<String>,
        /// Where it can be seen.
        url: Option<String>,
    }

    /// What is so about a risk.
    RiskEntry {
        /// The risk.
        risk: String,
        /// The entry that it answers: the one that raised this alarm last.
        answers: Option<String>,
        /// How far it has come.
        state: RiskStep,
        /// How bad it is.
        severity: RiskSeverity,
        /// What can happen.
        title: String,
        /// Who answers for it.
        owner: Option<String>,
        /// What is done about it.
        mitigation: Option<String>,
        /// By when it is to be over.
        due_at: Option<Timestamp>,
        /// Until when it is accepted.
        expires_at: Option<Timestamp>,
        /// The stories that it bears on.
        stories: Vec<String>,
        /// The wave that it bears on.
        wave: Option<String>,
        /// What sort of risk, such as `security`.
        category: Option<String>,
        /// When that came to be.
        at: Option<Timestamp>,
        /// Since when somebody has it in hand.
        acknowledged_at: Option<Timestamp>,
        /// Since when it does no more harm.
        contained_at: Option<Timestamp>,
        /// Why.
        reason: Option<String>,
    }

    /// What is so about an incident.
    IncidentEntry {
        /// The incident.
        incident: String,
        /// The entry that it answers: the one that raised this alarm last.
        answers: Option<String>,
        /// How far it has come.
        state: IncidentStep,
        /// How bad it is.
        severity: IncidentSeverity,
        /// What happened.
        title: String,
        /// Who answers for it.
        owner: Option<String>,
        /// The tag that it happened to.
        tag: Option<String>,
        /// The commit that it happened to.
        sha: Option<ObjectName>,
        /// When it began.
        began_at: Option<Timestamp>,
        /// When that came to be.
        at: Option<Timestamp>,
        /// The wave that it bears on.
        wave: Option<String>,
        /// The stories that it bears on.
        stories: Vec<String>,
        /// What sort of incident, such as `replay`.
        category: Option<String>,
        /// The file of its postmortem.
        postmortem: Option<String>,
        /// The digest of that file.
        postmortem_sha256: Option<Sha256>,
        /// What else is to be known.
        note: Option<String>,
        /// Where it can be seen.
        url: Option<String>,
    }

    /// What is so about a block.
    BlockEntry {
        /// The block.
        block: String,
        /// The entry that it answers: the one that raised this alarm last.
        answers: Option<String>,
        /// The story that is blocked.
        subject: String,
        /// How bad that is.
        severity: RiskSeverity,
        /// Why it is blocked.
        cause: String,
        /// Who answers for its end.
        owner: String,
        /// What it keeps from being done.
        impact: Option<String>,
        /// What ends it.
        trigger: Option<String>,
        /// When it is expected to end.
        eta: Option<Timestamp>,
        /// What it waits for.
        upstream: Option<String>,
        /// When that came to be.
        at: Option<Timestamp>,
        /// Since when somebody has it in hand.
        acknowledged_at: Option<Timestamp>,
        /// Since when it does no more harm.
        contained_at: Option<Timestamp>,
    }

    /// A block is over.
    UnblockEntry {
        /// The block.
        block: String,
        /// The entry that it answers: the one that raised this alarm last.
        answers: Option<String>,
        /// What has come to pass.
        reason: String,
        /// When that was.
        at: Option<Timestamp>,
    }

    /// A drill was held.
    DrillEntry {
        /// What was tried.
        drill: String,
        /// How it ended.
        result: DrillResult,
        /// Of how much time data was lost.
        rpo_seconds: Option<u64>,
        /// How long it took until what was lost was back.
        rto_seconds: Option<u64>,
        /// The digest of what proves it.
        evidence_sha256: Option<Sha256>,
        /// What else is to be known.
        note: Option<String>,
    }

    /// A wave's gate was decided on.
    WaveGateEntry {
        /// The wave.
        wave: String,
        /// What was decided.
        decision: GateResult,
        /// The commit that was looked at.
        sha: Option<ObjectName>,
        /// The digest of the wave's evidence.
        evidence_sha256: Option<Sha256>,
        /// Under which conditions.
        conditions: Vec<String>,
        /// When that ends.
        expires_at: Option<Timestamp>,
        /// Why.
        reason: Option<String>,
    }

    /// A sprint's gate was decided on.
    SprintGateEntry {
        /// The sprint.
        sprint: String,
        /// What was decided.
        decision: GateResult,
        /// The commit that was looked at.
        sha: Option<ObjectName>,
        /// The digest of the sprint's evidence.
        evidence_sha256: Option<Sha256>,
        /// Under which conditions.
        conditions: Vec<String>,
        /// When that ends.
        expires_at: Option<Timestamp>,
        /// Why.
        reason: Option<String>,
    }

    /// Somebody has a trigger in hand.
    TriggerEntry {
        /// The trigger.
        trigger: String,
        /// What tells this time from another, as `sla` has it.
        key: String,
        /// What is done about it.
        note: String,
    }

    /// A cycle was closed.
    CycleCloseEntry {
        /// The cycle.
        cycle: String,
        /// How it ended.
        decision: CycleResult,
        /// The stories that it finished.
        stories_done: Vec<String>,
        /// The stories that it left open.
        stories_open: Vec<String>,
        /// The cycle to which those go.
        moved_to: Option<String>,
        /// The digest of its evidence.
        evidence_sha256: Option<Sha256>,
        /// What was learned.
        lessons: Option<String>,
    }

    /// A rule does not hold for a while.
    ExceptionEntry {
        /// The rule.
        rule: String,
        /// Why.
        reason: String,
        /// When that ends.
        expires_at: Timestamp,
        /// For what alone.
        subject: Option<String>,
        /// For which commit alone.
        sha: Option<ObjectName>,
        /// For which tree alone.
        tree: Option<ObjectName>,
        /// Whether it is the last of its sort.
        is_final as "final": Option<bool>,
    }
}
