//! What the delivery says of a patch, by the backlog and the keys of its base and by the
//! ledger.

use std::collections::BTreeSet;

use crate::judge::merge::delivery::{Delivery, Story, alarms};
use thrice_delivery::judge::backlog::{
    Cycle, EntryFacts, Names, Pull, Status, StoryState, entry, is_open,
};
use thrice_delivery::verbs::story::evidence::{Changes, Evidence, EvidenceAsked};
use thrice_delivery::verbs::story::gather::board;
use thrice_delivery::verbs::story::start::cycle;
use thrice_documents::judge::Linked;
use thrice_facts::clock;
use thrice_facts::git::{BranchTip, REMOTE, Repository};
use thrice_findings::text::is_commit;
use thrice_findings::{Code, Finding, Stop, unless_refused};
use thrice_ledger::Entry;
use thrice_ledger::decisions::Standing;
use thrice_ledger::gather::{ALARMS, DELIVERY, standing_of};
use thrice_orr::judge::branch;
use thrice_orr::judge::pull::PullRequest;
use thrice_patch::gather::{PatchInput, recorded};
use thrice_patch::judge::pr_body::{Said, Template};
use thrice_policy::ref_format::refused_by_git;
use thrice_programme::world::World;
use thrice_programme::{Backlog, Policy};

/// Gathers it.
pub(super) fn of(
    context: &super::VerifyContext<'_>,
    (number, pull): (u64, &PullRequest),
    gathered: &PatchInput,
) -> anyhow::Result<Delivery> {
    let repository = context.repository;
    let rules = &gathered.policy.ledger;
    let (ledger, source) = (rules.branch.clone(), "the ledger".to_owned());
    let mut delivery = Delivery { ledger, source, ..Delivery::default() };
    let kinds = |kind| ALARMS.has(kind) || DELIVERY.has(kind);
    let recorded = match recorded(repository, rules, kinds) {
        Ok((source, entries)) => {
            delivery.source = source;
            let wanted = |entry: &Entry| ALARMS.wants(entry) || DELIVERY.wants(entry);
            standing_of(repository, &gathered.base, rules, &entries, wanted)?
        }
        Err(why) => {
            delivery.unread.push(unread(*why));
            Standing::default()
        }
    };
    (delivery.risks, delivery.incidents) = alarms(&recorded);
    delivery.hotfix = hotfix(&delivery, &gathered.policy, &pull.head.branch);
    let Some(backlog) = &gathered.policy.backlog else { return Ok(delivery) };
    delivery.has_backlog = !backlog.stories.is_empty();
    let names = Names::new(backlog, gathered.policy.branches.as_ref());
    let body = pull.body.clone().unwrap_or_default();
    let said = Said::read(body.as_bytes(), &Template::of(&gathered.policy)).story;
    let by_branch = || {
        let position = names.story(&pull.head.branch)?;
        backlog.stories.get(position).map(|story| story.id.clone())
    };
    delivery.named = said.or_else(by_branch);
    let known = delivery.named.as_deref().and_then(|id| backlog.story(id));
    if let Some(known) = known {
        match server_tips(context, pull, gathered) {
            Ok(tips) => {
                let of = Of { repository, gathered, backlog, recorded: &recorded, tips };
                delivery.story = Some(of.story(known, (number, pull))?);
            }
            Err(Stop::Broken(error)) => return Err(error),
            Err(stop) => delivery.story_unseen = stop.into_findings(),
        }
    }
    Ok(delivery)
}

/// What the ledger alone has against any merge, where the pull request can't be seen; none
/// where not even the rules of the default branch can be read.
pub(super) fn of_ledger(world: &World, repository: &Repository) -> Result<Option<Delivery>, Stop> {
    let mut findings = Vec::new();
    let mut of_base = || -> Result<_, Stop> {
        let default = world.default_branch(repository, &mut findings)?;
        let Some(base) = default.base(repository, None, &mut findings)? else { return Ok(None) };
        let (policy, _) = world.policy_of(repository, &base)?;
        Ok(Some((base, policy)))
    };
    let Some((base, policy)) = unless_refused(of_base())?.flatten() else { return Ok(None) };
    let rules = &policy.ledger;
    let ledger = rules.branch.clone();
    let mut delivery = Delivery { ledger, source: "the ledger".to_owned(), ..Delivery::default() };
    match recorded(repository, rules, |kind| ALARMS.has(kind)) {
        Ok((source, entries)) => {
            let standing = standing_of(repository, &base, rules, &entries, |_| true)?;
            (delivery.risks, delivery.incidents) = alarms(&standing);
            delivery.source = source;
            // Whose merge is asked about nobody can see: whoever is on a hotfix asks about that.
            let here = repository.branch()?.unwrap_or_default();
            delivery.hotfix = hotfix(&delivery, &policy, &here);
        }
        Err(why) => delivery.unread.push(unread(*why)),
    }
    Ok(Some(delivery))
}

/// The incident after which a branch is named.
fn hotfix(delivery: &Delivery, policy: &Policy, name: &str) -> Option<String> {
    let known = delivery.incidents.iter().map(|incident| incident.id.as_str());
    branch::names_one(name, policy.branches.as_ref()?, known)
}

/// That the ledger can't be read.
fn unread(mut why: Finding) -> Finding {
    why.message = format!("what incidents and risks there are cannot be read: {}", why.message);
    why
}

/// By what a story is judged.
struct Of<'a> {
    repository: &'a Repository,
    gathered: &'a PatchInput,
    backlog: &'a Backlog,
    recorded: &'a Standing,
    /// The branches that the server has.
    tips: Vec<BranchTip>,
}

