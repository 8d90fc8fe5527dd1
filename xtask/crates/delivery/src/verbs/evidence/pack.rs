//! `evidence pack`: an archive of checked evidence, with its manifest.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use crate::gather::{Delivery, Subject};
use crate::pages::pack::{Index, Packed as PackedFile, Part, index, is_index};
use thrice_documents::judge::{Folder, Item};
use thrice_facts::files;
use thrice_facts::git::Commit;
use thrice_findings::{Code, Finding, Stop, Verdict, add_new, short, verdict};
use thrice_ledger::decisions::Standing;
use thrice_ledger::decisions::entries::{GateResult, Sha256};
use thrice_orr::evidence::archive;
use thrice_orr::evidence::archive::Entry;
use thrice_orr::evidence::manifest::{FileRecord, Manifest, sha256_hex, sha256sums};
use thrice_orr::layout::Output;
use thrice_orr::leftovers::newest_of;
use thrice_programme::world::World;
use thrice_report::Report;
use thrice_report::program::as_called;
use thrice_report::text::{counted, safe};

/// A pack of evidence.
pub(crate) struct Packed {
    bytes: Vec<u8>,
    /// The archive's SHA-256 in hexadecimal.
    pub(crate) digest: String,
    parts: Vec<Part>,
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
    let (mut entries, mut parts, mut found) = (Vec::<Entry>::new(), Vec::new(), Vec::new());
    for subject in subjects {
        let folder = delivery.evidence_at(subject, (head, &tree))?;
        let items = delivery.items(subject);
        parts.push(part(delivery, (subject, &items), &folder));
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
        Ok(bytes) => Ok(Some(Packed { digest: sha256_hex(&bytes), bytes, parts })),
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
    pub(super) fn run(self, world: &World, delivery: &Delivery<'_>) -> Result<Report, Stop> {
        let subjects = delivery.subjects(&self.id)?;
        let head = thrice_programme::world::head(delivery.repository)?;
        let mut findings = Vec::new();
        let packed = packed(delivery, (&self.id, &subjects), &head, &mut findings)?;
        let Some(Packed { bytes, digest, parts }) = packed else {
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
        let listed = path.with_extension("md");
        let root = delivery.repository.root();
        let shown = |path: &Path| path.strip_prefix(root).unwrap_or(path).display().to_string();
        let is_archive = |bytes: &[u8]| bytes.starts_with(b"PK");
        let other = |path, is_kind: fn(&[u8]) -> bool| {
            files::read_if_there(path).map(|there| there.is_some_and(|there| !is_kind(&there)))
        };
        let noun = match (other(&path, is_archive)?, other(&listed, is_index)?) {
            (true, _) => Some((&path, "archive")),
            (_, true) => Some((&listed, "index of a pack")),
            _ => None,
        };
        if let Some((path, noun)) = noun {
            let message = format!("{} exists, and is something other than an {noun}", shown(path));
            let help = "name another file, or move that one away";
            return Err(Finding::new(Code::UsageWrong, message).help(help).into());
        }
        let index = index(&Index {
            id: &self.id,
            title: delivery.title_of(&self.id),
            programme: &programme.name,
            archive: (&path.file_name().unwrap_or_default().to_string_lossy(), &digest),
            commit: &head.id,
            review: newest_of(&output, &head.id)?.map(|(id, state)| (id, state.is_proven())),
            decided: decided(&delivery.recorded(world, &mut findings)?, &self.id),
            parts: &parts,
        });
        files::write_whole(&path, &bytes)?;
        files::write_whole(&listed, as_called(&index).as_bytes())?;
        let count = parts.iter().map(|part| part.files.len()).sum();
        let (file, listed) = (shown(&path), shown(&listed));
        let mut report = Report::of(findings);
        report.body = format!(
            "{} written: {} of {}\n{} written: what is in it\nsha256:{digest}\n",
            safe(&file),
            counted(count, "file"),
            short(&head.id),
            safe(&listed)
        );
        report.data = json!({
            "file": file, "index": listed, "sha256": digest, "commit": head.id, "files": count,
        });
        Ok(report)
    }
}

/// What the index of a pack says of something that has evidence.
fn part(delivery: &Delivery<'_>, (subject, items): (&Subject, &[Item]), folder: &Folder) -> Part {
    let shows = |name: &String| items.iter().find(|item| item.file == *name);
    let file = |(name, bytes): (&String, &Vec<u8>)| PackedFile {
        name: name.clone(),
        shows: shows(name).map(|item| item.title.clone()),
        sha256: sha256_hex(bytes),
    };
    let (title, owner) = match subject {
        Subject::Story(id) => (delivery.title(id), delivery.owner(id)),
        Subject::Gate(id) => (delivery.title_of(id), None),
    };
    Part {
        subject: folder.subject.clone(),
        title: title.to_owned(),
        owner: owner.map(str::to_owned),
        files: folder.files.iter().map(file).collect(),
    }
}

/// What the ledger says of the end of a wave, a sprint or a cycle: who decided what, and on
/// which digest.
fn decided(record: &Standing, id: &str) -> Option<(String, Option<String>)> {
    let gate = |decision: GateResult| match decision {
        GateResult::Pass => "passed",
        GateResult::Conditional => "passed on a condition",
        GateResult::Fail => "not passed",
    };
    let said = |word: &str, actor: &str, digest: &Option<Sha256>| {
        (format!("{word}, by {actor}"), digest.as_ref().map(|digest| digest.0.clone()))
    };
    let sprint = id.strip_prefix("sprint-").unwrap_or(id);
    let wave = record
        .gate(id)
        .map(|it| (gate(it.content.decision), &it.actor, &it.content.evidence_sha256));
    let sprint = record
        .sprint_gate(sprint)
        .map(|it| (gate(it.content.decision), &it.actor, &it.content.evidence_sha256));
    let cycle = record.closed_cycle(id).map(|it| {
        let word = if it.is_met() { "closed as met" } else { "closed as not met" };
        (word, &it.actor, &it.content.evidence_sha256)
    });
    wave.or(sprint).or(cycle).map(|(word, actor, digest)| said(word, actor, digest))
}
