//! The journal of a review: what is done is written before it is believed done
//! (design, principle 4).

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::ValueEnum;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::layout::open_log;
use super::locked_crates::Shared;
use super::pack::Packed;
use super::result::GateResult;
use super::vary::Variation;
use thrice_facts::files;
use thrice_findings::{Finding, Verdict};
use thrice_programme::VaryMode;

/// How much of a journal is read for its first line, in bytes.
const FIRST: u64 = 64 << 10;

/// What a review was opened with, as its journal says.
#[must_use]
pub fn opened(lines: &[JournalLine]) -> Option<&Opened> {
    match lines.first() {
        Some(JournalLine::Opened(opened)) => Some(opened),
        _ => None,
    }
}

/// One line of a journal.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum JournalLine {
    /// The review was begun.
    Opened(Opened),
    /// The commands that fetch have ended well.
    Prepared,
    /// What of the compiling the runs share.
    CratesShared(Shared),
    /// In what a run is going to differ from a plain one.
    Varied {
        /// Number of the run.
        run: u32,
        /// Each aspect, with its value.
        variation: Variation,
    },
    /// A checkout is about to be made at this path.
    CheckoutBegan {
        /// Number of the run.
        run: u32,
        /// Where.
        path: PathBuf,
    },
    /// A checkout is gone.
    CheckoutRemoved {
        /// Number of the run.
        run: u32,
    },
    /// A gate is about to start.
    GateBegan {
        /// Number of the run.
        run: u32,
        /// Its id.
        gate: String,
    },
    /// A gate has ended, and its evidence is kept.
    GateEnded {
        /// Number of the run.
        run: u32,
        /// What came of it.
        result: Box<GateResult>,
    },
    /// A run is packed.
    RunPacked {
        /// Number of the run.
        run: u32,
        /// Digests.
        packed: Packed,
    },
    /// The sandbox branch is on the server, at the commit.
    Pushed {
        /// Its name.
        branch: String,
    },
    /// A run is about to be asked for.
    DispatchBegan {
        /// Number of the run.
        run: u32,
        /// What the run's title will end with.
        nonce: String,
    },
    /// The server took the dispatch, and did not say which run it makes of it.
    DispatchAccepted {
        /// Number of the run.
        run: u32,
    },
    /// The run that a dispatch became.
    Dispatched {
        /// Number of the run.
        run: u32,
        /// Its id on the server.
        id: u64,
    },
    /// A run is over on the server.
    RunEnded {
        /// Number of the run.
        run: u32,
        /// How, in the server's word.
        conclusion: String,
    },
    /// A gate that is not green decided the review before all runs were made.
    DecidedEarly(Early),
    /// The server was asked to cancel a run whose result no longer matters.
    CancelAsked {
        /// Number of the run.
        run: u32,
    },
    /// The command was asked to stop.
    Interrupted,
    /// Something other than a gate stopped the command.
    Stopped {
        /// What, for people.
        because: String,
    },
    /// A new review was begun instead of resuming this one.
    GivenUp,
    /// The review is decided.
    Decided {
        /// What was decided.
        verdict: Verdict,
        /// Exit status.
        exit: u8,
    },
    /// The sandbox branch that carried the runs is gone from the server again.
    SandboxDeleted {
        /// Its name.
        branch: String,
    },
    /// A pull request was opened after the decision, or follows it.
    PullOpened {
        /// Its number.
        number: u64,
    },
    /// The branch of a pull request is about to be moved to this review's commit.
    UpdateBegan {
        /// Its number.
        number: u64,
        /// The commit that it had.
        from: String,
    },
    /// A body was written to a pull request.
    BodyWritten {
        /// Its number.
        number: u64,
        /// SHA-256 of it, without the ends of lines and of the text that servers change.
        sha256: String,
    },
    /// What a pull request claims was verified.
    PullVerified {
        /// Its number.
        number: u64,
        /// What came of it.
        verdict: Verdict,
        /// What refuses it.
        #[serde(default)]
        findings: Vec<Finding>,
    },
    /// Whether a pull request may be merged was looked at.
    MergeChecked {
        /// Its number.
        number: u64,
        /// What came of it.
        verdict: Verdict,
    },
    /// A pull request was closed, and its branch deleted.
    RolledBack {
        /// Its number.
        number: u64,
    },
}

