//! What values themselves say of their cause: a number that is the time of the run, the
//! number of a file, a name in TMPDIR.

use std::collections::BTreeMap;

use super::search::TrialOutcome;
use crate::judge::compare::{Difference, Hint, compare, hint_of};
use crate::vary::Variation;
use thrice_programme::Aspect;

/// What was true around a trial.
#[derive(Clone, Debug, Default)]
pub(crate) struct TrialFacts {
    /// When it started and ended, in seconds since 1970.
    pub span: (u64, u64),
    pub temporary: String,
    /// Paths in its checkout, by their numbers in the file system.
    pub inodes: BTreeMap<u64, String>,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Clue {
    /// A time within the trial.
    Time,
    /// A time stamp in an archive.
    ArchiveTime,
    /// The number of this file in the file system.
    Inode(String),
    /// A new name in TMPDIR.
    TemporaryName,
    /// The same items in another order each time.
    Order,
}

/// What the first difference between two plain trials says of its cause.
#[must_use]
pub(crate) fn between(left: &TrialOutcome, right: &TrialOutcome) -> Option<Clue> {
    let difference = difference(left, right)?;
    let mut inner = &difference;
    while let Difference::Archive { inner: next, .. } = inner {
        inner = next;
    }
    match inner {
        Difference::ArchiveMetadata { field: "mtime", .. } => Some(Clue::ArchiveTime),
        Difference::Text { left: Some(one), right: Some(other), .. }
        | Difference::Json { left: one, right: other, .. } => {
            let pairs = differing(one, other)?;
            let is = |test: &dyn Fn(&str, &TrialOutcome) -> bool| {
                pairs.iter().any(|(one, other)| test(one, left) && test(other, right))
            };
            if is(&|token, seen| is_time(token, &seen.facts)) {
                return Some(Clue::Time);
            }
            if is(&|token, seen| is_temporary(token, &seen.facts)) {
                return Some(Clue::TemporaryName);
            }
            let inode = |token: &str, seen: &TrialOutcome| {
                seen.facts.inodes.get(&token.parse::<u64>().ok()?).cloned()
            };
            pairs.iter().find_map(|(one, other)| {
                let path = inode(one, left)?;
                (inode(other, right)? == path).then_some(Clue::Inode(path))
            })
        }
        Difference::Bytes { offset, .. } if !matches!(difference, Difference::Archive { .. }) => {
            let is = |seen: &TrialOutcome| {
                let bytes = seen.bytes.as_deref().unwrap_or_default();
                is_time_at(bytes, (*offset).min(bytes.len()), &seen.facts)
            };
            (is(left) && is(right)).then_some(Clue::Time)
        }
        _ => None,
    }
}

/// Whether a time within a trial is at a place of a file, in digits as `ar` writes it or in
/// four bytes as `gzip` does.
fn is_time_at(bytes: &[u8], offset: usize, facts: &TrialFacts) -> bool {
    let (before, after) = bytes.split_at(offset);
    let from = before.iter().rposition(|byte| !byte.is_ascii_graphic()).map_or(0, |at| at + 1);
    let length = after.iter().position(|byte| !byte.is_ascii_graphic()).unwrap_or(after.len());
    let digits = std::str::from_utf8(&bytes[from..offset + length]).unwrap_or_default();
    let span = facts.span.0..=facts.span.1 + 1;
    let mut words = bytes[offset.saturating_sub(3)..].windows(4).take(4);
    let is_word = words.any(|word| {
        word.try_into().is_ok_and(|word| span.contains(&u64::from(u32::from_le_bytes(word))))
    });
    is_word || is_time(digits, facts)
}

/// Whether two plain trials show the same items in another order.
#[must_use]
pub(crate) fn is_of_order(left: &TrialOutcome, right: &TrialOutcome) -> bool {
    difference(left, right).and_then(|it| hint_of(&it)) == Some(Hint::Order)
}

fn difference(left: &TrialOutcome, right: &TrialOutcome) -> Option<Difference> {
    let file = |seen: &TrialOutcome| Some(vec![("file".to_owned(), seen.bytes.clone()?)]);
    Some(compare(&file(left)?, &file(right)?).into_iter().next()?.difference)
}

/// The words of two lines that differ, in pairs; none where there are not as many.
fn differing<'a>(left: &'a str, right: &'a str) -> Option<Vec<(&'a str, &'a str)>> {
    let split = |text: &'a str| -> Vec<&'a str> {
        let between = |c: char| c.is_whitespace() || "\"'`,;()[]{}<>=|".contains(c);
        text.split(between).filter(|token| !token.is_empty()).collect()
    };
    let (left, right) = (split(left), split(right));
    if left.len() != right.len() {
        return None;
    }
    Some(left.into_iter().zip(right).filter(|(one, other)| one != other).collect())
}

