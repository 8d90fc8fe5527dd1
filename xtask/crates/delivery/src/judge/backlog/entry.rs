//! The gate of entry: what keeps a story from being started (P-3.2, P-4, Z-3, Z-6.1).

use std::cell::OnceCell;
use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;

use super::state::{Board, Status, StoryState};
use super::wave::is_open;
use thrice_findings::text::quoted;
use thrice_findings::{Code, Finding, Place};
use thrice_ledger::decisions::{Alarm, AlarmKind, DEFERRED, Standing};
use thrice_programme::calendar::days::{begin_of, end_of};
use thrice_programme::{Backlog, Calendar, External, Story, Wave};
use thrice_report::text::counted;

/// The cycle at this time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cycle {
    /// Policy has no calendar.
    NoCalendar,
    /// No cycle runs.
    None,
    /// A cycle runs, with these waves.
    Running {
        /// Its id.
        id: String,
        /// Ids of its waves; all where empty.
        waves: Vec<String>,
        /// Stories that the cycle before it left open.
        carried: Vec<String>,
    },
}

impl Cycle {
    /// How many stories of a wave may be under way: while a cycle runs, its limit holds too.
    #[must_use]
    pub fn limit(&self, wave: &Wave, backlog: &Backlog) -> u64 {
        match self {
            Self::Running { .. } => wave.limit.min(backlog.cycle_limit),
            Self::NoCalendar | Self::None => wave.limit,
        }
    }
}

/// What the gate of entry sees.
pub struct EntryFacts<'a> {
    /// The backlog.
    pub backlog: &'a Backlog,
    /// The states of all stories.
    pub board: &'a Board,
    /// What the ledger says.
    pub recorded: &'a Standing,
    /// Paths of contracts that the base does not have, or has without a word.
    pub missing: &'a BTreeSet<String>,
    /// The default branch as git names its newest commit here, such as `origin/main`.
    pub trunk: &'a str,
    /// The cycle.
    pub cycle: &'a Cycle,
    /// Sprints, where policy has a calendar.
    pub calendar: Option<&'a Calendar>,
    /// The time.
    pub now: Timestamp,
    /// The stories of each wave that are under way, once one was asked for.
    pub under_way: OnceCell<HashMap<&'a str, Vec<&'a str>>>,
}

impl<'a> EntryFacts<'a> {
    /// Ids of the stories of a wave that are under way.
    fn under_way_in(&self, wave: &str) -> &[&'a str] {
        let gathered = || {
            let mut under_way: HashMap<&str, Vec<&str>> = HashMap::new();
            for (story, status) in self.backlog.stories.iter().zip(&self.board.statuses) {
                if let Some(wave) = story.wave.as_deref().filter(|_| status.is_under_way()) {
                    under_way.entry(wave).or_default().push(&story.id);
                }
            }
            under_way
        };
        self.under_way.get_or_init(gathered).get(wave).map_or(&[], Vec::as_slice)
    }
}

/// Something that keeps a story from being started.
#[derive(Clone, Debug)]
pub struct Reason {
    /// It, with its place and what leads on.
    pub finding: Finding,
    /// What the story waits for, in a few words.
    pub waits_for: String,
}

/// Everything that keeps a story from being started.
#[must_use]
pub fn entry(story: &Story, status: &Status, context: &EntryFacts<'_>) -> Vec<Reason> {
    let mut reasons = Reasons { of: Vec::new(), place: story.at.place() };
    if let Some(finding) = state(story, status) {
        reasons.add(finding, status.state.word());
    } else {
        ready(story, context, &mut reasons);
        scope(story, context, &mut reasons);
        room(story, context, &mut reasons);
    }
    reasons.of
}

/// Reasons that are gathered, and where the story is written.
struct Reasons {
    of: Vec<Reason>,
    place: Place,
}

impl Reasons {
    fn add(&mut self, mut finding: Finding, waits_for: impl Into<String>) {
        finding.place.get_or_insert_with(|| self.place.clone());
        let waits_for = waits_for.into();
        self.of.push(Reason { finding, waits_for });
    }
}

