//! Evidence of stories, as commits have it: that of an open story on its branch, that of a
//! merged one at the base.

use std::cell::RefCell;
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;

use thrice_documents::judge::{Due, EvidenceFacts, Folder, Item, Linked, judge};
use thrice_facts::git::Repository;
use thrice_facts::github::GitHub;
use thrice_findings::{Finding, Severity};
use thrice_programme::calendar::days::{end_of, evidence_due};
use thrice_programme::calendar::{DEFAULT_EVIDENCE, Sprint};
use thrice_programme::{Backlog, Calendar, Policy};

/// What the evidence of each story lacks.
#[derive(Debug, Default)]
pub struct Evidence(HashMap<String, Vec<Finding>>);

/// What is asked of evidence.
#[derive(Clone, Copy)]
pub struct EvidenceAsked<'a> {
    /// Where a story without any is judged too, and whether any is late: when it was changed,
    /// as far as the command knows.
    pub changes: Option<&'a Changes>,
    /// What is known of a story's pull request beside its evidence.
    pub pull: &'a dyn Fn(&str) -> Linked,
}

/// The address of pull requests before their number; none where no server is known.
pub(crate) fn pulls_at(repository: &Repository) -> Option<String> {
    GitHub::named(repository).map(|slug| format!("https://{}/{slug}/pull/", slug.host))
}

/// When the evidence of a sprint's gate, or of one of its stories, is due.
pub(crate) fn due(calendar: &Calendar, sprint: &Sprint) -> Option<Due> {
    let day = evidence_due(calendar, sprint)?;
    let number = sprint.evidence_due_day.unwrap_or_default();
    let shown = format!("the end of {day}, day {number} of sprint {}", sprint.id);
    Some(Due { by: end_of(calendar, day), shown, sprint: sprint.id.clone() })
}

/// The first sprint that has a story.
pub(crate) fn sprint_of<'c>(
    calendar: &'c Calendar,
    backlog: Option<&Backlog>,
    story: &str,
) -> Option<&'c Sprint> {
    let (backlog, story) = backlog.and_then(|backlog| Some((backlog, backlog.story(story)?)))?;
    calendar.sprints.iter().find(|sprint| backlog.is_of_sprint(story, &sprint.id))
}

/// When evidence was last changed on the way to each commit that was asked for. Each history is
/// walked once, whichever part of the command asks.
#[derive(Debug, Default)]
pub struct Changes(RefCell<HashMap<String, Changed>>);

/// Paths, each with the newest time of a commit that changes it, in seconds since 1970.
type Changed = BTreeMap<Vec<u8>, i64>;

impl Changes {
    /// The newest time of a commit that changes something in a folder below the root of evidence.
    pub(crate) fn newest(
        &self,
        (repository, root): (&Repository, &str),
        commit: &str,
        folder: &str,
    ) -> anyhow::Result<Option<Timestamp>> {
        let mut walked = self.0.borrow_mut();
        let changed = match walked.entry(commit.to_owned()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(repository.changes_below(commit, root)?),
        };
        let prefix = format!("{folder}/").into_bytes();
        let own = changed.range(prefix.clone()..).take_while(|(path, _)| path.starts_with(&prefix));
        let newest = own.map(|(_, time)| *time).max();
        Ok(newest.and_then(|time| Timestamp::from_second(time).ok()))
    }
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
        let chosen: Vec<(&(&str, &str), bool)> = wanted
            .iter()
            .zip(there)
            .filter(|(_, there)| *there || asked.changes.is_some())
            .collect();
        let files = Item::of_story(&[]);
        let mut names = Vec::new();
        // A folder that is not there has no files that git could be asked for.
        for ((story, commit), _) in chosen.iter().filter(|(_, there)| *there) {
            let folder = folder(story);
            names.extend(files.iter().map(|item| format!("{commit}:{folder}/{}", item.file)));
        }
        let mut bytes = repository.blobs_at(&names)?.into_iter();
        let (pulls, mut found) = (pulls_at(repository), HashMap::new());
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
            let has = |path: &str| repository.has(commit, path).unwrap_or(false);
            let timed = policy.calendar.as_ref().zip(asked.changes).and_then(|(it, changes)| {
                Some((due(it, sprint_of(it, backlog, story)?)?, changes))
            });
            if let Some((_, changes)) = timed.as_ref().filter(|_| there) {
                folder.changed = changes.newest((repository, root), commit, &folder.path)?;
            }
            let due = timed.map(|(due, _)| due);
            let pull = (asked.pull)(story);
            let known = EvidenceFacts { has: &has, pulls: pulls.clone(), due, pull };
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
