//! Over 10,000 random lives of a patch in a model world. After each step the standing is held
//! against what every command would do, and against the harness's own rules, said once more in `Document`.

use std::collections::{BTreeMap, BTreeSet};

use proptest::test_runner::Config as ProptestConfig;
use serde_json::json;

use super::*;
use thrice_findings::Place;
use thrice_orr::state;

/// For each case of a property there are so many lives: with the 256 of proptest, 10,240.
const LIVES_A_CASE: u64 = 40;
const STEPS: usize = 24;
const TRUNK: &str = "main";

/// Numbers that follow from a seed (SplitMix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % end
    }

    fn one_in(&mut self, many: u64) -> bool {
        self.below(many) == 0
    }
}

/// A commit, as far as anything depends on it.
#[derive(Clone, Debug, Default)]
struct ModelCommit {
    id: u32,
    /// The commit of the default branch that it starts at.
    base: u32,
    changes: bool,
    outside: bool,
    red: bool,
    /// What others pushed, and is in it.
    includes: BTreeSet<u32>,
}

#[derive(Clone, Debug)]
struct ServerRun {
    commit: u32,
    green: bool,
    is_there: bool,
}

/// A review that was made here.
#[derive(Clone, Debug)]
struct LocalReview {
    commit: u32,
    branch: String,
    /// The runs that it made on the server.
    runs: Vec<usize>,
    count: u32,
    green: bool,
    lines: Vec<JournalLine>,
}

impl LocalReview {
    /// Whether it opened or updated a pull request.
    fn is_of(&self, at: usize) -> bool {
        let number = number(at);
        let is_it = |line: &JournalLine| matches!(line, JournalLine::PullOpened { number: of } if *of == number);
        self.lines.iter().any(is_it)
    }
}

#[derive(Clone, Debug)]
struct ServerPull {
    branch: String,
    head: u32,
    state: PullState,
    /// The review whose claims it has, and whether somebody edited them.
    body: (usize, bool),
    approved: Option<u32>,
}

/// All there is: a clone, its outputs, and the server.
#[derive(Clone, Debug)]
struct Model {
    next: u32,
    trunk: u32,
    head: ModelCommit,
    branch: String,
    dirty: bool,
    reviews: Vec<LocalReview>,
    runs: Vec<ServerRun>,
    /// The review of which the body is that lies here, and whether it was edited.
    body: Option<(usize, bool)>,
    pulls: Vec<ServerPull>,
    /// Whether the next runs on the server have a red one.
    flake: bool,
    fresh: u32,
}

/// The number of the pull request at a place.
fn number(at: usize) -> u64 {
    at as u64 + 1
}

fn id(commit: u32) -> String {
    format!("{commit:040x}")
}

fn opened(made: &LocalReview, engine: EngineKind) -> JournalLine {
    let word = engine.word();
    serde_json::from_value(json!({
        "event": "opened", "schema": "xtask/journal/1", "id": "r", "engine": word,
        "commit": id(made.commit), "policy_sha256": "p", "runs": made.count,
        "rehearsal": made.count < LEAST_RUNS, "branch": made.branch,
        "started_at": "2026-01-01T00:00:00Z",
    }))
    .unwrap()
}

type Refused = Result<(), &'static str>;

fn need(holds: bool, why: &'static str) -> Refused {
    if holds { Ok(()) } else { Err(why) }
}

impl Model {
    fn new() -> Self {
        Self {
            next: 2,
            trunk: 1,
            head: ModelCommit { id: 1, base: 1, ..ModelCommit::default() },
            branch: TRUNK.to_owned(),
            dirty: false,
            reviews: Vec::new(),
            runs: Vec::new(),
            body: None,
            pulls: Vec::new(),
            flake: false,
            fresh: 0,
        }
    }

    fn id(&mut self) -> u32 {
        self.next += 1;
        self.next
    }

