//! Check runs, check suites and commit statuses.

use serde_json::{Value, json};

use super::super::clock::shown;
use super::super::http::{Request, Response};
use super::super::records::{Check, Status};
use super::super::runs::{Job, Run};
use super::super::shapes::{PAGES, app, node, simple_commit, user};
use super::super::state::{ACTIONS, State};
use super::actions::suite_of;
use super::{found, not_found, page, text, unprocessable};

pub(super) fn route(state: &mut State, request: &Request, rest: &[&str]) -> Option<Response> {
    match (request.method.as_str(), rest) {
        ("GET", ["commits", name @ .., "check-runs"]) => {
            Some(with_commit(state, name, |sha| check_runs(state, request, sha)))
        }
        ("GET", ["commits", name @ .., "check-suites"]) => {
            Some(with_commit(state, name, |sha| check_suites(state, request, sha)))
        }
        ("GET", ["commits", name @ .., "status"]) => {
            Some(with_commit(state, name, |sha| combined(state, sha)))
        }
        ("GET", ["check-runs", _, "annotations"]) => Some(page(request, Vec::new(), None)),
        ("POST", ["statuses", sha]) => Some(post_status(state, request, sha)),
        _ => None,
    }
}

fn with_commit(state: &State, name: &[&str], then: impl Fn(&str) -> Response) -> Response {
    let sha = state.git.commit_id(&name.join("/"));
    sha.map_or_else(|| unprocessable("No commit found for the ref"), |sha| then(&sha))
}

/// Checks of a commit, newest first: each job's, and what tests added.
fn check_runs(state: &State, request: &Request, sha: &str) -> Response {
    let now = state.now();
    let mut all: Vec<(u64, Value)> = Vec::new();
    for run in state.runs.iter().filter(|run| run.sha == sha && run.is_seen(now)) {
        let jobs = run.jobs.iter().map(|job| (job.id, of_job(state, run, job)));
        all.extend(jobs);
    }
    let added = state.checks.iter().filter(|check| check.sha == sha);
    all.extend(added.map(|check| (check.id, of_check(state, check))));
    all.sort_by_key(|(id, _)| std::cmp::Reverse(*id));
    let asked = |value: &Value, name: &str, is: &Value| {
        request.asked(name).is_none_or(|wanted| value_text(is) == wanted || value[name] == wanted)
    };
    let mut kept: Vec<Value> = Vec::new();
    let latest = request.asked("filter") != Some("all");
    for (_, value) in all {
        let same = |other: &Value| {
            ["name"].iter().all(|key| other[key] == value[key])
                && other["app"]["id"] == value["app"]["id"]
                && other["check_suite"] == value["check_suite"]
        };
        let shown = asked(&value, "check_name", &value["name"])
            && asked(&value, "status", &value["status"])
            && asked(&value, "app_id", &value["app"]["id"]);
        if shown && !(latest && kept.iter().any(same)) {
            kept.push(value);
        }
    }
    page(request, kept, Some("check_runs"))
}

fn value_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn of_job(state: &State, run: &Run, job: &Job) -> Value {
    let (status, conclusion) = job.standing(state.now());
    let check = Check {
        id: job.id,
        app: ACTIONS,
        name: job.name.clone(),
        sha: run.sha.clone(),
        status: status.to_owned(),
        conclusion: conclusion.map(str::to_owned),
        started: job.starts,
        completed: conclusion.map(|_| job.ends),
    };
    let mut value = of_check(state, &check);
    let page = state.page(format!("actions/runs/{}/job/{}", run.id, job.id));
    value["html_url"] = json!(page);
    value["details_url"] = json!(page);
    value["check_suite"] = json!({ "id": suite_of(run) });
    value
}

fn of_check(state: &State, check: &Check) -> Value {
    let url = state.api(format!("check-runs/{}", check.id));
    let started = check.status != "queued" && check.started <= state.now();
    json!({
        "id": check.id,
        "head_sha": check.sha,
        "node_id": node("CR", check.id),
        "external_id": "",
        "url": url,
        "html_url": state.page(format!("runs/{}", check.id)),
        "details_url": state.page(format!("runs/{}", check.id)),
        "status": check.status,
        "conclusion": check.conclusion,
        "started_at": started.then(|| shown(check.started)),
        "completed_at": check.completed.map(shown),
        "output": {
            "title": null,
            "summary": null,
            "text": null,
            "annotations_count": 0,
            "annotations_url": format!("{url}/annotations"),
        },
        "name": check.name,
        "check_suite": { "id": check.app * 7 + 3 },
        "app": app(check.app),
        "pull_requests": [],
    })
}

