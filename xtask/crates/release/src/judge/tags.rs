//! The tags of a remote: which versions there are, and what may come next.

use super::{Candidate, ReleaseFacts, refused, short};
use thrice_findings::text::quoted;
use thrice_findings::{Code, Finding, Known};
use thrice_programme::release::{Stage, TagForm, Tagged, Version};
use thrice_pull::judge::claims::Claim;

/// A tag of a remote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tag {
    /// Its name, without `refs/tags/`.
    pub name: String,
    /// What the reference points to.
    pub object: String,
    /// What that peels to, where it is annotated.
    pub commit: Option<String>,
}

impl Tag {
    /// The commit that it stands for, whatever sort of tag it is.
    #[must_use]
    pub(crate) fn target(&self) -> &str {
        self.commit.as_deref().unwrap_or(&self.object)
    }
}

/// The tags of a remote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tags {
    all: Vec<Tag>,
    releases: Vec<(Tagged, usize)>,
}

impl Tags {
    /// Reads what `git ls-remote --tags` prints.
    #[must_use]
    pub(crate) fn read(text: &str, form: &TagForm) -> Self {
        let mut all: Vec<Tag> = Vec::new();
        for (id, name) in text.lines().filter_map(|line| line.split_once('\t')) {
            let Some(name) = name.strip_prefix("refs/tags/") else { continue };
            match name.strip_suffix("^{}") {
                Some(name) => {
                    let known = all.iter_mut().rfind(|tag| tag.name == name);
                    if let Some(tag) = known {
                        tag.commit = Some(id.to_owned());
                    }
                }
                None => {
                    all.push(Tag { name: name.to_owned(), object: id.to_owned(), commit: None })
                }
            }
        }
        let tagged = all.iter().enumerate();
        let mut releases: Vec<(Tagged, usize)> =
            tagged.filter_map(|(index, tag)| Some((form.read(&tag.name)?, index))).collect();
        releases.sort_unstable();
        Self { all, releases }
    }

    /// The tag of that name.
    #[must_use]
    pub(crate) fn named(&self, name: &str) -> Option<&Tag> {
        self.all.iter().find(|tag| tag.name == name)
    }

    /// The tags of releases and candidates, by version.
    pub(crate) fn releases(&self) -> impl Iterator<Item = (Tagged, &Tag)> {
        self.releases.iter().filter_map(|(tagged, index)| Some((*tagged, self.all.get(*index)?)))
    }

    /// The tags of a stage.
    pub(crate) fn of(&self, stage: Stage) -> impl Iterator<Item = (Tagged, &Tag)> {
        self.releases().filter(move |(tagged, _)| tagged.stage == stage)
    }

    /// The next tag of a version at a stage.
    #[must_use]
    pub(crate) fn next(&self, version: Version, stage: Stage) -> Tagged {
        let of = self.of(stage).filter(|(tagged, _)| tagged.version == version);
        let newest = of.map(|(tagged, _)| tagged.number).max();
        Tagged { version, stage, number: newest.unwrap_or(0).saturating_add(1) }
    }

    /// The released versions before one, of its line first, the newest first.
    #[must_use]
    pub(crate) fn before(&self, version: Version) -> Vec<(Version, &Tag)> {
        let mut before: Vec<_> = self
            .of(Stage::Ga)
            .map(|(tagged, tag)| (tagged.version, tag))
            .filter(|(other, _)| *other < version)
            .collect();
        before.sort_by_key(|(other, _)| (other.line() == version.line(), *other));
        before.reverse();
        before
    }

    /// A later candidate of the same version on another commit.
    #[must_use]
    pub(crate) fn overtaking(&self, candidate: &Candidate) -> Option<&Tag> {
        let Tagged { version, stage, number } = candidate.tagged;
        let later = self.of(stage).filter(|(tagged, tag)| {
            tagged.version == version && tagged.number > number && tag.target() != candidate.commit
        });
        later.last().map(|(_, tag)| tag)
    }
}

impl Tags {
    fn newest_of_line(&self, version: Version, but: &str) -> Option<(Version, &Tag)> {
        let of_line = self
            .of(Stage::Ga)
            .filter(|(tagged, tag)| tagged.version.line() == version.line() && tag.name != but);
        of_line.map(|(tagged, tag)| (tagged.version, tag)).max_by_key(|(version, _)| *version)
    }
}

/// Whether the version is new, and grows; and whether its tag can be made.
pub(super) fn check(facts: &ReleaseFacts<'_>) -> Vec<Claim> {
    let (name, version) = (facts.name(), facts.tagged.version);
    let tags = match facts.tags {
        Known::Is(tags) => tags,
        Known::Absent => &Tags::default(),
        Known::Unseen(finding) => {
            let claim = |of: &str| Claim::new(of, name.clone(), "not shown", vec![finding.clone()]);
            return vec![claim("version"), claim("tag")];
        }
    };
    vec![growing(tags, version, &name), unused(facts, tags, &name)]
}

fn growing(tags: &Tags, version: Version, name: &str) -> Claim {
    let said = format!("{version} grows in {}.{}", version.major, version.minor);
    let newest = tags.newest_of_line(version, name);
    let seen = newest.map_or_else(|| "the first of its line".to_owned(), |(it, _)| it.to_string());
    let finding = newest.and_then(|(newest, tag)| {
        let (code, message) = if newest == version {
            (Code::ReleaseVersionUsed, format!("{version} was released as {}", quoted(&tag.name)))
        } else if newest > version {
            let line = format!("{}.{}", version.major, version.minor);
            let message = format!("{line} is at {newest} already, {version} would be behind it");
            (Code::ReleaseVersionOrder, message)
        } else {
            return None;
        };
        let next = Version { patch: newest.patch.saturating_add(1), ..newest };
        Some(refused(code, message, format!("the next version of the line is {next}")))
    });
    Claim::new("version", said, seen, finding.into_iter().collect())
}

fn unused(facts: &ReleaseFacts<'_>, tags: &Tags, name: &str) -> Claim {
    let said = format!("{name} is new");
    let Some(tag) = tags.named(name) else {
        let inside = tags.all.iter().find(|tag| blocks(&tag.name, name));
        let finding = inside.map(|tag| {
            let message = format!("git can't keep {name} beside {}", quoted(&tag.name));
            refused(
                Code::ReleaseTagExists,
                message,
                "take another version, or another form of tags",
            )
        });
        return Claim::new("tag", said, "not there", finding.into_iter().collect());
    };
    if facts.own == Some(tag.object.as_str()) {
        return Claim::new("tag", said, "there, and ours", Vec::new());
    }
    Claim::new("tag", said, format!("on {}", short(tag.target())), vec![in_the_way(tag)])
}

/// Whether a reference of the one name keeps git from making one of the other.
fn blocks(there: &str, wanted: &str) -> bool {
    let inside = |long: &str, short: &str| {
        long.strip_prefix(short).is_some_and(|rest| rest.starts_with('/'))
    };
    inside(there, wanted) || inside(wanted, there)
}

/// What is said of a tag that stands where another is to be.
pub(super) fn in_the_way(tag: &Tag) -> Finding {
    let name = quoted(&tag.name);
    if tag.commit.is_none() {
        let message =
            format!("{name} is on the remote, as a lightweight tag of {}", short(&tag.object));
        let help = "delete it if your rules allow that; otherwise take the next version";
        return refused(Code::ReleaseTagLight, message, help);
    }
    let message = format!("{name} is on the remote, on {}", short(tag.target()));
    let help = "go on where its journal is (`out/release/`), or take the next version";
    refused(Code::ReleaseTagExists, message, help)
}
