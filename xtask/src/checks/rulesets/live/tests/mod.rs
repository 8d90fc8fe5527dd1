use serde_json::json;

use super::*;
use crate::findings::verdict;

mod classic;
mod properties;

const GATES: &[&str] = &["T0", "T1", "T2"];

const WANTED: Wanted<'static> = Wanted { gates: GATES, app_id: 15368, branch: "main" };

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

fn seen(said: &Value, key: &str) -> Seen<Value> {
    match said.get(key) {
        None => Seen::NotFound,
        Some(Value::String(_)) => Seen::Unseen(Box::new(Finding::new(
            Code::NotEstablishedCode,
            format!("GET {key}: HTTP 502"),
        ))),
        Some(value) => Seen::Is(value.clone()),
    }
}

fn seen_list(said: &Value, key: &str) -> Seen<Vec<Value>> {
    match seen(said, key) {
        Seen::Is(Value::Array(items)) => Seen::Is(items),
        Seen::Is(_) | Seen::NotFound => Seen::NotFound,
        Seen::Unseen(finding) => Seen::Unseen(finding),
    }
}

fn facts(said: &Value) -> Facts {
    let rulesets = said.get("rulesets").cloned().unwrap_or_default();
    let by_id = rulesets
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(id, _)| Some((id.parse().ok()?, seen(&rulesets, id))));
    Facts {
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
        assert_eq!(line.answer, Verdict::Pass, "{line:?}");
    }
    assert_eq!(judged.lines[2].demand, "T0 is green, from app 15368");
    assert_eq!(judged.lines[2].why, "ruleset `main` (7)");
}

type Row = (fn(&mut Value), Verdict, &'static [&'static str]);

fn holds(table: &[Row]) {
    for (number, (change, expected, findings)) in table.iter().enumerate() {
        let (answer, said) = changed(change);
        assert_eq!(said, *findings, "row {number}");
        assert_eq!(answer, *expected, "row {number}");
    }
}

fn check(said: &mut Value, gate: &str, change: impl Fn(&mut Value)) {
    in_rule(said, "required_status_checks", |parameters| {
        let checks = parameters["required_status_checks"].as_array_mut().unwrap();
        checks.iter_mut().filter(|check| check["context"] == gate).for_each(&change);
    });
}

#[test]
fn every_gate_is_required_of_the_app() {
    use Verdict::{Fail, Pass};
    holds(&[
        (
            |said| check(said, "T1", |check| check["context"] = json!("T01")),
            Fail,
            &[
                "ruleset-drift `main` can be merged to without T1: no required check",
                "ruleset-drift the required check `T01` is no gate: if nothing posts it, nothing can be merged",
            ],
        ),
        (
            |said| {
                check(said, "T1", |check| {
                    drop(check.as_object_mut().unwrap().remove("integration_id"))
                })
            },
            Fail,
            &["ruleset-unpinned anyone with write access can post T1: required from any source"],
        ),
        (
            |said| {
                check(said, "T0", |check| check["integration_id"] = Value::Null);
                check(said, "T2", |check| check["integration_id"] = json!(-1));
            },
            Fail,
            &[
                "ruleset-unpinned anyone with write access can post T0 and T2: required from any source",
            ],
        ),
        (
            |said| check(said, "T2", |check| check["integration_id"] = json!(99)),
            Fail,
            &["ruleset-drift T2 is required from app 99, not 15368"],
        ),
        (
            |said| check(said, "T2", |check| check["integration_id"] = json!("15368")),
            Fail,
            &["ruleset-drift T2 is required from app `\"15368\"`, not 15368"],
        ),
        (
            |said| without_rule(said, "required_status_checks"),
            Fail,
            &[
                "ruleset-drift `main` can be merged to without T0, T1 and T2: no required check",
                "ruleset-drift `main` can be merged although its base has moved on",
            ],
        ),
        (
            |said| {
                in_rule(said, "required_status_checks", |parameters| {
                    let extra = json!({ "context": "lint" });
                    parameters["required_status_checks"].as_array_mut().unwrap().push(extra);
                })
            },
            Pass,
            &["ruleset-drift the check `lint` is required too; policy does not know it"],
        ),
        // A gate that is required twice is required of the app too.
        (
            |said| {
                in_rule(said, "required_status_checks", |parameters| {
                    let again = json!({ "context": "T0" });
                    parameters["required_status_checks"].as_array_mut().unwrap().insert(0, again);
                })
            },
            Pass,
            &[],
        ),
    ]);
}

