//! Every rule, with its switches and its checks.

use super::*;

fn check(said: &mut Value, gate: &str, change: impl Fn(&mut Value)) {
    in_rule(said, "required_status_checks", |parameters| {
        let checks = parameters["required_status_checks"].as_array_mut().unwrap();
        checks.iter_mut().filter(|check| check["context"] == gate).for_each(&change);
    });
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
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
