//! `metrics`: numbers of a small history, as a table, as JSON and as CSV.

use serde_json::Value;

use crate::support::World;

const CALENDAR: &str = r#"
time_zone = "UTC"

[[cycles]]
id = "C-01"
from = "2026-01-01"
to = "2026-01-07"
exit = ["the patch is merged"]
"#;

#[test]
fn a_small_history_is_measured() {
    let world = World::with_script("echo it > $EVIDENCE_DIR/reported");
    world.write(".gitignore", "out/\n");
    world.write("policy/calendar.toml", CALENDAR);
    world.commit("calendar");
    world.git(["switch", "--quiet", "--create", "patch"]);
    world.write("src/a", "1\n2\n3\n");
    world.commit("begun");
    world.write("src/a", "1\n2\n");
    world.commit("done");
    world.git(["switch", "--quiet", "main"]);
    world.git(["merge", "--quiet", "--no-ff", "-m", "Merge pull request #7 from o/patch", "patch"]);
    let reviewed = world.xtask(["orr", "--runs", "2"]);
    assert_eq!(reviewed.status, 0, "{reviewed:?}");

    let without = world.xtask(["metrics"]);
    assert!(!without.stdout.contains("shadow"), "{without:?}");
    let shadow = world.xtask(["orr", "--shadow", "--runs", "2"]);
    assert_eq!(shadow.status, 0, "{shadow:?}");

    let ran = world.xtask(["metrics", "--csv", "../m.csv"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    for (name, all, cycle) in [
        ("changes", "3", "3"),
        ("lead time, median", "6 min 00 s", "6 min 00 s"),
        ("  not known", "2", "2"),
        ("reviews", "1", "0"),
        ("pass rate", "100.0 %", "-"),
        ("shadow reviews", "1", "0"),
        ("shadow pass rate", "100.0 %", "-"),
        ("repeatability", "100.0 %", "-"),
        ("time to acknowledge", "-", "-"),
    ] {
        let line = format!("{name:<19}  {all:<10}  {cycle}\n");
        assert!(ran.stdout.contains(&line), "{line}: {}", ran.stdout);
    }
    let csv = world.read("../m.csv");
    let merge = csv.lines().find(|line| line.contains("Merge pull request")).unwrap();
    assert!(merge.contains(",7,2026-01-01T"), "{csv}");
    assert!(
        merge.contains(",first-commit,") && merge.ends_with(",3,2,0,1,\"cycle C-01\""),
        "{csv}"
    );

    let ran = world.xtask(["metrics", "--cycle", "C-01", "--format", "json"]);
    let data: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(data["data"]["spans"][0]["name"], "cycle C-01", "{data:#}");
    assert_eq!(data["data"]["spans"].as_array().unwrap().len(), 1, "{data:#}");
    let lead = data["data"]["changes"][2]["lead_seconds"].as_f64().unwrap();
    assert!(lead > 0.0 && lead % 60.0 == 0.0, "{data:#}");
    let ran = world.xtask(["metrics", "--sprint", "99"]);
    assert_eq!(ran.status, 2, "{ran:?}");
    let ran = world.xtask(["metrics", "--since", "2027-01-01"]);
    assert!(ran.stdout.contains("changes              0"), "{ran:?}");
}
