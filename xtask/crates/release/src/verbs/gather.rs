//! Everything that bears on a release, gathered at once.

use jiff::Timestamp;

use super::base::Base;
use super::journal::Journal;
use super::server;
use crate::judge::message::{Message, Pin};
use crate::judge::orr::{AtHand, at_machine};
use crate::judge::record::Ledger;
use crate::judge::tags::Tags;
use crate::judge::trace::{Reported, Trace, trace};
use crate::judge::{Candidate, TagSignature};
use thrice_delivery::verbs::story::evidence::{Changes, Evidence, EvidenceAsked};
use thrice_delivery::verbs::story::gather::board;
use thrice_facts::git::{Commit, Named, Repository, TagObject};
use thrice_facts::github::GitHub;
use thrice_facts::interrupt::Interrupt;
use thrice_facts::{clock, files};
use thrice_findings::{Code, Finding, Known};
use thrice_ledger::decisions::Standing;
use thrice_ledger::decisions::entries::{ApprovalEntry, ApprovalScope};
use thrice_ledger::gather::{current, decisions_by};
use thrice_ledger::signature::may;
use thrice_ledger::{Entry, Head};
use thrice_orr::evidence::manifest::sha256_hex;
use thrice_orr::layout::Output;
use thrice_orr::leftovers::policy_digest_of;
use thrice_patch::approvals::recorded_of;
use thrice_patch::judge::approvals::ApprovedContent;
use thrice_patch::judge::pr_body::RecordedDecision;
use thrice_programme::release::{Stage, Tagged, Version};
use thrice_programme::world::World;
use thrice_programme::{Kind, Policy};
use thrice_pull::verbs::pr::verify::VerifyContext as PrDesk;

/// Reports: of what, path, and bytes where the commit has them.
pub(super) type Reports = Vec<(&'static str, String, Option<Vec<u8>>)>;

pub(super) struct ReleaseContext<'a> {
    pub world: &'a World,
    pub repository: &'a Repository,
    pub interrupt: &'a Interrupt,
    pub(super) base: &'a Base,
    /// GitHub, where it decides.
    pub github: Option<&'a GitHub>,
    pub(super) output: Output,
}

impl<'a> ReleaseContext<'a> {
    /// That of a base; GitHub is not asked for reviews.
    pub(super) fn of(
        world: &'a World,
        repository: &'a Repository,
        interrupt: &'a Interrupt,
        base: &'a Base,
    ) -> Self {
        let output = Output::of(repository, &base.policy);
        Self { world, repository, interrupt, base, github: None, output }
    }

    /// The review of the commit.
    pub(super) fn reviewed(
        &self,
        policy: &Policy,
        commit: &Commit,
    ) -> anyhow::Result<server::Reviewed> {
        if let Some(github) = self.github {
            let context = PrDesk {
                world: self.world,
                repository: self.repository,
                github,
                interrupt: self.interrupt,
            };
            return Ok(server::reviewed(&context, policy, commit));
        }
        let id = &policy.programme.id;
        let recorded =
            match files::read_if_there(&self.output.decision())? {
                None => Known::Absent,
                Some(bytes) => match RecordedDecision::read(&bytes) {
                    Ok(recorded)
                        if recorded.policy_sha256 != policy_digest_of(self.repository, commit)? =>
                    {
                        let message = "the review here used other rules than its commit's policy/";
                        let finding = Finding::new(Code::ReleaseOrr, message);
                        Known::Unseen(finding.help(
                            "review it by its own rules, without `--policy`: `cargo xtask orr`",
                        ))
                    }
                    Ok(recorded) => Known::Is(recorded),
                    Err(finding) => Known::Unseen(*finding),
                },
            };
        let digest = |path: std::path::PathBuf| -> anyhow::Result<Option<String>> {
            Ok(files::read_if_there(&path)?.map(|bytes| sha256_hex(&bytes)))
        };
        let at_hand = AtHand {
            scorecard_sha256: digest(self.output.scorecard(id))?,
            evidence_zip_sha256: digest(self.output.archive(id))?,
        };
        let names_server = policy.gates.ruleset.is_some();
        let (claims, digests) = at_machine(recorded, &at_hand, id, &commit.id, names_server);
        Ok(server::Reviewed { claims, digests, runs: Vec::new() })
    }

    /// The candidate of that name.
    pub(super) fn candidate(
        &self,
        tags: &Tags,
        tagged: Tagged,
    ) -> anyhow::Result<Option<Candidate>> {
        let name = self.base.rules.form.name(tagged);
        let Some(tag) = tags.named(&name) else { return Ok(None) };
        let (mut message, mut tagged_at, mut signed) = (None, None, TagSignature::NotRequired);
        if tag.commit.is_some() {
            let object = self.tag_object(&name, &tag.object)?;
            signed = self.signed(&name, object.as_ref())?;
            message = Some(match &object {
                Some(object) => Message::read(&object.message),
                None => Err("the remote doesn't send the tag's object".to_owned()),
            });
            let seconds = object.and_then(|object| object.seconds);
            tagged_at = seconds.and_then(|seconds| Timestamp::from_second(seconds).ok());
        }
        Ok(Some(Candidate {
            commit: tag.target().to_owned(),
            tagged,
            message,
            signed,
            tagged_at,
            published: self.github.map(|github| server::published(github, &name)),
            name,
        }))
    }

