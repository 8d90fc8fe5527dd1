//! What is there for `init` to judge.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::super::tools::{has_module, home_entries};
use crate::judge::init::{
    Ci, InitFacts, NAMING, OWN_FILES, PROGRAMS, PreCommit, cargo_locks, imports_pytest,
    is_junit_suite, is_manifest, markers, named_by,
};
use thrice_facts::files;
use thrice_facts::files::file_name;
use thrice_facts::git::Repository;
use thrice_facts::github::Slug;
use thrice_facts::machine;
use thrice_findings::Severity;
use thrice_orr::judge::lock::Lock;
use thrice_orr::judge::{codeowners, lock, workflow};
use thrice_orr::scanner;
use thrice_programme::{LockFile, LockFormat};

/// The largest file that is read; what is larger was not written by people.
const MOST: u64 = 1 << 20;
/// Where GitHub looks for owners, in its order.
const CODEOWNERS: &[&str] = &[".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];
/// What npm calls its lock.
const NPM_LOCK: &str = "package-lock.json";
/// Files that can hold tests.
const SOURCES: &[&str] = &["rs", "py", "js", "mjs", "cjs", "ts", "mts", "cts", "go", "java", "kt"];

fn is_source(path: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, ending)| SOURCES.contains(&ending))
}

pub(super) fn gather(repository: &Repository) -> anyhow::Result<InitFacts> {
    let root = repository.root();
    let listed = repository.listed()?;
    let paths: BTreeSet<String> =
        listed.iter().filter_map(|path| String::from_utf8(path.clone()).ok()).collect();
    let url = repository.remote_url();
    let slug = url.as_deref().and_then(Slug::of_remote);
    let mut facts = InitFacts {
        name: name(root, url.as_deref())?,
        default_branch: default_branch(repository)?,
        owner: slug.filter(|slug| slug.host == "github.com").map(|slug| slug.owner),
        has_commit: repository.commit("HEAD")?.is_some(),
        policy: policy(root)?,
        gates: text(&root.join("policy/gates.toml"))?,
        ignored: text(&root.join(".gitignore"))?,
        ..InitFacts::default()
    };
    if url.is_none() {
        facts.other_remotes = repository.remotes()?;
    }
    facts.submodules = repository.submodules()?;
    facts.hides_itself = repository.ignored_by(".gitignore")?.is_some();
    read(root, &paths, &mut facts)?;
    let ignored =
        repository.ignored_files()?.into_iter().filter_map(|it| String::from_utf8(it).ok());
    let imported = imported(root, &paths)?;
    // Of a module of Python it is known whether anything imports it.
    let is_used = |path: &String| {
        file_name(path).strip_suffix(".py").is_none_or(|module| imported.contains(module))
    };
    facts.ignored_sources = ignored
        .filter(|path| (is_source(path) || path.ends_with(".mo")) && is_used(path))
        .collect();
    (facts.unpinned, facts.ci) = (unpinned(&facts.texts), Ci::of(&facts.texts));
    facts.pre_commit = PreCommit::of(&facts.texts);
    facts.owners = owners(root, &paths, &listed)?;
    facts.files = paths;
    let fetched = cargo_locks(&facts);
    locks(root, &mut facts, &fetched)?;
    let manifests = facts.files.iter().filter(|path| file_name(path) == "package.json");
    let of_npm = manifests.filter_map(|path| files::joined(files::folder_of(path), NPM_LOCK));
    let of_npm: Vec<String> = of_npm.filter(|lock| root.join(lock).is_file()).collect();
    for lock in fetched.iter().chain(&of_npm).filter(|lock| !facts.files.contains(*lock)) {
        match repository.ignored_by(lock)? {
            Some(by) => drop(facts.ignored_locks.insert(lock.clone(), by)),
            None => drop(facts.untracked_locks.insert(lock.clone())),
        }
    }
    facts.own = own_files(root)?;
    if facts.has_commit {
        facts.uncommitted = uncommitted(repository)?;
    }
    let needed = PROGRAMS.iter().filter(|program| machine::has(program));
    facts.programs = needed.map(|program| (*program).to_owned()).collect();
    if facts.programs.contains("pytest") && !has_module(root, "python3", "pytest") {
        facts.programs.remove("pytest");
    }
    facts.home = home_entries(facts.programs.iter());
    facts.scanner = scanner::readiness();
    Ok(facts)
}

