//! Names that are refused whatever the Filemap says, because people, other systems or
//! git itself would take them for other names.

use std::collections::{BTreeMap, BTreeSet};

use unicode_normalization::{UnicodeNormalization, is_nfc};

/// Why a path cannot be added; `None` where it can.
#[must_use]
pub fn refused(path: &[u8]) -> Option<String> {
    let Ok(text) = std::str::from_utf8(path) else {
        return Some("its name is not UTF-8".to_owned());
    };
    if let Some(c) = text.chars().find(|c| c.is_control()) {
        let what = if c == '\n' { "a line feed".to_owned() } else { format!("U+{:04X}", c as u32) };
        return Some(format!("its name holds {what}"));
    }
    if let Some(c) = text.chars().find(|c| is_invisible(*c)) {
        return Some(format!("its name holds the invisible character U+{:04X}", c as u32));
    }
    if text.contains('\\') {
        return Some(
            "its name holds a backslash, which separates folders on other systems".to_owned(),
        );
    }
    if !is_nfc(text) {
        return Some(
            "its name is not in the Unicode form NFC, so that another name looks the same"
                .to_owned(),
        );
    }
    text.split('/').find_map(component)
}

fn component(name: &str) -> Option<String> {
    let folded = name.to_lowercase();
    let stem = folded.trim_end_matches(['.', ' ']);
    if stem == ".git" || stem == "git~1" || folded.starts_with(".git:") {
        return Some("its name is git's own folder on other systems".to_owned());
    }
    if name.is_empty() || name == "." || name == ".." {
        return Some("its name is not a path inside the repository".to_owned());
    }
    if name.ends_with(['.', ' ']) || name.starts_with(' ') {
        return Some("its name begins or ends with what other systems leave out".to_owned());
    }
    None
}

/// Characters that show nothing, or turn the direction of what stands around them.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{e0000}'..='\u{e0fff}')
}

/// Whether a name is one that git itself obeys, so that a wildcard does not reach it.
#[must_use]
pub fn obeyed_by_git(path: &[u8]) -> bool {
    let last = path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    [".gitattributes", ".gitmodules"].iter().any(|name| last.eq_ignore_ascii_case(name.as_bytes()))
}

/// Paths by the form in which systems that do not tell letter case or Unicode forms apart
/// see them: files, and the folders that lead to them.
#[derive(Default)]
pub(super) struct Spellings {
    seen: BTreeMap<String, BTreeSet<Vec<u8>>>,
    last: Vec<u8>,
}

impl Spellings {
    /// Takes in a path that is there; paths that are not UTF-8 collide with none.
    pub(super) fn add(&mut self, path: &[u8]) {
        // Sorted paths share most of their folders with the one before.
        let known = shared_folders(&self.last, path);
        for prefix in prefixes(path).filter(|prefix| prefix.len() > known) {
            if let Some(folded) = folded(prefix) {
                let spellings = self.seen.entry(folded).or_default();
                if !spellings.contains(prefix) {
                    spellings.insert(prefix.to_vec());
                }
            }
        }
        self.last = path.to_vec();
    }

    /// What is there already under another spelling of this path or of a folder on its
    /// way.
    #[must_use]
    pub(super) fn collision(&self, path: &[u8]) -> Option<&[u8]> {
        prefixes(path).find_map(|prefix| {
            let there = self.seen.get(&folded(prefix)?)?;
            if there.contains(prefix) { None } else { there.first().map(Vec::as_slice) }
        })
    }
}

/// The length of the longest folder that two paths have in common.
fn shared_folders(one: &[u8], other: &[u8]) -> usize {
    let same = one.iter().zip(other).take_while(|(a, b)| a == b).count();
    one.iter().take(same).rposition(|byte| *byte == b'/').unwrap_or(0)
}

/// `a`, `a/b`, `a/b/c`.
fn prefixes(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    let ends = path.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(at, _)| at);
    ends.chain([path.len()]).filter_map(|end| path.get(..end))
}

fn folded(path: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(path).ok()?;
    if text.is_ascii() {
        return Some(text.to_ascii_lowercase());
    }
    Some(text.nfc().flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfc().collect())
}
