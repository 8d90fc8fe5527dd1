//! `story start`: the gate of entry, then the branch.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use clap::Args;
use serde_json::json;

use super::gather::{Delivery, On};
use crate::judge::backlog::{Cycle, EntryFacts, Names, Status, StoryState, entry};
use crate::judge::calendar::carried;
use thrice_facts::clock;
use thrice_facts::git::{BranchTip, REMOTE, RemoteBranch, Repository};
use thrice_facts::interrupt::Interrupt;
use thrice_findings::{Code, Finding, Severity, Stop};
use thrice_ledger::decisions::Standing;
use thrice_patch::freeze;
use thrice_patch::verbs::branch;
use thrice_programme::base::has_remote;
use thrice_programme::calendar::days::current_cycle;
use thrice_programme::world::World;
use thrice_programme::{Calendar, Story};
use thrice_report::Report;

/// Starts a story.
#[derive(Debug, Args)]
pub struct Start {
    /// The story.
    #[arg(value_name = "ID")]
    story: String,
    /// Short description for the branch name. Default: the story's title.
    #[arg(long, value_name = "TEXT")]
    slug: Option<String>,
    /// Where to look.
    #[arg(long, value_enum, default_value = "local")]
    on: On,
    /// Shows what it would do, and does nothing.
    #[arg(long)]
    dry_run: bool,
}

impl Start {
    pub(super) fn run(self, world: &World) -> Result<Report, Stop> {
        let delivery = Delivery::of(world, self.on)?;
        let (story, status) = delivery.story(&self.story)?;
        let refused = refusals(&delivery, story, status)?;
        let mut findings = delivery.findings.clone();
        findings.retain(|finding| finding.severity == Severity::Refuse);
        findings.extend(refused);
        if findings.iter().any(|finding| finding.severity == Severity::Refuse) {
            let mut report = Report::of(findings);
            report.data = json!({ "story": story.id, "started": false });
            return Ok(report);
        }
        let text = self.slug.as_deref().unwrap_or(&story.title);
        claim(world, &delivery, (&story.id, text), self.dry_run)
    }
}

/// Takes the story on the server by a branch that nobody has yet, then makes it here. Of two
/// clones that start a story at once, at most one is let through.
fn claim(
    world: &World,
    delivery: &Delivery,
    (story, text): (&str, &str),
    dry_run: bool,
) -> Result<Report, Stop> {
    let repository = &delivery.repository;
    let planned = branch::make_of_story(world, story, text, true)?;
    if dry_run || planned.exit() != 0 {
        return Ok(planned);
    }
    if !has_remote(repository) {
        return branch::make_of_story(world, story, text, false);
    }
    let part = |name: &str| planned.data[name].as_str().unwrap_or_default().to_owned();
    let (name, base) = (part("name"), part("base"));
    let interrupt = Interrupt::listen()?;
    if let Err(error) = repository.push_with_lease(Some(&base), (&name, ""), &interrupt) {
        return Err(lost(repository, story, &name, &error.refusal()?)?.into());
    }
    let (tips, _) = repository.newest_branch_tips()?;
    let names = Names::new(&delivery.backlog, delivery.policy.branches.as_ref());
    let own = delivery.backlog.position(story);
    let is_beside =
        |tip: &&BranchTip| tip.remote && tip.name != name && names.story(&tip.name) == own;
    if let Some(beside) = tips.iter().find(is_beside) {
        if let Err(error) = repository.push_with_lease(None, (&name, &base), &interrupt) {
            error.refusal()?;
        }
        return Err(lost(repository, story, &beside.name, "it was there first")?.into());
    }
    let mut report = branch::make_of_story(world, story, text, false)?;
    if report.exit() == 0 {
        repository.follow(&name)?;
        let owner = delivery.backlog.story(story).and_then(|story| story.owner.as_deref());
        let owner = owner.unwrap_or("nobody");
        report.body.push_str(&format!("{REMOTE} has it: {story} is taken; its owner is {owner}\n"));
        report.next = Some("cargo xtask status".to_owned());
    }
    Ok(report)
}

/// Why a story was not taken.
fn lost(repository: &Repository, story: &str, branch: &str, said: &str) -> anyhow::Result<Finding> {
    Ok(match repository.remote_branch(branch)? {
        RemoteBranch::At(_) => {
            let message = format!("{story} was started at the same moment: {REMOTE} has {branch}");
            Finding::new(Code::StoryState, message)
                .help("choose another story: `cargo xtask story list --startable`")
        }
        _ => {
            let message = format!("{REMOTE} did not take the branch {branch}: {said}");
            Finding::new(Code::NotEstablishedCode, message)
                .help("see that `git push` works here, then start the story again")
        }
    })
}

