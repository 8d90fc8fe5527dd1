//! Which files of a commit are the program that judges its patches. Where `cargo xtask` is an
//! alias of the repository itself, a patch that changes what it builds changes the judge.

use std::collections::{BTreeMap, BTreeSet};

use toml::{Table, Value};

use crate::Policy;
use crate::filemap::{Approval, PlacedGlob};
use crate::workflow::Tool;
use thrice_facts::git::{Commit, Repository};
use thrice_findings::Place;
use thrice_policy::values::PathGlob;

/// What decides which program `cargo xtask` is.
const CARGO: [&str; 1] = [".cargo/**"];
/// What decides how cargo builds it.
const TOOLCHAIN: [&str; 2] = ["rust-toolchain", "rust-toolchain.toml"];

/// Adds to the Filemap of a commit's policy that a patch which changes the judge needs an
/// approval.
///
/// # Errors
/// Where git fails.
pub(crate) fn guard(
    repository: &Repository,
    commit: &Commit,
    policy: &mut Policy,
) -> anyhow::Result<()> {
    let tool = &policy.gates.workflow.tool;
    if matches!(tool, Tool::Release { .. }) {
        return Ok(());
    }
    let mut paths: Vec<String> = CARGO.map(str::to_owned).to_vec();
    let built = matches!(tool, Tool::Git { .. });
    let configs = repository.files_of(commit, ".cargo")?;
    let alias = configs.iter().find_map(|(name, bytes)| {
        ["config", "config.toml"].contains(&name.as_str()).then(|| alias(bytes)).flatten()
    });
    if built || alias.is_some() {
        paths.extend(TOOLCHAIN.map(str::to_owned));
    }
    if let Some(words) = alias {
        let manifests = manifests(repository, commit)?;
        paths.push("Cargo.toml".to_owned());
        let folders = folders(&words, &manifests);
        paths.extend(folders.into_iter().map(|folder| {
            if folder.is_empty() { "src/**".to_owned() } else { format!("{folder}/**") }
        }));
    }
    let Some(filemap) = policy.filemap.as_mut() else { return Ok(()) };
    let place = Place::file("a rule of every Filemap");
    let globs = paths.iter().filter_map(|path| PathGlob::new(&escaped(path)).ok());
    filemap.approvals.push(Approval {
        name: "judge".to_owned(),
        paths: globs.map(|glob| PlacedGlob { glob, place: place.clone() }).collect(),
        roles: Vec::new(),
        reason: "it is, or builds, the program that judges every later patch".to_owned(),
    });
    Ok(())
}

/// A path in which only a `/**` at its end is a wildcard.
fn escaped(path: &str) -> String {
    let (folder, rest) = match path.strip_suffix("/**") {
        Some(folder) => (folder, "/**"),
        None => (path, ""),
    };
    let plain = |c: char| !"*?[]{}\\!".contains(c);
    let escape = |c: char| if plain(c) { c.to_string() } else { format!("[{c}]") };
    folder.chars().map(escape).collect::<String>() + rest
}

/// The words of the alias `xtask`.
fn alias(config: &[u8]) -> Option<Vec<String>> {
    let table: Table = std::str::from_utf8(config).ok()?.parse().ok()?;
    let words = match table.get("alias")?.get("xtask")? {
        Value::String(text) => text.split_whitespace().map(str::to_owned).collect(),
        Value::Array(words) => words.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => return None,
    };
    Some(words)
}

/// Every `Cargo.toml` of a commit: the folder that it lies in, and what it says.
fn manifests(repository: &Repository, commit: &Commit) -> anyhow::Result<BTreeMap<String, Table>> {
    let tree = repository.tree(commit)?;
    let mut found = Vec::new();
    for (path, mode, object) in tree.entries() {
        let Ok(path) = std::str::from_utf8(path) else { continue };
        let folder = match path {
            "Cargo.toml" => Some(""),
            _ => path.strip_suffix("/Cargo.toml"),
        };
        if let Some(folder) = folder.filter(|_| mode.starts_with("100")) {
            found.push((folder.to_owned(), object.to_owned()));
        }
    }
    let objects: Vec<&str> = found.iter().map(|(_, object)| object.as_str()).collect();
    let mut folders = found.iter().map(|(folder, _)| folder);
    let mut manifests = BTreeMap::new();
    repository.read_blobs(&objects, |_, bytes| {
        let table = std::str::from_utf8(bytes).ok().and_then(|text| text.parse().ok());
        if let (Some(folder), Some(table)) = (folders.next(), table) {
            manifests.insert(folder.clone(), table);
        }
    })?;
    Ok(manifests)
}