/// The branches that the server has, as stories are reported by: what this clone has of them,
/// or beside them, says nothing. A sandbox carries a commit of another branch, and is none
/// of a story's own unless the pull request comes from it.
fn server_tips(
    context: &super::VerifyContext<'_>,
    pull: &PullRequest,
    gathered: &PatchInput,
) -> Result<Vec<BranchTip>, Stop> {
    let listed = context.github.branches()?;
    let branches = gathered.policy.branches.as_ref();
    let own = pull.head.branch.as_str();
    let is_carrier = |name: &str| {
        name != own && branches.is_some_and(|all| branch::sandbox_kind(name, all).is_some())
    };
    let heads: Vec<(&str, &str)> = listed
        .iter()
        .map(|it| (it.name.as_str(), it.sha.as_str()))
        .filter(|(name, _)| refused_by_git(name.as_bytes()).is_none() && !is_carrier(name))
        .filter(|(name, sha)| *name == own || *sha != pull.head.sha)
        .collect();
    let is_here = |sha: &str| context.repository.commit(sha).map(|it| it.is_some());
    let mut missing = Vec::new();
    for (name, sha) in &heads {
        if !is_commit(sha) || !is_here(sha)? {
            missing.push(*name);
        }
    }
    if !missing.is_empty() {
        let fetched = context.repository.fetch_objects(&missing, context.interrupt);
        if let Err(said) = fetched {
            let message = format!("{REMOTE} did not give the branches of stories: {said}");
            let help = "see that `git fetch` works here, then run it again";
            return Err(Finding::new(Code::NotEstablishedCode, message).help(help).into());
        }
    }
    let commits: Vec<String> = heads.iter().map(|(_, sha)| (*sha).to_owned()).collect();
    let stories = context.repository.stories_of(&commits)?;
    let tip = |((name, sha), story): (&(&str, &str), String)| BranchTip {
        name: (*name).to_owned(),
        remote: true,
        commit: (*sha).to_owned(),
        follows: None,
        story,
    };
    Ok(heads.iter().zip(stories).map(tip).collect())
}

impl Of<'_> {
    fn story(
        &self,
        known: &thrice_programme::Story,
        (number, pull): (u64, &PullRequest),
    ) -> anyhow::Result<Story> {
        let Self { repository, gathered, backlog, recorded, tips } = self;
        let now = clock::now();
        let (policy, base) = (&gathered.policy, &gathered.base);
        let own = Pull {
            number,
            title: known.id.clone(),
            branch: pull.head.branch.clone(),
            open: true,
            merged_as: None,
            checks: None,
        };
        let mut board = board(repository, base, policy, (backlog, recorded), (tips, &[own]))?;
        let position = backlog.position(&known.id);
        let status = position.and_then(|position| board.statuses.get(position)).cloned();
        let Some(status) = status else { return Ok(Story::default()) };
        let cycle = cycle(policy.calendar.as_ref(), recorded, now);
        let wave = known.wave.as_deref().and_then(|wave| backlog.wave(wave));
        let limit = wave.map_or(u64::MAX, |wave| cycle.limit(wave, backlog));
        let beside = |(other, status): &(&thrice_programme::Story, &Status)| {
            other.wave.is_some() && other.wave == known.wave && status.is_under_way()
        };
        let beside = backlog.stories.iter().zip(&board.statuses).filter(beside);
        let under_way = beside.map(|(other, _)| other.id.clone()).collect();
        let closed_by = wave.and_then(|wave| is_open(wave, recorded, now).err());
        let missing = missing_contracts(repository, known, &gathered.head.id)?;
        // The gate of entry, as if it were passed now; where its wave and its room stand is
        // told apart.
        let as_new = status_of_new(&status);
        if let Some(own) = position.and_then(|position| board.statuses.get_mut(position)) {
            own.clone_from(&as_new);
        }
        let context = EntryFacts {
            backlog,
            board: &board,
            recorded,
            missing: &missing,
            trunk: "the pull request",
            cycle: &Cycle::NoCalendar,
            calendar: None,
            now,
            under_way: Default::default(),
        };
        let reasons = entry(known, &as_new, &context).into_iter().map(|reason| reason.finding);
        let lacks = reasons.filter(|it| !matches!(it.code, Code::WaveClosed | Code::StoryWip));
        let wanted = [(known.id.as_str(), gathered.head.id.as_str())];
        let asked =
            EvidenceAsked { changes: Some(&Changes::default()), pull: &|_| Linked::Is(number) };
        let evidence = Evidence::of(repository, (policy, Some(backlog)), &wanted, asked)?;
        Ok(Story {
            id: known.id.clone(),
            state: status.state.word().to_owned(),
            why: status.why.clone(),
            branches: status.branches.clone(),
            wave: known.wave.clone(),
            closed_by: closed_by.map(str::to_owned),
            under_way,
            limit,
            entry: lacks.collect(),
            evidence: evidence.lacks().get(&known.id).cloned(),
        })
    }
}

/// The contracts of a story that are not in the commit.
fn missing_contracts(
    repository: &Repository,
    story: &thrice_programme::Story,
    head: &str,
) -> anyhow::Result<BTreeSet<String>> {
    let mut missing = BTreeSet::new();
    for path in &story.contract {
        if !repository.has(head, path)? {
            missing.insert(path.clone());
        }
    }
    Ok(missing)
}

/// The status of a story that nobody has begun.
fn status_of_new(status: &Status) -> Status {
    Status {
        state: StoryState::Ready,
        branches: Vec::new(),
        tip: None,
        block: None,
        landed: None,
        waits_for: Vec::new(),
        ..status.clone()
    }
}
