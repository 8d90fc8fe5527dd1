//! The files in which a gate's test runner leaves its report, and what they come to.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use anyhow::bail;

use super::layout::Run;
use crate::judge::test_report;
use crate::judge::test_report::{OUTSIDE, TestOutcome, TestReport, UNBUILT};
use thrice_facts::files;
use thrice_facts::files::{PathKind, file_name};
use thrice_findings::{Code, Finding, Place, Stop};
use thrice_policy::values::PathGlob;
use thrice_programme::{Action, Gate, Tests};
use thrice_report::text::counted;

/// The largest test report that is read, all its files together.
const REPORT_LIMIT: u64 = 256 << 20;
/// How many failed tests a finding each is made for.
const NAMED_TESTS: usize = 100;

/// When a file was written, how long it is, and which file it is.
type Stamp = (i64, i64, u64, u64);

/// Files that match a gate's `tests.file` before the gate starts. The gate did not write
/// them, and the author of a patch could have committed them.
pub(super) struct OldReports(BTreeMap<PathBuf, Stamp>);

impl OldReports {
    /// Removes an old report that policy names by its path, and remembers those that a
    /// pattern matches: a pattern may match what is no report, so nothing is removed.
    pub(super) fn put_aside(run: &Run, gate: &Gate) -> anyhow::Result<Self> {
        let mut old = BTreeMap::new();
        let Some(glob) = gate.tests.as_ref().and_then(|tests| tests.file.as_ref()) else {
            return Ok(Self(old));
        };
        if glob.is_literal() {
            remove_old_report(run, gate, glob.text())?;
        } else {
            for path in matching(run, glob)? {
                let stamp = stamp(&path)?;
                old.insert(path, stamp);
            }
        }
        Ok(Self(old))
    }

    /// The report that the gate wrote.
    pub(super) fn read_new(
        &self,
        run: &Run,
        gate: &Gate,
        tests: &Tests,
    ) -> Result<TestReport, Stop> {
        let unread = |reason: String| -> Stop {
            Finding::new(Code::TestsUnread, format!("{}: {reason}", gate.id))
                .help(format!("read {}", run.shown(&run.output.log(&gate.id))))
                .at(Place::gate(&gate.id))
                .into()
        };
        let paths = match &tests.file {
            None => vec![run.output.log(&gate.id)],
            Some(glob) if glob.is_literal() => vec![run.checkout.join(glob.text())],
            Some(glob) => {
                let mut paths = matching(run, glob)?;
                for path in std::mem::take(&mut paths) {
                    let is_new = self.0.get(&path) != Some(&stamp(&path)?);
                    paths.extend(is_new.then_some(path));
                }
                paths
            }
        };
        let place = match &tests.file {
            Some(glob) => glob.text().to_owned(),
            None => run.shown(run.output.folder()),
        };
        let missing = || Err(unread(format!("there is no test report at {place}")));
        if paths.is_empty() {
            return missing();
        }
        let mut size = 0;
        let mut reports = Vec::new();
        for path in &paths {
            let Ok(metadata) = path.symlink_metadata() else { return missing() };
            size += metadata.len();
            let shown = match path.strip_prefix(&run.checkout) {
                Ok(inside) if paths.len() > 1 => inside.display().to_string(),
                _ => place.clone(),
            };
            if !metadata.is_file() || size > REPORT_LIMIT {
                return Err(unread(format!("{shown} cannot be read as a report")));
            }
            match test_report::read(tests.reader, &files::read(path)?) {
                Ok(report) => reports.push(report),
                Err(why) if paths.len() > 1 => return Err(unread(format!("{shown}: {why}"))),
                Err(why) => return Err(unread(why.to_string())),
            }
        }
        let mut folders = Vec::new();
        for folder in [&run.checkout, &run.scratch] {
            let real = folder.canonicalize().unwrap_or_else(|_| folder.clone());
            folders.extend([folder.display().to_string(), real.display().to_string()]);
        }
        let folders: Vec<&str> = folders.iter().map(String::as_str).collect();
        Ok(TestReport::sum(reports).without_folders(&folders))
    }
}

/// A report that lies there before the gate starts was not written by it. Only a plain
/// file that no link leads to is removed.
fn remove_old_report(run: &Run, gate: &Gate, file: &str) -> anyhow::Result<()> {
    let path = run.checkout.join(file);
    let Ok(metadata) = path.symlink_metadata() else { return Ok(()) };
    let straight =
        path.canonicalize().ok() == run.checkout.canonicalize().ok().map(|c| c.join(file));
    if !metadata.is_file() || !straight {
        bail!(
            "{file} is to be the test report of {}, but is there already and no plain file; \
             name another file in policy/gates.toml",
            gate.id
        );
    }
    files::remove(&path)
}

/// The plain files that match, sorted. No link leads to them, and what lies in the folder
/// of the evidence, or in git's own, is none of them.
fn matching(run: &Run, glob: &PathGlob) -> anyhow::Result<Vec<PathBuf>> {
    let special = |part: &&str| part.contains(['*', '?', '[', '{', '\\']);
    let mut literal: Vec<&str> = glob.text().split('/').take_while(|part| !special(part)).collect();
    literal.retain(|part| !matches!(*part, "" | "."));
    let start = literal.join("/");
    let folder = run.checkout.join(&start);
    let straight = run.checkout.canonicalize().ok().map(|checkout| checkout.join(&start));
    if folder.canonicalize().ok() != straight {
        return Ok(Vec::new());
    }
    let mut paths = Vec::new();
    for file in files::walk(&folder)? {
        let Ok(below) = std::str::from_utf8(&file.relative) else { continue };
        let name = if start.is_empty() { below.to_owned() } else { format!("{start}/{below}") };
        let is_out = [run.inner_output.as_str(), ".git"]
            .iter()
            .any(|out| name.strip_prefix(out).is_some_and(|rest| rest.starts_with('/')));
        if matches!(file.kind, PathKind::File { .. }) && !is_out && glob.is_match(&name) {
            paths.push(file.path);
        }
    }
    Ok(paths)
}

