//! Evidence of stories, as commits have it: that of an open story on its branch, that of a
//! merged one at the base.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use thrice_documents::judge::{EvidenceFacts, Folder, Item, Linked, judge};
use thrice_facts::git::Repository;
use thrice_facts::github::Slug;
use thrice_findings::{Finding, Severity};
use thrice_programme::calendar::DEFAULT_EVIDENCE;
use thrice_programme::{Backlog, Policy};

/// What the evidence of each story lacks.
#[derive(Debug, Default)]
pub struct Evidence(HashMap<String, Vec<Finding>>);

/// What is asked of evidence.
#[derive(Clone, Copy)]
pub struct EvidenceAsked<'a> {
    /// Whether a story without any is judged too.
    pub also_absent: bool,
    /// What is known of a story's pull request beside its evidence.
    pub pull: &'a dyn Fn(&str) -> Linked,
}

impl EvidenceAsked<'_> {
    /// Of all, with the links to their pull requests.
    pub const WHOLE: EvidenceAsked<'static> =
        EvidenceAsked { also_absent: true, pull: &|_| Linked::Wanted };
}

/// The files that a story's evidence must have.
pub(crate) fn items_of(backlog: Option<&Backlog>, story: &str) -> Vec<Item> {
    let story = backlog.and_then(|backlog| backlog.story(story));
    let criteria = story.into_iter().flat_map(|it| it.acceptance.iter().chain(&it.delta));
    Item::of_story(&criteria.cloned().collect::<Vec<_>>())
}

impl Evidence {
    /// Judges the evidence of stories, each at a commit; one without a folder there is
    /// judged too where that is asked.
    pub fn of(
        repository: &Repository,
        (policy, backlog): (&Policy, Option<&Backlog>),
        wanted: &[(&str, &str)],
        asked: EvidenceAsked<'_>,
    ) -> anyhow::Result<Self> {
        let root = Self::root(policy);
        let folder = |story: &str| format!("{root}/{story}");
        let names: Vec<String> =
            wanted.iter().map(|(story, commit)| format!("{commit}:{}", folder(story))).collect();
        let there = repository.are_there(&names)?;
        let chosen: Vec<(&(&str, &str), bool)> =
            wanted.iter().zip(there).filter(|(_, there)| *there || asked.also_absent).collect();
        let files = Item::of_story(&[]);
        let mut names = Vec::new();
        // A folder that is not there has no files that git could be asked for.
        for ((story, commit), _) in chosen.iter().filter(|(_, there)| *there) {
            let folder = folder(story);
            names.extend(files.iter().map(|item| format!("{commit}:{folder}/{}", item.file)));
        }
        let mut bytes = repository.blobs_at(&names)?.into_iter();
        let slug = repository.remote_url("origin").and_then(|url| Slug::of_remote(&url));
        let mut found = HashMap::new();
        for ((story, commit), there) in chosen {
            let mut folder = Folder {
                path: folder(story),
                subject: (*story).to_owned(),
                files: BTreeMap::new(),
                odd: BTreeSet::new(),
                changed: None,
            };
            let items = items_of(backlog, story);
            for item in items.iter().filter(|_| there) {
                if let Some(bytes) = bytes.next().flatten() {
                    folder.files.insert(item.file.clone(), bytes);
                }
            }
            let has = |path: &str| {
                let there = repository.are_there(&[format!("{commit}:{path}")]);
                there.is_ok_and(|there| there == [true])
            };
            let pulls = slug.as_ref().map(|slug| format!("https://{}/{slug}/pull/", slug.host));
            let known = EvidenceFacts { has: &has, pulls, due: None, pull: (asked.pull)(story) };
            found.insert((*story).to_owned(), judge(&folder, &items, &known));
        }
        Ok(Self(found))
    }

    /// The folder of the evidence of all.
    pub fn root(policy: &Policy) -> &str {
        policy.calendar.as_ref().map_or(DEFAULT_EVIDENCE, |it| it.evidence.as_str())
    }

    /// Whether each is whole.
    pub(crate) fn whole(&self) -> HashMap<String, bool> {
        let refuses = |it: &Finding| it.severity == Severity::Refuse;
        self.0.iter().map(|(id, lacks)| (id.clone(), !lacks.iter().any(refuses))).collect()
    }

    /// What each lacks.
    pub fn lacks(&self) -> &HashMap<String, Vec<Finding>> {
        &self.0
    }
}
