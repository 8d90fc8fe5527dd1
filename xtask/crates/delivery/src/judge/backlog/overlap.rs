//! Open stories whose narrower Filemaps reach the same files: their patches would collide.

use std::collections::{BTreeMap, BTreeSet};

use super::state::{Board, OfStories};
use thrice_findings::{Code, Finding};
use thrice_programme::{Backlog, Filemap};

/// For each pair of areas that reach one file, such a file.
pub(crate) type Reached = BTreeMap<(String, String), String>;

/// How many stories a message names.
const NAMED: usize = 5;

/// The stories under way whose maps meet. A story without a narrower map is in none: it
/// may touch everything, and that is known.
#[must_use]
pub(crate) fn overlaps(
    backlog: &Backlog,
    board: &Board,
    filemap: &Filemap,
    reached: &Reached,
) -> Vec<OfStories> {
    let mut of_area: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let stories = backlog.stories.iter().zip(&board.statuses);
    for (story, _) in stories.filter(|(_, status)| status.is_under_way()) {
        for area in filemap.areas_of_story(&story.id).unwrap_or_default() {
            of_area.entry(area).or_default().insert(&story.id);
        }
    }
    let mut findings = Vec::new();
    let mut reported: BTreeSet<Vec<&str>> = BTreeSet::new();
    for (area, stories) in &of_area {
        if stories.len() > 1 && reported.insert(stories.iter().copied().collect()) {
            findings.push(finding(stories, &format!("the area `{area}`")));
        }
    }
    for ((first, second), path) in reached {
        let (Some(a), Some(b)) = (of_area.get(first.as_str()), of_area.get(second.as_str())) else {
            continue;
        };
        let all: BTreeSet<&str> = a.union(b).copied().collect();
        if all.len() > 1 && reported.insert(all.iter().copied().collect()) {
            let what = format!("`{path}`, which `{first}` and `{second}` reach");
            findings.push(finding(&all, &what));
        }
    }
    findings
}

fn finding(stories: &BTreeSet<&str>, what: &str) -> OfStories {
    let count = stories.len();
    let mut named: Vec<&str> = stories.iter().copied().take(NAMED).collect();
    let more = format!("{} more", count - named.len());
    if count > NAMED {
        named.push(&more);
    }
    let message = format!("{} are under way and may all touch {what}", named.join(", "));
    let finding = Finding::new(Code::StoryOverlap, message)
        .help("finish one before the other, or narrow their maps in policy/filemap.toml");
    (stories.iter().map(|id| (*id).to_owned()).collect(), finding)
}