    /// The newest tag of a stage of a version, on a commit or before it.
    pub(super) fn earlier(
        &self,
        tags: &Tags,
        (version, stage): (Version, Stage),
        sha: &str,
    ) -> anyhow::Result<Option<Candidate>> {
        let mut all: Vec<_> = tags.of(stage).filter(|(it, _)| it.version == version).collect();
        all.sort_unstable_by_key(|(tagged, _)| std::cmp::Reverse(tagged.number));
        for (tagged, tag) in all {
            let commit = tag.target();
            let here = self.repository.commit(commit)?.is_some();
            if here && (commit == sha || self.repository.is_ancestor(commit, sha)?) {
                return self.candidate(tags, tagged);
            }
        }
        Ok(None)
    }

    /// The object of a tag of the remote, brought in where it is not here.
    pub(super) fn tag_object(&self, name: &str, id: &str) -> anyhow::Result<Option<TagObject>> {
        if let Named::Tag(tag) = self.repository.named(id)? {
            return Ok(Some(*tag));
        }
        if self.repository.fetch_tag(name, self.interrupt).is_err() {
            return Ok(None);
        }
        Ok(match self.repository.named(id)? {
            Named::Tag(tag) => Some(*tag),
            Named::Other(_) | Named::Absent => None,
        })
    }

    /// The ledger, at the remote's tip of this moment.
    pub(super) fn ledger(&self, commit: &Commit, version: Version) -> Known<Ledger> {
        match self.entries() {
            Known::Is(entries) => Known::Is(self.of_entries(&entries, commit, version)),
            Known::Absent => Known::Absent,
            Known::Unseen(finding) => Known::Unseen(finding),
        }
    }

    /// Its entries; absent where nothing was recorded yet.
    pub(super) fn entries(&self) -> Known<Vec<Entry>> {
        let reading = match current(self.repository, &self.base.policy.ledger) {
            Ok(reading) => reading,
            Err(finding) => return Known::Unseen(*finding),
        };
        if reading.tip.is_none() {
            return Known::Absent;
        }
        reading.entries(self.repository, |_| true).map_or_else(
            |findings| {
                let first = findings.first().map(|it| it.message.clone()).unwrap_or_default();
                let message = format!("{} does not hold: {first}", reading.describe());
                let finding = Finding::new(Code::ReleaseLedger, message);
                Known::Unseen(finding.help("`cargo xtask ledger verify` says where"))
            },
            Known::Is,
        )
    }

    fn of_entries(&self, entries: &[Entry], commit: &Commit, version: Version) -> Ledger {
        let rules = &self.base.policy.ledger;
        let version = version.to_string();
        let of_commit = |entry: &ApprovalEntry| entry.sha.0 == commit.id;
        let of_version = |entry: &ApprovalEntry| entry.subject.as_ref() == Some(&version);
        let bears = |entry: &&Entry| match entry.said.kind {
            Kind::Risk | Kind::Incident | Kind::Exception => true,
            Kind::WaveGate | Kind::SprintGate => true,
            Kind::Approval => ApprovalEntry::read(&entry.said.data)
                .is_some_and(|it| of_commit(&it) || of_version(&it)),
            _ => false,
        };
        let decisions = decisions_by(&self.base.keygen, rules, entries.iter().filter(bears));
        let standing = Standing::of(decisions, clock::now());
        let approvals = standing.approvals.iter().filter_map(|approval| {
            let entry = &approval.content;
            let ApprovalScope::Release(stage) = entry.about else { return None };
            let same = of_commit(entry) && entry.tree.0 == commit.tree;
            let content = if same { ApprovedContent::Same } else { ApprovedContent::Other };
            Some((stage, recorded_of(approval, rules, content)))
        });
        let approvals = approvals.collect();
        Ledger { path: rules.branch.clone(), pin: pin(entries, entries.len()), standing, approvals }
    }

    /// The last release before a version that its commit comes after: of the same line
    /// where there is one.
    pub(super) fn previous(
        &self,
        tags: &Tags,
        version: Version,
        sha: &str,
    ) -> anyhow::Result<Option<(String, String)>> {
        for (_, tag) in tags.before(version) {
            let commit = tag.target();
            let here = self.repository.commit(commit)?.is_some();
            if here && self.repository.is_ancestor(commit, sha)? {
                return Ok(Some((tag.name.clone(), commit.to_owned())));
            }
        }
        Ok(None)
    }

