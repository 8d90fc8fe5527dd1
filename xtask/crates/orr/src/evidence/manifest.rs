//! The list of what an archive holds: size, digest and mode of each file, of
//! which commit, by which tool. Digests are of content, not of the archive's
//! bytes: "same content, other packing" can be told apart.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::archive::Entry;

/// The schema that this version writes.
pub(crate) const SCHEMA: &str = "xtask/manifest/1";

/// A file's mode; nothing else of its permissions is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Mode {
    /// A plain file.
    #[serde(rename = "0644")]
    Plain,
    /// One that its owner may execute.
    #[serde(rename = "0755")]
    Executable,
}

/// One file of the manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRecord {
    /// Path inside the archive.
    pub path: String,
    /// Size in bytes.
    pub size: u64,
    /// SHA-256 of the content, in lower-case hex.
    pub sha256: String,
    /// `0644` or `0755`.
    pub mode: Mode,
}

impl FileRecord {
    /// The record of a file with this content.
    #[must_use]
    pub fn of(path: impl Into<String>, executable: bool, bytes: &[u8]) -> Self {
        let mode = if executable { Mode::Executable } else { Mode::Plain };
        Self { path: path.into(), size: bytes.len() as u64, sha256: sha256_hex(bytes), mode }
    }
}

impl From<&Entry> for FileRecord {
    fn from(entry: &Entry) -> Self {
        Self::of(entry.path.clone(), entry.executable, &entry.bytes)
    }
}

/// The program that packed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// How the files are packed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Packing {
    /// `zip`.
    pub format: String,
    /// `stored`.
    pub method: String,
}

/// What an archive holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`SCHEMA`].
    pub schema: String,
    /// The commit that was tested.
    pub commit: String,
    /// The tree of that commit.
    pub tree: String,
    /// The program that packed.
    pub tool: Tool,
    /// How the files are packed.
    pub archive: Packing,
    /// The files, byte-sorted by path.
    pub files: Vec<FileRecord>,
}

/// A file that is not what the manifest says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Mismatch {
    /// Listed, but not there.
    Missing {
        /// Its path.
        path: String,
    },
    /// There, but not listed.
    Unlisted {
        /// Its path.
        path: String,
    },
    /// Listed more than once: which record holds is anybody's guess.
    ListedTwice {
        /// Its path.
        path: String,
    },
    /// There, but another file.
    Differs {
        /// What the manifest says.
        listed: FileRecord,
        /// What is there.
        found: FileRecord,
    },
}

impl Manifest {
    /// The manifest of these files at this commit.
    #[must_use]
    pub fn new(commit: impl Into<String>, tree: impl Into<String>, files: Vec<FileRecord>) -> Self {
        let (name, version) = ("xtask", env!("CARGO_PKG_VERSION"));
        Self {
            schema: SCHEMA.to_owned(),
            commit: commit.into(),
            tree: tree.into(),
            tool: Tool { name: name.to_owned(), version: version.to_owned() },
            archive: Packing { format: "zip".to_owned(), method: "stored".to_owned() },
            files: sorted(files),
        }
    }

    /// The manifest as JSON: two spaces, LF, a final LF.
    ///
    /// # Errors
    /// None that a manifest can cause; the serializer's.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self).map(|text| text + "\n")
    }

    /// Each listed file that `lookup` does not find as listed, in the order of the list.
    ///
    /// A file that is there but not listed cannot be seen this way: see [`Self::verify_all`].
    #[must_use]
    pub fn verify(&self, mut lookup: impl FnMut(&str) -> Option<FileRecord>) -> Vec<Mismatch> {
        let mut seen = BTreeSet::new();
        let mut mismatches = Vec::new();
        for listed in &self.files {
            let path = listed.path.clone();
            if !seen.insert(&listed.path) {
                mismatches.push(Mismatch::ListedTwice { path });
                continue;
            }
            match lookup(&path) {
                None => mismatches.push(Mismatch::Missing { path }),
                Some(found) if found == *listed => {}
                Some(found) => mismatches.push(Mismatch::Differs { listed: listed.clone(), found }),
            }
        }
        mismatches
    }

    /// As [`Self::verify`], and each file of `entries` that is not listed.
    #[must_use]
    pub(crate) fn verify_all(&self, entries: &[Entry]) -> Vec<Mismatch> {
        let there: BTreeMap<&str, &Entry> =
            entries.iter().map(|entry| (entry.path.as_str(), entry)).collect();
        let mut mismatches = self.verify(|path| there.get(path).map(|entry| (*entry).into()));
        let listed: BTreeSet<&str> = self.files.iter().map(|file| file.path.as_str()).collect();
        let unlisted = there.keys().filter(|path| !listed.contains(**path));
        mismatches.extend(unlisted.map(|path| Mismatch::Unlisted { path: (*path).to_owned() }));
        mismatches
    }
}

