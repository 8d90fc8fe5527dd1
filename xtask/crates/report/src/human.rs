//! For people: the verdict first, then what was found, then the details.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::Report;
use super::text::{counted, safe};
use thrice_findings::{Code, Finding, Severity, Verdict};

pub(super) fn render(command: &str, report: &Report, colours: bool) -> String {
    let mut text = String::new();
    if report.announces {
        text.push_str(&headline(command, report, colours));
    }
    if report.body_first {
        text.push_str(&report.body);
        if !report.findings.is_empty() && !text.ends_with("\n\n") {
            text.push('\n');
        }
    }
    for finding in &report.findings {
        text.push_str(&self::finding(finding, colours));
        text.push_str("\n\n");
    }
    if !report.body_first {
        text.push_str(&report.body);
    }
    if let Some(next) = &report.next {
        text.push_str(&format!("next: {}\n", safe(next)));
    }
    text
}

fn headline(command: &str, report: &Report, colours: bool) -> String {
    let verdict = report.verdict();
    let follows = |finding: &&Finding| finding.code == Code::GateSkipped;
    let mut codes: Vec<&str> = report
        .findings
        .iter()
        .flat_map(Finding::all)
        .filter(|finding| finding.severity == Severity::Refuse && !follows(finding))
        .map(|finding| finding.code.name())
        .collect();
    codes.sort_unstable();
    codes.dedup();
    if let Some(headline) = &report.headline {
        let word = paint(&safe(headline), verdict, colours);
        return match verdict {
            Verdict::Pass => format!("{word}{}\n", warned(report)),
            _ => format!("{word}, exit status {}\n\n", report.exit()),
        };
    }
    let word = paint(verdict.word(), verdict, colours);
    if verdict == Verdict::Pass {
        return format!("{command}: {word}{}\n", warned(report));
    }
    let exit = report.exit();
    format!("{command}: {word} ({}), exit status {exit}\n\n", codes.join(", "))
}

fn warned(report: &Report) -> String {
    let warnings = report.findings.iter().filter(|f| f.severity == Severity::Warn).count();
    let tail = if report.findings.is_empty() { "" } else { "\n" };
    match warnings {
        0 => tail.to_owned(),
        _ => format!(", with {}{tail}", counted(warnings, "warning")),
    }
}

fn paint(word: &str, verdict: Verdict, colours: bool) -> String {
    let colour = match verdict {
        Verdict::Pass => "32",
        Verdict::Fail => "31",
        Verdict::NotEstablished => "33",
    };
    if colours { format!("\u{1b}[1;{colour}m{word}\u{1b}[0m") } else { word.to_owned() }
}

fn finding(finding: &Finding, colours: bool) -> String {
    let place = finding.place.clone().unwrap_or_default();
    match (&place.excerpt, place.line, &place.file) {
        (Some(excerpt), Some(line), Some(file)) => {
            let message = safe(&finding.message);
            let help = finding.help.as_deref().map(safe);
            let level = match finding.severity {
                Severity::Refuse => Level::ERROR,
                Severity::Warn => Level::WARNING,
                Severity::Note => Level::NOTE,
            };
            let snippet = Snippet::source(tabs_as_spaces(&safe_line(&excerpt.line)))
                .line_start(line)
                .path(safe(file))
                .fold(false)
                .annotation(AnnotationKind::Primary.span(span_in(&excerpt.line, &excerpt.span)));
            let title = level.primary_title(message.as_str()).id(finding.code.name());
            let mut group = Group::with_title(title).element(snippet);
            if let Some(help) = &help {
                group = group.element(Level::HELP.message(help.as_str()));
            }
            let renderer = if colours { Renderer::styled() } else { Renderer::plain() };
            renderer.decor_style(DecorStyle::Ascii).render(&[group])
        }
        _ => without_excerpt(finding, &safe(&place.describe()), colours),
    }
}

/// The same form for a finding that has no line to show.
fn without_excerpt(finding: &Finding, place: &str, colours: bool) -> String {
    let (word, colour) = match finding.severity {
        Severity::Refuse => ("error", "91"),
        Severity::Warn => ("warning", "33"),
        Severity::Note => ("note", "92"),
    };
    let (code, message) = (finding.code.name(), safe(&finding.message));
    let mut text = if colours {
        format!("\u{1b}[1;{colour}m{word}[{code}]\u{1b}[0m\u{1b}[1m: {message}\u{1b}[0m")
    } else {
        format!("{word}[{code}]: {message}")
    };
    if !place.is_empty() {
        text.push_str(&format!("\n  --> {place}"));
    }
    for line in &finding.quote {
        text.push_str(&format!("\n   | {}", safe_line(line).trim_end()));
    }
    for line in folded(&finding.under) {
        text.push_str(&format!("\n   = {line}"));
    }
    if let Some(help) = &finding.help {
        text.push_str(&format!("\n   = help: {}", safe(help)));
    }
    text
}

/// How many findings under another are shown.
const FOLDED: usize = 4;

/// What is under a finding beside its cause, which its message reports: a line each, and
/// one for all gates that were skipped.
fn folded(under: &[Finding]) -> Vec<String> {
    let skipped = |finding: &&Finding| finding.code == Code::GateSkipped;
    // That the runner failed follows from a test that did.
    let by_test = under.first().is_some_and(|first| first.code == Code::TestFailed);
    let follows = |finding: &&Finding| by_test && finding.code == Code::GateFailed;
    let others: Vec<&Finding> =
        under.iter().skip(1).filter(|it| !skipped(it) && !follows(it)).collect();
    let line = |finding: &&Finding| {
        let place = finding.place.clone().unwrap_or_default();
        let at = place.file.is_some().then(|| format!(" ({})", safe(&place.describe())));
        let last = finding.quote.iter().map(|line| format!("; its last line: {}", safe(line)));
        format!("{}{}{}", safe(&finding.message), last.collect::<String>(), at.unwrap_or_default())
    };
    // The line that says "1 more" can as well say which.
    let shown = if others.len() == FOLDED + 1 { FOLDED + 1 } else { FOLDED };
    let mut lines: Vec<String> = others.iter().take(shown).map(line).collect();
    if others.len() > shown {
        let are_tests = others[shown..].iter().all(|it| it.code == Code::TestFailed);
        let place = if are_tests { "in the log" } else { "with `--format json`" };
        lines.push(format!("{} more, {place}", others.len() - shown));
    }
    let gate = |finding: &Finding| finding.place.as_ref()?.gate.clone();
    let gates: Vec<String> = under.iter().filter(skipped).filter_map(gate).collect();
    if !gates.is_empty() {
        lines.push(format!("skipped: {}", gates.join(", ")));
    }
    lines
}

fn safe_line(line: &str) -> String {
    line.chars().map(|c| if c.is_control() && c != '\t' { '\u{fffd}' } else { c }).collect()
}

fn tabs_as_spaces(line: &str) -> String {
    line.replace('\t', " ")
}

/// The span in the line as it is shown, where control characters take other bytes.
fn span_in(line: &str, span: &std::ops::Range<usize>) -> std::ops::Range<usize> {
    let shown = |at: usize| tabs_as_spaces(&safe_line(line.get(..at).unwrap_or(line))).len();
    let (start, end) = (shown(span.start), shown(span.end));
    start..end.max(start)
}
