//! Stories as they are written, made into stories that can be used.

use std::collections::HashMap;

use super::raw::{RawStory, RawWave};
use super::validate::{Ids, ids_of, known, listed_ids};
use super::{Story, Wave};
use thrice_findings::{Code, Finding};
use thrice_policy::source::Placed;
use thrice_policy::values::texts;

/// A story, and where what it refers to is written.
pub(super) struct Written {
    pub(super) story: Story,
    wave: Option<Placed<String>>,
    pub(super) epic: Option<Placed<String>>,
    pub(super) depends: Vec<Placed<String>>,
    pub(super) reopens: Vec<Placed<String>>,
}

/// The stories of a table; several where its id is a range.
pub(super) fn written(raw: Placed<RawStory>, findings: &mut Vec<Finding>) -> Vec<Written> {
    let at = raw.with(());
    let raw = raw.value;
    check_priority(raw.priority.as_ref(), findings);
    let (Some(id), Some(title), Some(priority)) = (raw.id, raw.title, raw.priority) else {
        return Vec::new();
    };
    let depends = listed_ids(raw.depends, findings);
    let reopens = listed_ids(raw.reopens, findings);
    let contract = raw.contract.map(|paths| texts(paths.value)).unwrap_or_default();
    let story = |id: String| Story {
        id,
        title: title.value.clone(),
        owner: raw.owner.as_ref().map(|owner| owner.value.clone()),
        priority: priority.value.clone(),
        wave: None,
        epic: raw.epic.as_ref().map(|epic| epic.value.clone()),
        acceptance: raw.acceptance.clone().map(|list| texts(list.value)).unwrap_or_default(),
        delta: raw.delta.clone().map(|list| texts(list.value)).unwrap_or_default(),
        tasks: raw.tasks.clone().map(|list| texts(list.value)).unwrap_or_default(),
        depends: depends.iter().map(|id| id.value.clone()).collect(),
        pending_approval: raw.pending_po_approval.as_ref().is_some_and(|pending| pending.value),
        contract: contract.iter().map(|path| path.0.clone()).collect(),
        reopens: reopens.iter().map(|id| id.value.clone()).collect(),
        at: at.clone(),
    };
    let written = |id: String| Written {
        story: story(id),
        wave: raw.wave.clone(),
        epic: raw.epic.clone(),
        depends: depends.clone(),
        reopens: reopens.clone(),
    };
    ids_of(&id, findings).into_iter().map(written).collect()
}

fn check_priority(priority: Option<&Placed<String>>, findings: &mut Vec<Finding>) {
    let Some(priority) = priority else { return };
    let number = priority.value.strip_prefix('P').unwrap_or_default();
    if number.is_empty() || number.len() > 2 || !number.bytes().all(|b| b.is_ascii_digit()) {
        let message = format!("`{}` is no priority", priority.value);
        findings.push(priority.finding(Code::PolicyValue, message).help("write `P0`, `P1` or so"));
    }
}

/// Gives each story its wave: the one that it names, or the one that lists it.
pub(super) fn place_in_waves(
    stories: &mut [Written],
    raw: &[Placed<RawWave>],
    waves: &[Wave],
    findings: &mut Vec<Finding>,
) {
    let mut of: HashMap<String, Vec<Placed<String>>> = HashMap::new();
    let all = Ids::of(stories.iter().map(|written| written.story.id.as_str()));
    for wave in raw {
        let Some(id) = &wave.value.id else { continue };
        for story in listed_ids(wave.value.stories.clone(), findings) {
            known(&story, "story", &all, findings);
            let wave = story.with(id.value.clone());
            of.entry(story.value).or_default().push(wave);
        }
    }
    let ids = Ids::of(waves.iter().map(|wave| wave.id.as_str()));
    for written in stories {
        let mut named: Vec<Placed<String>> = written.wave.iter().cloned().collect();
        if let Some(wave) = &written.wave {
            known(wave, "wave", &ids, findings);
        }
        named.extend(of.remove(&written.story.id).unwrap_or_default());
        let id = &written.story.id;
        if let [first, second, ..] = named.as_slice() {
            let message = if first.value == second.value {
                format!("`{id}` is in the wave {} twice", first.value)
            } else {
                format!("`{id}` is in two waves, {} and {}", first.value, second.value)
            };
            findings.push(second.finding(Code::PolicyReference, message).help("leave one of them"));
        }
        if named.is_empty() && !waves.is_empty() {
            let message = format!("`{id}` is in no wave");
            let help = "add `wave = …`, or list it in `stories` of a wave";
            findings.push(written.story.at.finding(Code::PolicyReference, message).help(help));
        }
        written.story.wave = named.into_iter().next().map(|wave| wave.value);
    }
}
