//! What a patch's standing follows from: git, the rules of the base, the journals and the
//! outputs here, and the pull request where the server is asked.

use std::collections::BTreeSet;
use std::path::Path;

use serde::Deserialize;

use crate::judge::claims::Pull as Reported;
use crate::judge::standing::{Body, Pull, PullState, Review, StandingFacts};
use crate::verbs::pr::others::{edited, elsewhere, pushed};
use crate::verbs::pr::runs::unseen;
use thrice_facts::git::{Commit, RemoteBranch, Repository};
use thrice_facts::github::{Failure, GitHub, encoded};
use thrice_facts::interrupt::Interrupt;
use thrice_facts::{clock, files};
use thrice_findings::{Code, Finding, Severity, Stop, unless_refused};
use thrice_orr::journal::{self, EngineKind, JournalLine, Opened};
use thrice_orr::judge::branch::fresh;
use thrice_orr::judge::rulesets::committed::merge_method;
use thrice_orr::layout::Output;
use thrice_orr::leftovers::{self, all, newest};
use thrice_orr::lineage::read_name;
use thrice_orr::state;
use thrice_orr::state::HarnessState;
use thrice_patch::gather::{NO_DIFFERENCE, gather as gather_patch};
use thrice_patch::judge::patch::Patch;
use thrice_patch::judge::plan;
use thrice_patch::judge::pr_body::{Said, Template, with_summary};
use thrice_patch::verbs::pr_body::PrBody;
use thrice_patch::verbs::review::Review as Rubric;
use thrice_programme::Policy;
use thrice_programme::branches::Branches;
use thrice_programme::world::{World, head};
use thrice_report::Report;

/// What was gathered, and what else is worth saying of it.
pub(crate) struct StatusInput {
    pub(crate) facts: StandingFacts,
    /// What could not be seen.
    pub(crate) notes: Vec<Finding>,
    /// The newest review of HEAD, for people: its journal's lines.
    pub(crate) journal: Vec<JournalLine>,
}

/// Gathers the facts of HEAD; `ask` says whether the server is asked for the pull request.
pub(crate) fn gather(world: &World, ask: bool) -> Result<StatusInput, Stop> {
    let repository = world.repository()?;
    let commit = head(&repository)?;
    let mut notes = Vec::new();
    let default = world.default_branch(&repository, &mut notes)?;
    let base = default.base(&repository, None, &mut notes)?;
    let ruling = base.clone().unwrap_or_else(|| commit.clone());
    let (policy, lacks_rules) = rules(world, &repository, &ruling, &commit)?;
    // A base that is not here yet is a finding of the patch, below.
    notes.retain(|finding| finding.severity != Severity::Refuse);
    let output = Output::of(&repository, &policy);
    let (last_of, lines) = reviewed(&output, &commit)?;
    let path = state::path(&lines).map_err(|(line, from, to)| wrong_journal(line, from, to))?;
    let github = GitHub::of(&repository, &Interrupt::listen()?);
    let on_server = policy.gates.ruleset.is_some() && github.is_ok();
    let branch = repository.branch()?;
    let names = fresh(policy.branches.as_ref(), &policy.programme.id, &ruling.id, clock::now());
    let taken = |name: &&String| repository.has_branch(name).unwrap_or(false);
    let patch = unless_refused(gather_patch(world, &repository, None))?.map(|it| it.patch);
    let mut facts = StandingFacts {
        head: commit.id.clone(),
        trunk: default.name.clone(),
        remote: default.remote().map(str::to_owned),
        base: base.as_ref().map(|base| base.id.clone()),
        fetches: policy.gates.workflow.has_queue() && default.is_unfetched(&repository)?,
        fresh: names.iter().find(|name| !taken(name)).cloned().unwrap_or("patch".to_owned()),
        has_sandboxes: policy.branches.as_ref().is_some_and(Branches::has_sandboxes),
        brings_first_rules: default.remote().is_none() && brings_first_rules(&repository)?,
        name: name(&repository, &policy, branch.as_deref(), base.as_ref())?,
        on_server,
        merge_method: merge_method_of(&repository, &policy, &ruling)?,
        lacks_plan: policy.filemap.is_some() && !output.folder().join("plan.json").exists(),
        output: policy.programme.output.clone(),
        builtin: builtin(&policy),
        branch,
        lacks_rules,
        ..of_patch(patch.as_deref())
    };
    with_working_tree(&repository, &mut facts, lines.is_empty() || commit.id == ruling.id)?;
    facts.review = review(&lines, path.last().copied(), &output)?;
    let (text, findings) = PrBody::drafted(world, (None, None))?;
    let is_old = is_of_another_patch(&output, base.as_ref(), patch.as_deref())?;
    notes.extend(judged(&mut facts, findings, (&output, is_old))?);
    let file = output.folder().join("body.md");
    let template = Template::of(&policy);
    with_body(world, &repository, (&file, &output, &template), &mut facts)?;
    let reviews = all(&output)?;
    let is_green = reviews.iter().any(|it| is_green(it, &commit.id));
    facts.replaced_by = last_of.filter(|of| *of != commit.id && is_green);
    facts.pull = recorded_pull(&reviews, &facts);
    with_merged(&repository, &mut facts, &reviews)?;
    if ask
        && on_server
        && let Ok(github) = &github
    {
        let drafted = Some(text).filter(|text| !text.is_empty());
        let (repository, output, reviews, commit) = (&repository, &output, &reviews[..], &commit);
        let asked = GitHubQuery { github, repository, output, reviews, commit };
        notes.extend(asked.all(&mut facts, (&file, &template), (drafted, &lines))?);
    }
    Ok(StatusInput { facts, notes, journal: lines })
}

