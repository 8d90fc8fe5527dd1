//! The commits that the default branch itself was at. Its line of first parents alone loses
//! some: `git pull` merges what others pushed into what one has, so theirs come second.

use std::collections::{BTreeSet, HashMap, HashSet};

use jiff::Timestamp;
use thrice_ledger::decisions::freeze::Landed;
use thrice_ledger::decisions::{Alarm, Standing};
use thrice_programme::Backlog;

/// A commit of a history.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Commit {
    /// Its id.
    pub id: String,
    /// The ids of its parents.
    pub parents: Vec<String>,
    /// The id of its tree.
    pub tree: String,
    /// When it was committed, as its committer says, in seconds since 1970 (UTC).
    pub committed: i64,
    /// Its message, whole.
    pub message: String,
}

impl Commit {
    /// The first line of its message.
    #[must_use]
    pub fn subject(&self) -> &str {
        self.message.lines().next().unwrap_or_default()
    }

    /// Whether its subject is git's own for a merge of this branch into another, or into itself.
    fn merges(&self, branch: &str) -> bool {
        let names = |of: &str| self.subject().contains(&format!("'{of}{branch}'"));
        self.subject().starts_with("Merge ") && (names("") || names("origin/"))
    }

    fn landed(&self, seconds: i64) -> Option<Landed<'_>> {
        let at = Timestamp::from_second(seconds).ok()?;
        Some(Landed { id: &self.id, at, message: &self.message })
    }
}

/// The commits that the default branch itself was at, and the history around them.
pub struct MainLine<'a> {
    by_id: HashMap<&'a str, &'a Commit>,
    own: HashSet<&'a str>,
    tips: BTreeSet<String>,
    /// Its commits, each after its parents.
    pub commits: Vec<&'a Commit>,
}

impl<'a> MainLine<'a> {
    /// Those of a history, in any order: the first parents of `head`; of each merge of `branch`
    /// what it merges, with its first parents; and of each of the `tips`, at which the remote's
    /// branch was seen, the same. Without `branch`, merges of it are not looked for.
    #[must_use]
    pub fn of(
        history: &'a [Commit],
        head: &str,
        branch: Option<&str>,
        tips: BTreeSet<String>,
    ) -> Self {
        let by_id: HashMap<&str, &Commit> =
            history.iter().map(|commit| (commit.id.as_str(), commit)).collect();
        let order = after_parents(head, &by_id);
        let is_own = |it: &&&Commit| branch.is_some_and(|branch| it.merges(branch));
        let merged = order.iter().filter(is_own);
        let merged = merged.flat_map(|it| it.parents.iter().skip(1)).map(String::as_str);
        let seen = order.iter().map(|it| it.id.as_str()).filter(|id| tips.contains(*id));
        let mut own = HashSet::new();
        for end in std::iter::once(head).chain(merged).chain(seen) {
            first_parents(end, &by_id, &mut own);
        }
        let commits = order.into_iter().filter(|it| own.contains(it.id.as_str())).collect();
        Self { by_id, own, tips, commits }
    }

    /// The same without what only a merge brought of which a server `proves` that it was the merge
    /// of a pull request: the branch was never at it. `places` are all at which the branch was seen.
    /// Where one neither is of what a merge was put on nor has that merge, the branch was forced,
    /// and that merge proves nothing. Nor does it of a commit made before `since`, in seconds since
    /// 1970, when the server's record of the branch begins: the branch may have been at it then.
    #[must_use]
    pub fn without_delivered(
        mut self,
        proves: impl Fn(&Commit) -> bool,
        places: &BTreeSet<&str>,
        since: i64,
    ) -> Self {
        let Some(head) = self.commits.last().copied() else { return self };
        let mut first = HashSet::new();
        first_parents(&head.id, &self.by_id, &mut first);
        if first.len() == self.own.len() {
            return self;
        }
        let order = after_parents(&head.id, &self.by_id);
        let (mut known, mut delivered) = (HashSet::new(), HashSet::new());
        for step in order.iter().filter(|it| first.contains(it.id.as_str())) {
            let new = self.reached(&step.parents, &mut known);
            known.insert(step.id.as_str());
            if !new.iter().any(|id| self.own.contains(id)) || !proves(step) {
                continue;
            }
            let new: HashSet<&str> = new.into_iter().collect();
            let mut having = HashSet::from([step.id.as_str()]);
            for commit in &order {
                if commit.parents.iter().any(|id| having.contains(id.as_str())) {
                    having.insert(&commit.id);
                }
            }
            let is_before = |id: &str| known.contains(id) && !new.contains(id);
            if places.iter().all(|id| is_before(id) || having.contains(id)) {
                let is_recorded =
                    |id: &&str| self.commit(id).is_some_and(|it| it.committed >= since);
                delivered.extend(new.into_iter().filter(is_recorded));
            }
        }
        self.own.retain(|id| !delivered.contains(id));
        self.commits.retain(|it| !delivered.contains(it.id.as_str()));
        self
    }

