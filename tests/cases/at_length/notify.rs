//! `sla --notify`, many times.

use super::super::risks::notify::Served;
use crate::support::sampling::sample;

#[test]
fn many_runs_open_one_issue_for_each_escalation() {
    let served = Served::with("");
    served.open("12:00:00", "INC-1", "P0");
    for minute in sample(0..100, 12) {
        let (hour, minute) = (12 + minute / 60, minute % 60);
        let ran = served.notify(&format!("{hour}:{minute:02}:30"));
        assert!(matches!(ran.status, 0 | 1), "{ran:?}");
    }
    let titles: Vec<String> = served.issues().into_iter().map(|it| it.2).collect();
    assert_eq!(
        titles,
        [
            "INC-1: acknowledge not in time, level 1",
            "INC-1: contain not in time, level 2",
            "INC-1: recover not in time, level 3"
        ]
    );
}
