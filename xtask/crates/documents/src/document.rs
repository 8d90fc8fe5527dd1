//! Commands whose result is a document: on standard output it stands alone, byte for
//! byte; a file is replaced only by one of its kind.

use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

use serde_json::{Value, json};

use thrice_facts::files;
use thrice_findings::text::is_word;
use thrice_findings::{Code, Finding, Place, Severity, Stop, Verdict, verdict};
use thrice_orr::layout::Output;
use thrice_report::text::safe;
use thrice_report::{Printer, Report};

/// A document that a command made.
pub struct Document<'a> {
    /// What people call it.
    pub noun: &'static str,
    /// The bytes of the file, as text.
    pub text: String,
    /// What was found while it was made.
    pub findings: Vec<Finding>,
    /// Whether a file is one of its kind, so that it may be replaced.
    pub is_kind: &'a dyn Fn(&[u8]) -> bool,
}

/// The bytes of a document that a command reads, at most so many; `writes` is the command that
/// writes one.
///
/// # Errors
/// Where it isn't there, with what writes it, or cannot be read.
pub fn read(file: &Path, most: usize, writes: &str) -> Result<Vec<u8>, Stop> {
    let is_absent = file.as_os_str() != "-"
        && file.symlink_metadata().is_err_and(|error| error.kind() == ErrorKind::NotFound);
    if is_absent {
        let shown = named(file);
        let written = match is_word(&shown, "/._-") {
            true => format!("`cargo xtask {writes} --write {shown}` writes it"),
            false => format!("`cargo xtask {writes}` writes one"),
        };
        let message = format!("cannot read {shown}: it isn't there");
        return Err(Finding::new(Code::NotEstablishedCode, message).help(written).into());
    }
    Ok(files::read_named(file, most)?)
}

impl Document<'_> {
    /// Writes the document to a file, or prints it. Where a finding refuses, there is no
    /// document. A file among the outputs makes their folder, as a review would.
    pub fn give(self, write: Option<&Path>, output: &Output) -> Result<Report, Stop> {
        if verdict(&self.findings) != Verdict::Pass {
            let mut report = Report::of(self.findings);
            // Standard output is the document's: it may be going to a file.
            report.to_stderr = write.is_none();
            return Ok(report);
        }
        match write {
            Some(path) => {
                if lies_in(output.folder(), path) {
                    output.prepare()?;
                }
                self.write(path)
            }
            None => Ok(self.print()),
        }
    }

    fn write(self, path: &Path) -> Result<Report, Stop> {
        let here = std::env::current_dir().unwrap_or_default();
        let shown = path.strip_prefix(&here).unwrap_or(path).display().to_string();
        let there = files::read_if_there(path)?;
        if there.is_some_and(|bytes| !(self.is_kind)(&bytes)) {
            let message = format!("{shown} exists, and is something other than a {}", self.noun);
            let finding = Finding::new(Code::UsageWrong, message)
                .help("name another file, or move that one away")
                .at(Place::file(shown));
            return Err(finding.into());
        }
        files::write_whole(&beside(path), self.text.as_bytes())?;
        let mut report = Report::of(self.findings);
        report.body = format!("{} written\n", safe(&shown));
        report.data = json!({ "file": shown });
        Ok(report)
    }

    fn print(self) -> Report {
        for finding in &self.findings {
            let word = if finding.severity == Severity::Warn { "warning" } else { "note" };
            let line = format!("{word}[{}]: {}\n", finding.code.name(), finding.message);
            Printer::print_plain(&safe(&line), true);
        }
        let mut report = Report::new();
        report.announces = false;
        report.is_document = true;
        report.data = json!({ "text": self.text, "notes": self.findings });
        report.body = self.text;
        report
    }
}

/// Whether a path, which need not be there yet, lies in a folder of the repository.
fn lies_in(folder: &Path, path: &Path) -> bool {
    real(path).zip(real(folder)).is_some_and(|(path, folder)| path.starts_with(folder))
}

/// A path without links, `.` and `..`, as far as it is there; none where the current folder
/// is gone.
fn real(path: &Path) -> Option<PathBuf> {
    let path = std::path::absolute(path).ok()?;
    let there = path.ancestors().find(|there| there.exists())?;
    let mut real = there.canonicalize().ok()?;
    for part in path.strip_prefix(there).ok()?.components() {
        match part {
            Component::ParentDir => {
                real.pop();
            }
            Component::Normal(name) => real.push(name),
            _ => {}
        }
    }
    Some(real)
}

/// A path whose folder has a name, so that a file can be made beside it.
fn beside(path: &Path) -> PathBuf {
    if path.parent().is_some_and(|folder| folder.as_os_str().is_empty()) {
        Path::new(".").join(path)
    } else {
        path.to_owned()
    }
}

/// What a JSON report says of a checked file.
pub fn checked(file: &Path) -> Value {
    json!({ "file": named(file) })
}

/// A file that a person named, as findings have it.
pub fn named(file: &Path) -> String {
    if file == Path::new("-") { "standard input".to_owned() } else { file.display().to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_lies_in_a_folder_however_it_is_written() {
        let world = tempfile::tempdir().unwrap();
        let root = world.path();
        std::os::unix::fs::symlink(root, root.join("link")).unwrap();
        let out = root.join("out");
        for (path, expected) in [
            ("out/plan.json", true),
            ("./out/./deep/plan.json", true),
            ("elsewhere/../out/plan.json", true),
            ("link/out/plan.json", true),
            ("out/../plan.json", false),
            ("outer/plan.json", false),
        ] {
            assert_eq!(lies_in(&out, &root.join(path)), expected, "{path}");
        }
        // A path from the current folder, which neither begins with `./` nor is there yet.
        let here = std::env::current_dir().unwrap();
        assert!(lies_in(&here.join("no-such-folder"), Path::new("no-such-folder/plan.json")));
        assert!(!lies_in(&here.join("no-such-folder"), Path::new("plan.json")));
    }
}
