//! What an unfinished review says of itself.

use crate::journal::EngineKind;
use crate::layout::Output;
use crate::leftovers::newest;

/// The engine of the newest review that is not finished, if any.
pub(super) fn unfinished_engine(output: &Output) -> anyhow::Result<Option<EngineKind>> {
    Ok(newest(output)?
        .filter(|reported| !reported.is_over())
        .and_then(|reported| Some(reported.opened()?.engine)))
}
