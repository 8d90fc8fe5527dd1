//! T2: secrets in tracked files, found by gitleaks where it is on PATH, otherwise
//! by ripsecrets, which is built once for this machine where it is missing.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::Serialize;

use super::Decided;
use crate::evidence::json::canonical;
use crate::evidence::manifest::sha256_hex;
use crate::judge::suppression;
use crate::layout::{Run, cache_folder};
use crate::surroundings::{Surroundings, changes};
use thrice_facts::files;
use thrice_facts::git::{Commit, Repository, Tree, TreeEntry};
use thrice_facts::interrupt::Interrupt;
use thrice_facts::machine;
use thrice_facts::process::Call;
use thrice_findings::text::is_word;
use thrice_findings::{Code, Finding, Place};
use thrice_programme::Suppressed;
use thrice_report::text::counted;

/// The version of ripsecrets that is built where there is none.
const RIPSECRETS: &str = "0.1.11";
/// Files handed to one call; far below what a command line can hold.
const BATCH: usize = 400;
/// Files by which a repository instructs the scanners what to pass over.
const EXCEPTIONS: &[&str] = &[".gitleaks.toml", ".gitleaksignore", ".secretsignore"];

/// The mode of a link.
const LINK: &str = "120000";

/// A scanner that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Scanner {
    /// gitleaks, at this path.
    Gitleaks(PathBuf),
    /// ripsecrets, at this path.
    Ripsecrets(PathBuf),
}

/// Where something that looks like a secret stands. What it is, is not repeated.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Hit {
    file: String,
    line: usize,
    #[serde(skip)]
    end: usize,
    /// Its first character in the line, from 1, and how many they are.
    #[serde(skip)]
    characters: Option<(usize, usize)>,
    /// The name by which gitleaks passes it over; empty of another scanner.
    #[serde(skip)]
    fingerprint: String,
}

/// Something that looks like a secret, in a line that makes the scanner pass it over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Suppression {
    file: String,
    line: usize,
    reason: Option<String>,
}

#[derive(Serialize)]
struct SecretException {
    path: &'static str,
    sha256: String,
}

#[derive(Serialize)]
struct SecretReport {
    schema: &'static str,
    scanner: &'static str,
    version: String,
    files_scanned: usize,
    exceptions: Vec<SecretException>,
    suppressed: Vec<Suppression>,
    findings: Vec<Hit>,
}

/// The scanner of this machine, if one is there already.
#[must_use]
pub(crate) fn scanner() -> Option<Scanner> {
    if let Ok(path) = which::which("gitleaks") {
        return Some(Scanner::Gitleaks(path));
    }
    let own = own_ripsecrets().filter(|path| path.is_file());
    which::which("ripsecrets").ok().or(own).map(Scanner::Ripsecrets)
}

/// The scanner for secrets, as people who set a machine up are told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Readiness {
    /// It is here: its name.
    Here(&'static str),
    /// The first review builds it.
    Built,
    /// Nothing is here that could build it.
    #[default]
    Missing,
}

/// What the first review does where there is no scanner.
pub const BUILDS: &str = "the first review builds ripsecrets with cargo, once for this machine; that takes several minutes. Install gitleaks to avoid it";

/// Whether the gate of secrets can run on this machine.
#[must_use]
pub fn readiness() -> Readiness {
    match scanner() {
        Some(Scanner::Gitleaks(_)) => Readiness::Here("gitleaks"),
        Some(Scanner::Ripsecrets(_)) => Readiness::Here("ripsecrets"),
        None if machine::has("cargo") => Readiness::Built,
        None => Readiness::Missing,
    }
}

fn own_folder() -> Option<PathBuf> {
    Some(cache_folder()?.join("tools").join(format!("ripsecrets-{RIPSECRETS}")))
}

fn own_ripsecrets() -> Option<PathBuf> {
    Some(own_folder()?.join("bin/ripsecrets"))
}

/// How a scanner is built for this machine.
pub(crate) struct ScannerBuild {
    /// Whoever builds holds this folder.
    pub(crate) folder: PathBuf,
    /// Where cargo compiles. A build that was cut short goes on from what is there.
    pub(crate) target: PathBuf,
    pub(crate) command: Vec<String>,
}

