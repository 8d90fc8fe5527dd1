//! What a review is reported: the patch, the rules of its base, and what lies beside them.

use std::path::Path;
use std::sync::Arc;

use super::super::pr_body::{PrBody, WRITES};
use crate::gather as patch;
use crate::judge::filemap::Rules;
use crate::judge::patch::Patch;
use crate::judge::pr_body::{MOST_READ, Problem};
use thrice_documents::document::read;
use thrice_facts::files;
use thrice_facts::git::{Commit, Repository};
use thrice_findings::{Code, Finding, Severity, Stop, short};
use thrice_orr::evidence::manifest::sha256_hex;
use thrice_orr::judge::codeowners;
use thrice_orr::judge::codeowners::Codeowners;
use thrice_orr::layout::Output;
use thrice_orr::leftovers::policy_digest_of;
use thrice_programme::Policy;
use thrice_programme::world::World;

/// A CODEOWNERS file, with its path.
pub(crate) type Owners = (String, Codeowners);

/// All that is known; what is `None` could not be seen.
pub(super) struct ReviewInput {
    pub(super) patch: Arc<Patch>,
    pub policy: Policy,
    pub(super) filemap: Option<Vec<Finding>>,
    pub(super) content: Option<Vec<Finding>>,
    pub(super) codeowners: Option<Owners>,
    /// Lines of it that GitHub skips.
    pub(super) skipped: Vec<Finding>,
    pub(super) decision: Option<Vec<u8>>,
    /// Digest of the rules that the head has itself.
    pub(super) policy_sha256: String,
    pub(super) archive_sha256: Option<String>,
    /// What is wrong with the body, and what else its check found.
    pub(super) body: Option<(Vec<Problem>, Vec<Finding>)>,
}

/// Gathers what there is to know of `base..HEAD`.
pub(super) fn gather(
    world: &World,
    named: Option<&str>,
    body: Option<&Path>,
) -> Result<ReviewInput, Stop> {
    let repository = world.repository()?;
    let read = |file| read(file, MOST_READ, WRITES).map(|bytes| (file, bytes));
    let body = body.map(read).transpose()?;
    let gathered = patch::gather(world, &repository, named)?;
    let (judged, body) = match &gathered.policy.filemap {
        Some(filemap) => {
            let rules = Rules::new(filemap, None)?;
            let rulings = gathered.rulings(&rules);
            let judged = gathered.judge(&repository, &rules, &rulings)?;
            let (patch, rules) = ((&repository, &gathered), (&rules, rulings.as_slice()));
            let checked = |(file, body): (&Path, Vec<u8>)| {
                PrBody::problems(patch, rules, judged.clone(), (file, &body))
            };
            let body = body.map(checked).transpose()?;
            (Some(judged), body)
        }
        // A body lists what is inside a Filemap.
        None => {
            let missing = gathered.filemap().err().map(|finding| *finding);
            (None, body.map(|_| (Vec::new(), missing.into_iter().collect())))
        }
    };
    let (content, filemap) = match judged {
        Some(findings) => {
            let (content, mut rest): (Vec<_>, Vec<_>) =
                findings.into_iter().partition(|finding| finding.code == Code::ContentRule);
            rest.splice(0..0, gathered.findings.clone());
            (Some(content), Some(rest))
        }
        None => (None, None),
    };
    let patch::PatchInput { base, head, patch, policy, .. } = gathered;
    let output = Output::of(&repository, &policy);
    let id = &policy.programme.id;
    let archive = files::read_if_there(&output.archive(id))?;
    let (codeowners, skipped) = codeowners(&repository, &base)?;
    Ok(ReviewInput {
        filemap,
        content,
        codeowners,
        skipped,
        decision: files::read_if_there(&output.decision())?,
        policy_sha256: policy_digest_of(&repository, &head)?,
        archive_sha256: archive.map(|bytes| sha256_hex(&bytes)),
        body,
        patch,
        policy,
    })
}

/// The CODEOWNERS file of a commit, and its lines that GitHub skips.
///
/// # Errors
/// Where git fails.
pub fn codeowners(
    repository: &Repository,
    base: &Commit,
) -> anyhow::Result<(Option<Owners>, Vec<Finding>)> {
    let tree = repository.tree(base)?;
    let place = codeowners::place(|path| tree.has(path));
    let Some((path, bytes)) = place.and_then(|path| Some((path, tree.read(path).transpose()?)))
    else {
        return Ok((None, Vec::new()));
    };
    let path = format!("{}:{path}", short(&base.id));
    let (owners, mut skipped) = codeowners::parse(&path, &bytes?);
    // It is the base that is wrong, not the patch.
    skipped.iter_mut().for_each(|finding| finding.severity = Severity::Warn);
    Ok((Some((path, owners)), skipped))
}
