//! Gathering what states follow from.

use std::collections::{BTreeSet, HashMap};

use super::evidence::{Changes, Evidence, EvidenceAsked};
use super::server;
use crate::judge::backlog::{
    Board, Branch, Checks, Commit as Landed, CommitQuery, Head, History, Names, OfStories, Pull,
    Reached, Status, StoryFacts, WaveFacts, overlaps,
};
use thrice_documents::judge::Linked;
use thrice_facts::git::{BranchTip, Commit, Log, REMOTE, Repository};
use thrice_facts::github::GitHub;
use thrice_findings::{Code, Finding, Severity, Stop, short};
use thrice_ledger::decisions::Standing;
use thrice_ledger::gather;
use thrice_orr::layout::Output;
use thrice_orr::leftovers::state_of;
use thrice_orr::state::HarnessState;
use thrice_patch::judge::filemap::{Reach, Rules};
use thrice_programme::world::World;
use thrice_programme::{Backlog, Filemap, Policy, Story, Wave};

/// Where to look for pull requests and checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum On {
    /// In what is here: git's objects, references and files.
    Local,
    /// On GitHub too.
    Github,
}

/// All that is known of what is to be delivered.
pub(crate) struct Delivery {
    pub(crate) repository: Repository,
    pub(crate) base: Commit,
    /// Whether the base is the remote's.
    is_remote: bool,
    /// Whether the default branch of this clone has commits that the base lacks.
    is_ahead: bool,
    pub(crate) policy: Policy,
    pub(crate) backlog: Backlog,
    pub(crate) recorded: Standing,
    pub(crate) board: Board,
    /// Pull requests, where the server was asked.
    pub(crate) pulls: Option<Vec<Pull>>,
    /// What was found on the way, that of the board included.
    pub(crate) findings: Vec<Finding>,
    /// When evidence was changed.
    pub(crate) changes: Changes,
}

/// Says that this clone's own branch has what counts for nobody yet.
fn unpushed(branch: &str) -> Finding {
    let message = format!("{branch} of this clone has commits that {REMOTE} lacks");
    let help = format!("`git push {REMOTE} {branch}`, so that they count");
    let mut finding = Finding::new(Code::StoryState, message).help(help);
    finding.severity = Severity::Note;
    finding
}

