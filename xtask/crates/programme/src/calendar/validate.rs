//! From a calendar as written to one that can be used.

use std::collections::BTreeMap;

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;

use super::super::programme::Role;
use super::raw::{Day, RawCalendar, RawCycle, RawFreeze, RawHoliday, RawRite, RawSprint};
use super::{
    Calendar, Cycle, DEFAULT_EVIDENCE, Freeze, LONGEST_WINDOW, PlacedGlob, Rite, Sprint, Window,
    is_working,
};
use crate::programme::check_roles;
use thrice_findings::{Code, Finding};
use thrice_policy::source::Placed;
use thrice_policy::table::{List, did_you_mean};
use thrice_policy::values::{PathGlob, texts};

/// What other files say that a calendar needs; `None` where they cannot be used.
pub struct CalendarReferences<'a> {
    /// Roles of the programme.
    pub roles: Option<&'a [Role]>,
    /// The programme's own zone.
    pub zone: Option<&'a TimeZone>,
}

impl RawCalendar {
    /// The roles that it names.
    #[must_use]
    pub(crate) fn roles(&self) -> Vec<String> {
        let cycles = self.cycles.iter().flat_map(|list| &list.value);
        let owners = cycles.filter_map(|cycle| cycle.value.owners.as_ref());
        let owners = owners.flat_map(|list| &list.value).map(|owner| owner.value.clone());
        let rites = self.rites.iter().flat_map(|list| &list.value);
        let holders = rites.filter_map(|rite| rite.value.owner.as_ref());
        owners.chain(holders.map(|owner| owner.value.clone())).collect()
    }
}

/// Checks the values; `None` where one that is needed is missing or wrong.
pub(crate) fn validate(
    raw: RawCalendar,
    known: &CalendarReferences<'_>,
    findings: &mut Vec<Finding>,
) -> Option<Calendar> {
    let zone = match raw.time_zone {
        Some(named) => zone(&named, findings),
        None => known.zone.cloned(),
    };
    let working_days = week(raw.working_days, findings);
    let holidays = holidays(raw.holidays, findings);
    let free = (working_days.as_slice(), holidays.as_slice());
    let cycles = raw.cycles.map(|list| list.value).unwrap_or_default();
    check_ids(cycles.iter().filter_map(|cycle| cycle.value.id.as_ref()), "cycle", findings);
    let mut cycles: Vec<Cycle> =
        cycles.into_iter().filter_map(|raw| cycle(raw, free, known, findings)).collect();
    cycles.sort_by_key(|cycle| cycle.window.from);
    let sprints = raw.sprints.map(|list| list.value).unwrap_or_default();
    check_ids(sprints.iter().filter_map(|sprint| sprint.value.id.as_ref()), "sprint", findings);
    let frozen = raw.freeze.is_some();
    let mut sprints: Vec<Sprint> =
        sprints.into_iter().filter_map(|raw| sprint(raw, free, frozen, findings)).collect();
    sprints.sort_by_key(|sprint| sprint.window.from);
    apart(cycles.iter().map(|cycle| (&cycle.id, cycle.window, &cycle.place)), "cycle", findings);
    apart(sprints.iter().map(|one| (&one.id, one.window, &one.place)), "sprint", findings);
    let rites = raw.rites.map(|list| list.value).unwrap_or_default();
    check_ids(rites.iter().filter_map(|rite| rite.value.name.as_ref()), "rite", findings);
    let rites = rites.into_iter().filter_map(|raw| rite(raw, known, findings)).collect();
    let working = |sprint: &Sprint| {
        let days = sprint.window.days().filter(|day| is_working(free.0, free.1, *day));
        days.count() as u64
    };
    let lists = raw.checklists.map(|list| list.value).unwrap_or_default();
    super::checklists::give(lists, &mut sprints, &working, findings);
    let logs = raw.logs.map(|logs| logs.value);
    let (status_log, handoff_log, overview) =
        logs.map_or((None, None, None), |logs| (logs.status, logs.handoff, logs.overview));
    let evidence = raw.evidence.and_then(|evidence| evidence.value.root);
    Some(Calendar {
        zone: zone?,
        working_days,
        holidays,
        cycles,
        rites,
        sprints,
        freeze: raw.freeze.and_then(|raw| freeze(raw, findings)),
        status_log: status_log.map(|path| path.value.0),
        handoff_log: handoff_log.map(|path| path.value.0),
        overview: overview.map(|path| path.value.0),
        evidence: evidence.map_or_else(|| DEFAULT_EVIDENCE.to_owned(), |root| root.value.0),
    })
}

fn zone(named: &Placed<String>, findings: &mut Vec<Finding>) -> Option<TimeZone> {
    let found = TimeZone::get(&named.value).ok();
    if found.is_none() {
        findings.push(
            named
                .finding(Code::PolicyValue, format!("no time zone is called `{}`", named.value))
                .help("use an IANA name, such as `UTC` or `America/Sao_Paulo`"),
        );
    }
    found
}

