//! The decision as files: `out/orr.json`, and the evidence that stands for a pass.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use anyhow::bail;
use serde_json::{Value, json};

use super::journal::EngineKind;
use super::layout::Output;
use super::result::GateResult;
use super::review::Reviewed;
use super::walls;
use crate::evidence::json::canonical;
use crate::evidence::manifest::{Mode, sha256_hex};
use thrice_facts::git::Commit;
use thrice_facts::{clock, files};
use thrice_findings::{Finding, Verdict, exit_status, verdict};
use thrice_programme::{Policy, PolicyFiles};

/// What is decided, and on what.
pub(crate) struct Decision<'a> {
    pub policy: &'a Policy,
    pub files: &'a PolicyFiles,
    pub output: &'a Output,
    pub commit: &'a Commit,
    /// Whether nothing hangs on it.
    pub shadow: bool,
    /// How many reviews of the same tree were red before.
    pub red_reviews: usize,
    pub reviewed: &'a Reviewed,
    pub findings: &'a [Finding],
}

impl Decision<'_> {
    /// Writes the decision; on a pass also the first run's evidence as the review's,
    /// because all runs' are equal. `orr.json` comes last.
    pub(crate) fn write(&self) -> anyhow::Result<Value> {
        let id = &self.policy.programme.id;
        self.output.clear_run(id)?;
        files::remove(&self.output.review_statement(id))?;
        if verdict(self.findings) == Verdict::Pass {
            let first = self.output.run(1);
            let listed = self.reviewed.results.values().next().into_iter().flatten();
            for record in listed.flat_map(|result| &result.evidence) {
                let to = self.output.folder().join(&record.path);
                let bytes = verified(&first.folder().join(&record.path), &record.sha256)?;
                files::write_whole(&to, &bytes)?;
                files::set_executable(&to, record.mode == Mode::Executable)?;
            }
            let Some(packed) = self.reviewed.packed.get(&1) else {
                bail!("run 1 was not packed");
            };
            let pairs = [
                (first.scorecard(id), self.output.scorecard(id), &packed.scorecard_sha256),
                (first.manifest(), self.output.manifest(), &packed.manifest_sha256),
                (first.sums(), self.output.sums(), &packed.sums_sha256),
                (first.statement(id), self.output.statement(id), &packed.statement_sha256),
                (first.archive(id), self.output.archive(id), &packed.zip_sha256),
            ];
            for (from, to, digest) in pairs {
                files::write_whole(&to, &verified(&from, digest)?)?;
            }
            files::write_whole(&self.output.review_statement(id), &canonical(&self.attested())?)?;
        }
        let decision = self.decision();
        files::write_durable(&self.output.decision(), &canonical(&decision)?)?;
        Ok(decision)
    }

    fn run_ids(&self) -> Vec<String> {
        self.reviewed.ids.values().cloned().collect()
    }

    /// Digest that all runs have, where they have one.
    fn common(&self, of: fn(&super::pack::Packed) -> &String) -> Option<String> {
        let mut digests = self.reviewed.packed.values().map(of);
        let first = digests.next()?;
        let all = self.reviewed.packed.len() == self.reviewed.results.len();
        (all && digests.all(|digest| digest == first)).then(|| first.clone())
    }

    fn decision(&self) -> Value {
        let verdict = verdict(self.findings);
        let opened = &self.reviewed.opened;
        let all = self.findings.iter().flat_map(Finding::all);
        let mut codes: Vec<&str> = all.map(|finding| finding.code.name()).collect();
        codes.sort_unstable();
        codes.dedup();
        let is_local = self.reviewed.server.is_none();
        json!({
            "schema": "xtask/orr/1",
            "id": opened.id,
            "programme": self.policy.programme.id,
            "engine": opened.engine,
            "shadow": self.shadow,
            "verdict": verdict,
            "exit": exit_status(self.findings),
            "codes": codes,
            "commit": self.commit.id,
            "tree": self.commit.tree,
            "branch": opened.branch,
            "patch_branch": opened.of_patch(),
            "policy_sha256": opened.policy_sha256,
            "red_reviews": self.red_reviews,
            "run_ids": self.run_ids(),
            "scorecard_sha256": self.common(|packed| &packed.scorecard_sha256),
            "evidence_zip_sha256": self.common(|packed| &packed.zip_sha256),
            "started_at": opened.started_at,
            "finished_at": clock::rfc3339(clock::stamped()),
            "seconds": rounded(self.reviewed.took.as_secs_f64()),
            "target_seconds": self.policy.gates.target_time.as_secs(),
            "metrics": self.metrics(),
            "rehearsal": self.reviewed.opened.rehearsal,
            "decided_early": self.reviewed.early,
            "locked_crates": self.reviewed.shared,
            "runs": self.reviewed.results.iter().map(|(run, results)| self.run(*run, results))
                .collect::<Vec<_>>(),
            "vary": self.reviewed.vary.data(),
            "walls": is_local.then(|| walls::data(&self.policy.gates)),
            "github": self.reviewed.server,
            "findings": self.findings,
        })
    }

    /// Metrics of the process, on which nothing hangs (H-9).
    fn metrics(&self) -> Value {
        json!({
            "runs": self.reviewed.results.len(),
            "green_runs": self.reviewed.green(),
            "repeatable": self.common(|packed| &packed.zip_sha256).is_some(),
        })
    }

    fn run(&self, run: u32, results: &[GateResult]) -> Value {
        let packed = self.reviewed.packed.get(&run);
        let gates: Vec<Value> = results
            .iter()
            .map(|result| {
                json!({
                    "gate": result.gate,
                    "name": result.name,
                    "outcome": result.outcome,
                    "tests": result.tests,
                    "seconds": rounded(result.seconds),
                })
            })
            .collect();
        json!({
            "run": run,
            "id": self.reviewed.ids.get(&run),
            "scorecard_sha256": packed.map(|packed| &packed.scorecard_sha256),
            "evidence_zip_sha256": packed.map(|packed| &packed.zip_sha256),
            "manifest_sha256": packed.map(|packed| &packed.manifest_sha256),
            "gates": gates,
        })
    }

    /// An in-toto Statement v1 about the archive: which runs left exactly it.
    fn attested(&self) -> Value {
        let policy: BTreeMap<_, _> =
            self.files.iter().map(|(name, bytes)| (name, sha256_hex(bytes))).collect();
        json!({
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [{
                "name": format!("{}-evidence.zip", self.policy.programme.id),
                "digest": { "sha256": self.common(|packed| &packed.zip_sha256) },
            }],
            "predicateType": "urn:cargo-xtask:orr:v1",
            "predicate": {
                "review": self.reviewed.opened.id,
                "verdict": verdict(self.findings),
                "source": { "gitCommit": self.commit.id, "gitTree": self.commit.tree },
                "policy": policy,
                "locked_crates": self.reviewed.shared,
                "runs": self.run_ids().iter().zip(self.reviewed.packed.values())
                    .map(|(id, packed)| json!({
                        "id": id,
                        "zip_sha256": packed.zip_sha256,
                        "scorecard_sha256": packed.scorecard_sha256,
                    }))
                    .collect::<Vec<_>>(),
            },
        })
    }
}

