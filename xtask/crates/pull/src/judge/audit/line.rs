//! The line of first parents along which the default branch moved, what each step of it
//! brought, and by which pull request.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::{Activity, Merged, PullCommit};
use thrice_delivery::judge::backlog::{Reverted, pull_of, targets};
use thrice_risk::judge::main_line::{Commit, MainLine};

/// A step of the default branch: a commit on its line, and what a merge brought with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step<'a> {
    /// The commit on the line.
    pub commit: &'a Commit,
    /// Ids of the commits that came with it, in no particular order.
    pub brought: Vec<&'a str>,
}

/// How commits came to the default branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Way {
    /// It begins the history: there was nothing before.
    Root,
    /// A merge of the pull request's head.
    Merge(u64),
    /// One commit instead of the pull request's.
    Squash(u64),
    /// The pull request's commits, made anew one by one.
    Rebase(u64),
    /// The pull request's own commits, which the merge button never leaves as they are.
    Pushed(u64),
    Direct,
    /// It was not asked.
    Unasked,
}

impl Way {
    #[must_use]
    pub(crate) fn pull(self) -> Option<u64> {
        match self {
            Self::Merge(number)
            | Self::Squash(number)
            | Self::Rebase(number)
            | Self::Pushed(number) => Some(number),
            Self::Root | Self::Direct | Self::Unasked => None,
        }
    }

    /// As people read it.
    #[must_use]
    pub(crate) fn words(self) -> String {
        match self {
            Self::Root => "the first commit".to_owned(),
            Self::Merge(number) => format!("#{number}, merged"),
            Self::Squash(number) => format!("#{number}, squashed"),
            Self::Rebase(number) => format!("#{number}, rebased"),
            Self::Pushed(number) => format!("#{number}, pushed"),
            Self::Direct => "pushed".to_owned(),
            Self::Unasked => "not asked".to_owned(),
        }
    }
}

/// Commits that came together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Landing<'a> {
    /// Its steps, oldest first; never none.
    pub steps: Vec<Step<'a>>,
    pub way: Way,
    /// What its last commit says it reverts: ids of commits, or `#` and a number.
    pub reverts: Vec<String>,
}

impl<'a> Landing<'a> {
    /// Its newest commit; none only where it has no step.
    #[must_use]
    pub(crate) fn last(&self) -> Option<&'a Commit> {
        self.steps.last().map(|step| step.commit)
    }

    /// The commit on which it was put.
    #[must_use]
    pub(crate) fn base(&self) -> Option<&'a str> {
        self.steps.first()?.commit.parents.first().map(String::as_str)
    }

    /// How many commits it is.
    #[must_use]
    pub(crate) fn size(&self) -> usize {
        self.steps.iter().map(|step| 1 + step.brought.len()).sum()
    }
}

/// The steps of the default branch, oldest first.
#[must_use]
pub(crate) fn steps<'a>(line: &MainLine<'a>) -> Vec<Step<'a>> {
    let mut known: HashSet<&str> = line.commits.iter().map(|commit| commit.id.as_str()).collect();
    let step = |commit: &&'a Commit| {
        let others = commit.parents.get(1..).unwrap_or_default();
        Step { commit, brought: line.reached(others, &mut known) }
    };
    line.commits.iter().map(step).collect()
}

/// The steps since a time, in seconds since 1970: from the oldest that says it is of then
/// or later. A commit says what its committer likes, so one that says it is older counts
/// too where it came after one of them.
#[must_use]
pub(crate) fn steps_since<'a, 's>(steps: &'s [Step<'a>], since: Option<i64>) -> &'s [Step<'a>] {
    let Some(since) = since else { return steps };
    let first = steps.iter().position(|step| step.commit.committed >= since);
    first.and_then(|first| steps.get(first..)).unwrap_or_default()
}

/// Whether the server says of a merge commit that it moved the branch from its first parent, as
/// the merge of a pull request whose head is its second.
#[must_use]
pub(crate) fn is_proven(commit: &Commit, pulls: &[Merged], activity: &[Activity]) -> bool {
    let [before, head] = commit.parents.as_slice() else { return false };
    let is_merge = |it: &Activity| matches!(it.kind.as_str(), "pr_merge" | "merge_queue_merge");
    let moved = |it: &Activity| is_merge(it) && it.before == *before && it.after == commit.id;
    let is_its = |it: &Merged| it.merged_as.as_ref() == Some(&commit.id) && it.head == *head;
    activity.iter().any(moved) && pulls.iter().any(is_its)
}

