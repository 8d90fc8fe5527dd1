//! Names that gates give each other, roles, and built-ins.

use std::collections::{BTreeMap, BTreeSet};

use super::super::gates::{Builtin, RawGate, RawGates};
use super::super::programme::Role;
use super::{Action, Gate};
use crate::programme::check_roles;
use thrice_findings::{Code, Finding};
use thrice_policy::source::Placed;
use thrice_policy::table::{List, listed};

pub(super) fn check_unused_settings(raw: &RawGates, findings: &mut Vec<Finding>) {
    let used = |builtin| {
        raw.gates.iter().flat_map(|gates| &gates.value).any(|gate| {
            gate.value.builtin.as_ref().is_some_and(|written| written.value.0 == Some(builtin))
        })
    };
    let settings = [
        (Builtin::Ruleset, raw.ruleset.as_ref().map(Placed::place)),
        (Builtin::Pins, raw.pins.as_ref().map(Placed::place)),
        (Builtin::Chain, raw.chain.as_ref().map(Placed::place)),
    ];
    for (builtin, place) in settings {
        let word = builtin.word();
        match (place, used(builtin)) {
            // Commands that ask GitHub read the ruleset's table, whichever gates there are.
            (Some(place), false) if builtin != Builtin::Ruleset => findings.push(
                Finding::new(
                    Code::PolicyUnused,
                    format!("`[{word}]` has settings, but no gate has `builtin = \"{word}\"`"),
                )
                .help("take the table out, or give a gate that built-in")
                .at(place),
            ),
            (None, true) => {
                let gate = raw.gates.iter().flat_map(|gates| &gates.value).find_map(|gate| {
                    gate.value.builtin.as_ref().filter(|written| written.value.0 == Some(builtin))
                });
                if let Some(gate) = gate {
                    findings.push(
                        gate.finding(
                            Code::PolicyMissing,
                            format!("the built-in `{word}` has no settings"),
                        )
                        .help(format!("add a table `[{word}]` to this file")),
                    );
                }
            }
            _ => {}
        }
    }
    if let Some(secrets) = raw.secrets.as_ref().filter(|_| !used(Builtin::Secrets)) {
        let message = "`[secrets]` has settings, but no gate has `builtin = \"secrets\"`";
        findings.push(
            secrets
                .finding(Code::PolicyUnused, message)
                .help("take the table out, or give a gate that built-in"),
        );
    }
}

/// The longest id of a gate, in bytes.
const LONGEST_ID: usize = 32;

/// Where a gate is among the others, beside its id: `T` and a number first, by the number.
/// Nothing where the text can be no gate's id, as `T04` could not be told from `T4`.
pub(crate) fn gate_order(id: &str) -> Option<u32> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    let good = id.len() <= LONGEST_ID
        && id.starts_with(|c: char| c.is_ascii_alphabetic())
        && id.bytes().all(plain);
    let digits = id.strip_prefix(['T', 't']).filter(|rest| !rest.is_empty());
    match digits.filter(|rest| rest.bytes().all(|b| b.is_ascii_digit())) {
        _ if !good => None,
        None => Some(u32::MAX),
        Some(digits) => {
            let canonical = digits.len() <= 3 && (digits == "0" || !digits.starts_with('0'));
            digits.parse().ok().filter(|_| canonical && id.starts_with('T'))
        }
    }
}

pub(super) fn check_ids(gates: &List<RawGate>, findings: &mut Vec<Finding>) {
    let mut seen = BTreeMap::new();
    for id in gates.iter().filter_map(|gate| gate.value.id.as_ref()) {
        if gate_order(&id.value).is_none() {
            findings.push(
                id.finding(Code::PolicyValue, format!("`{}` cannot be a gate's id", id.value))
                    .help("use `T` and a number, such as `T4`, or at most 32 letters, digits, `_` and `-`, a letter first"),
            );
        }
        if let Some(first) = seen.insert(id.value.to_ascii_lowercase(), id) {
            findings.push(
                id.finding(Code::PolicyReference, format!("two gates are called `{}`", id.value))
                    .help(format!("rename one; the other is at {}", first.place().describe())),
            );
        }
    }
    let mut folders = BTreeMap::new();
    for gate in gates.iter().map(|gate| &gate.value) {
        let (Some(id), Some(name)) = (&gate.id, &gate.name) else { continue };
        let folder = format!("{}_{}", id.value, name.value).to_ascii_lowercase();
        if let Some(other) = folders.insert(folder, id).filter(|other| other.value != id.value) {
            let message =
                format!("`{}` and `{}` have one folder of evidence", other.value, id.value);
            let help = "rename one: the folder is called after id and name, with `_` between them";
            findings.push(id.finding(Code::PolicyReference, message).help(help));
        }
    }
    if gates.is_empty() {
        findings.push(
            Finding::new(Code::PolicyMissing, "there is no gate").help("add a `[[gates]]` table"),
        );
    }
}

/// Checks that no gate has the name of another job of the workflow of gates.
pub(super) fn check_jobs(
    gates: &List<RawGate>,
    check: Option<&Placed<String>>,
    findings: &mut Vec<Finding>,
) {
    // Jobs, and logs beside those of the gates, which this tool names itself.
    let own = ["attest", "install", "merge-check", "prepare"];
    let jobs: Vec<&str> = check.map(|check| check.value.as_str()).into_iter().chain(own).collect();
    for id in gates.iter().filter_map(|gate| gate.value.id.as_ref()) {
        if jobs.iter().any(|job| job.eq_ignore_ascii_case(&id.value)) {
            let message =
                format!("another job of the workflow, or its log, is called `{}`", id.value);
            let finding = id.finding(Code::PolicyReference, message);
            findings.push(finding.help("call the gate otherwise"));
        }
    }
}

