//! The automation of one repository: which patches may enter its `main`.
//!
//! Rules (`policy`) meet facts (`facts`) in pure checks (`checks`), which give
//! findings with codes (`findings`); a command gathers, checks, reports, and
//! only then acts. See docs/architecture.md.

pub mod cli;
mod help;
mod judge;
pub mod reference;
pub mod requirements;
mod verbs;
mod version;