impl Delivery {
    /// What gates are judged by, beside what the evidence of each story lacks and the head.
    pub(crate) fn gate_facts<'a>(
        &'a self,
        evidence: &'a HashMap<String, Vec<Finding>>,
        head: &'a Head,
    ) -> WaveFacts<'a> {
        WaveFacts {
            backlog: &self.backlog,
            board: &self.board,
            recorded: &self.recorded,
            evidence,
            head,
        }
    }

    /// Gathers it, by policy of the base.
    pub(crate) fn of(world: &World, on: On) -> Result<Self, Stop> {
        let repository = world.repository()?;
        let mut findings = Vec::new();
        let default = world.default_branch(&repository, &mut findings)?;
        let Some(base) = default.base(&repository, None, &mut findings)? else {
            return Err(findings.into());
        };
        // The history is the longest to read, and needs no policy.
        let (log, ruled) = std::thread::scope(|scope| {
            let log = scope.spawn(|| repository.log(&base));
            let ruled = Ruled::of(world, (&repository, &base), on, &mut findings);
            (log.join(), ruled)
        });
        let log = log.map_err(|_| anyhow::anyhow!("reading the history of {} failed", base.id))?;
        let Ruled { policy, backlog, recorded, pulls } = ruled?;
        let seen = DeliverySources { repository: &repository, base: &base, policy: &policy };
        let (tips, said) = repository.newest_branch_tips()?;
        if let Some(said) = said {
            let message = format!("{REMOTE} did not say which branches it has: {said}");
            let help = "using the branches of the last fetch instead";
            findings.push(Finding::new(Code::RemoteUnseen, message).help(help));
        }
        let mut board = seen.board(&log?, &tips, (&backlog, &recorded), pulls.as_deref())?;
        let stories = backlog.stories.iter().zip(&board.statuses);
        let open: Vec<(&str, &str)> = stories
            .filter_map(|(story, status)| Some((story.id.as_str(), status.tip.as_deref()?)))
            .collect();
        let asked = EvidenceAsked { changes: None, pull: &|_| Linked::Later };
        let evidence = Evidence::of(&repository, (&policy, Some(&backlog)), &open, asked)?;
        board.with_evidence(&backlog, &evidence.whole());
        if let Some(filemap) = &policy.filemap {
            let overlaps = seen.overlaps(&backlog, &board, filemap)?;
            board.findings.extend(overlaps);
        }
        findings.extend(board.findings.iter().map(|(_, finding)| finding.clone()));
        let is_remote = default.remote().is_some();
        let is_ahead = default.ahead(&repository)?.is_some();
        findings.extend(is_ahead.then(|| unpushed(&default.name)));
        let mut delivery = Self {
            repository,
            base,
            is_remote,
            is_ahead,
            policy,
            backlog,
            recorded,
            board,
            pulls,
            findings,
            changes: Changes::default(),
        };
        let waits = super::start::waits(&delivery)?;
        for (status, waits_for) in delivery.board.statuses.iter_mut().zip(waits) {
            status.waits_for = waits_for;
        }
        Ok(delivery)
    }

    /// What the evidence of the stories of some waves lacks at the base.
    pub(crate) fn evidence(&self, waves: &[&Wave]) -> anyhow::Result<Evidence> {
        let base = self.base.id.as_str();
        let stories = waves.iter().flat_map(|wave| self.backlog.stories_of(&wave.id));
        let wanted: Vec<_> = stories.map(|story| (story.id.as_str(), base)).collect();
        let of = (&self.policy, Some(&self.backlog));
        let asked = EvidenceAsked {
            changes: Some(&self.changes),
            pull: &|id| self.board.linked(&self.backlog, id),
        };
        Evidence::of(&self.repository, of, &wanted, asked)
    }

    /// What is known of the base: by the server's required checks; where there is no server to
    /// ask, by the newest review of it in this clone. Where the server does not report, a
    /// finding says why.
    pub(crate) fn head(&self, on: On, findings: &mut Vec<Finding>) -> anyhow::Result<Head> {
        if !self.has_server() {
            return self.reviewed();
        }
        if on == On::Local {
            return Ok(Head::Unasked);
        }
        let asked = server::checks(&self.repository, &self.policy, &self.base.id, findings)?;
        Ok(asked.map_or(Head::Unanswered, Head::Known))
    }

    /// Whether there is a server that has required checks.
    fn has_server(&self) -> bool {
        self.policy.gates.ruleset.is_some() && GitHub::named(&self.repository).is_some()
    }

    fn reviewed(&self) -> anyhow::Result<Head> {
        let output = Output::of(&self.repository, &self.policy);
        let checks = match state_of(&output, &self.base.id)? {
            Some(state) if state.is_proven() => Checks::Green,
            Some(HarnessState::Replan) => Checks::Red,
            _ => {
                let here = self.repository.commit("HEAD")?.is_some_and(|it| it.id == self.base.id);
                let branch = &self.policy.programme.default_branch;
                let turn = match (here, self.is_remote) {
                    (true, _) => String::new(),
                    (false, true) if self.is_ahead => {
                        format!("git switch {branch} && git push {REMOTE} {branch} && ")
                    }
                    (false, true) => {
                        format!("git switch {branch} && git pull --ff-only {REMOTE} {branch} && ")
                    }
                    (false, false) => format!("git switch {branch} && "),
                };
                let shown = format!("{branch} at {}", short(&self.base.id));
                return Ok(Head::Unreviewed { shown, next: format!("{turn}cargo xtask orr") });
            }
        };
        Ok(Head::Known(checks))
    }

    /// The default branch as git names its newest commit here, such as `origin/main`.
    pub(crate) fn trunk(&self) -> String {
        let branch = &self.policy.programme.default_branch;
        if self.is_remote { format!("{REMOTE}/{branch}") } else { branch.clone() }
    }

    /// What was noticed about a story.
    pub(crate) fn findings_of(&self, id: &str) -> impl Iterator<Item = &Finding> {
        let own = self.board.findings.iter().filter(move |(of, _)| of.iter().any(|it| it == id));
        own.map(|(_, finding)| finding)
    }

    /// A story and its status.
    pub(crate) fn story(&self, id: &str) -> Result<(&Story, &Status), Box<Finding>> {
        self.backlog.story(id).zip(self.board.of_story(&self.backlog, id)).ok_or_else(|| {
            let known = self.backlog.stories.iter().map(|story| story.id.as_str());
            unknown("story", id, known)
        })
    }
}

/// What follows from the rules of the base.
struct Ruled {
    policy: Policy,
    backlog: Backlog,
    recorded: Standing,
    pulls: Option<Vec<Pull>>,
}

impl Ruled {
    fn of(
        world: &World,
        (repository, base): (&Repository, &Commit),
        on: On,
        findings: &mut Vec<Finding>,
    ) -> Result<Self, Stop> {
        let (mut policy, source) = world.policy_of(repository, base)?;
        let Some(backlog) = policy.backlog.take() else {
            let at = short(&base.id);
            let message = format!("there is no `{}/backlog.toml` at the base {at}", source.shown);
            let help = "write one; `cargo xtask policy schema backlog` lists its keys";
            let finding = Finding::new(Code::PolicyMissing, message).help(help);
            return Err(finding.into());
        };
        let (rules, wanted) = (&policy.ledger, gather::DELIVERY);
        let recorded = gather::standing(repository, base, rules, wanted, findings)?;
        let recorded = recorded.unwrap_or_default();
        let pulls = match on {
            On::Local => None,
            On::Github => server::pulls(repository, &policy, findings)?,
        };
        Ok(Self { policy, backlog, recorded, pulls })
    }
}