fn state(story: &Story, status: &Status) -> Option<Finding> {
    let id = &story.id;
    let why = status.why.join("; ");
    let (code, message, help) = match status.state {
        StoryState::Ready => return None,
        StoryState::Merged => (
            Code::StoryState,
            format!("{id} is merged already: {why}"),
            "choose another story; plan what is left of this one as a new story".to_owned(),
        ),
        StoryState::InProgress | StoryState::ReadyForPr => (
            Code::StoryState,
            format!("{id} was started already: {why}"),
            match status.branches.first() {
                Some(branch) => format!("`git switch {branch}`"),
                None => "continue with its pull request".to_owned(),
            },
        ),
        StoryState::Blocked => (
            Code::StoryBlocked,
            format!("{id} is blocked by: {why}"),
            lifts(id, status.block.as_ref()),
        ),
    };
    Some(Finding::new(code, message).help(help))
}

/// What lifts what stops a story.
#[must_use]
pub fn lifts(story: &str, block: Option<&Alarm>) -> String {
    match block.filter(|block| block.kind == AlarmKind::Risk) {
        Some(risk) => format!("`cargo xtask risk update {} --mitigated` when that is so", risk.id),
        None => {
            format!(
                "`cargo xtask story unblock {story} --reason TEXT`, once what it waits for is there"
            )
        }
    }
}

/// The stories that a story depends on and that are not merged.
pub(crate) fn unmerged<'s>(
    story: &'s Story,
    backlog: &Backlog,
    board: &Board,
) -> impl Iterator<Item = (&'s str, Finding)> {
    story.depends.iter().filter_map(|on| {
        let status = board.of_story(backlog, on)?;
        if status.state == StoryState::Merged {
            return None;
        }
        let (id, why) = (&story.id, status.why.join("; "));
        let message = format!("{id} depends on {on}, which is {}: {why}", status.word());
        let finding = Finding::new(Code::StoryDependency, message)
            .help(format!("merge {on} first; choose another story meanwhile"));
        Some((on.as_str(), finding))
    })
}

/// The definition of ready.
fn ready(story: &Story, context: &EntryFacts<'_>, reasons: &mut Reasons) {
    let id = &story.id;
    if story.owner.is_none() {
        let finding = Finding::new(Code::StoryOwner, format!("{id} has no owner"))
            .help("name its owner in policy/backlog.toml");
        reasons.add(finding, "an owner");
    }
    for (depends, finding) in unmerged(story, context.backlog, context.board) {
        reasons.add(finding, depends);
    }
    for external in context.backlog.awaited(id) {
        reasons.add(awaited(id, external), &external.id);
    }
    contract(story, context, reasons);
    let roles = &context.backlog.approval_roles;
    if story.pending_approval && context.recorded.story_approval(id, roles, context.now).is_none() {
        let message = format!(
            "{id} waits for an approval of {}{}",
            roles.join(" or "),
            context.recorded.why_not(id)
        );
        let role = roles.first().map_or("", String::as_str);
        let finding = Finding::new(Code::StoryApproval, message)
            .help(format!("have `cargo xtask approve story {id} --role {role}` recorded"));
        let short = |role: &String| match role.len() {
            0..=3 => role.to_uppercase(),
            _ => role.clone(),
        };
        let roles: Vec<String> = roles.iter().map(short).collect();
        reasons.add(finding, format!("{} approval", roles.join(" or ")));
    }
}

fn contract(story: &Story, context: &EntryFacts<'_>, reasons: &mut Reasons) {
    let (id, trunk) = (&story.id, context.trunk);
    if story.contract.is_empty() || story.acceptance.is_empty() {
        let what = match (story.contract.is_empty(), story.acceptance.is_empty()) {
            (true, true) => "neither a contract nor an acceptance criterion",
            (true, false) => "no contract",
            _ => "no acceptance criterion",
        };
        let finding = Finding::new(Code::StoryContract, format!("{id} names {what}"))
            .help("write them first, and name them in `contract` and `acceptance`");
        reasons.add(finding, "its contract");
    }
    for path in story.contract.iter().filter(|path| context.missing.contains(*path)) {
        let message = format!("the contract {} of {id} is not in {trunk}", quoted(path));
        let help = match trunk.strip_prefix("origin/") {
            Some(branch) => format!(
                "write it, and have it merged; if your {branch} has it: `git push origin {branch}`"
            ),
            None => format!("write it, and commit it to {trunk}"),
        };
        let finding = Finding::new(Code::StoryContract, message).help(help);
        reasons.add(finding, format!("{path} in {trunk}"));
    }
}

