//! What a killed review left: its journal, its checkouts, and what of it stands.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use super::journal::{self, EngineKind, Journal, JournalLine, Opened};
use super::layout::{Output, checkout_path};
use super::locked_crates::Shared;
use super::record::longest;
use super::result::GateResult;
use super::review::Request;
use super::state::{self, HarnessState};
use super::vary::{Variation, tree};
use crate::evidence::manifest::{FileRecord, sha256_hex, sha256sums};
use thrice_facts::files;
use thrice_facts::git::{Commit, Repository};
use thrice_findings::{Code, Finding, Outcome, Stop, Verdict, short};
use thrice_programme::{Gate, PolicyFiles};
use thrice_report::event::Event;

/// How long the gates of a killed review may take to end.
const DYING: Duration = Duration::from_secs(15);

/// An unfinished review that a journal reports of.
pub(super) struct Unfinished {
    pub(super) folder: PathBuf,
    pub(super) lines: Vec<JournalLine>,
}

/// The newest review's journal.
pub struct Reported {
    folder: PathBuf,
    /// Its lines.
    pub lines: Vec<JournalLine>,
}

impl Reported {
    /// What it was opened with.
    #[must_use]
    pub fn opened(&self) -> Option<&Opened> {
        journal::opened(&self.lines)
    }

    /// Whether it was decided or given up.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.lines.iter().any(is_end)
    }

    /// Whether it was decided, and passed.
    pub(crate) fn is_green(&self) -> bool {
        let passed = |line: &JournalLine| {
            matches!(line, JournalLine::Decided { verdict: Verdict::Pass, .. })
        };
        self.lines.iter().any(passed)
    }

    /// Whether a gate of it was not green, or it was decided so, or it was stopped while one ran:
    /// a gate that is about to be red could end the review. A gate whose program was not there
    /// said nothing of the tree.
    pub(crate) fn is_red(&self) -> bool {
        let (mut running, mut lacked_a_program) = (BTreeSet::new(), false);
        for line in &self.lines {
            match line {
                JournalLine::Decided { verdict, .. }
                    if *verdict == Verdict::Pass
                        || (*verdict == Verdict::NotEstablished && lacked_a_program) =>
                {
                    running.clear()
                }
                JournalLine::Decided { .. } => return true,
                JournalLine::GateBegan { run, gate } => {
                    running.insert((*run, gate));
                }
                JournalLine::GateEnded { run, result }
                    if result.lacked_a_program() || (lacked_a_program && result.was_skipped()) =>
                {
                    lacked_a_program = true;
                    running.remove(&(*run, &result.gate));
                }
                JournalLine::GateEnded { result, .. } if result.outcome != Outcome::Pass => {
                    return true;
                }
                JournalLine::GateEnded { run, result } => {
                    running.remove(&(*run, &result.gate));
                }
                _ => {}
            }
        }
        !running.is_empty()
    }

    /// In what its runs differed on purpose.
    #[must_use]
    pub(crate) fn varied(&self) -> BTreeMap<u32, Variation> {
        let varied = |line: &JournalLine| match line {
            JournalLine::Varied { run, variation } => Some((*run, variation.clone())),
            _ => None,
        };
        self.lines.iter().filter_map(varied).collect()
    }

    /// What its runs started from.
    #[must_use]
    pub(crate) fn shared(&self) -> Option<&Shared> {
        self.lines.iter().rev().find_map(|line| match line {
            JournalLine::CratesShared(shared) => Some(shared),
            _ => None,
        })
    }

    /// How long each gate took, the longest of its runs.
    #[must_use]
    pub(crate) fn took(&self) -> BTreeMap<String, Duration> {
        longest(self.lines.iter().filter_map(|line| match line {
            JournalLine::GateEnded { result, .. } => Some((result.gate.as_str(), result.seconds)),
            _ => None,
        }))
    }

    #[must_use]
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The pull request that it reports of.
    #[must_use]
    pub fn pull(&self) -> Option<u64> {
        self.lines.iter().rev().find_map(|line| match line {
            JournalLine::PullOpened { number } => Some(*number),
            _ => None,
        })
    }

    /// Its file.
    #[must_use]
    pub fn journal(&self) -> PathBuf {
        Journal::path(&self.folder)
    }

    /// Appends a line.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn write(&self, line: &JournalLine) -> anyhow::Result<()> {
        Journal::open(&self.folder)?.write(line)
    }
}