/// Reads what the sources and the manifests say that counts here.
fn read(root: &Path, paths: &BTreeSet<String>, facts: &mut InitFacts) -> anyhow::Result<()> {
    for path in paths {
        let source = is_source(path);
        if !source && !is_manifest(path) {
            continue;
        }
        let Some(text) = text(&root.join(path))? else { continue };
        let seen = if source { markers(path, &text) } else { 0 };
        if seen > 0 {
            facts.tests.insert(path.clone(), seen);
        }
        if is_junit_suite(path, &text) {
            facts.junit_suites.insert(path.clone());
        }
        if is_manifest(path) || imports_pytest(path, &text) {
            facts.texts.insert(path.clone(), text);
        }
    }
    Ok(())
}

/// The words of the lines of Python that import something.
fn imported(root: &Path, tracked: &BTreeSet<String>) -> anyhow::Result<BTreeSet<String>> {
    let mut words = BTreeSet::new();
    for path in tracked.iter().filter(|path| path.ends_with(".py")) {
        let Some(text) = text(&root.join(path))? else { continue };
        for line in text.lines().filter(|line| line.contains("import ")) {
            let all = line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            words.extend(all.map(str::to_owned));
        }
    }
    Ok(words)
}

/// What the files of an own `xtask` say, where they are there.
fn own_files(root: &Path) -> anyhow::Result<BTreeMap<String, String>> {
    let mut own = BTreeMap::new();
    for path in OWN_FILES {
        if let Some(there) = text(&root.join(path))? {
            own.insert((*path).to_owned(), there);
        }
    }
    Ok(own)
}

