//! What GitHub has of merged pull requests: asked for all at once where it can be, and for
//! each that landed since what only it reports.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::gather::Local;
use super::listed::{Ended, Listed, Suited, activity, merged, part};
use crate::judge::audit::{
    Activity, Kept, Landing, Merged, MergedPull, PullCommit, Rules, Step, judge_pull, matched,
};
use crate::judge::claims::RunFacts;
use crate::judge::merge::approvals::PatchCommit;
use crate::verbs::pr::merge_check::gather::{People, demands, reviewed_with};
use crate::verbs::pr::verify::VerifyContext;
use thrice_facts::clock;
use thrice_facts::git::Repository;
use thrice_facts::github::{Failure, FailureKind, GitHub, encoded};
use thrice_facts::interrupt::Interrupt;
use thrice_findings::{Answer, Code, Finding, Stop, short, unless_refused};
use thrice_ledger as ledger;
use thrice_ledger::signature::{Keygen, counts};
use thrice_orr::judge::pull::PullRequest;
use thrice_orr::judge::required_checks::SuiteRun;
use thrice_orr::judge::server::{Expected, Run};
use thrice_patch::approvals::{of_patch, text};
use thrice_patch::gather::{PatchInput, gather_between};
use thrice_patch::judge::pr_body::{Said, Template};
use thrice_programme::world::World;

/// As many runs as a body may name.
const MOST_RUNS: usize = 100;

/// Checks and runs of a head.
struct OfHead {
    kept: Result<Vec<Kept>, String>,
    runs: Result<Vec<Run>, String>,
    suites: Vec<SuiteRun>,
}

pub(super) struct Remote<'a> {
    world: &'a World,
    repository: &'a Repository,
    interrupt: &'a Interrupt,
    github: GitHub,
    home: String,
    listed: BTreeMap<u64, Listed>,
    commits: BTreeMap<u64, Vec<Value>>,
    workflows: RefCell<BTreeMap<String, Option<u64>>>,
    people: RefCell<People>,
    recorded: BTreeSet<String>,
    /// The pull requests that were merged.
    pub(super) merged: Vec<Merged>,
    /// The commits of those that landed since.
    pub(super) parts: BTreeMap<u64, Vec<PullCommit>>,
    /// The moves of the default branch.
    pub(super) activity: Vec<Activity>,
    /// Why these are not reported.
    pub(super) unseen: Option<Finding>,
}

