//! Before the gates: fetching once, with network, what cannot differ between runs, and
//! installing it into each checkout, offline.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use super::builtin::secrets::{self, ScannerBuild};
use super::environment;
use super::gate::{lacks, last_line, missing_program};
use super::judge::log::cause;
use super::layout::{Run, end_of_log, open_log};
use thrice_facts::files;
use thrice_facts::git::{Apart, CheckoutSource, Commit, Repository};
use thrice_facts::interrupt::Interrupt;
use thrice_facts::process::gate::{Ended, GateCommand};
use thrice_facts::process::manner::Manner;
use thrice_findings::text::command_line;
use thrice_findings::{Finding, Stop};
use thrice_programme::{Action, Builtin, Gates};
use thrice_report::event::{Event, Listener};
use thrice_report::text::{cut, seconds};

/// How long one command may take.
const LIMIT: Duration = Duration::from_secs(1800);
/// After how long a command that lasts first says how far it is.
const SILENCE: Duration = Duration::from_secs(30);
/// How often whoever waits for another's build looks.
const LOOK: Duration = Duration::from_millis(200);

/// Where commands that fetch run.
pub(crate) enum Place<'a> {
    /// In the user's working tree, which is judged itself.
    WorkingTree,
    /// In a checkout of a commit, so that nothing of the working tree changes. It has the history:
    /// some packages take their version from it.
    Checkout(&'a Repository, &'a CheckoutSource, &'a Commit),
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

/// Whether one of these gates uses what `prepare` fetches and `install` installs: a command may,
/// and of the built-in ones only `pins`, which asks cargo about its lock.
pub(crate) fn need_packages(gates: &Gates, wanted: &[usize]) -> bool {
    let needs = |action: &Action| match action {
        Action::Run(_) => true,
        Action::Builtin(builtin) => *builtin == Builtin::Pins,
    };
    wanted.iter().any(|index| needs(&gates.gates[*index].action))
}

impl Fetching<'_> {
    /// Runs policy's `prepare` commands. Then builds the secret scanner where a gate needs one
    /// and there is none: that takes the longest, so what can fail earlier comes before it. False
    /// where the command was asked to stop.
    pub(crate) fn carry_out(&self) -> Result<bool, Stop> {
        let gates = self.gates;
        let environment = environment::of_prepare(&gates.environment, self.root);
        if let Some(store) = environment.get("STORE") {
            // Who looks for links in a folder wants it to be there.
            files::make_folder(&Path::new(store).join("wheels"))?;
        }
        let is_review = matches!(self.place, Place::Checkout(..));
        if !gates.prepare.is_empty() && (is_review || need_packages(gates, self.wanted)) {
            let apart;
            let folder = match self.place {
                Place::WorkingTree => self.root,
                Place::Checkout(repository, source, commit) => {
                    apart = thrice_facts::scratch::folder()?;
                    let on_no_branch = Apart::default();
                    repository
                        .check_out(source, apart.path(), commit, on_no_branch, self.interrupt)
                        .context("cannot check out what `prepare` runs in")?;
                    apart.path()
                }
            };
            let begun = Instant::now();
            let prepare = || self.run(&gates.prepare, folder, &environment);
            if !said_meanwhile(self.listener, "preparing", self.log, prepare)? {
                return Ok(false);
            }
            self.say(format!("prepared in {}", since(begun)));
        }
        let is_scan =
            |index: &usize| matches!(gates.gates[*index].action, Action::Builtin(Builtin::Secrets));
        let Some(build) = secrets::build().filter(|_| self.wanted.iter().any(is_scan)) else {
            return Ok(true);
        };
        match secrets::readiness() {
            secrets::Readiness::Built => {
                self.look_for_programs(&environment)?;
                Ok(self.build_scanner(&build)?)
            }
            secrets::Readiness::Here(_) => {
                if build.target.exists()
                    && let Some(_held) = files::hold_folder(&build.folder)?
                {
                    files::remove(&build.target)?;
                }
                Ok(true)
            }
            // Without cargo, the gate itself says what to install.
            secrets::Readiness::Missing => Ok(true),
        }
    }

    fn run(
        &self,
        commands: &[Vec<String>],
        folder: &Path,
        environment: &BTreeMap<String, String>,
    ) -> anyhow::Result<bool> {
        let begins = |argv: &[String]| {
            self.listener.event(&Event::Preparing { command: command_line(argv) });
        };
        carry_out(commands, folder, environment, self.log, self.interrupt, &begins)
    }

    fn say(&self, text: String) {
        self.listener.event(&Event::Said { text });
    }

    /// Refuses where a gate that will run has a program that PATH lacks, so that nobody waits
    /// minutes to be told. Of what `install` may bring, the gate itself speaks.
    fn look_for_programs(
        &self,
        environment: &BTreeMap<String, String>,
    ) -> Result<(), Box<Finding>> {
        let sets_path = |set: &[(String, String)]| set.iter().any(|(name, _)| name == "PATH");
        if !self.gates.install.is_empty() || sets_path(&self.gates.environment.set) {
            return Ok(());
        }
        let wanted = self.wanted.iter().map(|index| &self.gates.gates[*index]);
        for gate in wanted.filter(|gate| !sets_path(&gate.set)) {
            let Action::Run(commands) = &gate.action else { continue };
            // A path may lead to what an earlier gate makes.
            let named =
                commands.iter().filter(|argv| argv.iter().take(1).all(|it| !it.contains('/')));
            let lacks = |argv: &Vec<String>| missing_program(gate, argv, environment, self.root);
            if let Some(missing) = named.filter_map(lacks).next() {
                return Err(Box::new(missing));
            }
        }
        Ok(())
    }

    /// Builds the scanner, and says meanwhile how far that is. False where the command was asked
    /// to stop.
    fn build_scanner(&self, build: &ScannerBuild) -> anyhow::Result<bool> {
        let mut held = files::hold_folder(&build.folder)?;
        if held.is_none() {
            self.say("waiting for another review, which builds the scanner for secrets".to_owned());
        }
        while held.is_none() {
            if self.interrupt.requested() {
                return Ok(false);
            }
            std::thread::sleep(LOOK);
            held = files::hold_folder(&build.folder)?;
        }
        if secrets::scanner().is_some() {
            files::remove(&build.target)?;
            return Ok(true);
        }
        let goes_on =
            if build.target.exists() { "; it goes on where it was cut short" } else { "" };
        self.say(format!("no scanner for secrets is here: {}{goes_on}", secrets::BUILDS));
        self.say(format!("what cargo prints goes to {}", self.log.display()));
        let begun = Instant::now();
        let own = environment::of_scanner_build(self.root);
        let commands = std::slice::from_ref(&build.command);
        let build_it = || self.run(commands, self.root, &own);
        let built = said_meanwhile(self.listener, "building the scanner", self.log, build_it);
        if !built.context("install gitleaks, or fix what stops the build of ripsecrets")? {
            return Ok(false);
        }
        self.say(format!("the scanner for secrets is built, in {}", since(begun)));
        files::remove(&build.target)?;
        Ok(true)
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

/// The same, and says meanwhile how far that is.
pub(crate) fn install_aloud(
    gates: &Gates,
    run: &Run,
    interrupt: &Interrupt,
    listener: &dyn Listener,
) -> anyhow::Result<bool> {
    let (doing, log) = (format!("installing run {}", run.number), run.output.log("install"));
    said_meanwhile(listener, &doing, &log, || install(gates, run, interrupt))
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
            bail!("`{}` needs `{program}`, which is not on PATH: install it", command_line(argv));
        }
        begins(argv);
        let before = log.metadata()?.len();
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
                let why = why(log_path, before).unwrap_or_default();
                let command = cut(&command_line(argv), MOST_OF_COMMAND);
                bail!("`{command}` failed: read {}{why}", log_path.display())
            }
        }
    }
    Ok(true)
}

