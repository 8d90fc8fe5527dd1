//! Gates whose every value can be used, and how the written ones become so.

mod environment;
mod evidence;
mod harmless;
mod references;
mod runners;
pub(crate) mod validate;
mod vary;

use std::time::Duration;

pub(crate) use references::gate_order;

use super::gates::{Builtin, Empty, LockedCrates, Reader, Walls};
use super::locks::LockSettings;
use super::workflow::WorkflowSettings;
use thrice_policy::values::{PathGlob, Pattern};

pub use environment::credentials_in;
pub use harmless::{is_harmless_entry, is_harmless_variable};
pub use validate::GITHUB_ACTIONS;
pub(crate) use validate::validate;
pub use vary::{Varied, Vary};

/// The gates of a programme and the world in which they run.
#[derive(Clone, Debug)]
pub struct Gates {
    /// Least time between the starts of two runs.
    pub stagger: Duration,
    /// Time after which a review gets a note.
    pub target_time: Duration,
    /// How many runs a review needs; fewer are a rehearsal.
    pub runs: u32,
    /// Commands run once before the runs, with network.
    pub prepare: Vec<Vec<String>>,
    /// Commands run in each checkout before its gates, offline.
    pub install: Vec<Vec<String>>,
    /// Who compiles the locked crates of others.
    pub locked_crates: LockedCrates,
    /// Whether the kernel holds what a gate may not do.
    pub walls: Walls,
    /// What every gate sees of the machine.
    pub environment: Environment,
    /// In what the runs differ on purpose.
    pub vary: Vary,
    /// The gates, in the order of their numbers.
    pub gates: Vec<Gate>,
    /// Settings of the built-in `ruleset`.
    pub ruleset: Option<RulesetSettings>,
    /// Files in which a comment may tell the scanner for secrets to pass over a line.
    pub suppressed: Vec<Suppressed>,
    /// Settings of the built-in `pins`.
    pub pins: PinSettings,
    /// Settings of the built-in `chain`.
    pub chain: Option<ChainSettings>,
    /// How the gates run on GitHub.
    pub workflow: WorkflowSettings,
}

impl Gates {
    /// The gate of that id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Gate> {
        self.gates.iter().find(|gate| gate.id == id)
    }

    /// The commands that gates run.
    pub fn commands(&self) -> impl Iterator<Item = &Vec<String>> + Clone {
        let commands = self.gates.iter().filter_map(|gate| match &gate.action {
            Action::Run(commands) => Some(commands),
            Action::Builtin(_) => None,
        });
        commands.flatten()
    }
}

/// What every gate sees of the machine.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// Names of variables that are handed on.
    pub keep: Vec<String>,
    /// Variables with fixed values.
    pub set: Vec<(String, String)>,
    /// Entries of the user's HOME that the gate's HOME links to, each by its path in it.
    pub home: Vec<String>,
    /// Names of variables and entries that policy gives a reason for.
    pub reasons: Vec<String>,
    /// Whether what is fetched lies in a store of the repository's own.
    pub store: bool,
    /// Whether pnpm is what installs from it.
    pub pnpm: bool,
}

/// A gate.
#[derive(Clone, Debug)]
pub struct Gate {
    /// Its id, such as `T4`.
    pub id: String,
    /// The number in its id; the highest there is where it has another form.
    pub number: u32,
    /// What it proves, in one word.
    pub name: String,
    /// What decides.
    pub action: Action,
    /// Ids of gates that must be green first.
    pub needs: Vec<String>,
    /// Time after which it is ended.
    pub timeout: Duration,
    /// Cores it takes from the budget.
    pub cores: usize,
    /// The role that answers for it.
    pub owner: Option<String>,
    /// Globs that must each match a file.
    pub evidence: Vec<PathGlob>,
    /// Volatile fields.
    pub scrub: Vec<Scrub>,
    /// Names of further variables that it sees.
    pub env: Vec<String>,
    /// Further variables with fixed values.
    pub set: Vec<(String, String)>,
    /// Whether it may use the network.
    pub network: bool,
    /// What it may write to in its checkout beside the output folder; all of it where this is none.
    pub writable: Option<Vec<String>>,
    /// How its test report is read.
    pub tests: Option<Tests>,
}

