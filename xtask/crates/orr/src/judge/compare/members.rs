//! What is in an archive: ZIP, tar or gzip, reported by its bytes and not by its name.

use std::borrow::Cow;
use std::io::{Cursor, Read};

use flate2::bufread::GzDecoder;
use flate2::read::MultiGzDecoder;
use zip::ZipArchive;

use super::Room;
use thrice_facts::files::file_name;

/// Facts about an entry or archive beside its content, by name.
pub(super) type MemberFacts = Vec<(&'static str, String)>;

/// The size that a compressor gave: follows from the content, so that it reports
/// something only where contents are equal.
pub(super) const PACKED_SIZE: &str = "packed-size";

pub(super) struct Member<'a> {
    pub(super) name: String,
    pub(super) facts: MemberFacts,
    pub(super) content: Cow<'a, [u8]>,
}

/// An archive's entries, in their order.
pub(super) struct Listing<'a> {
    pub(super) members: Vec<Member<'a>>,
    pub(super) facts: MemberFacts,
}

/// A kind of archive.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum ArchiveKind {
    Zip,
    Tar,
    Gzip,
}

impl ArchiveKind {
    /// By the first bytes.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
            Some(Self::Zip)
        } else if bytes.starts_with(b"\x1f\x8b\x08") {
            Some(Self::Gzip)
        } else if bytes.get(257..262) == Some(b"ustar") {
            Some(Self::Tar)
        } else {
            None
        }
    }

    /// What is in it; none where it is damaged or there is no room for it.
    pub(super) fn open<'a>(
        self,
        name: &str,
        bytes: &'a [u8],
        room: &mut Room,
    ) -> Option<Listing<'a>> {
        match self {
            Self::Zip => open_zip(bytes, room),
            Self::Tar => open_tar(bytes, room),
            Self::Gzip => open_gzip(name, bytes, room),
        }
    }
}

/// Reads all, as far as there is room.
fn read_bounded(reader: impl Read, room: &mut Room) -> Option<Vec<u8>> {
    let mut content = Vec::new();
    reader.take(room.bytes.saturating_add(1)).read_to_end(&mut content).ok()?;
    room.bytes = room.bytes.checked_sub(content.len() as u64)?;
    Some(content)
}

/// A name as text; escaped where it is not UTF-8.
fn text_of(name: &[u8]) -> String {
    std::str::from_utf8(name).map_or_else(|_| name.escape_ascii().to_string(), str::to_owned)
}

/// Seconds since 1970 as RFC 3339.
fn time_of(seconds: u64) -> String {
    let time = i64::try_from(seconds).ok().and_then(|s| jiff::Timestamp::from_second(s).ok());
    time.map_or_else(|| seconds.to_string(), |time| time.to_string())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn open_gzip<'a>(name: &str, bytes: &'a [u8], room: &mut Room) -> Option<Listing<'a>> {
    let decoder = GzDecoder::new(bytes);
    let header = decoder.header()?;
    let mtime = header.mtime();
    let facts = vec![
        ("mtime", if mtime == 0 { "none".to_owned() } else { time_of(u64::from(mtime)) }),
        ("name", header.filename().map_or_else(|| "none".to_owned(), text_of)),
        ("comment", header.comment().map_or_else(|| "none".to_owned(), text_of)),
        ("extra", header.extra().map_or_else(|| "none".to_owned(), hex)),
        ("system", header.operating_system().to_string()),
        ("compression", format!("xfl {}", bytes.get(8)?)),
        (PACKED_SIZE, bytes.len().to_string()),
    ];
    let content = read_bounded(MultiGzDecoder::new(bytes), room)?;
    let member = Member { name: without_gz(name), facts, content: Cow::Owned(content) };
    Some(Listing { members: vec![member], facts: Vec::new() })
}

/// What `gunzip` would call it.
fn without_gz(name: &str) -> String {
    let base = file_name(name);
    if let Some(stem) = base.strip_suffix(".tgz") {
        format!("{stem}.tar")
    } else {
        base.strip_suffix(".gz").unwrap_or("content").to_owned()
    }
}