/// The commit of the newest review, and its journal's lines where that is this commit.
fn reviewed(
    output: &Output,
    commit: &Commit,
) -> anyhow::Result<(Option<String>, Vec<JournalLine>)> {
    let last = newest(output)?;
    let last_of = last.as_ref().and_then(|it| it.opened()).map(|opened| opened.commit.clone());
    let reported = last.filter(|_| last_of.as_ref() == Some(&commit.id));
    Ok((last_of, reported.map(|reported| reported.lines).unwrap_or_default()))
}

/// The ids of the gates that this program decides itself.
fn builtin(policy: &Policy) -> Vec<String> {
    let gates = policy.gates.gates.iter();
    let own = gates.filter(|gate| gate.is_builtin());
    own.map(|gate| gate.id.clone()).collect()
}

/// Whether the plan that lies here was written against another base, or names no path that the
/// patch changes: it is of another patch, or is to be drafted again.
fn is_of_another_patch(
    output: &Output,
    base: Option<&Commit>,
    patch: Option<&Patch>,
) -> anyhow::Result<bool> {
    let bytes = files::read_if_there(&output.folder().join("plan.json"))?;
    let Some((plan, _)) = bytes.and_then(|bytes| plan::read(&bytes).ok()) else { return Ok(false) };
    let is_changed = |path: &str, patch: &Patch| {
        patch.changes.iter().any(|change| change.path == path.as_bytes())
    };
    Ok(base.is_some_and(|base| plan.base() != base.id.as_str())
        || patch.is_some_and(|patch| {
            !patch.changes.is_empty() && !plan.files().any(|path| is_changed(path, patch))
        }))
}

/// The rules of the base, else those of HEAD; and whether the base has none yet.
fn rules(
    world: &World,
    repository: &Repository,
    base: &Commit,
    head: &Commit,
) -> Result<(Policy, bool), Stop> {
    if let Some((policy, _)) = unless_refused(world.policy_of(repository, base))? {
        return Ok((policy, false));
    }
    let lacks_rules = !repository.has(&base.id, "policy")?;
    Ok((world.policy_of(repository, head)?.0, lacks_rules))
}

/// How the ruleset that a commit holds lets a pull request be merged.
fn merge_method_of(
    repository: &Repository,
    policy: &Policy,
    ruling: &Commit,
) -> anyhow::Result<Option<&'static str>> {
    let file = policy.gates.ruleset.as_ref().map(|it| format!("{}:{}", ruling.id, it.file));
    let bytes = repository.blobs_at(file.as_slice())?.pop().flatten();
    Ok(bytes.map(|bytes| merge_method(&bytes)))
}

