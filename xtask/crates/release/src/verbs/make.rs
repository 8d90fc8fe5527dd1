//! What a release is made of: its files, its message, its entry. It is decided once.

use std::path::PathBuf;

use serde_json::{Map, Value, json};

use super::gather::{ReleaseContext, empty_pin};
use super::journal::{Journal, Opened, ReleaseLine, SCHEMA};
use super::{pack, server};
use crate::judge::limits::refused_file;
use crate::judge::message::Message;
use crate::judge::published::Wanted;
use crate::judge::trace::Trace;
use crate::judge::{Digests, ReleaseFacts, approvals};
use thrice_facts::files;
use thrice_facts::git::Commit;
use thrice_findings::text::on_one_line;
use thrice_findings::{Code, Finding, Known, Stop, short};
use thrice_orr::evidence::manifest::sha256_hex;
use thrice_programme::Policy;
use thrice_programme::release::Stage;
use thrice_pull::judge::claims::Claim;
use thrice_report::text::safe;

/// All that a release is made of, once it is known.
pub(super) struct ReleaseParts {
    opened: Opened,
    /// File name to bytes.
    files: Vec<(String, Vec<u8>)>,
}

/// What a release is made of, put together.
pub(super) struct Making<'a> {
    pub(super) context: &'a ReleaseContext<'a>,
    pub(super) facts: &'a ReleaseFacts<'a>,
    pub(super) commit: &'a Commit,
    pub(super) policy: &'a Policy,
    pub(super) since: Option<&'a str>,
}

