//! For GitHub: annotations (workflow commands) and a job summary.

use std::io::Write;

use super::Report;
use super::text::safe;
use thrice_findings::{Finding, Severity};

pub(super) fn render(command: &str, report: &Report) -> String {
    let mut text = String::new();
    for finding in &report.findings {
        text.push_str(&annotation(finding));
    }
    // What follows is not ours alone: commands in it must not be obeyed.
    let token = stop_token(report);
    text.push_str(&format!("::stop-commands::{token}\n"));
    let verdict = report.verdict().word();
    text.push_str(&format!("{command}: {verdict}\n{}", report.body));
    text.push_str(&format!("::{token}::\n"));
    text
}

/// A word that the body does not hold.
fn stop_token(report: &Report) -> String {
    let mut token = String::from("xtask-report");
    while report.body.contains(&token) {
        token.push('-');
    }
    token
}

fn annotation(finding: &Finding) -> String {
    let kind = match finding.severity {
        Severity::Refuse => "error",
        Severity::Warn => "warning",
        Severity::Note => "notice",
    };
    let mut properties = vec![format!("title={}", property(finding.code.name()))];
    let place = finding.place.clone().unwrap_or_default();
    if let Some(file) = &place.file {
        properties.push(format!("file={}", property(file)));
    }
    for (name, number) in [("line", place.line), ("col", place.column)] {
        if let Some(number) = number {
            properties.push(format!("{name}={number}"));
        }
    }
    let mut message = finding.message.clone();
    if place.run.is_some() || place.gate.is_some() {
        message = format!("{}: {message}", place.describe());
    }
    if let Some(help) = &finding.help {
        message.push_str(&format!("\nhelp: {help}"));
    }
    format!("::{kind} {}::{}\n", properties.join(","), data(&message))
}

/// Escaping as the runner undoes it (actions/toolkit, `command.ts`).
fn data(text: &str) -> String {
    safe(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// Appends a summary to the file that the runner names.
pub(super) fn write_summary(command: &str, report: &Report) {
    let Some(path) = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()) else {
        return;
    };
    let Ok(mut file) = std::fs::File::options().append(true).create(true).open(path) else {
        return;
    };
    let mut text = format!("### {command}: {}\n\n", report.verdict().word());
    for finding in &report.findings {
        let place = finding.place.as_ref().map(|place| format!(" ({})", place.describe()));
        let line = format!("{}{}", finding.message, place.unwrap_or_default());
        text.push_str(&format!("- `{}` {}\n", finding.code.name(), markdown(&line)));
    }
    // A fence longer than any in the body cannot be closed by it.
    let longest = report.body.lines().map(|l| l.chars().take_while(|c| *c == '`').count()).max();
    let fence = "`".repeat(longest.unwrap_or(0).max(2) + 1);
    text.push_str(&format!("\n{fence}\n{}\n{fence}\n", safe(&report.body).trim_end()));
    let _ = file.write_all(text.as_bytes());
}

fn markdown(text: &str) -> String {
    let mut out = String::new();
    for character in safe(text).replace('\n', " ").chars() {
        if "\\`*_[]<>|#@&".contains(character) {
            out.push('\\');
        }
        out.push(character);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use thrice_findings::{Code, Place};

    #[test]
    fn what_a_finding_says_cannot_become_a_command() {
        let finding =
            Finding::new(Code::GateFailed, "100%\n::error::x").at(Place::line("a,b:c", 3));
        let expected = "::error title=gate-failed,file=a%2Cb%3Ac,line=3::100%25%0A::error::x\n";
        assert_eq!(annotation(&finding), expected);
    }

    #[test]
    fn the_body_cannot_switch_commands_on_again() {
        let mut report = Report::new();
        report.body = "::xtask-report::\n::error::x\n".to_owned();
        let text = render("orr", &report);
        assert!(text.starts_with("::stop-commands::xtask-report-\n"), "{text}");
        assert!(text.ends_with("::xtask-report-::\n"), "{text}");
    }
}
