//! The verbs of the whole: `board`, `completions`, `doctor`, `explain`, `init`, `policy`.

pub(crate) mod board;
pub(crate) mod completions;
pub(crate) mod doctor;
pub(crate) mod explain;
pub(crate) mod init;
pub(crate) mod policy;
mod tools;
