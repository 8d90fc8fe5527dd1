//! What other repositories use of this one, beside the program: an action and hooks.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use thrice_orr::judge::workflow;

use crate::support::{Ran, World};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

#[test]
fn every_hook_runs_a_command_that_passes_where_nothing_is_wrong() {
    let world = World::new();
    world.write("README", "hello\n");
    world.commit("what was there");
    assert_eq!(world.xtask(["init"]).status, 0);
    world.commit("rules");
    world.git(["switch", "--quiet", "--create", "fix/a-thing"]);
    let hooks = read(".pre-commit-hooks.yaml");
    let entries: Vec<&str> =
        hooks.lines().filter_map(|line| line.trim().strip_prefix("entry: thrice ")).collect();
    world.write("README", "hello again\n");
    world.commit("a thing");
    assert_eq!(entries.len(), hooks.matches("- id: ").count());
    assert_eq!(entries.len(), 3);
    for entry in &entries {
        let ran: Ran = world.xtask(entry.split(' '));
        assert_eq!(ran.status, 0, "{entry}: {ran:?}");
    }
    // And each of them refuses what it is there for.
    world.git(["branch", "--move", "whatever"]);
    world.write("elsewhere/a", "outside\n");
    world.commit("outside");
    world.write("policy/gates.toml", "nonsense");
    for entry in &entries {
        let ran: Ran = world.xtask(entry.split(' '));
        assert_ne!(ran.status, 0, "{entry}: {ran:?}");
    }
}

#[test]
fn the_action_builds_the_program_of_its_own_commit() {
    let action = read("action.yml");
    assert!(action.contains("--path \"$GITHUB_ACTION_PATH/xtask/crates/thrice\" "), "{action}");
    let manifest = read("xtask/crates/thrice/Cargo.toml");
    assert!(manifest.contains("name = \"thrice\"\n"), "{manifest}");
    // As a job it would be read by GitHub: it uses nothing that could change.
    let steps = action.split_once("  steps:\n").unwrap().1;
    let job = format!("on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n{steps}");
    let parsed = workflow::parse("action.yml", job.as_bytes()).unwrap();
    assert_eq!((parsed.jobs[0].runs.len(), parsed.uses.len()), (2, 0), "{parsed:?}");
}

/// What follows `thrice ` in a page, where its text or its blocks type it.
fn typed(page: &str) -> impl Iterator<Item = String> + '_ {
    let pieces = page.split('`').chain(page.lines());
    let words = pieces.filter_map(|piece| piece.trim().strip_prefix("thrice "));
    words.filter_map(|words| {
        let name = |word: &&str| {
            !word.starts_with('-') && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
        };
        let line = words.split("  ").next().unwrap_or_default();
        let verbs: Vec<&str> = line.split_whitespace().take(2).take_while(name).collect();
        (!verbs.is_empty()).then(|| verbs.join(" "))
    })
}

#[test]
fn the_pages_type_commands_that_are_there() {
    let mut commands = BTreeSet::new();
    for folder in ["docs", "docs/examples"] {
        for entry in root().join(folder).read_dir().unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|it| it == "md") {
                commands.extend(typed(&std::fs::read_to_string(path).unwrap()));
            }
        }
    }
    let world = World::new();
    for command in &commands {
        let ran = world.xtask(command.split(' ').chain(["--help"]));
        assert_eq!(ran.status, 0, "{command}: {ran:?}");
    }
    assert!(commands.len() >= 30, "{commands:?}");
}
