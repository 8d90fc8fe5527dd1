//! What others did to a pull request since it was last written from here: an update loses
//! nothing of it.

use super::runs::digest;
use crate::judge::claims::Pull;
use thrice_facts::git::Repository;
use thrice_findings::{Code, Finding, short};
use thrice_orr::journal::Line;
use thrice_orr::layout::Output;
use thrice_orr::leftovers::all;
use thrice_patch::judge::pr_body::Template;
use thrice_report::text::safe;

const REMOTE: &str = "origin";

/// Whether somebody edited the claims of its body.
///
/// # Errors
/// Where the journals cannot be read.
pub(in crate::verbs) fn edited(
    output: &Output,
    template: &Template,
    pull: &Pull,
) -> anyhow::Result<Option<Finding>> {
    let number = pull.number;
    let mut written = None;
    for reported in all(output)? {
        for line in &reported.lines {
            match line {
                Line::BodyWritten { number: of, sha256 } if *of == number => {
                    written = Some(sha256.clone());
                }
                _ => {}
            }
        }
    }
    let there = pull.body.as_deref().unwrap_or_default();
    if written.as_ref() == Some(&digest(there, template)) {
        return Ok(None);
    }
    let message = match written {
        Some(_) => format!("the body of #{number} was edited since it was written from here"),
        None => format!("the body of #{number} was not written from this clone"),
    };
    let help = format!("`cargo xtask pr update {number} --replace-body` writes over it");
    Ok(Some(Finding::new(Code::PullEdited, message).help(help)))
}

/// Whether its head on the server is neither known here nor what the commit goes on from.
///
/// # Errors
/// Where git fails, or the journals cannot be read.
pub(in crate::verbs) fn pushed(
    repository: &Repository,
    output: &Output,
    commit: &str,
    pull: &Pull,
) -> anyhow::Result<Option<Finding>> {
    let (there, name) = (pull.head.sha.as_str(), &pull.head.name);
    if there == commit || follows(repository, there, commit)? {
        return Ok(None);
    }
    let reviewed = all(output)?
        .into_iter()
        .any(|reported| reported.opened().is_some_and(|opened| opened.commit == there));
    if reviewed {
        return Ok(None);
    }
    let message = format!(
        "{} is at {} on {REMOTE}, which was never reviewed here: somebody pushed to it",
        safe(name),
        short(there)
    );
    let help = format!("`git pull --rebase {REMOTE} {name}`, then run the review again");
    Ok(Some(Finding::new(Code::HeadMoved, message).help(help)))
}

/// Whether a commit goes on from what is there.
pub(super) fn follows(repository: &Repository, there: &str, commit: &str) -> anyhow::Result<bool> {
    let here = repository.commit(there)?.is_some();
    Ok(here && repository.is_ancestor(there, commit)?)
}
