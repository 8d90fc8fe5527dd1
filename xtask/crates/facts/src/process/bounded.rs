//! A call that may take only so long, and print only so much.

use std::fmt;
use std::io::{ErrorKind, Read, Write};
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use super::{Call, CallError, Printed, started, status_number, unstarted};
use crate::interrupt::Interrupt;

/// How often a running call is looked at.
const LOOK: Duration = Duration::from_millis(2);
/// How long the rest of a call's output is waited for after its end.
const AFTER: Duration = Duration::from_millis(500);
/// How much of standard error is kept.
const MOST_SAID: u64 = 64 << 10;

/// How far a call may go.
#[derive(Clone, Copy, Debug)]
pub struct Bounds<'a> {
    /// How long it may take.
    pub time: Duration,
    /// How many bytes it may print to standard output.
    pub bytes: u64,
    /// Whether the command was asked to stop.
    pub interrupt: &'a Interrupt,
}

/// Why a bounded call gave nothing.
#[derive(Debug)]
pub enum Stopped {
    /// It could not be started.
    Unstarted(CallError),
    /// It took longer than it may.
    TimedOut,
    /// It printed more than it may.
    TooMuch,
    /// The command was asked to stop.
    Interrupted,
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unstarted(error) => error.fmt(f),
            Self::TimedOut => f.write_str("took too long and was ended"),
            Self::TooMuch => f.write_str("gave more bytes than are taken"),
            Self::Interrupted => f.write_str("was ended, because the command was asked to stop"),
        }
    }
}

impl Call {
    /// Runs it to its end, whatever its status, within bounds. What goes beyond them
    /// is killed.
    ///
    /// # Errors
    /// Where it cannot be started, or goes beyond a bound.
    pub fn run_bounded(&self, bounds: Bounds<'_>) -> Result<Printed, Stopped> {
        let mut command = self.command().map_err(Stopped::Unstarted)?;
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let refused = |error: std::io::Error| {
            Stopped::Unstarted(CallError { argv: self.argv(), reason: unstarted(&error) })
        };
        let (mut child, _started) =
            started::start(|| command.spawn(), |child| vec![child.id()]).map_err(refused)?;
        let (stdout, stderr) = match self.attended(&mut child, bounds.bytes) {
            Ok(streams) => streams,
            Err(error) => {
                kill(&mut child);
                return Err(refused(error));
            }
        };
        let ended = wait(&mut child, bounds, || stdout.is_over());
        // What it left running may keep its output open for as long as it likes.
        let over = || stdout.is_over() && stderr.is_over();
        if ended.is_err() || !soon(AFTER, over) {
            kill(&mut child);
            soon(AFTER, over);
        }
        let ended = Printed { status: ended?, stdout: stdout.taken(), stderr: stderr.taken() };
        if ended.stdout.len() as u64 > bounds.bytes {
            return Err(Stopped::TooMuch);
        }
        Ok(ended)
    }
}

impl Call {
    /// Hands a child its input and reads what it prints, each in a thread of its own.
    fn attended(&self, child: &mut Child, most: u64) -> std::io::Result<(Drain, Drain)> {
        let stdin = child.stdin.take().filter(|_| !self.input.is_empty());
        if let Some(mut stdin) = stdin {
            let input = self.input.clone();
            Builder::new().spawn(move || stdin.write_all(&input))?;
        }
        Ok((Drain::of(child.stdout.take(), most)?, Drain::of(child.stderr.take(), MOST_SAID)?))
    }
}

