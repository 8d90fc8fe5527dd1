use super::*;
use proptest::prelude::*;

const GOOD: &str = include_str!("../../../../../../../.github/rulesets/main.json");
const GATES: &[&str] = &["T0", "T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8"];

/// Findings as `code line message`.
fn judged(text: &str, branch: &str) -> Vec<String> {
    let findings = check("r.json", text.as_bytes(), GATES, 15368, (branch, ProvenBase::Head));
    let line = |f: &Finding| f.place.as_ref().and_then(|place| place.line).unwrap_or(0);
    findings.iter().map(|f| format!("{} {} {}", f.code.name(), line(f), f.message)).collect()
}

/// The findings after `from`, which must be there once, was replaced by `to`.
fn changed(from: &str, to: &str) -> Vec<String> {
    assert_eq!(GOOD.matches(from).count(), 1, "{from}");
    judged(&GOOD.replace(from, to), "main")
}

#[test]
fn the_committed_ruleset_demands_every_gate() {
    assert_eq!(judged(GOOD, "main"), [""; 0]);
    assert_eq!(judged(GOOD, "any/other"), [""; 0]);
}

#[test]
fn what_is_no_json_object_is_refused_with_line_and_column() {
    let findings = check("r.json", b"{\n  \"a\": x\n}", GATES, 15368, ("main", ProvenBase::Head));
    let place = findings[0].place.clone().unwrap();
    assert_eq!((place.line, place.column), (Some(2), Some(8)));
    assert_eq!(findings[0].message, "the ruleset cannot be read: expected value");
    assert_eq!(judged("[]", "main"), ["ruleset-drift 1 the ruleset is a list"]);
    assert_eq!(
        changed(
            "  \"enforcement\": \"active\",",
            "  \"enforcement\": \"active\",\n  \"enforcement\": \"disabled\","
        ),
        ["ruleset-drift 5 the ruleset cannot be read: the key `enforcement` is given twice"]
    );
}

#[test]
fn the_ruleset_is_active_for_branches_and_for_everybody() {
    let table = [
        ("\"branch\"", "\"tag\"", "ruleset-drift 3 `target` is `tag`, not `branch`"),
        ("\"active\"", "\"evaluate\"", "ruleset-drift 4 `enforcement` is `evaluate`, not `active`"),
        (
            "  \"enforcement\": \"active\",\n",
            "",
            "ruleset-drift 1 `enforcement` is nothing, not `active`",
        ),
        (
            "  \"bypass_actors\": [],\n",
            "",
            "ruleset-drift 1 `bypass_actors` is absent: who may bypass the ruleset is unknown",
        ),
        (
            "\"bypass_actors\": []",
            "\"bypass_actors\": null",
            "ruleset-drift 1 `bypass_actors` is absent: who may bypass the ruleset is unknown",
        ),
        (
            "\"bypass_actors\": []",
            "\"bypass_actors\": {}",
            "ruleset-drift 5 `bypass_actors` is a mapping, not a list",
        ),
        (
            "\"bypass_actors\": []",
            "\"bypass_actors\": [\n{\"actor_type\": \"DeployKey\"}]",
            "ruleset-drift 6 1 actor may bypass the ruleset",
        ),
        (
            "\"bypass_actors\": []",
            "\"bypass_actors\": [1,\n2]",
            "ruleset-drift 5 2 actors may bypass the ruleset",
        ),
    ];
    for (from, to, expected) in table {
        assert_eq!(changed(from, to), [expected]);
    }
}

