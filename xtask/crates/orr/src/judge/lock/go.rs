//! `go.sum`.

use std::collections::HashMap;

use super::{LockFindings, is_base64, problem};
use thrice_findings::text::quoted;

const WRITE: &str = "Have go write it: `go mod tidy`.";

/// Judges every line: a module, a version and an `h1:` hash, which is a SHA-256
/// (<https://go.dev/ref/mod#go-sum-files>).
pub(super) fn judge(report: &mut LockFindings<'_>, text: &str) {
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
    if seen.is_empty() {
        report.incomplete(1, "the file has no hash", WRITE);
    }
}
