//! What a run leaves behind: names that are the same everywhere, the canonical
//! archive, and the manifest beside it.

pub mod archive;
pub mod manifest;
mod names;
