//! What the delivery has against a merge (P-3.2, P-5.6, P-5.7,
//! P-6, P-7): incidents, critical risks, the story with its evidence, its wave, and its place in
//! it.

use serde::{Deserialize, Serialize};

use thrice_findings::text::quoted;
use thrice_findings::{Answer, Code, Finding, Place, verdict};
use thrice_ledger::decisions::freeze::{Freeze, Patch, stopping};
use thrice_ledger::decisions::{Alarm, AlarmKind, AlarmState, Severity, Standing};
use thrice_programme::risk::{IncidentSeverity, RiskSeverity};

/// What is known of the delivery.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// How people know the ledger.
    pub ledger: String,
    /// Which ledger was read, and at which tip.
    pub source: String,
    /// Why the ledger could not be read, where that is so.
    pub unread: Vec<Finding>,
    /// Why the state of the story that is named could not be seen, where that is so.
    #[serde(default)]
    pub story_unseen: Vec<Finding>,
    /// Incidents.
    pub incidents: Vec<Incident>,
    /// Risks that are not closed.
    pub risks: Vec<Risk>,
    /// Whether the base has a backlog.
    pub has_backlog: bool,
    /// The story that the body or the branch names.
    pub named: Option<String>,
    /// The story, where the backlog has it.
    pub story: Option<Story>,
    /// The incident after which the branch is named, where the ledger has it.
    #[serde(default)]
    pub hotfix: Option<String>,
}

/// A risk that is not closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Risk {
    /// Its id.
    pub id: String,
    /// How far it has come.
    pub state: AlarmState,
    /// How bad it is.
    pub severity: RiskSeverity,
    /// What it is.
    pub title: String,
    /// The wave that it is of.
    pub wave: Option<String>,
    /// Stories that it is of.
    pub stories: Vec<String>,
}

/// An incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// Its id.
    pub id: String,
    /// How bad it is.
    pub severity: IncidentSeverity,
    /// How far it has come.
    pub state: AlarmState,
    /// What happened.
    pub title: String,
    /// Whether it was closed as it must be.
    pub has_postmortem: bool,
    /// The wave that it is of.
    pub wave: Option<String>,
    /// The stories that it is of.
    pub stories: Vec<String>,
}

/// The risks that are not closed, and the incidents, by id.
#[must_use]
pub fn alarms(standing: &Standing) -> (Vec<Risk>, Vec<Incident>) {
    let mut sorted: Vec<&Alarm> = standing.alarms.iter().collect();
    sorted.sort_by(|one, other| one.id.cmp(&other.id));
    let (mut risks, mut incidents) = (Vec::new(), Vec::new());
    for alarm in sorted {
        let (id, title, state) = (alarm.id.clone(), alarm.title.clone(), alarm.state());
        let (wave, stories) = (alarm.wave.clone(), alarm.stories.clone());
        match (alarm.kind, alarm.severity) {
            (AlarmKind::Risk, Severity::Risk(severity)) if alarm.over.is_none() => {
                risks.push(Risk { id, state, severity, title, wave, stories });
            }
            (_, Severity::Incident(severity)) => {
                let has_postmortem = alarm.has_postmortem;
                let incident =
                    Incident { id, severity, state, title, has_postmortem, wave, stories };
                incidents.push(incident);
            }
            _ => {}
        }
    }
    (risks, incidents)
}

/// The story of a patch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Story {
    /// Its id.
    pub id: String,
    /// Its state, as P-4 has it.
    pub state: String,
    /// Why it is that, as clauses.
    pub why: Vec<String>,
    /// Its branches that are not merged.
    pub branches: Vec<String>,
    /// Its wave.
    pub wave: Option<String>,
    /// The wave whose gate keeps its own closed.
    pub closed_by: Option<String>,
    /// The stories of its wave that are under way, itself included.
    pub under_way: Vec<String>,
    /// How many may be.
    pub limit: u64,
    /// What else its gate of entry has against it: owner, contract, dependencies,
    /// approval, scope.
    pub entry: Vec<Finding>,
    /// What its evidence lacks; none where it was not looked at.
    pub evidence: Option<Vec<Finding>>,
}

