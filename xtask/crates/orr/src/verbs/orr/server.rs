//! A review on GitHub: what has to be there before anything is pushed.

use crate::github::{Target, review as review_on};
use crate::judge::branch;
use crate::record;
use crate::review::{Request, Reviewed};
use thrice_facts::github::GitHub;
use thrice_findings::{Code, Finding, Stop};
use thrice_programme::world::World;

/// Carries out a review on GitHub.
pub(super) fn review(
    world: &World,
    request: &Request<'_>,
    branch: Option<&str>,
) -> Result<Box<Reviewed>, Stop> {
    let branch = sandbox(world, request, branch)?;
    let Some(ruleset) = &request.policy.gates.ruleset else {
        let finding = Finding::new(Code::PolicyMissing, "policy names no workflow")
            .help("set `workflow` in `[ruleset]` of policy/gates.toml");
        return Err(finding.into());
    };
    let github = GitHub::of(request.repository, request.interrupt)?;
    let target = Target {
        github: &github,
        branch: &branch,
        workflow: &ruleset.workflow,
        usual: record::usual(request.output)?,
    };
    review_on(request, &target)
}

/// The sandbox branch that is to be at the commit.
fn sandbox(world: &World, request: &Request<'_>, named: Option<&str>) -> Result<String, Stop> {
    let refuse = |message: String| {
        let help = "`cargo xtask branch sandbox` makes one at the base; bring the patch there";
        Err(Finding::new(Code::SandboxBranch, message).help(help).into())
    };
    let current = request.repository.branch()?;
    let Some(name) = named.map(str::to_owned).or(current) else {
        return refuse("HEAD is on no branch, and `--branch` names none".to_owned());
    };
    let mut findings = Vec::new();
    let default = world.default_branch(request.repository, &mut findings)?;
    if name == default.name || name == request.policy.programme.default_branch {
        return refuse(format!("`{name}` is the default branch"));
    }
    let Some(branches) = &request.policy.branches else { return Ok(name) };
    match branch::read(name.as_bytes(), branches, None) {
        Err(mut findings) if !findings.is_empty() => Err(findings.remove(0).into()),
        Err(_) => refuse(format!("`{name}` is of no kind that policy knows")),
        Ok(read) => {
            let sandbox = branches.kinds.iter().any(|kind| kind.sandbox && kind.name == read.kind);
            if sandbox {
                Ok(name)
            } else {
                refuse(format!("`{name}` is a branch of the kind `{}`", read.kind))
            }
        }
    }
}
