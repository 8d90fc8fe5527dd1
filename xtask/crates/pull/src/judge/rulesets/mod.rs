//! Rulesets of the default branch: the one that is committed, and what the server
//! enforces. Both must demand every gate, from GitHub Actions and nobody else, of
//! everybody.

pub(crate) mod fix;
pub(crate) mod jobs;
pub(crate) mod live;
