//! Changes as CSV (RFC 4180; lines end with LF), a line each.

use super::Change;
use thrice_report::csv::cell;

const COLUMNS: [&str; 12] = [
    "commit",
    "subject",
    "pull",
    "landed_at",
    "began_at",
    "began_by",
    "lead_seconds",
    "commits",
    "added",
    "deleted",
    "files",
    "spans",
];

/// The table; `spans` are the names of those that a change is in.
#[must_use]
pub fn csv<'a>(rows: impl Iterator<Item = (&'a Change, Vec<String>)>) -> String {
    let mut text = COLUMNS.join(",") + "\n";
    for (change, spans) in rows {
        let by = change.began.map(|(_, by)| by.word());
        let cells = [
            cell(&change.commit),
            cell(&change.subject),
            change.pull.map(|number| number.to_string()).unwrap_or_default(),
            change.landed_at.to_string(),
            change.began.map(|(at, _)| at.to_string()).unwrap_or_default(),
            by.unwrap_or_default().to_owned(),
            change.lead().map(|seconds| format!("{seconds:.0}")).unwrap_or_default(),
            change.commits.to_string(),
            change.added.to_string(),
            change.deleted.to_string(),
            change.files.to_string(),
            cell(&spans.join(" ")),
        ];
        text.push_str(&(cells.join(",") + "\n"));
    }
    text
}
