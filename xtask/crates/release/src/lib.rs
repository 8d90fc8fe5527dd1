//! Releases: candidates and releases by full SHA, their proof, and where they went.

pub mod judge;
pub mod verbs;
