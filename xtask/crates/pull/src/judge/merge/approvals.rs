//! Approvals: of this commit, not taken back, by people who did not make it and who hold
//! what policy asks for.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ApprovalDemand;
use thrice_findings::text::quoted;
use thrice_findings::{Answer, Code, Finding, Verdict};
use thrice_orr::judge::pull::{Account, shown_id};
use thrice_patch::judge::approvals::{Approvals, Given};
use thrice_programme::powers::gains;

/// A review, as the server reports it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Review {
    /// Its id.
    pub id: u64,
    /// Who gave it; `None` where the account is gone.
    #[serde(default)]
    pub user: Option<Account>,
    /// `APPROVED`, `CHANGES_REQUESTED`, `COMMENTED`, `DISMISSED` or `PENDING`.
    pub state: String,
    /// The commit that was seen.
    #[serde(default)]
    pub commit_id: Option<String>,
    /// When.
    #[serde(default)]
    pub submitted_at: Option<String>,
    /// What its author is to the repository. Whether that is reported of private members of an
    /// organisation depends on who asks.
    #[serde(default)]
    pub author_association: Option<String>,
}

impl Review {
    /// Its author's login, in lower case; none where the account is gone.
    #[must_use]
    pub fn login(&self) -> Option<String> {
        Some(self.user.as_ref()?.login.as_ref()?.to_ascii_lowercase())
    }
}

/// A commit of the patch, by who made it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct PatchCommit {
    /// Its id.
    pub sha: String,
    /// The account of its author, where its address belongs to one.
    #[serde(default)]
    pub author: Option<Account>,
    /// The account of its committer.
    #[serde(default)]
    pub committer: Option<Account>,
    /// The commit itself.
    #[serde(default)]
    pub commit: Option<Signed>,
}

impl PatchCommit {
    /// A commit of nobody known.
    #[must_use]
    pub(crate) fn by_nobody(sha: String) -> Self {
        Self { sha, author: None, committer: None, commit: None }
    }
}

/// A commit, as far as its signature goes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Signed {
    /// What the server made of the signature.
    #[serde(default)]
    pub verification: Option<Verification>,
}

/// What the server made of a signature.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Verification {
    /// Whether it is right.
    #[serde(default)]
    pub verified: bool,
}

/// What is known.
#[derive(Clone, Debug)]
pub struct ApproverFacts<'a> {
    /// The commit that is to be merged.
    pub head: &'a str,
    /// The author of the pull request.
    pub author: Option<&'a str>,
    /// All reviews.
    pub reviews: &'a [Review],
    /// The commits of the patch.
    pub commits: &'a [PatchCommit],
    /// Logins of a team's members, in lower case, by `@organisation/team` in lower case;
    /// why not where they could not be seen.
    pub teams: &'a BTreeMap<String, Result<BTreeSet<String>, String>>,
    /// The approvals that the ledger has of this content.
    pub recorded: &'a Approvals,
    /// Whether somebody who approved or requested changes may write to the repository, by
    /// login in lower case; `None` where that could not be seen.
    pub(crate) writers: &'a BTreeMap<String, Option<bool>>,
}

/// The account that GitHub itself commits with, and signs. Anybody can write its address
/// into a commit.
const GITHUB: &str = "web-flow";

/// Logins, in lower case, whose approval counts if they hold the right role.
#[must_use]
pub(crate) fn approvers(facts: &ApproverFacts<'_>) -> BTreeSet<String> {
    let last = last_of_each(facts.reviews);
    last.into_iter()
        .filter(|(login, review)| not_counted(facts, login, review).is_none())
        .map(|(login, _)| login)
        .collect()
}

/// Logins, in lower case, of whoever's last word is that something must change.
#[must_use]
pub(crate) fn objectors(reviews: &[Review]) -> BTreeSet<String> {
    let last = last_of_each(reviews).into_iter();
    last.filter(|(_, review)| review.state == OBJECTS).map(|(login, _)| login).collect()
}

/// The state of a review that requests changes.
const OBJECTS: &str = "CHANGES_REQUESTED";

/// The review of each person that stands: the last one that says yes or no.
fn last_of_each(reviews: &[Review]) -> BTreeMap<String, &Review> {
    let time =
        |review: &Review| -> Option<Timestamp> { review.submitted_at.as_deref()?.parse().ok() };
    let mut said: Vec<&Review> = reviews
        .iter()
        .filter(|review| !matches!(review.state.as_str(), "COMMENTED" | "PENDING"))
        .collect();
    said.sort_by_key(|review| (time(review), review.id));
    said.into_iter().filter_map(|review| Some((review.login()?, review))).collect()
}

