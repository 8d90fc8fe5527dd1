//! The archive that a review leaves, as other programs read it.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::process::Command;

use super::artifacts::reviewed;
use crate::support::Ran;

#[test]
fn the_archive_holds_exactly_the_files() {
    let world = reviewed();
    let bytes = std::fs::read(world.path("out/demo-evidence.zip")).unwrap();
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut packed = BTreeMap::new();
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).unwrap();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        let mode = file.unix_mode().unwrap();
        assert!(packed.insert(file.name().unwrap().into_owned(), (mode & 0o777, bytes)).is_none());
    }
    let sums = world.read("out/SHA256SUMS");
    let mut listed: Vec<_> = sums.lines().map(|line| line[66..].to_owned()).collect();
    listed.push("SHA256SUMS".to_owned());
    listed.sort();
    assert_eq!(packed.keys().cloned().collect::<Vec<_>>(), listed);
    for (path, (mode, bytes)) in &packed {
        assert_eq!(*bytes, std::fs::read(world.path(format!("out/{path}"))).unwrap(), "{path}");
        let expected = if path.ends_with("/tool") { 0o755 } else { 0o644 };
        assert_eq!(*mode, expected, "{path}");
    }
}

/// Another unpacker agrees, and finds nothing that it has to warn of.
#[test]
fn pythons_zipfile_reads_the_archive() {
    let world = reviewed();
    let mut command: Command = world.command("python3");
    command.args(["-m", "zipfile", "--extract", "out/demo-evidence.zip", "../unpacked"]);
    let ran = Ran::from(command.output().unwrap());
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    let mut command = world.command("sha256sum");
    command.args(["--check", "--strict", "--quiet", "SHA256SUMS"]);
    command.current_dir(world.root().join("unpacked"));
    assert_eq!(Ran::from(command.output().unwrap()).status, 0);
}
