//! Checking the backlog: every reference leads somewhere, once, and never back.

use std::collections::{BTreeSet, HashMap};

use super::circles::circle;
use super::raw::{RawBacklog, RawDeferred, RawEpic, RawExternal, RawFeature, RawFrozen, RawWave};
use super::stories::{Written, place_in_waves, written};
use super::{
    Backlog, DEFAULT_LIMIT, DEFAULT_ROLE, Deferred, Epic, External, Feature, Frozen, Story, Wave,
};
use crate::branches::{Branches, FormPart};
use crate::programme::Role;
use crate::programme::check_roles;
use thrice_findings::{Code, Finding};
use thrice_policy::source::Placed;
use thrice_policy::table::List;
use thrice_policy::values::texts;

/// What other files say; none where they cannot be used or are not there.
#[derive(Clone, Copy, Default)]
pub(crate) struct BacklogReferences<'a> {
    pub roles: Option<&'a [Role]>,
    /// What branches are called.
    pub branches: Option<&'a Branches>,
}

/// Ids that something may refer to.
pub(super) struct Ids<'a>(BTreeSet<&'a str>);

impl<'a> Ids<'a> {
    pub(super) fn of(ids: impl Iterator<Item = &'a str>) -> Self {
        Self(ids.collect())
    }
}

/// Checks the values; `None` where one that is needed is missing or wrong.
pub(crate) fn validate(
    raw: RawBacklog,
    known_of: BacklogReferences<'_>,
    findings: &mut Vec<Finding>,
) -> Option<Backlog> {
    let list = raw.features.map(|list| list.value).unwrap_or_default();
    let features = list.into_iter().filter_map(|raw| feature(raw, findings)).collect();
    let list = raw.epics.map(|list| list.value).unwrap_or_default();
    let epics = list.into_iter().flat_map(|raw| epics(raw, findings)).collect();
    let limit = |limit: Option<&Placed<u64>>, findings: &mut Vec<Finding>| {
        let zero = limit.filter(|limit| limit.value == 0);
        findings.extend(zero.map(|limit| {
            limit
                .finding(Code::PolicyValue, "nothing could ever be started")
                .help("write at least 1")
        }));
        limit.map(|limit| limit.value)
    };
    let wip = raw.wip.map(|wip| wip.value);
    let wave_limit = limit(wip.as_ref().and_then(|wip| wip.wave.as_ref()), findings);
    let cycle_limit = limit(wip.as_ref().and_then(|wip| wip.cycle.as_ref()), findings);
    let raw_waves = raw.waves.map(|list| list.value).unwrap_or_default();
    let waves: Vec<Wave> = raw_waves
        .iter()
        .filter_map(|raw| {
            let own = limit(raw.value.limit.as_ref(), findings);
            wave(raw, own.or(wave_limit).unwrap_or(DEFAULT_LIMIT), findings)
        })
        .collect();
    let mut stories: Vec<Written> =
        raw.stories?.value.into_iter().flat_map(|raw| written(raw, findings)).collect();
    place_in_waves(&mut stories, &raw_waves, &waves, findings);
    let frozen: Vec<Frozen> = raw
        .frozen
        .map(|list| list.value)
        .unwrap_or_default()
        .into_iter()
        .flat_map(|raw| frozen(raw, findings))
        .collect();
    let raw_deferred = raw.deferred.map(|list| list.value).unwrap_or_default();
    let deferred = deferred(raw_deferred, &stories, findings);
    let raw_externals = raw.external.map(|list| list.value).unwrap_or_default();
    let externals = externals(raw_externals, &stories, findings);
    let roles = raw.approval.and_then(|approval| approval.value.roles);
    let backlog = Backlog {
        features,
        epics,
        positions: positions(&stories, findings),
        waves,
        cycle_limit: cycle_limit.unwrap_or(DEFAULT_LIMIT),
        frozen,
        deferred,
        externals,
        approval_roles: approval_roles(roles, known_of.roles, findings),
        stories: stories.iter().map(|written| written.story.clone()).collect(),
    };
    check_twice(&backlog, findings);
    check_references(&backlog, &stories, findings);
    check_waves(&backlog, &stories, findings);
    check_branches(&backlog, known_of.branches, findings);
    Some(backlog)
}

