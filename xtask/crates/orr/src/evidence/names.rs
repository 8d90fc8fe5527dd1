//! Which names a file of evidence may have: those that every file system and
//! every unpacker spells in one way only.

use std::collections::HashMap;
use std::fmt;

/// Longest name that is packed, in bytes: what Linux takes as a path.
const LONGEST: usize = 4095;

/// Characters beyond ASCII that have one spelling only under Unicode's
/// normalization, are visible, and do not combine. What is not listed is
/// refused, so that two names which look alike (NFC and NFD) cannot exist.
const ONE_SPELLING: &[(char, char)] = &[
    ('\u{a1}', '\u{ac}'), // without the soft hyphen
    ('\u{ae}', '\u{2ff}'),
    ('\u{370}', '\u{373}'),
    ('\u{375}', '\u{377}'),
    ('\u{37a}', '\u{37d}'),
    ('\u{37f}', '\u{37f}'),
    ('\u{384}', '\u{386}'),
    ('\u{388}', '\u{482}'),
    ('\u{48a}', '\u{58f}'),
    ('\u{5d0}', '\u{5ea}'),
    ('\u{620}', '\u{64a}'),
    ('\u{671}', '\u{6d5}'),
    ('\u{10a0}', '\u{10ff}'),
    ('\u{1e00}', '\u{1eff}'),
    ('\u{2010}', '\u{2027}'),
    ('\u{2030}', '\u{205e}'),
    ('\u{2070}', '\u{20cf}'),
    ('\u{2100}', '\u{2125}'),
    ('\u{2127}', '\u{2129}'),
    ('\u{212c}', '\u{2328}'),
    ('\u{232b}', '\u{27ff}'), // without the braille blank
    ('\u{2801}', '\u{2adb}'),
    ('\u{3001}', '\u{3029}'),
    ('\u{3030}', '\u{3098}'),
    ('\u{309b}', '\u{3163}'), // without the Hangul filler
    ('\u{3165}', '\u{a48c}'),
    ('\u{ac00}', '\u{d7a3}'),
    ('\u{ff01}', '\u{ff9f}'),
    ('\u{1f000}', '\u{1faff}'),
    ('\u{20000}', '\u{2a6df}'),
];

/// A name that cannot be packed, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameProblem {
    path: String,
    why: String,
}

impl NameProblem {
    /// A problem with `path`, which is escaped here.
    fn new(path: &[u8], why: impl Into<String>) -> Self {
        let path = match std::str::from_utf8(path) {
            Ok(text) => text.escape_debug().to_string(),
            Err(_) => path.escape_ascii().to_string(),
        };
        Self { path, why: why.into() }
    }

    /// Two names that some machine cannot hold beside each other.
    pub(super) fn collision(first: &str, second: &str) -> Self {
        if first == second {
            return Self::new(first.as_bytes(), "it is given twice");
        }
        let why = format!(
            "it collides with `{}`: on a machine that ignores letter case, they are one",
            second.escape_debug()
        );
        Self::new(first.as_bytes(), why)
    }

    /// The name, with everything escaped that is not plainly visible.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Why it cannot be packed.
    #[must_use]
    pub fn why(&self) -> &str {
        &self.why
    }
}

