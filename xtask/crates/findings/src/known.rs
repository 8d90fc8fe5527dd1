//! What is known of something outside.

use super::Finding;

/// Something that was asked of a server, of git or of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known<T> {
    /// It is there.
    Is(T),
    /// It is not there.
    Absent,
    /// Nobody can tell; the finding says why.
    Unseen(Finding),
}

impl<T> Known<T> {
    /// What is there, if it is known to be.
    pub fn is(self) -> Option<T> {
        match self {
            Self::Is(there) => Some(there),
            Self::Absent | Self::Unseen(_) => None,
        }
    }

    /// The same of a part of what is there.
    pub fn map<U>(self, part: impl FnOnce(T) -> U) -> Known<U> {
        match self {
            Self::Is(there) => Known::Is(part(there)),
            Self::Absent => Known::Absent,
            Self::Unseen(finding) => Known::Unseen(finding),
        }
    }

    /// The same by reference.
    pub fn as_ref(&self) -> Known<&T> {
        match self {
            Self::Is(there) => Known::Is(there),
            Self::Absent => Known::Absent,
            Self::Unseen(finding) => Known::Unseen(finding.clone()),
        }
    }
}
