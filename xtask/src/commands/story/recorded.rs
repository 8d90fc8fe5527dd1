//! What the ledger says of stories and waves, each entry held against the rules and keys
//! of the base.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::checks::backlog::{Approved, Block, Decision, GateDecision, Recorded, Risk, Triggered};
use crate::commands::approvals::text;
use crate::facts::files;
use crate::facts::git::{Commit, Repository};
use crate::facts::interrupt::Interrupt;
use crate::findings::{Code, Finding, Place};
use crate::ledger::signature::{Keygen, Signers, counts};
use crate::ledger::{self, Entry};
use crate::policy::{Kind, LedgerRules};

/// The word of an entry's `about` that approves a story.
pub(in crate::commands) const STORY: &str = "story";
/// The rule from which a deferred track is excepted when its trigger has come.
const DEFERRED: &str = "deferred";

/// Reads what is recorded: the ledger of the working tree where it goes on from that of
/// the base, that of the base otherwise.
pub(in crate::commands) fn recorded(
    repository: &Repository,
    base: &Commit,
    rules: &LedgerRules,
    findings: &mut Vec<Finding>,
) -> anyhow::Result<Recorded> {
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
            note.severity = crate::findings::Severity::Warn;
            findings.push(note);
        }
        of_base
    };
    let entries = match ledger::read(path, &bytes) {
        Ok(entries) => entries,
        Err(broken) => {
            findings.extend(broken);
            return Ok(Recorded::default());
        }
    };
    if entries.is_empty() {
        return Ok(Recorded::default());
    }
    let signers = Signers::of(repository, base, rules)?;
    let keygen = Keygen::new(&signers, &Interrupt::listen()?)?;
    let mut reading = Reading { rules, keygen: &keygen, recorded: Recorded::default() };
    let mut risks = BTreeMap::new();
    for entry in &entries {
        reading.take(entry, &mut risks);
    }
    reading.recorded.risks = risks.into_values().collect();
    Ok(reading.recorded)
}

struct Reading<'a> {
    rules: &'a LedgerRules,
    keygen: &'a Keygen,
    recorded: Recorded,
}

impl Reading<'_> {
    fn take(&mut self, entry: &Entry, risks: &mut BTreeMap<String, Risk>) {
        let owned = |name: &str| text(entry, name).map(str::to_owned);
        let must = |name: &str| owned(name).unwrap_or_default();
        match entry.said.kind {
            Kind::Block if self.standing(entry, &must("subject")).is_some() => {
                self.recorded.blocks.push(Block {
                    id: must("block"),
                    story: must("subject"),
                    severity: must("severity"),
                    cause: must("cause"),
                    impact: owned("impact"),
                    owner: must("owner"),
                    trigger: owned("trigger"),
                    eta: owned("eta"),
                    upstream: owned("upstream"),
                    since: entry.said.created_at.to_string(),
                });
            }
            Kind::Unblock => {
                let id = must("block");
                if self.standing(entry, &id).is_some() {
                    self.recorded.blocks.retain(|block| block.id != id);
                }
            }
            Kind::Approval if text(entry, "about") == Some(STORY) => {
                let story = must("subject");
                let Some(held) = self.standing(entry, &story) else { return };
                let role = text(entry, "role");
                let roles: Vec<String> =
                    held.into_iter().filter(|own| role.is_none_or(|role| own == role)).collect();
                if roles.is_empty() {
                    let why = format!("{} holds no such role", entry.said.actor);
                    self.recorded.uncounted.push((story, why));
                    return;
                }
                let by = entry.said.actor.clone();
                self.recorded.approved.push(Approved { story, roles, by, expires_at: end(entry) });
            }
            Kind::Exception if text(entry, "rule") == Some(DEFERRED) => {
                let track = must("subject");
                if self.standing(entry, &track).is_some() {
                    self.recorded.triggered.push(Triggered { track, expires_at: end(entry) });
                }
            }
            Kind::WaveGate => {
                let wave = must("wave");
                if self.standing(entry, &wave).is_none() {
                    return;
                }
                let decision = match text(entry, "decision") {
                    Some("pass") => Decision::Pass,
                    Some("conditional") => Decision::Conditional,
                    _ => Decision::Fail,
                };
                let by = entry.said.actor.clone();
                let expires_at = end(entry);
                self.recorded.gates.push(GateDecision { wave, decision, expires_at, by });
            }
            Kind::Risk => self.risk(entry, risks),
            _ => {}
        }
    }

    /// That a risk is there needs nobody's word; that it is over does.
    fn risk(&mut self, entry: &Entry, risks: &mut BTreeMap<String, Risk>) {
        let owned = |name: &str| text(entry, name).map(str::to_owned);
        let must = |name: &str| owned(name).unwrap_or_default();
        let stories = entry.said.data.get("stories").and_then(|list| list.as_array());
        let stories = stories.into_iter().flatten().filter_map(|id| id.as_str());
        let risk = Risk {
            id: must("risk"),
            state: must("state"),
            severity: must("severity"),
            title: must("title"),
            owner: owned("owner"),
            mitigation: owned("mitigation"),
            stories: stories.map(str::to_owned).collect(),
            wave: owned("wave"),
        };
        if risk.state == "open" && !risks.contains_key(&risk.id)
            || self.standing(entry, &risk.id).is_some()
        {
            risks.insert(risk.id.clone(), risk);
        }
    }

    /// The roles of the author of an entry that counts, as a key proves.
    fn standing(&mut self, entry: &Entry, subject: &str) -> Option<Vec<String>> {
        match counts(entry, self.rules, self.keygen) {
            Ok(standing) if standing.key.is_some() => {
                Some(standing.person.map(|person| person.roles).unwrap_or_default())
            }
            Ok(_) => Some(Vec::new()),
            Err(finding) => {
                let kind = entry.said.kind.word();
                let who = &entry.said.actor;
                let why = format!("the {kind} of {who} does not count: {}", finding.message);
                self.recorded.uncounted.push((subject.to_owned(), why));
                None
            }
        }
    }
}

fn end(entry: &Entry) -> Option<Timestamp> {
    text(entry, "expires_at").and_then(|time| time.parse().ok())
}
