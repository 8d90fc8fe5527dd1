//! Changes of files, and how `git apply` reads them.

use similar::TextDiff;

/// A file that a command writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    /// Its path in the repository.
    pub path: String,
    pub before: Option<String>,
    /// What is there afterwards.
    pub after: String,
}

/// The changes as one patch.
#[must_use]
pub(crate) fn diff<'a>(changes: impl IntoIterator<Item = &'a Change>) -> String {
    changes.into_iter().map(one).collect()
}

fn one(Change { path, before, after }: &Change) -> String {
    let (mode, from) = match before {
        Some(_) => ("", format!("a/{path}")),
        None => ("new file mode 100644\n", "/dev/null".to_owned()),
    };
    let lines = TextDiff::from_lines(before.as_deref().unwrap_or_default(), after);
    let mut hunks = lines.unified_diff();
    let hunks = hunks.context_radius(3).header(&from, &format!("b/{path}"));
    format!("diff --git a/{path} b/{path}\n{mode}{hunks}")
}
