//! `uv.lock` and `poetry.lock`: TOML with a table `[[package]]` for each package.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{LockFindings, LockProblem, digest, problem};
use thrice_findings::text::{Lines, is_commit, quoted};

const UV: &str = "Have uv write it: `uv lock`.";
const POETRY: &str = "Have Poetry write it: `poetry lock`.";

type PythonValue<'i> = Spanned<DeValue<'i>>;

/// Judges a `uv.lock`: each archive of a package of a registry, of a URL or of a path has
/// a hash, each package of git its commit
/// (<https://docs.astral.sh/uv/concepts/projects/layout/#the-lockfile>).
pub(super) fn judge_uv(report: &mut LockFindings<'_>, text: &str) {
    each_package(
        report,
        text,
        UV,
        |lock, root| {
            let one = root.get("version").and_then(|value| value.get_ref().as_integer());
            if one.is_none_or(|number| number.as_str() != "1") {
                let line = root.get("version").map_or(1, |value| lock.line(value));
                lock.report.incomplete(line, "the lock is not of version 1", UV);
            }
        },
        uv_package,
    );
}

/// Judges a `poetry.lock`: each file of a package has a hash, each package of git its
/// commit (<https://python-poetry.org/docs/basic-usage/#installing-with-poetrylock>).
pub(super) fn judge_poetry(report: &mut LockFindings<'_>, text: &str) {
    each_package(
        report,
        text,
        POETRY,
        |lock, root| {
            let metadata = root.get("metadata");
            let version = metadata.and_then(|table| table.get_ref().get("lock-version"));
            let text = version.and_then(|value| value.get_ref().as_str());
            if !text.is_some_and(|text| text.starts_with("2.")) {
                let line = version.or(metadata).map_or(1, |value| lock.line(value));
                lock.report.incomplete(line, "the lock is not of version 2", POETRY);
            }
        },
        poetry_package,
    );
}

struct PythonLock<'a, 'b> {
    lines: Lines,
    report: &'a mut LockFindings<'b>,
    help: &'static str,
}

impl PythonLock<'_, '_> {
    fn line(&self, value: &PythonValue<'_>) -> usize {
        self.lines.of(value.span().start)
    }

    fn incomplete(&mut self, line: usize, problem: LockProblem) {
        self.report.incomplete(line, problem, self.help);
    }

    /// Judges a list of archives; reports whether there is any.
    fn archives(&mut self, shown: &str, list: Option<&PythonValue<'_>>) -> bool {
        let mut any = false;
        let Some(list) = list else { return false };
        let items: &[PythonValue<'_>] = match list.get_ref() {
            DeValue::Array(items) => items,
            _ => std::slice::from_ref(list),
        };
        for item in items {
            any = true;
            let hash = item.get_ref().get("hash").and_then(|hash| hash.get_ref().as_str());
            if hash.and_then(digest).is_none() {
                let line = self.line(item);
                self.incomplete(line, problem("{} has an archive without a SHA-256 hash", [shown]));
            }
        }
        any
    }
}

fn each_package(
    report: &mut LockFindings<'_>,
    text: &str,
    help: &'static str,
    version: impl FnOnce(&mut PythonLock<'_, '_>, &DeTable<'_>),
    judge: impl Fn(&mut PythonLock<'_, '_>, &PythonValue<'_>, &str),
) {
    let mut lock = PythonLock { lines: Lines::new(text), report, help };
    let root = match DeTable::parse(text) {
        Ok(root) => root,
        Err(error) => {
            let line = lock.lines.of(error.span().map_or(0, |span| span.start));
            return lock.incomplete(line, problem("the lock is not TOML: {}", [error.message()]));
        }
    };
    version(&mut lock, root.get_ref());
    let Some(packages) = root.get_ref().get("package").and_then(|all| all.get_ref().as_array())
    else {
        return lock.incomplete(1, "the lock names no package".into());
    };
    for package in packages.iter() {
        let field = |key| package.get_ref().get(key).and_then(|value| value.get_ref().as_str());
        let line = lock.line(package);
        match (field("name"), field("version")) {
            (Some(name), version) => {
                let shown = quoted(format!("{name} {}", version.unwrap_or_default()).trim_end());
                judge(&mut lock, package, &shown);
            }
            _ => lock.incomplete(line, "a package has no name".into()),
        }
    }
}

fn uv_package(lock: &mut PythonLock<'_, '_>, package: &PythonValue<'_>, shown: &str) {
    let line = lock.line(package);
    let Some(source) = package.get_ref().get("source") else {
        return lock.incomplete(line, problem("{} has no source", [shown]));
    };
    let of = |key: &str| source.get_ref().get(key);
    if ["editable", "virtual", "directory"].iter().any(|key| of(key).is_some()) {
        // A folder of this repository.
        return;
    }
    if let Some(git) = of("git") {
        let url = git.get_ref().as_str().unwrap_or_default();
        let commit = url.rsplit_once('#').map(|(_, commit)| commit);
        if !commit.is_some_and(is_commit) {
            let message = problem("{} is from git, but not pinned to a commit", [shown]);
            lock.incomplete(line, message);
        }
        return;
    }
    if ["registry", "url", "path"].iter().all(|key| of(key).is_none()) {
        return lock.incomplete(line, problem("{} is from a source that is not known", [shown]));
    }
    let table = package.get_ref();
    let sdist = lock.archives(shown, table.get("sdist"));
    let wheels = lock.archives(shown, table.get("wheels"));
    if !sdist && !wheels {
        lock.incomplete(line, problem("{} has no archive with a SHA-256 hash", [shown]));
    }
}

fn poetry_package(lock: &mut PythonLock<'_, '_>, package: &PythonValue<'_>, shown: &str) {
    let line = lock.line(package);
    let source = package.get_ref().get("source");
    let of = |key| source.and_then(|source| source.get_ref().get(key)?.get_ref().as_str());
    match of("type") {
        Some("directory") => return,
        Some("git") => {
            if !of("resolved_reference").is_some_and(is_commit) {
                let message = problem("{} is from git, but not pinned to a commit", [shown]);
                lock.incomplete(line, message);
            }
            return;
        }
        None | Some("legacy" | "url" | "file") => {}
        Some(other) => {
            let other = quoted(other);
            return lock
                .incomplete(line, problem("{} is from {}, which is not known", [shown, &other]));
        }
    }
    if !lock.archives(shown, package.get_ref().get("files")) {
        lock.incomplete(line, problem("{} has no file with a SHA-256 hash", [shown]));
    }
}
