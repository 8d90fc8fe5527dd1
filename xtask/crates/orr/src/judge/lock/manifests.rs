//! Manifests: files in which people say what they depend on, and which a lock makes exact.

use std::collections::BTreeSet;

use toml::de::{DeTable, DeValue};

use super::{npm, pnpm};
use thrice_facts::files::{file_name, folder_of, joined};
use thrice_findings::{Code, Finding, Place};
use thrice_policy::json;
use thrice_policy::tree::Node;
use thrice_programme::locks::WithoutLock;
use thrice_programme::{LockFile, LockFormat};

/// A tracked file that could name dependencies.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// Its path.
    pub path: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// A lock file that pins what manifests name.
#[derive(Clone, Debug)]
pub struct Lock {
    file: LockFile,
    folders: Option<BTreeSet<String>>,
}

impl Lock {
    /// The lock of this path and format that holds these bytes.
    #[must_use]
    pub fn new(file: LockFile, bytes: &[u8]) -> Self {
        let folders = match file.format {
            LockFormat::Npm => npm::folders(bytes),
            LockFormat::Pnpm => pnpm::folders(bytes),
            _ => None,
        };
        let above = folder_of(&file.path);
        let folders = folders.map(|all| all.iter().filter_map(|it| joined(above, it)).collect());
        Self { file, folders }
    }

    /// Whether it is of a folder's manifests: of those that it names, or, where its format names
    /// none, of all in its own folder and below.
    fn is_of(&self, folder: &str) -> bool {
        if let Some(folders) = &self.folders {
            return folders.contains(folder);
        }
        let above = folder_of(&self.file.path);
        above.is_empty()
            || folder == above
            || folder.strip_prefix(above).is_some_and(|rest| rest.starts_with('/'))
    }
}

/// Manifests without a lock that get a finding of their own.
const SHOWN: usize = 10;

const PYTHON: &[LockFormat] = &[LockFormat::Uv, LockFormat::Poetry, LockFormat::Requirements];

/// The formats of which one locks what a manifest of that name says.
fn locked_by(path: &str) -> Option<&'static [LockFormat]> {
    let name = file_name(path);
    Some(match name {
        "Cargo.toml" => &[LockFormat::Cargo],
        "package.json" => &[LockFormat::Npm, LockFormat::Pnpm, LockFormat::Yarn],
        "pyproject.toml" | "Pipfile" => PYTHON,
        "go.mod" => &[LockFormat::Go],
        "Gemfile" | "gems.rb" => &[LockFormat::Bundler],
        "build.gradle" | "build.gradle.kts" => &[LockFormat::Gradle],
        "composer.json" => &[LockFormat::Composer],
        _ if is_requirements(name) => PYTHON,
        _ => return None,
    })
}

fn is_requirements(name: &str) -> bool {
    name.starts_with("requirements") && (name.ends_with(".txt") || name.ends_with(".in"))
}

/// Whether a path is that of a manifest.
#[must_use]
pub fn could_be_manifest(path: &str) -> bool {
    locked_by(path).is_some()
}

/// Findings about manifests that name dependencies, and that none of the locks is of; a note for
/// what policy excuses.
#[must_use]
pub fn unlocked(manifests: &[Manifest], locks: &[Lock], without: &[WithoutLock]) -> Vec<Finding> {
    let mut used = BTreeSet::new();
    let mut bare = Vec::new();
    for manifest in manifests {
        let Some(formats) = locked_by(&manifest.path) else { continue };
        if has_lock(&manifest.path, formats, locks) || !depends(manifest) {
            continue;
        }
        let excused = without.iter().position(|item| item.paths.is_match(&manifest.path));
        match excused {
            Some(at) => drop(used.insert(at)),
            None => bare.push((manifest, formats)),
        }
    }
    let mut findings: Vec<Finding> = bare
        .iter()
        .take(SHOWN)
        .map(|(manifest, formats)| {
            let names: Vec<&str> =
                formats.iter().flat_map(|format| format.names()).copied().collect();
            let message = format!(
                "{} names dependencies, but no lock file that is checked pins their versions",
                manifest.path
            );
            let help = format!(
                "commit its lock ({}) and list it in `locks` of policy/gates.toml; where it needs \
                 none, say why in `without_lock`",
                names.join(", ")
            );
            Finding::new(Code::LockIncomplete, message).help(help).at(Place::file(&manifest.path))
        })
        .collect();
    if let Some((manifest, _)) = bare.get(SHOWN) {
        let message = format!("{} more manifests have no lock that is checked", bare.len() - SHOWN);
        findings.push(
            Finding::new(Code::LockIncomplete, message)
                .help("list their locks, or say in `without_lock` why they need none")
                .at(Place::file(&manifest.path)),
        );
    }
    for (at, item) in without.iter().enumerate() {
        let glob = item.paths.text();
        let finding = if used.contains(&at) {
            let message = format!("manifests of `{glob}` need no lock: {}", item.reason);
            Finding::new(Code::LockNote, message).help("nothing to do where that still holds")
        } else {
            let message = format!("`without_lock` excuses `{glob}`, where no manifest needs it");
            Finding::new(Code::LockNote, message).help("take it out of policy/gates.toml")
        };
        findings.push(finding.at(item.place.clone()));
    }
    findings
}

