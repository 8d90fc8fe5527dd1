//! All that the merge gate looked at, as one value: what is judged, recorded for whoever
//! audits it, and judged again from the record, without asking anybody.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::ApprovalDemand;
use super::approvals::{ApproverFacts, PatchCommit, Review};
use super::delivery::Delivery;
use crate::judge::claims::Claim;
use crate::judge::rulesets::live;
use thrice_findings::{Answer, Code, Finding};
use thrice_orr::judge::pull::PullRequest;
use thrice_orr::judge::required_checks::{CheckRun, SuiteRun};
use thrice_patch::judge::approvals::Approvals;

/// The form of a recorded snapshot.
pub(crate) const SCHEMA: &str = "xtask/merge-check/1";

/// What the merge gate looked at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Snapshot {
    /// [`SCHEMA`].
    pub schema: String,
    /// The number of the pull request.
    pub number: u64,
    /// The repository as `owner/name`; none where not even that is known.
    pub repository: Option<String>,
    /// When it was looked at (RFC 3339, UTC).
    pub(crate) taken_at: String,
    /// Why nothing could be looked at, where that is so.
    pub stopped: Vec<Finding>,
    /// The pull request, before all else was looked at.
    pub before: Option<PullRequest>,
    /// What its body claims.
    pub claimed: Option<Claimed>,
    /// What its base demands and the server shows; none where the base is not known.
    pub gate: Option<Gate>,
    /// Why that was not looked at, where the base is known.
    pub cut: Vec<Finding>,
    /// What the delivery says; none where the base is not known.
    pub delivery: Option<Delivery>,
    /// The commit of the default branch once more, after that.
    #[serde(default)]
    pub(crate) base_after: Option<MergeSnapshot<String>>,
    /// The pull request once more, after all else.
    pub after: Option<MergeSnapshot<PullRequest>>,
}

/// What is known, or why not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(
    clippy::large_enum_variant,
    reason = "few facts are not shown at once; a box would be opened at every use"
)]
pub enum MergeSnapshot<T> {
    /// It is this.
    Is(T),
    /// It was not shown.
    Unseen(Finding),
}

/// The claims of a body, each with what was said and what was seen.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Claimed {
    /// The head that was verified.
    pub head: Option<String>,
    /// The claims.
    pub claims: Vec<Claim>,
    /// What speaks against them.
    pub findings: Vec<Finding>,
}

/// What the base demands, and what the server shows of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gate {
    /// The commit of the default branch whose rules these are.
    pub base: String,
    /// The default branch.
    pub branch: String,
    /// Whether a merge queue proves the result of the merge, by policy.
    #[serde(default)]
    pub(crate) queue: bool,
    /// The gates, each of which is a required check.
    pub gates: Vec<String>,
    /// The app whose checks count.
    pub app_id: u64,
    /// The path of the workflow whose checks count.
    pub workflow: String,
    /// The id that the server has for it.
    pub workflow_id: Option<u64>,
    /// What the server enforces.
    pub enforced: MergeSnapshot<Enforced>,
    /// The checks on the head.
    pub checks: MergeSnapshot<Posted>,
    /// Approvals.
    pub approvals: MergeSnapshot<Approved>,
}

/// What the server enforces.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Enforced {
    /// Its rules.
    pub facts: live::LiveFacts,
    /// Whether the jobs of the base's workflow are its gates.
    pub jobs: Answer,
    /// What speaks against that.
    pub findings: Vec<Finding>,
    /// The one check that stands for every gate, where policy has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<String>,
}

/// Checks on a commit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Posted {
    /// The checks.
    pub checks: Vec<CheckRun>,
    /// The runs that they are of.
    pub runs: Vec<SuiteRun>,
}

/// Approvals, and what bears on them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Approved {
    /// Those that are needed.
    pub demands: Vec<ApprovalDemand>,
    /// All reviews.
    pub reviews: Vec<Review>,
    /// The commits of the patch.
    pub commits: Vec<PatchCommit>,
    /// Members of teams, or why they are not shown.
    pub teams: BTreeMap<String, Result<BTreeSet<String>, String>>,
    /// Whether somebody may write.
    pub(crate) writers: BTreeMap<String, Option<bool>>,
    /// What the ledger has.
    pub recorded: Approvals,
}

impl Approved {
    /// The same, as approvals are judged.
    #[must_use]
    pub fn facts<'a>(&'a self, pull: &'a PullRequest) -> ApproverFacts<'a> {
        ApproverFacts {
            head: &pull.head.sha,
            author: pull.user.as_ref().and_then(|user| user.login.as_deref()),
            reviews: &self.reviews,
            commits: &self.commits,
            teams: &self.teams,
            recorded: &self.recorded,
            writers: &self.writers,
        }
    }
}

impl Snapshot {
    /// A snapshot of nothing yet.
    #[must_use]
    pub fn new(number: u64, taken_at: String) -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            number,
            repository: None,
            taken_at,
            stopped: Vec::new(),
            before: None,
            claimed: None,
            gate: None,
            cut: Vec::new(),
            delivery: None,
            base_after: None,
            after: None,
        }
    }

    /// Reads a recorded one.
    ///
    /// # Errors
    /// [`Code::SnapshotUnread`] where it is none of this version.
    pub fn read(bytes: &[u8]) -> Result<Self, Box<Finding>> {
        let refuse = |message: String| {
            let help = "record it again: `cargo xtask pr merge-check N --record FILE`";
            Box::new(Finding::new(Code::SnapshotUnread, message).help(help))
        };
        let snapshot: Self = serde_json::from_slice(bytes)
            .map_err(|error| refuse(format!("this is no snapshot of a merge check: {error}")))?;
        if snapshot.schema != SCHEMA {
            let said = thrice_findings::text::quoted(&snapshot.schema);
            return Err(refuse(format!("the snapshot is of the form {said}, not {SCHEMA}")));
        }
        Ok(snapshot)
    }
}
