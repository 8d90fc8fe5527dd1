//! `policy/release.toml`: what is released, by whose approval, after how long, and where it
//! may go (P-5).

mod form;
pub(crate) mod freeze;

use std::time::Duration;

use crate::programme::check_roles;
use crate::programme::is_plain_name;
use thrice_findings::{Code, Finding};
use thrice_policy::declare::{policy_choice, policy_table};
use thrice_policy::source::Placed;
use thrice_policy::table::{Entries, List, did_you_mean};
use thrice_policy::values::{RepositoryPath, TimeSpan, texts};

pub use form::{Stage, StageName, TagForm, Tagged, Version};
pub use freeze::Freeze;
use freeze::RawFreeze;

/// The longest soak, in hours: thirty days.
const LONGEST_SOAK: u64 = 30 * 24;

policy_table! {
    /// policy/release.toml: what releases are called, and what they need.
    pub(crate) struct RawRelease {
        /// How versions are counted. Default: `semver` (major.minor.patch).
        optional version: Scheme,
        /// The form of a release's tag, with `{version}`. Default: `v{version}`.
        optional tag: String,
        /// The form of a release candidate's tag, with `{version}` and `{n}`. Default: `v{version}-rc.{n}`.
        optional rc_tag: String,
        /// Stages before the candidate, in their order, such as `beta`. Each follows the one before it, and the candidate the last. Default: none.
        optional stages: List<String>,
        /// The form of a tag of such a stage, with `{version}`, `{stage}` and `{n}`. Default: `v{version}-{stage}.{n}`.
        optional stage_tag: String,
        /// How long a candidate must have been out before it is released. Default: `24 h`.
        optional soak: TimeSpan<LONGEST_SOAK>,
        /// Roles that must approve, each of them: a list a stage (`rc`, `ga`, and those of `stages`).
        optional approvals: Entries<List<String>>,
        /// Gates that must have passed: a table a stage.
        optional gates: Entries<RawStageGates>,
        /// Whether tags are signed with git's own key of SSH, which must be one of the ledger's. Default: false.
        optional sign: bool,
        /// Whether the pack, the scorecard and the evidence are uploaded to the draft of the release. Default: true.
        optional draft_assets: bool,
        /// Where releases are deployed, and what may be: a table an environment.
        optional environments: Entries<RawEnvironment>,
        /// Times in which nothing is released.
        optional freeze: List<RawFreeze>,
        /// Reports that must be in the commit that is released.
        optional reports: RawReports,
    }
}

policy_choice! {
    /// How versions are counted.
    pub(crate) enum Scheme {
        /// Major, minor and patch (semver.org); candidates are counted by their tags.
        Semver = "semver",
    }
}

policy_table! {
    /// Gates that must have passed before a stage.
    pub(crate) struct RawStageGates {
        /// Waves of policy/backlog.toml.
        optional waves: List<String>,
        /// Sprints of policy/calendar.toml.
        optional sprints: List<String>,
    }
}

policy_table! {
    /// An environment.
    pub(crate) struct RawEnvironment {
        /// The stage from which on a release may be deployed there: `ga` for releases alone, `rc` for candidates too, or one of `stages`.
        required needs: String,
    }
}

policy_table! {
    /// Reports, each a file of the repository that is not empty.
    pub(crate) struct RawReports {
        /// Of security.
        optional security: RepositoryPath,
        /// Of performance.
        optional performance: RepositoryPath,
        /// Of disaster recovery.
        optional dr: RepositoryPath,
    }
}

/// The rules of releases, each of which can be used.
#[derive(Clone, Debug)]
pub struct ReleaseRules {
    /// What tags are called.
    pub form: TagForm,
    /// How long a candidate must have been out.
    pub soak: Duration,
    /// The stages, in their order; the last two are the candidate and the release.
    pub stages: Vec<StageNeeds>,
    /// Whether tags must be signed.
    pub sign: bool,
    /// Whether files are uploaded.
    pub draft_assets: bool,
    /// Where releases are deployed, in file order.
    pub environments: Vec<DeployTarget>,
    /// Times in which nothing is released.
    pub freezes: Vec<Freeze>,
    /// Reports: what they are of, and their paths.
    pub reports: Vec<(&'static str, String)>,
}

/// A stage, and what it needs.
#[derive(Clone, Debug)]
pub struct StageNeeds {
    /// The stage.
    pub stage: Stage,
    /// Roles that must approve.
    pub approvals: Vec<String>,
    /// Waves whose gates must have passed.
    pub waves: Vec<Placed<String>>,
    /// Sprints whose gates must have passed.
    pub sprints: Vec<Placed<String>>,
}

/// Where releases are deployed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeployTarget {
    /// Its name.
    pub name: String,
    /// The first stage that it takes.
    pub needs: Stage,
}

