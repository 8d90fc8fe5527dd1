//! The branches of each story, and what of their names confuses.

use std::collections::HashMap;

use super::names::Names;
use super::state::{Branch, OfStories, StoryFacts};
use thrice_findings::text::quoted;
use thrice_findings::{Code, Finding};
use thrice_programme::Backlog;

/// The branches of each story that are not merged, by position: name and last commit.
pub(super) fn story_branches(
    backlog: &Backlog,
    names: &Names<'_>,
    facts: &StoryFacts<'_>,
    findings: &mut Vec<OfStories>,
) -> HashMap<usize, Vec<(String, String)>> {
    let mut of: HashMap<usize, Vec<(String, String)>> = HashMap::new();
    let mut carriers: Vec<(usize, &Branch<'_>)> = Vec::new();
    for branch in facts.branches {
        let history = facts.history;
        let behind_merge = history.contained.get(branch.commit).copied();
        let named = names.story(branch.name);
        let said = branch.trailer.split([',', ' ']).find_map(|id| backlog.position(id.trim()));
        // A branch at a commit of the default branch has no work of its own to speak for it.
        let said = said.filter(|_| behind_merge.is_none());
        let Some(position) = named.or(said) else { continue };
        let known =
            history.landed.contains_key(&position) || history.reverted.contains_key(&position);
        if behind_merge == Some(true) && known {
            continue;
        }
        // A sandbox carries a commit of the story's own branch, or is all that there is.
        if named.is_none() && names.is_sandbox(branch.name) {
            carriers.push((position, branch));
            continue;
        }
        let id = backlog.stories.get(position).map_or("", |story| story.id.as_str());
        if named.is_none() {
            findings.push((vec![id.to_owned()], nameless(branch, id, names)));
        } else if let Some(followed) = renamed(branch) {
            let message = format!(
                "{} was renamed: on the remote it is {}",
                quoted(branch.name),
                quoted(followed)
            );
            let finding = Finding::new(Code::StoryBranchName, message)
                .help("push it under its new name and delete the old, or rename it back");
            findings.push((vec![id.to_owned()], finding));
        }
        let all = of.entry(position).or_default();
        if !all.iter().any(|(known, _)| known == branch.name) {
            all.push((branch.name.to_owned(), branch.commit.to_owned()));
        }
    }
    for (position, branch) in carriers {
        let only = || vec![(branch.name.to_owned(), branch.commit.to_owned())];
        of.entry(position).or_insert_with(only);
    }
    // The remote's old name of a branch that was renamed here is no second branch.
    for branch in facts.branches.iter().filter(|branch| !branch.remote) {
        let Some(position) = renamed(branch).and_then(|_| names.story(branch.name)) else {
            continue;
        };
        let follows = branch.follows.unwrap_or_default();
        of.entry(position).or_default().retain(|(name, _)| name != follows);
    }
    of
}

/// The name that a branch has on the remote, where it is another.
fn renamed<'a>(branch: &Branch<'a>) -> Option<&'a str> {
    branch.follows.filter(|follows| *follows != branch.name)
}

fn nameless(branch: &Branch<'_>, id: &str, names: &Names<'_>) -> Finding {
    let message = format!(
        "{} is of {id}, as its last commit says, but its name does not",
        quoted(branch.name)
    );
    let help = match names.name_for(id, branch.name) {
        Some(name) => format!("`git branch -m {} {name}`", branch.name),
        None => "give it a name that policy/branches.toml has for stories".to_owned(),
    };
    Finding::new(Code::StoryBranchName, message).help(help)
}
