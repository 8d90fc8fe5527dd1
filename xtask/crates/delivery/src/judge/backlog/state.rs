//! The state of each story, and why it is that.

use std::collections::HashMap;

use super::branches::story_branches;
use super::history::{By, History, Landing};
use super::names::Names;
use super::title::titled;
use thrice_documents::judge::Linked;
use thrice_findings::text::quoted;
use thrice_findings::{Code, Finding, short};
use thrice_ledger::decisions::{Alarm, AlarmKind, Severity, Standing};
use thrice_programme::Backlog;
use thrice_programme::risk::RiskSeverity;

/// The states of P-4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StoryState {
    /// Nothing was done yet.
    Ready,
    /// There is a branch.
    InProgress,
    /// Its evidence is complete, or its pull request's checks are green.
    ReadyForPr,
    /// It is in the default branch.
    Merged,
    /// It was stopped.
    Blocked,
}

impl StoryState {
    /// All of them, in their order.
    pub const ALL: [Self; 5] =
        [Self::Ready, Self::InProgress, Self::ReadyForPr, Self::Merged, Self::Blocked];

    /// The document's word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Ready => "ready_for_implementation",
            Self::InProgress => "in_progress",
            Self::ReadyForPr => "ready_for_pr",
            Self::Merged => "merged",
            Self::Blocked => "blocked",
        }
    }
}

/// A branch, here or as the remote was last seen to have it.
#[derive(Clone, Debug)]
pub struct Branch<'a> {
    /// Its name without the remote's.
    pub name: &'a str,
    /// Whether it is the remote's.
    pub remote: bool,
    /// Its last commit.
    pub commit: &'a str,
    /// The remote branch that it follows, without the remote's name.
    pub follows: Option<&'a str>,
    /// What the trailer `Story:` of its last commit says.
    pub trailer: &'a str,
}

/// What the required checks of a pull request say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checks {
    /// All are green.
    Green,
    /// One is red.
    Red,
    /// One has not ended, or was never started.
    Open,
}

/// A pull request.
#[derive(Clone, Debug)]
pub struct Pull {
    /// Its number.
    pub number: u64,
    /// Its title.
    pub title: String,
    /// The branch that it is from.
    pub branch: String,
    /// Whether it is open.
    pub open: bool,
    /// The commit by which it was merged.
    pub merged_as: Option<String>,
    /// Its checks, where it is open.
    pub checks: Option<Checks>,
}

impl Pull {
    /// The position of the story that it is of: by its branch, else by a title that
    /// begins with its id.
    #[must_use]
    pub fn story(&self, backlog: &Backlog, names: &Names<'_>) -> Option<usize> {
        names.story(&self.branch).or_else(|| titled(&self.title, backlog))
    }
}

/// All that states follow from.
pub struct StoryFacts<'a> {
    /// The history of the default branch.
    pub history: &'a History,
    /// Branches, those here before the remote's.
    pub branches: &'a [Branch<'a>],
    /// Pull requests, where the server was asked.
    pub pulls: Option<&'a [Pull]>,
    /// What the ledger says.
    pub recorded: &'a Standing,
}

/// The state of a story.
#[derive(Clone, Debug)]
pub struct Status {
    /// The state.
    pub state: StoryState,
    /// Why, as clauses.
    pub why: Vec<String>,
    /// Names of its branches that are not merged, the first that counts first.
    pub branches: Vec<String>,
    /// The last commit of the first of them.
    pub tip: Option<String>,
    /// Its newest pull request.
    pub pull: Option<u64>,
    /// What stops it.
    pub block: Option<Alarm>,
    /// The commit by which it is in the default branch.
    pub landed: Option<Landing>,
    /// What it waits for before it can be started, where nothing was done yet.
    pub waits_for: Vec<String>,
}

/// The word for a story that waits before it can be started.
pub(crate) const WAITING: &str = "waiting";

