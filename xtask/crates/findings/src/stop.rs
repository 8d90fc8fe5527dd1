//! Why a command, or a part of it, does not go on.

use std::fmt;

use super::{Code, Finding};

/// What is said of a command that was interrupted.
const ASKED: &str = "the command was asked to stop";

/// Why there is no answer.
///
/// Functions return `Result<T, Stop>` and use `?` for refusals and for errors alike; the
/// command line makes the report of it.
#[derive(Debug)]
pub enum Stop {
    /// These findings stand in the way.
    Refused(Vec<Finding>),
    /// Somebody asked the command to stop.
    Interrupted,
    /// The tool itself could not do its part.
    Broken(anyhow::Error),
}

impl Stop {
    /// The findings that say so: what the tool itself could not do leaves the question open.
    #[must_use]
    pub fn into_findings(self) -> Vec<Finding> {
        match self {
            Self::Refused(findings) => findings,
            Self::Interrupted => vec![interrupted("run it again")],
            Self::Broken(_) => {
                let finding = Finding::new(Code::NotEstablishedCode, self.to_string());
                vec![finding.help("fix what it names, then run the command again")]
            }
        }
    }

    /// The findings of a refusal.
    ///
    /// # Errors
    /// The stop itself, where it is another.
    pub fn refusal(self) -> Result<Vec<Finding>, Self> {
        match self {
            Self::Refused(findings) => Ok(findings),
            other => Err(other),
        }
    }

    /// An error that says the same, where there is no way for findings.
    #[must_use]
    pub fn into_error(self) -> anyhow::Error {
        match self {
            Self::Broken(error) => error,
            other => anyhow::anyhow!("{other}"),
        }
    }

    /// The same, with what was found before it; only a refusal takes it along.
    #[must_use]
    pub fn after(self, mut findings: Vec<Finding>) -> Self {
        match self {
            Self::Refused(more) => {
                findings.extend(more);
                Self::Refused(findings)
            }
            other => other,
        }
    }
}

/// Says that a command was asked to stop, and how it goes on.
#[must_use]
pub fn interrupted(help: impl Into<String>) -> Finding {
    Finding::new(Code::Interrupted, ASKED).help(help)
}

/// A value that may be refused: nothing where it was. Errors stay errors.
///
/// # Errors
/// Where the tool itself could not do its part, or was asked to stop.
pub fn unless_refused<T>(answer: Result<T, Stop>) -> Result<Option<T>, Stop> {
    match answer {
        Ok(there) => Ok(Some(there)),
        Err(stop) => stop.refusal().map(|_| None),
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(findings) => {
                let said: Vec<&str> = findings.iter().map(|it| &*it.message).collect();
                to.write_str(&said.join("; "))
            }
            Self::Interrupted => to.write_str(ASKED),
            Self::Broken(error) => {
                let chain: Vec<String> = error.chain().map(ToString::to_string).collect();
                to.write_str(&chain.join(": "))
            }
        }
    }
}

impl From<anyhow::Error> for Stop {
    fn from(error: anyhow::Error) -> Self {
        Self::Broken(error)
    }
}

impl From<std::io::Error> for Stop {
    fn from(error: std::io::Error) -> Self {
        Self::Broken(error.into())
    }
}

impl From<Finding> for Stop {
    fn from(finding: Finding) -> Self {
        Self::Refused(vec![finding])
    }
}

impl From<Box<Finding>> for Stop {
    fn from(finding: Box<Finding>) -> Self {
        Self::Refused(vec![*finding])
    }
}

impl From<Vec<Finding>> for Stop {
    fn from(findings: Vec<Finding>) -> Self {
        Self::Refused(findings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_stop_says_why_in_findings() {
        let refusal = || Finding::new(Code::NoCommit, "none");
        assert_eq!(Stop::from(refusal()).into_findings(), [refusal()]);
        assert_eq!(Stop::Interrupted.into_findings()[0].code, Code::Interrupted);
        let broken = Stop::from(anyhow::anyhow!("a disk is full").context("cannot write"));
        let said = &broken.into_findings()[0];
        assert_eq!(said.code, Code::NotEstablishedCode);
        assert_eq!(said.message, "cannot write: a disk is full");
    }

    #[test]
    fn what_was_found_before_comes_first() {
        let note = Finding::new(Code::Cec60, "stale");
        let refusal = Finding::new(Code::NoCommit, "none");
        let all = Stop::from(refusal.clone()).after(vec![note.clone()]).into_findings();
        assert_eq!(all, [note.clone(), refusal]);
        assert!(matches!(Stop::Interrupted.after(vec![note]), Stop::Interrupted));
    }

    #[test]
    fn only_a_refusal_becomes_nothing() {
        let refused = unless_refused::<()>(Err(Finding::new(Code::NoCommit, "none").into()));
        assert!(matches!(refused, Ok(None)));
        assert!(matches!(unless_refused(Ok(1)), Ok(Some(1))));
        assert!(unless_refused::<()>(Err(Stop::Interrupted)).is_err());
    }
}