    /// The commits since another one.
    pub(super) fn commits(&self, sha: &str, since: Option<&str>) -> anyhow::Result<Vec<Reported>> {
        let without: Vec<String> = since.into_iter().map(str::to_owned).collect();
        let all = self.repository.messages(sha, &without)?;
        Ok(all.into_iter().map(|(id, message)| Reported { id, message }).collect())
    }

    /// What commits bring, and what the commit has to show for the stories of its backlog.
    pub(super) fn trace(
        &self,
        commits: &[Reported],
        policy: &Policy,
        commit: &Commit,
    ) -> anyhow::Result<Trace> {
        let mut trace = trace(commits, policy.branches.as_ref(), policy.backlog.as_ref());
        let Some(backlog) = &policy.backlog else { return Ok(trace) };
        let known = trace.stories.keys().filter(|id| backlog.story(id).is_some());
        let wanted: Vec<_> = known.map(|id| (id.as_str(), commit.id.as_str())).collect();
        let of = (policy, Some(backlog));
        let nothing = (&[][..], &[][..]);
        let known = (backlog, &Standing::default());
        let board = board(self.repository, commit, policy, known, nothing)?;
        let asked = EvidenceAsked {
            changes: Some(&Changes::default()),
            pull: &|id| board.linked(backlog, id),
        };
        let evidence = Evidence::of(self.repository, of, &wanted, asked)?;
        let lacks = |id: &str| evidence.lacks().get(id).cloned().unwrap_or_default();
        trace.plan(backlog, Evidence::root(policy), lacks);
        Ok(trace)
    }

    /// Addresses of whoever made commits.
    pub(super) fn makers(&self, commits: &[Reported]) -> anyhow::Result<Vec<String>> {
        let ids: Vec<String> = commits.iter().map(|reported| reported.id.clone()).collect();
        self.repository.makers_of(&ids)
    }

    /// The reports that policy names, as the commit has them.
    pub(super) fn reports(&self, commit: &Commit) -> anyhow::Result<Reports> {
        let tree = self.repository.tree(commit)?;
        let named = self.base.rules.reports.iter();
        named.map(|(of, path)| Ok((*of, path.clone(), tree.read(path)?))).collect()
    }

    /// What keeps this machine from making the tag and its entry.
    pub(super) fn unable(
        &self,
        tag: &str,
        journal: Option<&Journal>,
    ) -> anyhow::Result<Vec<Finding>> {
        let mut findings = Vec::new();
        let key = |message: &str| {
            let help = "`git config user.email`, `gpg.format ssh` and `user.signingkey FILE`";
            Finding::new(Code::ReleaseKey, message).help(help)
        };
        let rules = &self.base.policy.ledger;
        match self.repository.setting("user.email")? {
            None => findings.push(key("git does not know who you are")),
            Some(actor) => {
                findings.extend(may(rules, Kind::Release, &actor).err().map(|finding| *finding));
            }
        }
        if self.repository.setting("user.name")?.is_none() {
            findings.push(key("git does not know your name"));
        }
        let has_key = self.repository.setting("user.signingkey")?.is_some();
        let is_ssh = self.repository.setting("gpg.format")?.as_deref() == Some("ssh");
        if rules.kind(Kind::Release).signed && !(has_key && is_ssh) {
            findings
                .push(key("policy requires signed records of releases, but git has no SSH key"));
        } else if self.base.rules.sign && !(has_key && is_ssh) {
            findings.push(key("policy requires signed tags, but git has no SSH key"));
        }
        let own = journal.and_then(Journal::opened).map(|opened| opened.message.as_str());
        let local = match self.repository.named(&format!("refs/tags/{tag}"))? {
            Named::Absent => None,
            Named::Tag(there) if Some(there.message.as_str()) == own => None,
            Named::Tag(_) => Some((Code::ReleaseTagExists, "a tag")),
            Named::Other(_) => Some((Code::ReleaseTagLight, "a lightweight tag")),
        };
        findings.extend(local.map(|(code, what)| {
            let message = format!("this repository has {what} `{tag}` that is not this release's");
            Finding::new(code, message).help(format!("look at it, then `git tag -d {tag}`"))
        }));
        // Once the tag is there, its rules were asked.
        if let Some(github) = self.github.filter(|_| journal.and_then(Journal::object).is_none()) {
            findings.extend(server::tag_rules(github, tag));
        }
        Ok(findings)
    }
}

/// Where the first entries of a ledger end.
pub(super) fn pin(entries: &[Entry], count: usize) -> Pin {
    let last = count.checked_sub(1).and_then(|last| entries.get(last));
    let root = last.map_or(Head::EMPTY.root, |entry| entry.root);
    let entries = if last.is_some() { u64::try_from(count).unwrap_or(u64::MAX) } else { 0 };
    Pin { entries, root: root.to_string() }
}

/// The pin of a ledger without entries.
pub(super) fn empty_pin() -> Pin {
    pin(&[], 0)
}
