//! `orr status`: where the contract's loop stands (H-1.1).

use serde_json::json;

use crate::journal::{EngineKind, Line, Opened};
use crate::layout::Output;
use crate::leftovers::{Told, newest};
use crate::state;
use crate::state::State;
use thrice_facts::git::{Commit, Repository};
use thrice_findings::{Code, Finding, Stop, short};
use thrice_programme::world::{World, head};
use thrice_report::Report;
use thrice_report::text::safe;

/// The engine of the newest review that is not finished, if any.
pub(super) fn unfinished_engine(output: &Output) -> anyhow::Result<Option<EngineKind>> {
    Ok(newest(output)?.filter(|told| !told.is_over()).and_then(|told| Some(told.opened()?.engine)))
}

/// Says where the loop stands.
pub(super) fn status(world: &World) -> Result<Report, Stop> {
    let repository = world.repository()?;
    let commit = head(&repository)?;
    let (policy, _) = world.policy_of(&repository, &commit)?;
    let output = Output::at(repository.root().join(&policy.programme.output));
    let told = newest(&output)?;
    let of_head = |told: &Told| told.opened().is_some_and(|opened| opened.commit == commit.id);
    match told.filter(of_head) {
        Some(told) => of_journal(&told),
        None => before(world, &repository, &commit),
    }
}

/// No review of HEAD was begun.
fn before(world: &World, repository: &Repository, commit: &Commit) -> Result<Report, Stop> {
    let mut findings = Vec::new();
    let default = world.default_branch(repository, &mut findings)?;
    let base = default.base(repository, None, &mut findings)?;
    let patched =
        base.is_none_or(|base| base.id != commit.id) || !repository.changed_paths()?.is_empty();
    let (state, next) = if patched {
        (State::Patching, "`cargo xtask orr --runs 3`, when the patch is committed")
    } else {
        (State::Planning, "`cargo xtask branch sandbox`, and the patch on it")
    };
    let mut report = Report::new();
    report.announces = false;
    report.body =
        format!("{}  {} has no review yet\nnext: {next}\n", state.word(), short(&commit.id));
    report.data = json!({ "state": state.word(), "commit": commit.id, "path": [state.word()] });
    Ok(report)
}

fn of_journal(told: &Told) -> Result<Report, Stop> {
    let path = match state::path(&told.lines) {
        Ok(path) => path,
        Err((line, from, to)) => {
            let message = format!(
                "{}:{line}: {} cannot follow on {}",
                told.journal().display(),
                to.word(),
                from.word()
            );
            let finding = Finding::new(Code::JournalWrong, message)
                .help("the journal was edited or is of another version; begin a new review");
            return Err(finding.into());
        }
    };
    let words: Vec<String> = path.iter().map(|state| state.word()).collect();
    let last = path.last().copied().unwrap_or(State::Patching);
    let mut report = Report::new();
    report.announces = false;
    let opened = told.opened();
    report.body = format!(
        "{}  {}\n{}{}next: {}\n",
        last.word(),
        words.join(" → "),
        opened.map(head_line).unwrap_or_default(),
        runs(&told.lines),
        next(last, told)
    );
    report.data = json!({
        "state": last.word(),
        "path": words,
        "review": opened.map(|opened| &opened.id),
        "engine": opened.map(|opened| opened.engine),
        "commit": opened.map(|opened| &opened.commit),
        "branch": opened.and_then(|opened| opened.branch.as_ref()),
        "over": told.is_over(),
        "journal": told.lines,
    });
    Ok(report)
}

fn head_line(opened: &Opened) -> String {
    let branch = opened.branch.as_deref().unwrap_or("no branch");
    format!(
        "review {} of {} on {}, {}, since {}\n",
        opened.id,
        short(&opened.commit),
        safe(branch),
        opened.engine.word(),
        opened.started_at
    )
}

/// What the journal tells of each run that a server makes.
fn runs(lines: &[Line]) -> String {
    let mut out = String::new();
    for line in lines {
        match line {
            Line::Dispatched { run, id } => {
                out.push_str(&format!("run {run}  dispatched as {id}\n"))
            }
            Line::RunEnded { run, conclusion } => {
                out.push_str(&format!("run {run}  {}\n", safe(conclusion)));
            }
            Line::RunPacked { run, packed } => {
                let digest = short(&packed.zip_sha256);
                out.push_str(&format!("run {run}  packed  sha256:{digest}\n"));
            }
            Line::PullOpened { number } => out.push_str(&format!("pull request #{number}\n")),
            _ => {}
        }
    }
    out
}

fn next(state: State, told: &Told) -> String {
    match state {
        State::SandboxPush | State::OrrRun(_) if told.is_over() => {
            "it was given up: `cargo xtask orr --runs 3` begins anew".to_owned()
        }
        State::SandboxPush | State::OrrRun(_) => {
            "`cargo xtask orr --resume`, where no command is at work on it".to_owned()
        }
        State::OrrOk => {
            "`cargo xtask pr-body --write out/body.md`, then `cargo xtask pr open`".to_owned()
        }
        State::Replan => {
            "a new patch; `cargo xtask explain` has the code of the decision".to_owned()
        }
        State::PrOpen => format!("`cargo xtask pr verify {}`", told.pull().unwrap_or_default()),
        State::Review => {
            format!("`cargo xtask pr merge-check {}`", told.pull().unwrap_or_default())
        }
        State::Merge => "merge it".to_owned(),
        State::Rework => "a new patch on a new sandbox branch".to_owned(),
        State::Planning | State::Patching => "`cargo xtask orr --runs 3`".to_owned(),
    }
}
