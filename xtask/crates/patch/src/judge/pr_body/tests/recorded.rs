//! Which decisions a body can stand on.

use super::*;
use thrice_findings::Code;

#[test]
fn a_decision_must_be_one_to_stand_on() {
    let good = recorded();
    assert_eq!(good.refusals("s7", &head(), "p"), []);
    let reported = |recorded: RecordedDecision| -> Vec<String> {
        recorded.refusals("s7", &head(), "p").into_iter().map(|finding| finding.message).collect()
    };
    // A red review was stopped where it was decided: it lacks nothing for another cause.
    let mut red = good.clone();
    red.verdict = thrice_findings::Verdict::Fail;
    red.run_ids.pop();
    red.scorecard_sha256 = None;
    assert_eq!(reported(red), ["the review did not pass: fail"]);
    let mut bad = good;
    bad.programme = "x".to_owned();
    bad.commit = BASE.to_owned();
    bad.policy_sha256 = "other".to_owned();
    bad.branch = None;
    bad.run_ids.pop();
    bad.scorecard_sha256 = None;
    assert_eq!(
        reported(bad),
        [
            "the decision is of the programme `x`",
            "the decision is of 0123456789ab, but HEAD is ffffffffffff",
            "the review was by other rules than this commit's policy/",
            "the review had 2 runs; a body needs 3",
            "the review was of no branch: HEAD was detached",
            "the decision has no digests: not all runs left the same",
        ]
    );
    assert_eq!(RecordedDecision::read(b"[]").unwrap_err().code, Code::Refuse20);
}
