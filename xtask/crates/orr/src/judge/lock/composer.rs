//! `composer.lock`.

use super::{LockFindings, problem};
use thrice_findings::text::{is_commit, is_hex, quoted};
use thrice_policy::tree::Node;

const WRITE: &str = "Have Composer write it: `composer update --lock`.";

/// Judges every package: its archive (`dist`) or its `source` has the commit that it is of,
/// or the archive a `shasum`. Of an archive that GitHub packs, Packagist gives no digest, so
/// a commit is all that Composer can pin
/// (<https://getcomposer.org/doc/01-basic-usage.md>).
pub(super) fn judge(report: &mut LockFindings<'_>, bytes: &[u8]) {
    let Some(root) = report.json(bytes, WRITE) else { return };
    let lists = ["packages", "packages-dev"].map(|key| root.get(key).and_then(Node::items));
    if lists.iter().all(Option::is_none) || root.get("content-hash").is_none() {
        return report.incomplete(1, "the lock has no `packages` and `content-hash`", WRITE);
    }
    for package in lists.into_iter().flatten().flatten() {
        let text = |key: &str| package.get(key).and_then(Node::text);
        let Some(name) = text("name") else {
            report.incomplete(package.line, "a package has no name", WRITE);
            continue;
        };
        let of = |part: &str, key: &str| package.get(part)?.get(key)?.text();
        let commit = |part| of(part, "reference").is_some_and(is_commit);
        let summed = of("dist", "shasum").is_some_and(|sum| is_hex(sum, 40) || is_hex(sum, 64));
        let local = of("dist", "type") == Some("path");
        let meta = text("type") == Some("metapackage");
        // An archive without a sum must be of a commit: `source` would not be what is unpacked.
        let pinned =
            if package.get("dist").is_some() { summed || commit("dist") } else { commit("source") };
        if !(local || meta || pinned) {
            let shown = quoted(format!("{name} {}", text("version").unwrap_or_default()));
            let message = problem("{} has neither a commit nor a checksum", [&shown]);
            report.incomplete(package.line, message, WRITE);
        }
    }
}
