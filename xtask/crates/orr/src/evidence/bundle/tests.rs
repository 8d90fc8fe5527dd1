use std::io::Write;

use proptest::prelude::*;
use zip::write::SimpleFileOptions;

use super::*;

fn plain(path: &str, bytes: &[u8]) -> Entry {
    Entry { path: path.to_owned(), executable: false, bytes: bytes.to_vec() }
}

/// What a run packs: the canonical archive's files, then the parts around it.
struct Parts {
    inner: Vec<Entry>,
    outer: Vec<Entry>,
}

fn parts() -> Parts {
    let evidence = plain("evidence/T0_rules/rules.json", b"{}\n");
    let scorecard = plain("scorecards/s7.json", b"{\"verdict\": \"pass\"}\n");
    let files = [&evidence, &scorecard].map(FileRecord::from);
    let manifest = Manifest::new("c0", "7e", files.to_vec()).to_json().unwrap();
    let manifest = plain("MANIFEST.json", manifest.as_bytes());
    let listed = [&evidence, &manifest, &scorecard].map(FileRecord::from);
    let sums = plain("SHA256SUMS", sha256sums(&listed).as_bytes());
    let inner = vec![manifest.clone(), sums.clone(), evidence, scorecard.clone()];
    let statement = plain("s7-test-result.intoto.json", b"{}\n");
    Parts { inner, outer: vec![scorecard, manifest, sums, statement] }
}

impl Parts {
    fn inner(&mut self, path: &str) -> &mut Entry {
        self.inner.iter_mut().find(|entry| entry.path == path).unwrap()
    }

    fn bytes(mut self) -> Vec<u8> {
        let zip = archive::write(&self.inner).unwrap();
        self.outer.push(plain("s7-evidence.zip", &zip));
        archive::write(&self.outer).unwrap()
    }
}

fn code(bytes: &[u8]) -> Code {
    open("s7", bytes).unwrap_err().code
}

#[test]
fn what_a_run_packs_is_opened() {
    let bundle = open("s7", &parts().bytes()).unwrap();
    assert_eq!(bundle.entries.len(), 4);
    assert_eq!(bundle.scorecard, b"{\"verdict\": \"pass\"}\n");
    assert_eq!((bundle.listed.commit.as_str(), bundle.listed.tree.as_str()), ("c0", "7e"));
    assert_eq!(archive::write(&bundle.entries).unwrap(), bundle.zip);
    assert_eq!(bundle.statement, b"{}\n");
}

/// The server's uploader writes sizes behind the content and compresses.
#[test]
fn an_outer_archive_that_was_streamed_is_opened() {
    let Parts { inner, mut outer } = parts();
    outer.push(plain("s7-evidence.zip", &archive::write(&inner).unwrap()));
    let mut writer = zip::ZipWriter::new_stream(Vec::new());
    for entry in &outer {
        let options = SimpleFileOptions::default().unix_permissions(0o644);
        writer.start_file(entry.path.as_str(), options).unwrap();
        writer.write_all(&entry.bytes).unwrap();
    }
    let bytes = writer.finish().unwrap().into_inner();
    assert_eq!(open("s7", &bytes).unwrap().entries, {
        let mut sorted = inner;
        sorted.sort_by(|a, b| a.path.cmp(&b.path));
        sorted
    });
}

#[test]
fn a_part_that_is_missing_or_too_many_is_named() {
    for index in 0..4 {
        let mut parts = parts();
        let gone = parts.outer.remove(index);
        let finding = open("s7", &parts.bytes()).unwrap_err();
        assert_eq!(finding.code, Code::Cec40);
        assert!(finding.message.contains(&gone.path), "{}", finding.message);
    }
    let all = parts();
    assert_eq!(code(&archive::write(&all.outer).unwrap()), Code::Cec40);
    let mut more = parts();
    more.outer.push(plain("evil.sh", b""));
    assert_eq!(code(&more.bytes()), Code::ArtifactUnread);
    let mut lacking = parts();
    lacking.inner.retain(|entry| entry.path != "scorecards/s7.json");
    assert_eq!(code(&lacking.bytes()), Code::Cec40);
    assert_eq!(open("s8", &parts().bytes()).unwrap_err().code, Code::Cec40);
}

#[test]
fn parts_that_do_not_fit_each_other_are_refused() {
    let mut parts_of_other_runs = parts();
    parts_of_other_runs.outer[0].bytes = b"{\"verdict\": \"fail\"}\n".to_vec();
    assert_eq!(code(&parts_of_other_runs.bytes()), Code::EvidenceChanged);

    let mut changed = parts();
    changed.inner("evidence/T0_rules/rules.json").bytes = b"[]\n".to_vec();
    assert_eq!(code(&changed.bytes()), Code::EvidenceChanged);

    let mut unlisted = parts();
    unlisted.inner.push(plain("evidence/T0_rules/more.json", b""));
    assert_eq!(code(&unlisted.bytes()), Code::EvidenceChanged);

    let mut executable = parts();
    executable.inner("evidence/T0_rules/rules.json").executable = true;
    assert_eq!(code(&executable.bytes()), Code::EvidenceChanged);

    let mut both = parts();
    both.inner("SHA256SUMS").bytes = b"\n".to_vec();
    both.outer[2].bytes = b"\n".to_vec();
    assert_eq!(code(&both.bytes()), Code::EvidenceChanged);

    let mut unread = parts();
    unread.inner("MANIFEST.json").bytes = b"{".to_vec();
    unread.outer[1].bytes = b"{".to_vec();
    assert_eq!(code(&unread.bytes()), Code::ArtifactUnread);
}

#[test]
fn an_inner_archive_that_is_packed_otherwise_is_refused() {
    let Parts { inner, mut outer } = parts();
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for entry in &inner {
        writer.start_file(entry.path.as_str(), SimpleFileOptions::default()).unwrap();
        writer.write_all(&entry.bytes).unwrap();
    }
    outer.push(plain("s7-evidence.zip", &writer.finish().unwrap().into_inner()));
    assert_eq!(code(&archive::write(&outer).unwrap()), Code::EvidenceChanged);
    outer.pop();
    outer.push(plain("s7-evidence.zip", b"PK\x05\x06"));
    assert_eq!(code(&archive::write(&outer).unwrap()), Code::ArtifactUnread);
}

#[test]
fn what_is_unsafe_to_unpack_is_refused() {
    for path in ["../evil", "/evil", "a/../../evil", "evil\\x"] {
        let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        writer.start_file(path, SimpleFileOptions::default()).unwrap();
        let bytes = writer.finish().unwrap().into_inner();
        assert_eq!(code(&bytes), Code::ArtifactUnread, "{path}");
    }
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    writer.add_symlink("s7-evidence.zip", "/etc/passwd", SimpleFileOptions::default()).unwrap();
    assert_eq!(code(&writer.finish().unwrap().into_inner()), Code::ArtifactUnread);
    let whole = parts().bytes();
    assert_eq!(code(&whole[..whole.len() - 30]), Code::ArtifactUnread);
    assert_eq!(code(b""), Code::ArtifactUnread);
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(open("s7", &bytes).is_err());
    }

    /// Whatever byte is altered: either the content is as it was, or it is refused.
    #[test]
    fn an_altered_byte_changes_nothing_or_is_refused(at in any::<prop::sample::Index>(), bit in 0u32..8) {
        let whole = parts().bytes();
        let mut altered = whole.clone();
        altered[at.index(whole.len())] ^= 1u8 << bit;
        if let Ok(bundle) = open("s7", &altered) {
            prop_assert_eq!(bundle.zip, open("s7", &whole).unwrap().zip);
        }
    }
}
