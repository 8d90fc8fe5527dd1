//! The verbs of the whole: `board`, `completions`, `doctor`, `explain`, `init`, `policy`.

pub mod board;
pub mod completions;
pub mod doctor;
pub mod explain;
pub mod init;
pub mod policy;
