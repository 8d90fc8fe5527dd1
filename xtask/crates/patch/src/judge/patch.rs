//! A patch as a check sees it: what differs between two commits, by path.

use std::collections::BTreeMap;

use thrice_policy::declare::policy_choice;

/// A patch: `base..head`, read from git's objects.
#[derive(Clone, Debug, Default)]
pub struct Patch {
    /// The commit that it is based on, 40 or 64 hex digits.
    pub base: String,
    /// Its last commit.
    pub head: String,
    /// Every path whose entry differs between the trees of base and head, sorted by
    /// the bytes of its path. A rename is two of them.
    pub changes: Vec<Change>,
    /// Commits in it that have several parents.
    pub merges: Vec<Merge>,
    /// Paths that a commit of it touched although nothing of that is left between base
    /// and head: path to one such commit.
    pub passing: BTreeMap<Vec<u8>, String>,
}

/// A commit that has several parents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merge {
    /// Its id.
    pub id: String,
    /// Whether it merges the base, and its tree is exactly what git makes of both sides.
    pub adds_nothing: bool,
}

/// A path that a patch creates, changes or deletes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The path, as git has it: any bytes but NUL.
    pub path: Vec<u8>,
    /// What was there; `None` where the path is new.
    pub old: Option<Entry>,
    /// What is there now; `None` where it is deleted.
    pub new: Option<Entry>,
}

/// What a tree has at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it is.
    pub kind: EntryKind,
    /// Id of its blob, or of a submodule's commit.
    pub object: String,
}

policy_choice! {
    /// Kinds of entries, by their mode.
    pub enum EntryKind {
        /// A plain file: `100644`, and the old `100664`.
        File = "file",
        /// An executable file: `100755`.
        Executable = "executable file",
        /// A symbolic link: `120000`.
        Link = "symbolic link",
        /// A submodule: `160000`.
        Submodule = "submodule",
    }
}

impl EntryKind {
    /// By git's mode, in octal digits; `None` for a mode that no file has.
    #[must_use]
    pub(crate) fn of_mode(mode: &str) -> Option<Self> {
        match mode {
            "100644" | "100664" => Some(Self::File),
            "100755" => Some(Self::Executable),
            "120000" => Some(Self::Link),
            "160000" => Some(Self::Submodule),
            _ => None,
        }
    }

    /// Whether it stands for a whole folder, of which the tree has nothing.
    #[must_use]
    pub fn leads_on(self) -> bool {
        matches!(self, Self::Link | Self::Submodule)
    }
}

impl Patch {
    /// The change of a path, where there is one.
    #[must_use]
    pub fn change(&self, path: &[u8]) -> Option<&Change> {
        let at = self.changes.binary_search_by(|change| change.path.as_slice().cmp(path)).ok()?;
        self.changes.get(at)
    }
}
