//! `test`: installs what the tests need, and runs the whole suite: this repository's own
//! gates on its own commit, then the tests, then the attacks on the judge.

mod gh;

use std::ffi::OsString;
use std::path::Path;
use std::time::Instant;

use clap::Args;

use crate::own_gates;

use thrice_facts::process;
use thrice_programme::world::World;
use thrice_report::Printer;

/// Installs what the tests need where it can, and runs the whole suite.
#[derive(Debug, Args)]
pub(crate) struct Test {
    /// Only tests whose names hold this.
    #[arg(value_name = "FILTER")]
    filter: Vec<String>,
}

/// A program that tests need, and the system package that brings it.
const NEEDED: &[(&str, &str)] = &[("gh", "gh"), ("sha256sum", "coreutils"), ("make", "make")];

/// Names the folder with GitHub's contract; where it is set, the tests that need it run too.
const CONTRACT: &str = "XTASK_GITHUB_OPENAPI";

/// Tries to bend the judge; ends well where every way is refused.
const WALK: &str = "tests/attacks/walk";

/// How many tests libtest runs at once.
const THREADS: &str = "RUST_TEST_THREADS";

impl Test {
    /// Runs the suite; gives the exit status.
    pub(crate) fn run(self, world: &World) -> u8 {
        match self.install_and_test(world) {
            Ok(status) => status,
            Err(error) => {
                Printer::print_plain(&format!("test: not established: {error:#}\n"), true);
                4
            }
        }
    }

    fn install_and_test(&self, world: &World) -> anyhow::Result<u8> {
        let repository = world.repository()?;
        let root = repository.root().to_owned();
        let path = path_with_gh(&root)?;
        let absent = |program: &str| match &path {
            Some(path) => which::which_in(program, Some(path), &root).is_err(),
            None => which::which(program).is_err(),
        };
        let needed = NEEDED.iter().filter(|(program, _)| absent(program));
        let missing: Vec<&str> = needed.map(|(_, package)| *package).collect();
        if !missing.is_empty() && !install(&missing, &root)? {
            return Ok(4);
        }
        let start = Instant::now();
        if self.filter.is_empty() && !own_gates::pass(&repository, world.printer)? {
            Printer::print_plain("test: this repository's own gates refuse its commit\n", true);
            return Ok(1);
        }
        let words = ["test", "--locked", "--workspace", "--"];
        let arguments = words.iter().copied().chain(self.filter.iter().map(String::as_str));
        let contract = std::env::var_os(CONTRACT).map(|_| "--include-ignored");
        let mut variables: Vec<_> = path.into_iter().map(|path| ("PATH", path)).collect();
        // Tests wait for processes part of their time: two a core keep the cores busy.
        if std::env::var_os(THREADS).is_none() {
            let cores = std::thread::available_parallelism().map_or(1, usize::from);
            variables.push((THREADS, (2 * cores).to_string().into()));
        }
        let arguments = arguments.chain(contract);
        // Asked before cargo builds the program anew: Linux then calls this one's file deleted.
        let program = std::env::current_exe()?;
        let mut status = process::attached_with("cargo", arguments, &root, &variables)?;
        if status == 0 && self.filter.is_empty() {
            let walk = [Path::new(WALK).as_os_str(), program.as_os_str()];
            status = process::attached_with("sh", walk, &root, &variables)?;
        }
        let took = start.elapsed().as_secs();
        let verdict = if status == 0 { "passed" } else { "failed" };
        Printer::print_plain(
            &format!("test: {verdict} in {} min {} s\n", took / 60, took % 60),
            true,
        );
        Ok(u8::from(status != 0))
    }
}

/// PATH with a gh of this tool's own before it, where the machine has none and one can be
/// had; otherwise the machine's packages are tried.
fn path_with_gh(root: &Path) -> anyhow::Result<Option<OsString>> {
    if which::which("gh").is_ok() || which::which("curl").is_err() {
        return Ok(None);
    }
    Printer::print_plain("test: there is no gh; looking for one of this tool's own\n", true);
    let folder = match gh::folder(root) {
        Ok(Some(folder)) => folder,
        Ok(None) => return Ok(None),
        Err(error) => {
            Printer::print_plain(&format!("test: {error:#}\n"), true);
            return Ok(None);
        }
    };
    let others = std::env::var_os("PATH").unwrap_or_default();
    let all = [folder].into_iter().chain(std::env::split_paths(&others));
    Ok(Some(std::env::join_paths(all)?))
}

/// Installs system packages; false where a person has to.
fn install(missing: &[&str], root: &Path) -> anyhow::Result<bool> {
    let install = format!("apt-get install -y {}", missing.join(" "));
    if !rustix::process::geteuid().is_root() || which::which("apt-get").is_err() {
        Printer::print_plain(&format!("test: install what is missing first: {install}\n"), true);
        return Ok(false);
    }
    Printer::print_plain(&format!("test: {install}\n"), true);
    process::attached("apt-get", ["update", "-q"], root)?;
    let words = ["install", "-y", "-q", "--no-install-recommends"];
    let status = process::attached("apt-get", words.iter().chain(missing), root)?;
    if status != 0 {
        anyhow::bail!("`{install}` ended with status {status}");
    }
    Ok(true)
}
