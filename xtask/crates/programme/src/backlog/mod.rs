//! `policy/backlog.toml`: what is to be delivered, in which order, and what keeps a story
//! from being started (P-3, P-4, Z-3, Z-4).

mod circles;
mod range;
mod raw;
mod stories;
mod validate;
mod windows;

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use jiff::civil::Date;

use thrice_policy::source::Placed;

pub(crate) use range::expanded;
pub(crate) use raw::RawBacklog;
pub(crate) use validate::BacklogReferences;
pub(crate) use validate::validate;
pub(crate) use windows::check_windows;

/// How many stories of a wave may be under way at once, unless policy says otherwise.
pub(crate) const DEFAULT_LIMIT: u64 = 5;
/// Who approves what is pending, unless policy says otherwise.
pub(crate) const DEFAULT_ROLE: &str = "po";

/// A backlog whose every reference leads somewhere.
#[derive(Clone, Debug)]
pub struct Backlog {
    /// Features, in file order.
    pub features: Vec<Feature>,
    /// Epics, in file order.
    pub epics: Vec<Epic>,
    /// Stories, in file order.
    pub stories: Vec<Story>,
    /// Waves, in file order.
    pub waves: Vec<Wave>,
    /// How many stories of a wave may be under way at once in a cycle.
    pub cycle_limit: u64,
    /// Decisions that no story reopens.
    pub frozen: Vec<Frozen>,
    /// Tracks that wait for a trigger.
    pub deferred: Vec<Deferred>,
    /// What others make, and stories wait for.
    pub externals: Vec<External>,
    /// Roles, one of which approves what is pending.
    pub approval_roles: Vec<String>,
    positions: HashMap<String, usize>,
}

/// A feature.
#[derive(Clone, Debug)]
pub struct Feature {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// What whoever runs it makes for it, in words.
    pub focus: Vec<String>,
    /// Ids of the sprints in which it is made.
    pub sprints: Vec<Placed<String>>,
    /// Where it is written.
    pub at: Placed<()>,
}

/// An epic.
#[derive(Clone, Debug)]
pub struct Epic {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// The feature that it is a part of.
    pub feature: Option<Placed<String>>,
    /// Ids of the sprints in which it is made; those of its feature where empty.
    pub sprints: Vec<Placed<String>>,
    /// Where it is written.
    pub at: Placed<()>,
}

/// A story.
#[derive(Clone, Debug)]
pub struct Story {
    /// Its id.
    pub id: String,
    /// What it is about.
    pub title: String,
    /// Who answers for it.
    pub owner: Option<String>,
    /// `P` and a number.
    pub priority: String,
    /// The wave that it is of; none where there are no waves.
    pub wave: Option<String>,
    /// The epic that it is a part of.
    pub epic: Option<String>,
    /// Acceptance criteria of its contract.
    pub acceptance: Vec<String>,
    /// Acceptance criteria that were added.
    pub delta: Vec<String>,
    /// Tasks of a day each.
    pub tasks: Vec<String>,
    /// Stories that must be merged before.
    pub depends: Vec<String>,
    /// Whether it waits for a recorded approval.
    pub pending_approval: bool,
    /// Paths of its contract and its acceptance checks.
    pub contract: Vec<String>,
    /// Frozen decisions that it would reopen.
    pub reopens: Vec<String>,
    /// Where it is written.
    pub at: Placed<()>,
}

/// A wave.
#[derive(Clone, Debug)]
pub struct Wave {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub name: Option<String>,
    /// The wave whose gate opens it.
    pub after: Option<Placed<String>>,
    /// How many of its stories may be under way at once.
    pub limit: u64,
    /// What whoever passes its gate signs for beside what is seen.
    pub condition: Vec<String>,
    /// Drills whose newest must have passed before its gate is.
    pub drills: Vec<String>,
    /// Where it is written.
    pub at: Placed<()>,
}

/// A decision that no story reopens.
#[derive(Clone, Debug)]
pub struct Frozen {
    /// Its id.
    pub id: String,
    /// Why.
    pub reason: String,
    /// Where it is written.
    pub at: Placed<()>,
}

/// A track that waits for a trigger.
#[derive(Clone, Debug)]
pub struct Deferred {
    /// Its id.
    pub id: String,
    /// What must have happened.
    pub trigger: String,
    /// Its stories.
    pub stories: Vec<String>,
    /// Where it is written.
    pub at: Placed<()>,
}

/// Something that others make, and that stories wait for.
#[derive(Clone, Debug)]
pub struct External {
    /// Its id.
    pub id: String,
    /// What it is.
    pub title: String,
    /// Who sees that it comes.
    pub owner: String,
    /// The last day on which it is in time.
    pub due: Date,
    /// The day on which it came.
    pub arrived: Option<Date>,
    /// Stories that wait for it.
    pub stories: Vec<String>,
    /// Where it is written.
    pub at: Placed<()>,
}

impl Backlog {
    /// The position of a story in file order.
    #[must_use]
    pub fn position(&self, id: &str) -> Option<usize> {
        self.positions.get(id).copied()
    }

    /// The story of that id.
    #[must_use]
    pub fn story(&self, id: &str) -> Option<&Story> {
        self.stories.get(self.position(id)?)
    }

    /// The wave of that id.
    #[must_use]
    pub fn wave(&self, id: &str) -> Option<&Wave> {
        self.waves.iter().find(|wave| wave.id == id)
    }

    /// The stories of a wave, in file order.
    pub fn stories_of<'a>(&'a self, wave: &'a str) -> impl Iterator<Item = &'a Story> {
        self.stories.iter().filter(move |story| story.wave.as_deref() == Some(wave))
    }

    /// The sprints in which a story is made: its epic's, else those of its epic's feature.
    #[must_use]
    pub fn sprints_of(&self, story: &Story) -> &[Placed<String>] {
        let epic = story.epic.as_deref();
        let Some(epic) = epic.and_then(|id| self.epics.iter().find(|epic| epic.id == id)) else {
            return &[];
        };
        if !epic.sprints.is_empty() {
            return &epic.sprints;
        }
        let feature = epic.feature.as_ref().map(|feature| feature.value.as_str());
        let feature = self.features.iter().find(|known| Some(known.id.as_str()) == feature);
        feature.map_or(&[], |feature| &feature.sprints)
    }

    /// Whether a story is made in a sprint.
    #[must_use]
    pub fn is_of_sprint(&self, story: &Story, sprint: &str) -> bool {
        self.sprints_of(story).iter().any(|named| named.value == sprint)
    }

    /// Ids of the stories of a sprint, in file order.
    #[must_use]
    pub fn stories_of_sprint(&self, sprint: &str) -> Vec<String> {
        let ours = self.stories.iter().filter(|story| self.is_of_sprint(story, sprint));
        ours.map(|story| story.id.clone()).collect()
    }

    /// What a story waits for that others make, and that has not arrived.
    pub fn awaited<'a>(&'a self, story: &'a str) -> impl Iterator<Item = &'a External> {
        let open = self.externals.iter().filter(|external| external.arrived.is_none());
        open.filter(move |external| external.stories.iter().any(|id| id == story))
    }

    /// The track that a story is deferred with.
    #[must_use]
    pub fn deferred_with(&self, story: &str) -> Option<&Deferred> {
        self.deferred.iter().find(|track| track.stories.iter().any(|id| id == story))
    }
}
