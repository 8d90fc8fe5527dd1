//! What escalates at once: each trigger with the keys that it needs, and no other.

use std::collections::BTreeSet;

use super::raw::RawTrigger;
use super::{IncidentSeverity, RiskSeverity, Trigger, TriggerDemand, TriggerKind, Window};
use thrice_findings::{Code, Finding, Place};
use thrice_policy::source::Placed;
use thrice_policy::table::List;

/// The most of anything that a trigger counts.
const MOST: u64 = 366;

pub(super) fn validate(
    raw: Option<Placed<List<RawTrigger>>>,
    findings: &mut Vec<Finding>,
) -> Vec<Trigger> {
    let mut seen = BTreeSet::new();
    let mut triggers = Vec::new();
    for raw in raw.map(|list| list.value).unwrap_or_default() {
        let place = raw.place();
        let raw = raw.value;
        if let Some(id) = &raw.id {
            check_id(id, &mut seen, findings);
        }
        foreign_keys(&raw, findings);
        let demand = raw.when.as_ref().and_then(|when| demand(&raw, when, &place, findings));
        let levels = number(&raw.levels, 1, findings);
        let severity = raw.severity.as_ref().map_or(RiskSeverity::Critical, |it| it.value);
        if let (Some(id), Some(demand)) = (raw.id, demand) {
            triggers.push(Trigger { id: id.value, demand, severity, levels, place });
        }
    }
    triggers
}

fn check_id(id: &Placed<String>, seen: &mut BTreeSet<String>, findings: &mut Vec<Finding>) {
    let plain = id.value.len() <= 64
        && id.value.starts_with(|first: char| first.is_ascii_alphanumeric())
        && id.value.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    if !plain {
        let message = format!("`{}` cannot be a trigger's id", id.value);
        let help = "use at most 64 letters, digits, `-`, `_` and `.`, a letter or digit first";
        findings.push(id.finding(Code::PolicyValue, message).help(help));
    }
    if !seen.insert(id.value.to_lowercase()) {
        let message = format!("the trigger `{}` stands twice", id.value);
        findings.push(id.finding(Code::PolicyReference, message).help("give each its own id"));
    }
}

/// Keys that are of another trigger: whoever wrote them believes that they do something.
fn foreign_keys(raw: &RawTrigger, findings: &mut Vec<Finding>) {
    use TriggerKind::{Check, Drill, Incidents, Replay};
    let Some(when) = raw.when.as_ref().map(|when| when.value) else { return };
    let keys: [(&str, Option<Finding>, &[TriggerKind]); 8] = [
        ("drill", reported(&raw.drill), &[Drill]),
        ("rto", reported(&raw.rto), &[Drill]),
        ("rpo", reported(&raw.rpo), &[Drill]),
        ("check", reported(&raw.check), &[Check]),
        ("failures", reported(&raw.failures), &[Check]),
        ("incident", reported(&raw.incident), &[Incidents]),
        ("count", reported(&raw.count), &[Incidents]),
        ("days", reported(&raw.days), &[Incidents, Replay]),
    ];
    for (name, finding, of) in keys {
        if let Some(mut finding) = finding.filter(|_| !of.contains(&when)) {
            finding.message = format!("`{name}` means nothing to a trigger `{}`", when.word());
            findings.push(finding.help("take it out"));
        }
    }
}

fn reported<T>(value: &Option<Placed<T>>) -> Option<Finding> {
    value.as_ref().map(|value| value.finding(Code::PolicyUnknownKey, ""))
}

fn demand(
    raw: &RawTrigger,
    when: &Placed<TriggerKind>,
    place: &Place,
    findings: &mut Vec<Finding>,
) -> Option<TriggerDemand> {
    match when.value {
        TriggerKind::Drill => {
            let (rto, rpo) = (seconds(&raw.rto, findings), seconds(&raw.rpo, findings));
            if raw.rto.is_none() && raw.rpo.is_none() {
                let message = "nothing says how long a restore may take, or how much it may lose";
                let help = "add `rto = \"60 minutes\"`, `rpo = \"15 minutes\"`, or both";
                findings
                    .push(Finding::new(Code::PolicyMissing, message).help(help).at(place.clone()));
                return None;
            }
            let name = raw.drill.as_ref().map(|name| name.value.clone());
            Some(TriggerDemand::Drill { name, rto, rpo })
        }
        TriggerKind::Security => Some(TriggerDemand::Security),
        TriggerKind::Check => {
            let failures = number(&raw.failures, 3, findings);
            let Some(name) = &raw.check else {
                let message = "nothing says which check this trigger is about";
                let help = "add `check = \"required-check\"`";
                findings
                    .push(Finding::new(Code::PolicyMissing, message).help(help).at(place.clone()));
                return None;
            };
            Some(TriggerDemand::Check { name: name.value.clone(), failures })
        }
        TriggerKind::Incidents => Some(TriggerDemand::Incidents {
            severity: raw.incident.as_ref().map_or(IncidentSeverity::P0, |it| it.value),
            count: number(&raw.count, 2, findings),
            days: days(&raw.days, 14, findings),
        }),
        TriggerKind::Replay => Some(TriggerDemand::Replay { days: days(&raw.days, 3, findings) }),
    }
}

fn seconds(window: &Option<Placed<Window>>, findings: &mut Vec<Finding>) -> Option<u64> {
    let window = window.as_ref()?;
    let seconds = window.value.seconds();
    if seconds.is_none() {
        let message = format!("a drill is not measured in {}", window.value.unit.word());
        findings
            .push(window.finding(Code::PolicyValue, message).help("write it in minutes or hours"));
    }
    seconds
}

fn number(value: &Option<Placed<u64>>, otherwise: usize, findings: &mut Vec<Finding>) -> usize {
    let Some(value) = value else { return otherwise };
    if !(1..=MOST).contains(&value.value) {
        let message = format!("{} is out of range", value.value);
        let help = format!("write 1 to {MOST}");
        findings.push(value.finding(Code::PolicyValue, message).help(help));
    }
    usize::try_from(value.value).unwrap_or(otherwise)
}

fn days(value: &Option<Placed<u64>>, otherwise: u32, findings: &mut Vec<Finding>) -> u32 {
    u32::try_from(number(value, otherwise as usize, findings)).unwrap_or(otherwise)
}
