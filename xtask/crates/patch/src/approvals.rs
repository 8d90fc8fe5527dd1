//! Gathering the approvals that the ledger of a patch has of it.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::gather::{PatchInput, recorded};
use crate::judge::approvals;
use crate::judge::approvals::{Approvals, ApprovedContent, PatchApprovalFacts, RecordedApproval};
use thrice_facts::clock;
use thrice_facts::git::{Commit, Repository};
use thrice_ledger::Entry;
use thrice_ledger::decisions::Decision;
use thrice_ledger::decisions::entries::{ApprovalEntry, ApprovalScope};
use thrice_ledger::gather::standing_of;
use thrice_programme::powers::{Widened, widened};
use thrice_programme::{Kind, LedgerRules, Policy};

/// The approvals of a patch, by the rules and the keys of its base: those that name one of
/// its commits.
///
/// # Errors
/// Where git fails.
pub fn of_patch(repository: &Repository, gathered: &PatchInput) -> anyhow::Result<Approvals> {
    let rules = &gathered.policy.ledger;
    let made = Makers::of(repository, gathered)?;
    let widened = widened_by(repository, gathered)?;
    let known = made.makers.iter().filter_map(|maker| rules.person(maker));
    let makers: Vec<String> = known.filter_map(|person| person.login.clone()).collect();
    let alone = !made.others(&gathered.policy, &makers);
    let entries = match recorded(repository, rules, |kind| kind == Kind::Approval) {
        Ok((_, entries)) => entries,
        Err(why) => {
            let uncounted = vec![why.message];
            return Ok(Approvals { uncounted, widened, makers, alone, ..Approvals::default() });
        }
    };
    let wanted = |entry: &Entry| {
        let is_about = text(entry, "about") == Some(ApprovalScope::Change.word());
        let is_named = || text(entry, "sha").is_some_and(|sha| made.commits.contains(sha));
        entry.said.kind == Kind::Approval && is_about && is_named()
    };
    let standing = standing_of(repository, &gathered.base, rules, &entries, wanted)?;
    let mut recorded = Vec::new();
    for approval in &standing.approvals {
        let content = made.content(&approval.content.sha.0)?;
        recorded.push(recorded_of(approval, rules, content));
    }
    let judged = approvals::judge(&PatchApprovalFacts {
        recorded: &recorded,
        ledger: &rules.branch,
        makers: &made.makers,
        widened: &widened,
        now: clock::now(),
    });
    Ok(Approvals { makers, alone, ..judged })
}

/// An approval of the ledger, with what its commit is to the one that is judged.
pub fn recorded_of(
    approval: &Decision<ApprovalEntry>,
    rules: &LedgerRules,
    content: ApprovedContent,
) -> RecordedApproval {
    let Decision { line, id, actor, content: entry, .. } = approval.clone();
    let person = rules.person(&actor);
    let (roles, refused) = match approval.calms() {
        Ok(author) => (author.roles().to_vec(), None),
        Err(finding) => (Vec::new(), Some(*finding)),
    };
    RecordedApproval {
        line,
        id,
        addresses: person.map_or_else(|| vec![actor.clone()], |person| person.addresses.clone()),
        actor,
        login: person.and_then(|person| person.login.clone()),
        roles,
        refused,
        role: entry.role,
        subject: entry.subject,
        sha: entry.sha.0,
        expires_at: entry.expires_at,
        content,
    }
}

/// A text of what an entry says.
pub fn text<'e>(entry: &'e Entry, name: &str) -> Option<&'e str> {
    entry.said.data.get(name).and_then(Value::as_str)
}

/// Whom the patch lets decide more than the policy of its base; nobody where its own policy
/// cannot be used, which other rules refuse.
///
/// # Errors
/// Where git fails.
pub fn widened_by(repository: &Repository, gathered: &PatchInput) -> anyhow::Result<Vec<Widened>> {
    let changes = |change: &crate::judge::patch::Change| change.path.starts_with(b"policy/");
    if !gathered.patch.changes.iter().any(changes) {
        return Ok(Vec::new());
    }
    let files = repository.files_of(&gathered.head, "policy")?.into_iter().collect();
    let (after, _) = thrice_programme::check("policy", &files);
    Ok(after.map(|after| widened(&gathered.policy, &after)).unwrap_or_default())
}

/// Who made a patch, and what its commits are to its head.
struct Makers<'a> {
    repository: &'a Repository,
    /// The commit that the patch begins at.
    base: &'a str,
    head: &'a Commit,
    makers: Vec<String>,
    commits: BTreeSet<String>,
}

impl<'a> Makers<'a> {
    fn of(repository: &'a Repository, gathered: &'a PatchInput) -> anyhow::Result<Self> {
        let commits = repository.commits_between(&gathered.base, &gathered.head)?;
        let ids: Vec<String> = commits.into_iter().map(|(id, _)| id).collect();
        let makers = repository.makers_of(&ids)?;
        let (base, head) = (&gathered.patch.base, &gathered.head);
        Ok(Self { repository, base, head, makers, commits: ids.into_iter().collect() })
    }

    /// Whether policy gives a role to anybody else; `logins` are the makers' accounts.
    fn others(&self, policy: &Policy, logins: &[String]) -> bool {
        let among = |known: &[String], it: &String| {
            known.iter().any(|known| known.eq_ignore_ascii_case(it))
        };
        let people = policy.ledger.people.iter().filter(|person| !person.roles.is_empty());
        let mut people = people.map(|person| person.addresses.as_slice());
        let mut members = policy.programme.roles.iter().flat_map(|role| &role.members);
        people.any(|own| !own.iter().any(|it| among(&self.makers, it)))
            || members.any(|member| !among(logins, member))
    }

    fn content(&self, sha: &str) -> anyhow::Result<ApprovedContent> {
        let Some(commit) = self.repository.commit(sha)?.filter(|it| it.id == sha) else {
            return Ok(ApprovedContent::Unknown);
        };
        // Where the approved commit does not begin at this patch's base, it was another
        // patch, which a merge brought in: of other differences, though the files are equal.
        let same = self.commits.contains(sha)
            && commit.tree == self.head.tree
            && self.repository.is_ancestor(self.base, sha)?;
        Ok(if same { ApprovedContent::Same } else { ApprovedContent::Other })
    }
}
