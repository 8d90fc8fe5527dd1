//! Before the gates: fetching once, with network, what cannot differ between runs, and
//! installing it into each checkout, offline.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use super::builtin::secrets;
use super::environment;
use super::gate::{lacks, last_line};
use super::layout::{Run, open_log};
use thrice_facts::files;
use thrice_facts::git::Tree;
use thrice_facts::interrupt::Interrupt;
use thrice_facts::process::gate::{Ended, GateCommand};
use thrice_facts::process::manner::Manner;
use thrice_programme::{Action, Builtin, Gates};
use thrice_report::event::{Event, Listener};

/// How long one command may take.
const LIMIT: Duration = Duration::from_secs(1800);

/// Where commands that fetch run.
pub(crate) enum Place<'a> {
    /// In the user's working tree, which is judged itself.
    WorkingTree,
    /// In an export of a commit, so that nothing of the working tree changes.
    Export(&'a Tree),
}

/// Fetching for a command.
pub(crate) struct Fetching<'a> {
    pub(crate) gates: &'a Gates,
    /// Indices in policy of the gates that will run.
    pub(crate) wanted: &'a [usize],
    /// The user's working tree.
    pub(crate) root: &'a Path,
    /// Where the commands run.
    pub(crate) place: Place<'a>,
    /// Where what they print goes.
    pub(crate) log: &'a Path,
    /// Whether the command was asked to stop.
    pub(crate) interrupt: &'a Interrupt,
    /// Who hears what happens.
    pub(crate) listener: &'a dyn Listener,
}

impl Fetching<'_> {
    /// Runs policy's `prepare` commands, and builds the secret scanner where a gate needs one
    /// and there is none. False where the command was asked to stop.
    pub(crate) fn carry_out(&self) -> anyhow::Result<bool> {
        let gates = self.gates;
        let environment = environment::of_prepare(&gates.environment, self.root);
        if let Some(store) = environment.get("STORE") {
            // Who looks for links in a folder wants it to be there.
            files::make_folder(&Path::new(store).join("wheels"))?;
        }
        let is_scan =
            |index: &usize| matches!(gates.gates[*index].action, Action::Builtin(Builtin::Secrets));
        let begins = |argv: &[String]| {
            self.listener.event(&Event::Preparing { command: argv.join(" ") });
        };
        // Without cargo, the gate itself says what to install.
        if self.wanted.iter().any(is_scan)
            && secrets::readiness() == secrets::Readiness::Built
            && let Some(command) = secrets::build_command()
        {
            let text = format!("no scanner for secrets is here: {}", secrets::BUILDS);
            self.listener.event(&Event::Said { text });
            let own = environment::of_scanner_build(self.root);
            let built = carry_out(&[command], self.root, &own, self.log, self.interrupt, &begins);
            if !built.context("install gitleaks, or fix what stops the build of ripsecrets")? {
                return Ok(false);
            }
        }
        let commands = &gates.prepare;
        if commands.is_empty() {
            return Ok(true);
        }
        let exported;
        let folder = match &self.place {
            Place::WorkingTree => self.root,
            Place::Export(tree) => {
                exported = thrice_facts::scratch::folder()?;
                tree.export(exported.path())?;
                exported.path()
            }
        };
        carry_out(commands, folder, &environment, self.log, self.interrupt, &begins)
    }
}

/// Runs policy's `install` commands in a run's checkout. False where the command was asked to
/// stop.
pub(crate) fn install(gates: &Gates, run: &Run, interrupt: &Interrupt) -> anyhow::Result<bool> {
    if gates.install.is_empty() {
        return Ok(true);
    }
    let environment = environment::of_install(run, &gates.environment);
    let log = run.output.log("install");
    carry_out(&gates.install, &run.checkout, &environment, &log, interrupt, &|_| {})
        .with_context(|| format!("run {} cannot be installed", run.number))
}

fn carry_out(
    commands: &[Vec<String>],
    folder: &Path,
    environment: &BTreeMap<String, String>,
    log_path: &Path,
    interrupt: &Interrupt,
    begins: &dyn Fn(&[String]),
) -> anyhow::Result<bool> {
    let log = open_log(log_path)?;
    for argv in commands {
        if let Some(program) = lacks(argv, environment, folder) {
            bail!("`{}` needs `{program}`, which is not on PATH: install it", argv.join(" "));
        }
        begins(argv);
        let command = GateCommand {
            argv,
            folder,
            environment,
            log: &log,
            deadline: Instant::now() + LIMIT,
            interrupt,
            manner: Manner::default(),
        };
        match command.run()? {
            Ended::Status(0) => {}
            Ended::Interrupted => return Ok(false),
            _ => {
                let last = last_line(log_path);
                let last = last.map_or_else(String::new, |line| format!("; its last line: {line}"));
                bail!("`{}` failed: read {}{last}", argv.join(" "), log_path.display())
            }
        }
    }
    Ok(true)
}