fn has_lock(manifest: &str, formats: &[LockFormat], locks: &[Lock]) -> bool {
    let name = file_name(manifest);
    let only_itself = is_requirements(name) && name.ends_with(".txt");
    locks.iter().any(|lock| {
        let itself = !only_itself || lock.file.path == manifest;
        itself && formats.contains(&lock.file.format) && lock.is_of(folder_of(manifest))
    })
}

/// Whether a manifest names anything that is fetched. What cannot be read is taken to.
fn depends(manifest: &Manifest) -> bool {
    let Ok(text) = std::str::from_utf8(&manifest.bytes) else { return true };
    match file_name(&manifest.path) {
        "Cargo.toml" => toml_depends(text, cargo_depends),
        "pyproject.toml" => toml_depends(text, python_depends),
        "package.json" => json_depends(
            &manifest.bytes,
            &["dependencies", "devDependencies", "optionalDependencies"],
            |_| true,
        ),
        "composer.json" => {
            json_depends(&manifest.bytes, &["require", "require-dev"], |name| name.contains('/'))
        }
        "go.mod" => go_requires(text),
        "Gemfile" | "gems.rb" => has_line(text, &["gem ", "gem(", "gemspec"]),
        "build.gradle" | "build.gradle.kts" => has_line(text, &["dependencies"]),
        "Pipfile" => true,
        _ => text.lines().any(|line| !line.trim().is_empty() && !line.trim().starts_with('#')),
    }
}

/// Whether a `go.mod` requires another module.
pub(super) fn go_requires(text: &str) -> bool {
    has_line(text, &["require ", "require\t", "require("])
}

fn has_line(text: &str, words: &[&str]) -> bool {
    text.lines().map(str::trim_start).any(|line| words.iter().any(|word| line.starts_with(word)))
}

fn toml_depends(text: &str, judge: fn(&DeTable<'_>) -> bool) -> bool {
    DeTable::parse(text).map_or(true, |root| judge(root.get_ref()))
}

/// Whether a manifest of cargo has a dependency that is not merely a folder or inherited.
fn cargo_depends(root: &DeTable<'_>) -> bool {
    let kinds = ["dependencies", "dev-dependencies", "build-dependencies"];
    let fetched =
        |value: &DeValue<'_>| value.as_table().is_none_or(|table| !table.contains_key("path"));
    let any = |table: &DeValue<'_>| {
        let has = |kind: &&str| {
            let entries = table.get(*kind).and_then(|all| all.get_ref().as_table());
            entries.is_some_and(|all| all.values().any(|value| fetched(value.get_ref())))
        };
        kinds.iter().any(has)
    };
    let targets = root.get("target").and_then(|all| all.get_ref().as_table());
    any(&DeValue::Table(root.clone()))
        || root.get("workspace").is_some_and(|workspace| any(workspace.get_ref()))
        || targets.is_some_and(|all| all.values().any(|target| any(target.get_ref())))
}

fn python_depends(root: &DeTable<'_>) -> bool {
    let at = |path: &[&str]| {
        let (first, rest) = path.split_first()?;
        let start = root.get(*first)?.get_ref();
        rest.iter().try_fold(start, |value, key| Some(value.get(*key)?.get_ref()))
    };
    let filled = |value: Option<&DeValue<'_>>| match value {
        Some(DeValue::Array(items)) => !items.is_empty(),
        Some(DeValue::Table(table)) => table.keys().any(|key| key.get_ref() != "python"),
        _ => false,
    };
    [
        &["project", "dependencies"][..],
        &["project", "optional-dependencies"],
        &["dependency-groups"],
        &["tool", "poetry", "dependencies"],
        &["tool", "poetry", "group"],
        &["tool", "uv", "dev-dependencies"],
    ]
    .iter()
    .any(|path| filled(at(path)))
}

fn json_depends(bytes: &[u8], keys: &[&str], counts: fn(&str) -> bool) -> bool {
    let Ok(root) = json::read(bytes) else { return true };
    keys.iter().any(|key| {
        let entries = root.get(key).and_then(Node::entries).unwrap_or_default();
        entries.iter().any(|entry| counts(&entry.key))
    })
}
