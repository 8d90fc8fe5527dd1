use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

const SHA: &str = "1111111111111111111111111111111111111111";
const OTHER: &str = "2222222222222222222222222222222222222222";
const TREE: &str = "3333333333333333333333333333333333333333";

fn expected() -> Expected {
    Expected {
        repository: "o/r".to_owned(),
        sha: SHA.to_owned(),
        branch: "q2-s7".to_owned(),
        event: "workflow_dispatch".to_owned(),
        workflow_id: 7,
        workflow_path: ".github/workflows/orr.yml".to_owned(),
        gates: vec!["T0".to_owned(), "T1".to_owned()],
        programme: "s7".to_owned(),
    }
}

fn run() -> Run {
    let json = serde_json::json!({
        "id": 5, "display_title": "ORR x", "head_sha": SHA, "head_branch": "q2-s7",
        "event": "workflow_dispatch", "workflow_id": 7, "path": ".github/workflows/orr.yml@main",
        "run_attempt": 1, "status": "completed", "conclusion": "success",
        "head_repository": { "full_name": "O/R" },
        "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:10:00Z",
    });
    serde_json::from_value(json).unwrap()
}

fn job(name: &str) -> Job {
    Job {
        id: 1,
        name: name.to_owned(),
        head_sha: SHA.to_owned(),
        run_attempt: Some(1),
        status: Some("completed".to_owned()),
        conclusion: Some("success".to_owned()),
        started_at: None,
        completed_at: None,
    }
}

fn artifact() -> Artifact {
    Artifact {
        id: 9,
        name: "s7-orr-evidence".to_owned(),
        size_in_bytes: 10,
        expired: false,
        digest: Some(format!("sha256:{}", "a".repeat(64))),
        workflow_run: Some(ArtifactRun { id: Some(5), head_sha: Some(SHA.to_owned()) }),
    }
}

fn codes(findings: &[Finding]) -> Vec<Code> {
    findings.iter().map(|finding| finding.code).collect()
}

fn text(word: &str) -> Option<String> {
    Some(word.to_owned())
}

#[test]
fn a_run_that_is_as_expected_has_no_finding() {
    assert_eq!(judge_run(&expected(), &run()), []);
    let plain = Run { path: ".github/workflows/orr.yml".to_owned(), ..run() };
    assert_eq!(judge_run(&expected(), &plain), []);
}

#[test]
fn each_way_of_being_another_run_has_its_code() {
    let fork = Some(RunRepository { full_name: "evil/r".to_owned() });
    let table: Vec<(Run, Code)> = vec![
        (Run { head_sha: OTHER.to_owned(), ..run() }, Code::RunMismatch),
        (Run { head_branch: text("main"), ..run() }, Code::RunMismatch),
        (Run { head_branch: None, ..run() }, Code::ServerSilent),
        (Run { event: "push".to_owned(), ..run() }, Code::RunMismatch),
        (Run { workflow_id: 8, ..run() }, Code::RunMismatch),
        (Run { path: ".github/workflows/orr.yml.yml".to_owned(), ..run() }, Code::RunMismatch),
        (Run { path: "x/.github/workflows/orr.yml".to_owned(), ..run() }, Code::RunMismatch),
        (Run { head_repository: fork, ..run() }, Code::RunMismatch),
        (Run { head_repository: None, ..run() }, Code::ServerSilent),
        (Run { run_attempt: Some(2), ..run() }, Code::RunMismatch),
        (Run { run_attempt: Some(0), ..run() }, Code::RunMismatch),
        (Run { run_attempt: None, ..run() }, Code::ServerSilent),
        (Run { conclusion: None, ..run() }, Code::ServerSilent),
        (Run { status: None, ..run() }, Code::ServerSilent),
    ];
    for (run, code) in table {
        assert_eq!(codes(&judge_run(&expected(), &run)), [code], "{run:?}");
    }
    for conclusion in [
        "failure",
        "neutral",
        "cancelled",
        "skipped",
        "timed_out",
        "action_required",
        "stale",
        "startup_failure",
        "Success",
        "brand_new",
    ] {
        let run = Run { conclusion: text(conclusion), ..run() };
        assert_eq!(codes(&judge_run(&expected(), &run)), [Code::Cec20], "{conclusion}");
    }
    for status in ["queued", "in_progress", "requested", "waiting", "pending", "brand_new"] {
        let run = Run { status: text(status), ..run() };
        assert_eq!(codes(&judge_run(&expected(), &run)), [Code::RunUnfinished], "{status}");
    }
}

