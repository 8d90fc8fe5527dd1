//! Postmortems: what one must say before merges reopen (P-7), held as evidence
//! is.

use std::collections::{BTreeMap, BTreeSet};

use thrice_documents::judge::{EvidenceFacts, Folder, Item, Linked, judge, said};
use thrice_findings::text::ids_in;
use thrice_findings::{Code, Finding, Place};
use thrice_policy::markdown::headings;

/// The parts of a postmortem: heading, and what its template asks for.
pub(crate) const PARTS: [(&str, &str); 5] = [
    ("What happened", "Replace this line: what broke, from when to when, and how it was noticed."),
    ("Impact", "Replace this line: who was affected, and what was lost."),
    (
        "Timeline",
        "Replace this line: each step with its time: began, acknowledged, contained, recovered.",
    ),
    ("Cause", "Replace this line: why it happened, and why no check caught it."),
    (
        "Actions",
        "Replace this line: what keeps it from happening again, each with an owner and a date.",
    ),
];

/// The postmortem of an incident as it is laid out, below its `head`; its timeline is what the
/// ledger has.
#[must_use]
pub(crate) fn template(head: &str, timeline: &str) -> String {
    let mut text = head.to_owned();
    for (heading, ask) in PARTS {
        let ask = if heading == "Timeline" { timeline.trim_end() } else { ask };
        text.push_str(&format!("\n## {heading}\n\n{ask}\n"));
    }
    text
}

/// Judges a postmortem; `path` is where it is in the repository, and `has` says what else
/// is there.
#[must_use]
pub(crate) fn judge_postmortem(
    id: &str,
    path: &str,
    bytes: &[u8],
    has: &dyn Fn(&str) -> bool,
) -> Vec<Finding> {
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    let item = Item {
        file: file.to_owned(),
        title: "the postmortem".to_owned(),
        asks: PARTS.iter().map(|(_, ask)| (*ask).to_owned()).collect(),
        may_be_left_out: false,
        is_pull: false,
        criteria: Vec::new(),
    };
    let folder = Folder {
        path: folder.to_owned(),
        subject: id.to_owned(),
        files: BTreeMap::from([(file.to_owned(), bytes.to_vec())]),
        odd: BTreeSet::new(),
        changed: None,
    };
    let mut findings = judge(
        &folder,
        &[item],
        &EvidenceFacts { has, pulls: None, due: None, pull: Linked::Wanted },
    );
    let text = String::from_utf8_lossy(bytes);
    let unfilled = PARTS.iter().filter(|(_, ask)| text.contains(ask));
    let unfilled: Vec<&str> = unfilled.map(|(heading, _)| *heading).collect();
    if unfilled.len() > 1 {
        let template = findings.iter_mut().find(|it| it.code == Code::EvidenceTemplate);
        if let Some(finding) = template {
            let parts = unfilled.join("`, `");
            finding.message = format!("{path} has only the words of its template under `{parts}`");
        }
    }
    if ids_in(&text, |it| it == id).is_empty() {
        let message = format!("{path} doesn't name {id}: it is of another incident");
        let help = format!(
            "`cargo xtask incident postmortem {id}` writes its template; where one postmortem is of several incidents, name each in it"
        );
        findings
            .push(Finding::new(Code::PostmortemMissing, message).help(help).at(Place::file(path)));
    }
    if let Some((one, other)) = alike(&text) {
        let message = format!("{path} says the same under `{one}` and `{other}`");
        let help = "say under each what it asks for";
        findings
            .push(Finding::new(Code::PostmortemMissing, message).help(help).at(Place::file(path)));
    }
    findings.extend(silent(&text).into_iter().map(|heading| {
        Finding::new(Code::PostmortemMissing, format!("{path} says nothing under `{heading}`"))
            .help(format!("write a heading `## {heading}`, and below it what there is to say"))
            .at(Place::file(path))
    }));
    findings
}

