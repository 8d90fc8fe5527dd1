//! What the server says of its rules.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::judge::rulesets::live::LiveFacts;
use thrice_facts::github::{Failure, FailureKind, GitHub, encoded};
use thrice_findings::Known;

/// What the server says. Only where the repository itself cannot be read is there
/// nothing to judge; anything else that it does not say is a fact of its own.
pub(in crate::verbs) fn facts(github: &GitHub, branch: &str) -> Result<LiveFacts, Failure> {
    let repository = Known::Is(github.read(github.repo("").trim_end_matches('/'))?);
    let parents = github.repo("rulesets?includes_parents=true");
    let of_repository = LiveFacts {
        repository,
        app: seen(github.read("apps/github-actions"))?,
        listed: seen(github.list(&parents, None))?,
        rulesets: BTreeMap::new(),
        rules: Known::Absent,
        branch: Known::Absent,
        protection: Known::Absent,
    };
    facts_of_branch(github, branch, of_repository)
}

/// The same of a branch: what is of the repository is known already.
pub(super) fn facts_of_branch(
    github: &GitHub,
    branch: &str,
    known: LiveFacts,
) -> Result<LiveFacts, Failure> {
    let name = encoded(branch);
    let mut facts = LiveFacts {
        rules: seen(github.list(&github.repo(&format!("rules/branches/{name}")), None))?,
        branch: seen(github.read(&github.repo(&format!("branches/{name}"))))?,
        protection: seen(github.read(&github.repo(&format!("branches/{name}/protection"))))?,
        ..known
    };
    for id in ids(&facts.rules, &facts.listed) {
        if let Entry::Vacant(unknown) = facts.rulesets.entry(id) {
            let ruleset = github.repo(&format!("rulesets/{id}?includes_parents=true"));
            unknown.insert(seen(github.read(&ruleset))?);
        }
    }
    Ok(facts)
}

/// A fact, or that it could not be seen. Being asked to stop ends it all.
fn seen<T>(answer: Result<T, Failure>) -> Result<Known<T>, Failure> {
    match answer {
        Ok(value) => Ok(Known::Is(value)),
        Err(failure) => match failure.kind() {
            FailureKind::NotFound => Ok(Known::Absent),
            FailureKind::Interrupted => Err(failure),
            _ => Ok(Known::Unseen(failure.finding())),
        },
    }
}

/// The rulesets that bear on branches or tags: those that are listed, and those that the
/// branch's rules name.
fn ids(rules: &Known<Vec<Value>>, listed: &Known<Vec<Value>>) -> BTreeSet<u64> {
    let of_rules = rules.get().into_iter().flatten().filter_map(|rule| rule.get("ruleset_id"));
    let bears = |ruleset: &&Value| {
        let target = ruleset.get("target").and_then(Value::as_str);
        !matches!(target, Some("push" | "repository"))
    };
    let of_list = listed.get().into_iter().flatten().filter(bears).filter_map(|one| one.get("id"));
    of_rules.chain(of_list).filter_map(Value::as_u64).collect()
}
