//! This repository's own gates on its own commit, in a fresh checkout: a product that
//! refuses its own main is worth nothing.

use std::path::Path;

use anyhow::{Context, bail};

use thrice_facts::git::Repository;
use thrice_facts::process;
use thrice_findings::Stop;
use thrice_programme::world::World;
use thrice_programme::{Action, Builtin, Gate};
use thrice_report::Printer;

/// Where the checkout is made; what its gates build stays there for the next time.
const FOLDER: &str = "target/own-gates";

/// Runs the gates of HEAD that do not run this suite themselves, one after another, each
/// with its result on the terminal; false where one is not green. There are
/// none without a commit or without policy.
pub(crate) fn pass(repository: &Repository, printer: Printer) -> anyhow::Result<bool> {
    if repository.commit("HEAD")?.is_none() {
        return Ok(true);
    }
    let folder = repository.root().join(FOLDER);
    let checkout = folder.join("checkout");
    let (built, kept) = (checkout.join("target"), folder.join("target"));
    if built.is_dir() && !kept.exists() {
        std::fs::rename(&built, &kept).context("cannot keep what the gates built")?;
    }
    if checkout.exists() {
        std::fs::remove_dir_all(&checkout)
            .with_context(|| format!("cannot remove {}", checkout.display()))?;
    }
    std::fs::create_dir_all(&folder)?;
    let root = repository.root();
    let words = ["clone", "--quiet", "--no-hardlinks", "--no-tags"];
    let paths = [root.as_os_str(), checkout.as_os_str()];
    let words = words.iter().map(std::ffi::OsStr::new).chain(paths);
    // What this clone saw of its remote: its default branch may be nowhere else.
    let seen = "+refs/remotes/origin/*:refs/remotes/origin/*".as_ref();
    let fetch =
        ["fetch".as_ref(), "--quiet".as_ref(), "--no-tags".as_ref(), root.as_os_str(), seen];
    if process::attached("git", words, root)? != 0
        || process::attached("git", fetch, &checkout)? != 0
    {
        bail!("git could not clone {}", root.display());
    }
    if !checkout.join("policy").is_dir() {
        return Ok(true);
    }
    if kept.is_dir() {
        std::fs::rename(&kept, &built).context("cannot use what the gates built before")?;
    }
    let gates = gates(&checkout, printer)?;
    let program = std::env::current_exe().context("cannot find this program")?;
    let program = program.to_str().context("the path of this program is not UTF-8")?;
    let mut words = vec!["gates", "run"];
    words.extend(gates.iter().map(String::as_str));
    Ok(process::attached(program, words, &checkout)? == 0)
}

/// The gates of the checkout's policy that do not run this suite, nor compare runs.
fn gates(checkout: &Path, printer: Printer) -> anyhow::Result<Vec<String>> {
    let world = World::new(checkout.to_owned(), None, printer);
    let (policy, _) = world.policy(&world.repository()?).map_err(Stop::into_error)?;
    Ok(policy.gates.gates.iter().filter(|gate| is_apart(gate)).map(|it| it.id.clone()).collect())
}

fn is_apart(gate: &Gate) -> bool {
    let compares = matches!(gate.action, Action::Builtin(Builtin::Determinism | Builtin::Evidence));
    gate.tests.is_none() && !compares
}
