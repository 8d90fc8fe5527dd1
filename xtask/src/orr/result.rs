//! What came of a gate.

use serde::{Deserialize, Serialize};

use crate::checks::test_report::TestCounts;
use crate::evidence::manifest::FileRecord;
use crate::findings::{Code, Finding, Severity, Verdict, verdict};

/// How a gate came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// Green.
    #[serde(rename = "pass")]
    Pass,
    /// It said no.
    #[serde(rename = "fail")]
    Fail,
    /// It could not be seen to pass: skipped, no test, no program.
    #[serde(rename = "not established")]
    NotEstablished,
    /// It ended well, but its evidence is not there (CEC-40).
    #[serde(rename = "no evidence")]
    NoEvidence,
}

impl Outcome {
    /// What findings about one gate amount to.
    #[must_use]
    pub fn of(findings: &[Finding]) -> Self {
        let mut refusals =
            findings.iter().filter(|finding| finding.severity == Severity::Refuse).peekable();
        if refusals.peek().is_some() && refusals.all(|finding| finding.code == Code::Cec40) {
            return Self::NoEvidence;
        }
        match verdict(findings) {
            Verdict::Pass => Self::Pass,
            Verdict::Fail => Self::Fail,
            Verdict::NotEstablished => Self::NotEstablished,
        }
    }

    /// The word that people and JSON see.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::NotEstablished => "not established",
            Self::NoEvidence => "no evidence",
        }
    }

    /// Whether gates that need this one may still run.
    #[must_use]
    pub fn lets_others_run(self) -> bool {
        matches!(self, Self::Pass | Self::NoEvidence)
    }
}

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
