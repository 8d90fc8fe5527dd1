//! Runs that are executed for real, one after another, for a server started by hand.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::runs::{Job, NEVER, Run};
use super::state::State;
use super::{Shared, evidence};

/// One machine runs one job at a time.
static LANE: Mutex<()> = Mutex::new(());

/// Makes a new run wait until it is executed.
pub(super) fn await_execution(run: &mut Run) {
    run.phases.truncate(1);
    run.ends = NEVER;
    for job in &mut run.jobs {
        (job.starts, job.ends) = (NEVER, NEVER);
    }
}

/// Starts the execution of runs that wait for it.
pub(super) fn begin(shared: &Arc<Shared>) {
    let waiting: Vec<u64> = {
        let mut state = shared.locked();
        if !state.real {
            return;
        }
        let new = state.runs.iter_mut().filter(|run| !run.begun);
        new.map(|run| {
            run.begun = true;
            run.id
        })
        .collect()
    };
    for id in waiting {
        let shared = Arc::clone(shared);
        std::thread::spawn(move || {
            let _lane = LANE.lock().unwrap_or_else(PoisonError::into_inner);
            execute(&shared, id);
        });
    }
}

fn execute(shared: &Shared, id: u64) {
    let (remote, kitchen, sha) = {
        let mut state = shared.locked();
        let (remote, kitchen) = (state.git.folder().to_owned(), Arc::clone(&state.kitchen));
        let now = state.now();
        let Some(run) = run_of(&mut state, id).filter(|run| run.ends == NEVER) else { return };
        run.phases.push((now, "in_progress".to_owned()));
        (remote, kitchen, run.sha.clone())
    };
    let clone = kitchen.clone_of(&remote, &sha);
    let repository = clone.join("repo");
    let Ok(mut child) = kitchen.gates(&clone).spawn() else { return };
    loop {
        let over = !matches!(child.try_wait(), Ok(None));
        let mut state = shared.locked();
        let now = state.now();
        let Some(run) = run_of(&mut state, id).filter(|run| run.ends == NEVER) else {
            // It was cancelled.
            let _ = child.kill();
            let _ = child.wait();
            return;
        };
        for job in &mut run.jobs {
            follow(job, &repository, now, over);
        }
        if over {
            let green = run.jobs.iter().all(|job| job.conclusion == "success");
            run.conclusion = if green { "success" } else { "failure" }.to_owned();
            run.ends = now;
            state.harvest(id, &evidence::left(&repository));
            return;
        }
        drop(state);
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn run_of(state: &mut State, id: u64) -> Option<&mut Run> {
    state.runs.iter_mut().find(|run| run.id == id)
}

/// A job starts with its gate's log, and ends with its gate's result.
fn follow(job: &mut Job, repository: &Path, now: u64, over: bool) {
    let out = repository.join("out");
    let result = std::fs::read(out.join(format!("gates/{}.json", job.name))).ok();
    let logged = out.join(format!("logs/{}.log", job.name)).is_file();
    if job.starts == NEVER && (logged || result.is_some() || over) {
        job.starts = now;
    }
    if job.ends == NEVER && (result.is_some() || over) {
        let result: serde_json::Value =
            result.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
        let outcome = result.pointer("/result/outcome").and_then(|outcome| outcome.as_str());
        job.conclusion = if outcome == Some("pass") { "success" } else { "failure" }.to_owned();
        job.ends = now;
    }
}
