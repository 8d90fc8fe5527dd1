//! What was delivered, as references and history have it: one pass over each.

use super::objects::next_object;
use super::{Commit, Repository, call, call_text, git};

/// A branch, here or as a remote was last seen to have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BranchTip {
    /// Its name without `refs/heads/` or the remote's name.
    pub name: String,
    /// Whether it is the remote's.
    pub remote: bool,
    /// Its last commit.
    pub commit: String,
    /// The branch of the remote that it follows, without the remote's name.
    pub follows: Option<String>,
    /// The values of the trailer `Story:` of its last commit, with commas between them.
    pub story: String,
}

/// The commits of a branch, newest first, each before its parents.
#[derive(Debug)]
pub struct Log {
    text: String,
}

/// Branches of the remote, and of this repository.
const TRACKED: &str = "refs/remotes/origin/";
const LOCAL: &str = "refs/heads/";

impl Repository {
    /// All branches, those here before those of `origin`.
    ///
    /// # Errors
    /// Where git fails.
    pub fn branch_tips(&self) -> anyhow::Result<Vec<BranchTip>> {
        let format = "--format=%(refname)%00%(objectname)%00%(upstream)%00\
            %(contents:trailers:key=Story,valueonly,unfold,separator=%x2C)%00";
        let arguments = ["for-each-ref", format, LOCAL, TRACKED];
        let text = call_text(&git(self.root(), arguments)?);
        let mut fields = text.split('\0');
        let mut tips = Vec::new();
        while let (Some(name), Some(commit), Some(upstream), Some(story)) =
            (fields.next(), fields.next(), fields.next(), fields.next())
        {
            let name = name.trim_start_matches('\n');
            let remote = name.starts_with(TRACKED);
            let Some(name) = name.strip_prefix(LOCAL).or_else(|| name.strip_prefix(TRACKED)) else {
                continue;
            };
            if remote && name == "HEAD" {
                continue;
            }
            tips.push(BranchTip {
                name: name.to_owned(),
                remote,
                commit: commit.to_owned(),
                follows: upstream.strip_prefix(TRACKED).map(str::to_owned),
                story: story.replace('\n', ","),
            });
        }
        Ok(tips)
    }

    /// The same, with the branches that `origin` has now in place of those that were fetched;
    /// what git said where `origin` does not answer, and nothing where there is none.
    ///
    /// # Errors
    /// Where git fails.
    pub fn newest_branch_tips(&self) -> anyhow::Result<(Vec<BranchTip>, Option<String>)> {
        let mut tips = self.branch_tips()?;
        if self.remote_url().is_none_or(|url| url.is_empty()) {
            return Ok((tips, None));
        }
        let text = match self.ask(&["--refs"], "refs/heads/*") {
            Ok(text) => text,
            Err(error) => return Ok((tips, Some(error.refusal()?))),
        };
        let fetched: Vec<BranchTip> = tips.extract_if(.., |tip| tip.remote).collect();
        for (commit, name) in text.lines().filter_map(|line| line.split_once('\t')) {
            let Some(name) = name.strip_prefix(LOCAL) else { continue };
            let same = fetched.iter().find(|it| it.name == name && it.commit == commit);
            tips.push(same.cloned().unwrap_or_else(|| BranchTip {
                name: name.to_owned(),
                remote: true,
                commit: commit.to_owned(),
                follows: None,
                story: String::new(),
            }));
        }
        Ok((tips, None))
    }

    /// The values of the trailer `Story:` of commits that are here, with commas between
    /// them, in their order.
    ///
    /// # Errors
    /// Where git fails.
    pub fn stories_of(&self, commits: &[String]) -> anyhow::Result<Vec<String>> {
        if commits.is_empty() {
            return Ok(Vec::new());
        }
        let format = "--format=%(trailers:key=Story,valueonly,unfold,separator=%x2C)%x00";
        let given = ["log", "--no-walk=unsorted", format, "--end-of-options"];
        let arguments = given.into_iter().chain(commits.iter().map(String::as_str));
        let text = call_text(&git(self.root(), arguments)?);
        let story = |text: &str| text.trim_matches('\n').replace('\n', ",");
        Ok(text.split('\0').take(commits.len()).map(story).collect())
    }

    /// The history of a commit, whole.
    ///
    /// # Errors
    /// Where git fails.
    pub fn log(&self, commit: &Commit) -> anyhow::Result<Log> {
        let format = "--format=tformat:%H%x00%P%x00%B";
        let arguments =
            ["log", "-z", "--topo-order", "--no-show-signature", format, &commit.id, "--"];
        let printed = git(self.root(), arguments)?.stdout;
        let text = String::from_utf8(printed)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
        Ok(Log { text })
    }

    /// Whether each of some objects is there; each is named as `COMMIT:path`.
    ///
    /// # Errors
    /// Where git fails.
    pub fn are_there(&self, names: &[String]) -> anyhow::Result<Vec<bool>> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let check = ["cat-file", "--batch-check=%(objecttype)"];
        let printed = call(self.root(), check).input(asked(names)).run()?.stdout;
        let answers = printed.split_inclusive(|byte| *byte == b'\n');
        let there: Vec<bool> = answers.map(|line| !line.ends_with(b" missing\n")).collect();
        anyhow::ensure!(there.len() == names.len(), "git cat-file: not one answer a name");
        Ok(there)
    }

    /// The bytes of each of some blobs, each named as `COMMIT:path`; none where there is
    /// no blob of that name.
    ///
    /// # Errors
    /// Where git fails.
    pub fn blobs_at(&self, names: &[String]) -> anyhow::Result<Vec<Option<Vec<u8>>>> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let batch = call(self.root(), ["cat-file", "--batch"]).input(asked(names));
        let printed = batch.run()?.stdout;
        let mut rest = printed.as_slice();
        let mut blobs = Vec::with_capacity(names.len());
        for _ in names {
            let object = next_object(&mut rest)?.filter(|object| object.kind == "blob");
            blobs.push(object.map(|object| object.bytes.to_vec()));
        }
        Ok(blobs)
    }
}

/// Names on standard input, one a line; none of them has a line's end.
fn asked(names: &[String]) -> Vec<u8> {
    let line = |name: &String| format!("{}\n", name.replace('\n', " "));
    names.iter().map(line).collect::<String>().into_bytes()
}

impl Log {
    /// Id, parents and message of each commit.
    pub fn commits(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        let mut fields = self.text.split('\0');
        std::iter::from_fn(move || {
            let id = fields.next().filter(|id| !id.is_empty())?;
            Some((id, fields.next()?, fields.next()?))
        })
    }
}