impl RawRelease {
    /// The roles that its rules name.
    #[must_use]
    pub(crate) fn roles(&self) -> Vec<String> {
        let lists = self.approvals.iter().flat_map(|approvals| &approvals.value.0);
        lists.flat_map(|(_, list)| &list.value).map(|role| role.value.clone()).collect()
    }
}

impl ReleaseRules {
    /// Where a stage is in their order, and what it needs; nothing where policy names none.
    fn place(&self, stage: Stage) -> Option<(usize, &StageNeeds)> {
        self.stages.iter().enumerate().find(|(_, it)| it.stage == stage)
    }

    /// What a stage needs; nothing where policy names no such stage.
    #[must_use]
    pub fn needs(&self, stage: Stage) -> Option<&StageNeeds> {
        self.place(stage).map(|(_, needs)| needs)
    }

    /// The roles that must approve at a stage.
    #[must_use]
    pub fn approvals(&self, stage: Stage) -> &[String] {
        self.needs(stage).map_or(&[], |needs| &needs.approvals)
    }

    /// The stage before the candidate, or before such a stage, that comes right before one.
    #[must_use]
    pub fn before(&self, stage: Stage) -> Option<Stage> {
        let (place, _) = self.place(stage).filter(|_| stage != Stage::Ga)?;
        Some(self.stages.get(place.checked_sub(1)?)?.stage)
    }

    /// Whether a stage is another, or comes after it.
    #[must_use]
    pub fn reaches(&self, stage: Stage, needed: Stage) -> bool {
        let at = |stage| self.place(stage).map(|(place, _)| place);
        at(stage) >= at(needed)
    }

    /// The words of the stages, in their order.
    #[must_use]
    pub fn stage_words(&self) -> Vec<&str> {
        self.stages.iter().map(|it| it.stage.word()).collect()
    }
}

/// Checks the values. `roles` are the programme's, `None` where its file cannot be used;
/// `zone` is its time zone.
pub(crate) fn validate(
    raw: RawRelease,
    roles: Option<&[super::Role]>,
    zone: Option<&jiff::tz::TimeZone>,
    findings: &mut Vec<Finding>,
) -> Option<ReleaseRules> {
    let (early, known) = early(raw.stages, findings);
    let mut stages: Vec<StageNeeds> =
        early.iter().copied().chain([Stage::Rc, Stage::Ga]).map(StageNeeds::of).collect();
    for (name, list) in raw.approvals.map(|all| all.value.0).unwrap_or_default() {
        check_roles(&list.value, roles, findings);
        let approvals = texts(list.value);
        if let Some(stage) = stage_of(&name, &mut stages, known, findings) {
            stage.approvals = approvals;
        }
    }
    for (name, gates) in raw.gates.map(|all| all.value.0).unwrap_or_default() {
        if let Some(stage) = stage_of(&name, &mut stages, known, findings) {
            stage.waves = gates.value.waves.map(|list| list.value).unwrap_or_default();
            stage.sprints = gates.value.sprints.map(|list| list.value).unwrap_or_default();
        }
    }
    let mut reports = Vec::new();
    if let Some(raw) = raw.reports.map(|reports| reports.value) {
        let all = [("security", raw.security), ("performance", raw.performance), ("dr", raw.dr)];
        let named = all.into_iter().filter_map(|(of, path)| Some((of, path?.value.0)));
        reports = named.collect();
    }
    let environments = raw.environments.map(|all| all.value.0).unwrap_or_default();
    let freezes = raw.freeze.map(|freezes| freezes.value).unwrap_or_default();
    let freezes: Vec<_> =
        freezes.into_iter().map(|raw| freeze::validate(raw, zone, findings)).collect();
    let form = form::validate([raw.tag, raw.rc_tag, raw.stage_tag], &early, findings);
    let environments: Vec<DeployTarget> = environments
        .into_iter()
        .filter_map(|(name, raw)| environment(&name, raw, (&mut stages, known), findings))
        .collect();
    Some(ReleaseRules {
        form: form?,
        soak: raw.soak.map_or(Duration::from_secs(24 * 60 * 60), |soak| soak.value.0),
        stages,
        sign: raw.sign.is_some_and(|sign| sign.value),
        draft_assets: raw.draft_assets.is_none_or(|assets| assets.value),
        environments,
        freezes: freezes.into_iter().collect::<Option<_>>()?,
        reports,
    })
}

