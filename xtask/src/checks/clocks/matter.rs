//! Risks, blocks and incidents as the ledger has them, with the times that stop clocks.
//!
//! An alarm counts whoever raises it: that something is there, that it is worse, that it
//! is back. What calms counts only where its entry does.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::Step;
use crate::checks::expiry;
use crate::policy::Kind;
use crate::policy::risk::{IncidentSeverity, RiskRules, RiskSeverity};

/// The category of risks that are findings of security.
pub const SECURITY: &str = "security";
/// The category of incidents that are replays.
pub const REPLAY: &str = "replay";

/// What an entry of the ledger says.
#[derive(Clone, Copy, Debug)]
pub struct Said<'a> {
    /// What sort of decision it is.
    pub kind: Kind,
    /// What is decided.
    pub data: &'a Map<String, Value>,
    /// When it was recorded.
    pub at: Timestamp,
    /// Whether it counts.
    pub counts: bool,
    /// Whether a key proves who says so.
    pub is_signed: bool,
}

/// What something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sort {
    /// An incident.
    Incident,
    /// A block of a story.
    Block,
    /// A risk.
    Risk,
}

/// When a clock was stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// When it is said to have been.
    pub at: Timestamp,
    /// When that was recorded.
    pub recorded: Timestamp,
}

/// A risk, a block or an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matter {
    /// What it is.
    pub sort: Sort,
    /// Its id.
    pub id: String,
    /// What it is about: a title, or the cause of a block.
    pub title: String,
    /// How bad it is.
    pub severity: RiskSeverity,
    /// The same for an incident, as people call it.
    pub incident: Option<IncidentSeverity>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// What is done about a risk.
    pub mitigation: Option<String>,
    /// The wave that it is of.
    pub wave: Option<String>,
    /// Stories that it is of.
    pub stories: Vec<String>,
    /// What kind of risk or incident, such as `security` or `replay`.
    pub category: Option<String>,
    /// When it came to be, or came back.
    pub opened: Timestamp,
    /// When its clocks began: then, or when it became worse.
    pub began: Timestamp,
    /// What stopped its clocks, by step.
    pub stops: BTreeMap<Step, Stop>,
    /// Until when a risk is accepted.
    pub accepted_until: Option<Timestamp>,
    /// When it ended.
    pub over: Option<Timestamp>,
    /// Whether an incident's end has all that merges wait for: somebody's signature and,
    /// where it is P0 or P1, a postmortem (document 1 §7).
    pub released: bool,
}

impl Sort {
    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Incident => "incident",
            Self::Block => "block",
            Self::Risk => "risk",
        }
    }
}

impl Matter {
    /// What stopped the clock of a step: that step, or one that comes after it.
    #[must_use]
    pub fn stopped(&self, step: Step) -> Option<&Stop> {
        self.stops.range(step..).map(|(_, stop)| stop).min_by_key(|stop| stop.at)
    }

    /// Whether it is to be answered: not over, not accepted, not recovered from.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.over.is_none()
            && self.accepted_until.is_none()
            && !self.stops.contains_key(&Step::Recover)
    }

    /// How far it has come.
    #[must_use]
    pub fn word(&self) -> &'static str {
        if self.over.is_some() {
            return "closed";
        }
        if self.accepted_until.is_some() {
            return "accepted";
        }
        match (self.stops.last_key_value().map(|(step, _)| *step), self.sort) {
            (None, _) => "open",
            (Some(Step::Acknowledge), _) => "acknowledged",
            (Some(Step::Contain), _) => "contained",
            (Some(Step::Recover), Sort::Risk) => "mitigated",
            (Some(Step::Recover), _) => "recovered",
        }
    }

    /// Whether merges wait for it: a critical risk or an incident P0 or P1 that is not
    /// over as it must be (document 1 §5, §6, §7). Its wave says which, none means all.
    #[must_use]
    pub fn stops_merges(&self) -> bool {
        match self.sort {
            Sort::Incident => {
                !self.released && self.incident.is_some_and(IncidentSeverity::needs_postmortem)
            }
            Sort::Risk => self.severity == RiskSeverity::Critical && self.is_open(),
            Sort::Block => false,
        }
    }

    /// How bad it is, as people call it.
    #[must_use]
    pub fn severity_word(&self) -> &'static str {
        self.incident.map_or_else(|| self.severity.word(), IncidentSeverity::word)
    }
}

