//! What the merge of a branch waits for, by the ledger as it is now.

use thrice_facts::git::{Commit, Repository};
use thrice_findings::{Code, Finding, Severity, add_new};
use thrice_ledger::decisions::freeze::{Freeze, Patch, stopping};
use thrice_ledger::decisions::{Alarm, AlarmKind};
use thrice_ledger::gather::{Pending, standing_here};
use thrice_orr::judge::branch::{names_one, read};
use thrice_programme::{Backlog, Policy};

/// What the merge of a branch waits for.
#[derive(Clone, Debug, Default)]
pub struct Merges {
    /// What freezes its merge, a sentence each.
    pub frozen: Vec<String>,
    /// The incident whose hotfix it is, which freezes merges and lets this branch pass.
    pub hotfix: Option<String>,
    /// Why no merge gate will pass it by the incident after which it is named.
    pub stranded: Option<Finding>,
    /// Whether what freezes merges could not be seen.
    pub is_unseen: bool,
}

impl Merges {
    /// That what passes here may not be merged now, as a warning; none where it may.
    #[must_use]
    pub fn warning(&self) -> Option<Finding> {
        let message = self.frozen.first()?;
        let message = match self.frozen.len() {
            1 => format!("it may not be merged now: {message}"),
            count => format!("it may not be merged now: {message}; and {} more", count - 1),
        };
        let mut finding = Finding::new(Code::MergeFrozen, message);
        finding.severity = Severity::Warn;
        Some(finding.help("`cargo xtask today` says what ends that"))
    }

    /// What is said of it; none where no merge is frozen.
    #[must_use]
    pub fn describe(&self) -> Option<String> {
        match (&self.hotfix, self.frozen.as_slice()) {
            (None, []) => None,
            (Some(id), []) => Some(format!(
                "yes, once it has its approvals (`cargo xtask status` lists them): the hotfix of {id} passes every freeze"
            )),
            (_, frozen) => Some(format!("no: {}", frozen.join("; "))),
        }
    }
}

/// That a branch is named after an incident that the ledger doesn't have, or that stops no
/// merges: it passes no freeze, and is of no story.
fn stranded(
    (policy, backlog): (&Policy, Option<&Backlog>),
    branch: &str,
    known: Option<&Alarm>,
    open: &[String],
) -> Option<Finding> {
    let read = read(branch.as_bytes(), policy.branches.as_ref()?, None).ok()?;
    let id = known.map_or_else(|| read.part("incident"), |known| Some(known.id.as_str()))?;
    let has_backlog = backlog.is_some_and(|it| !it.stories.is_empty());
    let (message, help) = match known {
        None if policy.risk.is_none() => return None,
        None => (
            format!("there is no incident {id}"),
            match open.is_empty() {
                true => {
                    "no incident is open; `cargo xtask incident list --all` lists all".to_owned()
                }
                false => format!("open incidents: {}", open.join(", ")),
            },
        ),
        Some(_) if !has_backlog => return None,
        Some(known) => (
            format!(
                "{id} is {} and freezes no merges, so its branch needs no exception",
                known.state().word()
            ),
            match known.is_open() {
                true => "use a story's branch, or `cargo xtask branch sandbox`".to_owned(),
                false => format!(
                    "use a story's branch, or reopen it: `cargo xtask incident open --id {id}`"
                ),
            },
        ),
    };
    Some(Finding::new(Code::MatterState, message).help(help))
}

/// What the merge of a branch waits for. Where the ledger can't be read, nothing is known, and
/// the findings warn of it: what could not be seen refuses no branch.
///
/// # Errors
/// Where git fails, or the keys can't be written.
pub fn merges_of(
    repository: &Repository,
    base: &Commit,
    (policy, backlog): (&Policy, Option<&Backlog>),
    branch: &str,
    findings: &mut Vec<Finding>,
) -> anyhow::Result<Merges> {
    let mut unseen = Vec::new();
    let standing = standing_here(repository, base, &policy.ledger, Pending::Held, &mut unseen)?;
    add_new(findings, unseen.into_iter().map(|it| Finding { severity: Severity::Warn, ..it }));
    let Some(standing) = standing else {
        return Ok(Merges { is_unseen: true, ..Merges::default() });
    };
    let incidents: Vec<&Alarm> = standing.of_kind(AlarmKind::Incident).collect();
    let named = |known: &mut dyn Iterator<Item = &str>| {
        let branches = policy.branches.as_ref()?;
        names_one(branch, branches, known)
    };
    let hotfix = named(&mut incidents.iter().map(|incident| incident.id.as_str()));
    let story = backlog.and_then(|backlog| {
        let id = named(&mut backlog.stories.iter().map(|story| story.id.as_str()))?;
        backlog.story(&id)
    });
    let patch = Patch {
        story: story.map(|story| (story.id.as_str(), story.wave.as_deref())),
        hotfix: hotfix.as_deref(),
    };
    let freezes = standing.freezes();
    let is_own = freezes.iter().any(|freeze| freeze.lets_through(&patch));
    let frozen = stopping(&freezes, &patch).iter().map(Freeze::describe).collect();
    let open = incidents.iter().filter(|it| it.is_open()).map(|it| it.id.clone());
    let open: Vec<String> = open.collect();
    let known = incidents.into_iter().find(|it| hotfix.as_ref() == Some(&it.id));
    let is_of_story = story.is_some() || is_own;
    let stranded =
        if is_of_story { None } else { stranded((policy, backlog), branch, known, &open) };
    Ok(Merges { frozen, hotfix: hotfix.filter(|_| is_own), stranded, is_unseen: false })
}
