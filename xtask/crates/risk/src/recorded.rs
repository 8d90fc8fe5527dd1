//! What the ledger says of stories and waves, each entry held against the rules and keys
//! of the base.

use crate::judge::clocks;
use crate::judge::clocks::matters;
use crate::judge::incidents::{Incident, incidents};
use thrice_facts::git::{Commit, Repository};
use thrice_facts::{clock, files};
use thrice_findings::{Code, Finding, Place};
use thrice_ledger as ledger;
use thrice_ledger::Entry;
use thrice_ledger::recorded::{Recorded, Said, bears};
use thrice_ledger::signature::{Keygen, counts};
use thrice_programme::LedgerRules;

/// The entries of the ledger of the working tree where it goes on from that of the base,
/// of that of the base otherwise; `None` where its chain does not hold.
pub(super) fn entries(
    repository: &Repository,
    base: &Commit,
    rules: &LedgerRules,
    findings: &mut Vec<Finding>,
) -> anyhow::Result<Option<Vec<Entry>>> {
    let path = &rules.path;
    let of_base = repository.tree(base)?.read(path)?.unwrap_or_default();
    let here = match ledger::verify::place(repository.root(), path) {
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
            note.severity = thrice_findings::Severity::Warn;
            findings.push(note);
        }
        of_base
    };
    match ledger::read(path, &bytes) {
        Ok(entries) => Ok(Some(entries)),
        Err(broken) => {
            findings.extend(broken);
            Ok(None)
        }
    }
}

/// Reads what is recorded.
pub fn recorded(
    repository: &Repository,
    base: &Commit,
    rules: &LedgerRules,
    findings: &mut Vec<Finding>,
) -> anyhow::Result<Recorded> {
    let entries = entries(repository, base, rules, findings)?.unwrap_or_default();
    let entries: Vec<&Entry> =
        entries.iter().filter(|entry| bears(entry.said.kind, &entry.said.data)).collect();
    if entries.is_empty() {
        return Ok(Recorded::default());
    }
    Ok(said(&entries, rules, &Keygen::at(repository, base, rules)?))
}

/// What entries that bear on stories and waves say now.
fn said(entries: &[&Entry], rules: &LedgerRules, keygen: &Keygen) -> Recorded {
    let standing: Vec<Result<Vec<String>, String>> =
        entries.iter().map(|entry| standing(entry, rules, keygen)).collect();
    let said = entries.iter().zip(&standing).map(|(entry, standing)| Said {
        kind: entry.said.kind,
        data: &entry.said.data,
        actor: &entry.said.actor,
        created_at: entry.said.created_at,
        standing: standing.as_ref().map(Vec::as_slice).map_err(String::as_str),
    });
    Recorded::of(said, clock::now())
}

/// The roles of the author of an entry that counts, as a key proves; why it does not
/// count otherwise.
fn standing(entry: &Entry, rules: &LedgerRules, keygen: &Keygen) -> Result<Vec<String>, String> {
    match counts(entry, rules, keygen) {
        Ok(standing) if standing.key.is_some() => {
            Ok(standing.person.map(|person| person.roles).unwrap_or_default())
        }
        Ok(_) => Ok(Vec::new()),
        Err(finding) => Err(finding.message),
    }
}

/// What entries say, of whatever file they are: stories and risks, and incidents.
pub fn of_entries(
    repository: &Repository,
    base: &Commit,
    rules: &LedgerRules,
    entries: &[Entry],
) -> anyhow::Result<(Recorded, Vec<Incident>)> {
    let of_stories: Vec<&Entry> =
        entries.iter().filter(|entry| bears(entry.said.kind, &entry.said.data)).collect();
    let of_incidents: Vec<&Entry> =
        entries.iter().filter(|entry| entry.said.kind == ledger::Kind::Incident).collect();
    if of_stories.is_empty() && of_incidents.is_empty() {
        return Ok((Recorded::default(), Vec::new()));
    }
    let keygen = Keygen::at(repository, base, rules)?;
    let standings: Vec<Standing> =
        of_incidents.iter().map(|entry| Standing::of(entry, rules, &keygen)).collect();
    let matters = matters(clocked(&of_incidents, &standings), None, clock::now());
    Ok((said(&of_stories, rules, &keygen), incidents(&matters)))
}

/// Whether an entry counts, and whether a key proves who says so.
pub(super) struct Standing {
    pub(super) counts: bool,
    pub(super) is_signed: bool,
    pub(super) why_not: Option<String>,
}

impl Standing {
    pub(super) fn of(entry: &Entry, rules: &LedgerRules, keygen: &Keygen) -> Self {
        match counts(entry, rules, keygen) {
            Ok(standing) => Self { counts: true, is_signed: standing.key.is_some(), why_not: None },
            Err(finding) => {
                let (kind, who) = (entry.said.kind.word(), &entry.said.actor);
                let why = format!("the {kind} of {who} does not count: {}", finding.message);
                Self { counts: false, is_signed: false, why_not: Some(why) }
            }
        }
    }
}

/// Entries as clocks see them.
pub(super) fn clocked<'a>(
    entries: &'a [&'a Entry],
    standings: &'a [Standing],
) -> impl Iterator<Item = clocks::Said<'a>> {
    entries.iter().zip(standings).map(|(entry, standing)| clocks::Said {
        kind: entry.said.kind,
        data: &entry.said.data,
        at: entry.said.created_at,
        counts: standing.counts,
        is_signed: standing.is_signed,
    })
}