impl Status {
    /// The word for where it is: that of its state, or that it waits.
    #[must_use]
    pub fn word(&self) -> &'static str {
        if self.waits_for.is_empty() { self.state.word() } else { WAITING }
    }

    /// The same, with what it waits for.
    #[must_use]
    pub fn label(&self) -> String {
        match self.waits_for.is_empty() {
            true => self.word().to_owned(),
            false => format!("{WAITING}: {}", self.waits_for.join(", ")),
        }
    }

    /// Whether it can be started now.
    #[must_use]
    pub fn can_start(&self) -> bool {
        self.state == StoryState::Ready && self.waits_for.is_empty()
    }

    /// Whether it takes one of the places of its wave: work on it has begun, and is not over.
    #[must_use]
    pub fn is_under_way(&self) -> bool {
        match self.state {
            StoryState::InProgress | StoryState::ReadyForPr => true,
            StoryState::Blocked => !self.branches.is_empty(),
            StoryState::Ready | StoryState::Merged => false,
        }
    }
}

/// The states of all stories, in the order of the backlog.
#[derive(Debug)]
pub struct Board {
    /// One for each story.
    pub statuses: Vec<Status>,
    /// What was noticed on the way: two branches for a story, one whose name hides its story.
    pub findings: Vec<OfStories>,
}

/// Ids of stories, and a finding about them.
pub(crate) type OfStories = (Vec<String>, Finding);

impl Board {
    /// Derives all states.
    #[must_use]
    pub fn of(backlog: &Backlog, names: &Names<'_>, facts: &StoryFacts<'_>) -> Self {
        let mut findings = Vec::new();
        let mut branches = story_branches(backlog, names, facts, &mut findings);
        let pulls = story_pulls(backlog, names, facts);
        let mut blocks: HashMap<&str, &Alarm> = HashMap::new();
        for block in facts.recorded.blocks() {
            blocks.entry(block.subject()).or_insert(block);
        }
        // A high risk of a story stops it, as a block does (P-6.0.6).
        for risk in facts.recorded.risks().into_iter().filter(|risk| stops_story(risk)) {
            for story in &risk.stories {
                blocks.entry(story).or_insert(risk);
            }
        }
        let mut statuses = Vec::with_capacity(backlog.stories.len());
        for (position, story) in backlog.stories.iter().enumerate() {
            let own = branches.remove(&position).unwrap_or_default();
            let seen = StoryView {
                facts,
                position,
                tip: own.first().map(|(_, tip)| tip.clone()),
                branches: own.into_iter().map(|(name, _)| name).collect(),
                pulls: pulls.get(&position).map(Vec::as_slice).unwrap_or_default(),
                block: blocks.get(story.id.as_str()).copied(),
            };
            let status = seen.status();
            if let [first, second, ..] = status.branches.as_slice() {
                let message = format!(
                    "{} has {} branches, {} and {}",
                    story.id,
                    status.branches.len(),
                    quoted(first),
                    quoted(second)
                );
                let finding = Finding::new(Code::StoryBranches, message)
                    .help("merge them, or delete the abandoned one");
                findings.push((vec![story.id.clone()], finding));
            }
            statuses.push(status);
        }
        Self { statuses, findings }
    }

    /// Takes in whether evidence is complete, of stories whose evidence was looked at.
    pub(crate) fn with_evidence(&mut self, backlog: &Backlog, evidence: &HashMap<String, bool>) {
        for (id, whole) in evidence {
            let status = backlog.position(id).and_then(|at| self.statuses.get_mut(at));
            let Some(status) = status.filter(|it| it.landed.is_none()) else { continue };
            let said = if *whole { "evidence is complete" } else { "evidence is incomplete" };
            status.why.push(said.to_owned());
            if *whole && status.state == StoryState::InProgress {
                status.state = StoryState::ReadyForPr;
            }
        }
    }

    /// What is known of a story's pull request beside its evidence: that by which it came, and
    /// that one is to come while it is not merged.
    #[must_use]
    pub fn linked(&self, backlog: &Backlog, id: &str) -> Linked {
        match self.of_story(backlog, id) {
            None => Linked::Wanted,
            Some(status) => match &status.landed {
                Some(landed) => landed.pull.or(status.pull).map_or(Linked::Wanted, Linked::Is),
                None => Linked::Later,
            },
        }
    }

    /// The status of a story.
    #[must_use]
    pub(crate) fn of_story(&self, backlog: &Backlog, id: &str) -> Option<&Status> {
        self.statuses.get(backlog.position(id)?)
    }
}

