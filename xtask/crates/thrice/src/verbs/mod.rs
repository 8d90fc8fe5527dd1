//! The verbs of the whole: `completions`, `doctor`, `explain`, `init`, `policy`.

pub mod completions;
pub mod doctor;
pub mod explain;
pub mod init;
pub mod policy;
