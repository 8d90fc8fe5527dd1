//! The review: gates, runs, the journal, comparison and decision.

pub mod approved;
pub mod builtin;
pub mod environment;
pub mod evidence;
pub mod execute;
pub mod gate;
pub mod github;
pub mod journal;
pub mod judge;
pub mod layout;
pub mod leftovers;
pub mod lineage;
pub mod opening;
pub mod pack;
pub mod prepare;
pub mod record;
pub mod required_checks;
pub mod result;
pub mod review;
pub mod reviewed;
pub mod schedule;
pub mod single;
pub mod state;
pub mod surroundings;
mod test_files;
pub mod verbs;