pub(super) fn check_needs(gates: &List<RawGate>, findings: &mut Vec<Finding>) {
    let ids: Vec<&str> =
        gates.iter().filter_map(|gate| Some(gate.value.id.as_ref()?.value.as_str())).collect();
    let mut edges: BTreeMap<&str, Vec<&Placed<String>>> = BTreeMap::new();
    for gate in gates {
        let (Some(id), Some(needs)) = (&gate.value.id, &gate.value.needs) else { continue };
        for need in &needs.value {
            if ids.contains(&need.value.as_str()) {
                edges.entry(&id.value).or_default().push(need);
            } else {
                let otherwise = format!("use one of {}", listed(&ids));
                findings.push(need.unknown("gate", &ids, otherwise));
            }
        }
    }
    for id in &ids {
        if let Some(need) = edge_of_circle(id, &edges) {
            findings.push(
                need.finding(
                    Code::PolicyReference,
                    format!("`{id}` needs itself, by way of `{}`", need.value),
                )
                .help("break the circle"),
            );
            break;
        }
    }
}

/// Adds to what the gates that look at others' evidence need whatever they would miss: the last
/// one all, and that of two packings those before it.
pub(super) fn complete_needs(gates: &mut [Gate]) {
    let derived: Vec<Gate> = gates.iter().filter(|gate| gate.is_derived()).cloned().collect();
    for gate in derived {
        let is_last = matches!(gate.action, Action::Builtin(Builtin::Evidence));
        let is_before = |other: &Gate| !other.is_derived() && other.number < gate.number;
        let all = gates.iter().filter(|it| it.id != gate.id && (is_last || is_before(it)));
        let known = reached(gates, &gate.id);
        let missed = all.filter(|other| {
            !known.contains(&other.id) && !reached(gates, &other.id).contains(&gate.id)
        });
        let missed: Vec<String> = missed.map(|other| other.id.clone()).collect();
        if let Some(gate) = gates.iter_mut().find(|other| other.id == gate.id) {
            gate.needs.extend(missed);
        }
    }
}

/// The gates that a gate needs, also by way of others.
fn reached(gates: &[Gate], id: &str) -> BTreeSet<String> {
    let (mut reached, mut open) = (BTreeSet::new(), vec![id.to_owned()]);
    while let Some(id) = open.pop() {
        let needs = gates.iter().find(|gate| gate.id == id).map(|gate| gate.needs.clone());
        open.extend(needs.unwrap_or_default().into_iter().filter(|it| reached.insert(it.clone())));
    }
    reached
}

fn edge_of_circle<'a>(
    start: &str,
    edges: &BTreeMap<&'a str, Vec<&'a Placed<String>>>,
) -> Option<&'a Placed<String>> {
    let mut seen = Vec::new();
    let mut open: Vec<(&Placed<String>, &Placed<String>)> =
        edges.get(start)?.iter().map(|need| (*need, *need)).collect();
    while let Some((first, at)) = open.pop() {
        if at.value == start {
            return Some(first);
        }
        if !seen.contains(&at.value.as_str()) {
            seen.push(at.value.as_str());
            let next = edges.get(at.value.as_str()).into_iter().flatten();
            open.extend(next.map(|need| (first, *need)));
        }
    }
    None
}

/// Checks the gates' owners, and that each role is one, or is used `elsewhere`.
pub(super) fn check_owners(
    gates: &List<RawGate>,
    roles: &[Role],
    elsewhere: &[String],
    findings: &mut Vec<Finding>,
) {
    let owners: Vec<_> = gates.iter().filter_map(|gate| gate.value.owner.as_ref()).collect();
    check_roles(owners.iter().copied(), Some(roles), findings);
    for role in roles.iter().filter(|role| !elsewhere.contains(&role.name.value)) {
        if !owners.iter().any(|owner| owner.value == role.name.value) {
            findings.push(
                role.name
                    .finding(
                        Code::PolicyUnused,
                        format!("nothing uses the role `{}`", role.name.value),
                    )
                    .help("take it out, or make it the owner of a gate"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_short_id_is_a_gates_and_numbers_come_first() {
        let long = "a".repeat(32);
        for (id, order) in [
            ("T0", Some(0)),
            ("T10", Some(10)),
            ("T999", Some(999)),
            ("lint", Some(u32::MAX)),
            ("unit-tests_2", Some(u32::MAX)),
            ("Tests", Some(u32::MAX)),
            ("T", Some(u32::MAX)),
            ("T4a", Some(u32::MAX)),
            (&long, Some(u32::MAX)),
            ("t4", None),
            ("T04", None),
            ("T1000", None),
            ("4", None),
            ("-x", None),
            ("_x", None),
            ("a.b", None),
            ("a b", None),
            ("a/b", None),
            ("\u{e9}", None),
            ("", None),
            (&"a".repeat(33), None),
        ] {
            assert_eq!(gate_order(id), order, "{id}");
        }
    }
}
