//! The repository itself, its branches and files; and what lies outside of it: users,
//! teams, apps, limits.

use serde_json::{Value, json};

use super::super::http::{Request, Response};
use super::super::shapes::{account, app, commit, joined, path_of, private_user, user};
use super::super::state::{ACTIONS, State};
use super::rules::{is_protected, summary};
use super::{found, not_found, page, refusal, text};

/// What is not below the repository.
pub(super) fn elsewhere(state: &mut State, request: &Request, segments: &[&str]) -> Response {
    match (request.method.as_str(), segments) {
        ("GET", ["user"]) => found(&private_user(&state.login)),
        ("GET", ["rate_limit"]) => rate_limit(state),
        ("GET", ["apps", "github-actions"]) => found(&app(ACTIONS)),
        ("GET", ["orgs", org, "teams", slug, "members"]) if *org == state.owner => {
            members(state, request, slug)
        }
        ("POST", ["graphql"]) => graphql(state, request),
        _ => not_found(),
    }
}

pub(super) fn route(state: &mut State, request: &Request, rest: &[&str]) -> Option<Response> {
    if request.method == "PUT" && rest == ["immutable-releases"] {
        if !state.is_admin() {
            return Some(not_found());
        }
        state.immutable_releases = true;
        return Some(Response::empty(204));
    }
    if request.method != "GET" {
        return None;
    }
    match rest {
        [] => Some(found(&whole(state))),
        ["branches"] => {
            let refs = state.git.refs("refs/heads/");
            let all = refs.iter().filter_map(|(name, sha, _)| {
                let name = name.strip_prefix("refs/heads/")?;
                let url = state.api(format!("commits/{sha}"));
                let protected = is_protected(state, name);
                Some(json!({ "name": name, "commit": { "sha": sha, "url": url }, "protected": protected }))
            });
            Some(page(request, all.collect(), None))
        }
        ["branches", name @ ..] => Some(branch(state, &name.join("/")).unwrap_or_else(not_found)),
        ["contents", path @ ..] => {
            Some(contents(state, request, &path.join("/")).unwrap_or_else(not_found))
        }
        ["collaborators", login, "permission"] => Some(permission(state, login)),
        ["activity"] => Some(match &state.activity {
            Some(all) => page(request, all.clone(), None),
            None => not_found(),
        }),
        ["immutable-releases"] => Some(match state.immutable_releases {
            true => found(&json!({ "enabled": true, "enforced_by_owner": false })),
            false => not_found(),
        }),
        ["attestations", digest] => {
            let bundles = state.attestations.get(*digest).cloned().unwrap_or_default();
            let all = bundles.into_iter().map(|bundle| {
                json!({
                    "bundle": bundle,
                    "repository_id": super::super::shapes::REPOSITORY,
                    "bundle_url": state.api("attestations/bundle"),
                    "initiator": "github-actions",
                })
            });
            Some(found(&json!({ "attestations": all.collect::<Vec<_>>() })))
        }
        _ => None,
    }
}

fn whole(state: &State) -> Value {
    let word = state.permission();
    let at_least = |words: &[&str]| words.contains(&word);
    let push = at_least(&["write", "maintain", "admin"]);
    let more = json!({
        "subscribers_count": 2,
        "network_count": 0,
        "organization": account(&state.owner, "Organization"),
        "permissions": {
            "admin": state.is_admin(),
            "maintain": at_least(&["maintain", "admin"]),
            "push": push,
            "triage": push || word == "triage",
            "pull": true,
        },
    });
    joined(state.own_repository(), more)
}

fn rate_limit(state: &State) -> Response {
    let limit = state.limit;
    let core = json!({
        "limit": limit.most,
        "remaining": limit.left,
        "reset": limit.resets / 1000,
        "used": limit.most - limit.left,
    });
    let search = json!({ "limit": 30, "remaining": 30, "reset": limit.resets / 1000, "used": 0 });
    found(&json!({ "resources": { "core": core, "search": search }, "rate": core }))
}

fn members(state: &State, request: &Request, slug: &str) -> Response {
    let Some(team) = state.teams.get(slug).filter(|team| !team.secret) else {
        return not_found();
    };
    page(request, team.members.iter().map(|login| user(login)).collect(), None)
}

fn permission(state: &State, login: &str) -> Response {
    let Some(word) = state.permissions.get(login) else {
        return refusal(404, &format!("{login} is not a user"));
    };
    let member = joined(user(login), json!({ "role_name": word }));
    found(&json!({ "permission": word, "role_name": word, "user": member }))
}