impl<'a> Remote<'a> {
    /// Asks for what lists report.
    pub(super) fn gather(
        world: &'a World,
        repository: &'a Repository,
        interrupt: &'a Interrupt,
        local: &Local,
        steps: &[Step<'_>],
    ) -> Result<Self, Stop> {
        let github = GitHub::of(repository, interrupt)?;
        let recorded = recorded(world, repository, local)?;
        let asked = || -> Result<_, Failure> {
            let home = github.repository()?;
            let base = encoded(&local.branch);
            let path = github.repo(&format!("pulls?state=closed&base={base}"));
            Ok((home.full_name, github.list::<Listed>(&path, None)?))
        };
        let (home, listed) = asked()?;
        let merged: Vec<Merged> = listed.iter().filter_map(merged).collect();
        let mut commits = BTreeMap::new();
        let mut parts = BTreeMap::new();
        for pull in matched(steps, &merged) {
            let path = github.repo(&format!("pulls/{}/commits", pull.number));
            match github.list::<Value>(&path, None) {
                Ok(reported) => {
                    parts.insert(pull.number, reported.iter().filter_map(part).collect());
                    commits.insert(pull.number, reported);
                }
                Err(failure) if failure.kind() == FailureKind::NotFound => {}
                Err(failure) => return Err(failure.into()),
            }
        }
        let (activity, unseen) = activity(&github, &local.branch);
        let listed = listed.into_iter().map(|pull| (pull.number, pull)).collect();
        let (workflows, people) = (RefCell::default(), RefCell::default());
        Ok(Self {
            world,
            repository,
            interrupt,
            github,
            home,
            listed,
            commits,
            workflows,
            people,
            recorded,
            merged,
            parts,
            activity,
            unseen,
        })
    }

    /// The answers to all questions about a pull request that landed.
    pub(super) fn answers(
        &self,
        local: &Local,
        number: u64,
        landing: &Landing<'_>,
    ) -> Result<Vec<Answer>, Stop> {
        let pull = self.merged.iter().find(|pull| pull.number == number);
        let Some((pull, listed)) = pull.zip(self.listed.get(&number)) else {
            return Ok(vec![Answer::not_established(
                "content",
                "the pull request is not reported",
            )]);
        };
        let gathered = match self.base(local, landing) {
            Ok(gathered) => Ok(gathered),
            Err(stop) => Err(first_message(&stop.refusal()?)),
        };
        let wanted = match &gathered {
            Ok(gathered) => demands(self.repository, gathered)?,
            Err(_) => Vec::new(),
        };
        let judged_by = match &gathered {
            Ok(gathered) => self.expected(gathered, pull),
            Err(why) => Err(why.clone()),
        };
        let OfHead { kept, runs, suites } = self.of_head(&pull.head);
        let recorded = match &gathered {
            Ok(gathered) => of_patch(self.repository, gathered)?,
            Err(_) => thrice_patch::judge::approvals::Approvals::default(),
        };
        let reviewed = self.reviewed(number, &listed.pull, landing, &wanted);
        let said = match &gathered {
            Ok(gathered) => {
                let body = listed.pull.body.clone().unwrap_or_default();
                Said::read(body.as_bytes(), &Template::of(&gathered.policy))
            }
            Err(_) => Said::default(),
        };
        let named = match &judged_by {
            Ok((expected, _)) => self.named(&said, expected),
            Err(_) => Vec::new(),
        };
        Ok(judge_pull(&MergedPull {
            pull,
            landing,
            rules: judged_by
                .as_ref()
                .map(|(expected, app_id)| Rules { expected, app_id: *app_id, demands: &wanted })
                .map_err(Clone::clone),
            parts: match self.parts.get(&number) {
                Some(parts) => Ok(parts.as_slice()),
                None => Err("its commits are not reported".to_owned()),
            },
            checks: kept.as_deref().map_err(Clone::clone),
            runs: runs.as_deref().map_err(Clone::clone),
            suites: &suites,
            approvals: reviewed
                .as_ref()
                .map(|reviewed| reviewed.facts(&listed.pull, &recorded))
                .map_err(Clone::clone),
            said: &said,
            named: &named,
            recorded: &self.recorded,
            now: clock::now(),
        }))
    }

    /// The patch as it landed, with the rules of its base.
    fn base(&self, local: &Local, landing: &Landing<'_>) -> Result<PatchInput, Stop> {
        let no = || Err(Finding::new(Code::NotEstablishedCode, "its base is not here").into());
        let (Some(base), Some(last)) = (landing.base(), landing.last()) else { return no() };
        let ends = (self.repository.commit(base)?, self.repository.commit(&last.id)?);
        let (Some(base), Some(head)) = ends else { return no() };
        let at = short(&base.id).to_owned();
        let ends = (base, head);
        match gather_between(self.world, self.repository, ends, &local.branch, Vec::new()) {
            Ok(gathered) => Ok(gathered),
            Err(stop) => {
                let why = first_message(&stop.refusal()?);
                let message = format!("the rules of its base {at} cannot be used: {why}");
                Err(Finding::new(Code::NotEstablishedCode, message).into())
            }
        }
    }

    fn expected(&self, gathered: &PatchInput, pull: &Merged) -> Result<(Expected, u64), String> {
        let policy = &gathered.policy;
        let settings = policy.gates.ruleset.as_ref();
        let settings = settings.ok_or("the policy of its base names no workflow and no ruleset")?;
        let id = self.workflow(&settings.workflow)?;
        let expected = Expected {
            repository: self.home.clone(),
            sha: pull.head.clone(),
            branch: pull.branch.clone(),
            event: "workflow_dispatch".to_owned(),
            workflow_id: id,
            workflow_path: settings.workflow.clone(),
            gates: thrice_orr::required_checks::gates(policy)
                .into_iter()
                .map(str::to_owned)
                .collect(),
            programme: policy.programme.id.clone(),
        };
        Ok((expected, settings.app_id))
    }

    /// The id of a workflow.
    fn workflow(&self, path: &str) -> Result<u64, String> {
        let known = self.workflows.borrow().get(path).copied();
        let id = match known {
            Some(id) => id,
            None => {
                let reported = self.github.workflow(path).ok();
                let id =
                    reported.filter(|reported| reported.path == path).map(|reported| reported.id);
                self.workflows.borrow_mut().insert(path.to_owned(), id);
                id
            }
        };
        id.ok_or_else(|| format!("the server does not report the workflow {path}"))
    }

    /// Checks and runs of a commit.
    fn of_head(&self, sha: &str) -> OfHead {
        let at = encoded(sha);
        let path = self.github.repo(&format!("commits/{at}/check-runs?filter=all"));
        let kept = self.github.list::<Ended>(&path, Some("check_runs"));
        let kept = kept.map_err(said).map(|all| {
            let kept = |it: Ended| Kept { check: it.check, completed_at: it.completed_at };
            all.into_iter().map(kept).collect()
        });
        let path = self.github.repo(&format!("actions/runs?head_sha={at}"));
        match self.github.list::<Suited>(&path, Some("workflow_runs")) {
            Ok(all) => {
                let suite = |it: &Suited| SuiteRun {
                    check_suite_id: it.check_suite_id,
                    path: Some(it.run.path.clone()),
                    workflow_id: Some(it.run.workflow_id),
                };
                let suites = all.iter().map(suite).collect();
                let runs = Ok(all.into_iter().map(|it| it.run).collect());
                OfHead { kept, runs, suites }
            }
            Err(failure) => OfHead { kept, runs: Err(said(failure)), suites: Vec::new() },
        }
    }

    fn reviewed(
        &self,
        number: u64,
        pull: &PullRequest,
        landing: &Landing<'_>,
        wanted: &[crate::judge::merge::ApprovalDemand],
    ) -> Result<crate::verbs::pr::merge_check::gather::Reviewed, String> {
        let made = self.commits.get(&number).ok_or("its commits are not reported")?;
        let made: Vec<PatchCommit> = made
            .iter()
            .map(|value| serde_json::from_value(value.clone()))
            .collect::<Result<_, _>>()
            .map_err(|error| format!("its commits have another form: {error}"))?;
        let brought: Vec<String> = landing
            .steps
            .iter()
            .flat_map(|step| step.brought.iter().map(|id| (*id).to_owned()))
            .collect();
        let people = self.people.borrow().clone();
        let who = (number, pull);
        let seen = reviewed_with(&self.github, who, (made, &brought), wanted, people);
        let seen = seen.map_err(said)?;
        *self.people.borrow_mut() = seen.people.clone();
        Ok(seen)
    }

    /// The runs that a body names, looked into.
    fn named(&self, said: &Said, expected: &Expected) -> Vec<RunFacts> {
        let context = VerifyContext {
            world: self.world,
            repository: self.repository,
            github: &self.github,
            interrupt: self.interrupt,
        };
        let ids: BTreeSet<&String> = said.run_ids.iter().collect();
        ids.into_iter().take(MOST_RUNS).map(|id| context.run(id, expected)).collect()
    }
}

/// What the first of some findings says.
fn first_message(findings: &[Finding]) -> String {
    findings.first().map(|finding| finding.message.clone()).unwrap_or_default()
}

fn said(failure: Failure) -> String {
    failure.finding().message
}

/// Digests of evidence that entries which count have in the ledger.
fn recorded(
    world: &World,
    repository: &Repository,
    local: &Local,
) -> Result<BTreeSet<String>, Stop> {
    let Some((policy, _)) = unless_refused(world.policy_of(repository, &local.head))? else {
        return Ok(BTreeSet::new());
    };
    let rules = &policy.ledger;
    let entries = ledger::gather::reading(repository, rules)?.entries(repository, |_| true)?;
    let digest = |entry: &ledger::Entry| {
        let names = ["evidence_zip_sha256", "evidence_sha256"];
        names.iter().find_map(|name| text(entry, name)).map(str::to_owned)
    };
    if !entries.iter().any(|entry| digest(entry).is_some()) {
        return Ok(BTreeSet::new());
    }
    let keygen = Keygen::at(repository, &local.head, rules)?;
    let good = entries.iter().filter(|entry| digest(entry).is_some());
    let good = good.filter(|entry| counts(entry, rules, &keygen).is_ok());
    Ok(good.filter_map(digest).collect())
}
