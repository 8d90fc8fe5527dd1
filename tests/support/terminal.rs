//! A terminal for the program under test: what a person would see on a screen of
//! 80 columns.

use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};

use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// What was on the screen, and the exit status.
pub(crate) struct Seen {
    /// Everything that was written, with its escapes.
    pub(crate) raw: String,
    /// The screen at the end, with what scrolled off above it.
    pub(crate) screen: String,
    /// What a terminal of 24 rows shows at the end.
    pub(crate) last: String,
    /// Exit status.
    pub(crate) status: i32,
}

/// Runs a command on a terminal of 80 columns and 200 rows.
pub(crate) fn run(mut command: Command) -> Seen {
    let (controller, terminal) = open();
    let stream = |fd: &OwnedFd| Stdio::from(fd.try_clone().unwrap());
    command
        .env("TERM", "xterm")
        .stdin(Stdio::null())
        .stdout(stream(&terminal))
        .stderr(stream(&terminal));
    let mut child = command.spawn().unwrap();
    drop(command);
    drop(terminal);
    let mut written = Vec::new();
    let mut reader = File::from(controller);
    let mut buffer = [0; 4096];
    // The end of the last writer shows as an error (EIO) on Linux.
    while let Ok(count) = reader.read(&mut buffer) {
        if count == 0 {
            break;
        }
        written.extend_from_slice(&buffer[..count]);
    }
    let status = child.wait().unwrap().code().unwrap_or(-1);
    let (screen, last) = (shown(&written, 200), shown(&written, 24));
    Seen { raw: String::from_utf8_lossy(&written).into_owned(), screen, last, status }
}

/// What stands on a terminal of so many rows after this was written to it.
fn shown(written: &[u8], rows: u16) -> String {
    let mut parser = vt100::Parser::new(rows, 80, 0);
    parser.process(written);
    let rows: Vec<_> = parser.screen().rows(0, 80).map(|row| row.trim_end().to_owned()).collect();
    rows.join("\n").trim_end().to_owned() + "\n"
}

/// A terminal: its controller, and itself.
pub(crate) fn open() -> (OwnedFd, OwnedFd) {
    let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&controller).unwrap();
    unlockpt(&controller).unwrap();
    let name = ptsname(&controller, Vec::new()).unwrap();
    let terminal = rustix::fs::open(name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
    let size = Winsize { ws_row: 200, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(&terminal, size).unwrap();
    (controller, terminal)
}
