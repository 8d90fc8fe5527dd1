//! A run's scorecard, manifest, sums, archive and statement.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::layout::Run;
use super::result::{AppliedScrub, CommandResult, GateResult};
use crate::evidence::archive::{self, Entry};
use crate::evidence::json::canonical;
use crate::evidence::manifest::{FileRecord, Manifest, Mode, sha256_hex, sha256sums};
use crate::judge::test_report::TestCounts;
use thrice_facts::files;
use thrice_findings::outcome::Outcome;
use thrice_findings::{Code, Finding, Place, Severity, Stop, Verdict};
use thrice_programme::PolicyFiles;

/// A run's result: nothing in it depends on when, where or by whom.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Scorecard {
    schema: String,
    pub programme: String,
    /// The commit that was judged.
    pub commit: String,
    pub tree: String,
    /// What the gates amount to.
    pub verdict: Verdict,
    /// The gates, in order.
    pub gates: Vec<GateScore>,
}

/// A gate in a scorecard.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct GateScore {
    gate: String,
    name: String,
    outcome: Outcome,
    codes: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    commands: Vec<CommandResult>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    builtin: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tests: Option<TestCounts>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    scrubs: Vec<AppliedScrub>,
    evidence_files: usize,
    evidence_sha256: String,
}

/// Digests of what a run was packed into.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Packed {
    /// Of the scorecard.
    pub scorecard_sha256: String,
    /// Of the archive.
    pub zip_sha256: String,
    /// Of the manifest: equal where only the packing differs.
    pub manifest_sha256: String,
    pub(crate) sums_sha256: String,
    /// Of the test-result statement.
    pub(crate) statement_sha256: String,
}

/// The manifest of some of a run's files.
#[must_use]
pub(crate) fn manifest<'a>(run: &Run, records: impl Iterator<Item = &'a FileRecord>) -> Manifest {
    Manifest::new(&run.commit.id, &run.commit.tree, records.cloned().collect())
}

/// What the gates of one run amount to.
#[must_use]
pub(crate) fn verdict(results: &[GateResult]) -> Verdict {
    let any = |outcomes: &[Outcome]| results.iter().any(|r| outcomes.contains(&r.outcome));
    if any(&[Outcome::Fail, Outcome::NoEvidence]) {
        Verdict::Fail
    } else if any(&[Outcome::NotEstablished]) {
        Verdict::NotEstablished
    } else {
        Verdict::Pass
    }
}

fn score(result: &GateResult) -> GateScore {
    let mut codes: Vec<String> = result
        .findings
        .iter()
        .filter(|finding| finding.severity != Severity::Note)
        .map(|finding| finding.code.name().to_owned())
        .collect();
    codes.dedup();
    GateScore {
        gate: result.gate.clone(),
        name: result.name.clone(),
        outcome: result.outcome,
        codes,
        commands: result.commands.clone(),
        builtin: result.builtin.clone(),
        tests: result.tests,
        scrubs: result.scrubs.clone(),
        evidence_files: result.evidence.len(),
        evidence_sha256: sha256_hex(sha256sums(&result.evidence).as_bytes()),
    }
}

