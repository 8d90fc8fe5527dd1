//! The real bare repository behind the simulator.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

/// The bare repository; pushes by git itself are seen at once.
#[derive(Clone, Debug)]
pub(crate) struct Git {
    folder: PathBuf,
    /// What git said of objects by their full ids: it never changes.
    said: Arc<Mutex<BTreeMap<Vec<String>, Vec<u8>>>>,
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

/// Where git is; by its whole path it is started without a copy of this process.
pub(crate) static GIT: LazyLock<PathBuf> = LazyLock::new(|| which::which("git").unwrap());

/// git with nothing of its surroundings but PATH.
pub(crate) fn command(folder: &Path) -> Command {
    let mut command = Command::new(&*GIT);
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
        Self { folder, said: Arc::default() }
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
        self.bytes(arguments).map(printed_text)
    }

    /// The same of a question about objects, which is asked once where each is named by its full
    /// id, as `ids` has them.
    fn fixed(&self, ids: &[&str], arguments: &[&str]) -> Option<Vec<u8>> {
        if !ids.iter().all(|id| is_id(id)) {
            return self.bytes(arguments);
        }
        let key: Vec<String> = arguments.iter().map(|it| (*it).to_owned()).collect();
        let said = || self.said.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = said().get(&key) {
            return Some(known.clone());
        }
        let bytes = self.bytes(arguments)?;
        said().insert(key, bytes.clone());
        Some(bytes)
    }

    /// The same, where somebody makes a commit at a time, in milliseconds since 1970.
    pub(crate) fn run_as(&self, login: &str, now: u64, arguments: &[&str]) -> Option<String> {
        let mut git = command(&self.folder);
        let address = format!("{login}@users.noreply.github.com");
        made_by(&mut git, login, &address, now);
        printed(git.args(arguments)).map(printed_text)
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
        is_id(sha).then(|| sha.to_owned())
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
        let mut list = vec!["for-each-ref", "--format=%(refname)"];
        list.extend(names.iter().map(String::as_str));
        let there = self.run(&list).unwrap_or_default();
        let named = names.into_iter().find(|name| there.lines().any(|line| line == name));
        let begins = text.len() >= 7 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let name = named.or_else(|| begins.then(|| text.to_owned()))?;
        let commit = format!("{name}^{{commit}}");
        let verify = ["rev-parse", "--quiet", "--verify", "--end-of-options", &commit];
        self.fixed(&[&name], &verify).map(printed_text)
    }

    /// A commit.
    pub(crate) fn commit(&self, sha: &str) -> Option<Commit> {
        let format = "--format=%H%x00%T%x00%P%x00%an%x00%ae%x00%aI%x00%cn%x00%ce%x00%cI%x00%B";
        let log = ["log", "-1", "--no-show-signature", format, sha, "--"];
        let text = self.fixed(&[sha], &log).map(printed_text)?;
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
        let list = ["rev-list", "--reverse", &range, "--"];
        let ids = self.fixed(&[base, head], &list).map(printed_text).unwrap_or_default();
        ids.lines().filter_map(|id| self.commit(id)).collect()
    }

    /// Where two commits parted.
    pub(crate) fn merge_base(&self, base: &str, head: &str) -> Option<String> {
        self.fixed(&[base, head], &["merge-base", base, head]).map(printed_text)
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
            printed(&mut git).map(printed_text)
        })
    }

    /// Files that differ.
    pub(crate) fn files(&self, base: &str, head: &str) -> Vec<Changed> {
        let forms = ["diff", "--no-ext-diff", "-M", "-z", "--raw", "--numstat", "--no-abbrev"];
        let all = [&forms[..], &[base, head, "--"]].concat();
        let text = self.fixed(&[base, head], &all).map(printed_text).unwrap_or_default();
        let mut parts = text.split('\0');
        let mut files = Vec::new();
        // Each file by the beginning of its line: `:` and its modes, or its numbers of lines.
        let mut lines = Vec::new();
        while let Some(first) = parts.next().filter(|first| !first.is_empty()) {
            if let Some(raw) = first.strip_prefix(':') {
                let words: Vec<&str> = raw.split(' ').collect();
                let [_, _, _, blob, letter] = words[..] else { break };
                let renamed = letter.starts_with('R');
                let before = if renamed { parts.next().map(str::to_owned) } else { None };
                let Some(path) = parts.next().map(str::to_owned) else { break };
                let blob = (!letter.starts_with('D')).then(|| blob.to_owned());
                files.push(Changed { status: word(letter), path, before, lines: (0, 0), blob });
                continue;
            }
            let mut words = first.splitn(3, '\t');
            let mut number = || words.next().and_then(|it| it.parse().ok()).unwrap_or_default();
            lines.push((number(), number()));
            // A renamed file has its two paths behind an empty one.
            if words.next().is_some_and(str::is_empty) {
                parts.nth(1);
            }
        }
        for (file, lines) in files.iter_mut().zip(lines) {
            file.lines = lines;
        }
        files
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
        self.fixed(&[sha], &["cat-file", "blob", &format!("{sha}:{path}")])
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

fn is_id(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn printed_text(printed: Vec<u8>) -> String {
    String::from_utf8_lossy(&printed).trim_end_matches('\n').to_owned()
}