    /// The newest review, where it is of HEAD.
    fn review(&self) -> Option<(usize, &LocalReview)> {
        let newest = self.reviews.iter().enumerate().next_back();
        newest.filter(|(_, made)| made.commit == self.head.id)
    }

    /// The number of the pull request that the journals report of, else of one of the branch.
    fn pull(&self) -> Option<usize> {
        let number = |made: &LocalReview| {
            made.lines.iter().rev().find_map(|line| match line {
                JournalLine::PullOpened { number } => Some(*number as usize - 1),
                _ => None,
            })
        };
        let of = |made: &&LocalReview| made.commit == self.head.id || made.branch == self.branch;
        let recorded = self.reviews.iter().rev().filter(of).find_map(number);
        let of_branch = |pull: &&ServerPull| pull.branch == self.branch;
        let seen = || {
            let all = self.pulls.iter().enumerate().filter(|(_, pull)| of_branch(pull));
            all.max_by_key(|(at, pull)| (pull.state == PullState::Open, *at)).map(|(at, _)| at)
        };
        recorded.or_else(seen)
    }

    /// Whether the review of HEAD opened or updated it.
    fn is_of_review(&self, at: usize) -> bool {
        self.review().is_some_and(|(_, made)| made.is_of(at))
    }

    fn is_rolled_back(&self, at: usize) -> bool {
        let number = number(at);
        self.reviews
            .iter()
            .flat_map(|made| &made.lines)
            .any(|line| matches!(line, JournalLine::RolledBack { number: of } if *of == number))
    }

    /// What the gatherer sees of it.
    fn facts(&self) -> StandingFacts {
        let finding = |code| Finding::new(code, "so");
        let mut patch = Vec::new();
        if !self.head.changes {
            patch.push(finding(Code::PatchEmpty));
        } else {
            if self.head.base != self.trunk {
                patch.push(finding(Code::Cec60));
            }
            if self.head.outside {
                patch.push(finding(Code::Cec10).at(Place::file("x/y")));
            }
        }
        let odd = self.branch == "foo";
        let review = self.review().and_then(|(_, made)| {
            let path = state::path(&made.lines).unwrap();
            let mut review = Review::reported(&made.lines, path.last().copied())?;
            if !made.green || self.was_red() {
                let red = finding(Code::Cec20);
                review.against.push(if made.green { red } else { red.at(Place::gate("T4")) });
            }
            let gone = made.runs.iter().any(|run| !self.runs[*run].is_there);
            review.gone = gone.then(|| finding(Code::RunAbsent));
            Some(review)
        });
        let body = match self.body {
            None => Body::Absent,
            Some(body) if self.may_check(body).is_ok() => Body::Right,
            Some(_) => Body::Wrong("so".to_owned()),
        };
        StandingFacts {
            head: id(self.head.id),
            branch: Some(self.branch.clone()),
            trunk: TRUNK.to_owned(),
            remote: Some("origin".to_owned()),
            base: Some(id(self.trunk)),
            fresh: format!("demo-{}", self.fresh),
            has_sandboxes: true,
            uncommitted: self.dirty.then(|| "a.txt".to_owned()).into_iter().collect(),
            name: if odd { vec![finding(Code::BranchName)] } else { Vec::new() },
            patch,
            on_server: true,
            output: "out".to_owned(),
            review,
            body,
            pull: self.pull().map(|at| self.seen(at)),
            beside: self.pull().map(|at| self.beside(at)).unwrap_or_default(),
            ..StandingFacts::default()
        }
    }

    fn seen(&self, at: usize) -> Pull {
        let (pull, number) = (&self.pulls[at], number(at));
        let state = match pull.state {
            PullState::Closed if self.is_rolled_back(at) => PullState::RolledBack,
            state => state,
        };
        let written = match (self.body, self.may_write()) {
            (Some(body), _) if self.may_check(body).is_ok() => Some(body.0),
            (_, Ok(review)) => Some(review),
            _ => None,
        };
        let has_body = written.map(|written| pull.body == (written, false));
        Pull {
            number,
            state,
            head: Some(id(pull.head)),
            has_body,
            is_of_review: self.is_of_review(at),
        }
    }