/// Packs a run: writes scorecard, manifest, sums, archive and statement below its
/// output folder. The archive is written last. Evidence that is not what it was when
/// its gate ended is not packed; the finding says which.
pub(crate) fn pack(
    run: &Run,
    programme: &str,
    results: &[GateResult],
    policy: &PolicyFiles,
) -> Result<Packed, Stop> {
    let scorecard = canonical(&Scorecard {
        schema: "xtask/scorecard/1".to_owned(),
        programme: programme.to_owned(),
        commit: run.commit.id.clone(),
        tree: run.commit.tree.clone(),
        verdict: verdict(results),
        gates: results.iter().map(score).collect(),
    })?;
    let scorecard_path = format!("scorecards/{programme}.json");
    let mut records: Vec<FileRecord> =
        results.iter().flat_map(|result| result.evidence.clone()).collect();
    records.push(FileRecord::of(&scorecard_path, false, &scorecard));
    let manifest = canonical(&manifest(run, records.iter()))?;
    records.push(FileRecord::of("MANIFEST.json", false, &manifest));
    records.sort_by(|a, b| a.path.cmp(&b.path));
    let sums = sha256sums(&records).into_bytes();

    let mut entries = Vec::new();
    for result in results {
        for record in &result.evidence {
            let there = files::read_if_there(&run.output.folder().join(&record.path))?;
            let bytes = there.unwrap_or_default();
            let executable = record.mode == Mode::Executable;
            if FileRecord::of(&record.path, executable, &bytes) != *record {
                return Err(changed(run, &result.gate, &record.path).into());
            }
            entries.push(Entry { path: record.path.clone(), executable, bytes });
        }
    }
    let plain = |path: &str, bytes: &[u8]| Entry {
        path: path.to_owned(),
        executable: false,
        bytes: bytes.to_vec(),
    };
    entries.push(plain(&scorecard_path, &scorecard));
    entries.push(plain("MANIFEST.json", &manifest));
    entries.push(plain("SHA256SUMS", &sums));
    let zip = archive::write(&entries).map_err(anyhow::Error::from)?;

    let output = &run.output;
    files::write_whole(&output.scorecard(programme), &scorecard)?;
    files::write_whole(&output.manifest(), &manifest)?;
    files::write_whole(&output.sums(), &sums)?;
    let statement = canonical(&test_result(run, results, policy))?;
    files::write_whole(&output.statement(programme), &statement)?;
    files::write_whole(&output.archive(programme), &zip)?;
    Ok(Packed {
        scorecard_sha256: sha256_hex(&scorecard),
        zip_sha256: sha256_hex(&zip),
        manifest_sha256: sha256_hex(&manifest),
        sums_sha256: sha256_hex(&sums),
        statement_sha256: sha256_hex(&statement),
    })
}

/// What a scorecard names its gates, with the evidence that the manifest lists for
/// each.
///
/// # Errors
/// A finding where the scorecard is none, or names other evidence than the manifest.
pub(crate) fn results_of(
    scorecard: &[u8],
    manifest: &Manifest,
) -> Result<Vec<GateResult>, Box<Finding>> {
    let apart = |message: String| {
        Box::new(Finding::new(Code::EvidenceChanged, message).help("begin a new review"))
    };
    let read: Scorecard = serde_json::from_slice(scorecard)
        .map_err(|error| apart(format!("the scorecard cannot be read: {error}")))?;
    let mut results = Vec::new();
    for score in read.gates {
        let folder = format!("evidence/{}_{}/", score.gate, score.name);
        let of_gate = manifest.files.iter().filter(|file| file.path.starts_with(&folder));
        let evidence: Vec<FileRecord> = of_gate.cloned().collect();
        let digest = sha256_hex(sha256sums(&evidence).as_bytes());
        if evidence.len() != score.evidence_files || digest != score.evidence_sha256 {
            return Err(apart(format!(
                "the scorecard names other evidence of {} than is there",
                score.gate
            )));
        }
        results.push(GateResult {
            gate: score.gate,
            name: score.name,
            outcome: score.outcome,
            commands: score.commands,
            builtin: score.builtin,
            tests: score.tests,
            scrubs: score.scrubs,
            evidence,
            findings: Vec::new(),
            seconds: 0.0,
        });
    }
    Ok(results)
}

fn changed(run: &Run, gate: &str, path: &str) -> Finding {
    let message = format!("{path} is not what it was when {gate} ended, so the run is not packed");
    Finding::new(Code::EvidenceChanged, message)
        .help("let each gate write only below its own evidence folder")
        .at(Place::gate(gate).in_run(run.number))
}

/// An in-toto Statement v1 with a test-result predicate v0.1 about the source.
fn test_result(run: &Run, results: &[GateResult], policy: &PolicyFiles) -> Value {
    let named = |passed: bool| -> Vec<String> {
        let wanted = results.iter().filter(|r| (r.outcome == Outcome::Pass) == passed);
        wanted.map(|result| format!("{}_{}", result.gate, result.name)).collect()
    };
    let configuration: Vec<Value> = policy
        .iter()
        .map(|(name, bytes)| {
            json!({ "name": format!("policy/{name}"), "digest": { "sha256": sha256_hex(bytes) } })
        })
        .collect();
    json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{ "name": "source", "digest": { "gitCommit": run.commit.id } }],
        "predicateType": "https://in-toto.io/attestation/test-result/v0.1",
        "predicate": {
            "result": if verdict(results) == Verdict::Pass { "PASSED" } else { "FAILED" },
            "configuration": configuration,
            "passedTests": named(true),
            "failedTests": named(false),
        },
    })
}
