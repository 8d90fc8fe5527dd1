//! What is going on, on standard error: a row a run on a terminal, plain lines
//! elsewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::Printer;
use super::event::{Event, Listener};
use super::text::{counted, safe, seconds};
use thrice_findings::{Outcome, short};

/// One plain line for each event that people want to see; none for the rest.
fn line(event: &Event) -> Option<String> {
    Some(match event {
        Event::Started { runs, gates, commit, expected_seconds } => {
            let about = expected_seconds
                .map(|expected| {
                    format!("; the gates took {} a run the last time", seconds(expected))
                })
                .unwrap_or_default();
            let runs = counted(*runs as usize, "run");
            let gates = counted(gates.len(), "gate");
            format!("{runs} of {gates} on {}{about}", short(commit))
        }
        Event::Preparing { command } => {
            // On one line: at the start of a line, GitHub would read a command of its own.
            let words: Vec<&str> = command.split_whitespace().collect();
            format!("once for all runs: {}", safe(&words.join(" ")))
        }
        Event::CheckedOut { .. } | Event::GateStarted { .. } => return None,
        Event::GateEnded { run, gate, name, outcome, seconds: took } => {
            let name = format!("{gate} {name}");
            format!("run {run}  {name:<20}  {:<15}  {}", outcome.word(), seconds(*took))
        }
        Event::GateKept { run, gate, outcome } => {
            format!("run {run}  {gate:<20}  {:<15}  kept from before", outcome.word())
        }
        Event::GateSkipped { run, gate, name, because } => {
            let name = format!("{gate} {name}");
            let because = because.join(", ");
            format!("run {run}  {name:<20}  skipped: {because} failed")
        }
        Event::RunsStopped { runs, because } => {
            let numbers: Vec<String> = runs.iter().map(u32::to_string).collect();
            let noun = if numbers.len() == 1 { "run" } else { "runs" };
            format!("decided by {because}; {noun} {} stopped", numbers.join(", "))
        }
        Event::RunPacked { run, zip_sha256 } => {
            format!("run {run}  packed  sha256:{}", short(zip_sha256))
        }
        Event::Said { text } => safe(text),
    })
}

/// Plain lines.
pub(super) struct Plain;

impl Listener for Plain {
    fn event(&self, event: &Event) {
        if let Some(line) = line(event) {
            Printer::print_plain(&format!("{line}\n"), true);
        }
    }
}

/// A row a run.
pub(super) struct Rows {
    progress: MultiProgress,
    state: Mutex<ProgressState>,
}

#[derive(Default)]
struct ProgressState {
    bars: BTreeMap<u32, ProgressBar>,
    gates: usize,
    expected: Option<f64>,
    /// Gates that are done; those that were skipped have no outcome.
    done: BTreeMap<u32, Vec<(String, Option<Outcome>)>>,
    running: BTreeMap<u32, BTreeSet<String>>,
}

impl Rows {
    pub(super) fn new() -> Self {
        Self { progress: MultiProgress::new(), state: Mutex::default() }
    }

    fn bar(&self, state: &mut ProgressState, run: u32) -> ProgressBar {
        // Runs may be checked out in another order than that of their numbers.
        let above = state.bars.range(..run).count();
        let bar = state.bars.entry(run).or_insert_with(|| {
            let bar = self.progress.insert(above, ProgressBar::new_spinner());
            let about = state
                .expected
                .map(|expected| format!(" of about {}", seconds(expected)))
                .unwrap_or_default();
            let template = format!("{{prefix}}  {{wide_msg}}  {{elapsed}}{about}");
            if let Ok(style) = ProgressStyle::with_template(&template) {
                bar.set_style(style);
            }
            bar.set_prefix(format!("run {run}"));
            bar.enable_steady_tick(Duration::from_millis(250));
            bar
        });
        bar.clone()
    }

    fn show(&self, state: &mut ProgressState, run: u32) {
        let done = state.done.get(&run).map(Vec::as_slice).unwrap_or_default();
        let mut message = format!("{}/{}", done.len(), state.gates);
        for (gate, outcome) in done {
            match outcome {
                Some(Outcome::Pass) => {}
                Some(outcome) => message.push_str(&format!("  {gate} {}", outcome.word())),
                None => message.push_str(&format!("  {gate} skipped")),
            }
        }
        let running: Vec<_> = state.running.get(&run).into_iter().flatten().cloned().collect();
        if !running.is_empty() {
            message.push_str(&format!("  now {}", running.join(", ")));
        }
        self.bar(state, run).set_message(message);
    }
}

impl Drop for Rows {
    /// Rows of runs that were stopped stay, and say so: half of them gone and a gate
    /// that is still "now" would be read as a hang.
    fn drop(&mut self) {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        for (run, bar) in state.bars.iter().filter(|(_, bar)| !bar.is_finished()) {
            let done = state.done.get(run).map_or(0, Vec::len);
            bar.abandon_with_message(format!("{done}/{}  stopped", state.gates));
        }
    }
}

impl Listener for Rows {
    fn event(&self, event: &Event) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Started { runs, gates, expected_seconds, .. } => {
                state.gates = gates.len();
                state.expected = *expected_seconds;
                let _ = self.progress.println(line(event).unwrap_or_default());
                for run in 1..=*runs {
                    self.show(&mut state, run);
                }
            }
            Event::CheckedOut { run } => self.show(&mut state, *run),
            Event::GateStarted { run, gate, name } => {
                state.running.entry(*run).or_default().insert(format!("{gate} {name}"));
                self.show(&mut state, *run);
            }
            Event::GateEnded { run, gate, name, outcome, .. } => {
                let running = state.running.entry(*run).or_default();
                running.remove(&format!("{gate} {name}"));
                state.done.entry(*run).or_default().push((gate.clone(), Some(*outcome)));
                self.show(&mut state, *run);
            }
            Event::GateKept { run, gate, outcome } => {
                state.done.entry(*run).or_default().push((gate.clone(), Some(*outcome)));
                self.show(&mut state, *run);
            }
            Event::GateSkipped { run, gate, .. } => {
                state.done.entry(*run).or_default().push((gate.clone(), None));
                self.show(&mut state, *run);
            }
            Event::RunsStopped { runs, .. } => {
                let _ = self.progress.println(line(event).unwrap_or_default());
                for run in runs {
                    let done = state.done.get(run).map_or(0, Vec::len);
                    let message = format!("{done}/{}  stopped", state.gates);
                    self.bar(&mut state, *run).abandon_with_message(message);
                }
            }
            Event::RunPacked { run, zip_sha256 } => {
                let digest = short(zip_sha256);
                let bar = self.bar(&mut state, *run);
                self.show(&mut state, *run);
                // Of a run on a server, not every gate is seen while it goes on.
                let seen = state.done.get(run).map_or(0, Vec::len) >= state.gates;
                let before = if seen { bar.message() } else { "packed".to_owned() };
                bar.finish_with_message(format!("{before}  sha256:{digest}"));
            }
            Event::Preparing { .. } | Event::Said { .. } => {
                let _ = self.progress.println(line(event).unwrap_or_default());
            }
        }
    }
}