/// The journals of all reviews that are kept; one that cannot be read is left out.
///
/// # Errors
/// Where the folder cannot be read.
pub fn all(output: &Output) -> anyhow::Result<Vec<Reported>> {
    if !output.reviews().is_dir() {
        return Ok(Vec::new());
    }
    let reported = |folder: PathBuf| Some(Reported { lines: journal::read(&folder).ok()?, folder });
    Ok(folders(output)?.into_iter().filter_map(reported).collect())
}

/// By which engine each other review of a tree was made that `is` picks, but the one of an `id`.
pub(crate) fn of_tree(
    output: &Output,
    repository: &Repository,
    (tree, id): (&str, &str),
    is: impl Fn(&Reported) -> bool,
) -> anyhow::Result<Vec<EngineKind>> {
    let mut trees: BTreeMap<String, bool> = BTreeMap::new();
    let mut found = Vec::new();
    for reported in all(output)? {
        let Some(opened) = reported.opened().filter(|opened| opened.id != id) else { continue };
        if !is(&reported) {
            continue;
        }
        let same = match trees.get(&opened.commit) {
            Some(same) => *same,
            None => {
                let commit = repository.commit(&opened.commit)?;
                let same = commit.is_some_and(|commit| commit.tree == tree);
                trees.insert(opened.commit.clone(), same);
                same
            }
        };
        found.extend(same.then_some(opened.engine));
    }
    Ok(found)
}

/// The newest green review of another commit that is in the base, if one is kept here.
pub(crate) fn reviewed_before(
    output: &Output,
    repository: &Repository,
    (base, head): (&Commit, &Commit),
) -> anyhow::Result<Option<Reported>> {
    for reported in all(output)?.into_iter().rev() {
        let Some(opened) = reported.opened().filter(|it| it.commit != head.id) else { continue };
        if !reported.is_green() || repository.commit(&opened.commit)?.is_none() {
            continue;
        }
        if repository.is_ancestor(&opened.commit, &base.id)? {
            return Ok(Some(reported));
        }
    }
    Ok(None)
}

/// The review of a commit on the server, of those that are kept here, that was decided as red.
///
/// # Errors
/// Where the folder cannot be read.
pub fn red_on_server(output: &Output, commit: &str) -> anyhow::Result<Option<String>> {
    let is_red = |line: &JournalLine| {
        matches!(line, JournalLine::Decided { verdict: Verdict::Fail, exit: 20 })
    };
    let red = |reported: &Reported| {
        let opened = reported.opened()?;
        let of_commit = opened.engine == EngineKind::Github && opened.commit == commit;
        (of_commit && reported.lines.iter().any(is_red)).then(|| opened.id.clone())
    };
    Ok(all(output)?.iter().find_map(red))
}

/// The state of the newest review of a commit that is kept here, if there is any.
///
/// # Errors
/// Where the folder cannot be read.
pub fn state_of(output: &Output, commit: &str) -> anyhow::Result<Option<HarnessState>> {
    Ok(newest_of(output, commit)?.map(|(_, state)| state))
}

/// The newest review of a commit that is kept here, if there is any: its id, and its state.
///
/// # Errors
/// Where the folder cannot be read.
pub fn newest_of(output: &Output, commit: &str) -> anyhow::Result<Option<(String, HarnessState)>> {
    let opened =
        |it: &Reported| it.opened().filter(|it| it.commit == commit).map(|it| it.id.clone());
    let all = all(output)?;
    let newest = all.iter().rev().find_map(|it| Some((opened(it)?, it)));
    Ok(newest.and_then(|(id, it)| Some((id, *state::path(&it.lines).ok()?.last()?))))
}

/// The newest review's journal, if there is any.
///
/// # Errors
/// Where it cannot be read.
pub fn newest(output: &Output) -> anyhow::Result<Option<Reported>> {
    if !output.reviews().is_dir() {
        return Ok(None);
    }
    let Some(folder) = folders(output)?.pop() else { return Ok(None) };
    Ok(Some(Reported { lines: journal::read(&folder)?, folder }))
}

fn is_end(line: &JournalLine) -> bool {
    matches!(line, JournalLine::Decided { .. } | JournalLine::GivenUp)
}