/// What a text says under each part.
fn spoken(text: &str) -> BTreeMap<&'static str, String> {
    let headings = headings(text);
    let mut spoken: BTreeMap<&str, String> = BTreeMap::new();
    for (line, words) in said(text) {
        let above = headings.iter().rev().find(|heading| heading.line < line);
        let part = above.and_then(|heading| {
            let known = PARTS.iter().map(|(part, _)| *part);
            known.into_iter().find(|part| part.eq_ignore_ascii_case(heading.text.trim()))
        });
        if let Some(part) = part {
            spoken.entry(part).or_default().push_str(&format!("{words}\n"));
        }
    }
    spoken
}

/// The parts under which a text says nothing.
fn silent(text: &str) -> Vec<&'static str> {
    let spoken = spoken(text);
    PARTS.iter().map(|(part, _)| *part).filter(|part| !spoken.contains_key(part)).collect()
}

/// Two parts under which a text says the same: nobody wrote what they ask for.
fn alike(text: &str) -> Option<(&'static str, &'static str)> {
    let mut known: BTreeMap<String, &str> = BTreeMap::new();
    let mut pairs = spoken(text).into_iter().map(|(part, words)| (known.insert(words, part), part));
    pairs.find_map(|(other, part)| Some((other?, part)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = "# INC-1\n\n## What happened\n\nIt fell over.\n\n## Impact\n\nNobody slept.\n\n\
        ## Timeline\n\n12:00 down, 12:40 up.\n\n## Cause\n\nA key was lost.\n\n## Actions\n\n\
        Keep two keys (ana, 2026-03-01), see [the runbook](../runbook.md).\n";

    fn found(text: &str) -> Vec<String> {
        let has = |path: &str| path == "docs/runbook.md";
        let findings = judge_postmortem("INC-1", "docs/p/INC-1.md", text.as_bytes(), &has);
        findings.iter().map(|it| format!("{}: {}", it.code.name(), it.message)).collect()
    }

    #[test]
    fn a_whole_one_is_good_and_each_lack_is_reported() {
        assert_eq!(found(WHOLE), [""; 0]);
        for (old, new, wanted) in [
            (
                "It fell over.",
                "",
                "postmortem-missing: docs/p/INC-1.md says nothing under `What happened`",
            ),
            (
                "## Cause",
                "## Reason",
                "postmortem-missing: docs/p/INC-1.md says nothing under `Cause`",
            ),
            (
                "A key was lost.",
                "<!-- later -->",
                "postmortem-missing: docs/p/INC-1.md says nothing under `Cause`",
            ),
            (
                "Nobody slept.",
                PARTS[1].1,
                "evidence-template: docs/p/INC-1.md has the words of its template: `Replace this line: who was affected, and what was lost.`",
            ),
            (
                "Nobody slept.",
                "A key was lost.",
                "postmortem-missing: docs/p/INC-1.md says the same under `Cause` and `Impact`",
            ),
            (
                "Nobody slept.",
                "TODO",
                "evidence-template: docs/p/INC-1.md has the words of its template: `TODO`",
            ),
            (
                "../runbook.md",
                "../gone.md",
                "evidence-link: the link `../gone.md` leads to docs/gone.md, which is not there",
            ),
        ] {
            let text = WHOLE.replacen(old, new, 1);
            assert_ne!(text, WHOLE, "{old}");
            let found = found(&text);
            assert_eq!(found.len(), 1, "{found:?}");
            assert_eq!(found[0], wanted);
        }
    }

    #[test]
    fn the_template_itself_is_none() {
        let template = found(&template("# INC-1\n\nP0, owner ana.\n", "- 12:00: began\n"));
        assert_eq!(
            template,
            ["evidence-template: docs/p/INC-1.md has only the words of its template under \
                `What happened`, `Impact`, `Cause`, `Actions`"]
        );
        assert!(found("")[0].starts_with("evidence-empty"));
        assert!(!found("\u{0}\u{ff}#").is_empty());
    }
}