/// The review that a journal reports of. Runs on the server go on whoever looks; those here
/// hold the outputs while they work.
fn review(
    lines: &[JournalLine],
    state: Option<HarnessState>,
    output: &Output,
) -> anyhow::Result<Option<Review>> {
    let mut review = Review::reported(lines, state);
    if let Some(review) = &mut review
        && matches!(review.state, HarnessState::SandboxPush | HarnessState::OrrRun(_))
        && !review.is_over
        && review.engine == EngineKind::Local
    {
        review.is_stopped = output.lock()?.is_some();
    }
    Ok(review)
}

/// Adds the body of a patch that passed; where no server is to see it, also what the reviewer's
/// checklist has against it, and whether it is pushed.
fn with_body(
    world: &World,
    repository: &Repository,
    (file, output, template): (&Path, &Output, &Template),
    facts: &mut StandingFacts,
) -> Result<(), Stop> {
    if facts.review.as_ref().is_some_and(|review| review.state.is_proven()) {
        facts.body = body(world, file, (output, template))?;
    }
    if matches!(facts.body, Body::Right) && !facts.on_server {
        facts.checklist = Some(refusals(Rubric::of(file.to_owned()).run(world))?);
        let tracked = facts.remote.as_ref().zip(facts.branch.as_ref());
        let tracked = tracked.map(|(remote, branch)| format!("refs/remotes/{remote}/{branch}"));
        let there = tracked.map(|name| repository.commit(&name)).transpose()?.flatten();
        facts.is_pushed = there.is_some_and(|it| it.id == facts.head);
    }
    Ok(())
}

/// Whether a review was of a commit, and passed.
fn is_green(reported: &leftovers::Reported, commit: &str) -> bool {
    reported.opened().is_some_and(|opened| opened.commit == commit)
        && matches!(state::path(&reported.lines).as_deref(), Ok([.., last]) if last.is_proven())
}

/// The server, and what its answers are held against.
struct GitHubQuery<'a> {
    github: &'a GitHub,
    repository: &'a Repository,
    output: &'a Output,
    reviews: &'a [leftovers::Reported],
    commit: &'a Commit,
}

