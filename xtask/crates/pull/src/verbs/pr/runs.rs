//! The review that a pull request stands on: it passed on HEAD, and the server has its runs.

use serde::Deserialize;

use crate::verbs::status::gather::{claims, decided, gather};
use thrice_facts::git::Commit;
use thrice_facts::github::{Failure, FailureKind, GitHub, encoded};
use thrice_findings::text::quoted;
use thrice_findings::{Code, Finding, Stop, short};
use thrice_orr::evidence::manifest::sha256_hex;
use thrice_orr::journal::EngineKind;
use thrice_orr::judge::server::{Run, is_red};
use thrice_orr::layout::Output;
use thrice_orr::leftovers::{Reported, newest};
use thrice_orr::state;
use thrice_orr::state::HarnessState;
use thrice_patch::judge::pr_body::Template;
use thrice_programme::world::World;

/// The newest review, where it passed on this commit and its runs were made on the server.
pub(super) fn passed(world: &World, output: &Output, commit: &Commit) -> Result<Reported, Stop> {
    let message = match judged(newest(output)?, commit) {
        Ok(reported) => return Ok(reported),
        Err((code, message)) => Finding::new(code, message),
    };
    // The standing of the patch says what leads on.
    let help = match gather(world, true) {
        Ok(gathered) => {
            let next = crate::judge::standing::standing(&gathered.facts).next;
            match gathered.facts.on_server {
                true => format!("`{next}`"),
                false => "no server makes runs: policy/gates.toml has no [ruleset], or no remote \
                          is on GitHub. Without one, a patch needs no pull request"
                    .to_owned(),
            }
        }
        Err(_) => "`cargo xtask orr --on github`".to_owned(),
    };
    Err(message.help(help).into())
}

fn judged(reported: Option<Reported>, commit: &Commit) -> Result<Reported, (Code, String)> {
    let head = short(&commit.id);
    let of_head =
        |reported: &Reported| reported.opened().is_some_and(|opened| opened.commit == commit.id);
    let Some(reported) = reported.filter(of_head) else {
        return Err((Code::Refuse20, format!("there is no review of {head}")));
    };
    let state = state::path(&reported.lines).ok().and_then(|path| path.last().copied());
    match state {
        Some(
            HarnessState::OrrOk | HarnessState::PrOpen | HarnessState::Review | HarnessState::Merge,
        ) => {}
        Some(HarnessState::Rework) => {
            return Err((Code::Refuse20, format!("{head} was rolled back")));
        }
        _ => return Err((Code::Refuse20, format!("the review of {head} did not pass"))),
    }
    if reported.opened().is_some_and(|opened| opened.engine == EngineKind::Local) {
        let message = format!("the server has no runs of {head}: they were made here");
        return Err((Code::RunAbsent, message));
    }
    Ok(reported)
}

/// A run, as far as it is looked at before a body names it.
#[derive(Deserialize)]
struct NamedRun {
    head_sha: String,
}

/// What is wrong with the runs that were decided on, as the server has them now.
pub(in crate::verbs) fn unseen(
    github: &GitHub,
    output: &Output,
    commit: &Commit,
) -> anyhow::Result<Option<Finding>> {
    let help = "`cargo xtask orr --on github` makes new ones";
    let ids = decided(output)?.map(|decision| decision.run_ids).unwrap_or_default();
    let path = github.repo(&format!("actions/runs?head_sha={}", encoded(&commit.id)));
    let listed = match github.list::<Run>(&path, Some("workflow_runs")) {
        Ok(listed) => listed,
        Err(failure) => return Ok(Some(failure.finding())),
    };
    // A list may be behind: what it lacks is asked for by its id.
    let is_listed = |id: &String| listed.iter().any(|run| run.id.to_string() == *id);
    for id in ids.iter().filter(|id| !is_listed(id)) {
        let path = github.repo(&format!("actions/runs/{}", encoded(id)));
        let message = match github.read::<NamedRun>(&path) {
            Ok(run) if run.head_sha == commit.id => continue,
            Ok(_) => format!("run {id} on the server is of another commit"),
            Err(failure) if failure.kind() == FailureKind::NotFound => {
                format!("the server has no run {id} any more")
            }
            Err(failure) => return Ok(Some(failure.finding())),
        };
        return Ok(Some(Finding::new(Code::RunAbsent, message).help(help)));
    }
    Ok(red_beside(&listed, &ids))
}

/// A red run of the same workflow beside those that are named: another review cannot undo it.
fn red_beside(listed: &[Run], ids: &[String]) -> Option<Finding> {
    let is_named = |run: &&Run| ids.contains(&run.id.to_string());
    let path = listed.iter().find(is_named).map(|run| &run.path);
    let ended = |run: &&Run| run.conclusion.clone().filter(|ended| is_red(ended));
    let mut others = listed.iter().filter(|run| !is_named(run) && Some(&run.path) == path);
    let (id, ended) = others.find_map(|run| Some((run.id, ended(&run)?)))?;
    let message = format!("run {id} of this commit ended as {}", quoted(&ended));
    let help = "a red run of a commit stays red: fix its cause, and commit";
    Some(Finding::new(Code::Cec20, message).help(help))
}

/// The digest by which the claims of a body are known again; its author's own words may
/// change.
pub(super) fn digest(body: &str, template: &Template) -> String {
    sha256_hex(claims(body, template).as_bytes())
}

/// Why an answer that was lost stays open.
pub(super) fn lost(what: &str) -> Finding {
    let failure = Failure::new(FailureKind::Unreadable, what, None, "the answer cannot be read");
    failure.finding()
}
