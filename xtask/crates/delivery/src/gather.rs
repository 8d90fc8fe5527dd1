//! What commands about cycles, sprints and evidence have in common: the calendar, the
//! stories of a window, their evidence, and what the ledger says.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use jiff::Timestamp;

use crate::judge::backlog::{Status, StoryState as Derived};
use crate::judge::calendar::carried;
use crate::pages::status::{Progress, StoryLine};
use crate::verbs::story::evidence::{Changes, Evidence, due, items_of, pulls_at, sprint_of};
use crate::verbs::story::gather as derived;
use crate::verbs::story::gather::On;
use thrice_documents::judge::{Due, EvidenceFacts, Folder, Item, Linked, item_of_gate, judge};
use thrice_facts::git::{Commit, Repository, Tree};
use thrice_facts::{clock, files};
use thrice_findings::{Code, Finding, Place, Severity, Stop, display_bytes, unless_refused};
use thrice_ledger::decisions::Standing;
use thrice_ledger::gather;
use thrice_policy::table::{did_you_mean, listed};
use thrice_programme::calendar::{Cycle, Sprint};
use thrice_programme::world::World;
use thrice_programme::{Calendar, Policy};
use thrice_report::markdown::titled;

/// Rules and facts of the delivery, as the working tree has them.
pub(super) struct Delivery<'a> {
    pub(super) repository: &'a Repository,
    pub(super) policy: Policy,
    pub(super) shown: String,
    pub(super) now: Timestamp,
    pulls: Option<String>,
    /// What this clone knows of the stories, once that was asked.
    derived: OnceCell<Option<Rc<derived::Delivery>>>,
    head: Option<Commit>,
    changes: Changes,
    dirty: BTreeSet<Vec<u8>>,
}

/// Something that has evidence of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    Story(String),
    Gate(String),
}

impl<'a> Delivery<'a> {
    /// Gathers; the report that says why where policy cannot be used.
    pub(super) fn of(world: &World, repository: &'a Repository) -> Result<Self, Stop> {
        Self::knowing(world, repository, None)
    }

    /// The same, where stories were gathered already. What the server said of them is for gates:
    /// documents say what is here.
    pub(super) fn beside(
        world: &World,
        stories: &'a Rc<derived::Delivery>,
        on: On,
    ) -> Result<Self, Stop> {
        let known = (on == On::Local).then(|| Rc::clone(stories));
        Self::knowing(world, &stories.repository, known)
    }

    fn knowing(
        world: &World,
        repository: &'a Repository,
        known: Option<Rc<derived::Delivery>>,
    ) -> Result<Self, Stop> {
        let (policy, source) = world.policy(repository)?;
        let dirty = repository.changed_paths()?.into_iter().map(|(_, path)| path).collect();
        let (pulls, shown, now) = (pulls_at(repository), source.shown, clock::now());
        let derived = known.map_or_else(OnceCell::new, |known| OnceCell::from(Some(known)));
        let (head, changes) = (repository.commit("HEAD")?, Changes::default());
        let delivery =
            Self { repository, policy, shown, now, pulls, derived, head, changes, dirty };
        if delivery.policy.backlog.is_some() {
            delivery.derived(world)?;
        }
        Ok(delivery)
    }

    /// What this clone knows of the stories, by the rules of the base; none where those cannot
    /// be used. It is gathered once.
    pub(super) fn derived(&self, world: &World) -> Result<Option<&derived::Delivery>, Stop> {
        if let Some(known) = self.derived.get() {
            return Ok(known.as_deref());
        }
        let found = unless_refused(derived::Delivery::of(world, On::Local))?;
        Ok(self.derived.get_or_init(|| found.map(Rc::new)).as_deref())
    }

    fn linked(&self, subject: &Subject) -> Linked {
        match (subject, self.derived.get()) {
            (Subject::Story(id), Some(Some(known))) => known.board.linked(&known.backlog, id),
            _ => Linked::Wanted,
        }
    }

