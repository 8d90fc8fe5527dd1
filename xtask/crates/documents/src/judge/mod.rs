//! Evidence of a story or a sprint: five files that say what was seen (P-7.2).
//! Pure: the bytes of the files and the paths that there are, are given.

mod links;
pub mod template;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use thrice_findings::text::quoted;
use thrice_findings::{Code, Finding, Place, Severity};
use thrice_policy::markdown;

pub use links::{joined, targets};
pub use template::{Item, is_subject, item_of_gate, said, template};
pub use thrice_policy::markdown::Link;

/// The folder of a story, a wave or a sprint, and what is in it.
#[derive(Clone, Debug)]
pub struct Folder {
    /// Its path, relative to the repository.
    pub path: String,
    /// What it is the evidence of.
    pub subject: String,
    /// Its files: name below the folder to bytes.
    pub files: BTreeMap<String, Vec<u8>>,
    /// Which of them are no plain files.
    pub odd: BTreeSet<String>,
    /// When it was last changed: the newest commit that touches it; the time now where
    /// something of it is not committed.
    pub changed: Option<Timestamp>,
}

/// What evidence is judged by beside its bytes.
pub struct EvidenceFacts<'a> {
    /// Whether there is a file or folder at a path of the repository.
    pub has: &'a dyn Fn(&str) -> bool,
    /// The pull requests' address, such as `https://github.com/o/n/pull/`; `None` where no
    /// server is known, and then none is asked for.
    pub pulls: Option<String>,
    /// When it is due.
    pub due: Option<Due>,
    /// What is known of the pull request beside the evidence.
    pub pull: Linked,
}

/// When the evidence of a sprint is due.
#[derive(Clone, Debug)]
pub struct Due {
    /// The moment from which it is late.
    pub by: Timestamp,
    /// How people know that moment.
    pub shown: String,
    /// The sprint, whose gate decides on what is late.
    pub sprint: String,
}

/// What is known of a story's pull request beside its evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Linked {
    /// Nothing: the evidence must link it.
    Wanted,
    /// There is none yet: the story is only made ready for it.
    Later,
    /// It is this one, as the server or the history has it.
    Is(u64),
}

/// The longest evidence file that is read, in bytes.
pub const LONGEST: usize = 1 << 20;

/// Judges a folder by the items that it must have.
#[must_use]
pub fn judge(folder: &Folder, items: &[Item], known: &EvidenceFacts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    if folder.files.is_empty() && !items.is_empty() {
        let due = known.due.as_ref().map(|due| format!("; it is due by {}", due.shown));
        let message = format!(
            "there is no evidence of {} in {}{}",
            folder.subject,
            folder.path,
            due.unwrap_or_default()
        );
        findings.push(
            Finding::new(Code::EvidenceMissing, message)
                .help(format!("`cargo xtask evidence new {}` lays it out", folder.subject))
                .at(Place::file(&folder.path)),
        );
    } else {
        for item in items {
            findings.extend(judge_item(folder, item, known));
        }
    }
    let own: BTreeSet<&str> = items.iter().map(|item| item.file.as_str()).collect();
    for name in
        folder.files.keys().filter(|name| name.ends_with(".md") && !own.contains(name.as_str()))
    {
        findings.extend(judge_links(folder, name, known));
    }
    findings.extend(late(folder, known));
    findings
}

/// Late evidence is a warning: the gate of its sprint is the one place that decides on it.
fn late(folder: &Folder, known: &EvidenceFacts<'_>) -> Option<Finding> {
    let Due { by, shown, sprint } = known.due.as_ref()?;
    let changed = folder.changed.filter(|at| at >= by && !folder.files.is_empty())?;
    let when = changed.strftime("%Y-%m-%d %H:%M UTC");
    let message =
        format!("the evidence of {} was due by {shown}, and was changed at {when}", folder.subject);
    let help = format!(
        "`cargo xtask sprint gate {sprint} --condition TEXT` decides on it; or move it to the \
         next sprint"
    );
    let mut finding = Finding::new(Code::EvidenceLate, message).help(help);
    finding.severity = Severity::Warn;
    Some(finding.at(Place::file(&folder.path)))
}