    /// What stops the pull request from being brought to HEAD.
    fn beside(&self, at: usize) -> Vec<Finding> {
        let (pull, number) = (&self.pulls[at], number(at));
        let finding = |code, help: String| Finding::new(code, "so").help(help);
        let mut beside = Vec::new();
        if pull.state != PullState::Open {
            return beside;
        }
        if !self.is_from(pull) {
            beside.push(finding(Code::BranchName, format!("`git branch --move {}`", pull.branch)));
        }
        if pull.body.1 {
            let help = format!("`cargo xtask pr update {number} --replace-body`");
            beside.push(finding(Code::PullEdited, help));
        }
        if self.is_foreign(pull) {
            let help = format!("`git pull --rebase origin {}`", pull.branch);
            beside.push(finding(Code::HeadMoved, help));
        }
        beside
    }

    /// Whether the patch or its review is on the branch of a pull request.
    fn is_from(&self, pull: &ServerPull) -> bool {
        let reviewed = self.review().is_some_and(|(_, made)| made.branch == pull.branch);
        reviewed || self.branch == pull.branch
    }

    fn is_foreign(&self, pull: &ServerPull) -> bool {
        pull.head != self.head.id
            && !self.head.includes.contains(&pull.head)
            && !self.reviews.iter().any(|made| made.commit == pull.head)
    }
}

