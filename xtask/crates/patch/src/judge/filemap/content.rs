//! What files must hold, or must never hold.

use std::collections::{BTreeMap, BTreeSet};

use super::FilemapFacts;
use super::index::{Rules, Ruling};
use crate::judge::patch::{Entry, EntryKind};
use thrice_findings::{Code, Finding, Place, display_bytes};
use thrice_programme::filemap::ContentRules;

/// The files of head that a patch makes worth looking at: of every rule that one of the
/// patch's paths comes under, all files. Path and object.
pub(super) fn judged(
    rules: &Rules<'_>,
    rulings: &[Ruling<'_>],
    head: &BTreeMap<Vec<u8>, Entry>,
) -> Vec<(Vec<u8>, String)> {
    let touched = touched(rulings);
    if touched.is_empty() {
        return Vec::new();
    }
    let files = head.iter().filter(|(_, entry)| entry.kind != EntryKind::Submodule);
    files
        .filter(|(path, _)| {
            rules.ruling(path).content.iter().any(|rule| touched.contains(rule.name.as_str()))
        })
        .map(|(path, entry)| (path.clone(), entry.object.clone()))
        .collect()
}

/// Names of the rules that a path of the patch comes under.
fn touched<'a>(rulings: &[Ruling<'a>]) -> BTreeSet<&'a str> {
    rulings.iter().flat_map(|ruling| ruling.content.iter().map(|rule| rule.name.as_str())).collect()
}

pub(super) fn check(rules: &Rules<'_>, facts: &FilemapFacts<'_>) -> Vec<Finding> {
    let touched = touched(facts.rulings);
    let judged = judged(rules, facts.rulings, facts.head);
    let mut findings = behind_links(rules, facts);
    for rule in rules.filemap.content.iter().filter(|rule| touched.contains(rule.name.as_str())) {
        let files: Vec<_> = judged
            .iter()
            .filter(|(path, _)| {
                rules.ruling(path).content.iter().any(|found| found.name == rule.name)
            })
            .collect();
        if files.is_empty() && !rule.must.is_empty() {
            findings.push(broken(rule, "no file is left for it".to_owned(), rule.place.clone()));
        }
        for (path, object) in files {
            if is_link(facts.head.get(path)) && !rule.must.is_empty() {
                findings.push(link(rule, path));
                continue;
            }
            let bytes = facts.blobs.get(object).and_then(|blob| blob.bytes.as_deref());
            findings.extend(file(rule, path, bytes));
        }
    }
    findings
}

/// What a link puts where a rule has files, of which that rule sees none.
fn behind_links(rules: &Rules<'_>, facts: &FilemapFacts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (change, ruling) in facts.patch.changes.iter().zip(facts.rulings) {
        let may_be = !ruling.content.is_empty() && !facts.links.is_empty();
        let Some(new) = change.new.as_ref().filter(|new| may_be || new.kind.leads_on()) else {
            continue;
        };
        let own = rules.ruling(&change.path).content;
        let behind =
            ruling.content.iter().filter(|rule| !own.iter().any(|it| it.name == rule.name));
        let path = || display_bytes(&change.path);
        findings.extend(behind.map(|rule| match new.kind.leads_on() {
            true => link(rule, &change.path),
            false => broken(rule, format!("a link leads to {}", path()), Place::file(path())),
        }));
    }
    findings
}

fn is_link(entry: Option<&Entry>) -> bool {
    entry.is_some_and(|entry| entry.kind == EntryKind::Link)
}

/// What a link leads to is another path's content, which may be under no rule.
fn link(rule: &ContentRules, path: &[u8]) -> Finding {
    let path = display_bytes(path);
    broken(rule, format!("{path} is a link"), Place::file(path))
}

fn file(rule: &ContentRules, path: &[u8], bytes: Option<&[u8]>) -> Vec<Finding> {
    let path = display_bytes(path);
    let Some(bytes) = bytes else {
        return vec![broken(rule, format!("{path} could not be read"), Place::file(path))];
    };
    let missing = rule.must.iter().filter(|pattern| !pattern.0.is_match(bytes)).map(|pattern| {
        let message = format!("{path} does not hold `{}`", pattern.0.as_str());
        broken(rule, message, Place::file(&path))
    });
    let present = rule.never.iter().filter_map(|pattern| {
        let at = pattern.0.find(bytes)?.start();
        let line = bytes.iter().take(at).filter(|byte| **byte == b'\n').count() + 1;
        let message = format!("{path} holds `{}`", pattern.0.as_str());
        Some(broken(rule, message, Place::line(&path, line)))
    });
    missing.chain(present).collect()
}

fn broken(rule: &ContentRules, what: String, place: Place) -> Finding {
    let message = format!("{what}, against the rule `{}`: {}", rule.name, rule.reason);
    Finding::new(Code::ContentRule, message)
        .help(format!("bring the file in line with {}", rule.place.describe()))
        .at(place)
}

/// The lines that a pull request's checklist may tick, each with whether its rule holds
/// for all files of head: `None` where some file could not be read.
#[must_use]
pub(crate) fn statements<'a>(
    rules: &Rules<'a>,
    head: &BTreeMap<Vec<u8>, Entry>,
    bytes_of: &dyn Fn(&str) -> Option<Vec<u8>>,
) -> Vec<(&'a str, Option<bool>)> {
    let mut statements = Vec::new();
    for rule in &rules.filemap.content {
        let Some(line) = &rule.checklist else { continue };
        let files: Vec<_> = head
            .iter()
            .filter(|(path, _)| {
                rules.ruling(path).content.iter().any(|found| found.name == rule.name)
            })
            .collect();
        let mut holds = Some(!files.is_empty());
        for (path, entry) in files {
            if is_link(Some(entry)) && !rule.must.is_empty() {
                holds = holds.map(|_| false);
                continue;
            }
            match bytes_of(&entry.object) {
                None => holds = None,
                Some(bytes) if !file(rule, path, Some(&bytes)).is_empty() => {
                    holds = holds.map(|_| false);
                }
                Some(_) => {}
            }
        }
        statements.push((line.as_str(), holds));
    }
    statements
}
