//! Verifying a ledger in a file: the chain, the base's ledger as its prefix, and the
//! signatures of what came after it. It is read as a stream.

use std::io::{BufRead, BufReader, Read, Seek};

use anyhow::Context;
use jiff::Timestamp;

use super::Head;
use super::branch::Reading;
use super::chain::{Chain, Doubts, column};
use super::line::{EntryLine, LONGEST};
use super::scan::plain;
use super::signature::{Keygen, standing};
use super::snapshot::Mark;
use thrice_facts::clock::rfc3339;
use thrice_facts::git::Repository;
use thrice_findings::{Code, Finding, Place};
use thrice_programme::{Kind, LedgerRules};

/// A clock may be this far off, in seconds.
pub(crate) const AHEAD: i64 = 5 * 60;
/// How much is read at once, in bytes.
const PIECE: usize = 256 << 10;

/// Which signatures are verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signatures {
    /// None.
    None,
    /// Those of entries that the base does not have.
    New,
    /// All.
    All,
}

/// By what a ledger is verified.
pub struct VerifyBy<'a> {
    /// How people know the ledger.
    pub file: &'a str,
    /// The rules of the base.
    pub rules: &'a LedgerRules,
    /// The keys of the base.
    pub keygen: &'a Keygen,
    /// Which signatures are verified.
    pub signatures: Signatures,
}

/// What came of it.
#[derive(Debug)]
pub struct Verified {
    /// Where the ledger ends.
    pub head: Head,
    /// How many of its entries the base has.
    pub base_entries: u64,
    /// How many signatures were verified and are good.
    pub signatures: u64,
    /// What is wrong, in the order of lines.
    pub findings: Vec<Finding>,
}

/// The latest time that an entry may say now: a clock may be a little fast.
#[must_use]
pub fn latest_allowed(now: Timestamp) -> String {
    rfc3339(now.saturating_add(jiff::SignedDuration::from_secs(AHEAD)).unwrap_or(now))
}

/// Verifies a ledger in a file against that of a base; each is an open file, or bytes. One that is
/// not there has no entries. Times after `now` are refused.
///
/// # Errors
/// Where a file cannot be read.
pub fn verify<R: Read + Seek>(
    asked: &VerifyBy<'_>,
    mut head: Option<R>,
    base: Option<R>,
    now: Timestamp,
) -> anyhow::Result<Verified> {
    let future = latest_allowed(now);
    let mut chain = Chain::new(asked.file).not_after(&future);
    let mut prefix = Prefix::new(asked.file, base)?;
    let mut judge = Judge::new(asked);
    let mut whole = Vec::new();
    if let Some(head) = &mut head {
        let mut lines = lines(head)?;
        while next_line(&mut lines, &mut whole)? {
            let entry = chain.push(&whole);
            let is_new = prefix.push(&whole, chain.line())?;
            let judged = match asked.signatures {
                Signatures::None => false,
                Signatures::New => is_new,
                Signatures::All => true,
            };
            if let Some(entry) = entry.filter(|_| judged) {
                judge.entry(&entry, &whole, chain.line());
            }
        }
    }
    let checked = chain.end();
    let (base_entries, mut findings) = prefix.end(checked.head)?;
    findings.extend(checked.findings);
    findings.extend(judge.findings);
    if let Some(head) = &mut head {
        findings.extend(settled(asked.file, head, &checked.doubts)?);
    }
    findings.sort_by_key(line_and_column);
    Ok(Verified { head: checked.head, base_entries, signatures: judge.signatures, findings })
}

/// Verifies the ledger's branch as it was read, which begins with the entries of the base.
///
/// # Errors
/// Where git fails.
pub(crate) fn verify_read(
    asked: &VerifyBy<'_>,
    repository: &Repository,
    (reading, base): (&Reading, usize),
) -> Result<Verified, Box<Finding>> {
    let mut judge = Judge::new(asked);
    let from = match asked.signatures {
        Signatures::None => usize::MAX,
        Signatures::New => base,
        Signatures::All => 0,
    };
    // Nobody has to look at what is not signed and needs neither key nor role.
    let is_anybodys = |kind: &Kind| {
        let rule = asked.rules.kind(*kind);
        !rule.signed && rule.roles.is_empty()
    };
    let anybodys: Vec<Kind> = Kind::ALL.into_iter().filter(is_anybodys).collect();
    let is_judged = |at, mark: Mark| {
        at >= from && (mark.is_signed || mark.kind.is_some_and(|kind| !anybodys.contains(&kind)))
    };
    reading.lines(repository, is_judged, |at, whole| {
        if let Ok(entry) = EntryLine::read(whole.strip_suffix(b"\n").unwrap_or(whole)) {
            judge.entry(&entry, whole, at + 1);
        }
    })?;
    let checked = &reading.content.checked;
    let mut findings = checked.findings.clone();
    findings.extend(judge.findings);
    findings.sort_by_key(line_and_column);
    let (head, signatures) = (checked.head, judge.signatures);
    Ok(Verified { head, base_entries: base as u64, signatures, findings })
}

fn line_and_column(finding: &Finding) -> Option<(usize, Option<usize>)> {
    let place = finding.place.as_ref()?;
    Some((place.line?, place.column))
}