/// Whether a number is a time within a trial: in seconds, or in their parts.
fn is_time(token: &str, facts: &TrialFacts) -> bool {
    if let Some(second) = second_of_day(token) {
        let (start, end) = (facts.span.0 % 86_400, facts.span.1 % 86_400);
        return start <= second && second <= end + 1;
    }
    let (whole, _) = token.split_once('.').unwrap_or((token, ""));
    let Ok(number) = whole.parse::<u64>() else { return false };
    let (start, end) = facts.span;
    [1, 1_000, 1_000_000, 1_000_000_000]
        .iter()
        .any(|unit| (start..=end + 1).contains(&(number / unit)) && number >= 1_000_000_000)
}

/// The second of the day that a token such as `14:13:06` or `2026-11-28T14:13:06Z` gives.
/// Plain trials have their time zone in UTC.
fn second_of_day(token: &str) -> Option<u64> {
    let clock = token.rsplit('T').next().unwrap_or(token);
    let mut parts = clock.split(':');
    let mut part = |most: u64| {
        let digits: String = parts.next()?.chars().take_while(char::is_ascii_digit).collect();
        digits.parse::<u64>().ok().filter(|number| digits.len() == 2 && *number < most)
    };
    Some(part(24)? * 3600 + part(60)? * 60 + part(61)?)
}

fn is_temporary(token: &str, facts: &TrialFacts) -> bool {
    !facts.temporary.is_empty() && token.contains(facts.temporary.as_str())
}

/// The candidates that a difference itself speaks for: first those whose value it shows,
/// then those that it looks like.
#[must_use]
pub(crate) fn suspects(difference: &Difference, candidates: &Variation) -> Vec<Aspect> {
    let text = format!("{difference:?}");
    let shows = |(aspect, value): (Aspect, &str)| {
        let word = match aspect {
            Aspect::Checkout => "/xtask-",
            Aspect::Home => "/home",
            Aspect::Temporary => "/tmp/",
            Aspect::Terminal | Aspect::Cpus | Aspect::Threads => return None,
            Aspect::Umask | Aspect::HashSeed | Aspect::FolderOrder => return None,
            Aspect::Ci | Aspect::Kernel | Aspect::Aslr | Aspect::Output => return None,
            Aspect::Clock | Aspect::Warm | Aspect::FileTimes | Aspect::Disk => return None,
            Aspect::Locale => return None,
            Aspect::History => value.strip_prefix("branch ")?,
            _ => value,
        };
        text.contains(word).then_some(aspect)
    };
    let mut found: Vec<Aspect> = candidates.iter().filter_map(shows).collect();
    // A gate that lists the variables of its environment shows some that only we set.
    let ours = ["COLUMNS", "LINES", "LOGNAME", "PERL_HASH_SEED", "PYTHONHASHSEED"];
    let names = ours.iter().filter(|name| text.contains(**name)).count();
    if names > 1 && candidates.has(Aspect::Variable) {
        found.retain(|aspect| *aspect != Aspect::Variable);
        found.insert(0, Aspect::Variable);
    }
    // A path of HOME is below the folder of the run, as are those of all others.
    found.sort_by_key(|aspect| (*aspect == Aspect::Checkout, *aspect == Aspect::Home));
    let looks: &[Aspect] = match hint_of(difference) {
        Some(Hint::Order) => &[Aspect::Locale, Aspect::FolderOrder, Aspect::Disk],
        Some(Hint::Umask) => &[Aspect::Umask],
        Some(Hint::Owner) => &[Aspect::Uid, Aspect::User],
        Some(Hint::Time) => &[Aspect::Zone],
        Some(Hint::LineEnds | Hint::Invisible | Hint::Layout) => &[Aspect::Terminal],
        Some(Hint::Path | Hint::Random) | None => &[],
    };
    let likely = looks.iter().filter(|aspect| candidates.has(**aspect) && !found.contains(aspect));
    let likely: Vec<Aspect> = likely.copied().collect();
    found.extend(likely);
    found.truncate(3);
    found
}