/// The pull requests whose commit, as the server names it, is one of the steps.
#[must_use]
pub(crate) fn matched<'p>(steps: &[Step<'_>], pulls: &'p [Merged]) -> Vec<&'p Merged> {
    let ids: BTreeSet<&str> = steps.iter().map(|step| step.commit.id.as_str()).collect();
    let there = |pull: &&Merged| pull.merged_as.as_deref().is_some_and(|id| ids.contains(id));
    pulls.iter().filter(there).collect()
}

/// How the steps came. `pulls` are all that were merged, or none where nobody was asked;
/// `parts` are the commits of each that is among the steps, where they are known.
#[must_use]
pub(crate) fn landings<'a>(
    steps: &[Step<'a>],
    pulls: Option<&[Merged]>,
    parts: &BTreeMap<u64, Vec<PullCommit>>,
) -> Vec<Landing<'a>> {
    let by_commit: HashMap<&str, &Merged> = pulls
        .unwrap_or_default()
        .iter()
        .filter_map(|pull| Some((pull.merged_as.as_deref()?, pull)))
        .collect();
    let mut landings = Vec::new();
    let mut end = steps.len();
    while let Some(step) = end.checked_sub(1).and_then(|last| steps.get(last)) {
        let before = steps.get(..end).unwrap_or_default();
        let (way, count) = match by_commit.get(step.commit.id.as_str()) {
            Some(pull) => {
                let own = parts.get(&pull.number).map(Vec::as_slice).unwrap_or_default();
                way_of(pull, before, own, &by_commit)
            }
            None if step.commit.parents.is_empty() => (Way::Root, 1),
            None if pulls.is_none() => (Way::Unasked, 1),
            None => (Way::Direct, 1),
        };
        let begin = end.saturating_sub(count);
        let own = steps.get(begin..end).unwrap_or_default().to_vec();
        landings.push(Landing { steps: own, way, reverts: reverts(step.commit) });
        end = begin;
    }
    landings.reverse();
    landings
}

/// How a pull request's commits came, and how many steps they are; the last of `steps` is
/// the commit that the server names.
fn way_of(
    pull: &Merged,
    steps: &[Step<'_>],
    parts: &[PullCommit],
    by_commit: &HashMap<&str, &Merged>,
) -> (Way, usize) {
    let number = pull.number;
    let Some(last) = steps.last() else { return (Way::Squash(number), 1) };
    let is_own = |step: &Step<'_>, pushed: &dyn Fn(&Step<'_>) -> bool| {
        let other = by_commit.get(step.commit.id.as_str()).is_some_and(|it| it.number != number);
        !other && pushed(step)
    };
    if last.commit.id == pull.head {
        let ids: BTreeSet<&str> = parts.iter().map(|part| part.id.as_str()).collect();
        let of_pull = |step: &Step<'_>| ids.contains(step.commit.id.as_str());
        let own = steps.iter().rev().take_while(|step| is_own(step, &of_pull)).count();
        return (Way::Pushed(number), own.max(1));
    }
    if last.commit.parents.len() > 1 {
        return (Way::Merge(number), 1);
    }
    let count = parts.len();
    let rebased = steps.len().checked_sub(count).and_then(|begin| steps.get(begin..));
    let same = rebased.is_some_and(|rebased| {
        let first = rebased.first().and_then(|step| step.commit.parents.first());
        let trees = rebased.iter().zip(parts).all(|(step, part)| step.commit.tree == part.tree);
        let own = rebased.iter().all(|step| is_own(step, &|_| true));
        // What was put on another commit than the pull request's was not made of it.
        let base = parts.first().and_then(|part| part.parent.as_ref());
        trees && own && first.is_some() && first == base
    });
    if count > 1 && same { (Way::Rebase(number), count) } else { (Way::Squash(number), 1) }
}

/// What a commit says it takes back.
fn reverts(commit: &Commit) -> Vec<String> {
    let all = targets(commit.subject(), &commit.message);
    all.into_iter()
        .map(|target| match target {
            Reverted::Commit(id) => id.to_owned(),
            Reverted::Pull(number) => format!("#{number}"),
        })
        .collect()
}

/// The pull request that a commit's first line names. Anybody can write that.
#[must_use]
pub(crate) fn named(commit: &Commit) -> Option<u64> {
    pull_of(commit.subject())
}
