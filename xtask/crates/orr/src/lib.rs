//! The review: gates, runs, the journal, comparison and decision.

mod approved;
mod builtin;
mod environment;
pub mod evidence;
mod execute;
mod gate;
mod github;
pub mod journal;
pub mod judge;
pub mod layout;
pub mod leftovers;
pub mod lineage;
mod opening;
mod pack;
mod prepare;
mod record;
pub mod required_checks;
mod result;
mod review;
mod reviewed;
mod schedule;
mod single;
pub mod state;
mod surroundings;
mod test_files;
pub mod vary;
pub mod verbs;