#[test]
fn every_other_rule_is_there_with_its_switches() {
    use Verdict::Fail;
    holds(&[
        (|said| without_rule(said, "deletion"), Fail, &["ruleset-drift `main` can be deleted"]),
        (
            |said| without_rule(said, "non_fast_forward"),
            Fail,
            &["ruleset-drift `main` can be rewritten by a forced push"],
        ),
        (
            |said| without_rule(said, "pull_request"),
            Fail,
            &[
                "ruleset-drift `main` can be changed without an approved pull request",
                "ruleset-drift `main` can be merged with approvals of what was there before a push",
                "ruleset-drift `main` can be merged without its code owners",
                "ruleset-drift `main` can be merged with the last push approved by who made it",
            ],
        ),
        (
            |said| {
                in_rule(said, "pull_request", |all| {
                    all["required_approving_review_count"] = json!(0)
                })
            },
            Fail,
            &["ruleset-drift `main` can be changed without an approved pull request"],
        ),
        (
            |said| {
                in_rule(said, "pull_request", |all| {
                    all["require_code_owner_review"] = json!("true")
                })
            },
            Fail,
            &["ruleset-drift `main` can be merged without its code owners"],
        ),
        (
            |said| {
                in_rule(said, "required_status_checks", |all| {
                    all["strict_required_status_checks_policy"] = json!(false);
                })
            },
            Fail,
            &["ruleset-drift `main` can be merged although its base has moved on"],
        ),
    ]);
}

