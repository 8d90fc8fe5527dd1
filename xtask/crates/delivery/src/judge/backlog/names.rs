//! The story that a branch is named after.

use thrice_orr::judge::branch;
use thrice_programme::Backlog;
use thrice_programme::branches::{BranchKind, Branches, FormPart};

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

    /// Whether a branch is a sandbox, which carries a commit of another branch.
    #[must_use]
    pub fn is_sandbox(&self, name: &str) -> bool {
        self.branches.is_some_and(|branches| branch::sandbox_kind(name, branches).is_some())
    }

    /// A name by which a branch of a story would be found, about what some text says.
    #[must_use]
    pub(crate) fn name_for(&self, id: &str, text: &str) -> Option<String> {
        let branches = self.branches?;
        let slug = branch::slug(text, branch::LONGEST)?;
        let named = |kind: &BranchKind| {
            let part = |part: &FormPart| match part {
                FormPart::Literal(text) => Some(text.clone()),
                FormPart::Id(class) if branches.is_id(id, class.as_deref()) => Some(id.to_owned()),
                FormPart::Slug => Some(slug.clone()),
                _ => None,
            };
            kind.parts.iter().map(part).collect::<Option<String>>()
        };
        let kinds = branches.kinds.iter().filter(|kind| !kind.sandbox);
        kinds.filter_map(named).find(|name| self.story(name).is_some())
    }

    /// Thousands of names are read at once: where an id stands behind a literal, it is
    /// looked up, and no pattern is tried.
    fn by_form(&self, parts: &[FormPart], name: &str, branches: &Branches) -> Option<usize> {
        let (before, rest) = match parts {
            [FormPart::Literal(before), FormPart::Id(_), rest @ ..] => (before.as_str(), rest),
            [FormPart::Id(_), rest @ ..] => ("", rest),
            _ if parts.iter().any(|part| matches!(part, FormPart::Id(_))) => {
                let read = branch::read(name.as_bytes(), branches, None).ok()?;
                let mut texts = read.parts.iter().map(|(_, text)| text.as_str());
                return texts.find_map(|text| self.backlog.position(text));
            }
            _ => return None,
        };
        let name = name.strip_prefix(before)?;
        match rest.first() {
            Some(FormPart::Literal(mark)) => {
                let ends = name.rmatch_indices(mark.as_str());
                ends.filter(|(at, _)| at + mark.len() < name.len() || rest.len() == 1)
                    .find_map(|(at, _)| self.backlog.position(name.get(..at)?))
            }
            _ => self.backlog.position(name),
        }
    }
}