/// What the commands do, and why they refuse.
impl Model {
    /// Whether `pr-body` writes, and of which review.
    fn may_write(&self) -> Result<usize, &'static str> {
        need(self.head.changes, "no patch")?;
        need(self.head.base == self.trunk, "CEC-60")?;
        need(!self.head.outside, "CEC-10")?;
        let (at, made) = self.review().ok_or("no review")?;
        need(made.green && made.count >= LEAST_RUNS, "REFUSE-20")?;
        need(!self.was_red(), "CEC-20")?;
        Ok(at)
    }

    /// Whether the server has a red run of HEAD, or a review that is kept here was red there.
    fn was_red(&self) -> bool {
        let head = self.head.id;
        let there = |run: &ServerRun| run.commit == head && run.is_there && !run.green;
        let here = |made: &LocalReview| made.commit == head && !made.runs.is_empty() && !made.green;
        self.runs.iter().any(there) || self.reviews.iter().any(here)
    }

    fn may_check(&self, (review, edited): (usize, bool)) -> Refused {
        need(self.may_write()? == review && !edited, "CEC-50")
    }

    /// Whether there is a review that a pull request can stand on.
    fn may_stand(&self) -> Result<usize, &'static str> {
        let at = self.may_write()?;
        let made = &self.reviews[at];
        need(!made.runs.is_empty(), "made here alone")?;
        let is_rolled_back =
            made.lines.iter().any(|line| matches!(line, JournalLine::RolledBack { .. }));
        need(!is_rolled_back, "rolled back")?;
        need(made.runs.iter().all(|run| self.runs[*run].is_there), "run-absent")?;
        Ok(at)
    }

    fn write(&mut self, review: usize, line: JournalLine) {
        let lines = &mut self.reviews[review].lines;
        lines.push(line);
        if state::path(lines).is_err() {
            lines.pop();
        }
    }

    /// A pull request has the body of a review.
    fn wrote(&mut self, review: usize, at: usize) {
        let number = number(at);
        self.write(review, JournalLine::PullOpened { number });
        self.write(review, JournalLine::BodyWritten { number, sha256: String::new() });
    }

    fn orr(&mut self, on_server: bool, count: u32) -> Refused {
        need(self.branch != TRUNK && self.branch != "foo", "branch-name")?;
        need(self.head.changes, "no patch")?;
        let mut green = !self.head.red;
        let mut runs = Vec::new();
        if on_server {
            green &= !std::mem::take(&mut self.flake);
            for run in 0..count {
                runs.push(self.runs.len());
                let green = green || run > 0 && !self.head.red;
                self.runs.push(ServerRun { commit: self.head.id, green, is_there: true });
            }
        }
        let (commit, branch) = (self.head.id, self.branch.clone());
        let mut made = LocalReview { commit, branch, runs, count, green, lines: Vec::new() };
        let engine = if on_server { EngineKind::Github } else { EngineKind::Local };
        made.lines.push(opened(&made, engine));
        made.lines.push(match on_server {
            true => JournalLine::DispatchBegan { run: count, nonce: "n".to_owned() },
            false => JournalLine::GateBegan { run: count, gate: "T4".to_owned() },
        });
        let verdict = if green { Verdict::Pass } else { Verdict::Fail };
        made.lines.push(JournalLine::Decided { verdict, exit: 0 });
        self.reviews.push(made);
        Ok(())
    }

    fn open(&mut self) -> Refused {
        let review = self.may_stand()?;
        need(self.branch != TRUNK && self.branch != "foo", "branch-name")?;
        self.may_check(self.body.ok_or("no body")?)?;
        let open = |pull: &ServerPull| pull.state == PullState::Open && pull.branch == self.branch;
        need(!self.pulls.iter().any(open), "pull-exists")?;
        let ended = |at: usize| {
            let pull = &self.pulls[at];
            let same = pull.head == self.head.id || self.is_of_review(at);
            same && pull.state != PullState::Open
        };
        need(!(0..self.pulls.len()).any(ended), "pull-closed")?;
        let (branch, head) = (self.branch.clone(), self.head.id);
        let body = (review, false);
        self.pulls.push(ServerPull { branch, head, state: PullState::Open, body, approved: None });
        self.wrote(review, self.pulls.len() - 1);
        Ok(())
    }

    fn update(&mut self, at: usize, replace: bool) -> Refused {
        let review = self.may_stand()?;
        let pull = &self.pulls[at];
        need(pull.state == PullState::Open, "pull-closed")?;
        need(self.is_from(pull), "branch-name")?;
        need(!pull.body.1 || replace, "pull-edited")?;
        need(!self.is_foreign(pull), "head-moved")?;
        (self.pulls[at].head, self.pulls[at].body) = (self.head.id, (review, false));
        self.wrote(review, at);
        Ok(())
    }

    fn verify(&mut self, at: usize) -> Refused {
        let refused = Document(self).pull(at);
        let number = number(at);
        if self.reviews.last().is_some_and(|made| made.is_of(at)) {
            let (verdict, findings) = match refused {
                Ok(()) => (Verdict::Pass, Vec::new()),
                Err(why) => {
                    let absent = why == "run-absent";
                    let code = if absent { Code::RunAbsent } else { Code::Cec50 };
                    (Verdict::Fail, vec![Finding::new(code, why)])
                }
            };
            let last = self.reviews.len() - 1;
            self.write(last, JournalLine::PullVerified { number, verdict, findings });
        }
        refused
    }

    fn merge_check(&mut self, at: usize) -> Refused {
        let approved = self.pulls[at].approved == Some(self.pulls[at].head);
        let refused = Document(self).pull(at).and(need(approved, "approval-missing"));
        let (number, last) = (number(at), self.reviews.len().wrapping_sub(1));
        let verdict = if refused.is_ok() { Verdict::Pass } else { Verdict::Fail };
        if last < self.reviews.len() {
            if refused.is_ok() {
                let findings = Vec::new();
                self.write(last, JournalLine::PullVerified { number, verdict, findings });
            }
            self.write(last, JournalLine::MergeChecked { number, verdict });
        }
        refused
    }

    fn roll_back(&mut self, at: usize) -> Refused {
        need(self.pulls[at].state != PullState::Merged, "merged")?;
        self.pulls[at].state = PullState::Closed;
        if self.reviews.last().is_some_and(|made| made.is_of(at)) {
            let last = self.reviews.len() - 1;
            self.write(last, JournalLine::RolledBack { number: number(at) });
        }
        Ok(())
    }

    /// What the default branch is at.
    fn of_trunk(&self) -> ModelCommit {
        ModelCommit { id: self.trunk, base: self.trunk, ..ModelCommit::default() }
    }

    fn commit(&mut self) {
        self.head.id = self.id();
        self.head.changes = true;
        self.dirty = false;
    }

    /// Somebody types a line, as `status` gives it.
    fn types(&mut self, line: &str) -> Refused {
        let at = || line.split(' ').filter_map(|word| word.parse::<usize>().ok()).next();
        let pull = at().and_then(|number| number.checked_sub(1));
        if let Some(name) = line.strip_prefix("git switch --create ") {
            self.branch = name.to_owned();
            self.fresh += 1;
        } else if let Some(name) = line.strip_prefix("git branch --move ") {
            self.branch = name.to_owned();
            self.fresh += 1;
        } else if line == "cargo xtask branch sandbox" || line.starts_with("git switch --no-track")
        {
            need(!self.dirty || !self.head.changes, "dirty-tree")?;
            self.branch = format!("demo-{}", self.fresh);
            self.fresh += 1;
            self.head = self.of_trunk();
        } else if line == "git switch main && git pull --ff-only origin main" {
            need(!self.dirty, "dirty-tree")?;
            self.branch = TRUNK.to_owned();
            self.head = self.of_trunk();
        } else if line.starts_with("git stash") {
            self.dirty = false;
        } else if line.starts_with("git add --all") {
            need(self.dirty, "nothing to commit")?;
            self.commit();
        } else if line.starts_with("git fetch") {
            need(!self.dirty, "dirty-tree")?;
            self.head.base = self.trunk;
            self.head.id = self.id();
        } else if line.starts_with("git reset --soft") {
            self.head.outside = false;
            self.head.id = self.id();
        } else if line.starts_with("git pull --rebase") {
            need(!self.dirty, "dirty-tree")?;
            let theirs = self.pulls[self.pull().ok_or("no pull request")?].head;
            self.head.includes.insert(theirs);
            self.head.id = self.id();
        } else if line.starts_with("cargo xtask orr") {
            let count = if line.contains("--runs 2") { 2 } else { 3 };
            self.orr(line.contains("--on github"), count)?;
        } else if line.starts_with("cargo xtask pr-body") {
            self.body = Some((self.may_write()?, false));
        } else if line == "cargo xtask pr open" {
            self.open()?;
        } else if line.starts_with("cargo xtask pr update") {
            self.update(pull.unwrap(), line.contains("--replace-body"))?;
        } else if line.starts_with("cargo xtask pr verify") {
            self.verify(pull.unwrap())?;
        } else if line.starts_with("cargo xtask pr merge-check") {
            self.merge_check(pull.unwrap())?;
        } else if line.starts_with("gh pr merge") {
            let at = pull.unwrap();
            Document(self).merge(at)?;
            self.pulls[at].state = PullState::Merged;
            self.trunk = self.id();
        } else {
            let shows =
                ["gates run T4", "brief", "explain CEC-20"].map(|it| format!("cargo xtask {it}"));
            assert!(shows.iter().any(|shown| line == shown), "nobody knows `{line}`");
        }
        Ok(())
    }
}

