//! Which stories have landed on the default branch, by merge, squash or rebase, and which
//! of them were reverted since.

use std::collections::HashMap;

use super::names::Names;
use super::title::titled;
use thrice_programme::Backlog;

/// A commit of the default branch.
#[derive(Clone, Copy, Debug)]
pub struct Commit<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its parents' ids, with spaces between them.
    pub parents: &'a str,
    /// Its message, whole.
    pub message: &'a str,
}

/// By what a commit is known to be of a story.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// Its trailer `Story:`.
    Trailer,
    /// The pull request's title, which a squash leaves as its first line.
    Title,
    /// The name of the branch that it merges.
    Branch,
    /// It merges the branch's last commit.
    Contained,
    /// The server says so.
    Server,
}

impl By {
    /// As people read it.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Trailer => "by its trailer",
            Self::Title => "by its title",
            Self::Branch => "by the branch it merges",
            Self::Contained => "with its branch",
            Self::Server => "as GitHub says",
        }
    }
}

/// A commit by which a story landed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Landing {
    /// The commit.
    pub commit: String,
    /// By what it is known.
    pub by: By,
    /// The pull request, where its message names it.
    pub pull: Option<u64>,
    /// The commit that reverted it, where that was not reverted in turn.
    pub(crate) reverted_by: Option<String>,
    /// How many commits are newer than it.
    pub(crate) age: usize,
}

/// Commits to look for in the history.
#[derive(Clone, Debug, Default)]
pub struct CommitQuery<'a> {
    /// Last commits of branches, each with the position of the one story whose branch ends
    /// there; none where that is no story's, or several stories'.
    pub tips: HashMap<&'a str, Option<usize>>,
    /// Commits as which the server merged pull requests, with the story's position.
    pub merged: HashMap<&'a str, usize>,
}

impl<'a> CommitQuery<'a> {
    /// Takes in the last commit of a branch.
    pub fn tip(&mut self, commit: &'a str, story: Option<usize>) {
        self.tips
            .entry(commit)
            .and_modify(|known| *known = known.filter(|_| *known == story))
            .or_insert(story);
    }

    /// Stories whose branches end in what a merge joins to the default branch.
    fn joined_by<'s>(&'s self, commit: &Commit<'s>) -> impl Iterator<Item = (usize, By)> + 's {
        let joined = commit.parents.split(' ').skip(1);
        joined.filter_map(|parent| Some(((*self.tips.get(parent)?)?, By::Contained)))
    }
}

/// What the history of the default branch says of stories.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// The newest landing that holds, by the story's position.
    pub landed: HashMap<usize, Landing>,
    /// The landing whose revert is the newest, with the age of the revert.
    pub reverted: HashMap<usize, (Landing, usize)>,
    /// For each tip that was asked for and is in the default branch: whether it is so only
    /// behind a merge, and not one of the commits that the branch itself moved along.
    pub contained: HashMap<String, bool>,
}

impl History {
    /// Reads the history; `commits` are newest first, each before its parents.
    #[must_use]
    pub fn of<'a>(
        commits: impl Iterator<Item = Commit<'a>>,
        asked: &CommitQuery<'_>,
        backlog: &Backlog,
        names: &Names<'_>,
    ) -> Self {
        let mut history = Self::default();
        let mut reverts = Reverts::default();
        let mut along = None;
        for (age, commit) in commits.enumerate() {
            let on_line = along.is_none_or(|next| next == commit.id);
            if on_line {
                along = Some(commit.parents.split(' ').next().unwrap_or_default());
            }
            if asked.tips.contains_key(commit.id) {
                history.contained.insert(commit.id.to_owned(), !on_line);
            }
            let subject = commit.message.lines().next().unwrap_or_default();
            let pull = pull_of(subject);
            let reverted_by = reverts.of(commit.id, pull, subject);
            let targets = targets(subject, commit.message);
            let title = if targets.is_empty() { reverted_title(subject) } else { None };
            if let Some(title) = title {
                if reverted_by.is_none() {
                    reverts.titles.entry(title).or_insert((commit.id, age));
                    if let Some((scope, rest)) = conventional_revert(subject) {
                        reverts.scoped.entry((scope, rest)).or_insert((commit.id, age));
                    }
                }
            } else if targets.is_empty() {
                if let Some(title) = reapplied_title(subject)
                    && reverted_by.is_none()
                {
                    reverts.reapplied.entry(title).or_insert((commit.id, age));
                }
                let mut stories = stories(subject, commit.message, pull, backlog, names);
                let merged = asked.merged.get(commit.id).map(|position| (*position, By::Server));
                let joined = asked.joined_by(&commit).filter(|_| on_line);
                for (position, by) in joined.chain(merged) {
                    if !stories.iter().any(|(known, _)| *known == position) {
                        stories.push((position, by));
                    }
                }
                for (position, by) in stories {
                    let landing = Landing {
                        commit: commit.id.to_owned(),
                        by,
                        pull,
                        reverted_by: reverted_by.map(|(by, _)| by.to_owned()),
                        age,
                    };
                    history.add(position, landing, reverted_by.map(|(_, age)| age));
                }
            } else if reverted_by.is_none() {
                reverts.add(targets, commit.id, age);
            }
        }
        history
    }

    fn add(&mut self, position: usize, landing: Landing, reverted_at: Option<usize>) {
        match reverted_at {
            None => {
                self.landed.entry(position).or_insert(landing);
            }
            Some(age) => {
                let newer = self.reverted.get(&position).is_none_or(|(_, known)| age < *known);
                if newer {
                    self.reverted.insert(position, (landing, age));
                }
            }
        }
    }

    /// The landing by which a story is in the default branch now.
    #[must_use]
    pub(crate) fn stands(&self, position: usize) -> Option<&Landing> {
        let landing = self.landed.get(&position)?;
        let undone = self.reverted.get(&position).is_some_and(|(_, age)| *age < landing.age);
        (!undone).then_some(landing)
    }
}

