//! A requirements file of pip.

use std::collections::HashMap;

use super::{LockFindings, digest, problem};
use thrice_findings::Code;
use thrice_findings::text::{is_word, quoted};

const PIN: &str = "Write `name==version --hash=sha256:…`; `pip-compile --generate-hashes` does.";
const JOIN: &str = "Write all requirements into this file.";
/// Options that leave what is installed to the digests.
const HARMLESS: &[&str] =
    &["--require-hashes", "--only-binary", "--no-binary", "--prefer-binary", "--no-index"];
/// Options that say where pip looks, or whom it believes: the hashes decide all the same,
/// so these are left aside, and that is said.
const LEFT_ASIDE: &[&str] =
    &["--index-url", "--extra-index-url", "--find-links", "--trusted-host", "--pre"];

/// Judges every requirement: it is pinned to a version and has a SHA-256 hash. pip then
/// installs nothing whose bytes have another hash, wherever it finds them
/// (<https://pip.pypa.io/en/stable/topics/secure-installs/>).
pub(super) fn judge_all(report: &mut LockFindings<'_>, text: &str) {
    let (mut seen, mut lines) = (HashMap::new(), 0_usize);
    for (number, line) in logical_lines(text) {
        lines += 1;
        judge(report, number, &line, &mut seen);
    }
    if lines == 0 {
        report.incomplete(1, "the file names no requirement", PIN);
    }
}

/// Lines without comments, those that end in a backslash joined with the next, each
/// with the number of its first. As for pip, a comment line ends such a joining.
fn logical_lines(text: &str) -> Vec<(usize, String)> {
    let (mut lines, mut open): (Vec<_>, Option<(usize, String)>) = (Vec::new(), None);
    for (at, line) in text.lines().enumerate() {
        let is_comment = line.trim_start().starts_with('#');
        let (first, mut joined) = open.take().unwrap_or((at + 1, String::new()));
        match line.strip_suffix('\\') {
            Some(part) if !is_comment => {
                joined.push_str(part);
                open = Some((first, joined));
            }
            _ => {
                joined.push_str(if is_comment { " " } else { "" });
                joined.push_str(line);
                lines.push((first, joined));
            }
        }
    }
    lines.extend(open);
    let plain = lines.into_iter().map(|(number, line)| (number, without_comment(&line).to_owned()));
    plain.filter(|(_, line)| !line.is_empty()).collect()
}

fn without_comment(line: &str) -> &str {
    let starts = |at: &usize| {
        line.get(..*at).is_some_and(|b| b.is_empty() || b.ends_with(char::is_whitespace))
    };
    let at = line.match_indices('#').map(|(at, _)| at).find(starts);
    line.get(..at.unwrap_or(line.len())).unwrap_or_default().trim()
}

fn judge(
    report: &mut LockFindings<'_>,
    number: usize,
    line: &str,
    seen: &mut HashMap<String, usize>,
) {
    if line.starts_with('-') {
        return option(report, number, line);
    }
    let words: Vec<_> = line.split_whitespace().collect();
    let end = words.iter().position(|word| word.starts_with('-')).unwrap_or(words.len());
    let (requirement, options) = words.split_at(end);
    let requirement = requirement.join(" ");
    let (pin, marker) = match requirement.split_once(';') {
        Some((pin, marker)) => (pin, marker.trim()),
        None => (requirement.as_str(), ""),
    };
    match read_pin(pin) {
        Ok(name) => {
            if let Some(first) = seen.insert(format!("{name};{marker}"), number) {
                let message = problem(
                    "{} is required twice; the first is on line {}",
                    [quoted(&name), first.to_string()],
                );
                report.incomplete(number, message, PIN);
            }
        }
        Err(why) => report.incomplete(number, problem(why, [quoted(pin.trim())]), PIN),
    }
    hashes(report, number, pin.trim(), options);
}

fn option(report: &mut LockFindings<'_>, number: usize, line: &str) {
    let name = line.split(|c: char| c.is_whitespace() || c == '=').next().unwrap_or(line);
    let short = |letter: &str| !name.starts_with("--") && name.starts_with(letter);
    if HARMLESS.contains(&name) {
        return;
    }
    if LEFT_ASIDE.contains(&name) || short("-i") || short("-f") {
        let message =
            problem("{} is left aside: the hashes decide what is installed", [quoted(line)]);
        return report.add(Code::LockNote, number, message, "Nothing to do.");
    }
    if name == "--editable" || short("-e") {
        let message = problem("{} is installed from where it lies", [quoted(line)]);
        report.incomplete(number, message, PIN);
    } else if ["--requirement", "--constraint"].contains(&name) || short("-r") || short("-c") {
        report.unknown(number, problem("{} leads to another file", [quoted(line)]), JOIN);
    } else {
        let message = problem("what the option {} changes is not known", [quoted(name)]);
        report.unknown(number, message, "Take the option out.");
    }
}

/// The normal form of the name in `name[extra]==version`; otherwise what is wrong with `{}`.
fn read_pin(text: &str) -> Result<String, &'static str> {
    if text.contains("://") || text.contains('@') || text.contains("${") {
        return Err("{} is a URL or a variable, not `name==version`");
    }
    let Some((name, version)) = text.split_once("==") else {
        return Err("{} is not pinned with `==`");
    };
    let name = match name.trim().split_once('[') {
        Some((name, extras)) if extras.ends_with(']') && is_word(extras, "-_., ]") => name.trim(),
        Some(_) => return Err("{} has extras that cannot be read"),
        None => name.trim(),
    };
    if !is_word(name, "-_.") {
        return Err("{} is not of the form `name==version`");
    }
    if !is_word(version.trim(), ".!+-_") {
        return Err("{} is not pinned to one version");
    }
    let parts = name.split(['-', '_', '.']).filter(|part| !part.is_empty());
    Ok(parts.collect::<Vec<_>>().join("-").to_ascii_lowercase())
}

fn hashes(report: &mut LockFindings<'_>, number: usize, pin: &str, options: &[&str]) {
    let (mut rest, mut digests) = (options.iter(), 0_usize);
    while let Some(word) = rest.next() {
        let value = match word.strip_prefix("--hash") {
            Some("") => rest.next().copied().unwrap_or_default(),
            Some(value) if value.starts_with('=') => value.trim_start_matches('='),
            _ => {
                let message =
                    problem("what {} changes in {} is not known", [quoted(word), quoted(pin)]);
                report.unknown(number, message, "Leave only `--hash` after a requirement.");
                continue;
            }
        };
        match digest(value) {
            Some("sha256") => digests += 1,
            Some(_) => {}
            None => {
                let message =
                    problem("{} has a hash that cannot be read: {}", [quoted(pin), quoted(value)]);
                report.incomplete(number, message, PIN);
            }
        }
    }
    if digests == 0 {
        report.incomplete(number, problem("{} has no SHA-256 hash", [quoted(pin)]), PIN);
    }
}
