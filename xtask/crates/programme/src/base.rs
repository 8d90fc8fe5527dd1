//! The base that patches are judged against: the HEAD of the default branch.

use crate::world::World;
use thrice_facts::git::{Commit, REMOTE, RemoteBranch, RemoteDefault, Repository};
use thrice_findings::{Code, Finding, short};

/// Where the default branch is, as far as it can be seen.
#[derive(Clone)]
pub struct DefaultBranch {
    /// Its name.
    pub name: String,
    local: Option<Commit>,
    /// What the remote says, or was last seen to say.
    remote: Option<String>,
}

impl World {
    /// The default branch. Which one that is, the policy of the remote's own default
    /// branch says where it can be seen: a patch could name another.
    pub(crate) fn ask_default_branch(
        &self,
        repository: &Repository,
        findings: &mut Vec<Finding>,
    ) -> anyhow::Result<DefaultBranch> {
        let seen = repository.remote_default()?;
        let anchor = match &seen {
            Some(RemoteDefault::At { id, .. }) => repository.commit(id)?,
            Some(RemoteDefault::Unseen(_)) => {
                repository.commit(&format!("refs/remotes/{REMOTE}/HEAD"))?
            }
            Some(RemoteDefault::Empty) | None => None,
        };
        let named = match (&seen, anchor) {
            (Some(RemoteDefault::At { branch, .. }), None) => Some(branch.clone()),
            (_, Some(anchor)) => self.branch_by_policy(repository, &anchor)?,
            (_, None) => match repository.commit("HEAD")? {
                Some(head) => self.branch_by_policy(repository, &head)?,
                None => None,
            },
        };
        // Where no policy says it, the remote's own is meant, as it was last seen.
        let name = match (named, &seen) {
            (Some(named), _) => named,
            (None, Some(RemoteDefault::At { branch, .. })) => branch.clone(),
            (None, _) => repository.remote_head()?.unwrap_or_else(|| "main".to_owned()),
        };
        let remote = match seen {
            Some(RemoteDefault::At { branch, id }) if branch == name => Some(id),
            Some(RemoteDefault::At { .. } | RemoteDefault::Empty) => {
                match repository.remote_branch(&name)? {
                    RemoteBranch::At(id) => Some(id),
                    RemoteBranch::Absent => None,
                    RemoteBranch::Unseen(said) => unseen(repository, &name, &said, findings)?,
                }
            }
            Some(RemoteDefault::Unseen(said)) => unseen(repository, &name, &said, findings)?,
            None => None,
        };
        let local = repository.commit(&format!("refs/heads/{name}"))?;
        Ok(DefaultBranch { name, local, remote })
    }

    fn branch_by_policy(
        &self,
        repository: &Repository,
        commit: &Commit,
    ) -> anyhow::Result<Option<String>> {
        let policy = self.policy_for_branch(repository, commit)?;
        Ok(policy.map(|policy| policy.programme.default_branch))
    }
}

/// What was last fetched stands for a remote that does not answer.
fn unseen(
    repository: &Repository,
    name: &str,
    said: &str,
    findings: &mut Vec<Finding>,
) -> anyhow::Result<Option<String>> {
    findings.push(
        Finding::new(Code::RemoteUnseen, format!("{REMOTE} did not say where {name} is: {said}"))
            .help("what was last fetched of it is taken instead"),
    );
    let tracked = repository.commit(&format!("refs/remotes/{REMOTE}/{name}"))?;
    Ok(tracked.map(|commit| commit.id))
}

/// The line that brings a patch to the newest HEAD of the default branch.
#[must_use]
pub fn rebase_line(repository: &Repository, branch: &str) -> String {
    match has_remote(repository) {
        true => format!("git fetch {REMOTE} && git rebase {REMOTE}/{branch}"),
        false => format!("git rebase {branch}"),
    }
}

/// Whether the remote of the default branch has an address.
#[must_use]
pub fn has_remote(repository: &Repository) -> bool {
    repository.remote_url().is_some_and(|url| !url.is_empty())
}

impl DefaultBranch {
    /// The remote that has it, where one does.
    #[must_use]
    pub fn remote(&self) -> Option<&'static str> {
        self.remote.as_ref().map(|_| REMOTE)
    }

    /// This clone's own branch, where it goes on from the remote's: what is new on it counts for
    /// nobody before it is pushed.
    ///
    /// # Errors
    /// Where git fails.
    pub fn ahead(&self, repository: &Repository) -> anyhow::Result<Option<&Commit>> {
        let (Some(remote), Some(local)) = (&self.remote, &self.local) else { return Ok(None) };
        let is_ahead = *remote != local.id
            && repository.commit(remote)?.is_some()
            && repository.is_ancestor(remote, &local.id)?;
        Ok(is_ahead.then_some(local))
    }

    /// Whether the remote has it at a commit that is not here yet.
    ///
    /// # Errors
    /// Where git fails.
    pub fn is_unfetched(&self, repository: &Repository) -> anyhow::Result<bool> {
        Ok(match &self.remote {
            Some(id) => repository.commit(id)?.is_none(),
            None => false,
        })
    }

    /// The commit to judge against. One that is not the newest HEAD of the default branch
    /// is stale, whoever names it.
    ///
    /// # Errors
    /// Where git fails.
    pub fn base(
        &self,
        repository: &Repository,
        named: Option<&str>,
        findings: &mut Vec<Finding>,
    ) -> anyhow::Result<Option<Commit>> {
        let branch = &self.name;
        let newest = match &self.remote {
            Some(id) => repository.commit(id)?,
            None => self.local.clone(),
        };
        if let (None, Some(id)) = (&newest, &self.remote) {
            findings.push(stale(
                format!("{REMOTE} has {branch} at {}, which this clone doesn't have", short(id)),
                &format!("`{}`, then run the review again", rebase_line(repository, branch)),
            ));
        }
        let base = match named {
            None => newest.clone().or_else(|| self.local.clone()),
            Some(named) => {
                let Some(commit) = repository.commit(named)? else {
                    findings.push(
                        Finding::new(Code::UsageWrong, format!("no commit is called `{named}`"))
                            .help("name the base as git knows it, such as `main`"),
                    );
                    return Ok(None);
                };
                Some(commit)
            }
        };
        let Some(base) = base else {
            findings.push(
                Finding::new(
                    Code::NotEstablishedCode,
                    format!("there is no branch `{branch}` here"),
                )
                .help(match has_remote(repository) {
                    true => {
                        format!("`git fetch {REMOTE} {branch}`, or name the base with `--base`")
                    }
                    false => format!(
                        "write the branch that is here as `default_branch` in \
                         policy/programme.toml, or `git branch {branch}`"
                    ),
                }),
            );
            return Ok(None);
        };
        if let Some(newest) = newest.filter(|newest| newest.id != base.id) {
            let (is, should) = (short(&base.id), short(&newest.id));
            findings.push(stale(
                format!("the base is {is}, but the HEAD of {branch} is {should}"),
                &format!("leave `--base` out, and `{}`", rebase_line(repository, branch)),
            ));
        }
        Ok(Some(base))
    }
}

/// A finding that refuses with CEC-60: the work does not stand on the newest base.
pub fn stale(message: String, help: &str) -> Finding {
    Finding::new(Code::Cec60, message).help(help)
}
