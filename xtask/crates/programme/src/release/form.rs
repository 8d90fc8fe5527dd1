//! What the tags of releases are called, and what a tag's name says.

use std::fmt;

use thrice_findings::{Code, Finding};
use thrice_policy::ref_format::refused_by_git;
use thrice_policy::source::Placed;

/// Where the version stands in a form.
const VERSION: &str = "{version}";
/// Where the number of a candidate stands.
const NUMBER: &str = "{n}";

/// How far a release is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// A candidate.
    Rc,
    /// Released.
    Ga,
}

impl Stage {
    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Rc => "rc",
            Self::Ga => "ga",
        }
    }

    /// The stage of that word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Rc, Self::Ga].into_iter().find(|stage| stage.word() == word)
    }
}

/// A version: major, minor, patch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// Changes that break what was.
    pub major: u64,
    /// New things.
    pub minor: u64,
    /// Fixes.
    pub patch: u64,
}

impl Version {
    /// Reads `1.4.0`: three numbers without a zero before them, and nothing else.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let mut parts = text.split('.').map(number);
        let read = Self { major: parts.next()??, minor: parts.next()??, patch: parts.next()?? };
        parts.next().is_none().then_some(read)
    }

    /// Its line: major and minor, such as `1.4`.
    #[must_use]
    pub fn line(self) -> (u64, u64) {
        (self.major, self.minor)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

/// A number as versions have it.
fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.len() <= 15 && text.bytes().all(|b| b.is_ascii_digit());
    let plain = digits && (text == "0" || !text.starts_with('0'));
    plain.then(|| text.parse().ok())?
}

/// What the name of a tag says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tagged {
    /// The version.
    pub version: Version,
    /// The number of the candidate; none for a release.
    pub candidate: Option<u64>,
}

impl Tagged {
    /// How far it is.
    #[must_use]
    pub fn stage(self) -> Stage {
        if self.candidate.is_some() { Stage::Rc } else { Stage::Ga }
    }
}

impl fmt::Display for Tagged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.candidate {
            None => self.version.fmt(f),
            Some(number) => write!(f, "{}-rc.{number}", self.version),
        }
    }
}

/// The forms of tags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagForm {
    ga: (String, String),
    rc: (String, String, String),
}

impl Default for TagForm {
    fn default() -> Self {
        let part = str::to_owned;
        Self { ga: (part("v"), part("")), rc: (part("v"), part("-rc."), part("")) }
    }
}

impl TagForm {
    /// The name of a tag.
    #[must_use]
    pub fn name(&self, tagged: Tagged) -> String {
        let version = tagged.version;
        match tagged.candidate {
            None => format!("{}{version}{}", self.ga.0, self.ga.1),
            Some(number) => {
                format!("{}{version}{}{number}{}", self.rc.0, self.rc.1, self.rc.2)
            }
        }
    }

    /// What the name of a tag says; nothing where it is no release's.
    #[must_use]
    pub fn read(&self, name: &str) -> Option<Tagged> {
        let ga = || {
            let version = name.strip_prefix(&self.ga.0)?.strip_suffix(&self.ga.1)?;
            Some(Tagged { version: Version::read(version)?, candidate: None })
        };
        let rc = || {
            let inner = name.strip_prefix(&self.rc.0)?.strip_suffix(&self.rc.2)?;
            let (version, candidate) = inner.split_once(&self.rc.1)?;
            let candidate = number(candidate).filter(|number| *number > 0)?;
            Some(Tagged { version: Version::read(version)?, candidate: Some(candidate) })
        };
        ga().or_else(rc)
    }
}

/// Checks the two forms; each must be a tag's name that git takes, and no name may be of
/// both.
pub(super) fn validate(
    tag: Option<Placed<String>>,
    rc_tag: Option<Placed<String>>,
    findings: &mut Vec<Finding>,
) -> Option<TagForm> {
    let mut form = TagForm::default();
    let mut good = true;
    if let Some(tag) = &tag {
        match tag.value.split_once(VERSION).filter(|(_, rest)| !rest.contains(['{', '}'])) {
            Some((before, after)) => form.ga = (before.to_owned(), after.to_owned()),
            None => good &= refused(tag, "has `{version}` once, and no other place", findings),
        }
    }
    if let Some(tag) = &rc_tag {
        let parts = tag.value.split_once(VERSION).and_then(|(before, rest)| {
            let (between, after) = rest.split_once(NUMBER)?;
            Some((before, between, after))
        });
        match parts.filter(|(_, between, after)| is_between(between) && !after.contains(['{', '}']))
        {
            Some((before, between, after)) => {
                form.rc = (before.to_owned(), between.to_owned(), after.to_owned());
            }
            None => {
                let why = "has `{version}`, then a letter or a sign other than a dot, then `{n}`";
                good &= refused(tag, why, findings);
            }
        }
    }
    let version = Version { major: 1, minor: 4, patch: 0 };
    for (candidate, placed) in [(None, &tag), (Some(1), &rc_tag)] {
        let name = form.name(Tagged { version, candidate });
        let bad = !is_plain(&name) || refused_by_git(name.as_bytes()).is_some();
        if let Some(placed) = placed.as_ref().filter(|_| bad && good) {
            good &= refused(
                placed,
                "gives names that git takes, of letters, digits, `._-/+`",
                findings,
            );
        }
    }
    good.then_some(form)
}

/// Whether what stands between version and number reports where the version ends.
fn is_between(text: &str) -> bool {
    !text.contains(['{', '}'])
        && text.starts_with(|c: char| !c.is_ascii_digit() && c != '.')
        && text.ends_with(|c: char| !c.is_ascii_digit())
}

fn is_plain(name: &str) -> bool {
    let word = |b: u8| b.is_ascii_alphanumeric() || b"._-/+".contains(&b);
    name.len() <= 100
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.bytes().all(word)
}

fn refused(tag: &Placed<String>, wanted: &str, findings: &mut Vec<Finding>) -> bool {
    findings.push(
        tag.finding(Code::PolicyValue, format!("`{}` cannot be the form of a tag", tag.value))
            .help(format!("a form {wanted}")),
    );
    false
}
