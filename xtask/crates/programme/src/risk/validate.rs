//! From the rules of risks as written to ones that can be used.

use jiff::tz::TimeZone;

use super::super::ledger::Person;
use super::super::programme::Role;
use super::raw::{RawHours, RawNotify, RawRisk, RawSeverity};
use super::{
    Hours, IncidentSeverity, Notify, OWNER, RiskRules, RiskSeverity, SeverityRule, Window, rota,
    triggers,
};
use crate::Calendar;
use crate::programme::check_roles;
use thrice_findings::{Code, Finding};
use thrice_policy::source::Placed;
use thrice_policy::table::List;
use thrice_policy::values::texts;

/// The label of the issues, unless policy says otherwise.
const LABEL: &str = "sla";

/// What other files say that the rules of risks need; `None` where they cannot be used.
#[derive(Clone, Copy)]
pub struct RiskReferences<'a> {
    /// Roles of the programme.
    pub roles: Option<&'a [Role]>,
    /// People of the ledger.
    pub people: Option<&'a [Person]>,
    /// The calendar.
    pub calendar: Option<&'a Calendar>,
    /// Whether there is a file of it, good or not.
    pub(crate) has_calendar: bool,
    /// The programme's own zone.
    pub zone: Option<&'a TimeZone>,
}

impl RawRisk {
    /// The roles that it names.
    #[must_use]
    pub(crate) fn roles(&self) -> Vec<String> {
        let severities = self.severities.iter().flat_map(|list| &list.value);
        let chains = severities.filter_map(|severity| severity.value.escalation.as_ref());
        let steps = chains.flat_map(|chain| &chain.value);
        let roles = steps.flat_map(|step| step.value.split('/').map(|role| role.trim().to_owned()));
        let shifts = self.rota.iter().flat_map(|list| &list.value);
        let held = shifts.filter_map(|shift| shift.value.role.as_ref());
        roles.chain(held.map(|role| role.value.clone())).collect()
    }
}

/// Checks the values; `None` where one that is needed is missing or wrong.
pub(crate) fn validate(
    raw: RawRisk,
    known: &RiskReferences<'_>,
    findings: &mut Vec<Finding>,
) -> Option<RiskRules> {
    let zone = known.calendar.map(|calendar| &calendar.zone).or(known.zone)?.clone();
    let has_hours = raw.hours.is_some();
    let hours = raw.hours.and_then(|hours| check_hours(hours, findings));
    let written = raw.severities?;
    business(&written.value, has_hours, known, findings);
    each_once(&written, findings);
    let severities = written.value.into_iter();
    let mut severities: Vec<SeverityRule> =
        severities.filter_map(|raw| severity(raw, known, findings)).collect();
    severities.sort_by_key(|rule| rule.id);
    let rota = rota::validate(raw.rota, &zone, known, findings);
    let triggers = triggers::validate(raw.triggers, findings);
    let notify = raw.notify.and_then(|notify| check_notify(notify, findings));
    Some(RiskRules { zone, hours, severities, rota, triggers, notify })
}

fn check_hours(raw: Placed<RawHours>, findings: &mut Vec<Finding>) -> Option<Hours> {
    let (from, to) = (raw.value.from?, raw.value.to?);
    let hours = Hours { from: from.value.0, to: to.value.0 };
    if hours.from >= hours.to {
        let message = format!("work ends at {}, before it begins", hours.to);
        findings.push(to.finding(Code::PolicyValue, message).help("write the later one here"));
        return None;
    }
    Some(hours)
}

/// Business time needs to know when people work.
fn business(
    severities: &List<RawSeverity>,
    has_hours: bool,
    known: &RiskReferences<'_>,
    findings: &mut Vec<Finding>,
) {
    let windows = severities.iter().flat_map(|severity| {
        let raw = &severity.value;
        [&raw.acknowledge, &raw.contain, &raw.recover].into_iter().flatten()
    });
    let Some(first) = windows.into_iter().find(|window| window.value.unit.is_business()) else {
        return;
    };
    let unit = first.value.unit.word();
    for (is_there, message, help) in [
        (has_hours, "at what time work begins and ends", "add `[hours]` with `from` and `to`"),
        (
            known.has_calendar,
            "on which days people work",
            "write policy/calendar.toml; `cargo xtask policy schema calendar` lists its keys",
        ),
    ] {
        if !is_there {
            let message = format!("{unit} are meant, but nothing says {message}");
            findings.push(first.finding(Code::PolicyMissing, message).help(help));
        }
    }
}

