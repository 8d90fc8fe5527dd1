//! Workflows, their dispatch, runs and jobs.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::clock::shown;
use super::super::http::{Request, Response};
use super::super::records::Workflow;
use super::super::runs::{Job, NEVER, Run};
use super::super::shapes::{joined, node, repository, simple_commit, user};
use super::super::state::{Dispatching, State};
use super::{MOST_FOUND, found, not_found, page, refusal, text, unprocessable};

/// Inputs that a dispatch may have at most.
const MOST_INPUTS: usize = 25;

pub(super) fn route(state: &mut State, request: &Request, rest: &[&str]) -> Option<Response> {
    let ["actions", rest @ ..] = rest else { return None };
    match (request.method.as_str(), rest) {
        ("GET", ["workflows"]) => {
            let all = state.workflows.iter().map(|one| workflow(state, one)).collect();
            Some(page(request, all, Some("workflows")))
        }
        ("GET", ["workflows", which]) => {
            Some(named(state, which).map_or_else(not_found, |one| found(&workflow(state, one))))
        }
        ("GET", ["workflows", which, "runs"]) => {
            let Some(id) = named(state, which).map(|one| one.id) else { return Some(not_found()) };
            Some(runs(state, request, Some(id)))
        }
        ("POST", ["workflows", which, "dispatches"]) => Some(dispatch(state, request, which)),
        ("GET", ["runs"]) => Some(runs(state, request, None)),
        (_, ["runs", id, rest @ ..]) => {
            let id = id.parse().ok().filter(|id| state.run(*id).is_some());
            let Some(id) = id else { return Some(not_found()) };
            of_run(state, request, id, rest)
        }
        _ => None,
    }
}

fn named<'a>(state: &'a State, which: &str) -> Option<&'a Workflow> {
    let file = |one: &Workflow| one.path.rsplit('/').next() == Some(which) || one.path == which;
    state.workflows.iter().find(|one| one.id.to_string() == which || file(one))
}

fn workflow(state: &State, one: &Workflow) -> Value {
    let file = one.path.rsplit('/').next().unwrap_or_default();
    json!({
        "id": one.id,
        "node_id": node("W", one.id),
        "name": one.name,
        "path": one.path,
        "state": one.state,
        "created_at": shown(0),
        "updated_at": shown(0),
        "url": state.api(format!("actions/workflows/{}", one.id)),
        "html_url": state.page(format!("blob/{}/{}", state.default_branch, one.path)),
        "badge_url": state.page(format!("workflows/{file}/badge.svg")),
    })
}

fn dispatch(state: &mut State, request: &Request, which: &str) -> Response {
    let Some(workflow) = named(state, which).cloned() else { return not_found() };
    let body = request.value().unwrap_or_default();
    let details = body.get("return_run_details");
    if details.is_some() && state.dispatching == Dispatching::Refused {
        return refusal(400, "Invalid request.\n\n\"return_run_details\" is not a permitted key.");
    }
    let Some(branch) = text(&body, "ref") else {
        return unprocessable("Invalid request.\n\n\"ref\" wasn't supplied.");
    };
    let branch = branch.strip_prefix("refs/heads/").unwrap_or(branch).to_owned();
    if state.git.head(&branch).is_none() {
        return unprocessable(&format!("No ref found for: {branch}"));
    }
    if workflow.state != "active" {
        return unprocessable("Cannot trigger a 'workflow_dispatch' on a disabled workflow");
    }
    let inputs = match inputs(&body, &workflow) {
        Ok(inputs) => inputs,
        Err(message) => return unprocessable(&message),
    };
    let id = state.start(workflow.id, "workflow_dispatch", &branch, &workflow.title(&inputs));
    let asked = details == Some(&Value::Bool(true)) && state.dispatching == Dispatching::Asked;
    if !asked && state.dispatching != Dispatching::Always {
        return Response::empty(204);
    }
    found(&json!({
        "workflow_run_id": id,
        "run_url": state.api(format!("actions/runs/{id}")),
        "html_url": state.page(format!("actions/runs/{id}")),
    }))
}

