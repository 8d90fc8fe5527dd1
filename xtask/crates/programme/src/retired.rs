//! Keys of policy that an earlier version read, and what became of each.

use std::ops::Range;

use super::PolicyFiles;
use thrice_findings::{Code, Finding};
use thrice_policy::source::SourceFile;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// What became of a key.
#[derive(Clone, Copy, Debug)]
pub enum Fate {
    /// It has another name in the same table. Each old value, as it is written, has a new one.
    Renamed(&'static str, &'static [(&'static str, &'static str)]),
    /// Nothing took its place, and why.
    Gone(&'static str),
}

/// A key that an earlier version read.
#[derive(Clone, Copy, Debug)]
pub struct RetiredKey {
    /// The policy file.
    pub file: &'static str,
    /// The tables that it was in, and its name.
    pub path: &'static [&'static str],
    /// What became of it.
    pub fate: Fate,
}

/// Every key that is read no longer. A row for each key that a change of policy takes away.
pub const RETIRED: &[RetiredKey] = &[
    RetiredKey {
        file: "gates.toml",
        path: &["checkout"],
        fate: Fate::Gone("each run is checked out in a repository of its own"),
    },
    RetiredKey {
        file: "gates.toml",
        path: &["workflow", "merge_queue"],
        fate: Fate::Renamed("base", &[("true", "\"queue\""), ("false", "\"head\"")]),
    },
    RetiredKey {
        file: "ledger.toml",
        path: &["path"],
        fate: Fate::Gone("decisions are on the branch that `branch` names, in no file of a patch"),
    },
    RetiredKey {
        file: "ledger.toml",
        path: &["kinds", "evidence-decision"],
        fate: Fate::Gone("such an entry changed nothing"),
    },
];

/// A retired key in the text of a file.
struct Found<'a> {
    retired: &'static RetiredKey,
    key: Range<usize>,
    value: &'a Spanned<DeValue<'a>>,
    /// Whether the table has the new name as well.
    has_new: bool,
}

fn found<'a>(file: &str, table: &'a DeTable<'a>) -> Vec<Found<'a>> {
    let rows = RETIRED.iter().filter(|row| row.file == file);
    let of = |retired: &'static RetiredKey| {
        let (name, tables) = retired.path.split_last()?;
        let inner = tables.iter().try_fold(table, |at, name| at.get(*name)?.get_ref().as_table());
        let (key, value) = inner?.get_key_value(*name)?;
        let has_new = match retired.fate {
            Fate::Renamed(new, _) => inner?.contains_key(new),
            Fate::Gone(_) => false,
        };
        Some(Found { retired, key: key.span(), value, has_new })
    };
    rows.filter_map(of).collect()
}

/// The text of a policy file with each retired key rewritten or taken out. Comments, order and
/// everything else stay; what can't be rewritten safely stays too. `name` is the file's name in
/// the policy folder.
#[must_use]
pub fn upgraded(name: &str, text: &str) -> String {
    let mut text = text.to_owned();
    for row in RETIRED.iter().filter(|row| row.file == name) {
        if let Some(after) = without(row, &text)
            && says(&after, None).is_some_and(|after| Some(after) == says(&text, Some(row)))
        {
            text = after;
        }
    }
    text
}

/// What a text says apart from empty tables, after a row was applied to it; nothing where it
/// can't be read.
fn says(text: &str, row: Option<&RetiredKey>) -> Option<toml::Table> {
    let mut table: toml::Table = text.parse().ok()?;
    if let Some(row) = row {
        apply(row, &mut table)?;
    }
    prune(&mut table);
    Some(table)
}

fn prune(table: &mut toml::Table) {
    table.iter_mut().filter_map(|(_, value)| value.as_table_mut()).for_each(prune);
    table.retain(|_, value| value.as_table().is_none_or(|table| !table.is_empty()));
}

fn apply(row: &RetiredKey, table: &mut toml::Table) -> Option<()> {
    let (name, tables) = row.path.split_last()?;
    let mut at = table;
    for name in tables {
        at = at.get_mut(*name)?.as_table_mut()?;
    }
    let old = at.remove(*name)?;
    if let Fate::Renamed(new, values) = row.fate {
        let (_, value) = values.iter().find(|(was, _)| read(was).as_ref() == Some(&old))?;
        at.insert(new.to_owned(), read(value)?);
    }
    Some(())
}

/// The value that is written so.
fn read(value: &str) -> Option<toml::Value> {
    format!("it = {value}").parse::<toml::Table>().ok()?.remove("it")
}

