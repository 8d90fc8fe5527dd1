//! The only place that starts programs.
//!
//! Short calls ([`Call`]) are captured and their status is checked. Gates run
//! under a [`supervisor`], so that they and all their children end with this
//! program, however it ends.

pub(crate) mod answering;
pub mod bounded;
pub mod gate;
pub mod manner;
pub(crate) mod started;
pub mod supervisor;
mod table;
pub mod walls;

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io::{Read, Seek, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::Resource;

use crate::interrupt::Interrupt;
use manner::Manner;
pub use started::hold;

/// How long a short call may go on before it gets SIGTERM: a git that is stopped between
/// making a lock file and remembering it leaves the file behind.
const UNASKED: Duration = Duration::from_secs(1);

/// How long a short call may take after SIGTERM: git takes its lock files away, and may
/// have to wait for a slow disk or a busy machine first.
const TIDYING: Duration = Duration::from_secs(15);

/// How long a supervised call may take.
const LIMIT: Duration = Duration::from_secs(1800);

/// A short call of a program: its arguments are an array, never a shell string.
#[derive(Clone, Debug)]
pub struct Call {
    program: String,
    arguments: Vec<OsString>,
    folder: PathBuf,
    kept: Vec<OsString>,
    set: Vec<(OsString, OsString)>,
    input: Vec<u8>,
}

/// What a call that ended well printed.
#[derive(Debug)]
pub struct Printed {
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: Vec<u8>,
    /// Exit status; 0 unless another was allowed.
    pub status: i32,
}

/// A call that could not be started, or ended with a status that was not expected.
#[derive(Debug)]
pub struct CallError {
    argv: String,
    reason: String,
}

impl CallError {
    /// What went wrong, without the command.
    pub(crate) fn reason(&self) -> &str {
        &self.reason
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {}", self.argv, self.reason)
    }
}

impl std::error::Error for CallError {}

impl Call {
    /// A call of `program`, found on PATH, in a folder.
    #[must_use]
    pub fn new(program: impl Into<String>, folder: &Path) -> Self {
        Self {
            program: program.into(),
            arguments: Vec::new(),
            folder: folder.to_owned(),
            kept: vec![OsString::from("PATH")],
            set: Vec::new(),
            input: Vec::new(),
        }
    }

    /// With one more argument.
    #[must_use]
    pub fn argument(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.arguments.push(argument.as_ref().to_owned());
        self
    }

    /// With more arguments.
    #[must_use]
    pub fn arguments<S: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = S>) -> Self {
        self.arguments.extend(arguments.into_iter().map(|argument| argument.as_ref().to_owned()));
        self
    }

    /// With a variable of this program's environment, where it is set. Only PATH is
    /// handed on otherwise: what is called may run what a patch configured.
    #[must_use]
    pub fn keep(mut self, name: impl AsRef<OsStr>) -> Self {
        self.kept.push(name.as_ref().to_owned());
        self
    }

    /// With bytes on standard input, which is empty otherwise.
    #[must_use]
    pub fn input(mut self, bytes: Vec<u8>) -> Self {
        self.input = bytes;
        self
    }

    /// With a variable.
    #[must_use]
    pub fn set(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.set.push((name.as_ref().to_owned(), value.as_ref().to_owned()));
        self
    }

    /// The command as it is shown: without git's settings for this call, which are longer than
    /// the rest.
    fn argv(&self) -> String {
        let is_git = self.program == "git";
        let pairs = self.arguments.chunks(2);
        let settings = 2 * pairs.take_while(|pair| is_git && pair[0] == "-c").count();
        let words = self.arguments.iter().skip(settings);
        let words = words.map(|argument| argument.to_string_lossy().into_owned());
        std::iter::once(self.program.clone()).chain(words).collect::<Vec<_>>().join(" ")
    }

    /// Runs it to its end; any status but 0 is an error.
    ///
    /// # Errors
    /// Where it cannot be started or fails; the message has the command and the
    /// last lines it printed to standard error.
    pub fn run(&self) -> Result<Printed, CallError> {
        self.checked(self.run_any_status()?)
    }

    fn checked(&self, printed: Printed) -> Result<Printed, CallError> {
        if printed.status == 0 {
            return Ok(printed);
        }
        let stderr = String::from_utf8_lossy(&printed.stderr);
        let lines: Vec<_> = stderr.lines().filter(|line| !line.trim().is_empty()).collect();
        let said = lines[lines.len().saturating_sub(4)..].join("; ");
        let limit = |resource| rustix::process::getrlimit(resource).current;
        let starts_no_more = said.contains("Resource temporarily unavailable")
            || (said.is_empty() && printed.status == 127);
        // What git starts ends without a word where its file may grow no longer.
        let limit = match (limit(Resource::Fsize), limit(Resource::Nproc)) {
            (Some(most), _) => format!("; a file may have at most {most} bytes here (`ulimit -f`)"),
            (None, Some(most)) if starts_no_more => {
                format!("; this user may have at most {most} processes (`ulimit -u`)")
            }
            _ => String::new(),
        };
        let said = if said.is_empty() { said } else { format!(": {said}") };
        let reason = format!("ended with status {}{said}{limit}", printed.status);
        Err(CallError { argv: self.argv(), reason })
    }

    /// Runs it to its end, whatever its status (128 and the signal's number where
    /// a signal ended it).
    ///
    /// # Errors
    /// Where it cannot be started.
    pub fn run_any_status(&self) -> Result<Printed, CallError> {
        let failed = |reason: String| CallError { argv: self.argv(), reason };
        let program = self.found()?;
        let shell = xshell::Shell::new().map_err(|error| failed(error.to_string()))?;
        shell.change_dir(&self.folder);
        let command = shell.cmd(program).args(&self.arguments).quiet().ignore_status();
        let command = command.env_clear().envs(self.environment());
        // In a group of its own a Ctrl-C does not cut it off half way.
        let mut command = Command::from(command);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0);
        let output = started::start(|| command.spawn(), |child| vec![child.id()])
            .and_then(|(mut child, _started)| {
                let input = child.stdin.take().filter(|_| !self.input.is_empty());
                std::thread::scope(|scope| {
                    if let Some(mut input) = input {
                        // A program that does not read all of it is no error.
                        let write = move || drop(input.write_all(&self.input));
                        std::thread::Builder::new().spawn_scoped(scope, write)?;
                    }
                    child.wait_with_output()
                })
            })
            .map_err(|error| failed(unstarted(&error)))?;
        Ok(Printed {
            status: status_number(output.status),
            stdout: output.stdout,
            stderr: output.stderr,
        })
    }

    /// Runs it to its end, what it prints going into a file; any status but 0 is an error.
    pub(crate) fn run_into(&self, file: &std::fs::File) -> Result<Printed, CallError> {
        let failed =
            |error: std::io::Error| CallError { argv: self.argv(), reason: unstarted(&error) };
        let mut command = self.command()?;
        let stdout = file.try_clone().map_err(failed)?;
        command.stdin(Stdio::null()).stdout(stdout).stderr(Stdio::piped());
        let (child, _started) =
            started::start(|| command.spawn(), |child| vec![child.id()]).map_err(failed)?;
        let output = child.wait_with_output().map_err(failed)?;
        let status = status_number(output.status);
        self.checked(Printed { status, stdout: output.stdout, stderr: output.stderr })
    }

    /// Runs it under a supervisor: it ends with this program, however that ends, and
    /// where the command is asked to stop. What it prints is all in `stderr`.
    pub(crate) fn run_supervised(&self, interrupt: &Interrupt) -> Result<Printed, CallError> {
        self.checked(self.run_supervised_any_status(interrupt)?)
    }

    /// As [`Self::run_supervised`], whatever its status.
    ///
    /// # Errors
    /// Where it cannot be run or is ended.
    pub fn run_supervised_any_status(&self, interrupt: &Interrupt) -> Result<Printed, CallError> {
        let failed = |reason: String| CallError { argv: self.argv(), reason };
        let mut argv = vec![self.found()?.into_os_string()];
        argv.extend(self.arguments.iter().cloned());
        let argv: Vec<String> =
            argv.into_iter().map(OsString::into_string).collect::<Result<_, _>>().map_err(
                |word| failed(format!("cannot be run: {} is not UTF-8", word.display())),
            )?;
        let environment: BTreeMap<String, String> = self
            .environment()
            .into_iter()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        let run = || -> anyhow::Result<(gate::Ended, Vec<u8>)> {
            let mut log = crate::scratch::file()?;
            let command = gate::GateCommand {
                argv: &argv,
                folder: &self.folder,
                environment: &environment,
                log: &log,
                deadline: Instant::now() + LIMIT,
                interrupt,
                manner: Manner::default(),
            };
            let ended = command.run_with_grace((UNASKED, TIDYING))?;
            let mut printed = Vec::new();
            log.rewind()?;
            log.read_to_end(&mut printed)?;
            Ok((ended, printed))
        };
        match run().map_err(|error| failed(unsupervised(&error)))? {
            (gate::Ended::Status(status), stderr) => {
                Ok(Printed { stdout: Vec::new(), stderr, status })
            }
            (gate::Ended::TimedOut | gate::Ended::Stuck, _) => {
                Err(failed(format!("was ended after {} s", LIMIT.as_secs())))
            }
            (gate::Ended::TooLong, _) => Err(failed("printed too much and was ended".to_owned())),
            (gate::Ended::Interrupted, _) => {
                Err(failed("was ended, because the command was asked to stop".to_owned()))
            }
        }
    }

    /// The command, in a group of its own; its streams are still to be said.
    fn command(&self) -> Result<Command, CallError> {
        let mut command = Command::new(self.found()?);
        command
            .args(&self.arguments)
            .current_dir(&self.folder)
            .env_clear()
            .envs(self.environment())
            .process_group(0);
        Ok(command)
    }

    /// The whole environment of the call.
    fn environment(&self) -> Vec<(OsString, OsString)> {
        let kept = self
            .kept
            .iter()
            .filter_map(|name| std::env::var_os(name).map(|value| (name.clone(), value)));
        kept.chain(self.set.iter().cloned()).collect()
    }

    fn found(&self) -> Result<PathBuf, CallError> {
        which::which(&self.program).map_err(|_| CallError {
            argv: self.argv(),
            reason: format!("cannot be run: no `{}` on PATH", self.program),
        })
    }
}

