//! The proof of a release: its tag, its entry in the ledger, the candidate behind it, and
//! what GitHub has of it, each held against what the tag claims.

use super::limits::{NOTES, is_shortened};
use super::message::{Message, Pin};
use super::published::{Release, Wanted, judge_assets, published};
use super::{Candidate, Standing, TagSignature, refused, short};
use thrice_findings::text::quoted;
use thrice_findings::{Code, Finding, Known, Verdict};
use thrice_programme::release::{Stage, Tagged};
use thrice_pull::judge::claims::Claim;

/// What the ledger of the default branch has of a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub id: String,
    /// The tag's object, where it says it.
    pub(crate) tag_object: Option<String>,
    pub sha: String,
    pub stage: String,
    /// Version, and the three digests: scorecard, evidence, pack.
    pub version: String,
    /// Digest of the scorecard.
    pub scorecard_sha256: String,
    /// Digest of the evidence.
    pub evidence_zip_sha256: String,
    /// Digest of the pack.
    pub(crate) pack_sha256: Option<String>,
    /// Why it does not count, where it does not.
    pub refused: Option<Finding>,
}

/// What the ledger of the default branch says beside that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RecordedReleases {
    /// The entry of this tag.
    pub entry: Option<Entry>,
    /// Where the ledger ended after as many entries as the tag pins, if it has so many.
    pub(crate) at_pin: Option<Pin>,
}

/// All that is known of a release.
#[derive(Debug)]
pub(crate) struct ProofFacts<'a> {
    pub name: &'a str,
    /// What the name says, where it says anything.
    pub(crate) tagged: Option<Tagged>,
    /// The id of the tag's object.
    pub object: &'a str,
    /// The commit that it peels to, and its tree.
    pub commit: (&'a str, &'a str),
    /// What its message says; none of a lightweight tag.
    pub message: Option<Result<Message, String>>,
    /// What the name in the tag's own object is.
    pub(crate) own_name: Option<&'a str>,
    /// Whether its signature is good; none where policy demands none.
    pub signed: TagSignature,
    /// The name of the default branch.
    pub default_branch: &'a str,
    /// What the commit is to it.
    pub standing: Known<Standing>,
    /// What the remote says of the tag: its object.
    pub(crate) on_remote: Known<String>,
    /// What the ledger has.
    pub recorded: Known<RecordedReleases>,
    /// The candidate, of a release.
    pub candidate: Option<Candidate>,
    /// What GitHub has; none where there is no GitHub.
    pub release: Option<Known<Release>>,
    /// The names of the files that it must have, by what they are; none where policy
    /// demands no files.
    pub files: Option<Files>,
}

/// The names of a release's files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Files {
    pub pack: String,
    pub scorecard: String,
    pub evidence: String,
}

/// Every claim of a release with its answer.
#[must_use]
pub(crate) fn check(facts: &ProofFacts<'_>) -> Vec<Claim> {
    let mut claims = vec![tag(facts), on_remote(facts)];
    if facts.signed != TagSignature::NotRequired {
        let findings: Vec<Finding> = facts.signed.refused().into_iter().cloned().collect();
        let seen = if findings.is_empty() { "it is" } else { "it is not" };
        claims.push(Claim::new("signature", "by an allowed key", seen, findings));
    }
    let message = match &facts.message {
        Some(Ok(message)) => message,
        Some(Err(_)) | None => return claims,
    };
    claims.push(said(facts, message));
    claims.push(on_branch(facts));
    claims.extend(recorded(facts, message));
    if message.stage == Stage::Ga {
        claims.push(behind(facts, message));
    }
    claims.extend(facts.release.as_ref().map(|release| on_github(facts, message, release)));
    claims
}

fn tag(facts: &ProofFacts<'_>) -> Claim {
    let (said, name) = ("annotated, by `release`", quoted(facts.name));
    let help = "only `cargo xtask release` makes tags that count";
    match &facts.message {
        None => {
            let message = format!("{name} is a lightweight tag of {}", short(facts.object));
            let finding = refused(Code::ReleaseTagLight, message, help);
            Claim::new("tag", said, "lightweight", vec![finding])
        }
        Some(Err(why)) => {
            let finding = refused(Code::ReleaseMessage, format!("{name}: {why}"), help);
            Claim::new("tag", said, "another message", vec![finding])
        }
        Some(Ok(_)) => Claim::new("tag", said, short(facts.object), Vec::new()),
    }
}

