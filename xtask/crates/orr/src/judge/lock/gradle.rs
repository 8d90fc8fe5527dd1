//! `gradle.lockfile`, with the digests of `gradle/verification-metadata.xml`.

use std::collections::BTreeSet;

use super::{LockFindings, problem};
use thrice_findings::text::{is_hex, quoted};

const LOCK: &str = "Have Gradle write it: `gradle dependencies --write-locks`.";
const VERIFY: &str = "Have Gradle write it: `gradle --write-verification-metadata sha256 help`.";

/// Where the digests of a lock may be: beside it, or beside a folder above it.
pub(super) fn verification_paths(lock: &str) -> Vec<String> {
    let mut folders: Vec<&str> = lock.match_indices('/').map(|(at, _)| &lock[..=at]).collect();
    folders.insert(0, "");
    folders.iter().rev().map(|folder| format!("{folder}gradle/verification-metadata.xml")).collect()
}

/// Judges every line: it pins one artifact to one version, whose SHA-256 or SHA-512 the
/// verification metadata have
/// (<https://docs.gradle.org/current/userguide/dependency_locking.html>,
/// <https://docs.gradle.org/current/userguide/dependency_verification.html>).
pub(super) fn judge(report: &mut LockFindings<'_>, text: &str, beside: Option<(&str, &[u8])>) {
    let digests = match beside {
        Some((path, bytes)) => match read(bytes) {
            Ok(digests) => Some(digests),
            Err(why) => {
                report.incomplete(1, problem("{} {}", [quoted(path), why]), VERIFY);
                return;
            }
        },
        None => None,
    };
    let mut entries = 0_usize;
    for (at, line) in text.lines().enumerate() {
        let line = line.trim_end();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        entries += 1;
        let Some((artifact, _)) = line.split_once('=') else {
            let message = problem("{} is not an artifact and its configurations", [quoted(line)]);
            report.incomplete(at + 1, message, LOCK);
            continue;
        };
        if artifact == "empty" {
            continue;
        }
        let shown = quoted(artifact);
        if artifact.split(':').filter(|part| !part.is_empty()).count() != 3 {
            let message = problem("{} is not `group:name:version`", [&shown]);
            report.incomplete(at + 1, message, LOCK);
        } else if !digests.as_ref().is_some_and(|digests| digests.contains(artifact)) {
            let message =
                problem("{} has no SHA-256 in gradle/verification-metadata.xml", [&shown]);
            report.incomplete(at + 1, message, VERIFY);
        }
    }
    if entries == 0 {
        report.incomplete(1, "the lock names no configuration", LOCK);
    }
}

/// The components all of whose artifacts have a digest, as `group:name:version`.
fn read(bytes: &[u8]) -> Result<BTreeSet<String>, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "is not UTF-8".to_owned())?;
    let document =
        roxmltree::Document::parse(text).map_err(|error| format!("is not XML: {error}"))?;
    let named = |name: &'static str| {
        document.descendants().filter(move |node| node.tag_name().name() == name)
    };
    if let Some(trust) =
        named("trusted-artifacts").flat_map(|node| node.children()).find(|node| node.is_element())
    {
        let keys = ["group", "name", "version", "file"];
        let said: Vec<&str> = keys.iter().filter_map(|key| trust.attribute(*key)).collect();
        return Err(format!("trusts {} without a digest", quoted(said.join(" "))));
    }
    let whole = |component: &roxmltree::Node<'_, '_>| {
        let mut artifacts =
            component.children().filter(|node| node.tag_name().name() == "artifact");
        let strong = |artifact: roxmltree::Node<'_, '_>| {
            artifact.children().any(|sum| {
                let value = sum.attribute("value").unwrap_or_default();
                match sum.tag_name().name() {
                    "sha256" => is_hex(value, 64),
                    "sha512" => is_hex(value, 128),
                    _ => false,
                }
            })
        };
        artifacts.clone().next().is_some() && artifacts.all(strong)
    };
    let id = |component: roxmltree::Node<'_, '_>| {
        let part = |key| component.attribute(key).unwrap_or_default();
        format!("{}:{}:{}", part("group"), part("name"), part("version"))
    };
    Ok(named("component").filter(whole).map(id).collect())
}