fn week(
    raw: Option<Placed<List<super::raw::Workday>>>,
    findings: &mut Vec<Finding>,
) -> Vec<Weekday> {
    use Weekday::{Friday, Monday, Thursday, Tuesday, Wednesday};
    let Some(raw) = raw else { return vec![Monday, Tuesday, Wednesday, Thursday, Friday] };
    if raw.value.is_empty() {
        findings.push(
            raw.finding(Code::PolicyValue, "nobody ever works")
                .help("name the days, such as [\"mon\", \"tue\", \"wed\", \"thu\", \"fri\"]"),
        );
    }
    raw.value.into_iter().map(|day| day.value.weekday()).collect()
}

fn holidays(
    raw: Option<Placed<List<RawHoliday>>>,
    findings: &mut Vec<Finding>,
) -> Vec<(Date, String)> {
    let mut days: Vec<(Date, String)> = Vec::new();
    for holiday in raw.map(|list| list.value).unwrap_or_default() {
        let (Some(date), Some(name)) = (holiday.value.date, holiday.value.name) else { continue };
        if days.iter().any(|(day, _)| *day == date.value.0) {
            findings.push(
                date.finding(Code::PolicyReference, format!("{} stands twice", date.value.0))
                    .help("take one of them out"),
            );
        }
        days.push((date.value.0, name.value));
    }
    days
}

type Free<'a> = (&'a [Weekday], &'a [(Date, String)]);

/// A window that has working days; gives how many.
fn window(
    from: Option<Placed<Day>>,
    to: Option<Placed<Day>>,
    free: Free<'_>,
    findings: &mut Vec<Finding>,
) -> Option<(Window, u64)> {
    let (from, to) = (from?, to?);
    let window = Window { from: from.value.0, to: to.value.0 };
    if window.to < window.from {
        findings.push(
            to.finding(Code::PolicyValue, format!("{} is before {}", window.to, window.from))
                .help("`to` is the last day, and is within"),
        );
        return None;
    }
    if (window.to - window.from).get_days() > i32::try_from(LONGEST_WINDOW).unwrap_or(i32::MAX) {
        findings.push(
            to.finding(Code::PolicyValue, "this window is longer than a year")
                .help("correct one of the two days"),
        );
        return None;
    }
    let working = window.days().filter(|day| is_working(free.0, free.1, *day)).count();
    if working == 0 {
        findings.push(
            from.finding(Code::PolicyValue, "nobody works in this window")
                .help("correct the days, `working_days` or `holidays`"),
        );
        return None;
    }
    Some((window, working as u64))
}

fn cycle(
    raw: Placed<RawCycle>,
    free: Free<'_>,
    known: &CalendarReferences<'_>,
    findings: &mut Vec<Finding>,
) -> Option<Cycle> {
    let place = raw.place();
    let raw = raw.value;
    let window = window(raw.from, raw.to, free, findings);
    let owners = raw.owners.map(|list| list.value).unwrap_or_default();
    owners.iter().for_each(|owner| check_roles([owner], known.roles, findings));
    let exit = raw.exit?;
    if exit.value.is_empty() {
        findings.push(
            exit.finding(Code::PolicyValue, "this cycle ends however it went")
                .help("say what must be so at its end"),
        );
    }
    let scope = raw.scope.map(|list| texts(list.value)).unwrap_or_default();
    let closes = closes(raw.closes, &scope, findings);
    Some(Cycle {
        id: raw.id?.value,
        name: raw.name.map(|name| name.value),
        window: window?.0,
        scope,
        closes,
        goal: raw.goal.map(|goal| goal.value),
        owners: texts(owners),
        exit: texts(exit.value),
        drills: raw.drills.map(|list| texts(list.value)).unwrap_or_default(),
        place,
    })
}

/// The waves that a cycle must finish, which are among those that it is for.
fn closes(
    named: Option<Placed<List<String>>>,
    scope: &[String],
    findings: &mut Vec<Finding>,
) -> Vec<String> {
    let Some(named) = named else { return scope.to_vec() };
    for wave in named.value.iter().filter(|wave| !scope.contains(&wave.value)) {
        let help = did_you_mean(
            &wave.value,
            scope.iter().map(String::as_str),
            "add it to `scope`, or take it out",
        );
        let message = format!("this cycle is not for the wave `{}`", wave.value);
        findings.push(wave.finding(Code::PolicyReference, message).help(help));
    }
    texts(named.value)
}

