//! Bodies that several routes share, in the form of GitHub's contract.

use serde_json::{Map, Value, json};

use super::artifacts::sha256;
use super::clock::shown;
use super::git::{Changed, Commit};
use super::state::{ACTIONS, State};

/// Where the API is.
pub(crate) const API: &str = "http://api.github.localhost";
/// Where the pages for people are.
pub(crate) const PAGES: &str = "http://github.localhost";
/// The repository's id.
pub(crate) const REPOSITORY: u64 = 1_296_269;

/// An opaque id that no test should read.
pub(crate) fn node(kind: &str, id: impl std::fmt::Display) -> String {
    format!("{kind}_{}", sha256(format!("{kind} {id}").as_bytes()).get(..16).unwrap_or_default())
}

/// A number for a name, always the same.
pub(crate) fn number_of(name: &str) -> u64 {
    let digest = sha256(name.as_bytes());
    u64::from_str_radix(digest.get(..6).unwrap_or_default(), 16).unwrap_or_default()
}

/// The first keys and values, then the second.
pub(crate) fn joined(first: Value, second: Value) -> Value {
    let mut keys: Map<String, Value> = first.as_object().cloned().unwrap_or_default();
    keys.extend(second.as_object().cloned().unwrap_or_default());
    Value::Object(keys)
}

/// A user, or an organisation.
pub(crate) fn account(login: &str, kind: &str) -> Value {
    let api = format!("{API}/users/{login}");
    json!({
        "login": login,
        "id": number_of(login),
        "node_id": node("U", login),
        "avatar_url": format!("{PAGES}/avatars/{login}"),
        "gravatar_id": "",
        "url": api,
        "html_url": format!("{PAGES}/{login}"),
        "followers_url": format!("{api}/followers"),
        "following_url": format!("{api}/following{{/other_user}}"),
        "gists_url": format!("{api}/gists{{/gist_id}}"),
        "starred_url": format!("{api}/starred{{/owner}}{{/repo}}"),
        "subscriptions_url": format!("{api}/subscriptions"),
        "organizations_url": format!("{api}/orgs"),
        "repos_url": format!("{api}/repos"),
        "events_url": format!("{api}/events{{/privacy}}"),
        "received_events_url": format!("{api}/received_events"),
        "type": kind,
        "site_admin": false,
    })
}

/// A user.
pub(crate) fn user(login: &str) -> Value {
    account(login, if login.ends_with("[bot]") { "Bot" } else { "User" })
}

/// The user that the token belongs to.
pub(crate) fn private_user(login: &str) -> Value {
    let more = json!({
        "name": login, "company": null, "blog": null, "location": null, "email": null,
        "hireable": null, "bio": null, "twitter_username": null, "public_repos": 2,
        "public_gists": 0, "followers": 3, "following": 1, "created_at": shown(0),
        "updated_at": shown(0), "private_gists": 0, "total_private_repos": 1,
        "owned_private_repos": 1, "disk_usage": 1, "collaborators": 1,
        "two_factor_authentication": true,
    });
    joined(user(login), more)
}

/// A repository, with the keys that all three forms of it have.
pub(crate) fn repository(state: &State, owner: &str, name: &str) -> Value {
    let api = format!("{API}/repos/{owner}/{name}");
    let page = format!("{PAGES}/{owner}/{name}");
    let ours = owner == state.owner && name == state.repo;
    let id = if ours { REPOSITORY } else { number_of(&format!("{owner}/{name}")) };
    let mut value = json!({
        "id": id,
        "node_id": node("R", id),
        "name": name,
        "full_name": format!("{owner}/{name}"),
        "owner": account(owner, if ours { "Organization" } else { "User" }),
        "private": false,
        "description": null,
        "fork": !ours,
        "url": api,
        "html_url": page,
        "git_url": format!("git://github.localhost/{owner}/{name}.git"),
        "ssh_url": format!("git@github.localhost:{owner}/{name}.git"),
        "clone_url": format!("{page}.git"),
        "svn_url": page,
        "mirror_url": null,
        "homepage": null,
        "language": null,
        "license": null,
        "default_branch": state.default_branch,
        "visibility": "public",
        "pushed_at": shown(0),
        "created_at": shown(0),
        "updated_at": shown(0),
    });
    for flag in ["archived", "disabled", "has_pages", "has_wiki", "has_downloads"] {
        value[flag] = json!(false);
    }
    for flag in ["has_issues", "has_projects", "has_discussions"] {
        value[flag] = json!(true);
    }
    for count in ["forks", "open_issues", "watchers"] {
        value[count] = json!(0);
        value[format!("{count}_count")] = json!(0);
    }
    value["stargazers_count"] = json!(0);
    value["size"] = json!(108);
    for (key, rest) in URLS {
        value[format!("{key}_url")] = json!(format!("{api}/{rest}"));
    }
    value
}

