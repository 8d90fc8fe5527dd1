//! Where compiled crates of others lie, what names them, and how they are compiled.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::json;

use super::workspace::{Locked, Workspace};
use super::{Compiling, Making, Shared, commands, folder};
use crate::evidence::json::canonical;
use crate::evidence::manifest::sha256_hex;
use crate::layout::{open_log, repository_cache};
use crate::prepare::said_meanwhile;
use thrice_facts::files;
use thrice_facts::git::Tree;
use thrice_facts::process::gate::{Ended, GateCommand};
use thrice_facts::process::manner::Manner;
use thrice_findings::text::command_line;
use thrice_report::event::Event;

/// How long one command may take.
pub(super) const LIMIT: Duration = Duration::from_secs(1800);

/// Puts an empty file in the place of a package's own source. cargo calls it as
/// `WRAPPER RUSTC ARGUMENTS`, and for packages of the workspace only.
const WRAPPER: &str = r#"#!/bin/sh
rustc=$1
shift
count=$#
found=
for word; do
    case $word in
    *.rs)
        if [ -z "$found" ]; then
            found=yes
            word=${0%/*}/empty.rs
        fi
        ;;
    esac
    set -- "$@" "$word"
done
shift "$count"
if [ -n "$found" ]; then
    set -- "$@" --cap-lints allow
fi
exec "$rustc" "$@"
"#;

/// The compiled crates of one key, locked for as long as this lives.
pub(super) struct Store {
    folder: PathBuf,
    _lock: File,
}

impl Store {
    /// The store of a repository and key; stores of other keys are removed, because they are
    /// large and locks move on. None where another review has it, or there is no cache.
    pub(super) fn open(root: &Path, key: &str) -> anyhow::Result<Option<Self>> {
        let Some(store) = Self::lock(root, key)? else { return Ok(None) };
        let Some(all) = store.folder.parent() else { return Ok(Some(store)) };
        for entry in std::fs::read_dir(all)? {
            let path = entry?.path();
            if path != store.folder {
                files::remove(&path)?;
            }
        }
        Ok(Some(store))
    }

    /// As [`Store::open`], and nothing is removed.
    pub(super) fn lock(root: &Path, key: &str) -> anyhow::Result<Option<Self>> {
        let (Some(all), Some(name)) = (stores(root), key.get(..16)) else { return Ok(None) };
        files::make_folder(&all)?;
        let lock = File::open(&all)?;
        let is_free = lock.try_lock().is_ok();
        Ok(is_free.then(|| Self { folder: all.join(name), _lock: lock }))
    }

    /// One of its target folders.
    pub(super) fn target(&self, index: usize) -> PathBuf {
        self.folder.join(index.to_string())
    }

    fn record(&self) -> PathBuf {
        self.folder.join(RECORD)
    }

    /// What an earlier review left whole; what is not is removed.
    pub(super) fn kept(&self) -> anyhow::Result<Option<Shared>> {
        let bytes = files::read_if_there(&self.record())?.unwrap_or_default();
        if let Ok(shared) = serde_json::from_slice::<Shared>(&bytes)
            && self.stands(&shared)?
        {
            return Ok(Some(Shared { reused: true, ..shared }));
        }
        files::remove(&self.folder)?;
        Ok(None)
    }

    /// Whether all that was shared is still there as it was.
    pub(super) fn stands(&self, shared: &Shared) -> anyhow::Result<bool> {
        for (index, digest) in shared.sha256.iter().enumerate() {
            if !self.target(index).is_dir()
                || folder::measure(&self.target(index))?.sha256 != *digest
            {
                return Ok(false);
            }
        }
        Ok(shared.sha256.len() == shared.folders.len())
    }

    /// Records what was compiled; for the next review only where all of it was.
    pub(super) fn keep(&self, mut shared: Shared) -> anyhow::Result<Shared> {
        for index in 0..shared.folders.len() {
            let measured = folder::measure(&self.target(index))?;
            shared.bytes += measured.bytes;
            shared.sha256.push(measured.sha256);
        }
        if shared.failed.is_none() {
            files::write_whole(&self.record(), &canonical(&shared)?)?;
        }
        Ok(shared)
    }
}

/// The file of a store that says what it holds.
const RECORD: &str = "shared.json";

/// Where the stores of a repository lie; none where there is no cache.
fn stores(root: &Path) -> Option<PathBuf> {
    Some(repository_cache(root)?.join("crates"))
}

/// The target folders that the last review of a repository left whole.
pub(super) fn last(root: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let Some(all) = stores(root).filter(|all| all.is_dir()) else { return Ok(Vec::new()) };
    for entry in std::fs::read_dir(all)? {
        let folder = entry?.path();
        let record = files::read_if_there(&folder.join(RECORD))?.unwrap_or_default();
        if let Ok(shared) = serde_json::from_slice::<Shared>(&record) {
            return Ok((0..shared.folders.len()).map(|it| folder.join(it.to_string())).collect());
        }
    }
    Ok(Vec::new())
}

/// Whether a file decides what of others is compiled, and how.
fn decides(path: &[u8]) -> bool {
    let path = String::from_utf8_lossy(path);
    let mut parts = path.rsplit('/');
    let name = parts.next().unwrap_or_default();
    matches!(name, "Cargo.toml" | "Cargo.lock" | "rust-toolchain" | "rust-toolchain.toml")
        || parts.any(|folder| folder == ".cargo")
}

/// Whether any lock of a commit pins a package of others.
pub(super) fn locks_others(tree: &Tree) -> anyhow::Result<bool> {
    let paths = tree.paths().filter_map(|path| std::str::from_utf8(path).ok());
    for path in paths.filter(|path| path.rsplit('/').next() == Some("Cargo.lock")) {
        if locked(&tree.read(path)?.unwrap_or_default()).of_others > 0 {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The digests of the locks that cargo writes of what was fetched, where the commit's own pin no
/// package of others; none where nothing is of others.
pub(super) fn resolved(
    making: &Making<'_>,
    all: &[Compiling],
) -> anyhow::Result<Option<BTreeSet<String>>> {
    let mut digests = BTreeSet::new();
    if locks_others(making.tree)? {
        return Ok(Some(digests));
    }
    let source = thrice_facts::scratch::folder()?;
    making.tree.export(source.path())?;
    for compiling in all {
        let describing = commands::that_describes(&compiling.argv);
        let described = printed(making, &describing, compiling, source.path())?;
        let workspace = described.and_then(|text| Workspace::read(&text, source.path()));
        let Some(workspace) = workspace else { continue };
        let lock = lock_of(making, compiling, source.path(), &workspace)?;
        if locked(&lock).of_others > 0 {
            digests.insert(sha256_hex(&lock));
        }
    }
    if digests.is_empty() {
        return Ok(None);
    }
    making.say(
        "no Cargo.lock is tracked: cargo locks the crates of others to the versions of the day",
    );
    Ok(Some(digests))
}

/// The lock of a workspace; where the commit has none, cargo's of what was fetched.
fn lock_of(
    making: &Making<'_>,
    compiling: &Compiling,
    source: &Path,
    workspace: &Workspace,
) -> anyhow::Result<Vec<u8>> {
    let path = source.join(&workspace.root).join("Cargo.lock");
    if !path.exists() {
        printed(making, &commands::that_locks(&compiling.argv), compiling, source)?;
    }
    Ok(files::read_if_there(&path)?.unwrap_or_default())
}

fn locked(bytes: &[u8]) -> Locked {
    Locked::read(&String::from_utf8_lossy(bytes)).unwrap_or_default()
}

/// All on which compiled crates depend, as a digest.
pub(super) fn key(
    tree: &Tree,
    toolchain: &str,
    all: &[Compiling],
    resolved: &BTreeSet<String>,
) -> anyhow::Result<String> {
    // The run's own places, and the commit's time, which a crate of others has no use for:
    // cargo compiles it again where it asks for them.
    const OF_RUN: [&str; 3] = ["HOME", "TMPDIR", "SOURCE_DATE_EPOCH"];
    let mut all = all.to_vec();
    for name in OF_RUN {
        all.iter_mut().for_each(|it| drop(it.environment.remove(name)));
    }
    let deciding: Vec<_> = tree
        .entries()
        .filter(|(path, _, _)| decides(path))
        .map(|(path, mode, object)| (files::display_bytes(path), mode, object))
        .collect();
    let parts = json!({
        "files": deciding, "toolchain": toolchain, "commands": all, "resolved": resolved, "form": 2,
    });
    Ok(sha256_hex(&canonical(&parts)?))
}

/// What a command printed, where it ended well.
pub(super) fn printed(
    making: &Making<'_>,
    argv: &[String],
    compiling: &Compiling,
    folder: &Path,
) -> anyhow::Result<Option<String>> {
    let mut log = thrice_facts::scratch::file()?;
    let deadline = Instant::now() + LIMIT;
    let command = GateCommand {
        argv,
        folder,
        environment: &compiling.environment,
        log: &log,
        deadline,
        interrupt: making.interrupt,
        manner: Manner::default(),
    };
    let ended = command.run()?;
    let mut bytes = Vec::new();
    log.rewind()?;
    log.read_to_end(&mut bytes)?;
    Ok((ended == Ended::Status(0)).then(|| String::from_utf8_lossy(&bytes).into_owned()))
}

/// What the compiler says of itself where the first command runs; nothing where there is none.
pub(super) fn toolchain(
    making: &Making<'_>,
    compiling: &Compiling,
) -> anyhow::Result<Option<String>> {
    let argv = ["rustc", "--version", "--verbose"].map(str::to_owned);
    printed(making, &argv, compiling, &making.run.root)
}

/// What was compiled into a store.
#[derive(Default)]
pub(super) struct Compiled {
    /// The target folders, relative to a checkout.
    pub(super) folders: Vec<PathBuf>,
    /// How many packages of others the locks of their workspaces pin.
    pub(super) packages: usize,
    /// The first command that failed.
    pub(super) failed: Option<String>,
    /// Names of the repository's own packages and of their targets.
    own: BTreeSet<String>,
}

impl Compiled {
    /// Notes the workspace of a command; gives the number of its target folder.
    fn note(&mut self, workspace: Workspace, lock: &[u8]) -> usize {
        self.own.extend(workspace.names);
        let known = self.folders.iter().position(|folder| *folder == workspace.target);
        if let Some(index) = known {
            return index;
        }
        let locked = locked(lock);
        self.packages += locked.of_others;
        self.own.extend(locked.own);
        self.folders.push(workspace.target);
        self.folders.len() - 1
    }
}

/// Compiles into a store; nothing where the command was asked to stop.
pub(super) fn compile(
    making: &Making<'_>,
    store: &Store,
    all: &[Compiling],
) -> anyhow::Result<Option<Compiled>> {
    let source = store.folder.join("source");
    making.tree.export(&source)?;
    let wrapper = wrapper(&store.folder)?;
    let log = open_log(making.log)?;
    let mut compiled = Compiled::default();
    for compiling in all {
        let shown = command_line(&compiling.argv);
        let describing = commands::that_describes(&compiling.argv);
        let described = printed(making, &describing, compiling, &source)?;
        let Some(workspace) = described.and_then(|text| Workspace::read(&text, &source)) else {
            compiled.failed.get_or_insert(shown);
            continue;
        };
        let lock = lock_of(making, compiling, &source, &workspace)?;
        let index = compiled.note(workspace, &lock);
        making.listener.event(&Event::Preparing { command: format!("{shown} (locked crates)") });
        let mut environment = compiling.environment.clone();
        environment
            .insert("CARGO_TARGET_DIR".to_owned(), store.target(index).display().to_string());
        environment.insert("RUSTC_WORKSPACE_WRAPPER".to_owned(), wrapper.display().to_string());
        let deadline = Instant::now() + LIMIT;
        let command = GateCommand {
            argv: &compiling.argv,
            folder: &source,
            environment: &environment,
            log: &log,
            deadline,
            interrupt: making.interrupt,
            manner: Manner::default(),
        };
        let doing = "compiling the locked crates";
        match said_meanwhile(making.listener, doing, making.log, || command.run())? {
            Ended::Status(0) => {}
            Ended::Interrupted => return Ok(None),
            _ => drop(compiled.failed.get_or_insert(shown)),
        }
    }
    for index in 0..compiled.folders.len() {
        if store.target(index).is_dir() {
            folder::prune(&store.target(index), &compiled.own)?;
        } else {
            files::make_folder(&store.target(index))?;
        }
    }
    files::remove(&source)?;
    Ok(Some(compiled))
}

fn wrapper(folder: &Path) -> anyhow::Result<PathBuf> {
    files::write_whole(&folder.join("empty.rs"), b"fn main() {}\n")?;
    let wrapper = folder.join("wrapper");
    files::write_whole(&wrapper, WRAPPER.as_bytes())?;
    files::set_executable(&wrapper, true)?;
    Ok(wrapper)
}
