//! The ruleset that policy demands, in the form in which GitHub takes it.

use serde_json::{Map, Value, json};
use thrice_findings::Known;

use super::live::LiveFacts;
use thrice_programme::RulesetSettings;

/// A request that would fix the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fix {
    /// The ruleset that it replaces; a new one where there is none of its name.
    pub(crate) replaces: Option<u64>,
    pub body: Value,
}

/// The types of rules that policy has something to say of.
const DEMANDED: [&str; 4] =
    ["deletion", "non_fast_forward", "pull_request", "required_status_checks"];

/// The request that makes the server demand what policy demands, on the branch `branch`.
/// Rules of other types stay as they are. `queue`: whether a merge queue proves the result of
/// a merge.
#[must_use]
pub(crate) fn fix(
    (settings, queue): (&RulesetSettings, bool),
    gates: &[&str],
    branch: &str,
    facts: &LiveFacts,
) -> Fix {
    let mut fix = of_body(ruleset((settings, queue), gates, branch), facts);
    if let (true, Some(Value::Array(rules))) = (queue, fix.body.get_mut("rules")) {
        let is_queue = |rule: &Value| rule["type"] == "merge_queue";
        // The server's own keeps its other settings.
        let ends = rules.iter().position(is_queue).zip(rules.iter().rposition(is_queue));
        if let Some((made, kept)) = ends.filter(|(made, kept)| made != kept) {
            rules[kept]["parameters"]["grouping_strategy"] = json!("ALLGREEN");
            rules.remove(made);
        }
    }
    fix
}

/// A merge queue that tests each commit of a group, as GitHub makes it otherwise.
fn queue_rule() -> Value {
    json!({ "type": "merge_queue", "parameters": {
        "check_response_timeout_minutes": 60,
        "grouping_strategy": "ALLGREEN",
        "max_entries_to_build": 5,
        "max_entries_to_merge": 5,
        "merge_method": "SQUASH",
        "min_entries_to_merge": 1,
        "min_entries_to_merge_wait_minutes": 5,
    }})
}

/// The request that keeps the ledger's branch `branch` from being deleted or rewritten.
/// Rules of other types stay as they are.
#[must_use]
pub(crate) fn fix_of_ledger(branch: &str, facts: &LiveFacts) -> Fix {
    let body = json!({
        "name": branch,
        "target": "branch",
        "enforcement": "active",
        "bypass_actors": [],
        "conditions": { "ref_name": { "include": [format!("refs/heads/{branch}")], "exclude": [] } },
        "rules": [{ "type": "deletion" }, { "type": "non_fast_forward" }],
    });
    of_body(body, facts)
}

/// The request that makes a ruleset of that body, in the place of the one of its name.
fn of_body(mut body: Value, facts: &LiveFacts) -> Fix {
    let name = body.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
    let own = |(id, seen): (&u64, &Known<Value>)| {
        let ruleset = seen.get()?;
        let is = |key: &str, wanted: &str| ruleset.get(key).and_then(Value::as_str) == Some(wanted);
        let here = !is("source_type", "Organization") && !is("source_type", "Enterprise");
        (here && is("target", "branch") && is("name", &name)).then(|| (*id, ruleset.clone()))
    };
    let found = facts.rulesets.iter().find_map(own);
    if let (Some((_, ruleset)), Some(Value::Array(rules))) = (&found, body.get_mut("rules")) {
        let kept = ruleset.get("rules").and_then(Value::as_array).into_iter().flatten();
        let kind = |rule: &Value| rule.get("type").and_then(Value::as_str).map(str::to_owned);
        let others =
            kept.filter(|rule| kind(rule).is_some_and(|kind| !DEMANDED.contains(&kind.as_str())));
        rules.extend(others.filter_map(taken_over));
    }
    Fix { replaces: found.map(|(id, _)| id), body }
}

/// A rule as a request may hold it.
fn taken_over(rule: &Value) -> Option<Value> {
    let mut taken = Map::new();
    taken.insert("type".to_owned(), rule.get("type")?.clone());
    if let Some(parameters) = rule.get("parameters").filter(|value| value.is_object()) {
        taken.insert("parameters".to_owned(), parameters.clone());
    }
    Some(Value::Object(taken))
}

