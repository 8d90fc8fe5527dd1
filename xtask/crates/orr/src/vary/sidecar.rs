//! What a run's surroundings were, beside its evidence: never in it, because they differ.

use serde_json::{Value, json};

use super::Variation;
use crate::evidence::json::canonical;
use crate::layout::Output;
use thrice_facts::{files, machine};
use thrice_programme::{Aspect, VaryMode};

/// Writes how a run differed, and on what machine it was made.
pub(crate) fn write(
    output: &Output,
    run: u32,
    mode: VaryMode,
    variation: &Variation,
    not_varied: &[(Aspect, String)],
) -> anyhow::Result<()> {
    let not: serde_json::Map<String, Value> =
        not_varied.iter().map(|(aspect, why)| (aspect.word().to_owned(), json!(why))).collect();
    let record = json!({
        "schema": "xtask/variation/1",
        "run": run,
        "mode": mode,
        "varied": variation,
        "not_varied": not,
        "machine": machine::described(),
    });
    files::make_folder(output.folder())?;
    files::write_whole(&output.variation(), &canonical(&record)?)
}
