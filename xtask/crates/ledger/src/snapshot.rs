//! A snapshot of a ledger's beginning: its segments that this clone has read and checked, and the
//! state of the chain after them. The next command reads the segments after them.
//!
//! It is a file in git's own folder, checked by its digest and by the ids of the segments' blobs.
//! One that is damaged, of another ledger or of a program with other rules counts as none. It has
//! no words of an entry: those are read from git's objects, and hashed.

use std::path::PathBuf;

use super::chain::State;
use super::digest::Digest;
use super::form::is_time;
use super::line::EntryLine;
use super::segments::LINES;
use thrice_facts::files;
use thrice_facts::git::Repository;
use thrice_programme::Kind;

/// The file in git's own folder.
const FILE: &str = "thrice-ledger.snapshot";
/// By how many segments a ledger is longer than its snapshot before a new one is written.
pub(crate) const WORTH: usize = 4;
/// How many bytes the digest at the end has.
const DIGEST: usize = 32;
/// How many bytes a print of an id has.
const PRINT: usize = 8;

/// What decides whether a line holds: a snapshot by other rules counts as none.
const RULES: [&str; 12] = [
    env!("CARGO_PKG_VERSION"),
    include_str!("canonical.rs"),
    include_str!("chain.rs"),
    include_str!("decisions/entries.rs"),
    include_str!("decisions/words.rs"),
    include_str!("digest.rs"),
    include_str!("form.rs"),
    include_str!("kinds.rs"),
    include_str!("line.rs"),
    include_str!("scan.rs"),
    include_str!("segments.rs"),
    include_str!("snapshot.rs"),
];

/// What a look at a line showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    /// None where it can't be read.
    pub(crate) kind: Option<Kind>,
    pub(crate) is_signed: bool,
}

impl Mark {
    /// The mark of a line that was read.
    pub(crate) fn of(line: Option<&EntryLine<'_>>) -> Self {
        let is_signed = line.is_some_and(|line| line.signature.is_some());
        Self { kind: line.map(|line| line.kind), is_signed }
    }

    fn byte(self) -> Option<u8> {
        let at = Kind::ALL.into_iter().position(|kind| Some(kind) == self.kind)?;
        Some(u8::try_from(at).ok()? << 1 | u8::from(self.is_signed))
    }

    fn from_byte(byte: u8) -> Option<Self> {
        let kind = Kind::ALL.get(usize::from(byte >> 1))?;
        Some(Self { kind: Some(*kind), is_signed: byte & 1 == 1 })
    }
}

/// The beginning of a ledger: full segments that hold, and where the chain is after them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Snapshot {
    /// Each segment's blob, and the marks of its lines.
    pub(crate) segments: Vec<(String, Vec<Mark>)>,
    pub(crate) state: State,
}

impl Snapshot {
    /// The snapshot of this clone, where it has one of these segments' beginning.
    pub(crate) fn load(repository: &Repository, blobs: &[String]) -> Option<Self> {
        if blobs.len() <= WORTH {
            return None;
        }
        let path = path(repository)?;
        // Nothing else is opened: reading a pipe could wait forever.
        path.symlink_metadata().ok().filter(std::fs::Metadata::is_file)?;
        let most = blobs.len() * (LINES * (1 + PRINT) + 2 * DIGEST + 1) + 1024;
        let snapshot = Self::read(&files::read_named(&path, most).ok()?)?;
        // The last segment grows: it is read each time.
        let is_begun = snapshot.segments.len() < blobs.len()
            && snapshot.segments.iter().zip(blobs).all(|((own, _), blob)| own == blob);
        is_begun.then_some(snapshot)
    }

    /// Keeps it for the next command. It is no loss where it can't be written.
    pub(crate) fn save(&self, repository: &Repository) {
        if let (Some(path), Some(bytes)) = (path(repository), self.bytes()) {
            let _ = files::write_whole(&path, &bytes);
        }
    }

