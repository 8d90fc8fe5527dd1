//! Where a patch stands: one pure function from facts to the state of the contract, what
//! is proven, what is missing, and the one command that leads on.
//!
//! `PLANNING → PATCHING → SANDBOX_PUSH → ORR_RUN[n] → ORR_OK? → (NO) REPLAN | (YES)
//! PR_OPEN → REVIEW → MERGE | REWORK`. Every command that says what is next takes it from
//! here, so that no two of them disagree.

mod next;

pub(crate) use next::{is_explained, typed};

#[cfg(test)]
mod lives;
#[cfg(test)]
mod tests;

use thrice_findings::{Answer, Code, Finding, Severity, Verdict, short, verdict};
use thrice_orr::journal::{self, EngineKind, JournalLine};
use thrice_orr::judge::test_counts;
use thrice_orr::state::HarnessState;

/// The least number of runs on which a body can stand.
pub(crate) const LEAST_RUNS: u32 = 3;

/// All that is known of the patch in HEAD.
#[derive(Clone, Debug, Default)]
pub(crate) struct StandingFacts {
    pub head: String,
    /// The branch, where HEAD is on one.
    pub branch: Option<String>,
    pub trunk: String,
    /// The remote that has it, if any.
    pub remote: Option<String>,
    /// The commit that the patch is judged against.
    pub base: Option<String>,
    /// Whether the HEAD of the default branch is to be fetched, and no more: a merge queue
    /// tests what comes of it and of the patch.
    pub(crate) fetches: bool,
    /// A name that policy takes for a new branch.
    pub fresh: String,
    /// Whether HEAD brings the first rules to a repository without a remote.
    pub(crate) brings_first_rules: bool,
    /// Whether `branch sandbox` can make one.
    pub(crate) has_sandboxes: bool,
    /// The paths of the working tree that are in no commit, as they are shown.
    pub uncommitted: Vec<String>,
    /// Those of them that git does not follow.
    pub(crate) untracked: Vec<String>,
    /// Whether a rebase was begun and is not over.
    pub(crate) is_rebasing: bool,
    /// What policy has against the branch's name.
    pub name: Vec<Finding>,
    /// What the rules of the base have against the patch: its base, paths, plan, freezes.
    pub patch: Vec<Finding>,
    /// Whether the base has no rules yet, and none were named in their place.
    pub(crate) lacks_rules: bool,
    /// Whether runs are to be made on GitHub: there is a workflow, and a repository.
    pub on_server: bool,
    /// How the committed ruleset lets it be merged, in GitHub's word; none where there is none.
    pub(crate) merge_method: Option<&'static str>,
    /// Whether the plan is still to be written.
    pub(crate) lacks_plan: bool,
    /// How many paths the patch changes, where that is known.
    pub(crate) changed: Option<usize>,
    /// The paths that its commits touch, and that are as they were in the end.
    pub(crate) passing: Vec<String>,
    /// Branches of earlier patches that the default branch has.
    pub(crate) merged: Vec<String>,
    /// Those of them that the remote has as well, by what was fetched.
    pub(crate) merged_there: Vec<String>,
    /// Whether the plan in its place is of an earlier patch.
    pub(crate) has_old_plan: bool,
    /// Whether the default branch is at HEAD, whose review was of another branch.
    pub(crate) is_merged_here: bool,
    /// Whether the remote's branch of the same name has HEAD.
    pub(crate) is_pushed: bool,
    /// The ids of the gates that this program decides itself.
    pub(crate) builtin: Vec<String>,
    /// What the reviewer's checklist has against a patch that no server is to see, once its
    /// body is right.
    pub(crate) checklist: Option<Vec<Finding>>,
    pub output: String,
    /// The newest review, where it is of HEAD.
    pub review: Option<Review>,
    /// The commit whose review took the place of a green one of HEAD in the output folder.
    pub(crate) replaced_by: Option<String>,
    /// The body in the output folder.
    pub body: Body,
    /// The pull request of the branch, or of HEAD.
    pub pull: Option<Pull>,
    /// What stops it or its branch from being brought to HEAD: what others pushed or wrote,
    /// and another branch.
    pub(crate) beside: Vec<Finding>,
}

