//! What the server keeps, one kind after another.

use std::collections::BTreeMap;

use serde_json::Value;

/// A request, and what came of it.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// GET, POST, …
    pub(crate) method: String,
    /// Path with query.
    pub(crate) path: String,
    /// The host that was asked for.
    pub(crate) host: String,
    /// Whether a token was with it.
    pub(crate) token: bool,
    /// What was sent.
    pub(crate) body: Vec<u8>,
    /// The status that was answered; none where the connection ended without.
    pub(crate) status: Option<u16>,
    /// The JSON that was answered.
    pub(crate) answer: Option<Value>,
    /// The server's time.
    pub(crate) at: u64,
}

/// The primary limit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limit {
    /// Requests in an hour.
    pub(crate) most: u64,
    /// Requests that are left.
    pub(crate) left: u64,
    /// When there are new ones.
    pub(crate) resets: u64,
}

/// A team of the organisation.
#[derive(Clone, Debug, Default)]
pub(crate) struct Team {
    /// Logins.
    pub(crate) members: Vec<String>,
    /// That the token may not see it.
    pub(crate) secret: bool,
}

/// A workflow.
#[derive(Clone, Debug)]
pub(crate) struct Workflow {
    /// Its id.
    pub(crate) id: u64,
    /// Its name.
    pub(crate) name: String,
    /// Its file.
    pub(crate) path: String,
    /// `active`, `disabled_manually`, …
    pub(crate) state: String,
    /// The inputs that it declares.
    pub(crate) inputs: Vec<String>,
}

impl Workflow {
    /// An active workflow with the input `nonce`.
    pub(crate) fn new(id: u64, name: &str, path: &str) -> Self {
        let (name, path) = (name.to_owned(), path.to_owned());
        Self { id, name, path, state: "active".to_owned(), inputs: vec!["nonce".to_owned()] }
    }

    /// The title of a run that is dispatched with these inputs.
    pub(crate) fn title(&self, inputs: &BTreeMap<String, String>) -> String {
        let nonce = inputs.get("nonce").filter(|nonce| !nonce.is_empty());
        nonce.map_or_else(|| self.name.clone(), |nonce| format!("ORR {nonce}"))
    }
}

/// A review of a pull request.
#[derive(Clone, Debug)]
pub(crate) struct Review {
    /// Its id.
    pub(crate) id: u64,
    /// Who wrote it.
    pub(crate) login: String,
    /// `APPROVED`, `CHANGES_REQUESTED`, `COMMENTED`, `DISMISSED`.
    pub(crate) state: String,
    /// The commit that it is of.
    pub(crate) sha: String,
    /// When.
    pub(crate) submitted: u64,
}

/// A comment.
#[derive(Clone, Debug)]
pub(crate) struct Comment {
    /// Its id.
    pub(crate) id: u64,
    /// Who wrote it.
    pub(crate) login: String,
    /// What it says.
    pub(crate) body: String,
    /// When.
    pub(crate) created: u64,
}

/// An issue.
#[derive(Clone, Debug)]
pub(crate) struct Issue {
    /// Its id.
    pub(crate) id: u64,
    /// Its number.
    pub(crate) number: u64,
    /// Its title.
    pub(crate) title: String,
    /// What it says.
    pub(crate) body: Option<String>,
    /// Who wrote it.
    pub(crate) login: String,
    /// Whether it is open.
    pub(crate) open: bool,
    /// Names of its labels.
    pub(crate) labels: Vec<String>,
    /// Its comments.
    pub(crate) comments: Vec<Comment>,
    /// When it was opened.
    pub(crate) created: u64,
    /// When it was closed.
    pub(crate) closed: Option<u64>,
}

/// A pull request.
#[derive(Clone, Debug)]
pub(crate) struct Pull {
    /// Its id.
    pub(crate) id: u64,
    /// Its number.
    pub(crate) number: u64,
    /// Its title.
    pub(crate) title: String,
    /// What it says.
    pub(crate) body: Option<String>,
    /// Who opened it.
    pub(crate) login: String,
    /// Whether it is open.
    pub(crate) open: bool,
    /// Whether it is a draft.
    pub(crate) draft: bool,
    /// The branch that it would merge.
    pub(crate) head: String,
    /// The owner of the repository that has this branch.
    pub(crate) head_owner: String,
    /// The head's id when it was last seen; the branch may be gone.
    pub(crate) sha: String,
    /// The branch that it would merge into.
    pub(crate) base: String,
    /// Names of its labels.
    pub(crate) labels: Vec<String>,
    /// Its comments.
    pub(crate) comments: Vec<Comment>,
    /// Its reviews.
    pub(crate) reviews: Vec<Review>,
    /// `None` while the server has not tried.
    pub(crate) mergeable: Option<bool>,
    /// When it was opened.
    pub(crate) created: u64,
    /// When it was merged.
    pub(crate) merged: Option<u64>,
    /// The commit of its base that it became.
    pub(crate) merged_as: Option<String>,
    /// When it was last edited or pushed to.
    pub(crate) changed: u64,
    /// When it was closed.
    pub(crate) closed: Option<u64>,
}