/// Everything that keeps a story from being started.
pub(super) fn refusals(
    delivery: &Delivery,
    story: &Story,
    status: &Status,
) -> anyhow::Result<Vec<Finding>> {
    let entrance = Entrance::of(delivery, [story])?;
    let reasons = entry(story, status, &entrance.context(delivery)).into_iter();
    let mut findings: Vec<Finding> = reasons.map(|reason| reason.finding).collect();
    if let (Some(branch), Some(tip)) = (status.branches.first(), &status.tip)
        && status.is_under_way()
        && !delivery.repository.has_branch(branch)?
    {
        let help = taken(delivery, story, tip)?;
        let is_state = |it: &&mut Finding| it.code == Code::StoryState;
        findings.iter_mut().filter(is_state).for_each(|it| it.help = Some(help.clone()));
    }
    findings.extend(frozen(delivery, story)?);
    Ok(findings)
}

/// Whose the branch of a story is that only the remote has.
fn taken(delivery: &Delivery, story: &Story, tip: &str) -> anyhow::Result<String> {
    let repository = &delivery.repository;
    let makers = match repository.is_ancestor(tip, &delivery.base.id)? {
        true => Vec::new(),
        false => repository.makers_of(&[tip.to_owned()])?,
    };
    let who = match makers.first() {
        Some(maker) => format!("its last commit is by {maker}"),
        None => {
            let owner = story.owner.as_deref().unwrap_or("its team");
            format!("it has no commit yet; the story's owner is {owner}")
        }
    };
    Ok(format!(
        "the branch is in another clone, and {who}: ask there, or choose another story: \
        `cargo xtask story list --startable`"
    ))
}

fn frozen(delivery: &Delivery, story: &Story) -> anyhow::Result<Vec<Finding>> {
    let (repository, base) = (&delivery.repository, &delivery.base);
    freeze::of_story(repository, base, &delivery.policy, &story.id)
}

/// What each story that nobody has begun waits for before it can be started: the one answer
/// of all commands that say so.
pub(super) fn waits(delivery: &Delivery) -> anyhow::Result<Vec<Vec<String>>> {
    let stories = || delivery.backlog.stories.iter().zip(&delivery.board.statuses);
    let ready = stories().filter(|(_, status)| status.state == StoryState::Ready);
    let entrance = Entrance::of(delivery, ready.map(|(story, _)| story))?;
    let context = entrance.context(delivery);
    let waits = |(story, status): (&Story, &Status)| {
        if status.state != StoryState::Ready {
            return Ok(Vec::new());
        }
        let reasons = entry(story, status, &context).into_iter();
        let mut waits: Vec<String> = reasons.map(|reason| reason.waits_for).collect();
        if waits.is_empty() && !frozen(delivery, story)?.is_empty() {
            waits.push("the end of the freeze".to_owned());
        }
        Ok(waits)
    };
    stories().map(waits).collect()
}

/// What the gate of entry sees beside the stories.
struct Entrance {
    missing: BTreeSet<String>,
    cycle: Cycle,
    trunk: String,
}

impl Entrance {
    /// Looks, among others, for the contracts of some stories that the base does not have, or
    /// that say nothing there.
    fn of<'a>(
        delivery: &Delivery,
        stories: impl IntoIterator<Item = &'a Story>,
    ) -> anyhow::Result<Self> {
        let paths: BTreeSet<&String> =
            stories.into_iter().flat_map(|story| &story.contract).collect();
        let names: Vec<String> =
            paths.iter().map(|path| format!("{}:{path}", delivery.base.id)).collect();
        let blobs = delivery.repository.blobs_at(&names)?;
        let says_nothing = |bytes: &Option<Vec<u8>>| {
            bytes.as_ref().is_none_or(|bytes| bytes.iter().all(u8::is_ascii_whitespace))
        };
        let written = paths.into_iter().zip(&blobs);
        let missing = written.filter(|(_, bytes)| says_nothing(bytes));
        Ok(Self {
            missing: missing.map(|(path, _)| path.clone()).collect(),
            cycle: cycle(delivery.policy.calendar.as_ref(), &delivery.recorded, clock::now()),
            trunk: delivery.trunk(),
        })
    }

    fn context<'a>(&'a self, delivery: &'a Delivery) -> EntryFacts<'a> {
        EntryFacts {
            backlog: &delivery.backlog,
            board: &delivery.board,
            recorded: &delivery.recorded,
            missing: &self.missing,
            trunk: &self.trunk,
            cycle: &self.cycle,
            calendar: delivery.policy.calendar.as_ref(),
            now: clock::now(),
            under_way: OnceCell::new(),
        }
    }
}

/// The cycle that runs now.
pub fn cycle(calendar: Option<&Calendar>, recorded: &Standing, now: jiff::Timestamp) -> Cycle {
    match calendar.filter(|calendar| !calendar.cycles.is_empty()) {
        None => Cycle::NoCalendar,
        Some(calendar) => match current_cycle(calendar, now) {
            None => Cycle::None,
            Some(cycle) => Cycle::Running {
                id: cycle.id.clone(),
                waves: cycle.scope.clone(),
                carried: carried(calendar, cycle, recorded).to_vec(),
            },
        },
    }
}
