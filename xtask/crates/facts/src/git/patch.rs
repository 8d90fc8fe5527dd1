//! What the objects say of a patch: two trees compared entry by entry, and the commits
//! between them. Attributes, rename settings, replace refs and grafts do not count.

use std::collections::{BTreeMap, HashMap, HashSet};

use anyhow::bail;

use super::objects::CommitObject;
use super::{Commit, Repository, TreeEntry, call, call_text, git};
use thrice_findings::text::is_commit;

/// A path whose entry differs between two trees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The path.
    pub path: Vec<u8>,
    /// What was there before.
    pub old: Option<TreeEntry>,
    /// What is there after.
    pub new: Option<TreeEntry>,
}

/// What a commit touched.
pub struct Touched {
    /// The commit.
    pub commit: String,
    /// What it changed there, sorted by path.
    pub differences: Vec<Difference>,
}

impl Touched {
    /// The paths.
    pub fn paths(&self) -> impl Iterator<Item = &[u8]> {
        self.differences.iter().map(|difference| difference.path.as_slice())
    }
}

/// The best common ancestors of pairs of ids, as far as git was asked.
#[derive(Default)]
struct CommonAncestors(BTreeMap<(String, String), Option<String>>);

impl Repository {
    /// Every path whose entry differs between two commits' trees, sorted by bytes, and every
    /// path of the second: each folder of that is read once for both.
    ///
    /// # Errors
    /// Where git fails.
    pub fn differences(
        &self,
        base: &Commit,
        head: &Commit,
    ) -> anyhow::Result<(Vec<Difference>, Vec<Difference>)> {
        let trees = [Some(base.tree.as_str()), None].map(|old| (old, head.tree.as_str()));
        let mut compared = self.compare(&trees)?.into_iter();
        Ok((compared.next().unwrap_or_default(), compared.next().unwrap_or_default()))
    }

    /// Whether a commit is another, or one of its ancestors.
    ///
    /// # Errors
    /// Where git fails.
    pub fn is_ancestor(&self, ancestor: &str, of: &str) -> anyhow::Result<bool> {
        if is_commit(ancestor) {
            return Ok(self.common(ancestor, of)?.as_deref() == Some(ancestor));
        }
        let arguments = ["merge-base", "--is-ancestor", ancestor, of];
        let printed = call(self.root(), arguments).run_any_status()?;
        match printed.status {
            0 => Ok(true),
            1 => Ok(false),
            _ => bail!("git cannot say whether {ancestor} is an ancestor of {of}"),
        }
    }

    /// The id of the best common ancestor; none where they share no history. Of two ids it stays
    /// the same, and a command asks for it up to six times.
    fn common(&self, one: &str, other: &str) -> anyhow::Result<Option<String>> {
        let asked = (one.to_owned(), other.to_owned());
        let before = self.kept::<CommonAncestors>().unwrap_or_default();
        if let Some(known) = before.0.get(&asked) {
            return Ok(known.clone());
        }
        let printed = call(self.root(), ["merge-base", one, other]).run_any_status()?;
        let common = match printed.status {
            0 => Some(call_text(&printed).trim().to_owned()),
            1 => None,
            _ => bail!("git cannot say whether {one} is an ancestor of {other}"),
        };
        if is_commit(one) && is_commit(other) {
            let mut known = before.0.clone();
            known.insert(asked, common.clone());
            self.keep(CommonAncestors(known));
        }
        Ok(common)
    }

    /// Whether every change of the commits up to `there` is also in those up to `of`, as git
    /// knows a change again after a rebase. Not so where `there` is not here, or where a merge
    /// is among them: git compares no merges.
    ///
    /// # Errors
    /// Where git fails.
    pub fn has_changes_of(&self, there: &str, of: &str) -> anyhow::Result<bool> {
        if self.commit(there)?.is_none() {
            return Ok(false);
        }
        let beside = format!("{of}..{there}");
        let merges = call(self.root(), ["rev-list", "--merges", "--max-count=1", &beside]);
        if !merges.run_any_status()?.stdout.is_empty() {
            return Ok(false);
        }
        let printed = call(self.root(), ["cherry", of, there]).run_any_status()?;
        if printed.status != 0 {
            bail!("git cannot say whether the changes of {there} are in {of}");
        }
        Ok(printed.stdout.split(|byte| *byte == b'\n').all(|line| !line.starts_with(b"+")))
    }