impl Gate {
    /// The record that the tool itself leaves beside a gate's evidence.
    pub const RECORD: &'static str = "gate.json";

    /// Names of the files that it leaves in its folder, whatever `evidence` declares: its
    /// record, its report of tests, the files of its built-in.
    #[must_use]
    pub fn own_files(&self) -> Vec<&str> {
        let builtin = match self.action {
            Action::Builtin(builtin) => builtin.files(),
            Action::Run(_) => &[],
        };
        let report = self.tests.as_ref().map(|tests| tests.report.as_str());
        builtin.iter().copied().chain(report).chain([Self::RECORD]).collect()
    }

    /// Name of its evidence folder, such as `T4_tests` (H-2).
    #[must_use]
    pub fn folder(&self) -> String {
        format!("{}_{}", self.id, self.name)
    }

    /// Whether this program decides it itself.
    #[must_use]
    pub fn is_builtin(&self) -> bool {
        matches!(self.action, Action::Builtin(_))
    }

    /// Whether its evidence is made from that of other gates, so that a difference
    /// in it only follows from theirs.
    #[must_use]
    pub fn is_derived(&self) -> bool {
        matches!(self.action, Action::Builtin(Builtin::Determinism | Builtin::Evidence))
    }
}

/// What decides a gate.
#[derive(Clone, Debug)]
pub enum Action {
    /// Commands, each an argv, one after the other.
    Run(Vec<Vec<String>>),
    /// A check of this tool.
    Builtin(Builtin),
}

/// One volatile field of evidence.
#[derive(Clone, Debug)]
pub struct Scrub {
    /// Which files of the evidence folder; all where absent.
    pub files: Option<PathGlob>,
    /// What is replaced.
    pub pattern: Pattern,
    /// What stands there instead.
    pub replacement: String,
    /// Why it may differ.
    pub reason: String,
    /// Where the rule is written.
    pub place: thrice_findings::Place,
}

/// How a test report is read.
#[derive(Clone, Debug)]
pub struct Tests {
    /// What the runner writes.
    pub reader: Reader,
    /// Files that hold it, relative to the checkout; the log where absent.
    pub file: Option<PathGlob>,
    /// Name of the canonical report.
    pub report: String,
    /// Least number of tests.
    pub minimum: u64,
}

/// Settings of the built-in `ruleset`.
#[derive(Clone, Debug)]
pub struct RulesetSettings {
    /// The committed ruleset.
    pub file: String,
    /// The workflow.
    pub workflow: String,
    /// The app whose checks count.
    pub app_id: u64,
    /// The job that is green only where every gate is, where it is the one required check.
    pub check: Option<String>,
}

impl Gates {
    /// The checks that the server's ruleset requires: the one that stands for every gate, or
    /// each gate.
    #[must_use]
    pub fn required_checks(&self) -> Vec<&str> {
        match self.ruleset.as_ref().and_then(|ruleset| ruleset.check.as_deref()) {
            Some(check) => vec![check],
            None => self.gates.iter().map(|gate| gate.id.as_str()).collect(),
        }
    }
}

/// Files with lines that the scanner for secrets may pass over.
#[derive(Clone, Debug)]
pub struct Suppressed {
    /// Which files.
    pub paths: PathGlob,
    /// Why what stands there is no secret.
    pub reason: String,
    /// Where policy says so.
    pub place: thrice_findings::Place,
}

/// Settings of the built-in `pins`.
#[derive(Clone, Debug, Default)]
pub struct PinSettings {
    /// Lock files.
    pub locks: LockSettings,
    /// Workflow files.
    pub workflows: Vec<PathGlob>,
    /// The CODEOWNERS file.
    pub owners: Option<String>,
}

/// Settings of the built-in `chain`.
#[derive(Clone, Debug)]
pub struct ChainSettings {
    /// The ledger.
    pub ledger: String,
    /// What a missing one means.
    pub empty: Empty,
}
