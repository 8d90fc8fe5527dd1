//! What `out/orr.json` says of a review, as far as a body repeats it.

use serde::Deserialize;

use super::template::LEAST_RUNS;
use thrice_findings::{Code, Finding, Verdict, short};

/// A recorded decision. Its writer may have been anybody.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct RecordedDecision {
    /// Whether it had fewer runs than policy asks for.
    #[serde(default)]
    pub rehearsal: bool,
    schema: String,
    /// The programme's id.
    pub programme: String,
    /// What was decided.
    pub verdict: Verdict,
    /// The commit that was reviewed.
    pub commit: String,
    /// Digest of the rules by which it was reviewed.
    pub policy_sha256: String,
    /// Its branch, where it was on one.
    pub branch: Option<String>,
    /// How many reviews of the same tree were red before.
    #[serde(default)]
    pub red_reviews: usize,
    /// Ids of the runs.
    pub run_ids: Vec<String>,
    /// Digest of the scorecard that all runs left.
    pub scorecard_sha256: Option<String>,
    /// Digest of the archive that all runs left.
    pub evidence_zip_sha256: Option<String>,
    /// When the review began.
    pub started_at: String,
    /// When it was decided.
    pub finished_at: String,
    /// What the review said beside.
    #[serde(default)]
    pub(crate) findings: Vec<Finding>,
}

/// The schema of a decision.
const SCHEMA: &str = "xtask/orr/1";

impl RecordedDecision {
    /// Why a gate was red, where it was.
    #[must_use]
    pub fn cause(&self, gate: &str) -> Option<&Finding> {
        let is_of =
            |it: &&Finding| it.place.as_ref().and_then(|at| at.gate.as_deref()) == Some(gate);
        self.findings.iter().filter(|finding| finding.code == Code::Cec20).find(is_of)
    }

    /// What the review said of tests that are gone: it is for the one who merges.
    pub(crate) fn lost_tests(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.code == Code::TestsLost)
    }

    /// Reads a decision.
    ///
    /// # Errors
    /// REFUSE-20 where it is none.
    pub fn read(bytes: &[u8]) -> Result<Self, Box<Finding>> {
        let refused = |why: String| {
            let message = format!("the recorded decision cannot be read: {why}");
            Box::new(
                Finding::new(Code::Refuse20, message)
                    .help("run the review again: `cargo xtask orr`"),
            )
        };
        let read: Self =
            serde_json::from_slice(bytes).map_err(|error| refused(error.to_string()))?;
        if read.schema == SCHEMA { Ok(read) } else { Err(refused(format!("it is not {SCHEMA}"))) }
    }

    /// Why it is no decision that a body can stand on; `policy` is the digest of the head's
    /// own rules.
    #[must_use]
    pub(crate) fn refusals(&self, programme: &str, head: &str, policy: &str) -> Vec<Finding> {
        let refused = |message: String, help: &str| {
            Finding::new(Code::Refuse20, message).help(help.to_owned())
        };
        let again = "run the review: `cargo xtask orr`";
        let mut findings = Vec::new();
        if self.programme != programme {
            let message = format!("the decision is of the programme `{}`", self.programme);
            findings.push(refused(message, again));
        }
        if self.commit != head {
            let (of, head) = (short(&self.commit), short(head));
            let message = format!("the decision is of {of}, but HEAD is {head}");
            findings.push(refused(message, again));
        }
        if self.policy_sha256 != policy {
            let message = "the review was by other rules than this commit's policy/".to_owned();
            // Another commit may have other rules.
            let help = match self.commit == head {
                true => "leave `--policy` out: `cargo xtask orr`",
                false => again,
            };
            findings.push(refused(message, help));
        }
        if self.verdict != Verdict::Pass {
            let message = format!("the review did not pass: {}", self.verdict.word());
            findings.push(refused(message, "fix what the review found, commit, review again"));
            // It was stopped where it was decided: what it lacks follows from that.
            return findings;
        }
        let runs = self.run_ids.len();
        if self.rehearsal {
            let message =
                format!("the review was a rehearsal of {runs} runs: nothing stands on it");
            findings.push(refused(message, again));
        } else if runs < LEAST_RUNS {
            let message = format!("the review had {runs} runs; a body needs {LEAST_RUNS}");
            findings.push(refused(message, "`cargo xtask orr --runs 3`"));
        }
        if self.branch.is_none() {
            let message = "the review was of no branch: HEAD was detached".to_owned();
            findings.push(refused(message, "switch to the branch of the patch and review it"));
        }
        if self.scorecard_sha256.is_none() || self.evidence_zip_sha256.is_none() {
            let message = "the decision has no digests: not all runs left the same".to_owned();
            findings.push(refused(message, again));
        }
        findings
    }
}
