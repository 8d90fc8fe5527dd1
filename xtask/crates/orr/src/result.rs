//! What came of a gate.

use serde::{Deserialize, Serialize};

use crate::evidence::manifest::FileRecord;
use crate::judge::test_report::TestCounts;
pub(crate) use thrice_findings::Outcome;
use thrice_findings::{Code, Finding};
use thrice_programme::Gate;

/// A command of a gate and how it ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandResult {
    /// Program and arguments.
    pub argv: Vec<String>,
    /// Exit status; absent where it was ended or not reached.
    pub status: Option<i32>,
}

/// A scrub rule that was applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppliedScrub {
    /// Which files; all where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub files: Option<String>,
    /// What was replaced.
    pub pattern: String,
    /// What stands there instead.
    pub replacement: String,
    /// Why it may differ.
    pub reason: String,
}

/// What came of a gate in one run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GateResult {
    /// Its id.
    pub gate: String,
    /// What it proves, in one word.
    pub name: String,
    /// How it came out.
    pub outcome: Outcome,
    /// The commands that decided.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub commands: Vec<CommandResult>,
    /// The built-in that decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub builtin: Option<String>,
    /// How many tests it ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tests: Option<TestCounts>,
    /// Volatile fields that were replaced in its evidence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scrubs: Vec<AppliedScrub>,
    /// Its evidence, paths relative to the output folder.
    pub evidence: Vec<FileRecord>,
    /// What was found.
    pub findings: Vec<Finding>,
    /// How long it took, in seconds.
    pub seconds: f64,
}

impl GateResult {
    /// The result of a gate that ran nothing here.
    #[must_use]
    pub(crate) fn without_commands(gate: &Gate, outcome: Outcome) -> Self {
        Self {
            gate: gate.id.clone(),
            name: gate.name.clone(),
            outcome,
            commands: Vec::new(),
            builtin: None,
            tests: None,
            scrubs: Vec::new(),
            evidence: Vec::new(),
            findings: Vec::new(),
            seconds: 0.0,
        }
    }

    /// Whether nobody can say how it comes out, because a program that it starts is not there.
    #[must_use]
    pub(crate) fn lacked_a_program(&self) -> bool {
        self.outcome == Outcome::NotEstablished
            && self.findings.iter().any(|finding| finding.code == Code::ProgramMissing)
    }

    /// Whether it did not run, because a gate that it needs is not green.
    #[must_use]
    pub(crate) fn was_skipped(&self) -> bool {
        self.findings.iter().any(|finding| finding.code == Code::GateSkipped)
    }

    /// How it came out, for people.
    #[must_use]
    pub fn word(&self) -> &'static str {
        if self.was_skipped() { "skipped" } else { self.outcome.word() }
    }
}