/// How much of a command is said before why it failed, in characters.
const MOST_OF_COMMAND: usize = 48;

/// Does some work, and says that it goes on and what its log ends with: after half a minute,
/// then each time when it has taken twice as long.
pub(crate) fn said_meanwhile<T>(
    listener: &dyn Listener,
    doing: &str,
    log: &Path,
    work: impl FnOnce() -> T,
) -> T {
    said_after(SILENCE, listener, doing, log, work)
}

fn said_after<T>(
    silence: Duration,
    listener: &dyn Listener,
    doing: &str,
    log: &Path,
    work: impl FnOnce() -> T,
) -> T {
    let begun = Instant::now();
    std::thread::scope(|scope| {
        let (over, wait) = channel::<()>();
        let tells = move || {
            let mut silence = silence;
            while wait.recv_timeout(silence) == Err(RecvTimeoutError::Timeout) {
                let last = last_line(log).unwrap_or_default();
                // Where a crate lies, which cargo says of each, is of no use here.
                let last = last.split(" (/").next().filter(|it| !it.is_empty());
                let last = last.map(|line| format!(": {line}")).unwrap_or_default();
                let text = format!("still {doing} after {}{last}", since(begun));
                listener.event(&Event::Said { text });
                silence = begun.elapsed();
            }
        };
        // Where no thread can be started, the work goes on in silence.
        let _ = std::thread::Builder::new().spawn_scoped(scope, tells);
        let done = work();
        drop(over);
        done
    })
}