/// Why a call could not be started, with the limit of this process that it met.
pub(crate) fn unstarted(error: &std::io::Error) -> String {
    match met_a_limit(error) {
        Some(limit) => format!("cannot be run: {limit}: {error}"),
        None => format!("cannot be run: {error}"),
    }
}

/// The same, of a call under a supervisor.
fn unsupervised(error: &anyhow::Error) -> String {
    match error.root_cause().downcast_ref::<std::io::Error>() {
        Some(cause) if met_a_limit(cause).is_some() => unstarted(cause),
        _ => format!("cannot be run: {error:#}"),
    }
}

/// The limit of this process that an error is about.
fn met_a_limit(error: &std::io::Error) -> Option<&'static str> {
    match Errno::from_raw_os_error(error.raw_os_error()?) {
        Errno::MFILE => Some("this process may open no more files (`ulimit -n`)"),
        Errno::AGAIN => Some("this user may start no more processes (`ulimit -u`)"),
        _ => None,
    }
}

/// The status of an ended process as one number, as shells give it.
#[must_use]
pub(crate) fn status_number(status: std::process::ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt;
    status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0))
}

/// Runs a program to its end with this program's own streams.
///
/// # Errors
/// Where it cannot be started.
pub fn attached<S: AsRef<OsStr>>(
    program: &str,
    arguments: impl IntoIterator<Item = S>,
    folder: &Path,
) -> anyhow::Result<i32> {
    attached_with(program, arguments, folder, &[])
}