    /// What the file has: lines of the head, a byte a line of the ledger, the prints of their ids,
    /// and the digest of all of it. None where a segment isn't full, or a line can't be read.
    fn bytes(&self) -> Option<Vec<u8>> {
        let State { root, latest, ids } = &self.state;
        let mut bytes = format!("{}\n{root}\n{latest}\n{}\n", key(), self.segments.len());
        for (blob, _) in &self.segments {
            bytes.push_str(blob);
            bytes.push('\n');
        }
        let mut bytes = bytes.into_bytes();
        for (_, marks) in &self.segments {
            if marks.len() != LINES {
                return None;
            }
            for mark in marks {
                bytes.push(mark.byte()?);
            }
        }
        for id in ids {
            bytes.extend_from_slice(&id.to_le_bytes());
        }
        let digest = Digest::of(&[&bytes]);
        bytes.extend_from_slice(&digest.0);
        Some(bytes)
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (bytes, digest) = bytes.split_at_checked(bytes.len().checked_sub(DIGEST)?)?;
        if Digest::of(&[bytes]).0 != digest {
            return None;
        }
        let mut rest = bytes;
        let mut line = || {
            let end = rest.iter().position(|byte| *byte == b'\n')?;
            let line = std::str::from_utf8(rest.get(..end)?).ok()?;
            rest = rest.get(end + 1..)?;
            Some(line.to_owned())
        };
        let of = line()?;
        let (root, latest, count) = (line()?, line()?, line()?);
        if of != key() || Digest::from_hex(&root).is_none() || !is_time(&latest) {
            return None;
        }
        let count: usize = count.parse().ok()?;
        let blobs: Vec<String> = (0..count).map_while(|_| line()).collect();
        let lines = count.checked_mul(LINES)?;
        if blobs.len() != count || rest.len() != lines.checked_mul(1 + PRINT)? {
            return None;
        }
        let (marks, ids) = rest.split_at_checked(lines)?;
        let marks: Option<Vec<Mark>> = marks.iter().map(|byte| Mark::from_byte(*byte)).collect();
        let marks = marks?;
        let segments = blobs.into_iter().zip(marks.chunks(LINES).map(<[Mark]>::to_vec)).collect();
        let ids: Vec<u64> = ids.as_chunks().0.iter().map(|id| u64::from_le_bytes(*id)).collect();
        Some(Self { segments, state: State { root, latest, ids } })
            .filter(|it| it.state.is_sorted())
    }
}

fn path(repository: &Repository) -> Option<PathBuf> {
    Some(repository.git_folder().ok()?.join(FILE))
}

/// By which rules a snapshot was made.
fn key() -> String {
    Digest::of(&RULES).to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn snapshot() -> impl Strategy<Value = Snapshot> {
        let mark = (prop::sample::select(Kind::ALL.to_vec()), any::<bool>());
        let marks = prop::collection::vec(mark, 3).prop_map(|few| {
            let of = |(kind, is_signed)| Mark { kind: Some(kind), is_signed };
            few.into_iter().map(of).cycle().take(LINES).collect::<Vec<Mark>>()
        });
        prop::collection::vec(("[0-9a-f]{40}", marks), 0..3).prop_map(|segments| {
            let mut ids: Vec<u64> =
                (0..(segments.len() * LINES) as u64).map(|it| it.wrapping_mul(7 << 55)).collect();
            ids.sort_unstable();
            let (root, latest) = ("a".repeat(64), "2026-03-01T00:00:00Z".to_owned());
            Snapshot { segments, state: State { root, latest, ids } }
        })
    }

    /// The same bytes with a digest that is theirs.
    fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
        let digest = Digest::of(&[&bytes]);
        bytes.extend_from_slice(&digest.0);
        bytes
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_and_nothing_that_differs_from_it(
            snapshot in snapshot(), at in any::<prop::sample::Index>(), with in 1..=255_u8,
        ) {
            let bytes = snapshot.bytes().unwrap();
            prop_assert_eq!(Snapshot::read(&bytes), Some(snapshot));
            let at = at.index(bytes.len());
            prop_assert_eq!(Snapshot::read(&bytes[..at]), None);
            prop_assert_eq!(Snapshot::read(&[&bytes[..], &[with]].concat()), None);
            let mut other = bytes;
            other[at] ^= with;
            prop_assert_eq!(Snapshot::read(&other), None);
        }

        #[test]
        fn any_bytes_are_read_as_none(
            bytes in prop::collection::vec(any::<u8>(), 0..200),
            lines in "[0-9\n]{0,40}",
        ) {
            prop_assert_eq!(Snapshot::read(&bytes), None);
            prop_assert_eq!(Snapshot::read(&sealed(bytes)), None);
            prop_assert_eq!(Snapshot::read(&sealed(format!("{}\n{lines}", key()).into())), None);
        }

        /// With a digest of its own, a snapshot of other rules or with parts that do not fit counts
        /// as none.
        #[test]
        fn parts_that_do_not_fit_are_read_as_none(snapshot in snapshot(), cut in 1..=9_usize) {
            let bytes = snapshot.bytes().unwrap();
            let body = &bytes[..bytes.len() - DIGEST];
            prop_assert_eq!(Snapshot::read(&sealed(body.to_vec())), Some(snapshot));
            prop_assert_eq!(Snapshot::read(&sealed(body[..body.len() - cut].to_vec())), None);
            prop_assert_eq!(Snapshot::read(&sealed([b"0", body].concat())), None);
        }
    }

    #[test]
    fn what_is_not_full_or_not_read_is_never_written() {
        let mark = Mark { kind: Some(Kind::Risk), is_signed: true };
        let state = State { root: "a".repeat(64), latest: String::new(), ids: Vec::new() };
        let of = |marks| Snapshot { segments: vec![("b".to_owned(), marks)], state: state.clone() };
        assert!(of(vec![mark; LINES]).bytes().is_some());
        assert!(of(vec![mark; LINES - 1]).bytes().is_none());
        assert!(of(vec![Mark { kind: None, ..mark }; LINES]).bytes().is_none());
    }
}
