//! The locked crates of others, compiled once for all runs of a review.
//!
//! The gates' own cargo commands are carried out beforehand in an export of the commit, so
//! that what they compile has their very features, profiles and flags. A wrapper around the
//! compiler puts an empty file in the place of each source of the repository's own packages;
//! what comes of those is taken out again. Each run starts from a copy of the rest, and
//! compiles the repository's own packages by itself.
//!
//! Where the commit has no lock, that holds of the versions that cargo takes of what was fetched.
//!
//! What was compiled is kept for the next review with the same locks, manifests, toolchain,
//! commands and environment. It is as trusted as the sources in cargo's registry folder are:
//! a digest shows damage, and no same user can be kept from writing there. cargo itself looks
//! at each crate again in each run, and compiles it where anything that it knows of differs.

mod commands;
mod folder;
pub(crate) mod go;
mod store;
mod workspace;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::layout::Run;
use super::vary::Variation;
use super::{cargo_home, environment};
use thrice_facts::files;
use thrice_facts::git::Tree;
use thrice_facts::interrupt::Interrupt;
use thrice_findings::text::command_line;
use thrice_programme::{Action, Gates, LockedCrates};
use thrice_report::event::{Event, Listener};
use thrice_report::text::{counted, seconds};

/// What of a review's compiling was shared by its runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shared {
    /// Digest of all on which it depends: locks, manifests, toolchain, commands, environment.
    pub key: String,
    /// Whether an earlier review compiled it.
    pub reused: bool,
    /// How many packages of others the locks of those workspaces pin.
    pub packages: usize,
    /// What the compiler says of itself.
    pub toolchain: String,
    /// The commands that compiled.
    pub commands: Vec<String>,
    /// The first command that failed: each run then compiles what it left out.
    pub failed: Option<String>,
    /// Target folders, relative to the checkout, in the order of [`Shared::sha256`].
    pub folders: Vec<PathBuf>,
    /// Digest of each of them.
    pub sha256: Vec<String>,
    /// Bytes of all of them.
    pub bytes: u64,
    /// Runs that compiled everything themselves, because policy asks for it.
    pub cold_runs: Vec<u32>,
}

/// What runs start from; none where nothing is shared.
pub(crate) struct Crates {
    shared: Shared,
    store: store::Store,
}

/// What is compiled, and for whom.
pub(crate) struct Making<'a> {
    pub(crate) gates: &'a Gates,
    /// What the commit holds.
    pub(crate) tree: &'a Tree,
    /// A run of the review; its scratch folder is used meanwhile.
    pub(crate) run: &'a Run,
    pub(crate) runs: u32,
    /// Where what the commands print goes.
    pub(crate) log: &'a Path,
    /// Whether the command was asked to stop.
    pub(crate) interrupt: &'a Interrupt,
    /// Who hears what happens.
    pub(crate) listener: &'a dyn Listener,
}

/// A command that compiles, in the environment of its gate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Compiling {
    argv: Vec<String>,
    environment: BTreeMap<String, String>,
}

impl Crates {
    /// Compiles what is shared, or finds it compiled; nothing where policy, the gates or the
    /// commit leave nothing to share, or where the command was asked to stop.
    ///
    /// # Errors
    /// Where the tool itself cannot do its part. That a crate does not compile is none: the
    /// runs will say so.
    pub(crate) fn make(making: &Making<'_>) -> anyhow::Result<Option<Self>> {
        let commands = making.commands();
        if commands.is_empty() {
            return Ok(None);
        }
        environment::make_home(making.run, &making.gates.environment)?;
        let Some(resolved) = store::resolved(making, &commands)? else { return Ok(None) };
        let Some(toolchain) = store::toolchain(making, &commands[0])? else { return Ok(None) };
        let key = store::key(making.tree, &toolchain, &commands, &resolved)?;
        let Some(store) = store::Store::open(&making.run.root, &key)? else {
            making.say("another review here compiles the locked crates: each run compiles its own");
            return Ok(None);
        };
        let begun = Instant::now();
        let mut shared = match store.kept()? {
            Some(kept) => kept,
            None => {
                let shown: Vec<String> = commands.iter().map(|it| command_line(&it.argv)).collect();
                let compiled = store::compile(making, &store, &commands)?;
                let Some(compiled) = compiled else { return Ok(None) };
                store.keep(Shared {
                    key,
                    reused: false,
                    packages: compiled.packages,
                    toolchain,
                    commands: shown,
                    failed: compiled.failed,
                    folders: compiled.folders,
                    sha256: Vec::new(),
                    bytes: 0,
                    cold_runs: Vec::new(),
                })?
            }
        };
        if making.gates.locked_crates == LockedCrates::OneColdRun {
            shared.cold_runs = vec![making.runs];
        }
        making.say(&describe(&shared, begun.elapsed().as_secs_f64(), making.log));
        Ok(Some(Self { shared, store }))
    }

