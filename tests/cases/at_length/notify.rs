//! `sla --notify`, many times.

use super::super::risks::notify::Served;
use crate::support::sampling::sample;

#[test]
fn many_runs_open_one_issue_for_each_escalation() {
    let served = Served::with("");
    served.open("12:00:00", "INC-1", "P0");
    let mut titles: Vec<String> = Vec::new();
    for minute in sample(0..100, 12) {
        let (hour, minute) = (12 + minute / 60, minute % 60);
        let ran = served.notify(&format!("{hour}:{minute:02}:30"));
        assert!(matches!(ran.status, 0 | 1), "{ran:?}");
        // The matter has one issue, whose title says how far it went.
        let issues = served.issues();
        assert!(issues.len() <= 1, "{issues:?}");
        titles.extend(issues.into_iter().map(|it| it.2));
    }
    titles.dedup();
    let title = "INC-1: down <!-- xtask: sla x --> @root";
    assert_eq!(
        titles,
        [
            format!("{title} (level 1, acknowledge not in time)"),
            format!("{title} (level 2, contain not in time)"),
            format!("{title} (level 3, recover not in time)"),
        ]
    );
}