/// The harness's rules, said once more. It knows nothing of standings, journals or findings.
struct Document<'a>(&'a Model);

impl Document<'_> {
    /// Inside the Filemap, one diff against the HEAD of main.
    fn patch(&self, commit: &ModelCommit) -> Refused {
        need(commit.changes, "no patch")?;
        need(commit.base == self.0.trunk, "CEC-60")?;
        need(!commit.outside, "CEC-10")
    }

    /// Three runs of exactly this commit on the server, all green.
    fn runs(&self, commit: u32, runs: &[usize]) -> Refused {
        let runs: BTreeSet<usize> = runs.iter().copied().collect();
        let all: Vec<&ServerRun> = runs.iter().map(|run| &self.0.runs[*run]).collect();
        need(all.len() >= 3, "REFUSE-20")?;
        need(all.iter().all(|run| run.is_there), "run-absent")?;
        need(all.iter().all(|run| run.commit == commit && run.green), "CEC-20")
    }

    /// What is open claims what is so of the commit at its head.
    fn pull(&self, at: usize) -> Refused {
        let pull = &self.0.pulls[at];
        need(pull.state == PullState::Open, "pull-closed")?;
        let (review, edited) = pull.body;
        let claimed = &self.0.reviews[review];
        need(!edited && claimed.commit == pull.head, "CEC-50")?;
        need(pull.head == self.0.head.id, "not here")?;
        self.patch(&self.0.head)?;
        need(!self.0.head.red, "CEC-20")?;
        self.runs(pull.head, &claimed.runs)?;
        // One red run of a commit is one too many, whoever asked for it.
        let red = |run: &ServerRun| run.commit == pull.head && run.is_there && !run.green;
        need(!self.0.runs.iter().any(red), "REFUSE-20")
    }

    /// Somebody looked at what is there now.
    fn merge(&self, at: usize) -> Refused {
        self.pull(at)?;
        need(self.0.pulls[at].approved == Some(self.0.pulls[at].head), "approval-missing")
    }
}

