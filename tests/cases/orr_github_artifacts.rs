//! Artifacts of runs: taken by id, held against their own digest, unpacked safely.

use std::io::{Cursor, Write};
use std::sync::OnceLock;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::support::github::server::artifacts::Artifact;
use crate::support::github::{Action, Plan, State};
use crate::support::server_reviews::{
    Expected, Fixture, PASSES, Row, always, decided, says, stops,
};

const NAME: &str = "demo-orr-evidence";

/// All runs leave this instead.
fn tampered(state: &mut State, change: fn(&mut Vec<Artifact>)) {
    state.plan = Plan::lasting(2_000).tampered(change);
}

fn evidence(artifacts: &mut [Artifact]) -> &mut Artifact {
    artifacts.iter_mut().find(|artifact| artifact.name == NAME).unwrap()
}

/// The files of the artifact, changed and packed again, with the right digest.
fn refilled(artifacts: &mut [Artifact], change: impl FnOnce(&mut Vec<(String, Vec<u8>)>)) {
    repacked(evidence(artifacts), change);
}

/// The same of one artifact.
pub(super) fn repacked(artifact: &mut Artifact, change: impl FnOnce(&mut Vec<(String, Vec<u8>)>)) {
    let mut archive = zip::ZipArchive::new(Cursor::new(artifact.bytes.clone())).unwrap();
    let mut files = Vec::new();
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).unwrap();
        let mut bytes = Vec::new();
        std::io::copy(&mut file, &mut bytes).unwrap();
        files.push((String::from_utf8(file.name_raw().to_vec()).unwrap(), bytes));
    }
    change(&mut files);
    artifact.repack(&files);
}

fn one_entry(name: &str, mode: u32, bytes: &[u8]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .unix_permissions(mode);
    if mode & 0o170_000 == 0o120_000 {
        writer.add_symlink(name, std::str::from_utf8(bytes).unwrap(), options).unwrap();
    } else {
        writer.start_file(name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A ZIP whose one entry inflates to 700 MiB of zeros; packed once for all runs.
fn bomb() -> Vec<u8> {
    static PACKED: OnceLock<Vec<u8>> = OnceLock::new();
    PACKED.get_or_init(|| zeros(700 << 20)).clone()
}

/// A ZIP whose one entry inflates to this many bytes of zeros.
fn zeros(bytes: u64) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .large_file(true);
    writer.start_file("demo-evidence.zip", options).unwrap();
    std::io::copy(&mut std::io::Read::take(std::io::repeat(0), bytes), &mut writer).unwrap();
    writer.finish().unwrap().into_inner()
}

const UNREAD: Expected = decided(1, "artifact-unread");
const MISSING: Expected = decided(40, "CEC-40");

const WHICH: &[Row] = &[
    ("missing", |s| tampered(s, |all| all.retain(|artifact| artifact.name != NAME)), MISSING),
    ("expired", |s| tampered(s, |all| evidence(all).expired = true), MISSING),
    (
        "expired at the download",
        |s| s.faults.push(always("GET", "/zip", Action::Answer(says(410, "Gone")))),
        MISSING,
    ),
    (
        "of another digest",
        |s| tampered(s, |all| evidence(all).digest = Some(format!("sha256:{}", "0".repeat(64)))),
        decided(1, "artifact-digest"),
    ),
    (
        "without a digest",
        |s| tampered(s, |all| evidence(all).digest = None),
        decided(4, "server-silent"),
    ),
    (
        "two of the name",
        |s| {
            tampered(s, |all| {
                let mut copy = evidence(all).clone();
                copy.id += 1_000_000;
                all.push(copy);
            });
        },
        decided(1, "artifact-twice"),
    ),
    ("named `..`", |s| tampered(s, |all| evidence(all).name = "..".to_owned()), MISSING),
    (
        "one more, named `..`",
        |s| {
            tampered(s, |all| {
                let mut copy = evidence(all).clone();
                copy.id += 1_000_000;
                copy.name = "..".to_owned();
                all.push(copy);
            });
        },
        PASSES,
    ),
    ("said to be of 10 GB", |s| tampered(s, |all| evidence(all).size = 10_000_000_000), UNREAD),
    (
        "of another run",
        |s| tampered(s, |all| evidence(all).sha = "1".repeat(40)),
        decided(1, "run-mismatch"),
    ),
    (
        "cut off on its way, for ever",
        |s| s.faults.push(always("GET", "/zip", Action::Truncate(100))),
        PASSES,
    ),
    (
        "a server that fails, for ever",
        |s| s.faults.push(always("GET", "/zip", Action::Answer(says(500, "oh")))),
        stops("github-unreachable"),
    ),
];

#[test]
fn only_the_one_whole_artifact_of_a_run_counts() {
    let fixture = Fixture::new();
    fixture.each(WHICH);
    assert!(!fixture.world.root().join("demo-orr-evidence").exists());
}

const INSIDE: &[Row] = &[
    ("no archive", |s| tampered(s, |all| evidence(all).refill(b"raw bytes".to_vec())), UNREAD),
    ("nothing", |s| tampered(s, |all| evidence(all).refill(Vec::new())), UNREAD),
    (
        "a path that leaves",
        |s| tampered(s, |all| evidence(all).refill(one_entry("../../escaped", 0o100_644, b"x"))),
        UNREAD,
    ),
    (
        "an absolute path",
        |s| tampered(s, |all| evidence(all).refill(one_entry("/tmp/escaped", 0o100_644, b"x"))),
        UNREAD,
    ),
    (
        "a link",
        |s| {
            tampered(s, |all| {
                evidence(all).refill(one_entry("demo-evidence.zip", 0o120_777, b"/etc/passwd"))
            })
        },
        UNREAD,
    ),
    ("a bomb", |s| tampered(s, |all| evidence(all).refill(bomb())), UNREAD),
    (
        "an archive cut off",
        |s| {
            tampered(s, |all| {
                let half = evidence(all).bytes.len() / 2;
                let bytes = evidence(all).bytes[..half].to_vec();
                evidence(all).refill(bytes);
            });
        },
        UNREAD,
    ),
    (
        "a file too many",
        |s| tampered(s, |all| refilled(all, |files| files.push(("more".to_owned(), Vec::new())))),
        UNREAD,
    ),
    (
        "a file too few",
        |s| {
            tampered(s, |all| refilled(all, |files| files.retain(|(name, _)| name != "SHA256SUMS")))
        },
        MISSING,
    ),
    (
        "a scorecard outside that is not the one inside",
        |s| {
            tampered(s, |all| {
                refilled(all, |files| {
                    let card =
                        files.iter_mut().find(|(name, _)| name.ends_with("demo.json")).unwrap();
                    card.1.push(b'\n');
                });
            });
        },
        decided(1, "evidence-changed"),
    ),
    (
        "an inner archive with a byte more",
        |s| {
            tampered(s, |all| {
                refilled(all, |files| {
                    let zip = files.iter_mut().find(|(name, _)| name.ends_with(".zip")).unwrap();
                    zip.1.push(0);
                });
            });
        },
        decided(1, "evidence-changed"),
    ),
    (
        "a scorecard that claims a pass, of a run that failed",
        |s| s.plan = Plan::lasting(2_000).job("T4", "failure"),
        decided(20, "CEC-20"),
    ),
];

#[test]
fn what_is_inside_is_not_believed() {
    let fixture = Fixture::new();
    fixture.each(INSIDE);
    for escaped in [fixture.world.root().join("escaped"), "/tmp/escaped".into()] {
        assert!(!escaped.exists(), "{escaped:?}");
    }
}
