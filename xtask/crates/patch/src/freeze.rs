//! Whether a patch changes what is frozen now, by the calendar of its base.

use super::approvals::text;
use crate::gather::{PatchInput, recorded};
use crate::judge::filemap::{Reach, Rules};
use crate::judge::freeze::{Exception, RULE, frozen, judge};
use thrice_facts::clock;
use thrice_facts::git::{Commit, Repository};
use thrice_findings::{Code, Finding, Severity};
use thrice_ledger::Entry;
use thrice_ledger::gather;
use thrice_ledger::gather::standing_of;
use thrice_programme::ledger::Kind;
use thrice_programme::{LedgerRules, Policy};

/// What the freeze has against a patch. Exceptions are in the ledger, and count by the rules
/// and keys of the base.
pub(super) fn of_patch(
    repository: &Repository,
    gathered: &PatchInput,
) -> anyhow::Result<Vec<Finding>> {
    let now = clock::now();
    let calendar = gathered.policy.calendar.as_ref();
    let Some(frozen) = calendar.and_then(|calendar| frozen(calendar, now)) else {
        return Ok(Vec::new());
    };
    let paths = || gathered.patch.changes.iter().map(|change| change.path.as_slice());
    if !paths().any(|path| frozen.glob(path).is_some()) {
        return Ok(Vec::new());
    }
    let rules = &gathered.policy.ledger;
    let exceptions = match recorded(repository, rules, |kind| kind == Kind::Exception) {
        Ok((_, entries)) => exceptions(repository, &gathered.base, rules, &entries)?,
        Err(why) => {
            let mut findings = judge(&frozen, paths(), &[], (&rules.branch, now));
            for finding in &mut findings {
                finding.message.push_str(&format!(" ({})", why.message));
            }
            return Ok(findings);
        }
    };
    Ok(judge(&frozen, paths(), &exceptions, (&rules.branch, now)))
}

/// What the freeze has against the start of a story: that its own map reaches files which
/// are frozen now. A story without a map of its own is judged by its patch alone.
///
/// # Errors
/// Where git fails.
pub fn of_story(
    repository: &Repository,
    base: &Commit,
    policy: &Policy,
    story: &str,
) -> anyhow::Result<Vec<Finding>> {
    let now = clock::now();
    let frozen = policy.calendar.as_ref().and_then(|calendar| frozen(calendar, now));
    let filemap = policy.filemap.as_ref();
    let narrower = filemap.filter(|filemap| filemap.areas_of_story(story).is_some());
    let (Some(frozen), Some(filemap)) = (frozen, narrower) else { return Ok(Vec::new()) };
    let rules = Rules::new(filemap, Some(story))?;
    let tree = repository.tree(base)?;
    let reached: Vec<&[u8]> = tree
        .paths()
        .filter(|path| frozen.glob(path).is_some())
        .filter(|path| matches!(rules.ruling(path).reach, Reach::Inside(..)))
        .collect();
    if reached.is_empty() {
        return Ok(Vec::new());
    }
    let ledger = &policy.ledger;
    let read = gather::reading(repository, ledger).ok();
    let entries = read.and_then(|it| it.entries(repository, |kind| kind == Kind::Exception).ok());
    let entries = entries.unwrap_or_default();
    let exceptions = exceptions(repository, base, ledger, &entries)?;
    let findings = judge(&frozen, reached.into_iter(), &exceptions, (&ledger.branch, now));
    let stops = findings.iter().filter(|finding| finding.code == Code::FreezeWindow).count();
    let first = findings.into_iter().next();
    Ok(first
        .map(|mut finding| {
            let more = if stops > 1 {
                format!("; so are {} more of its files", stops - 1)
            } else {
                String::new()
            };
            finding.message = format!("{story} is for what is frozen: {}{more}", finding.message);
            finding.severity = Severity::Refuse;
            finding
        })
        .into_iter()
        .collect())
}

fn exceptions(
    repository: &Repository,
    base: &Commit,
    rules: &LedgerRules,
    entries: &[Entry],
) -> anyhow::Result<Vec<Exception>> {
    let of_freeze =
        |entry: &Entry| entry.said.kind == Kind::Exception && text(entry, "rule") == Some(RULE);
    let standing = standing_of(repository, base, rules, entries, of_freeze)?;
    let exceptions = standing.exceptions.into_iter().map(|exception| Exception {
        refused: exception.calms().err().map(|finding| *finding),
        id: exception.id,
        line: exception.line,
        subject: exception.content.subject,
        expires_at: Some(exception.content.expires_at),
    });
    Ok(exceptions.collect())
}
