//! What was found, in one line.

use super::clue::Clue;
use super::search::Cause;
use thrice_programme::Aspect;

/// A cause in words: why, and what to do; what to do is empty where nothing is known.
#[must_use]
pub(crate) fn reported(cause: &Cause) -> (String, String) {
    let of = |aspect: Aspect| (named(aspect).to_owned(), remedy(aspect).to_owned());
    match cause {
        Cause::Varied { aspect, value, confirmed } => {
            let doubt = if *confirmed { "" } else { ", seen once" };
            let why = match aspect {
                Aspect::Warm => format!("what an earlier run left in its {value}"),
                _ => format!("{} ({})", named(*aspect), shown(*aspect, value)),
            };
            (format!("because of {why}{doubt}"), remedy(*aspect).to_owned())
        }
        Cause::Together(aspects) => {
            let words: Vec<&str> = aspects.iter().map(|aspect| aspect.word()).collect();
            (format!("because of one or several of {}", words.join(", ")), String::new())
        }
        Cause::Pinned { aspect } => {
            let (why, remedy) = of(*aspect);
            (format!("because of {why}: it stays the same where that is held still"), remedy)
        }
        Cause::Clue(clue) => clued(clue),
        Cause::Rare { differed, of } => (
            format!("cause unknown: {differed} of {of} plain runs differed, a flake"),
            "more runs measure it: `cargo xtask orr --until 99%`".to_owned(),
        ),
        Cause::FailsPlain => ("it fails in a plain run, too".to_owned(), String::new()),
        Cause::NotRepeated { of } => (
            format!("cause unknown: it did not differ again in {of} runs, so it may be a flake"),
            "more runs measure it: `cargo xtask orr --until 99%`".to_owned(),
        ),
        Cause::OfItself => (
            "cause unknown: it differs between equal runs".to_owned(),
            "look for a random value, an identity or a race".to_owned(),
        ),
        Cause::NoTime => (
            "cause unknown: there was no time to search".to_owned(),
            "more runs measure it: `cargo xtask orr --until 99%`, and a larger `budget` of `[vary]` \
             in policy/gates.toml gives the search time"
                .to_owned(),
        ),
    }
}

fn clued(clue: &Clue) -> (String, String) {
    let (why, remedy) = match clue {
        Clue::Time => ("the clock (its value is the time of the run)".to_owned(), CLOCK),
        Clue::ArchiveTime => ("the clock (a time stamp in the archive)".to_owned(), CLOCK),
        Clue::Inode(path) => (
            format!("the file system (its value is the inode of {path})"),
            "don't write the number of a file in the file system",
        ),
        Clue::Order => (
            "an order that is different each time (a hash table, or threads)".to_owned(),
            "sort before writing",
        ),
        Clue::TemporaryName => {
            ("a random name in TMPDIR".to_owned(), "don't write the names of temporary files")
        }
    };
    (format!("because of {why}"), remedy.to_owned())
}

/// What to do about times.
const CLOCK: &str = "write no time, or SOURCE_DATE_EPOCH's";

/// An aspect with its article.
#[must_use]
pub(crate) fn named(aspect: Aspect) -> &'static str {
    match aspect {
        Aspect::Checkout => "the path of the checkout",
        Aspect::Home => "the path of HOME",
        Aspect::Temporary => "the path of TMPDIR",
        Aspect::Locale => "the locale",
        Aspect::Zone => "the time zone",
        Aspect::Umask => "the umask",
        Aspect::User => "the user's name",
        Aspect::HashSeed => "the hash seed",
        Aspect::Terminal => "the terminal's size or kind",
        Aspect::Output => "what standard output is",
        Aspect::ExecPath => "the search path of programs",
        Aspect::Variable => "an unknown variable in the environment",
        Aspect::Ci => "the variable CI",
        Aspect::History => "git's history",
        Aspect::Threads => "the number of threads that are asked for",
        Aspect::FolderOrder => "the order in which files were made",
        Aspect::FileTimes => "the times of checked-out files",
        Aspect::Cpus => "the number of CPUs",
        Aspect::Kernel => "the kernel's version",
        Aspect::Aslr => "where memory lies",
        Aspect::HostName => "the host name",
        Aspect::Uid => "the user's number",
        Aspect::Disk => "the file system",
        Aspect::Clock => "the clock",
        Aspect::Warm => "what an earlier run left",
    }
}

/// The value of an aspect, as one would set it.
fn shown(aspect: Aspect, value: &str) -> String {
    match aspect {
        Aspect::Locale => format!("LC_ALL={value}"),
        Aspect::Zone => format!("TZ={value}"),
        Aspect::User => format!("USER={value}"),
        Aspect::HashSeed => format!("PYTHONHASHSEED={value}"),
        Aspect::Terminal => format!("COLUMNS={}", value.replace('x', " LINES=").replace(' ', ", ")),
        Aspect::ExecPath => "a further entry of PATH".to_owned(),
        Aspect::Ci => format!("CI={value}"),
        Aspect::Disk => format!("{value}: order, inodes"),
        Aspect::Threads => format!("OMP_NUM_THREADS={value}"),
        _ => value.to_owned(),
    }
}

/// What to do about an aspect.
fn remedy(aspect: Aspect) -> &'static str {
    match aspect {
        Aspect::Checkout => "write paths relative to the checkout, or map it away",
        Aspect::Home => "don't write the path of HOME",
        Aspect::Temporary => "don't write the path of TMPDIR",
        Aspect::Locale => "sort by bytes, LC_ALL=C",
        Aspect::Zone => "write times in UTC",
        Aspect::Umask => "set modes yourself: `umask 022`, `tar --mode`, `chmod`",
        Aspect::User => "don't write the user's name",
        Aspect::HashSeed => "sort before writing, or set PYTHONHASHSEED=0",
        Aspect::Terminal => "set COLUMNS for the gate, or don't wrap",
        Aspect::Output => "don't ask what standard output is",
        Aspect::ExecPath => "don't write PATH; call programs by names that policy fixes",
        Aspect::Variable => "write only variables that the gate needs",
        Aspect::Ci => "set CI for the gate, in `set`",
        Aspect::History => "take the version from a file, not from the history or the branch",
        Aspect::FileTimes => "use SOURCE_DATE_EPOCH, not the times of files",
        Aspect::Threads | Aspect::Cpus => "fix the number of jobs, or don't let it show",
        Aspect::Kernel => "don't write the kernel's version",
        Aspect::Aslr => "don't write addresses or sort by them",
        Aspect::HostName => "don't write the host name",
        Aspect::Uid => "pack with `--owner=0 --group=0 --numeric-owner`",
        Aspect::FolderOrder | Aspect::Disk => "sort what a folder lists",
        Aspect::Clock => CLOCK,
        Aspect::Warm => "clean up first, or keep no state",
    }
}
