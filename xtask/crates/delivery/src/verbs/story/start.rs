//! `story start`: the gate of entry, then the branch.

use std::cell::OnceCell;

use clap::Args;
use serde_json::json;

use super::gather::{Delivery, On};
use crate::judge::backlog::{Context, Cycle, Names, Status, entry};
use crate::judge::calendar::carried;
use thrice_facts::clock;
use thrice_facts::git::{BranchTip, RemoteBranch, Repository};
use thrice_facts::interrupt::Interrupt;
use thrice_findings::{Code, Finding, Severity, Stop};
use thrice_ledger::decisions::Standing;
use thrice_patch::freeze;
use thrice_patch::verbs::branch;
use thrice_programme::calendar::days::current_cycle;
use thrice_programme::world::World;
use thrice_programme::{Calendar, Story};
use thrice_report::Report;

/// The remote on which a story is taken.
const REMOTE: &str = "origin";

/// Starts a story.
#[derive(Debug, Args)]
pub(super) struct Start {
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
        let mut refused = refusals(&delivery, story, status)?;
        let (repository, base) = (&delivery.repository, &delivery.base);
        refused.extend(freeze::of_story(repository, base, &delivery.policy, &story.id)?);
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
    if repository.remote_url(REMOTE).is_none_or(|url| url.is_empty()) {
        return branch::make_of_story(world, story, text, false);
    }
    let part = |name: &str| planned.data[name].as_str().unwrap_or_default().to_owned();
    let (name, base) = (part("name"), part("base"));
    let interrupt = Interrupt::listen()?;
    let stopped = |error: thrice_facts::process::bounded::Stopped| anyhow::anyhow!("{error}");
    let pushed = repository.push_with_lease(REMOTE, Some(&base), (&name, ""), &interrupt);
    if let Err(said) = pushed.map_err(stopped)? {
        return Err(lost(repository, story, &name, &said)?.into());
    }
    let (tips, _) = repository.newest_branch_tips()?;
    let names = Names::new(&delivery.backlog, delivery.policy.branches.as_ref());
    let own = delivery.backlog.position(story);
    let is_beside =
        |tip: &&BranchTip| tip.remote && tip.name != name && names.story(&tip.name) == own;
    if let Some(beside) = tips.iter().find(is_beside) {
        let withdrawn = repository.push_with_lease(REMOTE, None, (&name, &base), &interrupt);
        let _ = withdrawn.map_err(stopped)?;
        return Err(lost(repository, story, &beside.name, "it was there first")?.into());
    }
    let mut report = branch::make_of_story(world, story, text, false)?;
    if report.exit() == 0 {
        repository.follow(REMOTE, &name)?;
        report.body.push_str(&format!("{REMOTE} has it: {story} is yours\n"));
    }
    Ok(report)
}

/// Why a story was not taken.
fn lost(repository: &Repository, story: &str, branch: &str, said: &str) -> anyhow::Result<Finding> {
    Ok(match repository.remote_branch(REMOTE, branch)? {
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

/// The stories that can be started now.
pub(crate) fn startable(delivery: &Delivery) -> anyhow::Result<Vec<&str>> {
    let stories = delivery.backlog.stories.iter().zip(&delivery.board.statuses);
    let cycle = cycle(delivery.policy.calendar.as_ref(), &delivery.recorded, clock::now());
    let context = delivery.context(&cycle, &[]);
    let may = |(story, status): &(&Story, &Status)| {
        status.waits_for.is_empty() && entry(story, status, &context).is_empty()
    };
    let stories: Vec<_> = stories.filter(may).collect();
    let missing = unwritten(delivery, stories.iter().map(|(story, _)| *story))?;
    let is_written = |story: &Story| story.contract.iter().all(|path| !missing.contains(path));
    let written = stories.into_iter().filter(|(story, _)| is_written(story));
    Ok(written.map(|(story, _)| story.id.as_str()).collect())
}

/// Everything that keeps a story from being started.
pub(super) fn refusals(
    delivery: &Delivery,
    story: &Story,
    status: &Status,
) -> anyhow::Result<Vec<Finding>> {
    let missing = unwritten(delivery, [story])?;
    let cycle = cycle(delivery.policy.calendar.as_ref(), &delivery.recorded, clock::now());
    Ok(entry(story, status, &delivery.context(&cycle, &missing)))
}

/// The contracts of some stories that the base does not have, or that say nothing there.
fn unwritten<'a>(
    delivery: &Delivery,
    stories: impl IntoIterator<Item = &'a Story>,
) -> anyhow::Result<Vec<String>> {
    let paths: Vec<&String> = stories.into_iter().flat_map(|story| &story.contract).collect();
    let names: Vec<String> =
        paths.iter().map(|path| format!("{}:{path}", delivery.base.id)).collect();
    let blobs = delivery.repository.blobs_at(&names)?;
    let says_nothing = |bytes: &Option<Vec<u8>>| {
        bytes.as_ref().is_none_or(|bytes| bytes.iter().all(u8::is_ascii_whitespace))
    };
    let written = paths.into_iter().zip(&blobs);
    Ok(written.filter(|(_, bytes)| says_nothing(bytes)).map(|(path, _)| path.clone()).collect())
}

impl Delivery {
    fn context<'a>(&'a self, cycle: &'a Cycle, missing: &'a [String]) -> Context<'a> {
        Context {
            backlog: &self.backlog,
            board: &self.board,
            recorded: &self.recorded,
            missing,
            cycle,
            calendar: self.policy.calendar.as_ref(),
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
