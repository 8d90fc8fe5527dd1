//! Output with all that varies between two runs of a test replaced.

use std::path::Path;

use regex::Regex;

/// Replaces the time and commit in the name of a sandbox branch that is offered.
pub(crate) fn without_when(text: &str) -> String {
    let name = Regex::new(r"-orr-\d{8}-\d{4}-[0-9a-f]{7}\b").unwrap();
    name.replace_all(text, "-orr-[WHEN]").into_owned()
}

/// Replaces the world's folder, digests, commit ids, review ids and seconds.
pub(crate) fn shown(text: &str, root: &Path) -> String {
    let mut text = without_when(&text.replace(&root.display().to_string(), "[WORLD]"));
    for (pattern, replacement) in [
        (r"(?m)^the runs differed on purpose in .*$", "the runs differed on purpose in [ASPECTS]"),
        (r"\b\d{8}T\d{6}Z-[0-9a-f]{7}(-\d{3})?\b", "[REVIEW]"),
        (r"\b[0-9a-f]{64}\b", "[SHA256]"),
        (r"\b[0-9a-f]{40}\b", "[COMMIT]"),
        (r"\b[0-9a-f]{12}\b", "[HEX]"),
        (r"\b\d+\.\d s\b", "#.# s"),
        (r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "[TIME]"),
    ] {
        text = Regex::new(pattern).unwrap().replace_all(&text, replacement).into_owned();
    }
    text
}
