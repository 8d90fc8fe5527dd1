//! The story that a patch is for (P-5, P-7.2): what its author notes, and the
//! section of the body that says it.

use std::sync::Arc;

use serde_json::{Value, json};
use toml::de::DeTable;

use super::parse::Section;
use super::summary::deceives;
use thrice_findings::{Code, Finding, Place};
use thrice_orr::judge::server::scorecard::Problem;
use thrice_policy::declare::policy_table;
use thrice_policy::source::{Placed, SourceFile};
use thrice_policy::table::{Fields, List, PolicyValue, Problems, nearest};

/// The largest file of notes that is read, in bytes.
pub(crate) const LARGEST_NOTES: usize = 65_536;

policy_table! {
    /// A story's notes, as TOML: what the body of its pull request says of it.
    pub(crate) struct RawNotes {
        /// How the definition of ready was met.
        required dor: String,
        /// How the definition of done is met.
        required dod: String,
        /// Acceptance criteria and their evidence.
        required acceptance: RawAcceptance,
        /// Risks that stay; say so where there are none.
        required risks: List<String>,
        /// Links to evidence.
        required evidence: List<String>,
        /// What becomes of the runbook.
        required runbook: RawRunbook,
        /// How the change is taken back; needed where it is risky.
        optional rollback: List<String>,
    }
}

policy_table! {
    /// Acceptance criteria of a story, each with what shows that it holds.
    pub(crate) struct RawAcceptance {
        /// Those that held before and still hold.
        required base: List<String>,
        /// Those that the story adds or changes.
        required delta: List<String>,
    }
}

policy_table! {
    /// What becomes of the runbook: one of the two.
    pub(crate) struct RawRunbook {
        /// The runbooks that were changed.
        optional changed: List<String>,
        /// Why none had to be.
        optional not_applicable: String,
    }
}

/// A story as the body reports it: its lines by their keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Story {
    /// Key and text, in the order of [`KEYS`].
    lines: Vec<(&'static str, String)>,
}

/// The keys of the section after the story's id, in their order; whether each must be
/// there, and whether it may be there more than once.
const KEYS: &[(&str, bool, bool)] = &[
    ("DoR", true, false),
    ("DoD", true, false),
    ("Acceptance criterion (base)", true, true),
    ("Acceptance criterion (delta)", true, true),
    ("Residual risk", true, true),
    ("Evidence", true, true),
    (RUNBOOK, true, true),
    (ROLLBACK, false, true),
];
const ID: &str = "Story ID";
const RUNBOOK: &str = "Runbook";
const ROLLBACK: &str = "Rollback";
const NOT_APPLICABLE: &str = "not applicable: ";

/// Whether a text can be a story's id: letters, digits, hyphens and dots.
#[must_use]
pub(crate) fn is_id(id: &str) -> bool {
    let good = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    id.starts_with(|c: char| c.is_ascii_alphanumeric()) && id.len() <= 64 && id.chars().all(good)
}

impl Story {
    /// Reads an author's notes, which lie at `path`.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub fn read(path: &str, bytes: &[u8]) -> Result<Self, Vec<Finding>> {
        if bytes.len() > LARGEST_NOTES {
            let message = format!("these notes are longer than {LARGEST_NOTES} bytes");
            let finding = Finding::new(Code::StoryNotes, message).help("say it shorter");
            return Err(vec![finding.at(Place::file(path))]);
        }
        let source = match SourceFile::new(path, bytes) {
            Ok(source) => Arc::new(source),
            Err(finding) => return Err(as_notes(vec![*finding])),
        };
        let mut problems = Problems::new(Arc::clone(&source));
        let (table, errors) = DeTable::parse_recoverable(source.text());
        for error in &errors {
            let span = error.span().unwrap_or(0..0);
            problems.add(Code::StoryNotes, span, error.message(), "correct this line");
        }
        if !errors.is_empty() {
            return Err(as_notes(problems.into_findings()));
        }
        let raw = RawNotes::from_fields(Fields::new(table.get_ref(), 0..0, &mut problems));
        let mut findings = problems.into_findings();
        let story = valid(raw, &mut findings);
        match story {
            Some(story) if findings.is_empty() => Ok(story),
            _ => Err(as_notes(findings)),
        }
    }

    /// Whether it says how the change is taken back.
    #[must_use]
    pub(crate) fn has_rollback(&self) -> bool {
        self.lines.iter().any(|(key, _)| *key == ROLLBACK)
    }

    /// Whether it names a runbook.
    #[must_use]
    pub(crate) fn has_runbook(&self) -> bool {
        let names = |said: &str| !said.starts_with(NOT_APPLICABLE);
        self.lines.iter().any(|(key, said)| *key == RUNBOOK && names(said))
    }

    pub(super) fn render(&self, id: &str) -> String {
        let mut text = format!("{ID}: {id}\n");
        for (key, said) in &self.lines {
            text.push_str(&format!("{key}: {said}\n"));
        }
        text
    }

    /// Reads the section of a body.
    pub(super) fn parse(section: &Section, problems: &mut Vec<Problem>) -> Option<(String, Self)> {
        let before = problems.len();
        let mut id = None;
        let mut lines: Vec<(&'static str, String)> = Vec::new();
        let mut last = 0;
        for (line, text) in &section.lines {
            let Some((key, said)) = text.split_once(": ").filter(|(_, said)| is_line(said)) else {
                let message = format!("this line says nothing: {}", super::quoted(text));
                problems.push(Problem::new("Story", *line, message, "write `key: text`"));
                continue;
            };
            if let Some(message) = deceives(said, false) {
                problems.push(Problem::new("Story", *line, message, "write plain words"));
                continue;
            }
            if key == ID {
                if id.replace(said.to_owned()).is_some() || !lines.is_empty() || !is_id(said) {
                    let help = "name the story once, before all else";
                    problems.push(Problem::new(ID, *line, "this is not the story's one id", help));
                }
                continue;
            }
            let Some(at) = KEYS.iter().position(|(known, ..)| *known == key) else {
                let near = nearest(key, KEYS.iter().map(|(known, ..)| *known));
                let help = match near {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "take it out".to_owned(),
                };
                let message = format!("a story has no line {}", super::quoted(key));
                problems.push(Problem::new(near.unwrap_or("Story"), *line, message, help));
                continue;
            };
            let Some((known, _, many)) = KEYS.get(at) else { continue };
            if at < last || (at == last && !many && lines.iter().any(|(k, _)| k == known)) {
                let help = "write the lines once each, in the order of the template";
                problems.push(Problem::new(known, *line, "this line is out of place", help));
            }
            last = last.max(at);
            lines.push((*known, said.to_owned()));
        }
        let story = Self { lines };
        if id.is_none() {
            problems.push(Problem::new(ID, section.line, "it is missing", "name the story"));
        }
        for (key, ..) in KEYS.iter().filter(|(key, must, _)| *must && !story.says(key)) {
            problems.push(Problem::new(
                key,
                section.line,
                "it is missing",
                format!("add `{key}: …`"),
            ));
        }
        let id = id.filter(|_| problems.len() == before)?;
        Some((id, story))
    }

    fn says(&self, key: &str) -> bool {
        self.lines.iter().any(|(known, _)| *known == key)
    }
}