fn open_tar<'a>(bytes: &'a [u8], room: &mut Room) -> Option<Listing<'a>> {
    let mut archive = tar::Archive::new(Cursor::new(bytes));
    let mut members = Vec::new();
    for entry in archive.entries().ok()? {
        let mut entry = entry.ok()?;
        let name = text_of(&entry.path_bytes());
        let facts = tar_facts(&mut entry)?;
        let content = if entry.header().entry_type().is_gnu_sparse() {
            Cow::Owned(read_bounded(&mut entry, room)?)
        } else {
            let start = usize::try_from(entry.raw_file_position()).ok()?;
            let end = start.checked_add(usize::try_from(entry.size()).ok()?)?;
            Cow::Borrowed(bytes.get(start..end)?)
        };
        members.push(Member { name, facts, content });
    }
    Some(Listing { members, facts: Vec::new() })
}

/// A tar entry's facts, by the fields of its header and its pax records.
fn tar_facts(entry: &mut tar::Entry<'_, Cursor<&[u8]>>) -> Option<MemberFacts> {
    let pax = pax_records(entry)?;
    let link = entry.link_name_bytes().map(|link| text_of(&link)).unwrap_or_default();
    let header = entry.header();
    let number = |value: std::io::Result<u64>| value.map_or("?".to_owned(), |n| n.to_string());
    let word = |value: Option<&[u8]>| value.map(text_of).unwrap_or_default();
    let owner = format!(
        "{}/{} {}/{}",
        number(header.uid()),
        number(header.gid()),
        word(header.username_bytes()),
        word(header.groupname_bytes())
    );
    Some(vec![
        ("type", char::from(header.entry_type().as_byte()).escape_default().to_string()),
        ("mtime", header.mtime().map_or("?".to_owned(), time_of)),
        ("mode", header.mode().map_or("?".to_owned(), |mode| format!("{mode:04o}"))),
        ("owner", owner),
        ("link", link),
        ("pax", pax),
    ])
}

/// An entry's pax records, one after the other.
fn pax_records(entry: &mut tar::Entry<'_, Cursor<&[u8]>>) -> Option<String> {
    let mut records = Vec::new();
    if let Some(extensions) = entry.pax_extensions().ok()? {
        for extension in extensions {
            let extension = extension.ok()?;
            let (key, value) = (extension.key_bytes(), extension.value_bytes());
            records.push(format!("{}={}", text_of(key), text_of(value)));
        }
    }
    Some(records.join(" "))
}

fn open_zip<'a>(bytes: &'a [u8], room: &mut Room) -> Option<Listing<'a>> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).ok()?;
    let facts = vec![("comment", text_of(archive.comment()))];
    let mut members = Vec::new();
    for index in 0..archive.len() {
        let file = archive.by_index(index).ok()?;
        let name = text_of(file.name_raw());
        let extra = file.extra_data().unwrap_or_default();
        let stamp = zip_stamp(&extra).map(time_of);
        let mtime = stamp.or_else(|| file.last_modified().map(|time| time.to_string()));
        let mode = file.unix_mode().map_or("none".to_owned(), |mode| format!("{mode:04o}"));
        let facts = vec![
            ("mtime", mtime.unwrap_or_default()),
            ("mode", mode),
            ("system", format!("{:?}", file.system())),
            ("compression", file.compression().to_string()),
            (PACKED_SIZE, file.compressed_size().to_string()),
            ("extra", hex(&extra)),
            ("comment", file.comment().to_owned()),
        ];
        let content = Cow::Owned(read_bounded(file, room)?);
        members.push(Member { name, facts, content });
    }
    Some(Listing { members, facts })
}

/// The time of modification in the "UT" extra field, which has no time zone.
fn zip_stamp(extra: &[u8]) -> Option<u64> {
    let mut rest = extra;
    while let [a, b, c, d, tail @ ..] = rest {
        let size = usize::from(u16::from_le_bytes([*c, *d]));
        let data = tail.get(..size)?;
        if let ([0x55, 0x54], [flags, w, x, y, z, ..]) = ([*a, *b], data)
            && flags & 1 == 1
        {
            return Some(u64::from(u32::from_le_bytes([*w, *x, *y, *z])));
        }
        rest = tail.get(size..)?;
    }
    None
}
