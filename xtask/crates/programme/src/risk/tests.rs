use proptest::prelude::*;

use super::*;
use crate::damage::{damaged, is_placed};
use crate::{PolicyFiles, check};
use thrice_findings::{Code, Finding, Severity};

const PROGRAMME: &str = include_str!("../../../../../policy/programme.toml");
const GATES: &str = include_str!("../../../../../policy/gates.toml");

const ROLES: &str = "
[roles.superadmin]
members = [\"@root\"]
[roles.devops]
members = [\"@dev\"]
[roles.pm]
members = [\"@pm\"]
[roles.po]
members = [\"@po\"]
";

const LEDGER: &str = "
[people.ana]
addresses = [\"ana@example.com\"]
roles = [\"devops\"]
";

const RISK: &str = r#"
[hours]
from = "09:00"
to = "18:00"

[[severities]]
id = "critical"
incidents = ["P0"]
action = ["freeze the merges of the wave"]
escalation = ["superadmin", "devops", "pm/po"]
acknowledge = "5 minutes"
contain = "15 minutes"
recover = "60 minutes"

[[severities]]
id = "high"
action = ["block the story"]
escalation = ["devops", "po"]
acknowledge = "15 minutes"
contain = "60 minutes"
recover = "72 hours"

[[severities]]
id = "medium"
action = ["record it"]
escalation = ["owner", "po"]
acknowledge = "4 business hours"
recover = "14 days"

[[rota]]
role = "devops"
person = "ana"
from = "2026-02-01"
to = "2026-02-07"

[[rota]]
role = "devops"
person = "@ben"
from = "2026-02-08"
to = "2026-02-14T08:00:00"

[[triggers]]
id = "restore"
when = "drill"
rto = "60 minutes"

[[triggers]]
id = "PC-P1-01"
when = "incidents"

[notify]
schedule = "*/15 * * * *"
"#;

fn found(risk: &str) -> (Option<RiskRules>, Vec<Finding>) {
    found_with(risk, Some("time_zone = \"America/Sao_Paulo\""))
}

fn found_with(risk: &str, calendar: Option<&str>) -> (Option<RiskRules>, Vec<Finding>) {
    let programme = format!("{PROGRAMME}{ROLES}");
    let mut files: PolicyFiles = [
        ("programme.toml", programme.as_str()),
        ("gates.toml", GATES),
        ("ledger.toml", LEDGER),
        ("risk.toml", risk),
    ]
    .map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()))
    .into();
    if let Some(calendar) = calendar {
        files.insert("calendar.toml".to_owned(), calendar.as_bytes().to_vec());
    }
    let (policy, findings) = check("policy", &files);
    let ours = |finding: &Finding| {
        let file = finding.place.as_ref().and_then(|place| place.file.as_deref());
        file == Some("policy/risk.toml")
    };
    (policy.and_then(|policy| policy.risk), findings.into_iter().filter(ours).collect())
}

#[test]
fn the_undamaged_file_is_good() {
    let (rules, findings) = found(RISK);
    assert_eq!(findings, []);
    let rules = rules.unwrap();
    let critical = rules.severity(RiskSeverity::Critical).unwrap();
    assert_eq!(critical.chain[2], ["pm", "po"]);
    assert_eq!(critical.contain.unwrap().to_string(), "15 minutes");
    assert_eq!(rules.of_incident(IncidentSeverity::P0), RiskSeverity::Critical);
    assert_eq!(rules.of_incident(IncidentSeverity::P3), RiskSeverity::Medium);
    let turn = "2026-02-08T03:00:00Z".parse::<Timestamp>().unwrap();
    assert_eq!((rules.rota[0].to, rules.rota[1].from), (turn, turn));
    assert_eq!(rules.rota[1].to.to_string(), "2026-02-14T11:00:00Z");
    let incidents = TriggerDemand::Incidents { severity: IncidentSeverity::P0, count: 2, days: 14 };
    assert_eq!(rules.triggers[1].demand, incidents);
    assert_eq!((rules.triggers[1].levels, rules.triggers[1].severity.word()), (1, "critical"));
    assert_eq!(rules.notify.unwrap().label, "sla");
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn each_slip_has_its_code_and_its_line() {
    for (old, new, code, message, line) in [
        (
            "id = \"high\"",
            "id = \"low\"",
            Code::PolicyReference,
            "`low` is none of the choices",
            16,
        ),
        ("id = \"high\"", "id = \"critical\"", Code::PolicyReference, "stands twice", 16),
        ("\"5 minutes\"", "\"5 weeks\"", Code::PolicyValue, "is no time that", 11),
        (
            "\"15 minutes\"\nrecover",
            "\"4 minutes\"\nrecover",
            Code::PolicyValue,
            "is shorter than",
            12,
        ),
        ("\"72 hours\"", "\"1 hours\"", Code::PolicyValue, "", 0),
        ("[\"superadmin\", \"devops\", \"pm/po\"]", "[]", Code::PolicyValue, "nobody is asked", 10),
        ("\"superadmin\"", "\"superadmn\"", Code::PolicyReference, "no role `superadmn`", 10),
        ("\"pm/po\"", "\"pm/\"", Code::PolicyReference, "there is no role ``", 10),
        (
            "incidents = [\"P0\"]",
            "incidents = [\"P0\", \"P0\"]",
            Code::PolicyReference,
            "P0 is of two",
            8,
        ),
        (
            "incidents = [\"P0\"]",
            "incidents = [\"P9\"]",
            Code::PolicyReference,
            "none of the choices",
            8,
        ),
        ("to = \"18:00\"", "to = \"09:00\"", Code::PolicyValue, "work ends at", 4),
        ("to = \"18:00\"", "to = \"25:00\"", Code::PolicyValue, "is no time of day", 4),
        (
            "person = \"ana\"",
            "person = \"anna\"",
            Code::PolicyReference,
            "nobody is called `anna`",
            32,
        ),
        ("person = \"ana\"", "person = \"@\"", Code::PolicyReference, "nobody is called `@`", 32),
        (
            "role = \"devops\"",
            "role = \"dev\"",
            Code::PolicyReference,
            "there is no role `dev`",
            31,
        ),
        (
            "2026-02-08",
            "2026-02-07",
            Code::PolicyReference,
            "`devops` is held by ana until 2026-02-08 00:00, and by @ben",
            39,
        ),
        (
            "2026-02-08",
            "2026-02-09",
            Code::PolicyValue,
            "nobody holds `devops` from 2026-02-08 00:00 to 2026-02-09",
            39,
        ),
        ("2026-02-08", "some day", Code::PolicyValue, "is no day and no time", 39),
        ("2026-02-14T08:00:00", "2026-02-01", Code::PolicyValue, "ends before it begins", 40),
        ("rto = \"60 minutes\"", "", Code::PolicyMissing, "how long a restore may take", 42),
        ("rto = \"60 minutes\"", "rto = \"2 days\"", Code::PolicyValue, "not measured in days", 45),
        (
            "rto = \"60 minutes\"",
            "rto = \"60 minutes\"\ndays = 3",
            Code::PolicyUnknownKey,
            "means nothing to a trigger `drill`",
            46,
        ),
        (
            "when = \"incidents\"",
            "when = \"incidents\"\ncount = 0",
            Code::PolicyValue,
            "0 is out of range",
            50,
        ),
        ("when = \"incidents\"", "when = \"check\"", Code::PolicyMissing, "which check", 47),
        ("id = \"PC-P1-01\"", "id = \"Restore\"", Code::PolicyReference, "stands twice", 48),
        ("id = \"PC-P1-01\"", "id = \"a b\"", Code::PolicyValue, "cannot be a trigger's id", 48),
        ("*/15 * * * *", "*/15 * * *", Code::PolicyValue, "not five fields of cron", 52),
        ("*/15 * * * *", "*/15 25 * * *", Code::PolicyValue, "not five fields of cron", 52),
        ("*/15 * * * *", "*/0 * * * *", Code::PolicyValue, "not five fields of cron", 52),
        (
            "*/15 * * * *",
            "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22 * * * *",
            Code::PolicyValue,
            "not five fields of cron",
            52,
        ),
        ("*/15 * * * *", "5-1,7 * * * *", Code::PolicyValue, "not five fields of cron", 52),
        ("*/15 * * * *", "@daily # '", Code::PolicyValue, "not five fields of cron", 52),
        ("[notify]", "[notify]\nlabel = \"a,b\"", Code::PolicyValue, "cannot be the label", 52),
    ] {
        let damaged = RISK.replacen(old, new, 1);
        assert_ne!(damaged, RISK, "{old}");
        let (_, findings) = found(&damaged);
        if message.is_empty() {
            assert_eq!(findings, [], "{old} -> {new}");
            continue;
        }
        let first = findings.iter().find(|finding| finding.message.contains(message));
        let first = first.unwrap_or_else(|| panic!("{new}: {findings:#?}"));
        assert_eq!((first.code, first.place.as_ref().unwrap().line), (code, Some(line)), "{new}");
    }
}

#[test]
fn a_gap_in_the_rota_is_reported_and_refuses_nothing() {
    let (rules, findings) = found(&RISK.replacen("2026-02-08", "2026-02-09", 1));
    assert!(rules.is_some());
    assert_eq!(findings.iter().map(|it| it.severity).collect::<Vec<_>>(), [Severity::Warn]);
}

#[test]
fn business_time_needs_hours_and_a_calendar() {
    let hours = "[hours]\nfrom = \"09:00\"\nto = \"18:00\"\n";
    for (risk, calendar, message) in [
        (RISK.replace(hours, ""), Some(""), "at what time work begins"),
        (RISK.to_owned(), None, "on which days people work"),
    ] {
        let (rules, findings) = found_with(&risk, calendar);
        assert!(rules.is_none());
        assert!(findings.iter().any(|it| it.message.contains(message)), "{findings:#?}");
    }
    let plain = RISK.replace(hours, "").replace("4 business hours", "4 hours");
    assert_eq!(found_with(&plain, None).1, []);
}

#[test]
fn a_severity_that_is_left_out_is_missed() {
    let high = RISK.find("[[severities]]\nid = \"high\"").unwrap();
    let medium = RISK.find("[[severities]]\nid = \"medium\"").unwrap();
    let (rules, findings) = found(&format!("{}{}", &RISK[..high], &RISK[medium..]));
    assert!(rules.is_none());
    assert_eq!(findings[0].message, "nothing says how fast what is high is answered");
}

proptest! {
    #[test]
    fn damage_is_reported_with_its_line(bytes in damaged(RISK)) {
        let (read, findings) = found(&String::from_utf8_lossy(&bytes));
        is_placed(read.is_some(), &findings, &[])?;
    }
}
