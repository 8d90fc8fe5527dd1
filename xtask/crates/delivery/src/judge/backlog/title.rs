//! The story that a title delivers. A title is free text, in which most ids are mentions:
//! only one that begins with the id of one story, and says nothing against it, counts.

use thrice_programme::Backlog;

/// Words with which a title is about a story, or a part of it, and is not the story.
const AGAINST: &[&str] = &[
    "acceptance",
    "blocked",
    "blocks",
    "cannot",
    "contract",
    "contracts",
    "deferred",
    "depends",
    "docs",
    "documentation",
    "draft",
    "evidence",
    "is",
    "mention",
    "mentions",
    "needs",
    "part",
    "partial",
    "partially",
    "partly",
    "postponed",
    "preparation",
    "prepare",
    "prepares",
    "proposal",
    "revert",
    "reverted",
    "reverts",
    "rfc",
    "rollback",
    "scaffold",
    "scaffolding",
    "skeleton",
    "spec",
    "specification",
    "spike",
    "stub",
    "stubs",
    "todo",
    "unblock",
    "unblocked",
    "was",
    "wip",
];

/// The kinds of a conventional title (`feat(ID): …`) that deliver something.
const DELIVERS: &[&str] = &["feat", "fix", "perf", "refactor"];

/// The position of the one story that a title delivers: it begins with its id (`ID: …`,
/// `ID …`, `[ID] …`, `feat(ID): …`), names no other story, and speaks of nothing less.
#[must_use]
pub fn titled(title: &str, backlog: &Backlog) -> Option<usize> {
    let title = title.trim();
    let (position, rest) = leading(title, backlog)?;
    let others = words(rest).filter_map(|word| backlog.position(word));
    if others.into_iter().any(|other| other != position) {
        return None;
    }
    let against = words(rest).any(|word| AGAINST.contains(&word.to_ascii_lowercase().as_str()));
    (!against && !is_counted(rest)).then_some(position)
}

/// The story whose id comes first, and what follows it.
fn leading<'a>(title: &'a str, backlog: &Backlog) -> Option<(usize, &'a str)> {
    if let Some((id, rest)) = title.strip_prefix('[').and_then(|text| text.split_once(']')) {
        return Some((backlog.position(id.trim())?, rest));
    }
    if let Some((head, rest)) = title.split_once(':')
        && let Some((kind, scope)) = head.split_once('(')
    {
        let scope = scope.strip_suffix('!').unwrap_or(scope).strip_suffix(')')?;
        let delivers = DELIVERS.contains(&kind.to_ascii_lowercase().as_str());
        return delivers.then(|| Some((backlog.position(scope.trim())?, rest))).flatten();
    }
    let end = title.find(|c: char| !is_in_word(c)).unwrap_or(title.len());
    let (id, rest) = title.split_at(end);
    let position = backlog.position(id)?;
    rest.is_empty()
        .then_some((position, rest))
        .or_else(|| rest.starts_with([':', ' ']).then_some((position, rest)))
}

fn is_in_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-_.".contains(c)
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !is_in_word(c)).map(|word| word.trim_matches(['-', '.', '_']))
}

/// Whether a title counts its parts, as in `1/3`.
fn is_counted(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    text.split([' ', '(', ')', '[', ']'])
        .any(|word| word.split_once('/').is_some_and(|(part, of)| digits(part) && digits(of)))
}