/// The folders of the package that an alias runs, and of all that it is built of by path.
fn folders(words: &[String], manifests: &BTreeMap<String, Table>) -> BTreeSet<String> {
    let value = |names: &[&str]| {
        words.iter().enumerate().find_map(|(at, word)| {
            if names.contains(&word.as_str()) {
                return words.get(at + 1).cloned();
            }
            let given = names.iter().find_map(|name| word.strip_prefix(name)?.strip_prefix('='));
            given.map(str::to_owned)
        })
    };
    let package = value(&["--package", "-p"]);
    let named = |table: &Table| {
        let name = table.get("package").and_then(|package| package.get("name"));
        name.and_then(Value::as_str).map(str::to_owned)
    };
    let first = match (value(&["--manifest-path"]), package) {
        (Some(path), _) => joined("", path.strip_suffix("Cargo.toml").unwrap_or(&path)),
        (None, Some(package)) => {
            let found = manifests.iter().find(|(_, table)| named(table).as_ref() == Some(&package));
            found.map(|(folder, _)| folder.clone())
        }
        (None, None) => Some(String::new()),
    };
    let mut left: Vec<String> = first.into_iter().collect();
    let mut folders = BTreeSet::new();
    while let Some(folder) = left.pop() {
        if !folders.insert(folder.clone()) {
            continue;
        }
        let Some(table) = manifests.get(&folder) else { continue };
        left.extend(path_dependencies(&folder, table, manifests.get("")));
    }
    folders
}

/// The folders of what a manifest depends on by path, its workspace's paths and patches
/// included.
fn path_dependencies(folder: &str, table: &Table, root: Option<&Table>) -> Vec<String> {
    const KINDS: [&str; 2] = ["dependencies", "build-dependencies"];
    let of = |table: &Table| -> Vec<(String, Value)> {
        let lists = KINDS.iter().filter_map(|kind| table.get(*kind)?.as_table());
        lists.flat_map(|list| list.clone().into_iter()).collect()
    };
    let targets = table.get("target").and_then(Value::as_table).into_iter().flatten();
    let mut all = of(table);
    all.extend(targets.filter_map(|(_, target)| target.as_table()).flat_map(of));
    let shared = root.and_then(|root| root.get("workspace")?.get("dependencies")?.as_table());
    let path = |value: &Value| value.get("path").and_then(Value::as_str).map(str::to_owned);
    let mut folders: Vec<String> = Vec::new();
    for (name, value) in &all {
        if value.get("workspace").is_some() {
            let shared = shared.and_then(|shared| path(shared.get(name)?));
            folders.extend(shared.and_then(|path| joined("", &path)));
        } else {
            folders.extend(path(value).and_then(|path| joined(folder, &path)));
        }
    }
    let patches = root.and_then(|root| root.get("patch")?.as_table()).into_iter().flatten();
    let patches = patches.filter_map(|(_, list)| list.as_table()).flatten();
    folders.extend(patches.filter_map(|(_, value)| joined("", &path(value)?)));
    folders
}

/// A path from a folder, without `.` and `..`; `None` where it leads out of the repository.
fn joined(folder: &str, path: &str) -> Option<String> {
    if path.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(alias_line: &str, manifests: &[(&str, &str)]) -> Vec<String> {
        let words = alias(format!("[alias]\n{alias_line}\n").as_bytes()).unwrap();
        let read = |(folder, text): &(&str, &str)| ((*folder).to_owned(), text.parse().unwrap());
        folders(&words, &manifests.iter().map(read).collect()).into_iter().collect()
    }

    #[test]
    fn the_judge_is_all_that_it_is_built_of_by_path() {
        let root = (
            "",
            "[workspace]\nmembers = [\"x\"]\n[workspace.dependencies]\nc = { path = \"libs/c\" }\n",
        );
        let x = (
            "tools/x",
            "[package]\nname = \"x\"\n[dependencies]\na = { path = \"../a\" }\nserde = \"1\"\nc.workspace = true\n[dev-dependencies]\nd = { path = \"../d\" }\n",
        );
        let a = (
            "tools/a",
            "[package]\nname = \"a\"\n[build-dependencies]\nb = { path = \"./b\" }\n[target.'cfg(unix)'.dependencies]\nx = { path = \"../x\" }\n",
        );
        let b = ("tools/a/b", "[package]\nname = \"b\"\n");
        let all = ["libs/c", "tools/a", "tools/a/b", "tools/x"];
        for alias in [
            "xtask = \"run --quiet --package x --\"",
            "xtask = [\"run\", \"-p\", \"x\", \"--\"]",
            "xtask = \"run --package=x --\"",
            "xtask = \"run --manifest-path tools/x/Cargo.toml --\"",
            "xtask = \"run --manifest-path=./tools/x/Cargo.toml\"",
        ] {
            assert_eq!(found(alias, &[root, x, a, b]), all, "{alias}");
        }
        assert_eq!(found("xtask = \"run --\"", &[("", "[package]\nname = \"r\"\n")]), [""]);
        let patched = ("", "[patch.crates-io]\nserde = { path = \"vendor/serde\" }\n");
        assert_eq!(
            found("xtask = \"run -p x\"", &[patched, b, ("t", "[package]\nname = \"x\"\n")]),
            ["t", "vendor/serde"]
        );
    }

    #[test]
    fn what_leads_out_or_is_no_alias_names_nothing() {
        assert_eq!(joined("a/b", "../../c"), Some("c".to_owned()));
        assert_eq!(joined("a", "../../c"), None);
        assert_eq!(joined("a", "/c"), None);
        assert!(alias(b"[alias]\nb = \"build\"\n").is_none());
        assert!(alias(b"\xff").is_none());
        assert_eq!(escaped("a[b]/**"), "a[[]b[]]/**");
    }
}
