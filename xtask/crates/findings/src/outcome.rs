//! How a gate came out.

use serde::{Deserialize, Serialize};

use super::{Code, Finding, Severity, Verdict, verdict};

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