const URLS: &[(&str, &str)] = &[
    ("archive", "{archive_format}{/ref}"),
    ("assignees", "assignees{/user}"),
    ("blobs", "git/blobs{/sha}"),
    ("branches", "branches{/branch}"),
    ("collaborators", "collaborators{/collaborator}"),
    ("comments", "comments{/number}"),
    ("commits", "commits{/sha}"),
    ("compare", "compare/{base}...{head}"),
    ("contents", "contents/{+path}"),
    ("contributors", "contributors"),
    ("deployments", "deployments"),
    ("downloads", "downloads"),
    ("events", "events"),
    ("forks", "forks"),
    ("git_commits", "git/commits{/sha}"),
    ("git_refs", "git/refs{/sha}"),
    ("git_tags", "git/tags{/sha}"),
    ("hooks", "hooks"),
    ("issue_comment", "issues/comments{/number}"),
    ("issue_events", "issues/events{/number}"),
    ("issues", "issues{/number}"),
    ("keys", "keys{/key_id}"),
    ("labels", "labels{/name}"),
    ("languages", "languages"),
    ("merges", "merges"),
    ("milestones", "milestones{/number}"),
    ("notifications", "notifications{?since,all,participating}"),
    ("pulls", "pulls{/number}"),
    ("releases", "releases{/id}"),
    ("stargazers", "stargazers"),
    ("statuses", "statuses/{sha}"),
    ("subscribers", "subscribers"),
    ("subscription", "subscription"),
    ("tags", "tags"),
    ("teams", "teams"),
    ("trees", "git/trees{/sha}"),
];

impl State {
    /// The API's address of something of the repository.
    pub(crate) fn api(&self, rest: impl std::fmt::Display) -> String {
        format!("{API}/repos/{}/{}/{rest}", self.owner, self.repo)
    }

    /// The page of something of the repository.
    pub(crate) fn page(&self, rest: impl std::fmt::Display) -> String {
        format!("{PAGES}/{}/{}/{rest}", self.owner, self.repo)
    }

    /// The repository itself.
    pub(crate) fn own_repository(&self) -> Value {
        repository(self, &self.owner, &self.repo)
    }
}

/// A commit, as the routes of commits, branches and pull requests have it.
pub(crate) fn commit(state: &State, commit: &Commit) -> Value {
    let person =
        |[name, email, date]: &[String; 3]| json!({ "name": name, "email": email, "date": date });
    let account_of = |[_, email, _]: &[String; 3]| state.accounts.get(email).map(|it| user(it));
    let sha = &commit.sha;
    let parents = commit.parents.iter().map(|parent| {
        json!({
            "sha": parent,
            "url": state.api(format!("commits/{parent}")),
            "html_url": state.page(format!("commit/{parent}")),
        })
    });
    json!({
        "sha": sha,
        "node_id": node("C", sha),
        "url": state.api(format!("commits/{sha}")),
        "html_url": state.page(format!("commit/{sha}")),
        "comments_url": state.api(format!("commits/{sha}/comments")),
        "commit": {
            "url": state.api(format!("git/commits/{sha}")),
            "author": person(&commit.author),
            "committer": person(&commit.committer),
            "message": commit.message,
            "comment_count": 0,
            "tree": { "sha": commit.tree, "url": state.api(format!("git/trees/{}", commit.tree)) },
            "verification": unsigned(),
        },
        "author": account_of(&commit.author),
        "committer": account_of(&commit.committer),
        "parents": parents.collect::<Vec<_>>(),
    })
}

/// What is said of something that nobody signed.
pub(crate) fn unsigned() -> Value {
    json!({
        "verified": false, "reason": "unsigned", "payload": null, "signature": null,
        "verified_at": null,
    })
}

/// A commit, as runs and check suites have it.
pub(crate) fn simple_commit(commit: &Commit) -> Value {
    let person = |[name, email, _]: &[String; 3]| json!({ "name": name, "email": email });
    json!({
        "id": commit.sha,
        "tree_id": commit.tree,
        "message": commit.message,
        "timestamp": commit.committer[2],
        "author": person(&commit.author),
        "committer": person(&commit.committer),
    })
}

/// A file that a patch changes.
pub(crate) fn file(state: &State, sha: &str, changed: &Changed) -> Value {
    let path = &changed.path;
    let (added, removed) = changed.lines;
    let mut value = json!({
        "sha": changed.blob,
        "filename": path,
        "status": changed.status,
        "additions": added,
        "deletions": removed,
        "changes": added + removed,
        "blob_url": state.page(format!("blob/{sha}/{}", path_of(path))),
        "raw_url": state.page(format!("raw/{sha}/{}", path_of(path))),
        "contents_url": state.api(format!("contents/{}?ref={sha}", path_of(path))),
    });
    if let Some(before) = &changed.before {
        value["previous_filename"] = json!(before);
    }
    value
}

/// A path as a part of an address.
pub(crate) fn path_of(path: &str) -> String {
    let parts: Vec<_> = path.split('/').map(super::http::encoded).collect();
    parts.join("/")
}

/// An app that posts checks.
pub(crate) fn app(id: u64) -> Value {
    let actions = id == ACTIONS;
    let slug = if actions { "github-actions".to_owned() } else { format!("app-{id}") };
    json!({
        "id": id,
        "slug": slug,
        "node_id": node("A", id),
        "owner": account(if actions { "github" } else { "someone" }, "Organization"),
        "name": if actions { "GitHub Actions".to_owned() } else { slug.clone() },
        "description": null,
        "external_url": format!("{PAGES}/features/{slug}"),
        "html_url": format!("{PAGES}/apps/{slug}"),
        "created_at": shown(0),
        "updated_at": shown(0),
        "permissions": { "checks": "write", "metadata": "read", "contents": "read" },
        "events": ["check_run"],
    })
}

/// Labels of an issue or a pull request.
pub(crate) fn labels(state: &State, names: &[String]) -> Vec<Value> {
    let label = |name: &String| {
        json!({
            "id": number_of(name),
            "node_id": node("L", name),
            "url": state.api(format!("labels/{}", super::http::encoded(name))),
            "name": name,
            "description": "",
            "color": "ededed",
            "default": false,
        })
    };
    names.iter().map(label).collect()
}