#[test]
fn the_default_branch_is_included_and_not_excluded() {
    let (include, exclude) = ("[\"~DEFAULT_BRANCH\"]", "\"exclude\": []");
    for good in [
        "~ALL",
        "refs/heads/main",
        "refs/heads/*",
        "refs/heads/**",
        "refs/heads/**/*",
        "refs/heads/m*",
    ] {
        assert_eq!(changed(include, &format!("[\"{good}\"]")), [""; 0], "{good}");
    }
    let absent = "the default branch `main` is not included";
    for bad in [
        "[]",
        "null",
        "\"~ALL\"",
        "[\"main\"]",
        "[\"refs/heads/Main\"]",
        "[\"refs/heads/r*\"]",
        "[1]",
    ] {
        assert_eq!(changed(include, bad).len(), 1, "{bad}");
        assert!(changed(include, bad)[0].ends_with(absent), "{bad}");
    }
    assert_eq!(
        changed(include, "[\n\"refs/heads/m[a]*\"]"),
        [
            "not-established 9 whether `refs/heads/m[a]*` includes the default branch `main` is not evaluated"
        ]
    );
    assert_eq!(changed(include, "[\"refs/heads/m[a]*\", \"~ALL\"]"), [""; 0]);
    assert_eq!(changed(exclude, "\"exclude\": [\"refs/heads/dev*\", \"refs/heads/x\"]"), [""; 0]);
    assert_eq!(
        changed(exclude, "\"exclude\": [\"refs/heads/m*\", \"refs/heads/m[a]*\", \"~NEW\", {}]"),
        [
            "ruleset-drift 9 the default branch `main` is excluded by `refs/heads/m*`",
            "not-established 9 whether `refs/heads/m[a]*` excludes the default branch `main` is not evaluated",
            "not-established 9 whether `~NEW` excludes the default branch `main` is not evaluated",
            "not-established 9 whether a mapping excludes the default branch `main` is not evaluated",
        ]
    );
    assert_eq!(
        changed(exclude, "\"exclude\": {}"),
        ["ruleset-drift 9 `exclude` is a mapping, not a list"]
    );
    assert_eq!(
        changed("\"conditions\": {", "\"conditions\": {\n\"repository_id\": {},"),
        ["not-established 7 the condition `repository_id` is not evaluated"]
    );
    let starred = GOOD.replace("~DEFAULT_BRANCH", "refs/heads/*");
    assert_eq!(
        judged(&starred, "a/b"),
        ["ruleset-drift 8 the default branch `a/b` is not included"]
    );
}

#[test]
fn every_demanded_rule_is_there_once() {
    assert_eq!(
        changed("{ \"type\": \"deletion\" },", ""),
        ["ruleset-drift 12 no rule `deletion`: nothing forbids the deletion of the branch"]
    );
    assert_eq!(
        changed("non_fast_forward", "Non_Fast_Forward"),
        ["ruleset-drift 12 no rule `non_fast_forward`: nothing forbids a forced push"]
    );
    assert_eq!(
        changed("\"pull_request\"", "\"x\""),
        ["ruleset-drift 12 no rule `pull_request`: nothing forbids a push without a pull request"]
    );
    assert_eq!(
        changed("\"type\": \"required_status_checks\"", "\"type\": null"),
        [
            "ruleset-drift 12 no rule `required_status_checks`: nothing forbids a merge without green gates"
        ]
    );
    assert_eq!(
        changed("required_linear_history", "deletion"),
        ["ruleset-drift 15 a second rule `deletion`; the first is on line 13"]
    );
    assert_eq!(judged(&GOOD.replace("\"rules\"", "\"rule\""), "main").len(), 4);
}

#[test]
fn every_gate_is_demanded_of_the_app_alone() {
    let t0 = "{ \"context\": \"T0\", \"integration_id\": 15368 }";
    let strict =
        "`strict_required_status_checks_policy` is not `true`: a stale branch can be merged";
    let at = |line: usize, message: &str| vec![format!("ruleset-drift {line} {message}")];
    let line = GOOD.lines().position(|line| line.contains("\"T0\"")).unwrap() + 1;
    assert_eq!(
        changed(&format!("{t0},"), ""),
        at(line - 1, "the gate `T0` is not a required check")
    );
    assert_eq!(
        changed(t0, "{ \"context\": \"T0\" }"),
        at(
            line,
            "the required check `T0` has no `integration_id`: anyone with write access can post it"
        )
    );
    for id in ["1", "\"15368\"", "15368.0", "-1"] {
        let shown = id.trim_matches('"');
        let message = format!("the required check `T0` is of the app `{shown}`, not 15368");
        assert_eq!(
            changed(t0, &format!("{{ \"context\": \"T0\", \"integration_id\": {id} }}")),
            at(line, &message)
        );
    }
    for extra in ["T9", "T10", "t0", " T0"] {
        let more = format!("{t0}, {{\"context\": \"{extra}\", \"integration_id\": 15368}}");
        assert_eq!(
            changed(t0, &more),
            at(line, &format!("the required check `{extra}` is no gate"))
        );
    }
    assert_eq!(changed(t0, &format!("{t0}, {{\"context\": \"lint\"}}")), [""; 0]);
    assert_eq!(changed(t0, &format!("{t0}, {{}}")), at(line, "a required check has no `context`"));
    for other in ["false", "\"true\"", "1"] {
        let to = format!("\"strict_required_status_checks_policy\": {other}");
        assert_eq!(
            changed("\"strict_required_status_checks_policy\": true", &to),
            at(line - 3, strict)
        );
    }
}