/// A review of HEAD.
#[derive(Clone, Debug)]
pub(crate) struct Review {
    /// Where its runs are.
    pub engine: EngineKind,
    /// How many runs it has.
    pub runs: u32,
    /// What its gates counted, for people; empty where they count no tests.
    pub(crate) tests: String,
    /// Whether it has fewer runs than policy asks for, so that nothing stands on it.
    pub(crate) is_rehearsal: bool,
    /// What its journal says.
    pub state: HarnessState,
    /// Whether it was decided or given up.
    pub is_over: bool,
    /// Whether it has not ended, and nothing works at it: it stopped, or was killed.
    pub(crate) is_stopped: bool,
    /// Why, where its journal says that.
    pub(crate) stopped_by: Option<String>,
    /// What its decision, as it was recorded, has against the patch.
    pub against: Vec<Finding>,
    /// What refused the pull request's claims when they were last verified.
    pub disproven: Vec<Finding>,
    /// What is wrong with its runs on the server, where that was asked.
    pub(crate) gone: Option<Finding>,
}

impl Review {
    /// The review that a journal reports of, and the state that its lines lead to.
    pub(crate) fn reported(lines: &[JournalLine], state: Option<HarnessState>) -> Option<Self> {
        let opened = journal::opened(lines)?;
        // A body that was written after its claims were verified is still to be verified.
        let after = lines.iter().rev().find(|line| {
            matches!(
                line,
                JournalLine::PullVerified { .. }
                    | JournalLine::BodyWritten { .. }
                    | JournalLine::MergeChecked { .. }
            )
        });
        let (state, disproven) = match (after, state?) {
            (Some(JournalLine::BodyWritten { .. }), HarnessState::Review | HarnessState::Merge) => {
                (HarnessState::PrOpen, Vec::new())
            }
            (Some(JournalLine::PullVerified { verdict: Verdict::Fail, findings, .. }), state) => {
                (state, findings.clone())
            }
            (_, state) => (state, Vec::new()),
        };
        let is_over = lines
            .iter()
            .any(|line| matches!(line, JournalLine::Decided { .. } | JournalLine::GivenUp));
        Some(Review {
            engine: opened.engine,
            runs: opened.runs,
            tests: test_counts::words(&test_counts::of_journal(lines)),
            is_rehearsal: opened.rehearsal,
            state,
            is_over,
            is_stopped: false,
            stopped_by: lines.iter().fold(None, stopped_by),
            against: Vec::new(),
            disproven,
            gone: None,
        })
    }
}

/// What stopped a review, after a line of its journal: it is of no weight once a gate runs again.
fn stopped_by(before: Option<String>, line: &JournalLine) -> Option<String> {
    match line {
        JournalLine::Stopped { because } => Some(because.clone()),
        JournalLine::GateBegan { .. } | JournalLine::Interrupted => None,
        _ => before,
    }
}

/// The body that lies in the output folder.
#[derive(Clone, Debug, Default)]
pub(crate) enum Body {
    #[default]
    Absent,
    /// It names the runs of another review: of this commit, or of another patch.
    Stale,
    /// What refuses it first.
    Wrong(String),
    Right,
}

#[derive(Clone, Debug)]
pub(crate) struct Pull {
    pub number: u64,
    /// Whether it is open, or how it ended.
    pub state: PullState,
    /// Its head; none where the server was not asked.
    pub head: Option<String>,
    /// Whether it has the body that was written here; none where the server was not asked.
    pub(crate) has_body: Option<bool>,
    /// Whether the review of HEAD opened or updated it.
    pub(crate) is_of_review: bool,
}

/// Whether a pull request is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PullState {
    Open,
    /// It was closed, and is not merged.
    Closed,
    /// It was rolled back by this tool.
    RolledBack,
    Merged,
}

/// Where a patch stands.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    /// The state of the contract.
    pub state: HarnessState,
    /// What was looked at, each with its answer.
    pub lines: Vec<Answer>,
    /// What is missing, each with its code.
    pub missing: Vec<Finding>,
    /// The next command, as one whole line.
    pub next: String,
    /// What that command does, where nobody expects it.
    pub note: Option<Finding>,
}

/// What the line does that takes paths out.
const TAKES_OUT: &str =
    "`next:` removes these paths from your working tree, and makes one commit of yours";

