//! `release verify`: nothing that a tag says is believed.

use clap::Args;
use jiff::Timestamp;
use serde_json::Value;

use super::base::Base;
use super::gather::{ReleaseContext, pin};
use super::tell;
use crate::judge::Candidate;
use crate::judge::message::Message;
use crate::judge::proof::{Entry, Files, ProofFacts, RecordedReleases, check};
use crate::judge::published::Release;
use crate::judge::tags::Tags;
use thrice_facts::git::Named;
use thrice_facts::github::{GitHub, Slug, encoded};
use thrice_facts::interrupt::Interrupt;
use thrice_findings::{Code, Finding, Known, Stop};
use thrice_ledger::signature::counts;
use thrice_programme::Kind;
use thrice_programme::release::Stage;
use thrice_programme::world::World;
use thrice_pull::judge::claims::{Claim, findings as findings_of};
use thrice_pull::verbs::pr::verify::seen;
use thrice_report::Report;
use thrice_report::text::safe;

/// Verifies a release; a bare clone is enough.
#[derive(Debug, Args)]
pub struct Verify {
    /// Tag of the candidate or release.
    #[arg(value_name = "TAG")]
    tag: String,
    /// Asks neither the remote nor GitHub; lists what stays unknown.
    #[arg(long)]
    offline: bool,
}

impl Verify {
    pub(super) fn run(self, world: &World) -> Result<Report, Stop> {
        let repository = world.repository_or_bare()?;
        let interrupt = Interrupt::listen()?;
        let base = if self.offline {
            Base::offline(world, &repository, &interrupt)?
        } else {
            Base::online(world, &repository, &interrupt)?
        };
        let context = ReleaseContext::of(world, &repository, &interrupt, &base);
        let claims = self.claims(&context)?;
        interrupt.heed()?;
        Ok(self.report(&claims))
    }

    fn report(&self, claims: &[Claim]) -> Report {
        let is_unasked =
            |claim: &&Claim| claim.findings.iter().any(|it| it.code == Code::ReleaseUnasked);
        let asked: Vec<Claim> = claims.iter().filter(|it| !is_unasked(it)).cloned().collect();
        let mut report = Report::of(findings_of(&asked));
        let unasked: Vec<&str> =
            claims.iter().filter(is_unasked).map(|claim| claim.name.as_str()).collect();
        if !unasked.is_empty() {
            let message = format!("not asked: {}", unasked.join(", "));
            let help = "run it again without `--offline`";
            report.findings.push(Finding::new(Code::ReleaseUnasked, message).help(help));
        }
        tell(&mut report, claims);
        report
    }

    fn unasked() -> Finding {
        Finding::new(Code::ReleaseUnasked, "you asked to stay offline")
    }

    /// Whether the remote is to be asked, and what it says of all tags.
    fn tags(&self, context: &ReleaseContext<'_>) -> anyhow::Result<Known<Tags>> {
        if self.offline {
            return Ok(Known::Unseen(Self::unasked()));
        }
        context.base.tags(context.repository)
    }

    /// The tag here, or brought in from the remote.
    fn tag(&self, context: &ReleaseContext<'_>, tags: &Known<Tags>) -> anyhow::Result<Named> {
        let here = context.repository.named(&format!("refs/tags/{}", self.tag))?;
        let Known::Is(tags) = tags else { return Ok(here) };
        match (here, tags.named(&self.tag)) {
            (Named::Absent, Some(tag)) => {
                match context.repository.fetch_tag(&self.tag, context.interrupt) {
                    Ok(()) => context.repository.named(&tag.object),
                    Err(_) => Ok(Named::Absent),
                }
            }
            (here, _) => Ok(here),
        }
    }

    fn claims(&self, context: &ReleaseContext<'_>) -> Result<Vec<Claim>, Stop> {
        let tags = self.tags(context)?;
        let (object, target, tag) = match self.tag(context, &tags)? {
            Named::Absent => {
                let message = format!("there is no tag `{}`", safe(&self.tag));
                let finding = Finding::new(Code::ReleaseAbsent, message)
                    .help("`git fetch --tags`; a branch or a commit is no release");
                return Err(finding.into());
            }
            Named::Other(id) => (id.clone(), id, None),
            Named::Tag(tag) => (tag.id.clone(), tag.target.clone(), Some(*tag)),
        };
        let commit = context.repository.commit(&target)?;
        let (sha, tree) = commit.map(|commit| (commit.id, commit.tree)).unwrap_or_default();
        let form = &context.base.rules.form;
        let message = tag.as_ref().map(|tag| Message::read(&tag.message));
        let stage = message.as_ref().and_then(|read| read.as_ref().ok()).map(|read| read.stage);
        let facts = ProofFacts {
            name: &self.tag,
            tagged: form.read(&self.tag),
            object: &object,
            commit: (&sha, &tree),
            own_name: tag.as_ref().map(|tag| tag.name.as_str()),
            signed: context.signed(&self.tag, tag.as_ref())?,
            default_branch: &context.base.name,
            standing: context.base.standing(context.repository, &sha)?,
            on_remote: match &tags {
                Known::Is(tags) => match tags.named(&self.tag) {
                    Some(tag) => Known::Is(tag.object.clone()),
                    None => Known::Absent,
                },
                Known::Absent => Known::Absent,
                Known::Unseen(finding) => Known::Unseen(finding.clone()),
            },
            recorded: recorded(context, &self.tag, message.as_ref()),
            candidate: match stage {
                Some(Stage::Ga) => candidate(context, &tags, message.as_ref())?,
                _ => None,
            },
            release: self.on_github(context)?,
            files: context.base.rules.draft_assets.then(|| files_of(context, message.as_ref())),
            message,
        };
        Ok(check(&facts))
    }

