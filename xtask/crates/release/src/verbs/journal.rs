//! The journal of a release: what is about to be done, and what is done, each line on
//! disk before the next step.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::judge::published::Wanted;
use thrice_facts::files;
use thrice_orr::journal::read_lines;
use thrice_programme::release::Stage;

/// The form of the journal.
pub(super) const SCHEMA: &str = "xtask/release/1";

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(super) enum ReleaseLine {
    /// All that the release is made of is decided, and its files are written.
    Opened(Box<Opened>),
    /// The tag is an object here.
    TagMade {
        object: String,
    },
    /// It is about to be pushed.
    PushBegan,
    /// The remote has it.
    Pushed,
    /// A draft is about to be asked for.
    DraftBegan,
    Drafted {
        id: u64,
    },
    /// A file is about to be uploaded.
    UploadBegan {
        name: String,
    },
    /// The draft has all files.
    Uploaded,
    /// The draft is about to be published.
    PublishBegan,
    /// It is published, and cannot be changed.
    Published {
        url: Option<String>,
    },
    /// The ledger is about to get its entry.
    EntryBegan,
    Recorded {
        id: String,
        entries: u64,
        root: String,
    },
}

/// What a release is made of. Nothing of it is decided a second time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Opened {
    pub(super) schema: String,
    pub(super) tag: String,
    pub(super) stage: Stage,
    pub(super) version: String,
    pub(super) sha: String,
    /// Whether it is published on GitHub.
    pub(super) github: bool,
    pub(super) message: String,
    /// When the tag is made, in seconds since 1970.
    pub(super) seconds: i64,
    /// Whether the tag is signed.
    pub(super) sign: bool,
    /// The files beside the journal, by their digests.
    pub(super) files: Vec<Wanted>,
    /// The names of those that GitHub gets.
    pub(super) uploads: Vec<String>,
    /// Whether GitHub shows it as the latest.
    pub(super) latest: bool,
    /// What the ledger's entry says, but for the tag's object.
    pub(super) entry: Map<String, Value>,
}

/// A journal, and what it says so far.
#[derive(Debug)]
pub(super) struct Journal {
    folder: PathBuf,
    pub(super) lines: Vec<ReleaseLine>,
}

impl Journal {
    /// The journal of a release's folder, with what it says; a line that a kill cut off
    /// does not count.
    pub(super) fn read(folder: PathBuf) -> anyhow::Result<Self> {
        let lines = read_lines(&folder.join("journal.jsonl"))?;
        Ok(Self { folder, lines })
    }

    /// All journals below the folder of releases.
    pub(super) fn all(releases: &Path) -> anyhow::Result<Vec<Self>> {
        let mut folders = Vec::new();
        for file in files::walk(releases)? {
            if file.path.file_name().is_some_and(|name| name == "journal.jsonl") {
                folders.extend(file.path.parent().map(Path::to_owned));
            }
        }
        folders.into_iter().map(Self::read).collect()
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// What the release is made of.
    pub(super) fn opened(&self) -> Option<&Opened> {
        self.lines.iter().find_map(|line| match line {
            ReleaseLine::Opened(opened) => Some(opened.as_ref()),
            _ => None,
        })
    }

    pub(super) fn object(&self) -> Option<&str> {
        self.lines.iter().rev().find_map(|line| match line {
            ReleaseLine::TagMade { object } => Some(object.as_str()),
            _ => None,
        })
    }

    /// Whether the release is out, so that only the rest is left to be done.
    pub(super) fn is_out(&self) -> bool {
        let github = self.opened().is_some_and(|opened| opened.github);
        self.lines.iter().any(|line| match line {
            ReleaseLine::Published { .. } => true,
            ReleaseLine::Pushed => !github,
            _ => false,
        })
    }

    /// Whether all is done.
    pub(super) fn is_done(&self) -> bool {
        self.lines.iter().any(|line| matches!(line, ReleaseLine::Recorded { .. }))
    }

    /// Appends a line, and waits until it is on disk.
    pub(super) fn write(&mut self, line: ReleaseLine) -> anyhow::Result<()> {
        files::make_folder(&self.folder)?;
        let path = self.folder.join("journal.jsonl");
        let there = files::read_if_there(&path)?.unwrap_or_default();
        if !there.is_empty() && !there.ends_with(b"\n") {
            let end = there.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
            files::write_durable(&path, there.get(..end).unwrap_or_default())?;
        }
        let mut bytes = serde_json::to_vec(&line)?;
        bytes.push(b'\n');
        let open = File::options().create(true).append(true).open(&path);
        open.and_then(|mut file| file.write_all(&bytes).and_then(|()| file.sync_data()))
            .with_context(|| format!("cannot write {}", path.display()))?;
        self.lines.push(line);
        Ok(())
    }
}
