//! On GitHub, the number of a run travels in its nonce, so that the runs of a review
//! differ there too.

use serde_json::Value;

use super::plan;
use super::{Variation, probe};
use thrice_facts::files;
use thrice_facts::git::Repository;
use thrice_programme::Policy;

/// The nonce of run `run`.
#[must_use]
pub(crate) fn nonce(random: &str, run: u32) -> String {
    format!("{random}-{run}")
}

/// The number that a nonce carries.
#[must_use]
pub(crate) fn run_of(nonce: &str) -> Option<u32> {
    let (random, run) = nonce.rsplit_once('-')?;
    let is_nonce = random.len() == 16 && random.bytes().all(|byte| byte.is_ascii_hexdigit());
    run.parse().ok().filter(|run| is_nonce && (1..=100).contains(run))
}

/// In what a run that the server made differs from a plain one: nothing where it was not
/// dispatched for a review. The checkout is the server's, and stays as it is.
pub(crate) fn variation(repository: &Repository, policy: &Policy) -> anyhow::Result<Variation> {
    let Some(run) = dispatched()? else { return Ok(Variation::default()) };
    let (vary, gates) = (&policy.gates.vary, &policy.gates.gates);
    let mode = vary.mode;
    let wanted: Vec<_> =
        plan::wanted(vary, mode, gates).into_iter().filter(|aspect| !aspect.is_of_run()).collect();
    let machine = probe::machine(repository, repository.root(), &wanted)?;
    Ok(plan::variation(vary, mode, gates, &machine, run).only(|aspect| wanted.contains(&aspect)))
}

/// The number of the run that this job is part of.
fn dispatched() -> anyhow::Result<Option<u32>> {
    let Some(path) = std::env::var_os("GITHUB_EVENT_PATH") else { return Ok(None) };
    let Some(bytes) = files::read_if_there(path.as_ref())? else { return Ok(None) };
    let event: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    Ok(event["inputs"]["nonce"].as_str().and_then(run_of))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_carries_its_run_and_nothing_else_does() {
        assert_eq!(run_of(&nonce("0123456789abcdef", 3)), Some(3));
        for other in ["", "0123456789abcdef", "x-3", "0123456789abcdef-0", "0123456789abcdef-3x"] {
            assert_eq!(run_of(other), None, "{other}");
        }
    }
}
