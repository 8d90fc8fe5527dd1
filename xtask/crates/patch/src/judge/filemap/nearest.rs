//! Which rule came nearest to a path that none reaches.

use super::index::Rules;
use thrice_programme::filemap::{Area, PlacedGlob};

/// The area whose glob agrees with the most of a path's beginning; `None` where none
/// agrees with anything. Letter case does not count: a wrong one is the likeliest slip.
#[must_use]
pub fn nearest<'a>(rules: &Rules<'a>, path: &[u8]) -> Option<(&'a Area, &'a PlacedGlob)> {
    let globs = rules.filemap.areas.iter().flat_map(|area| {
        area.paths.iter().map(move |glob| (agreement(glob.glob.text(), path), area, glob))
    });
    let best = globs.rev().max_by_key(|(agreement, ..)| *agreement)?;
    (best.0 > 0).then_some((best.1, best.2))
}

/// Bytes that a glob's literal beginning and a path share: a folder, or three at least.
fn agreement(glob: &str, path: &[u8]) -> usize {
    let literal = glob.split(['*', '?', '[', '{', '\\']).next().unwrap_or_default();
    let same = literal.bytes().zip(path).take_while(|(a, b)| a.eq_ignore_ascii_case(b)).count();
    let is_slip = same >= 3 || path.iter().take(same).any(|byte| *byte == b'/');
    if is_slip { same } else { 0 }
}