#[test]
fn every_gate_is_one_job_that_succeeded_at_the_first_attempt() {
    let judge = |jobs: &[Job]| codes(&judge_jobs(&expected(), 2, jobs));
    let with = |second: Job| judge(&[job("T0"), second]);
    assert_eq!(with(job("T1")), []);
    assert_eq!(judge(&[job("T0"), job("T1"), job("attest")]), []);
    assert_eq!(with(job("t1")), [Code::Cec20]);
    assert_eq!(with(job("T1 ")), [Code::Cec20]);
    assert_eq!(judge(&[]), [Code::Cec20, Code::Cec20]);
    assert_eq!(with(Job { conclusion: text("skipped"), ..job("T1") }), [Code::Cec20]);
    assert_eq!(with(Job { status: text("in_progress"), ..job("T1") }), [Code::RunUnfinished]);
    assert_eq!(with(Job { head_sha: OTHER.to_owned(), ..job("T1") }), [Code::RunMismatch]);
    assert_eq!(with(Job { run_attempt: Some(2), ..job("T1") }), [Code::RunMismatch]);
    assert_eq!(with(Job { run_attempt: None, ..job("T1") }), [Code::ServerSilent]);
    assert_eq!(judge(&[job("T0"), job("T1"), job("T1")]), [Code::RunMismatch]);
    let again = Job { run_attempt: Some(2), ..job("T1") };
    let found = judge_jobs(&expected(), 2, &[job("T0"), job("T1"), again]);
    assert_eq!(codes(&found), [Code::RunMismatch]);
    let place = found[0].place.clone().unwrap();
    assert_eq!((place.run, place.gate.as_deref()), (Some(2), Some("T1")));
    let other = Job { run_attempt: Some(2), ..job("attest") };
    assert_eq!(judge(&[job("T0"), job("T1"), other]), [Code::RunMismatch]);
}

#[test]
fn an_artifact_is_one_of_this_run_with_a_digest() {
    let choose = |artifacts: &[Artifact]| match choose_artifact(&expected(), 5, artifacts) {
        Ok(artifact) => Ok(artifact.id),
        Err(finding) => Err(finding.code),
    };
    let other = Artifact { id: 1, name: "T0".to_owned(), ..artifact() };
    assert_eq!(choose(&[other.clone(), artifact()]), Ok(9));
    assert_eq!(choose(&[other]), Err(Code::Cec40));
    assert_eq!(choose(&[artifact(), artifact()]), Err(Code::ArtifactTwice));
    assert_eq!(choose(&[Artifact { size_in_bytes: MOST_BYTES, ..artifact() }]), Ok(9));
    let source = |id, sha: &str| Some(ArtifactRun { id, head_sha: text(sha) });
    let upper = format!("sha256:{}", "A".repeat(64));
    let table = [
        (Artifact { expired: true, ..artifact() }, Code::Cec40),
        (Artifact { digest: None, ..artifact() }, Code::ServerSilent),
        (Artifact { digest: text("md5:00"), ..artifact() }, Code::ServerSilent),
        (Artifact { digest: text(&upper), ..artifact() }, Code::ServerSilent),
        (Artifact { workflow_run: None, ..artifact() }, Code::ServerSilent),
        (Artifact { workflow_run: source(None, SHA), ..artifact() }, Code::ServerSilent),
        (Artifact { workflow_run: source(Some(6), SHA), ..artifact() }, Code::RunMismatch),
        (Artifact { workflow_run: source(Some(5), OTHER), ..artifact() }, Code::RunMismatch),
        (Artifact { size_in_bytes: MOST_BYTES + 1, ..artifact() }, Code::ArtifactUnread),
    ];
    for (artifact, code) in table {
        assert_eq!(choose(std::slice::from_ref(&artifact)), Err(code), "{artifact:?}");
    }
    assert_eq!(judge_digest(&artifact(), &"a".repeat(64)), None);
    let wrong = judge_digest(&artifact(), &"b".repeat(64)).unwrap();
    assert_eq!(wrong.code, Code::ArtifactDigest);
}