fn inputs(body: &Value, workflow: &Workflow) -> Result<BTreeMap<String, String>, String> {
    let given = body.get("inputs").and_then(Value::as_object).cloned().unwrap_or_default();
    if given.len() > MOST_INPUTS {
        return Err(format!("Invalid inputs: more than {MOST_INPUTS} were given"));
    }
    let unknown: Vec<_> = given.keys().filter(|name| !workflow.inputs.contains(name)).collect();
    if !unknown.is_empty() {
        return Err(format!("Unexpected inputs provided: {unknown:?}"));
    }
    let words = given.into_iter().map(|(name, value)| match value {
        Value::String(value) => (name, value),
        other => (name, other.to_string()),
    });
    Ok(words.collect())
}

fn runs(state: &State, request: &Request, workflow: Option<u64>) -> Response {
    let now = state.now();
    let matches = |name: &str, is: &dyn Fn(&str) -> bool| request.asked(name).is_none_or(is);
    let wanted = |run: &&Run| {
        let (status, conclusion) = run.standing(now);
        let created = shown(run.created);
        run.is_seen(now)
            && workflow.is_none_or(|id| id == run.workflow)
            && matches("branch", &|branch| branch == run.branch)
            && matches("event", &|event| event == run.event)
            && matches("head_sha", &|sha| sha == run.sha)
            && matches("actor", &|actor| actor == run.actor)
            && matches("status", &|word| word == status || Some(word) == conclusion)
            && matches("created", &|range| in_range(&created, range))
    };
    let found = state.runs.iter().rev().filter(wanted);
    let all = found.take(MOST_FOUND).map(|one| run(state, one)).collect();
    page(request, all, Some("workflow_runs"))
}

/// Whether a time is in a range as GitHub's searches have it.
fn in_range(time: &str, range: &str) -> bool {
    let part = |bound: &str| time.get(..bound.len().min(time.len())).unwrap_or(time).to_owned();
    if let Some((from, to)) = range.split_once("..") {
        return (from == "*" || part(from).as_str() >= from)
            && (to == "*" || part(to).as_str() <= to);
    }
    if let Some(bound) = range.strip_prefix(">=") {
        return part(bound).as_str() >= bound;
    }
    if let Some(bound) = range.strip_prefix("<=") {
        return part(bound).as_str() <= bound;
    }
    if let Some(bound) = range.strip_prefix('>') {
        return part(bound).as_str() > bound;
    }
    if let Some(bound) = range.strip_prefix('<') {
        return part(bound).as_str() < bound;
    }
    time.starts_with(range)
}

fn of_run(state: &mut State, request: &Request, id: u64, rest: &[&str]) -> Option<Response> {
    let now = state.now();
    let method = request.method.as_str();
    match (method, rest) {
        ("POST", ["cancel"]) => {
            let one = state.runs.iter_mut().find(|run| run.id == id)?;
            if one.is_over(now) {
                return Some(refusal(409, "Cannot cancel a workflow run that is completed."));
            }
            one.cancel(now);
            Some(Response::json(202, &json!({})))
        }
        ("POST", ["rerun"]) => {
            let done = state.again(id);
            let refused = || refusal(403, "This workflow is already running");
            Some(if done { Response::json(201, &json!({})) } else { refused() })
        }
        ("GET", rest) => {
            let one = state.run(id)?;
            read(state, request, one, rest)
        }
        _ => None,
    }
}

fn read(state: &State, request: &Request, one: &Run, rest: &[&str]) -> Option<Response> {
    let jobs_of = |attempt: Option<u64>| {
        let jobs = one.jobs.iter().filter(|job| attempt.is_none_or(|it| it == job.attempt));
        page(request, jobs.map(|each| job(state, one, each)).collect(), Some("jobs"))
    };
    let attempt = |text: &str| text.parse().ok().filter(|it| (1..=one.attempt).contains(it));
    Some(match rest {
        [] => found(&run(state, one)),
        ["jobs"] if request.asked("filter") == Some("all") => jobs_of(None),
        ["jobs"] => jobs_of(Some(one.attempt)),
        ["attempts", text] => match attempt(text) {
            Some(it) if it == one.attempt => found(&run(state, one)),
            Some(it) => found(&earlier(run(state, one), it)),
            None => not_found(),
        },
        ["attempts", text, "jobs"] => attempt(text).map_or_else(not_found, |it| jobs_of(Some(it))),
        ["concurrency_groups"] => found(&json!({ "total_count": 0, "concurrency_groups": [] })),
        _ => return None,
    })
}