    /// The best common ancestor of two commits; none where they share no history.
    ///
    /// # Errors
    /// Where git fails.
    pub fn merge_base(&self, one: &str, other: &str) -> anyhow::Result<Option<Commit>> {
        if one == other {
            return self.commit(one);
        }
        let Ok(Some(id)) = self.common(one, other) else { return Ok(None) };
        self.commit(&id)
    }

    /// Of a merge that brings nothing but the history of a base, the parent that is not the
    /// base's: one of its two parents is an ancestor of `base`, and its tree is exactly what git
    /// itself makes of both. A conflict, or a git that cannot merge trees (before 2.38), is none.
    ///
    /// # Errors
    /// Where git fails.
    pub fn side_of_base_merge(&self, merge: &str, base: &Commit) -> anyhow::Result<Option<String>> {
        let objects = self.commit_objects(&[merge])?;
        let Some(commit) = objects.first() else { return Ok(None) };
        let [first, second] = commit.parents.as_slice() else { return Ok(None) };
        let own = if self.is_ancestor(second, &base.id)? {
            first
        } else if self.is_ancestor(first, &base.id)? {
            second
        } else {
            return Ok(None);
        };
        let is_plain = self.merges_plainly((first, second), &commit.tree)?;
        Ok(is_plain.then(|| own.clone()))
    }

    /// Whether a merge adds nothing of its own: its tree is exactly what git itself makes of
    /// its two parents.
    ///
    /// # Errors
    /// Where git fails.
    pub fn is_plain_merge(&self, merge: &str) -> anyhow::Result<bool> {
        let objects = self.commit_objects(&[merge])?;
        let Some(commit) = objects.first() else { return Ok(false) };
        let [first, second] = commit.parents.as_slice() else { return Ok(false) };
        self.merges_plainly((first, second), &commit.tree)
    }

    fn merges_plainly(&self, (first, second): (&str, &str), tree: &str) -> anyhow::Result<bool> {
        // As GitHub merges, whatever the reader's own settings are.
        let settings = ["-c", "merge.renames=true", "-c", "merge.renormalize=false"];
        let merged = call(self.root(), settings)
            .arguments(["-c", "merge.directoryRenames=conflict", "-c", "merge.default=text"])
            .arguments(["merge-tree", "--write-tree", "--no-messages", first, second])
            .run_any_status()?;
        Ok(merged.status == 0 && String::from_utf8_lossy(&merged.stdout).trim() == tree)
    }

    /// Whether history was cut off when this repository was cloned.
    ///
    /// # Errors
    /// Where git fails.
    pub fn is_shallow(&self) -> anyhow::Result<bool> {
        let printed = git(self.root(), ["rev-parse", "--is-shallow-repository"])?;
        Ok(printed.stdout.trim_ascii() == b"true")
    }

    /// The commits that head has and base has not, each with the number of its parents.
    ///
    /// # Errors
    /// Where git fails.
    pub fn commits_between(
        &self,
        base: &Commit,
        head: &Commit,
    ) -> anyhow::Result<Vec<(String, usize)>> {
        let excluded = format!("^{}", base.id);
        let printed = git(self.root(), ["rev-list", &head.id, &excluded])?;
        let text = String::from_utf8(printed.stdout)?;
        let ids: Vec<&str> = text.lines().collect();
        let commits = self.commit_objects(&ids)?;
        self.refuse_gaps(base, &ids, &commits)?;
        let of = |(id, commit): (&&str, CommitObject)| ((*id).to_owned(), commit.parents.len());
        Ok(ids.iter().zip(commits).map(of).collect())
    }

    /// Refuses a list of a patch's commits that leaves some out: git leaves out what
    /// `.git/shallow`, or a commit of the base that nobody hashed, leads around.
    fn refuse_gaps(
        &self,
        base: &Commit,
        ids: &[&str],
        commits: &[CommitObject],
    ) -> anyhow::Result<()> {
        let mut seen: HashSet<&str> = ids.iter().copied().chain([&*base.id]).collect();
        for end in commits.iter().flat_map(|commit| &commit.parents) {
            if seen.insert(end) && !self.descends(&base.id, end)? {
                bail!(
                    "commit {end} is of neither the patch nor its base: either history was cut \
                     off (`git fetch --unshallow`), or something wrote into .git (`git fsck`)"
                );
            }
        }
        Ok(())
    }

