mod escalations;
mod matters;
mod properties;
mod trigger_table;

use jiff::Timestamp;
use jiff::civil::DateTime;
use serde_json::Value;

use super::business::{Team, due};
use super::*;
use thrice_ledger::decisions::testing::{Weight, decision};
use thrice_ledger::decisions::{Decision, Standing};
use thrice_programme::{Kind, Policy, PolicyFiles, check};

const PROGRAMME: &str = r#"
id = "demo"
name = "Demo"
default_branch = "main"
time_zone = "America/Sao_Paulo"
[roles.superadmin]
members = ["@root"]
[roles.devops]
members = ["@example/devops"]
[roles.architect]
members = ["@arch"]
[roles.pm]
members = ["@pm"]
[roles.po]
members = ["@po"]
[roles.lead]
members = ["@lead"]
[roles.qa]
members = ["@qa"]
[roles.sm]
members = ["@sm"]
"#;

/// Office hours in São Paulo, with Carnival.
const OFFICE: &str = r#"
time_zone = "America/Sao_Paulo"
holidays = [
    { date = 2026-02-16, name = "Carnaval" }, { date = 2026-02-17, name = "Carnaval" },
    { date = 2018-11-02, name = "Finados" },
]
[[cycles]]
id = "C-01"
from = 2026-02-11
to = 2026-02-17
exit = ["O-01 merged"]
[[cycles]]
id = "C-02"
from = 2026-02-18
to = 2026-02-24
exit = ["O-02 merged"]
"#;

/// Every night in New York, where the clock changes on Sundays at two.
const NIGHTS: &str = r#"
time_zone = "America/New_York"
working_days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
"#;

const SEVERITIES: &str = r#"
[[severities]]
id = "critical"
action = ["freeze the merges of the wave"]
escalation = ["superadmin", "devops", "architect", "pm/po"]
acknowledge = "5 minutes"
contain = "15 minutes"
recover = "60 minutes"

[[severities]]
id = "high"
action = ["block the story"]
escalation = ["lead", "qa", "devops", "sm"]
acknowledge = "15 minutes"
contain = "60 minutes"
recover = "72 hours"

[[severities]]
id = "medium"
action = ["record it"]
escalation = ["owner", "sm", "po"]
acknowledge = "4 business hours"
recover = "14 days"

[[rota]]
role = "devops"
person = "@ana"
from = "2026-02-01"
to = "2026-02-13T12:10:00"

[[rota]]
role = "devops"
person = "@ben"
from = "2026-02-13T12:10:00"
to = "2026-02-28"
"#;

fn policy(calendar: &str, hours: (&str, &str)) -> Policy {
    let hours = format!("[hours]\nfrom = \"{}\"\nto = \"{}\"\n", hours.0, hours.1);
    let risk = format!("{hours}{SEVERITIES}");
    let gates = include_str!("../../../../../../../policy/gates.toml").replace("owner = ", "# ");
    let files: PolicyFiles = [
        ("programme.toml", PROGRAMME),
        ("gates.toml", gates.as_str()),
        ("calendar.toml", calendar),
        ("risk.toml", risk.as_str()),
    ]
    .map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()))
    .into();
    let (policy, findings) = check("policy", &files);
    policy.unwrap_or_else(|| panic!("{findings:#?}"))
}

fn office() -> Policy {
    policy(OFFICE, ("09:00", "18:00"))
}

fn nights() -> Policy {
    policy(NIGHTS, ("00:00", "06:00"))
}

fn rules(policy: &Policy) -> &RiskRules {
    policy.risk.as_ref().unwrap()
}

fn team(policy: &Policy) -> Team<'_> {
    let rules = rules(policy);
    Team { zone: &rules.zone, hours: rules.hours, calendar: policy.calendar.as_ref() }
}

/// A moment: with an offset or `Z`, else in the zone of the team.
fn moment(policy: &Policy, text: &str) -> Timestamp {
    text.parse().unwrap_or_else(|_| {
        let civil: DateTime = text.parse().unwrap();
        civil.to_zoned(rules(policy).zone.clone()).unwrap().timestamp()
    })
}