/// The build of ripsecrets. Whole-program optimisation would double the time and gain
/// nothing here.
#[must_use]
pub(crate) fn build() -> Option<ScannerBuild> {
    let folder = own_folder()?;
    let target = folder.join("target");
    let (root, compiled) = (folder.display().to_string(), target.display().to_string());
    let words = [
        "cargo",
        "install",
        "ripsecrets",
        "--version",
        RIPSECRETS,
        "--locked",
        "--root",
        &root,
        "--target-dir",
        &compiled,
        "--config",
        "profile.release.lto=false",
        "--config",
        "profile.release.codegen-units=16",
        "--config",
        "profile.release.opt-level=1",
    ];
    let command = words.map(str::to_owned).to_vec();
    Some(ScannerBuild { folder, target, command })
}

pub(super) fn decide(surroundings: &Surroundings<'_>) -> anyhow::Result<Decided> {
    let Some(scanner) = scanner() else {
        let finding = Finding::new(Code::ProgramMissing, "there is no scanner for secrets")
            .help("install gitleaks, or `cargo install ripsecrets --locked`");
        return Ok(Decided { findings: vec![finding], files: Vec::new() });
    };
    let run = surroundings.run;
    let export = run.scratch.join("secrets");
    files::remove(&export)?;
    let tree = surroundings.committed()?;
    let base = surroundings.base()?;
    let mut paths = tree.export(&export)?;
    // Where the base moves on between runs, this number stays.
    let files_scanned = paths.len();
    paths.extend(beside(run, &tree, base.as_ref(), &export)?);
    let marked = unsuppress(&export, &paths)?;
    let (name, version, hits) = match &scanner {
        Scanner::Gitleaks(program) => {
            ("gitleaks", version(program)?, gitleaks(program, &export, surroundings.interrupt)?)
        }
        Scanner::Ripsecrets(program) => (
            "ripsecrets",
            version(program)?,
            ripsecrets(program, &export, &paths, surroundings.interrupt)?,
        ),
    };
    let (hidden, hits): (Vec<Hit>, Vec<Hit>) = hits.into_iter().partition(|hit| {
        let lines = marked.get(&hit.file).map(Vec::as_slice).unwrap_or_default();
        lines.iter().any(|line| (hit.line..=hit.end).contains(line))
    });
    let settings = &surroundings.policy.gates.suppressed;
    let changes = |path: &str| changes(&tree, base.as_ref(), path);
    let (suppressed, mut findings) = judge_suppressions(hidden, settings, changes);
    let report = SecretReport {
        schema: "xtask/secrets/2",
        scanner: name,
        version,
        files_scanned,
        exceptions: exceptions(&export)?,
        suppressed,
        findings: hits.clone(),
    };
    files::remove(&export)?;
    let excepted = report.exceptions.iter().filter(|it| changes(it.path)).map(|exception| {
        let message =
            format!("this patch changes what the scanner passes over, in {}", exception.path);
        Finding::new(Code::ScanExceptions, message)
            .help("read what it excepts now")
            .at(Place::file(exception.path))
    });
    findings.extend(excepted);
    findings.extend(hits.into_iter().map(|hit| found(&scanner, name, hit)));
    Ok(Decided { findings, files: vec![(format!("{name}_report.json"), canonical(&report)?)] })
}

/// What there is to say of one hit of the scanner of this name.
fn found(scanner: &Scanner, name: &str, hit: Hit) -> Finding {
    let Hit { file, line, characters, fingerprint, .. } = hit;
    let (of, named) = match (characters, &*fingerprint) {
        (Some((_, many)), _) => (format!(" of {}", counted(many, "character")), String::new()),
        (None, "") => (String::new(), String::new()),
        (None, name) => (String::new(), format!(" ({name})")),
    };
    let where_none = match scanner {
        Scanner::Gitleaks(_) => {
            "add its fingerprint, which is in brackets, to `.gitleaksignore`".to_owned()
        }
        // It compares what its own pattern captured, not the line.
        Scanner::Ripsecrets(_) => {
            let value = characters.filter(|_| is_word(&file, "._-/")).map(|(first, many)| {
                format!(
                    " (`awk 'NR == {line} {{ print substr($0, {first}, {many}) }}' {file}` prints it)"
                )
            });
            format!(
                "add the value alone, as many characters from that column on{}, below `[secrets]` \
                 in `.secretsignore`",
                value.unwrap_or_default()
            )
        }
    };
    let mut place = Place::line(&file, line);
    place.column = characters.map(|(first, _)| first);
    let help = "take it out and revoke it: once committed, it is known; if it is no secret, ";
    Finding::new(Code::SecretFound, format!("{name} sees a secret{of} in {file}{named}"))
        .help(format!("{help}{where_none}, and commit that"))
        .at(place)
}

