//! Whether a patch stays inside the Filemap (H-0, H-1.5, H-6).

mod content;
mod index;
mod links;
mod names;
mod nearest;
mod touch;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::approvals::Approvals;
use super::patch::{Change, EntryKind, Merge, Patch};
use thrice_findings::{Code, Finding, Place, Severity, display_bytes, short};

pub(crate) use content::statements;
pub use index::{Reach, Rules, Ruling};
pub use links::Links;
pub(crate) use names::{beyond_wildcards, is_invisible, is_plain_path, refused as name_refused};
pub use nearest::nearest;

/// What is known of a blob.
#[derive(Clone, Debug, Default)]
pub struct Blob {
    /// Whether it is binary: whether it holds a NUL in its first 8,000 bytes, as git has it.
    pub binary: bool,
    /// Its bytes, where a content rule needs them.
    pub bytes: Option<Vec<u8>>,
}

/// What a patch is judged by.
pub struct FilemapFacts<'a> {
    /// The patch.
    pub patch: &'a Patch,
    /// What the rules say of each of its changes.
    pub rulings: &'a [Ruling<'a>],
    /// All that its head has, by path.
    pub head: &'a BTreeMap<Vec<u8>, super::patch::Entry>,
    /// Head's symbolic links.
    pub links: &'a Links,
    /// Blobs by their object's id.
    pub blobs: &'a BTreeMap<String, Blob>,
    /// The approvals that the ledger has of it.
    pub approvals: &'a Approvals,
    /// The line that brings the patch to its base, without merges.
    pub rebase: &'a str,
    /// Whether the base has no policy: the patch that brings the first weakens none.
    pub first_policy: bool,
}

/// Everything that a Filemap has against a patch, in the order of its paths.
#[must_use]
pub fn check(rules: &Rules<'_>, facts: &FilemapFacts<'_>) -> Vec<Finding> {
    let mut findings = lines_of_history(rules, facts);
    let mut spellings = spellings(facts);
    let moved = moved(facts.patch);
    for (change, ruling) in facts.patch.changes.iter().zip(facts.rulings) {
        let touch = touch::Touch { rules, ruling, facts, change, moved: moved.get(&change.path) };
        findings.extend(touch.findings());
        if change.old.is_none() {
            let other = spellings.add(&change.path);
            findings.extend(other.map(|other| collision(&other, change)));
        }
    }
    for (path, commit) in &facts.patch.passing {
        findings.extend(touch::passing(rules, path, commit));
    }
    findings.extend(content::check(rules, facts));
    if findings.iter().any(|finding| finding.code == Code::ApprovalMissing) {
        // What is missing may be one of those of which nobody can say whether they hold.
        findings.extend(facts.approvals.open.iter().cloned());
    }
    findings
}

/// Merges of a patch that is to be one straight line. One that only brings the base adds
/// nothing of its own; policy says whether it may stay.
fn lines_of_history(rules: &Rules<'_>, facts: &FilemapFacts<'_>) -> Vec<Finding> {
    let filemap = rules.filemap;
    let refused =
        |merge: &&Merge| filemap.single_patch && !(filemap.base_merges && merge.adds_nothing);
    let finding = |merge: &Merge| {
        let what = if merge.adds_nothing { ", which only brings its base" } else { "" };
        let message = format!("the patch holds the merge {}{what}", short(&merge.id));
        Finding::new(Code::SinglePatch, message)
            .help(format!("`{}` leaves merges out", facts.rebase))
    };
    facts.patch.merges.iter().filter(refused).map(finding).collect()
}

fn spellings(facts: &FilemapFacts<'_>) -> names::Spellings {
    if facts.patch.changes.iter().all(|change| change.old.is_some()) {
        return names::Spellings::default();
    }
    let mut spellings = names::Spellings::of(facts.head.len());
    let added = |path: &[u8]| facts.patch.change(path).is_some_and(|change| change.old.is_none());
    for path in facts.head.keys().filter(|path| !added(path)) {
        spellings.add(path);
    }
    spellings
}

fn collision(other: &[u8], change: &Change) -> Finding {
    let (path, other) = (display_bytes(&change.path), display_bytes(other));
    let message = format!("{path}: it differs from {other} only in spelling");
    outside(&path, message).help(format!("use the spelling `{other}`"))
}

/// Both sides of every rename that changes no byte: path to the other side.
fn moved(patch: &Patch) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let mut gone: BTreeMap<&str, &Change> = BTreeMap::new();
    for change in patch.changes.iter().filter(|change| change.new.is_none()) {
        if let Some(old) = &change.old {
            gone.insert(&old.object, change);
        }
    }
    let mut moved = BTreeMap::new();
    for change in patch.changes.iter().filter(|change| change.old.is_none()) {
        let Some(new) = &change.new else { continue };
        if let Some(from) = gone.remove(new.object.as_str()) {
            moved.insert(change.path.clone(), from.path.clone());
            moved.insert(from.path.clone(), change.path.clone());
        }
    }
    moved
}

/// A finding that a path is outside of the Filemap.
fn outside(path: &str, message: String) -> Finding {
    Finding::new(Code::Cec10, message).at(Place::file(path))
}

/// The objects whose bytes a check needs, and those of which it needs to know whether
/// they are binary: `true` for the first.
#[must_use]
pub(crate) fn wanted(
    rules: &Rules<'_>,
    patch: &Patch,
    rulings: &[Ruling<'_>],
    head: &BTreeMap<Vec<u8>, super::patch::Entry>,
) -> BTreeMap<String, bool> {
    let mut wanted = BTreeMap::new();
    for change in &patch.changes {
        if let Some(new) = change.new.as_ref().filter(|new| new.kind != EntryKind::Submodule) {
            wanted.entry(new.object.clone()).or_insert(false);
        }
    }
    for (_, object) in content::judged(rules, rulings, head) {
        wanted.insert(object, true);
    }
    wanted
}

/// Whether a change leaves something to be reported that does not refuse.
fn note(code: Code, message: String, path: &str) -> Finding {
    let mut finding = Finding::new(code, message).at(Place::file(path));
    finding.severity = Severity::Note;
    finding
}
