//! The next command: one whole line, which works as it stands when it is typed.

use std::collections::BTreeSet;

use super::{Body, LEAST_RUNS, PullState, StandingFacts};
use thrice_findings::text::is_word;
use thrice_findings::{Code, Finding, Severity, short};
use thrice_orr::journal::EngineKind;
use thrice_orr::state::HarnessState;
use thrice_report::text::counted;

pub(super) fn next(facts: &StandingFacts, state: HarnessState, missing: &[Finding]) -> String {
    match facts.ended().map(|pull| pull.state) {
        // What was edited since belongs to no patch yet, and stops a switch.
        Some(_) if !facts.uncommitted.is_empty() => {
            return "git stash --include-untracked".to_owned();
        }
        Some(PullState::Merged) => return back_to_trunk(facts),
        Some(PullState::Closed | PullState::RolledBack) => return begin(facts),
        Some(PullState::Open) | None => {}
    }
    if let Some(rules) = facts.unapprovable().next()
        && !facts.on_server
        && facts.uncommitted.is_empty()
        && !missing.iter().any(is_red)
    {
        if facts.branch.as_ref() != Some(&facts.trunk) {
            return explain(rules);
        }
        return adopt(facts, state, missing);
    }
    if facts.adopts() {
        return adopt(facts, state, missing);
    }
    if let Some(first) = missing.iter().find(|finding| finding.severity == Severity::Refuse) {
        return way(facts, state, first, missing);
    }
    if facts.is_empty() {
        return without_a_patch(facts);
    }
    let Some(review) = &facts.review else {
        return match facts.open() {
            Some(pull) if state == HarnessState::PrOpen => {
                format!("cargo xtask pr verify {}", pull.number)
            }
            // Where no pull request shows it, an approval is recorded before anything rests on it.
            None if !facts.on_server
                && let Some(first) = facts.unapproved().next() =>
            {
                named(first)
            }
            _ if facts.lacks_plan => plan(facts),
            _ => orr(facts),
        };
    };
    match review.state {
        // Another command is at work at it: nothing is to be done but to wait.
        HarnessState::SandboxPush | HarnessState::OrrRun(_)
            if !review.is_over && !review.is_stopped && review.engine == EngineKind::Local =>
        {
            "cargo xtask status".to_owned()
        }
        HarnessState::SandboxPush | HarnessState::OrrRun(_) if !review.is_over => {
            "cargo xtask orr --resume".to_owned()
        }
        HarnessState::OrrOk | HarnessState::PrOpen | HarnessState::Review | HarnessState::Merge => {
            passed(facts, state)
        }
        _ => orr(facts),
    }
}

/// Where there is no patch: HEAD and its base have the same files.
fn without_a_patch(facts: &StandingFacts) -> String {
    let on_trunk = facts.is_on_trunk();
    if facts.review.as_ref().is_some_and(|review| !review.is_over && review.is_stopped) {
        return "cargo xtask orr --resume".to_owned();
    }
    if let Some(built) = built(&facts.untracked).filter(|_| on_trunk) {
        return ignore(&built);
    }
    match on_trunk {
        true if facts.brings_first_rules && facts.review.is_none() => orr(facts),
        true => begin(facts),
        false => "cargo xtask brief".to_owned(),
    }
}

/// Whether it says that the runs, and not the rules, speak against a patch.
fn is_red(finding: &Finding) -> bool {
    matches!(finding.code, Code::Cec20 | Code::Cec30 | Code::Cec40)
}

