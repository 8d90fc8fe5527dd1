//! `policy/filemap.toml` as it is written.

use thrice_policy::declare::policy_table;
use thrice_policy::table::List;
use thrice_policy::values::{PathGlob, Pattern};

policy_table! {
    /// policy/filemap.toml: which paths a patch may touch, and on what conditions.
    pub(crate) struct RawFilemap {
        /// Whether a patch must be one straight line of commits on its base, without merges. Default: true.
        optional single_patch: bool,
        /// Whether such a patch may hold merges of its base that add nothing, as "Update branch" of GitHub makes them. Default: false.
        optional base_merges: bool,
        /// What a patch may touch: everything else is outside.
        required areas: List<RawArea>,
        /// What it may not touch, although an area reaches it.
        optional deny: List<RawBarrier>,
        /// Guardrails that no patch changes while they are frozen.
        optional frozen: List<RawBarrier>,
        /// What may change only with a recorded approval. The policy folder and CODEOWNERS always are.
        optional approvals: List<RawApproval>,
        /// What files must hold, or must never hold.
        optional content: List<RawContent>,
        /// Which changes are risky, so that the body of their pull request says how they are taken back and which runbook speaks of them.
        optional risky: RawRisky,
        /// Narrower maps for some stories.
        optional stories: List<RawStoryScope>,
    }
}

policy_table! {
    /// A part of the repository that patches may touch.
    pub(crate) struct RawArea {
        /// One word for it.
        required name: String,
        /// The paths that it reaches.
        required paths: List<PathGlob>,
        /// Paths among them that it does not reach.
        optional except: List<PathGlob>,
        /// Roles that answer for it.
        optional owners: List<String>,
        /// Gates that prove a change in it.
        optional gates: List<String>,
        /// Whether it may hold binary files. Default: false.
        optional binary: bool,
        /// What a reviewer looks at when a patch touches it.
        optional checklist: List<String>,
    }
}

policy_table! {
    /// Paths that a patch may not touch.
    pub(crate) struct RawBarrier {
        /// One word for it.
        required name: String,
        /// The paths.
        required paths: List<PathGlob>,
        /// Why.
        required reason: String,
    }
}

policy_table! {
    /// Paths whose change needs a recorded approval.
    pub(crate) struct RawApproval {
        /// One word for it.
        required name: String,
        /// The paths.
        required paths: List<PathGlob>,
        /// Roles, one of which must approve.
        required roles: List<String>,
        /// Why.
        required reason: String,
    }
}

policy_table! {
    /// What files must hold, or must never hold.
    pub(crate) struct RawContent {
        /// One word for it.
        required name: String,
        /// The files.
        required paths: List<PathGlob>,
        /// Regular expressions, over bytes, each of which every one of the files must match.
        optional must: List<Pattern>,
        /// Regular expressions, over bytes, none of which any of the files may match.
        optional never: List<Pattern>,
        /// Why.
        required reason: String,
        /// A line of the pull request's checklist, ticked while the rule holds.
        optional checklist: String,
    }
}

policy_table! {
    /// Which changes are risky; those that need an approval are so in any case.
    pub(crate) struct RawRisky {
        /// Paths whose change is risky.
        optional paths: List<PathGlob>,
        /// The number of changed paths from which a patch is risky, whatever it touches.
        optional files: u64,
        /// Why.
        required reason: String,
    }
}

policy_table! {
    /// A narrower map for the stories whose id has this form.
    pub(crate) struct RawStoryScope {
        /// A regular expression that the whole id matches.
        required story: String,
        /// The only areas that such a story's patch may touch.
        required areas: List<String>,
    }
}

impl RawFilemap {
    /// The roles that its rules name.
    #[must_use]
    pub(crate) fn roles(&self) -> Vec<String> {
        let areas = self.areas.iter().flat_map(|list| &list.value);
        let approvals = self.approvals.iter().flat_map(|list| &list.value);
        let owners = areas.filter_map(|area| area.value.owners.as_ref());
        let approve = approvals.filter_map(|rule| rule.value.roles.as_ref());
        let named = owners.chain(approve).flat_map(|list| &list.value);
        named.map(|role| role.value.clone()).collect()
    }
}
