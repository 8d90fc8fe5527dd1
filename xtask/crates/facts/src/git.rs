//! What git says. Paths are read with `-z`; replace refs and inherited `GIT_*`
//! variables do not count.

mod branches;
mod cat;
mod checkout;
mod delivery;
mod fetch;
mod landed;
mod objects;
mod own;
mod patch;
mod remote;
mod submodules;
mod tags;
mod tree;
mod way;
mod written;

use std::any::{Any, TypeId};
use std::collections::{BTreeMap, HashMap};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use anyhow::{Context, bail};

use super::process::{Call, CallError, Printed};

pub use cat::stop_asking;
pub use checkout::{Apart, CheckoutSource, GitState};
pub use delivery::{BranchTip, Log};
pub use landed::{Move, Past, Sizes};
use objects::next_object;
pub use patch::{Difference, Touched};
use remote::without_credentials;
pub use remote::{GitError, REMOTE, RemoteBranch, RemoteDefault};
pub use tags::{Named, NewTag, TagObject};
pub use tree::{Tree, TreeEntry};
pub use written::NewCommit;

/// A repository with a working tree.
#[derive(Clone, Debug)]
pub struct Repository {
    root: PathBuf,
    kept: Arc<Mutex<HashMap<TypeId, KeptBeside>>>,
}

/// What a crate keeps beside a repository; its type says whose it is.
type KeptBeside = Arc<dyn Any + Send + Sync>;

/// A commit that was resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Its id, 40 or 64 hex digits.
    pub id: String,
    /// Its tree's id.
    pub tree: String,
    /// Committer time, in seconds since 1970.
    pub seconds: i64,
}

/// A checkout is of the whole commit, with LF as it is committed, however the user's
/// own working tree is set up. Attributes of the commit still apply.
const WHOLE: [&str; 6] =
    ["-c", "core.sparseCheckout=false", "-c", "core.autocrlf=false", "-c", "core.eol=lf"];

impl Repository {
    /// The repository around a folder.
    ///
    /// # Errors
    /// Where git is missing or the folder is in no working tree.
    pub fn around(folder: &Path) -> anyhow::Result<Self> {
        let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
        let shown = absolute.display();
        if !folder.is_dir() {
            bail!("{shown} is no folder; `--repo` names another");
        }
        let printed = match git(folder, ["rev-parse", "--show-toplevel"]) {
            Ok(printed) => printed,
            Err(error) => {
                let said = format!("{error:#}");
                if said.contains("not a git repository") {
                    bail!(
                        "{shown} isn't in a git repository: `cd` into your clone, or name it with `--repo DIR`"
                    );
                }
                if said.contains("must be run in a work tree") {
                    bail!("{shown} is a bare repository: run this in a clone of it");
                }
                if said.contains("dubious ownership") {
                    bail!(
                        "git doesn't read {shown}, which belongs to another user; if you trust \
                        it: `git config --global --add safe.directory {shown}`"
                    );
                }
                if said.contains("cannot be run") {
                    return Err(error.into());
                }
                return Err(error).with_context(|| format!("{shown} is in no git working tree"));
            }
        };
        let root = printed.stdout.strip_suffix(b"\n").unwrap_or(&printed.stdout);
        Ok(Self::at(PathBuf::from(OsStr::from_bytes(root))))
    }

    fn at(root: PathBuf) -> Self {
        Self { root, kept: Arc::default() }
    }

