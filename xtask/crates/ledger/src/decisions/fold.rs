//! Going through the decisions, one after the other.
//!
//! An alarm counts whoever raises it: that something is there, that it is worse, that it is
//! back. What calms counts by [`Decision::calms`], and acts on no alarm that is younger. What is
//! held in a clone comes last: it calms only an alarm that no entry before it speaks of.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::alarm::{
    Alarm, AlarmKind, AlarmState, BlockDetails, Frozen, Step, StepTaken, stops_merges,
};
use super::entries::{
    ApprovalEntry, ApprovalScope, DrillEntry, DrillResult, GateResult, UnblockEntry, WaveGateEntry,
};
use super::report::{AlarmReport, Key};
use super::{Decision, DecisionContent, DrillOutcome, Standing, Uncounted};
use crate::expiry;
use thrice_findings::{Code, Finding};
use thrice_programme::ledger::Kind;

/// What holds at a time, after some decisions.
pub(super) fn fold(decisions: impl IntoIterator<Item = Decision>, now: Timestamp) -> Standing {
    let mut fold = Fold::default();
    for decision in decisions {
        fold.take(decision);
    }
    let mut standing = fold.standing;
    for alarm in &mut standing.alarms {
        if let Some(end) = alarm.accepted_until.filter(|end| expiry::is_over(Some(*end), now)) {
            alarm.reopen(end);
            if alarm.stops_merges() {
                alarm.frozen.push(Frozen { from: end, to: None });
            }
        }
    }
    standing.drills = fold.drills.into_values().collect();
    standing
}

#[derive(Default)]
struct Fold {
    standing: Standing,
    positions: BTreeMap<Key, usize>,
    opened: OpenedIds,
    drills: BTreeMap<String, DrillOutcome>,
    /// How many alarms there are without what is held: those that others see, too.
    shared: usize,
}

impl Fold {
    fn take(&mut self, decision: Decision) {
        let (content, decision) = decision.split();
        let is_held = decision.is_held;
        match content {
            DecisionContent::Risk(entry) => self.alarm(decision, entry.into()),
            DecisionContent::Incident(entry) => self.alarm(decision, entry.into()),
            DecisionContent::Block(entry) => self.alarm(decision, entry.into()),
            DecisionContent::Unblock(entry) => self.unblock(decision, &entry),
            DecisionContent::Drill(entry) => self.drill(&decision, entry),
            DecisionContent::WaveGate(entry) => self.gate(decision.with(entry)),
            DecisionContent::Approval(entry) => self.approval(decision.with(entry)),
            DecisionContent::Exception(entry) => {
                let subject = entry.subject.clone().unwrap_or_default();
                self.calms(&decision, &subject, None);
                self.standing.exceptions.push(decision.with(entry));
            }
            DecisionContent::SprintGate(entry) => {
                let subject = format!("sprint {}", entry.sprint);
                let fails = entry.decision == GateResult::Fail && decision.counts();
                if fails || self.calms(&decision, &subject, None) {
                    self.standing.sprint_gates.push(decision.with(entry));
                }
            }
            DecisionContent::Trigger(entry) => {
                if self.calms(&decision, &entry.trigger, None) {
                    self.standing.triggers.push(decision.with(entry));
                }
            }
            DecisionContent::CycleClose(entry) => {
                if self.calms(&decision, &entry.cycle, None) {
                    self.standing.closed.push(decision.with(entry));
                }
            }
            DecisionContent::Release(entry) => self.standing.releases.push(decision.with(entry)),
            DecisionContent::Deploy(_) => {}
        }
        if !is_held {
            self.shared = self.standing.alarms.len();
        }
    }

    /// Whether a decision calms an alarm that was raised at a time; notes why not.
    fn calms(&mut self, decision: &Decision<()>, subject: &str, raised: Option<Timestamp>) -> bool {
        match decision.calms_since(raised) {
            Ok(()) => true,
            Err(why) => {
                self.note(subject, decision, &why);
                false
            }
        }
    }

    fn note(&mut self, subject: &str, decision: &Decision<()>, why: &Finding) {
        let (kind, who) = (decision.kind.word(), &decision.actor);
        let how = match why.code {
            Code::LedgerUnreached => "is not in effect yet",
            _ => "does not count",
        };
        let why = format!("the {kind} of {who} {how}: {}", why.message);
        let (id, subject) = (decision.id.clone(), subject.to_owned());
        self.standing.uncounted.push(Uncounted { id, subject, why });
    }

