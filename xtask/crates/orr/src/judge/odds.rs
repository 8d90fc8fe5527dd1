//! How likely a flake is seen, and how often a gate flaked.

use std::collections::BTreeMap;

use crate::journal::{self, JournalLine};
use crate::vary::Variation;
use thrice_findings::Outcome;

/// How likely so many runs see a gate that fails at this rate.
#[must_use]
pub(crate) fn seen(runs: u32, rate: f64) -> f64 {
    1.0 - (1.0 - rate).powi(i32::try_from(runs).unwrap_or(i32::MAX))
}

/// How many runs see a gate that fails at this rate with this probability.
#[must_use]
pub(crate) fn runs_for(confidence: f64, rate: f64) -> u32 {
    let runs = (1.0 - confidence).ln() / (1.0 - rate).ln();
    // A number of runs: positive, and far below the largest.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
    let whole = (runs - 1e-9).ceil().clamp(1.0, 1e6) as u32;
    whole
}

/// How often a gate ran, and how often it said something else than its other runs of the
/// same commit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct History {
    /// Runs that count: of commits that were not simply broken.
    pub runs: u32,
    /// Red runs among green ones.
    pub red: u32,
    /// Green runs whose evidence is not that of most.
    pub differing: u32,
}

impl History {
    /// The rate of flakes, with the interval in which it lies 95 times in a hundred
    /// (Wilson's); none without a run.
    #[must_use]
    pub(crate) fn rate(&self) -> Option<(f64, f64, f64)> {
        if self.runs == 0 {
            return None;
        }
        let (runs, flaked) = (f64::from(self.runs), f64::from(self.red + self.differing));
        let rate = flaked / runs;
        let z2 = 1.96_f64 * 1.96;
        let middle = (rate + z2 / (2.0 * runs)) / (1.0 + z2 / runs);
        let spread = (rate * (1.0 - rate) / runs + z2 / (4.0 * runs * runs)).sqrt();
        let half = 1.96 * spread / (1.0 + z2 / runs);
        Some((rate, (middle - half).max(0.0), (middle + half).min(1.0)))
    }
}

/// A run of a gate: its outcome, the digests of its evidence, and whether it was plain.
type Ran = (Outcome, Vec<String>, Variation);

/// What the journals of reviews say of each gate.
#[must_use]
pub(crate) fn histories<'a>(
    journals: impl IntoIterator<Item = &'a [JournalLine]>,
) -> BTreeMap<String, History> {
    let mut ran: BTreeMap<(String, String), Vec<Ran>> = BTreeMap::new();
    for lines in journals {
        let Some(opened) = journal::opened(lines) else { continue };
        let mut varied: BTreeMap<u32, Variation> = BTreeMap::new();
        for line in lines {
            match line {
                JournalLine::Varied { run, variation } => {
                    varied.insert(*run, variation.clone());
                }
                JournalLine::GateEnded { run, result } if !result.was_skipped() => {
                    let digests = result.evidence.iter().map(|file| file.sha256.clone()).collect();
                    let variation = varied.get(run).cloned().unwrap_or_default();
                    let key = (result.gate.clone(), opened.commit.clone());
                    ran.entry(key).or_default().push((result.outcome, digests, variation));
                }
                _ => {}
            }
        }
    }
    let mut histories: BTreeMap<String, History> = BTreeMap::new();
    for ((gate, _), runs) in &ran {
        let history = histories.entry(gate.clone()).or_default();
        add(history, runs);
    }
    histories
}

/// Adds the runs of one gate of one commit. A red run in surroundings in which the gate
/// was never green says something of these, and nothing of flakes.
fn add(history: &mut History, runs: &[Ran]) {
    let green: Vec<&Ran> = runs.iter().filter(|(outcome, ..)| *outcome == Outcome::Pass).collect();
    let red = runs.iter().filter(|(outcome, _, variation)| {
        *outcome == Outcome::Fail
            && (variation.is_plain() || green.iter().any(|(_, _, other)| other == variation))
    });
    if green.is_empty() {
        return;
    }
    let mut kinds: BTreeMap<&Vec<String>, u32> = BTreeMap::new();
    for (_, digests, _) in &green {
        *kinds.entry(digests).or_default() += 1;
    }
    let most = kinds.values().copied().max().unwrap_or_default();
    let all = u32::try_from(green.len()).unwrap_or(u32::MAX);
    let red = u32::try_from(red.count()).unwrap_or(u32::MAX);
    history.runs += all + red;
    history.red += red;
    history.differing += all - most;
}

#[cfg(test)]
mod tests {
    use super::*;
    use thrice_programme::Aspect;

    #[test]
    fn the_odds_of_the_documents() {
        let percent = |runs, rate: f64| (seen(runs, rate) * 100.0).round();
        assert_eq!([3, 10, 30].map(|runs| percent(runs, 0.1)), [27.0, 65.0, 96.0]);
        assert_eq!(percent(3, 0.01), 3.0);
        assert_eq!(runs_for(0.99, 0.1), 44);
        assert_eq!(runs_for(0.271, 0.1), 3);
        assert_eq!(runs_for(0.5, 0.5), 1);
    }

    #[test]
    fn a_flake_is_a_red_run_among_green_ones_of_the_same_commit() {
        let plain = Variation::default();
        let varied = plain.clone().with(Aspect::Umask, "077");
        let ran = |outcome, digest: &str, variation: &Variation| {
            (outcome, vec![digest.to_owned()], variation.clone())
        };
        let of = |runs: &[Ran]| {
            let mut history = History::default();
            add(&mut history, runs);
            (history.runs, history.red, history.differing)
        };
        use Outcome::{Fail, Pass};
        let green = || ran(Pass, "a", &plain);
        assert_eq!(of(&[green(), green(), ran(Fail, "b", &plain)]), (3, 1, 0));
        assert_eq!(of(&[green(), green(), ran(Pass, "b", &plain)]), (3, 0, 1));
        assert_eq!(of(&[ran(Fail, "b", &plain), ran(Fail, "b", &plain)]), (0, 0, 0));
        // Red under a variation alone is no flake, until the same variation was green.
        assert_eq!(of(&[green(), ran(Fail, "b", &varied)]), (1, 0, 0));
        assert_eq!(of(&[ran(Pass, "a", &varied), ran(Fail, "b", &varied)]), (2, 1, 0));
    }

    #[test]
    fn an_interval_holds_the_rate_and_narrows() {
        assert_eq!(History::default().rate(), None);
        let of = |runs, red| History { runs, red, differing: 0 }.rate().unwrap();
        let (rate, low, high) = of(100, 10);
        assert!(low < rate && rate < high && low > 0.05 && high < 0.18, "{low} {high}");
        let (_, none, some) = of(3, 0);
        assert!(none.abs() < 1e-9 && some > 0.5, "{none} {some}");
        assert!(of(1000, 0).2 < 0.004);
    }
}
