//! Whether a ruleset holds for everybody: in force, for this branch, bypassed by nobody.

use super::*;

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn a_ruleset_counts_where_it_is_in_force_for_everybody() {
    use Verdict::{Fail, NotEstablished, Pass};
    let rest = "every demand depends on it";
    let table: &[(Change, Verdict, &str)] = &[
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
    for (source, whose) in [("Organization", "organisation"), ("Enterprise", "enterprise")] {
        let said = changed(|said| {
            said["rulesets"]["9"] = said["rulesets"]["7"].clone();
            said["rulesets"]["9"]["source_type"] = json!(source);
            said["rulesets"]["9"]["name"] = json!("everywhere");
            said["rulesets"]["9"]["bypass_actors"] =
                json!([{ "actor_type": "Integration", "actor_id": 3 }]);
            for rule in said["rules"].as_array_mut().unwrap() {
                if rule["type"] == "deletion" || rule["type"] == "non_fast_forward" {
                    rule["ruleset_id"] = json!(9);
                }
            }
        });
        let finding = format!(
            "ruleset-bypass {whose} ruleset `everywhere` (9) may be bypassed by the app 3 (always); 2 demands depend on it"
        );
        assert_eq!(said, (Verdict::Fail, vec![finding]));
    }
}