impl GitHubQuery<'_> {
    /// Asks for all of it. Gives a warning where the server does not answer.
    fn all(
        &self,
        facts: &mut StandingFacts,
        written: (&Path, &Template),
        here: (Option<String>, &[JournalLine]),
    ) -> anyhow::Result<Option<Finding>> {
        let warning = self.pull(facts, written, here)?;
        self.branch(facts)?;
        self.runs(facts)?;
        Ok(warning)
    }

    /// Asks for the pull request. Gives a warning where the server does not answer.
    fn pull(
        &self,
        facts: &mut StandingFacts,
        (file, template): (&Path, &Template),
        (drafted, lines): (Option<String>, &[JournalLine]),
    ) -> anyhow::Result<Option<Finding>> {
        let written = match facts.body {
            Body::Right => {
                files::read_if_there(file)?.map(|it| String::from_utf8_lossy(&it).into_owned())
            }
            _ => drafted,
        };
        let reported = match seen_pull(self.github, facts) {
            Ok(reported) => reported,
            Err(failure) => {
                return Ok(Some(Finding { severity: Severity::Warn, ..failure.finding() }));
            }
        };
        let recorded = facts.pull.take();
        let Some(reported) = reported else { return Ok(None) };
        let state = match (reported.merged_at.is_some(), reported.state.as_str()) {
            (true, _) => PullState::Merged,
            (false, "open") => PullState::Open,
            _ if recorded.as_ref().is_some_and(|pull| pull.state == PullState::RolledBack) => {
                PullState::RolledBack
            }
            _ => PullState::Closed,
        };
        if state == PullState::Open {
            let reviewed = journal::opened(lines).and_then(Opened::of_patch);
            let own = [facts.branch.as_deref(), reviewed];
            facts.beside.extend(elsewhere(&reported, &own));
            facts.beside.extend(edited(self.reviews, template, &reported));
            let there = (reported.head.name.as_str(), reported.head.sha.as_str());
            facts.beside.extend(self.pushed(there)?);
        }
        let body = reported.body.unwrap_or_default();
        // Opened from here at another head, it has no body of this one: somebody updated it.
        let of_another = recorded.is_some_and(|pull| pull.head.as_ref() != Some(&facts.head));
        let has_body = match written {
            Some(written) => Some(same_claims(&body, &written, template)),
            None => of_another.then_some(false),
        };
        let head = Some(reported.head.sha);
        let number = reported.number;
        let opens = |line: &JournalLine| matches!(line, JournalLine::PullOpened { number: of } if *of == number);
        let is_of_review = lines.iter().any(opens);
        facts.pull = Some(Pull { number, state, head, has_body, is_of_review });
        Ok(None)
    }

    /// What others pushed to a branch on the server.
    fn pushed(&self, there: (&str, &str)) -> anyhow::Result<Option<Finding>> {
        pushed(self.repository, self.reviews, self.commit, there)
    }

    /// Asks for the branch from which a pull request would be opened.
    fn branch(&self, facts: &mut StandingFacts) -> anyhow::Result<()> {
        let is_open = facts.pull.as_ref().is_some_and(|pull| pull.state == PullState::Open);
        let (Some(branch), Some(_)) = (&facts.branch, &facts.remote) else { return Ok(()) };
        if is_open || *branch == facts.trunk || facts.review.is_none() {
            return Ok(());
        }
        if let Ok(RemoteBranch::At(id)) = self.repository.remote_branch(branch) {
            facts.beside.extend(self.pushed((branch, &id))?);
        }
        Ok(())
    }

    /// Asks for the runs on which the review stands.
    fn runs(&self, facts: &mut StandingFacts) -> anyhow::Result<()> {
        let Some(review) = &mut facts.review else { return Ok(()) };
        if review.engine != EngineKind::Github || !review.state.is_proven() {
            return Ok(());
        }
        match unseen(self.github, self.output, self.commit)? {
            Some(red) if red.code == Code::Cec20 => review.against.push(red),
            gone => review.gone = gone.filter(|finding| finding.code == Code::RunAbsent),
        }
        Ok(())
    }
}

/// Adds whether a rebase was begun, and the paths that are in no commit. What git does not follow
/// matters to who begins a review, and beside other changes, with which `git add --all` takes it.
fn with_working_tree(
    repository: &Repository,
    facts: &mut StandingFacts,
    is_unreviewed: bool,
) -> anyhow::Result<()> {
    facts.is_rebasing = is_rebasing(repository)?;
    for (status, path) in repository.changed_paths()? {
        let path = files::display_bytes(&path);
        if status.contains('?') {
            facts.untracked.push(path.clone());
        }
        facts.uncommitted.push(path);
    }
    if !is_unreviewed && facts.untracked.len() == facts.uncommitted.len() {
        facts.uncommitted.clear();
    }
    Ok(())
}

fn wrong_journal(line: usize, from: HarnessState, to: HarnessState) -> Finding {
    let message = format!(
        "the journal of the newest review, line {line}: {} cannot follow on {}",
        to.word(),
        from.word()
    );
    Finding::new(Code::JournalWrong, message)
        .help("the journal was edited or is of another version; start a new review")
}

/// What is known of the paths of a patch, and nothing else yet.
fn of_patch(patch: Option<&Patch>) -> StandingFacts {
    let passing = patch.iter().flat_map(|patch| patch.passing.keys());
    StandingFacts {
        changed: patch.map(|patch| patch.changes.len()),
        passing: passing.map(|path| files::display_bytes(path)).collect(),
        ..StandingFacts::default()
    }
}

/// Whether the commit before HEAD has no rules.
fn brings_first_rules(repository: &Repository) -> anyhow::Result<bool> {
    let before = repository.commit("HEAD^")?;
    Ok(before.map(|it| repository.has(&it.id, "policy")).transpose()? == Some(false))
}