    /// What some commits have that is not known yet, themselves included, in no particular order;
    /// it is known from now on.
    pub fn reached(&self, from: &[String], known: &mut HashSet<&'a str>) -> Vec<&'a str> {
        let mut reached = Vec::new();
        let mut ahead: Vec<&str> = from.iter().map(String::as_str).collect();
        while let Some(id) = ahead.pop() {
            let Some(found) = self.commit(id) else { continue };
            if known.insert(found.id.as_str()) {
                reached.push(found.id.as_str());
                ahead.extend(found.parents.iter().map(String::as_str));
            }
        }
        reached
    }

    /// The commit of an id, if the history has it.
    #[must_use]
    pub fn commit(&self, id: &str) -> Option<&'a Commit> {
        self.by_id.get(id).copied()
    }

    /// Those that went round alarms which froze their merges when they were made, each with
    /// those alarms; and whether each only joins lines whose commits are all answered for.
    #[must_use]
    pub fn went_round<'s>(
        &self,
        standing: &'s Standing,
        backlog: Option<&Backlog>,
    ) -> Vec<(&'a Commit, Vec<&'s Alarm>, bool)> {
        let landed = self.commits.iter().filter_map(|it| it.landed(it.committed));
        let round = standing.went_round(backlog, landed);
        let accused: HashSet<&str> = round.iter().map(|(landed, _)| landed.id).collect();
        let judged = |(landed, stops): (Landed<'a>, Vec<&'s Alarm>)| {
            let commit = self.commit(landed.id)?;
            // Made before the freeze says nothing of when it came: a merge brought it just now.
            let is_free = |it: &Commit| {
                let then = it.landed(commit.committed);
                then.is_some_and(|it| standing.went_round(backlog, [it]).is_empty())
            };
            let is_answered =
                |id: &str| accused.contains(id) || self.commit(id).is_some_and(is_free);
            Some((commit, stops, self.joins(commit, is_answered)))
        };
        round.into_iter().filter_map(judged).collect()
    }

    /// Whether a commit merges two lines of the branch, and everything that is of one of them
    /// alone is answered for. What the remote was seen at had come before.
    fn joins(&self, commit: &Commit, is_answered: impl Fn(&str) -> bool) -> bool {
        let [one, other] = commit.parents.as_slice() else { return false };
        if !self.own.contains(one.as_str()) || !self.own.contains(other.as_str()) {
            return false;
        }
        let (of_one, of_other) = (self.before(one), self.before(other));
        let apart = |end: &String, mine: &HashSet<&'a str>, others: &HashSet<&'a str>| {
            self.tips.contains(end) || mine.difference(others).all(|id| is_answered(id))
        };
        apart(one, &of_one, &of_other) && apart(other, &of_other, &of_one)
    }

    /// A commit of the line and all of the line before it; where the history ends, the ids that
    /// come next.
    fn before(&self, id: &str) -> HashSet<&'a str> {
        let mut known = HashSet::new();
        let mut ahead: Vec<&str> =
            self.by_id.get(id).map(|it| it.id.as_str()).into_iter().collect();
        while let Some(id) = ahead.pop() {
            let Some(commit) = self.by_id.get(id).filter(|_| known.insert(id)) else {
                known.insert(id);
                continue;
            };
            let first = commit.parents.first().map(String::as_str);
            let others = commit.parents.iter().skip(1).map(String::as_str);
            ahead.extend(first.into_iter().chain(others.filter(|id| self.own.contains(id))));
        }
        known
    }
}

/// Adds a commit and its first parents, up to one that is there already.
fn first_parents<'a>(end: &str, by_id: &HashMap<&'a str, &'a Commit>, own: &mut HashSet<&'a str>) {
    let mut next = by_id.get(end);
    while let Some(commit) = next.filter(|it| own.insert(it.id.as_str())) {
        next = commit.parents.first().and_then(|id| by_id.get(id.as_str()));
    }
}