/// Whether a clone's tag is the remote's.
fn on_remote(facts: &ProofFacts<'_>) -> Claim {
    let said = short(facts.object);
    match &facts.on_remote {
        Known::Unseen(finding) => unseen("on the remote", said, finding),
        Known::Is(object) if object == facts.object => {
            Claim::new("on the remote", said, short(object), Vec::new())
        }
        Known::Is(object) => {
            let message =
                format!("{} is another tag on the remote: {}", quoted(facts.name), short(object));
            let finding = refused(Code::ReleaseMoved, message, "find out who moved it");
            Claim::new("on the remote", said, short(object), vec![finding])
        }
        Known::Absent => {
            let message = format!("{} is not on the remote", quoted(facts.name));
            let finding = refused(Code::ReleaseMoved, message, "find out who deleted it");
            Claim::new("on the remote", said, "not there", vec![finding])
        }
    }
}

/// What could not be looked at is open, whatever severity its reason has.
fn unseen(name: &str, said: &str, finding: &Finding) -> Claim {
    let answer = Verdict::NotEstablished;
    Claim { answer, ..Claim::new(name, said, "not asked", vec![finding.clone()]) }
}

/// Whether the message is of this tag and this commit: an RC and a GA on one commit, or
/// two releases on one, are told apart by it.
fn said(facts: &ProofFacts<'_>, message: &Message) -> Claim {
    let help = "don't trust this release; find out who made the tag";
    let mut findings = Vec::new();
    let mut differs = |what: &str, said: &str, is: &str| {
        if said != is {
            let message = format!("the tag says {what} {}, but it is {}", quoted(said), quoted(is));
            findings.push(refused(Code::ReleaseMessage, message, help));
        }
    };
    let (sha, tree) = facts.commit;
    differs("sha", &message.sha, sha);
    differs("tree", &message.tree, tree);
    differs("its name", facts.own_name.unwrap_or_default(), facts.name);
    match facts.tagged {
        Some(tagged) => {
            differs("version", &message.version, &tagged.to_string());
            differs("stage", message.stage.word(), tagged.stage.word());
        }
        None => {
            let text = format!("{} is not a release tag", quoted(facts.name));
            findings.push(refused(Code::ReleaseMessage, text, help));
        }
    }
    let said = format!("{} {}", message.stage.word(), message.version);
    Claim::new("message", said, format!("of {}", short(sha)), findings)
}

fn on_branch(facts: &ProofFacts<'_>) -> Claim {
    let (branch, said) = (facts.default_branch, short(facts.commit.0));
    let name = format!("on {branch}");
    match &facts.standing {
        Known::Unseen(finding) => unseen(&name, said, finding),
        Known::Is(Standing::On) => Claim::new(name, said, "it is", Vec::new()),
        Known::Is(Standing::Beside | Standing::Unknown) | Known::Absent => {
            let message = format!("{said} is not on {branch}");
            let finding = refused(Code::ReleaseCommit, message, "find out how it left the branch");
            Claim::new(name, said, "it is not", vec![finding])
        }
    }
}

fn recorded(facts: &ProofFacts<'_>, message: &Message) -> Vec<Claim> {
    let (said, pinned) = ("recorded, same digests", message.ledger.to_string());
    let recorded = match &facts.recorded {
        Known::Is(recorded) => recorded,
        Known::Unseen(finding) => {
            return vec![unseen("ledger", said, finding), unseen("ledger's pin", &pinned, finding)];
        }
        Known::Absent => &RecordedReleases { entry: None, at_pin: None },
    };
    vec![of_entry(facts, message, recorded), of_pin(message, recorded)]
}

fn of_entry(facts: &ProofFacts<'_>, message: &Message, recorded: &RecordedReleases) -> Claim {
    let (name, said) = ("ledger", "recorded, same digests");
    let branch = facts.default_branch;
    let Some(entry) = &recorded.entry else {
        let text = format!("the ledger of {branch} does not record {}", quoted(facts.name));
        let help = "merge the patch with the entry that `release` appended";
        return Claim::new(name, said, "no entry", vec![refused(Code::ReleaseEntry, text, help)]);
    };
    if let Some(finding) = &entry.refused {
        return Claim::new(name, said, "it does not count", vec![finding.clone()]);
    }
    let object = entry.tag_object.as_deref().unwrap_or(facts.object);
    let pack = entry.pack_sha256.as_deref().unwrap_or_default();
    let pairs = [
        ("tag", object, facts.object),
        ("commit", entry.sha.as_str(), facts.commit.0),
        ("stage", entry.stage.as_str(), message.stage.word()),
        ("version", entry.version.as_str(), &message.version),
        ("scorecard", entry.scorecard_sha256.as_str(), &message.scorecard_sha256),
        ("evidence", entry.evidence_zip_sha256.as_str(), &message.evidence_zip_sha256),
        ("pack", pack, &message.pack_sha256),
    ];
    let differing = pairs.iter().filter(|(_, entry, tag)| entry != tag);
    let findings: Vec<Finding> = differing
        .map(|(of, entry, tag)| {
            let (entry, tag) = (quoted(short(entry)), quoted(short(tag)));
            let text = format!("the ledger records the {of} {entry}, the tag says {tag}");
            refused(Code::ReleaseEntry, text, "find out which of the two is right")
        })
        .collect();
    Claim::new(name, said, entry.id.clone(), findings)
}