/// The text with one row applied; nothing where the key isn't there, or its place is unclear.
fn without(row: &RetiredKey, text: &str) -> Option<String> {
    let table = DeTable::parse(text).ok()?;
    let all = found(row.file, table.get_ref());
    let found = all.into_iter().find(|found| found.retired.path == row.path)?;
    let mut edits: Vec<(Range<usize>, &str)> = Vec::new();
    match found.retired.fate {
        Fate::Renamed(_, _) if found.has_new => return None,
        Fate::Renamed(new, values) => {
            let span = found.value.span();
            let (_, value) = values.iter().find(|(old, _)| text.get(span.clone()) == Some(*old))?;
            edits.extend([(found.key, new), (span, value)]);
        }
        Fate::Gone(_) => {
            let mut spans = Vec::new();
            entry(text, found.key, found.value, &mut spans)?;
            edits.extend(spans.into_iter().map(|span| (whole_line(text, span), "")));
        }
    }
    edits.sort_by_key(|(span, _)| span.start);
    let mut after = text.to_owned();
    for (span, new) in edits.into_iter().rev() {
        after.replace_range(span, new);
    }
    Some(after)
}

/// The parts of a text that an entry is written in: its own line, or the header of its table and
/// the lines below it. Nothing where it shares a line with others.
fn entry(
    text: &str,
    key: Range<usize>,
    value: &Spanned<DeValue<'_>>,
    spans: &mut Vec<Range<usize>>,
) -> Option<()> {
    let line = text.get(..key.start)?.rfind('\n').map_or(0, |at| at + 1);
    let before = text.get(line..key.start)?;
    let start = line + before.len() - before.trim_start().len();
    if let Some(table) = value.get_ref().as_table()
        && !text.get(value.span())?.starts_with('{')
    {
        if before.trim_start().starts_with('[') {
            let end = key.end + text.get(key.end..)?.find(']')? + 1;
            spans.push(start..end);
        }
        let mut inner = table.iter();
        return inner.try_for_each(|(key, value)| entry(text, key.span(), value, spans));
    }
    // Tables before a dotted key are a part of it.
    let alone = !before.contains(['=', '{', '[', ',', '#']);
    spans.push(start..value.span().end);
    alone.then_some(())
}

/// A span with the end of its line, where nothing else is on that line. A comment behind it stays.
fn whole_line(text: &str, span: Range<usize>) -> Range<usize> {
    let rest = text.get(span.end..).unwrap_or_default();
    let spaces = rest.len() - rest.trim_start_matches([' ', '\t']).len();
    let end = span.end + spaces;
    let ending = ["\r\n", "\n"].into_iter().find(|it| rest[spaces..].starts_with(it));
    match ending {
        Some(ending) => {
            let line = text[..span.start].rfind('\n').map_or(0, |at| at + 1);
            line..end + ending.len()
        }
        None => span.start..end,
    }
}

/// Says of each retired key what became of it, in the place of the finding that nothing reads it.
pub(super) fn explain(folder: &str, files: &PolicyFiles, findings: &mut [Finding]) {
    let mut names: Vec<&str> = RETIRED.iter().map(|row| row.file).collect();
    names.dedup();
    for name in names {
        let Some(bytes) = files.get(name) else { continue };
        let Ok(source) = SourceFile::new(format!("{folder}/{name}"), bytes) else { continue };
        let (table, _) = DeTable::parse_recoverable(source.text());
        let rewritten = upgraded(name, source.text()) != source.text();
        for found in found(name, table.get_ref()) {
            let place = Some(source.place(found.key));
            let codes = [Code::PolicyUnknownKey, Code::PolicyReference];
            let about =
                findings.iter_mut().find(|it| it.place == place && codes.contains(&it.code));
            let (Some(finding), Some(key)) = (about, found.retired.path.last()) else { continue };
            finding.code = Code::PolicyUnknownKey;
            finding.message = match found.retired.fate {
                Fate::Renamed(new, _) => format!("`{key}` is called `{new}` now"),
                Fate::Gone(why) => format!("`{key}` is no key any more: {why}"),
            };
            let help = match found.retired.fate {
                _ if found.has_new => "take it out".to_owned(),
                _ if rewritten => {
                    "`cargo xtask policy upgrade` rewrites it; `--dry-run` shows how".to_owned()
                }
                Fate::Renamed(new, _) => format!("write it as `{new}`"),
                Fate::Gone(_) => "take it out by hand".to_owned(),
            };
            finding.help = Some(help);
        }
    }
}

#[cfg(test)]
mod tests;