/// After runs that passed.
fn passed(facts: &StandingFacts, state: HarnessState) -> String {
    if let Some(remote) = facts.remote.as_ref().filter(|_| facts.is_to_push()) {
        return format!("git push {remote} {}", facts.trunk);
    }
    if let Some(pull) = facts.open()
        && facts.is_followed(pull)
    {
        let number = pull.number;
        return match state {
            HarnessState::Merge => {
                let method = facts.merge_method.unwrap_or("squash");
                format!("gh pr merge {number} --{method} --match-head-commit {}", facts.head)
            }
            HarnessState::Review => format!("cargo xtask pr merge-check {number}"),
            _ => format!("cargo xtask pr verify {number}"),
        };
    }
    match (&facts.body, facts.open()) {
        (_, Some(pull)) => format!("cargo xtask pr update {}", pull.number),
        (_, None)
            if !facts.on_server
                && let Some(first) = facts.unapproved().next() =>
        {
            named(first)
        }
        (Body::Absent | Body::Stale | Body::Wrong(_), None) if facts.has_old_plan => plan(facts),
        (Body::Absent | Body::Stale | Body::Wrong(_), None) => {
            format!("cargo xtask pr-body --write {}/body.md", facts.output)
        }
        (Body::Right, None) if facts.on_server => "cargo xtask pr open".to_owned(),
        (Body::Right, None) => done(facts),
    }
}

/// After everything that can be proven without a server.
fn done(facts: &StandingFacts) -> String {
    let (branch, trunk) = (facts.branch.as_deref().unwrap_or(&facts.fresh), &facts.trunk);
    let merge = format!("git switch {trunk} && git merge --ff-only {branch}");
    match &facts.remote {
        None => merge,
        Some(remote) if !facts.is_pushed => format!("git push --set-upstream {remote} {branch}"),
        Some(remote) => format!("{merge} && git push {remote} {trunk}"),
    }
}

/// What leads on from what is missing first.
fn way(facts: &StandingFacts, state: HarnessState, first: &Finding, missing: &[Finding]) -> String {
    match first.code {
        Code::DirtyTree if facts.is_rebasing => {
            "git add --all && git -c core.editor=true rebase --continue".to_owned()
        }
        Code::DirtyTree if let Some(built) = built(&facts.untracked) => ignore(&built),
        Code::DirtyTree => {
            format!("git add --all && git commit --message \"Change {}\"", named_paths(facts))
        }
        Code::BranchName if facts.is_on_trunk() => format!("git switch --create {}", facts.fresh),
        Code::BranchName => {
            let named = first.help.as_deref().and_then(typed);
            let moved = named.filter(|line| line.starts_with("git branch --move "));
            moved.unwrap_or_else(|| format!("git branch --move {}", facts.fresh))
        }
        Code::Cec60 if facts.fetches => {
            format!("git fetch {}", facts.remote.as_deref().unwrap_or("origin"))
        }
        Code::Cec60 => rebase(facts.remote.as_deref(), &facts.trunk),
        Code::Cec10 | Code::GuardrailFrozen => {
            take_out(facts, missing).unwrap_or_else(|| outside(facts, first, missing))
        }
        Code::Refuse10 | Code::Cec50 | Code::PlanInvalid
            if facts.open().is_some() && state != HarnessState::Patching =>
        {
            let number = facts.open().map(|pull| pull.number).unwrap_or_default();
            format!("cargo xtask pr update {number}")
        }
        Code::PlanInvalid if facts.changed == Some(0) => back_to_trunk(facts),
        Code::PlanInvalid => plan(facts),
        Code::RunMismatch => orr(facts),
        Code::Refuse20 | Code::RunAbsent | Code::Cec40 | Code::EvidenceChanged => orr(facts),
        Code::Cec20 => red(facts, first),
        Code::Cec30 if state == HarnessState::Replan => {
            let run = first.place.as_ref().and_then(|place| place.run);
            format!("cargo xtask compare 1 {}", run.unwrap_or(2).max(2))
        }
        _ => named(first),
    }
}

/// What leads on where nothing can be taken out: the page about a path where the whole patch is
/// outside, or else all that is.
fn outside(facts: &StandingFacts, first: &Finding, missing: &[Finding]) -> String {
    let is_whole = outside_paths(missing).is_some_and(|it| facts.changed == Some(it.len()));
    match path_of(first).filter(|path| is_whole && is_plain(path)) {
        Some(path) => format!("cargo xtask filemap explain {path}"),
        None => "cargo xtask filemap check".to_owned(),
    }
}

