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
mod state;
mod title;
mod wave;

#[cfg(test)]
mod tests;

pub use entry::{Cycle, Desk, approval, entry, lifts};
pub use history::{Asked, By, Commit, History, Landing};
pub use history::{Target, pull_of, targets};
pub use names::Names;
pub use overlap::{Reached, overlaps};
pub use phase::{Demand, phase};
pub use state::{Board, Branch, Checks, Facts, Pull, State, Status, WAITING};
pub use title::titled;
pub use wave::{WaveFacts, gate, is_open, not_green, open_critical, sprint_gate};
