//! Pull requests.

use serde_json::{Value, json};

use super::super::clock::shown;
use super::super::http::{Request, Response};
use super::super::records::{Pull, Review};
use super::super::runs::Plan;
use super::super::shapes::{account, commit, file, joined, labels, node, repository, user};
use super::super::state::State;
use super::{found, invalid, not_found, page, refusal, text, unprocessable};

pub(super) fn route(state: &mut State, request: &Request, rest: &[&str]) -> Option<Response> {
    let ["pulls", rest @ ..] = rest else { return None };
    let method = request.method.as_str();
    match (method, rest) {
        ("GET", []) => return Some(list(state, request)),
        ("POST", []) => return Some(create(state, request)),
        _ => {}
    }
    let (number, rest) = rest.split_first()?;
    let Some(index) = state.pulls.iter().position(|pull| pull.number.to_string() == **number)
    else {
        return Some(not_found());
    };
    refresh(state, index);
    let pull = state.pulls.get(index)?.clone();
    match (method, rest) {
        ("GET", []) => Some(found(&whole(state, &pull))),
        ("PATCH", []) => Some(change(state, request, index)),
        ("PUT", ["merge"]) => Some(merge(state, request, index)),
        ("GET", ["files"]) => {
            let (base, head) = ends(state, &pull);
            let files = state.git.files(&base, &head);
            Some(page(request, files.iter().map(|it| file(state, &head, it)).collect(), None))
        }
        ("GET", ["commits"]) => {
            let (base, head) = ends(state, &pull);
            let commits = state.git.between(&base, &head);
            Some(page(request, commits.iter().map(|it| commit(state, it)).collect(), None))
        }
        ("GET", ["reviews"]) => {
            let all = pull.reviews.iter().map(|it| review(state, &pull, it));
            Some(page(request, all.collect(), None))
        }
        ("POST", ["reviews"]) => Some(submit(state, request, index)),
        _ => None,
    }
}

/// A review that says something; what is only begun is not kept here.
fn submit(state: &mut State, request: &Request, index: usize) -> Response {
    let body = request.value().unwrap_or_default();
    let word = match text(&body, "event") {
        Some("APPROVE") => "APPROVED",
        Some("REQUEST_CHANGES") => "CHANGES_REQUESTED",
        Some("COMMENT") => "COMMENTED",
        _ => return unprocessable("event is not one of APPROVE, REQUEST_CHANGES, COMMENT"),
    };
    let (id, login, submitted) = (state.id(), state.login.clone(), state.now());
    let Some(pull) = state.pulls.get_mut(index) else { return not_found() };
    if word != "COMMENTED" && pull.login == login {
        return unprocessable("Can not approve or request changes of your own pull request");
    }
    let sha = text(&body, "commit_id").unwrap_or(&pull.sha).to_owned();
    if state.git.commit(&sha).is_none() {
        return unprocessable("commit_id is no commit of this pull request");
    }
    let given = Review { id, login, state: word.to_owned(), sha, submitted };
    pull.reviews.push(given.clone());
    let pull = pull.clone();
    found(&review(state, &pull, &given))
}

/// Merges it as it is asked: with a merge commit, as one commit, or each of its commits again.
fn merge(state: &mut State, request: &Request, index: usize) -> Response {
    let body = request.value().unwrap_or_default();
    let Some(pull) = state.pulls.get(index).cloned() else { return not_found() };
    let Some(base) = state.git.head(&pull.base).filter(|_| pull.open) else {
        return refusal(405, "Pull Request is not mergeable");
    };
    if text(&body, "sha").is_some_and(|sha| sha != pull.sha) {
        return refusal(409, "Head branch was modified. Review and try the merge again.");
    }
    let method = text(&body, "merge_method").unwrap_or("merge");
    let rules = state.rulesets.iter().flat_map(|ruleset| &ruleset.rules);
    let mut allowed =
        rules.filter_map(|rule| rule["parameters"]["allowed_merge_methods"].as_array());
    if !allowed.all(|methods| methods.iter().any(|it| it == method)) {
        return refusal(405, &format!("{method} merges are not allowed on this repository."));
    }
    let default = format!("{} (#{})", pull.title, pull.number);
    let title = text(&body, "commit_title").unwrap_or(&default);
    let more = text(&body, "commit_message").unwrap_or_default();
    let (login, now) = (state.login.clone(), state.now());
    let sha = if method == "rebase" {
        state.git.replay(&base, &pull.sha, &login, now)
    } else {
        state.git.merged_tree(&base, &pull.sha).and_then(|tree| {
            let mut made = vec!["commit-tree", &tree, "-p", &base];
            if method == "merge" {
                made.extend(["-p", &pull.sha]);
            }
            made.extend(["-m", title, "-m", more]);
            state.git.run_as(&login, now, &made)
        })
    };
    let Some(sha) = sha else { return refusal(405, "Pull Request is not mergeable") };
    state.git.run(&["update-ref", &format!("refs/heads/{}", pull.base), &sha, &base]);
    state.merge(pull.number, &sha);
    found(&json!({ "sha": sha, "merged": true, "message": "Pull Request successfully merged" }))
}