    fn alarm(&mut self, mut decision: Decision<()>, mut report: AlarmReport) {
        let named = self.opened.address(&decision, &mut report, &self.positions);
        let subject = report.subject.clone();
        let known = self.positions.get(&report.key).copied();
        decision.is_held &= known.is_some_and(|position| position < self.shared);
        let decision = &decision;
        let known = known.and_then(|position| self.standing.alarms.get_mut(position));
        let (alarm, is_new) = match known {
            Some(alarm) => (alarm, false),
            // Calm of what nobody knows is nothing, unless it counts: then it was there.
            None if !report.opens && !decision.counts() => {
                self.calms(decision, &subject, None);
                return;
            }
            None => {
                self.positions.insert(report.key.clone(), self.standing.alarms.len());
                self.standing.alarms.push(Alarm::new(decision, &report, named));
                let Some(alarm) = self.standing.alarms.last_mut() else { return };
                (alarm, true)
            }
        };
        let only_alarms =
            report.opens && report.steps.is_empty() && report.severity <= alarm.severity;
        // What is held, answers it and makes it no worse says who has it, or what it bears on.
        let only_describes =
            decision.is_held && report.answers.is_some() && report.severity == alarm.severity;
        // What was accepted, and is not any more, froze merges from then on.
        let lapsed = alarm.accepted_until.filter(|end| *end < decision.at);
        let lapsed = lapsed.filter(|_| stops_merges(alarm.severity, AlarmState::Open, false));
        let froze = lapsed.is_some() || (!is_new && alarm.stops_merges());
        alarm.frozen.extend(lapsed.map(|from| Frozen { from, to: None }));
        let calm = alarm.take(decision, report, is_new);
        match (froze, alarm.stops_merges()) {
            (false, true) => alarm.frozen.push(Frozen { from: decision.at, to: None }),
            (true, false) => {
                alarm.frozen.last_mut().into_iter().for_each(|it| it.to = Some(decision.at));
            }
            _ => {}
        }
        let refused = calm.err().filter(|_| !decision.counts() || !only_alarms || only_describes);
        if let Some(why) = refused {
            self.note(&subject, decision, &why);
        }
    }

    fn unblock(&mut self, mut decision: Decision<()>, entry: &UnblockEntry) {
        let is_held = decision.is_held;
        let mut refused = decision.calms().err();
        for (position, block) in self.standing.alarms.iter_mut().enumerate() {
            if block.kind != AlarmKind::Block || block.id != entry.block {
                continue;
            }
            decision.is_held = is_held && position < self.shared;
            let calms = answers(entry.answers.as_deref(), block);
            match calms.and_then(|()| decision.calms_since(Some(block.raised))) {
                Ok(()) => block.close(&decision, entry.at),
                Err(why) => refused = Some(why),
            }
        }
        if let Some(why) = refused {
            self.note(&entry.block, &decision, &why);
        }
    }

    /// That one failed needs nobody's word; that it passed does.
    fn drill(&mut self, decision: &Decision<()>, entry: DrillEntry) {
        let passed = entry.result == DrillResult::Pass;
        let failed = self.drills.get(&entry.drill).filter(|known| !known.passed).map(|it| it.at);
        let needs_word = passed || !decision.counts();
        if needs_word && !self.calms(decision, &entry.drill, failed) && passed {
            return;
        }
        let DrillEntry { drill: name, rto_seconds: rto, rpo_seconds: rpo, .. } = entry;
        let at = decision.at;
        self.drills.insert(name.clone(), DrillOutcome { name, passed, rto, rpo, at });
    }

    /// A gate that is not passed calms nobody, but is somebody's word, too.
    fn gate(&mut self, gate: Decision<WaveGateEntry>) {
        let (entry, decision) = gate.split();
        let newest = self.standing.gate(&entry.wave);
        let failed = newest.filter(|gate| gate.content.decision == GateResult::Fail);
        let failed = failed.map(|gate| gate.at);
        let fails = entry.decision == GateResult::Fail && decision.counts();
        if fails || self.calms(&decision, &entry.wave, failed) {
            self.standing.gates.push(decision.with(entry));
        }
    }

    fn approval(&mut self, approval: Decision<ApprovalEntry>) {
        if approval.content.about == ApprovalScope::Story {
            let story = approval.content.subject.clone().unwrap_or_default();
            let (entry, decision) = approval.split();
            let calms = self.calms(&decision, &story, None);
            let approval = decision.with(entry);
            if calms && approval.held_roles().is_empty() {
                let why = format!("{} holds no such role", approval.actor);
                let id = approval.id.clone();
                self.standing.uncounted.push(Uncounted { id, subject: story, why });
            }
            return self.standing.approvals.push(approval);
        }
        self.standing.approvals.push(approval);
    }
}

