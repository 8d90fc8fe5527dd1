//! A review on GitHub: what has to be there before anything is pushed.

use crate::github::{DISPATCH, DispatchTarget, red_reviews as shown_red, review as review_on};
use crate::journal::EngineKind;
use crate::judge::branch;
use crate::judge::server::Run;
use crate::leftovers;
use crate::leftovers::{Reported, newest};
use crate::record;
use crate::required_checks::without_settings;
use crate::review::{Request, Reviewed};

/// The branch that the runs are dispatched on.
struct Carrier {
    name: String,
    /// The branch of the patch, where the carrier is made for these runs.
    from: Option<String>,
    /// Whether it stays when they are over.
    keeps: bool,
}
use thrice_facts::clock;
use thrice_facts::git::{REMOTE, RemoteBranch};
use thrice_facts::github::GitHub;
use thrice_findings::{Code, Finding, Stop};
use thrice_programme::world::World;

/// Carries out a review on GitHub.
pub(super) fn review(
    world: &World,
    request: &Request<'_>,
    branch: Option<&str>,
) -> Result<Box<Reviewed>, Stop> {
    let carrier = carrier(world, request, branch)?;
    let Some(ruleset) = &request.policy.gates.ruleset else {
        return Err(without_settings().into());
    };
    let github = GitHub::of(request.repository, request.interrupt)?;
    let target = DispatchTarget {
        github: &github,
        branch: &carrier.name,
        from: carrier.from.as_deref(),
        keeps: carrier.keeps,
        workflow: &ruleset.workflow,
        usual: record::usual(request.output, EngineKind::Github)?,
    };
    review_on(request, &target)
}

/// How many reviews of the same tree went red before: here, and on the server where the runs
/// were made there, on any branch, also of other commits, whoever dispatched them.
pub(super) fn red_reviews(request: &Request<'_>, reviewed: &Reviewed) -> Result<usize, Stop> {
    let Request { repository, output, commit, .. } = request;
    let of = (&*commit.tree, &*reviewed.opened.id);
    let kept = leftovers::of_tree(output, repository, of, Reported::is_red)?;
    let Some(id) = reviewed.server.as_ref().and_then(|server| server["workflow_id"].as_u64())
    else {
        return Ok(kept.len());
    };
    let github = GitHub::of(repository, request.interrupt)?;
    let own = |run: &Run| run.head_sha == commit.id && run.head_branch == reviewed.opened.branch;
    let here = kept.iter().filter(|engine| **engine == EngineKind::Local).count();
    let there = kept.len() - here;
    let shown = shown_red(&github, (&id.to_string(), DISPATCH), &commit.tree, own)?;
    Ok(here + there.max(shown))
}

fn refuse<T>(message: String) -> Result<T, Stop> {
    let help = "`cargo xtask branch sandbox` makes one at the base; bring the patch there";
    Err(Finding::new(Code::SandboxBranch, message).help(help).into())
}

/// The branch that carries the runs of the commit: the branch of the patch where that is a
/// sandbox which the remote does not have elsewhere, and a fresh sandbox otherwise.
fn carrier(world: &World, request: &Request<'_>, named: Option<&str>) -> Result<Carrier, Stop> {
    let current = request.repository.branch()?;
    let Some(name) = named.map(str::to_owned).or(current) else {
        return refuse("HEAD is on no branch, and `--branch` names none".to_owned());
    };
    let mut findings = Vec::new();
    let default = world.default_branch(request.repository, &mut findings)?;
    if name == default.name || name == request.policy.programme.default_branch {
        return refuse(format!("`{name}` is the default branch"));
    }
    if let Some(begun) = begun(request)? {
        return Ok(if begun.from.as_deref() == Some(&name) { begun } else { own(name) });
    }
    let branches = request.policy.branches.as_ref();
    if let Some(branches) = branches
        && let Err(mut findings) = branch::read(name.as_bytes(), branches, None)
    {
        return match findings.is_empty() {
            false => Err(findings.remove(0).into()),
            true => refuse(format!("`{name}` is of no kind that policy knows")),
        };
    }
    let carries = branches.is_none_or(|branches| branch::sandbox_kind(&name, branches).is_some());
    if carries && follows(request, &name)? {
        return Ok(own(name));
    }
    let Some(base) = default.base(request.repository, None, &mut findings)? else {
        return Err(findings.into());
    };
    let base = base.id;
    let Some(fresh) = free(request, &base)? else {
        let kind = branches.and_then(|all| all.kinds.iter().find(|kind| kind.sandbox));
        let message = match kind {
            Some(kind) => format!("no sandbox branch `{}` is free on {REMOTE}", kind.form),
            None => "policy/branches.toml has no kind of branch with `sandbox = true`".to_owned(),
        };
        let help = "add one whose form holds `<date>`, `<time>` and `<base>` alone";
        return Err(Finding::new(Code::SandboxBranch, message).help(help).into());
    };
    let kind = branches.and_then(|all| branch::sandbox_kind(&fresh, all));
    let keeps = kind.is_some_and(|kind| kind.keeps);
    Ok(Carrier { name: fresh, from: Some(name), keeps })
}

fn own(name: String) -> Carrier {
    Carrier { name, from: None, keeps: true }
}

/// The carrier of the review that is resumed.
fn begun(request: &Request<'_>) -> anyhow::Result<Option<Carrier>> {
    if !request.resume {
        return Ok(None);
    }
    let reported = newest(request.output)?.filter(|reported| !reported.is_over());
    let opened = reported.as_ref().and_then(|reported| reported.opened());
    let opened = opened.filter(|opened| opened.engine == EngineKind::Github);
    let Some((name, from)) = opened.and_then(|it| Some((it.branch.clone()?, it.from.clone()?)))
    else {
        return Ok(None);
    };
    let branches = request.policy.branches.as_ref();
    let kind = branches.and_then(|all| branch::sandbox_kind(&name, all));
    let keeps = kind.is_some_and(|kind| kind.keeps);
    Ok(Some(Carrier { name, from: Some(from), keeps }))
}

/// Whether the remote can take the commit on a branch without losing any: it has none of
/// that name, or an ancestor. A remote that does not answer is reported by the push.
fn follows(request: &Request<'_>, name: &str) -> anyhow::Result<bool> {
    let (repository, commit) = (request.repository, &request.commit.id);
    Ok(match repository.remote_branch(name)? {
        RemoteBranch::At(id) if id == *commit => true,
        RemoteBranch::At(id) => {
            repository.commit(&id)?.is_some() && repository.is_ancestor(&id, commit)?
        }
        RemoteBranch::Absent | RemoteBranch::Unseen(_) => true,
    })
}

/// A name for a sandbox that the remote does not have.
fn free(request: &Request<'_>, base: &str) -> anyhow::Result<Option<String>> {
    let policy = request.policy;
    let (branches, id) = (policy.branches.as_ref(), policy.programme.id.as_str());
    for name in branch::fresh(branches, id, base, clock::now()) {
        if !matches!(request.repository.remote_branch(&name)?, RemoteBranch::At(_)) {
            return Ok(Some(name));
        }
    }
    Ok(None)
}
