//! The branch that the ledger is, read at the remote's tip of the moment.
//!
//! Where there is a remote, its branch is the ledger, and what this clone has of it says
//! nothing. Where there is none, the branch here is. The last tip that this clone has seen
//! stays in [`SEEN`]: a ledger that does not go on from there was cut, rewritten or forked.
//! What could not be pushed yet stays in [`PENDING`], and has no effect.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::chain::{Chain, Checked};
use super::line::EntryLine;
use super::placing::ruleset;
use super::snapshot::{Mark, Snapshot, WORTH};
use super::verify::latest_allowed;
use super::{Entry, segments, settled};
use thrice_facts::clock;
use thrice_facts::git::{NewCommit, REMOTE, RemoteBranch, Repository, Tree};
use thrice_facts::interrupt::Interrupt;
use thrice_findings::{Code, Finding, Place, Refused, Severity, short};
use thrice_programme::Kind;

/// The last tip of the ledger that this clone has seen.
pub const SEEN: &str = "refs/thrice/ledger/seen";
/// What this clone has recorded, and could not push yet.
pub const PENDING: &str = "refs/thrice/ledger/pending";

/// The last tip whose signatures `ledger verify` found good.
pub const VERIFIED: &str = "refs/thrice/ledger/verified";

/// How many commits are looked at together: the last segment of each is held.
const AT_ONCE: usize = 50;
/// How many segments one call of git is asked for: it holds its whole output.
const SEGMENTS_AT_ONCE: usize = 64;

/// How far a commit's ledger goes in a reading: the number of its last segment, and how many of
/// that segment's bytes it has.
type Length = (usize, usize);

/// Where a reading is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadFrom {
    /// The remote's branch, at this moment.
    Remote,
    /// The branch here: there is no remote.
    Local,
    /// The tip that was seen last: the remote could not be asked, for this reason.
    LastSeen(String),
}

/// What the ledger is at a moment.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The name of its branch.
    pub branch: String,
    /// The last commit of the branch; none where nothing was recorded yet.
    pub tip: Option<String>,
    /// Where it was read.
    pub source: ReadFrom,
    pub(crate) content: Arc<Content>,
    /// Lines that wait here to be pushed, and have no effect until then.
    pub pending: Vec<Vec<u8>>,
    /// Why the remote did not take what waits, where it was reached.
    pub(crate) unpushed: Option<String>,
    /// The ids of entries that waited here, and that this reading pushed.
    pub(crate) pushed: Vec<String>,
}

/// What the ledger has at a tip. It is checked when it is read.
#[derive(Debug)]
pub(crate) struct Content {
    segments: Vec<Segment>,
    /// What is wrong with the chain, an entry of a time to come included.
    pub(crate) checked: Checked,
    /// Whether all of it was read and checked now, and nothing of a snapshot was taken.
    is_whole: bool,
}

/// A file of the ledger.
#[derive(Debug)]
struct Segment {
    blob: String,
    /// What a look at each of its lines showed.
    marks: Vec<Mark>,
    /// Its lines, once they are read.
    bytes: OnceLock<Vec<u8>>,
}

impl Segment {
    fn bytes(&self) -> &[u8] {
        self.bytes.get().map_or(&[], Vec::as_slice)
    }

    fn lines(&self) -> impl Iterator<Item = &[u8]> {
        self.bytes().split_inclusive(|byte| *byte == b'\n')
    }
}

impl Content {
    /// Reads the segments of these numbers that are not read yet.
    fn load(
        &self,
        repository: &Repository,
        numbers: impl IntoIterator<Item = usize>,
    ) -> Result<(), Refused> {
        let asked = numbers.into_iter().filter_map(|number| self.segments.get(number));
        let asked: Vec<&Segment> = asked.filter(|it| it.bytes.get().is_none()).collect();
        let blobs: Vec<&str> = asked.iter().map(|segment| segment.blob.as_str()).collect();
        let mut asked = asked.into_iter();
        read_segments(repository, &blobs, |_, bytes| {
            asked.next().map(|segment| segment.bytes.set(bytes.to_vec()));
        })
    }
}

