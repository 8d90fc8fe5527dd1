//! The canonical ZIP: the same files give the same bytes on every machine and
//! in every locale. And the reading of ZIPs that nobody vouches for.
//!
//! Entries are *stored*: compressors differ between versions, and some between
//! sizes of writing. Byte-sorted paths, 1980-01-01 00:00:00, no extra fields, no
//! comments, no data descriptors, zip64 only where needed, made by Unix, 0644 or
//! 0755; the UTF-8 flag exactly where a name is not ASCII.

use std::fmt;
use std::io::{Cursor, Read, Seek, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, System, ZipArchive, ZipWriter};

pub use super::names::check_name;
pub(crate) use super::names::{NameProblem, collisions};

/// From this size on an entry needs zip64.
const ZIP64_FROM: usize = 0xffff_ffff;

/// One file of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Path inside the archive, with `/`.
    pub path: String,
    /// Whether its owner may execute it.
    pub executable: bool,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// What an archive may hold at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Number of entries.
    pub entries: usize,
    /// Bytes of all entries, inflated.
    pub(crate) total_bytes: u64,
    /// Bytes of one entry, inflated.
    pub(crate) entry_bytes: u64,
}

impl Default for Limits {
    /// 100,000 entries, 1 GiB together, 256 MiB each.
    fn default() -> Self {
        Self { entries: 100_000, total_bytes: 1 << 30, entry_bytes: 256 << 20 }
    }
}

/// An archive that could not be written, or that may not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ArchiveProblem {
    /// A name that cannot be packed, or two that collide.
    Name(NameProblem),
    /// An entry that is not a plain file.
    NotAFile {
        /// Its path, escaped.
        path: String,
        /// What it is.
        what: &'static str,
    },
    /// More than the limits allow.
    TooLarge(String),
    /// Not a ZIP, truncated, or contradicting itself.
    Malformed(String),
}

impl fmt::Display for ArchiveProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(problem) => problem.fmt(f),
            Self::NotAFile { path, what } => write!(f, "`{path}` is {what}, not a plain file"),
            Self::TooLarge(why) => write!(f, "the archive is too large: {why}"),
            Self::Malformed(why) => write!(f, "the archive cannot be trusted: {why}"),
        }
    }
}

impl std::error::Error for ArchiveProblem {}

impl From<NameProblem> for ArchiveProblem {
    fn from(problem: NameProblem) -> Self {
        Self::Name(problem)
    }
}

impl From<zip::result::ZipError> for ArchiveProblem {
    fn from(error: zip::result::ZipError) -> Self {
        Self::Malformed(error.to_string())
    }
}

/// The canonical ZIP of these entries, whatever their order.
///
/// # Errors
/// A name that cannot be packed, or two that collide.
pub fn write(entries: &[Entry]) -> Result<Vec<u8>, ArchiveProblem> {
    write_to(entries, Cursor::new(Vec::new())).map(Cursor::into_inner)
}

/// Writes the canonical ZIP of these entries, whatever their order; gives `out` back.
///
/// # Errors
/// A name that cannot be packed, two that collide, or `out` cannot be written.
pub(crate) fn write_to<W: Write + Seek>(entries: &[Entry], out: W) -> Result<W, ArchiveProblem> {
    let mut sorted: Vec<&Entry> = entries.iter().collect();
    sorted.sort_by(|a, b| a.path.as_bytes().cmp(b.path.as_bytes()));
    check_names(sorted.iter().map(|entry| entry.path.as_str()))?;
    let mut writer = ZipWriter::new(out);
    for entry in sorted {
        writer.start_file(entry.path.as_str(), options(entry))?;
        writer.write_all(&entry.bytes).map_err(zip::result::ZipError::Io)?;
    }
    Ok(writer.finish()?)
}

/// How an entry is packed: everything is set, nothing left to a default of the crate.
fn options(entry: &Entry) -> SimpleFileOptions {
    SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::DEFAULT)
        .system(System::Unix)
        .unix_permissions(if entry.executable { 0o755 } else { 0o644 })
        .large_file(entry.bytes.len() >= ZIP64_FROM)
}

/// Each name by itself, then all together.
fn check_names<'a>(paths: impl Iterator<Item = &'a str> + Clone) -> Result<(), NameProblem> {
    for path in paths.clone() {
        check_name(path.as_bytes())?;
    }
    match collisions(paths).first() {
        Some((first, second)) => Err(NameProblem::collision(first, second)),
        None => Ok(()),
    }
}

/// The files of a ZIP from anywhere, in the order of its directory.
///
/// Nothing in it is believed: sizes are counted while inflating, checksums are
/// checked, local headers must say what the directory says. That the bytes are
/// canonical is another question: `write(&read(bytes)?)? == bytes`.
///
/// # Errors
/// A name that [`check_name`] refuses, a name twice or colliding, a folder, link
/// or device, an encrypted entry, overlapping entries, more than `limits`,
/// anything truncated or malformed.
pub fn read(bytes: &[u8], limits: Limits) -> Result<Vec<Entry>, ArchiveProblem> {
    let mut zip = ZipArchive::new(Cursor::new(bytes))?;
    if zip.len() > limits.entries {
        let why = format!("{} entries, where {} are allowed", zip.len(), limits.entries);
        return Err(ArchiveProblem::TooLarge(why));
    }
    zip.validate_header_consistency()?;
    let mut left = limits.total_bytes;
    let mut entries = Vec::new();
    for index in 0..zip.len() {
        let entry = read_entry(&mut zip, index, left.min(limits.entry_bytes))?;
        left = left.saturating_sub(entry.bytes.len() as u64);
        entries.push(entry);
    }
    check_names(entries.iter().map(|entry| entry.path.as_str()))?;
    Ok(entries)
}

/// One entry, of at most `most` bytes.
fn read_entry(
    zip: &mut ZipArchive<Cursor<&[u8]>>,
    index: usize,
    most: u64,
) -> Result<Entry, ArchiveProblem> {
    let file = zip.by_index(index)?;
    let path = check_name(file.name_raw())?.to_owned();
    let mode = file.unix_mode().unwrap_or(0o644);
    if let Some(what) = other_than_file(mode) {
        return Err(ArchiveProblem::NotAFile { path: path.escape_debug().to_string(), what });
    }
    let mut content = Vec::new();
    let mut bounded = file.take(most.saturating_add(1));
    bounded
        .read_to_end(&mut content)
        .map_err(|error| ArchiveProblem::Malformed(format!("`{path}`: {error}")))?;
    if content.len() as u64 > most {
        return Err(ArchiveProblem::TooLarge(format!("`{path}` holds more than {most} bytes")));
    }
    Ok(Entry { path, executable: mode & 0o100 != 0, bytes: content })
}

/// What a Unix mode says, where it is not a plain file.
fn other_than_file(mode: u32) -> Option<&'static str> {
    match mode & 0o170_000 {
        0 | 0o100_000 => None,
        0o040_000 => Some("a folder"),
        0o120_000 => Some("a symbolic link"),
        _ => Some("a device, pipe or socket"),
    }
}

#[cfg(test)]
mod tests;
