use proptest::prelude::*;

use crate::damage::{beside_ours, damaged, is_placed};
use crate::{Policy, check};
use thrice_findings::{Code, Finding};

const GOOD: &str = r#"
[[features]]
id = "F1"
name = "Foundation"
sprints = ["01..02"]

[[epics]]
id = "F1-E1..E2"
feature = "F1"
sprints = ["01"]

[[stories]]
id = "S-PC-01-001"
title = "Limit retries"
owner = "ana"
priority = "P0"
wave = "O1"
epic = "F1-E2"
acceptance = ["CA-1: three tries"]
delta = ["CA-2: reported"]
contract = ["docs/contracts/retry.md"]

[[stories]]
id = "S-PC-01-002..003"
title = "Replay"
priority = "P0"
depends = ["S-PC-01-001"]

[[stories]]
id = "RB-1"
title = "Restore drill"
priority = "P1"
wave = "O2"
depends = ["S-PC-01-001..003"]
pending_po_approval = true

[[waves]]
id = "O1"
stories = ["S-PC-01-002..003"]

[[waves]]
id = "O2"
after = "O1"
limit = 2

[wip]
wave = 4

[[frozen]]
id = "D-AR-001..007"
reason = "decided on in phase 3"

[[deferred]]
id = "HA"
trigger = "two P0 incidents in 14 days"
stories = ["RB-1"]
"#;

fn checked(backlog: &str) -> (Option<Policy>, Vec<Finding>) {
    check("policy", &beside_ours("backlog.toml", backlog.as_bytes()))
}

#[test]
fn a_good_backlog_is_whole() {
    let (policy, findings) = checked(GOOD);
    assert_eq!(findings, []);
    let backlog = policy.unwrap().backlog.unwrap();
    let ids: Vec<_> = backlog.stories.iter().map(|story| story.id.as_str()).collect();
    assert_eq!(ids, ["S-PC-01-001", "S-PC-01-002", "S-PC-01-003", "RB-1"]);
    let waves: Vec<_> = backlog.stories.iter().map(|it| it.wave.clone().unwrap()).collect();
    assert_eq!(waves, ["O1", "O1", "O1", "O2"]);
    assert_eq!(backlog.story("RB-1").unwrap().depends.len(), 3);
    assert_eq!(backlog.deferred_with("RB-1").unwrap().id, "HA");
    assert_eq!(backlog.frozen.len(), 7);
    assert_eq!(backlog.epics.len(), 2);
    let limits: Vec<u64> = backlog.waves.iter().map(|wave| wave.limit).collect();
    assert_eq!((limits, backlog.cycle_limit), (vec![4, 2], 5));
    assert_eq!(backlog.approval_roles, ["po"]);
}