/// What opened each risk and each incident, so that two that were opened under one id stay two.
#[derive(Default)]
struct OpenedIds {
    /// What the entry said that raised an alarm first: its title, wave and stories.
    said: BTreeMap<Key, (String, Option<String>, Vec<String>)>,
    /// The alarm that an entry is of, where that has another id than the entry says.
    moved: BTreeMap<String, Key>,
    /// The last number that was looked at for a free id, by the id that was taken.
    last: BTreeMap<Key, u64>,
}

impl OpenedIds {
    /// Puts an entry to the alarm that it is of. What opens an id that somebody else took
    /// meanwhile, and answers nothing, is an alarm of its own under the next free id; what
    /// answers it follows it. Gives the id that was taken.
    fn address(
        &mut self,
        decision: &Decision<()>,
        report: &mut AlarmReport,
        known: &BTreeMap<Key, usize>,
    ) -> Option<String> {
        if report.key.0 == AlarmKind::Block {
            return None;
        }
        if let Some(entry) = &report.answers {
            let key = self.moved.get(entry)?.clone();
            // What answers this one is of the same alarm.
            self.moved.insert(decision.id.clone(), key.clone());
            report.subject.clone_from(&key.1);
            report.key = key;
            return None;
        }
        let says = (report.title.clone(), report.wave.clone(), report.stories.clone());
        if !known.contains_key(&report.key) {
            self.said.insert(report.key.clone(), says);
            return None;
        }
        if !report.opens || self.said.get(&report.key) == Some(&says) {
            return None;
        }
        let taken = report.key.1.clone();
        report.key = self.free(&report.key, known);
        report.subject.clone_from(&report.key.1);
        self.moved.insert(decision.id.clone(), report.key.clone());
        self.said.insert(report.key.clone(), says);
        Some(taken)
    }

    /// The next id of the same form that no alarm of its kind has. Those of the other kind are
    /// not looked at: not each reading of the ledger has both, and an alarm has one id in all.
    fn free(&mut self, taken: &Key, known: &BTreeMap<Key, usize>) -> Key {
        let (kind, id, story) = taken;
        let stem = id.trim_end_matches(|it: char| it.is_ascii_digit());
        let digits = id.get(stem.len()..).filter(|digits| digits.len() <= 18);
        let number = digits.and_then(|digits| digits.parse::<u64>().ok());
        let last = self.last.entry(taken.clone()).or_insert(number.unwrap_or(1));
        loop {
            *last += 1;
            let width = digits.map_or(0, str::len);
            let next = match number {
                Some(_) => format!("{stem}{last:0width$}"),
                None => format!("{id}-{last}"),
            };
            if !known.contains_key(&(*kind, next.clone(), String::new())) {
                return (*kind, next, story.clone());
            }
        }
    }
}

/// Whether what names the entry that it answers names the one that raised an alarm last.
fn answers(named: Option<&str>, alarm: &Alarm) -> Result<(), Box<Finding>> {
    if named.is_none_or(|named| named == alarm.raised_by) {
        return Ok(());
    }
    let message = "it answers another alarm than the one that is there".to_owned();
    let finding = Finding::new(Code::DecisionVoid, message);
    Err(Box::new(finding.help("have it recorded again, after the alarm")))
}

impl Decision<()> {
    /// Whether it calms an alarm that was raised at a time: it may, is not older, and is in effect.
    fn calms_since(&self, raised: Option<Timestamp>) -> Result<(), Box<Finding>> {
        self.calms()?;
        if raised.is_some_and(|raised| self.at < raised) {
            let message = "it is older than the alarm that it answers".to_owned();
            let finding = Finding::new(Code::LedgerClock, message);
            return Err(Box::new(finding.help("have it recorded again, after the alarm")));
        }
        if self.is_held {
            let finding = Finding::new(Code::LedgerUnreached, "it is not pushed");
            return Err(Box::new(
                finding.help("the next command that reaches the remote pushes it"),
            ));
        }
        Ok(())
    }

    /// A time that it gives; never one that was to come when it was recorded.
    fn past(&self, time: Option<Timestamp>) -> Timestamp {
        time.map_or(self.at, |time| time.min(self.at))
    }
}

impl Alarm {
    fn new(decision: &Decision<()>, report: &AlarmReport, opened_as: Option<String>) -> Self {
        let (kind, id, story) = &report.key;
        let began = decision.past(report.began);
        let of_block = (*kind == AlarmKind::Block).then(|| story.clone());
        Self {
            kind: *kind,
            id: id.clone(),
            opened_as,
            title: String::new(),
            severity: report.severity,
            owner: None,
            mitigation: None,
            wave: None,
            stories: of_block.into_iter().collect(),
            category: None,
            details: BlockDetails::default(),
            line: decision.line,
            raised: decision.at,
            raised_by: decision.id.clone(),
            opened: began,
            began,
            steps: BTreeMap::new(),
            accepted_until: None,
            over: None,
            postmortem: None,
            postmortem_sha256: None,
            has_postmortem: false,
            frozen: Vec::new(),
        }
    }