/// The history of a commit, each after its parents, the first parent's before the others'.
fn after_parents<'a>(head: &str, by_id: &HashMap<&'a str, &'a Commit>) -> Vec<&'a Commit> {
    let (mut order, mut known) = (Vec::new(), HashSet::new());
    let mut ahead: Vec<(&'a Commit, usize)> =
        by_id.get(head).map(|it| (*it, 0)).into_iter().collect();
    while let Some((commit, at)) = ahead.pop() {
        let Some(parent) = commit.parents.get(at) else {
            order.push(commit);
            continue;
        };
        ahead.push((commit, at + 1));
        let parent = by_id.get(parent.as_str()).filter(|it| known.insert(it.id.as_str()));
        ahead.extend(parent.map(|it| (*it, 0)));
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use thrice_ledger::decisions::testing::after;
    use thrice_programme::Kind;

    /// A fix whose branch was merged.
    const FIXED: &str = "a - 1 begin|f a 11 INC-1: fix|h a,f 12 Merge branch 'hotfix/INC-1-fix'";
    const PULL: &str = "14 Merge branch 'main' of /srv/shop";
    const INTO: &str = "a - 1 begin|f a 11 INC-1: fix|x a 11 S-2: price\
                        |u f,x 12 Merge branch 'main' into hotfix/INC-1-fix";
    const OLD: &str = "a - 1 begin|f a 5 S-3: draft";

    /// A history from `ID PARENTS SECONDS MESSAGE`, with a `|` between commits.
    fn history(text: &str) -> Vec<Commit> {
        let read = |commit: &str| {
            let fields: Vec<&str> = commit.splitn(4, ' ').collect();
            let parents = fields[1].split(',').filter(|id| *id != "-").map(str::to_owned).collect();
            let (id, message) = (fields[0].to_owned(), fields[3].to_owned());
            Commit {
                id,
                parents,
                tree: String::new(),
                committed: fields[2].parse().unwrap(),
                message,
            }
        };
        text.split('|').map(read).collect()
    }

    /// Each row: where the server saw its branch and since when, the merge that it proves, and the
    /// line. `x` was made on somebody's own main; a pull request brought it with the merge `m`.
    #[test]
    fn what_a_proven_merge_brought_is_not_of_the_line() {
        let text = "a - 1 begin|y a 3 S-1: pay|x a 11 S-2: price|f a 12 S-3: shop\
                    |u f,x 13 Merge branch 'main' into feature/S-3-shop\
                    |m y,u 20 Merge pull request #3 from o/feature/S-3-shop|z m 21 S-4: next";
        let history = history(text);
        for (name, places, since, proven, line) in [
            ("nobody was asked", "", 0, "", "a y x m z"),
            ("proven", "a y m z", 3, "m", "a y m z"),
            ("another merge is", "a y m z", 3, "z", "a y x m z"),
            ("the branch was at it", "a x y m z", 3, "m", "a y x m z"),
            ("the branch was at what is gone", "a q y m z", 3, "m", "a y x m z"),
            ("it was made as the record began", "y m z", 11, "m", "a y m z"),
            ("it was made before the record", "y m z", 12, "m", "a y x m z"),
        ] {
            let places = places.split_whitespace().collect();
            let judged = MainLine::of(&history, "z", Some("main"), BTreeSet::new())
                .without_delivered(|it| it.id == proven, &places, since);
            let ids: Vec<&str> = judged.commits.iter().map(|it| it.id.as_str()).collect();
            assert_eq!(ids.join(" "), line, "{name}");
        }
    }

    /// Each row: the history, where the remote was seen, the line, and who went round the freeze
    /// that began at 10 (those that only join lines in brackets).
    #[test]
    fn what_came_by_any_parent_is_judged() {
        let joined = |at: u8, end: &str| format!("{FIXED}|x a {at} S-2: price|m h,x {end}");
        let late = |message: &str| format!("{OLD}|m a,f 14 {message}");
        let front = format!("{INTO}|m a,u 14 Merge branch 'hotfix/INC-1-fix'");
        for (name, text, tips, line, round) in [
            ("pulled", joined(11, PULL), "", "a h x m", "x (m)"),
            ("seen", joined(11, "14 sync"), "x", "a h x m", "x (m)"),
            ("not recognised", joined(11, "14 sync"), "", "a h m", "m"),
            ("it came before the freeze", joined(5, PULL), "x", "a h x m", "(m)"),
            ("so it says", joined(5, PULL), "", "a h x m", "m"),
            ("a draft as if main", late("Merge branch 'main' of /srv/shop"), "", "a f m", "m"),
            ("a branch of before", late("Merge branch 'S-3'"), "", "a m", "m"),
            ("into the hotfix, then in front of an old main", front, "", "a x m", "x"),
            ("into the hotfix, then pushed as main", INTO.to_owned(), "", "a f x u", "x"),
        ] {
            let tips: BTreeSet<String> = tips.split_whitespace().map(str::to_owned).collect();
            let history = history(&text);
            let head = history.last().map(|it| it.id.clone()).unwrap_or_default();
            let judged = MainLine::of(&history, &head, Some("main"), tips);
            let ids: Vec<&str> = judged.commits.iter().map(|it| it.id.as_str()).collect();
            assert_eq!(ids.join(" "), line, "{name}");
            let incident =
                json!({ "incident": "INC-1", "severity": "P0", "state": "open", "title": "t" });
            let began = Timestamp::from_second(10).unwrap();
            let standing = after(began, &[(Kind::Incident, incident)]);
            let found = judged.went_round(&standing, None);
            let found = found.iter().map(|(it, _, joins)| match joins {
                true => format!("({})", it.id),
                false => it.id.clone(),
            });
            assert_eq!(found.collect::<Vec<_>>().join(" "), round, "{name}");
        }
    }
}
