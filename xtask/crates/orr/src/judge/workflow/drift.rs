//! Whether a workflow is the one that policy gives: byte for byte, and where it is not,
//! in words.

use thrice_findings::text::quoted;
use thrice_findings::{Code, Finding, Place};
use thrice_policy::tree::{Entry, Node, ValueKind};
use thrice_policy::yaml;

/// How many differences are reported one by one.
const TOLD: usize = 8;

const HELP: &str = "run `cargo xtask workflow generate --write` and commit the result; what is to be otherwise is said in policy/gates.toml";

/// Findings where the bytes of a workflow file are not the text that policy gives.
#[must_use]
pub fn drift(path: &str, given: &str, there: &[u8]) -> Vec<Finding> {
    if there == given.as_bytes() {
        return Vec::new();
    }
    let (line, first) = first_difference(given, there);
    let message = format!("the workflow is not what policy gives: {first}");
    let mut findings = vec![finding(path, line, message).help(HELP)];
    let (Ok(wanted), Ok(found)) = (yaml::read(given.as_bytes()), yaml::read(there)) else {
        return findings;
    };
    let mut differences = Vec::new();
    compare(&[], &wanted, &found, &mut differences);
    differences.sort_by_key(|(line, _)| *line);
    let more = differences.len().saturating_sub(TOLD);
    for (line, message) in differences.into_iter().take(TOLD) {
        findings.push(finding(path, line, message));
    }
    if more > 0 {
        findings.push(finding(path, line, format!("{more} more things differ")));
    }
    findings
}

fn finding(path: &str, line: usize, message: String) -> Finding {
    Finding::new(Code::WorkflowDrift, message).at(Place::line(path, line))
}

/// The first line that differs, and how.
fn first_difference(given: &str, there: &[u8]) -> (usize, String) {
    let found: Vec<&[u8]> = there.split_inclusive(|byte| *byte == b'\n').collect();
    let wanted: Vec<&str> = given.split_inclusive('\n').collect();
    let same = wanted.iter().zip(&found).take_while(|(a, b)| a.as_bytes() == **b).count();
    let line = same + 1;
    let said = match (wanted.get(same), found.get(same)) {
        (Some(wanted), Some(found)) => {
            let (wanted, found) = (quoted(wanted.trim_end_matches('\n')), quoted(trimmed(found)));
            if wanted == found {
                format!("line {line} ends otherwise")
            } else {
                format!("line {line} is {found}, not {wanted}")
            }
        }
        (Some(wanted), None) => {
            format!("it ends before {}", quoted(wanted.trim_end_matches('\n')))
        }
        (None, found) => {
            let rest = found.copied().unwrap_or_default();
            format!("it goes on after its end, with {}", quoted(trimmed(rest)))
        }
    };
    (line, said)
}

fn trimmed(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\n").unwrap_or(line)
}

type DriftFindings = Vec<(usize, String)>;

/// Adds a sentence for each difference of two values. Of a list only the first item that
/// differs is reported: after one that was put in, none is where it was.
fn compare(at: &[String], wanted: &Node, found: &Node, reported: &mut DriftFindings) {
    match (&wanted.kind, &found.kind) {
        (ValueKind::Map(wanted), ValueKind::Map(entries)) => {
            compare_maps(at, wanted, entries, found.line, reported);
        }
        (ValueKind::List(wanted), ValueKind::List(items)) => {
            if wanted.len() != items.len() {
                let (has, gives) = (items.len(), wanted.len());
                let message = format!("{} has {has} entries; policy gives {gives}", place(at));
                reported.push((found.line, message));
            }
            let mut pairs = wanted.iter().zip(items).enumerate();
            if let Some((index, (wanted, item))) = pairs.find(|(_, (a, b))| !alike(a, b)) {
                compare(&below(at, &(index + 1).to_string()), wanted, item, reported);
            }
        }
        _ if alike(wanted, found) => {}
        _ => {
            let (is, gives) = (found.describe(), wanted.describe());
            reported.push((found.line, format!("{} is {is}; policy gives {gives}", place(at))));
        }
    }
}

fn compare_maps(
    at: &[String],
    wanted: &[Entry],
    found: &[Entry],
    line: usize,
    reported: &mut DriftFindings,
) {
    for entry in wanted {
        let here = below(at, &entry.key);
        match found.iter().find(|other| other.key == entry.key) {
            Some(other) => compare(&here, &entry.value, &other.value, reported),
            None => reported.push((line, format!("{} is missing", place(&here)))),
        }
    }
    for entry in found.iter().filter(|entry| wanted.iter().all(|other| other.key != entry.key)) {
        let here = place(&below(at, &entry.key));
        reported.push((entry.line, format!("{here} is there; policy gives none")));
    }
}

/// Whether two values are the same to GitHub: a text in quotes may look like a number.
fn alike(a: &Node, b: &Node) -> bool {
    match (&a.kind, &b.kind) {
        (ValueKind::Map(a), ValueKind::Map(b)) => {
            a.len() == b.len()
                && a.iter().all(|entry| {
                    b.iter()
                        .any(|other| entry.key == other.key && alike(&entry.value, &other.value))
                })
        }
        (ValueKind::List(a), ValueKind::List(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| alike(a, b))
        }
        (ValueKind::Scalar { text: a, .. }, ValueKind::Scalar { text: b, .. }) => a == b,
        _ => false,
    }
}

fn below(at: &[String], key: &str) -> Vec<String> {
    at.iter().cloned().chain([key.to_owned()]).collect()
}

/// Where a value is, as people say it: `` `uses` of step 1 of the job `T4` ``.
fn place(at: &[String]) -> String {
    let words: Vec<&str> = at.iter().map(String::as_str).collect();
    let (thing, rest) = match words.as_slice() {
        ["jobs", job, "steps", step, rest @ ..] => {
            (format!("step {step} of the job {}", quoted(job)), rest)
        }
        ["jobs", job, rest @ ..] => (format!("the job {}", quoted(job)), rest),
        rest => ("the workflow".to_owned(), rest),
    };
    match rest {
        [] => thing,
        ["permissions", scope] => format!("the permission {} of {thing}", quoted(scope)),
        keys => format!("{} of {thing}", quoted(keys.join("."))),
    }
}

#[cfg(test)]
mod tests;