fn judge_item(folder: &Folder, item: &Item, known: &EvidenceFacts<'_>) -> Vec<Finding> {
    let path = format!("{}/{}", folder.path, item.file);
    let place = Place::file(&path);
    let refuse = |code: Code, message: String, help: &str| {
        vec![Finding::new(code, message).help(help).at(place.clone())]
    };
    let bytes = folder.files.get(&item.file).filter(|bytes| !is_later(item, bytes, known));
    if bytes.is_none() && item.is_pull && !asks_pull(known) {
        return Vec::new();
    }
    let Some(bytes) = bytes else {
        let help = format!("`cargo xtask evidence new {}` lays it out", folder.subject);
        let message = format!("{path} is missing: {}", item.title);
        return refuse(Code::EvidenceMissing, message, &help);
    };
    if folder.odd.contains(&item.file) || bytes.len() > LONGEST {
        let message = format!("{path} is no plain file of at most 1 MiB");
        return refuse(Code::EvidenceEmpty, message, "put what is large beside it, and link it");
    }
    let text = String::from_utf8_lossy(bytes);
    let said = said(&text);
    if let Some(line) = said.iter().find(|(_, line)| item.is_templates(line)) {
        let message = format!("{path} has the words of its template: {}", quoted(&line.1));
        let mut findings = refuse(Code::EvidenceTemplate, message, "replace them by what was seen");
        findings.iter_mut().for_each(|it| it.place = Some(Place::line(&path, line.0)));
        return findings;
    }
    if said.is_empty() {
        let message = format!("{path} says nothing");
        return refuse(Code::EvidenceEmpty, message, "say what was seen, and where");
    }
    if let Some((line, reason)) = template::not_applicable(&said) {
        let at = Place::line(&path, line);
        let refuse = |message: String, help: &str| {
            vec![Finding::new(Code::EvidenceReason, message).help(help).at(at.clone())]
        };
        let may_be_left_out = item.may_be_left_out || item.is_pull && known.pulls.is_none();
        if !may_be_left_out {
            let message = format!("{path}: {} cannot be left out", item.title);
            return refuse(message, "say what was seen");
        }
        if !template::is_reason(reason) {
            let message = format!("{path}: the reason after `Not applicable:` is too short");
            return refuse(message, "say why in three words or more, each of two letters or more");
        }
    }
    let na = template::not_applicable(&said).is_some();
    let is_link = item.is_pull && known.pulls.is_some();
    if !is_link && !na && item.criteria.is_empty() && !template::says_something(&said) {
        let first = said.first().map_or("", |(_, line)| line.as_str());
        let message = format!("{path} says nothing: {}", quoted(first));
        return refuse(Code::EvidenceEmpty, message, "say what was seen, in three words or more");
    }
    let mut findings = judge_links(folder, &item.file, known);
    findings.extend(judge_criteria(&path, &text, &item.criteria));
    if item.is_pull {
        findings.extend(judge_pull(&path, &text, known));
    }
    findings
}

/// The pull request that a file links is of this repository, and is the story's own.
fn judge_pull(path: &str, text: &str, known: &EvidenceFacts<'_>) -> Option<Finding> {
    let (message, help) = match (pull(text, known), known.pull) {
        (Some(linked), Linked::Is(number)) if linked != number => (
            format!("{path} links #{linked}, but the story came by #{number}"),
            "link the pull request of the story".to_owned(),
        ),
        (Some(_), _) => return None,
        (None, _) => {
            let form = known.pulls.as_deref()?;
            let message = format!("{path} links no pull request of this repository");
            (message, format!("write its address: {form}N"))
        }
    };
    Some(Finding::new(Code::EvidencePull, message).help(help).at(Place::file(path)))
}

/// Whether evidence must link its pull request: a server is known, and nothing else says which.
fn asks_pull(known: &EvidenceFacts<'_>) -> bool {
    known.pull == Linked::Wanted && known.pulls.is_some()
}

/// Whether a file may still have the words of its template: its pull request is known
/// otherwise, is to come, or there is no server for one.
fn is_later(item: &Item, bytes: &[u8], known: &EvidenceFacts<'_>) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let waits = |(_, line): &(usize, String)| item.is_templates(line);
    item.is_pull && !asks_pull(known) && said(&text).iter().any(waits)
}

/// Each acceptance criterion has a section of its name, with its result: words, and a number
/// or a link. The only criterion has the whole file.
fn judge_criteria(path: &str, text: &str, criteria: &[String]) -> Vec<Finding> {
    let headings = markdown::headings(text);
    let lines = said(text);
    let mut findings = Vec::new();
    for criterion in criteria {
        let wanted = template::plain(criterion);
        let own = headings.iter().position(|heading| template::plain(&heading.text) == wanted);
        let (from, to) = match own.and_then(|at| Some((at, headings.get(at)?))) {
            Some((at, heading)) => {
                let next = headings.get(at + 1);
                (heading.line, next.map_or(usize::MAX, |next| next.line))
            }
            None if criteria.len() == 1 => (0, usize::MAX),
            None => {
                let message = format!("{path} has no section {}", quoted(criterion));
                findings.push(
                    Finding::new(Code::EvidenceCriterion, message)
                        .help(format!("add `## {criterion}` with what was seen of it"))
                        .at(Place::file(path)),
                );
                continue;
            }
        };
        let within = |(line, _): &&(usize, String)| from < *line && *line < to;
        let section: Vec<(usize, String)> = lines.iter().filter(within).cloned().collect();
        if !template::is_result(&section) {
            let message = format!("{path} gives no result of {}", quoted(criterion));
            findings.push(
                Finding::new(Code::EvidenceCriterion, message)
                    .help("say what was seen in three words or more, with a number or a link")
                    .at(Place::line(path, from.max(1))),
            );
        }
    }
    findings
}

/// The number of the pull request that a text links.
#[must_use]
pub fn pull(text: &str, known: &EvidenceFacts<'_>) -> Option<u64> {
    targets(text).into_iter().find_map(|target| {
        let number = match &known.pulls {
            Some(pulls) => target.text.strip_prefix(pulls.as_str())?,
            None => target.text.strip_prefix("https://")?.split_once("/pull/")?.1,
        };
        let digits: String = number.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok().filter(|number| *number > 0)
    })
}

fn judge_links(folder: &Folder, name: &str, known: &EvidenceFacts<'_>) -> Vec<Finding> {
    let path = format!("{}/{name}", folder.path);
    let Some(bytes) = folder.files.get(name).filter(|bytes| bytes.len() <= LONGEST) else {
        return Vec::new();
    };
    let text = String::from_utf8_lossy(bytes);
    let mut findings = Vec::new();
    for target in targets(&text) {
        let Err(why) = links::resolve(&path, &target.text, known.has) else { continue };
        let message = format!("the link {} {why}", quoted(&target.text));
        findings.push(
            Finding::new(Code::EvidenceLink, message)
                .help("correct it, or commit what it names")
                .at(Place::line(&path, target.line)),
        );
    }
    findings
}
