//! What GitHub reports beside: the pull request of each change, when it was merged, and when
//! its branch was first pushed.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use serde::Deserialize;

use super::gather::MetricsInput;
use crate::judge::metrics::From;
use thrice_facts::git::Repository;
use thrice_facts::github::{Failure, GitHub, ListedPull};
use thrice_facts::interrupt::Interrupt;
use thrice_findings::Finding;

#[derive(Deserialize)]
struct PullsOfChanges {
    commit: Dated,
}

#[derive(Deserialize)]
struct Dated {
    #[serde(default)]
    committer: Option<When>,
}

#[derive(Deserialize)]
struct When {
    #[serde(default)]
    date: Option<String>,
}

/// Completes changes by what the server reports; gives what it does not report.
///
/// # Errors
/// Where the tool itself cannot do its part.
pub fn complete(
    repository: &Repository,
    interrupt: &Interrupt,
    gathered: &mut MetricsInput,
) -> anyhow::Result<Vec<Finding>> {
    let github = match GitHub::of(repository, interrupt) {
        Ok(github) => github,
        Err(finding) => return Ok(vec![*finding]),
    };
    let listed = match github.pulls("closed", &gathered.branch) {
        Ok(listed) => listed,
        Err(failure) => return Ok(vec![failure.finding()]),
    };
    let mut found = Vec::new();
    let pushed = match first_pushes(&github) {
        Ok(pushed) => pushed,
        Err(failure) => {
            let mut finding = failure.finding();
            let why = std::mem::take(&mut finding.message);
            finding.message = format!("when each branch was first pushed is unknown: {why}");
            found.push(finding);
            HashMap::new()
        }
    };
    let by_commit: BTreeMap<&str, &ListedPull> =
        listed.iter().filter_map(|pull| Some((pull.merged_as()?, pull))).collect();
    for change in &mut gathered.measured.changes {
        let Some(pull) = by_commit.get(change.commit.as_str()) else { continue };
        let Some(merged) = pull.merged_at() else { continue };
        change.pull = Some(pull.number);
        change.landed_at = merged;
        if let Some(first) = pushed.get(&pull.head.branch) {
            change.began = Some((*first, From::FirstPush));
        } else if change.began.is_none() {
            match first_commit(&github, pull.number) {
                Ok(first) => change.began = first.map(|first| (first, From::FirstCommit)),
                Err(failure) => {
                    found.push(failure.finding());
                    break;
                }
            }
        }
    }
    Ok(found)
}

/// The earliest push of each branch that the server keeps.
fn first_pushes(github: &GitHub) -> Result<HashMap<String, Timestamp>, Failure> {
    let mut first: HashMap<String, Timestamp> = HashMap::new();
    for one in github.activity(None)? {
        let branch = one.reference.strip_prefix("refs/heads/");
        let (Some(branch), Ok(at)) = (branch, one.timestamp.parse::<Timestamp>()) else { continue };
        if matches!(one.activity_type.as_str(), "branch_creation" | "push" | "force_push") {
            let known = first.entry(branch.to_owned()).or_insert(at);
            *known = (*known).min(at);
        }
    }
    Ok(first)
}

/// The earliest date of a pull request's commits.
fn first_commit(github: &GitHub, number: u64) -> Result<Option<Timestamp>, Failure> {
    let path = github.repo(&format!("pulls/{number}/commits"));
    let commits: Vec<PullsOfChanges> = github.list(&path, None)?;
    let dates = commits.into_iter().filter_map(|made| made.commit.committer?.date);
    Ok(dates.filter_map(|date| date.parse().ok()).min())
}
