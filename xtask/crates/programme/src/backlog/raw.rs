//! `policy/backlog.toml` as it is written.

use crate::calendar::Day;
use thrice_policy::declare::policy_table;
use thrice_policy::table::List;
use thrice_policy::values::RepositoryPath;

policy_table! {
    /// policy/backlog.toml: features, epics, stories and waves, and what keeps a story from being started. Wherever ids are listed, `S-PC-01-001..003` stands for all three.
    pub(crate) struct RawBacklog {
        /// Features, each of several epics.
        optional features: List<RawFeature>,
        /// Epics, each of several stories.
        optional epics: List<RawEpic>,
        /// The stories.
        required stories: List<RawStory>,
        /// Waves of stories, each of which opens when the gate of another has passed.
        optional waves: List<RawWave>,
        /// How many stories may be under way at once.
        optional wip: RawWip,
        /// Decisions that no story reopens.
        optional frozen: List<RawFrozen>,
        /// Tracks that wait for a trigger.
        optional deferred: List<RawDeferred>,
        /// What others make, and stories wait for.
        optional external: List<RawExternal>,
        /// Who approves what is pending.
        optional approval: RawApproval,
    }
}

policy_table! {
    /// A feature.
    pub(crate) struct RawFeature {
        /// Id, such as `F1`.
        required id: String,
        /// What it is called.
        required name: String,
        /// What whoever runs it makes for it, in words: a box each beside the deliverables of its sprints.
        optional focus: List<String>,
        /// Ids of the sprints in which it is made.
        optional sprints: List<String>,
    }
}

policy_table! {
    /// An epic.
    pub(crate) struct RawEpic {
        /// Id, such as `F1-E1`; a range makes several.
        required id: String,
        /// What it is called. Default: its id.
        optional name: String,
        /// The feature that it is a part of.
        optional feature: String,
        /// Ids of the sprints in which it is made, among those of its feature. Default: those of its feature.
        optional sprints: List<String>,
    }
}

policy_table! {
    /// A story.
    pub(crate) struct RawStory {
        /// Id, such as `S-PC-01-001`; a range makes several that have all else in common.
        required id: String,
        /// What it is about.
        required title: String,
        /// Who answers for it; a story without one is not started.
        optional owner: String,
        /// `P0`, `P1` and so on: the smaller the number, the earlier.
        required priority: String,
        /// The wave that it is of, unless the wave lists it.
        optional wave: String,
        /// The epic that it is a part of.
        optional epic: String,
        /// Acceptance criteria of its contract.
        optional acceptance: List<String>,
        /// Acceptance criteria that were added to those.
        optional delta: List<String>,
        /// Tasks of a day each, or less, in the order of the work: a box each of its decomposition.
        optional tasks: List<String>,
        /// Stories that must be merged before this one is started.
        optional depends: List<String>,
        /// Whether it waits for a recorded approval.
        optional pending_po_approval: bool,
        /// Paths of its contract and of its acceptance checks, which are there before it is started.
        optional contract: List<RepositoryPath>,
        /// Frozen decisions that it would reopen, which keeps it from being started.
        optional reopens: List<String>,
    }
}

policy_table! {
    /// A wave.
    pub(crate) struct RawWave {
        /// Id, such as `O1`.
        required id: String,
        /// What it is called.
        optional name: String,
        /// The wave whose gate opens it. Default: it is open from the beginning.
        optional after: String,
        /// How many of its stories may be under way at once. Default: that of `[wip]`.
        optional limit: u64,
        /// Its stories, unless they name it.
        optional stories: List<String>,
        /// What must be so beside stories, evidence, checks and risks before its gate is passed, in words that whoever passes it signs for.
        optional condition: List<String>,
        /// Drills, as the ledger calls them, whose newest must have passed before its gate is.
        optional drills: List<String>,
    }
}

policy_table! {
    /// How many stories may be under way at once.
    pub(crate) struct RawWip {
        /// In a wave. Default: 5.
        optional wave: u64,
        /// In a cycle, per wave. Default: 5.
        optional cycle: u64,
    }
}

policy_table! {
    /// A decision that no story reopens.
    pub(crate) struct RawFrozen {
        /// Id, such as `D-AR-001`; a range makes several.
        required id: String,
        /// Why.
        required reason: String,
    }
}

policy_table! {
    /// A track that waits for a trigger.
    pub(crate) struct RawDeferred {
        /// Its id.
        required id: String,
        /// What must have happened.
        required trigger: String,
        /// Its stories.
        optional stories: List<String>,
    }
}

policy_table! {
    /// Something that others make, and that stories wait for.
    pub struct RawExternal {
        /// Its id.
        required id: String,
        /// What it is.
        required title: String,
        /// Who sees that it comes.
        required owner: String,
        /// The last day on which it is in time, such as `2026-02-20`.
        required due: Day,
        /// The day on which it came; its stories wait where left out.
        optional arrived: Day,
        /// Stories that wait for it; a range names several.
        required stories: List<String>,
    }
}

policy_table! {
    /// Who approves what is pending.
    pub(crate) struct RawApproval {
        /// Roles, one of which must approve. Default: `po`.
        required roles: List<String>,
    }
}

impl RawBacklog {
    /// The roles that it names.
    #[must_use]
    pub(crate) fn roles(&self) -> Vec<String> {
        let roles = self.approval.as_ref().and_then(|approval| approval.value.roles.as_ref());
        let roles = roles.into_iter().flat_map(|roles| &roles.value);
        roles.map(|role| role.value.clone()).collect()
    }
}