/// All matters after some entries, those that are over included, in the order of their
/// coming; as they are at a time: what was accepted until then is open again.
#[must_use]
pub fn matters<'a>(
    entries: impl Iterator<Item = Said<'a>>,
    rules: Option<&RiskRules>,
    now: Timestamp,
) -> Vec<Matter> {
    let mut all = Matters { rules, list: Vec::new(), places: BTreeMap::new() };
    for entry in entries {
        match entry.kind {
            Kind::Risk => all.risk(&entry),
            Kind::Incident => all.incident(&entry),
            Kind::Block => all.block(&entry),
            Kind::Unblock if entry.counts => all.unblock(&entry),
            _ => {}
        }
    }
    for matter in &mut all.list {
        if let Some(end) = matter.accepted_until.filter(|end| expiry::is_over(Some(*end), now)) {
            matter.again(end);
        }
    }
    all.list
}

struct Matters<'a> {
    rules: Option<&'a RiskRules>,
    list: Vec<Matter>,
    places: BTreeMap<(Sort, String), usize>,
}

impl Said<'_> {
    fn text(&self, name: &str) -> Option<String> {
        self.data.get(name).and_then(Value::as_str).map(str::to_owned)
    }

    fn must(&self, name: &str) -> String {
        self.text(name).unwrap_or_default()
    }

    /// A time that it says; never one that was to come when it said so.
    fn time(&self, name: &str) -> Option<Timestamp> {
        let time = self.text(name)?.parse::<Timestamp>().ok()?;
        Some(time.min(self.at))
    }

    fn stop(&self, at: Option<Timestamp>) -> Stop {
        Stop { at: at.or_else(|| self.time("at")).unwrap_or(self.at), recorded: self.at }
    }

    fn stories(&self) -> Option<Vec<String>> {
        let list = self.data.get("stories")?.as_array()?;
        Some(list.iter().filter_map(Value::as_str).map(str::to_owned).collect())
    }
}

impl Matters<'_> {
    fn known(&mut self, sort: Sort, id: &str) -> Option<&mut Matter> {
        let place = *self.places.get(&(sort, id.to_owned()))?;
        self.list.get_mut(place)
    }

    /// The matter of an entry, that is there now, and whether it came or came back by it.
    fn raised(&mut self, sort: Sort, id: &str, entry: &Said<'_>, opens: bool) -> Option<bool> {
        let began = entry.time("began_at").or_else(|| entry.time("at")).unwrap_or(entry.at);
        if let Some(known) = self.known(sort, id) {
            let back = opens && !known.is_open();
            if back {
                known.again(began);
            }
            return Some(back);
        }
        if !opens && !entry.counts {
            return None;
        }
        self.places.insert((sort, id.to_owned()), self.list.len());
        self.list.push(Matter::new(sort, id, began));
        Some(true)
    }

    fn risk(&mut self, entry: &Said<'_>) {
        let (id, state) = (entry.must("risk"), entry.must("state"));
        let Some(is_new) = self.raised(Sort::Risk, &id, entry, state == "open") else { return };
        let Some(risk) = self.known(Sort::Risk, &id) else { return };
        let severity = RiskSeverity::from_word(&entry.must("severity"));
        risk.weigh(severity.unwrap_or(RiskSeverity::Critical), None, entry, is_new);
        if is_new || entry.counts {
            risk.describe(entry, "title");
        }
        if !entry.counts {
            return;
        }
        risk.take_steps(entry);
        risk.accepted_until = None;
        match state.as_str() {
            "accepted" => {
                let end = entry.text("expires_at").and_then(|end| end.parse().ok());
                risk.accepted_until = Some(end.unwrap_or(Timestamp::MAX));
            }
            "mitigated" => risk.stop(Step::Recover, entry.stop(None)),
            "closed" => {
                risk.stop(Step::Recover, entry.stop(None));
                risk.over = Some(entry.stop(None).at);
            }
            _ => {}
        }
    }

    fn incident(&mut self, entry: &Said<'_>) {
        let (id, state) = (entry.must("incident"), entry.must("state"));
        let said = IncidentSeverity::from_word(&entry.must("severity"));
        let said = said.unwrap_or(IncidentSeverity::P0);
        let severity = self.rules.map_or_else(|| said.by_default(), |it| it.of_incident(said));
        let opens = state == "open";
        let Some(is_new) = self.raised(Sort::Incident, &id, entry, opens) else { return };
        let Some(incident) = self.known(Sort::Incident, &id) else { return };
        incident.weigh(severity, Some(said), entry, is_new);
        if is_new || entry.counts {
            incident.describe(entry, "title");
        }
        if !entry.counts {
            return;
        }
        let step = match state.as_str() {
            "acknowledged" => Step::Acknowledge,
            "contained" => Step::Contain,
            "recovered" | "closed" => Step::Recover,
            _ => return,
        };
        incident.stop(step, entry.stop(None));
        if state == "closed" {
            let told = incident.incident.is_none_or(|it| !it.needs_postmortem())
                || entry.text("postmortem_sha256").is_some();
            incident.over = Some(entry.stop(None).at);
            incident.released = entry.is_signed && told;
        }
    }

    fn block(&mut self, entry: &Said<'_>) {
        let id = entry.must("block");
        let Some(is_new) = self.raised(Sort::Block, &id, entry, true) else { return };
        let Some(block) = self.known(Sort::Block, &id) else { return };
        let severity = RiskSeverity::from_word(&entry.must("severity"));
        block.weigh(severity.unwrap_or(RiskSeverity::Critical), None, entry, is_new);
        if is_new || entry.counts {
            block.describe(entry, "cause");
            block.stories = vec![entry.must("subject")];
        }
        if entry.counts {
            block.take_steps(entry);
        }
    }

    fn unblock(&mut self, entry: &Said<'_>) {
        let Some(block) = self.known(Sort::Block, &entry.must("block")) else { return };
        block.stop(Step::Recover, entry.stop(None));
        block.over = Some(entry.stop(None).at);
    }
}

