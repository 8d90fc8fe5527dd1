use proptest::prelude::*;
use zip::write::SimpleFileOptions;

use super::*;
use crate::evidence::manifest::sha256_hex;

fn entry(path: &str, executable: bool, bytes: &[u8]) -> Entry {
    Entry { path: path.to_owned(), executable, bytes: bytes.to_vec() }
}

fn sample() -> Vec<Entry> {
    vec![
        entry("evidence/T4_tests/junit.xml", false, b"<testsuite/>\n"),
        entry("evidence/T10_last/run.sh", true, b"#!/bin/sh\n"),
        entry("evidence/T4_tests/gr\u{fc}n.txt", false, "grün\n".as_bytes()),
        entry("Z", false, b""),
    ]
}

/// Made with the zip crate itself, so that anything can be in it.
fn foreign(build: impl FnOnce(&mut ZipWriter<Cursor<Vec<u8>>>)) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    build(&mut writer);
    writer.finish().unwrap().into_inner()
}

fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut bytes = bytes.to_vec();
    for at in 0..=bytes.len() - from.len() {
        if bytes[at..].starts_with(from) {
            bytes[at..at + to.len()].copy_from_slice(to);
        }
    }
    bytes
}

#[test]
fn the_bytes_are_these_and_no_others() {
    let zip = write(&sample()).unwrap();
    assert_eq!(
        sha256_hex(&zip),
        "0b6ab78ae9a587bba2071d4dc2b13c0e83cd7196c867d93b26c7bf90832a11d1"
    );
}

#[test]
fn the_structure_is_what_the_documentation_promises() {
    let zip = write(&sample()).unwrap();
    let mut read = ZipArchive::new(Cursor::new(zip.as_slice())).unwrap();
    let mut names = Vec::new();
    for index in 0..read.len() {
        let file = read.by_index(index).unwrap();
        names.push(String::from_utf8(file.name_raw().to_vec()).unwrap());
        assert_eq!(file.compression(), CompressionMethod::Stored);
        assert_eq!(file.last_modified(), Some(DateTime::DEFAULT));
        assert_eq!(file.system(), System::Unix);
        assert_eq!(file.extra_data(), None);
    }
    let sorted = ["Z", "evidence/T10_last/run.sh", "evidence/T4_tests/grün.txt"];
    assert_eq!(names[..2], sorted[..2]);
    assert_eq!(names[2..], ["evidence/T4_tests/gr\u{fc}n.txt", "evidence/T4_tests/junit.xml"]);
}

#[test]
fn an_empty_archive_is_an_archive() {
    let zip = write(&[]).unwrap();
    assert_eq!(zip.len(), 22);
    assert_eq!(read(&zip, Limits::default()), Ok(vec![]));
}

#[test]
fn names_are_refused_when_writing() {
    let refused = |entries: &[Entry]| write(entries).unwrap_err().to_string();
    assert_eq!(
        refused(&[entry("a/../b", false, b"")]),
        "`a/../b` cannot be packed: it has a component `.` or `..`"
    );
    assert_eq!(
        refused(&[entry("a", false, b"1"), entry("a", false, b"2")]),
        "`a` cannot be packed: it is given twice"
    );
    assert_eq!(
        refused(&[entry("a", false, b""), entry("A", false, b"")]),
        "`A` cannot be packed: it collides with `a`: on a machine that ignores letter case, they are one"
    );
}

#[test]
fn hostile_names_links_and_folders_are_refused_when_reading() {
    let options = SimpleFileOptions::default();
    let read = |zip: &[u8]| read(zip, Limits::default()).unwrap_err().to_string();
    let leaving = foreign(|zip| zip.start_file("../../etc/passwd", options).unwrap());
    assert_eq!(
        read(&leaving),
        "`../../etc/passwd` cannot be packed: it has a component `.` or `..`"
    );
    let link = foreign(|zip| zip.add_symlink("a", "/etc/passwd", options).unwrap());
    assert_eq!(read(&link), "`a` is a symbolic link, not a plain file");
    let folder = foreign(|zip| zip.add_directory("a", options).unwrap());
    assert_eq!(read(&folder), "`a/` cannot be packed: it ends with a slash, as only a folder does");
    let cases = foreign(|zip| {
        zip.start_file("a", options).unwrap();
        zip.start_file("A", options).unwrap();
    });
    assert!(read(&cases).contains("collides"), "{}", read(&cases));
}

