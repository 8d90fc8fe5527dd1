//! The pull request on the server: opened, verified, merged or rolled back; and what the
//! server enforces.

pub mod judge;
pub mod verbs;