fn branch(state: &State, name: &str) -> Option<Response> {
    let head = state.git.commit(&state.git.head(name)?)?;
    let url = state.api(format!("branches/{}", path_of(name)));
    Some(found(&json!({
        "name": name,
        "commit": commit(state, &head),
        "_links": { "self": url, "html": state.page(format!("tree/{}", path_of(name))) },
        "protected": is_protected(state, name),
        "protection": summary(state, name),
        "protection_url": format!("{url}/protection"),
    })))
}

fn contents(state: &State, request: &Request, path: &str) -> Option<Response> {
    let sha = state.git.commit_id(request.asked("ref").unwrap_or(&state.default_branch))?;
    let path = path.trim_matches('/');
    let entry = |line: &str| {
        let (meta, path) = line.split_once('\t')?;
        let words: Vec<&str> = meta.split_whitespace().collect();
        let [mode, kind, blob, size] = words[..] else { return None };
        Some(described(state, &sha, (mode, kind, blob, size), path))
    };
    let tree = |path: &str| {
        let arguments = ["--literal-pathspecs", "ls-tree", "-z", "--long", &sha, "--", path];
        state.git.run(if path.is_empty() { &arguments[..5] } else { &arguments })
    };
    let listed = if path.is_empty() { None } else { tree(path) };
    let whole = listed.as_deref().map(|text| text.trim_end_matches('\0')).unwrap_or_default();
    if path.is_empty() || whole.split_whitespace().nth(1) == Some("tree") {
        let below = if path.is_empty() { String::new() } else { format!("{path}/") };
        let text = tree(&below)?;
        let all = text.split_terminator('\0').filter_map(entry);
        return Some(found(&json!(all.collect::<Vec<_>>())));
    }
    let mut one = entry(whole)?;
    let bytes = state.git.file(&sha, path)?;
    if request.header("accept").contains("raw") {
        return Some(Response::bytes("application/vnd.github.raw; charset=utf-8", bytes));
    }
    if one["type"] == "symlink" {
        one["target"] = json!(String::from_utf8_lossy(&bytes));
    } else {
        one["encoding"] = json!("base64");
        one["content"] = json!(base64(&bytes));
    }
    Some(found(&one))
}

fn described(state: &State, sha: &str, entry: (&str, &str, &str, &str), path: &str) -> Value {
    let (mode, kind, blob, size) = entry;
    let word = match (mode, kind) {
        ("120000", _) => "symlink",
        (_, "tree") => "dir",
        (_, "commit") => "submodule",
        _ => "file",
    };
    let url = state.api(format!("contents/{}?ref={sha}", path_of(path)));
    let objects = if kind == "tree" { "trees" } else { "blobs" };
    let git = state.api(format!("git/{objects}/{blob}"));
    let page = state.page(format!("blob/{sha}/{}", path_of(path)));
    let raw = (word == "file").then(|| state.page(format!("raw/{sha}/{}", path_of(path))));
    json!({
        "type": word,
        "size": size.parse::<u64>().unwrap_or_default(),
        "name": path.rsplit('/').next(),
        "path": path,
        "sha": blob,
        "url": url,
        "git_url": git,
        "html_url": page,
        "download_url": raw,
        "_links": { "self": url, "git": git, "html": page },
    })
}

/// Base64 with a line end after each 60 characters, as GitHub sends files.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for (index, group) in bytes.chunks(3).enumerate() {
        let all = [0, 1, 2].map(|at| u32::from(group.get(at).copied().unwrap_or_default()));
        let bits = (all[0] << 16) | (all[1] << 8) | all[2];
        for place in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * place)) as usize & 63];
            text.push(if place <= group.len() { char::from(letter) } else { '=' });
        }
        if index % 15 == 14 {
            text.push('\n');
        }
    }
    text.push('\n');
    text
}

/// The one question of this kind that `gh run watch` asks: the pull request of a branch.
fn graphql(state: &State, request: &Request) -> Response {
    let body = request.value().unwrap_or_default();
    let asked = text(&body, "query").unwrap_or_default();
    if !asked.contains("pullRequests(") {
        let message = "this simulator answers one query only";
        return found(&json!({ "data": null, "errors": [{ "message": message }] }));
    }
    let branch = body.pointer("/variables/headRefName").and_then(Value::as_str);
    let pulls = state.pulls.iter().rev().filter(|pull| Some(pull.head.as_str()) == branch);
    let nodes = pulls.take(1).map(|pull| {
        let owner = json!({ "login": pull.head_owner });
        json!({ "number": pull.number, "headRepository": { "owner": owner, "name": state.repo } })
    });
    let nodes: Vec<_> = nodes.collect();
    found(&json!({ "data": { "repository": { "pullRequests": { "nodes": nodes } } } }))
}
