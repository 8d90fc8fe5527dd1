//! How many tests a review ran, against the last green review of its base and against what
//! policy demands.

use std::collections::BTreeMap;

pub use super::test_report::TestCounts;
use crate::journal::JournalLine;
use crate::result::GateResult;
use thrice_findings::{Code, Finding, Place};
use thrice_policy::table::listed;

/// The tests of each gate that counts some, by its id.
pub type Tests = BTreeMap<String, TestCounts>;

/// What the gates of a review counted, as far as its journal says.
#[must_use]
pub fn of_journal(lines: &[JournalLine]) -> Tests {
    of_results(lines.iter().filter_map(|line| match line {
        JournalLine::GateEnded { result, .. } => Some(&**result),
        _ => None,
    }))
}

/// What these results counted. Where runs differ, their evidence does.
pub(crate) fn of_results<'a>(results: impl IntoIterator<Item = &'a GateResult>) -> Tests {
    let counted = results.into_iter().filter_map(|it| Some((it.gate.clone(), it.tests?)));
    counted.collect()
}

/// The counts for people: `T4 527 passed, 23 skipped`.
#[must_use]
pub fn words(tests: &Tests) -> String {
    let of_gate = tests.iter().map(|(gate, counts)| format!("{gate} {}", counts.words()));
    of_gate.collect::<Vec<_>>().join("; ")
}

/// How many of the tests that are gone are named.
const NAMED: usize = 3;

/// Each gate that ran fewer tests than the last green review of the base; `gone` names the tests
/// of a gate that only that one ran, as far as they are known.
pub(crate) fn fewer(
    now: &Tests,
    before: &Tests,
    gone: impl Fn(&str) -> Vec<String>,
) -> Vec<Finding> {
    let lost = before.iter().filter_map(|(gate, before)| {
        let now = now.get(gate).copied().unwrap_or_default();
        let lost = before.ran().checked_sub(now.ran()).filter(|lost| *lost > 0)?;
        let message = format!(
            "{gate} ran {lost} fewer {} than the last green review of the base: {}; now {}{}",
            if lost == 1 { "test" } else { "tests" },
            before.words(),
            now.words(),
            named(&gone(gate))
        );
        let help = "bring them back, or say in the body's summary why they are gone: whoever merges reads both";
        Some(Finding::new(Code::TestsLost, message).help(help).at(Place::gate(gate)))
    });
    lost.collect()
}

fn named(gone: &[String]) -> String {
    match gone.len() {
        0 => String::new(),
        1..=NAMED => format!("; gone: {}", listed(gone)),
        many => format!("; gone: {} and {} more", listed(&gone[..NAMED]), many - NAMED),
    }
}

/// Each gate of which policy demands less than half of what it ran; of a patch, less than half
/// of what the last green review of its `base` ran, because its own tests may never be merged.
/// `demanded` gives policy's number for a gate.
pub(crate) fn minimum(
    now: &Tests,
    base: Option<&Tests>,
    demanded: impl Fn(&str) -> Option<u64>,
) -> Vec<Finding> {
    let (counted, by) = match base {
        Some(base) => (base, " at the base of this patch"),
        None => (now, ""),
    };
    let low = counted.iter().filter_map(|(gate, counts)| {
        let minimum = demanded(gate)?;
        let ran = counts.ran();
        (minimum > 0 && minimum < ran / 2).then(|| {
            let message = format!("{gate} ran {ran} tests{by}, and policy demands only {minimum}");
            let help = format!(
                "set `tests.minimum = {ran}` of {gate} in policy/gates.toml, in a change of its own"
            );
            Finding::new(Code::TestsMinimum, message).help(help).at(Place::gate(gate))
        })
    });
    low.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tests(passed: u64, failed: u64, skipped: u64) -> Tests {
        Tests::from([("T4".to_owned(), TestCounts { passed, failed, skipped })])
    }

    #[test]
    fn tests_that_are_gone_are_said_with_their_numbers() {
        let message = |now: &Tests, before: &Tests| {
            fewer(now, before, |_| Vec::new()).first().map(|finding| finding.message.clone())
        };
        let lost = "T4 ran 23 fewer tests than the last green review of the base: 550 passed; \
                    now 527 passed, 23 skipped";
        assert_eq!(message(&tests(527, 0, 23), &tests(550, 0, 0)).as_deref(), Some(lost));
        assert!(message(&Tests::new(), &tests(1, 0, 0)).is_some());
        for (now, before) in [
            (tests(550, 0, 0), tests(527, 0, 23)),
            (tests(526, 1, 0), tests(527, 0, 0)),
            (tests(1, 0, 0), Tests::new()),
        ] {
            assert_eq!(message(&now, &before), None);
        }
    }

    #[test]
    fn a_patch_is_no_measure_of_what_policy_should_demand() {
        let said = |now: &Tests, base: Option<&Tests>, demanded: u64| {
            let found = minimum(now, base, |gate| (gate == "T4").then_some(demanded));
            found.first().map(|it| (it.message.clone(), it.help.clone().unwrap_or_default()))
        };
        let help = |ran: u64| {
            format!(
                "set `tests.minimum = {ran}` of T4 in policy/gates.toml, in a change of its own"
            )
        };
        let of_main = ("T4 ran 40 tests, and policy demands only 10".to_owned(), help(40));
        assert_eq!(said(&tests(40, 0, 5), None, 10), Some(of_main));
        let base = tests(30, 0, 0);
        let message = "T4 ran 30 tests at the base of this patch, and policy demands only 10";
        let of_patch = (message.to_owned(), help(30));
        assert_eq!(said(&tests(40, 0, 0), Some(&base), 10), Some(of_patch));
        for (base, demanded) in
            [(Some(&base), 15), (Some(&Tests::new()), 10), (None, 20), (None, 0)]
        {
            assert_eq!(said(&tests(40, 0, 0), base, demanded), None);
        }
    }

    #[test]
    fn counts_are_said_without_what_is_none() {
        assert_eq!(words(&tests(527, 0, 23)), "T4 527 passed, 23 skipped");
        assert_eq!(words(&tests(0, 2, 0)), "T4 0 passed, 2 failed");
    }
}
