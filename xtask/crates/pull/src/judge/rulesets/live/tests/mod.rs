use serde_json::json;

use super::*;
use thrice_findings::verdict;

mod classic;
mod holds;
mod properties;
mod rules;

const GATES: &[&str] = &["T0", "T1", "T2"];

const WANTED: Wanted<'static> =
    Wanted { gates: GATES, app_id: 15368, branch: "main", queue: false };

/// All that a server says, as one JSON object: what a key of it does not hold was not
/// found.
fn good() -> Value {
    let checks: Vec<_> =
        GATES.iter().map(|gate| json!({ "context": gate, "integration_id": 15368 })).collect();
    let rules = [
        json!({ "type": "deletion" }),
        json!({ "type": "non_fast_forward" }),
        json!({ "type": "pull_request", "parameters": {
            "required_approving_review_count": 1,
            "dismiss_stale_reviews_on_push": true,
            "require_code_owner_review": true,
            "require_last_push_approval": true,
            "required_review_thread_resolution": false,
        }}),
        json!({ "type": "required_status_checks", "parameters": {
            "strict_required_status_checks_policy": true,
            "required_status_checks": checks,
        }}),
    ];
    let listed = rules.clone().map(|mut rule| {
        rule["ruleset_id"] = json!(7);
        rule["ruleset_source_type"] = json!("Repository");
        rule["ruleset_source"] = json!("o/r");
        rule
    });
    json!({
        "repository": { "default_branch": "main", "permissions": { "admin": true } },
        "app": { "id": 15368 },
        "branch": { "name": "main", "protected": true },
        "rules": listed,
        "listed": [{ "id": 7, "name": "main" }, { "id": 8, "name": "tags" }],
        "rulesets": {
            "7": {
                "id": 7, "name": "main", "target": "branch", "source_type": "Repository",
                "enforcement": "active", "bypass_actors": [], "current_user_can_bypass": "never",
                "conditions": { "ref_name": { "include": ["~DEFAULT_BRANCH"], "exclude": [] } },
                "rules": rules,
            },
            "8": {
                "id": 8, "name": "tags", "target": "tag", "source_type": "Repository",
                "enforcement": "active", "bypass_actors": [],
                "conditions": { "ref_name": { "include": ["refs/tags/v*"], "exclude": [] } },
                "rules": [{ "type": "update" }, { "type": "deletion" }],
            },
        },
    })
}

fn seen(said: &Value, key: &str) -> Known<Value> {
    match said.get(key) {
        None => Known::Absent,
        Some(Value::String(_)) => {
            Known::Unseen(Finding::new(Code::NotEstablishedCode, format!("GET {key}: HTTP 502")))
        }
        Some(value) => Known::Is(value.clone()),
    }
}

fn seen_list(said: &Value, key: &str) -> Known<Vec<Value>> {
    match seen(said, key) {
        Known::Is(Value::Array(items)) => Known::Is(items),
        Known::Is(_) | Known::Absent => Known::Absent,
        Known::Unseen(finding) => Known::Unseen(finding),
    }
}

fn facts(said: &Value) -> LiveFacts {
    let rulesets = said.get("rulesets").cloned().unwrap_or_default();
    let by_id = rulesets
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(id, _)| Some((id.parse().ok()?, seen(&rulesets, id))));
    LiveFacts {
        repository: seen(said, "repository"),
        app: seen(said, "app"),
        branch: seen(said, "branch"),
        rules: seen_list(said, "rules"),
        listed: seen_list(said, "listed"),
        rulesets: by_id.collect(),
        protection: seen(said, "protection"),
    }
}

/// The verdict, and findings as `code message`.
fn judged(said: &Value) -> (Verdict, Vec<String>) {
    let judged = judge(&WANTED, &facts(said));
    let shown = |f: &Finding| format!("{} {}", f.code.name(), f.message);
    (verdict(&judged.findings), judged.findings.iter().map(shown).collect())
}

/// What is said once `change` was made.
fn changed(change: impl FnOnce(&mut Value)) -> (Verdict, Vec<String>) {
    let mut said = good();
    change(&mut said);
    judged(&said)
}

/// Applies the same change to the parameters of a rule where it is listed and where it is
/// in its ruleset.
fn in_rule(said: &mut Value, kind: &str, change: impl Fn(&mut Value)) {
    for list in ["/rules", "/rulesets/7/rules"] {
        for rule in said.pointer_mut(list).unwrap().as_array_mut().unwrap() {
            if rule["type"] == kind {
                change(&mut rule["parameters"]);
            }
        }
    }
}

