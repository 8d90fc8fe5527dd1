//! The committed ruleset, and the patterns of its conditions.

pub mod committed;
pub mod pattern;