/// The place of the next review among those here.
pub(super) fn next_number(output: &Output) -> anyhow::Result<u64> {
    if !output.reviews().is_dir() {
        return Ok(1);
    }
    Ok(folders(output)?.last().map_or(0, |newest| journal::number(newest)) + 1)
}

/// Folders of reviews, in the order in which they were opened: by what was recorded, because
/// the times in their names are of a clock that may jump.
fn folders(output: &Output) -> anyhow::Result<Vec<PathBuf>> {
    let mut folders: Vec<PathBuf> = std::fs::read_dir(output.reviews())?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    folders.retain(|folder| folder.is_dir());
    folders.sort_by_cached_key(|folder| (journal::number(folder), folder.clone()));
    Ok(folders)
}

/// Reviews that were begun and not decided, and those that are over, oldest first.
fn begun(output: &Output) -> anyhow::Result<(Vec<Unfinished>, Vec<Unfinished>)> {
    let (mut left, mut over) = (Vec::new(), Vec::new());
    for folder in folders(output)? {
        let lines = journal::read(&folder).with_context(|| {
            let shown = folder.display();
            format!("an earlier review cannot be read; remove {shown} to give it up")
        })?;
        if !lines.is_empty() {
            let reviews = if lines.iter().any(is_end) { &mut over } else { &mut left };
            reviews.push(Unfinished { folder, lines });
        }
    }
    Ok((left, over))
}

