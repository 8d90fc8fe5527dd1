//! Commits, and what lies between two of them.

use serde_json::{Value, json};

use super::super::http::{Request, Response};
use super::super::shapes::{commit, file, joined, node, unsigned};
use super::super::state::State;
use super::{found, not_found, page, unprocessable};

/// Commits that a comparison names at most.
const MOST_COMMITS: usize = 250;
/// Files that a comparison or commit names at most.
const MOST_FILES: usize = 300;

pub(super) fn route(state: &mut State, request: &Request, rest: &[&str]) -> Option<Response> {
    if request.method != "GET" {
        return None;
    }
    match rest {
        ["commits"] => Some(list(state, request)),
        ["commits", name @ ..]
            if !matches!(name.last(), Some(&("check-runs" | "check-suites" | "status"))) =>
        {
            Some(one(state, &name.join("/")))
        }
        ["compare", range @ ..] => Some(compare(state, &range.join("/"))),
        ["git", "commits", sha] => {
            Some(plain(state, sha).map_or_else(not_found, |value| found(&value)))
        }
        _ => None,
    }
}

fn list(state: &State, request: &Request) -> Response {
    let from = request.asked("sha").unwrap_or(&state.default_branch);
    let Some(from) = state.git.commit_id(from) else { return not_found() };
    let ids = state.git.run(&["rev-list", "--max-count=1000", &from, "--"]).unwrap_or_default();
    let all = ids.lines().filter_map(|id| state.git.commit(id));
    page(request, all.map(|it| commit(state, &it)).collect(), None)
}

fn one(state: &State, name: &str) -> Response {
    let known = state.git.commit_id(name).and_then(|sha| state.git.commit(&sha));
    let Some(known) = known else {
        return unprocessable(&format!("No commit found for SHA: {name}"));
    };
    let files = match known.parents.first() {
        Some(parent) => state.git.files(parent, &known.sha),
        None => Vec::new(),
    };
    let (added, removed) =
        files.iter().fold((0, 0), |(a, r), file| (a + file.lines.0, r + file.lines.1));
    let files = files.iter().take(MOST_FILES).map(|it| file(state, &known.sha, it));
    let more = json!({
        "stats": { "total": added + removed, "additions": added, "deletions": removed },
        "files": files.collect::<Vec<_>>(),
    });
    found(&joined(commit(state, &known), more))
}

fn compare(state: &State, range: &str) -> Response {
    let id = |name: &str| {
        let own = name.strip_prefix(&format!("{}:", state.owner)).unwrap_or(name);
        state.git.commit_id(own)
    };
    let parts = range.split_once("...").and_then(|(base, head)| Some((id(base)?, id(head)?)));
    let Some((base, head)) = parts else { return not_found() };
    let Some(parting) = state.git.merge_base(&base, &head) else { return not_found() };
    let (Some(first), Some(common)) = (state.git.commit(&base), state.git.commit(&parting)) else {
        return not_found();
    };
    let ahead = state.git.between(&base, &head);
    let behind = state.git.between(&head, &base).len();
    let status = match (ahead.len(), behind) {
        (0, 0) => "identical",
        (_, 0) => "ahead",
        (0, _) => "behind",
        _ => "diverged",
    };
    let files = state.git.files(&parting, &head);
    let files = files.iter().take(MOST_FILES).map(|it| file(state, &head, it));
    let shown = super::super::shapes::path_of(range);
    let page = state.page(format!("compare/{shown}"));
    let commits = ahead.iter().take(MOST_COMMITS).map(|it| commit(state, it));
    found(&json!({
        "url": state.api(format!("compare/{shown}")),
        "html_url": page,
        "permalink_url": state.page(format!("compare/{base}...{head}")),
        "diff_url": format!("{page}.diff"),
        "patch_url": format!("{page}.patch"),
        "base_commit": commit(state, &first),
        "merge_base_commit": commit(state, &common),
        "status": status,
        "ahead_by": ahead.len(),
        "behind_by": behind,
        "total_commits": ahead.len(),
        "commits": commits.collect::<Vec<_>>(),
        "files": files.collect::<Vec<_>>(),
    }))
}

/// A commit as the git database has it.
fn plain(state: &State, sha: &str) -> Option<Value> {
    let known = state.git.commit(sha).filter(|known| known.sha == sha)?;
    let person =
        |[name, email, date]: &[String; 3]| json!({ "name": name, "email": email, "date": date });
    let parents = known.parents.iter().map(|parent| {
        json!({
            "sha": parent,
            "url": state.api(format!("git/commits/{parent}")),
            "html_url": state.page(format!("commit/{parent}")),
        })
    });
    Some(json!({
        "sha": sha,
        "node_id": node("C", sha),
        "url": state.api(format!("git/commits/{sha}")),
        "html_url": state.page(format!("commit/{sha}")),
        "author": person(&known.author),
        "committer": person(&known.committer),
        "message": known.message,
        "tree": { "sha": known.tree, "url": state.api(format!("git/trees/{}", known.tree)) },
        "parents": parents.collect::<Vec<_>>(),
        "verification": unsigned(),
    }))
}