fn stamp(path: &Path) -> anyhow::Result<Stamp> {
    let metadata = path.symlink_metadata()?;
    Ok((metadata.mtime(), metadata.mtime_nsec(), metadata.len(), metadata.ino()))
}

/// The name of a test as its runner takes it, where the report has another form: Maven's method
/// behind a `#`, and pytest's file by its path.
fn as_typed(name: &str, commands: &[Vec<String>], is_file: impl Fn(&str) -> bool) -> String {
    let has = |word: &str| commands.iter().flatten().any(|it| file_name(it) == word);
    let Some((class, test)) = name.split_once("::") else { return name.to_owned() };
    if has("mvn") || has("mvnw") {
        return format!("{class}#{test}");
    }
    if has("pytest") {
        // The longest beginning that is a file; the rest are classes.
        let parts: Vec<&str> = class.split('.').collect();
        let file = |count: usize| format!("{}.py", parts[..count].join("/"));
        let is_there = |count: &usize| is_file(&file(*count));
        if let Some(count) = (1..=parts.len()).rev().find(is_there) {
            let rest = parts[count..].iter().chain(&[test]).copied().collect::<Vec<_>>();
            return format!("{}::{}", file(count), rest.join("::"));
        }
    }
    name.to_owned()
}

/// What the report comes to: tests that failed, none, or fewer than policy requires.
pub(super) fn judge_report(
    run: &Run,
    gate: &Gate,
    tests: &Tests,
    report: &TestReport,
) -> Vec<Finding> {
    let commands = match &gate.action {
        Action::Run(commands) => commands.as_slice(),
        Action::Builtin(_) => &[],
    };
    let typed = |name: &str| as_typed(name, commands, |path| run.checkout.join(path).is_file());
    let mut findings = Vec::new();
    let mut add = |finding: Finding| findings.push(finding.at(Place::gate(&gate.id)));
    let failed = report.tests.iter().filter(|test| test.outcome == TestOutcome::Failed);
    let more = (report.counts.failed as usize).saturating_sub(NAMED_TESTS);
    for test in failed.take(NAMED_TESTS) {
        let whole = |end: &str| Some(test.name.strip_suffix(end)?.trim_end_matches([':', ' ']));
        let message = match (whole(OUTSIDE), whole(UNBUILT)) {
            (Some(whole), _) => format!("{}: `{whole}` failed {OUTSIDE}", gate.id),
            (_, Some(whole)) => format!("{}: `{whole}` {UNBUILT}", gate.id),
            (None, None) => {
                format!("{}: the test `{}` failed", gate.id, typed(&test.name))
            }
        };
        let log = run.shown(&run.output.log(&gate.id));
        add(Finding::new(Code::TestFailed, message).help(format!("its output is in {log}")));
    }
    if more > 0 {
        let message = format!("{}: {more} more tests failed", gate.id);
        add(Finding::new(Code::TestFailed, message));
    }
    for program in &report.by_status {
        let message = format!(
            "{}: `{program}` has a `main` of its own: established by its exit status, no test \
             of it is counted",
            gate.id
        );
        add(Finding::new(Code::TestsByStatus, message));
    }
    let ran = report.counts.ran();
    if ran == 0 {
        let message = match report.counts.skipped {
            0 => format!("{} ran no test", gate.id),
            skipped => format!("{} ran no test: {skipped} were skipped", gate.id),
        };
        let help = if report.by_status.is_empty() {
            "correct the command in policy/gates.toml: an empty run proves nothing"
        } else {
            "to decide by exit status alone, take `tests` out of this gate in policy/gates.toml"
        };
        add(Finding::new(Code::TestsNone, message).help(help));
    } else if ran < tests.minimum && report.counts.failed == 0 {
        let ran = counted(usize::try_from(ran).unwrap_or(usize::MAX), "test");
        let message = format!("{} ran {ran}; policy demands {}", gate.id, tests.minimum);
        add(Finding::new(Code::TestsFewer, message)
            .help("bring back those that are gone, or lower the minimum by a patch of its own"));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::as_typed;

    #[test]
    fn a_test_is_named_as_its_runner_takes_it() {
        for (command, name, typed) in [
            ("python3 -m pytest", "t.test_a::test_x", "t/test_a.py::test_x"),
            ("uv run pytest -q", "t.test_a.TestB::test_x", "t/test_a.py::TestB::test_x"),
            ("pytest", "gone.test_a::test_x", "gone.test_a::test_x"),
            ("pytest", "collection", "collection"),
            ("./mvnw test", "org.ATest::a", "org.ATest#a"),
            ("npx vitest", "a::b", "a::b"),
        ] {
            let commands = [command.split(' ').map(str::to_owned).collect()];
            assert_eq!(as_typed(name, &commands, |path| path == "t/test_a.py"), typed);
        }
    }
}
