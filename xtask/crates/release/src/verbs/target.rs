//! What is asked for, and the tag, the commit and the candidate that it comes to.

use super::gather::ReleaseContext;
use super::journal::Journal;
use crate::judge::tags::Tags;
use thrice_findings::{Code, Finding, Known, short};
use thrice_programme::release::{Stage, TagForm, Tagged, Version};
use thrice_report::text::safe;

/// What is asked for.
pub(super) enum What {
    Candidate { sha: String, version: Version, stage: Stage },
    From(String),
    On(String),
}

/// What it comes to: the tag, its commit, and the candidate behind it.
pub(super) struct ReleaseTarget {
    pub(super) tagged: Tagged,
    pub(super) sha: String,
    pub(super) candidate: Option<Tagged>,
}

impl What {
    /// The tag, its commit, its candidate.
    pub(super) fn target(
        &self,
        context: &ReleaseContext<'_>,
        tags: &Known<Tags>,
        journals: &[Journal],
    ) -> Result<ReleaseTarget, Box<Finding>> {
        let form = &context.base.rules.form;
        let none = Tags::default();
        let known = match tags {
            Known::Is(tags) => tags,
            Known::Absent => &none,
            Known::Unseen(finding) => return Err(Box::new(finding.clone())),
        };
        match self {
            What::Candidate { sha, version, stage } => {
                let tagged = candidate(form, known, journals, (sha, *version, *stage));
                Ok(ReleaseTarget { tagged, sha: sha.clone(), candidate: None })
            }
            What::From(name) => from(form, known, name),
            What::On(sha) => on(known, sha),
        }
    }
}

/// The candidate that was begun or made of a commit for a version, or the next; and likewise
/// at a stage before it.
fn candidate(
    form: &TagForm,
    known: &Tags,
    journals: &[Journal],
    (sha, version, stage): (&str, Version, Stage),
) -> Tagged {
    let begun = journals.iter().filter_map(Journal::opened);
    let begun = begun.filter(|it| it.stage == stage && it.sha == *sha);
    let begun = begun.filter_map(|it| form.read(&it.tag));
    let begun = begun.filter(|tagged| tagged.version == version).max();
    let there =
        known.of(stage).filter(|(tagged, tag)| tagged.version == version && tag.target() == sha);
    let there = there.map(|(tagged, _)| tagged).max();
    begun.or(there).unwrap_or_else(|| known.next(version, stage))
}

/// The release of the candidate of that name.
fn from(form: &TagForm, known: &Tags, name: &str) -> Result<ReleaseTarget, Box<Finding>> {
    let tagged = form.read(name).filter(|tagged| tagged.stage == Stage::Rc);
    let Some(tagged) = tagged else {
        let message = format!("`{}` is not a candidate's tag", safe(name));
        let help = "name the tag that `release rc` made, such as `v1.4.0-rc.1`";
        return Err(Box::new(Finding::new(Code::ReleaseRcOpen, message).help(help)));
    };
    let Some(tag) = known.named(name) else {
        let message = format!("there is no `{}` on the remote", safe(name));
        let help = "`cargo xtask release rc --execute` makes it";
        return Err(Box::new(Finding::new(Code::ReleaseRcMissing, message).help(help)));
    };
    Ok(ReleaseTarget {
        tagged: Tagged::ga(tagged.version),
        sha: tag.target().to_owned(),
        candidate: Some(tagged),
    })
}

/// The release of the only candidate on a commit.
fn on(known: &Tags, sha: &str) -> Result<ReleaseTarget, Box<Finding>> {
    let candidates = known.of(Stage::Rc).filter(|(_, tag)| tag.target() == sha);
    let mut all: Vec<Tagged> = candidates.map(|(tagged, _)| tagged).collect();
    all.sort_unstable();
    let mut versions: Vec<Version> = all.iter().map(|it| it.version).collect();
    versions.dedup();
    match (versions.as_slice(), all.last()) {
        ([version], Some(newest)) => Ok(ReleaseTarget {
            tagged: Tagged::ga(*version),
            sha: sha.to_owned(),
            candidate: Some(*newest),
        }),
        ([], _) | (_, None) => {
            let message = format!("there is no candidate on {}", short(sha));
            let help = format!("`cargo xtask release rc --sha {sha} --version X.Y.Z`");
            let finding = Finding::new(Code::ReleaseRcMissing, message).help(help);
            Err(Box::new(finding))
        }
        (several, _) => {
            let names: Vec<String> = several.iter().map(ToString::to_string).collect();
            let message = format!("{} all have a candidate on {}", names.join(", "), short(sha));
            let help = "name the one that is meant: `--from TAG`";
            Err(Box::new(Finding::new(Code::ReleaseRcOpen, message).help(help)))
        }
    }
}