/// An open pull request follows its branch.
fn refresh(state: &mut State, index: usize) {
    let Some(pull) = state.pulls.get(index).filter(|pull| pull.open) else { return };
    let head = state.git.head(&pull.head).filter(|_| pull.head_owner == state.owner);
    let now = state.now();
    if let (Some(sha), Some(pull)) = (head, state.pulls.get_mut(index))
        && sha != pull.sha
    {
        pull.sha = sha;
        pull.changed = now;
    }
}

/// The commit where its branch parted from its base, and its head.
fn ends(state: &State, pull: &Pull) -> (String, String) {
    // A merged one keeps the base that it had.
    let merged = pull.merged_as.as_ref().and_then(|id| state.git.commit(id));
    let before = merged.and_then(|commit| commit.parents.first().cloned());
    let base = before.or_else(|| state.git.head(&pull.base)).unwrap_or_default();
    (state.git.merge_base(&base, &pull.sha).unwrap_or(base), pull.sha.clone())
}

fn list(state: &mut State, request: &Request) -> Response {
    for index in 0..state.pulls.len() {
        refresh(state, index);
    }
    let wanted = |pull: &&Pull| {
        let head = format!("{}:{}", pull.head_owner, pull.head);
        let is = match request.asked("state").unwrap_or("open") {
            "all" => true,
            "closed" => !pull.open,
            _ => pull.open,
        };
        // A head without an owner is passed over, as GitHub does.
        let asked = request.asked("head").filter(|asked| asked.contains(':'));
        is && asked.is_none_or(|asked| asked == head)
            && request.asked("base").is_none_or(|base| base == pull.base)
    };
    let all = state.pulls.iter().rev().filter(wanted);
    page(request, all.map(|pull| simple(state, pull)).collect(), None)
}

fn create(state: &mut State, request: &Request) -> Response {
    let body = request.value().unwrap_or_default();
    let own = |key: &str| text(&body, key).map(str::to_owned);
    let (Some(head), Some(base)) = (own("head"), own("base")) else {
        return invalid("PullRequest", "head", "missing_field", "head and base are required");
    };
    let (owner, head) = head.split_once(':').unwrap_or((&state.owner, &head));
    let (owner, head) = (owner.to_owned(), head.to_owned());
    let Some(title) = own("title").filter(|title| !title.is_empty()) else {
        return invalid("PullRequest", "title", "missing_field", "title is required");
    };
    // The branches of forks lie beside ours: all objects of a network are in one store.
    let sha = match owner == state.owner {
        true => state.git.head(&head),
        false => state.git.commit_id(&format!("refs/forks/{owner}/{head}")),
    };
    let Some(sha) = sha else {
        return invalid("PullRequest", "head", "invalid", "head is no branch");
    };
    let Some(target) = state.git.head(&base) else {
        return invalid("PullRequest", "base", "invalid", "base is no branch");
    };
    let same = |pull: &&Pull| {
        pull.open && pull.head_owner == owner && pull.head == head && pull.base == base
    };
    if state.pulls.iter().any(|pull| same(&pull)) {
        let message = format!("A pull request already exists for {owner}:{head}.");
        return invalid("PullRequest", "head", "custom", &message);
    }
    if state.git.between(&target, &sha).is_empty() {
        let message = format!("No commits between {base} and {head}");
        return invalid("PullRequest", "head", "custom", &message);
    }
    let pull = Pull {
        id: state.id(),
        number: state.number(),
        title,
        body: own("body"),
        login: state.login.clone(),
        open: true,
        draft: body.get("draft") == Some(&Value::Bool(true)),
        head: head.clone(),
        head_owner: owner,
        sha,
        base,
        labels: Vec::new(),
        comments: Vec::new(),
        reviews: Vec::new(),
        mergeable: Some(true),
        created: state.now(),
        changed: state.now(),
        merged: None,
        merged_as: None,
        closed: None,
    };
    if state.runs_of_pulls {
        start_run(state, &pull);
    }
    let value = whole(state, &pull);
    state.pulls.push(pull);
    Response::json(201, &value).with("location", value["url"].as_str().unwrap_or_default())
}

/// The run that a workflow has for a pull request, by the plan of all others.
fn start_run(state: &mut State, pull: &Pull) {
    let Some(workflow) = state.workflows.first().map(|workflow| workflow.id) else { return };
    let planned = std::mem::take(&mut state.plans);
    state.plans.push_back(Plan { tamper: None, ..state.plan.clone() });
    state.start(workflow, "pull_request", &pull.head, &pull.title);
    state.plans = planned;
}

