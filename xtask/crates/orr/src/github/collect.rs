//! What an ended run left: its jobs held against the gates, its artifact unpacked into
//! the run's output folder.

use serde_json::{Value, json};

use super::Session;
use super::watch::{outcome, seconds};
use crate::evidence::bundle::{self, Bundle};
use crate::evidence::manifest::{Mode, sha256_hex};
use crate::journal::JournalLine;
use crate::judge::server::{
    Artifact, Job, MOST_BYTES, Run, choose_artifact, judge_digest, judge_jobs, judge_run,
    judge_scorecard,
};
use crate::pack::{Packed, results_of};
use crate::result::GateResult;
use thrice_facts::files;
use thrice_findings::{Code, Finding, Known, Outcome, Place, Stop};
use thrice_report::event::Event;

/// What came of a run.
pub(super) struct Collected {
    pub(super) results: Vec<GateResult>,
    pub(super) packed: Option<Packed>,
    pub(super) findings: Vec<Finding>,
    pub(super) server: Value,
}

impl Session<'_> {
    /// Takes what a run left. What is wrong with it is a finding; only a server that
    /// cannot be asked stops.
    pub(super) fn collected(&self, number: u32, run: &Run) -> Result<Collected, Stop> {
        let place = Place::default().in_run(number);
        let mut findings: Vec<Finding> =
            judge_run(&self.expected, run).into_iter().map(|f| f.at(place.clone())).collect();
        findings.extend(self.mistitled(number, run).map(|finding| finding.at(place.clone())));
        let jobs = self.jobs(run.id)?;
        findings.extend(judge_jobs(&self.expected, number, &jobs));
        let mut results = self.by_jobs(&jobs);
        // The decision over all runs says which gates are not green; a red run says it
        // only where none of its gates does.
        let red = results.iter().any(|result| result.outcome != Outcome::Pass);
        findings.retain(|finding| finding.code != Code::Cec20 || !red);
        let mut server = json!({
            "run": number,
            "id": run.id,
            "url": run.html_url,
            "attempt": run.run_attempt,
            "created_at": run.created_at,
            "updated_at": run.updated_at,
            "conclusion": run.conclusion,
        });
        let packed = match self.bundle(run, &mut server)? {
            Known::Is(bundle) => {
                findings.extend(self.scorecard(number, &bundle));
                match results_of(&bundle.scorecard, &bundle.listed) {
                    Ok(reported) => join(&mut results, reported),
                    Err(finding) => findings.push(finding.at(place.clone())),
                }
                Some(self.keep(number, &bundle)?)
            }
            // What a red run does not leave is no finding of its own.
            Known::Unseen(finding) if !red || finding.code != Code::Cec40 => {
                findings.push(finding.at(place));
                None
            }
            Known::Unseen(_) | Known::Absent => None,
        };
        Ok(Collected { results, packed, findings, server })
    }

    /// The gates as the jobs say.
    fn by_jobs(&self, jobs: &[Job]) -> Vec<GateResult> {
        let result = |gate: &thrice_programme::Gate| {
            let job = jobs.iter().find(|job| job.name == gate.id);
            let outcome = job.map_or(Outcome::NotEstablished, outcome);
            let result = GateResult::without_commands(gate, outcome);
            GateResult { seconds: job.map_or(0.0, seconds), ..result }
        };
        self.request.policy.gates.gates.iter().map(result).collect()
    }

    /// The run's artifact: chosen by name, taken by id, held against its own digest,
    /// opened.
    fn bundle(&self, run: &Run, server: &mut Value) -> Result<Known<Bundle>, Stop> {
        let github = &self.target.github;
        let path = github.repo(&format!("actions/runs/{}/artifacts", run.id));
        let artifacts: Vec<Artifact> = github.list(&path, Some("artifacts"))?;
        let chosen = match choose_artifact(&self.expected, run.id, &artifacts) {
            Ok(chosen) => chosen,
            Err(finding) => return Ok(Known::Unseen(*finding)),
        };
        server["artifact"] =
            json!({ "id": chosen.id, "name": chosen.name, "digest": chosen.digest });
        let path = github.repo(&format!("actions/artifacts/{}/zip", chosen.id));
        let bytes = match github.download(&path, MOST_BYTES) {
            Ok(bytes) => bytes,
            Err(failure) if failure.status() == Some(410) => {
                let finding =
                    Finding::new(Code::Cec40, format!("the artifact has expired: {failure}"));
                return Ok(Known::Unseen(finding.help("begin a new review")));
            }
            Err(failure) if failure.kind() == thrice_facts::github::FailureKind::Refused => {
                let finding = Finding::new(Code::ArtifactUnread, failure.to_string());
                return Ok(Known::Unseen(finding.help("let the gates leave less evidence")));
            }
            Err(failure) => return Err(failure.into()),
        };
        if let Some(finding) = judge_digest(chosen, &sha256_hex(&bytes)) {
            return Ok(Known::Unseen(finding));
        }
        let opened = bundle::open(&self.expected.programme, &bytes);
        Ok(opened.map_or_else(|finding| Known::Unseen(*finding), Known::Is))
    }

    /// What the scorecard and the manifest say, against what is reviewed.
    fn scorecard(&self, number: u32, bundle: &Bundle) -> Vec<Finding> {
        let commit = &self.request.commit;
        let mut findings = judge_scorecard(&self.expected, number, &commit.tree, &bundle.scorecard);
        if bundle.listed.commit != commit.id || bundle.listed.tree != commit.tree {
            let message = "the manifest is of another commit than the run";
            findings.push(
                Finding::new(Code::RunMismatch, message)
                    .help("begin a new review")
                    .at(Place::default().in_run(number)),
            );
        }
        findings
    }

    /// Writes a run's outputs where the local engine leaves them.
    fn keep(&self, number: u32, bundle: &Bundle) -> Result<Packed, Stop> {
        let output = self.output.run(number);
        let programme = &self.expected.programme;
        files::remove(output.folder())?;
        for record in &bundle.listed.files {
            let entry = bundle.entries.iter().find(|entry| entry.path == record.path);
            let Some(entry) = entry else { continue };
            let to = output.folder().join(&entry.path);
            files::write_whole(&to, &entry.bytes)?;
            files::set_executable(&to, record.mode == Mode::Executable)?;
        }
        files::write_whole(&output.scorecard(programme), &bundle.scorecard)?;
        files::write_whole(&output.manifest(), &bundle.manifest)?;
        files::write_whole(&output.sums(), &bundle.sums)?;
        files::write_whole(&output.statement(programme), &bundle.statement)?;
        files::write_whole(&output.archive(programme), &bundle.zip)?;
        let packed = Packed {
            scorecard_sha256: sha256_hex(&bundle.scorecard),
            zip_sha256: sha256_hex(&bundle.zip),
            manifest_sha256: sha256_hex(&bundle.manifest),
            sums_sha256: sha256_hex(&bundle.sums),
            statement_sha256: sha256_hex(&bundle.statement),
        };
        self.write(&JournalLine::RunPacked { run: number, packed: packed.clone() })?;
        let zip_sha256 = packed.zip_sha256.clone();
        self.request.listener.event(&Event::RunPacked { run: number, zip_sha256 });
        Ok(packed)
    }
}

/// Adds what the scorecard names each gate. A job that did not end well is not made
/// green by it.
fn join(results: &mut [GateResult], reported: Vec<GateResult>) {
    for reported in reported {
        if let Some(result) = results.iter_mut().find(|result| result.gate == reported.gate) {
            let by_job = (result.outcome, result.seconds);
            *result = reported;
            result.seconds = by_job.1;
            if by_job.0 != Outcome::Pass {
                result.outcome = by_job.0;
            }
        }
    }
}