impl Pull {
    /// An open pull request of a branch of this repository.
    pub(crate) fn of_branch(number: u64, head: &str, title: &str, sha: &str) -> Self {
        Self {
            id: number,
            number,
            title: title.to_owned(),
            body: None,
            login: "ana".to_owned(),
            open: true,
            draft: false,
            head: head.to_owned(),
            head_owner: "o".to_owned(),
            sha: sha.to_owned(),
            base: "main".to_owned(),
            labels: Vec::new(),
            comments: Vec::new(),
            reviews: Vec::new(),
            mergeable: Some(true),
            created: 0,
            merged: None,
            merged_as: None,
            changed: 0,
            closed: None,
        }
    }
}

/// A check run that is no job's.
#[derive(Clone, Debug)]
pub(crate) struct Check {
    /// Its id.
    pub(crate) id: u64,
    /// Its app.
    pub(crate) app: u64,
    /// Its name.
    pub(crate) name: String,
    /// The commit.
    pub(crate) sha: String,
    /// Its status.
    pub(crate) status: String,
    /// Its conclusion.
    pub(crate) conclusion: Option<String>,
    /// When it started.
    pub(crate) started: u64,
    /// When it ended.
    pub(crate) completed: Option<u64>,
}

/// A commit status.
#[derive(Clone, Debug)]
pub(crate) struct Status {
    /// Its id.
    pub(crate) id: u64,
    /// The commit.
    pub(crate) sha: String,
    /// `success`, `pending`, `failure`, `error`.
    pub(crate) state: String,
    /// Its name.
    pub(crate) context: String,
    /// What it says.
    pub(crate) description: Option<String>,
    /// Where it leads.
    pub(crate) target: Option<String>,
    /// Who posted it.
    pub(crate) login: String,
    /// When.
    pub(crate) created: u64,
}

/// A ruleset.
#[derive(Clone, Debug)]
pub(crate) struct Ruleset {
    /// Its id.
    pub(crate) id: u64,
    /// Its name.
    pub(crate) name: String,
    /// `branch` or `tag`.
    pub(crate) target: String,
    /// `active`, `evaluate` or `disabled`.
    pub(crate) enforcement: String,
    /// Whether it is the organisation's.
    pub(crate) of_organisation: bool,
    /// Who may bypass it.
    pub(crate) bypass_actors: Vec<Value>,
    /// Names of refs that it is for.
    pub(crate) include: Vec<String>,
    /// Names of refs that it is not for.
    pub(crate) exclude: Vec<String>,
    /// Its rules.
    pub(crate) rules: Vec<Value>,
    /// When it was made.
    pub(crate) created: u64,
}

/// A file of a release.
#[derive(Clone, Debug)]
pub(crate) struct Asset {
    /// Its id.
    pub(crate) id: u64,
    /// Its name.
    pub(crate) name: String,
    /// Its kind.
    pub(crate) kind: String,
    /// Its content.
    pub(crate) bytes: Vec<u8>,
    /// What its digest is said to be.
    pub(crate) digest: Option<String>,
    /// When it was made.
    pub(crate) created: u64,
}

/// A release.
#[derive(Clone, Debug)]
pub(crate) struct Release {
    /// Its id.
    pub(crate) id: u64,
    /// The tag's name.
    pub(crate) tag: String,
    /// Where the tag is made where there is none.
    pub(crate) target: String,
    /// Its title.
    pub(crate) name: Option<String>,
    /// What it says.
    pub(crate) body: Option<String>,
    /// Whether nobody else sees it.
    pub(crate) draft: bool,
    /// Whether it is no final one.
    pub(crate) prerelease: bool,
    /// Whether nothing of it can change any more.
    pub(crate) immutable: bool,
    /// Its files.
    pub(crate) assets: Vec<Asset>,
    /// Who made it.
    pub(crate) login: String,
    /// When it was made.
    pub(crate) created: u64,
    /// When it was published.
    pub(crate) published: Option<u64>,
}
