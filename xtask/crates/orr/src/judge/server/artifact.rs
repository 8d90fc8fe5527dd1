//! The artifact of a run: just one of the name, of this run, whole.

use serde::Deserialize;

use super::{Expected, artifact_name, compare, silent};
use thrice_findings::text::is_lower_hex;
use thrice_findings::{Code, Finding};

/// The most bytes of an artifact that are looked at.
pub const MOST_BYTES: u64 = 300 << 20;

/// An artifact, as the server reports it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Artifact {
    /// Its id.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// Its size, packed.
    pub size_in_bytes: u64,
    /// Whether its bytes are gone.
    pub expired: bool,
    /// `sha256:` and the digest of its bytes.
    #[serde(default)]
    pub digest: Option<String>,
    /// The run that left it.
    #[serde(default)]
    pub workflow_run: Option<ArtifactRun>,
}

/// The run that left an artifact.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ArtifactRun {
    /// Its id.
    #[serde(default)]
    pub id: Option<u64>,
    /// Its commit.
    #[serde(default)]
    pub head_sha: Option<String>,
}

/// The one artifact that a run must have left, of a size that can be looked at and with
/// a digest to hold its bytes against.
///
/// # Errors
/// CEC-40 where it is not there or expired, `artifact-twice` where there are several,
/// `run-mismatch` where another run left it, `server-silent` where its digest or its run
/// is not reported, `artifact-unread` where it is too large.
pub fn choose_artifact<'a>(
    expected: &Expected,
    run_id: u64,
    artifacts: &'a [Artifact],
) -> Result<&'a Artifact, Box<Finding>> {
    let name = artifact_name(&expected.programme);
    let what = format!("run {run_id}");
    let named: Vec<&Artifact> = artifacts.iter().filter(|artifact| artifact.name == name).collect();
    let artifact = match named.as_slice() {
        [] => return Err(Box::new(gone(format!("{what} has no artifact `{name}`")))),
        [artifact] => *artifact,
        several => {
            let message = format!("{what} has {} artifacts `{name}`", several.len());
            let help = "dispatch a new run: which of them counts is open";
            return Err(Box::new(Finding::new(Code::ArtifactTwice, message).help(help)));
        }
    };
    if artifact.expired {
        return Err(Box::new(gone(format!("{what}: its artifact `{name}` has expired"))));
    }
    let of = format!("the artifact `{name}` of {what}");
    let source = artifact.workflow_run.as_ref();
    let id = source.and_then(|source| source.id).map(|id| id.to_string());
    let sha = source.and_then(|source| source.head_sha.as_deref());
    let problem = compare(&of, "run", id.as_deref(), &run_id.to_string())
        .or_else(|| compare(&of, "commit", sha, &expected.sha))
        .or_else(|| digest_of(artifact).is_none().then(|| silent(&of, "SHA-256")))
        .or_else(|| too_large(&of, artifact.size_in_bytes));
    problem.map_or(Ok(artifact), |problem| Err(Box::new(problem)))
}

/// Whether the bytes that were downloaded, of the SHA-256 `found`, are the artifact's.
#[must_use]
pub fn judge_digest(artifact: &Artifact, found: &str) -> Option<Finding> {
    let what = format!("artifact {}", artifact.id);
    match digest_of(artifact) {
        None => Some(silent(&what, "SHA-256")),
        Some(digest) if digest == found => None,
        Some(digest) => {
            let message =
                format!("{what}: its bytes have the SHA-256 {found}, but the server says {digest}");
            let help = "download it again; where it stays so, make new runs";
            Some(Finding::new(Code::ArtifactDigest, message).help(help))
        }
    }
}

fn digest_of(artifact: &Artifact) -> Option<&str> {
    let digest = artifact.digest.as_deref()?.strip_prefix("sha256:")?;
    is_lower_hex(digest, 64).then_some(digest)
}

fn gone(message: String) -> Finding {
    Finding::new(Code::Cec40, message).help("make new runs: `cargo xtask orr --on github`")
}

fn too_large(of: &str, size: u64) -> Option<Finding> {
    (size > MOST_BYTES).then(|| {
        let message = format!("{of} has {size} bytes; at most {MOST_BYTES} are looked at");
        Finding::new(Code::ArtifactUnread, message).help("let the gates leave less")
    })
}