/// The ids that a text stands for.
pub(super) fn ids_of(text: &Placed<String>, findings: &mut Vec<Finding>) -> Vec<String> {
    super::expanded(&text.value).unwrap_or_else(|reason| {
        let message = format!("`{}` {reason}", text.value);
        findings.push(
            text.finding(Code::PolicyValue, message)
                .help("write an id, or a range such as `S-PC-01-001..003`"),
        );
        Vec::new()
    })
}

/// The ids of a list, each where it is written; one that stands twice is reported.
pub(super) fn listed_ids(
    list: Option<Placed<List<String>>>,
    findings: &mut Vec<Finding>,
) -> Vec<Placed<String>> {
    let mut ids: Vec<Placed<String>> = Vec::new();
    let mut seen = BTreeSet::new();
    for text in list.map(|list| list.value).unwrap_or_default() {
        for id in ids_of(&text, findings) {
            if !seen.insert(id.clone()) {
                let message = format!("`{id}` stands twice in this list");
                findings.push(text.finding(Code::PolicyReference, message).help("leave one"));
                continue;
            }
            ids.push(text.with(id));
        }
    }
    ids
}

/// Tells of an id that nothing has.
pub(super) fn known(id: &Placed<String>, what: &str, ids: &Ids<'_>, findings: &mut Vec<Finding>) {
    if ids.0.contains(id.value.as_str()) {
        return;
    }
    let otherwise = match ids.0.is_empty() {
        true => format!("the backlog has no {what} yet"),
        false => format!("add the {what}, or take the id out"),
    };
    findings.push(id.unknown(what, ids.0.iter().copied(), otherwise));
}

fn feature(raw: Placed<RawFeature>, findings: &mut Vec<Finding>) -> Option<Feature> {
    let at = raw.with(());
    let raw = raw.value;
    let sprints = listed_ids(raw.sprints, findings);
    let focus = raw.focus.map(|list| texts(list.value)).unwrap_or_default();
    Some(Feature { id: raw.id?.value, name: raw.name?.value, focus, sprints, at })
}

fn epics(raw: Placed<RawEpic>, findings: &mut Vec<Finding>) -> Vec<Epic> {
    let at = raw.with(());
    let raw = raw.value;
    let sprints = listed_ids(raw.sprints, findings);
    let Some(id) = raw.id else { return Vec::new() };
    let epic = |id: String| Epic {
        name: raw.name.as_ref().map_or_else(|| id.clone(), |name| name.value.clone()),
        id,
        feature: raw.feature.clone(),
        sprints: sprints.clone(),
        at: at.clone(),
    };
    ids_of(&id, findings).into_iter().map(epic).collect()
}

fn wave(raw: &Placed<RawWave>, limit: u64, findings: &mut Vec<Finding>) -> Option<Wave> {
    let at = raw.with(());
    let raw = &raw.value;
    let id = raw.id.as_ref()?;
    if ids_of(id, findings).len() != 1 {
        findings.push(
            id.finding(Code::PolicyValue, "a wave has one id").help("write a table for each wave"),
        );
    }
    Some(Wave {
        id: id.value.clone(),
        name: raw.name.as_ref().map(|name| name.value.clone()),
        after: raw.after.clone(),
        limit,
        condition: raw.condition.clone().map(|list| texts(list.value)).unwrap_or_default(),
        drills: raw.drills.clone().map(|list| texts(list.value)).unwrap_or_default(),
        at,
    })
}

fn frozen(raw: Placed<RawFrozen>, findings: &mut Vec<Finding>) -> Vec<Frozen> {
    let at = raw.with(());
    let raw = raw.value;
    let (Some(id), Some(reason)) = (raw.id, raw.reason) else { return Vec::new() };
    let frozen = |id| Frozen { id, reason: reason.value.clone(), at: at.clone() };
    ids_of(&id, findings).into_iter().map(frozen).collect()
}

fn deferred(
    raw: List<RawDeferred>,
    stories: &[Written],
    findings: &mut Vec<Finding>,
) -> Vec<Deferred> {
    let all = Ids::of(stories.iter().map(|written| written.story.id.as_str()));
    let mut tracks = Vec::new();
    for raw in raw {
        let at = raw.with(());
        let ids = listed_ids(raw.value.stories, findings);
        ids.iter().for_each(|id| known(id, "story", &all, findings));
        let (Some(id), Some(trigger)) = (raw.value.id, raw.value.trigger) else { continue };
        let stories = ids.into_iter().map(|id| id.value).collect();
        tracks.push(Deferred { id: id.value, trigger: trigger.value, stories, at });
    }
    tracks
}

