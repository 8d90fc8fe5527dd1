//! In what the runs of a review differ on purpose, as policy says it.

use super::super::gates::{Aspect, RawGate, RawVaried, RawVary, VaryMode};
use thrice_findings::{Code, Finding};
use thrice_policy::source::Placed;
use thrice_policy::table::{List, listed};
use thrice_policy::values::texts;

/// In what the runs differ on purpose.
#[derive(Clone, Debug)]
pub struct Vary {
    /// How much.
    pub mode: VaryMode,
    /// How many times a gate's own time the search for a cause may take.
    pub budget: u32,
    /// What does not vary, although the mode has it.
    pub off: Vec<Varied>,
    /// What varies, although the mode does not have it.
    pub on: Vec<Varied>,
}

/// One thing that varies or does not.
#[derive(Clone, Debug)]
pub struct Varied {
    /// What.
    pub aspect: Aspect,
    /// For which gates; all where there are none.
    pub gates: Vec<String>,
    /// Why.
    pub reason: String,
}

impl Default for Vary {
    fn default() -> Self {
        Self { mode: VaryMode::Safe, budget: 4, off: Vec::new(), on: Vec::new() }
    }
}

impl Vary {
    /// Whether an aspect varies for a gate, where the runs differ as much as `mode`.
    #[must_use]
    pub fn has(&self, mode: VaryMode, aspect: Aspect, gate: &str) -> bool {
        let named = |list: &[Varied]| {
            let of_gate =
                |it: &&Varied| it.gates.is_empty() || it.gates.iter().any(|id| id == gate);
            list.iter().filter(of_gate).any(|it| it.aspect == aspect)
        };
        if mode == VaryMode::None || named(&self.off) {
            return aspect.is_always();
        }
        aspect.is_in(mode) || named(&self.on)
    }

    /// Whether a gate takes part in an aspect that a run of its review varies.
    #[must_use]
    pub fn varies(&self, aspect: Aspect, gate: &str) -> bool {
        let turned_on = self.on.iter().any(|it| it.aspect == aspect);
        let mode = if turned_on { self.mode } else { VaryMode::All };
        self.has(mode, aspect, gate)
    }
}

impl Aspect {
    /// Whether every run has its own, in every mode.
    #[must_use]
    pub fn is_always(self) -> bool {
        matches!(self, Self::Checkout | Self::Home | Self::Temporary)
    }

    /// Whether it is one for a whole run, not for each gate.
    #[must_use]
    pub fn is_of_run(self) -> bool {
        let of_tree = matches!(self, Self::History | Self::FolderOrder | Self::FileTimes);
        let of_run = of_tree || matches!(self, Self::Disk | Self::Warm);
        of_run || self.is_always()
    }

    /// Whether a mode varies it.
    #[must_use]
    pub fn is_in(self, mode: VaryMode) -> bool {
        let special = matches!(
            self,
            Self::Cpus
                | Self::Kernel
                | Self::Aslr
                | Self::HostName
                | Self::Uid
                | Self::Disk
                | Self::Clock
                | Self::Warm
        );
        self.is_always()
            || match mode {
                VaryMode::None => false,
                VaryMode::Safe => !special,
                VaryMode::All => true,
            }
    }
}

pub(super) fn validate(
    raw: Option<RawVary>,
    gates: Option<&Placed<List<RawGate>>>,
    findings: &mut Vec<Finding>,
) -> Vary {
    let usual = Vary::default();
    let Some(raw) = raw else { return usual };
    let ids: Vec<&str> = gates
        .iter()
        .flat_map(|gates| &gates.value)
        .filter_map(|gate| Some(gate.value.id.as_ref()?.value.as_str()))
        .collect();
    let budget = raw.budget.map_or(usual.budget, |budget| match u32::try_from(budget.value) {
        Ok(times) if times <= 1000 => times,
        _ => {
            let message = "a search for a cause takes at most 1000 times the gate's own time";
            findings.push(budget.finding(Code::PolicyValue, message).help("write 4"));
            usual.budget
        }
    });
    Vary {
        mode: raw.mode.map_or(usual.mode, |mode| mode.value),
        budget,
        off: varied(raw.off, &ids, findings),
        on: varied(raw.on, &ids, findings),
    }
}

fn varied(
    list: Option<Placed<List<RawVaried>>>,
    ids: &[&str],
    findings: &mut Vec<Finding>,
) -> Vec<Varied> {
    let list = list.map(|list| list.value).unwrap_or_default();
    let one = |raw: Placed<RawVaried>| {
        let RawVaried { aspect, gates, reason } = raw.value;
        let (aspect, reason) = (aspect?, reason?);
        check(&aspect, gates.as_ref(), ids, findings);
        let gates = gates.map(|gates| texts(gates.value)).unwrap_or_default();
        Some(Varied { aspect: aspect.value, gates, reason: reason.value })
    };
    list.into_iter().filter_map(one).collect()
}

fn check(
    aspect: &Placed<Aspect>,
    gates: Option<&Placed<List<String>>>,
    ids: &[&str],
    findings: &mut Vec<Finding>,
) {
    let word = aspect.value.word();
    if aspect.value.is_always() {
        let message = format!("every run has its own `{word}`");
        let help = "take the entry out, and let the gate not write the path";
        findings.push(aspect.finding(Code::PolicyValue, message).help(help));
    } else if let Some(gates) = gates.filter(|_| aspect.value.is_of_run()) {
        let message = format!("`{word}` is one for all gates of a run");
        findings.push(gates.finding(Code::PolicyValue, message).help("take `gates` out"));
    }
    for gate in gates.iter().flat_map(|gates| &gates.value) {
        if !ids.contains(&gate.value.as_str()) {
            let message = format!("there is no gate `{}`", gate.value);
            let help = format!("the gates are {}", listed(ids));
            findings.push(gate.finding(Code::PolicyReference, message).help(help));
        }
    }
}
