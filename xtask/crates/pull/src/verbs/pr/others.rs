//! What others did to a pull request since it was last written from here: an update loses
//! nothing of it.

use super::runs::digest;
use crate::judge::claims::Pull;
use thrice_facts::git::{Commit, REMOTE, Repository};
use thrice_findings::{Code, Finding, short};
use thrice_orr::journal::JournalLine;
use thrice_orr::leftovers::Reported;
use thrice_patch::judge::pr_body::Template;
use thrice_report::text::safe;

/// Whether somebody edited the claims of its body, as the reviews that are kept here know it.
pub(in crate::verbs) fn edited(
    reviews: &[Reported],
    template: &Template,
    pull: &Pull,
) -> Option<Finding> {
    let number = pull.number;
    let digest_of = |line| match line {
        &JournalLine::BodyWritten { number: of, ref sha256 } if of == number => Some(sha256),
        _ => None,
    };
    let lines = reviews.iter().rev().flat_map(|reported| reported.lines.iter().rev());
    let written = lines.filter_map(digest_of).next();
    let there = pull.body.as_deref().unwrap_or_default();
    if written == Some(&digest(there, template)) {
        return None;
    }
    let message = match written {
        Some(_) => format!("the body of #{number} was edited since it was written from here"),
        None => format!("the body of #{number} was not written from this clone"),
    };
    let help = format!("`cargo xtask pr update {number} --replace-body` overwrites it");
    Some(Finding::new(Code::PullEdited, message).help(help))
}

/// Whether a branch on the server is at something that is neither known here nor in the commit,
/// whatever merges of the base that add nothing "Update branch" put on it.
pub(in crate::verbs) fn pushed(
    repository: &Repository,
    reviews: &[Reported],
    commit: &Commit,
    (name, there): (&str, &str),
) -> anyhow::Result<Option<Finding>> {
    let mut head = there.to_owned();
    loop {
        let reviewed =
            |reported: &Reported| reported.opened().is_some_and(|opened| opened.commit == head);
        let is_known = head == commit.id || reviews.iter().any(reviewed);
        if is_known
            || follows(repository, &head, &commit.id)?
            || repository.has_changes_of(&head, &commit.id)?
        {
            return Ok(None);
        }
        if repository.commit(&head)?.is_none() {
            break;
        }
        match repository.side_of_base_merge(&head, commit)? {
            Some(side) => head = side,
            None => break,
        }
    }
    let message = format!(
        "{} is at {} on {REMOTE}, which was never reviewed here: somebody pushed to it",
        safe(name),
        short(there)
    );
    let help = format!("`git pull --rebase {REMOTE} {name}`, then run the review again");
    Ok(Some(Finding::new(Code::HeadMoved, message).help(help)))
}

/// Whether it comes from a branch on which neither the patch nor its review is.
pub(in crate::verbs) fn elsewhere(pull: &Pull, own: &[Option<&str>]) -> Option<Finding> {
    let theirs = pull.head.name.as_str();
    if own.contains(&Some(theirs)) {
        return None;
    }
    let here = own.iter().flatten().next().copied().unwrap_or("no branch");
    let message = format!(
        "pull request #{} comes from `{}`, and the patch is on `{}`",
        pull.number,
        safe(theirs),
        safe(here)
    );
    let help = format!("`git branch --move {theirs}` where it is the same patch");
    Some(Finding::new(Code::BranchName, message).help(help))
}

/// Whether a commit goes on from what is there.
pub(super) fn follows(repository: &Repository, there: &str, commit: &str) -> anyhow::Result<bool> {
    let here = repository.commit(there)?.is_some();
    Ok(here && repository.is_ancestor(there, commit)?)
}
