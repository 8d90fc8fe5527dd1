//! Comments that report a scanner for secrets to pass over a line.

use std::sync::LazyLock;

use regex::bytes::Regex;

/// What the scanners obey, and what is meant for others like them: of ripsecrets and
/// detect-secrets a "pragma", of gitleaks a word of its own.
static MARKER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let pragma = r"pragma:[ \t]*(?:allow|white)list[ \t]+(?:nextline[ \t]+)?secret";
    Regex::new(&format!("(?i){pragma}|gitleaks:[ \t]*allow")).ok()
});

/// A file whose comments no longer suppress anything, and the lines that had one, from 1;
/// `None` where it has none. No byte is added or taken out.
#[must_use]
pub(crate) fn without(bytes: &[u8]) -> Option<(Vec<u8>, Vec<usize>)> {
    let marker = MARKER.as_ref()?;
    let (mut text, mut lines) = (bytes.to_vec(), Vec::new());
    let (mut line, mut counted) = (1, 0);
    for found in marker.find_iter(bytes) {
        line += bytes[counted..found.start()].iter().filter(|byte| **byte == b'\n').count();
        counted = found.start();
        if lines.last() != Some(&line) {
            lines.push(line);
        }
        text[found.range()].fill(b' ');
    }
    (!lines.is_empty()).then_some((text, lines))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_marker_is_found_and_blanked() {
        let pragma = |word: &str| format!("a = 1 # pragma: {word} secret");
        for marked in [
            pragma("allowlist"),
            pragma("Allowlist"),
            pragma("whitelist"),
            pragma("allowlist nextline"),
            ["a = 1 // gitleaks", ":allow"].concat(),
        ] {
            let text = format!("first\n{marked}\nlast\n{marked}{marked}\n");
            let (blank, lines) = without(text.as_bytes()).unwrap();
            assert_eq!(lines, [2, 4], "{marked}");
            assert_eq!(blank.len(), text.len());
            assert!(without(&blank).is_none() && blank.starts_with(b"first\na = 1 "));
        }
        for plain in ["", "pragma: no cover", "allowlist secret", "gitleaks"] {
            assert_eq!(without(plain.as_bytes()), None, "{plain}");
        }
    }
}
