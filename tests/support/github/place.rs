//! The repository, the people and the workflows of a server that is started by hand, as
//! the folder in which it is started has them.

use std::process::Command;

use super::server::records::{Team, Workflow};
use super::server::state::State;

/// Whoever reviews: login and token.
pub(super) const OTHER: &str = "robin";

/// Makes the server's repository that of this folder.
pub(super) fn furnish(state: &mut State) {
    let here = std::env::current_dir().unwrap();
    let name = here.file_name().map(|name| name.to_string_lossy().into_owned());
    state.repo = name.filter(|name| is_name(name)).unwrap_or_else(|| state.repo.clone());
    let teams = teams(state);
    if let Some((organisation, _)) = teams.first() {
        state.owner.clone_from(organisation);
    }
    for (_, slug) in teams.iter().filter(|(organisation, _)| *organisation == state.owner) {
        let members = vec![OTHER.to_owned()];
        state.teams.insert(slug.clone(), Team { members, secret: false });
    }
    state.others.insert(OTHER.to_owned(), OTHER.to_owned());
    state.permissions.insert(OTHER.to_owned(), "write".to_owned());
    // Whoever commits here has the account whose token is given out.
    for who in ["GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT"] {
        let said = Command::new("git").args(["var", who]).output().unwrap();
        let said = String::from_utf8_lossy(&said.stdout).into_owned();
        let address = said.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
        if let Some((address, _)) = address {
            state.accounts.insert(address.to_owned(), state.login.clone());
        }
    }
    state.workflows = workflows(state);
}

fn is_name(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
}

/// Every `@organisation/team` of policy's roles and of CODEOWNERS.
fn teams(state: &State) -> Vec<(String, String)> {
    let files = ["policy/programme.toml", ".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];
    let texts = files.iter().filter_map(|path| state.git.file(&state.default_branch, path));
    let mut found = Vec::new();
    for text in texts {
        let text = String::from_utf8_lossy(&text).into_owned();
        let words = text.split(|c: char| c.is_whitespace() || "\"',[]".contains(c));
        for word in words {
            let team = word.strip_prefix('@').and_then(|word| word.split_once('/'));
            if let Some((organisation, slug)) =
                team.filter(|(one, two)| is_name(one) && is_name(two))
            {
                found.push((organisation.to_owned(), slug.to_owned()));
            }
        }
    }
    found
}

/// The workflows of the default branch.
fn workflows(state: &mut State) -> Vec<Workflow> {
    let listed = ["ls-tree", "--name-only", &state.default_branch, ".github/workflows/"];
    let listed = state.git.run(&listed).unwrap_or_default();
    let mut found = Vec::new();
    for path in listed.lines().filter(|path| path.ends_with(".yml") || path.ends_with(".yaml")) {
        let text = state.git.file(&state.default_branch, path).unwrap_or_default();
        let text = String::from_utf8_lossy(&text).into_owned();
        let name = text.lines().find_map(|line| line.strip_prefix("name: ")).unwrap_or(path);
        let id = state.id();
        found.push(Workflow::new(id, name, path));
    }
    found
}
