//! What this clone has: the line of the default branch, the journals of reviews, and the
//! incidents of the ledger.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::judge::audit::{MainLine, landings, named, steps};
use crate::judge::metrics::{Change, From, Measured, Review, Span, Spell};
use thrice_facts::clock;
use thrice_facts::git::{Commit, Repository};
use thrice_facts::github::Slug;
use thrice_findings::{Code, Finding, Outcome, Stop, Verdict, unless_refused};
use thrice_ledger::decisions::AlarmKind;
use thrice_ledger::gather;
use thrice_orr::journal::JournalLine;
use thrice_orr::layout::Output;
use thrice_orr::leftovers::{Reported, all};
use thrice_programme::Policy;
use thrice_programme::ledger::Kind;
use thrice_programme::world::World;
use thrice_risk::gather::commits;

/// What is measured, and by which calendar.
pub struct MetricsInput {
    /// What people call it: the programme, else the repository.
    pub title: String,
    /// The default branch.
    pub branch: String,
    /// Its newest commit.
    pub head: String,
    /// The zone in which days are meant.
    pub zone: TimeZone,
    /// Cycles and sprints, in the order of their days.
    pub spans: Vec<Span>,
    /// What is measured.
    pub measured: Measured,
}

impl MetricsInput {
    /// Gathers; none where there is no branch to measure, and then a finding says why.
    ///
    /// # Errors
    /// Where git fails, or a file cannot be read.
    pub fn of(
        world: &World,
        repository: &Repository,
        found: &mut Vec<Finding>,
    ) -> Result<Option<Self>, Stop> {
        let default = world.default_branch(repository, found)?;
        let Some(head) = default.base(repository, None, found)? else { return Ok(None) };
        found.retain(|finding| finding.code != Code::RemoteUnseen);
        if repository.is_shallow()? {
            let message = "the clone is shallow: older commits are not measured";
            found.push(
                Finding::new(Code::NotEstablishedCode, message).help("`git fetch --unshallow`"),
            );
        }
        let policy = unless_refused(world.policy_of(repository, &head))?.map(|(policy, _)| policy);
        let mut measured = Measured { changes: changes(repository, &head)?, ..Measured::default() };
        let slug = repository.remote_url().and_then(|url| Slug::of_remote(&url));
        let mut gathered = Self {
            title: slug.map_or_else(|| "this repository".to_owned(), |slug| slug.to_string()),
            branch: default.name,
            head: head.id.clone(),
            zone: TimeZone::UTC,
            spans: Vec::new(),
            measured: Measured::default(),
        };
        if let Some(policy) = &policy {
            gathered.title.clone_from(&policy.programme.name);
            gathered.calendar(policy);
            let output = Output::of(repository, policy);
            let reviews =
                |output: &Output| anyhow::Ok(all(output)?.iter().filter_map(review).collect());
            measured.reviews = reviews(&output)?;
            measured.shadow = reviews(&output.shadow())?;
            measured.incidents = incidents(repository, &head, policy, found)?;
        }
        gathered.measured = measured;
        Ok(Some(gathered))
    }

    /// The spans that have begun.
    #[must_use]
    pub fn begun(&self) -> Vec<Span> {
        let today = clock::now().to_zoned(self.zone.clone()).date();
        self.spans.iter().filter(|span| span.from <= today).cloned().collect()
    }

    fn calendar(&mut self, policy: &Policy) {
        let Some(calendar) = &policy.calendar else { return };
        self.zone = calendar.zone.clone();
        let span = |what: &str, id: &str, window: thrice_programme::calendar::Window| Span {
            name: format!("{what} {id}"),
            from: window.from,
            to: window.to,
        };
        let cycles = calendar.cycles.iter().map(|it| span("cycle", &it.id, it.window));
        let sprints = calendar.sprints.iter().map(|it| span("sprint", &it.id, it.window));
        self.spans = cycles.chain(sprints).collect();
    }
}

/// What reached the branch, a step of its line each. Of a merge the beginning is known: the
/// first of the commits that it brought. A commit that stands alone was made of others, or
/// pushed, and says nothing of when that began.
fn changes(repository: &Repository, head: &Commit) -> anyhow::Result<Vec<Change>> {
    let sizes = repository.sizes(head)?;
    let commits = commits(repository.past(head)?);
    let times: BTreeMap<&str, i64> =
        commits.iter().map(|commit| (commit.id.as_str(), commit.committed)).collect();
    let line = steps(&MainLine::of(&commits, &head.id, None, BTreeSet::new()));
    let mut changes = Vec::new();
    for landing in landings(&line, None, &BTreeMap::new()) {
        let Some(last) = landing.last() else { continue };
        let brought = landing.steps.iter().flat_map(|step| &step.brought);
        let first = brought.filter_map(|id| times.get(id)).min();
        let size = sizes.get(&last.id).copied().unwrap_or_default();
        let time = |seconds: i64| Timestamp::from_second(seconds).ok();
        changes.push(Change {
            commit: last.id.clone(),
            subject: last.subject().to_owned(),
            pull: named(last),
            landed_at: time(last.committed).unwrap_or(Timestamp::UNIX_EPOCH),
            began: first.and_then(|first| Some((time(*first)?, From::FirstCommit))),
            commits: landing.size(),
            added: size.added,
            deleted: size.deleted,
            files: size.files,
        });
    }
    Ok(changes)
}

/// A review that was decided, as its journal reports it.
fn review(reported: &Reported) -> Option<Review> {
    let opened = reported.opened()?;
    let mut review = Review {
        commit: opened.commit.clone(),
        at: opened.started_at.parse().ok()?,
        passed: false,
        zips: Vec::new(),
        gates: Vec::new(),
        outcomes: BTreeMap::new(),
    };
    let mut decided = false;
    for line in &reported.lines {
        match line {
            JournalLine::GateEnded { run, result } => {
                review.gates.push((result.gate.clone(), result.seconds));
                let outcomes = review.outcomes.entry(result.gate.clone()).or_default();
                outcomes.retain(|(of, _)| of != run);
                if result.outcome != Outcome::NotEstablished {
                    outcomes.push((*run, result.outcome));
                }
            }
            JournalLine::RunPacked { packed, .. } => review.zips.push(packed.zip_sha256.clone()),
            JournalLine::Decided { verdict, .. } => {
                decided = true;
                review.passed = *verdict == Verdict::Pass;
            }
            _ => {}
        }
    }
    decided.then_some(review)
}

/// The incidents of the ledger, with the times that are measured.
fn incidents(
    repository: &Repository,
    head: &Commit,
    policy: &Policy,
    found: &mut Vec<Finding>,
) -> anyhow::Result<Vec<Spell>> {
    let wanted = gather::Wanted::of(&[Kind::Incident]);
    let standing = gather::standing(repository, head, &policy.ledger, wanted, found)?;
    let standing = standing.unwrap_or_default();
    let mut spells: Vec<Spell> = standing.of_kind(AlarmKind::Incident).map(Spell::of).collect();
    spells.sort_by(|one, other| one.id.cmp(&other.id));
    Ok(spells)
}