    /// What a review shared, for one of its gates that is run again; none where it is gone,
    /// another or in use.
    pub(crate) fn of_review(shared: &Shared, root: &Path) -> anyhow::Result<Option<Self>> {
        let Some(store) = store::Store::lock(root, &shared.key)? else { return Ok(None) };
        let stands = store.stands(shared)?;
        Ok(stands.then(|| Self { shared: shared.clone(), store }))
    }

    /// What is shared, for the journal.
    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }

    /// Gives a run its copy, unless it is to compile everything itself.
    pub(crate) fn copy_to(&self, run: &Run) -> anyhow::Result<()> {
        if self.shared.cold_runs.contains(&run.number) {
            return Ok(());
        }
        for (index, target) in self.shared.folders.iter().enumerate() {
            let to = run.checkout.join(target);
            // What the commit itself holds there stays as it is.
            if to.symlink_metadata().is_err() {
                folder::copy(&self.store.target(index), &to)?;
            }
        }
        Ok(())
    }
}

/// Gives gates in the working tree what the last review compiled of others, where they have
/// compiled nothing yet and policy doesn't want each run to compile everything.
///
/// # Errors
/// Where it cannot be copied.
pub(crate) fn copy_to_working_tree(run: &Run, gates: &Gates) -> anyhow::Result<()> {
    let folder = cargo_home::build_folder(run, &gates.environment)
        .filter(|it| gates.locked_crates != LockedCrates::EachRun && !it.exists());
    let Some(folder) = folder else { return Ok(()) };
    // What was begun and not ended is no start: cargo takes what it finds for whole.
    let begun = folder.with_extension("begun");
    files::remove(&begun)?;
    let compiled = store::last(&run.root)?;
    compiled.iter().try_for_each(|target| folder::copy(target, &begun))?;
    if !compiled.is_empty() {
        std::fs::rename(&begun, &folder)?;
    }
    Ok(())
}

fn describe(shared: &Shared, took: f64, log: &Path) -> String {
    let packages = counted(shared.packages, "locked crate");
    let how = if shared.reused {
        "kept from an earlier review".to_owned()
    } else {
        format!("compiled once in {}", seconds(took))
    };
    let cold = match shared.cold_runs.first() {
        Some(run) => format!("; run {run} compiles all itself"),
        None => String::new(),
    };
    let failed = match &shared.failed {
        Some(command) => {
            format!("; `{command}` failed, each run compiles the rest: read {}", log.display())
        }
        None => String::new(),
    };
    format!("{packages} {how}; each run starts from a copy{cold}{failed}")
}

impl Making<'_> {
    fn say(&self, text: &str) {
        self.listener.event(&Event::Said { text: text.to_owned() });
    }

    /// What the gates compile with cargo, each command once. A gate whose cargo home is the run's
    /// own has none: cargo compiles a crate again when the path of its source changes.
    fn commands(&self) -> Vec<Compiling> {
        let home = cargo_home::path(self.run, &self.gates.environment);
        if home.is_none_or(|home| home.starts_with(&self.run.scratch)) {
            return Vec::new();
        }
        let mut commands = self.of_gates(commands::that_compiles);
        commands.retain(|it| !it.environment.contains_key("RUSTC_WORKSPACE_WRAPPER"));
        commands
    }

    /// What `compiles` makes of the gates' commands, each once, in the environment of its gate;
    /// nothing where policy wants each run to compile everything.
    fn of_gates(&self, compiles: impl Fn(&[String]) -> Option<Vec<String>>) -> Vec<Compiling> {
        let policy = &self.gates.environment;
        if self.gates.locked_crates == LockedCrates::EachRun {
            return Vec::new();
        }
        let mut commands: Vec<Compiling> = Vec::new();
        for gate in &self.gates.gates {
            let Action::Run(argvs) = &gate.action else { continue };
            let mut environment =
                environment::of_gate(self.run, policy, gate, &Variation::default());
            // What differs from gate to gate, and compiles nothing.
            for own in ["EVIDENCE_DIR", "GATE"] {
                environment.remove(own);
            }
            for argv in argvs.iter().filter_map(|argv| compiles(argv)) {
                let compiling = Compiling { argv, environment: environment.clone() };
                if !commands.contains(&compiling) {
                    commands.push(compiling);
                }
            }
        }
        commands
    }
}