    /// The number of the pull request by which a story came, where the history has it.
    pub(super) fn landed_by(&self, subject: &Subject) -> Option<u64> {
        match self.linked(subject) {
            Linked::Is(number) => Some(number),
            _ => None,
        }
    }

    /// The calendar; the finding that says what to do where there is none.
    pub(super) fn calendar(&self) -> Result<&Calendar, Box<Finding>> {
        self.policy.calendar.as_ref().ok_or_else(|| {
            let message = format!("there is no `{}/calendar.toml`", self.shown);
            Box::new(
                Finding::new(Code::PolicyMissing, message)
                    .help("write one; `cargo xtask policy schema calendar` lists its keys"),
            )
        })
    }

    /// The folder of a subject's evidence, relative to the repository.
    pub(super) fn folder(&self, subject: &Subject) -> String {
        let root = Evidence::root(&self.policy);
        match subject {
            Subject::Story(id) => format!("{root}/{id}"),
            Subject::Gate(id) => format!("{root}/sprint-{id}"),
        }
    }

    /// The files that a subject's evidence must have.
    pub(super) fn items(&self, subject: &Subject) -> Vec<Item> {
        match subject {
            Subject::Story(id) => items_of(self.policy.backlog.as_ref(), id),
            Subject::Gate(id) => {
                let sprint = self.policy.calendar.as_ref().and_then(|it| it.sprint(id));
                let demands = sprint.map(|sprint| sprint.evidence.as_slice()).unwrap_or_default();
                demands.iter().map(|demand| item_of_gate(demand)).collect()
            }
        }
    }

    /// The title of a story; nothing where the backlog doesn't know it.
    pub(super) fn title(&self, id: &str) -> &str {
        let story = self.policy.backlog.as_ref().and_then(|backlog| backlog.story(id));
        story.map(|story| story.title.as_str()).unwrap_or_default()
    }

    /// Who answers for a story.
    pub(super) fn owner(&self, id: &str) -> Option<&str> {
        let story = self.policy.backlog.as_ref().and_then(|backlog| backlog.story(id));
        story.and_then(|story| story.owner.as_deref())
    }

    /// The title of a story, a wave, a cycle or a sprint; nothing where it has none.
    pub(super) fn title_of(&self, id: &str) -> &str {
        let bare = id.strip_prefix("sprint-").unwrap_or(id);
        let wave = self.policy.backlog.as_ref().and_then(|it| it.wave(id)?.name.as_deref());
        let calendar = self.policy.calendar.as_ref();
        let cycle = || calendar.and_then(|it| it.cycle(id)?.name.as_deref());
        let sprint = || calendar.and_then(|it| it.sprint(bare));
        let sprint = || sprint().and_then(|it| it.gate.as_deref().or(it.name.as_deref()));
        wave.or_else(cycle).or_else(sprint).unwrap_or_else(|| self.title(id))
    }

    /// The features of a sprint with their names, as Markdown.
    pub(super) fn features(&self, sprint: &Sprint) -> String {
        let known = self.policy.backlog.iter().flat_map(|backlog| &backlog.features);
        let known: BTreeMap<_, _> = known.map(|it| (it.id.as_str(), it.name.as_str())).collect();
        let name = |id: &String| titled(id, known.get(id.as_str()).unwrap_or(&""));
        sprint.features.iter().map(name).collect::<Vec<_>>().join(", ")
    }

    /// What whoever runs the features of a sprint makes for them, in words.
    pub(super) fn focus<'s>(&'s self, sprint: &'s Sprint) -> impl Iterator<Item = &'s str> {
        let features = self.policy.backlog.iter().flat_map(|backlog| &backlog.features);
        let own = features.filter(|feature| sprint.features.contains(&feature.id));
        own.flat_map(|feature| &feature.focus).map(String::as_str)
    }

    /// The sprint in which something is due.
    pub(super) fn sprint_of(&self, subject: &Subject) -> Option<&Sprint> {
        let calendar = self.policy.calendar.as_ref()?;
        match subject {
            Subject::Gate(id) => calendar.sprint(id),
            Subject::Story(id) => sprint_of(calendar, self.policy.backlog.as_ref(), id),
        }
    }

