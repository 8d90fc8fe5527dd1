//! The history of a branch, as an audit needs it: every commit, and what this clone saw of
//! the branch's own moves.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Seek};

use super::{Commit, Repository, call, call_text, git};
use crate::scratch;

/// A commit of a history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Past {
    /// Its id.
    pub id: String,
    /// Its parents' ids.
    pub parents: Vec<String>,
    /// Its tree's id.
    pub tree: String,
    /// When it was committed, as its committer says, in seconds since 1970 (UTC).
    pub committed: i64,
    /// Its message, whole.
    pub message: String,
}

/// How much a commit changes against its first parent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sizes {
    /// Lines that it adds; nothing of binary files.
    pub added: u64,
    /// Lines that it takes out.
    pub deleted: u64,
    /// Files that it touches.
    pub files: u64,
}

/// A move of a reference that this clone recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// Where it was.
    pub before: String,
    /// Where it went.
    pub after: String,
    /// When, in seconds since 1970 (UTC).
    pub at: i64,
    /// Whether the one is in the history of the other; none where it is not here any more.
    pub forward: Option<bool>,
}

impl Repository {
    /// The history of a commit, whole, newest first, each commit before its parents.
    ///
    /// # Errors
    /// Where git fails.
    pub fn past(&self, commit: &Commit) -> anyhow::Result<Vec<Past>> {
        let format = "--format=tformat:%H%x00%P%x00%T%x00%ct%x00%B";
        let arguments = ["log", "-z", "--topo-order", "--no-show-signature", format, &commit.id];
        // By a file: a history of 100,000 commits would be held twice.
        let mut printed = scratch::file()?;
        call(self.root(), arguments).argument("--").run_into(&printed)?;
        printed.rewind()?;
        let (mut past, mut fields) = (Vec::new(), Vec::with_capacity(5));
        for field in BufReader::new(printed).split(0) {
            fields.push(match String::from_utf8(field?) {
                Ok(text) => text,
                Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
            });
            let [id, parents, tree, committed, message] = match fields.try_into() {
                Ok(whole) => whole,
                Err(left) => {
                    fields = left;
                    continue;
                }
            };
            fields = Vec::with_capacity(5);
            let parents = parents.split(' ').filter(|it| !it.is_empty());
            let parents = parents.map(str::to_owned).collect();
            let committed = committed.parse().unwrap_or_default();
            past.push(Past { id, parents, tree, committed, message });
        }
        Ok(past)
    }

    /// How much each commit of a branch's line changes, by id.
    ///
    /// # Errors
    /// Where git fails.
    pub fn sizes(&self, commit: &Commit) -> anyhow::Result<HashMap<String, Sizes>> {
        let arguments = ["log", "--first-parent", "--diff-merges=first-parent", "--numstat"];
        let printed = call(self.root(), arguments)
            .arguments(["-z", "--no-renames", "--no-show-signature", "--format=%x01%H"])
            .arguments([commit.id.as_str(), "--"])
            .run()?;
        let text = call_text(&printed);
        let mut sizes = HashMap::new();
        for block in text.split('\u{1}').skip(1) {
            let mut lines = block.split(['\0', '\n']).filter(|line| !line.is_empty());
            let Some(id) = lines.next() else { continue };
            let mut own = Sizes::default();
            for line in lines {
                let mut parts = line.splitn(3, '\t');
                let (Some(added), Some(deleted), Some(_)) =
                    (parts.next(), parts.next(), parts.next())
                else {
                    continue;
                };
                own.added += added.parse::<u64>().unwrap_or(0);
                own.deleted += deleted.parse::<u64>().unwrap_or(0);
                own.files += 1;
            }
            sizes.insert(id.to_owned(), own);
        }
        Ok(sizes)
    }

    /// The moves of a reference that its reflog has, newest first; none where it has none.
    ///
    /// # Errors
    /// Where git fails.
    pub fn moves(&self, reference: &str) -> anyhow::Result<Vec<Move>> {
        let there = call(self.root(), ["rev-parse", "--verify", "--quiet", reference]);
        if there.run_any_status()?.status != 0 {
            return Ok(Vec::new());
        }
        let show = ["reflog", "show", "--date=unix", "--format=%H %gd", reference, "--"];
        let text = call_text(&git(self.root(), show)?);
        let mut entries: Vec<(&str, i64)> = text
            .lines()
            .filter_map(|line| {
                let (id, name) = line.split_once(' ')?;
                let (_, at) = name.rsplit_once("@{")?;
                Some((id, at.strip_suffix('}')?.parse().ok()?))
            })
            .collect();
        // Where the oldest entry began is no entry of its own.
        let first = format!("{reference}@{{{}}}", entries.len());
        let first = call(self.root(), ["rev-parse", "--verify", "--quiet", &first]);
        let first = call_text(&first.run_any_status()?).trim().to_owned();
        if first.contains(|digit| digit != '0') {
            entries.push((&first, 0));
        }
        let pairs = entries.iter().zip(entries.iter().skip(1));
        let moved = |((after, at), (before, _)): (&(&str, i64), &(&str, i64))| {
            let here = self.commit(before)?.is_some() && self.commit(after)?.is_some();
            let forward = here.then(|| self.is_ancestor(before, after)).transpose()?;
            let (before, after) = ((*before).to_owned(), (*after).to_owned());
            Ok(Move { before, after, at: *at, forward })
        };
        pairs.map(moved).collect()
    }
}
