//! What differs between the trees of two commits.

use anyhow::{Context, bail};

use super::{Commit, Repository, git};

/// A path whose entry differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The path.
    pub path: Vec<u8>,
    /// What was there.
    pub old: Option<Side>,
    /// What is there now.
    pub new: Option<Side>,
}

/// An entry of a tree: its mode in octal digits, and the object's id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Side {
    /// The mode.
    pub mode: String,
    /// The id.
    pub object: String,
}

impl Repository {
    /// Every path whose entry differs between two commits' trees, sorted by bytes. A
    /// rename is two of them.
    ///
    /// # Errors
    /// Where git fails.
    pub fn differences(&self, base: &Commit, head: &Commit) -> anyhow::Result<Vec<Difference>> {
        let words = ["diff-tree", "-r", "-z", "--raw", "--no-renames", "--full-index"];
        let printed = git(&self.root, words.into_iter().chain([&*base.tree, &*head.tree]))?;
        let mut fields = printed.stdout.split(|byte| *byte == 0).filter(|field| !field.is_empty());
        let mut differences = Vec::new();
        while let Some(facts) = fields.next() {
            let path = fields.next().context("git diff-tree: a line without a path")?.to_vec();
            let facts = String::from_utf8_lossy(facts).into_owned();
            let words: Vec<&str> = facts.trim_start_matches(':').split(' ').collect();
            let &[old_mode, new_mode, old, new, _] = words.as_slice() else {
                bail!("git diff-tree: a line of another form");
            };
            let (old, new) = (side(old_mode, old), side(new_mode, new));
            differences.push(Difference { path, old, new });
        }
        differences.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(differences)
    }

    /// The bytes of a blob.
    ///
    /// # Errors
    /// Where git fails.
    pub fn blob(&self, object: &str) -> anyhow::Result<Vec<u8>> {
        Ok(git(&self.root, ["cat-file", "blob", object])?.stdout)
    }
}

fn side(mode: &str, object: &str) -> Option<Side> {
    (mode != "000000").then(|| Side { mode: mode.to_owned(), object: object.to_owned() })
}