/// Checks that the gates which stages need are gates of some wave or sprint.
pub(crate) fn check_gates(
    rules: &ReleaseRules,
    (waves, sprints): (Option<Vec<&str>>, Option<Vec<&str>>),
    findings: &mut Vec<Finding>,
) {
    for needs in &rules.stages {
        for (of, named, known) in
            [("wave", &needs.waves, &waves), ("sprint", &needs.sprints, &sprints)]
        {
            let Some(known) = known else { continue };
            for name in named.iter().filter(|name| !known.contains(&name.value.as_str())) {
                let message = format!("no {of} is called `{}`", name.value);
                let help = did_you_mean(
                    &name.value,
                    known.iter().copied(),
                    "waves are in policy/backlog.toml, sprints in policy/calendar.toml",
                );
                findings.push(name.finding(Code::PolicyReference, message).help(help));
            }
        }
    }
}

impl StageNeeds {
    fn of(stage: Stage) -> Self {
        Self { stage, approvals: Vec::new(), waves: Vec::new(), sprints: Vec::new() }
    }
}

/// The stages before the candidate, and whether each name could be used.
fn early(list: Option<Placed<List<String>>>, findings: &mut Vec<Finding>) -> (Vec<Stage>, bool) {
    let (mut early, mut good) = (Vec::new(), true);
    for name in list.map(|list| list.value).unwrap_or_default() {
        match Stage::from_word(&name.value) {
            Some(stage @ Stage::Early(_))
                if !early.contains(&stage) && !["change", "story"].contains(&stage.word()) =>
            {
                early.push(stage);
            }
            _ => {
                let message = format!("`{}` cannot be a stage before the candidate", name.value);
                let help = "use at most 16 lower case letters, each name once; \
                            `rc`, `ga`, `change` and `story` are taken";
                findings.push(name.finding(Code::PolicyValue, message).help(help));
                good = false;
            }
        }
    }
    (early, good)
}

/// The stage of a name; a finding where there is none, and all names of stages are `known`.
fn stage_of<'s>(
    name: &Placed<String>,
    stages: &'s mut [StageNeeds],
    known: bool,
    findings: &mut Vec<Finding>,
) -> Option<&'s mut StageNeeds> {
    let words: Vec<String> = stages.iter().map(|it| it.stage.word().to_owned()).collect();
    let found = stages.iter_mut().find(|it| it.stage.word() == name.value);
    if found.is_none() && known {
        let message = format!("no stage is called `{}`", name.value);
        let help = format!("there are {}; others go into `stages`", words.join(", "));
        findings.push(name.finding(Code::PolicyReference, message).help(help));
    }
    found
}

fn environment(
    name: &Placed<String>,
    raw: Placed<RawEnvironment>,
    (stages, known): (&mut [StageNeeds], bool),
    findings: &mut Vec<Finding>,
) -> Option<DeployTarget> {
    if !is_plain_name(&name.value, 64) {
        findings.push(
            name.finding(
                Code::PolicyValue,
                format!("`{}` cannot be the name of an environment", name.value),
            )
            .help("use lower case letters, digits and hyphens, a letter first"),
        );
        return None;
    }
    let needs = stage_of(&raw.value.needs?, stages, known, findings)?.stage;
    Some(DeployTarget { name: name.value.clone(), needs })
}

#[cfg(test)]
mod tests;