impl Reading {
    /// The entries of some kinds; a chain that does not hold, or that says a time to come, has none.
    ///
    /// # Errors
    /// Everything that is wrong with the chain, line by line; where git fails.
    pub fn entries(
        &self,
        repository: &Repository,
        wanted: impl Fn(Kind) -> bool,
    ) -> Result<Vec<Entry>, Vec<Finding>> {
        let findings = &self.content.checked.findings;
        if !findings.is_empty() {
            return Err(findings.clone());
        }
        let mut entries = Vec::new();
        let is_wanted = |_, mark: Mark| mark.kind.is_some_and(&wanted);
        let read = self.lines(repository, is_wanted, |_, line| entries.extend(read_entry(line)));
        read.map(|()| entries).map_err(|refused| vec![*refused])
    }

    /// Hands out the lines that are wanted by their number, from 0, and their mark, each with its
    /// LF; only the segments that have one are read.
    pub(crate) fn lines(
        &self,
        repository: &Repository,
        wanted: impl Fn(usize, Mark) -> bool,
        mut each: impl FnMut(usize, &[u8]),
    ) -> Result<(), Refused> {
        let (mut begin, mut having) = (0, Vec::new());
        for (number, segment) in self.content.segments.iter().enumerate() {
            let mut marks = segment.marks.iter().enumerate();
            if marks.any(|(at, mark)| wanted(begin + at, *mark)) {
                having.push((number, begin));
            }
            begin += segment.marks.len();
        }
        self.content.load(repository, having.iter().map(|(number, _)| *number))?;
        for (number, begin) in having {
            let segment = self.content.segments.get(number);
            let lines = segment.into_iter().flat_map(|it| it.lines().zip(&it.marks)).enumerate();
            for (at, (line, _)) in lines.filter(|(at, (_, mark))| wanted(begin + at, **mark)) {
                each(begin + at, line);
            }
        }
        Ok(())
    }

    /// Whether all of it was read and checked by this command.
    #[must_use]
    pub(crate) fn is_whole(&self) -> bool {
        self.content.is_whole
    }

    /// The entries that wait here to be pushed, as far as they can be read.
    #[must_use]
    pub fn waiting(&self) -> Vec<Entry> {
        self.pending.iter().filter_map(|line| read_entry(line)).collect()
    }

    /// Whether the remote was reached, and lacks what waits here.
    #[must_use]
    pub(crate) fn is_unpushed(&self) -> bool {
        !self.pending.is_empty() && self.source == ReadFrom::Remote
    }

    /// That entries wait here to be pushed, as a warning, with what leads on.
    #[must_use]
    pub(crate) fn waiting_warning(&self) -> Option<Finding> {
        let count = self.pending.len();
        let entries = match count {
            0 => return None,
            1 => "1 entry of this clone is".to_owned(),
            _ => format!("{count} entries of this clone are"),
        };
        // Where another process holds the lock, that one pushes, and nothing was refused.
        let why = self.unpushed.as_deref().filter(|_| self.is_unpushed());
        let is_refused = why.is_some();
        let why = why.map(|why| format!(": {REMOTE} refuses, {}", or_silent(why)));
        let message = format!("{entries} not in effect yet, not pushed{}", why.unwrap_or_default());
        let mut finding = Finding::new(Code::LedgerUnreached, message);
        finding.severity = Severity::Warn;
        Some(finding.help(match is_refused {
            true => format!(
                "`git push {REMOTE} {PENDING}:refs/heads/{}` tries again; if it is refused, {}",
                self.branch,
                ruleset(&self.branch)
            ),
            false => "the next command that reaches the remote pushes first".to_owned(),
        }))
    }

    /// Whether it is what the ledger was at that moment, and not only what this clone saw last.
    #[must_use]
    pub fn is_current(&self) -> bool {
        !matches!(self.source, ReadFrom::LastSeen(_))
    }

