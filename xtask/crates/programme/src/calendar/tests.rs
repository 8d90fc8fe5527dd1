use proptest::prelude::*;

use super::*;
use crate::damage::{damaged, is_placed};
use crate::{PolicyFiles, check};
use thrice_findings::{Code, Finding};

const CALENDAR: &str = r#"
time_zone = "America/Sao_Paulo"
holidays = [{ date = 2026-02-17, name = "Carnaval" }]

[[cycles]]
id = "C-01"
from = 2026-02-11
to = "2026-02-17"
scope = ["O1"]
exit = ["O-01 merged"]

[[cycles]]
id = "C-02"
from = 2026-02-18
to = 2026-02-24
exit = ["O-02 and O-03 done"]

[[rites]]
name = "Planning"
when = "day 0"
at = "09:30"
minutes = 60

[[sprints]]
id = "01"
from = 2026-02-02
to = 2026-02-13
evidence_due_day = 9
freeze_from_day = 6

[freeze]
paths = [".github/**"]
reason = "what QA looks at stays as it is"

[[checklists]]
sprint = "01"
kind = "dependencies"
path = "docs/a.md"

[[checklists]]
sprint = "01"
kind = "gate"
path = "docs/b.md"
due_day = 8
"#;

fn found(calendar: &str) -> (Option<Calendar>, Vec<Finding>) {
    let programme: &[u8] = include_bytes!("../../../../../policy/programme.toml");
    let gates: &[u8] = include_bytes!("../../../../../policy/gates.toml");
    let named = [
        ("programme.toml", programme),
        ("gates.toml", gates),
        ("calendar.toml", calendar.as_bytes()),
    ];
    let files: PolicyFiles = named.map(|(name, bytes)| (name.to_owned(), bytes.to_vec())).into();
    let (policy, findings) = check("policy", &files);
    let ours = |finding: &Finding| {
        let file = finding.place.as_ref().and_then(|place| place.file.as_deref());
        file == Some("policy/calendar.toml")
    };
    let findings = findings.into_iter().filter(ours).collect();
    (policy.and_then(|policy| policy.calendar), findings)
}

#[test]
fn the_undamaged_file_is_good() {
    let (calendar, findings) = found(CALENDAR);
    assert_eq!(findings, []);
    let calendar = calendar.unwrap();
    assert_eq!(calendar.cycles.len(), 2);
    assert_eq!(calendar.working(calendar.cycles[0].window).len(), 4);
    assert_eq!(calendar.evidence, DEFAULT_EVIDENCE);
    let lists = &calendar.sprints[0].checklists;
    let due: Vec<Option<u64>> = lists.iter().map(|list| list.due_day).collect();
    assert_eq!(due, [Some(3), Some(8)]);
}

/// Each row: what is replaced, by what, and the line and words of the one finding.
#[test]
fn each_slip_is_reported_at_its_line() {
    for (from, to, line, says) in [
        ("America/Sao_Paulo", "America/Sampa", 2, "no time zone is called"),
        ("date = 2026-02-17", "date = 2026-02-30", 3, "invalid"),
        ("date = 2026-02-17", "date = \"2026-02-30\"", 3, "is no day of the calendar"),
        ("date = 2026-02-17", "date = 17", 3, "is no date"),
        ("to = \"2026-02-17\"", "to = 2026-02-10", 8, "is before"),
        ("to = \"2026-02-17\"", "to = 2026-02-18", 12, "begins before `C-01` ends"),
        ("to = \"2026-02-17\"", "to = 2028-02-18", 8, "longer than a year"),
        ("id = \"C-02\"", "id = \"c-01\"", 13, "stands twice"),
        ("id = \"C-02\"", "id = \"../x\"", 13, "cannot be a cycle's id"),
        ("exit = [\"O-01 merged\"]", "exit = []", 10, "ends however it went"),
        ("scope = [\"O1\"]", "scope = [\"O1\"]\ncloses = [\"O2\"]", 10, "not for the wave `O2`"),
        ("when = \"day 0\"", "when = \"someday\"", 20, "does not say on which days"),
        ("at = \"09:30\"", "at = \"25:30\"", 21, "is no time of day"),
        ("minutes = 60", "minutes = 0", 22, "cannot take 0 minutes"),
        ("minutes = 60", "minutes = 60\nowner = \"nobody\"", 23, "there is no role `nobody`"),
        ("evidence_due_day = 9", "evidence_due_day = 11", 28, "has no working day 11"),
        ("freeze_from_day = 6", "freeze_from_day = 0", 29, "has no working day 0"),
        ("paths = [\".github/**\"]", "paths = []", 32, "frozen paths is empty"),
        ("paths = [\".github/**\"]", "paths = [\"/etc\"]", 32, "is not relative"),
        ("\"01\"\nkind = \"gate\"", "\"02\"\nkind = \"gate\"", 41, "no sprint `02`"),
        ("kind = \"gate\"", "kind = \"dependencies\"", 42, "has its checklist `dependencies`"),
        ("docs/b.md", "docs/A.md", 43, "another checklist's file already"),
        ("due_day = 8", "due_day = 99", 44, "has no working day 99"),
    ] {
        assert!(CALENDAR.contains(from), "{from}");
        let (_, findings) = found(&CALENDAR.replace(from, to));
        let reported: Vec<String> = findings
            .iter()
            .map(|finding| {
                let line = finding.place.clone().unwrap_or_default().line;
                format!("{line:?} {}", finding.message)
            })
            .collect();
        let meant = |reported: &String| {
            reported.starts_with(&format!("Some({line}) ")) && reported.contains(says)
        };
        assert!(reported.iter().any(meant), "{from} -> {to}: {reported:?}");
    }
    let (_, findings) = found(CALENDAR.split("[freeze]").next().unwrap());
    assert!(findings.iter().any(|it| it.message == "nothing says what is frozen"), "{findings:?}");
}

#[test]
fn words_for_days_come_back_as_they_were() {
    for text in [
        "day 0",
        "day 12",
        "last day",
        "1 day before end",
        "3 days before end",
        "every day",
        "every working day",
        "every working day from day 1",
        "mon, wed, fri",
        "sun",
    ] {
        assert_eq!(When::parse(text).map(|when| when.to_string()).as_deref(), Some(text));
    }
    for text in ["", "day", "day -1", "day 1000", "mon wed", "someday", "0.5 days before end"] {
        assert_eq!(When::parse(text), None, "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn damage_is_reported_with_its_line(bytes in damaged(CALENDAR)) {
        let (read, findings) = found(&String::from_utf8_lossy(&bytes));
        is_placed(read.is_some(), &findings, &[Code::PolicyMissing])?;
    }
}
