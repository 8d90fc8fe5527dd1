//! Artifacts of runs, and the other host from which their bytes come.

use serde_json::{Value, json};

use super::super::artifacts::{Artifact, KEPT, sha256};
use super::super::clock::shown;
use super::super::http::{Request, Response};
use super::super::shapes::{REPOSITORY, node};
use super::super::state::State;
use super::{found, not_found, page, refusal};

/// How long an address of a blob is good.
const MINUTE: u64 = 60_000;

pub(super) fn route(state: &mut State, request: &Request, rest: &[&str]) -> Option<Response> {
    if request.method != "GET" {
        return None;
    }
    match rest {
        ["actions", "artifacts"] => Some(list(state, request, &|_| true)),
        ["actions", "runs", id, "artifacts"] => {
            let id: u64 = id.parse().ok()?;
            Some(list(state, request, &|artifact| artifact.run == id))
        }
        ["actions", "artifacts", id] => {
            Some(one(state, id).map_or_else(not_found, |it| found(&shape(state, it))))
        }
        ["actions", "artifacts", id, "zip"] => {
            let Some(artifact) = one(state, id) else { return Some(not_found()) };
            if state.is_expired(artifact) {
                return Some(refusal(410, "Artifact has expired"));
            }
            let until = state.now() + MINUTE;
            let signature = signature(artifact.id, until);
            let location = format!(
                "https://blobs.githubusercontent.localhost/_blobs/{}/{until}/{signature}",
                artifact.id
            );
            Some(Response::empty(302).with("location", location))
        }
        _ => None,
    }
}

fn signature(id: u64, until: u64) -> String {
    sha256(format!("{id} until {until}").as_bytes()).get(..24).unwrap_or_default().to_owned()
}

/// What the other host answers, which knows nothing of tokens.
pub(super) fn blob(state: &State, rest: &[&str]) -> Response {
    let [id, until, given] = rest else { return not_found() };
    let (Some(artifact), Ok(until)) = (one(state, id), until.parse()) else { return not_found() };
    if state.now() > until || *given != signature(artifact.id, until) {
        return refusal(403, "Server failed to authenticate the request.");
    }
    Response::bytes("application/zip", artifact.bytes.clone())
}

fn one<'a>(state: &'a State, id: &str) -> Option<&'a Artifact> {
    state.artifacts.iter().find(|artifact| artifact.id.to_string() == id)
}

fn list(state: &State, request: &Request, ours: &dyn Fn(&Artifact) -> bool) -> Response {
    let named = |artifact: &Artifact| request.asked("name").is_none_or(|it| it == artifact.name);
    let all = state.artifacts.iter().filter(|artifact| ours(artifact) && named(artifact));
    page(request, all.map(|artifact| shape(state, artifact)).collect(), Some("artifacts"))
}

fn shape(state: &State, artifact: &Artifact) -> Value {
    let url = state.api(format!("actions/artifacts/{}", artifact.id));
    json!({
        "id": artifact.id,
        "node_id": node("AR", artifact.id),
        "name": artifact.name,
        "size_in_bytes": artifact.size,
        "url": url,
        "archive_download_url": format!("{url}/zip"),
        "expired": state.is_expired(artifact),
        "digest": artifact.digest,
        "created_at": shown(artifact.created),
        "updated_at": shown(artifact.created),
        "expires_at": shown(artifact.created + KEPT),
        "workflow_run": {
            "id": artifact.run,
            "repository_id": REPOSITORY,
            "head_repository_id": REPOSITORY,
            "head_branch": artifact.branch,
            "head_sha": artifact.sha,
        },
    })
}