/// Writes beside an export what else is pushed with it, and so known for ever: where its links
/// lead; of each commit of the patch itself, its message and the names of what it touched, and what
/// it brought and a later one took out or wrote over. What a commit has lies below a folder of its
/// id, which findings show. Gives their paths.
fn beside(
    run: &Run,
    tree: &Tree,
    base: Option<&(Commit, Tree)>,
    export: &Path,
) -> anyhow::Result<Vec<Vec<u8>>> {
    let repository = Repository::around(&run.root)?;
    let links = tree.entries().filter(|(_, mode, _)| *mode == LINK);
    let mut found: BTreeMap<String, Vec<u8>> = links
        .filter(|(path, ..)| !EXCEPTIONS.iter().any(|name| name.as_bytes() == *path))
        .map(|(path, _, object)| (object.to_owned(), path.to_owned()))
        .collect();
    // A patch could lay a file where another is written here, and so hide one of both.
    let tops = tree.paths().filter_map(|path| path.split(|byte| *byte == b'/').next());
    let tops: BTreeSet<Vec<u8>> = tops.map(<[u8]>::to_ascii_lowercase).collect();
    let unused = |mut name: String| {
        while tops.contains(name.as_bytes()) {
            name.push('_');
        }
        name.into_bytes()
    };
    let mut written = Vec::new();
    if let Some((base, before)) = base {
        let commits = repository.commits_between(base, &run.commit)?;
        let ids: Vec<String> = commits.into_iter().map(|(id, _)| id).collect();
        let known: BTreeSet<&str> =
            tree.entries().chain(before.entries()).map(|(_, _, object)| object).collect();
        let mut names: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        for touched in repository.touched_by(&ids)? {
            names.insert(touched.commit.clone(), touched.paths().collect::<Vec<_>>().join(&b'\n'));
            let folder = unused(format!("commit {}", touched.commit));
            for it in touched.differences {
                let scanned = |it: &TreeEntry| it.mode.starts_with("100") || it.mode == LINK;
                let Some(new) = it.new.filter(scanned) else { continue };
                if !known.contains(new.object.as_str()) {
                    found.entry(new.object).or_insert([&folder[..], b"/", &it.path].concat());
                }
            }
        }
        repository.read_commits(&ids, |id, commit| {
            written.push(unused(format!("message of {id}")));
            let names = names.remove(id).unwrap_or_default();
            // Ids that git wrote say nothing.
            let lines = commit.split_inclusive(|byte| *byte == b'\n');
            let said =
                lines.skip_while(|it| it.starts_with(b"tree ") || it.starts_with(b"parent "));
            let commit = said.collect::<Vec<_>>().concat();
            write(export, written.last(), &[&commit[..], b"\n", &names].concat())
        })?;
    }
    let objects: Vec<&str> = found.keys().map(String::as_str).collect();
    let mut done = Ok(());
    repository.read_blobs(&objects, |object, bytes| {
        if done.is_ok() {
            done = write(export, found.get(object), bytes);
        }
    })?;
    done?;
    written.extend(found.into_values());
    Ok(written)
}

fn write(export: &Path, path: Option<&Vec<u8>>, bytes: &[u8]) -> anyhow::Result<()> {
    let Some(path) = path else { return Ok(()) };
    files::write_whole(&export.join(std::ffi::OsStr::from_bytes(path)), bytes)
}

/// Blanks every comment that would suppress a finding in an export, so that what it hides
/// is seen; gives the lines that had one, by file.
fn unsuppress(export: &Path, paths: &[Vec<u8>]) -> anyhow::Result<BTreeMap<String, Vec<usize>>> {
    let mut marked = BTreeMap::new();
    for path in paths {
        let target = export.join(std::ffi::OsStr::from_bytes(path));
        if let Some((text, lines)) = suppression::without(&files::read(&target)?) {
            std::fs::write(&target, text)
                .with_context(|| format!("cannot write {}", target.display()))?;
            marked.insert(files::display_bytes(path), lines);
        }
    }
    Ok(marked)
}