fn scorecard(change: impl Fn(&mut serde_json::Value)) -> Vec<Code> {
    let mut value = serde_json::json!({
        "schema": "xtask/scorecard/1", "programme": "s7", "commit": SHA, "tree": TREE,
        "verdict": "pass",
        "gates": [{ "gate": "T0", "outcome": "pass" }, { "gate": "T1", "outcome": "pass" }],
    });
    change(&mut value);
    codes(&judge_scorecard(&expected(), 1, TREE, value.to_string().as_bytes()))
}

#[test]
fn a_scorecard_is_of_the_commit_and_green() {
    assert_eq!(scorecard(|_| {}), []);
    assert_eq!(scorecard(|card| card["commit"] = OTHER.into()), [Code::RunMismatch]);
    assert_eq!(scorecard(|card| card["tree"] = OTHER.into()), [Code::RunMismatch]);
    assert_eq!(scorecard(|card| card["programme"] = "s8".into()), [Code::RunMismatch]);
    assert_eq!(scorecard(|card| card["schema"] = "x".into()), [Code::ArtifactUnread]);
    assert_eq!(scorecard(|card| card["verdict"] = "fail".into()), [Code::Cec20]);
    assert_eq!(scorecard(|card| card["gates"][1]["outcome"] = "fail".into()), [Code::Cec20]);
    assert_eq!(scorecard(|card| card["gates"] = serde_json::json!([])).len(), 2);
    assert_eq!(codes(&judge_scorecard(&expected(), 1, TREE, b"\xff")), [Code::ArtifactUnread]);
    assert_eq!(codes(&judge_scorecard(&expected(), 1, TREE, b"{")), [Code::ArtifactUnread]);
}

proptest! {
    #[test]
    fn only_the_commit_itself_passes(sha in "[0-9a-f]{40}", title in ".*", path in ".{0,60}") {
        let other = Run { head_sha: sha.clone(), display_title: Some(title), ..run() };
        prop_assert_eq!(judge_run(&expected(), &other).is_empty(), sha == SHA);
        let wanted = path == ".github/workflows/orr.yml"
            || path.starts_with(".github/workflows/orr.yml@");
        let other = Run { path, ..run() };
        prop_assert_eq!(judge_run(&expected(), &other).is_empty(), wanted);
    }

    #[test]
    fn no_scorecard_makes_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(!judge_scorecard(&expected(), 1, TREE, &bytes).is_empty());
    }
}

#[test]
fn red_runs_of_a_tree_are_counted_by_review() {
    let of = |sha: &str, branch: &str, tree: &str, conclusion: &str| Run {
        head_sha: sha.to_owned(),
        head_branch: Some(branch.to_owned()),
        head_commit: Some(RunCommit { tree_id: tree.to_owned() }),
        conclusion: Some(conclusion.to_owned()),
        ..run()
    };
    let runs = [
        of("a", "s1", "t", "failure"),
        of("a", "s1", "t", "timed_out"),
        of("a", "s2", "t", "failure"),
        of("b", "s3", "t", "failure"),
        of("c", "s4", "t", "cancelled"),
        of("c", "s5", "t", "success"),
        of("d", "s6", "other", "failure"),
        Run { head_commit: None, ..of("e", "s7", "t", "failure") },
    ];
    let none = BTreeSet::new();
    let all: Vec<&Run> = runs.iter().collect();
    let others: Vec<&Run> = runs.iter().filter(|run| run.head_sha != "a").collect();
    assert_eq!(red_reviews(&all, "t", &none), 3);
    assert_eq!(red_reviews(&others, "t", &none), 1);
    assert_eq!(red_reviews(&all, "none", &none), 0);
    // One that was cancelled after a job was red, or run again until it was green.
    let late = [
        Run { id: 6, ..of("c", "s4", "t", "cancelled") },
        Run { id: 7, run_attempt: Some(2), ..of("c", "s5", "t", "success") },
    ];
    let late: Vec<&Run> = late.iter().collect();
    assert!(late.iter().all(|run| run.hides_its_past()));
    assert_eq!(red_reviews(&late, "t", &none), 0);
    assert_eq!(red_reviews(&late, "t", &BTreeSet::from([6, 7])), 2);
    for (conclusion, attempt, hides) in [
        (text("success"), 1, false),
        (text("failure"), 2, false),
        (text("cancelled"), 1, true),
        (text("success"), 3, true),
        (None, 1, true),
        (None, 2, true),
    ] {
        let run = Run { conclusion, run_attempt: Some(attempt), ..run() };
        assert_eq!(run.hides_its_past(), hides, "{run:?}");
    }
}
