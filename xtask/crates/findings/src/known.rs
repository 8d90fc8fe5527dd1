//! What is known of something outside.

use serde::{Deserialize, Serialize};

use super::Finding;

/// Something that was asked of a server, of git or of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(
    clippy::large_enum_variant,
    reason = "few facts are unseen at once; a box would be opened at every use"
)]
pub enum Known<T> {
    /// It is there.
    Is(T),
    /// It is not there, or this token may not see it.
    #[serde(rename = "not_found")]
    Absent,
    /// Nobody can report; the finding says why.
    Unseen(Finding),
}

impl<T> Known<T> {
    /// What is there, if it is known to be.
    #[must_use]
    pub fn get(&self) -> Option<&T> {
        if let Self::Is(there) = self { Some(there) } else { None }
    }

    /// The same of a part of what is there.
    #[must_use]
    pub fn map<U>(self, part: impl FnOnce(T) -> U) -> Known<U> {
        match self {
            Self::Is(there) => Known::Is(part(there)),
            Self::Absent => Known::Absent,
            Self::Unseen(finding) => Known::Unseen(finding),
        }
    }
}
