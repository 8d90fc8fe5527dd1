//! What is true outside: processes, git, files, the clock, signals.
//!
//! Only `process` starts programs.

pub mod clock;
pub mod files;
pub mod git;
pub mod github;
pub mod interrupt;
pub mod machine;
pub mod process;
pub mod scratch;