    /// The risk or incident as an entry of now leaves it that answers it.
    #[must_use]
    pub fn after(
        &self,
        (kind, data): (Kind, &Map<String, Value>),
        is_signed: bool,
        now: Timestamp,
    ) -> Self {
        let mut fold = Fold::default();
        fold.positions.insert((self.kind, self.id.clone(), String::new()), 0);
        fold.standing.alarms.push(self.clone());
        // An entry is never recorded as older than the newest one.
        let draft = Decision::draft((kind, data), is_signed, now.max(self.raised));
        draft.into_iter().for_each(|draft| fold.take(draft));
        fold.standing.alarms.swap_remove(0)
    }

    /// Takes in what an entry says; why it does not calm otherwise.
    fn take(
        &mut self,
        decision: &Decision<()>,
        report: AlarmReport,
        is_new: bool,
    ) -> Result<(), Box<Finding>> {
        let is_worse = report.severity < self.severity;
        let answered = if is_new { Ok(()) } else { answers(report.answers.as_deref(), self) };
        // What names the alarm that it is about raises no other, as long as that one is there.
        let is_about = report.answers.is_some() && answered.is_ok() && self.is_open();
        // What is worse is back, too, whatever state its entry names.
        if (report.opens || is_worse) && !self.is_open() {
            self.reopen(decision.past(report.began));
        }
        if is_worse {
            self.severity = report.severity;
            self.began = decision.past(report.at);
            self.steps.clear();
        }
        if is_new || is_worse || (report.opens && !is_about) {
            self.raised = self.raised.max(decision.at);
            self.raised_by.clone_from(&decision.id);
            self.line = decision.line;
        }
        let calm = answered.and_then(|()| decision.calms_since(Some(self.raised)));
        self.describe(decision, &report, is_new, calm.is_ok());
        calm?;
        if report.severity > self.severity {
            self.severity = report.severity;
            self.began = self.opened;
        }
        for (step, at) in report.steps {
            self.step(step, decision, at);
        }
        self.accepted_until = report.accepted_until;
        if report.closes {
            self.close(decision, report.at);
            self.postmortem = report.postmortem.or_else(|| self.postmortem.take());
            self.has_postmortem |= report.postmortem_sha256.is_some() || !self.needs_postmortem();
            self.postmortem_sha256 = report.postmortem_sha256.or(self.postmortem_sha256.take());
        }
        Ok(())
    }

    /// What is said of it. Who answers for it, and what it bears on, decides what waits for
    /// it: who changes that signs, and an alarm that does not count is everybody's.
    fn describe(
        &mut self,
        decision: &Decision<()>,
        report: &AlarmReport,
        is_new: bool,
        calms: bool,
    ) {
        let take = |known: &mut Option<String>, said: &Option<String>| {
            *known = said.clone().or_else(|| known.take());
        };
        if is_new || decision.counts() {
            self.title.clone_from(&report.title);
        }
        if is_new || calms {
            let (details, said) = (&mut self.details, &report.details);
            take(&mut self.category, &report.category);
            take(&mut details.impact, &said.impact);
            take(&mut details.trigger, &said.trigger);
            take(&mut details.upstream, &said.upstream);
            details.eta = said.eta.or(details.eta);
        }
        let is_word = calms || (is_new && decision.counts());
        if is_word || (is_new && self.kind != AlarmKind::Risk) {
            take(&mut self.owner, &report.owner);
        }
        if is_word {
            take(&mut self.mitigation, &report.mitigation);
            take(&mut self.wave, &report.wave);
            if !report.stories.is_empty() {
                self.stories.clone_from(&report.stories);
            }
        }
    }

    /// It is back: all of its clocks begin again.
    fn reopen(&mut self, at: Timestamp) {
        (self.opened, self.began) = (at, at);
        self.steps.clear();
        (self.over, self.accepted_until, self.has_postmortem) = (None, None, false);
    }

    /// The first word counts: who says later that it was earlier changes nothing. Nothing
    /// was done before there was anything to do.
    fn step(&mut self, step: Step, decision: &Decision<()>, at: Option<Timestamp>) {
        let at = decision.past(at).max(self.began);
        self.steps.entry(step).or_insert(StepTaken { at, recorded: decision.at });
    }

    fn close(&mut self, decision: &Decision<()>, at: Option<Timestamp>) {
        self.step(Step::Recover, decision, at);
        self.over.get_or_insert(decision.past(at));
    }
}