    /// Which ledger this is, such as `ledger at 0123456789ab`.
    #[must_use]
    pub fn describe(&self) -> String {
        let mut text = match &self.tip {
            Some(tip) => format!("{} at {}", self.branch, short(tip)),
            None => format!("{}, which has no entry yet", self.branch),
        };
        if !self.is_current() {
            text.push_str(" as last seen");
        }
        text
    }

    /// That the remote could not be asked, where that is so: newer decisions may be there.
    #[must_use]
    pub fn unreached(&self) -> Option<Finding> {
        let ReadFrom::LastSeen(why) = &self.source else { return None };
        let message =
            format!("{REMOTE} could not be asked for its `{}`: {}", self.branch, or_silent(why));
        Some(
            Finding::new(Code::LedgerUnreached, message)
                .help("see that `git fetch` works here, then run the command again"),
        )
    }

    /// The same as a warning, for commands that only show.
    #[must_use]
    pub fn unreached_warning(&self) -> Option<Finding> {
        self.unreached().map(|mut finding| {
            finding.severity = Severity::Warn;
            finding.help("what this clone saw last was read; see that `git fetch` works here")
        })
    }
}

/// The entry of a line, with its LF or without.
pub(crate) fn read_entry(line: &[u8]) -> Option<Entry> {
    Entry::of(&EntryLine::read(line.strip_suffix(b"\n").unwrap_or(line)).ok()?)
}

fn or_silent(why: &str) -> &str {
    if why.is_empty() { "it gives no reason" } else { why }
}

/// The branch of a repository that is its ledger.
pub struct LedgerBranch<'a> {
    pub(crate) repository: &'a Repository,
    pub(crate) name: &'a str,
    pub(crate) interrupt: &'a Interrupt,
}

pub(crate) fn unestablished(error: impl Into<anyhow::Error>) -> Refused {
    let finding = Finding::new(Code::NotEstablishedCode, format!("{:#}", error.into()));
    Box::new(finding.help("fix that, then run the command again"))
}

impl<'a> LedgerBranch<'a> {
    /// The branch of that name.
    #[must_use]
    pub fn new(repository: &'a Repository, name: &'a str, interrupt: &'a Interrupt) -> Self {
        Self { repository, name, interrupt }
    }

    /// Reads the ledger at the remote's tip of this moment, which must go on from the tip
    /// that this clone has seen last. What waits to be pushed is pushed first.
    ///
    /// # Errors
    /// Where it does not go on from there, or git fails.
    pub fn read(&self) -> Result<Reading, Refused> {
        let reading = self.read_only(None)?;
        if reading.pending.is_empty() || reading.source != ReadFrom::Remote {
            return Ok(reading);
        }
        // Where another process appends, that one pushes it.
        let Some(_lock) = self.lock(Duration::ZERO).ok() else { return Ok(reading) };
        let reading = self.read_only(Some(&reading))?;
        let (lines, waiting) = (reading.pending.clone(), reading.waiting());
        // What was kept stays kept: no reading fails because a remote takes nothing.
        let placed = self.place(reading, lines, true)?;
        let mut reading = self.read_only(Some(&placed.reading))?;
        reading.unpushed = placed.waits.map(|waits| waits.why);
        if reading.pending.is_empty() {
            reading.pushed = waiting.into_iter().map(|entry| entry.said.id).collect();
        }
        Ok(reading)
    }

