//! Going through the ledger, one entry after the other.
//!
//! An alarm counts whoever raises it: that something is there, that it is worse, that it
//! is back. What calms counts only where its entry does; what merges may wait for is calmed
//! by a signature alone.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::{Matter, Said, Sort, Step, Stop};
use thrice_ledger::expiry;
use thrice_programme::Kind;
use thrice_programme::risk::{IncidentSeverity, RiskRules, RiskSeverity};

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

    /// The matter of an entry is there now, if the entry may raise one; whether it came by it.
    /// One that came back is what it was, until somebody says otherwise.
    fn raised(&mut self, sort: Sort, id: &str, entry: &Said<'_>, opens: bool) -> Option<bool> {
        let began = entry.time("began_at").or_else(|| entry.time("at")).unwrap_or(entry.at);
        if let Some(known) = self.known(sort, id) {
            if opens && !known.is_open() {
                known.again(began);
            }
            return Some(false);
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
            risk.describe(entry, "title", is_new);
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
            incident.describe(entry, "title", is_new);
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
            incident.over.get_or_insert(entry.stop(None).at);
            incident.released |= entry.is_signed && told;
        }
    }

    fn block(&mut self, entry: &Said<'_>) {
        let id = entry.must("block");
        let Some(is_new) = self.raised(Sort::Block, &id, entry, true) else { return };
        let Some(block) = self.known(Sort::Block, &id) else { return };
        let severity = RiskSeverity::from_word(&entry.must("severity"));
        block.weigh(severity.unwrap_or(RiskSeverity::Critical), None, entry, is_new);
        if is_new || entry.counts {
            block.describe(entry, "cause", is_new);
            if is_new {
                block.stories = vec![entry.must("subject")];
            }
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
    /// less, they go on from when it came, if somebody's key says so: merges may wait for it.
    fn weigh(
        &mut self,
        severity: RiskSeverity,
        incident: Option<IncidentSeverity>,
        entry: &Said<'_>,
        is_new: bool,
    ) {
        let worse = severity < self.severity;
        let is_word = entry.counts && entry.is_signed;
        if worse && !is_new {
            self.began = entry.time("at").unwrap_or(entry.at);
            self.stops.clear();
            self.accepted_until = None;
        } else if severity > self.severity && is_word {
            self.began = self.opened;
        }
        if is_new || is_word {
            (self.severity, self.incident) = (severity, incident);
        } else {
            // The worse of each: policy may call a P2 worse than a P0.
            self.severity = self.severity.min(severity);
            self.incident = self.incident.into_iter().chain(incident).min();
        }
    }

    /// What is said of it. Of which wave and stories it is, and of what kind, decides what
    /// waits for it: who changes that signs, and an alarm that does not count is everybody's.
    fn describe(&mut self, entry: &Said<'_>, title: &str, is_new: bool) {
        self.title = entry.must(title);
        let take = |known: &mut Option<String>, name: &str| {
            *known = entry.text(name).or_else(|| known.take());
        };
        take(&mut self.owner, "owner");
        take(&mut self.mitigation, "mitigation");
        if is_new || entry.is_signed {
            take(&mut self.category, "category");
        }
        if (is_new && entry.counts) || entry.is_signed {
            take(&mut self.wave, "wave");
            if let Some(stories) = entry.stories() {
                self.stories = stories;
            }
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
