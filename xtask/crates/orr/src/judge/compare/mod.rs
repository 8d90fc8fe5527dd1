//! Why two runs differ: the first difference of each file, in the order of the
//! gates, so that the one named first is nearest to the root.
//!
//! Pure, and bounded: no clock decides how far a comparison goes, archives are
//! inflated up to a limit, and no bytes whatever make it panic.

mod archives;
mod cause;
mod json;
mod members;
mod show;
mod text;

use std::collections::BTreeMap;

use serde::Serialize;

pub(crate) use cause::{Hint, hint_of, likely_cause};

/// How many archives inside archives are opened.
const DEPTH: u32 = 3;

/// How many bytes may be inflated for one path, both sides together.
const INFLATED: u64 = 256 << 20;

/// Bytes that are shown of each side of a binary difference.
const SHOWN_BYTES: usize = 16;

/// A path at which two runs differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct EntryDifference {
    /// The path, as the runs name it.
    pub path: String,
    /// The first difference there.
    pub difference: Difference,
}

/// The first difference of two files. Long values are cut to where they differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(crate) enum Difference {
    /// The right side has no such file.
    OnlyLeft,
    /// The left side has no such file.
    OnlyRight,
    Text {
        /// The first line that differs, from 1.
        line: usize,
        /// That line on the left; none where the left has ended. It has its line
        /// end only where that is what differs.
        left: Option<String>,
        /// That line on the right.
        right: Option<String>,
        /// A unified diff of at most 20 lines, everything invisible escaped.
        hunks: String,
        /// How many lines differ.
        differing_lines: usize,
        /// What it looks like.
        hint: Option<Hint>,
    },
    /// Both are JSON, and their values differ.
    Json {
        /// The first field that differs, such as `$.tests[3].name`.
        path: String,
        /// Its value on the left, or `(absent)`.
        left: String,
        /// Its value on the right, or `(absent)`.
        right: String,
        /// How many more fields differ.
        others: usize,
        /// What it looks like.
        hint: Option<Hint>,
    },
    /// Both are archives, and an entry differs.
    Archive {
        entry: String,
        inner: Box<Difference>,
        /// How many more differences the archives have.
        others: usize,
    },
    /// Both are archives of the same contents, packed differently.
    ArchiveMetadata {
        /// The entry's name; empty where it is the archive itself.
        entry: String,
        /// What differs: `mtime`, `mode`, `owner`, `order`, `compression`, …
        field: &'static str,
        left: String,
        right: String,
        /// How many more differences the archives have.
        others: usize,
    },
    /// Bytes that are none of these.
    Bytes {
        /// The first byte that differs, from 0.
        offset: usize,
        /// The bytes from there on the left, in hex.
        left_hex: String,
        /// The bytes from there on the right, in hex.
        right_hex: String,
        /// Length of the left file.
        left_len: usize,
        /// Length of the right file.
        right_len: usize,
    },
}

/// All paths at which the two sides differ: `T0` to `T8` and beyond by number,
/// what belongs to no gate after them, byte-sorted within.
///
/// A path that a side has twice is compared by occurrence.
#[must_use]
pub(crate) fn compare<L: AsRef<[u8]>, R: AsRef<[u8]>>(
    left: &[(String, L)],
    right: &[(String, R)],
) -> Vec<EntryDifference> {
    let mut paths: BTreeMap<MemberKey<'_>, Sides<'_>> = BTreeMap::new();
    for (key, bytes) in keyed(left) {
        paths.entry(key).or_default().0 = Some(bytes);
    }
    for (key, bytes) in keyed(right) {
        paths.entry(key).or_default().1 = Some(bytes);
    }
    paths
        .into_iter()
        .filter_map(|((_, path, _), sides)| {
            let difference = sided(path, sides, &mut Room::whole())?;
            Some(EntryDifference { path: path.to_owned(), difference })
        })
        .collect()
}

/// The content on each side, where there is one.
type Sides<'a> = (Option<&'a [u8]>, Option<&'a [u8]>);

/// The gate's number, the path, and which occurrence of it.
type MemberKey<'a> = (u64, &'a str, usize);

/// The files with what they are sorted by.
fn keyed<B: AsRef<[u8]>>(files: &[(String, B)]) -> impl Iterator<Item = (MemberKey<'_>, &[u8])> {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    files.iter().map(move |(path, bytes)| {
        let times = seen.entry(path).or_default();
        *times += 1;
        ((gate_number(path), path.as_str(), *times), bytes.as_ref())
    })
}

/// The number in `evidence/T<n>_…`; without one, after all that have one.
fn gate_number(path: &str) -> u64 {
    let number = || {
        let rest = path.strip_prefix("evidence/").unwrap_or(path).strip_prefix('T')?;
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = rest.split_at(digits);
        matches!(rest.bytes().next(), None | Some(b'_' | b'/' | b'.'))
            .then_some(number)?
            .parse()
            .ok()
    };
    number().unwrap_or(u64::MAX)
}

