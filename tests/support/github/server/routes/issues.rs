//! Issues and comments; a pull request is an issue too.

use serde_json::{Value, json};

use super::super::clock::shown;
use super::super::http::{Request, Response};
use super::super::records::{Comment, Issue, Pull};
use super::super::shapes::{labels, node, user};
use super::super::state::State;
use super::{found, invalid, not_found, page, text, texts};

pub(super) fn route(state: &mut State, request: &Request, rest: &[&str]) -> Option<Response> {
    let ["issues", rest @ ..] = rest else { return None };
    match (request.method.as_str(), rest) {
        ("GET", []) => Some(list(state, request)),
        ("POST", []) => Some(create(state, request)),
        ("GET", [number]) => {
            let all: Vec<Issue> = everything(state);
            let one = all.iter().find(|issue| issue.number.to_string() == **number);
            Some(one.map_or_else(not_found, |issue| found(&shape(state, issue))))
        }
        ("PATCH", [number]) => Some(change(state, request, number)),
        ("GET", [number, "comments"]) => {
            let Some((comments, _)) = parts(state, number) else { return Some(not_found()) };
            let comments = comments.clone();
            let all = comments.iter().map(|it| comment(state, number, it)).collect();
            Some(page(request, all, None))
        }
        ("POST", [number, "comments"]) => Some(say(state, request, number)),
        ("POST", [number, "labels"]) => Some(label(state, request, number)),
        _ => None,
    }
}

/// Comments and labels of an issue or pull request.
fn parts<'a>(
    state: &'a mut State,
    number: &str,
) -> Option<(&'a mut Vec<Comment>, &'a mut Vec<String>)> {
    let number: u64 = number.parse().ok()?;
    if let Some(issue) = state.issues.iter_mut().find(|issue| issue.number == number) {
        return Some((&mut issue.comments, &mut issue.labels));
    }
    let pull = state.pulls.iter_mut().find(|pull| pull.number == number)?;
    Some((&mut pull.comments, &mut pull.labels))
}

/// Issues and pull requests, newest first.
fn everything(state: &State) -> Vec<Issue> {
    let of_pull = |pull: &Pull| Issue {
        id: pull.id,
        number: pull.number,
        title: pull.title.clone(),
        body: pull.body.clone(),
        login: pull.login.clone(),
        open: pull.open,
        labels: pull.labels.clone(),
        comments: pull.comments.clone(),
        created: pull.created,
        closed: pull.closed,
    };
    let mut all: Vec<Issue> = state.issues.clone();
    all.extend(state.pulls.iter().map(of_pull));
    all.sort_by_key(|issue| std::cmp::Reverse(issue.number));
    all
}

fn list(state: &State, request: &Request) -> Response {
    let wanted = |issue: &&Issue| {
        let is = match request.asked("state").unwrap_or("open") {
            "all" => true,
            "closed" => !issue.open,
            _ => issue.open,
        };
        let labelled = request.asked("labels").unwrap_or_default();
        let mut names = labelled.split(',').filter(|name| !name.is_empty());
        is && names.all(|name| issue.labels.iter().any(|label| label == name))
            && request.asked("creator").is_none_or(|login| login == issue.login)
    };
    let all = everything(state);
    page(request, all.iter().filter(wanted).map(|it| shape(state, it)).collect(), None)
}

fn create(state: &mut State, request: &Request) -> Response {
    let body = request.value().unwrap_or_default();
    let Some(title) = text(&body, "title").filter(|title| !title.is_empty()) else {
        return invalid("Issue", "title", "missing_field", "title is required");
    };
    let issue = Issue {
        id: state.id(),
        number: state.number(),
        title: title.to_owned(),
        body: text(&body, "body").map(str::to_owned),
        login: state.login.clone(),
        open: true,
        labels: texts(&body, "labels"),
        comments: Vec::new(),
        created: state.now(),
        closed: None,
    };
    let value = shape(state, &issue);
    state.issues.push(issue);
    Response::json(201, &value).with("location", value["url"].as_str().unwrap_or_default())
}

