//! Who holds a role when: no two at once, and gaps are reported.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use super::super::ledger::Person;
use super::super::release::freeze::moment;
use super::raw::RawShift;
use super::{RiskReferences, Shift};
use crate::programme::check_roles;
use thrice_findings::{Code, Finding, Severity};
use thrice_policy::source::Placed;
use thrice_policy::table::{List, did_you_mean};

/// Checks the shifts; gives them in the order of their times.
pub(super) fn validate(
    raw: Option<Placed<List<RawShift>>>,
    zone: &TimeZone,
    known: &RiskReferences<'_>,
    findings: &mut Vec<Finding>,
) -> Vec<Shift> {
    let raw = raw.map(|list| list.value).unwrap_or_default();
    let mut of_role: BTreeMap<String, Vec<(Shift, Placed<String>)>> = BTreeMap::new();
    for shift in raw {
        if let Some((shift, from)) = shift_of(shift.value, zone, known, findings) {
            of_role.entry(shift.role.clone()).or_default().push((shift, from));
        }
    }
    for shifts in of_role.values_mut() {
        shifts.sort_by_key(|(shift, _)| (shift.from, shift.to));
        apart(shifts, zone, findings);
    }
    let mut all: Vec<Shift> = of_role.into_values().flatten().map(|(shift, _)| shift).collect();
    all.sort_by_key(|shift| (shift.from, shift.to));
    all
}

fn shift_of(
    raw: RawShift,
    zone: &TimeZone,
    known: &RiskReferences<'_>,
    findings: &mut Vec<Finding>,
) -> Option<(Shift, Placed<String>)> {
    if let Some(role) = &raw.role {
        check_roles([role], known.roles, findings);
    }
    if let (Some(person), Some(people)) = (&raw.person, known.people) {
        check_person(person, people, findings);
    }
    let mut read = |text: &Option<Placed<String>>, ends: bool| {
        let text = text.as_ref()?;
        let read = moment(&text.value, ends, zone);
        if read.is_none() {
            let message = format!("`{}` is no day and no time", text.value);
            let help = "write a day such as `2026-02-11`, or `2026-02-11T08:00:00`";
            findings.push(text.finding(Code::PolicyValue, message).help(help));
        }
        read
    };
    let (from, to) = (read(&raw.from, false), read(&raw.to, true));
    let (from, to) = (from?, to?);
    if from >= to {
        let message = "this shift ends before it begins";
        findings.push(
            raw.to.as_ref()?.finding(Code::PolicyValue, message).help("write the later one here"),
        );
        return None;
    }
    let shift = Shift { role: raw.role?.value, person: raw.person?.value, from, to };
    Some((shift, raw.from?))
}

fn check_person(person: &Placed<String>, people: &[Person], findings: &mut Vec<Finding>) {
    let login = person.value.strip_prefix('@').is_some_and(|rest| !rest.is_empty());
    if login || people.iter().any(|known| known.name == person.value) {
        return;
    }
    let help = did_you_mean(
        &person.value,
        people.iter().map(|known| known.name.as_str()),
        "add them to `[people]` of policy/ledger.toml, or write `@login`",
    );
    let message = format!("nobody is called `{}`", person.value);
    findings.push(person.finding(Code::PolicyReference, message).help(help));
}

/// One holds a role at a time; that nobody does for a while is reported.
fn apart(shifts: &[(Shift, Placed<String>)], zone: &TimeZone, findings: &mut Vec<Finding>) {
    let shown =
        |time: jiff::Timestamp| time.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string();
    // The end that is latest so far: a long shift may hide several short ones.
    let mut latest: Option<&Shift> = None;
    for (shift, from) in shifts {
        if let Some(before) = latest {
            let role = &shift.role;
            if before.to > shift.from {
                let message = format!(
                    "`{role}` is held by {} until {}, and by {} from {}",
                    before.person,
                    shown(before.to),
                    shift.person,
                    shown(shift.from)
                );
                let help = "let one end where the other begins; a day as `to` is the last day";
                findings.push(from.finding(Code::PolicyReference, message).help(help));
            } else if before.to < shift.from {
                let message = format!(
                    "nobody holds `{role}` from {} to {}",
                    shown(before.to),
                    shown(shift.from)
                );
                let help =
                    "name somebody for that time; until then all members of the role are asked";
                let mut gap = from.finding(Code::PolicyValue, message).help(help);
                gap.severity = Severity::Warn;
                findings.push(gap);
            }
        }
        if latest.is_none_or(|before| before.to < shift.to) {
            latest = Some(shift);
        }
    }
}
