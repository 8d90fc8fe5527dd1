//! `pnpm-lock.yaml`.

use std::collections::BTreeSet;

use super::{LockFindings, is_integrity, problem};
use thrice_findings::text::{is_commit, quoted};
use thrice_policy::tree::Node;
use thrice_policy::yaml;

const WRITE: &str = "Have pnpm write it: `pnpm install --lockfile-only`.";

/// The folders, relative to the lock's, whose manifests it is of; none where it names only the
/// packages of its own folder.
pub(super) fn folders(bytes: &[u8]) -> Option<BTreeSet<String>> {
    let root = yaml::read_large(bytes).ok()?;
    root.get("lockfileVersion")?;
    let own = || BTreeSet::from([".".to_owned()]);
    let importers = root.get("importers").and_then(Node::entries);
    Some(importers.map_or_else(own, |all| all.iter().map(|it| it.key.clone()).collect()))
}

/// Judges every package: its `resolution` has an `integrity` of SHA-256 or better or,
/// where it is from git, a `commit`. A folder of the repository has none
/// (<https://pnpm.io/git#lockfiles>).
pub(super) fn judge(report: &mut LockFindings<'_>, bytes: &[u8]) {
    let root = match yaml::read_large(bytes) {
        Ok(root) => root,
        Err(error) => {
            let message = problem("the lock cannot be read as YAML: {}", [error.message]);
            return report.incomplete(error.line.unwrap_or(1), message, WRITE);
        }
    };
    let version = root.get("lockfileVersion");
    let major = version.and_then(Node::text).and_then(|text| text.split('.').next());
    if !major.is_some_and(|major| ["5", "6", "9"].contains(&major)) {
        let line = version.map_or(1, |version| version.line);
        report.incomplete(line, "the lock is not of version 5, 6 or 9", WRITE);
    }
    for entry in root.get("packages").and_then(Node::entries).unwrap_or_default() {
        let shown = quoted(&entry.key);
        let resolution = entry.value.get("resolution");
        let text = |key: &str| resolution.and_then(|all| all.get(key)).and_then(Node::text);
        let is_folder = text("type") == Some("directory") || text("directory").is_some();
        if is_folder || text("integrity").is_some_and(is_integrity) {
            continue;
        }
        let message = if text("type") == Some("git") || text("repo").is_some() {
            if text("commit").is_some_and(is_commit) {
                continue;
            }
            problem("{} is from git, but not pinned to a commit", [&shown])
        } else {
            problem("{} has no integrity of SHA-256 or better", [&shown])
        };
        report.incomplete(entry.line, message, WRITE);
    }
    if root.get("packages").is_none() && root.get("importers").is_none() {
        report.incomplete(1, "the lock names no package and no importer", WRITE);
    }
}
