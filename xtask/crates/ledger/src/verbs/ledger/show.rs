//! `ledger show`: who decided what on what, when, by which key, and whether it is in effect.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use serde_json::{Value, json};

use super::verify::base;
use crate::decisions::{Decision, Standing};
use crate::gather::{ALARMS, decisions_by, reading};
use crate::signature::{Author, Keygen};
use crate::{Entry, branch::read_entry};
use thrice_facts::clock::rfc3339;
use thrice_facts::interrupt::Interrupt;
use thrice_facts::{clock, files};
use thrice_findings::{Code, Finding, Place, Stop};
use thrice_programme::ledger::Kind;
use thrice_programme::world::World;
use thrice_report::Report;
use thrice_report::csv::cell;
use thrice_report::text::safe;

/// Shows entries of the ledger: who decided what, signed by which key, and whether that is
/// in effect.
#[derive(Debug, Args)]
pub struct Show {
    /// Only entries of this kind.
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,
    /// Only entries of this author.
    #[arg(long, value_name = "ADDRESS")]
    actor: Option<String>,
    /// Only entries since this day (UTC), such as `2026-01-31`.
    #[arg(long, value_name = "DATE")]
    since: Option<String>,
    /// Only the entry with this id, in full.
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    /// Writes the entries as CSV into a file.
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
}

/// An entry with what an auditor asks of it.
struct ShownEntry {
    entry: Entry,
    /// The key that proves who said it.
    key: Option<String>,
    /// The roles that its author holds.
    roles: Vec<String>,
    /// Why it is not in effect, or not as a whole; none where it is.
    why_not: Option<String>,
}

impl Show {
    pub(super) fn run(self, world: &World) -> Result<Report, Stop> {
        let kind = self.checked()?;
        let repository = world.repository()?;
        let mut findings = Vec::new();
        let base = base(world, &repository, &mut findings)?;
        let reading = reading(&repository, &base.rules)?;
        findings.extend(reading.unreached_warning().or_else(|| reading.waiting_warning()));
        let keygen = Keygen::new(&base.signers, &Interrupt::listen()?)?;
        // Whether an alarm is in effect follows from what all of them say together.
        let judged_with =
            |one: Kind, other: Kind| one == other || ALARMS.has(one) && ALARMS.has(other);
        let entries =
            reading.entries(&repository, |it| kind.is_none_or(|kind| judged_with(kind, it)))?;
        let decisions = decisions_by(&keygen, &base.rules, &entries);
        let mut shown = judged(entries, decisions);
        shown.extend(reading.pending.iter().filter_map(|line| waiting(line)));
        shown.retain(|shown| self.wants(kind, &shown.entry));
        let name = &base.rules.branch;
        if reading.tip.is_none() {
            let message = format!("nothing was recorded on `{name}` yet");
            findings.push(Finding::new(Code::ChainEmpty, message).at(Place::file(name)));
        }
        if let Some(file) = &self.csv {
            let text: String = HEAD.to_owned() + &shown.iter().map(row).collect::<String>();
            files::write_whole(file, text.as_bytes())
                .with_context(|| format!("cannot write {}", file.display()))?;
        }
        let mut report = Report::of(findings);
        report.announces = !report.findings.is_empty();
        report.body = match self.id {
            Some(_) => shown.iter().map(whole).collect(),
            None => shown.iter().map(lines).collect(),
        };
        let entries: Vec<Value> = shown.iter().map(data).collect();
        report.data = json!({ "ledger": name, "tip": reading.tip, "entries": entries });
        Ok(report)
    }

    /// The kind that is asked for, once what is asked for makes sense.
    fn checked(&self) -> Result<Option<Kind>, Stop> {
        let kind = match self.kind.as_deref().map(|word| (word, Kind::from_word(word))) {
            Some((word, None)) => return Err(no_kind(word).into()),
            found => found.and_then(|(_, kind)| kind),
        };
        if let Some(since) = &self.since
            && since.parse::<jiff::civil::Date>().is_err()
        {
            let message = format!("`{since}` is no day");
            let finding = Finding::new(Code::UsageWrong, message);
            return Err(finding.help("write it as `2026-01-31`").into());
        }
        Ok(kind)
    }

    fn wants(&self, kind: Option<Kind>, entry: &Entry) -> bool {
        let said = &entry.said;
        let day = rfc3339(said.created_at);
        kind.is_none_or(|kind| kind == said.kind)
            && self.actor.as_ref().is_none_or(|actor| said.actor.eq_ignore_ascii_case(actor))
            && self.since.as_ref().is_none_or(|since| day.as_str() >= since.as_str())
            && self.id.as_ref().is_none_or(|id| *id == said.id)
    }
}

fn no_kind(word: &str) -> Finding {
    let words = thrice_policy::table::listed(Kind::WORDS);
    Finding::new(Code::UsageWrong, format!("there is no kind `{word}`"))
        .help(format!("use one of {words}"))
}

