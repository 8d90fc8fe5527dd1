//! `go.sum`.

use std::collections::HashMap;

use super::{LockFindings, is_base64, manifests, problem};
use thrice_findings::text::quoted;

const WRITE: &str = "Have go write it: `go mod tidy`.";

/// Where the manifest of a lock is.
pub(super) fn manifest_path(lock: &str) -> String {
    format!("{}go.mod", lock.strip_suffix("go.sum").unwrap_or_default())
}

/// Judges every line: a module, a version and an `h1:` hash, which is a SHA-256
/// (<https://go.dev/ref/mod#go-sum-files>). The lock of a module that requires nothing is empty.
pub(super) fn judge(report: &mut LockFindings<'_>, text: &str, manifest: Option<(&str, &[u8])>) {
    let requires = || {
        let text = manifest.and_then(|(_, bytes)| std::str::from_utf8(bytes).ok());
        text.is_none_or(manifests::go_requires)
    };
    let mut seen = HashMap::new();
    for (at, line) in text.lines().enumerate() {
        let number = at + 1;
        let words: Vec<&str> = line.split(' ').collect();
        let [module, version, hash] = words.as_slice() else {
            if !line.trim().is_empty() {
                let message = problem("{} is not a module, a version and a hash", [quoted(line)]);
                report.incomplete(number, message, WRITE);
            }
            continue;
        };
        let shown = quoted(format!("{module} {version}"));
        if !version.starts_with('v') {
            report.incomplete(number, problem("{} has no version", [&shown]), WRITE);
        }
        if !hash.strip_prefix("h1:").is_some_and(|rest| is_base64(rest, 44)) {
            report.incomplete(number, problem("{} has no `h1:` hash", [&shown]), WRITE);
        }
        if let Some((first, other)) = seen.insert((*module, *version), (number, *hash))
            && other != *hash
        {
            let message =
                problem("{} has two hashes; the first is on line {}", [&shown, &first.to_string()]);
            report.incomplete(number, message, WRITE);
        }
    }
    if seen.is_empty() && (!text.trim().is_empty() || requires()) {
        report.incomplete(1, "the file has no hash", WRITE);
    }
}