    /// What GitHub has, where the remote is GitHub.
    fn on_github(&self, context: &ReleaseContext<'_>) -> anyhow::Result<Option<Known<Release>>> {
        let named = std::env::var("GH_REPO").is_ok_and(|named| !named.is_empty());
        let url = context.repository.remote_url();
        let is_github = named || url.is_some_and(|url| Slug::of_remote(&url).is_some());
        if !is_github || context.base.policy.gates.ruleset.is_none() {
            return Ok(None);
        }
        if self.offline {
            return Ok(Some(Known::Unseen(Self::unasked())));
        }
        Ok(Some(match GitHub::of(context.repository, context.interrupt) {
            Err(finding) => Known::Unseen(*finding),
            Ok(github) => {
                let path = github.repo(&format!("releases/tags/{}", encoded(&self.tag)));
                seen(github.read(&path))
            }
        }))
    }
}

fn files_of(context: &ReleaseContext<'_>, message: Option<&Result<Message, String>>) -> Files {
    let id = &context.base.policy.programme.id;
    let version = message.and_then(|read| read.as_ref().ok()).map(|it| it.version.as_str());
    Files {
        pack: format!("{id}-{}-pack.zip", version.unwrap_or_default()),
        scorecard: format!("{id}-scorecard.json"),
        evidence: format!("{id}-evidence.zip"),
    }
}

/// The candidate that a release's message names: as the remote has it, or as it is here.
fn candidate(
    context: &ReleaseContext<'_>,
    tags: &Known<Tags>,
    message: Option<&Result<Message, String>>,
) -> anyhow::Result<Option<Candidate>> {
    let message = message.and_then(|read| read.as_ref().ok());
    let Some(name) = message.and_then(|message| message.rc.as_deref()) else { return Ok(None) };
    let Some(tagged) = context.base.rules.form.read(name) else { return Ok(None) };
    if let Known::Is(tags) = tags {
        return context.candidate(tags, tagged);
    }
    let named = context.repository.named(&format!("refs/tags/{name}"))?;
    let (commit, tag) = match named {
        Named::Absent => return Ok(None),
        Named::Other(id) => (id, None),
        Named::Tag(tag) => (tag.target.clone(), Some(tag)),
    };
    let seconds = tag.as_ref().and_then(|tag| tag.seconds);
    Ok(Some(Candidate {
        name: name.to_owned(),
        tagged,
        commit,
        signed: context.signed(name, tag.as_deref())?,
        message: tag.map(|tag| Message::read(&tag.message)),
        tagged_at: seconds.and_then(|seconds| Timestamp::from_second(seconds).ok()),
        published: None,
    }))
}

/// What the ledger says of a tag.
fn recorded(
    context: &ReleaseContext<'_>,
    tag: &str,
    message: Option<&Result<Message, String>>,
) -> Known<RecordedReleases> {
    let rules = &context.base.policy.ledger;
    let entries = match context.entries() {
        Known::Is(entries) => entries,
        Known::Absent => Vec::new(),
        Known::Unseen(finding) => return Known::Unseen(finding),
    };
    let pinned = message.and_then(|read| read.as_ref().ok()).map(|it| it.ledger.entries);
    let pinned = pinned.and_then(|entries| usize::try_from(entries).ok());
    let entry = entries.iter().find(|entry| {
        let said = entry.said.data.get("tag").and_then(Value::as_str);
        entry.said.kind == Kind::Release && said == Some(tag)
    });
    let entry = entry.map(|entry| {
        let text = |name: &str| entry.said.data.get(name).and_then(Value::as_str);
        let owned = |name: &str| text(name).unwrap_or_default().to_owned();
        Entry {
            id: entry.said.id.clone(),
            tag_object: text("tag_object").map(str::to_owned),
            sha: owned("sha"),
            stage: owned("stage"),
            version: owned("version"),
            scorecard_sha256: owned("scorecard_sha256"),
            evidence_zip_sha256: owned("evidence_zip_sha256"),
            pack_sha256: text("pack_sha256").map(str::to_owned),
            refused: counts(entry, rules, &context.base.keygen).err().map(|finding| *finding),
        }
    });
    let at_pin = pinned.filter(|count| *count <= entries.len()).map(|count| pin(&entries, count));
    Known::Is(RecordedReleases { entry, at_pin })
}
