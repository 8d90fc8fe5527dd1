//! In what the runs of a review differ on purpose, so that a gate that depends on its
//! surroundings shows it.
//!
//! Run 1 is plain. The others each have a [`Variation`]: a value for every aspect of
//! their surroundings that differs from the plain one. [`plan`] chooses it, [`probe`]
//! looks what this machine can vary, [`apply`] brings it about for a gate, and [`tree`]
//! for a checkout. It is recorded in the journal and beside a run's evidence, never in it.

pub(crate) mod apply;
pub(crate) mod in_which_run;
pub(crate) mod plan;
pub(crate) mod probe;
pub(crate) mod session;
pub(crate) mod sidecar;
pub(crate) mod tree;
pub(crate) mod why;

#[cfg(test)]
pub(crate) mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use thrice_programme::Aspect;

/// What differs from a plain run, each with its value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Variation(BTreeMap<Aspect, String>);

impl Variation {
    /// The value of an aspect; none where it is as in a plain run.
    #[must_use]
    pub(crate) fn get(&self, aspect: Aspect) -> Option<&str> {
        self.0.get(&aspect).map(String::as_str)
    }

    /// Whether an aspect differs from a plain run.
    #[must_use]
    pub(crate) fn has(&self, aspect: Aspect) -> bool {
        self.0.contains_key(&aspect)
    }

    #[must_use]
    pub(crate) fn is_plain(&self) -> bool {
        self.0.is_empty()
    }

    /// Every aspect that differs, with its value.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Aspect, &str)> {
        self.0.iter().map(|(aspect, value)| (*aspect, value.as_str()))
    }

    /// With one more aspect.
    #[must_use]
    pub(crate) fn with(mut self, aspect: Aspect, value: impl Into<String>) -> Self {
        self.0.insert(aspect, value.into());
        self
    }

    /// Only the aspects that are wanted.
    #[must_use]
    pub(crate) fn only(&self, wanted: impl Fn(Aspect) -> bool) -> Self {
        let kept = self.0.iter().filter(|(aspect, _)| wanted(**aspect));
        Self(kept.map(|(aspect, value)| (*aspect, value.clone())).collect())
    }
}

impl FromIterator<(Aspect, String)> for Variation {
    fn from_iter<T: IntoIterator<Item = (Aspect, String)>>(values: T) -> Self {
        Self(values.into_iter().collect())
    }
}