/// Where the runs of a review are made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum EngineKind {
    /// On this machine, with git alone.
    #[default]
    Local,
    /// By GitHub Actions, through `gh`.
    Github,
}

fn none() -> VaryMode {
    VaryMode::None
}

impl Opened {
    /// The branch of the patch: where its pull request comes from.
    #[must_use]
    pub fn of_patch(&self) -> Option<&str> {
        self.from.as_deref().or(self.branch.as_deref())
    }
}

impl EngineKind {
    /// The word that the command line and the decision have for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Github => "github",
        }
    }
}

/// What a review is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// Form of the journal.
    pub schema: String,
    /// The review's id.
    pub id: String,
    /// Its place among the reviews here, from 1: a clock may jump. 0 in journals that do
    /// not say, which are in the order of their ids.
    #[serde(default)]
    pub(crate) number: u64,
    /// Where its runs are made.
    #[serde(default)]
    pub engine: EngineKind,
    /// The commit.
    pub commit: String,
    /// Digest of the policy files that rule it.
    pub policy_sha256: String,
    /// How many runs.
    pub runs: u32,
    /// Whether all runs are made, also when a gate has decided before.
    #[serde(default)]
    pub(crate) keep_going: bool,
    /// Whether no more runs are made once one differs.
    #[serde(default)]
    pub(crate) until: bool,
    /// Whether it has fewer runs than policy asks for, so that nothing stands on it.
    #[serde(default)]
    pub rehearsal: bool,
    /// How much its runs differ on purpose; `none` in journals that do not say.
    #[serde(default = "none")]
    pub vary: VaryMode,
    /// The branch that its runs are on, if any.
    pub branch: Option<String>,
    /// The branch of the patch, where another one carries the runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Where PATH has the programs that its gates start here, by their names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) programs: BTreeMap<String, String>,
    /// When, as RFC 3339 in UTC.
    pub started_at: String,
}

/// What decided a review before all of its runs were made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Early {
    /// Number of the run that decided.
    pub run: u32,
    /// The gate that is not green; none where the server says so of the run alone.
    pub gate: Option<String>,
    /// Numbers of the runs that were ended, or not started.
    pub stopped: Vec<u32>,
}

impl Early {
    /// The runs that are not made, for people: `runs 2, 3`.
    #[must_use]
    pub fn stopped_runs(&self) -> String {
        let numbers: Vec<String> = self.stopped.iter().map(u32::to_string).collect();
        let noun = if numbers.len() == 1 { "run" } else { "runs" };
        format!("{noun} {}", numbers.join(", "))
    }

    /// What decided, for people: `T2 in run 1`.
    #[must_use]
    pub fn cause(&self) -> String {
        match &self.gate {
            Some(gate) => format!("{gate} in run {}", self.run),
            None => format!("run {}", self.run),
        }
    }
}

/// A journal that is being written.
#[derive(Debug)]
pub(crate) struct Journal {
    file: File,
    path: PathBuf,
}

impl Journal {
    /// The journal's path in a review's folder.
    #[must_use]
    pub(crate) fn path(review: &Path) -> PathBuf {
        review.join("journal.jsonl")
    }

    /// Opens a review's journal for appending; a line that a kill cut off is
    /// taken away first.
    pub(crate) fn open(review: &Path) -> anyhow::Result<Self> {
        let path = Self::path(review);
        if let Some(bytes) = files::read_if_there(&path)?
            && !bytes.ends_with(b"\n")
            && !bytes.is_empty()
        {
            let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
            files::write_whole(&path, &bytes[..whole])?;
        }
        Ok(Self { file: open_log(&path)?, path })
    }

    /// Appends a line, and waits until it is on disk.
    pub(crate) fn write(&mut self, line: &JournalLine) -> anyhow::Result<()> {
        let mut bytes = serde_json::to_vec(line)?;
        bytes.push(b'\n');
        self.file
            .write_all(&bytes)
            .and_then(|()| self.file.sync_data())
            .with_context(|| format!("cannot write {}", self.path.display()))
    }
}

/// Reads a review's journal. A last line without its end was cut off by a kill and
/// does not count.
///
/// # Errors
/// Where it cannot be read, or a whole line is not of this form.
pub fn read(review: &Path) -> anyhow::Result<Vec<JournalLine>> {
    read_lines(&Journal::path(review))
}

