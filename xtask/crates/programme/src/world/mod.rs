//! What every verb is given: the repository, and which rules hold in it.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::Context;

use crate::base::DefaultBranch;
use crate::{Policy, PolicyFiles, judge_program};
use thrice_facts::files;
use thrice_facts::git::{Commit, Repository};
use thrice_findings::{Code, Finding, Place, Severity, Stop, add_new, short, unless_refused};
use thrice_report::Printer;

/// How many changes of policy are looked at for rules that can be used.
const OLDEST: u32 = 100;

/// What every command is given.
pub struct World {
    /// The folder that `--repo` names.
    pub folder: PathBuf,
    /// What `--policy` names.
    pub policy: Option<String>,
    /// How to print.
    pub printer: Printer,
    seen: Mutex<AskedOnce>,
}

/// What a command asked once, so that each of its parts answers about the same moment.
#[derive(Default)]
struct AskedOnce {
    repository: Option<Repository>,
    default: Option<(DefaultBranch, Vec<Finding>)>,
    /// The rules that were checked last: most commands ask for the same again.
    rules: Option<(PolicySource, Policy)>,
}

/// Policy files, and the path by which people know their folder.
#[derive(Clone, PartialEq, Eq)]
pub struct PolicySource {
    /// The path that findings show.
    pub shown: String,
    /// Name to bytes.
    pub files: PolicyFiles,
}

impl World {
    /// A command in `folder`, under the rules that `policy` names, or that hold there.
    #[must_use]
    pub fn new(folder: PathBuf, policy: Option<String>, printer: Printer) -> Self {
        Self { folder, policy, printer, seen: Mutex::default() }
    }

    /// The repository.
    ///
    /// # Errors
    /// Where the folder is in no git working tree.
    pub fn repository(&self) -> anyhow::Result<Repository> {
        self.repository_by(Repository::around)
    }

    /// The same, where a bare repository is enough for the command.
    ///
    /// # Errors
    /// Where the folder is in no repository.
    pub fn repository_or_bare(&self) -> anyhow::Result<Repository> {
        self.repository_by(Repository::around_or_bare)
    }

    fn repository_by(
        &self,
        find: fn(&Path) -> anyhow::Result<Repository>,
    ) -> anyhow::Result<Repository> {
        if let Some(repository) = self.seen().repository.clone() {
            return Ok(repository);
        }
        let repository = find(&self.folder)?;
        self.seen().repository = Some(repository.clone());
        Ok(repository)
    }

    /// The default branch, as it was when this command first asked for it. What could not be
    /// seen of it is added to `findings`.
    ///
    /// # Errors
    /// Where git fails.
    pub fn default_branch(
        &self,
        repository: &Repository,
        findings: &mut Vec<Finding>,
    ) -> anyhow::Result<DefaultBranch> {
        let known = self.seen().default.clone();
        let (default, found) = match known {
            Some(known) => known,
            None => {
                let mut found = Vec::new();
                let asked = self.ask_default_branch(repository, &mut found)?;
                self.seen().default = Some((asked.clone(), found.clone()));
                (asked, found)
            }
        };
        findings.extend(found);
        Ok(default)
    }

    /// Has the default branch and the ledger asked for again: time went by in which they may have
    /// moved.
    pub fn look_again(&self) {
        let mut seen = self.seen();
        seen.default = None;
        seen.repository.iter().for_each(Repository::forget);
    }

    fn seen(&self) -> MutexGuard<'_, AskedOnce> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The policy files: of `--policy`, or of `policy/` in the repository. A folder
    /// of files needs no repository around it.
    ///
    /// # Errors
    /// Where they cannot be read.
    pub fn policy_source(&self, repository: Option<&Repository>) -> anyhow::Result<PolicySource> {
        let named = self.policy.as_deref();
        if let Some((revision, folder)) = named.and_then(|named| named.split_once(':')) {
            let repository = repository.context("a policy at a revision needs a repository")?;
            let files = repository.folder_at(revision, folder)?.into_iter().collect();
            return Ok(PolicySource { shown: format!("{revision}:{folder}"), files });
        }
        let (folder, shown) = match named {
            Some(named) => (PathBuf::from(named), named.trim_end_matches('/').to_owned()),
            None => {
                let root = repository.map_or(self.folder.as_path(), Repository::root);
                (root.join("policy"), "policy".to_owned())
            }
        };
        let mut found = PolicyFiles::new();
        for file in files::walk(&folder)? {
            let name = files::display_bytes(&file.relative);
            if !name.contains('/') && file.kind != files::PathKind::Other {
                found.insert(name, files::read(&file.path)?);
            }
        }
        Ok(PolicySource { shown, files: found })
    }

