//! Everything that the server knows. Tests read it and alter it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use serde_json::Value;

use super::artifacts::{Artifact, KEPT};
use super::clock::Clock;
use super::evidence::{self, Kitchen};
use super::faults::Fault;
use super::git::Git;
use super::real;
use super::records::{Check, Issue, Limit, Pull, Release, Ruleset, Seen, Status, Team, Workflow};
use super::runs::{Job, Plan, Run};

/// The app of GitHub Actions.
pub(crate) const ACTIONS: u64 = 15_368;

/// How dispatches are answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dispatching {
    /// 200 with the run where it is asked for, 204 otherwise.
    Asked,
    /// 200 with the run always, as from version 2026-03-10 on.
    Always,
    /// 204 always; the field that asks for the run is unknown and refused with 400.
    Refused,
    /// 204 always; the field that asks for the run is passed over.
    Ignored,
}

/// The server's memory.
#[derive(Debug)]
pub(crate) struct State {
    /// What time it is.
    pub(crate) clock: Clock,
    /// Milliseconds that each request takes by a clock that is in a file.
    pub(crate) latency: u64,
    /// The repository's owner, an organisation.
    pub(crate) owner: String,
    /// The repository's name.
    pub(crate) repo: String,
    /// The default branch.
    pub(crate) default_branch: String,
    /// The git repository itself.
    pub(crate) git: Git,
    /// The token that is right.
    pub(crate) token: String,
    /// Whose token it is; while a request is answered, who sent it.
    pub(crate) login: String,
    /// Logins of others by their tokens.
    pub(crate) others: BTreeMap<String, String>,
    /// Permissions by login: `admin`, `write` or `read`.
    pub(crate) permissions: BTreeMap<String, String>,
    /// Logins by the addresses that belong to them.
    pub(crate) accounts: BTreeMap<String, String>,
    /// Teams of the organisation by their slugs.
    pub(crate) teams: BTreeMap<String, Team>,
    /// Workflows.
    pub(crate) workflows: Vec<Workflow>,
    /// How dispatches are answered.
    pub(crate) dispatching: Dispatching,
    /// Runs, oldest first.
    pub(crate) runs: Vec<Run>,
    /// Plans of the next dispatches, in their order.
    pub(crate) plans: VecDeque<Plan>,
    /// The plan of all others.
    pub(crate) plan: Plan,
    /// Whether a pull request starts a run of its own.
    pub(crate) runs_of_pulls: bool,
    /// Whether runs are executed for real, instead of by plans.
    pub(crate) real: bool,
    /// Artifacts of runs that someone has looked for.
    pub(crate) artifacts: Vec<Artifact>,
    /// Pull requests.
    pub(crate) pulls: Vec<Pull>,
    /// Issues, without pull requests' own.
    pub(crate) issues: Vec<Issue>,
    /// Check runs beside those of the runs' jobs.
    pub(crate) checks: Vec<Check>,
    /// Commit statuses.
    pub(crate) statuses: Vec<Status>,
    /// Rulesets of the repository and of its organisation.
    pub(crate) rulesets: Vec<Ruleset>,
    /// Whether the token's user may change the organisation's rulesets.
    pub(crate) organisation_admin: bool,
    /// Moves of branches that the server keeps, newest first; none where it does not report
    /// them. The contract does not have them.
    pub(crate) activity: Option<Vec<Value>>,
    /// Classic protections by branch.
    pub(crate) protections: BTreeMap<String, Value>,
    /// Releases.
    pub(crate) releases: Vec<Release>,
    /// Whether releases lock at their publication.
    pub(crate) immutable_releases: bool,
    /// Tags of immutable releases that are gone.
    pub(crate) burnt_tags: BTreeSet<String>,
    /// Bundles of attestations by `sha256:…`.
    pub(crate) attestations: BTreeMap<String, Vec<Value>>,
    /// Scripted faults.
    pub(crate) faults: Vec<Fault>,
    /// Requests that are stopped by a fault at this moment or were.
    pub(crate) stopped: usize,
    /// The primary limit.
    pub(crate) limit: Limit,
    /// Every request so far.
    pub(crate) seen: Vec<Seen>,
    /// Who executes gates.
    pub(crate) kitchen: Arc<Kitchen>,
    last_id: u64,
}

