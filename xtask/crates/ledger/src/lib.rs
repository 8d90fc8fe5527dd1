//! The ledger: human decisions on a branch of their own, one a line, each chained to the
//! one before it.
//!
//! [`read`] gives the entries of a chain that holds; [`append`] adds one; [`counts`] says
//! whether one bears on anything: signed, by a key that was good at its time, by somebody
//! whose role may. docs/ledger.md says what the chain proves and what it does not.
//!
//! What the entries decide together is read in one place, [`decisions`].
//!
//! The form of a line (`scan`, `line`, `kinds`), the chain, `segments` and `decisions` are
//! pure. `branch` reads the ledger, `snapshot` keeps what was checked of it, `placing` and `store`
//! append to it; they and `verify`, `gather` and `signature` speak to git, files and ssh-keygen.

pub mod branch;
mod canonical;
mod chain;
pub mod decisions;
mod digest;
pub mod expiry;
mod form;
pub mod gather;
mod kinds;
mod line;
mod placing;
pub mod recording;
mod scan;
mod segments;
pub mod signature;
pub mod signing;
mod snapshot;
mod store;
pub mod verbs;
pub mod verify;

use std::fmt;

use jiff::Timestamp;
use serde_json::{Map, Value};

use chain::{Chain, Checked, Doubts};
pub use digest::Digest;
use line::EntryLine;
pub use placing::Waits;
pub use signature::{Signers, counts};
pub(crate) use store::Appended;
pub use store::{Draft, append};
use thrice_findings::Finding;
pub use thrice_programme::Kind;

/// What an entry says, whatever its position: this is what is signed.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    /// The entry's own name.
    pub id: String,
    /// The address of who says it.
    pub actor: String,
    /// When.
    pub created_at: Timestamp,
    /// What sort of decision it is.
    pub kind: Kind,
    /// What is decided.
    pub data: Map<String, Value>,
}

/// An entry: what is said, where it stands, and under which signature.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its position, from 0.
    pub index: u64,
    /// The root of the entry before it; zeros for the first.
    pub prev_root: Digest,
    /// What it says.
    pub said: Said,
    /// The armoured signature.
    pub signature: Option<String>,
    /// The digest of all of this.
    pub root: Digest,
}

/// Where a ledger ends: what a tag or a pull request pins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// How many entries it has.
    pub entries: u64,
    /// The root of the last; zeros where there is none.
    pub root: Digest,
}

impl Head {
    /// The head of a ledger without entries.
    pub const EMPTY: Self = Self { entries: 0, root: Digest([0; 32]) };
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.entries, self.root)
    }
}

impl Entry {
    /// The id of the alarm or trigger that it is about, where it is about one.
    fn subject(&self) -> Option<&str> {
        let id = |name: &str| self.said.data.get(name).and_then(Value::as_str);
        ["incident", "risk", "block", "trigger"].into_iter().find_map(id)
    }

    /// The entry of a line that was read.
    fn of(line: &EntryLine<'_>) -> Option<Self> {
        Some(Self {
            index: line.index,
            prev_root: Digest::from_hex(line.prev_root.raw)?,
            said: Said {
                id: line.id.raw.to_owned(),
                actor: line.actor.raw.to_owned(),
                created_at: line.created_at.raw.parse().ok()?,
                kind: line.kind,
                data: serde_json::from_str(line.data.raw).ok()?,
            },
            signature: line.signature.map(|piece| scan::plain(piece.raw)),
            root: Digest::from_hex(line.root.raw)?,
        })
    }
}

/// The entries of a whole ledger whose chain holds; `file` is how people know it. No
/// signature is looked at: see [`counts`].
///
/// # Errors
/// Everything that is wrong with the chain, line by line.
pub fn read(file: &str, bytes: &[u8]) -> Result<Vec<Entry>, Vec<Finding>> {
    let mut entries = Vec::new();
    let mut chain = Chain::new(file);
    let lines = || bytes.split_inclusive(|byte| *byte == b'\n');
    lines().for_each(|whole| entries.extend(chain.push(whole).as_ref().and_then(Entry::of)));
    let checked = settled(chain, file, lines);
    if checked.findings.is_empty() { Ok(entries) } else { Err(checked.findings) }
}

/// Ends a chain of these lines; which ids stand twice shows in a second look at them.
fn settled<'l, L: Iterator<Item = &'l [u8]>>(
    chain: Chain<'_>,
    file: &str,
    lines: impl Fn() -> L,
) -> Checked {
    let mut checked = chain.end();
    if !checked.doubts.is_empty() {
        let mut doubts = Doubts::new(file, &checked.doubts);
        lines().for_each(|whole| doubts.push(whole));
        checked.findings.extend(doubts.into_findings());
    }
    checked
}

#[cfg(test)]
mod tests;
