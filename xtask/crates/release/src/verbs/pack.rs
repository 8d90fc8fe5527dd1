//! The release pack: what a release stands on, as one archive whose bytes follow from it.

use crate::judge::Digests;
use crate::judge::trace::{Trace, matrix_csv, matrix_markdown, notes};
use thrice_facts::files::file_name;
use thrice_facts::git::Commit;
use thrice_orr::evidence::archive;
use thrice_orr::evidence::archive::Entry;
use thrice_orr::evidence::manifest::{FileRecord, Manifest, sha256sums};
use thrice_report::markdown::{code, codes};

/// What a pack is made of.
pub(super) struct PackContent<'a> {
    pub(super) commit: &'a Commit,
    pub(super) tag: &'a str,
    /// The title of the notes: programme and version.
    pub(super) title: &'a str,
    /// The release before it.
    pub(super) since: Option<&'a str>,
    /// Notes that somebody wrote.
    pub(super) own: Option<&'a str>,
    pub(super) trace: &'a Trace,
    pub(super) scorecard: &'a [u8],
    /// Its digest, and that of the evidence.
    pub(super) digests: &'a Digests,
    /// The ids of the review's runs on the server.
    pub(super) runs: &'a [String],
    /// The name of the evidence's archive.
    pub(super) evidence: &'a str,
    /// Reports: of what, path, bytes.
    pub(super) reports: &'a [(&'static str, String, Option<Vec<u8>>)],
}

pub(super) fn notes_of(content: &PackContent<'_>) -> String {
    let sha256 = |digest: &str| format!("SHA-256 {}", code(digest));
    let mut proof = vec![
        ("Commit", code(&content.commit.id)),
        ("Scorecard of the review", sha256(&content.digests.scorecard_sha256)),
        (
            "Evidence",
            format!("{}, {}", code(content.evidence), sha256(&content.digests.evidence_zip_sha256)),
        ),
    ];
    if !content.runs.is_empty() {
        proof.insert(1, ("Runs on the server", codes(content.runs)));
    }
    let verify = format!("thrice release verify {}", content.tag);
    proof.push(("Check all of it with", code(&verify)));
    notes(content.trace, content.title, (content.since, content.own), &proof)
}

pub(super) fn pack(content: &PackContent<'_>) -> anyhow::Result<Vec<u8>> {
    let plain =
        |path: &str, bytes: Vec<u8>| Entry { path: path.to_owned(), executable: false, bytes };
    let evidence =
        format!("{}  {}\n", content.digests.evidence_zip_sha256, content.evidence).into_bytes();
    let mut entries = vec![
        plain("scorecard.json", content.scorecard.to_vec()),
        plain("evidence.sha256", evidence),
        plain("RTM.md", matrix_markdown(content.trace, content.tag).into_bytes()),
        plain("RTM.csv", matrix_csv(content.trace, content.tag).into_bytes()),
        plain("NOTES.md", notes_of(content).into_bytes()),
    ];
    for (of, path, bytes) in content.reports {
        let name = file_name(path);
        entries.push(plain(&format!("reports/{of}/{name}"), bytes.clone().unwrap_or_default()));
    }
    let records: Vec<FileRecord> = entries.iter().map(FileRecord::from).collect();
    let manifest = Manifest::new(&content.commit.id, &content.commit.tree, records).to_json()?;
    entries.push(plain("MANIFEST.json", manifest.into_bytes()));
    let records: Vec<FileRecord> = entries.iter().map(FileRecord::from).collect();
    entries.push(plain("SHA256SUMS", sha256sums(&records).into_bytes()));
    Ok(archive::write(&entries)?)
}