/// Changes an issue; a pull request is changed elsewhere.
fn change(state: &mut State, request: &Request, number: &str) -> Response {
    let body = request.value().unwrap_or_default();
    let now = state.now();
    let wanted = text(&body, "state").unwrap_or("open").to_owned();
    if !matches!(wanted.as_str(), "open" | "closed") {
        return invalid("Issue", "state", "invalid", "state is neither open nor closed");
    }
    let mut issues = state.issues.iter_mut();
    let Some(issue) = issues.find(|issue| issue.number.to_string() == number) else {
        return not_found();
    };
    if let Some(title) = text(&body, "title") {
        issue.title = title.to_owned();
    }
    if let Some(said) = text(&body, "body") {
        issue.body = Some(said.to_owned());
    }
    if body.get("state").is_some() {
        issue.open = wanted == "open";
        issue.closed = (!issue.open).then_some(now);
    }
    let changed = issue.clone();
    found(&shape(state, &changed))
}

fn say(state: &mut State, request: &Request, number: &str) -> Response {
    let body = request.value().unwrap_or_default();
    let Some(said) = text(&body, "body").filter(|said| !said.is_empty()) else {
        return invalid("IssueComment", "body", "missing_field", "body is required");
    };
    let (id, created, login) = (state.id(), state.now(), state.login.clone());
    let new = Comment { id, login, body: said.to_owned(), created };
    let Some((comments, _)) = parts(state, number) else { return not_found() };
    comments.push(new.clone());
    Response::json(201, &comment(state, number, &new))
}

fn label(state: &mut State, request: &Request, number: &str) -> Response {
    let body = request.value().unwrap_or_default();
    let body = if body.is_array() { json!({ "labels": body }) } else { body };
    let new = texts(&body, "labels");
    let Some((_, names)) = parts(state, number) else { return not_found() };
    for name in new {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let names = names.clone();
    found(&json!(labels(state, &names)))
}

fn comment(state: &State, number: &str, comment: &Comment) -> Value {
    json!({
        "id": comment.id,
        "node_id": node("IC", comment.id),
        "url": state.api(format!("issues/comments/{}", comment.id)),
        "html_url": state.page(format!("issues/{number}#issuecomment-{}", comment.id)),
        "issue_url": state.api(format!("issues/{number}")),
        "body": comment.body,
        "user": user(&comment.login),
        "created_at": shown(comment.created),
        "updated_at": shown(comment.created),
        "author_association": "MEMBER",
    })
}

fn shape(state: &State, issue: &Issue) -> Value {
    let number = issue.number;
    let pull = state.pulls.iter().find(|pull| pull.number == number);
    let url = state.api(format!("issues/{number}"));
    let kind = if pull.is_some() { "pull" } else { "issues" };
    let page = state.page(format!("{kind}/{number}"));
    let mut value = json!({
        "id": issue.id,
        "node_id": node("I", issue.id),
        "url": url,
        "repository_url": state.api("").trim_end_matches('/'),
        "labels_url": format!("{url}/labels{{/name}}"),
        "comments_url": format!("{url}/comments"),
        "events_url": format!("{url}/events"),
        "html_url": page,
        "number": number,
        "state": if issue.open { "open" } else { "closed" },
        "title": issue.title,
        "body": issue.body,
        "user": user(&issue.login),
        "labels": labels(state, &issue.labels),
        "assignee": null,
        "assignees": [],
        "milestone": null,
        "locked": false,
        "comments": issue.comments.len(),
        "closed_at": issue.closed.map(shown),
        "created_at": shown(issue.created),
        "updated_at": shown(issue.created),
        "author_association": "MEMBER",
    });
    if let Some(pull) = pull {
        value["pull_request"] = json!({
            "merged_at": pull.merged.map(shown),
            "url": state.api(format!("pulls/{number}")),
            "html_url": page,
            "diff_url": format!("{page}.diff"),
            "patch_url": format!("{page}.patch"),
        });
    }
    value
}
