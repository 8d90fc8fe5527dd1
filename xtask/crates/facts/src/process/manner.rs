//! What of a gate's surroundings is not as usual, beside its environment: the umask,
//! the CPUs, and what its standard output is.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::process::Stdio;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use rustix::fs::Mode;
use serde::{Deserialize, Serialize};

use super::walls;

/// The umask of every gate, so that the caller's does not show in what it writes.
const UMASK: u32 = 0o022;

/// How long the rest of what a gate wrote is waited for after its end.
const REST: Duration = Duration::from_secs(2);

/// What is not as usual.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manner {
    /// The umask; `022` where there is none.
    pub umask: Option<u32>,
    /// On how many CPUs it may run; all of this process where there is none.
    pub cpus: Option<usize>,
    /// What its standard output is.
    pub stream: Stream,
    /// Whether it is cut off from every network but a loopback of its own; where that cannot
    /// be, it is not started.
    pub offline: bool,
    /// What below the folder that it starts in it may write to, where it may write to nothing
    /// else there; where that cannot be, it is not started.
    pub writable: Option<Vec<String>>,
}

/// What a gate's standard output is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stream {
    /// The log itself.
    #[default]
    File,
    /// A pipe.
    Pipe,
    /// A terminal.
    Terminal,
}

impl Manner {
    /// Takes on walls, umask and CPUs for this process, and so for the gate. CPUs that the
    /// system doesn't give are as they were.
    pub(super) fn take_on(&self) -> std::io::Result<()> {
        walls::raise(self.offline, self.writable.as_deref())?;
        rustix::process::umask(Mode::from_raw_mode(umask_bits(self.umask.unwrap_or(UMASK))));
        if let Some(cpus) = self.cpus {
            keep_cpus(cpus);
        }
        Ok(())
    }
}

#[cfg(target_os = "linux")]
fn umask_bits(bits: u32) -> u32 {
    bits & 0o777
}

#[cfg(not(target_os = "linux"))]
fn umask_bits(bits: u32) -> rustix::fs::RawMode {
    rustix::fs::RawMode::try_from(bits & 0o777).unwrap_or(0o022)
}

#[cfg(target_os = "linux")]
fn keep_cpus(cpus: usize) {
    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
    let Ok(mine) = sched_getaffinity(None) else { return };
    let mut kept = CpuSet::new();
    for cpu in (0..CpuSet::MAX_CPU).filter(|cpu| mine.is_set(*cpu)).take(cpus) {
        kept.set(cpu);
    }
    let _ = sched_setaffinity(None, &kept);
}

#[cfg(not(target_os = "linux"))]
fn keep_cpus(_cpus: usize) {}

/// What the gate's standard output and error both are, so that their lines keep their order,
/// and what has to be copied from there to the log.
pub(super) fn output(stream: Stream) -> std::io::Result<([Stdio; 2], WrittenPipe)> {
    let (read, written) = match stream {
        Stream::File => {
            let written = WrittenPipe { read: None, terminal: false };
            return Ok(([Stdio::inherit(), Stdio::inherit()], written));
        }
        Stream::Pipe => {
            let (read, written) = std::io::pipe()?;
            (File::from(OwnedFd::from(read)), File::from(OwnedFd::from(written)))
        }
        Stream::Terminal => terminal()?,
    };
    let both = [written.try_clone()?.into(), written.into()];
    Ok((both, WrittenPipe { read: Some(read), terminal: stream == Stream::Terminal }))
}

/// The other end of what a gate writes to.
pub(super) struct WrittenPipe {
    read: Option<File>,
    terminal: bool,
}

impl WrittenPipe {
    /// Copies to this process's standard output, the log, until all has been written.
    /// Who drops the answer waits for that.
    pub(super) fn copied(self) -> Option<Copied> {
        let mut read = self.read?;
        let (sender, done) = channel();
        let copier = std::thread::Builder::new().spawn(move || {
            let mut log = std::io::stdout().lock();
            let mut bytes = [0; 8192];
            // A terminal without anybody at its other end is an error to read from.
            while let Ok(count @ 1..) = read.read(&mut bytes) {
                let mut part = bytes[..count].to_vec();
                if self.terminal {
                    part.retain(|byte| *byte != b'\r');
                }
                if log.write_all(&part).is_err() {
                    break;
                }
            }
            let _ = log.flush();
            let _ = sender.send(());
        });
        copier.ok().map(|_| Copied(done))
    }
}

/// What a gate wrote, on its way to the log.
pub(super) struct Copied(Receiver<()>);

impl Drop for Copied {
    fn drop(&mut self) {
        let _ = self.0.recv_timeout(REST);
    }
}

/// Both ends of a new terminal, which no process is controlled by.
fn terminal() -> std::io::Result<(File, File)> {
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    let outer = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
    grantpt(&outer)?;
    unlockpt(&outer)?;
    let name = ptsname(&outer, Vec::new())?;
    let flags = rustix::fs::OFlags::RDWR | rustix::fs::OFlags::NOCTTY | rustix::fs::OFlags::CLOEXEC;
    let inner = rustix::fs::open(&*name, flags, Mode::empty())?;
    Ok((File::from(outer), File::from(inner)))
}