    /// Ids of the stories of a sprint; `None` where nothing says which they are.
    pub(super) fn stories_of_sprint(&self, sprint: &Sprint) -> Option<Vec<String>> {
        Some(self.policy.backlog.as_ref()?.stories_of_sprint(&sprint.id))
    }

    /// Ids of the stories of some waves; `None` where nothing says which they are.
    pub(super) fn stories_of_waves(&self, waves: &[String]) -> Option<Vec<String>> {
        let backlog = self.policy.backlog.as_ref()?;
        let ids = waves.iter().flat_map(|wave| backlog.stories_of(wave));
        Some(ids.map(|story| story.id.clone()).collect())
    }

    /// Ids of the stories of a cycle: those of its waves, and those that the cycle before
    /// it left open; `None` where nothing says which they are.
    pub(super) fn stories_of_cycle(
        &self,
        cycle: &Cycle,
        recorded: &Standing,
    ) -> Option<Vec<String>> {
        let mut ids = self.stories_of_waves(&cycle.scope)?;
        let calendar = self.policy.calendar.as_ref()?;
        for id in carried(calendar, cycle, recorded) {
            let known = self.policy.backlog.as_ref().is_some_and(|it| it.story(id).is_some());
            if known && !ids.contains(id) {
                ids.push(id.clone());
            }
        }
        Some(ids)
    }

    /// What an id means: the subjects that have evidence.
    pub(super) fn subjects(&self, id: &str) -> Result<Vec<Subject>, Box<Finding>> {
        let backlog = self.policy.backlog.as_ref();
        let calendar = self.policy.calendar.as_ref();
        let stories = |ids: Vec<String>| ids.into_iter().map(Subject::Story).collect();
        if backlog.is_some_and(|backlog| backlog.story(id).is_some()) {
            return Ok(vec![Subject::Story(id.to_owned())]);
        }
        if backlog.is_some_and(|backlog| backlog.wave(id).is_some()) {
            return Ok(stories(self.stories_of_waves(&[id.to_owned()]).unwrap_or_default()));
        }
        if let Some(cycle) = calendar.and_then(|calendar| calendar.cycle(id)) {
            let found = self.stories_of_waves(&cycle.closes);
            return found.map(stories).ok_or_else(|| unknown_stories(&format!("cycle {id}")));
        }
        let bare = id.strip_prefix("sprint-").unwrap_or(id);
        if let Some(sprint) = calendar.and_then(|calendar| calendar.sprint(bare)) {
            let mut found = vec![Subject::Gate(sprint.id.clone())];
            found.extend(stories(self.stories_of_sprint(sprint).unwrap_or_default()));
            return Ok(found);
        }
        if backlog.is_none() && thrice_documents::judge::is_subject(id) {
            return Ok(vec![Subject::Story(id.to_owned())]);
        }
        let known = backlog.into_iter().flat_map(|backlog| {
            let stories = backlog.stories.iter().map(|story| story.id.as_str());
            stories.chain(backlog.waves.iter().map(|wave| wave.id.as_str()))
        });
        let help = did_you_mean(id, known, "name a story, a wave, a cycle or a sprint of policy");
        let message = format!("no story, wave, cycle or sprint is called `{id}`");
        Err(Box::new(Finding::new(Code::UsageWrong, message).help(help)))
    }

    /// The evidence of a subject in the working tree.
    pub(super) fn evidence(&self, subject: &Subject) -> anyhow::Result<Folder> {
        let path = self.folder(subject);
        let root = self.repository.root();
        let mut folder = self.empty(subject, &path);
        for file in files::walk(&root.join(&path))? {
            let name = display_bytes(&file.relative);
            let plain = file.kind != files::PathKind::Other;
            let inside = files::inside(root, &format!("{path}/{name}"))?.is_some();
            if plain && inside {
                let bytes = files::read_named(&file.path, thrice_documents::judge::LONGEST)?;
                folder.files.insert(name, bytes);
            } else {
                folder.files.insert(name.clone(), Vec::new());
                folder.odd.insert(name);
            }
        }
        let prefix = format!("{path}/").into_bytes();
        let mut below = self.dirty.range(prefix.clone()..);
        let is_dirty = self.dirty.contains(path.as_bytes())
            || below.next().is_some_and(|next| next.starts_with(&prefix));
        folder.changed = match self.head.as_ref().filter(|_| !is_dirty) {
            Some(head) => self.changed(subject, &path, head)?,
            None => Some(self.now),
        };
        Ok(folder)
    }

