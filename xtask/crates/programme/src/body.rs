//! `policy/body.md`: the template of a pull request's body, from which bodies are written
//! and by which they are read back.

use std::collections::BTreeSet;

use thrice_findings::{Code, Finding, Place};
use thrice_policy::table::{listed, nearest};

/// The template's file in the policy folder.
pub const FILE: &str = "body.md";
/// The template of a programme that has none of its own.
pub const BUILT_IN: &str = include_str!("body.md");

/// The largest template, in bytes.
const LARGEST: usize = 16_384;
/// What a review claims, in the order in which it is explained.
pub const FIELDS: [&str; 7] = [
    "repo_sha",
    "branch",
    "run_ids",
    "scorecard_sha256",
    "evidence_zip_sha256",
    "started_at",
    "finished_at",
];
/// What takes the place of whole lines.
const BLOCKS: [&str; 6] = ["summary", "plan", "scorecard", "files", "checklist", "story"];
/// What follows from the programme.
const CONSTANTS: [&str; 7] =
    ["programme", "PROGRAMME", "output", "gates", "artifact", "archive", "runs"];
/// How a line of the checklist begins.
pub const TICKED: &str = "- [x] ";

/// A template whose every part is there once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BodyTemplate {
    /// The first line.
    pub title: String,
    /// The sections, in their order.
    pub sections: Vec<BodySection>,
}

/// A heading and what belongs under it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BodySection {
    /// The heading's whole line.
    pub heading: String,
    /// What belongs under it.
    pub part: BodyPart,
}

/// What a section holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BodyPart {
    /// Text of the author's own; left out where there is none.
    Summary,
    /// Lines, each with at most one field.
    Lines(Vec<BodyLine>),
    /// The plan, as fenced JSON.
    Plan,
    /// The scorecard, as fenced JSON.
    Scorecard,
    /// The paths of the patch.
    Files,
    /// Items of the template, then those of the content rules.
    Checklist(Vec<String>),
    /// The story; left out where there is none.
    Story,
}

/// A line of a section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BodyLine {
    /// What stands before the field, or the whole line.
    pub before: String,
    /// The field.
    pub field: Option<&'static str>,
    /// What stands after it.
    pub after: String,
}

impl BodyTemplate {
    /// Reads a template, which lies at `path`.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read(path: &str, bytes: &[u8]) -> Result<Self, Vec<Finding>> {
        let refused = |message: String, help: &str| {
            vec![Finding::new(Code::PolicyValue, message).help(help).at(Place::file(path))]
        };
        if bytes.len() > LARGEST {
            let message = format!("the template is longer than {LARGEST} bytes");
            return Err(refused(message, "shorten it"));
        }
        let Ok(text) = std::str::from_utf8(bytes) else {
            return Err(refused("the template is not UTF-8".to_owned(), "save it as UTF-8"));
        };
        let mut reader = TemplateReader { path, findings: Vec::new(), seen: Vec::new() };
        let template = reader.template(&text.replace("\r\n", "\n"));
        match template {
            Some(template) if reader.findings.is_empty() => Ok(template),
            _ => Err(reader.findings),
        }
    }
}

struct TemplateReader<'a> {
    path: &'a str,
    findings: Vec<Finding>,
    /// Every field and block, with the line of each use.
    seen: Vec<(&'static str, usize)>,
}

