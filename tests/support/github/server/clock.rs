//! What time it is at the server: the machine's, or what a file says that tests and the
//! program under test move.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

/// A clock.
#[derive(Clone, Debug)]
pub(crate) enum Clock {
    /// The machine's.
    Real,
    /// Milliseconds since 1970 in this file.
    File(PathBuf),
}

impl Clock {
    /// A clock in a file, set to this time.
    pub(crate) fn in_file(path: &Path, milliseconds: u64) -> Self {
        let clock = Self::File(path.to_owned());
        clock.set(milliseconds);
        clock
    }

    /// Milliseconds since 1970.
    pub(crate) fn now(&self) -> u64 {
        match self {
            Self::Real => u64::try_from(Timestamp::now().as_millisecond()).unwrap_or_default(),
            Self::File(path) => {
                let text = std::fs::read_to_string(path).unwrap_or_default();
                text.trim().parse().unwrap_or_default()
            }
        }
    }

    /// Moves a clock that is in a file; the machine's is left alone.
    pub(crate) fn advance(&self, milliseconds: u64) {
        if milliseconds > 0 {
            self.set(self.now() + milliseconds);
        }
    }

    /// Sets a clock that is in a file. It is replaced whole: whoever reads it at this
    /// moment reads the old time or the new.
    pub(crate) fn set(&self, milliseconds: u64) {
        if let Self::File(path) = self {
            let new = path.with_extension(format!("new-{:?}", std::thread::current().id()));
            std::fs::write(&new, milliseconds.to_string()).unwrap();
            std::fs::rename(new, path).unwrap();
        }
    }
}

/// A time as GitHub writes it.
pub(crate) fn shown(milliseconds: u64) -> String {
    stamp(milliseconds).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A time as a `Date` header has it.
pub(crate) fn header(milliseconds: u64) -> String {
    stamp(milliseconds).strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

fn stamp(milliseconds: u64) -> Timestamp {
    let seconds = i64::try_from(milliseconds / 1000).unwrap_or_default();
    Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH)
}