/// Why a person's last review is no approval that counts.
fn not_counted(facts: &ApproverFacts<'_>, login: &str, review: &Review) -> Option<String> {
    let who = quoted(login);
    let bot = review.user.as_ref().and_then(|user| user.kind.as_deref()) == Some("Bot");
    let same = |other: &str| other.eq_ignore_ascii_case(login);
    if review.state != "APPROVED" {
        return Some(match review.state.as_str() {
            "DISMISSED" => format!("the approval of {who} was dismissed"),
            OBJECTS => format!("{who} requested changes"),
            other => format!("{who} said {}", quoted(other)),
        });
    }
    if review.commit_id.as_deref() != Some(facts.head) {
        let seen =
            review.commit_id.as_deref().map_or_else(|| "another commit".to_owned(), shown_id);
        return Some(format!("{who} approved {seen}, not {}", shown_id(facts.head)));
    }
    if facts.author.is_some_and(same) {
        return Some(format!("{who} opened the pull request"));
    }
    let by_policy = &facts.recorded.makers;
    let made = |login: &String| same(login.trim_start_matches('@'));
    if makers(facts.commits).any(|maker| same(&maker)) || by_policy.iter().any(made) {
        return Some(format!("{who} made a commit of it"));
    }
    if let Some(widened) = gains(&facts.recorded.widened, &[], Some(login)) {
        return Some(format!("{who} would gain {} by it", widened.powers.join(", ")));
    }
    bot.then(|| format!("{who} is a bot"))
}

/// Whoever made a commit of the patch.
fn makers(commits: &[PatchCommit]) -> impl Iterator<Item = String> {
    let both = commits.iter().flat_map(|made| [&made.author, &made.committer]);
    both.flatten().filter_map(|account| account.login.clone()).filter(|login| login != GITHUB)
}

/// Judges the approvals: a line for each demand, and what speaks against it.
#[must_use]
pub(crate) fn judge(
    facts: &ApproverFacts<'_>,
    demands: &[ApprovalDemand],
) -> (Vec<Answer>, Vec<Finding>) {
    let approvers = approvers(facts);
    let mut judged =
        JudgedApprovals { lines: Vec::new(), findings: Vec::new(), uncounted: String::new() };
    let last = last_of_each(facts.reviews);
    let uncounted: Vec<String> =
        last.iter().filter_map(|(login, review)| not_counted(facts, login, review)).collect();
    if !uncounted.is_empty() {
        judged.uncounted = format!(" ({})", uncounted.join("; "));
    }
    judged
        .findings
        .extend(last.iter().filter_map(|(login, review)| objection(facts, login, review)));
    judged.by_anybody(facts, &approvers);
    for demand in demands {
        judged.demand(facts, &approvers, demand);
    }
    if !approvers.is_empty() {
        judged.findings.extend(unknown_makers(facts));
    }
    (judged.lines, judged.findings)
}

struct JudgedApprovals {
    lines: Vec<Answer>,
    findings: Vec<Finding>,
    /// Reviews that do not count, and why; reported once.
    uncounted: String,
}

impl JudgedApprovals {
    fn by_anybody(&mut self, facts: &ApproverFacts<'_>, approvers: &BTreeSet<String>) {
        let demand = "approved by somebody who may write".to_owned();
        let may = |login: &&String| facts.writers.get(*login).copied().flatten();
        if let Some(login) = approvers.iter().find(|login| may(login) == Some(true)) {
            let why = quoted(login);
            return self.lines.push(Answer::proven(demand, why));
        }
        let head = shown_id(facts.head);
        let (answer, why, finding) = match approvers.iter().find(|login| may(login).is_none()) {
            Some(login) => (
                Verdict::NotEstablished,
                format!("whether {} may write is not shown", quoted(login)),
                Finding::new(
                    Code::NotEstablishedCode,
                    format!(
                        "whether {}, who approved {head}, may write is not shown",
                        quoted(login)
                    ),
                )
                .help("ask with the token of somebody who may push"),
            ),
            None => (
                Verdict::Fail,
                "nobody".to_owned(),
                Finding::new(
                    Code::ApprovalMissing,
                    format!(
                        "nobody with write access has approved {head}{}",
                        std::mem::take(&mut self.uncounted)
                    ),
                )
                .help("ask somebody who wrote no part of it to review this head"),
            ),
        };
        self.lines.push(Answer::new(demand, answer, why));
        self.findings.push(finding);
    }

    fn demand(
        &mut self,
        facts: &ApproverFacts<'_>,
        approvers: &BTreeSet<String>,
        demand: &ApprovalDemand,
    ) {
        let for_what = demand.for_what.join(", ");
        let mut unseen = Vec::new();
        let holder = approvers.iter().find(|login| holds(facts, demand, login, &mut unseen));
        let text = format!("approved by {}", demand.of);
        if let Some(login) = holder {
            let why = format!("{}, for {for_what}", quoted(login));
            return self.lines.push(Answer::proven(text, why));
        }
        if let Some(given) = in_ledger(facts, demand) {
            let why = format!("{} in the ledger, for {for_what}", quoted(&given.by));
            return self.lines.push(Answer::proven(text, why));
        }
        unseen.sort_unstable();
        unseen.dedup();
        let head = shown_id(facts.head);
        let help = match demand.members.as_slice() {
            [] => "policy names nobody who could give it: `[roles.NAME]` with `members` in policy/programme.toml".to_owned(),
            members => format!("ask for a review: {}", members.join(" ")),
        };
        let (answer, why, finding) = if unseen.is_empty() {
            let message = format!(
                "{head} has no approval of {}, as {for_what} demands{}{}",
                demand.of,
                std::mem::take(&mut self.uncounted),
                if demand.roles.is_empty() { String::new() } else { facts.recorded.why_not() },
            );
            (
                Verdict::Fail,
                "nobody".to_owned(),
                Finding::new(Code::ApprovalMissing, message).help(help),
            )
        } else {
            let why = unseen.join("; ");
            let message = format!(
                "whether {} has approved {head}, as {for_what} demands, cannot be seen: {why}",
                demand.of
            );
            let finding = Finding::new(Code::NotEstablishedCode, message)
                .help("ask with a token that may read the organisation's teams (`read:org`)");
            (Verdict::NotEstablished, why, finding)
        };
        self.lines.push(Answer::new(text, answer, why));
        self.findings.push(finding);
    }
}

