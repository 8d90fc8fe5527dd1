//! A program that is started once and goes on answering.

use std::io::{self, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use super::started::{Started, start};
use super::{Call, CallError, unstarted};

/// A program that answers line after line. It ends with this value, or with this program: its
/// standard input ends then.
#[derive(Debug)]
pub(crate) struct Answering {
    child: Child,
    input: Option<ChildStdin>,
    /// What it prints.
    pub(crate) output: BufReader<ChildStdout>,
    _started: Started,
}

impl Call {
    /// Starts it, to be asked again and again. Nobody hears what it says on standard error.
    pub(crate) fn answering(&self) -> Result<Answering, CallError> {
        let failed = |error: io::Error| CallError { argv: self.argv(), reason: unstarted(&error) };
        let mut command = self.command()?;
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let (mut child, started) =
            start(|| command.spawn(), |child| vec![child.id()]).map_err(failed)?;
        let input = child.stdin.take();
        let output = child.stdout.take().ok_or_else(|| failed(io::ErrorKind::BrokenPipe.into()))?;
        Ok(Answering { child, input, output: BufReader::new(output), _started: started })
    }
}

impl Answering {
    /// Asks it. What is not read while it is written has to fit into a pipe.
    pub(crate) fn ask(&mut self, lines: &[u8]) -> io::Result<()> {
        self.input.as_mut().ok_or(io::ErrorKind::BrokenPipe)?.write_all(lines)
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.child.wait();
    }
}