/// Says that nothing has an id.
pub(crate) fn unknown<'a>(
    what: &str,
    id: &str,
    known: impl Iterator<Item = &'a str>,
) -> Box<Finding> {
    let help = thrice_policy::table::did_you_mean(
        id,
        known,
        format!("`cargo xtask {what} --help`; policy/backlog.toml of the base lists them"),
    );
    let message = format!("there is no {what} `{}`", thrice_report::text::safe(id));
    Box::new(Finding::new(Code::StoryUnknown, message).help(help))
}

struct DeliverySources<'a> {
    repository: &'a Repository,
    base: &'a Commit,
    policy: &'a Policy,
}

impl DeliverySources<'_> {
    fn board(
        &self,
        log: &Log,
        tips: &[BranchTip],
        (backlog, recorded): (&Backlog, &Standing),
        pulls: Option<&[Pull]>,
    ) -> anyhow::Result<Board> {
        let names = Names::new(backlog, self.policy.branches.as_ref());
        let branches: Vec<Branch<'_>> = tips
            .iter()
            .map(|tip| Branch {
                name: &tip.name,
                remote: tip.remote,
                commit: &tip.commit,
                follows: tip.follows.as_deref(),
                trailer: &tip.story,
            })
            .collect();
        let mut asked = CommitQuery::default();
        for branch in &branches {
            asked.tip(branch.commit, names.story(branch.name));
        }
        for pull in pulls.unwrap_or_default() {
            if let (Some(commit), Some(position)) = (&pull.merged_as, pull.story(backlog, &names)) {
                asked.merged.insert(commit, position);
            }
        }
        let commits = log.commits().map(|(id, parents, message)| Landed { id, parents, message });
        let history = History::of(commits, &asked, backlog, &names);
        let facts = StoryFacts { history: &history, branches: &branches, pulls, recorded };
        Ok(Board::of(backlog, &names, &facts))
    }

    /// Where the narrower maps of stories under way meet, among the files of the base.
    fn overlaps(
        &self,
        backlog: &Backlog,
        board: &Board,
        filemap: &Filemap,
    ) -> anyhow::Result<Vec<OfStories>> {
        let stories = backlog.stories.iter().zip(&board.statuses);
        let narrow: BTreeSet<&str> = stories
            .filter(|(_, status)| status.is_under_way())
            .flat_map(|(story, _)| filemap.areas_of_story(&story.id).unwrap_or_default())
            .collect();
        if filemap.stories.is_empty() || narrow.is_empty() {
            return Ok(Vec::new());
        }
        let mut alone = Vec::new();
        for name in &narrow {
            let areas = filemap.areas.iter().filter(|area| area.name == *name).cloned();
            let map = Filemap { areas: areas.collect(), stories: Vec::new(), ..filemap.clone() };
            alone.push((*name, map));
        }
        let rules: Result<Vec<_>, _> =
            alone.iter().map(|(name, map)| Rules::new(map, None).map(|it| (*name, it))).collect();
        let rules = rules?;
        let mut reached = Reached::new();
        let tree = self.repository.tree(self.base)?;
        for path in tree.paths() {
            let inside = |(_, rules): &&(&str, Rules<'_>)| {
                matches!(rules.ruling(path).reach, Reach::Inside(..))
            };
            let areas: Vec<&str> = rules.iter().filter(inside).map(|(name, _)| *name).collect();
            for (at, first) in areas.iter().enumerate() {
                for second in areas.iter().skip(at + 1) {
                    let pair = ((*first).to_owned(), (*second).to_owned());
                    let shown = || String::from_utf8_lossy(path).into_owned();
                    reached.entry(pair).or_insert_with(shown);
                }
            }
        }
        Ok(overlaps(backlog, board, filemap, &reached))
    }
}

/// The states of all stories at a base, with these branches and pull requests, whatever
/// else this clone has.
pub fn board(
    repository: &Repository,
    base: &Commit,
    policy: &Policy,
    (backlog, recorded): (&Backlog, &Standing),
    (tips, pulls): (&[BranchTip], &[Pull]),
) -> anyhow::Result<Board> {
    let log = repository.log(base)?;
    DeliverySources { repository, base, policy }.board(&log, tips, (backlog, recorded), Some(pulls))
}