/// Which ids stand twice, in a second look at the file.
fn settled(
    name: &str,
    file: &mut (impl Read + Seek),
    doubts: &[u64],
) -> anyhow::Result<Vec<Finding>> {
    if doubts.is_empty() {
        return Ok(Vec::new());
    }
    let mut doubts = Doubts::new(name, doubts);
    let mut lines = lines(file)?;
    let mut whole = Vec::new();
    while next_line(&mut lines, &mut whole)? {
        doubts.push(&whole);
    }
    Ok(doubts.into_findings())
}

/// Reads a file from its beginning.
fn lines<R: Read + Seek>(mut file: R) -> anyhow::Result<BufReader<R>> {
    file.rewind().context("cannot read the ledger")?;
    Ok(BufReader::with_capacity(PIECE, file))
}

/// Reads a line with its LF; of one that is too long, only so much that this is seen.
fn next_line(lines: &mut impl BufRead, whole: &mut Vec<u8>) -> anyhow::Result<bool> {
    whole.clear();
    let most = LONGEST as u64 + 2;
    let read = lines.by_ref().take(most).read_until(b'\n', whole);
    let read = read.context("cannot read the ledger")?;
    if read as u64 == most && !whole.ends_with(b"\n") {
        loop {
            let buffer = lines.fill_buf().context("cannot read the ledger")?;
            let end = buffer.iter().position(|byte| *byte == b'\n');
            let length = end.map_or(buffer.len(), |end| end + 1);
            let over = end.is_some() || buffer.is_empty();
            lines.consume(length);
            if over {
                break;
            }
        }
        whole.push(b'\n');
    }
    Ok(read > 0)
}

/// The base's ledger, which the head's must begin with.
struct Prefix<'a, R> {
    file: &'a str,
    lines: Option<BufReader<R>>,
    line: Vec<u8>,
    entries: u64,
    finding: Option<Finding>,
}

impl<'a, R: Read + Seek> Prefix<'a, R> {
    fn new(file: &'a str, base: Option<R>) -> anyhow::Result<Self> {
        let lines = base.map(lines).transpose()?;
        Ok(Self { file, lines, line: Vec::new(), entries: 0, finding: None })
    }

    /// Takes the head's next line; whether the base does not have it.
    fn push(&mut self, whole: &[u8], number: usize) -> anyhow::Result<bool> {
        let Some(lines) = &mut self.lines else { return Ok(true) };
        if !next_line(lines, &mut self.line)? {
            self.lines = None;
            return Ok(true);
        }
        if self.line == whole {
            self.entries += 1;
            return Ok(false);
        }
        let at = self.line.iter().zip(whole).take_while(|(base, head)| base == head).count();
        let place = Place { column: Some(column(whole, at)), ..Place::line(self.file, number) };
        self.finding = Some(
            Finding::new(Code::LedgerPrefix, "this line differs from the one that the base has")
                .help("restore all lines of the base as they are; new entries stand after them")
                .at(place),
        );
        self.lines = None;
        Ok(true)
    }

    fn end(mut self, head: Head) -> anyhow::Result<(u64, Vec<Finding>)> {
        let mut cut: u64 = 0;
        if let Some(lines) = &mut self.lines {
            while next_line(lines, &mut self.line)? {
                cut += 1;
            }
        }
        if cut > 0 {
            let (all, has) = (self.entries + cut, head.entries);
            let place = match usize::try_from(has) {
                Ok(has) if has > 0 => Place { column: Some(1), ..Place::line(self.file, has) },
                _ => Place::file(self.file),
            };
            self.finding = Some(
                Finding::new(
                    Code::LedgerPrefix,
                    format!("the base's ledger has {all} entries, and this one ends after {has}"),
                )
                .help("restore the ledger of the base, then append")
                .at(place),
            );
        }
        Ok((self.entries, self.finding.into_iter().collect()))
    }
}

struct Judge<'a> {
    asked: &'a VerifyBy<'a>,
    signatures: u64,
    findings: Vec<Finding>,
    /// Nobody can be asked any more: it is said once.
    stopped: bool,
}

impl<'a> Judge<'a> {
    fn new(asked: &'a VerifyBy<'a>) -> Self {
        Self { asked, signatures: 0, findings: Vec::new(), stopped: false }
    }

    fn entry(&mut self, entry: &EntryLine<'_>, whole: &[u8], number: usize) {
        if self.stopped && entry.signature.is_some() {
            return;
        }
        let words = entry.signed_words(&self.asked.rules.programme);
        let said = [entry.actor.raw, entry.created_at.raw, &words];
        let armoured = entry.signature.map(|signature| plain(signature.raw));
        let VerifyBy { rules, keygen, file, .. } = self.asked;
        match standing(rules, keygen, entry.kind, said, armoured.as_deref()) {
            Ok(standing) => self.signatures += u64::from(standing.key.is_some()),
            Err(finding) => {
                self.stopped = matches!(
                    finding.code,
                    Code::ProgramMissing | Code::NotEstablishedCode | Code::Interrupted
                );
                let at = match (finding.code, entry.signature) {
                    (Code::LedgerSignature | Code::LedgerSigner, Some(signature)) => signature.at,
                    (Code::LedgerRole, _) => entry.actor.at,
                    _ => entry.signature.map_or(whole.len().saturating_sub(6), |piece| piece.at),
                };
                let column = Some(column(whole, at));
                self.findings.push(finding.at(Place { column, ..Place::line(*file, number) }));
            }
        }
    }
}
