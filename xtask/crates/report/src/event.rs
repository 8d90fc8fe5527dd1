//! What happens while a command is at work. Every renderer reads the same stream.

use std::collections::BTreeMap;

use serde::Serialize;

use thrice_findings::Outcome;

/// Something that happened.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// Work begins.
    Started {
        /// How many runs.
        runs: u32,
        /// Gates of each run.
        gates: Vec<String>,
        /// The commit that is judged.
        commit: String,
        /// Seconds that the last review took.
        expected_seconds: Option<f64>,
        /// Seconds from the start of each gate to the end of its run, by the last time; empty
        /// where there was none.
        left_seconds: BTreeMap<String, f64>,
        /// What a run waits for before its first gate, such as `its checkout`.
        waits_for: &'static str,
    },
    /// A command that fetches, once for all runs.
    Preparing {
        /// The command.
        command: String,
    },
    /// A run's checkout is begun, and what is installed into it.
    CheckingOut {
        /// Number of the run.
        run: u32,
    },
    /// A run's checkout is there.
    CheckedOut {
        /// Number of the run.
        run: u32,
    },
    /// A gate starts.
    GateStarted {
        /// Number of the run.
        run: u32,
        /// Its id.
        gate: String,
        /// Its name.
        name: String,
    },
    /// A gate has ended.
    GateEnded {
        /// Number of the run.
        run: u32,
        /// Its id.
        gate: String,
        /// Its name.
        name: String,
        /// How it came out.
        outcome: Outcome,
        /// How long it took.
        seconds: f64,
    },
    /// A gate of an earlier, unfinished review is taken over.
    GateKept {
        /// Number of the run.
        run: u32,
        /// Its id.
        gate: String,
        /// How it came out.
        outcome: Outcome,
    },
    /// A gate does not run, because gates that it needs are not green.
    GateSkipped {
        /// Number of the run.
        run: u32,
        /// Its id.
        gate: String,
        /// Its name.
        name: String,
        /// The gates that are not green.
        because: Vec<String>,
        /// What they are, for people: `T4 was not established`.
        #[serde(skip)]
        said: String,
    },
    /// What came out so far decides: these runs are ended, or not started.
    RunsStopped {
        /// Their numbers.
        runs: Vec<u32>,
        /// What decided, such as `T2 in run 1`.
        because: String,
    },
    /// A run is packed.
    RunPacked {
        /// Number of the run.
        run: u32,
        /// Digest of its archive.
        zip_sha256: String,
    },
    /// Something worth saying.
    Said {
        /// What.
        text: String,
    },
}

/// Takes events, from any thread.
pub trait Listener: Sync {
    /// Takes one.
    fn event(&self, event: &Event);
}
