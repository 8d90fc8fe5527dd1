//! What other repositories use of this one, beside the program: an action and hooks.

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

#[test]
fn the_guide_types_commands_that_are_there() {
    let guide = read("docs/adopt.md");
    let world = World::new();
    let mut seen = 0;
    for piece in guide.split('`').chain(guide.lines()) {
        let Some(words) = piece.trim().strip_prefix("thrice ") else { continue };
        let Some(word) = words.split_whitespace().next().filter(|word| !word.starts_with('-'))
        else {
            continue;
        };
        seen += 1;
        let ran = world.xtask([word, "--help"]);
        assert_eq!(ran.status, 0, "{piece}: {ran:?}");
    }
    assert!(seen >= 6, "{seen}");
}