/// A heading with the lines under it, by number.
type HeadedLines<'t> = (usize, &'t str, Vec<(usize, &'t str)>);

impl TemplateReader<'_> {
    fn problem(&mut self, line: usize, message: impl Into<String>, help: impl Into<String>) {
        self.findings.push(
            Finding::new(Code::PolicyValue, message.into())
                .help(help.into())
                .at(Place::line(self.path, line)),
        );
    }

    fn template(&mut self, text: &str) -> Option<BodyTemplate> {
        let mut title = None;
        let mut pieces: Vec<HeadedLines<'_>> = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            if line.chars().any(char::is_control) {
                self.problem(number, "this line has a control character", "take it out");
            } else if line.starts_with("```") || line.starts_with("~~~") {
                let help = "leave the fences out: `{plan}` and `{scorecard}` write their own";
                self.problem(number, "a fence has no place in the template", help);
            } else if line.starts_with("## ") {
                pieces.push((number, line, Vec::new()));
            } else if line.starts_with("# ") && title.is_none() && pieces.is_empty() {
                title = Some((number, line));
            } else if line.is_empty() {
            } else if let Some((.., lines)) = pieces.last_mut().filter(|_| !line.starts_with("# "))
            {
                lines.push((number, line));
            } else {
                let help = "write one title `# …` first, then sections `## …`";
                self.problem(number, "this line is in no section", help);
            }
        }
        let Some((number, title)) = title else {
            self.problem(1, "the template has no title", "begin it with a line `# …`");
            return None;
        };
        self.only_constants(number, title, true);
        let mut headings = BTreeSet::new();
        let mut sections = Vec::new();
        for (number, heading, lines) in pieces {
            self.only_constants(number, heading, false);
            if !headings.insert(heading) {
                self.problem(number, "this heading is there already", "rename one of them");
            }
            let part = self.part(number, &lines);
            sections.push(BodySection { heading: heading.to_owned(), part: part? });
        }
        self.complete(&sections);
        Some(BodyTemplate { title: title.to_owned(), sections })
    }

    /// A line that may name what follows from the programme, and nothing else.
    fn only_constants(&mut self, number: usize, line: &str, runs: bool) {
        for name in names(line) {
            if !CONSTANTS.contains(&name) || (name == "runs" && !runs) {
                let message = format!("`{{{name}}}` has no place in this line");
                let wanted: Vec<&str> =
                    CONSTANTS.into_iter().filter(|name| runs || *name != "runs").collect();
                self.problem(number, message, format!("it may name {}", listed(&wanted)));
            }
        }
    }

    fn part(&mut self, heading: usize, lines: &[(usize, &str)]) -> Option<BodyPart> {
        let block = |line: &str| {
            let name = line.strip_prefix('{')?.strip_suffix('}')?;
            BLOCKS.into_iter().find(|block| *block == name)
        };
        let Some((at, (number, found))) = lines
            .iter()
            .enumerate()
            .find_map(|(at, (number, line))| Some((at, (*number, block(line)?))))
        else {
            return Some(BodyPart::Lines(self.lines(heading, lines)));
        };
        self.seen.push((found, number));
        let alone = lines.len() == 1;
        Some(match found {
            "checklist" => {
                let before = lines.get(..at).unwrap_or_default();
                let items: Vec<String> =
                    before.iter().filter_map(|(number, line)| self.item(*number, line)).collect();
                if let Some((number, _)) = lines.get(at + 1) {
                    let help = "write the items before `{checklist}`";
                    self.problem(*number, "this line comes after `{checklist}`", help);
                }
                BodyPart::Checklist(items)
            }
            _ if !alone => {
                let message = format!("`{{{found}}}` is not alone in its section");
                self.problem(number, message, "give it a section of its own");
                return None;
            }
            "summary" => BodyPart::Summary,
            "plan" => BodyPart::Plan,
            "scorecard" => BodyPart::Scorecard,
            "files" => BodyPart::Files,
            _ => BodyPart::Story,
        })
    }

    /// An item of the checklist, without its box.
    fn item(&mut self, number: usize, line: &str) -> Option<String> {
        self.only_constants(number, line, true);
        let item = line.strip_prefix(TICKED).filter(|item| *item == item.trim());
        if item.is_none_or(str::is_empty) {
            self.problem(number, "this line is no item of a checklist", "write `- [x] …`");
            return None;
        }
        item.map(str::to_owned)
    }

    fn lines(&mut self, heading: usize, lines: &[(usize, &str)]) -> Vec<BodyLine> {
        if lines.is_empty() {
            self.problem(heading, "this section is empty", "write what belongs there");
        }
        let mut read: Vec<BodyLine> = Vec::new();
        for (number, line) in lines {
            let Some(found) = self.line(*number, line) else { continue };
            let clash = |other: &&BodyLine| {
                (found.field.is_some() || other.field.is_some())
                    && (found.before.starts_with(other.before.trim_end())
                        || other.before.starts_with(found.before.trim_end()))
            };
            if found.before.trim().is_empty() {
                let help = "write a word before the field, such as `repo_sha: {repo_sha}`";
                self.problem(*number, "nothing names this line's field", help);
            } else if read.iter().any(|other| clash(&other)) {
                let help = "begin each line of a section with words of its own";
                self.problem(*number, "this line begins as another does", help);
            }
            read.push(found);
        }
        read
    }

    fn line(&mut self, number: usize, line: &str) -> Option<BodyLine> {
        let mut found = None;
        for name in names(line) {
            let field = FIELDS.into_iter().find(|field| *field == name);
            if let Some(field) = field.filter(|_| found.is_none()) {
                self.seen.push((field, number));
                found = Some(field);
            } else if field.is_some() {
                let help = "write one field a line";
                self.problem(number, "this line has two fields", help);
                return None;
            } else if !CONSTANTS.contains(&name) || name == "runs" {
                let known = FIELDS.iter().chain(&BLOCKS).chain(&CONSTANTS).copied();
                let help = match (BLOCKS.contains(&name), nearest(name, known.clone())) {
                    (true, _) => "write it alone on its line".to_owned(),
                    (_, Some(near)) if near != name => format!("did you mean `{{{near}}}`?"),
                    _ => format!("the fields are {}", listed(&FIELDS)),
                };
                self.problem(number, format!("`{{{name}}}` has no place in this line"), help);
                return None;
            }
        }
        let Some(field) = found else {
            return Some(BodyLine { before: line.to_owned(), field: None, after: String::new() });
        };
        let (before, after) = line.split_once(&format!("{{{field}}}"))?;
        Some(BodyLine { before: before.to_owned(), field: Some(field), after: after.to_owned() })
    }

    /// Every field is there, and every block once; the summary first.
    fn complete(&mut self, sections: &[BodySection]) {
        let count = |seen: &[(&str, usize)], name: &str| {
            seen.iter().filter(|(found, _)| *found == name).count()
        };
        for name in FIELDS {
            if count(&self.seen, name) == 0 {
                let message = format!("the template lacks the field `{{{name}}}`");
                self.problem(1, message, format!("add a line `{name}: {{{name}}}`"));
            }
        }
        for name in BLOCKS {
            if count(&self.seen, name) != 1 {
                let message = format!("the template needs one line `{{{name}}}`");
                self.problem(1, message, "give each block a section of its own, once");
            }
        }
        let first = sections.first().map(|section| &section.part);
        if first.is_some_and(|part| *part != BodyPart::Summary) {
            let help = "move the section with `{summary}` up to the title";
            self.problem(1, "the summary is not the first section", help);
        }
    }
}

