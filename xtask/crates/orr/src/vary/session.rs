//! The variations of one review's runs, and what is said of them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::plan::{self, Machine};
use super::{Variation, probe, sidecar};
use crate::journal::Opened;
use crate::layout::Run;
use crate::review::Request;
use thrice_programme::{Aspect, Policy, VaryMode};

/// In what the runs of a review differ on purpose.
#[derive(Debug)]
pub(crate) struct Varied {
    pub mode: VaryMode,
    /// Each run's variation, by its number.
    pub runs: BTreeMap<u32, Variation>,
    /// What could not be varied, and why.
    pub not: Vec<(Aspect, String)>,
}

impl Default for Varied {
    /// That of a review whose runs differ in nothing that this tool chose.
    fn default() -> Self {
        Self { mode: VaryMode::None, runs: BTreeMap::new(), not: Vec::new() }
    }
}

impl Varied {
    /// Those of a review. What a killed review's first run left is gone, so that a
    /// resumed one (`new` is false) has no warm run.
    pub(crate) fn of(request: &Request<'_>, opened: &Opened, new: bool) -> anyhow::Result<Self> {
        let (vary, gates) = (&request.policy.gates.vary, &request.policy.gates.gates);
        let mode = opened.vary;
        let wanted = plan::wanted(vary, mode, gates);
        let machine = if wanted.is_empty() {
            Machine::default()
        } else {
            probe::machine(request.repository, request.repository.root(), &wanted)?
        };
        let of = |run| (run, plan::variation(vary, mode, gates, &machine, run));
        let mut runs: BTreeMap<u32, Variation> = (1..=opened.runs).map(of).collect();
        let mut not = plan::not_varied(vary, mode, gates, &machine);
        if wanted.contains(&Aspect::Warm) {
            if new {
                runs.insert(opened.runs + 1, plan::warm());
            } else {
                not.push((Aspect::Warm, "the review was resumed".to_owned()));
            }
        }
        Ok(Self { mode, runs, not })
    }

    /// Whether there is a further run in what the first one left.
    pub(crate) fn has_warm(&self) -> bool {
        self.runs.values().any(|run| run.has(Aspect::Warm))
    }

    /// That of a run.
    pub(crate) fn of_run(&self, run: u32) -> Variation {
        self.runs.get(&run).cloned().unwrap_or_default()
    }

    /// Writes that of a run beside its evidence.
    pub(crate) fn write(&self, run: &Run) -> anyhow::Result<()> {
        sidecar::write(&run.output, run.number, self.mode, &run.variation, &self.not)
    }

    /// One line for people of the runs that were `made`; empty where nothing was to vary, or
    /// there are no two that could differ.
    #[must_use]
    pub(crate) fn line(&self, policy: &Policy, made: &[u32]) -> String {
        if self.mode == VaryMode::None || made.len() < 2 {
            return String::new();
        }
        let wanted = plan::wanted(&policy.gates.vary, self.mode, &policy.gates.gates);
        let varied = |aspect: &&Aspect| made.iter().any(|run| self.of_run(*run).has(**aspect));
        let count = wanted.iter().filter(varied).count();
        let mut line =
            format!("the runs differed on purpose in {count} ways ({})", self.mode.word());
        if !self.not.is_empty() {
            let not: Vec<String> =
                self.not.iter().map(|(aspect, why)| format!("{}, {why}", aspect.word())).collect();
            line.push_str(&format!("; could not vary: {}", not.join("; ")));
        }
        line + "\n"
    }

    /// The same for programs.
    #[must_use]
    pub(crate) fn data(&self) -> Value {
        let not: BTreeMap<&str, &str> =
            self.not.iter().map(|(aspect, why)| (aspect.word(), why.as_str())).collect();
        json!({ "mode": self.mode, "runs": self.runs, "not_varied": not })
    }
}
