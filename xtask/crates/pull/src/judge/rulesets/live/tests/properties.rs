//! No answer of a server makes it panic, and nothing that is needed can be taken away.

use proptest::prelude::*;

use super::*;

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a-zT0-9~*/]{0,8}".prop_map(Value::from),
        prop_oneof![Just("active"), Just("branch"), Just("T0"), Just("pull_request")]
            .prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let key = prop_oneof![
            Just("type"),
            Just("parameters"),
            Just("ruleset_id"),
            Just("rules"),
            Just("conditions"),
            Just("ref_name"),
            Just("include"),
            Just("bypass_actors"),
            Just("required_status_checks"),
            Just("checks"),
            Just("enabled"),
            Just("id"),
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::vec((key, inner), 0..4).prop_map(|entries| {
                entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
            }),
        ]
    })
}

/// Pointers to every value below `value`.
fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    let inner: Vec<(String, &Value)> = match value {
        Value::Array(items) => {
            items.iter().enumerate().map(|(n, item)| (n.to_string(), item)).collect()
        }
        Value::Object(entries) => entries.iter().map(|(key, value)| (key.clone(), value)).collect(),
        _ => return,
    };
    for (key, value) in inner {
        let at = format!("{at}/{key}");
        pointers(value, &at, found);
        found.push(at);
    }
}

fn remove(value: &mut Value, pointer: &str) {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    match value.pointer_mut(parent).unwrap() {
        Value::Array(items) => drop(items.remove(key.parse().unwrap())),
        Value::Object(entries) => drop(entries.remove(key)),
        _ => unreachable!("{pointer}"),
    }
}

/// What may be taken out of the good answers without a demand being hurt: names and
/// what says twice what is said elsewhere.
fn is_needless(pointer: &str) -> bool {
    let ends = [
        "/name",
        "/target",
        "/source_type",
        "/ruleset_source",
        "/ruleset_source_type",
        "/current_user_can_bypass",
        "/required_review_thread_resolution",
    ];
    let starts = ["/branch", "/listed", "/rulesets/8", "/repository/permissions"];
    let in_ruleset = ["/rulesets/7/rules", "/rulesets/7/id", "/rulesets/7/conditions"];
    ends.iter().any(|end| pointer.ends_with(end))
        || starts.iter().chain(&in_ruleset).any(|start| pointer.starts_with(start))
}

#[test]
fn nothing_that_is_needed_can_be_taken_away() {
    let good = good();
    let mut all = Vec::new();
    pointers(&good, "", &mut all);
    let needed: Vec<_> = all.iter().filter(|pointer| !is_needless(pointer)).collect();
    assert!(needed.len() > 30, "{needed:?}");
    for pointer in needed {
        let mut said = good.clone();
        remove(&mut said, pointer);
        assert_ne!(judged(&said).0, Verdict::Pass, "{pointer}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn never_panics_on_any_answers(
        parts in prop::collection::vec(any_json(), 7), ruleset in any_json(),
    ) {
        let keys = ["repository", "app", "branch", "rules", "listed", "protection"];
        let mut said: Value =
            keys.iter().map(|key| (*key).to_owned()).zip(parts).collect();
        said["rulesets"] = json!({ "7": ruleset });
        let _ = judged(&said);
    }

    /// Whatever stands in the place of one answer, or of a part of it: either it is what was
    /// there, or something is refused, or it is a part that is not needed.
    #[test]
    fn a_part_that_became_something_else_never_panics(at in any::<prop::sample::Index>(), to in any_json()) {
        let mut said = good();
        let mut all = Vec::new();
        pointers(&said, "", &mut all);
        let pointer = at.get(&all).clone();
        *said.pointer_mut(&pointer).unwrap() = to;
        let _ = judged(&said);
    }
}