    /// When the evidence of a subject was last changed on the way to a commit, where it is due.
    fn changed(
        &self,
        subject: &Subject,
        path: &str,
        commit: &Commit,
    ) -> anyhow::Result<Option<Timestamp>> {
        if self.due(subject).is_none() {
            return Ok(None);
        }
        let known = self.derived.get().and_then(Option::as_ref);
        let changes = known.map_or(&self.changes, |known| &known.changes);
        let of = (self.repository, Evidence::root(&self.policy));
        changes.newest(of, &commit.id, path)
    }

    /// When the evidence of a subject is due.
    fn due(&self, subject: &Subject) -> Option<Due> {
        let sprint = self.sprint_of(subject)?;
        due(self.policy.calendar.as_ref()?, sprint)
    }

    fn empty(&self, subject: &Subject, path: &str) -> Folder {
        let subject = match subject {
            Subject::Story(id) => id.clone(),
            Subject::Gate(id) => format!("sprint-{id}"),
        };
        Folder {
            path: path.to_owned(),
            subject,
            files: BTreeMap::new(),
            odd: BTreeSet::new(),
            changed: None,
        }
    }

    /// The evidence of a subject as a commit has it, whose tree is given.
    pub(super) fn evidence_at(
        &self,
        subject: &Subject,
        (commit, tree): (&Commit, &Tree),
    ) -> anyhow::Result<Folder> {
        let path = self.folder(subject);
        let mut folder = self.empty(subject, &path);
        let prefix = format!("{path}/");
        for (file, mode, _) in tree.entries() {
            let Some(name) = file.strip_prefix(prefix.as_bytes()) else { continue };
            let shown = display_bytes(name);
            let plain = mode.starts_with("100");
            let bytes = match std::str::from_utf8(file) {
                Ok(file) if plain => tree.read(file)?,
                _ => None,
            };
            if bytes.is_none() {
                folder.odd.insert(shown.clone());
            }
            folder.files.insert(shown, bytes.unwrap_or_default());
        }
        folder.changed = self.changed(subject, &path, commit)?;
        Ok(folder)
    }

    /// Judges the evidence of a subject.
    pub(super) fn judge(&self, subject: &Subject, folder: &Folder) -> Vec<Finding> {
        let root = self.repository.root().to_owned();
        let has = |path: &str| {
            let full = root.join(path);
            let real = full.canonicalize().ok();
            let top = root.canonicalize().ok();
            real.zip(top).is_some_and(|(real, top)| real.starts_with(top))
        };
        judge(folder, &self.items(subject), &self.known(subject, &has))
    }

