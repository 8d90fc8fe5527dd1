//! For programs. The keys never change their meaning.

use serde::Serialize;
use serde_json::Value;

use super::Report;
use super::event::{Event, Listener};
use thrice_findings::{Finding, Verdict};

#[derive(Serialize)]
struct Shape<'a> {
    schema: &'static str,
    command: &'a str,
    verdict: Verdict,
    exit: u8,
    findings: &'a [Finding],
    data: &'a Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<&'a str>,
}

pub(super) fn render(command: &str, report: &Report, data: &Value) -> String {
    let shape = Shape {
        schema: "xtask/report/1",
        command,
        verdict: report.verdict(),
        exit: report.exit(),
        findings: &report.findings,
        data,
        next: report.next.as_deref(),
    };
    let mut text = serde_json::to_string_pretty(&shape).unwrap_or_default();
    text.push('\n');
    text
}

/// Events as lines of JSON on standard error.
pub(super) struct Lines;

impl Listener for Lines {
    fn event(&self, event: &Event) {
        let mut line = serde_json::to_string(event).unwrap_or_default();
        line.push('\n');
        super::Printer::print_plain(&line, true);
    }
}