/// What is known to nobody before the command is typed.
const NEWS: [&str; 1] = ["approval-missing"];

#[expect(clippy::too_many_lines, reason = "a table")]
fn step(model: &mut Model, dice: &mut Dice) -> String {
    let pull = model.pulls.len().checked_sub(1);
    let said = match dice.below(40) {
        0 => {
            model.dirty = true;
            "edit"
        }
        1 | 2 => {
            model.commit();
            "commit"
        }
        3 => {
            model.head.outside = true;
            model.commit();
            "commit outside of the Filemap"
        }
        4 => {
            model.head.red = !model.head.red;
            model.commit();
            "commit red or green"
        }
        5 => {
            model.trunk = model.id();
            "main moves"
        }
        6 => {
            model.flake = true;
            "a run will be red"
        }
        7 => {
            model.body = model.body.map(|(review, _)| (review, true));
            "the body here is edited"
        }
        8 => {
            if let Some(run) = model.runs.last_mut() {
                run.is_there = false;
            }
            "a run is deleted"
        }
        9 => {
            if let Some(at) = pull {
                model.pulls[at].body.1 = true;
            }
            "the body there is edited"
        }
        10 => {
            if let Some(at) = pull.filter(|at| model.pulls[*at].state == PullState::Open) {
                model.pulls[at].head = model.id();
            }
            "somebody pushes"
        }
        11 => {
            if let Some(at) = pull.filter(|at| model.pulls[*at].state == PullState::Open) {
                model.pulls[at].state = PullState::Closed;
            }
            "closed by hand"
        }
        12 if model.branch != TRUNK && dice.one_in(3) => {
            model.branch = "foo".to_owned();
            "a branch of no kind"
        }
        13..=16 => {
            if let Some(at) = pull {
                model.pulls[at].approved = Some(model.pulls[at].head);
            }
            "approved"
        }
        17 | 18 => {
            let other = [
                "cargo xtask orr",
                "cargo xtask orr --runs 2",
                "cargo xtask orr --on github",
                "cargo xtask pr-body --write out/body.md",
                "cargo xtask pr open",
            ];
            let line = other[dice.below(other.len() as u64) as usize];
            let _ = model.types(line);
            line
        }
        19 => {
            if let Some(at) = pull {
                let _ = match dice.below(4) {
                    0 => model.roll_back(at),
                    1 => model.update(at, false),
                    2 => model.verify(at),
                    _ => model.merge_check(at),
                };
            }
            "something is done to the pull request"
        }
        _ => {
            let next = standing(&model.facts()).next;
            let _ = model.types(&next);
            return format!("$ {next}");
        }
    };
    said.to_owned()
}