/// Says where a patch stands.
#[must_use]
pub(crate) fn standing(facts: &StandingFacts) -> Standing {
    let mut missing = missing(facts);
    let mut state = state(facts, verdict(&missing) != Verdict::Pass);
    if state.is_proven() && facts.ended().is_none() {
        missing.extend(of_pull(facts));
        add(&mut missing, facts.checklist.iter().flatten());
        // What may be merged lacks nothing.
        if state == HarnessState::Merge && verdict(&missing) != Verdict::Pass {
            state = HarnessState::Review;
        }
    }
    let own = facts.changes_own_rules();
    if facts.ended().is_none() {
        // What nobody else can give comes before what can still be done.
        let rules: Vec<Finding> = facts.unapprovable().filter(|_| !own).cloned().collect();
        missing.retain(|it| !rules.iter().any(|rule| rule.is_same(it)));
        let after = missing.iter().take_while(|it| it.code == Code::DirtyTree).count();
        missing.splice(after..after, rules);
        add(&mut missing, facts.unapproved().filter(|_| !own));
    }
    let next = next::next(facts, state, &missing);
    let takes_out = next::take_out(facts, &missing).as_ref() == Some(&next);
    let first = missing.iter().find(|it| it.severity == Severity::Refuse && takes_out);
    let note = first.map(|first| {
        let note = match next.contains(" git restore ") {
            true => Finding::new(first.code, TAKES_OUT)
                .help("`git show ORIG_HEAD:PATH > PATH` brings one back"),
            false => Finding::new(first.code, "`next:` makes one commit of yours"),
        };
        Finding { severity: Severity::Note, ..note }
    });
    let own = own.then(|| {
        let message = "nobody else can approve these rules: they apply once you push them";
        let note = Finding::new(Code::ApprovalMissing, message);
        Finding { severity: Severity::Note, ..note }
    });
    Standing { state, lines: lines(facts), missing, next, note: note.or(own) }
}

impl StandingFacts {
    /// Whether there is no patch: HEAD and its base have the same files.
    pub(crate) fn is_empty(&self) -> bool {
        self.patch.iter().any(|finding| finding.code == Code::PatchEmpty)
    }

    /// Whether HEAD is the default branch, or on none.
    pub(crate) fn is_on_trunk(&self) -> bool {
        self.branch.as_ref().is_none_or(|branch| *branch == self.trunk)
    }

    /// Whether it is the adoption: commits of the default branch bring a remote its first rules.
    fn adopts(&self) -> bool {
        self.lacks_rules && self.remote.is_some() && self.branch.as_ref() == Some(&self.trunk)
    }

    /// Whether commits of the default branch bring a remote rules that nobody else can approve.
    fn changes_own_rules(&self) -> bool {
        let is_there = self.remote.is_some() && self.branch.as_ref() == Some(&self.trunk);
        is_there && !self.on_server && self.unapprovable().next().is_some()
    }

    /// Whether commits of the default branch are pushed from where they are: it is reviewed
    /// there, or was merged into it here.
    fn belongs_on_trunk(&self) -> bool {
        self.adopts() || self.changes_own_rules() || self.is_to_push()
    }

    /// Whether a patch that passed was merged here, where no server merges it, and is to be pushed.
    fn is_to_push(&self) -> bool {
        self.is_merged_here && self.is_green() && self.remote.is_some() && !self.on_server
    }

    /// Whether the review of HEAD passed, and nothing speaks against it.
    fn is_green(&self) -> bool {
        self.review.as_ref().is_some_and(|review| {
            review.state.is_proven() && review.runs >= LEAST_RUNS && review.against.is_empty()
        })
    }

    /// The pull request, where it ended with exactly this commit, or with its review.
    fn ended(&self) -> Option<&Pull> {
        let of_head = |pull: &&Pull| {
            pull.is_of_review || pull.head.as_ref().is_none_or(|head| *head == self.head)
        };
        self.pull.as_ref().filter(|pull| pull.state != PullState::Open).filter(of_head)
    }

    /// Whether the runs are to be made on the server, and were made here alone.
    fn lacks_runs(&self) -> bool {
        let local = self.review.as_ref().is_some_and(|it| it.engine == EngineKind::Local);
        self.on_server && local
    }

    /// What still needs an approval: it may be proposed without, and not be merged.
    fn unapproved(&self) -> impl Iterator<Item = &Finding> {
        let lacks =
            |it: &&Finding| it.code == Code::ApprovalMissing && it.severity != Severity::Refuse;
        self.patch.iter().filter(lacks)
    }

    /// Of these, what nobody else has a role to approve: its help leads to a page alone.
    fn unapprovable(&self) -> impl Iterator<Item = &Finding> {
        self.unapproved().filter(|finding| is_explained(finding))
    }