/// What else keeps a story from being started, where it passes with time.
///
/// # Errors
/// Why an approval of it in some roles would change nothing.
pub fn approval(
    story: &Story,
    held: &[String],
    (roles, recorded): (&[String], &Standing),
    others: Vec<Finding>,
    now: Timestamp,
) -> Result<Vec<Finding>, Vec<Finding>> {
    let id = &story.id;
    let void = |message: String, help: String| {
        Err(vec![Finding::new(Code::DecisionVoid, message).help(help).at(story.at.place())])
    };
    if !story.pending_approval {
        let help = format!("`cargo xtask story start {id}`");
        return void(format!("{id} waits for no approval"), help);
    }
    if !roles.iter().any(|role| held.contains(role)) {
        let (wanted, held) = (roles.join(" or "), held.join(" or "));
        let help = format!("ask somebody who is {wanted} to approve it");
        return void(format!("{id} needs an approval by {wanted}, not by {held}"), help);
    }
    if let Some(given) = recorded.story_approval(id, roles, now) {
        let message = format!("{id} is approved already, by {}", given.actor);
        return void(message, format!("`cargo xtask story start {id}`"));
    }
    let stays = |finding: &Finding| {
        let passes = [
            Code::StoryApproval,
            Code::StoryDependency,
            Code::CycleNotRunning,
            Code::WaveClosed,
            Code::StoryWip,
        ];
        !passes.contains(&finding.code)
    };
    let (stays, passes): (Vec<_>, Vec<_>) = others.into_iter().partition(stays);
    let passes = passes.into_iter().filter(|finding| finding.code != Code::StoryApproval);
    if stays.is_empty() { Ok(passes.collect()) } else { Err(stays) }
}

/// What others make, and a story waits for.
fn awaited(story: &str, external: &External) -> Finding {
    let External { id, title, owner, due, .. } = external;
    let message = format!("{story} waits for {id}, {title}: {owner} sees to it by {due}");
    Finding::new(Code::StoryDependency, message)
        .help("when it is there, write `arrived` into policy/backlog.toml")
}

/// Nothing on the list of what is out of scope.
fn scope(story: &Story, context: &EntryFacts<'_>, reasons: &mut Reasons) {
    let id = &story.id;
    for frozen in &context.backlog.frozen {
        if story.reopens.contains(&frozen.id) || says(&story.title, &frozen.id) {
            let message =
                format!("{id} would reopen {}, which is frozen: {}", frozen.id, frozen.reason);
            let help = "keep the decision, or change the freeze in policy first";
            let finding = Finding::new(Code::StoryFrozen, message).help(help);
            reasons.add(finding, format!("the end of the freeze of {}", frozen.id));
        }
    }
    if let Some(track) = context.backlog.deferred_with(id)
        && !context.recorded.is_excepted(DEFERRED, &track.id, context.now)
    {
        let message =
            format!("{id} is deferred with {} until its trigger: {}", track.id, track.trigger);
        let finding = Finding::new(Code::StoryDeferred, message).help(format!(
            "when the trigger fires: `cargo xtask approve exception deferred --subject {} --reason TEXT --expires TIME`",
            track.id
        ));
        reasons.add(finding, format!("the trigger of {}", track.id));
    }
}

/// Whether a text has an id as a word of its own.
fn says(text: &str, id: &str) -> bool {
    let mut words = text.split(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c)));
    words.any(|word| word.trim_matches(['-', '.', '_']) == id)
}

