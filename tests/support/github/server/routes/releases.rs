//! Releases and their files.

use serde_json::{Value, json};

use super::super::artifacts::sha256;
use super::super::clock::shown;
use super::super::http::{Request, Response, encoded};
use super::super::records::{Asset, Release};
use super::super::shapes::{API, node, user};
use super::super::state::State;
use super::{found, invalid, not_found, page, text};

const UPLOADS: &str = "http://uploads.github.localhost";

pub(super) fn route(state: &mut State, request: &Request, rest: &[&str]) -> Option<Response> {
    let ["releases", rest @ ..] = rest else { return None };
    match (request.method.as_str(), rest) {
        ("GET", []) => {
            let writes = state.may_write();
            let all = state.releases.iter().rev().filter(|release| writes || !release.draft);
            Some(page(request, all.map(|it| shape(state, it)).collect(), None))
        }
        ("POST", []) => Some(create(state, request)),
        ("GET", ["tags", name @ ..]) => {
            let name = name.join("/");
            let one = state.releases.iter().find(|it| it.tag == name && !it.draft);
            Some(one.map_or_else(not_found, |it| found(&shape(state, it))))
        }
        ("GET", ["assets", id]) => Some(download(state, request, id)),
        (method, [id, rest @ ..]) => {
            let at = state.releases.iter().position(|release| release.id.to_string() == **id);
            let Some(index) = at else { return Some(not_found()) };
            of_one(state, request, method, index, rest)
        }
        _ => None,
    }
}

fn of_one(
    state: &mut State,
    request: &Request,
    method: &str,
    index: usize,
    rest: &[&str],
) -> Option<Response> {
    let release = state.releases.get(index)?.clone();
    match (method, rest) {
        ("GET", []) => Some(found(&shape(state, &release))),
        ("PATCH", []) => Some(change(state, request, index, release)),
        ("DELETE", []) => {
            if release.immutable {
                state.burnt_tags.insert(release.tag);
            }
            state.releases.remove(index);
            Some(Response::empty(204))
        }
        ("GET", ["assets"]) => {
            let all = release.assets.iter().map(|it| asset(state, &release, it));
            Some(page(request, all.collect(), None))
        }
        ("POST", ["assets"]) => Some(upload(state, request, index, &release)),
        _ => None,
    }
}

fn create(state: &mut State, request: &Request) -> Response {
    let body = request.value().unwrap_or_default();
    let Some(tag) = text(&body, "tag_name").filter(|tag| !tag.is_empty()) else {
        return invalid("Release", "tag_name", "missing_field", "tag_name is required");
    };
    let blank = Release {
        id: state.id(),
        tag: tag.to_owned(),
        target: state.default_branch.clone(),
        name: None,
        body: None,
        draft: true,
        prerelease: false,
        immutable: false,
        assets: Vec::new(),
        login: state.login.clone(),
        created: state.now(),
        published: None,
    };
    if state.releases.iter().any(|old| old.tag == tag && !old.draft) {
        return invalid("Release", "tag_name", "already_exists", "the tag has a release");
    }
    let draft = body.get("draft") == Some(&Value::Bool(true));
    match filled(state, blank, &body, draft) {
        Ok(release) => {
            let value = shape(state, &release);
            state.releases.push(release);
            Response::json(201, &value)
        }
        Err(refused) => *refused,
    }
}

fn change(state: &mut State, request: &Request, index: usize, old: Release) -> Response {
    let body = request.value().unwrap_or_default();
    let other_tag = text(&body, "tag_name").is_some_and(|tag| tag != old.tag);
    if old.immutable && (other_tag || body.get("draft") == Some(&Value::Bool(true))) {
        return invalid("Release", "tag_name", "custom", "the release is immutable");
    }
    let draft = body.get("draft").and_then(Value::as_bool).unwrap_or(old.draft);
    match filled(state, old, &body, draft) {
        Ok(release) => {
            let value = shape(state, &release);
            state.releases[index] = release;
            found(&value)
        }
        Err(refused) => *refused,
    }
}