fn externals(
    raw: List<RawExternal>,
    stories: &[Written],
    findings: &mut Vec<Finding>,
) -> Vec<External> {
    let all = Ids::of(stories.iter().map(|written| written.story.id.as_str()));
    let mut externals = Vec::new();
    for raw in raw {
        let at = raw.with(());
        let raw = raw.value;
        let ids = listed_ids(raw.stories, findings);
        ids.iter().for_each(|id| known(id, "story", &all, findings));
        let stories = ids.into_iter().map(|id| id.value).collect();
        let arrived = raw.arrived.map(|day| day.value.0);
        let (Some(id), Some(title), Some(owner)) = (raw.id, raw.title, raw.owner) else { continue };
        let Some(due) = raw.due.map(|day| day.value.0) else { continue };
        let (id, title, owner) = (id.value, title.value, owner.value);
        externals.push(External { id, title, owner, due, arrived, stories, at });
    }
    externals
}

fn approval_roles(
    named: Option<Placed<List<String>>>,
    roles: Option<&[Role]>,
    findings: &mut Vec<Finding>,
) -> Vec<String> {
    let Some(named) = named else { return vec![DEFAULT_ROLE.to_owned()] };
    if named.value.is_empty() {
        findings.push(
            named.finding(Code::PolicyValue, "nobody could approve").help("name at least one role"),
        );
    }
    check_roles(&named.value, roles, findings);
    named.value.into_iter().map(|role| role.value).collect()
}

fn positions(stories: &[Written], findings: &mut Vec<Finding>) -> HashMap<String, usize> {
    let mut positions = HashMap::with_capacity(stories.len());
    for (position, written) in stories.iter().enumerate() {
        let story = &written.story;
        if positions.insert(story.id.clone(), position).is_some() {
            let message = format!("there is another story `{}`", story.id);
            findings.push(
                story.at.finding(Code::PolicyReference, message).help("give each an id of its own"),
            );
        }
    }
    positions
}

/// Features, epics, waves, frozen decisions and tracks have ids of their own.
fn check_twice(backlog: &Backlog, findings: &mut Vec<Finding>) {
    let features = backlog.features.iter().map(|it| ("feature", &it.id, &it.at));
    let epics = backlog.epics.iter().map(|it| ("epic", &it.id, &it.at));
    let waves = backlog.waves.iter().map(|it| ("wave", &it.id, &it.at));
    let frozen = backlog.frozen.iter().map(|it| ("frozen decision", &it.id, &it.at));
    let deferred = backlog.deferred.iter().map(|it| ("deferred track", &it.id, &it.at));
    let externals = backlog.externals.iter().map(|it| ("external dependency", &it.id, &it.at));
    let mut seen = BTreeSet::new();
    let tracks = deferred.chain(externals);
    for (what, id, at) in features.chain(epics).chain(waves).chain(frozen).chain(tracks) {
        if !seen.insert((what, id)) {
            let message = format!("there is another {what} `{id}`");
            findings.push(
                at.finding(Code::PolicyReference, message).help("give each an id of its own"),
            );
        }
    }
}

