//! Beginning a review: its name, and what its journal begins with.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context;

use super::journal::{EngineKind, Opened};
use super::layout::Output;
use super::leftovers::{next_number, policy_digest};
use super::review::Request;
use thrice_facts::clock;
use thrice_programme::Gates;

/// A folder for a new review, named by its time and commit.
pub(super) fn new_folder(request: &Request<'_>, output: &Output) -> anyhow::Result<PathBuf> {
    let stamp = clock::stamped().strftime("%Y%m%dT%H%M%SZ").to_string();
    let base = format!("{stamp}-{}", request.commit.id.get(..7).unwrap_or(&request.commit.id));
    // Two reviews within a second (or a fixed clock) get numbers.
    let folder = (1..)
        .map(|number| match number {
            1 => base.clone(),
            _ => format!("{base}-{number:03}"),
        })
        .map(|name| output.reviews().join(name))
        .find(|folder| !folder.exists());
    folder.context("there is no free name for a review")
}

/// Where PATH has the programs that gates start by name.
fn programs(gates: &Gates) -> BTreeMap<String, String> {
    let names = gates.commands().filter_map(|argv| argv.first());
    let names = names.filter(|name| !name.contains('/'));
    let found =
        |name: &String| Some((name.clone(), which::which(name).ok()?.display().to_string()));
    names.filter_map(found).collect()
}

/// The first line of a new review's journal.
pub(super) fn opened(
    request: &Request<'_>,
    engine: EngineKind,
    folder: &Path,
) -> anyhow::Result<Opened> {
    let id = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
    Ok(Opened {
        schema: "xtask/journal/1".to_owned(),
        id,
        number: next_number(request.output)?,
        engine,
        commit: request.commit.id.clone(),
        policy_sha256: policy_digest(request.files),
        runs: request.runs,
        keep_going: request.keep_going,
        until: request.until,
        rehearsal: request.runs < request.policy.gates.runs,
        vary: request.vary,
        branch: request.repository.branch()?,
        from: None,
        programs: match engine {
            EngineKind::Local => programs(&request.policy.gates),
            EngineKind::Github => BTreeMap::new(),
        },
        started_at: clock::rfc3339(clock::stamped()),
    })
}
