//! What is going on, on standard error: a row a run on a terminal, plain lines
//! elsewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::Printer;
use super::event::{Event, Listener};
use super::text::{counted, safe, seconds};
use thrice_findings::{Outcome, short};

/// One plain line for each event that people want to see; none for the rest.
fn line(event: &Event) -> Option<String> {
    Some(match event {
        Event::Started { runs, gates, commit, expected_seconds, .. } => {
            let about = expected_seconds
                .map(|expected| format!("; the last review took {}", seconds(expected)))
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
        Event::CheckingOut { .. } | Event::CheckedOut { .. } | Event::GateStarted { .. } => {
            return None;
        }
        Event::GateEnded { run, gate, name, outcome, seconds: took } => {
            let name = format!("{gate} {name}");
            format!("run {run}  {name:<20}  {:<15}  {}", outcome.word(), seconds(*took))
        }
        Event::GateKept { run, gate, outcome } => {
            format!("run {run}  {gate:<20}  {:<15}  kept from before", outcome.word())
        }
        Event::GateSkipped { run, gate, name, said, .. } => {
            let name = format!("{gate} {name}");
            format!("run {run}  {name:<20}  skipped: {said}")
        }
        Event::RunsStopped { runs, because } => {
            let numbers: Vec<String> = runs.iter().map(u32::to_string).collect();
            let noun = if numbers.len() == 1 { "run" } else { "runs" };
            format!("decided by {because}; {noun} {} stopped", numbers.join(", "))
        }
        // The table below has its digest.
        Event::RunPacked { run, .. } => format!("run {run}  packed"),
        Event::Said { text } => safe(text),
    })
}

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
    /// Seconds from the start of each gate to the end of its run.
    ways: BTreeMap<String, f64>,
    /// What is left of each run.
    left: BTreeMap<u32, Arc<Mutex<Option<RemainingTime>>>>,
    /// What is done before the runs.
    preparing: bool,
    /// What a run waits for before its first gate.
    waits_for: &'static str,
    checking_out: BTreeSet<u32>,
    checked_out: BTreeSet<u32>,
    /// When each gate at work was started.
    since: BTreeMap<(u32, String), Instant>,
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
            let left = Arc::clone(state.left.entry(run).or_default());
            if let Ok(style) = ProgressStyle::with_template("{prefix}  {wide_msg}  {elapsed}{left}")
            {
                bar.set_style(style.with_key(
                    "left",
                    move |bar: &indicatif::ProgressState, out: &mut dyn Write| {
                        let left = *left.lock().unwrap_or_else(PoisonError::into_inner);
                        if let Some(left) = left.filter(|_| !bar.is_finished()) {
                            let left = seconds(left.now().as_secs_f64().round());
                            let _ = write!(out, ", about {left} left");
                        }
                    },
                ));
            }
            bar.set_prefix(format!("run {run}"));
            bar.enable_steady_tick(Duration::from_millis(250));
            bar
        });
        bar.clone()
    }

    /// Prints the line of an event above the rows.
    fn say(&self, event: &Event) {
        let _ = self.progress.println(line(event).unwrap_or_default());
    }

    /// The first run is at work: what is done before is over.
    fn begun(&self, state: &mut ProgressState) {
        if std::mem::take(&mut state.preparing) {
            self.show_all(state);
        }
    }

    fn packed(&self, state: &mut ProgressState, run: u32) {
        let bar = self.bar(state, run);
        self.show(state, run);
        // Of a run on a server, not every gate is seen while it goes on.
        let seen = state.done.get(&run).map_or(0, Vec::len) >= state.gates;
        bar.finish_with_message(match seen {
            true => format!("{}  packed", bar.message()),
            false => "packed".to_owned(),
        });
    }

    fn show_all(&self, state: &mut ProgressState) {
        for run in state.bars.keys().copied().collect::<Vec<_>>() {
            self.show(state, run);
        }
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
        } else if done.len() < state.gates {
            message.push_str(&if state.preparing {
                "  waits for what is done once for all runs".to_owned()
            } else if state.checked_out.contains(&run) {
                "  waits for a core".to_owned()
            } else if state.checking_out.contains(&run) {
                "  now its checkout, and what is installed".to_owned()
            } else {
                format!("  waits for {}", state.waits_for)
            });
        }
        // A checkout, and what is installed into it, take their own time before.
        let left = state.left(run).filter(|_| state.checked_out.contains(&run));
        let known = state.left.entry(run).or_default();
        *known.lock().unwrap_or_else(PoisonError::into_inner) = left;
        self.bar(state, run).set_message(message);
    }
}