#[test]
fn a_ruleset_counts_where_it_is_in_force_for_everybody() {
    use Verdict::{Fail, NotEstablished, Pass};
    let rest = "all that is demanded rests on it";
    let table: &[(fn(&mut Value), Verdict, &str)] = &[
        (
            |said| drop(said["rulesets"]["7"].as_object_mut().unwrap().remove("bypass_actors")),
            NotEstablished,
            "not-established ruleset `main` (7) does not show this token who may bypass it",
        ),
        (
            |said| said["rulesets"]["7"]["bypass_actors"] = Value::Null,
            NotEstablished,
            "not-established ruleset `main` (7) does not show this token who may bypass it",
        ),
        (
            |said| {
                drop(said["rulesets"]["7"].as_object_mut().unwrap().remove("bypass_actors"));
                said["rulesets"]["7"]["current_user_can_bypass"] = json!("pull_requests_only");
            },
            Fail,
            "ruleset-bypass ruleset `main` (7) may be bypassed by the one whom this token belongs to",
        ),
        (
            |said| {
                said["rulesets"]["7"]["bypass_actors"] = json!([
                    { "actor_type": "RepositoryRole", "actor_id": 5, "bypass_mode": "pull_request" },
                    { "actor_type": "OrganizationAdmin", "actor_id": null },
                    { "actor_type": "Team", "actor_id": 12, "bypass_mode": "exempt" },
                    7,
                ])
            },
            Fail,
            "ruleset-bypass ruleset `main` (7) may be bypassed by the role admin (for pull requests), organisation admins (always), the team 12 (exempt), somebody unnamed (always)",
        ),
        (
            |said| {
                said["rules"] = json!([]);
                said["rulesets"]["7"]["enforcement"] = json!("evaluate");
            },
            Fail,
            "ruleset-inactive ruleset `main` (7) only evaluates: it reports and lets everything through",
        ),
        (
            |said| {
                said["rules"] = json!([]);
                said["rulesets"]["7"]["enforcement"] = json!("disabled");
            },
            Fail,
            "ruleset-inactive ruleset `main` (7) is disabled",
        ),
        (
            |said| {
                said["rules"] = json!([]);
                said["rulesets"]["7"]["conditions"]["ref_name"]["include"] =
                    json!(["refs/heads/dev*"]);
            },
            Fail,
            "ruleset-inactive ruleset `main` (7) does not target `main`",
        ),
        (
            |said| {
                said["rules"] = json!([]);
                said["rulesets"]["7"]["conditions"]["ref_name"]["exclude"] =
                    json!(["refs/heads/m*"]);
            },
            Fail,
            "ruleset-inactive ruleset `main` (7) does not target `main`",
        ),
        // What the two answers disagree on is not known.
        (
            |said| said["rulesets"]["7"]["conditions"]["ref_name"]["exclude"] = json!(["~ALL"]),
            NotEstablished,
            "not-established ruleset `main` (7) is listed for the branch, but its conditions leave the branch out",
        ),
        (
            |said| drop(said["rulesets"]["7"].as_object_mut().unwrap().remove("enforcement")),
            NotEstablished,
            "not-established ruleset `main` (7) does not say whether it is active",
        ),
        (
            |said| drop(said["rulesets"].as_object_mut().unwrap().remove("7")),
            NotEstablished,
            "not-established ruleset 7 is not shown to this token",
        ),
        (
            |said| said["rulesets"]["7"] = json!("fails"),
            NotEstablished,
            "not-established ruleset 7 could not be read: GET 7: HTTP 502",
        ),
        (
            |said| {
                for rule in said["rules"].as_array_mut().unwrap() {
                    rule.as_object_mut().unwrap().remove("ruleset_id");
                }
                said["rulesets"].as_object_mut().unwrap().remove("7");
            },
            NotEstablished,
            "not-established a ruleset without an id cannot be looked up: the server says no id",
        ),
    ];
    for (number, (change, expected, finding)) in table.iter().enumerate() {
        let (answer, said) = changed(change);
        assert_eq!(said, [format!("{finding}; {rest}")], "row {number}");
        assert_eq!(answer, *expected, "row {number}");
    }
    // A weak ruleset beside a strong one takes nothing away.
    let beside = changed(|said| {
        said["rulesets"]["9"] = said["rulesets"]["7"].clone();
        said["rulesets"]["9"]["bypass_actors"] = json!([{ "actor_type": "DeployKey" }]);
        let mut again = said["rules"].as_array().unwrap().clone();
        again.iter_mut().for_each(|rule| rule["ruleset_id"] = json!(9));
        said["rules"].as_array_mut().unwrap().extend(again);
    });
    assert_eq!(beside, (Pass, vec![]));
}

#[test]
fn two_rulesets_together_hold_what_each_holds_in_part() {
    let said = changed(|said| {
        said["rulesets"]["9"] = said["rulesets"]["7"].clone();
        said["rulesets"]["9"]["source_type"] = json!("Organization");
        said["rulesets"]["9"]["name"] = json!("everywhere");
        said["rulesets"]["9"]["bypass_actors"] =
            json!([{ "actor_type": "Integration", "actor_id": 3 }]);
        for rule in said["rules"].as_array_mut().unwrap() {
            if rule["type"] == "deletion" || rule["type"] == "non_fast_forward" {
                rule["ruleset_id"] = json!(9);
            }
        }
    });
    let finding = "ruleset-bypass organisation ruleset `everywhere` (9) may be bypassed by the app 3 (always); 2 demands rest on it";
    assert_eq!(said, (Verdict::Fail, vec![finding.to_owned()]));
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
    let tags: &[(fn(&mut Value), &str)] = &[
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