impl State {
    /// A repository `o/r` of this git repository, with one workflow.
    pub(crate) fn new(clock: Clock, git: Git, kitchen: Kitchen) -> Self {
        let mut state = Self {
            limit: Limit { most: 5000, left: 5000, resets: clock.now() + 3_600_000 },
            clock,
            latency: 0,
            owner: "o".to_owned(),
            repo: "r".to_owned(),
            default_branch: "main".to_owned(),
            git,
            token: "x".to_owned(),
            login: "alex".to_owned(),
            others: BTreeMap::new(),
            permissions: BTreeMap::new(),
            accounts: BTreeMap::from([("tester@example.com".to_owned(), "alex".to_owned())]),
            teams: BTreeMap::new(),
            workflows: Vec::new(),
            dispatching: Dispatching::Asked,
            runs: Vec::new(),
            plans: VecDeque::new(),
            plan: Plan::default(),
            runs_of_pulls: false,
            real: false,
            artifacts: Vec::new(),
            pulls: Vec::new(),
            issues: Vec::new(),
            checks: Vec::new(),
            statuses: Vec::new(),
            rulesets: Vec::new(),
            organisation_admin: true,
            activity: None,
            protections: BTreeMap::new(),
            burnt_tags: BTreeSet::new(),
            releases: Vec::new(),
            immutable_releases: false,
            attestations: BTreeMap::new(),
            faults: Vec::new(),
            stopped: 0,
            seen: Vec::new(),
            kitchen: Arc::new(kitchen),
            last_id: 4_200,
        };
        state.permissions.insert("alex".to_owned(), "admin".to_owned());
        let id = state.id();
        state.workflows.push(Workflow::new(id, "ORR Exec", ".github/workflows/orr.yml"));
        state
    }

    /// A new id: larger than all before, and never the next one.
    pub(crate) fn id(&mut self) -> u64 {
        self.last_id += 3 + self.last_id % 11;
        self.last_id
    }

    /// The number that the next issue or pull request has.
    pub(crate) fn number(&self) -> u64 {
        let numbers = self.pulls.iter().map(|pull| pull.number);
        numbers.chain(self.issues.iter().map(|issue| issue.number)).max().unwrap_or(0) + 1
    }

    /// The present time.
    pub(crate) fn now(&self) -> u64 {
        self.clock.now()
    }

    /// Has a pull request merged, as this commit of its base.
    pub(crate) fn merge(&mut self, number: u64, commit: &str) {
        let now = self.now();
        for pull in self.pulls.iter_mut().filter(|pull| pull.number == number) {
            pull.open = false;
            (pull.merged, pull.closed) = (Some(now), Some(now));
            pull.merged_as = Some(commit.to_owned());
        }
    }

    /// What the token's user may do.
    pub(crate) fn permission(&self) -> &str {
        self.permissions.get(&self.login).map_or("read", String::as_str)
    }

    /// Whether the token's user may write.
    pub(crate) fn may_write(&self) -> bool {
        matches!(self.permission(), "write" | "maintain" | "admin")
    }

    /// Whether the token's user may change settings.
    pub(crate) fn is_admin(&self) -> bool {
        self.permission() == "admin"
    }

    /// The gates of a commit.
    pub(crate) fn gates(&self, sha: &str) -> Vec<String> {
        evidence::gates(|path| self.git.file(sha, path))
    }

    /// The run of this id, where anyone finds it.
    pub(crate) fn run(&self, id: u64) -> Option<&Run> {
        let now = self.now();
        self.runs.iter().find(|run| run.id == id && run.is_seen(now))
    }

