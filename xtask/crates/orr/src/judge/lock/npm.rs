//! `package-lock.json` and `npm-shrinkwrap.json`.

use std::collections::BTreeSet;

use super::{LockFindings, is_integrity, problem};
use thrice_facts::files::{folder_of, joined};
use thrice_findings::text::{is_commit, quoted};
use thrice_policy::json;
use thrice_policy::tree::{Entry, Node};

const WRITE: &str = "Have npm write it: `npm install --package-lock-only`.";
/// Of what is installed npm knows no digest that the lock hasn't.
const DIGESTS: &str = "Have npm fetch it again: remove node_modules, then `npm install`.";

/// Judges every package: it has an `integrity` of SHA-256 or better, or, where it is from
/// git, its commit in `resolved`. Links, workspaces, folders of the repository and what is
/// bundled in another package's archive have none of their own
/// (<https://docs.npmjs.com/cli/configuring-npm/package-lock-json>).
pub(super) fn judge(report: &mut LockFindings<'_>, bytes: &[u8]) {
    let Some(root) = report.json(bytes, WRITE) else { return };
    let version = root.get("lockfileVersion");
    match version.and_then(Node::text) {
        Some("2" | "3") => {
            let Some(packages) = root.get("packages").and_then(Node::entries) else {
                return report.incomplete(root.line, "the lock has no `packages`", WRITE);
            };
            for entry in packages {
                package(report, entry);
            }
        }
        Some("1") => older(report, root.get("dependencies"), 0),
        _ => {
            let line = version.map_or(1, |version| version.line);
            report.incomplete(line, "the lock is not of version 1, 2 or 3", WRITE);
        }
    }
}

/// The folders, relative to the lock's, whose manifests it is of: its own and its workspaces'.
/// Version 1 doesn't name them.
pub(super) fn folders(bytes: &[u8]) -> Option<BTreeSet<String>> {
    let root = json::read(bytes).ok()?;
    let all = root.get("packages")?.entries()?.iter();
    Some(all.map(|entry| entry.key.clone()).filter(|key| !is_installed(key)).collect())
}

fn is_installed(key: &str) -> bool {
    key == "node_modules" || key.contains("node_modules/")
}

fn package(report: &mut LockFindings<'_>, entry: &Entry) {
    let flag = |key: &str| entry.value.get(key).is_some_and(|value| value.is_plain("true"));
    // The root, a workspace, a link to one, or a part of its parent's archive.
    if !is_installed(&entry.key) || flag("link") || flag("inBundle") {
        return;
    }
    let resolved = entry.value.get("resolved").and_then(Node::text);
    if !resolved.is_some_and(|from| is_own_folder(report.path, from)) {
        pinned(report, entry, resolved);
    }
}

/// Whether it is taken from a folder of the repository, whose commit pins it. Of an archive npm
/// writes the integrity.
fn is_own_folder(lock: &str, from: &str) -> bool {
    let Some(path) = from.strip_prefix("file:") else { return false };
    let is_archive = [".tgz", ".tar.gz", ".tar"].iter().any(|end| path.ends_with(end));
    let folder = folder_of(lock);
    !is_archive && joined(folder, path).is_some()
}

/// The tree of version 1.
fn older(report: &mut LockFindings<'_>, dependencies: Option<&Node>, depth: usize) {
    for entry in dependencies.and_then(Node::entries).unwrap_or_default() {
        let text = |key: &str| entry.value.get(key).and_then(Node::text);
        let bundled = entry.value.get("bundled").is_some_and(|value| value.is_plain("true"));
        let version = text("version").unwrap_or_default();
        let local = text("resolved").is_none() && is_own_folder(report.path, version);
        if !bundled && !local {
            let from = text("resolved").or(version.contains("://").then_some(version));
            pinned(report, entry, from);
        }
        if depth < thrice_policy::tree::DEEPEST {
            older(report, entry.value.get("dependencies"), depth + 1);
        }
    }
}

fn pinned(report: &mut LockFindings<'_>, entry: &Entry, from: Option<&str>) {
    let shown = quoted(&entry.key);
    if from.is_some_and(|from| from.starts_with("git")) {
        let commit = from.and_then(|from| from.rsplit_once('#')).map(|(_, commit)| commit);
        if !commit.is_some_and(is_commit) {
            let message = problem("{} is from git, but not pinned to a commit", [&shown]);
            report.incomplete(entry.line, message, WRITE);
        }
        return;
    }
    let integrity = entry.value.get("integrity").and_then(Node::text);
    if !integrity.is_some_and(is_integrity) {
        let message = problem("{} has no integrity of SHA-256 or better", [&shown]);
        report.incomplete(entry.line, message, DIGESTS);
    }
}