    /// The policy, where it can be used.
    ///
    /// # Errors
    /// Where its files cannot be read; the findings where they cannot be used.
    pub fn policy(&self, repository: &Repository) -> Result<(Policy, PolicySource), Stop> {
        let source = self.policy_source(Some(repository))?;
        if source.files.is_empty() && self.policy.is_none() {
            return Err(unwritten().into());
        }
        self.usable(source)
    }

    /// The policy of a commit, from its objects, unless `--policy` names another: what
    /// the working tree says of it may be hidden from `git status`. Whoever judges a patch by
    /// it also asks for the approval of a change of the judge.
    ///
    /// # Errors
    /// Where its files cannot be read; the findings where they cannot be used.
    pub fn policy_of(
        &self,
        repository: &Repository,
        commit: &Commit,
    ) -> Result<(Policy, PolicySource), Stop> {
        let (mut policy, source) = match self.policy {
            Some(_) => self.policy(repository)?,
            None => self.committed(repository, commit)?,
        };
        judge_program::guard(repository, commit, &mut policy)?;
        Ok((policy, source))
    }

    /// The rules by which alarms are raised and answered at a commit: its own, or where they
    /// cannot be used, the newest before them that can. What is wrong with its own is a warning:
    /// no slip in a file of policy may keep anybody from raising an alarm.
    ///
    /// # Errors
    /// As [`Self::policy_of`], where none before them can be used either.
    pub fn policy_for_alarms(
        &self,
        repository: &Repository,
        commit: &Commit,
        findings: &mut Vec<Finding>,
    ) -> Result<(Policy, PolicySource), Stop> {
        let refused = match self.policy_of(repository, commit) {
            Err(stop) if self.policy.is_none() => stop.refusal()?,
            answer => return answer,
        };
        for id in repository.changes_of(&commit.id, "policy", OLDEST)? {
            let before = repository.commit_of(id)?;
            let Some(found) = unless_refused(self.policy_of(repository, &before))? else {
                continue;
            };
            let first = refused.first().map_or(String::new(), |it| format!(": {}", it.message));
            let (now, then) = (short(&commit.id), short(&before.id));
            let message =
                format!("policy/ of {now} can't be used{first}; for alarms, that of {then} holds");
            let mut held = Finding::new(Code::PolicyReference, message)
                .help("correct it, and have it merged; `cargo xtask policy check` lists all");
            held.severity = Severity::Warn;
            held.place = refused.into_iter().next().and_then(|it| it.place);
            add_new(findings, [held]);
            return Ok(found);
        }
        Err(refused.into())
    }

    fn committed(
        &self,
        repository: &Repository,
        commit: &Commit,
    ) -> Result<(Policy, PolicySource), Stop> {
        let found: PolicyFiles = repository.files_of(commit, "policy")?.into_iter().collect();
        if found.is_empty() {
            if let Some(finding) = self.brought_by_head(repository, commit)? {
                return Err(finding.into());
            }
            let written = !self.policy_source(Some(repository))?.files.is_empty();
            let finding = if written { uncommitted(repository, commit) } else { unwritten() };
            return Err(finding.into());
        }
        let source = PolicySource { shown: "policy".to_owned(), files: found };
        self.usable(source)
    }

    /// What leads on where a base has no policy, but HEAD brings one.
    fn brought_by_head(
        &self,
        repository: &Repository,
        base: &Commit,
    ) -> anyhow::Result<Option<Finding>> {
        let Some(head) = repository.commit("HEAD")?.filter(|head| head.id != base.id) else {
            return Ok(None);
        };
        if repository.files_of(&head, "policy")?.is_empty() {
            return Ok(None);
        }
        let short = short(&base.id);
        let message = format!("the base {short} has no policy, and this patch brings one");
        Ok(Some(Finding::new(Code::PolicyMissing, message).help(
            "judge the patch that brings the first policy by its own: add `--policy HEAD:policy` to the command, \
             such as `cargo xtask --policy HEAD:policy status`",
        )))
    }

    /// What keeps rules from being used: those of a commit, those of the working tree, and files
    /// of the latter that the commit does not have. Rules that leave something out are usable.
    ///
    /// # Errors
    /// Where files cannot be read.
    pub fn unusable(&self, repository: &Repository, commit: &Commit) -> Result<Vec<Finding>, Stop> {
        let (committed, mut findings) = refused(self.policy_of(repository, commit))?;
        let (here, more) = refused(self.policy(repository))?;
        let both = committed.zip(here);
        add_new(&mut findings, more);
        if let Some(((_, committed), (_, here))) = both {
            let absent = here.files.keys().filter(|name| !committed.files.contains_key(*name));
            findings.extend(absent.map(|name| uncommitted_file(&here.shown, name, commit)));
        }
        Ok(findings)
    }

