//! The verbs of the whole: `doctor`, `explain`, `policy`.

pub mod doctor;
pub mod explain;
pub mod policy;
