//! Commands whose result is a document: on standard output it stands alone, byte for
//! byte; a file is replaced only by one of its kind.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use thrice_facts::files;
use thrice_findings::{Code, Finding, Place, Severity, Verdict, verdict};
use thrice_orr::layout::Output;
use thrice_report::text::safe;
use thrice_report::{Printer, Report};

/// A document that a command made.
pub struct Document {
    pub command: &'static str,
    /// What people call it.
    pub noun: &'static str,
    pub text: String,
    /// What was found while it was made.
    pub findings: Vec<Finding>,
    /// Whether a file is one of its kind, so that it may be replaced.
    pub is_kind: fn(&[u8]) -> bool,
}

impl Document {
    /// Writes the document to a file, or prints it. Where a finding refuses, there is no
    /// document. A file among the outputs makes their folder, as a review would.
    pub fn give(self, write: Option<&Path>, output: &Output) -> anyhow::Result<Report> {
        if verdict(&self.findings) != Verdict::Pass {
            return Ok(Report::of(self.command, self.findings));
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

    fn write(self, path: &Path) -> anyhow::Result<Report> {
        let shown = path.display().to_string();
        let there = files::read_if_there(path)?;
        if there.is_some_and(|bytes| !(self.is_kind)(&bytes)) {
            let message = format!("{shown} is there, and is no {}", self.noun);
            let finding = Finding::new(Code::UsageWrong, message)
                .help("name another file, or move that one away")
                .at(Place::file(shown));
            return Ok(Report::of(self.command, vec![finding]));
        }
        files::write_whole(&beside(path), self.text.as_bytes())?;
        let mut report = Report::of(self.command, self.findings);
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
        let mut report = Report::new(self.command);
        report.announces = false;
        report.is_document = true;
        report.data = json!({ "text": self.text, "notes": self.findings });
        report.body = self.text;
        report
    }
}

/// Whether a path, which need not be there yet, lies in a folder of the repository.
fn lies_in(folder: &Path, path: &Path) -> bool {
    let real = beside(path).ancestors().find_map(|there| {
        let rest = path.strip_prefix(there).unwrap_or(path);
        Some(there.canonicalize().ok()?.join(rest))
    });
    real.is_some_and(|real| real.starts_with(folder))
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
