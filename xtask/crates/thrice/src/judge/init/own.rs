//! A repository's own `xtask`: a crate of ten lines that is a workspace of its own, so that
//! nothing about the build, lints, tests and lock of the repository changes.

use super::rules::quoted;
use super::{InitFacts, Plan};
use crate::judge::change::Change;

/// Where the crate gets the product from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ProductSource {
    /// A folder, relative to that of the crate.
    Folder(String),
    /// A repository, at a full commit id.
    Commit {
        url: String,
        /// The commit, 40 or 64 hex digits.
        commit: String,
    },
}

/// Where cargo finds the alias.
const CONFIG: &str = ".cargo/config.toml";

/// The files of a repository's own crate, in the order in which they are written.
pub(crate) const FILES: &[&str] =
    &["xtask/Cargo.toml", "xtask/src/main.rs", "xtask/.gitignore", CONFIG];

const MAIN: &str = "//! `cargo xtask`: the readiness review, and what this repository adds to it.

use std::process::ExitCode;

use thrice::cli::{NoOwnVerb, run};

fn main() -> ExitCode {
    ExitCode::from(run::<NoOwnVerb>())
}
";

const ALIAS: &str = "# `cargo xtask` at the top of the repository runs its own automation.
[alias]
xtask = \"run --quiet --locked --manifest-path xtask/Cargo.toml --\"
";

impl ProductSource {
    /// Reads `URL#COMMIT`; nothing where it is not of that form.
    #[must_use]
    pub(crate) fn of_address(text: &str) -> Option<Self> {
        let (url, commit) = text.rsplit_once('#')?;
        let hex = commit.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        let full = matches!(commit.len(), 40 | 64) && hex;
        let address = url.contains("://") && !url.contains(char::is_whitespace);
        (full && address).then(|| Self::Commit { url: url.to_owned(), commit: commit.to_owned() })
    }

    fn dependency(&self) -> String {
        match self {
            Self::Folder(path) => format!("{{ path = {} }}", quoted(path)),
            Self::Commit { url, commit } => {
                format!("{{ git = {}, rev = \"{commit}\" }}", quoted(url))
            }
        }
    }
}

/// Adds what is missing of the crate to a plan.
pub(super) fn add(facts: &InitFacts, source: &ProductSource, plan: &mut Plan) {
    let manifest = format!(
        "# This repository's own automation. `[workspace]` keeps it apart: the build, lints and
# lock of the repository don't see it.
[workspace]

[package]
name = \"xtask\"
version = \"0.0.0\"
edition = \"2024\"
publish = false

[dependencies]
# What `cargo xtask` runs, at one commit: a change of it is a patch of its own.
thrice = {}
",
        source.dependency()
    );
    for (path, after) in FILES.iter().zip([manifest.as_str(), MAIN, "/target/\n", ALIAS]) {
        let Some(there) = facts.own.get(*path) else {
            let (path, after) = ((*path).to_owned(), after.to_owned());
            plan.changes.push(Change { path, before: None, after });
            continue;
        };
        plan.kept.push((*path).to_owned());
        if *path == CONFIG && !there.lines().any(|line| line.trim_start().starts_with("xtask")) {
            let line = ALIAS.lines().last().unwrap_or_default();
            plan.notes.push(format!("{CONFIG} has no alias yet: add `{line}` to its `[alias]`"));
        }
    }
    plan.add = if facts.has_commit { "policy .gitignore xtask .cargo" } else { "--all" };
}
