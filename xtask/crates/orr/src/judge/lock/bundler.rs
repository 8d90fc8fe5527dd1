//! `Gemfile.lock`.

use std::collections::BTreeMap;

use super::{LockFindings, problem};
use thrice_findings::text::{is_commit, is_hex, quoted};

const WRITE: &str = "Have Bundler (2.6 or later) write it: `bundle lock --add-checksums`.";

/// Judges every gem: one of a source `GEM` has a SHA-256 in the section `CHECKSUMS`, one of
/// `GIT` the `revision` of its section, one of `PATH` is of the repository
/// (<https://bundler.io/man/bundle-lock.1.html>).
pub(super) fn judge(report: &mut LockFindings<'_>, text: &str) {
    let (mut section, mut section_line, mut revision) = ("", 0, false);
    let mut gems: Vec<(String, usize)> = Vec::new();
    let mut sums: BTreeMap<String, bool> = BTreeMap::new();
    let lines = text.lines().map(str::trim_end).chain(["END"]);
    for (at, line) in lines.enumerate().filter(|(_, line)| !line.is_empty()) {
        let depth = line.len() - line.trim_start().len();
        let word = line.trim_start();
        match (depth, section) {
            (0, _) => {
                if section == "GIT" && !revision {
                    let message = "a source of git has no `revision` that is a commit";
                    report.incomplete(section_line, message, WRITE);
                }
                (section, section_line, revision) = (word, at + 1, false);
            }
            (2, "GIT") => {
                revision |= word.strip_prefix("revision: ").is_some_and(is_commit);
            }
            (4, "GEM") => gems.push((word.to_owned(), at + 1)),
            (2, "CHECKSUMS") => {
                let (gem, digests) = word.split_once(") ").unwrap_or((word, ""));
                let good = digests.split(',').any(|digest| {
                    digest.trim().strip_prefix("sha256=").is_some_and(|rest| is_hex(rest, 64))
                });
                sums.insert(format!("{}{}", gem, if gem.ends_with(')') { "" } else { ")" }), good);
            }
            _ => {}
        }
    }
    for (gem, line) in &gems {
        if !sums.get(gem).is_some_and(|good| *good) {
            let message = problem("{} has no SHA-256 in `CHECKSUMS`", [quoted(gem)]);
            report.incomplete(*line, message, WRITE);
        }
    }
    if !text.lines().any(|line| ["GEM", "GIT", "PATH"].contains(&line.trim_end())) {
        report.incomplete(1, "the file names no source of gems", WRITE);
    }
}
