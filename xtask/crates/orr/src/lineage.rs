//! What a branch's name says: its kind, its story, and the commit that it names.

use crate::judge::branch::{BranchName, named_base, read};
use thrice_facts::git::Repository;
use thrice_findings::{Code, Finding, Stop};
use thrice_programme::Backlog;
use thrice_programme::branches::Branches;

/// Reads a branch's name by the rules of a base.
///
/// # Errors
/// What they have against it, where it is of no kind, or of a story that the backlog has not.
/// Where git fails.
pub fn read_name(
    repository: &Repository,
    (branches, backlog): (&Branches, Option<&Backlog>),
    name: &[u8],
    base: &str,
) -> Result<BranchName, Stop> {
    let named = base_of_name(repository, &String::from_utf8_lossy(name), branches, base)?;
    let read = read(name, branches, Some(&named))?;
    match read.part("story") {
        Some(story)
            if backlog.is_some_and(|it| !it.stories.is_empty() && it.story(story).is_none()) =>
        {
            let message = format!("the backlog has no story `{story}`");
            let help = "`cargo xtask story list` names them; a new one enters by its contract";
            Err(Finding::new(Code::BranchName, message).help(help).into())
        }
        _ => Ok(read),
    }
}

/// The commit that a name may name: the ancestor of the base whose digits it holds, since
/// the default branch moves on while a sandbox is under review; the base itself otherwise.
///
/// # Errors
/// Where git fails.
pub fn base_of_name(
    repository: &Repository,
    name: &str,
    branches: &Branches,
    base: &str,
) -> anyhow::Result<String> {
    let Some(digits) = named_base(name, branches).filter(|digits| !base.starts_with(digits)) else {
        return Ok(base.to_owned());
    };
    let Some(named) = repository.commit(&digits)? else { return Ok(base.to_owned()) };
    let older = named.id.starts_with(&digits) && repository.is_ancestor(&named.id, base)?;
    Ok(if older { named.id } else { base.to_owned() })
}