#[test]
fn a_queue_stands_for_branches_that_are_up_to_date() {
    let lax = GOOD.replace("_policy\": true", "_policy\": false");
    assert_ne!(lax, GOOD);
    let queue = |strategy: &str| {
        let rule = format!(
            "{{ \"type\": \"merge_queue\", \"parameters\": {{ {strategy} }} }},\n{{ \"type\": \"deletion\" }},"
        );
        lax.replace("{ \"type\": \"deletion\" },", &rule)
    };
    let all = queue("\"grouping_strategy\": \"ALLGREEN\"");
    let last = queue("\"grouping_strategy\": \"HEADGREEN\"");
    let none = "no rule `merge_queue`: nothing forbids a merge whose result was not tested";
    let groups = "the merge queue's `grouping_strategy` is not `ALLGREEN`: a red commit of a group can be merged";
    let strict =
        "`strict_required_status_checks_policy` is not `true`: a stale branch can be merged";
    for (base, text, expected) in [
        (ProvenBase::Queue, all.as_str(), &[][..]),
        (ProvenBase::Queue, &last, &[groups]),
        (ProvenBase::Queue, &queue(""), &[groups]),
        (ProvenBase::Queue, &lax, &[none]),
        (ProvenBase::Queue, GOOD, &[none]),
        (ProvenBase::Head, &lax, &[strict]),
        (ProvenBase::Head, &all, &[strict]),
    ] {
        let findings = check("r.json", text.as_bytes(), GATES, 15368, ("main", base));
        let said: Vec<&str> = findings.iter().map(|it| it.message.as_str()).collect();
        assert_eq!(said, expected, "{text}");
    }
    assert_eq!(awaited(all.as_bytes()), [GATES, &["suite"]].concat());
    assert_eq!(awaited(GOOD.as_bytes()), [""; 0]);
}

#[test]
fn the_way_to_merge_is_one_that_each_rule_allows() {
    let rule = |methods: &str| {
        format!(
            "{{\"type\": \"pull_request\", \"parameters\": {{\"allowed_merge_methods\": [{methods}]}}}}"
        )
    };
    for (rules, expected) in [
        (vec![], "squash"),
        (vec![rule("\"merge\", \"squash\"")], "squash"),
        (vec![rule("\"merge\", \"rebase\"")], "rebase"),
        (vec![rule("\"merge\", \"squash\""), rule("\"merge\"")], "merge"),
        (vec![rule("\"merge\""), rule("\"rebase\"")], "squash"),
    ] {
        let text = format!("{{\"rules\": [{}]}}", rules.join(", "));
        assert_eq!(merge_method(text.as_bytes()), expected, "{text}");
    }
    assert_eq!(merge_method(b"{"), "squash");
}

proptest! {
    #[test]
    fn never_panics_on_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = check("r.json", &bytes, GATES, 15368, ("main", ProvenBase::Head));
    }

    #[test]
    fn never_panics_where_a_part_is_gone(from in 0..GOOD.len(), length in 0..40_usize) {
        let mut bytes = GOOD.as_bytes().to_vec();
        bytes.drain(from..(from + length).min(GOOD.len()));
        let _ = check("r.json", &bytes, GATES, 15368, ("main", ProvenBase::Head));
    }
}