/// What builds, tests and editors leave, and nobody commits.
const BUILT: &[&str] = &[
    "target",
    "node_modules",
    "coverage",
    "coverage.out",
    ".nyc_output",
    ".coverage",
    "htmlcov",
    "__pycache__",
    ".pytest_cache",
    ".mypy_cache",
    ".ruff_cache",
    ".tox",
    ".nox",
    ".venv",
    "venv",
    ".gradle",
    "build",
    "dist",
    "coverage.xml",
    "lcov.info",
    ".env",
    ".DS_Store",
    ".idea",
];

/// Of what git does not follow, the first that a build left, as a rule of `.gitignore`.
fn built(untracked: &[String]) -> Option<String> {
    untracked.iter().find_map(|path| {
        let (at, name) = path.split('/').enumerate().find(|(_, part)| BUILT.contains(part))?;
        Some(format!("{}{name}", if at == 0 { "/" } else { "" }))
    })
}

/// The line that adds a rule to `.gitignore`, whose last line may have no end.
fn ignore(rule: &str) -> String {
    format!("printf '\\n{rule}\\n' >> .gitignore")
}

/// The paths that are in no commit, for the message of one: the first that can be typed, and how
/// many more there are.
fn named_paths(facts: &StandingFacts) -> String {
    let all = &facts.uncommitted;
    match (all.iter().find(|path| is_plain(path)), all.len()) {
        (Some(path), 1) => path.clone(),
        (Some(path), many) => format!("{path} and {} more", many - 1),
        (None, many) => counted(many, "path"),
    }
}

/// The path that a finding is about.
fn path_of(finding: &Finding) -> Option<&str> {
    finding.place.as_ref()?.file.as_deref()
}

/// The paths that have no place in the patch; none where one is not known.
fn outside_paths(missing: &[Finding]) -> Option<BTreeSet<&str>> {
    let is_out = |it: &&Finding| matches!(it.code, Code::Cec10 | Code::GuardrailFrozen);
    missing.iter().filter(is_out).map(path_of).collect()
}

/// Whether a path can be typed as it stands.
fn is_plain(path: &str) -> bool {
    is_word(path, "/._-+")
}

/// What brings rules to the remote that nobody else can approve, from its own branch: the way of
/// what else speaks against them, a review that passed, then a push.
fn adopt(facts: &StandingFacts, state: HarnessState, missing: &[Finding]) -> String {
    let is_expected = |code: Code| matches!(code, Code::BranchName | Code::PolicyMissing);
    let speaks = |it: &&Finding| it.severity == Severity::Refuse && !is_expected(it.code);
    if let Some(first) = missing.iter().find(speaks) {
        return way(facts, state, first, missing);
    }
    match &facts.remote {
        Some(remote) if facts.is_green() => format!("git push {remote} {}", facts.trunk),
        _ => orr(facts),
    }
}

/// What leads on from a red gate. To run a built-in one again says the same again: what its help
/// names leads on, or else its page; and what flakes may well pass. Where a program is missing,
/// doctor says of all whether they are here.
fn red(facts: &StandingFacts, finding: &Finding) -> String {
    let Some(gate) = finding.place.as_ref().and_then(|place| place.gate.as_ref()) else {
        return explain(finding);
    };
    let is_program = |it: &Finding| it.code == Code::ProgramMissing;
    if finding.under.iter().any(is_program) && !facts.builtin.contains(gate) {
        return "cargo xtask doctor".to_owned();
    }
    // To run the others again says nothing of the tests that are gone.
    if let Some(base) = &facts.base
        && finding.under.iter().any(|it| it.code == Code::TestsFewer)
    {
        return format!("git diff {} HEAD", short(base));
    }
    let line = finding.help.as_deref().and_then(typed);
    match (facts.builtin.contains(gate), line) {
        (true, Some(line)) => line,
        (true, None) => format!("cargo xtask explain {gate}"),
        (false, Some(line)) if line.starts_with("cargo xtask orr --until ") => line,
        (false, _) => format!("cargo xtask gates run {gate}"),
    }
}

