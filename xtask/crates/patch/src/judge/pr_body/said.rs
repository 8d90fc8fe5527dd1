//! What a body claims, as it stands there: whether any of it is so is another question.

use super::fields::value_of;
use super::parse::{Body, Section, parse};
use super::render::red_reviews;
use super::story;
use super::template::Template;
use thrice_programme::body::BodyPart;

pub use super::fields::{KEYS, time};

/// What a body claims. What it does not say once, it does not say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    fields: Vec<(&'static str, String)>,
    /// The author's own words.
    pub summary: Option<String>,
    /// The ids in `run_ids`, whatever they are.
    pub run_ids: Vec<String>,
    /// How many reviews of the same tree it says were red before.
    pub red_reviews: usize,
    /// The plan's text.
    pub plan: Option<String>,
    /// The scorecard's text.
    pub scorecard: Option<String>,
    /// How many files it lists.
    pub files: usize,
    /// The id of the story that it reports.
    pub story: Option<String>,
}

impl Said {
    /// Reads a body that anyone may have written.
    #[must_use]
    pub fn read(bytes: &[u8], template: &Template) -> Self {
        let (body, _) = parse(bytes, template);
        let mut said =
            Self { summary: body.summary.clone().map(|(_, text)| text), ..Self::default() };
        for wanted in &template.sections {
            let BodyPart::Lines(lines) = &wanted.part else { continue };
            let Some(section) = once(&body, &wanted.heading) else { continue };
            if template.reports_reviews(&wanted.heading) {
                let mut found = section.lines.iter().filter_map(|(_, text)| red_reviews(text));
                said.red_reviews = found.next().unwrap_or_default();
            }
            for line in lines {
                let values = section.lines.iter().filter_map(|(_, text)| value_of(line, text));
                if let (Some(key), [text]) = (line.field, &values.collect::<Vec<_>>()[..])
                    && said.value(key).is_none()
                {
                    said.fields.push((key, (*text).to_owned()));
                }
            }
        }
        if let Some(inner) = said
            .value("run_ids")
            .and_then(|text| text.strip_prefix('[')?.strip_suffix(']'))
            .filter(|inner| !inner.trim().is_empty())
        {
            said.run_ids = inner.split(',').map(|id| id.trim().to_owned()).collect();
        }
        for wanted in &template.sections {
            let Some(section) = once(&body, &wanted.heading) else { continue };
            let json = || match section.fences.as_slice() {
                [fence] => Some(fence.text.clone()),
                _ => None,
            };
            match wanted.part {
                BodyPart::Plan => said.plan = json(),
                BodyPart::Scorecard => said.scorecard = json(),
                BodyPart::Files => said.files = section.lines.len(),
                BodyPart::Story => said.story = story::id_of(section),
                _ => {}
            }
        }
        said
    }

    /// What a field says.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<&str> {
        let found = self.fields.iter().find(|(known, _)| *known == key);
        found.map(|(_, text)| text.as_str())
    }
}

/// The section of a heading, where there is just one.
fn once<'a>(body: &'a Body, heading: &str) -> Option<&'a Section> {
    let mut found = body.sections.iter().filter(|section| section.heading == heading);
    found.next().filter(|_| found.next().is_none())
}