/// What later commits take back.
#[derive(Default)]
struct Reverts<'a> {
    commits: HashMap<&'a str, (&'a str, usize)>,
    pulls: HashMap<u64, (&'a str, usize)>,
    short: Vec<(&'a str, (&'a str, usize))>,
    /// By the titles of what they revert, where their messages say no more.
    titles: HashMap<&'a str, (&'a str, usize)>,
    /// By scope and description, where a conventional title has only those: `revert(s): x`
    /// reverts `feat(s): x`.
    scoped: HashMap<(&'a str, &'a str), (&'a str, usize)>,
    /// Reverts of reverts, by the title of what is there again.
    reapplied: HashMap<&'a str, (&'a str, usize)>,
}

impl<'a> Reverts<'a> {
    fn add(&mut self, targets: Vec<Reverted<'a>>, id: &'a str, age: usize) {
        for target in targets {
            match target {
                Reverted::Commit(of) if matches!(of.len(), 40 | 64) => {
                    self.commits.entry(of).or_insert((id, age));
                }
                Reverted::Commit(of) => self.short.push((of, (id, age))),
                Reverted::Pull(number) => {
                    self.pulls.entry(number).or_insert((id, age));
                }
            }
        }
    }

    fn of(&self, id: &str, pull: Option<u64>, subject: &str) -> Option<(&'a str, usize)> {
        let whole = self.commits.get(id).copied();
        let short = || self.short.iter().find(|(begin, _)| id.starts_with(begin));
        whole
            .or_else(|| self.pulls.get(&pull?).copied())
            .or_else(|| short().map(|(_, by)| *by))
            .or_else(|| self.titles.get(subject.trim()).copied())
            .or_else(|| self.titles.get(without_pull(subject)).copied())
            .or_else(|| self.of_scope(subject))
            .or_else(|| self.of_reapplied(subject))
    }

    fn of_scope(&self, subject: &str) -> Option<(&'a str, usize)> {
        if self.scoped.is_empty() || reverted_title(subject).is_some() {
            return None;
        }
        let (head, rest) = without_pull(subject).split_once(':')?;
        let (kind, scope) = head.split_once('(').unwrap_or((head, ""));
        let scope = scope.trim_end_matches('!').trim_end_matches(')');
        [scope, kind, ""].iter().find_map(|scope| self.scoped.get(&(*scope, rest.trim())).copied())
    }

    fn of_reapplied(&self, subject: &str) -> Option<(&'a str, usize)> {
        if self.reapplied.is_empty() {
            return None;
        }
        let title = reverted_title(subject)?;
        let found = self.reapplied.get(title).or_else(|| self.reapplied.get(without_pull(title)));
        found.copied()
    }
}

/// What a commit reverts.
#[derive(Debug, PartialEq, Eq)]
pub enum Reverted<'a> {
    /// A commit, by the id that the message has (it may be short).
    Commit(&'a str),
    /// All commits of a pull request, by its number.
    Pull(u64),
}

/// git's words for a revert.
const REVERTS: &str = "This reverts commit ";

/// git's words for a revert, and those of GitHub's button.
pub fn targets<'a>(subject: &str, message: &'a str) -> Vec<Reverted<'a>> {
    let mut targets = Vec::new();
    // Of a hundred thousand messages few say so; looking is much cheaper than splitting.
    let mut rest = if message.contains(REVERTS) { message } else { "" };
    while let Some((_, after)) = rest.split_once(REVERTS) {
        let end = after.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(after.len());
        let (id, after) = after.split_at(end);
        if id.len() >= 7 {
            targets.push(Reverted::Commit(id));
        }
        rest = after;
    }
    let conventional = conventional_revert(subject).is_some();
    if targets.is_empty() && (conventional || subject.starts_with("Revert ")) {
        for line in message.lines().skip(1).map(str::trim) {
            if let Some(of) = line.strip_prefix("Reverts ") {
                let number = of.rsplit_once('#').map(|(_, number)| number);
                targets.extend(number.and_then(|number| number.parse().ok()).map(Reverted::Pull));
            } else if let Some((name, value)) = line.split_once(": ")
                && (["Revert", "Reverts"].contains(&name) || conventional && name == "Refs")
            {
                let words = value.split(|c: char| !c.is_ascii_alphanumeric());
                let is_id = |word: &&str| {
                    (7..=64).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_hexdigit())
                };
                targets.extend(words.filter(is_id).map(Reverted::Commit));
            }
        }
    }
    targets
}