#[test]
fn a_name_given_twice_is_refused_when_reading() {
    let zip = write(&[entry("aa", false, b"1"), entry("bb", false, b"2")]).unwrap();
    let twice = replaced(&zip, b"bb", b"aa");
    let problem = read(&twice, Limits::default()).unwrap_err().to_string();
    assert!(problem.contains("duplicate"), "{problem}");
}

#[test]
fn local_headers_must_agree_with_the_directory() {
    let zip = write(&[entry("aa", false, b"1")]).unwrap();
    let mut other = zip.clone();
    other[30] = b'x';
    let problem = read(&other, Limits::default()).unwrap_err().to_string();
    assert!(problem.contains("header"), "{problem}");
}

#[test]
fn bombs_are_measured_not_asked() {
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    let bomb = foreign(|zip| {
        zip.start_file("zeros", options).unwrap();
        zip.write_all(&vec![0; 1 << 20]).unwrap();
    });
    assert!(bomb.len() < 4000);
    let limits = Limits { entries: 10, total_bytes: 1 << 30, entry_bytes: 1000 };
    let problem = read(&bomb, limits).unwrap_err();
    assert_eq!(problem, ArchiveProblem::TooLarge("`zeros` holds more than 1000 bytes".to_owned()));
    // the headers claim 10 bytes
    let lying = replaced(&bomb, &(1_u32 << 20).to_le_bytes(), &10_u32.to_le_bytes());
    assert!(read(&lying, limits).is_err());
    let many = write(&[entry("a", false, b"123"), entry("b", false, b"456")]).unwrap();
    let total = Limits { entries: 10, total_bytes: 5, entry_bytes: 5 };
    assert!(matches!(read(&many, total), Err(ArchiveProblem::TooLarge(_))));
    let few = Limits { entries: 1, ..Limits::default() };
    assert!(matches!(read(&many, few), Err(ArchiveProblem::TooLarge(_))));
}

#[test]
fn truncated_or_damaged_is_an_error_at_every_length() {
    let zip = write(&sample()).unwrap();
    for length in 0..zip.len() {
        assert!(read(&zip[..length], Limits::default()).is_err(), "{length}");
    }
    let damaged = replaced(&zip, b"<testsuite/>", b"<testsuitf/>");
    assert!(read(&damaged, Limits::default()).is_err());
}

fn entries() -> impl Strategy<Value = Vec<Entry>> {
    let content = proptest::collection::vec(any::<u8>(), 0..40);
    let map = proptest::collection::btree_map(
        "[a-c]{1,3}(/[a-cé]{1,3}){0,2}x",
        (any::<bool>(), content),
        0..8,
    );
    map.prop_map(|map| {
        let all =
            map.into_iter().map(|(path, (executable, bytes))| Entry { path, executable, bytes });
        all.collect()
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(entries in entries()) {
        let zip = write(&entries);
        prop_assume!(zip.is_ok());
        let back = read(&zip.unwrap(), Limits::default()).unwrap();
        prop_assert_eq!(back, entries);
    }

    #[test]
    fn the_order_of_the_entries_does_not_matter(entries in entries(), by in 0_usize..8) {
        let mut other = entries.clone();
        let by = by % entries.len().max(1);
        other.rotate_left(by);
        prop_assert_eq!(write(&entries), write(&other));
        other.reverse();
        prop_assert_eq!(write(&entries), write(&other));
    }

    #[test]
    fn reading_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200), at in 0_usize..900, to in any::<u8>()) {
        let _ = read(&bytes, Limits::default());
        let mut zip = write(&sample()).unwrap();
        let at = at % zip.len();
        zip[at] = to;
        let _ = read(&zip, Limits::default());
    }
}
