//! The message of a release's tag: what is released, on which evidence.

use std::fmt;

use thrice_findings::text::{is_commit, is_lower_hex, is_word, on_one_line};
use thrice_programme::release::Stage;

/// Where a ledger ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pin {
    /// How many entries it had.
    pub entries: u64,
    /// The root of the last.
    pub root: String,
}

impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.entries, self.root)
    }
}

/// What the message of a tag says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    pub programme: String,
    /// The version, with the number of a candidate.
    pub version: String,
    pub sha: String,
    pub tree: String,
    /// How far it is.
    pub stage: Stage,
    /// The candidate behind a release.
    pub rc: Option<String>,
    /// Digest of the scorecard.
    pub scorecard_sha256: String,
    /// Digest of the evidence.
    pub evidence_zip_sha256: String,
    /// Digest of the release pack.
    pub(crate) pack_sha256: String,
    /// Where the ledger of the default branch ended.
    pub ledger: Pin,
    /// The stories in it.
    pub stories: Vec<String>,
}

/// Whether a text can be the id of a story in a message.
#[must_use]
pub(crate) fn is_story(text: &str) -> bool {
    is_word(text, "-_.") && text.len() <= 64 && text != "none"
}

impl Message {
    /// The message, with its last line's end.
    #[must_use]
    pub(crate) fn text(&self) -> String {
        let mut text = format!("{} {}\n\n", self.programme, self.version);
        let mut line = |key: &str, value: &dyn fmt::Display| {
            text.push_str(&format!("{key}: {value}\n"));
        };
        line("sha", &self.sha);
        line("tree", &self.tree);
        line("stage", &self.stage.word());
        if let Some(rc) = &self.rc {
            line("rc", rc);
        }
        line("scorecard_sha256", &self.scorecard_sha256);
        line("evidence_zip_sha256", &self.evidence_zip_sha256);
        line("pack_sha256", &self.pack_sha256);
        line("ledger", &self.ledger);
        let stories = self.stories.join(" ");
        line("stories", if stories.is_empty() { &"none" } else { &stories });
        text
    }

    /// Reads a message. Only what [`Self::text`] writes is one, to the byte.
    ///
    /// # Errors
    /// Why it is none.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let mut lines = text.split('\n');
        let title = lines.next().unwrap_or_default();
        let (programme, version) =
            title.rsplit_once(' ').ok_or("its first line isn't a name and a version")?;
        if lines.next() != Some("") {
            return Err("its second line is not empty".to_owned());
        }
        let mut lines = lines.peekable();
        let mut field = |key: &str| {
            let line = lines.peek().copied().unwrap_or_default();
            let value = line.strip_prefix(key).and_then(|rest| rest.strip_prefix(": "));
            if value.is_some() {
                lines.next();
            }
            value.map(str::to_owned)
        };
        let mut needed = |key: &str| field(key).ok_or_else(|| format!("`{key}` is missing"));
        let (sha, tree, stage) = (needed("sha")?, needed("tree")?, needed("stage")?);
        let stage = Stage::from_word(&stage).ok_or("`stage` isn't a release stage")?;
        let rc = if stage == Stage::Ga { Some(needed("rc")?) } else { None };
        let read = Self {
            programme: programme.to_owned(),
            version: version.to_owned(),
            sha,
            tree,
            stage,
            rc,
            scorecard_sha256: needed("scorecard_sha256")?,
            evidence_zip_sha256: needed("evidence_zip_sha256")?,
            pack_sha256: needed("pack_sha256")?,
            ledger: pin(&needed("ledger")?)?,
            stories: stories(&needed("stories")?),
        };
        read.checked(text)
    }

    fn checked(self, text: &str) -> Result<Self, String> {
        let digests = [&self.scorecard_sha256, &self.evidence_zip_sha256, &self.pack_sha256];
        if !is_commit(&self.sha) || !is_commit(&self.tree) {
            return Err("`sha` or `tree` isn't the id of a git object".to_owned());
        }
        if !digests.into_iter().all(|digest| is_lower_hex(digest, 64)) {
            return Err("a digest isn't a SHA-256".to_owned());
        }
        if !self.stories.iter().all(|story| is_story(story)) {
            return Err("`stories` aren't ids with a space between them".to_owned());
        }
        if on_one_line(&self.programme) != self.programme || self.programme.is_empty() {
            return Err("its first line isn't a name and a version".to_owned());
        }
        if self.text() == text { Ok(self) } else { Err("it has more lines than it may".to_owned()) }
    }
}

fn pin(text: &str) -> Result<Pin, String> {
    let parts = text.split_once(' ');
    let read = parts.and_then(|(entries, root)| {
        let pin = Pin { entries: entries.parse().ok()?, root: root.to_owned() };
        is_lower_hex(root, 64).then_some(pin)
    });
    read.ok_or_else(|| "`ledger` isn't a number and a root".to_owned())
}

fn stories(text: &str) -> Vec<String> {
    if text == "none" { Vec::new() } else { text.split(' ').map(str::to_owned).collect() }
}
