//! The gates by the runs, as a table that fits a terminal.

use std::collections::BTreeMap;

use crate::judge::decision::RunFacts;
use crate::result::GateResult;
use thrice_findings::Outcome;
use thrice_report::table::Table;
use thrice_report::text::seconds;

/// Columns of a terminal.
const WIDTH: usize = 80;

/// The table: outcomes with their times where they fit, outcomes alone otherwise, in as
/// many parts as there must be.
pub(super) fn text(results: &BTreeMap<u32, Vec<GateResult>>, facts: &[RunFacts]) -> String {
    let runs: Vec<u32> = results.keys().copied().collect();
    let wide = table(results, facts, &runs, false).text();
    if fits(&wide) {
        return wide;
    }
    let mut size = runs.len().max(1);
    loop {
        let parts: Vec<String> =
            runs.chunks(size).map(|part| table(results, facts, part, true).text()).collect();
        if size == 1 || parts.iter().all(|part| fits(part)) {
            return parts.join("\n");
        }
        size -= 1;
    }
}

fn fits(text: &str) -> bool {
    text.lines().all(|line| line.chars().count() <= WIDTH)
}

fn table(
    results: &BTreeMap<u32, Vec<GateResult>>,
    facts: &[RunFacts],
    runs: &[u32],
    narrow: bool,
) -> Table {
    let head = |run: &u32| if narrow { run.to_string() } else { format!("run {run}") };
    let first = if narrow { "gate, run" } else { "gate" };
    let mut table = Table::new(std::iter::once(first.to_owned()).chain(runs.iter().map(head)));
    for (index, gate) in results.values().next().into_iter().flatten().enumerate() {
        let cells = runs.iter().map(|run| {
            let result = results.get(run).and_then(|results| results.get(index));
            result.map(|result| cell(result, narrow)).unwrap_or_default()
        });
        table.row(std::iter::once(format!("{} {}", gate.gate, gate.name)).chain(cells));
    }
    let digits = if narrow { 4 } else { 12 };
    let digests = runs.iter().map(|number| {
        let run = facts.iter().find(|run| run.number == *number);
        let digest = run.and_then(|run| run.zip_sha256.as_deref()).unwrap_or("none");
        digest.get(..digits).unwrap_or(digest).to_owned()
    });
    table.row(std::iter::once("ZIP sha256".to_owned()).chain(digests));
    table
}

fn cell(result: &GateResult, narrow: bool) -> String {
    match (result.was_skipped(), narrow, result.outcome) {
        (true, true, _) => "skip".to_owned(),
        (true, false, _) => "skipped".to_owned(),
        (_, true, Outcome::NotEstablished) => "open".to_owned(),
        (_, true, Outcome::NoEvidence) => "none".to_owned(),
        (_, true, outcome) => outcome.word().to_owned(),
        (_, false, outcome) => format!("{} {}", outcome.word(), seconds(result.seconds)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn results(runs: u32, gates: usize) -> BTreeMap<u32, Vec<GateResult>> {
        let gate = |index: usize| GateResult {
            gate: format!("T{index}"),
            name: "ruleset_sanity".to_owned(),
            outcome: Outcome::NotEstablished,
            commands: Vec::new(),
            builtin: None,
            tests: None,
            scrubs: Vec::new(),
            evidence: Vec::new(),
            findings: Vec::new(),
            seconds: 1234.0,
        };
        (1..=runs).map(|run| (run, (0..gates).map(gate).collect())).collect()
    }

    #[test]
    fn it_fits_a_terminal_whatever_the_number_of_runs() {
        for runs in [1, 2, 3, 4, 10, 37, 100] {
            let text = text(&results(runs, 9), &[]);
            assert!(fits(&text), "{runs} runs:\n{text}");
            assert_eq!(text.matches("T0 ruleset_sanity").count(), text.matches("ZIP").count());
        }
        let ten = text(&results(10, 2), &[]);
        assert!(ten.starts_with("gate, run          1     2     3 "), "{ten}");
        assert_eq!(ten.lines().count(), 4, "{ten}");
    }
}
