//! The answer to one demand.

use serde::{Deserialize, Serialize};

use super::Verdict;

/// One thing that is demanded, and what is known of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// What is demanded.
    pub demand: String,
    /// Proven, disproven or not established.
    pub verdict: Verdict,
    /// What holds it, or why not.
    pub why: String,
}

impl Answer {
    /// An answer.
    #[must_use]
    pub fn new(demand: impl Into<String>, verdict: Verdict, why: impl Into<String>) -> Self {
        Self { demand: demand.into(), verdict, why: why.into() }
    }

    /// The demand is met; `why` says what holds it.
    #[must_use]
    pub fn proven(demand: impl Into<String>, why: impl Into<String>) -> Self {
        Self::new(demand, Verdict::Pass, why)
    }

    /// The demand is not met.
    #[must_use]
    pub fn disproven(demand: impl Into<String>, why: impl Into<String>) -> Self {
        Self::new(demand, Verdict::Fail, why)
    }

    /// Nobody can report whether the demand is met.
    #[must_use]
    pub fn not_established(demand: impl Into<String>, why: impl Into<String>) -> Self {
        Self::new(demand, Verdict::NotEstablished, why)
    }
}
