//! The audit (P-5.4): how each commit came to the default branch. A commit that no pull request brought
//! was pushed; what a pull request lacked at its merge was gone round. What the server
//! does not show any more is neither.

mod line;
mod pull;
mod pushes;

#[cfg(test)]
mod tests;

use jiff::Timestamp;

use thrice_findings::text::quoted;
use thrice_findings::{Answer, Code, Finding, Verdict, short};

pub(crate) use line::{Landing, Way, landings, steps_since};
pub(crate) use line::{Step, is_proven, matched, named, steps};
pub(crate) use pull::Rules;
pub(crate) use pull::{Kept, MergedPull, judge_pull};
pub(crate) use pushes::{Activity, Moved};
pub(crate) use pushes::{forced, lost, pushed};
pub(crate) use thrice_risk::judge::main_line::{Commit, MainLine};

/// A merged pull request, as far as the audit needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Merged {
    pub number: u64,
    pub title: String,
    /// When it was merged.
    pub merged_at: Timestamp,
    /// The commit of the default branch that the server says it became.
    pub merged_as: Option<String>,
    pub head: String,
    /// The branch that it was of.
    pub branch: String,
}

/// A commit of a pull request, as the server lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PullCommit {
    pub id: String,
    pub tree: String,
    pub parent: Option<String>,
}

/// What all answers together say.
#[must_use]
pub(crate) fn whole(answers: &[Answer]) -> Verdict {
    let any = |wanted: Verdict| answers.iter().any(|one| one.verdict == wanted);
    match (any(Verdict::Fail), any(Verdict::NotEstablished)) {
        (true, _) => Verdict::Fail,
        (false, true) => Verdict::NotEstablished,
        _ => Verdict::Pass,
    }
}

/// The findings of a landing: one of what was gone round, one of what cannot be seen.
#[must_use]
pub(crate) fn findings(pull: &Merged, commit: &str, answers: &[Answer]) -> Vec<Finding> {
    let of = |wanted: Verdict| -> Vec<String> {
        let found = answers.iter().filter(|one| one.verdict == wanted);
        found.map(|one| format!("{}: {}", one.demand, one.why)).collect()
    };
    let (number, at) = (pull.number, short(commit));
    let (gone_round, open) = (of(Verdict::Fail), of(Verdict::NotEstablished));
    let mut findings = Vec::new();
    if !gone_round.is_empty() {
        let message = format!("#{number} was merged as {at} without {}", gone_round.join("; "));
        let help = "find out who merged it and how, have it reviewed now, and close the way: \
            `cargo xtask rulesets check`";
        findings.push(Finding::new(Code::AuditBypass, message).help(help));
    }
    if !open.is_empty() {
        let message = format!("#{number}, merged as {at}: {}", open.join("; "));
        let help = "audit soon after each merge, and keep the report: the server forgets";
        findings.push(Finding::new(Code::AuditUnseen, message).help(help));
    }
    findings
}

/// The finding of a commit that no pull request brought.
#[must_use]
pub(crate) fn direct(commit: &Commit, by: Option<&Activity>) -> Finding {
    let subject = quoted(commit.subject());
    let at = short(&commit.id);
    let who = by.map(|by| format!(", by {} at {}", by.who(), by.at)).unwrap_or_default();
    let message = format!("{at} {subject} was pushed, not merged by a pull request{who}");
    let help = "have it reviewed now by a pull request that changes or reverts it, and let \
        the ruleset demand pull requests of everybody: `cargo xtask rulesets check`";
    Finding::new(Code::AuditDirect, message).help(help)
}

/// The finding of a commit of which nobody was asked how it came.
#[must_use]
pub(crate) fn unasked(commit: &Commit) -> Finding {
    let (at, subject) = (short(&commit.id), quoted(commit.subject()));
    let message = format!("how {at} {subject} came here is not to be seen in this clone");
    Finding::new(Code::AuditUnseen, message).help("ask GitHub: `cargo xtask audit --on github`")
}