/// The approval in the ledger that meets a demand of roles: for all that asks for it, by
/// nobody whose account made a part of the patch.
fn in_ledger<'a>(facts: &'a ApproverFacts<'_>, demand: &ApprovalDemand) -> Option<&'a Given> {
    facts.recorded.given.iter().find(|given| {
        let meant = |what: &String| {
            given.subject.as_deref().is_none_or(|rule| *what == format!("rule `{rule}`"))
        };
        let login = given.login.as_deref().map(|login| login.trim_start_matches('@'));
        let same = |other: &str| login.is_some_and(|login| login.eq_ignore_ascii_case(other));
        given.roles.iter().any(|role| demand.roles.contains(role))
            && demand.for_what.iter().all(meant)
            && !facts.author.is_some_and(same)
            && !makers(facts.commits).any(|maker| same(&maker))
    })
}

/// Whether somebody is one of those who may give an approval.
fn holds(
    facts: &ApproverFacts<'_>,
    demand: &ApprovalDemand,
    login: &str,
    unseen: &mut Vec<String>,
) -> bool {
    demand.members.iter().any(|member| {
        let Some(name) = member.strip_prefix('@') else {
            unseen.push(format!("{} is an address", quoted(member)));
            return false;
        };
        if !name.contains('/') {
            return name.eq_ignore_ascii_case(login);
        }
        match facts.teams.get(&member.to_ascii_lowercase()) {
            Some(Ok(members)) => members.contains(login),
            Some(Err(why)) => {
                unseen.push(why.clone());
                false
            }
            None => {
                unseen.push(format!("the members of {member} were not asked for"));
                false
            }
        }
    })
}

/// Whoever may write, or belongs here, and wants changes keeps the patch from being merged;
/// only somebody of whom neither is so does not.
fn objection(facts: &ApproverFacts<'_>, login: &str, review: &Review) -> Option<Finding> {
    if review.state != OBJECTS {
        return None;
    }
    let who = quoted(login);
    let association = review.author_association.as_deref();
    let belongs = matches!(association, Some("OWNER" | "MEMBER" | "COLLABORATOR"));
    match facts.writers.get(login).copied().flatten() {
        Some(false) if !belongs => None,
        None if !belongs => {
            let message = format!("whether {who}, who requested changes, may write is not shown");
            Some(
                Finding::new(Code::NotEstablishedCode, message).help(
                    "ask with the token of somebody who may push, or have the review dismissed",
                ),
            )
        }
        _ => Some(
            Finding::new(Code::ChangesRequested, format!("{who} requested changes"))
                .help("resolve them, then ask the same person to approve or to dismiss the review"),
        ),
    }
}

/// Whether it cannot be seen who made a commit. GitHub's own account makes none: it commits
/// what somebody wrote in the browser, and signs that.
fn of_nobody(made: &PatchCommit) -> bool {
    let login = |account: &Option<Account>| account.as_ref().and_then(|one| one.login.clone());
    let signature = made.commit.as_ref().and_then(|commit| commit.verification.as_ref());
    let signed = signature.is_some_and(|verification| verification.verified);
    match (login(&made.author).as_deref(), login(&made.committer).as_deref()) {
        (None | Some(GITHUB), _) | (_, None) => true,
        (_, Some(GITHUB)) => !signed,
        _ => false,
    }
}

/// A commit of nobody known may be of whoever approved it.
fn unknown_makers(facts: &ApproverFacts<'_>) -> Option<Finding> {
    let unknown: Vec<String> = facts
        .commits
        .iter()
        .filter(|made| of_nobody(made))
        .map(|made| shown_id(&made.sha))
        .collect();
    let first = unknown.first()?;
    let more = match unknown.len() {
        1 => String::new(),
        number => format!(" and {} more", number - 1),
    };
    let message = format!(
        "{first}{more}: the address of its author or committer belongs to no person's account, so whether who approved it made it cannot be seen"
    );
    Some(Finding::new(Code::MakerUnknown, message).help(
        "commit with an address of the account (Settings > Emails): `git commit --amend --reset-author`, then push",
    ))
}
