use super::*;

mod approvals_table;
mod checks_table;
mod demands_table;
mod incidents_table;
mod properties;
mod snapshot;
mod snapshot_rows;

use thrice_findings::Verdict;
use thrice_orr::judge::pull;

fn shown(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(|f| format!("{} {}", f.code.name(), f.message)).collect()
}

#[test]
fn reasons_are_counted_and_open_ones_stay_open() {
    assert_eq!(no_merge(&[]), None);
    let mut note = Finding::new(Code::CheckNotGreen, "old");
    note.severity = Severity::Note;
    assert_eq!(no_merge(std::slice::from_ref(&note)), None);
    let open = Finding::new(Code::HeadMoved, "moved");
    let one = no_merge(&[open.clone(), note.clone()]).unwrap();
    assert_eq!(one.message, "1 reason against merging: head-moved");
    let findings = [open.clone(), one];
    assert_eq!(verdict(&findings), Verdict::NotEstablished);
    assert_eq!(thrice_findings::exit_status(&findings), 4);
    let refused = Finding::new(Code::CheckMissing, "none");
    let two = no_merge(&[open, refused.clone(), refused]).unwrap();
    assert_eq!(two.message, "3 reasons against merging: check-missing, head-moved");
    assert_eq!(two.severity, Severity::Refuse);
}

fn request(head: &str) -> pull::PullRequest {
    serde_json::from_value(serde_json::json!({
        "state": "open", "title": "t", "draft": false, "mergeable": true,
        "user": { "login": "agent" },
        "head": { "ref": "patch", "sha": head }, "base": { "ref": "main", "sha": "b".repeat(40) },
    }))
    .unwrap()
}

#[test]
fn a_draft_or_a_conflict_is_not_ready() {
    let mut it = request(&"a".repeat(40));
    assert_eq!(pull::judge(&it), []);
    it.draft = Some(true);
    it.mergeable = Some(false);
    assert_eq!(
        shown(&pull::judge(&it)),
        [
            "pull-unready the pull request is a draft",
            "pull-unready the pull request has conflicts with its base"
        ]
    );
    it.draft = None;
    it.mergeable = None;
    let unreported = pull::judge(&it);
    assert_eq!(
        shown(&unreported),
        [
            "server-silent the server does not say whether it is a draft",
            "server-silent the server has not worked out yet whether it has conflicts"
        ]
    );
    assert_eq!(verdict(&unreported), Verdict::NotEstablished);
}

#[test]
fn what_changed_meanwhile_is_not_established() {
    let before = request(&"a".repeat(40));
    let mut after = before.clone();
    // The server works this out in its own time.
    after.mergeable = None;
    assert_eq!(pull::moved(&before, &after), None);
    after.body = Some("other".to_owned());
    let edited = pull::moved(&before, &after).unwrap();
    assert_eq!(edited.message, "the pull request was edited meanwhile");
    let pushed = pull::moved(&before, &request(&"c".repeat(40))).unwrap();
    assert_eq!(
        pushed.message,
        "`patch` was pushed to meanwhile: it was at aaaaaaaaaaaa, now it is at cccccccccccc"
    );
    assert_eq!(thrice_findings::exit_status(&[pushed]), 4);
}
