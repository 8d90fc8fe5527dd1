//! The automation of one repository: which patches may enter its `main`.
//!
//! Rules (`policy`) meet facts (`facts`) in pure checks (`checks`), which give
//! findings with codes (`findings`); a command gathers, checks, reports, and
//! only then acts. See docs/architecture.md.

pub mod checks;
pub mod cli;
pub mod commands;
pub mod evidence;
pub mod facts;
pub mod findings;
pub mod ledger;
pub mod orr;
pub mod policy;
pub mod report;
pub mod requirements;