impl ProgressState {
    /// What is left of a run, by how long its gates took the last time: nothing of what is
    /// done counts, and time runs only while a gate is at work.
    fn left(&self, run: u32) -> Option<RemainingTime> {
        let now = Instant::now();
        let is_done = |gate: &str| {
            self.done.get(&run).is_some_and(|done| done.iter().any(|(id, _)| id == gate))
        };
        let ends = self.ways.iter().filter(|(gate, _)| !is_done(gate)).map(|(gate, seconds)| {
            let way = Duration::try_from_secs_f64(*seconds).unwrap_or_default();
            self.since.get(&(run, gate.clone())).copied().unwrap_or(now) + way
        });
        let end = ends.max()?;
        let is_at_work = self.running.get(&run).is_some_and(|running| !running.is_empty());
        let still = RemainingTime::Still(end.saturating_duration_since(now));
        Some(if is_at_work { RemainingTime::Until(end) } else { still })
    }
}

/// What is left of a run.
#[derive(Clone, Copy)]
enum RemainingTime {
    /// It ends about then.
    Until(Instant),
    /// It takes about so long from when it goes on.
    Still(Duration),
}

impl RemainingTime {
    fn now(self) -> Duration {
        match self {
            Self::Until(end) => end.saturating_duration_since(Instant::now()),
            Self::Still(left) => left,
        }
    }
}

impl Drop for Rows {
    /// Rows of runs that were stopped stay, and say so: half of them gone and a gate
    /// that is still "now" would be read as a hang.
    fn drop(&mut self) {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        for (run, bar) in state.bars.iter().filter(|(_, bar)| !bar.is_finished()) {
            let done = state.done.get(run).map_or(0, Vec::len);
            // Gates that were asked for one by one leave nothing to pack.
            match done < state.gates {
                true => bar.abandon_with_message(format!("{done}/{}  stopped", state.gates)),
                false => bar.abandon(),
            }
        }
    }
}

impl Listener for Rows {
    fn event(&self, event: &Event) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Started { runs, gates, left_seconds, waits_for, .. } => {
                state.gates = gates.len();
                state.ways.clone_from(left_seconds);
                state.waits_for = waits_for;
                self.say(event);
                for run in 1..=*runs {
                    self.show(&mut state, run);
                }
            }
            Event::CheckingOut { run } | Event::CheckedOut { run } => {
                let is_there = matches!(event, Event::CheckedOut { .. });
                state.checking_out.insert(*run);
                state.checked_out.extend(is_there.then_some(*run));
                self.begun(&mut state);
                self.show(&mut state, *run);
            }
            Event::GateStarted { run, gate, name } => {
                state.since.insert((*run, gate.clone()), Instant::now());
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
                self.say(event);
                for run in runs {
                    let done = state.done.get(run).map_or(0, Vec::len);
                    let message = format!("{done}/{}  stopped", state.gates);
                    self.bar(&mut state, *run).abandon_with_message(message);
                }
            }
            Event::RunPacked { run, .. } => self.packed(&mut state, *run),
            Event::Preparing { .. } => {
                self.say(event);
                state.preparing = true;
                self.show_all(&mut state);
            }
            Event::Said { .. } => {
                self.say(event);
            }
        }
    }
}
