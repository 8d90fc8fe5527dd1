//! Writing a body: the same bytes for the same inputs.

use super::story::Story;
use super::template::Template;
use crate::judge::filemap::is_plain_path;
use thrice_programme::body::{BodyPart, BodySection, TICKED};

/// What a body says beside what its template does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BodyContent {
    /// The commit that the patch is based on.
    pub repo_sha: String,
    /// The branch that was reviewed.
    pub branch: String,
    /// Ids of the runs, in their order.
    pub run_ids: Vec<String>,
    /// How many reviews of the same tree were red before.
    pub red_reviews: usize,
    /// Digest of the scorecard.
    pub scorecard_sha256: String,
    /// Digest of the archive of evidence.
    pub evidence_zip_sha256: String,
    /// When the review began.
    pub started_at: String,
    /// When it was decided.
    pub finished_at: String,
    /// The plan, with a line feed at its end.
    pub plan: String,
    /// The scorecard, with a line feed at its end.
    pub scorecard: String,
    /// The paths that the patch touches, in the order of their bytes.
    pub files: Vec<String>,
    /// The author's own words, each line with a line feed; none leaves the section out.
    pub summary: Option<String>,
    /// The story, where the body reports one.
    pub story: Option<(String, Story)>,
}

impl BodyContent {
    /// What a field says.
    fn field(&self, name: &str) -> String {
        match name {
            "repo_sha" => self.repo_sha.clone(),
            "branch" => self.branch.clone(),
            "run_ids" => format!("[{}]", self.run_ids.join(",")),
            "scorecard_sha256" => self.scorecard_sha256.clone(),
            "evidence_zip_sha256" => self.evidence_zip_sha256.clone(),
            "started_at" => self.started_at.clone(),
            _ => self.finished_at.clone(),
        }
    }

    /// What stands under a heading; `None` where the section is left out.
    fn part(&self, template: &Template, section: &BodySection) -> Option<String> {
        let lines = |lines: Vec<String>| lines.into_iter().map(|line| line + "\n").collect();
        Some(match &section.part {
            BodyPart::Summary => self.summary.clone()?,
            BodyPart::Lines(wanted) => {
                let value = |field: Option<&str>| field.map(|name| self.field(name));
                let line = |line: &thrice_programme::body::BodyLine| {
                    let value = value(line.field).unwrap_or_default();
                    format!("{}{value}{}", line.before, line.after)
                };
                let mut all: Vec<String> = wanted.iter().map(line).collect();
                if self.red_reviews > 0 && template.reports_reviews(&section.heading) {
                    all.push(format!("{RED_REVIEWS}{}", self.red_reviews));
                }
                lines(all)
            }
            BodyPart::Plan => fenced(&self.plan),
            BodyPart::Scorecard => fenced(&self.scorecard),
            BodyPart::Files => {
                lines(self.files.iter().map(|file| format!("- {}", shown(file))).collect())
            }
            BodyPart::Checklist(_) => {
                let items = template.items(self.run_ids.len());
                lines(items.iter().map(|item| format!("{TICKED}{item}")).collect())
            }
            BodyPart::Story => self.story.as_ref().map(|(id, story)| story.render(id))?,
        })
    }
}

/// The line that says how many reviews of the same tree were red before, whatever the template
/// is. A body over none leaves it out.
const RED_REVIEWS: &str = "Red reviews of this tree before: ";

/// The number that such a line says.
pub(super) fn red_reviews(line: &str) -> Option<usize> {
    line.strip_prefix(RED_REVIEWS)?.parse().ok().filter(|number| *number > 0)
}

/// The body (H-7).
#[must_use]
pub fn render(template: &Template, content: &BodyContent) -> String {
    let mut body = format!("{}\n", template.title(content.run_ids.len()));
    for section in &template.sections {
        if let Some(text) = content.part(template, section) {
            body.push_str(&format!("\n{}\n{text}", section.heading));
        }
    }
    body
}

/// JSON in a fence that is longer than any in it.
fn fenced(json: &str) -> String {
    let longest =
        json.lines().map(|line| line.trim_start().bytes().take_while(|b| *b == b'`').count()).max();
    let fence = "`".repeat(longest.unwrap_or(0).saturating_add(1).max(3));
    format!("{fence}json\n{json}{fence}\n")
}

/// A path as a line of the list shows it: as it is where Markdown leaves it alone, else
/// as code. No path that can be shown holds a backtick, so that either can be read back.
pub(super) fn shown(path: &str) -> String {
    if is_plain(path) { path.to_owned() } else { format!("`{path}`") }
}

/// A path by its line in the list.
pub(super) fn unshown(line: &str) -> &str {
    line.strip_prefix('`').and_then(|line| line.strip_suffix('`')).unwrap_or(line)
}

/// Why a path cannot stand in a list; none where it can.
#[must_use]
pub(crate) fn unlistable(path: &[u8]) -> Option<&'static str> {
    // Nearly every path, and there may be many.
    if is_plain_path(path) {
        return None;
    }
    match std::str::from_utf8(path) {
        Err(_) => Some("its name is not UTF-8"),
        Ok(text) if text.chars().any(char::is_control) => {
            Some("its name holds a control character")
        }
        Ok(text) if text.contains(['`', '\u{2028}', '\u{2029}']) => {
            Some("its name holds a backtick or a line separator")
        }
        Ok(text) if text != text.trim() || text.is_empty() => {
            Some("its name begins or ends with a space")
        }
        Ok(_) => None,
    }
}

/// Letters, digits and what joins them. An underscore between letters and digits emphasises
/// nothing, and neither does a single one elsewhere, which has no other to close it.
fn is_plain(path: &str) -> bool {
    let bytes = path.as_bytes();
    let word =
        |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_alphanumeric);
    let mut open = 0;
    bytes.iter().enumerate().all(|(at, byte)| match byte {
        b'_' => {
            open += usize::from(!word(at.checked_sub(1)) || !word(at.checked_add(1)));
            open < 2
        }
        b'.' | b'/' | b'-' => true,
        _ => byte.is_ascii_alphanumeric(),
    })
}

/// The name of the section in which a line of a body stands.
pub(super) fn section_of<'a>(template: &'a Template, body: &'a str, line: usize) -> &'a str {
    let headings = body.lines().take(line).filter(|line| line.starts_with("## "));
    headings.last().map_or("title", |heading| template.name(heading))
}
