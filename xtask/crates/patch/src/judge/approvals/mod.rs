//! Approvals in the ledger (P-5): of exactly this content, by somebody who did
//! not make it and holds the role, and not over.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use thrice_findings::text::quoted;
use thrice_findings::{Code, Finding, Place, Verdict, short, verdict};
use thrice_ledger::expiry;
use thrice_programme::powers::{Widened, gains};

#[cfg(test)]
mod tests;

/// An approval as the ledger has it, with what is known of it.
#[derive(Clone, Debug)]
pub struct RecordedApproval {
    /// The line of the ledger, from 1.
    pub line: usize,
    /// The entry's own name.
    pub id: String,
    /// The address of who gave it.
    pub actor: String,
    /// All addresses of that person, the actor's included.
    pub addresses: Vec<String>,
    /// Their account on GitHub, with `@`.
    pub login: Option<String>,
    /// Roles that they hold, as a key proves.
    pub roles: Vec<String>,
    /// Why the entry does not count at all, where it does not.
    pub refused: Option<Finding>,
    /// The role in which it was given; any that they hold where it is left out.
    pub role: Option<String>,
    /// The rule that it is for; all rules where it is left out.
    pub subject: Option<String>,
    /// The commit that was looked at.
    pub sha: String,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// What that commit is to the one that is judged.
    pub content: ApprovedContent,
}

/// What an approved commit is to the one that is judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApprovedContent {
    /// The same content.
    Same,
    /// Other content.
    Other,
    /// The commit is not here, so nobody can say.
    Unknown,
}

/// What approvals are judged by.
#[derive(Clone, Copy, Debug)]
pub struct PatchApprovalFacts<'a> {
    /// The approvals of the ledger.
    pub recorded: &'a [RecordedApproval],
    /// How people know the ledger.
    pub ledger: &'a str,
    /// Addresses of authors, committers and co-authors of what is approved.
    pub makers: &'a [String],
    /// Whom what is approved lets decide more.
    pub widened: &'a [Widened],
    /// The time now.
    pub now: Timestamp,
}

/// An approval that holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// The entry's own name.
    pub id: String,
    /// The address of who gave it.
    pub by: String,
    /// Their account on GitHub, with `@`.
    pub login: Option<String>,
    /// Roles in which it was given.
    pub roles: Vec<String>,
    /// The rule that it is for; all rules where it is left out.
    pub subject: Option<String>,
}

/// The approvals of a patch.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Approvals {
    /// Those that hold.
    pub given: Vec<Given>,
    /// Why others do not, as a clause each.
    pub uncounted: Vec<String>,
    /// What nobody can say of others.
    pub open: Vec<Finding>,
    /// Whom the patch lets decide more: none of them approves it.
    #[serde(default)]
    pub widened: Vec<Widened>,
    /// Accounts of people who made a part of the patch, as policy knows them by the addresses
    /// of its commits: the server may know those by another account.
    #[serde(default)]
    pub makers: Vec<String>,
    /// Whether policy gives nobody a role but those who made the patch.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub alone: bool,
}

impl Approvals {
    /// The approval of a rule by one of some roles; any role will do where there are none.
    #[must_use]
    pub fn of(&self, rule: &str, roles: &[String]) -> Option<&Given> {
        self.given.iter().find(|given| {
            let meant = given.subject.as_deref().is_none_or(|subject| subject == rule);
            let held = |role: &String| roles.is_empty() || roles.contains(role);
            meant && given.roles.iter().any(held)
        })
    }

    /// What to add to the message that an approval is missing.
    #[must_use]
    pub fn why_not(&self) -> String {
        let why: BTreeSet<&str> = self.uncounted.iter().map(String::as_str).collect();
        let why: Vec<&str> = why.into_iter().collect();
        if why.is_empty() { String::new() } else { format!(" ({})", why.join("; ")) }
    }
}

/// Judges the approvals of one content.
#[must_use]
pub fn judge(facts: &PatchApprovalFacts<'_>) -> Approvals {
    let mut approvals = Approvals { widened: facts.widened.to_vec(), ..Approvals::default() };
    for one in facts.recorded {
        match holds(one, facts) {
            Ok(roles) => approvals.given.push(Given {
                id: one.id.clone(),
                by: one.actor.clone(),
                login: one.login.clone(),
                roles,
                subject: one.subject.clone(),
            }),
            Err(WhyNoApproval::Open(finding)) => {
                let place = Place::line(facts.ledger, one.line);
                approvals.open.push(finding.at(place));
            }
            Err(WhyNoApproval::Not(why)) => approvals.uncounted.push(why),
        }
    }
    approvals
}

enum WhyNoApproval {
    Not(String),
    Open(Box<Finding>),
}

/// The roles in which an approval holds.
fn holds(
    one: &RecordedApproval,
    facts: &PatchApprovalFacts<'_>,
) -> Result<Vec<String>, WhyNoApproval> {
    let (who, sha) = (quoted(&one.actor), short(&one.sha));
    let not = |why: String| Err(WhyNoApproval::Not(why));
    match &one.content {
        ApprovedContent::Other => {
            return not(format!("{who} approved {sha}, which is other content"));
        }
        ApprovedContent::Unknown => {
            let message = format!("{who} approved {sha}, which is not in this clone");
            let help = "`git fetch` it, or `git fetch --unshallow`";
            let finding = Finding::new(Code::NotEstablishedCode, message).help(help);
            return Err(WhyNoApproval::Open(Box::new(finding)));
        }
        ApprovedContent::Same => {}
    }
    if let Some(finding) = &one.refused {
        if verdict(std::slice::from_ref(finding)) == Verdict::NotEstablished {
            return Err(WhyNoApproval::Open(Box::new(finding.clone())));
        }
        return not(format!("the approval of {who} does not count: {}", finding.message));
    }
    if expiry::is_over(one.expires_at, facts.now) {
        let end = one.expires_at.map(|end| end.to_string()).unwrap_or_default();
        return not(format!("the approval of {who} ended at {end}"));
    }
    let own = |maker: &String| one.addresses.iter().any(|own| own.eq_ignore_ascii_case(maker));
    if facts.makers.iter().any(own) {
        return not(format!("{who} made a part of what they approved"));
    }
    if let Some(widened) = gains(facts.widened, &one.addresses, one.login.as_deref()) {
        return not(format!("{who} would gain {} by it", widened.powers.join(", ")));
    }
    let roles: Vec<String> = match &one.role {
        Some(role) => one.roles.iter().filter(|own| *own == role).cloned().collect(),
        None => one.roles.clone(),
    };
    if roles.is_empty() {
        let role = one.role.as_deref().unwrap_or("any role");
        return not(format!("{who} does not hold {role}"));
    }
    Ok(roles)
}
