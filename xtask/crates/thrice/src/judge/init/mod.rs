//! What `init` writes: the rules of a repository that has none yet, from what can be seen of
//! it. Facts are handed in; texts come out.

mod builds;
mod ci;
mod gates;
mod lacking;
mod node;
mod own;
mod pre_commit;
mod project;
mod python;
mod rules;

use std::collections::{BTreeMap, BTreeSet};

use super::change::Change;
use super::schema_line;
pub(crate) use ci::Ci;
pub(crate) use pre_commit::PreCommit;
use thrice_facts::git::REMOTE;
use thrice_orr::scanner::Readiness;
use thrice_programme::world::with_gitignore;

pub(crate) use own::{FILES as OWN_FILES, ProductSource};
pub(crate) use project::{
    NAMING, cargo_locks, imports_pytest, is_junit_suite, is_manifest, markers, named_by,
};

/// Programs that a gate could need.
pub(crate) const PROGRAMS: &[&str] = &[
    "cargo", "python3", "pytest", "ruff", "flake8", "uv", "poetry", "node", "npm", "pnpm", "yarn",
    "go", "mvn", "gradle", "java", "make",
];

/// Where dprint's settings are.
const DPRINT: &[&str] = &["dprint.json", "dprint.jsonc", ".dprint.json", ".dprint.jsonc"];

/// What was seen of a repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct InitFacts {
    /// What the repository is called: by its remote, else by its folder.
    pub name: String,
    /// The branch that patches are for.
    pub default_branch: String,
    /// The owner on GitHub, where a remote is there.
    pub owner: Option<String>,
    /// The remotes, where none of them is the one that counts.
    pub(crate) other_remotes: Vec<String>,
    /// Whether there is a commit.
    pub(crate) has_commit: bool,
    /// The paths that are in no commit, but for what `init` writes itself.
    pub(crate) uncommitted: Vec<String>,
    /// The tracked files; those that would be tracked where none is yet.
    pub files: BTreeSet<String>,
    /// What the manifests and the settings of tools among them say.
    pub texts: BTreeMap<String, String>,
    /// What the workflows among them run on patches.
    pub(crate) ci: Ci,
    /// What pre-commit runs, by the settings among them.
    pub(crate) pre_commit: PreCommit,
    /// How many tests are seen in each file that has any.
    pub tests: BTreeMap<String, usize>,
    /// Files that hold a suite of JUnit 3.
    pub(crate) junit_suites: BTreeSet<String>,
    /// Where CODEOWNERS is, and who owns each file that somebody owns.
    pub owners: Option<(String, BTreeMap<String, Vec<String>>)>,
    /// How many actions the workflows use that are not pinned to a commit; `None` where
    /// there is no workflow.
    pub unpinned: Option<usize>,
    /// Lock files that can be checked, and the first thing that is wrong with each.
    pub locks: BTreeMap<String, Option<String>>,
    /// Sources and catalogues in the working tree that git ignores, beside files that are tracked.
    pub(crate) ignored_sources: Vec<String>,
    /// Locks that git ignores, each with the rule that does it.
    pub(crate) ignored_locks: BTreeMap<String, String>,
    /// Locks that are there, and that git neither tracks nor ignores.
    pub(crate) untracked_locks: BTreeSet<String>,
    /// The submodules, each with whether it is checked out here.
    pub(crate) submodules: BTreeMap<String, bool>,
    /// Good locks of cargo for whose crates no command of `prepare` asks.
    pub(crate) unfetched: Vec<String>,
    /// The manifests that no good lock makes exact, each with what is to be said of it.
    pub(crate) unlocked: BTreeMap<String, String>,
    /// Those of [`PROGRAMS`] that are on PATH.
    pub programs: BTreeSet<String>,
    /// Whether the gate of secrets can run on this machine.
    pub(crate) scanner: Readiness,
    /// Programs that don't run without an entry of HOME, each with that entry.
    pub home: BTreeMap<String, String>,
    /// Files of policy that are there already.
    pub policy: BTreeSet<String>,
    /// What the files of an own `xtask` say, where they are there.
    pub own: BTreeMap<String, String>,
    /// What `policy/gates.toml` says, where it is there.
    pub(crate) gates: Option<String>,
    /// Whether git ignores `.gitignore` itself, such as by `.*`.
    pub hides_itself: bool,
    /// What `.gitignore` says, where it is there.
    pub ignored: Option<String>,
}

/// What `init` would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    /// What the repository is made of, such as `Rust (Cargo.toml)`.
    pub seen: Vec<String>,
    /// The files that it writes.
    pub changes: Vec<Change>,
    /// The files that it leaves as they are.
    pub kept: Vec<String>,
    /// What it saw and wrote no rule for, each with what to do.
    pub notes: Vec<String>,
    /// Gates and tables that a kept `policy/gates.toml` lacks, ready to paste.
    pub(crate) lacking: Vec<String>,
    /// What has to be committed then, as `git add` takes it.
    pub add: &'static str,
    /// The message of that commit, in the form that the repository's settings demand.
    pub(crate) message: &'static str,
}

/// A role, and the members of it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct NewRole {
    name: String,
    member: String,
}