/// Each severity stands once, and each incident's is one of one severity.
fn each_once(written: &Placed<List<RawSeverity>>, findings: &mut Vec<Finding>) {
    let mut severities: Vec<RiskSeverity> = Vec::new();
    let mut incidents: Vec<IncidentSeverity> = Vec::new();
    for raw in written.value.iter().map(|raw| &raw.value) {
        if let Some(id) = &raw.id {
            if severities.contains(&id.value) {
                let message = format!("the severity `{}` stands twice", id.value.word());
                findings
                    .push(id.finding(Code::PolicyReference, message).help("take one of them out"));
            }
            severities.push(id.value);
        }
        for incident in raw.incidents.iter().flat_map(|list| &list.value) {
            if incidents.contains(&incident.value) {
                let message = format!("{} is of two severities", incident.value.word());
                findings
                    .push(incident.finding(Code::PolicyReference, message).help("name it in one"));
            }
            incidents.push(incident.value);
        }
    }
    // One whose id is no severity is reported where it stands.
    let named = written.value.iter().all(|raw| raw.value.id.is_some());
    for lacking in RiskSeverity::ALL.iter().filter(|id| named && !severities.contains(id)) {
        let message = format!("nothing says how fast what is {} is answered", lacking.word());
        let help = format!("add `[[severities]]` with `id = \"{}\"`", lacking.word());
        findings.push(written.finding(Code::PolicyMissing, message).help(help));
    }
}

fn severity(
    raw: Placed<RawSeverity>,
    known: &RiskReferences<'_>,
    findings: &mut Vec<Finding>,
) -> Option<SeverityRule> {
    let place = raw.place();
    let raw = raw.value;
    let windows = [&raw.acknowledge, &raw.contain, &raw.recover];
    let windows: Vec<&Placed<Window>> = windows.into_iter().flatten().collect();
    for pair in windows.windows(2) {
        let [earlier, later] = pair else { continue };
        let (first, second) = (earlier.value.seconds(), later.value.seconds());
        if first.zip(second).is_some_and(|(first, second)| second < first) {
            let message = format!("{} is shorter than the step before it", later.value);
            let help = format!("that one has {}", earlier.value);
            findings.push(later.finding(Code::PolicyValue, message).help(help));
        }
    }
    let chain = raw.escalation.map(|chain| steps(chain, known, findings));
    Some(SeverityRule {
        id: raw.id?.value,
        incidents: raw.incidents.map(|list| texts(list.value)).unwrap_or_default(),
        action: texts(raw.action?.value),
        chain: chain?,
        acknowledge: raw.acknowledge?.value,
        contain: raw.contain.map(|window| window.value),
        recover: raw.recover?.value,
        place,
    })
}

fn steps(
    chain: Placed<List<String>>,
    known: &RiskReferences<'_>,
    findings: &mut Vec<Finding>,
) -> Vec<Vec<String>> {
    if chain.value.is_empty() {
        let message = "nobody is asked, whatever is violated";
        findings.push(chain.finding(Code::PolicyValue, message).help("name at least one role"));
    }
    let mut steps = Vec::new();
    for step in chain.value {
        let roles: Vec<String> = step.value.split('/').map(|it| it.trim().to_owned()).collect();
        let named: Vec<_> =
            roles.iter().filter(|it| *it != OWNER).map(|it| step.with(it.clone())).collect();
        check_roles(&named, known.roles, findings);
        steps.push(roles);
    }
    steps
}

fn check_notify(raw: Placed<RawNotify>, findings: &mut Vec<Finding>) -> Option<Notify> {
    let raw = raw.value;
    if let Some(label) = &raw.label {
        let plain = label.value.len() <= 50
            && label.value.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(&b));
        if !plain {
            let message = format!("`{}` cannot be the label", label.value);
            let help = "use at most 50 letters, digits, `-`, `_`, `.` and `:`";
            findings.push(label.finding(Code::PolicyValue, message).help(help));
        }
    }
    let schedule = raw.schedule?;
    crate::workflow::check_cron(&schedule, findings);
    Some(Notify {
        label: raw.label.map_or_else(|| LABEL.to_owned(), |label| label.value),
        schedule: schedule.value,
    })
}