fn without_rule(said: &mut Value, kind: &str) {
    for list in ["/rules", "/rulesets/7/rules"] {
        said.pointer_mut(list).unwrap().as_array_mut().unwrap().retain(|rule| rule["type"] != kind);
    }
}

#[test]
fn a_server_that_enforces_everything_proves_every_line() {
    let judged = judge(&WANTED, &facts(&good()));
    assert_eq!(judged.findings, []);
    assert_eq!(judged.lines.len(), 2 + GATES.len() + 7 + 1);
    for line in &judged.lines {
        assert_eq!(line.verdict, Verdict::Pass, "{line:?}");
    }
    assert_eq!(judged.lines[2].demand, "T0 is green, from app 15368");
    assert_eq!(judged.lines[2].why, "ruleset `main` (7)");
}

type Change = fn(&mut Value);

type Row = (Change, Verdict, &'static [&'static str]);

fn holds(table: &[Row]) {
    for (number, (change, expected, findings)) in table.iter().enumerate() {
        let (answer, said) = changed(change);
        assert_eq!(said, *findings, "row {number}");
        assert_eq!(answer, *expected, "row {number}");
    }
}

#[test]
fn what_was_not_said_is_not_established() {
    use Verdict::{Fail, NotEstablished, Pass};
    holds(&[
        (
            |said| said["rules"] = json!("fails"),
            NotEstablished,
            &["not-established GET rules: HTTP 502"],
        ),
        (
            |said| drop(said.as_object_mut().unwrap().remove("rules")),
            NotEstablished,
            &["not-established GitHub shows this token no rules of `main`: not found"],
        ),
        (
            |said| drop(said.as_object_mut().unwrap().remove("app")),
            NotEstablished,
            &["not-established GitHub did not show the app `github-actions`"],
        ),
        (
            |said| said["app"]["id"] = json!(2),
            Fail,
            &["ruleset-drift GitHub Actions is app 2 here, policy says 15368"],
        ),
        (
            |said| said["repository"]["default_branch"] = json!("trunk"),
            Fail,
            &["ruleset-drift the default branch on GitHub is `trunk`, policy says `main`"],
        ),
        (
            |said| drop(said["repository"].as_object_mut().unwrap().remove("default_branch")),
            NotEstablished,
            &["not-established GitHub did not show its default branch"],
        ),
        (
            |said| said["listed"] = json!("fails"),
            Pass,
            &["tags-unprotected whether a ruleset protects release tags could not be seen"],
        ),
        // An entry of the list has no rules, whatever it is called.
        (
            |said| {
                said["rules"] = json!([]);
                drop(said["rulesets"].as_object_mut().unwrap().remove("7"));
            },
            Fail,
            &[
                "ruleset-drift `main` can be merged to without T0, T1 and T2: no required check",
                "ruleset-drift `main` can be merged although its base has moved on",
                "ruleset-drift `main` can be changed without an approved pull request",
                "ruleset-drift `main` can be merged with approvals of what was there before a push",
                "ruleset-drift `main` can be merged without its code owners",
                "ruleset-drift `main` can be merged with the last push approved by who made it",
                "ruleset-drift `main` can be rewritten by a forced push",
                "ruleset-drift `main` can be deleted",
            ],
        ),
    ]);
}

#[test]
fn release_tags_are_told_apart_from_the_branch() {
    let moved = |tag: &str| {
        let message = format!(
            "tags-unprotected no active ruleset keeps a tag such as `{tag}` from being moved"
        );
        (Verdict::Pass, vec![message])
    };
    let tags: &[(Change, &str)] = &[
        (|tags| tags["enforcement"] = json!("evaluate"), "v1.2.3-rc.1"),
        (|tags| tags["rules"] = json!([{ "type": "deletion" }]), "v1.2.3-rc.1"),
        (
            |tags| tags["conditions"]["ref_name"]["exclude"] = json!(["refs/tags/*-rc*"]),
            "v1.2.3-rc.1",
        ),
        (|tags| tags["conditions"]["ref_name"]["include"] = json!(["refs/tags/v*-rc*"]), "v1.2.3"),
        (|tags| tags["conditions"] = Value::Null, "v1.2.3-rc.1"),
        (|tags| tags["target"] = json!("push"), "v1.2.3-rc.1"),
    ];
    for (change, tag) in tags {
        assert_eq!(changed(|said| change(&mut said["rulesets"]["8"])), moved(tag));
    }
}
