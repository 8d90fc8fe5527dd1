//! Splitting a name into the parts of a form.

use std::collections::BTreeSet;

use super::slug::is_slug;
use thrice_programme::branches::{Branches, FormPart};

/// How much a part must be what it should be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Strictness {
    /// Each part has its form.
    Exact,
    /// Each part is recognisable: letter case, blanks and the like may be wrong.
    Near,
}

/// The text of each part; `None` where the name cannot be split so. Of several ways, each
/// part from the left is as long as it can be.
pub(super) fn split(
    parts: &[FormPart],
    name: &str,
    branches: &Branches,
    strictness: Strictness,
) -> Option<Vec<String>> {
    let mut search = FormSearch { parts, branches, strictness, failed: BTreeSet::new() };
    let mut texts = search.from(0, name)?;
    texts.reverse();
    Some(texts)
}

struct FormSearch<'a> {
    parts: &'a [FormPart],
    branches: &'a Branches,
    strictness: Strictness,
    /// Part and bytes left from which nothing fits, so that none is tried twice.
    failed: BTreeSet<(usize, usize)>,
}

impl FormSearch<'_> {
    /// The texts of the parts from `at` on, last one first.
    fn from(&mut self, at: usize, rest: &str) -> Option<Vec<String>> {
        let Some(part) = self.parts.get(at) else {
            return rest.is_empty().then(Vec::new);
        };
        if !self.failed.insert((at, rest.len())) {
            return None;
        }
        let ends: Vec<usize> = match part {
            FormPart::Literal(literal) => vec![literal.len()],
            FormPart::Date => vec![8],
            FormPart::Time => vec![4],
            _ => (1..=rest.len()).rev().collect(),
        };
        for end in ends {
            let (Some(text), Some(after)) = (rest.get(..end), rest.get(end..)) else { continue };
            if self.fits(part, text)
                && let Some(mut texts) = self.from(at + 1, after)
            {
                texts.push(text.to_owned());
                return Some(texts);
            }
        }
        None
    }

    fn fits(&self, part: &FormPart, text: &str) -> bool {
        let near = self.strictness == Strictness::Near;
        let digits = || text.bytes().all(|b| b.is_ascii_digit());
        match part {
            FormPart::Literal(literal) if near => text.eq_ignore_ascii_case(literal),
            FormPart::Literal(literal) => text == literal,
            FormPart::Id(class) => {
                let class = class.as_deref();
                self.branches.is_id(text, class)
                    || (near
                        && (self.branches.is_id(&text.to_uppercase(), class)
                            || self.branches.is_id(&text.to_lowercase(), class)))
            }
            FormPart::Slug if near => text.chars().any(char::is_alphanumeric),
            FormPart::Slug => is_slug(text),
            FormPart::Date | FormPart::Time => digits(),
            FormPart::Base if near => {
                text.len() <= 40 && text.bytes().all(|b| b.is_ascii_hexdigit())
            }
            FormPart::Base => {
                (7..=40).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_hexdigit())
            }
        }
    }
}
