//! What the tags of releases are called, and what a tag's name says.

use std::fmt;

use thrice_findings::{Code, Finding};
use thrice_policy::ref_format::refused_by_git;
use thrice_policy::source::Placed;

/// Where the version stands in a form.
const VERSION: &str = "{version}";
/// Where the number of a candidate stands.
const NUMBER: &str = "{n}";
/// Where the name of a stage stands.
const STAGE: &str = "{stage}";
/// The longest name of a stage, in bytes.
const LONGEST_STAGE: usize = 16;

/// How far a release is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub enum Stage {
    /// A stage before the candidate, which policy names.
    Early(StageName),
    /// A candidate.
    Rc,
    /// Released.
    Ga,
}

/// The name of a stage: lower case letters, 16 at most.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct StageName([u8; LONGEST_STAGE]);

impl StageName {
    fn text(&self) -> &str {
        let length = self.0.iter().position(|byte| *byte == 0).unwrap_or(LONGEST_STAGE);
        std::str::from_utf8(&self.0[..length]).unwrap_or_default()
    }
}

impl fmt::Debug for StageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl Stage {
    /// The word for it.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::Early(name) => name.text(),
            Self::Rc => "rc",
            Self::Ga => "ga",
        }
    }

    /// The stage of that word; of any but `rc` and `ga`, one before the candidate.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "rc" => Some(Self::Rc),
            "ga" => Some(Self::Ga),
            _ => {
                let plain = !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase());
                let mut name = [0; LONGEST_STAGE];
                name.get_mut(..word.len()).filter(|_| plain)?.copy_from_slice(word.as_bytes());
                Some(Self::Early(StageName(name)))
            }
        }
    }
}

impl TryFrom<String> for Stage {
    type Error = String;

    fn try_from(word: String) -> Result<Self, String> {
        Self::from_word(&word).ok_or_else(|| format!("`{word}` is no stage"))
    }
}

impl From<Stage> for String {
    fn from(stage: Stage) -> Self {
        stage.word().to_owned()
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
    /// How far it is.
    pub stage: Stage,
    /// The number at its stage; 0 for a release.
    pub number: u64,
}

impl Tagged {
    /// The release of a version.
    #[must_use]
    pub fn ga(version: Version) -> Self {
        Self { version, stage: Stage::Ga, number: 0 }
    }
}

impl fmt::Display for Tagged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.stage {
            Stage::Ga => self.version.fmt(f),
            stage => write!(f, "{}-{}.{}", self.version, stage.word(), self.number),
        }
    }
}

/// The forms of tags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagForm {
    ga: (String, String),
    /// Of each stage before the release: what is before, between and after version and number.
    numbered: Vec<(Stage, [String; 3])>,
}

impl Default for TagForm {
    fn default() -> Self {
        let rc = ["v", "-rc.", ""].map(str::to_owned);
        Self { ga: ("v".to_owned(), String::new()), numbered: vec![(Stage::Rc, rc)] }
    }
}

impl TagForm {
    /// The name of a tag.
    #[must_use]
    pub fn name(&self, tagged: Tagged) -> String {
        let Tagged { version, number, .. } = tagged;
        match self.numbered.iter().find(|(stage, _)| *stage == tagged.stage) {
            None => format!("{}{version}{}", self.ga.0, self.ga.1),
            Some((_, [before, between, after])) => {
                format!("{before}{version}{between}{number}{after}")
            }
        }
    }

    /// What the name of a tag says; nothing where it is no release's.
    #[must_use]
    pub fn read(&self, name: &str) -> Option<Tagged> {
        let ga = || {
            let version = name.strip_prefix(&self.ga.0)?.strip_suffix(&self.ga.1)?;
            Some(Tagged::ga(Version::read(version)?))
        };
        let numbered = |(stage, [before, between, after]): &(Stage, [String; 3])| {
            let inner = name.strip_prefix(before)?.strip_suffix(after)?;
            let (version, text) = inner.split_once(between)?;
            let number = number(text).filter(|number| *number > 0)?;
            Some(Tagged { version: Version::read(version)?, stage: *stage, number })
        };
        ga().or_else(|| self.numbered.iter().find_map(numbered))
    }
}

/// Checks the forms; each must be a tag's name that git takes, and no name may be of two.
/// `early` are the stages before the candidate.
pub(super) fn validate(
    [tag, rc_tag, stage_tag]: [Option<Placed<String>>; 3],
    early: &[Stage],
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
        match numbered(&tag.value) {
            Some(parts) => form.numbered = vec![(Stage::Rc, parts)],
            None => {
                let why = "has `{version}`, then a letter or a sign other than a dot, then `{n}`";
                good &= refused(tag, why, findings);
            }
        }
    }
    let of_stage = stage_tag.as_ref().map_or("v{version}-{stage}.{n}", |tag| tag.value.as_str());
    for stage in early {
        let named = of_stage.contains(STAGE).then(|| of_stage.replacen(STAGE, stage.word(), 1));
        match (named.and_then(|text| numbered(&text)), &stage_tag) {
            (Some(parts), _) => form.numbered.push((*stage, parts)),
            (None, tag) => {
                let why = "has `{version}`, `{stage}`, and a sign other than a dot before `{n}`";
                good &= tag.as_ref().is_some_and(|tag| refused(tag, why, findings));
            }
        }
    }
    let version = Version { major: 1, minor: 4, patch: 0 };
    let rows = [(Stage::Ga, 0, &tag), (Stage::Rc, 1, &rc_tag)].into_iter();
    let rows = rows.chain(early.iter().map(|stage| (*stage, 1, &stage_tag)));
    for (stage, number, placed) in rows {
        let tagged = Tagged { version, stage, number };
        let name = form.name(tagged);
        let bad = !is_plain(&name) || refused_by_git(name.as_bytes()).is_some();
        let bad = bad || form.read(&name) != Some(tagged);
        let written = placed.as_ref().or(rc_tag.as_ref()).or(tag.as_ref());
        if let Some(placed) = written.filter(|_| bad && good) {
            let why = "gives names that git takes, of letters, digits, `._-/+`, each of one stage";
            good &= refused(placed, why, findings);
        }
    }
    good.then_some(form)
}

/// What is before, between and after version and number.
fn numbered(form: &str) -> Option<[String; 3]> {
    let (before, rest) = form.split_once(VERSION)?;
    let (between, after) = rest.split_once(NUMBER)?;
    let good = is_between(between) && !before.contains(['{', '}']) && !after.contains(['{', '}']);
    good.then(|| [before, between, after].map(str::to_owned))
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