fn is_rebasing(repository: &Repository) -> anyhow::Result<bool> {
    let git = repository.git_folder()?;
    Ok(["rebase-merge", "rebase-apply"].iter().any(|name| git.join(name).is_dir()))
}

/// What policy has against the branch's name.
fn name(
    repository: &Repository,
    policy: &Policy,
    branch: Option<&str>,
    base: Option<&Commit>,
) -> Result<Vec<Finding>, Stop> {
    let (Some(branches), Some(branch), Some(base)) = (&policy.branches, branch, base) else {
        return Ok(Vec::new());
    };
    let rules = (branches, policy.backlog.as_ref());
    match read_name(repository, rules, branch.as_bytes(), &base.id) {
        Ok(_) => Ok(Vec::new()),
        Err(stop) => stop.refusal(),
    }
}

/// A recorded decision, as far as it says why it did not pass.
#[derive(Deserialize)]
pub(in crate::verbs) struct Decision {
    commit: String,
    findings: Vec<Finding>,
    #[serde(default)]
    pub(in crate::verbs) run_ids: Vec<String>,
}

/// The newest decision over runs here.
pub(in crate::verbs) fn decided(output: &Output) -> anyhow::Result<Option<Decision>> {
    let bytes = files::read_if_there(&output.decision())?.unwrap_or_default();
    Ok(serde_json::from_slice(&bytes).ok())
}

/// Splits what stands against a body into what the patch has to answer for, and what its
/// review has. Gives what a review that passed warns of, for the one who merges.
fn judged(
    facts: &mut StandingFacts,
    mut findings: Vec<Finding>,
    (output, has_old_plan): (&Output, bool),
) -> anyhow::Result<Vec<Finding>> {
    let is_wrong = findings.iter().any(|finding| finding.code == Code::PlanInvalid);
    if is_wrong && has_old_plan {
        (facts.lacks_plan, facts.has_old_plan) = (true, true);
        findings.retain(|finding| finding.code != Code::PlanInvalid);
    }
    if facts.changed == Some(0) {
        // Whatever the plan says, there is nothing that it could be of.
        for finding in findings.iter_mut().filter(|it| it.code == Code::PlanInvalid) {
            NO_DIFFERENCE.clone_into(&mut finding.message);
            finding.place = None;
        }
    }
    let of_review = |finding: &Finding| {
        matches!(finding.code, Code::Refuse20 | Code::Cec20 | Code::Cec40 | Code::EvidenceChanged)
    };
    let (against, mut patch): (Vec<_>, Vec<_>) = findings.into_iter().partition(of_review);
    // A plan that lies here is of the patch that it was written for, not of the default branch.
    patch.retain(|finding| finding.code != Code::PlanInvalid || !facts.is_on_trunk());
    facts.patch = patch;
    let is_empty = facts.is_empty();
    let Some(review) = &mut facts.review else { return Ok(Vec::new()) };
    let decision = decided(output)?.filter(|decision| decision.commit == facts.head);
    let found = decision.map(|decision| decision.findings);
    if review.state.is_proven() {
        review.against = against;
        // Once it is merged, there is nobody whom that helps.
        let lost = found.into_iter().flatten().filter(|it| it.code == Code::TestsLost);
        return Ok(lost.filter(|_| !is_empty).collect());
    }
    if review.state == HarnessState::Replan {
        review.against = found.unwrap_or(against);
        review.against.retain(|finding| finding.severity == Severity::Refuse);
    }
    Ok(Vec::new())
}

fn body(
    world: &World,
    file: &Path,
    (output, template): (&Output, &Template),
) -> Result<Body, Stop> {
    let Some(bytes) = files::read_if_there(file)? else { return Ok(Body::Absent) };
    let refused = refusals(PrBody::checking(file.to_owned(), None, None).run(world))?;
    let Some(first) = refused.into_iter().next() else { return Ok(Body::Right) };
    let decided = decided(output)?.map(|decision| decision.run_ids).unwrap_or_default();
    let named = Said::read(&bytes, template).run_ids;
    let is_stale = !named.is_empty() && named != decided;
    Ok(if is_stale { Body::Stale } else { Body::Wrong(first.message) })
}

