//! The id of a commit.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::text::{is_commit, quoted};

/// How many digits people are shown.
const SHOWN: usize = 12;

/// The first digits of a commit's id or of a digest, for people.
#[must_use]
pub fn short(id: &str) -> &str {
    id.get(..SHOWN).unwrap_or(id)
}

/// The whole id of a commit: 40 or 64 lower-case hex digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CommitId(String);

impl CommitId {
    /// Reads a whole id.
    ///
    /// # Errors
    /// Why it is none, in one sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        if is_commit(text) {
            return Ok(Self(text.to_owned()));
        }
        Err(format!("{} is no commit's whole id", quoted(text)))
    }

    /// All digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first digits, for people.
    #[must_use]
    pub fn short(&self) -> &str {
        short(&self.0)
    }
}

impl fmt::Display for CommitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for CommitId {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text)
    }
}

impl From<CommitId> for String {
    fn from(id: CommitId) -> Self {
        id.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_id_in_lower_case_is_one() {
        for good in ["a".repeat(40), "0".repeat(64)] {
            assert_eq!(CommitId::parse(&good).unwrap().to_string(), good);
        }
        for bad in ["", "abc", "HEAD", &"A".repeat(40), &"g".repeat(40), &"a".repeat(41)] {
            assert!(CommitId::parse(bad).unwrap_err().contains("no commit's whole id"), "{bad}");
        }
    }

    #[test]
    fn people_see_twelve_digits() {
        assert_eq!(CommitId::parse(&"b".repeat(40)).unwrap().short(), "b".repeat(12));
        assert_eq!(short("abc"), "abc");
        assert_eq!(short("ääääääääääää"), "ääääää");
    }
}
