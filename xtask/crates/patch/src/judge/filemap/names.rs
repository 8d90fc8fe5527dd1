//! Names that are refused whatever the Filemap says, because people, other systems or
//! git itself would take them for other names.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::LazyLock;

use regex::bytes::Regex;
use unicode_normalization::{UnicodeNormalization, is_nfc};

/// Whether each name in a path is of letters, digits and a few marks of ASCII, so that no rule on
/// names has anything against it. Nearly every path is so, and there may be many: one expression
/// tells it in a build without optimisation, too.
#[must_use]
pub(crate) fn is_plain_path(path: &[u8]) -> bool {
    static PLAIN: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let (end, dotted) = (r"0-9A-Za-z_@+=,()\[\]\-", r"0-9A-FH-Za-fh-z_\-");
        let name = format!(r"(?:\.[{dotted}]|[{end}])(?:[{end}. ]*[{end}])?");
        Regex::new(&format!(r"(?-u)\A{name}(?:/{name})*\z")).ok()
    });
    PLAIN.as_ref().is_some_and(|plain| plain.is_match(path))
}

/// Why a path cannot be added; `None` where it can.
#[must_use]
pub(crate) fn refused(path: &[u8]) -> Option<String> {
    if is_plain_path(path) { None } else { odd(path) }
}

/// The same, of a path that is not plain.
pub(super) fn odd(path: &[u8]) -> Option<String> {
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
    let stem = name.trim_end_matches(['.', ' ']);
    let begins = name.get(..5).unwrap_or_default();
    let git = [".git", "git~1"].iter().any(|git| stem.eq_ignore_ascii_case(git));
    if git || begins.eq_ignore_ascii_case(".git:") {
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
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{e0000}'..='\u{e0fff}')
}

/// Why no wildcard reaches a path; nothing where one does.
#[must_use]
pub(crate) fn beyond_wildcards(path: &[u8], is_submodule: bool) -> Option<&'static str> {
    let last = path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    let is_obeyed = [".gitattributes", ".gitmodules"]
        .iter()
        .any(|name| last.eq_ignore_ascii_case(name.as_bytes()));
    match is_obeyed {
        true => Some("git itself obeys it"),
        false => is_submodule.then_some("what a submodule holds is in no patch"),
    }
}

/// Paths by the form in which systems that do not tell letter case or Unicode forms apart
/// see them: files, and the folders that lead to them. A form without spellings is the
/// only one of itself, as nearly every path is.
#[derive(Default)]
pub(super) struct Spellings {
    seen: HashMap<Vec<u8>, Vec<Vec<u8>>>,
    last: Vec<u8>,
}

impl Spellings {
    /// With room for so many paths.
    pub(super) fn of(paths: usize) -> Self {
        Self { seen: HashMap::with_capacity(paths), ..Self::default() }
    }

    /// Takes in a path that is there; paths that are not UTF-8 collide with none. Gives
    /// what was there already under another spelling of it, or of a folder on its way.
    pub(super) fn add(&mut self, path: &[u8]) -> Option<Vec<u8>> {
        // Sorted paths share most of their folders with the one before.
        let known = shared_folders(&self.last, path);
        let mut other = None;
        for prefix in prefixes(path, known) {
            let Some(folded) = folded(prefix) else { continue };
            let spellings = match self.seen.entry(folded) {
                Entry::Vacant(new) if new.key() == prefix => {
                    new.insert(Vec::new());
                    continue;
                }
                Entry::Vacant(new) => new.insert(Vec::new()),
                Entry::Occupied(known) => {
                    let form = known.key().clone();
                    let spellings = known.into_mut();
                    if spellings.is_empty() {
                        spellings.push(form);
                    }
                    spellings
                }
            };
            if spellings.iter().any(|spelling| spelling == prefix) {
                continue;
            }
            if other.is_none() {
                other = spellings.first().cloned();
            }
            spellings.push(prefix.to_vec());
        }
        self.last = path.to_vec();
        other
    }
}

/// The length of the longest folder that two paths have in common.
fn shared_folders(one: &[u8], other: &[u8]) -> usize {
    let folder = one.iter().rposition(|byte| *byte == b'/').map_or(0, |at| at + 1);
    if folder > 0 && other.get(..folder) == one.get(..folder) && !other[folder..].contains(&b'/') {
        return folder - 1;
    }
    let same = one.iter().zip(other).take_while(|(a, b)| a == b).count();
    one.iter().take(same).rposition(|byte| *byte == b'/').unwrap_or(0)
}

/// `a`, `a/b`, `a/b/c`: those that are longer than `known`.
fn prefixes(path: &[u8], known: usize) -> impl Iterator<Item = &[u8]> {
    let rest = path.iter().enumerate().skip(known + 1);
    let ends = rest.filter(|(_, byte)| **byte == b'/').map(|(at, _)| at);
    ends.chain([path.len()]).filter_map(|end| path.get(..end))
}

/// The form of a path in which two are equal that some systems take for one; none where it is
/// not UTF-8.
pub(super) fn folded(path: &[u8]) -> Option<Vec<u8>> {
    if path.is_ascii() {
        return Some(path.to_ascii_lowercase());
    }
    let nfc: String = std::str::from_utf8(path).ok()?.nfc().collect();
    let folded: String = thrice_policy::values::folded(&nfc).nfc().collect();
    Some(folded.into_bytes())
}
