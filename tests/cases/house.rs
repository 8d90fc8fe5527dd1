//! What holds for the source as a whole.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::support::Ran;

/// The cargo that built this.
const CARGO: &str = env!("CARGO");

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every crate here is compiled by every user before their first command.
#[test]
fn the_program_is_built_of_few_crates() {
    let words = "tree -p xtask -e normal,build --prefix none --locked --offline";
    let mut command = std::process::Command::new(CARGO);
    command.args(words.split(' ')).current_dir(root());
    let ran = Ran::from(command.output().unwrap());
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let is_other = |line: &&str| !line.contains(" (/");
    let crates: BTreeSet<_> =
        ran.stdout.lines().map(|line| line.trim_end_matches(" (*)")).filter(is_other).collect();
    assert!(crates.iter().any(|line| line.starts_with("clap v")), "{crates:?}");
    // One of them writes the completions of five shells, which people expect of a program
    // that they install; one hashes git's objects.
    assert!(crates.len() <= 91, "{} crates of others", crates.len());
}

#[test]
fn every_dependency_says_what_it_is_for() {
    let text = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let (_, rest) = text.split_once("[workspace.dependencies]\n").unwrap();
    let section = rest.split("\n[").next().unwrap();
    let mut dependencies = 0;
    let mut before = "";
    for line in section.lines() {
        if !line.starts_with('#') && !line.is_empty() && !line.contains("path = ") {
            dependencies += 1;
            assert!(before.starts_with("# "), "nothing says what for: {line}");
        }
        before = line;
    }
    assert!(dependencies > 20, "{dependencies}");
}
