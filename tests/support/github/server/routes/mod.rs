//! Which request is answered by what.

mod actions;
mod artifacts;
mod checks;
mod commits;
mod issues;
mod pulls;
mod refs;
mod releases;
mod repository;
mod rules;

use serde_json::{Value, json};

use super::artifacts::sha256;
use super::clock;
use super::http::{Request, Response, encoded};
use super::shapes::{API, REPOSITORY};
use super::state::State;

/// Results beyond which GitHub's filtered lists are cut.
const MOST_FOUND: usize = 1000;

/// A family of routes below the repository. A branch's own route takes what no longer one
/// of the rules has taken.
type Family = fn(&mut State, &Request, &[&str]) -> Option<Response>;

const FAMILIES: &[Family] = &[
    actions::route,
    artifacts::route,
    checks::route,
    commits::route,
    issues::route,
    pulls::route,
    refs::route,
    releases::route,
    rules::route,
    repository::route,
];

/// Answers a request, which takes effect.
pub(crate) fn answer(state: &mut State, request: &Request) -> Response {
    let segments: Vec<&str> = request.segments.iter().map(String::as_str).collect();
    let segments = match segments[..] {
        ["api", "v3", ..] => &segments[2..],
        _ => &segments[..],
    };
    if let ["_blobs", rest @ ..] = segments {
        return artifacts::blob(state, rest);
    }
    let Some(login) = asker(state, request) else { return refusal(401, "Bad credentials") };
    let own = std::mem::replace(&mut state.login, login);
    let response = limited(state).unwrap_or_else(|| routed(state, request, segments));
    state.login = own;
    dressed(state, request, response)
}

fn routed(state: &mut State, request: &Request, segments: &[&str]) -> Response {
    let rest = match segments {
        ["repos", owner, repo, rest @ ..] if *owner == state.owner && *repo == state.repo => rest,
        ["repositories", id, rest @ ..] if *id == REPOSITORY.to_string() => rest,
        _ => return repository::elsewhere(state, request, segments),
    };
    let reads = request.method == "GET";
    if !reads && !state.may_write() {
        return refusal(403, "Resource not accessible by personal access token");
    }
    if request.value().is_none() && !rest.ends_with(&["assets"]) {
        return refusal(400, "Problems parsing JSON");
    }
    let found = FAMILIES.iter().find_map(|family| family(state, request, rest));
    found.unwrap_or_else(not_found)
}

/// Whose token a request has.
fn asker(state: &State, request: &Request) -> Option<String> {
    let given = request.header("authorization");
    let token = given.strip_prefix("token ").or(given.strip_prefix("Bearer "))?;
    let own = (token == state.token).then_some(&state.login);
    own.or_else(|| state.others.get(token)).cloned()
}

/// The answer to a request that is one too many.
fn limited(state: &mut State) -> Option<Response> {
    let now = state.now();
    if now >= state.limit.resets {
        state.limit.left = state.limit.most;
        state.limit.resets = now + 3_600_000;
    }
    if state.limit.left == 0 {
        return Some(refusal(403, "API rate limit exceeded for user ID 1."));
    }
    state.limit.left -= 1;
    None
}

/// The answer with the headers that every one has; 304 where nothing changed.
fn dressed(state: &mut State, request: &Request, mut response: Response) -> Response {
    if request.method == "GET" && response.status == 200 {
        let digest = sha256(&response.body);
        let etag = format!("W/\"{digest}\"");
        if request.header("if-none-match") == etag {
            response = Response::empty(304);
            state.limit.left = (state.limit.left + 1).min(state.limit.most);
        }
        response = response.with("etag", etag);
    }
    let limit = state.limit;
    let number = state.seen.len() + 1;
    response
        .with("date", clock::header(state.now()))
        .with("server", "github.com")
        .with("x-github-media-type", "github.v3; format=json")
        .with("x-github-request-id", format!("C0DE:{number:04X}"))
        .with("x-ratelimit-limit", limit.most.to_string())
        .with("x-ratelimit-remaining", limit.left.to_string())
        .with("x-ratelimit-reset", (limit.resets / 1000).to_string())
        .with("x-ratelimit-used", (limit.most - limit.left).to_string())
        .with("x-ratelimit-resource", "core")
}

/// A body with the status 200.
fn found(body: &Value) -> Response {
    Response::json(200, body)
}

/// An error in the usual form.
pub(crate) fn refusal(status: u16, message: &str) -> Response {
    let documentation = "https://docs.github.com/rest";
    let body = json!({
        "message": message, "documentation_url": documentation, "status": status.to_string(),
    });
    Response::json(status, &body)
}

fn not_found() -> Response {
    refusal(404, "Not Found")
}

/// What is said of a body that is JSON but makes no sense.
fn invalid(resource: &str, field: &str, code: &str, message: &str) -> Response {
    let body = json!({
        "message": "Validation Failed",
        "documentation_url": "https://docs.github.com/rest",
        "errors": [{ "resource": resource, "field": field, "code": code, "message": message }],
    });
    Response::json(422, &body)
}

/// What is said of a body that is refused as a whole.
fn unprocessable(message: &str) -> Response {
    let body = json!({ "message": message, "documentation_url": "https://docs.github.com/rest" });
    Response::json(422, &body)
}

/// One page of a list; with the list's name where it is wrapped.
fn page(request: &Request, all: Vec<Value>, key: Option<&str>) -> Response {
    let number = |name: &str, other: usize| {
        request.asked(name).and_then(|text| text.parse().ok()).unwrap_or(other).max(1)
    };
    let size = number("per_page", 30).min(100);
    let current = number("page", 1);
    let total = all.len();
    let last = total.div_ceil(size).max(1);
    let items: Vec<Value> = all.into_iter().skip((current - 1) * size).take(size).collect();
    let body = match key {
        Some(key) => json!({ "total_count": total, key: items }),
        None => json!(items),
    };
    let mut links = Vec::new();
    if current > 1 {
        links.push(link(request, current - 1, "prev"));
    }
    if current < last {
        links.push(link(request, current + 1, "next"));
        links.push(link(request, last, "last"));
    }
    if current > 1 {
        links.push(link(request, 1, "first"));
    }
    let response = found(&body);
    if links.is_empty() { response } else { response.with("link", links.join(", ")) }
}

/// GitHub's links name the repository by its number.
fn link(request: &Request, page: usize, relation: &str) -> String {
    let path = match &request.segments[..] {
        [first, _, _, rest @ ..] if first == "repos" => {
            format!("repositories/{REPOSITORY}/{}", super::shapes::path_of(&rest.join("/")))
        }
        all => super::shapes::path_of(&all.join("/")),
    };
    let others = request.query.iter().filter(|(name, _)| *name != "page");
    let query: String = others.map(|(name, value)| format!("{name}={}&", encoded(value))).collect();
    format!("<{API}/{path}?{query}page={page}>; rel=\"{relation}\"")
}

/// A text of a body.
fn text<'a>(body: &'a Value, key: &str) -> Option<&'a str> {
    body.get(key).and_then(Value::as_str)
}

/// Texts of a body's list.
fn texts(body: &Value, key: &str) -> Vec<String> {
    let all = body.get(key).and_then(Value::as_array).into_iter().flatten();
    all.filter_map(|value| value.as_str().or_else(|| text(value, "name")))
        .map(str::to_owned)
        .collect()
}
