//! Releases: candidates and releases by full SHA, their proof, and where they went.

mod judge;
pub mod verbs;
