//! The story that a branch is named after.

use thrice_orr::judge::branch;
use thrice_programme::Backlog;
use thrice_programme::branches::{Branches, Kind, Part};

/// Names of branches, read by the forms of policy.
pub struct Names<'a> {
    backlog: &'a Backlog,
    branches: Option<&'a Branches>,
}

impl<'a> Names<'a> {
    /// By these forms; no branch is of a story where there are none.
    #[must_use]
    pub fn new(backlog: &'a Backlog, branches: Option<&'a Branches>) -> Self {
        Self { backlog, branches }
    }

    /// The position of the story that a branch is named after.
    #[must_use]
    pub fn story(&self, name: &str) -> Option<usize> {
        let branches = self.branches?;
        let kinds = branches.kinds.iter().filter(|kind| !kind.sandbox);
        kinds.filter_map(|kind| self.by_form(&kind.parts, name, branches)).next()
    }

    /// A name by which a branch of a story would be found, about what some text says.
    #[must_use]
    pub(crate) fn name_for(&self, id: &str, text: &str) -> Option<String> {
        let branches = self.branches?;
        let slug = branch::slug(text, branch::LONGEST)?;
        let named = |kind: &Kind| {
            let part = |part: &Part| match part {
                Part::Literal(text) => Some(text.clone()),
                Part::Id(class) if branches.is_id(id, class.as_deref()) => Some(id.to_owned()),
                Part::Slug => Some(slug.clone()),
                _ => None,
            };
            kind.parts.iter().map(part).collect::<Option<String>>()
        };
        let kinds = branches.kinds.iter().filter(|kind| !kind.sandbox);
        kinds.filter_map(named).find(|name| self.story(name).is_some())
    }

    /// Thousands of names are read at once: where an id stands behind a literal, it is
    /// looked up, and no pattern is tried.
    fn by_form(&self, parts: &[Part], name: &str, branches: &Branches) -> Option<usize> {
        let (before, rest) = match parts {
            [Part::Literal(before), Part::Id(_), rest @ ..] => (before.as_str(), rest),
            [Part::Id(_), rest @ ..] => ("", rest),
            _ if parts.iter().any(|part| matches!(part, Part::Id(_))) => {
                let read = branch::read(name.as_bytes(), branches, None).ok()?;
                let mut texts = read.parts.iter().map(|(_, text)| text.as_str());
                return texts.find_map(|text| self.backlog.position(text));
            }
            _ => return None,
        };
        let name = name.strip_prefix(before)?;
        match rest.first() {
            Some(Part::Literal(mark)) => {
                let ends = name.rmatch_indices(mark.as_str());
                ends.filter(|(at, _)| at + mark.len() < name.len() || rest.len() == 1)
                    .find_map(|(at, _)| self.backlog.position(name.get(..at)?))
            }
            _ => self.backlog.position(name),
        }
    }
}
