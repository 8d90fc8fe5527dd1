//! Changes as `git apply` reads them.

use super::Change;

/// Lines around a change.
const AROUND: usize = 3;

/// The changes as one patch. A change adds a file, or lines at the end of one.
#[must_use]
pub(crate) fn diff(changes: &[Change]) -> String {
    changes.iter().map(one).collect()
}

fn one(change: &Change) -> String {
    let path = &change.path;
    let before: Vec<&str> = change.before.iter().flat_map(|text| text.lines()).collect();
    let after: Vec<&str> = change.after.lines().collect();
    let mut text = format!("diff --git a/{path} b/{path}\n");
    if change.before.is_none() {
        text.push_str(&format!("new file mode 100644\n--- /dev/null\n+++ b/{path}\n"));
        text.push_str(&format!("@@ -0,0 +1,{} @@\n", after.len()));
    } else {
        let first = before.len().saturating_sub(AROUND);
        let shown = before.len() - first;
        // An empty range is named by the line before it.
        let start = if shown == 0 { 0 } else { first + 1 };
        let (from, to) = (first + 1, after.len() - first);
        text.push_str(&format!("--- a/{path}\n+++ b/{path}\n"));
        text.push_str(&format!("@@ -{start},{shown} +{from},{to} @@\n"));
        let open = change.before.as_ref().is_some_and(|text| !text.ends_with('\n'));
        for (at, line) in before.iter().enumerate().skip(first) {
            if open && at + 1 == before.len() {
                text.push_str(&format!("-{line}\n\\ No newline at end of file\n+{line}\n"));
            } else {
                text.push_str(&format!(" {line}\n"));
            }
        }
    }
    for line in after.iter().skip(before.len()) {
        text.push_str(&format!("+{line}\n"));
    }
    text
}