/// Reads a file that must be what it was when it was recorded.
fn verified(path: &Path, digest: &str) -> anyhow::Result<Vec<u8>> {
    let bytes = files::read(path)?;
    if sha256_hex(&bytes) != digest {
        bail!("{} is not what it was when it was recorded", path.display());
    }
    Ok(bytes)
}

fn rounded(seconds: f64) -> f64 {
    (seconds * 1000.0).round() / 1000.0
}

/// How long the last review by an engine took, of which all runs were made; nothing where the last
/// one was another.
pub(crate) fn usual(output: &Output, engine: EngineKind) -> anyhow::Result<Option<Duration>> {
    let Some(bytes) = files::read_if_there(&output.decision())? else { return Ok(None) };
    let decision: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let is_whole = decision["engine"] == json!(engine) && decision["decided_early"].is_null();
    let seconds = decision["seconds"].as_f64().filter(|_| is_whole);
    Ok(seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()))
}

/// How long each gate took in the last review, the longest of its runs; nothing
/// where there was none. It only orders the work, so what cannot be read is no
/// error.
pub(crate) fn expected(output: &Output) -> anyhow::Result<BTreeMap<String, Duration>> {
    let Some(bytes) = files::read_if_there(&output.decision())? else {
        return Ok(BTreeMap::new());
    };
    let decision: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let runs = decision["runs"].as_array().into_iter().flatten();
    let gates = runs.flat_map(|run| run["gates"].as_array().into_iter().flatten());
    Ok(longest(gates.filter_map(|gate| Some((gate["gate"].as_str()?, gate["seconds"].as_f64()?)))))
}

/// The longest time of each gate, of times in seconds; what is no time counts as none.
pub(crate) fn longest<'a>(
    times: impl IntoIterator<Item = (&'a str, f64)>,
) -> BTreeMap<String, Duration> {
    let mut longest: BTreeMap<String, Duration> = BTreeMap::new();
    for (gate, seconds) in times {
        let this = Duration::try_from_secs_f64(seconds).unwrap_or_default();
        let longest = longest.entry(gate.to_owned()).or_default();
        *longest = this.max(*longest);
    }
    longest
}