/// The pull requests of each story, by position, the newest first.
fn story_pulls<'a>(
    backlog: &Backlog,
    names: &Names<'_>,
    facts: &StoryFacts<'a>,
) -> HashMap<usize, Vec<&'a Pull>> {
    let mut of: HashMap<usize, Vec<&Pull>> = HashMap::new();
    for pull in facts.pulls.unwrap_or_default() {
        if let Some(position) = pull.story(backlog, names) {
            of.entry(position).or_default().push(pull);
        }
    }
    of.values_mut().for_each(|pulls| pulls.sort_by_key(|pull| std::cmp::Reverse(pull.number)));
    of
}

/// What there is to see of one story.
struct StoryView<'a> {
    facts: &'a StoryFacts<'a>,
    position: usize,
    branches: Vec<String>,
    tip: Option<String>,
    pulls: &'a [&'a Pull],
    block: Option<&'a Alarm>,
}

impl StoryView<'_> {
    fn status(self) -> Status {
        let mut why = Vec::new();
        let landed = self.landed(&mut why);
        let pull = self.pulls.iter().find(|pull| pull.open).or(self.pulls.first());
        let number =
            pull.map(|pull| pull.number).or(landed.as_ref().and_then(|landing| landing.pull));
        let state = if landed.is_some() {
            StoryState::Merged
        } else {
            let begun = self.begun(&mut why);
            match self.block {
                Some(block) => {
                    why.insert(0, said_of(block));
                    StoryState::Blocked
                }
                None => begun,
            }
        };
        Status {
            state,
            why,
            branches: self.branches,
            tip: self.tip,
            pull: number,
            block: self.block.filter(|_| state == StoryState::Blocked).cloned(),
            landed,
            waits_for: Vec::new(),
        }
    }

    fn landed(&self, why: &mut Vec<String>) -> Option<Landing> {
        let history = self.facts.history;
        let undone = history.reverted.get(&self.position);
        if let Some(landing) = history.stands(self.position) {
            why.push(reported(landing));
            return Some(landing.clone());
        }
        if let Some((landing, _)) = undone {
            let by = landing.reverted_by.as_deref().unwrap_or_default();
            why.push(format!("{}, but reverted by {}", reported(landing), short(by)));
            return None;
        }
        let merged = self.pulls.iter().find_map(|pull| Some((pull, pull.merged_as.as_ref()?)));
        let (pull, commit) = merged?;
        let landing = Landing {
            commit: commit.clone(),
            by: By::Server,
            pull: Some(pull.number),
            reverted_by: None,
            age: 0,
        };
        why.push(reported(&landing));
        Some(landing)
    }

    /// How far it has come.
    fn begun(&self, why: &mut Vec<String>) -> StoryState {
        let open = self.pulls.iter().find(|pull| pull.open);
        for branch in self.branches.iter().take(2) {
            why.push(format!("branch {branch}"));
        }
        if let Some(pull) = open {
            why.push(match pull.checks {
                Some(Checks::Green) => format!("#{} is open and green", pull.number),
                Some(Checks::Red) => format!("#{} is open and red", pull.number),
                _ => format!("#{} is open", pull.number),
            });
        }
        let green = open.is_some_and(|pull| pull.checks == Some(Checks::Green));
        let begun = open.is_some() || !self.branches.is_empty();
        if begun && green {
            return StoryState::ReadyForPr;
        }
        if begun {
            return StoryState::InProgress;
        }
        if why.is_empty() {
            why.push("no branch yet".to_owned());
        }
        StoryState::Ready
    }
}

fn reported(landing: &Landing) -> String {
    let pull = landing.pull.map(|number| format!(" (#{number})")).unwrap_or_default();
    format!("merged as {}{pull}, {}", short(&landing.commit), landing.by.words())
}

/// Whether a risk stops the stories that it names.
fn stops_story(risk: &Alarm) -> bool {
    risk.is_open() && risk.severity <= Severity::Risk(RiskSeverity::High)
}

/// Why a story is blocked, who resolves it, and when that is expected.
pub(crate) fn block_words(block: &Alarm) -> String {
    let eta = block.details.eta.map_or_else(|| "no ETA".to_owned(), |eta| format!("ETA {eta}"));
    format!("{}; {}, {eta}", block.title, block.owner.as_deref().unwrap_or("nobody"))
}

fn said_of(block: &Alarm) -> String {
    if block.kind == AlarmKind::Risk {
        let owner = block.owner.as_deref().unwrap_or("nobody");
        let word = block.severity.word();
        return format!("the {word} risk {}: {}; owner {owner}", block.id, block.title);
    }
    block_words(block)
}