impl Matter {
    fn new(sort: Sort, id: &str, began: Timestamp) -> Self {
        Self {
            sort,
            id: id.to_owned(),
            title: String::new(),
            severity: RiskSeverity::Medium,
            incident: None,
            owner: None,
            mitigation: None,
            wave: None,
            stories: Vec::new(),
            category: None,
            opened: began,
            began,
            stops: BTreeMap::new(),
            accepted_until: None,
            over: None,
            released: false,
        }
    }

    /// It is back: all of its clocks begin again.
    fn again(&mut self, at: Timestamp) {
        (self.opened, self.began) = (at, at);
        self.stops.clear();
        (self.over, self.accepted_until, self.released) = (None, None, false);
    }

    /// How bad it is. Where that is worse than it was, its clocks begin again; where it is
    /// less, they go on from when it came, if the entry counts.
    fn weigh(
        &mut self,
        severity: RiskSeverity,
        incident: Option<IncidentSeverity>,
        entry: &Said<'_>,
        is_new: bool,
    ) {
        let worse = severity < self.severity;
        if worse && !is_new {
            self.began = entry.time("at").unwrap_or(entry.at);
            self.stops.clear();
            self.accepted_until = None;
        } else if severity > self.severity && entry.counts {
            self.began = self.opened;
        }
        if is_new || worse || entry.counts {
            (self.severity, self.incident) = (severity, incident);
        } else if incident < self.incident {
            // P1 for P2, where policy has both for the same severity.
            self.incident = incident;
        }
    }

    fn describe(&mut self, entry: &Said<'_>, title: &str) {
        self.title = entry.must(title);
        let more = [
            (&mut self.owner, "owner"),
            (&mut self.mitigation, "mitigation"),
            (&mut self.wave, "wave"),
            (&mut self.category, "category"),
        ];
        for (known, name) in more {
            *known = entry.text(name).or_else(|| known.take());
        }
        if let Some(stories) = entry.stories() {
            self.stories = stories;
        }
    }

    /// Steps that an entry says were taken.
    fn take_steps(&mut self, entry: &Said<'_>) {
        for (name, step) in
            [("acknowledged_at", Step::Acknowledge), ("contained_at", Step::Contain)]
        {
            if let Some(at) = entry.time(name) {
                self.stop(step, entry.stop(Some(at)));
            }
        }
    }

    /// The first word counts: who says later that it was earlier changes nothing. Nothing
    /// was done before there was anything to do.
    fn stop(&mut self, step: Step, mut stop: Stop) {
        stop.at = stop.at.max(self.began);
        self.stops.entry(step).or_insert(stop);
    }
}
