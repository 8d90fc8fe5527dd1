//! Reading the ledger of a working tree, and its entries by the rules and keys of a base.

use super::decisions::entries::ApprovalScope;
use super::decisions::{DEFERRED, Decision, Standing};
use super::signature::{Keygen, counts};
use super::{Entry, read, verify};
use thrice_facts::git::{Commit, Repository};
use thrice_facts::{clock, files};
use thrice_findings::{Code, Finding, Place, Severity};
use thrice_programme::LedgerRules;
use thrice_programme::ledger::Kind;

/// Whether an entry says what goes wrong.
#[must_use]
pub fn is_of_alarms(entry: &Entry) -> bool {
    use Kind::{Block, Drill, Incident, Risk, Trigger, Unblock};
    matches!(entry.said.kind, Risk | Incident | Block | Unblock | Drill | Trigger)
}

/// Whether an entry bears on stories, waves and cycles.
#[must_use]
pub fn is_of_delivery(entry: &Entry) -> bool {
    use Kind::{
        Approval, Block, CycleClose, Drill, Exception, Risk, SprintGate, Unblock, WaveGate,
    };
    let says = |name: &str, word: &str| {
        entry.said.data.get(name).and_then(serde_json::Value::as_str) == Some(word)
    };
    match entry.said.kind {
        Risk | Block | Unblock | Drill | WaveGate | SprintGate | CycleClose => true,
        Approval => says("about", ApprovalScope::Story.word()),
        Exception => says("rule", DEFERRED),
        _ => false,
    }
}

/// The entries of the ledger of the working tree where it goes on from that of the base,
/// of that of the base otherwise; `None` where its chain does not hold.
///
/// # Errors
/// Where git fails, or a file cannot be read.
pub fn entries(
    repository: &Repository,
    base: &Commit,
    rules: &LedgerRules,
    findings: &mut Vec<Finding>,
) -> anyhow::Result<Option<Vec<Entry>>> {
    let path = &rules.path;
    let of_base = repository.tree(base)?.read(path)?.unwrap_or_default();
    let here = match verify::place(repository.root(), path) {
        Ok(target) => files::read_if_there(&target)?.unwrap_or_default(),
        Err(finding) => {
            findings.push(*finding);
            Vec::new()
        }
    };
    let bytes = if here.starts_with(&of_base) {
        here
    } else {
        // A branch that was begun before the newest entries; its own ones are not merged.
        if !of_base.starts_with(&here) {
            let message = format!("{path} does not begin with that of the base, which counts");
            let note = Finding::new(Code::LedgerPrefix, message).at(Place::file(path));
            let mut note = note.help("`cargo xtask ledger verify` says where they part");
            note.severity = Severity::Warn;
            findings.push(note);
        }
        of_base
    };
    match read(path, &bytes) {
        Ok(entries) => Ok(Some(entries)),
        Err(broken) => {
            findings.extend(broken);
            Ok(None)
        }
    }
}

/// The decisions of entries, each by whether it counts. Signatures take time: only those of
/// entries that are wanted are looked at.
///
/// # Errors
/// Where git fails, or the keys cannot be laid out.
pub fn decisions<'e>(
    repository: &Repository,
    base: &Commit,
    rules: &LedgerRules,
    entries: impl IntoIterator<Item = &'e Entry>,
) -> anyhow::Result<Vec<Decision>> {
    let mut entries = entries.into_iter().peekable();
    if entries.peek().is_none() {
        return Ok(Vec::new());
    }
    let keygen = Keygen::at(repository, base, rules)?;
    Ok(decisions_by(&keygen, rules, entries))
}

/// The same, by keys that are laid out already.
pub fn decisions_by<'e>(
    keygen: &Keygen,
    rules: &LedgerRules,
    entries: impl IntoIterator<Item = &'e Entry>,
) -> Vec<Decision> {
    let decision = |entry: &Entry| Decision::of(entry, counts(entry, rules, keygen));
    entries.into_iter().filter_map(decision).collect()
}

/// What the entries that are wanted say now.
///
/// # Errors
/// As [`decisions`].
pub fn standing_of(
    repository: &Repository,
    base: &Commit,
    rules: &LedgerRules,
    entries: &[Entry],
    wanted: impl Fn(&Entry) -> bool,
) -> anyhow::Result<Standing> {
    let wanted = entries.iter().filter(|entry| wanted(entry));
    Ok(Standing::of(decisions(repository, base, rules, wanted)?, clock::now()))
}

/// What the entries of the ledger that are wanted say now; `None` where its chain does not hold, and then
/// the findings say why.
///
/// # Errors
/// As [`entries`] and [`decisions`].
pub fn standing(
    repository: &Repository,
    base: &Commit,
    rules: &LedgerRules,
    wanted: impl Fn(&Entry) -> bool,
    findings: &mut Vec<Finding>,
) -> anyhow::Result<Option<Standing>> {
    let Some(entries) = entries(repository, base, rules, findings)? else { return Ok(None) };
    standing_of(repository, base, rules, &entries, wanted).map(Some)
}