impl Making<'_> {
    pub(super) fn make(
        &self,
        trace: &Trace,
        reports: &[(&'static str, String, Option<Vec<u8>>)],
        reviewed: &server::Reviewed,
        own: Option<String>,
    ) -> Result<ReleaseParts, Stop> {
        let Some(digests) = &self.facts.digests else {
            let finding = Finding::new(Code::ReleaseDigest, "the digests of the runs are unknown");
            return Err(finding.help("review the commit again").into());
        };
        let id = &self.policy.programme.id;
        let (scorecard, evidence) = self.evidence(reviewed, digests)?;
        let (tag, version) = (self.facts.name(), self.facts.tagged.to_string());
        let programme = on_one_line(&self.policy.programme.name);
        let names = [
            format!("{id}-{version}-pack.zip"),
            format!("{id}-evidence.zip"),
            format!("{id}-scorecard.json"),
        ];
        let [pack_name, evidence_name, scorecard_name] = names.clone();
        let runs: Vec<String> = reviewed.runs.iter().map(|(_, run)| run.said.clone()).collect();
        let content = pack::PackContent {
            runs: &runs,
            commit: self.commit,
            tag: &tag,
            title: &format!("{programme} {version}"),
            since: self.since,
            own: own.as_deref(),
            trace,
            scorecard: &scorecard,
            digests,
            evidence: &evidence_name,
            reports,
        };
        let packed = pack::pack(&content)?;
        let notes = pack::notes_of(&content).into_bytes();
        let message = self.message(programme, &version, digests, sha256_hex(&packed), trace);
        let uploads =
            if self.context.base.rules.draft_assets { names.to_vec() } else { Vec::new() };
        let files = vec![
            (pack_name, packed),
            (evidence_name, evidence),
            (scorecard_name, scorecard),
            ("NOTES.md".to_owned(), notes),
        ];
        let refused = |(name, bytes): &(String, Vec<u8>)| refused_file(name, bytes.len());
        if let Some(finding) = files.iter().find_map(refused) {
            return Err(finding.into());
        }
        let opened = self.opened(tag, &message, &files, uploads, reviewed);
        Ok(ReleaseParts { opened, files })
    }

    fn evidence(
        &self,
        reviewed: &server::Reviewed,
        digests: &Digests,
    ) -> Result<server::Evidence, Stop> {
        if let Some(github) = self.context.github {
            return Ok(server::evidence(github, &reviewed.runs, digests)?);
        }
        let id = &self.policy.programme.id;
        let scorecard = files::read(&self.context.output.scorecard(id))?;
        let evidence = files::read(&self.context.output.archive(id))?;
        let same = sha256_hex(&scorecard) == digests.scorecard_sha256
            && sha256_hex(&evidence) == digests.evidence_zip_sha256;
        if !same {
            let finding = Finding::new(Code::ReleaseDigest, "the evidence changed meanwhile");
            return Err(finding.help("review the commit again").into());
        }
        Ok((scorecard, evidence))
    }

    fn message(
        &self,
        programme: String,
        version: &str,
        digests: &Digests,
        pack_sha256: String,
        trace: &Trace,
    ) -> Message {
        let ledger = match self.facts.ledger {
            Known::Is(ledger) => ledger.pin.clone(),
            Known::Absent | Known::Unseen(_) => empty_pin(),
        };
        Message {
            programme,
            version: version.to_owned(),
            sha: self.commit.id.clone(),
            tree: self.commit.tree.clone(),
            stage: self.facts.stage(),
            rc: self.facts.candidate.as_ref().map(|candidate| candidate.name.clone()),
            scorecard_sha256: digests.scorecard_sha256.clone(),
            evidence_zip_sha256: digests.evidence_zip_sha256.clone(),
            pack_sha256,
            ledger,
            stories: trace.stories.keys().cloned().collect(),
        }
    }

    fn opened(
        &self,
        tag: String,
        message: &Message,
        files: &[(String, Vec<u8>)],
        uploads: Vec<String>,
        reviewed: &server::Reviewed,
    ) -> Opened {
        let version = self.facts.tagged.version;
        let newest = match self.facts.tags {
            Known::Is(tags) => tags.of(Stage::Ga).map(|(tagged, _)| tagged.version).max(),
            Known::Absent | Known::Unseen(_) => None,
        };
        let mut entry = Map::new();
        let mut say = |key: &str, value: Value| entry.insert(key.to_owned(), value);
        say("stage", json!(message.stage.word()));
        say("tag", json!(tag));
        say("version", json!(message.version));
        say("sha", json!(message.sha));
        message.rc.as_ref().map(|rc| say("rc", json!(rc)));
        say("line", json!(format!("{}.{}", version.major, version.minor)));
        let runs: Vec<&str> = reviewed.runs.iter().map(|(_, run)| run.said.as_str()).collect();
        say("run_ids", json!(runs));
        say("scorecard_sha256", json!(message.scorecard_sha256));
        say("evidence_zip_sha256", json!(message.evidence_zip_sha256));
        say("pack_sha256", json!(message.pack_sha256));
        say("stories", json!(message.stories));
        say("approvals", json!(approvals::given(self.facts)));
        let wanted = files
            .iter()
            .map(|(name, bytes)| Wanted { name: name.clone(), sha256: sha256_hex(bytes) });
        Opened {
            schema: SCHEMA.to_owned(),
            tag,
            stage: message.stage,
            version: message.version.clone(),
            sha: message.sha.clone(),
            github: self.context.github.is_some(),
            message: message.text(),
            seconds: self.facts.now.as_second(),
            sign: self.context.base.rules.sign,
            files: wanted.collect(),
            uploads,
            latest: message.stage == Stage::Ga && newest.is_none_or(|newest| newest <= version),
            entry,
        }
    }
}

/// The review on which a release was begun.
pub(super) fn begun_on(opened: &Opened) -> server::Reviewed {
    let said = format!("3 runs of {}", short(&opened.sha));
    let (claim, digests) = match Message::read(&opened.message) {
        Ok(message) => {
            let Message { scorecard_sha256, evidence_zip_sha256, .. } = message;
            let claim = Claim::new("review", said, "proven when it started", Vec::new());
            (claim, Some(Digests { scorecard_sha256, evidence_zip_sha256 }))
        }
        Err(why) => {
            let message = format!("the journal of {} was edited: {why}", safe(&opened.tag));
            let help = "where nothing is on the remote yet, move its folder away";
            let finding = Finding::new(Code::ReleaseJournal, message).help(help);
            (Claim::new("review", said, "unread", vec![finding]), None)
        }
    };
    server::Reviewed { claims: vec![claim], digests, runs: Vec::new() }
}

/// Writes the files of a release, and only then that it was begun.
pub(super) fn begin(folder: PathBuf, made: ReleaseParts) -> anyhow::Result<Journal> {
    files::make_folder(&folder)?;
    for (name, bytes) in &made.files {
        files::write_durable(&folder.join(name), bytes)?;
    }
    let mut journal = Journal::read(folder)?;
    journal.write(ReleaseLine::Opened(Box::new(made.opened)))?;
    Ok(journal)
}
