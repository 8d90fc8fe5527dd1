//! Refs and annotated tags: real ones, in the real repository.

use std::io::Write;
use std::process::Stdio;

use serde_json::{Value, json};

use super::super::clock::shown;
use super::super::git::command;
use super::super::http::{Request, Response};
use super::super::shapes::{node, path_of, unsigned};
use super::super::state::State;
use super::{found, not_found, text, unprocessable};

pub(super) fn route(state: &mut State, request: &Request, rest: &[&str]) -> Option<Response> {
    let ["git", rest @ ..] = rest else { return None };
    let full = |name: &[&str]| format!("refs/{}", name.join("/"));
    match (request.method.as_str(), rest) {
        ("GET", ["ref", name @ ..]) => {
            let name = full(name);
            let object = state.git.object(&name);
            Some(object.map_or_else(not_found, |it| found(&shape(state, &name, &it))))
        }
        ("GET", ["matching-refs", name @ ..]) => {
            let all = state.git.refs(&full(name));
            let all = all.into_iter().map(|(name, sha, kind)| shape(state, &name, &(sha, kind)));
            Some(found(&json!(all.collect::<Vec<_>>())))
        }
        ("POST", ["refs"]) => Some(create(state, request)),
        ("PATCH", ["refs", name @ ..]) => Some(move_to(state, request, &full(name))),
        ("DELETE", ["refs", name @ ..]) => Some(delete(state, &full(name))),
        ("POST", ["tags"]) => Some(create_tag(state, request)),
        ("GET", ["tags", sha]) => {
            Some(tag(state, sha).map_or_else(not_found, |value| found(&value)))
        }
        _ => None,
    }
}

fn shape(state: &State, name: &str, (sha, kind): &(String, String)) -> Value {
    let short = name.strip_prefix("refs/").unwrap_or(name);
    json!({
        "ref": name,
        "node_id": node("REF", name),
        "url": state.api(format!("git/refs/{}", path_of(short))),
        "object": { "sha": sha, "type": kind, "url": state.api(format!("git/{kind}s/{sha}")) },
    })
}

fn create(state: &mut State, request: &Request) -> Response {
    let body = request.value().unwrap_or_default();
    let (Some(name), Some(sha)) = (text(&body, "ref"), text(&body, "sha")) else {
        return unprocessable("Invalid request.\n\n\"ref\" and \"sha\" must be supplied.");
    };
    let form = name.starts_with("refs/") && name.matches('/').count() >= 2;
    if !form || state.git.run(&["check-ref-format", name]).is_none() {
        return unprocessable("Reference name is not well-formed");
    }
    if state.git.object(name).is_some() {
        return unprocessable("Reference already exists");
    }
    if state.git.run(&["update-ref", "--end-of-options", name, sha, ""]).is_none() {
        return unprocessable("Object does not exist");
    }
    let Some(object) = state.git.object(name) else { return not_found() };
    Response::json(201, &shape(state, name, &object))
}

fn move_to(state: &mut State, request: &Request, name: &str) -> Response {
    let body = request.value().unwrap_or_default();
    let Some(sha) = text(&body, "sha") else {
        return unprocessable("Invalid request.\n\n\"sha\" wasn't supplied.");
    };
    let Some((old, _)) = state.git.object(name) else {
        return unprocessable("Reference does not exist");
    };
    let forward = state.git.merge_base(&old, sha).as_deref() == Some(old.as_str());
    if !forward && body.get("force") != Some(&Value::Bool(true)) {
        return unprocessable("Update is not a fast forward");
    }
    if state.git.run(&["update-ref", "--end-of-options", name, sha, &old]).is_none() {
        return unprocessable("Object does not exist");
    }
    let Some(object) = state.git.object(name) else { return not_found() };
    found(&shape(state, name, &object))
}

fn delete(state: &mut State, name: &str) -> Response {
    if state.git.object(name).is_none() {
        return unprocessable("Reference does not exist");
    }
    match state.git.run(&["update-ref", "-d", "--end-of-options", name]) {
        Some(_) => Response::empty(204),
        None => unprocessable("Reference cannot be deleted"),
    }
}

/// Writes the tag's object, and no ref: that is another request.
fn create_tag(state: &mut State, request: &Request) -> Response {
    let body = request.value().unwrap_or_default();
    let part = |key: &str| text(&body, key).map(str::to_owned);
    let all = (part("tag"), part("message"), part("object"), part("type"));
    let (Some(name), Some(message), Some(object), Some(kind)) = all else {
        return unprocessable("Invalid request: tag, message, object and type are required");
    };
    let tagger = body.get("tagger").cloned().unwrap_or_default();
    let person = |key: &str, other: &str| text(&tagger, key).unwrap_or(other).to_owned();
    let who = person("name", &state.login);
    let address = person("email", &format!("{}@users.noreply.github.localhost", state.login));
    let given = text(&tagger, "date").and_then(|date| date.parse::<jiff::Timestamp>().ok());
    let now = i64::try_from(state.now() / 1000).unwrap_or_default();
    let seconds = given.map_or(now, jiff::Timestamp::as_second);
    let content = format!(
        "object {object}\ntype {kind}\ntag {name}\ntagger {who} <{address}> {seconds} +0000\n\n{message}\n"
    );
    let mut making = command(state.git.folder());
    making.arg("mktag").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let Ok(mut child) = making.spawn() else { return unprocessable("git cannot be run") };
    if let Some(mut input) = child.stdin.take() {
        let _ = input.write_all(content.as_bytes());
    }
    let made = child.wait_with_output().ok().filter(|output| output.status.success());
    let sha = made.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    match sha.and_then(|sha| tag(state, &sha)) {
        Some(value) => Response::json(201, &value),
        None => unprocessable("Object does not exist or the tag is not well-formed"),
    }
}

/// An annotated tag by its own id.
fn tag(state: &State, sha: &str) -> Option<Value> {
    if state.git.run(&["cat-file", "-t", sha])? != "tag" {
        return None;
    }
    let content = state.git.run(&["cat-file", "tag", sha])?;
    let (head, message) = content.split_once("\n\n").unwrap_or((&content, ""));
    let line = |key: &str| head.lines().find_map(|line| line.strip_prefix(&format!("{key} ")));
    let (person, time) = line("tagger")?.rsplit_once("> ")?;
    let (name, email) = person.split_once(" <")?;
    let seconds: u64 = time.split(' ').next()?.parse().ok()?;
    let (object, kind) = (line("object")?, line("type")?);
    Some(json!({
        "node_id": node("TA", sha),
        "tag": line("tag")?,
        "sha": sha,
        "url": state.api(format!("git/tags/{sha}")),
        "message": message,
        "tagger": { "name": name, "email": email, "date": shown(seconds * 1000) },
        "object": { "sha": object, "type": kind, "url": state.api(format!("git/{kind}s/{object}")) },
        "verification": unsigned(),
    }))
}
