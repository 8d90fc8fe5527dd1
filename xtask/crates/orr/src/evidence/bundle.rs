//! What a run on the server uploads: an archive around the run's canonical archive, its
//! scorecard, manifest, sums and statement. Nothing in it is believed.

use super::archive::{self, ArchiveProblem, Entry, Limits};
use super::manifest::{FileRecord, Manifest, Mismatch, SCHEMA, sha256sums};
use crate::judge::server::MOST_BYTES;
use thrice_findings::{Code, Finding, display_bytes};

/// Names inside the canonical archive that its manifest does not list.
const UNLISTED: [&str; 2] = ["MANIFEST.json", "SHA256SUMS"];

/// The parts of an uploaded archive, each proven to fit the others.
#[derive(Clone, Debug)]
pub struct Bundle {
    /// The canonical archive.
    pub zip: Vec<u8>,
    /// The scorecard.
    pub scorecard: Vec<u8>,
    /// The manifest as bytes.
    pub manifest: Vec<u8>,
    /// The manifest as read.
    pub listed: Manifest,
    /// The sums.
    pub sums: Vec<u8>,
    /// The test-result statement.
    pub statement: Vec<u8>,
    /// The files of the canonical archive.
    pub entries: Vec<Entry>,
}

/// Opens what the run of the programme `id` uploaded.
///
/// # Errors
/// `artifact-unread` where an archive is unsafe, damaged or holds what does not belong
/// there; CEC-40 where a part is missing; `evidence-changed` where the parts do not fit
/// each other.
pub fn open(id: &str, bytes: &[u8]) -> Result<Bundle, Box<Finding>> {
    let limits = Limits { entries: 64, total_bytes: 2 * MOST_BYTES, entry_bytes: MOST_BYTES };
    let mut parts = archive::read(bytes, limits).map_err(|why| unread("the artifact", &why))?;
    let mut take = |name: String| take(&mut parts, &name);
    let zip = take(format!("{id}-evidence.zip"))?;
    let scorecard_name = format!("scorecards/{id}.json");
    let scorecard = take(scorecard_name.clone())?;
    let manifest = take("MANIFEST.json".to_owned())?;
    let sums = take("SHA256SUMS".to_owned())?;
    let statement = take(format!("{id}-test-result.intoto.json"))?;
    if let Some(other) = parts.first() {
        let message = format!("the artifact holds `{}`, which no run leaves there", other.path);
        return Err(Box::new(refused(message)));
    }
    let inner = format!("{id}-evidence.zip");
    let entries = archive::read(&zip, Limits::default())
        .map_err(|why| unread(&format!("`{inner}`"), &why))?;
    if archive::write(&entries).ok().as_ref() != Some(&zip) {
        let message = format!("`{inner}` is not packed as a run packs it");
        return Err(changed(message));
    }
    for (name, outside) in
        [(scorecard_name.as_str(), &scorecard), ("MANIFEST.json", &manifest), ("SHA256SUMS", &sums)]
    {
        match entries.iter().find(|entry| entry.path == name) {
            Some(entry) if entry.bytes == *outside => {}
            Some(_) => {
                return Err(changed(format!("`{name}` differs inside and outside of `{inner}`")));
            }
            None => return Err(missing(&format!("`{inner}` holds no `{name}`"))),
        }
    }
    let listed = read_manifest(&manifest)?;
    verify(&listed, &entries, &sums)?;
    Ok(Bundle { zip, scorecard, manifest, listed, sums, statement, entries })
}

/// Takes the part of that name out of the parts.
fn take(parts: &mut Vec<Entry>, name: &str) -> Result<Vec<u8>, Box<Finding>> {
    match parts.iter().position(|part| part.path == name) {
        Some(at) => Ok(parts.swap_remove(at).bytes),
        None => Err(missing(&format!("the artifact holds no `{name}`"))),
    }
}

fn read_manifest(bytes: &[u8]) -> Result<Manifest, Box<Finding>> {
    let refuse = |why: String| Box::new(refused(format!("`MANIFEST.json` cannot be read: {why}")));
    let manifest: Manifest =
        serde_json::from_slice(bytes).map_err(|error| refuse(error.to_string()))?;
    match manifest.schema == SCHEMA {
        true => Ok(manifest),
        false => Err(refuse(format!("it is not {SCHEMA}"))),
    }
}

/// Whether manifest and sums say exactly what is there.
fn verify(manifest: &Manifest, entries: &[Entry], sums: &[u8]) -> Result<(), Box<Finding>> {
    let listable: Vec<Entry> =
        entries.iter().filter(|entry| !UNLISTED.contains(&entry.path.as_str())).cloned().collect();
    if let Some(first) = manifest.verify_all(&listable).first() {
        return Err(changed(match first {
            Mismatch::Missing { path } => {
                format!("the manifest lists {}, which is gone", shown(path))
            }
            Mismatch::Unlisted { path } => format!("the manifest does not list {}", shown(path)),
            Mismatch::ListedTwice { path } => format!("the manifest lists {} twice", shown(path)),
            Mismatch::Differs { listed, .. } => {
                format!("{} is not what the manifest says", shown(&listed.path))
            }
        }));
    }
    let records: Vec<FileRecord> =
        entries.iter().filter(|entry| entry.path != "SHA256SUMS").map(FileRecord::from).collect();
    match sha256sums(&records).as_bytes() == sums {
        true => Ok(()),
        false => Err(changed("`SHA256SUMS` does not say what the files are".to_owned())),
    }
}

fn shown(path: &str) -> String {
    format!("`{}`", display_bytes(path.as_bytes()))
}

fn unread(what: &str, why: &ArchiveProblem) -> Box<Finding> {
    Box::new(refused(format!("{what} cannot be opened: {why}")))
}

fn refused(message: String) -> Finding {
    Finding::new(Code::ArtifactUnread, message)
        .help("make new runs with the workflow that `cargo xtask workflow generate` writes")
}

fn missing(message: &str) -> Box<Finding> {
    let help = "let the last job upload all that `gates run` packs: `cargo xtask workflow check`";
    Box::new(Finding::new(Code::Cec40, message).help(help))
}

fn changed(message: String) -> Box<Finding> {
    let help = "make new runs: `cargo xtask orr --on github`";
    Box::new(Finding::new(Code::EvidenceChanged, message).help(help))
}

#[cfg(test)]
mod tests;
