//! The first difference of two archives: contents first, then order, then what
//! else is recorded about the entries.

use std::collections::BTreeMap;

use super::members::{ArchiveKind, Listing, Member, PACKED_SIZE};
use super::{Difference, Room, difference as of_contents};

/// The first difference of two archives of the same kind; none where they are
/// not, where one is damaged or too large, or where nothing in them differs.
pub(super) fn difference(
    name: &str,
    left: &[u8],
    right: &[u8],
    room: &mut Room,
) -> Option<Difference> {
    let kind = ArchiveKind::of(left)?;
    if ArchiveKind::of(right) != Some(kind) || room.depth == 0 {
        return None;
    }
    let left = kind.open(name, left, room)?;
    let right = kind.open(name, right, room)?;
    room.depth -= 1;
    let found = all(&left, &right, room);
    room.depth += 1;
    let others = found.len().saturating_sub(1);
    found.into_iter().next().map(|first| with_others(first, others))
}

/// The same difference, which `count` others follow.
fn with_others(mut difference: Difference, count: usize) -> Difference {
    if let Difference::Archive { others, .. } | Difference::ArchiveMetadata { others, .. } =
        &mut difference
    {
        *others = count;
    }
    difference
}

/// The two sides of an entry.
type Pair<'s, 'a> = (Option<&'s Member<'a>>, Option<&'s Member<'a>>);

/// The entries of both, by name and occurrence.
fn paired<'s, 'a>(
    left: &'s [Member<'a>],
    right: &'s [Member<'a>],
) -> BTreeMap<(&'s str, usize), Pair<'s, 'a>> {
    let mut pairs: BTreeMap<(&str, usize), Pair<'s, 'a>> = BTreeMap::new();
    for (key, member) in occurrences(left) {
        pairs.entry(key).or_default().0 = Some(member);
    }
    for (key, member) in occurrences(right) {
        pairs.entry(key).or_default().1 = Some(member);
    }
    pairs
}

/// Each entry with its name and which entry of that name it is.
fn occurrences<'s, 'a>(
    members: &'s [Member<'a>],
) -> impl Iterator<Item = ((&'s str, usize), &'s Member<'a>)> {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    members.iter().map(move |member| {
        let times = seen.entry(&member.name).or_default();
        *times += 1;
        ((member.name.as_str(), *times), member)
    })
}

/// Every difference, the weightiest first.
fn all(left: &Listing<'_>, right: &Listing<'_>, room: &mut Room) -> Vec<Difference> {
    let pairs = paired(&left.members, &right.members);
    let mut contents = Vec::new();
    let mut metadata = Vec::new();
    for ((name, _), pair) in &pairs {
        let inner = match pair {
            (Some(l), Some(r)) => {
                let inner = of_contents(name, &l.content, &r.content, room);
                metadata.extend(facts(name, &l.facts, &r.facts, inner.is_none()));
                inner
            }
            (Some(_), None) => Some(Difference::OnlyLeft),
            (None, _) => Some(Difference::OnlyRight),
        };
        let entry = (*name).to_owned();
        contents.extend(inner.map(|inner| Difference::Archive {
            entry,
            inner: inner.into(),
            others: 0,
        }));
    }
    if pairs.values().all(|(l, r)| l.is_some() && r.is_some()) {
        contents.extend(order(left, right));
    }
    contents.extend(metadata);
    contents.extend(facts("", &left.facts, &right.facts, true));
    contents
}

/// The facts that differ.
fn facts(
    entry: &str,
    left: &[(&'static str, String)],
    right: &[(&'static str, String)],
    same_content: bool,
) -> Vec<Difference> {
    let pairs = left.iter().zip(right);
    let differing =
        pairs.filter(|((field, l), (_, r))| l != r && (same_content || *field != PACKED_SIZE));
    differing
        .map(|((field, l), (_, r))| Difference::ArchiveMetadata {
            entry: entry.to_owned(),
            field,
            left: l.clone(),
            right: r.clone(),
            others: 0,
        })
        .collect()
}

/// The first place where the same entries come in another order.
fn order(left: &Listing<'_>, right: &Listing<'_>) -> Option<Difference> {
    let mut places = left.members.iter().zip(&right.members);
    let (l, r) = places.find(|(l, r)| l.name != r.name)?;
    Some(Difference::ArchiveMetadata {
        entry: l.name.clone(),
        field: "order",
        left: l.name.clone(),
        right: r.name.clone(),
        others: 0,
    })
}
