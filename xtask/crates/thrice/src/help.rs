//! The help of the whole: commands in groups, by what people come for.

use clap::Command;

/// A group and its commands, in the order in which they are met.
const GROUPS: &[(&str, &[&str])] = &[
    (
        "Everyday",
        &["today", "orr", "status", "gates", "compare", "branch", "filemap", "plan", "explain"],
    ),
    ("Pull requests", &["pr-body", "pr", "review", "approve"]),
    ("Delivery", &["story", "wave", "sprint", "cycle", "evidence", "handoff", "board", "metrics"]),
    ("Risk", &["risk", "incident", "sla", "drill", "trigger"]),
    ("Release", &["release", "ledger", "audit"]),
    ("Setup", &["init", "doctor", "policy", "workflow", "rulesets", "brief", "completions"]),
];

/// The group of commands that a repository adds.
const OWN: &str = "This repository";

/// Columns between a command's margin and what it does.
const WIDTH: usize = 13;

/// The template of the help: as clap's own, with the commands in groups.
pub(crate) fn template(command: &Command) -> String {
    let mut text = String::from("{about-with-newline}\n{usage-heading} {usage}\n");
    for (group, names) in groups(command) {
        text.push_str(&format!("\n{group}:\n"));
        for name in names {
            let about = command.find_subcommand(name).and_then(Command::get_about);
            let about = about.map(ToString::to_string).unwrap_or_default();
            // Braces would be a tag of the template.
            let about = about.replace(['{', '}'], "");
            text.push_str(&format!("  {name:<WIDTH$}{about}\n"));
        }
    }
    text.push_str("\nOptions:\n{options}\n");
    text
}

/// Every command that people are shown, each in one group.
fn groups(command: &Command) -> Vec<(&'static str, Vec<&str>)> {
    let all: Vec<&str> = command
        .get_subcommands()
        .filter(|sub| !sub.is_hide_set() && sub.get_name() != "help")
        .map(Command::get_name)
        .collect();
    let known = |name: &&str| GROUPS.iter().any(|(_, names)| names.contains(name));
    let there = |name: &&&'static str| all.contains(*name);
    let mut groups: Vec<(&str, Vec<&str>)> = GROUPS
        .iter()
        .map(|(group, names)| (*group, names.iter().filter(there).copied().collect()))
        .collect();
    groups.push((OWN, all.iter().copied().filter(|name| !known(name)).collect()));
    groups.retain(|(_, names)| !names.is_empty());
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{NoOwnVerb, command};

    #[test]
    fn every_command_of_the_product_stands_in_one_group() {
        let command = command::<NoOwnVerb>();
        let groups = groups(&command);
        assert!(groups.iter().all(|(group, _)| *group != OWN), "{groups:?}");
        let mut listed: Vec<&str> = groups.into_iter().flat_map(|(_, names)| names).collect();
        let named: usize = GROUPS.iter().map(|(_, names)| names.len()).sum();
        assert_eq!(listed.len(), named, "a group names a command that isn't there");
        listed.sort_unstable();
        let before = listed.len();
        listed.dedup();
        assert_eq!(listed.len(), before);
        assert!(listed.iter().all(|name| name.len() < WIDTH));
    }
}
