//! Lock files: that every dependency is pinned to one version and one digest.
//! Whether a lock fits its manifest is for its own tool to say.

mod bundler;
mod cargo;
mod composer;
mod go;
mod gradle;
mod manifests;
mod npm;
mod pnpm;
mod python;
mod requirements;
mod yarn;

pub use manifests::{Lock, Manifest, could_be_manifest, unlocked};

use thrice_findings::text::is_hex;
use thrice_findings::{Code, Finding, Place};
use thrice_policy::json;
use thrice_policy::tree::{Node, Unread};
use thrice_programme::LockFormat;

/// Findings for everything in a lock file that is not pinned with a digest.
///
/// `beside` is the first of [`beside`] that is there, with its path.
#[must_use]
pub fn check(
    format: LockFormat,
    path: &str,
    bytes: &[u8],
    beside: Option<(&str, &[u8])>,
) -> Vec<Finding> {
    let mut report = LockFindings::new(path);
    if let Some(text) = report.text(bytes) {
        match format {
            LockFormat::Cargo => cargo::judge(&mut report, text),
            LockFormat::Requirements => requirements::judge_all(&mut report, text),
            LockFormat::Uv => python::judge_uv(&mut report, text),
            LockFormat::Poetry => python::judge_poetry(&mut report, text),
            LockFormat::Npm => npm::judge(&mut report, bytes),
            LockFormat::Pnpm => pnpm::judge(&mut report, bytes),
            LockFormat::Yarn => yarn::judge(&mut report, text),
            LockFormat::Go => go::judge(&mut report, text, beside),
            LockFormat::Bundler => bundler::judge(&mut report, text),
            LockFormat::Gradle => gradle::judge(&mut report, text, beside),
            LockFormat::Composer => composer::judge(&mut report, bytes),
        }
    }
    report.finish()
}

/// Where the file may be that a lock is read with, the nearest first: the digests of Gradle, the
/// manifest of Go. Other formats need none.
#[must_use]
pub fn beside(format: LockFormat, lock: &str) -> Vec<String> {
    match format {
        LockFormat::Gradle => gradle::verification_paths(lock),
        LockFormat::Go => vec![go::manifest_path(lock)],
        _ => Vec::new(),
    }
}

/// What "pinned, with a digest" means in a format, and what its lock cannot say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct About {
    /// What every entry must have.
    pub pinned: &'static str,
    /// What no check of the lock alone can report.
    pub unsaid: &'static str,
    /// Where the tool's own documentation says so.
    pub(crate) authority: &'static str,
}

/// What a lock of a format proves.
#[must_use]
#[expect(clippy::too_many_lines, reason = "a table")]
pub(crate) fn about(format: LockFormat) -> About {
    let (pinned, unsaid, authority) = match format {
        LockFormat::Cargo => (
            "a SHA-256 checksum for each package of a registry, a commit for each of git",
            "what a build script downloads",
            "https://doc.rust-lang.org/cargo/guide/cargo-toml-vs-cargo-lock.html",
        ),
        LockFormat::Requirements => (
            "`name==version` and a SHA-256 hash for each requirement",
            "whether the list is whole: pip refuses at the installation what it does not name",
            "https://pip.pypa.io/en/stable/topics/secure-installs/",
        ),
        LockFormat::Uv => (
            "a hash for each archive, a commit for each package of git",
            "what a source distribution needs for its build",
            "https://docs.astral.sh/uv/concepts/projects/layout/#the-lockfile",
        ),
        LockFormat::Poetry => (
            "a hash for each file of a package, a commit for each package of git",
            "what a source distribution needs for its build",
            "https://python-poetry.org/docs/basic-usage/#installing-with-poetrylock",
        ),
        LockFormat::Npm => (
            "an `integrity` of SHA-256 or better, or a commit for each package of git",
            "what an install script downloads; whether the commit's server sends that commit",
            "https://docs.npmjs.com/cli/configuring-npm/package-lock-json",
        ),
        LockFormat::Pnpm => (
            "an `integrity` of SHA-256 or better, or a commit for each package of git",
            "what an install script downloads",
            "https://pnpm.io/git#lockfiles",
        ),
        LockFormat::Yarn => (
            "Yarn 1: an `integrity` of SHA-256 or better, or a commit for each package of git; \
             Berry: a `checksum` for each package that is fetched",
            "what an install script downloads; Berry's checksum is of its own archive, not of \
             the registry's",
            "https://yarnpkg.com/features/security and https://classic.yarnpkg.com/lang/en/docs/yarn-lock/",
        ),
        LockFormat::Go => (
            "an `h1:` hash (SHA-256) for each module and each go.mod",
            "which of the modules are built; a go.sum may have hashes that nothing needs",
            "https://go.dev/ref/mod#go-sum-files",
        ),
        LockFormat::Bundler => (
            "a SHA-256 in `CHECKSUMS` for each gem, a `revision` for each of git",
            "what an extension of a gem downloads",
            "https://bundler.io/man/bundle-lock.1.html",
        ),
        LockFormat::Gradle => (
            "a line for each artifact, and its SHA-256 or SHA-512 in gradle/verification-metadata.xml",
            "whether each configuration is locked: `dependencyLocking` of the build says so",
            "https://docs.gradle.org/current/userguide/dependency_verification.html",
        ),
        LockFormat::Composer => (
            "a commit (`reference`) for each package, or the `shasum` of its archive",
            "the digest of an archive: Packagist gives none for what GitHub packs, so the \
             server is believed to pack that commit",
            "https://getcomposer.org/doc/01-basic-usage.md#commit-your-composer-lock-file-to-version-control",
        ),
    };
    About { pinned, unsaid, authority }
}