fn check_suites(state: &State, request: &Request, sha: &str) -> Response {
    let now = state.now();
    let Some(commit) = state.git.commit(sha) else { return not_found() };
    let suite = |run: &Run| {
        let (status, conclusion) = run.standing(now);
        let id = suite_of(run);
        let known = ["queued", "in_progress", "completed", "waiting", "requested", "pending"];
        json!({
            "id": id,
            "node_id": node("CS", id),
            "head_branch": run.branch,
            "head_sha": run.sha,
            "status": known.contains(&status).then_some(status),
            "conclusion": conclusion,
            "url": state.api(format!("check-suites/{id}")),
            "before": null,
            "after": run.sha,
            "pull_requests": [],
            "app": app(ACTIONS),
            "repository": state.own_repository(),
            "created_at": shown(run.created),
            "updated_at": shown(run.changed(now)),
            "head_commit": simple_commit(&commit),
            "latest_check_runs_count": run.jobs.len(),
            "check_runs_url": state.api(format!("check-suites/{id}/check-runs")),
        })
    };
    let ours = state.runs.iter().filter(|run| run.sha == sha && run.is_seen(now));
    page(request, ours.map(suite).collect(), Some("check_suites"))
}

fn combined(state: &State, sha: &str) -> Response {
    let all: Vec<&Status> = state.statuses.iter().filter(|status| status.sha == sha).collect();
    let is = |words: &[&str]| all.iter().any(|status| words.contains(&status.state.as_str()));
    let summary = if is(&["failure", "error"]) {
        "failure"
    } else if all.is_empty() || is(&["pending"]) {
        "pending"
    } else {
        "success"
    };
    let simple = |status: &&Status| {
        json!({
            "description": status.description,
            "id": status.id,
            "node_id": node("SC", status.id),
            "state": status.state,
            "context": status.context,
            "target_url": status.target,
            "avatar_url": format!("{PAGES}/avatars/{}", status.login),
            "url": state.api(format!("statuses/{sha}")),
            "created_at": shown(status.created),
            "updated_at": shown(status.created),
        })
    };
    found(&json!({
        "state": summary,
        "statuses": all.iter().map(simple).collect::<Vec<_>>(),
        "sha": sha,
        "total_count": all.len(),
        "repository": state.own_repository(),
        "commit_url": state.api(format!("commits/{sha}")),
        "url": state.api(format!("commits/{sha}/status")),
    }))
}

fn post_status(state: &mut State, request: &Request, sha: &str) -> Response {
    let body = request.value().unwrap_or_default();
    let words = ["error", "failure", "pending", "success"];
    let Some(word) = text(&body, "state").filter(|word| words.contains(word)) else {
        return unprocessable("Validation Failed: state is not one of the known words");
    };
    if state.git.commit(sha).is_none() {
        return unprocessable(&format!("No commit found for SHA: {sha}"));
    }
    let own = |key: &str| text(&body, key).map(str::to_owned);
    let status = Status {
        id: state.id(),
        sha: sha.to_owned(),
        state: word.to_owned(),
        context: own("context").unwrap_or("default".to_owned()),
        description: own("description"),
        target: own("target_url"),
        login: state.login.clone(),
        created: state.now(),
    };
    let value = json!({
        "url": state.api(format!("statuses/{sha}")),
        "avatar_url": format!("{PAGES}/avatars/{}", status.login),
        "id": status.id,
        "node_id": node("SC", status.id),
        "state": status.state,
        "description": status.description,
        "target_url": status.target,
        "context": status.context,
        "created_at": shown(status.created),
        "updated_at": shown(status.created),
        "creator": user(&status.login),
    });
    state.statuses.retain(|old| old.sha != status.sha || old.context != status.context);
    state.statuses.push(status);
    Response::json(201, &value)
}