    /// What evidence of a subject is judged by.
    pub(super) fn known<'k>(
        &self,
        subject: &Subject,
        has: &'k dyn Fn(&str) -> bool,
    ) -> EvidenceFacts<'k> {
        let (due, pull) = (self.due(subject), self.linked(subject));
        EvidenceFacts { has, pulls: self.pulls.clone(), due, pull }
    }

    /// What the ledger says, by the rules and keys of the base.
    pub(super) fn recorded(
        &self,
        world: &World,
        findings: &mut Vec<Finding>,
    ) -> Result<Standing, Stop> {
        let default = world.default_branch(self.repository, findings)?;
        let Some(base) = default.base(self.repository, None, findings)? else {
            return Ok(Standing::default());
        };
        match world.policy_of(self.repository, &base) {
            Ok((policy, _)) => {
                let (repository, rules) = (self.repository, &policy.ledger);
                let wanted = gather::DELIVERY;
                let standing = gather::standing(repository, &base, rules, wanted, findings)?;
                Ok(standing.unwrap_or_default())
            }
            Err(stop) => {
                findings.extend(stop.refusal()?);
                Ok(Standing::default())
            }
        }
    }

    /// The lines of some stories in a status document. Their states follow from the base's
    /// history, branches and ledger.
    pub(super) fn story_lines(
        &self,
        world: &World,
        ids: &[String],
    ) -> Result<Vec<StoryLine>, Stop> {
        let derived = match ids.is_empty() {
            true => None,
            false => self.derived(world)?,
        };
        let mut lines = Vec::new();
        for id in ids {
            let status = derived.and_then(|derived| derived.board.of_story(&derived.backlog, id));
            lines.push(self.story_line(id, status)?);
        }
        Ok(lines)
    }

    /// The states of some stories, in the words of the workflow.
    pub(super) fn states(
        &self,
        world: &World,
        ids: &[String],
    ) -> Result<BTreeMap<String, String>, Stop> {
        let lines = self.story_lines(world, ids)?;
        Ok(lines.into_iter().map(|line| (line.id, line.word)).collect())
    }

    fn story_line(&self, id: &str, status: Option<&Status>) -> anyhow::Result<StoryLine> {
        let story = self.policy.backlog.as_ref().and_then(|backlog| backlog.story(id));
        let subject = Subject::Story(id.to_owned());
        let findings = self.judge(&subject, &self.evidence(&subject)?);
        let is_late = findings.iter().any(|it| it.code == Code::EvidenceLate);
        let lacks = findings.into_iter().find(|it| it.severity == Severity::Refuse);
        let said = status.map(|status| status.why.join("; ")).unwrap_or_default();
        let (state, why) = match (status.map(|status| status.state), lacks) {
            (None, _) => (Progress::Unknown, "its backlog is not in the default branch".to_owned()),
            (Some(Derived::Blocked), _) => (Progress::Blocked, said),
            (Some(Derived::Merged), None) if is_late => {
                (Progress::Done, format!("{said}; its evidence is late"))
            }
            (Some(Derived::Merged), None) => (Progress::Done, said),
            (Some(Derived::Merged), Some(lacks)) => {
                (Progress::Pending, format!("{said}; but {}", lacks.message))
            }
            (Some(Derived::InProgress | Derived::ReadyForPr), _) => (Progress::UnderWay, said),
            (Some(Derived::Ready), _) => (Progress::Pending, said),
        };
        let word = status.map_or("not established".to_owned(), Status::label);
        Ok(StoryLine {
            id: id.to_owned(),
            title: self.title(id).to_owned(),
            owner: story.and_then(|story| story.owner.clone()),
            state,
            word,
            why,
        })
    }
}

/// Nothing says which stories something has.
pub(super) fn unknown_stories(of: &str) -> Box<Finding> {
    let message = format!("nothing says which stories {of} has");
    Box::new(
        Finding::new(Code::NotEstablishedCode, message)
            .help("write policy/backlog.toml; `cargo xtask policy schema backlog` lists its keys")
            .at(Place::file("policy/backlog.toml")),
    )
}

/// The finding that an id is none of some.
pub(super) fn no_such(what: &str, id: &str, known: &[&str]) -> Box<Finding> {
    let otherwise = match known.is_empty() {
        true => format!("policy/calendar.toml has no {what}"),
        false => format!("use one of {}", listed(known)),
    };
    let help = did_you_mean(id, known.iter().copied(), otherwise);
    Box::new(Finding::new(Code::UsageWrong, format!("no {what} is called `{id}`")).help(help))
}

/// The finding that today is in none of some.
pub(super) fn none_runs(what: &str, known: &[&str]) -> Box<Finding> {
    let help = match known.is_empty() {
        true => format!("policy/calendar.toml has no {what}: add `[[{what}s]]`"),
        false => format!("name one of {}", listed(known)),
    };
    Box::new(Finding::new(Code::UsageWrong, format!("no {what} runs today")).help(help))
}