/// The finding that a risky change does not say how it is taken back.
#[must_use]
pub(crate) fn no_rollback(place: Place) -> Finding {
    let message = "the patch touches what needs an approval, and nothing says how to take it back";
    Finding::new(Code::StoryNotes, message).help("add `rollback = [\"…\"]`").at(place)
}

/// The JSON Schema (draft 7) of the notes.
#[must_use]
pub fn schema() -> Value {
    let mut schema = RawNotes::schema();
    if let Some(object) = schema.as_object_mut() {
        object.insert("$schema".to_owned(), json!("http://json-schema.org/draft-07/schema#"));
        object.insert("title".to_owned(), json!("a story's notes"));
    }
    schema
}

/// The id of the story that a section reports, where it names one.
pub(super) fn id_of(section: &Section) -> Option<String> {
    let id = |(_, text): &(usize, String)| {
        Some(text.strip_prefix(ID)?.strip_prefix(':')?.trim().to_owned())
    };
    let mut found = section.lines.iter().filter_map(id);
    found.next().filter(|_| found.next().is_none())
}

/// The readers of policy speak of policy; here they read an author's notes.
fn as_notes(mut findings: Vec<Finding>) -> Vec<Finding> {
    for finding in &mut findings {
        finding.code = Code::StoryNotes;
    }
    findings
}

/// A text that can be one line of a body, and be read back from it.
fn is_line(text: &str) -> bool {
    !text.is_empty() && text == text.trim() && !text.chars().any(char::is_control)
}

fn valid(raw: RawNotes, findings: &mut Vec<Finding>) -> Option<Story> {
    let acceptance = raw.acceptance.map(|table| table.value);
    let (base, delta) = acceptance.map_or((None, None), |table| (table.base, table.delta));
    let one = |text: Option<Placed<String>>| text.into_iter().collect::<Vec<_>>();
    let said = [
        one(raw.dor),
        one(raw.dod),
        filled(base, findings),
        filled(delta, findings),
        filled(raw.risks, findings),
        filled(raw.evidence, findings),
        runbook(raw.runbook, findings),
        filled(raw.rollback, findings),
    ];
    let mut lines = Vec::new();
    for ((key, ..), texts) in KEYS.iter().zip(said) {
        for text in texts {
            if text.value.contains("eplace this") {
                findings.push(
                    text.finding(Code::StoryNotes, "this text has the words of its template")
                        .help("replace them by what is so"),
                );
            } else if !is_line(&text.value) {
                findings.push(
                    text.finding(Code::StoryNotes, "this text is not one line")
                        .help("write one line, without spaces around it"),
                );
            } else if let Some(message) = deceives(&text.value, false) {
                let deceiving = text.finding(Code::StoryNotes, message).help("write plain words");
                findings.push(deceiving);
            } else {
                lines.push((*key, text.value));
            }
        }
    }
    findings.is_empty().then_some(Story { lines })
}

fn filled(list: Option<Placed<List<String>>>, findings: &mut Vec<Finding>) -> Vec<Placed<String>> {
    let Some(list) = list else { return Vec::new() };
    if list.value.is_empty() {
        findings
            .push(list.finding(Code::StoryNotes, "this list is empty").help("name at least one"));
    }
    list.value
}

fn runbook(raw: Option<Placed<RawRunbook>>, findings: &mut Vec<Finding>) -> Vec<Placed<String>> {
    let Some(raw) = raw else { return Vec::new() };
    let place = raw.place();
    match (raw.value.changed, raw.value.not_applicable) {
        (Some(changed), None) => filled(Some(changed), findings),
        (None, Some(mut reason)) => {
            reason.value = format!("{NOT_APPLICABLE}{}", reason.value);
            vec![reason]
        }
        _ => {
            findings.push(
                Finding::new(Code::StoryNotes, "say which runbook changed, or why none had to")
                    .help("write `changed = [\"…\"]` or `not_applicable = \"…\"`, one of the two")
                    .at(place),
            );
            Vec::new()
        }
    }
}
