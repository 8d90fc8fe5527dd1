//! Why a gate differs: it is run again with one aspect of its surroundings changed at a
//! time, with plain runs between, until one aspect alone makes the difference.
//!
//! [`search`] decides what to try (pure), [`laboratory`] tries it, [`clue`] reads what
//! values themselves say, and [`words`] says what was found.

pub(crate) mod clue;
pub(crate) mod explain;
pub(crate) mod laboratory;
pub(crate) mod search;
pub(crate) mod words;

#[cfg(test)]
mod tests;
