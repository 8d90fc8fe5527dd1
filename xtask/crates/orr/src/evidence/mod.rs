//! What gates leave: taken in, scrubbed, listed, packed.

pub mod archive;
pub mod bundle;
pub(crate) mod collect;
pub(crate) mod json;
pub mod manifest;
mod names;