    /// Starts a run on a branch's head; gives its id.
    pub(crate) fn start(&mut self, workflow: u64, event: &str, branch: &str, title: &str) -> u64 {
        let now = self.now();
        let plan = self.plans.pop_front().unwrap_or_else(|| self.plan.clone());
        let found = self.workflows.iter().find(|known| known.id == workflow);
        let path = found.map(|found| found.path.clone()).unwrap_or_default();
        let sha = self.git.head(branch).unwrap_or_default();
        let number = 1 + self.runs.iter().filter(|run| run.workflow == workflow).count() as u64;
        let mut run = Run {
            id: self.id(),
            number,
            workflow,
            path,
            event: event.to_owned(),
            branch: branch.to_owned(),
            sha,
            title: title.to_owned(),
            head_repository: (self.owner.clone(), self.repo.clone()),
            actor: self.login.clone(),
            attempt: 1,
            created: now,
            phases: Vec::new(),
            ends: now,
            conclusion: String::new(),
            jobs: Vec::new(),
            plan,
            harvested: false,
            begun: false,
            deleted: false,
        };
        let jobs = self.jobs_of(&run.sha);
        run.schedule(now, &jobs);
        if self.real {
            real::await_execution(&mut run);
        }
        let id = run.id;
        self.runs.push(run);
        id
    }

    /// Runs a run again, as its next attempt; false where there is none that has ended.
    pub(crate) fn again(&mut self, id: u64) -> bool {
        let now = self.now();
        let found = self.runs.iter().position(|run| run.id == id && run.is_over(now));
        let Some(mut run) = found.map(|index| self.runs.remove(index)) else { return false };
        run.attempt += 1;
        run.harvested = false;
        let jobs = self.jobs_of(&run.sha);
        run.schedule(now, &jobs);
        self.runs.insert(found.unwrap_or_default(), run);
        true
    }

    fn jobs_of(&mut self, sha: &str) -> Vec<(u64, String)> {
        self.gates(sha).into_iter().map(|gate| (self.id(), gate)).collect()
    }

    /// Runs that have ended and whose artifacts nobody has looked for yet.
    pub(crate) fn unharvested(&self) -> Vec<(u64, String, bool)> {
        let now = self.now();
        let over = self.runs.iter().filter(|run| run.is_over(now) && !run.harvested);
        over.filter(|run| run.plan.leaves_artifacts)
            .map(|run| (run.id, run.sha.clone(), run.plan.fresh))
            .collect()
    }

    /// Makes the artifacts of a run from what its gates left.
    pub(crate) fn harvest(&mut self, id: u64, files: &evidence::Files) {
        let Some(index) = self.runs.iter().position(|run| run.id == id && !run.harvested) else {
            return;
        };
        let run = self.runs[index].clone();
        let programme = evidence::programme(|path| self.git.file(&run.sha, path)).0;
        let whole = evidence::uploaded(&programme, files);
        let mut made = Vec::new();
        let present = |job: &&Job| job.attempt == run.attempt && job.conclusion != "skipped";
        for job in run.jobs.iter().filter(present) {
            let of_gate = evidence::of_gate(&job.name, files);
            made.push(self.artifact(&run, &job.name, job.ends, &of_gate));
        }
        if !whole.is_empty() {
            let name = format!("{programme}-orr-evidence");
            made.push(self.artifact(&run, &name, run.ends, &whole));
        }
        if let Some(tamper) = &run.plan.tamper {
            tamper(&mut made);
        }
        self.runs[index].harvested = true;
        self.artifacts.retain(|artifact| artifact.run != id);
        self.artifacts.extend(made);
    }

    fn artifact(
        &mut self,
        run: &Run,
        name: &str,
        created: u64,
        files: &[(String, Vec<u8>)],
    ) -> Artifact {
        let mut artifact = Artifact {
            id: self.id(),
            run: run.id,
            name: name.to_owned(),
            bytes: Vec::new(),
            size: 0,
            digest: None,
            expired: false,
            created,
            sha: run.sha.clone(),
            branch: run.branch.clone(),
        };
        artifact.repack(files);
        artifact
    }

    /// Whether an artifact can no longer be had.
    pub(crate) fn is_expired(&self, artifact: &Artifact) -> bool {
        artifact.expired || self.now() > artifact.created.saturating_add(KEPT)
    }
}