/// The same, with other values of some variables.
///
/// # Errors
/// Where it cannot be started.
pub fn attached_with<S: AsRef<OsStr>>(
    program: &str,
    arguments: impl IntoIterator<Item = S>,
    folder: &Path,
    variables: &[(&str, OsString)],
) -> anyhow::Result<i32> {
    let arguments: Vec<OsString> =
        arguments.into_iter().map(|argument| argument.as_ref().to_owned()).collect();
    let expression = duct::cmd(program, arguments).dir(folder).unchecked();
    let with = variables.iter().fold(expression, |it, (name, value)| it.env(name, value));
    Ok(status_number(with.run()?.status))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_call_of_git_names_its_command_and_not_the_settings_of_the_call() {
        let settings = ["-c", "core.fsmonitor=false", "-c", "gc.auto=0"];
        let git = Call::new("git", Path::new("/")).arguments(settings);
        let error = git.arguments(["switch", "-c", "x"]).run().unwrap_err().to_string();
        assert!(error.starts_with("`git switch -c x` ended with status 128: fatal: "), "{error}");
        let shell = Call::new("sh", Path::new("/")).arguments(["-c", "exit 3"]);
        let error = shell.run().unwrap_err().to_string();
        assert!(error.starts_with("`sh -c exit 3` ended with status 3"), "{error}");
    }
}