/// The wave is open and has room, and the cycle and the sprint run.
fn room(story: &Story, context: &EntryFacts<'_>, reasons: &mut Reasons) {
    let id = &story.id;
    let wave = story.wave.as_deref().and_then(|wave| context.backlog.wave(wave));
    match context.cycle {
        Cycle::NoCalendar => {}
        Cycle::None => {
            let message = format!("no cycle is running, so {id} can't start");
            let help = "policy/calendar.toml says when the next begins: `cycles`, `from`";
            reasons.add(Finding::new(Code::CycleNotRunning, message).help(help), "a cycle");
        }
        Cycle::Running { id: cycle, waves, carried } => {
            let outside = wave.filter(|wave| !waves.is_empty() && !waves.contains(&wave.id));
            let outside = outside.filter(|_| !carried.contains(id));
            if let Some(wave) = outside {
                let message = format!("{id} is of {}, which is not in {cycle}", wave.id);
                let finding = Finding::new(Code::CycleNotRunning, message)
                    .help(format!("{cycle} has the waves {}", waves.join(", ")));
                reasons.add(finding, format!("a cycle with {}", wave.id));
            }
        }
    }
    sprint(story, context, reasons);
    let Some(wave) = wave else { return };
    if let Err(before) = is_open(wave, context.recorded, context.now) {
        let message = format!(
            "{} is not open: the gate of {before} is not passed{}",
            wave.id,
            context.recorded.why_not(before)
        );
        let finding = Finding::new(Code::WaveClosed, message)
            .help(format!("`cargo xtask wave gate {before}` lists what is missing"));
        reasons.add(finding, format!("the gate of {before}"));
    }
    let limit = context.cycle.limit(wave, context.backlog);
    full(&wave.id, context.under_way_in(&wave.id), (limit, wave.at.place()), reasons);
}

/// Refuses where as many stories of a wave or a sprint are under way as there may be.
fn full(of: &str, under_way: &[&str], (limit, place): (u64, Place), reasons: &mut Reasons) {
    if u64::try_from(under_way.len()).unwrap_or(u64::MAX) < limit {
        return;
    }
    let (count, all) = (counted(under_way.len(), "story"), under_way.join(", "));
    let verb = if under_way.len() == 1 { "is" } else { "are" };
    let message = format!("{count} of {of} {verb} under way; the limit is {limit}: {all}");
    let help = "finish one of them before the next";
    reasons
        .add(Finding::new(Code::StoryWip, message).help(help).at(place), format!("room in {of}"));
}

/// The sprint of a story runs, the gate that it comes after is passed, and it has room.
fn sprint(story: &Story, context: &EntryFacts<'_>, reasons: &mut Reasons) {
    let id = &story.id;
    let Some(calendar) = context.calendar else { return };
    let own = calendar.sprints.iter();
    let own = own.filter(|sprint| context.backlog.is_of_sprint(story, &sprint.id));
    // A story of several sprints starts with the first of them, and may until the last ends.
    let Some(sprint) = own.clone().min_by_key(|sprint| sprint.window.from) else { return };
    let last = own.max_by_key(|sprint| sprint.window.to).unwrap_or(sprint);
    if context.now < begin_of(calendar, sprint.window.from) {
        let (name, from) = (&sprint.id, sprint.window.from);
        let message = format!("{id} is of sprint {name}, which begins on {from}");
        let finding = Finding::new(Code::CycleNotRunning, message)
            .help("`cargo xtask story list --startable` says what can start now");
        reasons.add(finding, format!("sprint {name} (from {from})"));
    }
    if context.now >= end_of(calendar, last.window.to) {
        let (name, to) = (&last.id, last.window.to);
        let message = format!("{id} is of sprint {name}, which ended on {to}");
        let help = "move it to a sprint that runs: `sprints` of its epic in policy/backlog.toml";
        let finding = Finding::new(Code::CycleNotRunning, message).help(help);
        reasons.add(finding, format!("another sprint ({name} ended on {to})"));
    }
    if let Some(before) = &sprint.after
        && !context.recorded.is_sprint_passed(before, context.now)
    {
        let why = context.recorded.why_not(&format!("sprint {before}"));
        let name = &sprint.id;
        let message =
            format!("sprint {name} is not open: the gate of sprint {before} is not passed{why}");
        let finding = Finding::new(Code::WaveClosed, message)
            .help(format!("`cargo xtask sprint gate {before}` lists what is missing"));
        reasons.add(finding, format!("the gate of sprint {before}"));
    }
    let Some(limit) = sprint.limit else { return };
    let under_way = under_way_in(context.backlog, context.board, &sprint.id);
    let place = sprint.place.clone();
    full(&format!("sprint {}", sprint.id), &under_way, (limit, place), reasons);
}

/// The stories of a sprint that are in progress, by their ids.
#[must_use]
pub fn under_way_in<'a>(backlog: &'a Backlog, board: &Board, sprint: &str) -> Vec<&'a str> {
    let stories = backlog.stories.iter().zip(&board.statuses);
    stories
        .filter(|(story, status)| status.is_under_way() && backlog.is_of_sprint(story, sprint))
        .map(|(story, _)| story.id.as_str())
        .collect()
}
