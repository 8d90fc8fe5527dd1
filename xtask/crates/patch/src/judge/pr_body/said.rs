//! What a body claims, as it stands there: whether any of it is so is another question.

use super::fields::values;
use super::parse::{Body, Section, parse};
use super::template::{self, Template};

pub use super::fields::{KEYS, time};

/// What a body claims. What it does not say once, it does not say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    telemetry: Vec<(&'static str, String)>,
    /// The ids in `run_ids`, whatever they are.
    pub run_ids: Vec<String>,
    /// The plan's text.
    pub plan: Option<String>,
    /// The scorecard's text.
    pub scorecard: Option<String>,
    /// How many files it lists.
    pub files: usize,
    /// The id of the story that it tells.
    pub story: Option<String>,
}

impl Said {
    /// Reads a body that anyone may have written.
    #[must_use]
    pub fn read(bytes: &[u8], template: &Template) -> Self {
        let (body, _) = parse(bytes);
        let mut said = Self::default();
        if let Some(section) = once(&body, template::TELEMETRY) {
            for key in KEYS {
                if let [(_, text)] = values(section, key)[..] {
                    said.telemetry.push((key, text.to_owned()));
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
        let plan = once(&body, template::PLAN).map(|section| section.fences.as_slice());
        if let Some([fence]) = plan {
            said.plan = Some(fence.text.clone());
        }
        let scorecard = once(&body, &template.scorecard()).map(|section| section.fences.as_slice());
        if let Some([fence]) = scorecard {
            said.scorecard = Some(fence.text.clone());
        }
        let listed = once(&body, template::FILES).map(|section| section.lines.len());
        said.files = listed.unwrap_or_default();
        let story = once(&body, template::STORY).map(|section| values(section, "Story ID"));
        if let Some([(_, id)]) = story.as_deref() {
            said.story = Some((*id).to_owned());
        }
        said
    }

    /// What a field of the telemetry says.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<&str> {
        let found = self.telemetry.iter().find(|(known, _)| *known == key);
        found.map(|(_, text)| text.as_str())
    }
}

/// The section of a heading, where there is just one.
fn once<'a>(body: &'a Body, heading: &str) -> Option<&'a Section> {
    let mut found = body.sections.iter().filter(|section| section.heading == heading);
    found.next().filter(|_| found.next().is_none())
}
