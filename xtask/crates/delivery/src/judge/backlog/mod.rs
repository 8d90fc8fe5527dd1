//! Stories and waves: in which state each story is and why, what keeps one from being
//! started, and what a wave's gate still wants (P-3, P-4, P-6, P-7, Z-4, Z-6).
//!
//! Nothing here is typed in where it can be seen: states follow from git, from GitHub
//! where it was asked, and from the decisions in the ledger.

mod branches;
pub mod entry;
mod history;
mod names;
mod overlap;
mod phase;
pub(crate) mod scorecard;
mod state;
mod title;
mod wave;

#[cfg(test)]
mod tests;

pub(crate) use entry::unmerged;
pub use entry::{Cycle, EntryFacts, Reason, approval, entry, lifts, under_way_in};
pub(crate) use history::History;
pub use history::{Commit, CommitQuery, Landing};
pub use history::{Reverted, pull_of, targets};
pub use names::Names;
pub(crate) use overlap::{Reached, overlaps};
pub use phase::{Parts, PhaseDemand, phase};
pub(crate) use phase::{still_runs, unclosed};
pub(crate) use state::{Board, OfStories, WAITING, block_words};
pub use state::{Branch, Checks, Pull, Status, StoryFacts, StoryState};
pub use title::titled;
pub(crate) use wave::{
    Head, WaveFacts, first_line, not_green, open_critical, sprint_gate, unproven,
};
pub use wave::{gate, is_open, missing};