/// Judges it: lines, and what speaks against the merge.
#[must_use]
pub fn judge(delivery: &Delivery) -> (Vec<Answer>, Vec<Finding>) {
    let mut judged = JudgedDelivery::default();
    let ledger = || delivery.source.clone();
    judged.line("no incident stops it", incidents(delivery), ledger());
    judged.line("no critical risk is open", risks(delivery), ledger());
    if !delivery.has_backlog {
        return (judged.lines, judged.findings);
    }
    let Some(story) = &delivery.story else {
        if let Some(incident) = hotfix(delivery) {
            let of = format!("the hotfix of {} {}", incident.severity.word(), incident.id);
            judged.line("it is of an incident that is open", Vec::new(), of);
            return (judged.lines, judged.findings);
        }
        let unseen = &delivery.story_unseen;
        let why = if unseen.is_empty() { vec![no_story(delivery)] } else { unseen.clone() };
        judged.line("it is of a story", why, String::new());
        return (judged.lines, judged.findings);
    };
    judged.line("its story may go on", state(story), format!("{} is {}", story.id, story.state));
    judged.line("its gate of entry is passed", story.entry.clone(), "its backlog".to_owned());
    if let Some(wave) = &story.wave {
        judged.line("its wave is open", open(story, wave), wave.clone());
        judged.line("its wave has room", room(story, wave), place(story));
    }
    judged.line("its evidence is complete", evidence(story), "five files".to_owned());
    (judged.lines, judged.findings)
}

#[derive(Default)]
struct JudgedDelivery {
    lines: Vec<Answer>,
    findings: Vec<Finding>,
}

impl JudgedDelivery {
    fn line(&mut self, demand: &str, findings: Vec<Finding>, by: String) {
        let why = findings.first().map_or(by, |first| first.message.clone());
        let answer = verdict(&findings);
        self.lines.push(Answer::new(demand.to_owned(), answer, why));
        self.findings.extend(findings);
    }
}

impl Delivery {
    /// Whose merge it is.
    fn patch(&self) -> Patch<'_> {
        let story = self.story.as_ref().map(|story| (story.id.as_str(), story.wave.as_deref()));
        Patch { story, hotfix: self.hotfix.as_deref() }
    }
}

impl Incident {
    fn freeze(&self) -> Freeze<'_> {
        let Self { id, title, severity, state, has_postmortem, wave, stories } = self;
        let (severity, wave) = (Severity::Incident(*severity), wave.as_deref());
        let (state, has_postmortem) = (*state, *has_postmortem);
        Freeze { id, title, severity, state, has_postmortem, wave, stories }
    }
}

impl Risk {
    fn freeze(&self) -> Freeze<'_> {
        let Self { id, title, severity, state, wave, stories } = self;
        let (severity, wave) = (Severity::Risk(*severity), wave.as_deref());
        Freeze { id, title, severity, state: *state, has_postmortem: false, wave, stories }
    }
}

/// The incident of which this is the hotfix: one that stops merges, and is not over.
fn hotfix(delivery: &Delivery) -> Option<&Incident> {
    let patch = delivery.patch();
    delivery.incidents.iter().find(|one| one.freeze().lets_through(&patch))
}

/// What the merge waits for: incidents and critical risks.
fn stops(delivery: &Delivery) -> Vec<Freeze<'_>> {
    let incidents = delivery.incidents.iter().map(Incident::freeze);
    let all: Vec<Freeze<'_>> = incidents.chain(delivery.risks.iter().map(Risk::freeze)).collect();
    stopping(&all, &delivery.patch())
}

fn incidents(delivery: &Delivery) -> Vec<Finding> {
    if !delivery.unread.is_empty() {
        return delivery.unread.clone();
    }
    let of_incident = |it: &Freeze<'_>| matches!(it.severity, Severity::Incident(_));
    stops(delivery)
        .into_iter()
        .filter(of_incident)
        .map(|freeze| {
            Finding::new(Code::MergeFrozen, freeze.describe())
                .help(lifted(&freeze))
                .at(Place::file(&delivery.ledger))
        })
        .collect()
}