    /// The policy of a commit as far as it bears on branches: a backlog of thousands of
    /// stories is not read for that.
    pub(crate) fn policy_for_branch(
        &self,
        repository: &Repository,
        commit: &Commit,
    ) -> anyhow::Result<Option<Policy>> {
        let mut source = match self.policy {
            Some(_) => self.policy_source(Some(repository))?,
            None => {
                let files = repository.files_of(commit, "policy")?.into_iter().collect();
                PolicySource { shown: "policy".to_owned(), files }
            }
        };
        source.files.remove("backlog.toml");
        Ok(crate::check(&source.shown, &source.files).0)
    }

    fn usable(&self, source: PolicySource) -> Result<(Policy, PolicySource), Stop> {
        let mut seen = self.seen();
        if let Some((_, policy)) = seen.rules.as_ref().filter(|(known, _)| *known == source) {
            return Ok((policy.clone(), source));
        }
        let (policy, findings) = crate::check(&source.shown, &source.files);
        let Some(policy) = policy else { return Err(findings.into()) };
        seen.rules = Some((source.clone(), policy.clone()));
        Ok((policy, source))
    }
}

/// An answer, or the findings that refuse it.
fn refused<T>(answer: Result<T, Stop>) -> Result<(Option<T>, Vec<Finding>), Stop> {
    match answer {
        Ok(there) => Ok((Some(there), Vec::new())),
        Err(stop) => Ok((None, stop.refusal()?)),
    }
}

/// A file of the rules that is in the working tree only.
fn uncommitted_file(folder: &str, name: &str, commit: &Commit) -> Finding {
    let (path, id) = (format!("{folder}/{name}"), short(&commit.id));
    let message = format!("{path} is written, but not committed: {id} doesn't have it");
    Finding::new(Code::PolicyMissing, message)
        .help("have it merged; until then, `--policy policy` shows what it would say")
        .at(Place::file(path))
}

/// There are no rules at all.
fn unwritten() -> Finding {
    Finding::new(Code::PolicyMissing, "this repository has no rules yet: there is no policy/")
        .help("`cargo xtask init` writes them, from what is there")
}

/// The rules are in the working tree only, where no commit can be judged by them.
fn uncommitted(repository: &Repository, commit: &Commit) -> Finding {
    let id = short(&commit.id);
    let message = format!("policy/ is written, but not committed: {id} doesn't have it");
    let added = match repository.root().join(".gitignore").is_file() {
        true => {
            let by = repository.ignored_by(".gitignore");
            with_gitignore(by.is_ok_and(|by| by.is_some()))
        }
        false => "policy",
    };
    Finding::new(Code::PolicyMissing, message).help(format!(
        "commit it: `git add {added} && git commit -m \"Adopt the readiness review\"`"
    ))
}

/// What `git add` is given for policy and `.gitignore`: one that ignores itself is only added by
/// force.
#[must_use]
pub fn with_gitignore(ignores_itself: bool) -> &'static str {
    if ignores_itself { "--force policy .gitignore" } else { "policy .gitignore" }
}

/// HEAD.
///
/// # Errors
/// Where git fails; the finding where there is no commit yet.
pub fn head(repository: &Repository) -> Result<Commit, Stop> {
    let none = || {
        Finding::new(Code::NoCommit, "this repository has no commit yet")
            .help("commit something first")
    };
    Ok(repository.commit("HEAD")?.ok_or_else(none)?)
}

/// Refuses a repository whose output folder is tracked: outputs are replaced, and
/// what is committed could pass for what was made.
pub fn tracked_output(repository: &Repository, policy: &Policy) -> anyhow::Result<Option<Finding>> {
    let output = &policy.programme.output;
    let tracked = repository.tracked_below(output)?;
    Ok(tracked.first().map(|first| {
        let count = thrice_report::text::counted(tracked.len(), "file");
        let first = files::display_bytes(first);
        Finding::new(Code::OutputTracked, format!("git tracks {count} below {output}: {first}"))
            .help(format!("`git rm -r --cached {output}`, then commit"))
            .at(Place::file(first))
    }))
}

/// Cores of this machine that this process may use.
pub fn cores() -> anyhow::Result<usize> {
    let cores = std::thread::available_parallelism().context("cannot count cores")?;
    Ok(cores.get())
}