/// Each row: what is replaced by what, what is reported, and a piece of the line to which it
/// points.
#[test]
fn slips_are_reported_with_their_place() {
    for (from, to, says, line) in [
        ("feature = \"F1\"", "feature = \"F2\"", "no feature `F2`", "feature = \"F2\""),
        ("epic = \"F1-E2\"", "epic = \"F1-E9\"", "no epic `F1-E9`", "epic = \"F1-E9\""),
        ("wave = \"O2\"", "wave = \"O3\"", "no wave `O3`", "wave = \"O3\""),
        ("after = \"O1\"", "after = \"O0\"", "no wave `O0`", "after = \"O0\""),
        ("after = \"O1\"", "after = \"O2\"", "open after each other", "[[waves]]"),
        ("[\"S-PC-01-001\"]", "[\"S-PC-9\"]", "no story `S-PC-9`", "depends = [\"S-PC-9\"]"),
        (
            "[\"S-PC-01-001\"]",
            "[\"RB-1\"]",
            "`S-PC-01-002` of O1 depends on `RB-1` of O2",
            "depends = [\"RB-1\"]",
        ),
        ("[\"S-PC-01-001\"]", "[\"S-PC-01-003\"]", "S-PC-01-003 → S-PC-01-003", "[[stories]]"),
        ("wave = \"O1\"\n", "", "`S-PC-01-001` is in no wave", "[[stories]]"),
        (
            "priority = \"P0\"\ndepends",
            "priority = \"P0\"\nwave = \"O2\"\ndepends",
            "`S-PC-01-002` is in two waves, O2 and O1",
            "stories = [\"S-PC-01-002..003\"]",
        ),
        ("[\"S-PC-01-002..003\"]", "[\"S-PC-01-002..004\"]", "no story `S-PC-01-004`", "..004"),
        ("id = \"RB-1\"", "id = \"S-PC-01-003\"", "another story `S-PC-01-003`", "[[stories]]"),
        ("id = \"O2\"", "id = \"O1\"", "another wave `O1`", "[[waves]]"),
        ("D-AR-001..007", "D-AR-007..001", "ends before it begins", "D-AR-007..001"),
        ("priority = \"P1\"", "priority = \"high\"", "`high` is no priority", "\"high\""),
        ("sprints = [\"01\"]", "sprints = [\"03\"]", "outside the sprints of F1", "[\"03\"]"),
        ("stories = [\"RB-1\"]", "stories = [\"RB-2\"]", "no story `RB-2`", "[\"RB-2\"]"),
        ("wave = 4", "wave = 0", "nothing could ever be started", "wave = 0"),
        ("limit = 2", "limt = 2", "unknown key `limt`", "limt"),
        ("limit = 2", "condition = [\" \"]", "this text is empty", "condition"),
        ("pending_po", "reopens = [\"D-AR-009\"]\npending_po", "no frozen decision", "D-AR-009"),
        ("[wip]", "[approval]\nroles = [\"pp\"]\n[wip]", "there is no role `pp`", "[\"pp\"]"),
    ] {
        assert!(GOOD.contains(from), "{from}");
        let (policy, findings) = checked(&GOOD.replacen(from, to, 1));
        assert!(policy.is_none(), "{to}: {findings:?}");
        let found = findings.iter().find(|finding| finding.message.contains(says));
        let found = found.unwrap_or_else(|| panic!("{to}: {findings:?}"));
        let place = found.place.clone().unwrap();
        assert_eq!(place.file.as_deref(), Some("policy/backlog.toml"), "{to}");
        assert!(place.excerpt.unwrap().line.contains(line), "{to}: {findings:?}");
        assert!(found.help.is_some(), "{to}");
    }
}

#[test]
fn a_backlog_without_waves_needs_none() {
    let (policy, findings) =
        checked("[[stories]]\nid = \"F1-E1-S1..S3\"\ntitle = \"x\"\npriority = \"P2\"\n");
    assert_eq!(findings, []);
    assert_eq!(policy.unwrap().backlog.unwrap().stories.len(), 3);
}

#[test]
fn a_story_that_no_branch_can_be_named_after_is_reported() {
    let mut all = beside_ours("backlog.toml", GOOD.as_bytes());
    let branches = include_bytes!("../../../../../policy/branches.toml");
    all.insert("branches.toml".to_owned(), branches.to_vec());
    let (_, findings) = check("policy", &all);
    assert_eq!(findings.len(), 4, "{findings:?}");
    assert!(findings[0].message.contains("no branch can be named after"), "{findings:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_bytes_make_it_panic(bytes in any::<Vec<u8>>()) {
        let (policy, findings) = check("policy", &beside_ours("backlog.toml", &bytes));
        prop_assert!(policy.is_some() || !findings.is_empty());
    }

    #[test]
    fn damage_is_reported_with_its_line(bytes in damaged(GOOD)) {
        let (read, findings) = check("policy", &beside_ours("backlog.toml", &bytes));
        is_placed(read.is_some(), &findings, &[Code::PolicyMissing])?;
    }
}