/// The ledger that the tag pins is the beginning of today's.
fn of_pin(message: &Message, recorded: &RecordedReleases) -> Claim {
    let noun = if message.ledger.entries == 1 { "entry" } else { "entries" };
    let said = format!("{} {noun}, then {}", message.ledger.entries, short(&message.ledger.root));
    if recorded.at_pin.as_ref() == Some(&message.ledger) {
        return Claim::new("ledger's pin", said, "so it begins", Vec::new());
    }
    let seen = match &recorded.at_pin {
        Some(pin) => format!("then {}", short(&pin.root)),
        None => "it is shorter".to_owned(),
    };
    let text = format!("the tag pins {said} of the ledger; {seen}");
    let finding = refused(Code::ReleasePin, text, "restore the ledger from before that");
    Claim::new("ledger's pin", said, seen, vec![finding])
}

fn behind(facts: &ProofFacts<'_>, message: &Message) -> Claim {
    let named = message.rc.as_deref().unwrap_or_default();
    let (name, said) = ("candidate", format!("{named}, same commit"));
    let help = "find out what was released; make a candidate of it first";
    let refuse = |seen: &str, text: String, code: Code| {
        Claim::new(name, said.clone(), seen, vec![refused(code, text, help)])
    };
    let Some(candidate) = &facts.candidate else {
        return refuse(
            "none",
            format!("there is no tag {}", quoted(named)),
            Code::ReleaseRcMissing,
        );
    };
    if candidate.commit != facts.commit.0 {
        let text = format!("{} is on {}", quoted(named), short(&candidate.commit));
        return refuse("another commit", text, Code::ReleaseRcMissing);
    }
    let rc = match &candidate.message {
        Some(Ok(rc)) => rc,
        Some(Err(why)) => {
            return refuse(
                "another message",
                format!("{}: {why}", quoted(named)),
                Code::ReleaseMessage,
            );
        }
        None => {
            let text = format!("{} is a lightweight tag", quoted(named));
            return refuse("lightweight", text, Code::ReleaseTagLight);
        }
    };
    let same_version = facts.tagged.is_some_and(|own| own.version == candidate.tagged.version);
    if rc.stage != Stage::Rc || !same_version || rc.version != candidate.tagged.to_string() {
        let text = format!("{} is no candidate of {}", quoted(named), message.version);
        return refuse("of another version", text, Code::ReleaseRcMissing);
    }
    if let Some(finding) = candidate.signed.refused() {
        return Claim::new(name, said, "its signature does not count", vec![finding.clone()]);
    }
    let same = rc.scorecard_sha256 == message.scorecard_sha256
        && rc.evidence_zip_sha256 == message.evidence_zip_sha256;
    if !same {
        let text = format!("{} stands on other evidence", quoted(named));
        return refuse("other evidence", text, Code::ReleaseDigest);
    }
    Claim::new(name, said, short(&candidate.commit), Vec::new())
}

fn on_github(facts: &ProofFacts<'_>, message: &Message, release: &Known<Release>) -> Claim {
    let (name, said) = ("GitHub", "immutable, same files");
    let release = match release {
        Known::Is(release) => release,
        Known::Unseen(finding) => return unseen(name, said, finding),
        Known::Absent => {
            let text = format!("GitHub has no published release of {}", quoted(facts.name));
            let help = "run the command that made the tag again: it resumes";
            let finding = refused(Code::ReleaseInTheWay, text, help);
            return Claim::new(name, said, "no release", vec![finding]);
        }
    };
    let mut findings = published(release, message.stage);
    if let Some(files) = &facts.files {
        let wanted = [
            (&files.pack, &message.pack_sha256),
            (&files.scorecard, &message.scorecard_sha256),
            (&files.evidence, &message.evidence_zip_sha256),
        ];
        let wanted =
            wanted.map(|(name, sha256)| Wanted { name: name.clone(), sha256: sha256.clone() });
        let mut wanted = wanted.to_vec();
        if is_shortened(release.body.as_deref().unwrap_or_default()) {
            // The tag says no digest of the notes; the pack, whose digest it says, has them too.
            let whole = release.assets.iter().find(|asset| asset.name == NOTES);
            let digest = whole.and_then(|asset| asset.digest.as_deref()?.strip_prefix("sha256:"));
            let sha256 = digest.unwrap_or_default().to_owned();
            wanted.push(Wanted { name: NOTES.to_owned(), sha256 });
        }
        let judged = judge_assets(release, &wanted);
        findings.extend(judged.missing.iter().map(|name| {
            let text = format!("the release has no file {}", quoted(name));
            refused(Code::ReleaseAsset, text, "take the next version: what is published stays")
        }));
        findings.extend(judged.findings);
    }
    Claim::new(name, said, format!("{} files", release.assets.len()), findings)
}