/// What refuses in what came of a command.
fn refusals(outcome: Result<Report, Stop>) -> Result<Vec<Finding>, Stop> {
    let mut findings = match outcome {
        Ok(report) => report.findings,
        Err(stop) => stop.refusal()?,
    };
    findings.retain(|it| it.severity == Severity::Refuse);
    Ok(findings)
}

/// Adds whether HEAD was merged here, and the branches of reviews here that the default branch has,
/// where nothing else is at hand.
fn with_merged(
    repository: &Repository,
    facts: &mut StandingFacts,
    reviews: &[leftovers::Reported],
) -> anyhow::Result<()> {
    let mut opened = reviews.iter().rev().filter_map(leftovers::Reported::opened);
    let of_head = opened.find(|it| it.commit == facts.head).and_then(Opened::of_patch);
    facts.is_merged_here = facts.branch.as_ref() == Some(&facts.trunk)
        && of_head.is_some_and(|branch| branch != facts.trunk);
    if !facts.is_on_trunk() || !facts.is_empty() {
        return Ok(());
    }
    let named = reviews.iter().filter_map(|it| it.opened()?.of_patch());
    let named: BTreeSet<&str> = named.filter(|name| *name != facts.trunk).collect();
    for name in named {
        if let Some(tip) = repository.commit(&format!("refs/heads/{name}"))?
            && repository.is_ancestor(&tip.id, &facts.head)?
        {
            facts.merged.push(name.to_owned());
            if let Some(remote) = &facts.remote
                && repository.commit(&format!("refs/remotes/{remote}/{name}"))?.is_some()
            {
                facts.merged_there.push(name.to_owned());
            }
        }
    }
    Ok(())
}

/// The pull request that the journals here report of: of this branch, or of this commit.
fn recorded_pull(reviews: &[leftovers::Reported], facts: &StandingFacts) -> Option<Pull> {
    for reported in reviews.iter().rev() {
        let Some((number, opened)) = reported.pull().zip(reported.opened()) else { continue };
        let of_head = opened.commit == facts.head;
        let of_branch = facts.branch.is_some() && opened.of_patch() == facts.branch.as_deref();
        if !of_head && !of_branch {
            continue;
        }
        let back = reported.lines.iter().any(|line| matches!(line, JournalLine::RolledBack { .. }));
        let state = if back { PullState::RolledBack } else { PullState::Open };
        let head = Some(opened.commit.clone());
        return Some(Pull { number, state, head, has_body: None, is_of_review: of_head });
    }
    None
}

/// The same, as the server has it: the one that is recorded here, else one of the branch.
fn seen_pull(github: &GitHub, facts: &StandingFacts) -> Result<Option<Reported>, Failure> {
    Ok(match (&facts.pull, &facts.branch) {
        (Some(pull), _) => Some(github.read(&github.repo(&format!("pulls/{}", pull.number)))?),
        (None, Some(branch)) if *branch != facts.trunk => {
            let head = format!("{}:{branch}", github.slug().owner);
            let path = github.repo(&format!("pulls?state=all&head={}", encoded(&head)));
            let mut pulls: Vec<Reported> = github.list(&path, None)?;
            pulls.retain(|pull| pull.head.name == *branch);
            pulls.sort_by_key(|pull| (pull.state == "open", pull.number));
            pulls.pop()
        }
        _ => None,
    })
}

/// Whether two texts are the same but for the ends of lines: GitHub keeps those of a
/// browser.
pub(crate) fn same_text(one: &str, other: &str) -> bool {
    plain(one) == plain(other)
}

/// Whether two bodies claim the same, whatever their authors' own words are.
pub(crate) fn same_claims(one: &str, other: &str, template: &Template) -> bool {
    claims(one, template) == claims(other, template)
}

/// A body without its author's own words, as it is compared.
pub(crate) fn claims(body: &str, template: &Template) -> String {
    plain(&with_summary(body, template, None))
}

/// A text as it is compared.
fn plain(text: &str) -> String {
    text.replace("\r\n", "\n").trim_end().to_owned()
}
