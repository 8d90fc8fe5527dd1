//! The verbs of the whole: `doctor`, `explain`, `init`, `policy`.

pub mod doctor;
pub mod explain;
pub mod init;
pub mod policy;
