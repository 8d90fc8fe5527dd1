//! Which files of a commit are the program that judges its patches. Where `cargo xtask` is an
//! alias of the repository itself, a patch that changes what it builds changes the judge.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use toml::{Table, Value};

use crate::Policy;
use crate::filemap::{Approval, PlacedGlob};
use crate::workflow::Tool;
use thrice_facts::files::{folder_of, joined};
use thrice_facts::git::{Commit, Repository, Tree};
use thrice_findings::Place;
use thrice_policy::values::PathGlob;

/// What decides which program `cargo xtask` is.
const CARGO: [&str; 1] = [".cargo/**"];
/// Configuration that names no files that the program is built of; of `env`, programs count.
const NO_PATHS: [&str; 5] = ["alias", "env", "http", "net", "term"];
/// The mode of a link.
const LINK: &str = "120000";
/// How many links lead on before nothing more is followed.
const MOST_LINKS: usize = 16;
/// What cargo writes to.
const WRITTEN: [&str; 3] = ["target-dir", "dep-info-basedir", "build-dir"];
/// What decides how cargo builds it.
const TOOLCHAIN: [&str; 2] = ["rust-toolchain", "rust-toolchain.toml"];

/// Adds to the Filemap of a commit's policy that a patch which changes the judge needs an
/// approval.
pub(crate) fn guard(
    repository: &Repository,
    commit: &Commit,
    policy: &mut Policy,
) -> anyhow::Result<()> {
    let tool = &policy.gates.workflow.tool;
    if matches!(tool, Tool::Release { .. }) || policy.filemap.is_none() {
        return Ok(());
    }
    let mut paths: Vec<String> = CARGO.map(str::to_owned).to_vec();
    let built = matches!(tool, Tool::Git { .. });
    let tree = repository.tree(commit)?;
    let own = [".cargo/config.toml", ".cargo/config"].map(str::to_owned);
    let mut configs = configs(repository, &tree, own.to_vec())?;
    let alias = configs.iter().find_map(|(_, table)| alias(table));
    for said in alias.iter().flat_map(|words| configs_of(words)) {
        let named = joined("", said);
        let file = named.clone().map(|path| real(repository, &tree, path)).transpose()?;
        match file.filter(|path| tree.has(path)) {
            Some(path) => {
                paths.extend(named);
                configs.extend(self::configs(repository, &tree, vec![path])?);
            }
            None => configs.push((own[0].clone(), said.parse().unwrap_or_default())),
        }
    }
    if built || alias.is_some() {
        paths.extend(TOOLCHAIN.map(str::to_owned));
        paths.extend(named(&tree, &configs));
    }
    if let Some(words) = alias {
        let manifests = manifests(repository, &tree)?;
        paths.push("Cargo.toml".to_owned());
        let real = |folder: &str| real(repository, &tree, folder.to_owned()).unwrap_or_default();
        let folders = folders(&words, &manifests, &real);
        let of = |folder: String| if folder.is_empty() { "src".to_owned() } else { folder };
        let folders: Vec<String> = folders.into_iter().map(of).collect();
        paths.extend(behind_links(repository, &tree, &folders)?);
        paths.extend(folders.into_iter().map(|folder| format!("{folder}/**")));
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

/// The links in some folders, and on the way to them, with what they lead to.
fn behind_links(
    repository: &Repository,
    tree: &Tree,
    folders: &[String],
) -> anyhow::Result<BTreeSet<String>> {
    let links = tree.entries().filter(|(_, mode, _)| *mode == LINK);
    let links: Vec<&str> = links.filter_map(|(path, ..)| std::str::from_utf8(path).ok()).collect();
    let (mut found, mut left) = (BTreeSet::new(), folders.to_vec());
    while let Some(folder) = left.pop() {
        let folder = Path::new(&folder);
        let near = |link: &&&str| Path::new(link).starts_with(folder) || folder.starts_with(link);
        for link in links.iter().filter(near).map(|link| (*link).to_owned()).collect::<Vec<_>>() {
            if found.insert(link.clone()) {
                let path = real(repository, tree, link)?;
                found.extend(of_tree(tree, path.clone()));
                left.push(path);
            }
        }
    }
    Ok(found)
}

/// What a commit has at a path: a file, or all of a folder.
fn of_tree(tree: &Tree, path: String) -> Option<String> {
    let below = || tree.has_below(&path).then(|| format!("{path}/**"));
    if tree.has(&path) { Some(path) } else { below() }
}

/// Cargo's configuration in a commit, what it includes as well: the path of each file, and
/// what it says.
fn configs(
    repository: &Repository,
    tree: &Tree,
    mut left: Vec<String>,
) -> anyhow::Result<Vec<(String, Table)>> {
    let (mut seen, mut configs) = (BTreeSet::new(), Vec::new());
    while let Some(path) = left.pop() {
        let path = real(repository, tree, path)?;
        if !seen.insert(path.clone()) {
            continue;
        }
        let bytes = tree.read(&path)?.unwrap_or_default();
        let text = std::str::from_utf8(&bytes).unwrap_or_default();
        let table = text.parse::<Table>().unwrap_or_default();
        let folder = folder_of(&path);
        let mut included = Vec::new();
        table.get("include").into_iter().for_each(|value| strings(value, &mut included));
        left.extend(included.iter().filter_map(|path| joined(folder, path)));
        configs.push((path, table));
    }
    Ok(configs)
}

/// Where a path of a commit is when its links are followed.
fn real(repository: &Repository, tree: &Tree, mut path: String) -> anyhow::Result<String> {
    for _ in 0..MOST_LINKS {
        let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        let link = ends.into_iter().find_map(|end| {
            let (mode, object) = tree.entry(path.get(..end)?)?;
            (mode == LINK).then_some((end, object))
        });
        let Some((end, object)) = link else { break };
        let mut target = String::new();
        repository.read_blobs(&[object], |_, bytes| {
            target = String::from_utf8_lossy(bytes).into_owned();
        })?;
        let (link, rest) = path.split_at(end);
        let Some(there) = joined(folder_of(link), &target) else { break };
        path = format!("{there}{rest}");
    }
    Ok(path)
}

/// Every string of a value. Where cargo writes to is left out.
fn strings(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::String(text) => into.push(text.clone()),
        Value::Array(values) => values.iter().for_each(|value| strings(value, into)),
        Value::Table(table) => {
            let read = table.iter().filter(|(key, _)| !WRITTEN.contains(&key.as_str()));
            read.for_each(|(_, value)| strings(value, into));
        }
        _ => {}
    }
}

/// What configuration names of a commit's files: compilers, wrappers, linkers, runners, vendored
/// crates, other crates' sources, included files. Of a flag, what follows a `=` counts.
fn named(tree: &Tree, configs: &[(String, Table)]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (path, table) in configs {
        found.insert(path.clone());
        let folder = folder_of(path);
        let mut texts = Vec::new();
        let tables = table.iter().filter(|(key, _)| !NO_PATHS.contains(&key.as_str()));
        tables.for_each(|(_, value)| strings(value, &mut texts));
        let words = texts.iter().flat_map(|text| text.split(['=', ' ']).chain([text.as_str()]));
        let above = folder_of(folder);
        for word in words {
            let paths = ["", above, folder].into_iter().filter_map(|from| joined(from, word));
            found.extend(paths.filter_map(|path| of_tree(tree, path)));
        }
        let mut texts = Vec::new();
        table.get("env").into_iter().for_each(|value| strings(value, &mut texts));
        let words = texts.iter().flat_map(|text| text.split([':', ' ']));
        let paths = words.filter_map(|word| joined(above, word));
        let programs = |path: String| {
            let below = [path.as_bytes(), b"/"].concat();
            let mut entries = tree.entries().filter(|(_, mode, _)| *mode == "100755");
            let within = |it: &[u8]| it == path.as_bytes() || it.starts_with(&below);
            of_tree(tree, path.clone()).filter(|_| entries.any(|(it, ..)| within(it)))
        };
        found.extend(paths.filter(|path| !path.is_empty()).filter_map(programs));
    }
    found
}

/// The words of the alias `xtask`, where it is one of another, of that.
fn alias(table: &Table) -> Option<Vec<String>> {
    let aliases = table.get("alias")?.as_table()?;
    let words = |name: &str| -> Option<Vec<String>> {
        let value = aliases.get(name)?;
        let mut words = Vec::new();
        match value.as_str() {
            Some(text) => words.extend(text.split_whitespace().map(str::to_owned)),
            // Cargo takes each word of a list as it is.
            None => strings(value, &mut words),
        }
        Some(words)
    };
    let mut found = words("xtask")?;
    for _ in 0..aliases.len() {
        let Some(more) = found.first().and_then(|first| words(first)) else { break };
        found.splice(..1, more);
    }
    Some(found)
}

/// Every `Cargo.toml` of a commit: the folder that it lies in, and what it says.
fn manifests(repository: &Repository, tree: &Tree) -> anyhow::Result<BTreeMap<String, Table>> {
    let mut found = Vec::new();
    for (path, mode, object) in tree.entries() {
        let Ok(path) = std::str::from_utf8(path) else { continue };
        let folder = match path {
            "Cargo.toml" => Some(""),
            _ => path.strip_suffix("/Cargo.toml"),
        };
        let Some(folder) = folder else { continue };
        if mode.starts_with("100") {
            found.push((folder.to_owned(), object.to_owned()));
        } else if let Some((mode, object)) = tree.entry(&real(repository, tree, path.to_owned())?)
            && mode.starts_with("100")
        {
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

/// What an alias gives cargo as configuration: files, or lines of one.
fn configs_of(words: &[String]) -> Vec<&str> {
    let after = |at: usize| flag(words.get(at..)?, "--config", None);
    let ats = words.iter().enumerate().filter(|(_, word)| word.starts_with("--config"));
    ats.filter_map(|(at, _)| after(at)).collect()
}

/// The value of a flag among words: the next word, or what follows in the same one.
fn flag<'a>(words: &'a [String], long: &str, short: Option<&str>) -> Option<&'a str> {
    let next = |at: usize| words.get(at + 1).map(String::as_str);
    words.iter().enumerate().find_map(|(at, word)| {
        if word == long || Some(word.as_str()) == short {
            return next(at);
        }
        if let Some(rest) = word.strip_prefix(long) {
            return rest.strip_prefix('=');
        }
        word.strip_prefix(short?).map(|rest| rest.trim_start_matches('='))
    })
}

/// Whether a workspace names the members that cargo takes where none is named.
fn has_defaults(table: &Table) -> bool {
    table.get("workspace").is_some_and(|it| it.get("default-members").is_some())
}

/// The folders of the packages that an alias may run. Where nothing that is here fits what it
/// names, every package may be meant.
fn run_by(words: &[String], manifests: &BTreeMap<String, Table>) -> Vec<String> {
    // What comes after `--` is for the program.
    let words = words.split(|word| word == "--").next().unwrap_or_default();
    let text = |table: &Table| table.get("name").and_then(Value::as_str).map(str::to_owned);
    let package = |table: &Table| table.get("package").and_then(Value::as_table).and_then(text);
    let has_binary = |table: &Table, name: &str| {
        let binaries = table.get("bin").and_then(Value::as_array).into_iter().flatten();
        let mut names = binaries.filter_map(|it| text(it.as_table()?)).chain(package(table));
        names.any(|it| it == name)
    };
    let of = |fits: &dyn Fn(&Table) -> bool| -> Vec<String> {
        let fitting = manifests.iter().filter(|(_, table)| fits(table));
        fitting.map(|(folder, _)| folder.clone()).collect()
    };
    let at = flag(words, "--manifest-path", None);
    let top = at.map_or(Some(String::new()), |path| {
        joined("", path.strip_suffix("Cargo.toml").unwrap_or(path))
    });
    let top = top.and_then(|folder| Some((manifests.get(&folder)?, folder)));
    let found = if let Some(spec) = flag(words, "--package", Some("-p")) {
        let name = spec.rsplit('#').next().unwrap_or(spec);
        let name = name.split('@').next().unwrap_or(name);
        of(&|table| package(table).as_deref() == Some(name))
    } else if let Some((_, folder)) =
        top.as_ref().filter(|(table, _)| table.contains_key("package") && !has_defaults(table))
    {
        vec![folder.clone()]
    } else if let Some(name) = flag(words, "--bin", None) {
        of(&|table| has_binary(table, name))
    } else {
        let list = top.and_then(|(table, _)| table.get("workspace")?.get("default-members"));
        let mut members = Vec::new();
        list.into_iter().for_each(|list| strings(list, &mut members));
        // Of a member that is written as a pattern, all may be meant.
        let here = |member: &String| manifests.contains_key(member);
        if members.iter().all(here) { members } else { Vec::new() }
    };
    if found.is_empty() { manifests.keys().cloned().collect() } else { found }
}

/// The folders of what an alias runs, and of all that it is built of by path; `real` follows the
/// links of one.
fn folders(
    words: &[String],
    manifests: &BTreeMap<String, Table>,
    real: &dyn Fn(&str) -> String,
) -> BTreeSet<String> {
    let mut left = run_by(words, manifests);
    let mut folders = BTreeSet::new();
    while let Some(folder) = left.pop() {
        if !folders.insert(folder.clone()) {
            continue;
        }
        left.push(real(&folder));
        let Some(table) = manifests.get(&folder) else { continue };
        left.extend(path_dependencies(&folder, table, &roots(&folder, table, manifests)));
        left.extend(sources_elsewhere(&folder, table));
    }
    folders
}

/// The folders outside of a package in which a manifest has sources of it, or its build script.
fn sources_elsewhere(folder: &str, table: &Table) -> Vec<String> {
    let lists = ["bin", "example"].iter().filter_map(|kind| table.get(*kind)?.as_array());
    let targets = lists.flatten().chain(table.get("lib"));
    let build = table.get("package").and_then(|package| package.get("build"));
    let paths = targets.filter_map(|target| target.get("path")).chain(build);
    let files = paths.filter_map(|path| joined(folder, path.as_str()?));
    let own = |file: &String| folder.is_empty() || file.starts_with(&format!("{folder}/"));
    let others = files.filter(|file| !own(file));
    others.map(|file| folder_of(&file).to_owned()).collect()
}

/// The manifests that may be the root of a package's workspace: those above it, and the one
/// that it names.
fn roots<'a>(
    folder: &str,
    table: &Table,
    manifests: &'a BTreeMap<String, Table>,
) -> Vec<(&'a str, &'a Table)> {
    let named = table.get("package").and_then(|package| package.get("workspace")?.as_str());
    let named = named.and_then(|path| joined(folder, path));
    let above = |it: &str| Path::new(folder).starts_with(it) || named.as_deref() == Some(it);
    let found = manifests.iter().filter(|(it, _)| above(it));
    found.map(|(folder, table)| (folder.as_str(), table)).collect()
}

/// The folders of what a manifest depends on by path, its workspace's paths and patches
/// included.
fn path_dependencies(folder: &str, table: &Table, roots: &[(&str, &Table)]) -> Vec<String> {
    const KINDS: [&str; 2] = ["dependencies", "build-dependencies"];
    let of = |table: &Table| -> Vec<(String, Value)> {
        let lists = KINDS.iter().filter_map(|kind| table.get(*kind)?.as_table());
        lists.flat_map(|list| list.clone().into_iter()).collect()
    };
    let targets = table.get("target").and_then(Value::as_table).into_iter().flatten();
    let mut all = of(table);
    all.extend(targets.filter_map(|(_, target)| target.as_table()).flat_map(of));
    let path = |value: &Value| value.get("path").and_then(Value::as_str).map(str::to_owned);
    let below = |folder: &str, value: &Value| joined(folder, &path(value)?);
    let mut folders: Vec<String> =
        all.iter().filter_map(|(_, value)| below(folder, value)).collect();
    for (root, table) in roots {
        let shared = table.get("workspace").and_then(|it| it.get("dependencies")?.as_table());
        let taken = all.iter().filter(|(_, value)| value.get("workspace").is_some());
        folders.extend(taken.filter_map(|(name, _)| below(root, shared?.get(name)?)));
        let patches = table.get("patch").and_then(Value::as_table).into_iter().flatten();
        let patches = patches.filter_map(|(_, list)| list.as_table()).flatten();
        let replaced = table.get("replace").and_then(Value::as_table).into_iter().flatten();
        folders.extend(patches.chain(replaced).filter_map(|(_, value)| below(root, value)));
    }
    folders
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(alias_line: &str, manifests: &[(&str, &str)]) -> Vec<String> {
        let words = alias(&format!("[alias]\n{alias_line}\n").parse().unwrap()).unwrap();
        let read = |(folder, text): &(&str, &str)| ((*folder).to_owned(), text.parse().unwrap());
        let real = |folder: &str| folder.replace("linked/", "real/");
        folders(&words, &manifests.iter().map(read).collect(), &real).into_iter().collect()
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
            "xtask = \"t\"\nt = [\"run\", \"-px\", \"--\"]",
            "xtask = \"run -p x@0.1.0 --\"",
            "xtask = \"run --bin x --\"",
            "xtask = \"run --bin x -- -p a\"",
        ] {
            assert_eq!(found(alias, &[root, x, a, b]), all, "{alias}");
        }
        assert_eq!(found("xtask = \"run --\"", &[("", "[package]\nname = \"r\"\n")]), [""]);
        let all = ["", "libs/c", "tools/a", "tools/a/b", "tools/x"];
        assert_eq!(found("xtask = \"run -p gone --\"", &[root, x, a, b]), all);
        let apart = "[package]\nname = \"x\"\nbuild = \"../gen/b.rs\"\n[lib]\npath = \"src/l.rs\"\n[[bin]]\nname = \"x\"\npath = \"../main/x.rs\"\n";
        assert_eq!(found("xtask = \"run -p x\"", &[("x", apart)]), ["gen", "main", "x"]);
        let patched = ("", "[patch.crates-io]\nserde = { path = \"vendor/serde\" }\n");
        assert_eq!(
            found("xtask = \"run -p x\"", &[patched, b, ("t", "[package]\nname = \"x\"\n")]),
            ["t", "vendor/serde"]
        );
        let linked = "[package]\nname = \"x\"\n[dependencies]\nl.path = \"../linked/l\"\n";
        let real = "[package]\nname = \"l\"\n[dependencies]\nm.path = \"../m\"\n";
        assert_eq!(
            found("xtask = \"run -p x\"", &[("x", linked), ("real/l", real)]),
            ["linked/l", "real/l", "real/m", "x"]
        );
        let below = "[workspace]\n[workspace.dependencies]\nb = { path = \"../tools/a/b\" }\n[package]\nname = \"x\"\n[dependencies]\nb.workspace = true\n[replace]\n\"c:1.0.0\" = { path = \"../c\" }\n";
        assert_eq!(
            found("xtask = \"run -p x\"", &[root, ("y", below), b]),
            ["c", "tools/a/b", "y"]
        );
        let named =
            "[package]\nname = \"x\"\nworkspace = \"../w\"\n[dependencies]\nb.workspace = true\n";
        let there = ("w", "[workspace.dependencies]\nb = { path = \"../b\" }\n");
        assert_eq!(found("xtask = \"run -p x\"", &[("x", named), there]), ["b", "x"]);
    }

    /// Cargo runs the default members, also where the root is a package.
    #[test]
    fn the_default_members_come_before_the_package_of_the_root() {
        let root = "[package]\nname = \"r\"\n[workspace]\ndefault-members = [\"x\"]\n";
        let x = ("x", "[package]\nname = \"x\"\n");
        assert_eq!(found("xtask = \"run --\"", &[("", root), x]), ["x"]);
    }

    #[test]
    fn configuration_of_an_alias_is_named_by_a_flag() {
        let words =
            ["--config", "a.toml", "run", "--config=b='c'", "--configure"].map(str::to_owned);
        assert_eq!(configs_of(&words), ["a.toml", "b='c'"]);
        let list = "[alias]\nxtask = [\"run\", \"--config\", \"build.rustc-wrapper = 't/w'\"]\n";
        let words = alias(&list.parse().unwrap()).unwrap();
        assert_eq!(configs_of(&words), ["build.rustc-wrapper = 't/w'"]);
    }

    #[test]
    fn what_is_no_alias_names_nothing() {
        assert!(alias(&"[alias]\nb = \"build\"\n".parse().unwrap()).is_none());
        assert_eq!(escaped("a[b]/**"), "a[[]b[]]/**");
    }
}
