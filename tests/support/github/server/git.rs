//! The real bare repository behind the simulator.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

/// The bare repository; pushes by git itself are seen at once.
#[derive(Clone, Debug)]
pub(crate) struct Git {
    folder: PathBuf,
    /// Commits that were read: they never change.
    read: Arc<Mutex<BTreeMap<String, Commit>>>,
}

/// A commit.
#[derive(Clone, Debug)]
pub(crate) struct Commit {
    /// Its id.
    pub(crate) sha: String,
    /// Its tree's id.
    pub(crate) tree: String,
    /// Its parents' ids.
    pub(crate) parents: Vec<String>,
    /// Name, address and time of the author.
    pub(crate) author: [String; 3],
    /// Name, address and time of the committer.
    pub(crate) committer: [String; 3],
    /// The whole message.
    pub(crate) message: String,
}

/// A file that differs between two commits.
#[derive(Clone, Debug)]
pub(crate) struct Changed {
    /// GitHub's word for what happened to it.
    pub(crate) status: &'static str,
    /// Its path.
    pub(crate) path: String,
    /// Its path before, where it was renamed.
    pub(crate) before: Option<String>,
    /// Lines added and removed.
    pub(crate) lines: (u64, u64),
    /// Its blob's id, where it is still there.
    pub(crate) blob: Option<String>,
}

/// What git is given here.
pub(crate) const CONFIG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/support/gitconfig");

/// git with nothing of its surroundings but PATH.
pub(crate) fn command(folder: &Path) -> Command {
    let mut command = Command::new("git");
    command
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", folder)
        .env("GIT_CONFIG_GLOBAL", CONFIG)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_TERMINAL_PROMPT", "0")
        .stdin(Stdio::null());
    command
}

impl Git {
    /// The repository in this folder.
    pub(crate) fn at(folder: PathBuf) -> Self {
        Self { folder, read: Arc::default() }
    }

    /// Makes it.
    pub(crate) fn create(folder: PathBuf, branch: &str) -> Self {
        std::fs::create_dir_all(&folder).unwrap();
        let git = Self::at(folder);
        let branch = format!("--initial-branch={branch}");
        git.run(&["init", "--quiet", "--bare", &branch]).unwrap();
        git
    }

    /// Where it is.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// What git prints; none where it fails.
    pub(crate) fn bytes(&self, arguments: &[&str]) -> Option<Vec<u8>> {
        printed(command(&self.folder).args(arguments))
    }

