//! What gates leave: taken in, scrubbed, listed, packed.

pub mod archive;
pub mod bundle;
pub mod collect;
pub mod json;
pub mod manifest;
mod names;
