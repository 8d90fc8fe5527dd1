//! What runs leave: archives as the upload action writes them, and files of releases.

use std::io::{Cursor, Write};

use sha2::{Digest, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// How long an artifact is kept.
pub(crate) const KEPT: u64 = 90 * 24 * 3600 * 1000;

/// An artifact of a run.
#[derive(Clone, Debug)]
pub(crate) struct Artifact {
    /// Its id.
    pub(crate) id: u64,
    /// The run that it is of.
    pub(crate) run: u64,
    /// Its name.
    pub(crate) name: String,
    /// The archive.
    pub(crate) bytes: Vec<u8>,
    /// What its size is said to be.
    pub(crate) size: u64,
    /// What its digest is said to be.
    pub(crate) digest: Option<String>,
    /// Whether it is gone.
    pub(crate) expired: bool,
    /// When it was made.
    pub(crate) created: u64,
    /// The commit of its run.
    pub(crate) sha: String,
    /// The branch of its run.
    pub(crate) branch: String,
}

impl Artifact {
    /// Replaces its bytes, and says their size and digest.
    pub(crate) fn refill(&mut self, bytes: Vec<u8>) {
        self.size = bytes.len() as u64;
        self.digest = Some(format!("sha256:{}", sha256(&bytes)));
        self.bytes = bytes;
    }

    /// Replaces its content by these files, honestly packed.
    pub(crate) fn repack(&mut self, files: &[(String, Vec<u8>)]) {
        self.refill(packed(files, self.created));
    }
}

/// Lower-case hex of a digest.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A deflated archive whose entries have this time, so that two runs with equal files
/// leave archives with different bytes.
pub(crate) fn packed(files: &[(String, Vec<u8>)], time: u64) -> Vec<u8> {
    let minutes = time / 60_000;
    let part = |unit: u64, count: u64| u8::try_from(minutes / unit % count).unwrap_or_default();
    let day = 1 + part(24 * 60, 28);
    let time = DateTime::from_date_and_time(2026, 1, day, part(60, 24), part(1, 60), 0).unwrap();
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(time)
        .unix_permissions(0o644);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer.start_file(name.as_str(), options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}
