//! What a review is told: the patch, the rules of its base, and what lies beside them.

use std::io::Read;
use std::path::Path;

use anyhow::Context;

use super::super::{World, head};
use crate::checks::codeowners::{self, Codeowners};
use crate::checks::patch::{Change, Entry, EntryKind, Patch};
use crate::evidence::manifest::sha256_hex;
use crate::facts::files;
use crate::facts::git::{Commit, Repository, Side, short};
use crate::findings::{Code, Finding, Place, Severity};
use crate::orr::layout::Output;
use crate::policy::filemap::{Content, PlacedGlob};
use crate::policy::{Filemap, Policy};
use crate::report::Report;

/// Where GitHub looks for the owners; the first that is there counts.
const CODEOWNERS: [&str; 3] = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];

/// A CODEOWNERS file, with its path.
pub(super) type Owners = (String, Codeowners);

/// All that is known; what is `None` could not be seen.
pub(super) struct Gathered {
    pub(super) patch: Patch,
    /// The base's policy.
    pub(super) policy: Policy,
    pub(super) filemap: Option<Vec<Finding>>,
    pub(super) content: Option<Vec<Finding>>,
    /// The base's CODEOWNERS.
    pub(super) codeowners: Option<Owners>,
    /// Lines of it that GitHub skips.
    pub(super) skipped: Vec<Finding>,
    pub(super) decision: Option<Vec<u8>>,
    pub(super) archive_sha256: Option<String>,
    pub(super) scorecard: Option<(Vec<u8>, String)>,
    pub(super) body: Option<Vec<u8>>,
}

/// Gathers what there is to know of `base..HEAD`, or the report that says why not.
pub(super) fn gather(
    world: &World,
    base: Option<&str>,
    body: Option<&str>,
) -> anyhow::Result<Result<Gathered, Box<Report>>> {
    let repository = world.repository()?;
    let (patch, base, policy) = match patch(world, &repository, base)? {
        Ok(found) => found,
        Err(report) => return Ok(Err(report)),
    };
    let output = Output::at(repository.root().join(&policy.programme.output));
    let id = &policy.programme.id;
    let archive = files::read_if_there(&output.archive(id))?;
    let scorecard = files::read_if_there(&output.scorecard(id))?;
    let filemap = policy.filemap.as_ref();
    let (codeowners, skipped) = codeowners(&repository, &base)?;
    Ok(Ok(Gathered {
        filemap: filemap.map(|filemap| outside(&patch, filemap)),
        content: filemap.map(|filemap| content(&repository, &patch, filemap)).transpose()?,
        codeowners,
        skipped,
        decision: files::read_if_there(&output.decision())?,
        archive_sha256: archive.map(|bytes| sha256_hex(&bytes)),
        scorecard: scorecard.map(|bytes| {
            let digest = sha256_hex(&bytes);
            (bytes, digest)
        }),
        body: body.map(read_body).transpose()?,
        patch,
        policy,
    }))
}

fn read_body(path: &str) -> anyhow::Result<Vec<u8>> {
    if path != "-" {
        return files::read(Path::new(path));
    }
    let mut bytes = Vec::new();
    std::io::stdin().lock().read_to_end(&mut bytes).context("cannot read standard input")?;
    Ok(bytes)
}