impl fmt::Display for NameProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` cannot be packed: {}", self.path, self.why)
    }
}

impl std::error::Error for NameProblem {}

/// The name as text, where it is one that can be packed the same way everywhere.
///
/// # Errors
/// Not UTF-8; control characters, newline, backslash; characters with several
/// spellings; empty, `.` or `..` components; absolute; a drive letter; longer
/// than a path can be.
pub fn check_name(path: &[u8]) -> Result<&str, NameProblem> {
    let name = std::str::from_utf8(path).map_err(|_| NameProblem::new(path, "it is not UTF-8"))?;
    match form_problem(name).or_else(|| character_problem(name)) {
        Some(why) => Err(NameProblem::new(path, why)),
        None => Ok(name),
    }
}

/// What is wrong with the name as a path.
fn form_problem(name: &str) -> Option<String> {
    let bytes = name.as_bytes();
    let drive = bytes.first().is_some_and(u8::is_ascii_alphabetic) && bytes.get(1) == Some(&b':');
    let why = if name.is_empty() {
        "it is empty"
    } else if bytes.len() > LONGEST {
        "it is longer than 4095 bytes"
    } else if name.starts_with('/') {
        "it is absolute"
    } else if drive {
        "it begins with a drive letter"
    } else if name.ends_with('/') {
        "it ends with a slash, as only a folder does"
    } else if name.split('/').any(str::is_empty) {
        "it has an empty component"
    } else if name.split('/').any(|part| part == "." || part == "..") {
        "it has a component `.` or `..`"
    } else {
        return None;
    };
    Some(why.to_owned())
}

/// What is wrong with its characters.
fn character_problem(name: &str) -> Option<String> {
    name.chars().find_map(|c| {
        let point = u32::from(c);
        if c.is_control() {
            Some(format!("it holds a control character (U+{point:04X})"))
        } else if c == '\\' {
            Some("it holds a backslash, which is a separator on Windows".to_owned())
        } else if c.is_ascii() || ONE_SPELLING.iter().any(|(low, high)| (*low..=*high).contains(&c))
        {
            None
        } else {
            Some(format!(
                "it holds U+{point:04X}, a combining mark or another character that is \
                 invisible or can be spelt in several ways; use a precomposed letter or ASCII"
            ))
        }
    })
}

/// The name as a machine sees it that ignores letter case.
fn folded(name: &str) -> String {
    name.to_lowercase().to_uppercase()
}

/// Pairs of names that cannot be unpacked beside each other everywhere: the same
/// twice, the same but for letter case (of a file or of a folder on its way), a
/// file where another name needs a folder. In the order of the second of each pair.
#[must_use]
pub(crate) fn collisions<'a>(paths: impl IntoIterator<Item = &'a str>) -> Vec<(String, String)> {
    let mut seen = SeenNames::default();
    paths
        .into_iter()
        .filter_map(|path| seen.add(path).map(|other| (other.to_owned(), path.to_owned())))
        .collect()
}

/// The names so far: each file and folder, folded, with its spelling and the
/// path that brought it.
#[derive(Default)]
struct SeenNames<'a> {
    files: HashMap<String, &'a str>,
    folders: HashMap<String, (&'a str, &'a str)>,
}

impl<'a> SeenNames<'a> {
    /// Adds `path`; the earlier path that it collides with, if any.
    fn add(&mut self, path: &'a str) -> Option<&'a str> {
        let key = folded(path);
        let mut hit = self.folders.get(&key).map(|(_, by)| *by);
        for (at, _) in path.match_indices('/') {
            let (folder, _) = path.split_at(at);
            let key = folded(folder);
            hit = hit.or_else(|| self.files.get(&key).copied());
            let (spelling, by) = *self.folders.entry(key).or_insert((folder, path));
            hit = hit.or_else(|| (spelling != folder).then_some(by));
        }
        let earlier = self.files.insert(key, path);
        earlier.or(hit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(path: &[u8]) -> String {
        check_name(path).unwrap_err().to_string()
    }

    #[test]
    fn plain_names_pass() {
        for name in [
            "a",
            "evidence/T4_tests/junit.xml",
            "a b/c-d_e.txt",
            "grün/日本/é",
            ".hidden",
            "..a/b..",
            "foo::bar",
        ] {
            assert_eq!(check_name(name.as_bytes()), Ok(name));
        }
    }

    #[test]
    fn every_refusal_names_the_path_and_why() {
        let table: &[(&[u8], &str)] = &[
            (b"a\xff", r"`a\xff` cannot be packed: it is not UTF-8"),
            (b"", "`` cannot be packed: it is empty"),
            (b"a\nb", r"`a\nb` cannot be packed: it holds a control character (U+000A)"),
            (b"a\0b", r"`a\0b` cannot be packed: it holds a control character (U+0000)"),
            (b"a//b", "`a//b` cannot be packed: it has an empty component"),
            (b"./a", "`./a` cannot be packed: it has a component `.` or `..`"),
            (b"a/../b", "`a/../b` cannot be packed: it has a component `.` or `..`"),
            (b"/etc/passwd", "`/etc/passwd` cannot be packed: it is absolute"),
            (b"C:x", "`C:x` cannot be packed: it begins with a drive letter"),
            (b"a/", "`a/` cannot be packed: it ends with a slash, as only a folder does"),
            (
                b"a\\b",
                r"`a\\b` cannot be packed: it holds a backslash, which is a separator on Windows",
            ),
        ];
        for (path, text) in table {
            assert_eq!(why(path), *text);
        }
        assert!(why(&[b'a'; 4096]).ends_with("it is longer than 4095 bytes"));
    }

    #[test]
    fn names_with_several_spellings_are_refused() {
        // decomposed é, Kelvin sign, conjoining jamo, zero-width space, bidi override, ligature block
        for name in
            ["e\u{301}", "\u{212a}", "\u{1100}\u{1161}", "a\u{200b}", "a\u{202e}b", "\u{fb01}"]
        {
            assert!(why(name.as_bytes()).contains("spelt in several ways"), "{name:?}");
        }
        assert!(why("x\u{85}".as_bytes()).contains("control character (U+0085)"));
    }

    #[test]
    fn collisions_in_case_of_files_and_of_folders() {
        let pairs = |paths: &[&str]| collisions(paths.iter().copied());
        let pair = |a: &str, b: &str| vec![(a.to_owned(), b.to_owned())];
        assert_eq!(pairs(&["a", "b", "a/b"]), pair("a", "a/b"));
        assert_eq!(pairs(&["a/b", "A"]), pair("a/b", "A"));
        assert_eq!(pairs(&["x", "x"]), pair("x", "x"));
        assert_eq!(pairs(&["Readme", "README"]), pair("Readme", "README"));
        assert_eq!(pairs(&["dir/a", "Dir/b"]), pair("dir/a", "Dir/b"));
        assert_eq!(pairs(&["straße", "STRASSE"]), pair("straße", "STRASSE"));
        assert_eq!(pairs(&["a/b", "a/c", "ab", "a-b"]), vec![]);
    }
}