    /// What was kept last of this type.
    #[must_use]
    pub fn kept<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        self.kept.lock().ok()?.get(&TypeId::of::<T>())?.clone().downcast().ok()
    }

    /// Keeps what a command asked once, for this value and its clones, in place of what it kept
    /// of this type.
    pub fn keep<T: Any + Send + Sync>(&self, asked: T) {
        if let Ok(mut kept) = self.kept.lock() {
            kept.insert(TypeId::of::<T>(), Arc::new(asked));
        }
    }

    /// Has everything asked again.
    pub fn forget(&self) {
        if let Ok(mut kept) = self.kept.lock() {
            kept.clear();
        }
    }

    /// The top folder of the working tree.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The commit that a revision names; `None` where it names none.
    ///
    /// # Errors
    /// Where git fails otherwise.
    pub fn commit(&self, revision: &str) -> anyhow::Result<Option<Commit>> {
        if self.known("commit", revision, 1).is_some() {
            return self.commit_of(revision.to_owned()).map(Some);
        }
        // It is a line of git's input, whose names are C strings.
        if revision.contains(['\n', '\0']) {
            return Ok(None);
        }
        // Whoever asks for a commit nearly always asks for its tree next.
        let commit = format!("{revision}^{{commit}}");
        let names = format!("{commit}\n{revision}^{{tree}}\n").into_bytes();
        let printed = cat::cat(&self.root, names).unwrap_or_default();
        let mut rest = printed.as_slice();
        if rest.is_empty() {
            // An object that git can't read, and now it says why.
            let verify = ["rev-parse", "--verify", "--quiet", "--end-of-options", &commit];
            let printed = call(&self.root, verify).run_any_status()?;
            let id = call_text(&printed).trim().to_owned();
            return (printed.status == 0).then(|| self.commit_of(id)).transpose();
        }
        // A name that means nothing, or of what is not here.
        let Some(found) = next_object(&mut rest)? else { return Ok(None) };
        self.verified(&found, 1)?;
        if !rest.is_empty()
            && let Some(tree) = next_object(&mut rest)?
        {
            self.verified(&tree, 1)?;
        }
        self.commit_of(found.id).map(Some)
    }

    /// The branch that is checked out; `None` where HEAD is detached.
    ///
    /// # Errors
    /// Where git fails.
    pub fn branch(&self) -> anyhow::Result<Option<String>> {
        // Not `--short`: beside a tag of the same name it gives another.
        let printed = call(&self.root, ["symbolic-ref", "--quiet", "HEAD"]).run_any_status()?;
        let name = call_text(&printed);
        let branch = name.trim_end_matches('\n').strip_prefix("refs/heads/");
        Ok(branch.filter(|_| printed.status == 0).map(str::to_owned))
    }

    /// Paths that differ from HEAD or are untracked and not ignored, as git's
    /// two status letters and the path.
    ///
    /// # Errors
    /// Where git fails.
    pub fn changed_paths(&self) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
        let arguments = ["status", "--porcelain=v1", "-z", "--untracked-files=all", "--no-renames"];
        let printed = git(&self.root, arguments)?;
        let entries = printed.stdout.split(|byte| *byte == 0).filter(|entry| entry.len() > 3);
        let parsed = entries
            .map(|entry| (String::from_utf8_lossy(&entry[..2]).into_owned(), entry[3..].to_vec()));
        Ok(parsed.collect())
    }

    /// All that a commit holds, by path. Nothing that a working tree, an index or an
    /// attribute says counts.
    ///
    /// # Errors
    /// Where git fails.
    pub fn tree(&self, commit: &Commit) -> anyhow::Result<Tree> {
        let all = self.compare(&[(None, &commit.tree)])?.pop().unwrap_or_default();
        Ok(self.tree_with(all))
    }

    /// The same of each of some commits, by their full ids, all read at once.
    ///
    /// # Errors
    /// Where git fails.
    pub fn trees(&self, commits: &[&str]) -> anyhow::Result<Vec<Tree>> {
        let commits = self.commit_objects(commits)?;
        let pairs: Vec<_> = commits.iter().map(|commit| (None, commit.tree.as_str())).collect();
        Ok(self.compare(&pairs)?.into_iter().map(|all| self.tree_with(all)).collect())
    }

    fn tree_with(&self, all: Vec<Difference>) -> Tree {
        let entries = all.into_iter().filter_map(|it| Some(it.path).zip(it.new)).collect();
        Tree { repository: self.clone(), entries }
    }

    /// Tracked paths below a folder.
    ///
    /// # Errors
    /// Where git fails.
    pub fn tracked_below(&self, folder: &str) -> anyhow::Result<Vec<Vec<u8>>> {
        let pathspec = format!(":(top,literal){folder}");
        let printed = git(&self.root, ["ls-files", "-z", "--cached", "--", &pathspec])?;
        Ok(split_z(&printed.stdout))
    }

    /// The tracked paths; those that would be tracked where none is yet.
    ///
    /// # Errors
    /// Where git fails.
    pub fn listed(&self) -> anyhow::Result<Vec<Vec<u8>>> {
        let tracked = split_z(&git(&self.root, ["ls-files", "-z", "--cached"])?.stdout);
        if !tracked.is_empty() {
            return Ok(tracked);
        }
        let others = ["ls-files", "-z", "--others", "--exclude-standard"];
        Ok(split_z(&git(&self.root, others)?.stdout))
    }

    /// The files that git ignores beside others that are tracked; of a folder that it ignores as a
    /// whole, none.
    ///
    /// # Errors
    /// Where git fails.
    pub fn ignored_files(&self) -> anyhow::Result<Vec<Vec<u8>>> {
        let ignored = ["ls-files", "-z", "--others", "--ignored", "--exclude-standard"];
        let printed = git(&self.root, ignored.iter().chain(&["--directory"]))?;
        let mut paths = split_z(&printed.stdout);
        paths.retain(|path| !path.ends_with(b"/"));
        Ok(paths)
    }

    /// The rule by which git ignores a path that is not tracked, as "line 2 of .gitignore
    /// (`*.lock`)"; nothing where none does.
    ///
    /// # Errors
    /// Where git cannot be run.
    pub fn ignored_by(&self, path: &str) -> anyhow::Result<Option<String>> {
        let asked = call(&self.root, ["check-ignore", "--verbose", "--stdin", "-z"]);
        let fields = split_z(&asked.input(path.as_bytes().to_vec()).run_any_status()?.stdout);
        let [file, line, rule, ..] = fields.as_slice() else { return Ok(None) };
        let [file, line, rule] = [file, line, rule].map(|it| String::from_utf8_lossy(it));
        // A rule that takes a path back in is printed as well.
        Ok((!rule.starts_with('!')).then(|| format!("line {line} of {file} (`{rule}`)")))
    }

    /// The plain files of a folder at a revision: name to bytes. Subfolders are
    /// left out.
    ///
    /// # Errors
    /// Where the revision or the folder does not exist there.
    pub fn folder_at(
        &self,
        revision: &str,
        folder: &str,
    ) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
        let Some(commit) = self.commit(revision)? else { bail!("no commit is named `{revision}`") };
        let files = self.files_of(&commit, folder)?;
        if files.is_empty() {
            bail!("there is no folder `{folder}` at {revision}");
        }
        Ok(files)
    }

    /// The plain files of a folder in a commit: name to bytes. Subfolders are left out;
    /// a folder that is not there has none.
    ///
    /// # Errors
    /// Where git fails, or a name is not UTF-8.
    pub fn files_of(
        &self,
        commit: &Commit,
        folder: &str,
    ) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
        let blobs = self.blobs_of_folder(&commit.tree, folder)?;
        let (names, objects): (Vec<_>, Vec<_>) = blobs.into_iter().unzip();
        let objects: Vec<&str> = objects.iter().map(String::as_str).collect();
        let (mut names, mut files) = (names.into_iter(), Vec::new());
        self.read_objects("blob", &objects, |_, bytes| {
            let name = names.next().context("more blobs than names")?;
            let name = String::from_utf8(name).context("a policy file's name is not UTF-8")?;
            files.push((name, bytes.to_vec()));
            Ok(())
        })?;
        Ok(files)
    }

    /// Whether the repository has submodules.
    #[must_use]
    pub fn has_submodules(&self) -> bool {
        self.root.join(".gitmodules").exists()
    }

    /// The submodules that `.gitmodules` of the working tree names, by their paths, each with
    /// whether it is checked out here.
    ///
    /// # Errors
    /// Where git cannot be started.
    pub fn submodules(&self) -> anyhow::Result<BTreeMap<String, bool>> {
        let listed = submodules::listed(&self.root)?.into_iter();
        let is_here = |path: &str| self.root.join(path).join(".git").exists();
        Ok(listed.map(|it| (it.path.clone(), is_here(&it.path))).collect())
    }

    /// Whether attributes of the working tree hand files to Git LFS.
    ///
    /// # Errors
    /// Where git fails or a file cannot be read.
    pub fn has_lfs(&self) -> anyhow::Result<bool> {
        let arguments = ["ls-files", "-z", "--", ".gitattributes", ":(glob)**/.gitattributes"];
        for path in split_z(&git(&self.root, arguments)?.stdout) {
            let path = self.root.join(OsStr::from_bytes(&path));
            let text = super::files::read_if_there(&path)?.unwrap_or_default();
            let text = String::from_utf8_lossy(&text);
            let words = text.lines().filter(|line| !line.trim_start().starts_with('#'));
            if words.flat_map(str::split_whitespace).any(|word| word == "filter=lfs") {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// A call of git in a folder. It sees next to nothing of this program's environment:
/// a repository's configuration can make git run programs, and gates can write it.
fn call<S: AsRef<OsStr>>(folder: &Path, arguments: impl IntoIterator<Item = S>) -> Call {
    let own = ["HOME", "XDG_CONFIG_HOME", "TMPDIR"];
    // These are set where the caller's world is made of them (tests).
    let configured = ["GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM"];
    let call = Call::new("git", folder);
    let call = own.into_iter().chain(configured).fold(call, |call, name| call.keep(name));
    call.set("GIT_NO_REPLACE_OBJECTS", "1")
        .set("GIT_GRAFT_FILE", "/dev/null")
        .set("GIT_OPTIONAL_LOCKS", "0")
        .set("GIT_TERMINAL_PROMPT", "0")
        .set("LC_ALL", "C")
        .arguments(["-c", "core.fsmonitor=false"])
        // Either could lead around the objects that are asked for.
        .arguments(["-c", "core.commitGraph=false", "-c", "core.multiPackIndex=false"])
        .arguments(["-c", "core.hooksPath=/dev/null", "-c", "core.quotePath=false"])
        .arguments(arguments)
}

fn git<S: AsRef<OsStr>>(
    folder: &Path,
    arguments: impl IntoIterator<Item = S>,
) -> Result<Printed, CallError> {
    call(folder, arguments).run()
}

fn call_text(printed: &Printed) -> String {
    String::from_utf8_lossy(&printed.stdout).into_owned()
}

fn split_z(bytes: &[u8]) -> Vec<Vec<u8>> {
    bytes.split(|byte| *byte == 0).filter(|path| !path.is_empty()).map(<[u8]>::to_vec).collect()
}
