//! Two branches that both appended become one chain. What was signed is never signed
//! again; what one side has already stays byte for byte, because tags may pin its roots.

use std::collections::BTreeMap;

use serde_json::json;

use super::chain::{Chain, Doubts, column};
use super::digest::Digest;
use super::line::{Line, MERGER, NO_ROOT, sealed};
use super::{Head, canonical};
use thrice_findings::{Code, Finding, Place};
use thrice_programme::Kind;

/// A ledger of one side.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    /// How people know it, such as `ours`.
    pub name: &'a str,
    /// Its bytes.
    pub bytes: &'a [u8],
}

/// What two ledgers became.
#[derive(Debug)]
pub struct Merged {
    /// The whole ledger.
    pub bytes: Vec<u8>,
    /// Where it ends.
    pub head: Head,
    /// Name of the side whose entries kept their roots.
    pub first: String,
    /// How many entries of the other side were added after them.
    pub added: u64,
}

/// A side that was read.
struct Read<'a> {
    name: &'a str,
    bytes: &'a [u8],
    lines: Vec<(&'a [u8], Line<'a>)>,
    head: Head,
    latest: String,
}

/// Joins two ledgers. `defaults` are those of the default branch, as far as they are
/// known: the side that alone begins with one of them goes first, and ours otherwise.
///
/// # Errors
/// Where a side does not verify, or both have an entry of one id that says other words.
pub fn merge(
    ours: Side<'_>,
    theirs: Side<'_>,
    defaults: &[Vec<u8>],
) -> Result<Merged, Vec<Finding>> {
    let (ours, theirs) = match (read(ours), read(theirs)) {
        (Ok(ours), Ok(theirs)) => (ours, theirs),
        (ours, theirs) => return Err(refused([ours.err(), theirs.err()])),
    };
    let common = common_lines(&ours, &theirs);
    let theirs_first = defaults.iter().find_map(|default| {
        let begins = |side: &Read<'_>| side.bytes.starts_with(default);
        (begins(&ours) != begins(&theirs)).then(|| begins(&theirs))
    });
    let (first, second) = if theirs_first == Some(true) { (theirs, ours) } else { (ours, theirs) };
    if second.lines.len() == common {
        return Ok(whole(&first));
    }
    if first.lines.len() == common {
        return Ok(whole(&second));
    }
    let added = missing_from(&first, &second, common)?;
    if added.is_empty() {
        return Ok(whole(&first));
    }
    Ok(joined(&first, &second, &added))
}

fn refused(sides: [Option<Vec<Finding>>; 2]) -> Vec<Finding> {
    sides.into_iter().flatten().flatten().collect()
}

fn read(side: Side<'_>) -> Result<Read<'_>, Vec<Finding>> {
    let mut chain = Chain::new(side.name);
    let mut lines = Vec::new();
    let wholes = || side.bytes.split_inclusive(|byte| *byte == b'\n');
    for whole in wholes() {
        lines.extend(chain.push(whole).map(|line| (whole, line)));
    }
    let checked = chain.end();
    let mut findings = checked.findings;
    let mut doubts = Doubts::new(side.name, &checked.doubts);
    if !checked.doubts.is_empty() {
        wholes().for_each(|whole| doubts.push(whole));
    }
    findings.extend(doubts.into_findings());
    if !findings.is_empty() {
        return Err(findings);
    }
    let (head, latest) = (checked.head, checked.latest);
    Ok(Read { name: side.name, bytes: side.bytes, lines, head, latest })
}

fn common_lines(one: &Read<'_>, other: &Read<'_>) -> usize {
    let pairs = one.lines.iter().zip(&other.lines);
    pairs.take_while(|((one, _), (other, _))| one == other).count()
}

fn whole(side: &Read<'_>) -> Merged {
    let (bytes, head) = (side.bytes.to_vec(), side.head);
    Merged { bytes, head, first: side.name.to_owned(), added: 0 }
}

/// The entries that the second side has and the first has not, in their order. Markers of
/// earlier merges are of the second side's own positions, which are given up.
fn missing_from<'l, 'a>(
    first: &Read<'a>,
    second: &'l Read<'a>,
    common: usize,
) -> Result<Vec<&'l Line<'a>>, Vec<Finding>> {
    let known: BTreeMap<&str, &Line<'_>> =
        first.lines.iter().map(|(_, line)| (line.id.raw, line)).collect();
    let mut missing = Vec::new();
    let mut findings = Vec::new();
    for (number, (whole, line)) in second.lines.iter().enumerate().skip(common) {
        match known.get(line.id.raw) {
            _ if line.kind == Kind::Merge => {}
            None => missing.push(line),
            Some(other) if other.says_the_same(line) => {}
            Some(other) => {
                let place = Place {
                    column: Some(column(whole, line.id.at)),
                    ..Place::line(second.name, number + 1)
                };
                let (id, name, at) = (line.id.raw, first.name, other.index + 1);
                findings.push(
                    Finding::new(
                        Code::LedgerConflict,
                        format!("`{id}` says other words, or is signed otherwise, in line {at} of {name}"),
                    )
                    .help("one of the two was edited: find out which, and take that line back on its branch")
                    .at(place),
                );
            }
        }
    }
    if !findings.is_empty() {
        return Err(findings);
    }
    missing.sort_by_key(|line| (line.created_at.raw, line.id.raw));
    Ok(missing)
}

fn joined(first: &Read<'_>, second: &Read<'_>, added: &[&Line<'_>]) -> Merged {
    let mut bytes = first.bytes.to_vec();
    let mut head = first.head;
    let (marker, root) = marker(first, second, added.len());
    bytes.extend_from_slice(marker.as_bytes());
    head = Head { entries: head.entries + 1, root };
    for line in added {
        let (moved, root) = line.moved(head.entries, &head.root.to_string());
        bytes.extend_from_slice(moved.as_bytes());
        head = Head { entries: head.entries + 1, root };
    }
    Merged { bytes, head, first: first.name.to_owned(), added: added.len() as u64 }
}

/// The line that says that entries of another branch follow. It is made of the two sides
/// alone, so that whoever joins them writes the same bytes.
fn marker(first: &Read<'_>, second: &Read<'_>, entries: usize) -> (String, Digest) {
    let roots = [first.head.root.to_string(), second.head.root.to_string()];
    let digest = Digest::of(&[&roots[0], &roots[1]]).to_string();
    let words = canonical::text(&json!({
        "actor": MERGER,
        "created_at": first.latest.as_str().max(second.latest.as_str()),
        "data": { "entries": entries, "root": second.head.root.to_string() },
        "id": format!("merge-{}", digest.get(..32).unwrap_or(&digest)),
    }));
    let words = words.strip_suffix('}').unwrap_or(&words);
    let prev_root =
        if first.head.entries == 0 { NO_ROOT.to_owned() } else { first.head.root.to_string() };
    sealed(words, Kind::Merge, first.head.entries, &prev_root, None)
}