/// Waits until nothing of a killed review is at work any more: its supervisors hold
/// its folder for as long as they end its gates.
fn wait_for_the_end_of(review: &Unfinished) -> anyhow::Result<()> {
    let folder = File::open(&review.folder)?;
    let begun = Instant::now();
    while let Err(error) = folder.try_lock() {
        if begun.elapsed() > DYING {
            return Err(error).context("the gates of a killed review are still being ended");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// The checkouts that a review made and did not record as removed.
fn standing(review: &Unfinished) -> BTreeMap<u32, PathBuf> {
    let mut standing = BTreeMap::new();
    for line in &review.lines {
        match line {
            JournalLine::CheckoutBegan { run, path } => {
                standing.insert(*run, path.clone());
            }
            JournalLine::CheckoutRemoved { run } => {
                standing.remove(run);
            }
            _ => {}
        }
    }
    standing
}

/// Removes the checkouts that a killed review left.
fn clean_up(request: &Request<'_>, left: &[Unfinished]) -> anyhow::Result<()> {
    for review in left {
        wait_for_the_end_of(review)?;
        for line in &review.lines {
            if let JournalLine::CheckoutBegan { run, path } = line {
                check_place(request, review, *run, path)?;
            }
        }
        remove_standing(request, review, standing(review))?;
    }
    Ok(())
}

/// Removes the checkouts of reviews that were decided and killed before they had removed them;
/// none of one that is still at that.
fn clean_up_after_decided(request: &Request<'_>, over: &[Unfinished]) -> anyhow::Result<()> {
    for review in over {
        let mut standing = standing(review);
        standing.retain(|_, path| path.parent().is_some_and(Path::exists));
        if !standing.is_empty() && File::open(&review.folder)?.try_lock().is_ok() {
            remove_standing(request, review, standing)?;
        }
    }
    Ok(())
}

fn remove_standing(
    request: &Request<'_>,
    review: &Unfinished,
    standing: BTreeMap<u32, PathBuf>,
) -> anyhow::Result<()> {
    if standing.is_empty() {
        return Ok(());
    }
    if standing.values().any(|path| path.exists()) {
        let text = "removing the checkouts of runs that were stopped".to_owned();
        request.listener.event(&Event::Said { text });
    }
    let mut journal = Journal::open(&review.folder)?;
    for (run, path) in standing {
        if path == checkout_path(id_of(review), request.repository.root(), run)? {
            remove_checkout(&path)?;
        }
        journal.write(&JournalLine::CheckoutRemoved { run })?;
    }
    Ok(())
}

/// A review's id: the name of its folder.
fn id_of(review: &Unfinished) -> &str {
    review.folder.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}

/// A journal lies where gates could write. What it reports to remove must be where
/// this tool makes checkouts, and nothing else.
fn check_place(
    request: &Request<'_>,
    review: &Unfinished,
    run: u32,
    path: &Path,
) -> anyhow::Result<()> {
    let id = id_of(review);
    // Where there is nothing, nothing is removed: the cache may have been emptied or moved.
    if path.exists() && path != checkout_path(id, request.repository.root(), run)? {
        let journal = Journal::path(&review.folder);
        let (journal, path) = (journal.display(), path.display());
        bail!(
            "{journal} names a checkout at {path}, where none of this tool can be; \
             remove the journal's folder by hand, and the checkout if it is one"
        );
    }
    Ok(())
}

/// Removes a checkout and what lies beside it. A child that is just being ended
/// may still write, so this is tried for a while.
pub(super) fn remove_checkout(path: &Path) -> anyhow::Result<()> {
    let mut tries = 0;
    loop {
        let removed = files::remove(&tree::in_memory(path))
            .and_then(|()| path.parent().map_or(Ok(()), files::remove));
        match removed {
            Err(_) if tries < 20 => {
                tries += 1;
                std::thread::sleep(Duration::from_millis(100));
            }
            done => {
                let review = path.parent().and_then(Path::parent);
                // The review's own folder goes with its last run.
                let _ = review.map(std::fs::remove_dir);
                return done;
            }
        }
    }
}

/// The digest of a set of rules.
#[must_use]
pub fn policy_digest(files: &PolicyFiles) -> String {
    let records: Vec<_> =
        files.iter().map(|(name, bytes)| FileRecord::of(name, false, bytes)).collect();
    sha256_hex(sha256sums(&records).as_bytes())
}

/// The digest of the rules that a commit has itself, whatever `--policy` named.
///
/// # Errors
/// Where git fails.
pub fn policy_digest_of(repository: &Repository, commit: &Commit) -> anyhow::Result<String> {
    Ok(policy_digest(&repository.files_of(commit, "policy")?.into_iter().collect()))
}

/// The review that is to be resumed, where that is asked for; otherwise what was begun is
/// given up, and its outputs make room for the new one's.
pub(super) fn taken_up(
    request: &Request<'_>,
    engine: EngineKind,
) -> Result<Option<Unfinished>, Stop> {
    let (left, over) = begun(request.output)?;
    clean_up(request, &left)?;
    clean_up_after_decided(request, &over)?;
    if request.resume {
        return Ok(Some(resumable(request, engine, left)?));
    }
    for review in left {
        Journal::open(&review.folder)?.write(&JournalLine::GivenUp)?;
    }
    Ok(None)
}

fn resumable(
    request: &Request<'_>,
    engine: EngineKind,
    mut left: Vec<Unfinished>,
) -> Result<Unfinished, Box<Finding>> {
    let none = |why: String| {
        Box::new(
            Finding::new(Code::NothingToResume, why)
                .help("`cargo xtask status` says where this commit stands"),
        )
    };
    let Some(last) = left.pop() else {
        return Err(none("there is no unfinished review".to_owned()));
    };
    let Some(opened) = journal::opened(&last.lines) else {
        return Err(none("the unfinished review has no beginning".to_owned()));
    };
    if opened.commit != request.commit.id {
        return Err(none(format!(
            "the unfinished review is of commit {}, and HEAD is {}",
            short(&opened.commit),
            short(&request.commit.id)
        )));
    }
    if opened.engine != engine {
        let word = opened.engine.word();
        return Err(none(format!("the unfinished review's runs are on `{word}`: `--on {word}`")));
    }
    if opened.policy_sha256 != policy_digest(request.files) {
        return Err(none("the policy has changed since the unfinished review began".to_owned()));
    }
    Ok(last)
}

/// Whether a gate's evidence is still what its record says.
pub(super) fn evidence_stands(folder: &Path, result: &GateResult) -> anyhow::Result<bool> {
    for record in &result.evidence {
        let bytes = files::read_if_there(&folder.join(&record.path))?;
        if bytes.is_none_or(|bytes| sha256_hex(&bytes) != record.sha256) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Drops results of gates that need one without a result: it will be run again, and
/// they with it.
pub(super) fn drop_what_rests_on_nothing(gates: &[Gate], kept: &mut Vec<GateResult>) {
    loop {
        let before: Vec<String> = kept.iter().map(|result| result.gate.clone()).collect();
        kept.retain(|result| {
            let gate = gates.iter().find(|gate| gate.id == result.gate);
            gate.is_some_and(|gate| gate.needs.iter().all(|need| before.contains(need)))
        });
        if kept.len() == before.len() {
            return;
        }
    }
}