fn check_references(backlog: &Backlog, stories: &[Written], findings: &mut Vec<Finding>) {
    let features = Ids::of(backlog.features.iter().map(|feature| feature.id.as_str()));
    for epic in &backlog.epics {
        let Some(feature) = &epic.feature else { continue };
        known(feature, "feature", &features, findings);
        let Some(of) = backlog.features.iter().find(|of| of.id == feature.value) else { continue };
        let window = Ids::of(of.sprints.iter().map(|sprint| sprint.value.as_str()));
        for sprint in epic.sprints.iter().filter(|it| !window.0.contains(it.value.as_str())) {
            let message = format!(
                "`{}` is made in sprint {}, which is outside the sprints of {}",
                epic.id, sprint.value, of.id
            );
            let help = "take the sprint out, or add it to those of the feature";
            findings.push(sprint.finding(Code::PolicyReference, message).help(help));
        }
    }
    let epics = Ids::of(backlog.epics.iter().map(|epic| epic.id.as_str()));
    let frozen = Ids::of(backlog.frozen.iter().map(|frozen| frozen.id.as_str()));
    let all = Ids::of(backlog.stories.iter().map(|story| story.id.as_str()));
    for written in stories {
        if let Some(epic) = &written.epic {
            known(epic, "epic", &epics, findings);
        }
        written.depends.iter().for_each(|id| known(id, "story", &all, findings));
        written.reopens.iter().for_each(|id| known(id, "frozen decision", &frozen, findings));
    }
    let position = |id: &Placed<String>| backlog.position(&id.value);
    let references: Vec<Vec<usize>> =
        stories.iter().map(|it| it.depends.iter().filter_map(position).collect()).collect();
    if let Some(circle) = circle(&references) {
        let members: Vec<&Story> =
            circle.iter().filter_map(|at| backlog.stories.get(*at)).collect();
        let ids = members.iter().map(|story| story.id.as_str());
        tell_circle(ids, members.first().map(|story| &story.at), "depend on", findings);
    }
}

fn tell_circle<'a>(
    ids: impl Iterator<Item = &'a str>,
    at: Option<&Placed<()>>,
    verb: &str,
    findings: &mut Vec<Finding>,
) {
    let ids: Vec<&str> = ids.collect();
    let (Some(at), Some(first)) = (at, ids.first()) else { return };
    let message = format!("these {verb} each other in a circle: {} → {first}", ids.join(" → "));
    findings
        .push(at.finding(Code::PolicyReference, message).help("take one of these references out"));
}

fn check_waves(backlog: &Backlog, stories: &[Written], findings: &mut Vec<Finding>) {
    let ids = Ids::of(backlog.waves.iter().map(|wave| wave.id.as_str()));
    let position = |id: &str| backlog.waves.iter().position(|wave| wave.id == id);
    let mut references = Vec::new();
    for wave in &backlog.waves {
        if let Some(after) = &wave.after {
            known(after, "wave", &ids, findings);
        }
        references.push(wave.after.iter().filter_map(|after| position(&after.value)).collect());
    }
    if let Some(circle) = circle(&references) {
        let members: Vec<&Wave> = circle.iter().filter_map(|at| backlog.waves.get(*at)).collect();
        let ids = members.iter().map(|wave| wave.id.as_str());
        tell_circle(ids, members.first().map(|wave| &wave.at), "open after", findings);
        return;
    }
    // A wave's gate wants all its stories; one that waits for a later wave never comes.
    let opens_after = |later: &str, wave: &str| {
        let mut at = position(later);
        while let Some(id) = at.and_then(|at| backlog.waves.get(at)) {
            at = id.after.as_ref().and_then(|after| position(&after.value));
            if at.and_then(|at| backlog.waves.get(at)).is_some_and(|it| it.id == wave) {
                return true;
            }
        }
        false
    };
    for written in stories {
        let Some(wave) = &written.story.wave else { continue };
        for id in &written.depends {
            let of = backlog.story(&id.value).and_then(|story| story.wave.as_deref());
            if let Some(later) = of.filter(|of| of != wave && opens_after(of, wave)) {
                let message = format!(
                    "`{}` of {wave} depends on `{}` of {later}, which opens after {wave}",
                    written.story.id, id.value
                );
                let help = "move one of the two to another wave";
                findings.push(id.finding(Code::PolicyReference, message).help(help));
            }
        }
    }
}

/// A story whose id no branch can have is never started.
fn check_branches(backlog: &Backlog, branches: Option<&Branches>, findings: &mut Vec<Finding>) {
    let Some(branches) = branches else { return };
    let kinds = branches.kinds.iter().filter(|kind| !kind.sandbox);
    let classes: Vec<Option<&str>> = kinds
        .flat_map(|kind| &kind.parts)
        .filter_map(|part| match part {
            FormPart::Id(class) => Some(class.as_deref()),
            _ => None,
        })
        .collect();
    for story in &backlog.stories {
        if !classes.iter().any(|class| branches.is_id(&story.id, *class)) {
            let message = format!("no branch can be named after `{}`", story.id);
            let help = "add a pattern for such ids to policy/branches.toml, or correct the id";
            findings.push(story.at.finding(Code::PolicyReference, message).help(help));
        }
    }
}
