//! Going through the entries, one after the other.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::Approved;
use super::{
    Block, CLOSED, Closed, Decision, Drill, GateDecision, Recorded, Risk, Said, Triggered,
};
use crate::expiry;
use thrice_programme::Kind;

/// What is so after some entries.
pub(super) fn read<'a>(entries: impl Iterator<Item = Said<'a>>, now: Timestamp) -> Recorded {
    let mut reading = Reading::default();
    entries.for_each(|entry| reading.take(entry));
    let Reading { mut recorded, risks } = reading;
    let stands = risks.into_values().filter(|risk| risk.state != CLOSED);
    recorded.risks = stands.map(|risk| risk.reopened_at(now)).collect();
    recorded
}

/// How bad a severity is; a word that nobody knows is the worst.
fn weight(severity: &str) -> u8 {
    match severity {
        "medium" => 0,
        "high" => 1,
        _ => 2,
    }
}

impl Risk {
    /// What an entry that counts says, over what was known.
    fn told(mut self, before: Option<Self>) -> Self {
        if let Some(before) = before {
            self.owner = self.owner.or(before.owner);
            self.mitigation = self.mitigation.or(before.mitigation);
            self.wave = self.wave.or(before.wave);
            if self.stories.is_empty() {
                self.stories = before.stories;
            }
            let again = before.state == CLOSED && self.state != CLOSED;
            self.since = if again { self.since } else { before.since };
        }
        self
    }

    /// What is accepted for a time is open again when that is over.
    fn reopened_at(mut self, now: Timestamp) -> Self {
        if self.state == "accepted" && expiry::is_over(self.accepted_until, now) {
            "open".clone_into(&mut self.state);
        }
        self
    }

    /// What an entry that does not count adds to what was known: only what is worse.
    fn alarmed(self, before: Option<Self>) -> Option<Self> {
        if self.state != "open" {
            return before;
        }
        let Some(mut known) = before else {
            return Some(Self { owner: None, mitigation: None, ..self });
        };
        if known.state == CLOSED {
            known.since = self.since;
        }
        known.state = self.state;
        if weight(&self.severity) > weight(&known.severity) {
            known.severity = self.severity;
        }
        Some(known)
    }
}

#[derive(Default)]
struct Reading {
    recorded: Recorded,
    risks: BTreeMap<String, Risk>,
}

/// The members of an entry's data.
struct Members<'a>(&'a Map<String, Value>);

impl Members<'_> {
    fn may(&self, name: &str) -> Option<String> {
        self.0.get(name).and_then(Value::as_str).map(str::to_owned)
    }

    fn must(&self, name: &str) -> String {
        self.may(name).unwrap_or_default()
    }

    fn list(&self, name: &str) -> Vec<String> {
        let list = self.0.get(name).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    fn end(&self) -> Option<Timestamp> {
        self.0.get("expires_at").and_then(Value::as_str)?.parse().ok()
    }
}

impl Reading {
    fn take(&mut self, entry: Said<'_>) {
        let members = Members(entry.data);
        match entry.kind {
            Kind::Risk => self.risk(&entry, &members),
            Kind::Block => self.block(&entry, &members),
            Kind::Unblock => {
                let block = members.must("block");
                if self.standing(&entry, &block).is_some() {
                    self.recorded.blocks.retain(|known| known.id != block);
                }
            }
            Kind::Approval => self.approval(&entry, &members),
            Kind::Exception => {
                let (track, expires_at) = (members.must("subject"), members.end());
                if self.standing(&entry, &track).is_some() {
                    self.recorded.triggered.push(Triggered { track, expires_at });
                }
            }
            Kind::Drill => self.drill(&entry, &members),
            Kind::WaveGate => {
                let wave = members.must("wave");
                if self.standing(&entry, &wave).is_some() {
                    let decision = match members.must("decision").as_str() {
                        "pass" => Decision::Pass,
                        "conditional" => Decision::Conditional,
                        _ => Decision::Fail,
                    };
                    let (expires_at, by) = (members.end(), entry.actor.to_owned());
                    self.recorded.gates.push(GateDecision { wave, decision, expires_at, by });
                }
            }
            Kind::CycleClose => {
                let cycle = members.must("cycle");
                if self.standing(&entry, &cycle).is_some() {
                    let (met, open) =
                        (members.must("decision") == "met", members.list("stories_open"));
                    self.recorded.closed.push(Closed { cycle, met, open });
                }
            }
            _ => {}
        }
    }

    fn risk(&mut self, entry: &Said<'_>, members: &Members<'_>) {
        let id = members.must("risk");
        let said = Risk {
            id: id.clone(),
            state: members.must("state"),
            severity: members.must("severity"),
            title: members.must("title"),
            owner: members.may("owner"),
            mitigation: members.may("mitigation"),
            stories: members.list("stories"),
            wave: members.may("wave"),
            since: entry.created_at,
            accepted_until: members.may("expires_at").and_then(|time| time.parse().ok()),
        };
        let before = self.risks.remove(&id);
        let risk = match self.standing(entry, &id) {
            Some(_) => Some(said.told(before)),
            None => said.alarmed(before),
        };
        self.risks.extend(risk.map(|risk| (id, risk)));
    }

    fn block(&mut self, entry: &Said<'_>, members: &Members<'_>) {
        let said = Block {
            id: members.must("block"),
            subject: members.must("subject"),
            severity: members.must("severity"),
            cause: members.must("cause"),
            impact: members.may("impact"),
            owner: members.must("owner"),
            trigger: members.may("trigger"),
            eta: members.may("eta"),
            upstream: members.may("upstream"),
            since: entry.created_at,
        };
        let counted = self.standing(entry, &said.subject).is_some();
        let same = |known: &&mut Block| known.id == said.id && known.subject == said.subject;
        match self.recorded.blocks.iter_mut().find(same) {
            Some(known) if counted => *known = Block { since: known.since, ..said },
            Some(known) if weight(&said.severity) > weight(&known.severity) => {
                known.severity = said.severity;
            }
            Some(_) => {}
            None => self.recorded.blocks.push(said),
        }
    }

    /// That one failed needs nobody's word; that it passed does.
    fn drill(&mut self, entry: &Said<'_>, members: &Members<'_>) {
        let (drill, passed) = (members.must("drill"), members.must("result") == "pass");
        if self.standing(entry, &drill).is_none() && passed {
            return;
        }
        self.recorded.drills.retain(|known| known.drill != drill);
        self.recorded.drills.push(Drill { drill, passed, at: entry.created_at });
    }

    fn approval(&mut self, entry: &Said<'_>, members: &Members<'_>) {
        let story = members.must("subject");
        let Some(held) = self.standing(entry, &story) else { return };
        let role = members.may("role");
        let holds = |own: &&String| role.as_ref().is_none_or(|role| *own == role);
        let roles: Vec<String> = held.iter().filter(holds).cloned().collect();
        if roles.is_empty() {
            let why = format!("{} holds no such role", entry.actor);
            self.recorded.uncounted.push((story, why));
            return;
        }
        let (by, expires_at) = (entry.actor.to_owned(), members.end());
        self.recorded.approved.push(Approved { story, roles, by, expires_at });
    }

    /// The roles of the author of an entry that counts.
    fn standing<'a>(&mut self, entry: &Said<'a>, subject: &str) -> Option<&'a [String]> {
        match entry.standing {
            Ok(roles) => Some(roles),
            Err(why) => {
                let (kind, who) = (entry.kind.word(), entry.actor);
                let why = format!("the {kind} of {who} does not count: {why}");
                self.recorded.uncounted.push((subject.to_owned(), why));
                None
            }
        }
    }
}