    /// The pull request that is open.
    fn open(&self) -> Option<&Pull> {
        self.pull.as_ref().filter(|pull| pull.state == PullState::Open)
    }

    /// What holds of a patch whose local path is at its end, and who goes on.
    fn done(&self) -> String {
        let rest = match (&self.remote, self.is_pushed) {
            _ if self.is_to_push() => format!("It is merged into `{}` here: push that", self.trunk),
            (None, _) => "No server is known: merge it yourself".to_owned(),
            (Some(_), false) => "Push it for the people who merge it".to_owned(),
            (Some(remote), true) => format!(
                "It is pushed: merge it on your server, or else into `{}` here, and push that to \
                 {remote}",
                self.trunk
            ),
        };
        format!("every line holds. {rest}")
    }

    /// Whether the pull request has this commit, and the body of its review.
    fn is_followed(&self, pull: &Pull) -> bool {
        pull.head.as_ref().is_none_or(|head| *head == self.head) && pull.has_body != Some(false)
    }
}

fn state(facts: &StandingFacts, refuses: bool) -> HarnessState {
    match facts.ended().map(|pull| pull.state) {
        Some(PullState::Merged) => return HarnessState::Merge,
        Some(PullState::Closed | PullState::RolledBack) => return HarnessState::Rework,
        Some(PullState::Open) | None => {}
    }
    if facts.is_empty() {
        if facts.review.as_ref().is_some_and(|review| review.state == HarnessState::Replan) {
            return HarnessState::Replan;
        }
        return if !facts.uncommitted.is_empty() {
            HarnessState::Patching
        } else {
            HarnessState::Planning
        };
    }
    let Some(review) = &facts.review else {
        let seen = |pull: &&Pull| pull.has_body.is_none() && facts.is_followed(pull);
        let reads = facts.open().filter(seen).is_some_and(|pull| pull.head.is_some());
        return if reads { HarnessState::PrOpen } else { HarnessState::Patching };
    };
    match review.state {
        HarnessState::SandboxPush | HarnessState::OrrRun(_) if review.is_over => {
            HarnessState::Patching
        }
        // One red run of a commit is one too many: it takes a new patch.
        _ if review.against.iter().any(|it| it.code == Code::Cec20) => HarnessState::Replan,
        HarnessState::OrrOk | HarnessState::PrOpen | HarnessState::Review | HarnessState::Merge => {
            match facts.open() {
                Some(pull) if facts.is_followed(pull) => match review.state {
                    HarnessState::OrrOk => HarnessState::PrOpen,
                    state => state,
                },
                _ if review.runs < LEAST_RUNS => HarnessState::OrrRun(review.runs),
                _ if refuses => HarnessState::Patching,
                _ => HarnessState::OrrOk,
            }
        }
        state => state,
    }
}

/// What is missing before the patch can go on, the first first.
fn missing(facts: &StandingFacts) -> Vec<Finding> {
    let mut missing = Vec::new();
    if facts.ended().is_some() {
        missing.extend(uncommitted(facts));
        return missing;
    }
    if facts.is_rebasing {
        let message = "a rebase was begun and is not over".to_owned();
        missing.push(Finding::new(Code::DirtyTree, message));
        return missing;
    }
    if !(facts.is_empty() && facts.is_on_trunk()) {
        missing.extend(uncommitted(facts));
    }
    if facts.is_empty() {
        missing.extend(of_review(facts).into_iter().filter(|it| it.code != Code::Refuse20));
        return missing;
    }
    if !facts.is_on_trunk() {
        missing.extend(facts.name.iter().cloned());
    } else if !facts.belongs_on_trunk() {
        // Nobody else has rules to judge an adoption by: it is reviewed and pushed from where it is.
        let message = match &facts.branch {
            Some(branch) => format!("the patch is on `{branch}`, the default branch"),
            None => "HEAD is on no branch".to_owned(),
        };
        missing.push(Finding::new(Code::BranchName, message));
    }
    // What somebody else pushed is taken in before anything is reviewed.
    missing.extend(facts.beside.iter().filter(|it| it.code == Code::HeadMoved).cloned());
    missing.extend(facts.patch.iter().cloned());
    missing.extend(of_review(facts));
    // What a gate or a run is red for is fixed in a new commit, which then needs a new plan.
    if missing.iter().any(|it| matches!(it.code, Code::Cec20 | Code::Cec30)) {
        missing.sort_by_key(|it| matches!(it.code, Code::PlanInvalid | Code::PolicyMissing));
    }
    missing.retain(|finding| finding.severity == Severity::Refuse);
    if facts.adopts() && facts.is_green() {
        missing.retain(|finding| finding.code != Code::PolicyMissing);
    }
    let mut once: Vec<Finding> = Vec::new();
    add(&mut once, &missing);
    once
}