/// What the finding's own help says to type, or else the page about its code.
fn named(finding: &Finding) -> String {
    finding.help.as_deref().and_then(typed).unwrap_or_else(|| explain(finding))
}

/// The command that drafts the plan.
fn plan(facts: &StandingFacts) -> String {
    format!("cargo xtask plan new --write {}/plan.json", facts.output)
}

/// Whether a finding's help leads to the page about its code.
pub(crate) fn is_explained(finding: &Finding) -> bool {
    named(finding) == explain(finding)
}

fn explain(finding: &Finding) -> String {
    format!("cargo xtask explain {}", finding.code.name())
}

/// The command that makes the runs.
fn orr(facts: &StandingFacts) -> String {
    let few = facts.review.as_ref().is_some_and(|review| review.runs < LEAST_RUNS);
    match (facts.on_server, few) {
        (true, _) => "cargo xtask orr --on github".to_owned(),
        (false, true) => format!("cargo xtask orr --runs {LEAST_RUNS}"),
        (false, false) => "cargo xtask orr".to_owned(),
    }
}

/// The command that begins a patch.
fn begin(facts: &StandingFacts) -> String {
    if facts.has_sandboxes {
        return "cargo xtask branch sandbox".to_owned();
    }
    let from = match &facts.remote {
        Some(remote) => format!("{remote}/{}", facts.trunk),
        None => facts.trunk.clone(),
    };
    format!("git switch --no-track --create {} {from}", facts.fresh)
}

fn back_to_trunk(facts: &StandingFacts) -> String {
    let trunk = &facts.trunk;
    match &facts.remote {
        Some(remote) => format!("git switch {trunk} && git pull --ff-only {remote} {trunk}"),
        None => format!("git switch {trunk}"),
    }
}

/// The line that brings a patch to the newest default branch.
#[must_use]
pub(super) fn rebase(remote: Option<&str>, trunk: &str) -> String {
    match remote {
        Some(remote) => format!("git fetch {remote} && git rebase {remote}/{trunk}"),
        None => format!("git rebase {trunk}"),
    }
}

/// The line that takes every path out of the patch that lies outside of the Filemap or is
/// frozen, whichever of its commits brought it in; none where it cannot be typed as it stands.
pub(super) fn take_out(facts: &StandingFacts, missing: &[Finding]) -> Option<String> {
    let (mut paths, base) = (outside_paths(missing)?, short(facts.base.as_deref()?));
    // Nothing is left of what commits only pass through once they are one.
    let passed = paths.len();
    paths.retain(|path| !facts.passing.iter().any(|it| it == path));
    if paths.is_empty() && passed > 0 {
        return Some(format!(
            "git reset --soft {base} && git commit --allow-empty --reuse-message=ORIG_HEAD"
        ));
    }
    // Nothing is taken out of a patch that is all outside: nothing of it would be left.
    if paths.is_empty()
        || facts.changed == Some(paths.len())
        || !paths.iter().all(|it| is_plain(it))
    {
        return None;
    }
    let paths = paths.into_iter().collect::<Vec<_>>().join(" ");
    Some(format!(
        "git reset --soft {base} && git restore --source={base} --staged --worktree -- {paths} && \
         git commit --allow-empty --reuse-message=ORIG_HEAD"
    ))
}

/// The command that a help names, where it can be typed as it stands.
pub(crate) fn typed(help: &str) -> Option<String> {
    let command = help.split('`').skip(1).step_by(2).find(|part| {
        let whole = part.starts_with("cargo xtask ") || part.starts_with("git ");
        let holder = |word: &str| {
            word.starts_with(['<', '['])
                || word == "…"
                || (word.len() > 1 || word == "N")
                    && word.chars().all(|c| c.is_ascii_uppercase() || c == '|')
        };
        whole && !part.split_whitespace().any(holder)
    })?;
    Some(command.to_owned())
}