/// The ruleset that policy demands.
#[must_use]
pub(crate) fn ruleset(
    (settings, queue): (&RulesetSettings, bool),
    gates: &[&str],
    branch: &str,
) -> Value {
    let check = |gate: &&str| json!({ "context": gate, "integration_id": settings.app_id });
    let mut body = json!({
        "name": branch,
        "target": "branch",
        "enforcement": "active",
        "bypass_actors": [],
        "conditions": { "ref_name": { "include": ["~DEFAULT_BRANCH"], "exclude": [] } },
        "rules": [
            { "type": "deletion" },
            { "type": "non_fast_forward" },
            { "type": "pull_request", "parameters": {
                "required_approving_review_count": 1,
                "dismiss_stale_reviews_on_push": true,
                "require_code_owner_review": true,
                "require_last_push_approval": true,
                "required_review_thread_resolution": true,
            }},
            { "type": "required_status_checks", "parameters": {
                "strict_required_status_checks_policy": !queue,
                "do_not_enforce_on_create": false,
                "required_status_checks": gates.iter().map(check).collect::<Vec<_>>(),
            }},
        ],
    });
    if let (true, Some(Value::Array(rules))) = (queue, body.get_mut("rules")) {
        rules.push(queue_rule());
    }
    body
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use thrice_orr::judge::rulesets::committed;
    use thrice_programme::ProvenBase;

    const GATES: [&str; 2] = ["T0", "T1"];

    fn settings() -> RulesetSettings {
        RulesetSettings {
            file: "r.json".to_owned(),
            workflow: "w.yml".to_owned(),
            app_id: 7,
            check: None,
        }
    }

    fn facts(rulesets: Vec<(u64, Value)>) -> LiveFacts {
        let seen = rulesets.into_iter().map(|(id, ruleset)| (id, Known::Is(ruleset)));
        LiveFacts {
            repository: Known::Absent,
            app: Known::Absent,
            branch: Known::Absent,
            rules: Known::Absent,
            listed: Known::Absent,
            rulesets: seen.collect::<BTreeMap<_, _>>(),
            protection: Known::Absent,
        }
    }

    #[test]
    fn what_it_makes_is_what_a_committed_ruleset_must_be() {
        let made = fix((&settings(), false), &GATES, "main", &facts(Vec::new()));
        assert_eq!(made.replaces, None);
        let bytes = serde_json::to_vec(&made.body).unwrap();
        assert_eq!(committed::check("r.json", &bytes, &GATES, 7, ("main", ProvenBase::Head)), []);
    }

    #[test]
    fn a_ruleset_of_its_name_is_replaced_and_keeps_its_other_rules() {
        let rules = json!([
            { "type": "deletion" },
            { "type": "required_signatures", "more": 1 },
            { "type": "merge_queue", "parameters": { "a": 1 } },
            { "no": "type" },
        ]);
        let own = json!({ "name": "main", "target": "branch", "rules": rules });
        let mut foreign = own.clone();
        foreign["source_type"] = json!("Organization");
        let made = fix((&settings(), false), &GATES, "main", &facts(vec![(3, foreign), (4, own)]));
        assert_eq!(made.replaces, Some(4));
        let rules = made.body["rules"].as_array().unwrap();
        assert_eq!(rules.len(), 6);
        assert_eq!(
            rules[4..],
            [
                json!({ "type": "required_signatures" }),
                json!({ "type": "merge_queue", "parameters": { "a": 1 } }),
            ]
        );
        let bytes = serde_json::to_vec(&made.body).unwrap();
        assert_eq!(committed::check("r.json", &bytes, &GATES, 7, ("main", ProvenBase::Head)), []);
    }

    #[test]
    fn a_queue_that_policy_wants_tests_each_commit_of_a_group() {
        let kept = json!({ "type": "merge_queue", "parameters": {
            "grouping_strategy": "HEADGREEN", "merge_method": "REBASE",
        }});
        let own = json!({ "name": "main", "target": "branch", "rules": [kept] });
        for (there, method) in [(vec![], "SQUASH"), (vec![(4, own)], "REBASE")] {
            let made = fix((&settings(), true), &GATES, "main", &facts(there));
            let bytes = serde_json::to_vec(&made.body).unwrap();
            let queue = ("main", ProvenBase::Queue);
            assert_eq!(committed::check("r.json", &bytes, &GATES, 7, queue), []);
            let last = made.body["rules"].as_array().unwrap().last().unwrap();
            assert_eq!(last["parameters"]["merge_method"], method);
        }
    }
}