/// Waits for the end of a call. A call that is still there a while after its output was
/// closed, or cut off because it is too long, is not waited for.
fn wait(
    child: &mut Child,
    bounds: Bounds<'_>,
    output_over: impl Fn() -> bool,
) -> Result<i32, Stopped> {
    let begun = Instant::now();
    let mut over: Option<Instant> = None;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status_number(status)),
            Ok(None) => {}
            Err(_) => return Err(Stopped::TimedOut),
        }
        if bounds.interrupt.requested() {
            return Err(Stopped::Interrupted);
        }
        if begun.elapsed() > bounds.time {
            return Err(Stopped::TimedOut);
        }
        if over.is_none() && output_over() {
            over = Some(Instant::now());
        }
        if over.is_some_and(|over| over.elapsed() > Duration::from_secs(1)) {
            return Err(Stopped::TooMuch);
        }
        std::thread::sleep(LOOK);
    }
}

fn kill(child: &mut Child) {
    if let Some(group) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = child.wait();
}

/// A stream that is read to its end, or to one byte more than it may have. Nobody waits
/// for that end.
struct Drain {
    read: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<()>,
}

impl Drain {
    fn of<R: Read + Send + 'static>(stream: Option<R>, most: u64) -> std::io::Result<Self> {
        let read = Arc::new(Mutex::new(Vec::new()));
        let into = Arc::clone(&read);
        let reader = Builder::new().spawn(move || {
            let Some(stream) = stream else { return };
            let mut stream = stream.take(most.saturating_add(1));
            let mut part = vec![0; 64 << 10];
            loop {
                match stream.read(&mut part) {
                    Ok(0) => return,
                    Ok(length) => {
                        let mut bytes = into.lock().unwrap_or_else(PoisonError::into_inner);
                        bytes.extend_from_slice(part.get(..length).unwrap_or_default());
                    }
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    Err(_) => return,
                }
            }
        })?;
        Ok(Self { read, reader })
    }

    fn is_over(&self) -> bool {
        self.reader.is_finished()
    }

    /// What was read by now.
    fn taken(&self) -> Vec<u8> {
        std::mem::take(&mut *self.read.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Whether something comes to be within a time.
fn soon(time: Duration, is: impl Fn() -> bool) -> bool {
    let begun = Instant::now();
    while !is() {
        if begun.elapsed() > time {
            return false;
        }
        std::thread::sleep(LOOK);
    }
    true
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn ran(script: &str, time: u64, bytes: u64) -> Result<Printed, Stopped> {
        let call = Call::new("sh", Path::new("/")).arguments(["-c", script]);
        let interrupt = Interrupt::default();
        let time = Duration::from_millis(time);
        call.run_bounded(Bounds { time, bytes, interrupt: &interrupt })
    }

    #[test]
    fn what_stays_within_bounds_is_given() {
        let printed = ran("printf out; printf said >&2; exit 3", 20_000, 3).unwrap();
        assert_eq!(
            (printed.status, &*printed.stdout, &*printed.stderr),
            (3, &b"out"[..], &b"said"[..])
        );
    }

    #[test]
    fn what_goes_beyond_them_is_ended() {
        assert!(matches!(ran("printf long", 20_000, 3), Err(Stopped::TooMuch)));
        assert!(matches!(ran("yes", 60_000, 1000), Err(Stopped::TooMuch)));
        assert!(matches!(ran("sleep 60", 100, 3), Err(Stopped::TimedOut)));
    }

    #[test]
    fn what_it_leaves_running_is_not_waited_for() {
        let begun = Instant::now();
        let printed = ran("sleep 60 & printf out; exit 3", 50_000, 3).unwrap();
        assert_eq!((printed.status, &*printed.stdout), (3, &b"out"[..]));
        // Not even where it is in no group that could be ended.
        let apart = "setsid sleep 5 & printf out";
        assert_eq!(ran(apart, 50_000, 3).unwrap().stdout, b"out");
        assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
    }

    #[test]
    fn a_request_to_stop_ends_it() {
        let interrupt = Interrupt::default();
        interrupt.raise();
        let call = Call::new("sleep", Path::new("/")).argument("60");
        let bounds = Bounds { time: Duration::from_secs(60), bytes: 1, interrupt: &interrupt };
        assert!(matches!(call.run_bounded(bounds), Err(Stopped::Interrupted)));
    }
}
