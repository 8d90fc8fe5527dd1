//! What the server shows of checks, reviews and those who gave them.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::judge::merge;
use crate::judge::merge::ApprovalDemand;
use crate::judge::merge::approvals;
use crate::judge::merge::approvals::{ApproverFacts, PatchCommit, Review};
use crate::judge::merge::snapshot::Approved;
use thrice_facts::git::Repository;
use thrice_facts::github::{Failure, FailureKind, GitHub, encoded};
use thrice_orr::judge::pull::{Account, PullRequest};
use thrice_patch::gather::PatchInput;
use thrice_patch::judge::approvals::Approvals;
use thrice_patch::judge::filemap::Rules;
use thrice_patch::verbs::review::codeowners;

/// The approvals that the patch needs, by the rules and the code owners of its base.
pub(crate) fn demands(
    repository: &Repository,
    gathered: &PatchInput,
) -> anyhow::Result<Vec<ApprovalDemand>> {
    let (owners, _) = codeowners(repository, &gathered.base)?;
    let owners = owners.as_ref().map(|(_, owners)| owners);
    let filemap = gathered.policy.filemap.as_ref();
    let rules = filemap.map(|filemap| Rules::new(filemap, None)).transpose()?;
    let rulings = rules.as_ref().map(|rules| gathered.rulings(rules)).unwrap_or_default();
    let roles = &gathered.policy.programme.roles;
    Ok(merge::demands(&gathered.patch, &rulings, filemap, roles, owners))
}

/// What there is to see of the reviews.
pub(crate) struct Reviewed {
    reviews: Vec<Review>,
    commits: Vec<PatchCommit>,
    /// Who the people are.
    pub(crate) people: People,
}

/// What is known of people: members of teams, and whether somebody may write.
#[derive(Clone, Debug, Default)]
pub(crate) struct People {
    teams: BTreeMap<String, Result<BTreeSet<String>, String>>,
    writers: BTreeMap<String, Option<bool>>,
}

impl Reviewed {
    /// The same for a snapshot, with what else bears on approvals.
    pub(super) fn into_approved(
        self,
        demands: Vec<ApprovalDemand>,
        recorded: Approvals,
    ) -> Approved {
        let Self { reviews, commits, people: People { teams, writers } } = self;
        Approved { demands, reviews, commits, teams, writers, recorded }
    }

    pub(crate) fn facts<'a>(
        &'a self,
        pull: &'a PullRequest,
        recorded: &'a Approvals,
    ) -> ApproverFacts<'a> {
        ApproverFacts {
            head: &pull.head.sha,
            author: pull.user.as_ref().and_then(|user| user.login.as_deref()),
            reviews: &self.reviews,
            commits: &self.commits,
            teams: &self.people.teams,
            writers: &self.people.writers,
            recorded,
        }
    }
}

/// The reviews of a pull request, and whatever must be known of who gave them. `ids` are
/// the patch's commits as git has them: one that the server does not list is of nobody
/// known.
pub(super) fn reviewed(
    github: &GitHub,
    number: u64,
    pull: &PullRequest,
    ids: &[String],
    demands: &[ApprovalDemand],
) -> Result<Reviewed, Failure> {
    let commits: Vec<PatchCommit> =
        github.list(&github.repo(&format!("pulls/{number}/commits")), None)?;
    reviewed_with(github, (number, pull), (commits, ids), demands, People::default())
}

/// The same, where the commits are listed already, and some people are known.
pub(crate) fn reviewed_with(
    github: &GitHub,
    (number, pull): (u64, &PullRequest),
    (mut commits, ids): (Vec<PatchCommit>, &[String]),
    demands: &[ApprovalDemand],
    people: People,
) -> Result<Reviewed, Failure> {
    let listed: BTreeSet<String> = commits.iter().map(|made| made.sha.clone()).collect();
    let unlisted = ids.iter().filter(|id| !listed.contains(*id));
    commits.extend(unlisted.map(|id| PatchCommit::by_nobody(id.clone())));
    let reviews = github.list(&github.repo(&format!("pulls/{number}/reviews")), None)?;
    let mut seen = Reviewed { reviews, commits, people };
    let approvers = approvals::approvers(&seen.facts(pull, &Approvals::default()));
    for login in approvers.union(&approvals::objectors(&seen.reviews)) {
        if !seen.people.writers.contains_key(login) {
            seen.people.writers.insert(login.clone(), may_write(github, login)?);
        }
    }
    // Whose members matter only where somebody could be one.
    let members = demands.iter().flat_map(|demand| &demand.members);
    for team in members.filter(|_| !approvers.is_empty()) {
        let name = team.to_ascii_lowercase();
        let parts = name.strip_prefix('@').and_then(|name| name.split_once('/'));
        if let Some((organisation, slug)) = parts.filter(|_| !seen.people.teams.contains_key(&name))
        {
            let members = match members_of(github, organisation, slug) {
                Err(failure) if failure.kind() == FailureKind::Interrupted => return Err(failure),
                answer => answer.map_err(|failure| not_shown(organisation, slug, &failure)),
            };
            seen.people.teams.insert(name.clone(), members);
        }
    }
    Ok(seen)
}

fn members_of(
    github: &GitHub,
    organisation: &str,
    slug: &str,
) -> Result<BTreeSet<String>, Failure> {
    let path = format!("orgs/{}/teams/{}/members", encoded(organisation), encoded(slug));
    let members = github.list::<Account>(&path, None)?;
    let logins = members.into_iter().filter_map(|member| member.login);
    Ok(logins.map(|login| login.to_ascii_lowercase()).collect())
}

fn not_shown(organisation: &str, slug: &str, failure: &Failure) -> String {
    let status = failure.status().map_or_else(String::new, |status| format!(" (HTTP {status})"));
    format!("the members of @{organisation}/{slug} are not shown{status}")
}

/// What somebody may do.
#[derive(Deserialize)]
struct Permission {
    permission: String,
}

fn may_write(github: &GitHub, login: &str) -> Result<Option<bool>, Failure> {
    let path = github.repo(&format!("collaborators/{}/permission", encoded(login)));
    match github.read::<Permission>(&path) {
        Ok(may) => Ok(Some(matches!(may.permission.as_str(), "admin" | "maintain" | "write"))),
        Err(failure) if failure.kind() == FailureKind::Interrupted => Err(failure),
        Err(_) => Ok(None),
    }
}