    /// Whether a commit leads to an ancestor by commits that are hashed.
    fn descends(&self, commit: &str, ancestor: &str) -> anyhow::Result<bool> {
        let excluded = format!("^{ancestor}");
        let list = call(self.root(), ["rev-list", "--ancestry-path", commit, &excluded]);
        let text = call_text(&list.run_any_status()?);
        let ids: Vec<&str> = text.lines().collect();
        let commits: HashMap<&str, CommitObject> =
            ids.iter().copied().zip(self.commit_objects(&ids)?).collect();
        let (mut left, mut seen) = (vec![commit], HashSet::new());
        while let Some(id) = left.pop() {
            if id == ancestor {
                return Ok(true);
            }
            if let Some(commit) = commits.get(id).filter(|_| seen.insert(id)) {
                left.extend(commit.parents.iter().map(|parent| &**parent));
            }
        }
        Ok(false)
    }

    /// The addresses of whoever made some commits: authors, committers, co-authors. No
    /// mailmap is obeyed, because the patch can bring its own.
    ///
    /// # Errors
    /// Where git fails.
    pub fn makers_of(&self, commits: &[String]) -> anyhow::Result<Vec<String>> {
        if commits.is_empty() {
            return Ok(Vec::new());
        }
        let input: String = commits.iter().map(|id| format!("{id}\n")).collect();
        let format = "--format=%ae%n%ce%n%(trailers:key=Co-authored-by,valueonly,unfold)";
        let printed = call(self.root(), ["log", "--no-walk=unsorted", "--no-mailmap", "--stdin"])
            .arguments([format])
            .input(input.into_bytes())
            .run()?;
        let text = String::from_utf8_lossy(&printed.stdout).into_owned();
        let address = |line: &str| {
            let within = line.rsplit_once('<').and_then(|(_, rest)| rest.split_once('>'));
            within.map_or(line, |(address, _)| address).trim().to_owned()
        };
        let mut makers: Vec<String> = text.lines().map(address).collect();
        makers.retain(|maker| !maker.is_empty());
        makers.sort_unstable();
        makers.dedup();
        Ok(makers)
    }

    /// What each of some commits touched, against its parent; of a merge, what it has that none
    /// of its parents has.
    ///
    /// # Errors
    /// Where git fails.
    pub fn touched_by(&self, commits: &[String]) -> anyhow::Result<Vec<Touched>> {
        let ids: Vec<&str> = commits.iter().map(String::as_str).collect();
        let objects = self.commit_objects(&ids)?;
        let parents: Vec<&str> =
            objects.iter().flat_map(|commit| &commit.parents).map(|it| &**it).collect();
        let parents: HashMap<&str, CommitObject> =
            parents.iter().copied().zip(self.commit_objects(&parents)?).collect();
        let mut trees = Vec::new();
        for commit in &objects {
            let before = commit.parents.iter().map(|id| parents.get(&**id));
            let before: Vec<_> = before.map(|it| it.map(|it| it.tree.as_str())).collect();
            let before = if before.is_empty() { vec![None] } else { before };
            trees.extend(before.into_iter().map(|before| (before, commit.tree.as_str())));
        }
        let mut compared = self.compare(&trees)?.into_iter();
        let touched = |(id, commit): (&String, &CommitObject)| {
            let mut differences = compared.next().unwrap_or_default();
            for other in compared.by_ref().take(commit.parents.len().saturating_sub(1)) {
                let others: HashSet<Vec<u8>> = other.into_iter().map(|it| it.path).collect();
                differences.retain(|it| others.contains(&it.path));
            }
            Touched { commit: id.clone(), differences }
        };
        Ok(commits.iter().zip(&objects).map(touched).collect())
    }

    /// Hands the bytes of each object to `take`, in the order in which they are given.
    ///
    /// # Errors
    /// Where git fails or an object is missing.
    pub fn read_blobs(
        &self,
        objects: &[&str],
        mut take: impl FnMut(&str, &[u8]),
    ) -> anyhow::Result<()> {
        self.read_objects("blob", objects, |object, bytes| {
            take(object, bytes);
            Ok(())
        })
    }
}
