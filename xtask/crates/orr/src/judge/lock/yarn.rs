//! `yarn.lock`: Yarn 1's own form, and Berry's, which is YAML. Both have an entry at the
//! beginning of a line and its fields two spaces in.

use super::{LockFindings, is_integrity, problem};
use thrice_findings::text::{is_commit, is_hex, quoted};

const WRITE: &str = "Have Yarn write it: `yarn install`.";
const ARCHITECTURES: &str = "Have Yarn write it; where the package is of another system, name that \
    system in `supportedArchitectures` of .yarnrc.yml, so that Yarn records its checksum.";

#[derive(Debug, Default)]
struct YarnEntry<'a> {
    key: &'a str,
    line: usize,
    fields: Vec<(&'a str, &'a str)>,
}

impl<'a> YarnEntry<'a> {
    fn get(&self, key: &str) -> Option<&'a str> {
        self.fields.iter().find(|(name, _)| *name == key).map(|(_, value)| *value)
    }
}

/// Judges every entry. Yarn 1: an `integrity` of SHA-256 or better, or the commit of a
/// package of git; the SHA-1 behind `resolved` is not enough
/// (<https://classic.yarnpkg.com/lang/en/docs/yarn-lock/>). Berry: a `checksum` for
/// everything with `linkType: hard` (<https://yarnpkg.com/features/security>).
pub(super) fn judge(report: &mut LockFindings<'_>, text: &str) {
    let entries = entries(text);
    let berry = entries.iter().any(|entry| entry.key == "__metadata");
    let classic = text.lines().any(|line| line.trim_end() == "# yarn lockfile v1");
    if berry == classic {
        let message = "the file says neither `# yarn lockfile v1` nor `__metadata:`";
        return report.incomplete(1, message, WRITE);
    }
    for entry in entries.iter().filter(|entry| entry.key != "__metadata") {
        if berry { berry_entry(report, entry) } else { classic_entry(report, entry) }
    }
}

fn entries(text: &str) -> Vec<YarnEntry<'_>> {
    let mut entries: Vec<YarnEntry<'_>> = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let line_end = line.trim_end();
        if line_end.is_empty() || line_end.starts_with('#') {
            continue;
        }
        match line_end.strip_prefix("  ") {
            None => {
                let key = line_end.strip_suffix(':').unwrap_or(line_end).trim_matches('"');
                entries.push(YarnEntry { key, line: at + 1, fields: Vec::new() });
            }
            Some(field) if !field.starts_with(' ') => {
                let (name, value) = field.split_once([' ', ':']).unwrap_or((field, ""));
                let value = value.trim_start_matches(':').trim().trim_matches('"');
                if let Some(entry) = entries.last_mut() {
                    entry.fields.push((name, value));
                }
            }
            Some(_) => {}
        }
    }
    entries
}

fn classic_entry(report: &mut LockFindings<'_>, entry: &YarnEntry<'_>) {
    let shown = quoted(entry.key);
    let Some(resolved) = entry.get("resolved") else {
        // `file:` and `link:` name a folder of the repository.
        let local = ["@file:", "@link:"].iter().any(|word| entry.key.contains(word));
        if !local {
            report.incomplete(
                entry.line,
                problem("{} says nothing of where it is from", [&shown]),
                WRITE,
            );
        }
        return;
    };
    if entry.get("integrity").is_some_and(is_integrity) {
        return;
    }
    let is_git = resolved.starts_with("git")
        || resolved.split('#').next().is_some_and(|url| url.ends_with(".git"));
    let message = if is_git {
        if resolved.rsplit_once('#').is_some_and(|(_, commit)| is_commit(commit)) {
            return;
        }
        problem("{} is from git, but not pinned to a commit", [&shown])
    } else {
        problem("{} has no integrity of SHA-256 or better", [&shown])
    };
    report.incomplete(entry.line, message, WRITE);
}

fn berry_entry(report: &mut LockFindings<'_>, entry: &YarnEntry<'_>) {
    let shown = quoted(entry.key);
    match entry.get("linkType") {
        Some("soft") => {}
        Some("hard") => {
            let checksum = entry.get("checksum").unwrap_or_default();
            let digits = checksum.rsplit_once('/').map_or(checksum, |(_, digits)| digits);
            if !is_hex(digits, 128) {
                report.incomplete(
                    entry.line,
                    problem("{} has no checksum", [&shown]),
                    ARCHITECTURES,
                );
            }
        }
        _ => report.incomplete(entry.line, problem("{} has no link type", [&shown]), WRITE),
    }
}
