//! Placing entries at the end of the ledger's branch, where others do the same.
//!
//! What is to be placed is first kept here, then pushed without force. Whoever was quicker
//! goes first: the ledger is read again, and the entries get the places after it. A kill at
//! any point leaves them kept, and the next command pushes them, or finds them there.

use std::fs::File;
use std::time::{Duration, Instant};

use super::Head;
use super::branch::{
    LedgerBranch, PENDING, ReadFrom, Reading, SEEN, head_of, placed, unestablished,
};
use super::line::EntryLine;
use thrice_facts::git::{GitError, REMOTE};
use thrice_facts::machine;
use thrice_findings::{Code, Finding, Place, Refused};

/// How long others may be quicker.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often a remote that has not moved may refuse.
const REFUSALS: usize = 4;
/// How long to wait before another try, in milliseconds: at most, at first.
const PAUSE: u64 = 50;
/// How often it is looked whether another process is done.
const LOOK: Duration = Duration::from_millis(20);
/// The file in git's own folder that is locked.
const LOCK: &str = "thrice-ledger.lock";

/// Entries that were placed.
#[derive(Debug)]
pub(crate) struct Placed {
    /// The ledger before them; they are its `pending`, each at its place.
    pub(crate) reading: Reading,
    /// Where the ledger ends with them.
    pub(crate) head: Head,
    /// Why they have no effect yet, where they could not be pushed.
    pub(crate) waits: Option<Waits>,
}

/// Why entries wait here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waits {
    /// What git said.
    pub why: String,
    /// Whether the remote was reached, and refused them: no network brings them there.
    pub is_refused: bool,
}

impl From<String> for Waits {
    fn from(why: String) -> Self {
        Self { why, is_refused: false }
    }
}

