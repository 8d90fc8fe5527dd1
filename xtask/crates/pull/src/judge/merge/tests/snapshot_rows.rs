//! One fact changed from a pull request that may be merged: each refused with its own code.

use serde_json::{Value, json};

use super::snapshot::{BASE, claims, judged, perfect};
use super::*;

/// What is changed, how, the verdict, and the codes of all that refuses.
type Row = (&'static str, fn(&mut Value), Verdict, &'static [&'static str]);

use Verdict::{Fail, NotEstablished as Open};

fn lie(recorded: &mut Value, name: &str) {
    recorded["claimed"] = claims(Some(name));
}

fn check(recorded: &mut Value) -> &mut Value {
    &mut recorded["gate"]["checks"]["is"]["checks"][1]
}

fn approvals(recorded: &mut Value) -> &mut Value {
    &mut recorded["gate"]["approvals"]["is"]
}

fn ruleset(recorded: &mut Value) -> &mut Value {
    &mut recorded["gate"]["enforced"]["is"]["facts"]["rulesets"]["7"]["is"]
}

/// A rule, where it is listed and where it is in its ruleset.
fn rule(recorded: &mut Value, index: usize, change: fn(&mut Value)) {
    change(&mut ruleset(recorded)["rules"][index]);
    change(&mut recorded["gate"]["enforced"]["is"]["facts"]["rules"]["is"][index]);
}

fn story(recorded: &mut Value) -> &mut Value {
    &mut recorded["delivery"]["story"]
}

fn finding(code: Code, message: &str) -> Value {
    json!(Finding::new(code, message).help("h"))
}

fn unseen() -> Value {
    json!({ "unseen": finding(Code::GithubUnreachable, "GET x: HTTP 502") })
}

const ROWS: &[Row] = &[
    ("a draft", |r| both(r, "draft", json!(true)), Fail, &["pull-unready"]),
    ("whether a draft is untold", |r| both(r, "draft", json!(null)), Open, &["server-silent"]),
    ("conflicts", |r| r["before"]["mergeable"] = json!(false), Fail, &["pull-unready"]),
    ("conflicts untold", |r| r["before"]["mergeable"] = json!(null), Open, &["server-silent"]),
    ("closed", |r| lie(r, "closed"), Fail, &["pull-closed"]),
    ("of a fork", |r| lie(r, "of a fork"), Fail, &["pull-foreign"]),
    ("for another branch", |r| lie(r, "for another branch"), Fail, &["pull-base"]),
    ("base stale", |r| lie(r, "main moved on"), Fail, &["CEC-60"]),
    ("another repo_sha", |r| lie(r, "repo_sha of an older main"), Fail, &["CEC-50"]),
    ("no telemetry", |r| lie(r, "repo_sha left out"), Fail, &["REFUSE-10"]),
    ("no sandbox branch", |r| lie(r, "no sandbox branch"), Fail, &["branch-name"]),
    ("ORR absent", |r| lie(r, "no runs"), Fail, &["CEC-50"]),
    ("two runs", |r| lie(r, "two runs"), Fail, &["CEC-50"]),
    ("runs of a machine", |r| lie(r, "run ids of a machine"), Fail, &["run-absent"]),
    ("a run of another commit", |r| lie(r, "a run of an older commit"), Fail, &["run-mismatch"]),
    ("a red run", |r| lie(r, "a run that failed"), Fail, &["CEC-20"]),
    ("a run at work", |r| lie(r, "a run at work"), Open, &["run-unfinished"]),
    ("a run unseen", |r| lie(r, "a run unseen"), Open, &["github-unreachable"]),
    ("an artifact gone", |r| lie(r, "an artifact that is gone"), Fail, &["CEC-40"]),
    ("other bytes", |r| lie(r, "other bytes than the digest's"), Fail, &["artifact-digest"]),
    ("verified on another head", |r| r["claimed"]["head"] = json!(BASE), Open, &["head-moved"]),
    ("outside the Filemap", |r| found(r, Code::Cec10), Fail, &["CEC-10"]),
    ("frozen", |r| found(r, Code::FreezeWindow), Fail, &["freeze-window"]),
    (
        "no ruleset in policy",
        |r| {
            r["gate"] = json!(null);
            r["cut"] = json!([finding(Code::PolicyMissing, "none")]);
        },
        Fail,
        &["policy-missing"],
    ),
    ("server's rules unseen", |r| r["gate"]["enforced"] = unseen(), Open, &["github-unreachable"]),
    (
        "ruleset only evaluates",
        |r| ruleset(r)["enforcement"] = json!("evaluate"),
        Fail,
        &["ruleset-inactive"],
    ),
    (
        "ruleset with a bypass",
        |r| {
            ruleset(r)["bypass_actors"] =
                json!([{ "actor_id": 5, "actor_type": "RepositoryRole", "bypass_mode": "always" }])
        },
        Fail,
        &["ruleset-bypass"],
    ),
    (
        "a context of any app",
        |r| {
            rule(r, 3, |it| {
                it["parameters"]["required_status_checks"][0] = json!({ "context": "T0" })
            })
        },
        Fail,
        &["ruleset-unpinned"],
    ),
    (
        "a gate not required",
        |r| {
            rule(r, 3, |it| {
                it["parameters"]["required_status_checks"].as_array_mut().unwrap().pop();
            })
        },
        Fail,
        &["ruleset-drift"],
    ),
    (
        "stale reviews kept",
        |r| rule(r, 2, |it| it["parameters"]["dismiss_stale_reviews_on_push"] = json!(false)),
        Fail,
        &["ruleset-drift"],
    ),
    (
        "force pushes let through",
        |r| rule(r, 1, |it| it["type"] = json!("creation")),
        Fail,
        &["ruleset-drift"],
    ),
    (
        "jobs of another name",
        |r| {
            let at = &mut r["gate"]["enforced"]["is"];
            at["jobs"]["answer"] = json!("fail");
            at["findings"] = json!([finding(Code::WorkflowDrift, "T0")]);
        },
        Fail,
        &["workflow-drift"],
    ),
    (
        "no check",
        |r| {
            r["gate"]["checks"]["is"]["checks"].as_array_mut().unwrap().pop();
        },
        Fail,
        &["check-missing"],
    ),
    ("a red check", |r| check(r)["conclusion"] = json!("failure"), Fail, &["check-not-green"]),
    ("a skipped check", |r| check(r)["conclusion"] = json!("skipped"), Fail, &["check-not-green"]),
    ("a check at work", |r| check(r)["status"] = json!("in_progress"), Open, &["run-unfinished"]),
    ("a check of another app", |r| check(r)["app"]["id"] = json!(1), Fail, &["check-wrong-app"]),
    ("a check on another head", |r| check(r)["head_sha"] = json!(BASE), Fail, &["check-missing"]),
    (
        "a check of another workflow",
        |r| r["gate"]["checks"]["is"]["runs"][0]["workflow_id"] = json!(8),
        Fail,
        &["check-wrong-app"],
    ),
    (
        "a check of no run that is reported",
        |r| r["gate"]["checks"]["is"]["runs"] = json!([]),
        Open,
        &["not-established"],
    ),
    ("checks unseen", |r| r["gate"]["checks"] = unseen(), Open, &["github-unreachable"]),
    ("nobody approved", |r| approvals(r)["reviews"] = json!([]), Fail, &["approval-missing"]),
    (
        "an older head approved",
        |r| approvals(r)["reviews"][0]["commit_id"] = json!(BASE),
        Fail,
        &["approval-missing"],
    ),
    (
        "approved by its author",
        |r| both(r, "user", json!({ "login": "ann", "type": "User" })),
        Fail,
        &["approval-missing"],
    ),
    (
        "approved by who made a commit",
        |r| approvals(r)["commits"][0]["author"]["login"] = json!("ann"),
        Fail,
        &["approval-missing"],
    ),
    (
        "approved by a bot",
        |r| approvals(r)["reviews"][0]["user"]["type"] = json!("Bot"),
        Fail,
        &["approval-missing"],
    ),
    (
        "approved by who may not write",
        |r| approvals(r)["writers"]["ann"] = json!(false),
        Fail,
        &["approval-missing"],
    ),
    (
        "whether they may write unseen",
        |r| approvals(r)["writers"]["ann"] = json!(null),
        Open,
        &["not-established"],
    ),
    (
        "ownership changed without its role",
        |r| approvals(r)["demands"][1]["members"] = json!(["@o/security"]),
        Open,
        &["not-established"],
    ),
    (
        "nobody holds the role",
        |r| approvals(r)["teams"]["@o/core"] = json!({ "Ok": [] }),
        Fail,
        &["approval-missing"],
    ),
    (
        "the team unseen",
        |r| approvals(r)["teams"]["@o/core"] = json!({ "Err": "secret" }),
        Open,
        &["not-established"],
    ),
    (
        "taken back",
        |r| approvals(r)["reviews"][0]["state"] = json!("DISMISSED"),
        Fail,
        &["approval-missing"],
    ),
    (
        "changes requested",
        |r| {
            let more = json!({ "id": 6, "user": { "login": "bob", "type": "User" }, "state": "CHANGES_REQUESTED", "author_association": "MEMBER" });
            approvals(r)["reviews"].as_array_mut().unwrap().push(more);
        },
        Fail,
        &["changes-requested"],
    ),
    (
        "a commit of nobody",
        |r| approvals(r)["commits"][0]["author"] = json!({}),
        Open,
        &["maker-unknown"],
    ),
    ("reviews unseen", |r| r["gate"]["approvals"] = unseen(), Open, &["github-unreachable"]),
    (
        "a P0 open",
        |r| r["delivery"]["incidents"][0]["state"] = json!("open"),
        Fail,
        &["merge-frozen"],
    ),
    (
        "a P0 without its postmortem",
        |r| r["delivery"]["incidents"][0]["has_postmortem"] = json!(false),
        Fail,
        &["merge-frozen"],
    ),
    (
        "a P1 open",
        |r| r["delivery"]["incidents"][1]["severity"] = json!("P1"),
        Fail,
        &["merge-frozen"],
    ),
    (
        "a P0 of no wave",
        |r| r["delivery"]["incidents"][0] = json!({ "id": "I-9", "severity": "P0", "state": "recovered", "title": "x", "has_postmortem": false, "wave": null, "stories": [] }),
        Fail,
        &["merge-frozen"],
    ),
    (
        "critical risk in its wave",
        |r| r["delivery"]["risks"][0]["state"] = json!("open"),
        Fail,
        &["risk-open"],
    ),
    (
        "critical risk of its story",
        |r| r["delivery"]["risks"][1]["severity"] = json!("critical"),
        Fail,
        &["risk-open"],
    ),
    (
        "critical risk of no wave",
        |r| r["delivery"]["risks"][2]["wave"] = json!(null),
        Fail,
        &["risk-open"],
    ),
    (
        "the ledger unread",
        |r| r["delivery"]["unread"] = json!([finding(Code::NotEstablishedCode, "broken")]),
        Open,
        &["not-established"],
    ),
    (
        "a P0, and its story unseen",
        |r| {
            r["delivery"]["story"] = json!(null);
            r["delivery"]["risks"] = json!([]);
            r["delivery"]["story_unseen"] = json!([finding(Code::NotEstablishedCode, "broken")]);
            r["delivery"]["incidents"][1]["severity"] = json!("P0");
        },
        Fail,
        &["merge-frozen", "not-established"],
    ),
    (
        "no story",
        |r| {
            r["delivery"]["story"] = json!(null);
            r["delivery"]["named"] = json!(null);
            r["delivery"]["risks"] = json!([]);
        },
        Fail,
        &["pull-story"],
    ),
    (
        "a story that is not there",
        |r| {
            r["delivery"]["story"] = json!(null);
            r["delivery"]["named"] = json!("S-99");
            r["delivery"]["risks"] = json!([]);
        },
        Fail,
        &["pull-story"],
    ),
    ("its story blocked", |r| story(r)["state"] = json!("blocked"), Fail, &["story-blocked"]),
    ("its story merged", |r| story(r)["state"] = json!("merged"), Fail, &["story-state"]),
    ("two branches of it", |r| story(r)["branches"] = json!(["a", "b"]), Fail, &["story-branches"]),
    (
        "a dependency not merged",
        |r| story(r)["entry"] = json!([finding(Code::StoryDependency, "S-0")]),
        Fail,
        &["story-dependency"],
    ),
    (
        "no approval of the PO",
        |r| story(r)["entry"] = json!([finding(Code::StoryApproval, "po")]),
        Fail,
        &["story-approval"],
    ),
    ("its wave closed", |r| story(r)["closed_by"] = json!("O0"), Fail, &["wave-closed"]),
    (
        "one too many under way",
        |r| story(r)["under_way"] = json!(["S-1", "S-2", "S-3"]),
        Fail,
        &["story-wip"],
    ),
    (
        "evidence missing",
        |r| story(r)["evidence"] = json!([finding(Code::EvidenceMissing, "1")]),
        Fail,
        &["evidence-missing"],
    ),
    (
        "evidence as in the template",
        |r| story(r)["evidence"] = json!([finding(Code::EvidenceTemplate, "1")]),
        Fail,
        &["evidence-template"],
    ),
    ("evidence not looked at", |r| story(r)["evidence"] = json!(null), Open, &["not-established"]),
    ("pushed meanwhile", |r| r["after"]["is"]["head"]["sha"] = json!(BASE), Open, &["head-moved"]),
    ("edited meanwhile", |r| r["after"]["is"]["body"] = json!("other"), Open, &["head-moved"]),
    ("main moved meanwhile", |r| r["base_after"]["is"] = json!("f".repeat(40)), Fail, &["CEC-60"]),
    ("main unseen at the end", |r| r["base_after"] = unseen(), Open, &["github-unreachable"]),
    ("unseen at the end", |r| r["after"] = unseen(), Open, &["github-unreachable"]),
    (
        "no gh",
        |r| {
            *r = json!({ "schema": r["schema"], "number": 7, "repository": null, "taken_at": "", "stopped": [finding(Code::GithubCli, "no gh")], "before": null, "claimed": null, "gate": null, "cut": [], "delivery": null, "base_after": null, "after": null });
        },
        Open,
        &["github-cli"],
    ),
];

/// The same before and after.
fn both(recorded: &mut Value, key: &str, value: Value) {
    recorded["before"][key] = value.clone();
    recorded["after"]["is"][key] = value;
}

/// Something that the claim of the Filemap has against the patch.
fn found(recorded: &mut Value, code: Code) {
    let claims = recorded["claimed"]["claims"].as_array_mut().unwrap();
    let claim = claims.iter_mut().find(|claim| claim["name"] == "Filemap").unwrap();
    claim["answer"] = json!("fail");
    claim["findings"] = json!([finding(code, "path")]);
}

#[test]
fn each_fact_that_is_otherwise_refuses_with_its_code() {
    let mut wrong = Vec::new();
    for (name, change, verdict, codes) in ROWS {
        let mut recorded = perfect();
        change(&mut recorded);
        let found = judged(&recorded);
        if found != (*verdict, codes.to_vec()) {
            wrong.push(format!("{name}: {found:?}, not {verdict:?} {codes:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(ROWS.len() >= 60, "{}", ROWS.len());
}

/// A patch that is behind waits for the queue only where the server enforces one.
#[test]
fn what_is_behind_is_accepted_where_the_server_enforces_a_queue() {
    let queue = |strategy: &str| json!({ "type": "merge_queue", "parameters": { "grouping_strategy": strategy } });
    let with = |recorded: &mut Value, added: Value| {
        ruleset(recorded)["rules"].as_array_mut().unwrap().push(added.clone());
        let rules = &mut recorded["gate"]["enforced"]["is"]["facts"]["rules"]["is"];
        let mut listed = rules[0].clone();
        listed["type"] = added["type"].clone();
        listed["parameters"] = added["parameters"].clone();
        rules.as_array_mut().unwrap().push(listed);
    };
    let no_bypass = |_: &mut Value| {};
    let bypass: fn(&mut Value) = |r| {
        ruleset(r)["bypass_actors"] =
            json!([{ "actor_id": 5, "actor_type": "RepositoryRole", "bypass_mode": "always" }]);
    };
    let lax: fn(&mut Value) = |r| {
        rule(r, 3, |it| it["parameters"]["strict_required_status_checks_policy"] = json!(false))
    };
    let off: fn(&mut Value) = |r| ruleset(r)["enforcement"] = json!("evaluate");
    for (wanted, added, change, expected) in [
        (true, Some(queue("ALLGREEN")), no_bypass as fn(&mut Value), &[][..]),
        (true, Some(queue("ALLGREEN")), lax, &[]),
        (true, Some(queue("HEADGREEN")), lax, &["ruleset-drift"]),
        (true, Some(json!({ "type": "merge_queue" })), lax, &["ruleset-drift"]),
        (true, Some(queue("ALLGREEN")), off, &["ruleset-inactive"]),
        (true, Some(queue("ALLGREEN")), bypass, &["ruleset-bypass"]),
        (true, None, no_bypass, &["ruleset-drift"]),
        (false, None, lax, &["ruleset-drift"]),
        (false, Some(queue("ALLGREEN")), lax, &["ruleset-drift"]),
        (false, Some(queue("ALLGREEN")), no_bypass, &[]),
    ] {
        let mut recorded = perfect();
        recorded["gate"]["queue"] = json!(wanted);
        let shown = added.clone();
        added.into_iter().for_each(|added| with(&mut recorded, added));
        change(&mut recorded);
        let (verdict, codes) = judged(&recorded);
        let codes: Vec<&str> = codes.into_iter().filter(|code| *code != "NO_MERGE").collect();
        assert_eq!(codes, expected, "{wanted} {shown:?}");
        assert_eq!(verdict == Verdict::Pass, expected.is_empty());
        let snapshot = serde_json::from_value(recorded).unwrap();
        let lines = judge(&snapshot).lines;
        let line = lines.iter().find(|line| line.demand == "will be tested in the queue");
        assert_eq!(line.is_some(), wanted);
    }
}
