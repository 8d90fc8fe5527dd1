//! The default branch: the rules, the keys and the ledger by which releases are judged.

use crate::judge::Standing;
use crate::judge::tags::Tags;
use thrice_facts::git::{Commit, REMOTE, Repository};
use thrice_facts::interrupt::Interrupt;
use thrice_findings::{Code, Finding, Known, Stop};
use thrice_ledger::signature::{Keygen, Signers};
use thrice_programme::world::World;
use thrice_programme::{Policy, ReleaseRules};

/// The default branch, and what it rules.
pub(super) struct Base {
    pub(super) name: String,
    pub(super) tip: Commit,
    pub(super) policy: Policy,
    /// What of it is of releases.
    pub(super) rules: ReleaseRules,
    /// The keys that count.
    pub(super) keygen: Keygen,
    /// The same as a file of allowed signers.
    pub(super) signers: Signers,
}

impl Base {
    /// As the remote has it now; what is not here of it is brought in.
    pub(super) fn online(
        world: &World,
        repository: &Repository,
        interrupt: &Interrupt,
    ) -> Result<Self, Stop> {
        if repository.remote_url().is_none() {
            let finding = unseen(format!("there is no remote `{REMOTE}`"))
                .help(format!("`git remote add {REMOTE} URL`: what is released is on it"));
            return Err(finding.into());
        }
        let mut findings = Vec::new();
        let default = world.default_branch(repository, &mut findings)?;
        if let Some(found) = findings.iter().find(|found| found.code == Code::RemoteUnseen) {
            return Err(unseen(found.message.clone()).into());
        }
        let mut tip = default.base(repository, None, &mut findings)?;
        if findings.iter().any(|found| found.code == Code::Cec60) {
            let fetched = repository.fetch_objects(&[&default.name], interrupt);
            fetched.map_err(|error| unseen(error.to_string()))?;
            findings.clear();
            tip = default.base(repository, None, &mut findings)?;
        }
        match tip {
            Some(tip) if findings.is_empty() => {
                Self::at(world, repository, interrupt, default.name, tip)
            }
            _ => Err(findings.into()),
        }
    }

    /// As it was last seen here.
    pub(super) fn offline(
        world: &World,
        repository: &Repository,
        interrupt: &Interrupt,
    ) -> Result<Self, Stop> {
        let remote = repository.commit(&format!("refs/remotes/{REMOTE}/HEAD"))?;
        let anchor = match remote {
            Some(commit) => Some(commit),
            None => repository.commit("HEAD")?,
        };
        let Some(anchor) = anchor else {
            return Err(unseen("there is no commit here".to_owned()).into());
        };
        let (policy, _) = world.policy_of(repository, &anchor)?;
        let name = policy.programme.default_branch;
        match repository.last_seen_tip(&name)? {
            Some(tip) => Self::at(world, repository, interrupt, name, tip),
            None => Err(unseen(format!("there is no branch `{name}` here")).into()),
        }
    }

    fn at(
        world: &World,
        repository: &Repository,
        interrupt: &Interrupt,
        name: String,
        tip: Commit,
    ) -> Result<Self, Stop> {
        let (policy, _) = world.policy_of(repository, &tip)?;
        let Some(rules) = policy.release.clone() else {
            let finding = Finding::new(Code::PolicyMissing, "`policy/release.toml` is missing")
                .help("write it; an empty file has defaults: `cargo xtask policy schema release`");
            return Err(finding.into());
        };
        let signers = Signers::of(repository, &tip, &policy.ledger)?;
        let keygen = Keygen::new(&signers, interrupt)?;
        Ok(Self { name, tip, policy, rules, keygen, signers })
    }

    /// What a commit is to the branch. Where history was cut off nobody can say, nor who
    /// made what is in it.
    pub(super) fn standing(
        &self,
        repository: &Repository,
        sha: &str,
    ) -> anyhow::Result<Known<Standing>> {
        if repository.is_shallow()? {
            let message = "the history here was cut off when it was cloned";
            let finding = Finding::new(Code::NotEstablishedCode, message);
            return Ok(Known::Unseen(finding.help("`git fetch --unshallow`")));
        }
        if repository.commit(sha)?.is_none_or(|commit| commit.id != sha) {
            return Ok(Known::Is(Standing::Unknown));
        }
        let on = repository.is_ancestor(sha, &self.tip.id)?;
        Ok(Known::Is(if on { Standing::On } else { Standing::Beside }))
    }

    /// The tags of the remote, asked now.
    pub(super) fn tags(&self, repository: &Repository) -> anyhow::Result<Known<Tags>> {
        Ok(match repository.remote_tags() {
            Ok(text) => Known::Is(Tags::read(&text, &self.rules.form)),
            Err(error) => Known::Unseen(unseen(error.refusal()?)),
        })
    }
}

/// The finding that the remote says nothing.
pub(super) fn unseen(said: String) -> Finding {
    Finding::new(Code::ReleaseRemote, format!("the remote does not say what it has: {said}"))
        .help("run the command again when it answers")
}