/// The rules for a repository, with a crate of its own where a source of it is named.
#[must_use]
pub(crate) fn plan(facts: &InitFacts, own: Option<&ProductSource>) -> Plan {
    let Some(source) = own else { return rules_of(facts) };
    // The Filemap reaches what is about to be written.
    let mut with_own = facts.clone();
    with_own.files.extend(OWN_FILES.iter().map(|path| (*path).to_owned()));
    let mut plan = rules_of(&with_own);
    own::add(facts, source, &mut plan);
    plan
}

/// A note of what is in no commit, where a lock has none of its own: a review refuses it.
fn uncommitted(facts: &InitFacts) -> Option<String> {
    let mut rest = facts.uncommitted.iter().filter(|path| !facts.untracked_locks.contains(*path));
    let (first, more) = (rest.next()?, rest.count());
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    Some(format!(
        "{first}{more}: in no commit, and a review is of a clean working tree: commit what belongs \
         here, name what is built in .gitignore"
    ))
}

fn rules_of(facts: &InitFacts) -> Plan {
    let projects = project::projects(facts);
    let roles = if has(facts, "programme") { Vec::new() } else { rules::roles(facts) };
    let output = output(facts);
    let (gates, mut notes) = gates::write(facts, &projects, &roles, output);
    notes.extend(facts.other_remotes.first().map(|name| {
        format!(
            "no remote is called {REMOTE}, so none is used: rename the one that everybody shares, \
             such as `git remote rename {name} {REMOTE}`"
        )
    }));
    notes.extend(uncommitted(facts));
    let formatted = DPRINT.iter().find(|path| facts.files.contains(**path));
    notes.extend(formatted.map(|path| note_of_dprint(path)));
    let ids = if has(facts, "gates") { Vec::new() } else { gates.ids.clone() };
    let kept = facts.gates.as_deref();
    let lacking = kept.map_or_else(Vec::new, |kept| lacking::lacking(&gates.text, kept));
    let texts = [
        ("programme", rules::programme(facts, &roles, output)),
        ("gates", gates.text),
        ("filemap", rules::filemap(facts, &roles, &ids)),
        ("branches", rules::branches()),
    ];
    let mut plan = Plan {
        seen: projects.iter().map(project::Project::describe).collect(),
        notes,
        lacking,
        add: match (facts.has_commit, facts.hides_itself) {
            (true, hidden) => with_gitignore(hidden),
            (false, false) => "--all",
            (false, true) => "--all && git add --force .gitignore",
        },
        message: message(facts),
        ..Plan::default()
    };
    for (name, text) in texts {
        let path = format!("policy/{name}.toml");
        let schema = format!("{}/{name}.schema", schema_line::FOLDER);
        if has(facts, name) {
            plan.kept.push(path);
            plan.kept.extend(facts.policy.contains(&schema).then(|| format!("policy/{schema}")));
        } else if formatted.is_some() {
            plan.changes.push(Change { path, before: None, after: text });
        } else {
            let after = format!("#:schema {schema}\n{text}");
            plan.changes.push(Change { path, before: None, after });
            if !facts.policy.contains(&schema) {
                let path = format!("policy/{schema}");
                let after = schema_line::text(name, &path);
                plan.changes.push(Change { path, before: None, after });
            }
        }
    }
    ignore_output(facts, output, &mut plan);
    plan
}

/// Has git ignore the folder for results, unless it does.
fn ignore_output(facts: &InitFacts, output: &str, plan: &mut Plan) {
    if !ignores(facts.ignored.as_deref().unwrap_or_default(), output) {
        let before = facts.ignored.clone();
        let mut after = before.clone().unwrap_or_default();
        if !after.is_empty() && !after.ends_with('\n') {
            after.push('\n');
        }
        after.push_str(&format!("/{output}/\n"));
        plan.changes.push(Change { path: ".gitignore".to_owned(), before, after });
    } else if facts.ignored.is_some() {
        plan.kept.push(".gitignore".to_owned());
    }
}

/// The message of the commit that brings the rules, of the form that a program demands whose
/// settings are here.
fn message(facts: &InitFacts) -> &'static str {
    let named = ["committed.toml", ".committed.toml", "cog.toml", ".cz.toml", ".cz.json"];
    let begins = ["commitlint.config.", ".commitlintrc"];
    let wants_types = |path: &String| {
        named.contains(&path.as_str()) || begins.iter().any(|begin| path.starts_with(begin))
    };
    match facts.files.iter().any(wants_types) {
        true => "chore: adopt the readiness review",
        false => "Adopt the readiness review",
    }
}

fn note_of_dprint(path: &str) -> String {
    format!(
        "{path} is here, and dprint rewrites a line that begins with `#:schema`: so policy has \
         none, and `cargo xtask policy schema --write DIR` writes the schemas for your editor"
    )
}

fn has(facts: &InitFacts, name: &str) -> bool {
    facts.policy.contains(&format!("{name}.toml"))
}

/// The folder for outputs. One that holds tracked files is the repository's own.
fn output(facts: &InitFacts) -> &'static str {
    if facts.files.iter().any(|path| path.starts_with("out/")) { "orr-out" } else { "out" }
}

/// Whether a folder at the top is ignored, by a line that says just that.
fn ignores(text: &str, folder: &str) -> bool {
    text.lines().any(|line| line.trim().trim_matches('/') == folder)
}

#[cfg(test)]
mod tests;
