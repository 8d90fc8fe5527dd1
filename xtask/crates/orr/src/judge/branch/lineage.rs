//! What a name says about the base, beside the form.

use super::read;
use thrice_programme::branches::{BranchKind, Branches};

/// The digits of the base that a name of a kind holds, if it is of one that holds some.
#[must_use]
pub(crate) fn named_base(name: &str, branches: &Branches) -> Option<String> {
    read(name.as_bytes(), branches, None).ok()?.part("base").map(str::to_owned)
}

/// The kind of a name, where that is the sandbox.
#[must_use]
pub fn sandbox_kind<'a>(name: &str, branches: &'a Branches) -> Option<&'a BranchKind> {
    let read = read(name.as_bytes(), branches, None).ok()?;
    branches.kinds.iter().find(|kind| kind.sandbox && kind.name == read.kind)
}

/// Which of some ids a branch is named after.
#[must_use]
pub fn names_one<'a>(
    name: &str,
    branches: &Branches,
    known: impl Iterator<Item = &'a str>,
) -> Option<String> {
    let read = read(name.as_bytes(), branches, None).ok()?;
    let mut known = known.filter(|id| read.parts.iter().any(|(_, text)| text == id));
    known.next().map(str::to_owned)
}