/// The text of a file of a size that people write; nothing where there is none.
fn text(path: &Path) -> anyhow::Result<Option<String>> {
    let plain = path.metadata().is_ok_and(|it| it.is_file() && it.len() <= MOST);
    if !plain {
        return Ok(None);
    }
    Ok(files::read_if_there(path)?.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
}

/// What every clone calls it: the last part of the remote's address; else what its manifest
/// says; else the folder.
fn name(root: &Path, url: Option<&str>) -> anyhow::Result<String> {
    let remote = url.map(|url| url.trim_end_matches('/').trim_end_matches(".git"));
    let last = remote.and_then(|url| url.rsplit(['/', ':']).next()).filter(|name| !name.is_empty());
    if let Some(last) = last {
        return Ok(last.to_owned());
    }
    for manifest in NAMING {
        let named = text(&root.join(manifest))?.and_then(|text| named_by(manifest, &text));
        if let Some(name) = named {
            return Ok(name);
        }
    }
    let folder = root.file_name().map(|name| name.to_string_lossy().into_owned());
    Ok(folder.unwrap_or_else(|| "repository".to_owned()))
}

/// What the remote was last seen to say; else a branch that is usual; else the one that is
/// checked out.
fn default_branch(repository: &Repository) -> anyhow::Result<String> {
    if let Some(branch) = repository.remote_head()? {
        return Ok(branch);
    }
    for usual in ["main", "master"] {
        if repository.last_seen_tip(usual)?.is_some() {
            return Ok(usual.to_owned());
        }
    }
    Ok(repository.branch()?.unwrap_or_else(|| "main".to_owned()))
}

fn policy(root: &Path) -> anyhow::Result<BTreeSet<String>> {
    let found = files::walk(&root.join("policy"))?;
    Ok(found.iter().map(|file| files::display_bytes(&file.relative)).collect())
}

/// Notes the locks with the first thing that is wrong with each; and what of the manifests no
/// good lock makes exact. `fetched` are the locks of cargo whose crates are fetched.
fn locks(root: &Path, facts: &mut InitFacts, fetched: &BTreeSet<String>) -> anyhow::Result<()> {
    let mut good = Vec::new();
    let mut manifests = Vec::new();
    for path in &facts.files {
        let name = file_name(path);
        let requirements = name.starts_with("requirements") && name.ends_with(".txt");
        let known = LockFormat::ALL.iter().find(|format| format.names().contains(&name));
        let format = known.copied().or(requirements.then_some(LockFormat::Requirements));
        let manifest = lock::could_be_manifest(path);
        if format.is_none() && !manifest {
            continue;
        }
        let Some(bytes) = files::read_if_there(&root.join(path))? else { continue };
        if let Some(format) = format {
            let there = lock::beside(format, path).into_iter().find(|it| facts.files.contains(it));
            let beside = match there {
                Some(path) => files::read_if_there(&root.join(&path))?.map(|bytes| (path, bytes)),
                None => None,
            };
            let beside = beside.as_ref().map(|(path, bytes)| (path.as_str(), bytes.as_slice()));
            let findings = lock::check(format, path, &bytes, beside);
            let wrong = findings
                .into_iter()
                .find(|finding| finding.severity == Severity::Refuse)
                .map(|finding| finding.message);
            if wrong.is_none() && format == LockFormat::Cargo && !fetched.contains(path) {
                facts.unfetched.push(path.clone());
                continue;
            }
            if wrong.is_none() && !bytes.trim_ascii().is_empty() {
                good.push(Lock::new(LockFile { path: path.clone(), format }, &bytes));
            }
            facts.locks.insert(path.clone(), wrong);
        }
        if manifest {
            manifests.push(lock::Manifest { path: path.clone(), bytes });
        }
    }
    let bare = lock::unlocked(&manifests, &good, &[]).into_iter();
    let bare = bare.filter(|finding| finding.severity == Severity::Refuse);
    let unlocked = bare.filter_map(|it| Some((it.place?.file?, it.message)));
    facts.unlocked = unlocked.collect();
    Ok(())
}

/// The paths that are in no commit, but for those that `init` writes.
fn uncommitted(repository: &Repository) -> anyhow::Result<Vec<String>> {
    let is_own = |path: &String| {
        [".gitignore", ".cargo/config.toml"].contains(&path.as_str())
            || ["policy/", "xtask/"].iter().any(|folder| path.starts_with(folder))
    };
    let changed = repository.changed_paths()?.into_iter();
    let changed = changed.map(|(_, path)| files::display_bytes(&path));
    Ok(changed.filter(|path| !is_own(path)).collect())
}

/// How many actions the workflows use by a name that can change.
fn unpinned(texts: &BTreeMap<String, String>) -> Option<usize> {
    let mut workflows = texts.iter().filter(|(path, _)| workflow::is_workflow(path)).peekable();
    workflows.peek()?;
    let count = |(path, text): (&String, &String)| match workflow::parse(path, text.as_bytes()) {
        Ok(parsed) => workflow::unpinned(path, &parsed).len(),
        // One that cannot be read fails the gate as well.
        Err(_) => 1,
    };
    Some(workflows.map(count).sum())
}

type CodeownersFile = Option<(String, BTreeMap<String, Vec<String>>)>;

fn owners(
    root: &Path,
    paths: &BTreeSet<String>,
    listed: &[Vec<u8>],
) -> anyhow::Result<CodeownersFile> {
    let Some(path) = CODEOWNERS.iter().find(|path| paths.contains(**path)) else {
        return Ok(None);
    };
    let Some(bytes) = files::read_if_there(&root.join(path))? else { return Ok(None) };
    let (rules, _) = codeowners::parse(path, &bytes);
    let owned = listed.iter().filter_map(|path| {
        let (owners, _) = rules.owners_of(path)?;
        let name = String::from_utf8(path.clone()).ok()?;
        (!owners.is_empty()).then(|| (name, owners.to_vec()))
    });
    Ok(Some(((*path).to_owned(), owned.collect())))
}