fn change(state: &mut State, request: &Request, index: usize) -> Response {
    let now = state.now();
    let body = request.value().unwrap_or_default();
    let word = text(&body, "state").map(str::to_owned);
    let base = text(&body, "base").map(str::to_owned);
    if base.as_ref().is_some_and(|base| state.git.head(base).is_none()) {
        return invalid("PullRequest", "base", "invalid", "base is no branch");
    }
    let Some(pull) = state.pulls.get_mut(index) else { return not_found() };
    match word.as_deref() {
        Some("closed") => {
            pull.closed = pull.closed.or(Some(now));
            pull.open = false;
        }
        Some("open") if pull.merged.is_some() => {
            return refusal(422, "A merged pull request cannot be opened again");
        }
        Some("open") => {
            pull.closed = None;
            pull.open = true;
        }
        Some(_) => return invalid("PullRequest", "state", "invalid", "state is open or closed"),
        None => {}
    }
    pull.changed = now;
    pull.base = base.unwrap_or_else(|| pull.base.clone());
    if let Some(title) = text(&body, "title") {
        pull.title = title.to_owned();
    }
    if let Some(said) = body.get("body") {
        pull.body = said.as_str().map(str::to_owned);
    }
    let pull = pull.clone();
    found(&whole(state, &pull))
}

fn review(state: &State, pull: &Pull, review: &Review) -> Value {
    let page = state.page(format!("pull/{}#pullrequestreview-{}", pull.number, review.id));
    let url = state.api(format!("pulls/{}", pull.number));
    json!({
        "id": review.id,
        "node_id": node("PRR", review.id),
        "user": user(&review.login),
        "body": "",
        "state": review.state,
        "html_url": page,
        "pull_request_url": url,
        "_links": { "html": { "href": page }, "pull_request": { "href": url } },
        "submitted_at": shown(review.submitted),
        "commit_id": review.sha,
        "author_association": "MEMBER",
    })
}

/// A pull request as lists have it.
#[expect(clippy::too_many_lines, reason = "one JSON object")]
fn simple(state: &State, pull: &Pull) -> Value {
    let number = pull.number;
    let url = state.api(format!("pulls/{number}"));
    let issue = state.api(format!("issues/{number}"));
    let page = state.page(format!("pull/{number}"));
    let statuses = state.api(format!("statuses/{}", pull.sha));
    let side = |owner: &str, branch: &str, sha: &str| {
        let kind = if owner == state.owner { "Organization" } else { "User" };
        json!({
            "label": format!("{owner}:{branch}"),
            "ref": branch,
            "sha": sha,
            "user": account(owner, kind),
            "repo": repository(state, owner, &state.repo),
        })
    };
    let base = state.git.head(&pull.base).unwrap_or_else(|| "0".repeat(40));
    let link = |href: &str| json!({ "href": href });
    json!({
        "url": url,
        "id": pull.id,
        "node_id": node("PR", pull.id),
        "html_url": page,
        "diff_url": format!("{page}.diff"),
        "patch_url": format!("{page}.patch"),
        "issue_url": issue,
        "commits_url": format!("{url}/commits"),
        "review_comments_url": format!("{url}/comments"),
        "review_comment_url": state.api("pulls/comments{/number}"),
        "comments_url": format!("{issue}/comments"),
        "statuses_url": statuses,
        "number": number,
        "state": if pull.open { "open" } else { "closed" },
        "locked": false,
        "title": pull.title,
        "user": user(&pull.login),
        "body": pull.body,
        "labels": labels(state, &pull.labels),
        "milestone": null,
        "active_lock_reason": null,
        "created_at": shown(pull.created),
        "updated_at": shown(pull.changed.max(pull.closed.unwrap_or(pull.created))),
        "closed_at": pull.closed.map(shown),
        "merged_at": pull.merged.map(shown),
        "merge_commit_sha": pull.merged_as,
        "assignee": null,
        "assignees": [],
        "requested_reviewers": [],
        "requested_teams": [],
        "head": side(&pull.head_owner, &pull.head, &pull.sha),
        "base": side(&state.owner, &pull.base, &base),
        "_links": {
            "self": link(&url),
            "html": link(&page),
            "issue": link(&issue),
            "comments": link(&format!("{issue}/comments")),
            "review_comments": link(&format!("{url}/comments")),
            "review_comment": link(&state.api("pulls/comments{/number}")),
            "commits": link(&format!("{url}/commits")),
            "statuses": link(&statuses),
        },
        "author_association": "MEMBER",
        "auto_merge": null,
        "draft": pull.draft,
    })
}

/// A pull request by itself.
fn whole(state: &State, pull: &Pull) -> Value {
    let (base, head) = ends(state, pull);
    let files = state.git.files(&base, &head);
    let sum = |of: fn(&(u64, u64)) -> u64| files.iter().map(|file| of(&file.lines)).sum::<u64>();
    let clean = match pull.mergeable {
        Some(true) => "clean",
        Some(false) => "dirty",
        None => "unknown",
    };
    let more = json!({
        "merged": pull.merged.is_some(),
        "mergeable": pull.mergeable,
        "rebaseable": pull.mergeable,
        "mergeable_state": clean,
        "merged_by": null,
        "comments": pull.comments.len(),
        "review_comments": 0,
        "maintainer_can_modify": false,
        "commits": state.git.between(&base, &head).len(),
        "additions": sum(|lines| lines.0),
        "deletions": sum(|lines| lines.1),
        "changed_files": files.len(),
    });
    joined(simple(state, pull), more)
}
