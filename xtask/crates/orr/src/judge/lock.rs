//! Lock files: that every dependency is pinned to one version and one digest.
//! Whether a lock fits its manifest is for its own tool to say.

mod cargo;
mod requirements;

pub use cargo::cargo_lock;
pub use requirements::requirements;

use thrice_findings::{Code, Finding, Place};

/// Findings about one lock file.
struct Report<'a> {
    path: &'a str,
    findings: Vec<Finding>,
}

impl<'a> Report<'a> {
    fn new(path: &'a str) -> Self {
        Self { path, findings: Vec::new() }
    }

    fn incomplete(&mut self, line: usize, message: impl Into<String>, help: &str) {
        let finding = Finding::new(Code::LockIncomplete, message).help(help);
        self.findings.push(finding.at(Place::line(self.path, line)));
    }

    fn unknown(&mut self, line: usize, message: impl Into<String>, help: &str) {
        let finding = Finding::new(Code::NotEstablishedCode, message).help(help);
        self.findings.push(finding.at(Place::line(self.path, line)));
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
}

#[cfg(test)]
mod tests;