/// Each entry with what came of it in the one reading of all of them.
fn judged(entries: Vec<Entry>, decisions: Vec<Decision>) -> Vec<ShownEntry> {
    let authors: BTreeMap<String, Result<Author, Box<Finding>>> =
        decisions.iter().map(|it| (it.id.clone(), it.author.clone())).collect();
    let refused = |it: &Decision| {
        let why = if it.content.is_calm() { it.calms().err() } else { it.author.clone().err() };
        Some((it.id.clone(), why?.message))
    };
    let mut why_not: BTreeMap<String, String> = decisions.iter().filter_map(refused).collect();
    for uncounted in Standing::of(decisions, clock::now()).uncounted {
        why_not.entry(uncounted.id).or_insert(uncounted.why);
    }
    let shown = |entry: Entry| {
        let author = authors.get(&entry.said.id).and_then(|author| author.as_ref().ok());
        ShownEntry {
            key: author.and_then(|author| author.key.clone()),
            roles: author.map(|author| author.roles().to_vec()).unwrap_or_default(),
            why_not: why_not.get(&entry.said.id).cloned(),
            entry,
        }
    };
    entries.into_iter().map(shown).collect()
}

/// An entry that waits here to be pushed.
fn waiting(line: &[u8]) -> Option<ShownEntry> {
    let why_not = Some(format!("it waits here to be pushed to {}", thrice_facts::git::REMOTE));
    Some(ShownEntry { entry: read_entry(line)?, key: None, roles: Vec::new(), why_not })
}

/// What an entry is about, in one line; ids and digests by their first twelve digits.
fn about(entry: &Entry) -> String {
    let said = |(name, value): (&String, &Value)| format!("{name}: {}", brief(value));
    entry.said.data.iter().map(said).collect::<Vec<_>>().join("; ")
}

/// Whether it is in effect, in one line.
fn effect(shown: &ShownEntry) -> String {
    match (&shown.why_not, &shown.key) {
        (Some(why), _) => format!("not in effect: {why}"),
        (None, Some(key)) => format!("in effect, signed by {key}"),
        (None, None) => "in effect, not signed".to_owned(),
    }
}

fn lines(shown: &ShownEntry) -> String {
    let (entry, said) = (&shown.entry, &shown.entry.said);
    let head = format!(
        "{:<6} {}  {} of {}  {}",
        entry.index + 1,
        said.created_at.strftime("%Y-%m-%d %H:%M UTC"),
        said.kind.word(),
        said.actor,
        said.id
    );
    let indent = " ".repeat(7);
    [head, format!("{indent}{}", about(entry)), format!("{indent}{}", effect(shown))]
        .map(|line| one_line(&line).trim_end().to_owned() + "\n")
        .concat()
}

fn data(shown: &ShownEntry) -> Value {
    let (entry, said) = (&shown.entry, &shown.entry.said);
    json!({
        "index": entry.index,
        "id": said.id,
        "actor": said.actor,
        "roles": shown.roles,
        "created_at": rfc3339(said.created_at),
        "kind": said.kind.word(),
        "data": said.data,
        "signed": entry.signature.is_some(),
        "key": shown.key,
        "in_effect": shown.why_not.is_none(),
        "why_not": shown.why_not,
        "root": entry.root.to_string(),
    })
}

/// The first line of the CSV file.
const HEAD: &str = "line,created_at,kind,id,actor,roles,data,key,in_effect,why_not,root\n";

fn row(shown: &ShownEntry) -> String {
    let (entry, said) = (&shown.entry, &shown.entry.said);
    let in_effect = if shown.why_not.is_none() { "yes" } else { "no" };
    let cells = [
        (entry.index + 1).to_string(),
        rfc3339(said.created_at),
        said.kind.word().to_owned(),
        said.id.clone(),
        said.actor.clone(),
        shown.roles.join(" "),
        crate::canonical::object(&said.data),
        shown.key.clone().unwrap_or_default(),
        in_effect.to_owned(),
        shown.why_not.clone().unwrap_or_default(),
        entry.root.to_string(),
    ];
    cells.map(|text| cell(&text)).join(",") + "\n"
}

/// A value in few characters: ids and digests by their first twelve digits.
fn brief(value: &Value) -> String {
    match value {
        Value::String(text)
            if text.len() >= 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) =>
        {
            text.chars().take(12).collect()
        }
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(brief).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

fn one_line(text: &str) -> String {
    safe(&text.replace('\n', " "))
}

fn whole(shown: &ShownEntry) -> String {
    let (entry, said) = (&shown.entry, &shown.entry.said);
    let mut text = format!(
        "{} {} of {} at {}, line {}\n",
        said.id,
        said.kind.word(),
        one_line(&said.actor),
        rfc3339(said.created_at),
        entry.index + 1
    );
    text.push_str(&format!("  {}\n", one_line(&effect(shown))));
    for (name, value) in &said.data {
        let value = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        text.push_str(&format!("  {name}: {}\n", one_line(&value)));
    }
    text.push_str(&format!("  root: {}\n", entry.root));
    text
}