fn sprint(
    raw: Placed<RawSprint>,
    free: Free<'_>,
    frozen: bool,
    findings: &mut Vec<Finding>,
) -> Option<Sprint> {
    let place = raw.place();
    let raw = raw.value;
    let window = window(raw.from, raw.to, free, findings);
    for day in [&raw.evidence_due_day, &raw.freeze_from_day].into_iter().flatten() {
        let Some((_, working)) = window else { continue };
        if day.value == 0 || day.value > working {
            let message = format!("this sprint has no working day {}", day.value);
            findings.push(
                day.finding(Code::PolicyValue, message)
                    .help(format!("its working days are 1 to {working}")),
            );
        }
    }
    if let Some(day) = raw.freeze_from_day.as_ref().filter(|_| !frozen) {
        findings.push(
            day.finding(Code::PolicyMissing, "nothing says what is frozen")
                .help("add `[freeze]` with `paths` and `reason`, or take this key out"),
        );
    }
    if let Some(wip) = raw.wip.as_ref().filter(|wip| wip.value == 0) {
        findings.push(
            wip.finding(Code::PolicyValue, "nothing could ever be started")
                .help("write at least 1"),
        );
    }
    Some(Sprint {
        id: raw.id?.value,
        name: raw.name.map(|name| name.value),
        window: window?.0,
        features: raw.features.map(|list| texts(list.value)).unwrap_or_default(),
        gate: raw.gate.map(|gate| gate.value),
        deliverables: raw.deliverables.map(|list| texts(list.value)).unwrap_or_default(),
        checklists: Vec::new(),
        evidence: raw.evidence.map(|list| texts(list.value)).unwrap_or_default(),
        after: raw.after.map(|after| after.value),
        limit: raw.wip.map(|wip| wip.value),
        drills: raw.drills.map(|list| texts(list.value)).unwrap_or_default(),
        evidence_due_day: raw.evidence_due_day.map(|day| day.value),
        freeze_from_day: raw.freeze_from_day.map(|day| day.value),
        place,
    })
}

fn rite(
    raw: Placed<RawRite>,
    known: &CalendarReferences<'_>,
    findings: &mut Vec<Finding>,
) -> Option<Rite> {
    let raw = raw.value;
    if let Some(minutes) = raw.minutes.as_ref().filter(|it| !(1..=1440).contains(&it.value)) {
        findings.push(
            minutes
                .finding(Code::PolicyValue, format!("a rite cannot take {} minutes", minutes.value))
                .help("write 1 to 1440"),
        );
    }
    if let Some(owner) = &raw.owner {
        check_roles([owner], known.roles, findings);
    }
    Some(Rite {
        name: raw.name?.value,
        when: raw.when?.value,
        at: raw.at.map_or(Time::constant(9, 0, 0, 0), |at| at.value.0),
        minutes: raw.minutes?.value,
        owner: raw.owner.map(|owner| owner.value),
        agenda: raw.agenda.map(|agenda| agenda.value),
    })
}

fn freeze(raw: Placed<RawFreeze>, findings: &mut Vec<Finding>) -> Option<Freeze> {
    let paths = raw.value.paths?;
    if paths.value.is_empty() {
        findings.push(
            paths
                .finding(Code::PolicyValue, "this list of frozen paths is empty")
                .help("name at least one, or take the table out"),
        );
    }
    let globs = |list: List<PathGlob>| -> Vec<PlacedGlob> {
        list.into_iter().map(|glob| PlacedGlob { place: glob.place(), glob: glob.value }).collect()
    };
    Some(Freeze {
        paths: globs(paths.value),
        except: raw.value.except.map(|list| globs(list.value)).unwrap_or_default(),
        reason: raw.value.reason?.value,
    })
}

fn check_ids<'a>(
    ids: impl Iterator<Item = &'a Placed<String>>,
    what: &str,
    findings: &mut Vec<Finding>,
) {
    let mut seen = BTreeMap::new();
    for id in ids {
        let plain = |text: &str| {
            text.len() <= 64
                && text.starts_with(|first: char| first.is_ascii_alphanumeric())
                && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
        };
        if what != "rite" && !plain(&id.value) {
            findings.push(
                id.finding(Code::PolicyValue, format!("`{}` cannot be a {what}'s id", id.value))
                    .help(
                        "use at most 64 letters, digits, `-`, `_` and `.`, a letter or digit first",
                    ),
            );
        }
        if seen.insert(id.value.to_lowercase(), ()).is_some() {
            findings.push(
                id.finding(
                    Code::PolicyReference,
                    format!("the {what} `{}` stands twice", id.value),
                )
                .help("give each its own, also in another letter case"),
            );
        }
    }
}

/// Windows of one kind, in the order of their days, share no day.
fn apart<'a>(
    windows: impl Iterator<Item = (&'a String, Window, &'a thrice_findings::Place)>,
    what: &str,
    findings: &mut Vec<Finding>,
) {
    let mut last: Option<(&String, Window)> = None;
    for (id, window, place) in windows {
        if let Some((other, before)) = last.filter(|(_, before)| before.to >= window.from) {
            let message =
                format!("the {what} `{id}` begins before `{other}` ends on {}", before.to);
            findings.push(
                Finding::new(Code::PolicyReference, message)
                    .help(format!("each day is of one {what} at most"))
                    .at(place.clone()),
            );
        }
        last = Some((id, window));
    }
}