/// Holds a standing against what the commands would do, and against the document.
fn wrong(model: &Model) -> Option<String> {
    let facts = model.facts();
    let stands = standing(&facts);
    let (state, next) = (stands.state, stands.next.as_str());
    let codes: Vec<&str> = stands.missing.iter().map(|it| it.code.name()).collect();
    let wrong = |what: &str, why: &str| {
        Some(format!("{what}: {why}\n{} {codes:?}, next: {next}", state.word()))
    };
    let written = model.may_write();
    if let (HarnessState::OrrOk, Err(why)) = (state, written) {
        return wrong("ORR_OK, and no body", why);
    }
    if written.is_ok() && [HarnessState::Replan, HarnessState::Planning].contains(&state) {
        return wrong("a body, and", "the patch is not ready");
    }
    if written.is_ok()
        && let Err(why) = Document(model).patch(&model.head)
    {
        return wrong("a body against the document", why);
    }
    if next.starts_with("gh pr merge")
        && let Err(why) = model.pull().map_or(Err("no pull request"), |at| Document(model).pull(at))
    {
        return wrong("to be merged against the document", why);
    }
    if state == HarnessState::Merge && !codes.is_empty() && !model.dirty {
        return wrong("MERGE", "and something is missing");
    }
    let mut tried = model.clone();
    tried.flake = false;
    if let Err(why) = tried.types(next)
        && !NEWS.contains(&why)
    {
        return wrong("what is next refuses", why);
    }
    let mut opened = model.clone();
    let own = model.pull().is_none_or(|at| model.pulls[at].branch == model.branch);
    if own && codes.is_empty() && opened.open().is_ok() != (next == "cargo xtask pr open") {
        return wrong("pr open and the standing", "differ");
    }
    None
}

/// Follows what is next until the patch is merged; its author fixes what is red.
fn dead_end(model: &Model) -> Option<String> {
    let (mut model, mut typed) = (model.clone(), Vec::new());
    model.flake = false;
    for _ in 0..30 {
        let next = standing(&model.facts()).next;
        typed.push(next.clone());
        if next.starts_with("gh pr merge") {
            return None;
        }
        let shows = ["cargo xtask gates run", "cargo xtask explain CEC-20"];
        if shows.iter().any(|line| next.starts_with(line)) || next == "cargo xtask brief" {
            model.head.red = false;
            model.commit();
        } else if let Err(why) = model.types(&next) {
            if why != "approval-missing" {
                return Some(format!("{why}: {typed:#?}"));
            }
            let at = model.pull()?;
            model.pulls[at].approved = Some(model.pulls[at].head);
        }
    }
    Some(format!("it leads nowhere: {typed:#?}"))
}

#[test]
fn no_life_of_a_patch_has_a_standing_that_a_command_or_the_document_gainsays() {
    // The shortest life of each kind of fault.
    let mut found: BTreeMap<String, (u64, Vec<String>)> = BTreeMap::new();
    let lives = u64::from(ProptestConfig::default().cases) * LIVES_A_CASE;
    for seed in 0..lives {
        let (mut model, mut dice) = (Model::new(), Dice(seed));
        let mut trace = Vec::new();
        let mut fault = None;
        for _ in 0..STEPS {
            trace.push(step(&mut model, &mut dice));
            fault = wrong(&model);
            if fault.is_some() {
                break;
            }
        }
        let Some(fault) = fault.or_else(|| dead_end(&model)) else { continue };
        let shortest = found.entry(fault).or_insert_with(|| (seed, trace.clone()));
        if trace.len() < shortest.1.len() {
            *shortest = (seed, trace);
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}