/// Adds what is not said yet.
fn add<'a>(missing: &mut Vec<Finding>, more: impl IntoIterator<Item = &'a Finding>) {
    for finding in more {
        if !missing.iter().any(|known| known.is_same(finding)) {
            missing.push(finding.clone());
        }
    }
}

fn uncommitted(facts: &StandingFacts) -> Option<Finding> {
    let message = match facts.uncommitted.len() {
        0 => return None,
        1 => "1 path of the working tree is in no commit".to_owned(),
        many => format!("{many} paths of the working tree are in no commit"),
    };
    Some(Finding::new(Code::DirtyTree, message))
}

/// What the review lacks, where there is one.
fn of_review(facts: &StandingFacts) -> Vec<Finding> {
    let Some(review) = &facts.review else { return Vec::new() };
    let mut missing = Vec::new();
    match review.state {
        HarnessState::Replan if review.against.is_empty() => {
            missing.push(Finding::new(Code::Refuse20, "the review did not pass"));
        }
        HarnessState::Replan => missing.extend(review.against.iter().cloned()),
        HarnessState::OrrOk | HarnessState::PrOpen | HarnessState::Review | HarnessState::Merge => {
            if review.runs < LEAST_RUNS {
                let message = format!(
                    "the review had {} runs; a body stands on {LEAST_RUNS} at least",
                    review.runs
                );
                missing.push(Finding::new(Code::Refuse20, message));
            }
            missing.extend(review.against.iter().cloned());
            if facts.open().is_some_and(|pull| facts.is_followed(pull)) {
                missing.extend(review.disproven.iter().cloned());
            }
        }
        _ => {}
    }
    missing
}

/// What a pull request lacks of a patch on which a body can stand: the server has to have its
/// runs, and nobody else may have written into it.
fn of_pull(facts: &StandingFacts) -> Vec<Finding> {
    let mut missing = Vec::new();
    if facts.lacks_runs() {
        let message = "the server has no runs of this commit: they were made here".to_owned();
        missing.push(Finding::new(Code::RunAbsent, message));
    }
    missing.extend(facts.review.as_ref().and_then(|review| review.gone.clone()));
    if facts.open().is_some_and(|pull| !facts.is_followed(pull)) {
        missing.extend(facts.beside.iter().filter(|it| it.code != Code::HeadMoved).cloned());
    }
    missing
}

/// What was looked at, a line each.
fn lines(facts: &StandingFacts) -> Vec<Answer> {
    let line =
        |what: &str, verdict: Verdict, why: String| Answer::new(what.to_owned(), verdict, why);
    let mut lines = Vec::new();
    if facts.is_empty() {
        return lines;
    }
    let name = facts.branch.as_deref().unwrap_or("no branch");
    let named = match (facts.is_on_trunk(), facts.belongs_on_trunk()) {
        (true, true) => Verdict::Pass,
        (true, false) => Verdict::Fail,
        (false, _) => verdict(&facts.name),
    };
    lines.push(line("branch", named, name.to_owned()));
    let stale = facts.patch.iter().find(|it| it.code == Code::Cec60);
    let base = short(facts.base.as_deref().unwrap_or_default());
    lines.push(match stale {
        Some(stale) if stale.severity != Severity::Refuse => {
            line("base", Verdict::Pass, format!("for the merge queue: {}", stale.message))
        }
        Some(stale) => line("base", Verdict::Fail, stale.message.clone()),
        None => line("base", Verdict::Pass, format!("HEAD of {}, {base}", facts.trunk)),
    });
    lines.push(patch_line(facts));
    lines.push(runs(facts));
    let Some(review) = &facts.review else { return lines };
    let passed = [
        HarnessState::OrrOk,
        HarnessState::PrOpen,
        HarnessState::Review,
        HarnessState::Merge,
        HarnessState::Rework,
    ];
    if !passed.contains(&review.state) {
        return lines;
    }
    // What belongs there is pushed as it is.
    if !facts.belongs_on_trunk() {
        lines.push(body_line(&facts.body));
    }
    if let Some(findings) = &facts.checklist {
        let first = findings.iter().find(|it| it.severity == Severity::Refuse);
        let why = first.map_or_else(|| facts.done(), |first| first.message.clone());
        lines.push(line("checklist", verdict(findings), why));
    }
    if let Some(pull) = &facts.pull {
        let number = pull.number;
        let (verdict, why) = match pull.state {
            PullState::Open if facts.is_followed(pull) => (Verdict::Pass, "open at this commit"),
            PullState::Open => (Verdict::Fail, "open with another commit or body"),
            PullState::Closed => (Verdict::Fail, "closed"),
            PullState::RolledBack => (Verdict::Fail, "rolled back"),
            PullState::Merged => (Verdict::Pass, "merged"),
        };
        lines.push(line("pull request", verdict, format!("#{number} is {why}")));
    }
    lines
}