/// SHA-256 in lower-case hex.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The file `SHA256SUMS`: `hex  path`, LF, byte-sorted, as `sha256sum --check` reads it.
///
/// The names are those that `archive::check_name` lets pass, so that none needs
/// the escaping which GNU has for backslashes and newlines.
#[must_use]
pub fn sha256sums(files: &[FileRecord]) -> String {
    let lines = sorted(files.to_vec());
    lines.iter().map(|file| format!("{}  {}\n", file.sha256, file.path)).collect()
}

fn sorted(mut files: Vec<FileRecord>) -> Vec<FileRecord> {
    files.sort_by(|a, b| a.path.as_bytes().cmp(b.path.as_bytes()));
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(path: &str, bytes: &[u8]) -> Entry {
        Entry { path: path.to_owned(), executable: path.ends_with(".sh"), bytes: bytes.to_vec() }
    }

    fn manifest(entries: &[Entry]) -> Manifest {
        Manifest::new("c0", "7e", entries.iter().map(FileRecord::from).collect())
    }

    #[test]
    fn the_digest_of_nothing_is_the_known_one() {
        assert_eq!(
            sha256_hex(b""),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }

    #[test]
    fn sums_are_byte_sorted_lines() {
        let files = [FileRecord::of("b", false, b""), FileRecord::of("B", true, b"abc")];
        assert_eq!(
            sha256sums(&files),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  B\n\
             e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  b\n"
        );
    }

    #[test]
    fn the_json_is_stable_and_read_back() {
        let manifest = manifest(&[entry("b.sh", b""), entry("a", b"")]);
        let json = manifest.to_json().unwrap();
        let version = env!("CARGO_PKG_VERSION");
        let empty = sha256_hex(b"");
        let expected = format!(
            r#"{{
  "schema": "xtask/manifest/1",
  "commit": "c0",
  "tree": "7e",
  "tool": {{
    "name": "xtask",
    "version": "{version}"
  }},
  "archive": {{
    "format": "zip",
    "method": "stored"
  }},
  "files": [
    {{
      "path": "a",
      "size": 0,
      "sha256": "{empty}",
      "mode": "0644"
    }},
    {{
      "path": "b.sh",
      "size": 0,
      "sha256": "{empty}",
      "mode": "0755"
    }}
  ]
}}
"#
        );
        assert_eq!(json, expected);
        assert_eq!(serde_json::from_str::<Manifest>(&json).unwrap(), manifest);
    }

    #[test]
    fn every_kind_of_mismatch_is_named() {
        let mut manifest = manifest(&[entry("a", b"1"), entry("b", b"2"), entry("c", b"3")]);
        assert_eq!(
            manifest.verify_all(&[entry("a", b"1"), entry("b", b"2"), entry("c", b"3")]),
            vec![]
        );
        manifest.files.push(FileRecord::of("a", false, b"other"));
        let found = [entry("a", b"1"), entry("b", b"x"), entry("d", b"4")];
        let path = |path: &str| path.to_owned();
        assert_eq!(
            manifest.verify_all(&found),
            vec![
                Mismatch::Differs {
                    listed: FileRecord::of("b", false, b"2"),
                    found: FileRecord::of("b", false, b"x"),
                },
                Mismatch::Missing { path: path("c") },
                Mismatch::ListedTwice { path: path("a") },
                Mismatch::Unlisted { path: path("d") },
            ]
        );
    }
}