    /// What git prints, as text without the last line end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Option<String> {
        self.bytes(arguments).map(text)
    }

    /// The same, where somebody makes a commit at a time, in milliseconds since 1970.
    pub(crate) fn run_as(&self, login: &str, now: u64, arguments: &[&str]) -> Option<String> {
        let mut git = command(&self.folder);
        let address = format!("{login}@users.noreply.github.com");
        made_by(&mut git, login, &address, now);
        printed(git.args(arguments)).map(text)
    }

    /// The object that a full name of a ref points to, its id and type.
    pub(crate) fn object(&self, name: &str) -> Option<(String, String)> {
        if let Some(sha) = self.loose_head(name) {
            return Some((sha, "commit".to_owned()));
        }
        let format = "--format=%(refname) %(objectname) %(objecttype)";
        let text = self.run(&["for-each-ref", format, name])?;
        let found = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        let (sha, kind) = found?.split_once(' ')?;
        Some((sha.to_owned(), kind.to_owned()))
    }

    /// A branch that lies in a file of its own, read without starting git: it is asked for
    /// with every request, and always a commit.
    fn loose_head(&self, name: &str) -> Option<String> {
        let is_plain = |part: &str| !part.is_empty() && !part.starts_with('.');
        let is_head = name.starts_with("refs/heads/") && name.split('/').all(is_plain);
        let text = is_head.then(|| std::fs::read_to_string(self.folder.join(name)).ok())??;
        let sha = text.trim_end();
        let is_id = sha.len() == 40 && sha.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_id.then(|| sha.to_owned())
    }

    /// The head of a branch.
    pub(crate) fn head(&self, branch: &str) -> Option<String> {
        Some(self.object(&format!("refs/heads/{branch}"))?.0)
    }

    /// The commit that an id, a branch or a tag means.
    pub(crate) fn commit_id(&self, text: &str) -> Option<String> {
        let text = text.strip_prefix("refs/").unwrap_or(text);
        if let Some(sha) = self.loose_head(&format!("refs/heads/{text}")) {
            return Some(sha);
        }
        let names =
            [format!("refs/heads/{text}"), format!("refs/tags/{text}"), format!("refs/{text}")];
        let is_id = text.len() >= 7 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let id = is_id.then(|| text.to_owned());
        let mut found = names.into_iter().chain(id).filter_map(|name| {
            self.run(&[
                "rev-parse",
                "--quiet",
                "--verify",
                "--end-of-options",
                &format!("{name}^{{commit}}"),
            ])
        });
        found.next()
    }

    /// A commit.
    pub(crate) fn commit(&self, sha: &str) -> Option<Commit> {
        let known = || self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(commit) = known().get(sha) {
            return Some(commit.clone());
        }
        let commit = self.read_commit(sha)?;
        if commit.sha == sha {
            known().insert(sha.to_owned(), commit.clone());
        }
        Some(commit)
    }

    fn read_commit(&self, sha: &str) -> Option<Commit> {
        let format = "--format=%H%x00%T%x00%P%x00%an%x00%ae%x00%aI%x00%cn%x00%ce%x00%cI%x00%B";
        let text = self.run(&["log", "-1", "--no-show-signature", format, sha, "--"])?;
        let parts: Vec<String> = text.split('\0').map(str::to_owned).collect();
        let [sha, tree, parents, an, ae, at, cn, ce, ct, message] = parts.try_into().ok()?;
        Some(Commit {
            sha,
            tree,
            parents: parents.split(' ').filter(|id| !id.is_empty()).map(str::to_owned).collect(),
            author: [an, ae, at],
            committer: [cn, ce, ct],
            message: message.trim_end().to_owned(),
        })
    }

    /// Commits that are in `head` and not in `base`, oldest first.
    pub(crate) fn between(&self, base: &str, head: &str) -> Vec<Commit> {
        let range = format!("{base}..{head}");
        let ids = self.run(&["rev-list", "--reverse", &range, "--"]).unwrap_or_default();
        ids.lines().filter_map(|id| self.commit(id)).collect()
    }

    /// Where two commits parted.
    pub(crate) fn merge_base(&self, base: &str, head: &str) -> Option<String> {
        self.run(&["merge-base", base, head])
    }

    /// The tree that git makes of two commits; none where they conflict.
    pub(crate) fn merged_tree(&self, ours: &str, theirs: &str) -> Option<String> {
        self.run(&["merge-tree", "--write-tree", ours, theirs])
    }

    /// The commits of a branch again, on top of its base, made by a user at a time in
    /// milliseconds since 1970; gives the last. None where they conflict.
    pub(crate) fn replay(&self, base: &str, head: &str, login: &str, now: u64) -> Option<String> {
        let commits = self.between(base, head);
        commits.iter().try_fold(base.to_owned(), |tip, commit| {
            let from = format!("--merge-base={}", commit.parents.first()?);
            let tree = self.run(&["merge-tree", "--write-tree", &from, &tip, &commit.sha])?;
            let mut git = command(&self.folder);
            made_by(&mut git, login, &format!("{login}@users.noreply.github.com"), now);
            let of_author = ["NAME", "EMAIL", "DATE"].map(|what| format!("GIT_AUTHOR_{what}"));
            git.envs(of_author.iter().zip(&commit.author));
            git.args(["commit-tree", &tree, "-p", &tip, "-m", &commit.message]);
            printed(&mut git).map(text)
        })
    }

    /// Files that differ.
    pub(crate) fn files(&self, base: &str, head: &str) -> Vec<Changed> {
        let all = ["diff", "--no-ext-diff", "-M", "-z", "--raw", "--no-abbrev", base, head, "--"];
        let text = self.run(&all).unwrap_or_default();
        let mut parts = text.split('\0').filter(|part| !part.is_empty());
        let mut files = Vec::new();
        while let Some(first) = parts.next() {
            let words: Vec<&str> = first.split(' ').collect();
            let [_, _, _, blob, letter] = words[..] else { break };
            let renamed = letter.starts_with('R');
            let before = if renamed { parts.next().map(str::to_owned) } else { None };
            let Some(path) = parts.next().map(str::to_owned) else { break };
            let lines = self.lines(base, head, before.as_deref(), &path);
            let blob = (!letter.starts_with('D')).then(|| blob.to_owned());
            files.push(Changed { status: word(letter), path, before, lines, blob });
        }
        files
    }

    fn lines(&self, base: &str, head: &str, before: Option<&str>, path: &str) -> (u64, u64) {
        let mut arguments = vec!["--literal-pathspecs", "diff", "--no-ext-diff", "-M", "-z"];
        arguments.extend(["--numstat", base, head, "--", path]);
        arguments.extend(before);
        let text = self.run(&arguments).unwrap_or_default();
        let mut numbers = text.split('\t').map(|number| number.parse().unwrap_or_default());
        (numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default())
    }

    /// Refs below a full name's beginning, with their objects' ids and types.
    pub(crate) fn refs(&self, beginning: &str) -> Vec<(String, String, String)> {
        let format = "--format=%(refname) %(objectname) %(objecttype)";
        let text = self.run(&["for-each-ref", format]).unwrap_or_default();
        let all = text.lines().filter(|line| line.starts_with(beginning));
        let parts = all.filter_map(|line| {
            let mut words = line.split(' ').map(str::to_owned);
            Some((words.next()?, words.next()?, words.next()?))
        });
        parts.collect()
    }

    /// A file of a commit.
    pub(crate) fn file(&self, sha: &str, path: &str) -> Option<Vec<u8>> {
        self.bytes(&["cat-file", "blob", &format!("{sha}:{path}")])
    }
}

fn word(letter: &str) -> &'static str {
    match letter.chars().next() {
        Some('A') => "added",
        Some('D') => "removed",
        Some('R') => "renamed",
        Some('C') => "copied",
        Some('T') => "changed",
        _ => "modified",
    }
}

/// Whoever makes commits by a command, and at which time, in milliseconds since 1970.
pub(crate) fn made_by(command: &mut Command, name: &str, address: &str, now: u64) {
    let date = format!("{} +0000", now / 1000);
    for role in ["AUTHOR", "COMMITTER"] {
        let set = [("NAME", name), ("EMAIL", address), ("DATE", &date)];
        command.envs(set.map(|(what, value)| (format!("GIT_{role}_{what}"), value)));
    }
}

fn printed(git: &mut Command) -> Option<Vec<u8>> {
    git.output().ok().filter(|it| it.status.success()).map(|it| it.stdout)
}

fn text(printed: Vec<u8>) -> String {
    String::from_utf8_lossy(&printed).trim_end_matches('\n').to_owned()
}
