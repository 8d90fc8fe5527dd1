//! The chain: each entry names the root of the one before it, and has its own place,
//! name and time. One line after the other, in memory that grows by 8 bytes an entry.

use super::digest::Digest;
use super::line::{EntryLine, Fault, NO_ROOT};
use super::{Head, scan};
use thrice_findings::{Code, Finding, Place};

/// More findings than this are counted, not reported.
const MOST: usize = 500;

/// A chain while it is verified.
#[derive(Clone)]
pub(crate) struct Chain<'a> {
    file: &'a str,
    /// Later than this is the future.
    future: Option<&'a str>,
    line: usize,
    expected: u64,
    /// Root of the entry before; empty where that could not be read.
    before: String,
    latest: String,
    /// Entries of a branch were placed when they arrived, not when they were made.
    is_branch: bool,
    ids: Vec<u64>,
    findings: Vec<Finding>,
    unreported: usize,
}

/// What came of a chain.
#[derive(Debug)]
pub(crate) struct Checked {
    /// How many entries it has, and the root of the last.
    pub head: Head,
    /// The latest time that any entry has; empty where there is none.
    pub latest: String,
    /// What is wrong with it.
    pub findings: Vec<Finding>,
    /// Prints of ids that may stand twice, sorted: who has the bytes looks again.
    pub(crate) doubts: Vec<u64>,
    /// The prints of all ids, sorted.
    ids: Vec<u64>,
}

impl Checked {
    /// Whether an entry may have this id; if not, none has it.
    #[must_use]
    pub(crate) fn may_have(&self, id: &str) -> bool {
        self.ids.binary_search(&print_of(id)).is_ok()
    }
}

/// Where a chain is after lines that hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct State {
    /// The root of the last.
    pub(crate) root: String,
    /// The latest time that any of them has.
    pub(crate) latest: String,
    /// The prints of their ids, sorted: as many as there are lines.
    pub(crate) ids: Vec<u64>,
}

impl State {
    #[must_use]
    pub(crate) fn is_sorted(&self) -> bool {
        self.ids.is_sorted()
    }
}

impl<'a> Chain<'a> {
    /// Begins a chain; `file` is how people know the file.
    #[must_use]
    pub(crate) fn new(file: &'a str) -> Self {
        Self {
            file,
            future: None,
            line: 0,
            expected: 0,
            before: NO_ROOT.to_owned(),
            latest: String::new(),
            is_branch: false,
            ids: Vec::new(),
            findings: Vec::new(),
            unreported: 0,
        }
    }

    /// Takes entries in the order in which they arrived, whatever their times are.
    #[must_use]
    pub(crate) fn of_branch(mut self) -> Self {
        self.is_branch = true;
        self
    }

    /// Refuses times later than this.
    #[must_use]
    pub(crate) fn not_after(mut self, time: &'a str) -> Self {
        self.future = Some(time);
        self
    }

    /// Goes on after lines that another chain took.
    #[must_use]
    pub(crate) fn after(mut self, state: State) -> Self {
        let State { root, latest, ids } = state;
        self.line = ids.len();
        self.expected = ids.len() as u64;
        (self.before, self.latest, self.ids) = (root, latest, ids);
        self
    }

    /// Where it is now; none where anything was wrong so far.
    #[must_use]
    pub(crate) fn state(&self) -> Option<State> {
        let holds = self.findings.is_empty() && self.ids.len() == self.line;
        let mut ids = if holds { self.ids.clone() } else { return None };
        ids.sort();
        Some(State { root: self.before.clone(), latest: self.latest.clone(), ids })
    }

