//! `ledger show`.

use clap::Args;
use serde_json::{Value, json};

use super::verify::local_rules;
use crate::Entry;
use crate::verify::{each, open, place};
use thrice_findings::{Code, Finding, Place, Stop};
use thrice_programme::ledger::Kind;
use thrice_programme::world::World;
use thrice_report::Report;
use thrice_report::text::safe;

/// Columns of a line.
const WIDTH: usize = 80;

/// Shows entries of the ledger in the working tree. Its chain is verified on the way, its
/// signatures are not.
#[derive(Debug, Args)]
pub(super) struct Show {
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
}

impl Show {
    pub(super) fn run(self, world: &World) -> Result<Report, Stop> {
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
        let repository = world.repository()?;
        let path = local_rules(world, &repository)?.path;
        let file = match place(repository.root(), &path) {
            Ok(target) => open(&target)?,
            Err(finding) => return Err(finding.into()),
        };
        let mut shown = Vec::new();
        let mut findings = each(&path, file.as_ref(), |entry| {
            if self.wants(kind, &entry) {
                shown.push(entry);
            }
        })?;
        if file.is_none() {
            let message = format!("there is no {path} yet");
            findings.push(Finding::new(Code::ChainEmpty, message).at(Place::file(&path)));
        }
        let mut report = Report::of(findings);
        report.announces = !report.findings.is_empty();
        report.body = match self.id {
            Some(_) => shown.iter().map(whole).collect(),
            None => shown.iter().map(line).collect(),
        };
        report.data =
            json!({ "ledger": path, "entries": shown.iter().map(data).collect::<Vec<_>>() });
        Ok(report)
    }

    fn wants(&self, kind: Option<Kind>, entry: &Entry) -> bool {
        let said = &entry.said;
        let day = thrice_facts::clock::rfc3339(said.created_at);
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

fn data(entry: &Entry) -> Value {
    let said = &entry.said;
    json!({
        "index": entry.index,
        "id": said.id,
        "actor": said.actor,
        "created_at": thrice_facts::clock::rfc3339(said.created_at),
        "kind": said.kind.word(),
        "data": said.data,
        "signed": entry.signature.is_some(),
        "root": entry.root.to_string(),
    })
}

/// One line of at most so many columns. A star stands where there is no signature.
fn line(entry: &Entry) -> String {
    let said = &entry.said;
    let time = said.created_at.strftime("%Y-%m-%d %H:%M");
    let star = if entry.signature.is_some() { "" } else { "*" };
    let data: Vec<String> = said.data.values().map(brief).collect();
    let text = format!(
        "{:<6} {time}  {}  {}  {}",
        format!("{}{star}", entry.index + 1),
        said.kind.word(),
        said.actor,
        data.join(" ")
    );
    let text = one_line(&text);
    if text.chars().count() <= WIDTH {
        return text.trim_end().to_owned() + "\n";
    }
    text.chars().take(WIDTH - 1).collect::<String>().trim_end().to_owned() + "…\n"
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

fn whole(entry: &Entry) -> String {
    let said = &entry.said;
    let signed = if entry.signature.is_some() { "signed" } else { "not signed" };
    let mut text = format!(
        "{} {} of {} at {}, line {}, {signed}\n",
        said.id,
        said.kind.word(),
        one_line(&said.actor),
        thrice_facts::clock::rfc3339(said.created_at),
        entry.index + 1
    );
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
