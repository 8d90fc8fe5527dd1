//! Who is asked: one level up the chain for each window that was violated (P-6.1),
//! and whoever holds that role at the time.

use jiff::Timestamp;

use super::{Clock, ClockState, clocks, severity};
use thrice_ledger::decisions::{Alarm, AlarmKind, Step};
use thrice_programme::calendar::days::{begin_of, end_of};
use thrice_programme::risk::{OWNER, RiskRules, RiskSeverity, SeverityRule};
use thrice_programme::{Calendar, Programme};

/// Who is asked in a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The role; [`OWNER`] for whoever owns the alarm.
    pub role: String,
    /// Who holds it: a person of the rota, else all of its members.
    pub names: Vec<String>,
    /// Whether the rota has lines of this role, none of which is of this time.
    pub(crate) is_gap: bool,
}

/// An alarm that somebody has to answer or to close, with its clocks.
#[derive(Clone, Debug)]
pub struct OpenAlarm<'a> {
    /// The alarm.
    pub alarm: &'a Alarm,
    /// Its clocks, in the order of their steps.
    pub clocks: Vec<Clock>,
    /// How many of its windows were violated.
    pub level: usize,
    /// Who is asked now.
    pub asked: Vec<Holder>,
    /// Whether it is a block that has lasted longer than a cycle (P-6.1).
    pub(crate) outlasts_cycle: bool,
}

/// What people and times are taken from.
#[derive(Clone, Copy, Debug)]
pub struct EscalationFacts<'a> {
    /// The rules of risks.
    pub rules: &'a RiskRules,
    /// Who holds a role that the rota has not.
    pub programme: &'a Programme,
    /// Working days, and cycles.
    pub calendar: Option<&'a Calendar>,
}

/// The alarms that are to be answered, the most pressing first: by how many windows were
/// violated, then by severity, then by which window ends next. Last comes what only freezes
/// merges: its clocks have stopped, and somebody still has to close it.
#[must_use]
pub fn lines<'a>(
    alarms: &'a [Alarm],
    known: &EscalationFacts<'_>,
    now: Timestamp,
) -> Vec<OpenAlarm<'a>> {
    let open = alarms.iter().filter(|alarm| alarm.is_open() || alarm.stops_merges());
    let mut lines: Vec<OpenAlarm<'_>> = open.map(|alarm| line(alarm, known, now)).collect();
    lines.sort_by_key(|line| {
        let next = line.clocks.iter().filter(|clock| clock.stopped.is_none());
        let next = next.filter_map(|clock| clock.due).min();
        let alarm = line.alarm;
        let level = std::cmp::Reverse(line.level);
        let rank = (level, severity(alarm, known.rules), next, alarm.kind);
        (!alarm.is_open(), rank, alarm.id.clone())
    });
    lines
}

fn line<'a>(alarm: &'a Alarm, known: &EscalationFacts<'_>, now: Timestamp) -> OpenAlarm<'a> {
    // What only freezes merges was answered, late or not: nothing runs, and nobody escalates.
    let clocks = match alarm.is_open() {
        true => clocks(alarm, known.rules, known.calendar),
        false => Vec::new(),
    };
    let level = clocks.iter().filter(|clock| clock.state(now) == ClockState::Violated).count();
    let asked = asked(known, severity(alarm, known.rules), alarm.owner.as_deref(), level, now);
    let outlasts_cycle = alarm.kind == AlarmKind::Block
        && known.calendar.is_some_and(|calendar| outlasts(calendar, alarm.opened, now));
    OpenAlarm { alarm, clocks, level, asked, outlasts_cycle }
}

impl OpenAlarm<'_> {
    /// The steps whose windows were violated, each with when, in the order of the levels
    /// that they led to.
    #[must_use]
    pub(crate) fn violated(&self, now: Timestamp) -> Vec<(Step, Timestamp)> {
        let violated = self.clocks.iter().filter(|clock| clock.state(now) == ClockState::Violated);
        let mut all: Vec<_> = violated.filter_map(|clock| Some((clock.step, clock.due?))).collect();
        all.sort_by_key(|(step, due)| (*due, *step));
        all
    }
}

/// The step of a chain at a level; the last where there are more levels than steps.
#[must_use]
pub(crate) fn step(rule: &SeverityRule, level: usize) -> &[String] {
    let step = rule.chain.get(level).or_else(|| rule.chain.last());
    step.map(Vec::as_slice).unwrap_or_default()
}

/// Who is asked at a level of a severity's chain, at a time; `owner` is whoever owns what it
/// is about.
#[must_use]
pub(crate) fn asked(
    known: &EscalationFacts<'_>,
    severity: RiskSeverity,
    owner: Option<&str>,
    level: usize,
    at: Timestamp,
) -> Vec<Holder> {
    let Some(rule) = known.rules.severity(severity) else { return Vec::new() };
    step(rule, level).iter().map(|role| holder(known, role, owner, at)).collect()
}

/// Who holds a role at a time.
#[must_use]
pub(crate) fn holder(
    known: &EscalationFacts<'_>,
    role: &str,
    owner: Option<&str>,
    at: Timestamp,
) -> Holder {
    let named = |names: Vec<String>, is_gap| Holder { role: role.to_owned(), names, is_gap };
    if role == OWNER {
        return named(owner.map(str::to_owned).into_iter().collect(), false);
    }
    let mut of_role = known.rules.rota.iter().filter(|shift| shift.role == role).peekable();
    let has_rota = of_role.peek().is_some();
    if let Some(shift) = of_role.find(|shift| shift.from <= at && at < shift.to) {
        return named(vec![shift.person.clone()], false);
    }
    let members = known.programme.roles.iter().find(|known| known.name.value == role);
    named(members.map(|role| role.members.clone()).unwrap_or_default(), has_rota)
}

/// Whether what began then has lasted longer than the cycle in which it began, or, where
/// it began in none, than the first one after.
fn outlasts(calendar: &Calendar, began: Timestamp, now: Timestamp) -> bool {
    let mut after = calendar.cycles.iter().filter(|it| end_of(calendar, it.window.to) > began);
    after.next().is_some_and(|cycle| {
        let (from, to) = (begin_of(calendar, cycle.window.from), end_of(calendar, cycle.window.to));
        now.duration_since(began) > to.duration_since(from)
    })
}
