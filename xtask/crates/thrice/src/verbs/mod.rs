//! One verb a file.

pub mod doctor;
pub mod explain;
pub mod init;
pub mod policy;