/// The names in braces of a line.
fn names(line: &str) -> Vec<&str> {
    let is_name = |name: &&str| {
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    };
    line.split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
        .filter(is_name)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reported(text: &str) -> Vec<String> {
        match BodyTemplate::read("body.md", text.as_bytes()) {
            Ok(_) => Vec::new(),
            Err(findings) => findings.into_iter().map(|finding| finding.message).collect(),
        }
    }

    #[test]
    fn the_built_in_template_is_good() {
        assert_eq!(reported(BUILT_IN), [""; 0]);
        assert_eq!(reported(&BUILT_IN.replace('\n', "\r\n")), [""; 0]);
    }

    #[test]
    fn each_fault_of_a_template_has_a_name() {
        let table = [
            ("# {PROG", "{PROG", "this line is in no section"),
            ("# {PROG", "# {summary} {PROG", "`{summary}` has no place in this line"),
            ("## Plan", "## Story", "this heading is there already"),
            ("## Plan", "## Plan {runs}", "`{runs}` has no place in this line"),
            ("{plan}", "plan", "the template needs one line `{plan}`"),
            ("{plan}", "{plan}\n{plan}", "`{plan}` is not alone in its section"),
            ("{plan}", "```\n{plan}", "a fence has no place in the template"),
            ("{plan}", "\u{7}", "this line has a control character"),
            ("branch: {branch}", "branch: {brunch}", "`{brunch}` has no place in this line"),
            ("branch: {branch}", "{branch}", "nothing names this line's field"),
            ("branch: {branch}", "repo_sha: {branch}", "this line begins as another does"),
            ("branch: {branch}", "branch: {branch} {run_ids}", "this line has two fields"),
            ("branch: {branch}\n", "", "the template lacks the field `{branch}`"),
            ("{checklist}", "{checklist}\n- [x] more", "this line comes after `{checklist}`"),
            ("- [x] {gates}", "- {gates}", "this line is no item of a checklist"),
            ("## Summary\n{summary}\n", "", "the template needs one line `{summary}`"),
            (
                "## Summary\n",
                "## First\nwords\n\n## Summary\n",
                "the summary is not the first section",
            ),
            ("{story}", "", "this section is empty"),
        ];
        for (from, to, says) in table {
            assert!(BUILT_IN.contains(from), "{from}");
            let reported = reported(&BUILT_IN.replacen(from, to, 1));
            assert!(
                reported.iter().any(|message| message == says),
                "{from} -> {to}: {reported:#?}"
            );
        }
        assert_eq!(reported(""), ["the template has no title"]);
        assert!(BodyTemplate::read("body.md", b"# \xff").is_err());
        assert!(BodyTemplate::read("body.md", &[b'#'; LARGEST + 1]).is_err());
    }
}