    /// The same, without pushing anything; what is `known` of the same tip is not read again.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn read_only(&self, known: Option<&Reading>) -> Result<Reading, Refused> {
        let (tip, source) = self.tip()?;
        let seen = self.repository.reference(SEEN).map_err(unestablished)?;
        let reading = self.at(tip.clone(), source, known)?;
        if seen != tip {
            self.goes_on(seen.as_deref(), &reading)?;
            // What is no ledger has no effect, and an administrator takes it back: it counts as
            // never seen. Another process may have moved it meanwhile; then it has seen as much.
            if reading.content.checked.findings.is_empty() {
                let _ = self.repository.move_reference(SEEN, seen.as_deref(), tip.as_deref());
            }
        }
        Ok(reading)
    }

    /// Where the ledger is now, and where that was seen.
    fn tip(&self) -> Result<(Option<String>, ReadFrom), Refused> {
        let repository = self.repository;
        if repository.remote_url().is_none() {
            let local = format!("refs/heads/{}", self.name);
            return Ok((repository.reference(&local).map_err(unestablished)?, ReadFrom::Local));
        }
        let said = match repository.remote_branch(self.name).map_err(unestablished)? {
            RemoteBranch::Absent => return Ok((None, ReadFrom::Remote)),
            RemoteBranch::Unseen(said) => said,
            RemoteBranch::At(id) => match self.brought(&id)? {
                None => return Ok((Some(id), ReadFrom::Remote)),
                Some(said) => said,
            },
        };
        Ok((repository.reference(SEEN).map_err(unestablished)?, ReadFrom::LastSeen(said)))
    }

    /// Brings a tip's objects here; gives what git said where it could not.
    fn brought(&self, id: &str) -> Result<Option<String>, Refused> {
        let is_here = || self.repository.commit(id).map(|it| it.is_some());
        if is_here().map_err(unestablished)? {
            return Ok(None);
        }
        match self.repository.fetch_objects(&[self.name], self.interrupt) {
            Ok(()) if is_here().map_err(unestablished)? => Ok(None),
            Ok(()) => Ok(Some(format!("it did not give {}", short(id)))),
            Err(error) => error.refusal().map(Some).map_err(unestablished),
        }
    }

    /// The same ledger, all of it read and checked now, whatever this clone has kept of it.
    ///
    /// # Errors
    /// Where git fails.
    pub(crate) fn whole(&self, reading: Reading) -> Result<Reading, Refused> {
        let Some(tip) = reading.tip.as_ref().filter(|_| !reading.is_whole()) else {
            return Ok(reading);
        };
        let content = Arc::new(self.checked(&self.segments_of(tip)?, None)?);
        Ok(Reading { content, ..reading })
    }

    /// The ledger of a commit.
    fn at(
        &self,
        tip: Option<String>,
        source: ReadFrom,
        known: Option<&Reading>,
    ) -> Result<Reading, Refused> {
        let known = known.filter(|known| known.branch == self.name && known.tip == tip);
        let content = match (known, &tip) {
            (Some(known), _) => Arc::clone(&known.content),
            (None, Some(tip)) => {
                let blobs = self.segments_of(tip)?;
                let snapshot = Snapshot::load(self.repository, &blobs);
                Arc::new(self.checked(&blobs, snapshot)?)
            }
            (None, None) => Arc::new(self.checked(&[], None)?),
        };
        let (branch, mut waiting) = (self.name.to_owned(), Vec::new());
        if let Some(pending) = self.repository.reference(PENDING).map_err(unestablished)? {
            waiting = self.missing(&content, self.segments_of(&pending)?)?;
        }
        let (unpushed, pushed) = (None, Vec::new());
        Ok(Reading { branch, tip, source, content, pending: waiting, unpushed, pushed })
    }

    fn segments_of(&self, commit: &str) -> Result<Vec<String>, Refused> {
        let commit = self.repository.commit_of(commit.to_owned()).map_err(unestablished)?;
        let tree = self.repository.tree(&commit).map_err(unestablished)?;
        segments::ordered(self.name, tree.entries())
    }

    /// Reads and checks segments, beginning after those of a snapshot. Where something is wrong,
    /// all of them are read, so that no finding rests on a snapshot.
    fn checked(&self, blobs: &[String], snapshot: Option<Snapshot>) -> Result<Content, Refused> {
        let future = latest_allowed(clock::now());
        let mut chain = Chain::new(self.name).of_branch().not_after(&future);
        let mut segments = Vec::with_capacity(blobs.len());
        // The clock may have been set back since.
        if let Some(kept) = snapshot.filter(|kept| kept.state.latest <= future) {
            let kept_segments = kept.segments.into_iter();
            segments.extend(kept_segments.map(|(blob, marks)| Segment {
                blob,
                marks,
                bytes: OnceLock::new(),
            }));
            chain = chain.after(kept.state);
        }
        let begin = segments.len();
        let ids: Vec<&str> = blobs.iter().skip(begin).map(String::as_str).collect();
        let mut state = None;
        read_segments(self.repository, &ids, |blob, bytes| {
            if segments.len() + 1 == blobs.len() && segments.len() >= begin + WORTH {
                state = chain.state();
            }
            let lines = bytes.split_inclusive(|byte| *byte == b'\n');
            let marks = lines.map(|whole| Mark::of(chain.push(whole).as_ref())).collect();
            let bytes = OnceLock::from(bytes.to_vec());
            segments.push(Segment { blob: blob.to_owned(), marks, bytes });
        })?;
        let checked = settled(chain, self.name, || segments.iter().flat_map(Segment::lines));
        let is_clean = checked.findings.is_empty() && checked.doubts.is_empty();
        if begin > 0 && !is_clean {
            return self.checked(blobs, None);
        }
        if let Some(state) = state.filter(|_| is_clean) {
            let full = segments.iter().take(segments.len().saturating_sub(1));
            let segments = full.map(|it| (it.blob.clone(), it.marks.clone())).collect();
            Snapshot { segments, state }.save(self.repository);
        }
        Ok(Content { segments, checked, is_whole: begin == 0 })
    }

    /// The lines that wait in some segments, whose ids a ledger has not.
    fn missing(&self, there: &Content, waiting: Vec<String>) -> Result<Vec<Vec<u8>>, Refused> {
        // What waits goes on from an older tip: nearly always both begin with the same segments.
        let same = waiting.iter().zip(&there.segments);
        let same = same.take_while(|(blob, segment)| **blob == segment.blob).count();
        there.load(self.repository, same..there.segments.len())?;
        let id = |line: &[u8]| {
            let line = EntryLine::read(line.strip_suffix(b"\n").unwrap_or(line)).ok()?;
            Some(line.id.raw.to_owned())
        };
        let rest = there.segments.iter().skip(same).flat_map(Segment::lines);
        let known: std::collections::BTreeSet<String> = rest.filter_map(id).collect();
        let blobs: Vec<&str> = waiting.iter().skip(same).map(String::as_str).collect();
        let mut missing = Vec::new();
        read_segments(self.repository, &blobs, |_, bytes| {
            let lines = bytes.split_inclusive(|byte| *byte == b'\n');
            let new = lines.filter(|line| id(line).is_some_and(|id| !known.contains(&id)));
            missing.extend(new.map(<[u8]>::to_vec));
        })?;
        Ok(missing)
    }

    /// Whether a ledger goes on from the tip that was seen: commit by commit, each of them
    /// only longer than the one before it, so that nothing in between was taken back.
    fn goes_on(&self, seen: Option<&str>, reading: &Reading) -> Result<(), Refused> {
        let Some(seen) = seen else { return Ok(()) };
        let (name, repository) = (self.name, self.repository);
        let Some(tip) = &reading.tip else {
            let message = match reading.source {
                ReadFrom::Local => format!("the branch `{name}` is gone"),
                _ => format!("{REMOTE} has no branch `{name}` any more"),
            };
            return Err(self.departed(message, seen, reading));
        };
        let is_ancestor = |one: &str, of: &str| repository.is_ancestor(one, of);
        if !is_ancestor(seen, tip).map_err(unestablished)? {
            let message = if is_ancestor(tip, seen).map_err(unestablished)? {
                format!("the end of the ledger was cut off: `{name}` is back at {}", short(tip))
            } else {
                let common = repository.merge_base(seen, tip).map_err(unestablished)?;
                let from = common.map(|common| format!(" from {} on", short(&common.id)));
                let from = from.unwrap_or_else(|| " as a whole".to_owned());
                format!("the ledger was rewritten{from}: `{name}` is at {}", short(tip))
            };
            return Err(self.departed(message, seen, reading));
        }
        let line = repository.lineage(tip, Some(seen)).map_err(unestablished)?;
        let Some(length) = self.length_within(seen, reading)? else {
            let message = "entries that were seen were changed or taken away".to_owned();
            return Err(self.departed(message, seen, reading));
        };
        let mut before = (seen, length);
        for part in line.chunks(AT_ONCE) {
            let ids: Vec<&str> = part.iter().map(|(commit, _)| commit.as_str()).collect();
            let lengths = self.lengths_within(&ids, reading)?;
            for ((commit, parents), length) in part.iter().zip(lengths) {
                if *parents != [before.0] {
                    let message =
                        format!("the commit {} of `{name}` has not one parent", short(commit));
                    return Err(self.departed(message, seen, reading));
                }
                let Some(length) = length.filter(|length| *length >= before.1) else {
                    let message = format!(
                        "entries that {} or a commit before it recorded were changed or taken away",
                        short(commit)
                    );
                    return Err(self.departed(message, seen, reading));
                };
                before = (commit, length);
            }
        }
        Ok(())
    }

    /// How far the ledger of a commit goes, where a reading begins with it.
    fn length_within(&self, commit: &str, reading: &Reading) -> Result<Option<Length>, Refused> {
        Ok(self.lengths_within(&[commit], reading)?.pop().flatten())
    }

    /// The same of each of some commits, all read at once.
    fn lengths_within(
        &self,
        commits: &[&str],
        reading: &Reading,
    ) -> Result<Vec<Option<Length>>, Refused> {
        let repository = self.repository;
        let trees = match repository.trees(commits) {
            Ok(trees) => trees,
            Err(_) if commits.len() == 1 => return Ok(vec![None]),
            // Which of them cannot be read shows one by one.
            Err(_) => {
                let each = commits.iter().map(|commit| self.length_within(commit, reading));
                return each.collect();
            }
        };
        let begun = |tree: &Tree| {
            let own = segments::ordered(self.name, tree.entries()).ok()?;
            begun(own, reading)
        };
        let begun: Vec<Option<(usize, Option<String>)>> = trees.iter().map(begun).collect();
        reading.content.load(repository, begun.iter().flatten().map(|(number, _)| *number))?;
        let lasts = begun.iter().flatten().filter_map(|(_, last)| last.as_deref());
        let lasts: Vec<&str> = lasts.collect();
        let mut read = Vec::with_capacity(lasts.len());
        let done = repository.read_blobs(&lasts, |_, bytes| read.push(bytes.to_vec()));
        done.map_err(unestablished)?;
        let mut read = read.into_iter();
        let length = |begun: Option<(usize, Option<String>)>| {
            let (number, last) = begun?;
            let last = last.and_then(|_| read.next()).unwrap_or_default();
            let there = reading.content.segments.get(number).map_or(&[][..], Segment::bytes);
            there.starts_with(&last).then_some((number, last.len()))
        };
        Ok(begun.into_iter().map(length).collect())
    }

    /// How many lines of a reading an earlier commit of the branch has, too.
    ///
    /// # Errors
    /// Where the ledger does not go on from that commit.
    pub fn lines_within(&self, from: &str, reading: &Reading) -> Result<usize, Refused> {
        self.goes_on(Some(from), reading)?;
        let (number, bytes) = self.length_within(from, reading)?.unwrap_or_default();
        let segments = &reading.content.segments;
        let before: usize = segments.iter().take(number).map(|it| it.marks.len()).sum();
        let last = segments.get(number).and_then(|it| it.bytes().get(..bytes));
        Ok(before + last.map_or(0, |it| it.split_inclusive(|byte| *byte == b'\n').count()))
    }

    fn departed(&self, message: String, seen: &str, reading: &Reading) -> Refused {
        let name = self.name;
        let message = format!("{message}; it was seen at {}", short(seen));
        let help = match (&reading.source, &reading.tip) {
            (ReadFrom::Local, _) => {
                format!("`git update-ref refs/heads/{name} {seen}` restores it")
            }
            (_, None) => format!("`git push {REMOTE} {seen}:refs/heads/{name}` restores it"),
            (_, Some(tip)) => format!(
                "find out who pushed; an administrator restores it: `git push \
                 --force-with-lease={name}:{tip} {REMOTE} {seen}:refs/heads/{name}`"
            ),
        };
        let finding = Finding::new(Code::LedgerDescent, message).help(help);
        Box::new(finding.at(Place::file(name)))
    }

    /// Writes a commit that goes on from a reading with more lines; gives its id.
    pub(crate) fn extended(
        &self,
        reading: &Reading,
        lines: &[Vec<u8>],
        (author, message): (&str, String),
    ) -> Result<String, Refused> {
        let segments = &reading.content.segments;
        let full = segments.iter().take(segments.len().saturating_sub(1));
        let last = segments.last().map_or(&[][..], Segment::bytes);
        let write = || -> anyhow::Result<String> {
            let mut blobs: Vec<String> = full.map(|it| it.blob.clone()).collect();
            for segment in segments::extended(last, lines) {
                blobs.push(self.repository.write_blob(segment)?);
            }
            let named = blobs.into_iter().enumerate();
            let files: Vec<(String, String)> =
                named.map(|(number, blob)| (segments::name(number), blob)).collect();
            let tree = self.repository.write_flat_tree(&files)?;
            self.repository.write_commit(&NewCommit {
                tree: &tree,
                parent: reading.tip.as_deref(),
                author,
                seconds: clock::now().as_second(),
                message: &message,
            })
        };
        write().map_err(unestablished)
    }
}