/// What passes a freeze meanwhile, and what ends it.
fn lifted(freeze: &Freeze<'_>) -> String {
    let id = freeze.id;
    let close = format!("`cargo xtask incident close {id} --postmortem FILE` ends it");
    match freeze.state {
        AlarmState::Closed => close,
        _ => format!("only its hotfix may be merged: `cargo xtask branch new {id} SLUG`; {close}"),
    }
}

fn risks(delivery: &Delivery) -> Vec<Finding> {
    if !delivery.unread.is_empty() {
        return delivery.unread.clone();
    }
    stops(delivery)
        .into_iter()
        .filter(|freeze| matches!(freeze.severity, Severity::Risk(_)))
        .map(|risk| {
            let of = risk.wave.map(|wave| format!(" ({wave})")).unwrap_or_default();
            let message =
                format!("the critical risk {}{of} is open: {}", quoted(risk.id), risk.title);
            Finding::new(Code::RiskOpen, message)
                .help("ask somebody who may to mitigate or close it")
                .at(Place::file(&delivery.ledger))
        })
        .collect()
}

fn no_story(delivery: &Delivery) -> Finding {
    let message = match &delivery.named {
        Some(named) => {
            format!("it names the story {}, which the backlog does not have", quoted(named))
        }
        None => match &delivery.hotfix {
            Some(incident) => {
                format!("its branch is of {}, which stops no merges now", quoted(incident))
            }
            None => "neither its body nor its branch names a story or an open incident".to_owned(),
        },
    };
    Finding::new(Code::PullStory, message)
        .help("name the story in the body: `cargo xtask pr-body --help`")
}

fn state(story: &Story) -> Vec<Finding> {
    let (id, why) = (&story.id, story.why.join("; "));
    let mut findings = Vec::new();
    let (code, help) = match story.state.as_str() {
        "in_progress" | "ready_for_pr" | "ready_for_implementation" => (None, ""),
        "blocked" => (
            Some(Code::StoryBlocked),
            "`cargo xtask story unblock`, once what it waits for is there",
        ),
        "merged" => (Some(Code::StoryState), "plan what is left of it as a new story"),
        _ => (Some(Code::StoryState), "`cargo xtask story show` says where it stands"),
    };
    if let Some(code) = code {
        let message = format!("{id} is {}: {why}", story.state);
        findings.push(Finding::new(code, message).help(help));
    }
    if let [first, second, ..] = story.branches.as_slice() {
        let message = format!("{id} has two branches, {} and {}", quoted(first), quoted(second));
        let mut finding = Finding::new(Code::StoryBranches, message)
            .help("merge them, or delete the abandoned one");
        // To start one is a warning; to merge one of two leaves the other behind.
        finding.severity = thrice_findings::Severity::Refuse;
        findings.push(finding);
    }
    findings
}

fn open(story: &Story, wave: &str) -> Vec<Finding> {
    let closed = story.closed_by.iter().map(|before| {
        let message = format!("{wave} is not open: the gate of {before} is not passed");
        Finding::new(Code::WaveClosed, message)
            .help(format!("`cargo xtask wave gate {before}` lists what is missing"))
    });
    closed.collect()
}

fn room(story: &Story, wave: &str) -> Vec<Finding> {
    if u64::try_from(story.under_way.len()).unwrap_or(u64::MAX) <= story.limit {
        return Vec::new();
    }
    let message = format!("{wave} has {}: {}", place(story), story.under_way.join(", "));
    vec![
        Finding::new(Code::StoryWip, message).help("finish or abandon the stories above the limit"),
    ]
}

fn place(story: &Story) -> String {
    format!("{} under way, of at most {}", story.under_way.len(), story.limit)
}

fn evidence(story: &Story) -> Vec<Finding> {
    story.evidence.clone().unwrap_or_else(|| {
        let message = format!("the evidence of {} was not looked at", story.id);
        vec![Finding::new(Code::NotEstablishedCode, message).help("run the check again")]
    })
}