/// The patch `base..HEAD`, its base, and the base's policy.
fn patch(
    world: &World,
    repository: &Repository,
    base: Option<&str>,
) -> anyhow::Result<Result<(Patch, Commit, Policy), Box<Report>>> {
    let refused = |finding| Ok(Err(Box::new(Report::of("review", vec![finding]))));
    let head = match head(repository)? {
        Ok(head) => head,
        Err(finding) => return refused(finding),
    };
    let named = match base {
        Some(base) => base.to_owned(),
        None => match world.policy_of(repository, &head, "review")? {
            Ok((policy, _)) => policy.programme.default_branch,
            Err(report) => return Ok(Err(report)),
        },
    };
    let Some(base) = repository.commit(&named)? else {
        let message = format!("there is no commit `{named}` on which the patch could be based");
        return refused(
            Finding::new(Code::NotEstablishedCode, message)
                .help("fetch it, or name the base: `--base REV`"),
        );
    };
    let policy = match world.policy_of(repository, &base, "review")? {
        Ok((policy, _)) => policy,
        Err(report) => return Ok(Err(report)),
    };
    let mut changes = Vec::new();
    for difference in repository.differences(&base, &head)? {
        let old = difference.old.map(entry).transpose()?;
        let new = difference.new.map(entry).transpose()?;
        changes.push(Change { path: difference.path, old, new });
    }
    let patch = Patch { base: base.id.clone(), head: head.id, changes, ..Patch::default() };
    Ok(Ok((patch, base, policy)))
}

fn entry(side: Side) -> anyhow::Result<Entry> {
    let kind = EntryKind::of_mode(&side.mode)
        .with_context(|| format!("git has an entry of the mode {}", side.mode))?;
    Ok(Entry { kind, object: side.object })
}

fn codeowners(
    repository: &Repository,
    base: &Commit,
) -> anyhow::Result<(Option<Owners>, Vec<Finding>)> {
    let tree = repository.tree(base)?;
    for path in CODEOWNERS {
        if let Some(bytes) = tree.read(path)? {
            let path = format!("{}:{path}", short(&base.id));
            let (owners, mut skipped) = codeowners::parse(&path, &bytes);
            // It is the base that is wrong, not the patch.
            skipped.iter_mut().for_each(|finding| finding.severity = Severity::Warn);
            return Ok((Some((path, owners)), skipped));
        }
    }
    Ok((None, Vec::new()))
}

/// Every path of the patch that no area reaches or that a barrier stops.
fn outside(patch: &Patch, filemap: &Filemap) -> Vec<Finding> {
    let mut findings = Vec::new();
    for change in &patch.changes {
        let shown = files::display_bytes(&change.path);
        let inside = std::str::from_utf8(&change.path).is_ok_and(|path| {
            let matches = |globs: &[PlacedGlob]| globs.iter().any(|glob| glob.glob.is_match(path));
            let reached =
                filemap.areas.iter().any(|area| matches(&area.paths) && !matches(&area.except));
            let mut barriers = filemap.deny.iter().chain(&filemap.frozen);
            reached && !barriers.any(|barrier| matches(&barrier.paths))
        });
        if !inside {
            let message = format!("`{shown}` is outside of the Filemap");
            findings.push(Finding::new(Code::Cec10, message).at(Place::file(shown)));
        }
    }
    findings
}

/// What the patch's files say against the content rules.
fn content(
    repository: &Repository,
    patch: &Patch,
    filemap: &Filemap,
) -> anyhow::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for change in &patch.changes {
        let Ok(path) = std::str::from_utf8(&change.path) else { continue };
        let ruled = |rule: &&Content| rule.paths.iter().any(|glob| glob.glob.is_match(path));
        let rules: Vec<&Content> = filemap.content.iter().filter(ruled).collect();
        let Some(new) = change.new.as_ref().filter(|_| !rules.is_empty()) else { continue };
        let file = matches!(new.kind, EntryKind::File | EntryKind::Executable);
        let bytes = if file { repository.blob(&new.object)? } else { Vec::new() };
        for rule in rules {
            let lacks = rule.must.iter().any(|pattern| !pattern.0.is_match(&bytes));
            if lacks || rule.never.iter().any(|pattern| pattern.0.is_match(&bytes)) {
                let shown = files::display_bytes(&change.path);
                let message = format!("`{shown}` breaks the content rule `{}`", rule.name);
                findings.push(
                    Finding::new(Code::Cec10, message)
                        .help(rule.reason.clone())
                        .at(rule.place.clone()),
                );
            }
        }
    }
    Ok(findings)
}