/// A release with what a body says of it; published where it is no draft any more.
fn filled(
    state: &mut State,
    mut release: Release,
    body: &Value,
    draft: bool,
) -> Result<Release, Box<Response>> {
    let own = |key: &str| text(body, key).map(str::to_owned);
    if own("body").is_some_and(|text| text.chars().count() > 125_000) {
        let message = "body is too long (maximum is 125000 characters)";
        return Err(Box::new(invalid("Release", "body", "custom", message)));
    }
    release.tag = own("tag_name").unwrap_or(release.tag);
    release.target = own("target_commitish").unwrap_or(release.target);
    release.name = own("name").or(release.name);
    release.body = own("body").or(release.body);
    let flag = body.get("prerelease").and_then(Value::as_bool);
    release.prerelease = flag.unwrap_or(release.prerelease);
    if release.draft && !draft {
        publish(state, &mut release)?;
    }
    release.draft = draft;
    Ok(release)
}

/// A tag that is there stays where it is, whatever the release's target says.
fn publish(state: &mut State, release: &mut Release) -> Result<(), Box<Response>> {
    let refused = |message: &str| Err(Box::new(invalid("Release", "tag_name", "custom", message)));
    if state.burnt_tags.contains(&release.tag) {
        return refused("tag_name was used by an immutable release");
    }
    let name = format!("refs/tags/{}", release.tag);
    if state.git.object(&name).is_none() {
        let Some(sha) = state.git.commit_id(&release.target) else {
            return refused("target_commitish is invalid");
        };
        if state.git.run(&["update-ref", "--end-of-options", &name, &sha, ""]).is_none() {
            return refused("tag_name is not a valid tag");
        }
    }
    release.published = Some(state.now());
    release.immutable = state.immutable_releases;
    Ok(())
}

fn upload(state: &mut State, request: &Request, index: usize, release: &Release) -> Response {
    let Some(name) = request.asked("name").map(str::to_owned) else {
        return invalid("ReleaseAsset", "name", "missing_field", "name is required");
    };
    if release.immutable {
        return invalid("ReleaseAsset", "release", "custom", "the release is immutable");
    }
    if release.assets.iter().any(|asset| asset.name == name) {
        return invalid("ReleaseAsset", "name", "already_exists", "there is such an asset");
    }
    let new = Asset {
        id: state.id(),
        name,
        kind: request.header("content-type").to_owned(),
        digest: Some(format!("sha256:{}", sha256(&request.body))),
        bytes: request.body.clone(),
        created: state.now(),
    };
    let value = asset(state, release, &new);
    state.releases[index].assets.push(new);
    Response::json(201, &value)
}

fn download(state: &State, request: &Request, id: &str) -> Response {
    let both = state.releases.iter().find_map(|release| {
        let asset = release.assets.iter().find(|asset| asset.id.to_string() == id)?;
        Some((release, asset))
    });
    let Some((release, one)) = both else { return not_found() };
    if request.header("accept").contains("octet-stream") {
        return Response::bytes("application/octet-stream", one.bytes.clone());
    }
    found(&asset(state, release, one))
}

fn asset(state: &State, release: &Release, asset: &Asset) -> Value {
    let name = encoded(&asset.name);
    json!({
        "id": asset.id,
        "node_id": node("RA", asset.id),
        "url": state.api(format!("releases/assets/{}", asset.id)),
        "browser_download_url": state.page(format!("releases/download/{}/{name}", release.tag)),
        "name": asset.name,
        "label": null,
        "state": "uploaded",
        "content_type": asset.kind,
        "size": asset.bytes.len(),
        "digest": asset.digest,
        "download_count": 0,
        "created_at": shown(asset.created),
        "updated_at": shown(asset.created),
        "uploader": user(&release.login),
    })
}

fn shape(state: &State, release: &Release) -> Value {
    let url = state.api(format!("releases/{}", release.id));
    let uploads = url.replacen(API, UPLOADS, 1);
    json!({
        "id": release.id,
        "node_id": node("RE", release.id),
        "url": url,
        "html_url": state.page(format!("releases/tag/{}", release.tag)),
        "assets_url": format!("{url}/assets"),
        "upload_url": format!("{uploads}/assets{{?name,label}}"),
        "tarball_url": state.api(format!("tarball/{}", release.tag)),
        "zipball_url": state.api(format!("zipball/{}", release.tag)),
        "tag_name": release.tag,
        "target_commitish": release.target,
        "name": release.name,
        "body": release.body,
        "draft": release.draft,
        "prerelease": release.prerelease,
        "immutable": release.immutable,
        "created_at": shown(release.created),
        "published_at": release.published.map(shown),
        "updated_at": shown(release.published.unwrap_or(release.created)),
        "author": user(&release.login),
        "assets": release.assets.iter().map(|it| asset(state, release, it)).collect::<Vec<_>>(),
    })
}