/// The number of the last of some segments, with its blob, where those before it are the ones
/// that a reading begins with.
fn begun(mut own: Vec<String>, reading: &Reading) -> Option<(usize, Option<String>)> {
    let last = own.pop();
    let there = own.iter().zip(&reading.content.segments);
    let same = there.take_while(|(own, there)| **own == there.blob).count();
    (same == own.len()).then_some((same, last))
}

/// Hands the blob and the bytes of each segment to `each`, a few read at once.
fn read_segments(
    repository: &Repository,
    blobs: &[&str],
    mut each: impl FnMut(&str, &[u8]),
) -> Result<(), Refused> {
    let mut parts = blobs.chunks(SEGMENTS_AT_ONCE);
    parts.try_for_each(|part| repository.read_blobs(part, &mut each)).map_err(unestablished)
}

/// Gives lines the places after a ledger; nothing that they say changes, nor who signed it.
pub(crate) fn placed(
    head: super::Head,
    lines: &[Vec<u8>],
) -> Result<(Vec<Vec<u8>>, super::Head), Refused> {
    let mut head = head;
    let mut out = Vec::with_capacity(lines.len());
    for whole in lines {
        let text = whole.strip_suffix(b"\n").unwrap_or(whole);
        let line = EntryLine::read(text).map_err(|fault| {
            let message = format!("an entry that waits here cannot be read: {}", fault.slip.said);
            Box::new(
                Finding::new(fault.code, message)
                    .help(format!("`git update-ref -d {PENDING}` gives up what waits")),
            )
        })?;
        let (moved, root) = line.moved(head.entries, &head.root.to_string());
        out.push(moved.into_bytes());
        head = super::Head { entries: head.entries + 1, root };
    }
    Ok((out, head))
}

/// The chain of a reading, which must hold: where it ends, and its latest time.
pub(crate) fn head_of(reading: &Reading) -> Result<(super::Head, &str), Refused> {
    let checked = &reading.content.checked;
    // A clock that was ahead breaks no chain; an entry that is older than it is refused.
    match checked.findings.iter().find(|it| it.code != Code::LedgerTime).cloned() {
        None => Ok((checked.head, &checked.latest)),
        Some(mut first) => {
            first.message = format!("nothing is appended to a broken chain: {}", first.message);
            Err(Box::new(first))
        }
    }
}