fn earlier(mut run: Value, attempt: u64) -> Value {
    run["run_attempt"] = json!(attempt);
    run["status"] = json!("completed");
    run
}

/// A run, in the contract's form.
fn run(state: &State, run: &Run) -> Value {
    let now = state.now();
    let (status, conclusion) = run.standing(now);
    let name = state.workflows.iter().find(|one| one.id == run.workflow).map(|one| &one.name);
    let (owner, repo) = &run.head_repository;
    let head = repository(state, owner, repo);
    let url = state.api(format!("actions/runs/{}", run.id));
    let suite = suite_of(run);
    let previous = (run.attempt > 1).then(|| format!("{url}/attempts/{}", run.attempt - 1));
    let body = json!({
        "id": run.id,
        "name": name,
        "node_id": node("WFR", run.id),
        "check_suite_id": suite,
        "check_suite_node_id": node("CS", suite),
        "head_branch": run.branch,
        "head_sha": run.sha,
        "path": run.path,
        "display_title": run.title,
        "run_number": run.number,
        "run_attempt": run.attempt,
        "referenced_workflows": [],
        "event": run.event,
        "status": status,
        "conclusion": conclusion,
        "workflow_id": run.workflow,
        "pull_requests": [],
        "created_at": shown(run.created),
        "updated_at": shown(run.changed(now)),
        "run_started_at": shown(run.phases.first().map_or(run.created, |(from, _)| *from)),
        "actor": user(&run.actor),
        "triggering_actor": user(&run.actor),
        "head_commit": state.git.commit(&run.sha).map(|commit| simple_commit(&commit)),
        "head_repository_id": head["id"],
        "head_repository": head,
        "repository": state.own_repository(),
    });
    let urls = json!({
        "url": url,
        "html_url": state.page(format!("actions/runs/{}", run.id)),
        "jobs_url": format!("{url}/jobs"),
        "logs_url": format!("{url}/logs"),
        "check_suite_url": state.api(format!("check-suites/{suite}")),
        "artifacts_url": format!("{url}/artifacts"),
        "cancel_url": format!("{url}/cancel"),
        "rerun_url": format!("{url}/rerun"),
        "previous_attempt_url": previous,
        "workflow_url": state.api(format!("actions/workflows/{}", run.workflow)),
    });
    joined(body, urls)
}

/// The check suite of a run.
pub(super) fn suite_of(run: &Run) -> u64 {
    run.id * 2 + 1
}

/// A job, in the contract's form.
fn job(state: &State, run: &Run, job: &Job) -> Value {
    let now = state.now();
    let (status, conclusion) = job.standing(now);
    let ended = conclusion.is_some() && job.ends != NEVER;
    let name = state.workflows.iter().find(|one| one.id == run.workflow).map(|one| &one.name);
    let page = state.page(format!("actions/runs/{}/job/{}", run.id, job.id));
    json!({
        "id": job.id,
        "run_id": run.id,
        "run_url": state.api(format!("actions/runs/{}", run.id)),
        "run_attempt": job.attempt,
        "node_id": node("CR", job.id),
        "head_sha": run.sha,
        "head_branch": run.branch,
        "workflow_name": name,
        "url": state.api(format!("actions/jobs/{}", job.id)),
        "html_url": page,
        "status": status,
        "conclusion": conclusion,
        "created_at": shown(run.created),
        "started_at": shown(job.starts.min(now)),
        "completed_at": ended.then(|| shown(job.ends)),
        "name": job.name,
        "steps": [],
        "check_run_url": state.api(format!("check-runs/{}", job.id)),
        "labels": ["ubuntu-24.04"],
        "runner_id": null,
        "runner_name": null,
        "runner_group_id": null,
        "runner_group_name": null,
    })
}