/// The place of a review among those here, by the first line of its journal; 0 where that
/// does not say.
pub(crate) fn number(review: &Path) -> u64 {
    let Ok(file) = File::open(Journal::path(review)) else { return 0 };
    let mut first = String::new();
    let read = BufReader::new(file.take(FIRST)).read_line(&mut first);
    match read.ok().and_then(|_| serde_json::from_str(&first).ok()) {
        Some(JournalLine::Opened(opened)) => opened.number,
        _ => 0,
    }
}

/// Reads the whole lines of a journal of any form.
///
/// # Errors
/// Where it cannot be read, or a whole line is not of this form.
pub fn read_lines<L: DeserializeOwned>(path: &Path) -> anyhow::Result<Vec<L>> {
    whole_lines(path, &files::read_if_there(path)?.unwrap_or_default())
}

fn whole_lines<L: DeserializeOwned>(path: &Path, bytes: &[u8]) -> anyhow::Result<Vec<L>> {
    let mut lines = Vec::new();
    for (number, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        if !line.ends_with(b"\n") {
            break;
        }
        match serde_json::from_slice(line) {
            Ok(read) => lines.push(read),
            Err(error) => bail!("{}:{}: {error}", path.display(), number + 1),
        }
    }
    Ok(lines)
}

#[cfg(test)]
mod properties {
    use proptest::prelude::*;

    use super::*;

    fn line() -> impl Strategy<Value = JournalLine> {
        prop_oneof![
            Just(JournalLine::Prepared),
            Just(JournalLine::Interrupted),
            Just(JournalLine::GivenUp),
            (any::<u32>(), "\\PC*").prop_map(|(run, path)| {
                JournalLine::CheckoutBegan { run, path: PathBuf::from(path) }
            }),
            any::<u32>().prop_map(|run| JournalLine::CheckoutRemoved { run }),
            // Line ends inside of a text must not be taken for the end of a line.
            (any::<u32>(), "(?s).*").prop_map(|(run, gate)| JournalLine::GateBegan { run, gate }),
            any::<u8>().prop_map(|exit| JournalLine::Decided { verdict: Verdict::Pass, exit }),
        ]
    }

    fn text(line: &JournalLine) -> String {
        serde_json::to_string(line).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn every_prefix_reads_as_its_whole_lines(
            lines in prop::collection::vec(line(), 0..6),
            end in any::<prop::sample::Index>(),
        ) {
            let review = tempfile::tempdir().unwrap();
            let mut journal = Journal::open(review.path()).unwrap();
            lines.iter().try_for_each(|line| journal.write(line)).unwrap();
            let path = Journal::path(review.path());
            let bytes = std::fs::read(&path).unwrap();
            prop_assert_eq!(bytes.iter().filter(|byte| **byte == b'\n').count(), lines.len());
            for end in 0..=bytes.len() {
                let whole = bytes[..end].iter().filter(|byte| **byte == b'\n').count();
                let read: Vec<_> = whole_lines(&path, &bytes[..end]).unwrap().iter().map(text).collect();
                let expected: Vec<_> = lines[..whole].iter().map(text).collect();
                prop_assert_eq!(&read, &expected);
            }
            // Opening takes the rest away, so that the next line stands alone.
            let end = end.index(bytes.len() + 1);
            std::fs::write(&path, &bytes[..end]).unwrap();
            let whole = bytes[..end].iter().filter(|byte| **byte == b'\n').count();
            Journal::open(review.path()).unwrap().write(&JournalLine::Prepared).unwrap();
            let read = read(review.path()).unwrap();
            prop_assert_eq!(read.len(), whole + 1);
            prop_assert_eq!(text(&read[whole]), text(&JournalLine::Prepared));
        }

        #[test]
        fn a_whole_line_that_is_none_is_an_error_with_its_number(
            lines in prop::collection::vec(line(), 0..4),
            garbage in "[^\n{]{1,20}",
        ) {
            let review = tempfile::tempdir().unwrap();
            let mut bytes: String = lines.iter().map(|line| text(line) + "\n").collect();
            bytes.push_str(&garbage);
            bytes.push('\n');
            std::fs::write(Journal::path(review.path()), bytes).unwrap();
            let error = read(review.path()).unwrap_err().to_string();
            let place = format!("journal.jsonl:{}: ", lines.len() + 1);
            prop_assert!(error.contains(&place), "{}", error);
        }
    }
}
