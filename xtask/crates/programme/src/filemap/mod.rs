//! The Filemap: which paths a patch may touch (H-0, H-1.3, H-6).

mod raw;
mod validate;

use regex::Regex;

use thrice_findings::Place;
use thrice_policy::values::{PathGlob, Pattern};

pub(crate) use raw::RawFilemap;
pub use validate::FilemapReferences;
pub(crate) use validate::validate;

/// A Filemap whose every value can be used.
#[derive(Clone, Debug)]
pub struct Filemap {
    /// Whether a patch must be one straight line of commits on its base.
    pub single_patch: bool,
    /// Whether merges of the base that add nothing may be in it all the same.
    pub base_merges: bool,
    /// What a patch may touch, in file order.
    pub areas: Vec<Area>,
    /// What it may not touch, although an area reaches it.
    pub deny: Vec<Barrier>,
    /// Guardrails that no patch changes.
    pub frozen: Vec<Barrier>,
    /// What may change only with a recorded approval, those that always hold included.
    pub approvals: Vec<Approval>,
    /// What files must hold, or must never hold.
    pub content: Vec<ContentRules>,
    /// Which changes are risky beside those that need an approval.
    pub risky: Option<RiskyRule>,
    /// Narrower maps for some stories.
    pub stories: Vec<StoryScope>,
}

/// A glob and where it was written; one that the program itself adds has a place
/// without a line.
#[derive(Clone, Debug)]
pub struct PlacedGlob {
    /// The glob.
    pub glob: PathGlob,
    /// Where it was written.
    pub place: Place,
}

/// A part of the repository that patches may touch.
#[derive(Clone, Debug)]
pub struct Area {
    /// Its name.
    pub name: String,
    /// The paths that it reaches.
    pub paths: Vec<PlacedGlob>,
    /// Paths among them that it does not reach.
    pub except: Vec<PlacedGlob>,
    /// Roles that answer for it.
    pub owners: Vec<String>,
    /// Ids of the gates that prove a change in it.
    pub gates: Vec<String>,
    /// Whether it may hold binary files.
    pub binary: bool,
    /// What a reviewer looks at.
    pub checklist: Vec<String>,
}

/// Paths that a patch may not touch.
#[derive(Clone, Debug)]
pub struct Barrier {
    /// Its name.
    pub name: String,
    /// The paths.
    pub paths: Vec<PlacedGlob>,
    /// Why.
    pub reason: String,
}

/// Paths whose change needs a recorded approval.
#[derive(Clone, Debug)]
pub struct Approval {
    /// Its name.
    pub name: String,
    /// The paths.
    pub paths: Vec<PlacedGlob>,
    /// Roles, one of which must approve; empty where the programme has no roles.
    pub roles: Vec<String>,
    /// Why.
    pub reason: String,
}

impl Approval {
    /// Whether it is the one that the program adds, of what changes the rules.
    #[must_use]
    pub fn is_of_rules(&self) -> bool {
        self.name == validate::OF_RULES
    }
}

/// What files must hold, or must never hold.
#[derive(Clone, Debug)]
pub struct ContentRules {
    /// Its name.
    pub name: String,
    /// The files.
    pub paths: Vec<PlacedGlob>,
    /// What each of them must match.
    pub must: Vec<Pattern>,
    /// What none of them may match.
    pub never: Vec<Pattern>,
    /// Why.
    pub reason: String,
    /// A line of the pull request's checklist.
    pub checklist: Option<String>,
    /// Where the rule is written.
    pub place: Place,
}

/// Which changes are risky.
#[derive(Clone, Debug)]
pub struct RiskyRule {
    /// Paths whose change is risky.
    pub paths: Vec<PlacedGlob>,
    /// The number of changed paths from which a patch is risky.
    pub files: Option<u64>,
    /// Why.
    pub reason: String,
}

/// A narrower map for some stories.
#[derive(Clone, Debug)]
pub struct StoryScope {
    /// What the whole of a story's id matches.
    pub story: Regex,
    /// Names of the only areas that its patch may touch.
    pub areas: Vec<String>,
}

impl Filemap {
    /// The area of that name.
    #[must_use]
    pub fn area(&self, name: &str) -> Option<&Area> {
        self.areas.iter().find(|area| area.name == name)
    }

    /// The names of the areas that a story's patch may touch; `None` where its map is
    /// not narrower than the programme's.
    #[must_use]
    pub fn areas_of_story(&self, story: &str) -> Option<Vec<&str>> {
        let scopes: Vec<_> =
            self.stories.iter().filter(|scope| scope.story.is_match(story)).collect();
        let areas = scopes.iter().flat_map(|scope| scope.areas.iter().map(String::as_str));
        (!scopes.is_empty()).then(|| areas.collect())
    }
}
