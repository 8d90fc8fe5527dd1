//! `policy/release.toml`: what is released, by whose approval, after how long, and where it
//! may go (P-5).

mod form;
pub(crate) mod freeze;

use std::time::Duration;

use crate::programme::is_plain_name;
use thrice_findings::{Code, Finding};
use thrice_policy::declare::{policy_choice, policy_table};
use thrice_policy::source::Placed;
use thrice_policy::table::{Entries, List, nearest};
use thrice_policy::values::{RepositoryPath, TimeSpan, texts};

pub use form::{Stage, TagForm, Tagged, Version};
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
        /// How long a candidate must have been out before it is released. Default: `24 h`.
        optional soak: TimeSpan<LONGEST_SOAK>,
        /// Roles that must approve.
        optional approvals: RawApprovals,
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
    /// Roles that must approve a release, each of them.
    pub(crate) struct RawApprovals {
        /// Of a candidate.
        optional rc: List<String>,
        /// Of a release.
        optional ga: List<String>,
    }
}

policy_table! {
    /// An environment.
    pub(crate) struct RawEnvironment {
        /// What may be deployed there: `ga` releases alone, or `rc` candidates too.
        required needs: Needs,
    }
}

policy_choice! {
    /// What an environment takes.
    pub enum Needs {
        /// Candidates, and releases.
        Rc = "rc",
        /// Releases alone.
        Ga = "ga",
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
    /// Roles that must approve a candidate.
    pub(crate) rc_approvals: Vec<String>,
    /// Roles that must approve a release.
    pub(crate) ga_approvals: Vec<String>,
    /// Whether tags must be signed.
    pub sign: bool,
    /// Whether files are uploaded.
    pub draft_assets: bool,
    /// Where releases are deployed, in file order.
    pub environments: Vec<Target>,
    /// Times in which nothing is released.
    pub freezes: Vec<Freeze>,
    /// Reports: what they are of, and their paths.
    pub reports: Vec<(&'static str, String)>,
}

/// Where releases are deployed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Its name.
    pub name: String,
    /// What it takes.
    pub needs: Needs,
}

impl RawRelease {
    /// The roles that its rules name.
    #[must_use]
    pub(crate) fn roles(&self) -> Vec<String> {
        let approvals = self.approvals.iter().map(|approvals| &approvals.value);
        let lists = approvals.flat_map(|approvals| [&approvals.rc, &approvals.ga]);
        lists.flatten().flat_map(|list| &list.value).map(|role| role.value.clone()).collect()
    }
}

impl ReleaseRules {
    /// The roles that must approve at a stage.
    #[must_use]
    pub fn approvals(&self, stage: Stage) -> &[String] {
        match stage {
            Stage::Rc => &self.rc_approvals,
            Stage::Ga => &self.ga_approvals,
        }
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
    let (mut rc, mut ga) = (Vec::new(), Vec::new());
    if let Some(approvals) = raw.approvals {
        rc = approving(approvals.value.rc, roles, findings);
        ga = approving(approvals.value.ga, roles, findings);
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
    let form = form::validate(raw.tag, raw.rc_tag, findings);
    Some(ReleaseRules {
        form: form?,
        soak: raw.soak.map_or(Duration::from_secs(24 * 60 * 60), |soak| soak.value.0),
        rc_approvals: rc,
        ga_approvals: ga,
        sign: raw.sign.is_some_and(|sign| sign.value),
        draft_assets: raw.draft_assets.is_none_or(|assets| assets.value),
        environments: environments
            .into_iter()
            .filter_map(|(name, raw)| environment(&name, raw, findings))
            .collect(),
        freezes: freezes.into_iter().collect::<Option<_>>()?,
        reports,
    })
}

fn approving(
    list: Option<Placed<List<String>>>,
    roles: Option<&[super::Role]>,
    findings: &mut Vec<Finding>,
) -> Vec<String> {
    let list = list.map(|list| list.value).unwrap_or_default();
    let names: Vec<&str> =
        roles.iter().flat_map(|roles| roles.iter()).map(|role| role.name.value.as_str()).collect();
    for role in list.iter().filter(|role| roles.is_some() && !names.contains(&role.value.as_str()))
    {
        let help = match nearest(&role.value, names.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "add it to `[roles]` of policy/programme.toml".to_owned(),
        };
        let message = format!("there is no role `{}`", role.value);
        findings.push(role.finding(Code::PolicyReference, message).help(help));
    }
    texts(list)
}

fn environment(
    name: &Placed<String>,
    raw: Placed<RawEnvironment>,
    findings: &mut Vec<Finding>,
) -> Option<Target> {
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
    Some(Target { name: name.value.clone(), needs: raw.value.needs?.value })
}

#[cfg(test)]
mod tests;
