//! What comes back by nobody's key is as bad as it was, whoever is asked: three entries of
//! which two readings of the ledger once said two things.

use serde_json::{Value, json};

use super::super::pr_merge_check::{Ready, patched_on};
use crate::support::policies::severities;
use crate::support::releases::Released;
use crate::support::{Ran, World};

/// Open and critical, closed, and open again as if it were small: what is said, and whether
/// somebody signed it.
fn entries() -> [(&'static str, Value, bool); 6] {
    let risk = |state: &str, severity: &str| json!({"risk": "R-1", "state": state, "severity": severity, "title": "a leak"});
    let incident = |state: &str, severity: &str| {
        json!({"incident": "INC-1", "state": state, "severity": severity, "title": "all is down",
            "postmortem_sha256": "0".repeat(64)})
    };
    [
        ("risk", risk("open", "critical"), true),
        ("risk", risk("closed", "critical"), true),
        ("risk", risk("open", "medium"), false),
        ("incident", incident("open", "P0"), true),
        ("incident", incident("closed", "P0"), true),
        ("incident", incident("open", "P3"), false),
    ]
}

const UNSIGNED: &str = "\n[kinds.risk]\nsigned = false\n";

fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"))
}

#[test]
fn lists_clocks_releases_and_metrics_say_the_same() {
    let released = Released::new();
    let world = &released.world;
    let rules = world.read("policy/ledger.toml");
    world.write("policy/ledger.toml", format!("{rules}{UNSIGNED}"));
    world.write("policy/risk.toml", severities("po"));
    released.merge();
    for (kind, data, is_signed) in entries() {
        let file = world.root().join("data.json");
        std::fs::write(&file, data.to_string()).unwrap();
        let key = world.key("bob");
        let with = ["--key", key.to_str().unwrap()];
        let append = ["ledger", "append", kind, file.to_str().unwrap()];
        let with = if is_signed { &with[..] } else { &[] };
        let ran = released.xtask(&[&append, with].concat());
        assert_eq!(ran.status, 0, "{data}: {ran:?}");
    }
    released.merge();
    for (rules, counts) in [(format!("{rules}{UNSIGNED}"), true), (rules, false)] {
        world.write("policy/ledger.toml", &rules);
        world.write("src/counts", counts.to_string());
        released.merge();
        let list = |verb: &str, id: &str, severity: &str| {
            let ran = json(&released.xtask(&[verb, "list", "--format", "json"]));
            let listed = &ran["data"]["matters"][0];
            let seen = [&listed["id"], &listed["severity"], &listed["state"]];
            assert_eq!(seen, [id, severity, "open"], "{counts} {ran:#}");
            assert_eq!(listed["stops_merges"], true, "{counts} {ran:#}");
        };
        list("risk", "R-1", "critical");
        list("incident", "INC-1", "P0");
        let sla = json(&released.xtask(&["sla", "--format", "json"]));
        let clocks = sla["data"]["matters"].as_array().unwrap();
        let mut seen: Vec<String> = clocks
            .iter()
            .map(|line| format!("{} {}", line["matter"]["id"], line["matter"]["severity"]))
            .collect();
        seen.sort_unstable();
        assert_eq!(seen, [r#""INC-1" "P0""#, r#""R-1" "critical""#], "{counts} {sla:#}");
        let rc = released.rc(&[]);
        assert_eq!(rc.status, 1, "{counts} {rc:?}");
        assert!(rc.stdout.contains("the critical risk `R-1` is open"), "{counts} {rc:?}");
        assert!(rc.stdout.contains("the P0 incident `INC-1` is not over"), "{counts} {rc:?}");
        let metrics = json(&released.xtask(&["metrics", "--format", "json"]));
        let incident = &metrics["data"]["incidents"][0];
        assert_eq!(incident["severity"], "P0", "{counts} {metrics:#}");
        assert_eq!(incident["restored_at"], Value::Null, "{counts} {metrics:#}");
    }
}

#[test]
fn the_merge_gate_says_it_too() {
    for table in [UNSIGNED, ""] {
        let ledger = |world: &World| {
            let ana = world.new_key("ana");
            world.write("policy/allowed_signers", format!("ana@example.com {ana}\n"));
            world.write("policy/ledger.toml", UNSIGNED);
            world.commit("who may sign");
            world.is_used_by("ana");
            for (minute, (kind, data, is_signed)) in (1..).zip(entries()) {
                let key = world.key("ana").display().to_string();
                let with = ["--key", &key];
                let with = if is_signed { &with[..] } else { &[] };
                let ran = world.append_before(kind, &data.to_string(), minute, with);
                assert_eq!(ran.status, 0, "{data}: {ran:?}");
            }
            world.write("policy/ledger.toml", table);
        };
        let ran = Ready::of(patched_on(ledger, &[("src/b", "3\n")])).check();
        assert_eq!(ran.status, 1, "{table} {ran:?}");
        assert!(ran.stdout.contains("the critical risk `R-1` is open"), "{table} {ran:?}");
        assert!(ran.stdout.contains("by the P0 `INC-1` (open)"), "{table} {ran:?}");
    }
}