fn since(begun: Instant) -> String {
    seconds(begun.elapsed().as_secs_f64())
}

/// What a log says of its failed command, which began at a byte of it, as the end of a sentence.
fn why(log_path: &Path, before: u64) -> Option<String> {
    // With the end of the line before it, where there is one.
    let most = std::fs::metadata(log_path).ok()?.len().saturating_sub(before) + 1;
    let cause = end_of_log(log_path, most, cause)?;
    let place =
        if cause.is_last { "its last line".to_owned() } else { format!("line {}", cause.line) };
    Some(format!("; {place}: {}", cause.lines.concat()))
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[derive(Default)]
    struct Heard(Mutex<Vec<String>>);

    impl Listener for Heard {
        fn event(&self, event: &Event) {
            if let Event::Said { text } = event {
                self.0.lock().unwrap().push(text.clone());
            }
        }
    }

    #[test]
    fn what_lasts_is_spoken_of_ever_more_seldom() {
        let folder = thrice_facts::scratch::folder().unwrap();
        let log = folder.path().join("prepare.log");
        std::fs::write(&log, "first\n  fetching\n").unwrap();
        let heard = Heard::default();
        let silence = Duration::from_millis(100);
        let begun = Instant::now();
        let gives = said_after(silence, &heard, "preparing", &log, || {
            while heard.0.lock().unwrap().len() < 2 {
                std::thread::sleep(silence / 10);
            }
            7
        });
        let lines = heard.0.into_inner().unwrap();
        // After 1, 2, 4 and 8 times as long; a busy machine hears fewer, and is given longer.
        let most = (begun.elapsed().as_secs_f64() / silence.as_secs_f64()).log2() as usize + 1;
        assert!((2..=most).contains(&lines.len()), "{lines:?}");
        let is_said = |line: &String| {
            line.starts_with("still preparing after ") && line.ends_with(" s: fetching")
        };
        assert!(lines.iter().all(is_said), "{lines:?}");
        assert_eq!(gives, 7);

        let heard = Heard::default();
        said_after(Duration::from_secs(600), &heard, "preparing", &log, || ());
        assert_eq!(heard.0.into_inner().unwrap(), Vec::<String>::new());
    }
}
