//! No sequence of entries makes two judges disagree about a risk, an incident or a block.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use thrice_ledger::decisions::{Alarm, AlarmKind, Severity as Grade};
use thrice_programme::risk::RiskSeverity;
use thrice_programme::{Policy, PolicyFiles};
use thrice_pull::judge::claims;
use thrice_pull::judge::merge::delivery::{Delivery, alarms, judge};
use thrice_pull::judge::metrics::Spell;
use thrice_risk::judge::clocks::escalation::{EscalationFacts, OpenAlarm, lines};

const RISK: &str = "[[severities]]\nid = \"critical\"\naction = [\"stop\"]\nescalation = [\"po\"]\n\
    acknowledge = \"5 minutes\"\nrecover = \"60 minutes\"\n\
    [[severities]]\nid = \"high\"\naction = [\"block\"]\nescalation = [\"po\"]\n\
    acknowledge = \"15 minutes\"\nrecover = \"72 hours\"\n\
    [[severities]]\nid = \"medium\"\naction = [\"record\"]\nescalation = [\"po\"]\n\
    acknowledge = \"4 hours\"\nrecover = \"14 days\"\n";

const PROGRAMME: &str = "id = \"demo\"\nname = \"Demo\"\ndefault_branch = \"main\"\n\
    time_zone = \"UTC\"\n[roles.po]\nmembers = [\"@ann\"]\n";

static POLICY: LazyLock<Policy> = LazyLock::new(|| {
    let gates = include_str!("../../../../../../policy/gates.toml").replace("owner = ", "# ");
    let files: PolicyFiles =
        [("programme.toml", PROGRAMME), ("gates.toml", gates.as_str()), ("risk.toml", RISK)]
            .map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()))
            .into();
    let (policy, findings) = thrice_programme::check("policy", &files);
    policy.unwrap_or_else(|| panic!("{findings:#?}"))
});

/// An entry: its kind, its words, when it was recorded, and its weight.
type Word = (usize, usize, usize, i64, usize);

fn entry((kind, state, severity, minute, weight): &Word) -> Decision {
    const RISKS: [&str; 4] = ["open", "accepted", "mitigated", "closed"];
    const INCIDENTS: [&str; 5] = ["open", "acknowledged", "contained", "recovered", "closed"];
    let grade = ["critical", "high", "medium"][severity % 3];
    let (of_risk, of_incident) = (RISKS[state % 4], INCIDENTS[state % 5]);
    let level = ["P0", "P1", "P2", "P3"][severity % 4];
    let (kind, mut data) = match kind {
        0 => {
            (Kind::Risk, json!({"risk": "R-1", "state": of_risk, "severity": grade, "title": "t"}))
        }
        1 => (
            Kind::Incident,
            json!({"incident": "INC-1", "state": of_incident, "severity": level,
                "title": "t"}),
        ),
        2 => (
            Kind::Block,
            json!({"block": "B-1", "subject": "S-1", "severity": grade, "cause": "c",
                "owner": "ana"}),
        ),
        _ => (Kind::Unblock, json!({"block": "B-1", "reason": "done"})),
    };
    if kind == Kind::Incident && severity % 2 == 0 {
        data["postmortem_sha256"] = json!("0".repeat(64));
    }
    let weight = [Weight::Signed, Weight::Unsigned, Weight::Refused][weight % 3];
    let at = Timestamp::from_second(1_772_000_000 + minute * 60).unwrap();
    decision(at, kind, &data, weight)
}

/// What each judge says of one alarm.
fn held_together(alarm: &Alarm, lines: &[OpenAlarm<'_>], merge: &[Finding], release: &[Finding]) {
    let line = lines.iter().find(|line| line.alarm.id == alarm.id);
    let names = |findings: &[Finding]| {
        let named = format!("`{}`", alarm.id);
        findings.iter().any(|finding| finding.message.contains(&named))
    };
    let is_matter = alarm.is_open() || alarm.stops_merges();
    assert_eq!(line.is_some(), is_matter, "sla and the list: {alarm:?}");
    assert_eq!(names(merge), alarm.stops_merges(), "merge-check and the list: {alarm:?}");
    match alarm.severity {
        Grade::Risk(severity) if alarm.kind == AlarmKind::Risk => {
            let is_bad = severity == RiskSeverity::Critical && line.is_some();
            assert_eq!(names(release), is_bad, "release and sla: {alarm:?}");
            assert_eq!(names(merge), is_bad, "merge-check and sla: {alarm:?}");
        }
        Grade::Incident(severity) => {
            let is_open = Spell::of(alarm).restored.is_none();
            assert_eq!(is_open, alarm.is_open(), "metrics and the list: {alarm:?}");
            let is_bad = severity.word() == "P0" && is_open;
            assert_eq!(names(release), is_bad, "release and the list: {alarm:?}");
            assert!(names(merge) || !is_bad, "merge-check and the list: {alarm:?}");
        }
        Grade::Risk(_) => assert!(!names(release), "{alarm:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_entries_make_two_judges_disagree(
        words in proptest::collection::vec(
            (0_usize..4, 0_usize..5, 0_usize..12, 0_i64..9, 0_usize..3), 0..12,
        ),
    ) {
        let mut case = Case::new(Stage::Rc);
        case.decisions = words.iter().map(entry).collect();
        let release = claims::findings(&case.judged());
        let standing = LedgerStanding::of(case.decisions.clone(), case.now);
        let policy = &*POLICY;
        let rules = policy.risk.as_ref().unwrap();
        let known = EscalationFacts { rules, programme: &policy.programme, calendar: None };
        let lines = lines(&standing.alarms, &known, case.now);
        let (risks, incidents) = alarms(&standing);
        let (_, merge) = judge(&Delivery { risks, incidents, ..Delivery::default() });
        for alarm in &standing.alarms {
            held_together(alarm, &lines, &merge, &release);
        }
        let blocked = standing.block_of("S-1").is_some();
        prop_assert_eq!(blocked, lines.iter().any(|line| line.alarm.kind == AlarmKind::Block));
    }
}
