//! Classic branch protection: known, unknown, and alone.

use super::*;

/// Classic protection that enforces everything.
fn protection() -> Value {
    let checks: Vec<_> =
        GATES.iter().map(|gate| json!({ "context": gate, "app_id": 15368 })).collect();
    json!({
        "required_status_checks": { "strict": true, "contexts": GATES, "checks": checks },
        "required_pull_request_reviews": {
            "required_approving_review_count": 2,
            "dismiss_stale_reviews": true,
            "require_code_owner_reviews": true,
            "require_last_push_approval": true,
        },
        "enforce_admins": { "enabled": true },
        "allow_force_pushes": { "enabled": false },
        "allow_deletions": { "enabled": false },
    })
}

fn only_classic(change: impl FnOnce(&mut Value)) -> (Verdict, Vec<String>) {
    changed(|said| {
        said["rules"] = json!([]);
        drop(said["rulesets"].as_object_mut().unwrap().remove("7"));
        said["protection"] = protection();
        change(&mut said["protection"]);
    })
}

const ALONE: &str = "ruleset-drift no ruleset is active here, only classic branch protection, which enforces: required_status_checks, pull_request, non_fast_forward, deletion";

#[test]
fn alone_it_is_reported_with_what_it_enforces() {
    assert_eq!(only_classic(|_| {}), (Verdict::Pass, vec![ALONE.to_owned()]));
    let bypassed = "ruleset-bypass classic branch protection may be bypassed by";
    let rest = "every demand depends on it";
    assert_eq!(
        only_classic(|all| all["enforce_admins"]["enabled"] = json!(false)),
        (Verdict::Fail, vec![format!("{bypassed} administrators; {rest}"), ALONE.to_owned()])
    );
    let allowed = json!({ "users": [{ "login": "ann" }], "teams": [], "apps": [{ "slug": "b" }] });
    assert_eq!(
        only_classic(
            |all| all["required_pull_request_reviews"]["bypass_pull_request_allowances"] = allowed
        ),
        (Verdict::Fail, vec![format!("{bypassed} `ann`, `b`; {rest}"), ALONE.to_owned()])
    );
    let (answer, said) =
        only_classic(|all| drop(all.as_object_mut().unwrap().remove("enforce_admins")));
    assert_eq!((answer, said.len()), (Verdict::NotEstablished, 2));
    assert_eq!(
        only_classic(|all| all["required_status_checks"]["checks"][1]["app_id"] = Value::Null),
        (
            Verdict::Fail,
            vec![
                "ruleset-unpinned anyone with write access can post T1: required from any source"
                    .to_owned(),
                ALONE.to_owned()
            ]
        )
    );
    let (answer, said) = only_classic(|all| all["allow_deletions"]["enabled"] = json!(true));
    assert_eq!((answer, said[0].as_str()), (Verdict::Fail, "ruleset-drift `main` can be deleted"));
}

#[test]
fn weaker_beside_a_ruleset_it_takes_nothing_away() {
    let said = changed(|said| {
        said["protection"] = protection();
        said["protection"]["enforce_admins"]["enabled"] = json!(false);
        said["protection"]["required_status_checks"] = Value::Null;
    });
    assert_eq!(said, (Verdict::Pass, vec![]));
}

#[test]
fn what_it_may_hold_is_unknown_to_who_may_not_see_it() {
    let without_deletion = |admin: bool, protected: bool| {
        changed(|said| {
            without_rule(said, "deletion");
            said["repository"]["permissions"]["admin"] = json!(admin);
            said["branch"]["protected"] = json!(protected);
        })
    };
    let missing = "ruleset-drift `main` can be deleted".to_owned();
    assert_eq!(without_deletion(true, true), (Verdict::Fail, vec![missing.clone()]));
    assert_eq!(without_deletion(false, false), (Verdict::Fail, vec![missing]));
    let open = "not-established `main` can be deleted, unless by classic branch protection, which this token may not see";
    assert_eq!(without_deletion(false, true), (Verdict::NotEstablished, vec![open.to_owned()]));
    // Where the rulesets hold everything, it does not matter.
    let said = changed(|said| said["repository"]["permissions"]["admin"] = json!(false));
    assert_eq!(said, (Verdict::Pass, vec![]));
    let said = changed(|said| said["protection"] = json!("fails"));
    assert_eq!(said, (Verdict::Pass, vec![]));
}