impl LedgerBranch<'_> {
    /// Places lines after a reading, which already says all that waits here. What a remote
    /// refuses to take waits here too, where it `is_kept` so: an alarm is not lost.
    pub(crate) fn place(
        &self,
        mut reading: Reading,
        lines: Vec<Vec<u8>>,
        is_kept: bool,
    ) -> Result<Placed, Refused> {
        let before = self.repository.reference(PENDING).map_err(unestablished)?;
        let (begun, mut tries, mut refusals) = (Instant::now(), 0, 0);
        loop {
            let (head, _) = head_of(&reading)?;
            let (moved, head) = placed(head, &lines)?;
            let last = author_and_message(moved.last().map_or(&[], Vec::as_slice));
            let commit = self.extended(&reading, &moved, last)?;
            reading.pending = moved;
            let Some(said) = self.publish(&reading, &commit)? else {
                return Ok(Placed { reading, head, waits: None });
            };
            if !reading.is_current() {
                return Ok(Placed { reading, head, waits: Some(said.into()) });
            }
            let now = self.read_only(Some(&reading))?;
            if now.source == ReadFrom::Remote && now.pending.is_empty() {
                // The answer was lost, not the push.
                self.settle(now.tip.as_deref())?;
                return Ok(Placed { reading, head, waits: None });
            }
            if now.tip == reading.tip && now.source == reading.source {
                refusals += 1;
                if refusals >= REFUSALS && is_refusal(&said) {
                    if is_kept {
                        let waits = Some(Waits { why: said, is_refused: true });
                        return Ok(Placed { reading, head, waits });
                    }
                    self.keep(before.as_deref())?;
                    return Err(Box::new(self.refused(&said)));
                }
            }
            tries += 1;
            if refusals >= REFUSALS || begun.elapsed() > PATIENCE {
                return Ok(Placed { reading, head, waits: Some(said.into()) });
            }
            pause(tries);
            reading = now;
        }
    }

    /// Makes a commit the ledger's tip; gives why it is not where it is not.
    fn publish(&self, reading: &Reading, commit: &str) -> Result<Option<String>, Refused> {
        let (repository, name) = (self.repository, self.name);
        match &reading.source {
            ReadFrom::Local => {
                let local = format!("refs/heads/{name}");
                let moved = repository.move_reference(&local, reading.tip.as_deref(), Some(commit));
                if !moved.map_err(unestablished)? {
                    return Ok(Some("another process was quicker".to_owned()));
                }
                self.settle(Some(commit))?;
                Ok(None)
            }
            ReadFrom::LastSeen(why) => {
                self.keep(Some(commit))?;
                Ok(Some(why.clone()))
            }
            ReadFrom::Remote => {
                self.keep(Some(commit))?;
                match repository.push(commit, name, self.interrupt) {
                    Ok(()) => {
                        self.settle(Some(commit))?;
                        Ok(None)
                    }
                    Err(GitError::Broken(error)) if self.interrupt.requested() => {
                        let message = format!("{error}; the entry is kept here");
                        Err(Box::new(Finding::new(Code::Interrupted, message)))
                    }
                    Err(error) => Ok(Some(error.to_string())),
                }
            }
        }
    }

    /// Keeps a commit until it is pushed; none gives up what was kept.
    fn keep(&self, commit: Option<&str>) -> Result<(), Refused> {
        let before = self.repository.reference(PENDING).map_err(unestablished)?;
        let moved = self.repository.move_reference(PENDING, before.as_deref(), commit);
        moved.map_err(unestablished).map(drop)
    }

    /// Remembers a tip that was seen, and that nothing waits any more.
    fn settle(&self, tip: Option<&str>) -> Result<(), Refused> {
        let seen = self.repository.reference(SEEN).map_err(unestablished)?;
        if seen.as_deref() != tip {
            let moved = self.repository.move_reference(SEEN, seen.as_deref(), tip);
            moved.map_err(unestablished)?;
        }
        self.keep(None)
    }

    fn refused(&self, said: &str) -> Finding {
        let name = self.name;
        let message = format!("{REMOTE} doesn't let you push `{name}`: {said}");
        Finding::new(Code::LedgerRefused, message).help(ruleset(name)).at(Place::file(name))
    }

    /// Waits until no other process of this clone appends. The lock ends with its process.
    pub(crate) fn lock(&self, patience: Duration) -> Result<File, Refused> {
        let path = self.repository.git_folder().map_err(unestablished)?.join(LOCK);
        let file = File::options().create(true).truncate(false).write(true).open(&path);
        let file = file.map_err(|error| {
            unestablished(
                anyhow::Error::new(error).context(format!("cannot open {}", path.display())),
            )
        })?;
        let begun = Instant::now();
        while let Err(error) = file.try_lock() {
            if let std::fs::TryLockError::Error(error) = error {
                let error = anyhow::Error::new(error).context("cannot lock the ledger");
                return Err(unestablished(error));
            }
            if begun.elapsed() >= patience {
                let seconds = patience.as_secs();
                let message = format!("another process has held the ledger for {seconds} s");
                let help =
                    "wait for it or end it, then run the command again; nothing was appended";
                return Err(Box::new(Finding::new(Code::LedgerLocked, message).help(help)));
            }
            std::thread::sleep(LOOK);
        }
        Ok(file)
    }
}

/// How a remote comes to take the ledger's branch.
pub(crate) fn ruleset(name: &str) -> String {
    format!(
        "ask an administrator: the rules for `{name}` may forbid deletions and force pushes, \
        and nothing else"
    )
}

/// Who makes the commit of a line, and what it says: the kind and the id, no more.
fn author_and_message(line: &[u8]) -> (&str, String) {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    EntryLine::read(line).map_or(("git@localhost", "entry".to_owned()), |line| {
        (line.actor.raw, format!("{} {}", line.kind.word(), line.id.raw))
    })
}

/// Whether git says that the server refused, and not that it could not be spoken to.
fn is_refusal(said: &str) -> bool {
    said.contains("rejected") || said.contains("declined") || said.contains("denied")
}

/// Waits for a moment that is another in each process, longer after each try.
fn pause(tries: u64) {
    let most = PAUSE << tries.min(4);
    let random = machine::random_hex().ok().and_then(|hex| u64::from_str_radix(&hex, 16).ok());
    std::thread::sleep(Duration::from_millis(random.unwrap_or(most) % most));
}
