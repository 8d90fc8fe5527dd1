//! Tests without what only holds them together.

use std::collections::BTreeSet;

use super::TestOutcome;

/// The tests that hold no other: `A` holds `A/b` where `separator` is `/`. One that
/// failed though nothing in it did stays, for it failed by itself.
pub(super) fn leaves(
    tests: impl Iterator<Item = (String, TestOutcome)>,
    separator: &str,
) -> impl Iterator<Item = (String, TestOutcome)> {
    let tests: Vec<_> = tests.collect();
    let holders = tests.iter().flat_map(|(name, _)| above(name, separator));
    let holders = holders.map(str::to_owned).collect();
    without_holders(tests, &holders, separator)
}

/// The same, where it is known which tests hold others.
pub(super) fn without_holders(
    mut tests: Vec<(String, TestOutcome)>,
    holders: &BTreeSet<String>,
    separator: &str,
) -> impl Iterator<Item = (String, TestOutcome)> + use<> {
    // The deepest first: a failure answers for all that holds it.
    tests.sort_by_key(|(name, _)| std::cmp::Reverse(name.matches(separator).count()));
    let mut failed_within = BTreeSet::new();
    let mut kept = Vec::new();
    for (name, outcome) in tests {
        let holds = holders.contains(&name);
        let is_failed = outcome == TestOutcome::Failed;
        if holds && (!is_failed || failed_within.contains(&name)) {
            continue;
        }
        if is_failed {
            failed_within.extend(above(&name, separator).map(str::to_owned));
        }
        kept.push((name, outcome));
    }
    kept.into_iter()
}

/// The names of all that would hold a test of this name.
pub(super) fn above<'a>(name: &'a str, separator: &'a str) -> impl Iterator<Item = &'a str> {
    name.match_indices(separator).map(|(at, _)| &name[..at])
}
