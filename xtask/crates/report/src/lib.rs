//! Saying what came out: the only room that writes to the streams.
//!
//! One [`Report`] and one stream of [`event::Event`]s, three renderers: for
//! people, as JSON, and as GitHub annotations. Results go to standard output,
//! progress and notes to standard error.

pub mod csv;
pub mod event;
mod github;
mod human;
mod json;
pub mod markdown;
pub mod program;
mod progress;
mod rest;
pub mod table;
pub mod text;

use std::io::{ErrorKind, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;

use event::Listener;
pub use rest::Rest;
use thrice_facts::machine::columns;
use thrice_findings::{Code, Finding, Severity, Verdict, exit_status, verdict};

/// How a command says what came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people.
    Human,
    /// One JSON object on standard output.
    Json,
    /// GitHub annotations, and a job summary where `GITHUB_STEP_SUMMARY` names a file.
    Github,
}

/// What came out of a command. Which command it was, the command line knows.
#[derive(Debug)]
pub struct Report {
    /// What was found.
    pub findings: Vec<Finding>,
    /// What the command gives beside findings, for programs.
    pub data: Value,
    /// The same for people; printed after the findings.
    pub body: String,
    /// Whether it is printed before them.
    pub body_first: bool,
    /// Whether the body is a document, printed as it is: elsewhere it is another's words.
    pub is_document: bool,
    /// Whether people are reported the verdict in a first line.
    pub announces: bool,
    /// The one command that leads on, as a whole line.
    pub next: Option<String>,
    /// Whether people are reported on standard error, because standard output belongs to a
    /// document that there is none of.
    pub to_stderr: bool,
    /// A first line instead, where the command has words of its own for its verdict.
    pub headline: Option<String>,
    /// What of the command is still at work, and ends before the command does.
    pub rest: Option<Rest>,
}

impl Default for Report {
    fn default() -> Self {
        Self::new()
    }
}

impl Report {
    /// A report without findings.
    #[must_use]
    pub fn new() -> Self {
        Self {
            findings: Vec::new(),
            data: Value::Null,
            body: String::new(),
            body_first: false,
            is_document: false,
            announces: true,
            next: None,
            to_stderr: false,
            headline: None,
            rest: None,
        }
    }

    /// A report of findings.
    #[must_use]
    pub fn of(findings: Vec<Finding>) -> Self {
        Self { findings, ..Self::new() }
    }

    /// A report of what there is to see, which decides on nothing: the answer comes first, and
    /// that the default branch has moved is a note below it.
    #[must_use]
    pub fn screen(mut findings: Vec<Finding>) -> Self {
        note_moved(&mut findings);
        Self { findings, body_first: true, ..Self::new() }
    }

    /// What the findings amount to.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        verdict(&self.findings)
    }

    /// The same for people, with commands as this program was called.
    fn as_called(&self) -> Self {
        let called = |text: &String| program::as_called(text).into_owned();
        let finding = |finding: &Finding| Finding {
            help: finding.help.as_ref().map(called),
            ..finding.clone()
        };
        Self {
            findings: self.findings.iter().map(finding).collect(),
            data: Value::Null,
            body: if self.is_document { self.body.clone() } else { called(&self.body) },
            headline: self.headline.as_ref().map(called),
            next: self.next.as_ref().map(called),
            rest: None,
            ..*self
        }
    }

    /// The exit status.
    #[must_use]
    pub fn exit(&self) -> u8 {
        exit_status(&self.findings)
    }
}

/// Writes the helps of the findings in a report's data as this program was called.
fn help_as_called(data: &mut Value) {
    match data {
        Value::Object(entries) => {
            for (key, value) in entries {
                match value {
                    Value::String(help) if key == "help" => {
                        *help = program::as_called(help).into_owned();
                    }
                    _ => help_as_called(value),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(help_as_called),
        _ => {}
    }
}

/// Where and how to print.
#[derive(Clone, Copy, Debug)]
pub struct Printer {
    format: Format,
}

impl Printer {
    /// A printer for one format.
    #[must_use]
    pub fn new(format: Format) -> Self {
        Self { format }
    }

    /// Whether what it prints holds a report's data.
    #[must_use]
    pub fn is_for_programs(&self) -> bool {
        self.format == Format::Json
    }

    /// Prints the report of a command, such as `orr` or `policy check`. A reader that has
    /// gone away is no error.
    pub fn print(&self, command: &str, report: &Report) {
        let mut data = Value::Null;
        if self.is_for_programs() {
            data.clone_from(&report.data);
            help_as_called(&mut data);
        }
        let report = &report.as_called();
        if report.to_stderr && self.format == Format::Human {
            let text = human::render(command, report, colours(std::io::stderr().is_terminal()));
            return Self::print_plain(&fitting(text), true);
        }
        let mut out = std::io::stdout().lock();
        let text = match self.format {
            Format::Human => {
                let text = human::render(command, report, colours(out.is_terminal()));
                if report.is_document { text } else { fitting(text) }
            }
            Format::Json => json::render(command, report, &data),
            Format::Github => github::render(command, report),
        };
        note_loss(out.write_all(text.as_bytes()).and_then(|()| out.flush()));
        if self.format == Format::Github {
            github::write_summary(command, report);
        }
    }

    /// Prints text as it is, to standard output or standard error.
    pub fn print_plain(text: &str, to_stderr: bool) {
        if to_stderr {
            let _ = std::io::stderr().lock().write_all(text.as_bytes());
            return;
        }
        let mut out = std::io::stdout().lock();
        note_loss(out.write_all(text.as_bytes()).and_then(|()| out.flush()));
    }

    /// Who shows the events of a command at work.
    #[must_use]
    pub fn listener(&self) -> Box<dyn Listener> {
        match self.format {
            Format::Human if std::io::stderr().is_terminal() => Box::new(progress::Rows::new()),
            Format::Json => Box::new(json::Lines),
            Format::Human | Format::Github => Box::new(progress::Plain),
        }
    }
}

/// Makes a note of it that the default branch has moved, for those who only look.
pub fn note_moved(findings: &mut [Finding]) {
    for finding in findings.iter_mut().filter(|it| it.code == Code::Cec60) {
        finding.severity = Severity::Note;
        finding.help = Some("`git fetch`, then look again".to_owned());
    }
}

/// Whether something that was to be printed is lost.
static LOST: AtomicBool = AtomicBool::new(false);

/// Whether a result could not be written to standard output: a full disk, and not a reader
/// that has gone away.
#[must_use]
pub fn is_lost() -> bool {
    LOST.load(Ordering::Relaxed)
}

fn note_loss(written: std::io::Result<()>) {
    if let Err(error) = written
        && error.kind() != ErrorKind::BrokenPipe
    {
        let said = format!("error: cannot write to standard output: {error}\n");
        let _ = std::io::stderr().lock().write_all(said.as_bytes());
        LOST.store(true, Ordering::Relaxed);
    }
}

/// A text whose lines fit a terminal, where there is one.
fn fitting(text: String) -> String {
    match columns() {
        Some(columns) => text::folded(&text, columns),
        None => text,
    }
}

/// Whether to colour; `NO_COLOR` (no-color.org) says no.
fn colours(terminal: bool) -> bool {
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|value| value == "dumb");
    terminal && !no_color && !dumb
}