    /// Takes the next line, with its LF; gives its entry where it is one.
    pub(crate) fn push<'l>(&mut self, whole: &'l [u8]) -> Option<EntryLine<'l>> {
        self.line += 1;
        let line = whole.strip_suffix(b"\n").unwrap_or(whole);
        let entry = match EntryLine::read(line) {
            Ok(entry) => entry,
            Err(Fault { code, slip }) => {
                self.unread(code, line, &slip);
                self.check_end(whole);
                return None;
            }
        };
        self.check_position(line, &entry);
        if entry.true_root().hex() != *entry.root.raw.as_bytes() {
            let message = "the words of this line are not those of its root";
            let finding = Finding::new(Code::LedgerRoot, message);
            let help = "take back what was edited: an entry is never changed, another is appended";
            self.add(finding.help(help), line, entry.root.at);
        }
        self.check_time(line, &entry);
        self.ids.push(print_of(entry.id.raw));
        self.expected = entry.index.saturating_add(1);
        entry.root.raw.clone_into(&mut self.before);
        self.check_end(whole);
        Some(entry)
    }

    fn unread(&mut self, code: Code, line: &[u8], slip: &scan::Slip) {
        let finding = Finding::new(code, slip.said.clone()).help(match code {
            Code::LedgerKind => "docs/ledger.md lists the kinds and what each of them says",
            _ => "restore the line as it was appended; this tool alone writes the ledger",
        });
        self.add(finding, line, slip.at);
        self.expected = self.expected.saturating_add(1);
        self.before.clear();
    }

    fn check_end(&mut self, whole: &[u8]) {
        if !whole.ends_with(b"\n") {
            let finding = Finding::new(Code::LedgerCut, "the last line does not end with LF")
                .help("restore it from the last commit, and append again what is missing");
            self.add(finding, whole, whole.len());
        }
    }

    fn check_position(&mut self, line: &[u8], entry: &EntryLine<'_>) {
        if entry.index != self.expected {
            let (is, should) = (entry.index, self.expected);
            let why = if is > should {
                "what was between is gone or elsewhere"
            } else {
                "a line was doubled or moved"
            };
            let finding =
                Finding::new(Code::LedgerGap, format!("`index` is {is} where {should} belongs"))
                    .help(format!("{why}: restore the lines in the order of the last commit"));
            self.add(finding, line, entry.index_at);
        } else if !self.before.is_empty() && self.before != entry.prev_root.raw {
            let finding = Finding::new(
                Code::LedgerLink,
                match entry.index {
                    0 => "the first entry's `prev_root` is not 64 zeros".to_owned(),
                    index => format!("`prev_root` is not the root of entry {}", index - 1),
                },
            )
            .help("restore both lines from the last commit");
            self.add(finding, line, entry.prev_root.at);
        }
    }

    fn check_time(&mut self, line: &[u8], entry: &EntryLine<'_>) {
        let time = entry.created_at.raw;
        if self.future.is_some_and(|future| time > future) {
            let message = format!("`created_at` {time} is in the future");
            let finding = Finding::new(Code::LedgerTime, message).help(
                "set the clock; where that is right, have an administrator take the entry back",
            );
            self.add(finding, line, entry.created_at.at);
        }
        if time < self.latest.as_str() && !self.is_branch {
            let latest = &self.latest;
            let message = format!(
                "time runs backwards: {time} is before {latest}, which an entry above it has"
            );
            let finding = Finding::new(Code::LedgerTime, message)
                .help("restore the order of the last commit");
            self.add(finding, line, entry.created_at.at);
        }
        if time > self.latest.as_str() {
            time.clone_into(&mut self.latest);
        }
    }

    fn add(&mut self, finding: Finding, line: &[u8], at: usize) {
        let column = column(line, at);
        let place = Place { column: Some(column), ..Place::line(self.file, self.line) };
        self.tell(finding.at(place));
    }

    fn tell(&mut self, finding: Finding) {
        if self.findings.len() < MOST {
            self.findings.push(finding);
        } else {
            self.unreported += 1;
        }
    }

    /// The line that was pushed last, from 1.
    #[must_use]
    pub(crate) fn line(&self) -> usize {
        self.line
    }

    #[must_use]
    pub(crate) fn end(mut self) -> Checked {
        if self.unreported > 0 {
            let message = format!("and {} more findings of this kind of file", self.unreported);
            self.findings.push(
                Finding::new(Code::LedgerForm, message)
                    .help("fix the first, then verify again")
                    .at(Place::file(self.file)),
            );
        }
        let root = Digest::from_hex(&self.before).unwrap_or(Digest([0; 32]));
        let head = Head { entries: self.line as u64, root };
        // Those of a snapshot are sorted already, which this sort sees.
        self.ids.sort();
        let mut doubts: Vec<u64> =
            self.ids.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect();
        doubts.dedup();
        Checked { head, latest: self.latest, findings: self.findings, doubts, ids: self.ids }
    }
}

/// A column in characters, from 1, of a byte of a line.
#[must_use]
pub(crate) fn column(line: &[u8], at: usize) -> usize {
    let before = line.get(..at).unwrap_or(line);
    String::from_utf8_lossy(before).chars().count() + 1
}

/// Eight bytes that stand for an id: those of two ids are hardly ever equal, and where
/// they are it is looked at again.
fn print_of(id: &str) -> u64 {
    let bytes = id.as_bytes();
    let mut print: u64 = 0xcbf2_9ce4_8422_2325;
    let mut at = 0;
    while at < bytes.len() {
        print = (print ^ bytes[at] as u64).wrapping_mul(0x0100_0000_01b3).rotate_left(5);
        at += 1;
    }
    print
}

/// Settles which ids stand twice, in a second look at the lines.
pub(crate) struct Doubts<'a> {
    file: &'a str,
    doubts: &'a [u64],
    line: usize,
    seen: std::collections::BTreeMap<String, usize>,
    findings: Vec<Finding>,
}

impl<'a> Doubts<'a> {
    /// Begins the second look; `doubts` are those of the first.
    #[must_use]
    pub(crate) fn new(file: &'a str, doubts: &'a [u64]) -> Self {
        Self {
            file,
            doubts,
            line: 0,
            seen: std::collections::BTreeMap::new(),
            findings: Vec::new(),
        }
    }

    /// Takes the next line, with its LF.
    pub(crate) fn push(&mut self, whole: &[u8]) {
        self.line += 1;
        let line = whole.strip_suffix(b"\n").unwrap_or(whole);
        let Ok(entry) = EntryLine::read(line) else { return };
        let id = entry.id.raw;
        if self.doubts.binary_search(&print_of(id)).is_err() {
            return;
        }
        match self.seen.get(id) {
            None => drop(self.seen.insert(id.to_owned(), self.line)),
            Some(first) if self.findings.len() < MOST => {
                let place = Place {
                    column: Some(column(line, entry.id.at)),
                    ..Place::line(self.file, self.line)
                };
                self.findings.push(
                    Finding::new(
                        Code::LedgerId,
                        format!("the id `{id}` stands in line {first} already"),
                    )
                    .help("restore the line as it was appended; each entry has an id of its own")
                    .at(place),
                );
            }
            Some(_) => {}
        }
    }

    #[must_use]
    pub(crate) fn into_findings(self) -> Vec<Finding> {
        self.findings
    }
}