/// When something began, its window, and the last moment in time.
type Case = (&'static str, &'static str, &'static str);

fn held(policy: &Policy, cases: &[Case]) {
    for (began, window, last) in cases {
        let parsed = Window::parse(window).unwrap();
        let found = due(&team(policy), parsed, moment(policy, began)).unwrap();
        let shown = found.to_zoned(rules(policy).zone.clone());
        assert_eq!(found, moment(policy, last), "{began} + {window} = {shown}");
    }
}

#[test]
fn windows_in_office_hours() {
    held(
        &office(),
        &[
            // Plain time knows no office.
            ("2026-02-13T17:58:00", "5 minutes", "2026-02-13T18:03:00"),
            ("2026-02-14T03:00:00", "15 minutes", "2026-02-14T03:15:00"),
            ("2026-02-13T23:30:00", "60 minutes", "2026-02-14T00:30:00"),
            ("2026-02-13T17:00:00", "72 hours", "2026-02-16T17:00:00"),
            ("2026-02-13T17:00:00", "14 days", "2026-02-27T17:00:00"),
            // Within a day, and to its very end.
            ("2026-02-11T09:00:00", "4 business hours", "2026-02-11T13:00:00"),
            ("2026-02-11T13:59:59", "4 business hours", "2026-02-11T17:59:59"),
            ("2026-02-11T14:00:00", "4 business hours", "2026-02-11T18:00:00"),
            ("2026-02-11T09:00:00", "9 business hours", "2026-02-11T18:00:00"),
            ("2026-02-11T14:00:01", "4 business hours", "2026-02-12T09:00:01"),
            ("2026-02-11T17:59:59", "1 business hour", "2026-02-12T09:59:59"),
            // Before work, after work, at its last moment.
            ("2026-02-11T06:00:00", "4 business hours", "2026-02-11T13:00:00"),
            ("2026-02-11T18:00:00", "4 business hours", "2026-02-12T13:00:00"),
            ("2026-02-11T23:59:59", "1 business hour", "2026-02-12T10:00:00"),
            // Friday, a weekend and two days of Carnival.
            ("2026-02-13T16:00:00", "4 business hours", "2026-02-18T11:00:00"),
            ("2026-02-14T12:00:00", "4 business hours", "2026-02-18T13:00:00"),
            ("2026-02-16T10:00:00", "1 business hour", "2026-02-18T10:00:00"),
            ("2026-02-13T18:00:00", "1 business hour", "2026-02-18T10:00:00"),
            ("2026-02-06T16:00:00", "4 business hours", "2026-02-09T11:00:00"),
            ("2026-02-06T16:00:00", "20 business hours", "2026-02-10T18:00:00"),
            ("2026-02-06T16:00:00", "11 business hours", "2026-02-09T18:00:00"),
            // Working days: the same time of day.
            ("2026-02-11T10:00:00", "1 business day", "2026-02-12T10:00:00"),
            ("2026-02-12T10:00:00", "2 business days", "2026-02-18T10:00:00"),
            ("2026-02-11T09:00:00", "1 business day", "2026-02-11T18:00:00"),
            ("2026-02-11T07:00:00", "2 business days", "2026-02-12T18:00:00"),
            ("2026-02-13T18:00:00", "1 business day", "2026-02-18T18:00:00"),
            ("2026-02-14T00:00:00", "2 business days", "2026-02-19T18:00:00"),
            ("2026-02-11T17:59:59", "1 business day", "2026-02-12T17:59:59"),
            // Into another year.
            ("2026-12-31T17:00:00", "2 business hours", "2027-01-01T10:00:00"),
            // São Paulo's last summers: the clock goes on at midnight, and back at midnight.
            ("2018-11-01T17:00:00", "2 business hours", "2018-11-05T10:00:00"),
            ("2018-11-03T20:00:00", "5 hours", "2018-11-04T02:00:00"),
            ("2018-11-03T00:30:00", "1 days", "2018-11-04T01:30:00"),
            ("2018-02-16T17:00:00", "2 business hours", "2018-02-19T10:00:00"),
            ("2018-02-17T20:00:00", "5 hours", "2018-02-18T00:00:00"),
            ("2018-02-16T20:00:00", "2 days", "2018-02-18T20:00:00"),
        ],
    );
}

#[test]
fn windows_over_a_change_of_the_clock() {
    held(
        &nights(),
        &[
            // 2026-03-08: 02:00 is 03:00, so that the night has five hours.
            ("2026-03-07T01:00:00", "5 business hours", "2026-03-07T06:00:00"),
            ("2026-03-08T00:00:00", "5 business hours", "2026-03-08T06:00:00"),
            ("2026-03-08T00:00:00", "6 business hours", "2026-03-09T01:00:00"),
            ("2026-03-08T01:00:00", "2 business hours", "2026-03-08T04:00:00"),
            ("2026-03-08T01:30:00", "60 minutes", "2026-03-08T03:30:00"),
            ("2026-03-07T02:30:00", "1 days", "2026-03-08T03:30:00"),
            ("2026-03-07T12:00:00", "24 hours", "2026-03-08T13:00:00"),
            ("2026-03-07T12:00:00", "1 days", "2026-03-08T12:00:00"),
            // 2026-11-01: 02:00 is 01:00 again, so that it has seven.
            ("2026-11-01T00:00:00", "6 business hours", "2026-11-01T05:00:00"),
            ("2026-11-01T00:00:00", "7 business hours", "2026-11-01T06:00:00"),
            ("2026-11-01T05:30:00Z", "60 minutes", "2026-11-01T06:30:00Z"),
            ("2026-10-31T12:00:00", "24 hours", "2026-11-01T11:00:00"),
            ("2026-10-31T12:00:00", "1 days", "2026-11-01T12:00:00"),
            ("2026-10-31T01:30:00", "1 business day", "2026-11-01T05:30:00Z"),
            ("2026-10-31T00:00:00", "2 business days", "2026-11-01T06:00:00"),
        ],
    );
}

#[test]
fn nobody_counts_business_time_where_nobody_says_when_people_work() {
    let policy = office();
    let (zone, hours) = (&rules(&policy).zone, rules(&policy).hours);
    let began = moment(&policy, "2026-02-11T10:00:00");
    let calendar = policy.calendar.as_ref();
    for team in [Team { zone, hours: None, calendar }, Team { zone, hours, calendar: None }] {
        for text in ["1 business hour", "1 business day"] {
            assert_eq!(due(&team, Window::parse(text).unwrap(), began), None);
        }
        assert!(due(&team, Window::parse("1 days").unwrap(), began).is_some());
    }
    let plain = Window::parse("3660 days").unwrap();
    assert_eq!(due(&team(&policy), plain, Timestamp::MAX), None);
}

#[test]
fn the_last_second_is_in_time_and_the_next_is_not() {
    let policy = office();
    let at = |text: &str| moment(&policy, text);
    let began = at("2026-02-13T12:00:00");
    let window = Window::parse("5 minutes").unwrap();
    let stop = |text: Option<&str>| text.map(|text| StepTaken { at: at(text), recorded: at(text) });
    for (stopped, now, state) in [
        (None, "2026-02-13T12:00:00", ClockState::Running),
        (None, "2026-02-13T12:05:00", ClockState::Running),
        (None, "2026-02-13T12:05:01", ClockState::Violated),
        (Some("2026-02-13T12:05:00"), "2026-02-13T12:30:00", ClockState::Met),
        (Some("2026-02-13T12:05:01"), "2026-02-13T12:30:00", ClockState::Violated),
        (Some("2026-02-13T12:05:00"), "2026-02-13T12:05:00", ClockState::Met),
    ] {
        let due = due(&team(&policy), window, began);
        let step = Step::Acknowledge;
        let clock = Clock { step, window, began, due, stopped: stop(stopped) };
        assert_eq!(clock.state(at(now)), state, "{stopped:?} {now}");
    }
    let late = StepTaken { at: began, recorded: at("2026-02-13T12:05:01") };
    let due = due(&team(&policy), window, began);
    let clock = Clock { step: Step::Contain, window, began, due, stopped: Some(late) };
    assert!(clock.is_reported_late() && clock.state(Timestamp::MAX) == ClockState::Met);
    let unknown = Clock { due: None, ..clock };
    assert!(!unknown.is_reported_late() && unknown.state(began) == ClockState::Unknown);
}

fn entry(at: &str, kind: Kind, data: Value, counts: bool) -> Decision {
    let weight = if counts { Weight::Signed } else { Weight::Refused };
    decision(at.parse().unwrap(), kind, &data, weight)
}

/// One that counts although nobody signed it, as policy has it for incidents and blocks.
fn unsigned(at: &str, kind: Kind, data: Value) -> Decision {
    decision(at.parse().unwrap(), kind, &data, Weight::Unsigned)
}

fn standing(entries: &[Decision], now: &str) -> Standing {
    Standing::of(entries.to_vec(), now.parse().unwrap())
}

fn alarms_of(entries: &[Decision], now: &str) -> Vec<Alarm> {
    standing(entries, now).alarms
}