/// The title that a first line says it reverts, where the message says nothing more of it:
/// somebody edited it. It is no delivery in any case.
fn reverted_title(subject: &str) -> Option<&str> {
    let subject = without_pull(subject);
    if let Some(rest) = subject.strip_prefix("Revert \"") {
        // What follows the quotation says that it is not the whole.
        return rest.strip_suffix('"');
    }
    conventional_revert(subject).map(|(_, rest)| rest)
}

/// The scope and the description of a conventional title of a revert: `revert(scope): …`,
/// as <https://www.conventionalcommits.org/en/v1.0.0/> recommends it.
fn conventional_revert(subject: &str) -> Option<(&str, &str)> {
    let (head, rest) = without_pull(subject).split_once(':')?;
    let head = head.strip_suffix('!').unwrap_or(head);
    let (kind, scope) = match head.strip_suffix(')') {
        Some(scoped) => scoped.split_once('(')?,
        None => (head, ""),
    };
    let is_revert = ["revert", "reverts"].iter().any(|word| kind.eq_ignore_ascii_case(word));
    is_revert.then(|| (scope.trim(), rest.trim()))
}

/// The title that git says it has put back: it writes `Reapply` for `Revert "Revert …"`.
fn reapplied_title(subject: &str) -> Option<&str> {
    without_pull(subject).strip_prefix("Reapply \"")?.strip_suffix('"')
}

/// A first line without the number of its pull request.
fn without_pull(subject: &str) -> &str {
    // Nearly every line has nothing to take away, and looking is much cheaper.
    let plain = |byte: Option<&u8>| byte.is_some_and(|it| it.is_ascii_graphic() && *it != b')');
    if plain(subject.as_bytes().first()) && plain(subject.as_bytes().last()) {
        return subject;
    }
    match subject.trim().rsplit_once(" (#") {
        Some((title, number)) if number.ends_with(')') => title.trim_end(),
        _ => subject.trim(),
    }
}

/// The number of the pull request that a first line names.
pub fn pull_of(subject: &str) -> Option<u64> {
    if let Some(rest) = subject.strip_prefix("Merge pull request #") {
        return rest.split(' ').next()?.parse().ok();
    }
    let (_, number) = subject.trim_end().strip_suffix(')')?.rsplit_once(" (#")?;
    number.parse().ok()
}

/// The stories that a commit is of, by position.
fn stories(
    subject: &str,
    message: &str,
    pull: Option<u64>,
    backlog: &Backlog,
    names: &Names<'_>,
) -> Vec<(usize, By)> {
    let mut found: Vec<(usize, By)> = Vec::new();
    let mut add = |position: usize, by: By| {
        if !found.iter().any(|(known, _)| *known == position) {
            found.push((position, by));
        }
    };
    if message.contains("tory:") {
        for id in trailers(message, backlog) {
            backlog.position(id).into_iter().for_each(|position| add(position, By::Trailer));
        }
    }
    if let Some(branch) = merged_branch(subject) {
        names.story(branch).into_iter().for_each(|position| add(position, By::Branch));
    } else if pull.is_some() {
        titled(subject, backlog).into_iter().for_each(|position| add(position, By::Title));
    }
    found
}

/// The ids in the trailers `Story:` of a message. A squash keeps those of all its commits,
/// so each line counts, not only those of the last paragraph; the first line is a title,
/// and a line that says more than ids is a sentence.
pub(super) fn trailers<'a>(message: &'a str, backlog: &Backlog) -> Vec<&'a str> {
    let mut ids = Vec::new();
    for line in message.lines().skip(1) {
        let Some((name, value)) = line.split_once(':') else { continue };
        if !name.eq_ignore_ascii_case("story") {
            continue;
        }
        let words: Vec<&str> = value.split([',', ' ']).filter(|word| !word.is_empty()).collect();
        let is_id = |word: &&str| {
            backlog.position(word).is_some() || word.contains(|c: char| c.is_ascii_digit())
        };
        if words.iter().all(is_id) {
            ids.extend(words);
        }
    }
    ids
}

/// The branch that a first line says it merges.
fn merged_branch(subject: &str) -> Option<&str> {
    if let Some(rest) = subject.strip_prefix("Merge pull request #") {
        let (_, from) = rest.split_once(" from ")?;
        return Some(from.split_once('/').map_or(from, |(_, branch)| branch).trim());
    }
    let rest = subject
        .strip_prefix("Merge branch '")
        .or_else(|| subject.strip_prefix("Merge remote-tracking branch 'origin/"))?;
    rest.split('\'').next()
}