/// What the rules of the base have against the patch.
fn patch_line(facts: &StandingFacts) -> Answer {
    let line = |verdict, why: &str| Answer::new("patch".to_owned(), verdict, why.to_owned());
    let others: Vec<Finding> =
        facts.patch.iter().filter(|it| it.code != Code::Cec60).cloned().collect();
    let refused = others.iter().find(|it| it.severity == Severity::Refuse);
    match (refused, facts.unapproved().next()) {
        (Some(first), _) if facts.adopts() && first.code == Code::PolicyMissing => {
            line(Verdict::Pass, "it brings the first rules")
        }
        (Some(first), _) => line(verdict(&others), &first.message),
        (None, Some(_)) if facts.changes_own_rules() => {
            line(Verdict::Pass, "rules that nobody else can approve: they apply once pushed")
        }
        (None, Some(first)) => line(Verdict::NotEstablished, &first.message),
        (None, None) => line(Verdict::Pass, "inside the Filemap"),
    }
}

/// What is known of the body.
fn body_line(body: &Body) -> Answer {
    let line = |what: &str, verdict, why: String| Answer::new(what.to_owned(), verdict, why);
    match body {
        Body::Absent => line("body", Verdict::NotEstablished, "not written yet".to_owned()),
        Body::Stale => {
            let why = "it names the runs of another review: write it again";
            line("body", Verdict::NotEstablished, why.to_owned())
        }
        Body::Wrong(why) => line("body", Verdict::Fail, why.clone()),
        Body::Right => line("body", Verdict::Pass, "checked".to_owned()),
    }
}

fn runs(facts: &StandingFacts) -> Answer {
    let (verdict, why) = match &facts.review {
        None => match &facts.replaced_by {
            Some(other) => {
                let (output, other) = (&facts.output, short(other));
                let why = format!("green before, but {output}/ has the review of {other} since");
                (Verdict::NotEstablished, why)
            }
            None => (Verdict::NotEstablished, "not made yet".to_owned()),
        },
        Some(review) => {
            let (runs, place) = (review.runs, review.engine.word());
            match review.state {
                HarnessState::Replan => {
                    let first = review.against.first();
                    (
                        Verdict::Fail,
                        first.map_or("did not pass".to_owned(), |it| it.message.clone()),
                    )
                }
                HarnessState::SandboxPush | HarnessState::OrrRun(_) if review.is_over => {
                    (Verdict::NotEstablished, "given up".to_owned())
                }
                HarnessState::SandboxPush | HarnessState::OrrRun(_) if review.is_stopped => {
                    let why = match &review.stopped_by {
                        Some(why) => format!("stopped before its end: {why}"),
                        None => "stopped before its end; nothing runs".to_owned(),
                    };
                    (Verdict::NotEstablished, why)
                }
                HarnessState::SandboxPush | HarnessState::OrrRun(_) => {
                    (Verdict::NotEstablished, format!("under way on {place}"))
                }
                _ if review.is_rehearsal => (
                    Verdict::NotEstablished,
                    format!("a rehearsal of {runs}: policy asks for more"),
                ),
                _ if facts.lacks_runs() => {
                    (Verdict::NotEstablished, format!("{runs} green here; the server has none"))
                }
                _ if review.tests.is_empty() => {
                    (Verdict::Pass, format!("{runs} green on {place}, one digest"))
                }
                _ => (
                    Verdict::Pass,
                    format!("{runs} green on {place}, one digest; {}", review.tests),
                ),
            }
        }
    };
    Answer::new("runs".to_owned(), verdict, why)
}