/// What is left to a comparison: levels of archives, and bytes to inflate.
struct Room {
    depth: u32,
    bytes: u64,
}

impl Room {
    fn whole() -> Self {
        Self { depth: DEPTH, bytes: INFLATED }
    }
}

/// The difference of two sides, each of which may be absent.
fn sided(name: &str, sides: Sides<'_>, room: &mut Room) -> Option<Difference> {
    match sides {
        (Some(left), Some(right)) => difference(name, left, right, room),
        (Some(_), None) => Some(Difference::OnlyLeft),
        (None, Some(_)) => Some(Difference::OnlyRight),
        (None, None) => None,
    }
}

/// The first difference of two contents.
fn difference(name: &str, left: &[u8], right: &[u8], room: &mut Room) -> Option<Difference> {
    if left == right {
        return None;
    }
    if let Some(found) = archives::difference(name, left, right, room) {
        return Some(found);
    }
    let (Some(left_text), Some(right_text)) = (as_text(left), as_text(right)) else {
        return Some(bytes(left, right));
    };
    let is_json = name
        .get(name.len().saturating_sub(5)..)
        .is_some_and(|end| end.eq_ignore_ascii_case(".json"));
    let found = is_json.then(|| json::difference(left_text, right_text)).flatten();
    Some(found.unwrap_or_else(|| text::difference(left_text, right_text)))
}

/// The bytes as text, where they are UTF-8 without NUL.
fn as_text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok().filter(|_| !bytes.contains(&0))
}

/// The first byte that differs, and what follows.
fn bytes(left: &[u8], right: &[u8]) -> Difference {
    let offset = show::common_prefix(left, right);
    let hex = |side: &[u8]| {
        let from = side.get(offset..).unwrap_or_default();
        from.iter().take(SHOWN_BYTES).map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    Difference::Bytes {
        offset,
        left_hex: hex(left),
        right_hex: hex(right),
        left_len: left.len(),
        right_len: right.len(),
    }
}

impl Difference {
    /// Where it is, in few words: `line 3`.
    #[must_use]
    pub(crate) fn place(&self) -> String {
        match self {
            Self::OnlyLeft | Self::OnlyRight => String::new(),
            Self::Text { line, .. } => format!("line {line}"),
            Self::Json { path, .. } => show::escape(path),
            Self::Archive { entry, inner, .. } => {
                format!("entry `{}` {}", show::escape(entry), inner.place()).trim_end().to_owned()
            }
            Self::ArchiveMetadata { entry, field, .. } => {
                format!("entry `{}` {field}", show::escape(entry))
            }
            Self::Bytes { offset, .. } => format!("byte {offset}"),
        }
    }

    /// One line for people. Values are cut at 60 characters, around the place
    /// where they differ, and control characters are escaped.
    #[must_use]
    pub(crate) fn summary(&self) -> String {
        self.shown(show::BRIEF)
    }

    /// The same, with all that is kept of the values.
    #[must_use]
    pub(crate) fn whole(&self) -> String {
        self.shown(show::KEPT)
    }

    fn shown(&self, most: usize) -> String {
        match self {
            Self::OnlyLeft => "only on the left".to_owned(),
            Self::OnlyRight => "only on the right".to_owned(),
            Self::Text { line, left, right, differing_lines, .. } => {
                let (left, right) = show::quoted(left.as_deref(), right.as_deref(), most);
                let more = show::more(differing_lines.saturating_sub(1), "line");
                format!("line {line}: {left} / {right}{more}")
            }
            Self::Json { path, left, right, others, .. } => {
                let (left, right) = show::brief(left, right, most);
                let path = show::escape(path);
                format!("{path}: {left} / {right}{}", show::more(*others, "field"))
            }
            Self::Archive { entry, inner, others } => {
                let more = show::more(*others, "difference");
                format!("entry `{}`: {}{more}", show::escape(entry), inner.shown(most))
            }
            Self::ArchiveMetadata { entry, field, left, right, others } => {
                let (left, right) = show::brief(left, right, most);
                let more = show::more(*others, "difference");
                let of = if entry.is_empty() {
                    "the archive".to_owned()
                } else {
                    format!("entry `{}`", show::escape(entry))
                };
                format!("{of}: {field} {left} / {right}{more}")
            }
            Self::Bytes { offset, left_hex, right_hex, left_len, right_len } => {
                let side =
                    |hex: &str| if hex.is_empty() { "(end)".to_owned() } else { hex.to_owned() };
                let (left, right) = (side(left_hex), side(right_hex));
                format!("byte {offset}: {left} / {right} ({left_len} and {right_len} bytes)")
            }
        }
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
