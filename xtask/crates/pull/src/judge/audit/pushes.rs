//! Pushes to the default branch: what the server keeps of them, and what this clone saw
//! when it fetched.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{Commit, Merged, short};
use thrice_findings::text::quoted;
use thrice_findings::{Code, Finding};

/// A move of the default branch, as the server keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Activity {
    /// What it was: `push`, `force_push`, `pr_merge`, `merge_queue_merge`, ….
    pub kind: String,
    /// Where the branch was.
    pub before: String,
    /// Where it is since.
    pub after: String,
    /// Who moved it; none where the account is gone.
    pub actor: Option<String>,
    /// When, as the server reports it.
    pub at: String,
}

impl Activity {
    /// Who moved it, for people.
    #[must_use]
    pub(crate) fn who(&self) -> String {
        self.actor.as_deref().map_or_else(|| "somebody who is gone".to_owned(), quoted)
    }
}

/// A move of the default branch that this clone saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Moved {
    pub before: String,
    pub after: String,
    /// When this clone saw that.
    pub at: Timestamp,
    /// Whether the one is in the history of the other; none where it is not here any more.
    pub forward: Option<bool>,
}

/// The move by which a commit came where it was pushed: the one that ends in it, or whose
/// pushed commits it is among.
#[must_use]
pub(crate) fn pushed<'a>(
    activity: &'a [Activity],
    line: &[&str],
    commit: &str,
) -> Option<&'a Activity> {
    let at = |id: &str| line.iter().position(|known| *known == id);
    let place = at(commit)?;
    activity.iter().filter(|one| matches!(one.kind.as_str(), "push" | "force_push")).find(|one| {
        // What was before a forced push is not in the line any more.
        match (at(&one.before), at(&one.after)) {
            (Some(from), Some(to)) => place > from && place <= to,
            (None, Some(to)) => place == to,
            (_, None) => false,
        }
    })
}

/// The moves that took something away. What the server keeps and what this clone saw can
/// be one and the same; each is reported once.
#[must_use]
pub(crate) fn forced(activity: &[Activity], moved: &[Moved]) -> Vec<Finding> {
    let mut reported = BTreeSet::new();
    let mut findings = Vec::new();
    for one in activity.iter().filter(|one| one.kind == "force_push") {
        reported.insert((one.before.as_str(), one.after.as_str()));
        let (before, after) = (short(&one.before), short(&one.after));
        let message = format!(
            "the default branch was forced from {before} to {after}, by {} at {}",
            one.who(),
            one.at
        );
        findings.push(reported_of(message));
    }
    for one in moved.iter().filter(|one| one.forward != Some(true)) {
        if !reported.insert((one.before.as_str(), one.after.as_str())) {
            continue;
        }
        let (before, after, at) = (short(&one.before), short(&one.after), one.at);
        findings.push(match one.forward {
            Some(_) => reported_of(format!(
                "the default branch was forced from {before} to {after}, as this clone saw at {at}"
            )),
            None => Finding::new(
                Code::AuditUnseen,
                format!("whether the default branch was forced from {before} to {after}, at {at}, is not to be seen here any more"),
            )
            .help("ask GitHub: `cargo xtask audit --on github`"),
        });
    }
    findings
}

fn reported_of(message: String) -> Finding {
    let help = "ask whoever did it why, look at what is gone (`git log` of the first commit), \
        and let the ruleset forbid it: `cargo xtask rulesets check`";
    Finding::new(Code::AuditForced, message).help(help)
}

/// Pull requests that were merged as a commit which the default branch does not have: its
/// history was written anew, whatever else is to be seen of that.
#[must_use]
pub(crate) fn lost(commits: &[Commit], pulls: &[Merged], since: Option<i64>) -> Vec<Finding> {
    let ids: BTreeSet<&str> = commits.iter().map(|commit| commit.id.as_str()).collect();
    let recent = |pull: &&Merged| since.is_none_or(|since| pull.merged_at.as_second() >= since);
    let mut findings = Vec::new();
    for pull in pulls.iter().filter(recent) {
        let number = pull.number;
        match pull.merged_as.as_deref() {
            Some(id) if ids.contains(id) => {}
            Some(id) => findings.push(reported_of(format!(
                "#{number} was merged as {}, which the default branch does not have any more",
                short(id)
            ))),
            None => findings.push(
                Finding::new(
                    Code::AuditUnseen,
                    format!("as which commit #{number} was merged, the server does not say"),
                )
                .help("look at the pull request, and audit again"),
            ),
        }
    }
    findings
}
