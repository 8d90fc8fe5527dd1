//! What `.pre-commit-config.yaml` runs.

use std::collections::{BTreeMap, BTreeSet};

use thrice_findings::text::is_word;
use thrice_policy::tree::Node;
use thrice_policy::yaml;

const FILE: &str = ".pre-commit-config.yaml";
/// The end of the address of hooks that tidy any file: gates seldom do.
const TIDYING: &str = "/pre-commit-hooks";

/// What it runs on each commit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PreCommit(Vec<Source>);

/// A repository of hooks, its version, and the hooks of it that run.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Source {
    repository: String,
    rev: String,
    hooks: Vec<String>,
}

impl PreCommit {
    /// Of files by their paths. Settings that can't be read run nothing.
    pub(crate) fn of(texts: &BTreeMap<String, String>) -> Self {
        let settings = texts.get(FILE).and_then(|text| yaml::read(text.as_bytes()).ok());
        let all = settings.as_ref().and_then(|it| it.get("repos")?.items()).unwrap_or_default();
        let text = |node: &Node, key: &str| node.get(key).and_then(Node::text).map(str::to_owned);
        let source = |node: &Node| {
            let hooks = node.get("hooks").and_then(Node::items).unwrap_or_default();
            Source {
                repository: text(node, "repo").unwrap_or_default(),
                rev: text(node, "rev").unwrap_or_default(),
                hooks: hooks.iter().filter_map(|hook| text(hook, "id")).collect(),
            }
        };
        Self(all.iter().map(source).collect())
    }

    /// The version of ruff that it runs.
    pub(super) fn ruff(&self) -> Option<&str> {
        let ruff = self.0.iter().find(|it| it.repository.ends_with("/ruff-pre-commit"))?;
        is_word(&ruff.rev, "._-").then_some(&ruff.rev)
    }

    /// The hooks that check something, each once.
    pub(super) fn checks(&self) -> Vec<&str> {
        let sources = self.0.iter().filter(|it| !it.repository.ends_with(TIDYING));
        let mut seen = BTreeSet::new();
        let all = sources.flat_map(|it| &it.hooks).map(String::as_str);
        all.filter(|hook| is_word(hook, "-_") && seen.insert(*hook)).collect()
    }

    /// A note of the checks that it runs and none of `gates` does; `again` where the note before
    /// it says where to add them.
    pub(super) fn unchecked(&self, gates: &[Vec<String>], again: bool) -> Option<String> {
        if gates.iter().flatten().any(|word| word == "pre-commit") {
            return None;
        }
        // A hook such as `ruff-format` is a command of two words.
        let runs = |id: &str| {
            gates.iter().any(|argv| {
                let has = |part: &str| argv.iter().any(|word| word == part);
                has(id) || id.split('-').all(has)
            })
        };
        let mut left = self.checks();
        left.retain(|id| !runs(id));
        let them = if left.len() == 1 { "it" } else { "them" };
        (!left.is_empty()).then(|| {
            let named = left.join(", ");
            match again {
                true => {
                    format!("the same holds of pre-commit's {named}, with the arguments that .pre-commit-config.yaml has for each")
                }
                false => format!(
                    "pre-commit also runs {named}, which no gate does: add {them} to `run` of a \
                     gate in policy/gates.toml, with the arguments that .pre-commit-config.yaml has for each"
                ),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::gates::argv;
    use super::*;

    fn of(settings: &str) -> PreCommit {
        PreCommit::of(&[(FILE.to_owned(), settings.to_owned())].into())
    }

    #[test]
    fn the_version_of_ruff_is_that_of_its_own_hook() {
        let before = "repos:\n- rev: v1.2.3 # x\n  repo: https://github.com/astral-sh/ruff-pre-commit\n  hooks: [{id: ruff}]\n- repo: https://x/y\n  rev: v9\n  hooks: [{id: a}]\n";
        for (settings, rev) in [
            (before, Some("v1.2.3")),
            ("repos: [{repo: 'https://x/ruff-pre-commit', rev: '`x`', hooks: [{id: ruff}]}]", None),
            ("repos: [{repo: 'https://x/y', rev: v1, hooks: [{id: ruff}]}]", None),
            ("repos: {", None),
            ("repos: x", None),
        ] {
            assert_eq!(of(settings).ruff(), rev, "{settings}");
        }
    }

    #[test]
    fn checks_that_no_gate_does_are_named_once() {
        let settings = "repos:\n- repo: x\n  hooks: [{id: mypy}, {id: ruff-format}, {id: ruff}]\n- repo: https://x/pre-commit-hooks\n  hooks: [{id: end-of-file-fixer}, {id: mypy}]\n";
        let both = "pre-commit also runs mypy, ruff-format, which no gate does: add them to `run` of a gate in policy/gates.toml, with the arguments that .pre-commit-config.yaml has for each";
        let mypy = "pre-commit also runs mypy, which no gate does: add it to `run` of a gate in policy/gates.toml, with the arguments that .pre-commit-config.yaml has for each";
        for (gates, note) in [
            (&["ruff check ."][..], Some(both)),
            (&["ruff check .", "ruff format --check ."], Some(mypy)),
            (&["ruff format --check .", "mypy src"], None),
            (&["pre-commit run --all-files"], None),
        ] {
            let gates: Vec<Vec<String>> = gates.iter().map(|it| argv(it)).collect();
            assert_eq!(of(settings).unchecked(&gates, false).as_deref(), note, "{gates:?}");
        }
        let fix = "repos: [{repo: x, hooks: [{id: pyproject-fmt}, {id: '`x`'}]}]";
        let note = of(fix).unchecked(&[], true);
        let said = "the same holds of pre-commit's pyproject-fmt, with the arguments that .pre-commit-config.yaml has for each";
        assert_eq!(note.as_deref(), Some(said));
        assert_eq!(of(fix).unchecked(&[argv("pyproject-fmt --check .")], true), None);
        assert_eq!(PreCommit::of(&BTreeMap::new()), PreCommit::default());
    }
}