/// What is hidden, each with policy's reason, and what there is to say of it.
fn judge_suppressions(
    hidden: Vec<Hit>,
    settings: &[Suppressed],
    changes: impl Fn(&str) -> bool,
) -> (Vec<Suppression>, Vec<Finding>) {
    let (mut suppressed, mut findings) = (Vec::new(), Vec::new());
    let mut used = BTreeSet::new();
    for Hit { file, line, .. } in hidden {
        let rule = settings.iter().position(|rule| rule.paths.is_match(&file));
        used.extend(rule);
        let reason = rule.and_then(|at| settings.get(at)).map(|rule| rule.reason.clone());
        let place = Place::line(&file, line);
        match &reason {
            Some(reason) if changes(&file) => {
                let message = format!("a comment hides what looks like a secret: {reason}");
                let finding = Finding::new(Code::ScanExceptions, message);
                findings.push(finding.help("read the line: this patch changes its file").at(place));
            }
            Some(_) => {}
            None => {
                let message =
                    "a comment hides what looks like a secret, and policy gives no reason";
                let help = "take it out and revoke it; where it is none, say why in `[secrets]` of \
                            policy/gates.toml: `suppressed = [{ paths = \"…\", reason = \"…\" }]`";
                findings.push(Finding::new(Code::SecretSuppressed, message).help(help).at(place));
            }
        }
        suppressed.push(Suppression { file, line, reason });
    }
    let unused = settings.iter().enumerate().filter(|(at, _)| !used.contains(at));
    findings.extend(unused.map(|(_, rule)| {
        let message =
            format!("`[secrets]` excuses `{}`, where no comment hides anything", rule.paths.text());
        let finding = Finding::new(Code::ScanExceptions, message);
        finding.help("take it out of policy/gates.toml").at(rule.place.clone())
    }));
    (suppressed, findings)
}

fn version(program: &Path) -> anyhow::Result<String> {
    let flag = if program.ends_with("gitleaks") { "version" } else { "--version" };
    let printed = scan_call(program, Path::new("/")).argument(flag).run()?;
    Ok(String::from_utf8_lossy(&printed.stdout).split_whitespace().last().unwrap_or("").to_owned())
}

/// A call of a scanner, which needs no token.
fn scan_call(program: &Path, folder: &Path) -> Call {
    Call::new(program.display().to_string(), folder).set("LC_ALL", "C.UTF-8")
}

fn exceptions(export: &Path) -> anyhow::Result<Vec<SecretException>> {
    let mut exceptions = Vec::new();
    for path in EXCEPTIONS {
        if let Some(bytes) = files::read_if_there(&export.join(path))? {
            exceptions.push(SecretException { path, sha256: sha256_hex(&bytes) });
        }
    }
    Ok(exceptions)
}

fn gitleaks(program: &Path, export: &Path, interrupt: &Interrupt) -> anyhow::Result<BTreeSet<Hit>> {
    #[derive(serde::Deserialize)]
    struct Leak {
        #[serde(rename = "File")]
        file: String,
        #[serde(rename = "StartLine")]
        line: usize,
        #[serde(rename = "EndLine", default)]
        end: usize,
        #[serde(rename = "Fingerprint", default)]
        fingerprint: String,
    }
    let report = export.with_extension("gitleaks.json");
    let arguments = ["detect", "--no-git", "--no-banner", "--redact", "--report-format", "json"];
    let printed = scan_call(program, export)
        .arguments(arguments)
        .arguments(["--exit-code", "9", "--source", ".", "--report-path"])
        .argument(&report)
        .run_supervised_any_status(interrupt)?;
    if !matches!(printed.status, 0 | 9) {
        anyhow::bail!("gitleaks ended with status {}", printed.status);
    }
    let leaks: Vec<Leak> =
        serde_json::from_slice(&files::read(&report)?).context("cannot read gitleaks's report")?;
    files::remove(&report)?;
    let own = |leak: Leak| Hit {
        end: leak.end.max(leak.line),
        file: leak.file,
        line: leak.line,
        characters: None,
        fingerprint: leak.fingerprint,
    };
    Ok(leaks.into_iter().map(own).collect())
}

