//! What holds for the source as a whole.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

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
    let crates: BTreeSet<_> =
        ran.stdout.lines().map(|line| line.trim_end_matches(" (*)")).collect();
    assert!(crates.iter().any(|line| line.starts_with("clap v")), "{crates:?}");
    // Those of this workspace have a path; the others are fetched. One of them writes the
    // completions of five shells, which people expect of a program that they install.
    let fetched = crates.iter().filter(|line| !line.contains(" (/")).count();
    assert!(fetched <= 90, "{fetched} crates");
}

#[test]
fn every_dependency_says_what_it_is_for() {
    let text = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let (_, rest) = text.split_once("[workspace.dependencies]\n").unwrap();
    let section = rest.split("\n[").next().unwrap();
    let mut dependencies = 0;
    let mut before = "";
    for line in section.lines() {
        if !line.starts_with('#') && !line.is_empty() {
            dependencies += 1;
            assert!(before.starts_with("# "), "nothing says what for: {line}");
        }
        before = line;
    }
    assert!(dependencies > 20, "{dependencies}");
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if entry.file_type().unwrap().is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Tables of one subject, which are looked things up in and not read.
const TABLES: &[&str] = &["xtask/src/findings/codes.rs", "xtask/src/requirements.rs"];

#[test]
fn no_source_file_is_too_long_to_read() {
    let mut files = Vec::new();
    for folder in ["xtask", "tests"] {
        rust_files(&root().join(folder), &mut files);
    }
    assert!(files.len() > 80, "{files:?}");
    let lines = |path: &PathBuf| std::fs::read_to_string(path).unwrap().lines().count();
    let known = |path: &PathBuf| TABLES.iter().any(|known| path.ends_with(known));
    let long: Vec<_> = files.iter().filter(|path| lines(path) > 400 && !known(path)).collect();
    assert!(long.is_empty(), "more than 400 lines: {long:?}");
}
