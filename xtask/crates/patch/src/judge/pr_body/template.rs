//! The template of a programme's bodies, with what follows from its rules filled in.

use thrice_programme::Policy;
use thrice_programme::body::{BodyPart, BodySection, BodyTemplate};

/// Least number of runs (H-4).
pub const LEAST_RUNS: usize = 3;

/// What of a body follows from the programme alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// The programme's id.
    pub programme: String,
    /// Ids of all gates.
    pub(crate) gate_ids: Vec<String>,
    /// Lines of the checklist that the rules on content add; one may hold a line feed.
    pub checklist: Vec<String>,
    /// The first line; `{runs}` stands for the number of runs.
    title: String,
    /// The sections, in their order.
    pub(super) sections: Vec<BodySection>,
}

impl Template {
    /// The template of a programme.
    #[must_use]
    pub fn of(policy: &Policy) -> Self {
        let programme = &policy.programme;
        let ids: Vec<String> = policy.gates.gates.iter().map(|gate| gate.id.clone()).collect();
        let constants = [
            ("{programme}", programme.id.clone()),
            ("{PROGRAMME}", programme.id.to_uppercase()),
            ("{output}", programme.output.clone()),
            ("{gates}", listed(&ids)),
            ("{artifact}", format!("{}-orr-evidence", programme.id)),
            ("{archive}", format!("{}/{}-evidence.zip", programme.output, programme.id)),
        ];
        let filled = |text: &str| {
            constants.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value))
        };
        let rules = policy.filemap.iter().flat_map(|filemap| &filemap.content);
        Self {
            programme: programme.id.clone(),
            checklist: rules.filter_map(|rule| rule.checklist.as_deref()).map(item).collect(),
            title: filled(&policy.body.title),
            sections: sections(&policy.body, filled),
            gate_ids: ids,
        }
    }

    /// The first line of a body over so many runs.
    pub(super) fn title(&self, runs: usize) -> String {
        with_runs(&self.title, runs)
    }

    /// Whether a text is the first line of a body, over any number of runs.
    #[must_use]
    pub(crate) fn is_title(&self, line: &str) -> bool {
        let runs = line.split(|c: char| !c.is_ascii_digit()).filter_map(|part| part.parse().ok());
        std::iter::once(0).chain(runs).any(|runs| self.title(runs) == line)
    }

    /// The items of the checklist.
    pub(super) fn items(&self, runs: usize) -> Vec<String> {
        let own = self.sections.iter().filter_map(|section| match &section.part {
            BodyPart::Checklist(items) => Some(items),
            _ => None,
        });
        let own = own.flatten().map(|item| with_runs(item, runs));
        own.chain(self.checklist.iter().cloned()).collect()
    }

    /// The headings, in their order: without those of sections that may be left out, unless
    /// they are there.
    pub(super) fn headings(&self, runs: usize, summary: bool, story: bool) -> Vec<String> {
        let there = |section: &&BodySection| match section.part {
            BodyPart::Summary => summary,
            BodyPart::Story => story,
            _ => true,
        };
        let below = self.sections.iter().filter(there).map(|section| section.heading.clone());
        std::iter::once(self.title(runs)).chain(below).collect()
    }

    /// The heading of the one section with a part.
    pub(super) fn heading(&self, wanted: fn(&BodyPart) -> bool) -> &str {
        let mut found = self.sections.iter().filter(|section| wanted(&section.part));
        found.next().map_or("", |section| section.heading.as_str())
    }

    /// Whether red reviews are reported under a heading: that of the last lines with a field.
    pub(super) fn reports_reviews(&self, heading: &str) -> bool {
        let has_field = |section: &&BodySection| match &section.part {
            BodyPart::Lines(lines) => lines.iter().any(|line| line.field.is_some()),
            _ => false,
        };
        let last = self.sections.iter().rfind(has_field);
        last.is_some_and(|section| section.heading == heading)
    }

    /// The field that a line of a section says.
    pub(super) fn field(&self, section: &str, text: &str) -> Option<&'static str> {
        let of = |wanted: &&BodySection| self.name(&wanted.heading) == section;
        let BodyPart::Lines(lines) = &self.sections.iter().find(of)?.part else { return None };
        lines.iter().find(|line| text.starts_with(line.before.trim_end()))?.field
    }

    /// The name of a section in a message.
    pub(super) fn name<'a>(&'a self, heading: &'a str) -> &'a str {
        let Some(section) = self.sections.iter().find(|section| section.heading == heading) else {
            return if heading.starts_with("## ") { words(heading) } else { "title" };
        };
        match section.part {
            BodyPart::Summary => "Summary",
            BodyPart::Lines(_) => words(heading),
            BodyPart::Plan => PLAN,
            BodyPart::Scorecard => SCORECARD,
            BodyPart::Files => FILES,
            BodyPart::Checklist(_) => CHECKLIST,
            BodyPart::Story => STORY,
        }
    }
}

/// The plan, in a problem's field.
pub const PLAN: &str = "Plan.json";
/// The scorecard, in a problem's field.
pub const SCORECARD: &str = "Scorecard";
/// The list of paths, in a problem's field.
pub const FILES: &str = "Files";
/// The checklist, in a problem's field.
pub const CHECKLIST: &str = "Checklist";
/// The story, in a problem's field.
pub(super) const STORY: &str = "Story";

fn sections(template: &BodyTemplate, filled: impl Fn(&str) -> String) -> Vec<BodySection> {
    let mut sections = template.sections.clone();
    for section in &mut sections {
        section.heading = filled(&section.heading);
        match &mut section.part {
            BodyPart::Lines(lines) => {
                for line in lines {
                    line.before = filled(&line.before);
                    line.after = filled(&line.after);
                }
            }
            BodyPart::Checklist(items) => {
                items.iter_mut().for_each(|item| *item = filled(item));
            }
            _ => {}
        }
    }
    sections
}

fn with_runs(text: &str, runs: usize) -> String {
    text.replace("{runs}", &runs.to_string())
}

/// The gates as they are: `T0..T8` where all between are there, else each of them.
fn listed(ids: &[String]) -> String {
    let number = |id: &String| id.strip_prefix('T')?.parse::<usize>().ok();
    let numbers: Option<Vec<usize>> = ids.iter().map(number).collect();
    let runs_on = numbers.is_some_and(|numbers| {
        numbers.len() > 2 && numbers.windows(2).all(|pair| pair[0] + 1 == pair[1])
    });
    match ids {
        [first, .., last] if runs_on => format!("{first}..{last}"),
        ids => ids.join(", "),
    }
}

/// An item as policy writes it, without the ends that its form in TOML brings along.
fn item(text: &str) -> String {
    text.replace("\r\n", "\n").trim().to_owned()
}

/// What a heading begins with, before any parentheses.
fn words(heading: &str) -> &str {
    let words = heading.trim_start_matches('#').trim_start();
    words.split(" (").next().unwrap_or(words)
}
