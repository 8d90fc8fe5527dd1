//! Finds the last of many patterns that matches a path. Patterns without wildcards
//! and those of the form `*.ext` are looked up; only the others are tried in turn,
//! the last ones first.

use std::collections::HashMap;

use super::pattern::{Pattern, SegmentPart, Token};

/// The rules of a file, by their numbers, which rise with the lines.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// `/a/b`: by the whole path.
    paths: HashMap<Vec<u8>, Numbers>,
    /// `name`: by that name.
    names: HashMap<Vec<u8>, Numbers>,
    /// `*.ext`: by `.ext`.
    endings: HashMap<Vec<u8>, Numbers>,
    /// All others, in the order of their numbers.
    others: Vec<Other>,
}

#[derive(Debug)]
struct Other {
    number: usize,
    /// How every path begins that the pattern matches.
    start: Vec<u8>,
    pattern: Pattern,
}

/// The last rule of a pattern, and the last one with a slash at its end.
#[derive(Debug, Default)]
struct Numbers {
    any: Option<usize>,
    folder: Option<usize>,
}

impl Numbers {
    fn set(&mut self, folder: bool, number: usize) {
        *if folder { &mut self.folder } else { &mut self.any } = Some(number);
    }

    fn get(&self, is_folder: bool) -> Option<usize> {
        if is_folder { self.any.max(self.folder) } else { self.any }
    }
}

impl Index {
    /// Adds the rule `number`, which must be above those before.
    pub(super) fn add(&mut self, pattern: &Pattern, number: usize) {
        let literals: Option<Vec<_>> = pattern.parts.iter().map(SegmentPart::literal).collect();
        let numbers = match (literals, ending(pattern)) {
            (Some(parts), _) if pattern.anchored => {
                self.paths.entry(parts.join(&b'/')).or_default()
            }
            (Some(parts), _) => self.names.entry(parts.concat()).or_default(),
            (None, Some(ending)) => self.endings.entry(ending).or_default(),
            (None, None) => {
                let (start, pattern) = (start(pattern), pattern.clone());
                return self.others.push(Other { number, start, pattern });
            }
        };
        numbers.set(pattern.folder, number);
    }

    /// The highest number of a rule whose pattern matches.
    pub(super) fn last_match(&self, path: &[u8]) -> Option<usize> {
        let parts: Vec<&[u8]> = path.split(|byte| *byte == b'/').collect();
        let (mut best, mut end) = (None, 0);
        for (at, name) in parts.iter().enumerate() {
            end += name.len() + usize::from(at > 0);
            let is_folder = at + 1 < parts.len();
            let found = |numbers: Option<&Numbers>| numbers.and_then(|n| n.get(is_folder));
            best = best.max(found(path.get(..end).and_then(|head| self.paths.get(head))));
            best = best.max(found(self.names.get(*name)));
            best = best.max(self.by_ending(name, is_folder));
        }
        let later = self.others.iter().rev().take_while(|other| Some(other.number) > best);
        let mut matching =
            later.filter(|other| path.starts_with(&other.start) && other.pattern.matches(&parts));
        matching.next().map(|other| other.number).or(best)
    }

    fn by_ending(&self, name: &[u8], is_folder: bool) -> Option<usize> {
        if self.endings.is_empty() {
            return None;
        }
        let dots = name.iter().enumerate().filter(|(_, byte)| **byte == b'.');
        let endings = dots.filter_map(|(at, _)| self.endings.get(name.get(at..)?));
        endings.filter_map(|numbers| numbers.get(is_folder)).max()
    }
}

/// The folders that an anchored pattern names before its first wildcard.
fn start(pattern: &Pattern) -> Vec<u8> {
    let mut start = Vec::new();
    if pattern.anchored {
        for part in pattern.parts.iter().map_while(SegmentPart::literal) {
            start.extend(part);
            start.push(b'/');
        }
    }
    start
}

/// `.ext` of an unanchored `*.ext`.
fn ending(pattern: &Pattern) -> Option<Vec<u8>> {
    let ([SegmentPart::Name(tokens)], false) = (pattern.parts.as_slice(), pattern.anchored) else {
        return None;
    };
    let (Token::Many, rest) = tokens.split_first()? else { return None };
    let rest = SegmentPart::Name(rest.to_vec()).literal()?;
    rest.starts_with(b".").then_some(rest)
}