/// Files are named one by one: a folder would be searched without its hidden and
/// ignored files.
fn ripsecrets(
    program: &Path,
    export: &Path,
    paths: &[Vec<u8>],
    interrupt: &Interrupt,
) -> anyhow::Result<BTreeSet<Hit>> {
    let mut hits = BTreeSet::new();
    for batch in paths.chunks(BATCH) {
        // The caller sees the request to stop and drops the result.
        if interrupt.requested() {
            anyhow::bail!("interrupted");
        }
        let named: BTreeMap<Vec<u8>, &Vec<u8>> =
            batch.iter().map(|path| ([b"./", path.as_slice()].concat(), path)).collect();
        let printed = scan_call(program, export)
            .argument("--only-matching")
            .arguments(named.keys().map(|name| std::ffi::OsStr::from_bytes(name)))
            .run_any_status()?;
        if !matches!(printed.status, 0 | 1) {
            anyhow::bail!("ripsecrets ended with status {}", printed.status);
        }
        let lines = printed.stdout.split(|byte| *byte == b'\n');
        let found: Vec<Printed<'_>> = lines.filter_map(|line| parse_hit(line, &named)).collect();
        if found.is_empty() != (printed.status == 0) {
            anyhow::bail!("ripsecrets printed what cannot be read as its findings");
        }
        for Printed { path, line, value } in found {
            let text = files::read(&export.join(std::ffi::OsStr::from_bytes(path)))?;
            hits.insert(Hit {
                file: files::display_bytes(path),
                line,
                end: line,
                characters: characters(&text, line, value),
                fingerprint: String::new(),
            });
        }
    }
    Ok(hits)
}

/// A line that ripsecrets printed.
#[derive(Debug, PartialEq, Eq)]
struct Printed<'a> {
    path: &'a [u8],
    line: usize,
    value: &'a [u8],
}

/// `./path:line:value`; the path may itself hold colons, so it is looked up.
fn parse_hit<'a>(line: &'a [u8], named: &BTreeMap<Vec<u8>, &'a Vec<u8>>) -> Option<Printed<'a>> {
    let colons = line.iter().enumerate().filter(|(_, byte)| **byte == b':').map(|(at, _)| at);
    for at in colons {
        let Some(path) = named.get(&line[..at]) else { continue };
        let rest = &line[at + 1..];
        let end = rest.iter().position(|byte| *byte == b':')?;
        if let Some(line) = std::str::from_utf8(&rest[..end]).ok().and_then(|n| n.parse().ok()) {
            return Some(Printed { path, line, value: &rest[end + 1..] });
        }
    }
    None
}

/// Where in its line of the text a value stands: its first character from 1, and how many.
fn characters(text: &[u8], line: usize, value: &[u8]) -> Option<(usize, usize)> {
    let line = text.split(|byte| *byte == b'\n').nth(line.checked_sub(1)?)?;
    let at = line.windows(value.len().max(1)).position(|part| part == value)?;
    let many = |bytes: &[u8]| String::from_utf8_lossy(bytes).chars().count();
    Some((many(&line[..at]) + 1, many(value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_named_by_its_characters() {
        let text = "one\r\nk\u{e9}y = v\u{e9}lue!".as_bytes();
        for (line, value, at) in [
            (2, "v\u{e9}lue", Some((7, 5))),
            (1, "one", Some((1, 3))),
            (1, "two", None),
            (2, "", None),
            (0, "one", None),
            (9, "one", None),
        ] {
            assert_eq!(characters(text, line, value.as_bytes()), at, "{line} {value}");
        }
    }

    #[test]
    fn a_path_with_colons_is_told_from_the_line() {
        let path = b"a:7:b".to_vec();
        let named = BTreeMap::from([(b"./a:7:b".to_vec(), &path)]);
        let printed = Printed { path: b"a:7:b", line: 12, value: b"key = x:y" };
        assert_eq!(parse_hit(b"./a:7:b:12:key = x:y", &named), Some(printed));
        assert_eq!(parse_hit(b"./other:1:x", &named), None);
    }
}