/// Places of equal findings that are listed in one.
const LISTED: usize = 4;

/// What is wrong, whatever entry it is wrong with; and the texts that stand for each `{}` in it,
/// the entry first.
struct LockProblem {
    what: &'static str,
    parts: Vec<String>,
}

fn problem(what: &'static str, parts: impl IntoIterator<Item = impl Into<String>>) -> LockProblem {
    LockProblem { what, parts: parts.into_iter().map(Into::into).collect() }
}

impl From<&'static str> for LockProblem {
    fn from(what: &'static str) -> Self {
        Self { what, parts: Vec::new() }
    }
}

impl LockProblem {
    fn message(&self) -> String {
        let (mut pieces, mut parts) = (self.what.split("{}"), self.parts.iter());
        let first = pieces.next().unwrap_or_default().to_owned();
        pieces.fold(first, |message, piece| message + parts.next().map_or("", |it| it) + piece)
    }
}

/// A problem, and where it is.
struct LockFinding {
    code: Code,
    line: usize,
    problem: LockProblem,
    help: String,
}

impl LockFinding {
    /// The entry, where it has a name, and the line.
    fn place(&self) -> String {
        let entry = self.problem.parts.first().filter(|entry| *entry != "``");
        entry.map_or_else(String::new, |entry| format!("{entry} on "))
            + &format!("line {}", self.line)
    }
}

/// Findings about one lock file.
struct LockFindings<'a> {
    path: &'a str,
    found: Vec<LockFinding>,
}

impl<'a> LockFindings<'a> {
    fn new(path: &'a str) -> Self {
        Self { path, found: Vec::new() }
    }

    fn add(&mut self, code: Code, line: usize, problem: impl Into<LockProblem>, help: &str) {
        let (problem, help) = (problem.into(), help.to_owned());
        self.found.push(LockFinding { code, line, problem, help });
    }

    fn incomplete(&mut self, line: usize, problem: impl Into<LockProblem>, help: &str) {
        self.add(Code::LockIncomplete, line, problem, help);
    }

    /// The lock as a tree; a finding where it is not JSON.
    fn json(&mut self, bytes: &[u8], help: &str) -> Option<Node> {
        let refuse = |error: Unread| {
            let problem = problem("the lock is not JSON: {}", [error.message]);
            self.incomplete(error.line.unwrap_or(1), problem, help);
        };
        json::read(bytes).map_err(refuse).ok()
    }

    fn unknown(&mut self, line: usize, problem: impl Into<LockProblem>, help: &str) {
        self.add(Code::NotEstablishedCode, line, problem, help);
    }

    /// The file as text; otherwise a finding.
    fn text<'b>(&mut self, bytes: &'b [u8]) -> Option<&'b str> {
        let error = match std::str::from_utf8(bytes) {
            Ok(text) => return Some(text),
            Err(error) => error,
        };
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        self.incomplete(line, "the file is not UTF-8", "Have it written by its own tool.");
        None
    }

    /// The findings, the same problem of several entries as one.
    fn finish(self) -> Vec<Finding> {
        let mut kinds: Vec<Vec<LockFinding>> = Vec::new();
        let mut known = std::collections::HashMap::new();
        for found in self.found {
            let at = *known.entry((found.code, found.problem.what)).or_insert(kinds.len());
            match kinds.get_mut(at) {
                Some(same) => same.push(found),
                None => kinds.push(vec![found]),
            }
        }
        kinds.iter().filter_map(|same| joined(self.path, same)).collect()
    }
}

/// The same problem of several entries: the first of them, with the places of the next.
fn joined(path: &str, same: &[LockFinding]) -> Option<Finding> {
    let (first, rest) = same.split_first()?;
    let mut message = first.problem.message();
    if !rest.is_empty() {
        let places: Vec<String> = rest.iter().take(LISTED).map(LockFinding::place).collect();
        message.push_str(&format!("; {} more like it: {}", rest.len(), places.join(", ")));
    }
    if rest.len() > LISTED {
        message.push_str(&format!(" and {} more", rest.len() - LISTED));
    }
    let place = Place::line(path, first.line);
    Some(Finding::new(first.code, message).help(&first.help).at(place))
}

/// The algorithm of `algorithm:digest` in hexadecimal digits, if the digest has its form.
fn digest(text: &str) -> Option<&str> {
    let (algorithm, digits) = text.split_once(':')?;
    let known = [("sha256", 64), ("sha384", 96), ("sha512", 128)];
    let (_, length) = known.into_iter().find(|(name, _)| *name == algorithm)?;
    is_hex(digits, length).then_some(algorithm)
}

/// Whether a Subresource Integrity text has a digest of SHA-256 or better, in base64.
fn is_integrity(text: &str) -> bool {
    let known = [("sha256-", 44), ("sha384-", 64), ("sha512-", 88)];
    text.split_ascii_whitespace().any(|one| {
        known.iter().any(|(name, length)| {
            one.strip_prefix(name).is_some_and(|rest| is_base64(rest, *length))
        })
    })
}

/// Whether a text is base64 of that many characters, the padding included.
fn is_base64(text: &str, length: usize) -> bool {
    let digits = text.trim_end_matches('=');
    text.len() == length
        && text.len() - digits.len() <= 2
        && digits.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/".contains(&b))
}

#[cfg(test)]
mod tests;
