//! `evidence pack`: an archive of checked evidence, with its manifest.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use crate::gather::{Delivery, Subject};
use thrice_facts::files;
use thrice_facts::git::Commit;
use thrice_findings::{Code, Finding, Stop, Verdict, add_new, short, verdict};
use thrice_orr::evidence::archive;
use thrice_orr::evidence::archive::Entry;
use thrice_orr::evidence::manifest::{FileRecord, Manifest, sha256_hex, sha256sums};
use thrice_orr::layout::Output;
use thrice_report::Report;
use thrice_report::text::{counted, safe};

/// A pack of evidence.
pub(crate) struct Packed {
    bytes: Vec<u8>,
    /// The archive's SHA-256 in hexadecimal.
    pub(crate) digest: String,
    count: usize,
}

/// Packs the evidence of some subjects as a commit has it; none where it refuses, and
/// then the findings say why.
pub(crate) fn packed(
    delivery: &Delivery<'_>,
    (id, subjects): (&str, &[Subject]),
    head: &Commit,
    findings: &mut Vec<Finding>,
) -> anyhow::Result<Option<Packed>> {
    let tree = delivery.repository.tree(head)?;
    let has = |path: &str| {
        let below = format!("{}/", path.trim_end_matches('/'));
        tree.has(path) || tree.paths().any(|known| known.starts_with(below.as_bytes()))
    };
    let (mut entries, mut found) = (Vec::<Entry>::new(), Vec::new());
    for subject in subjects {
        let folder = delivery.evidence_at(subject, (head, &tree))?;
        let items = delivery.items(subject);
        let known = delivery.known(subject, &has);
        found.extend(thrice_documents::judge::judge(&folder, &items, &known));
        entries.extend(folder.files.into_iter().map(|(name, bytes)| Entry {
            path: format!("{}/{name}", folder.subject),
            executable: false,
            bytes,
        }));
    }
    if entries.is_empty() {
        let message = format!("{} has no evidence of {id}", short(&head.id));
        found.push(Finding::new(Code::EvidenceMissing, message).help("commit it first"));
    }
    let verdict = verdict(&found);
    add_new(findings, found);
    if verdict != Verdict::Pass {
        return Ok(None);
    }
    let count = entries.len();
    let records: Vec<FileRecord> = entries.iter().map(FileRecord::from).collect();
    let sums = sha256sums(&records);
    let manifest = Manifest::new(head.id.clone(), head.tree.clone(), records).to_json()?;
    let added = [("MANIFEST.json", manifest), ("SHA256SUMS", sums)];
    entries.extend(added.map(|(path, text)| Entry {
        path: path.to_owned(),
        executable: false,
        bytes: text.into_bytes(),
    }));
    match archive::write(&entries) {
        Ok(bytes) => Ok(Some(Packed { digest: sha256_hex(&bytes), bytes, count })),
        Err(problem) => {
            findings.push(Finding::new(Code::EvidenceName, problem.to_string()));
            Ok(None)
        }
    }
}

/// The digest of the evidence pack of something that has an id, as a commit has it; none where
/// it cannot be made, and then the findings say why.
pub(crate) fn digest(
    delivery: &Delivery<'_>,
    id: &str,
    commit: &Commit,
    findings: &mut Vec<Finding>,
) -> Result<Option<String>, Stop> {
    let packed = packed(delivery, (id, &delivery.subjects(id)?), commit, findings)?;
    Ok(packed.map(|packed| packed.digest))
}

/// Packs evidence.
#[derive(Debug, Args)]
pub struct Pack {
    /// A story, a wave, a cycle or a sprint.
    id: String,
    /// The archive. Default: `<programme>-<ID>-evidence-pack.zip` in the output folder.
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
}

impl Pack {
    pub(super) fn run(self, delivery: &Delivery<'_>) -> Result<Report, Stop> {
        let subjects = delivery.subjects(&self.id)?;
        let head = thrice_programme::world::head(delivery.repository)?;
        let mut findings = Vec::new();
        let packed = packed(delivery, (&self.id, &subjects), &head, &mut findings)?;
        let Some(Packed { bytes, digest, count }) = packed else {
            return Err(findings.into());
        };
        let programme = &delivery.policy.programme;
        let output = Output::of(delivery.repository, &delivery.policy);
        let path = match self.write {
            Some(path) => path,
            None => {
                output.prepare()?;
                output.folder().join(format!("{}-{}-evidence-pack.zip", programme.id, self.id))
            }
        };
        let there = files::read_if_there(&path)?;
        let shown = path.strip_prefix(delivery.repository.root()).unwrap_or(&path);
        let shown = shown.display().to_string();
        if there.is_some_and(|there| !there.starts_with(b"PK")) {
            let message = format!("{shown} is there, and is no archive");
            let help = "name another file, or move that one away";
            return Err(Finding::new(Code::UsageWrong, message).help(help).into());
        }
        files::write_whole(&path, &bytes)?;
        let mut report = Report::of(findings);
        report.body = format!(
            "{} written: {} of {}\nsha256:{digest}\n",
            safe(&shown),
            counted(count, "file"),
            short(&head.id)
        );
        report.data = json!({ "file": shown, "sha256": digest, "commit": head.id, "files": count });
        Ok(report)
    }
}
