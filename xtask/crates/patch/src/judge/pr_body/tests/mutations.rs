//! Two hundred and more edited bodies, made from a good one. Each is refused, and what
//! was edited is named.

use super::*;
use thrice_findings::Code;

const BODY: [Code; 2] = [Code::Cec50, Code::Refuse10];

/// The lines of a body that say something: number from 0, the field that a finding names,
/// and the line.
fn parts<'b>(template: &Template, body: &'b str) -> Vec<(usize, String, &'b str)> {
    let mut parts = Vec::new();
    let mut section = "title".to_owned();
    for (at, line) in body.lines().enumerate() {
        if line.starts_with("## ") {
            section = template.name(line).to_owned();
        }
        let field = template.field(&section, line);
        let field = match section.as_str() {
            "Story" if !line.starts_with('#') => line.split(':').next().unwrap_or_default(),
            section => field.unwrap_or(section),
        };
        if line.chars().any(char::is_alphanumeric) && line != "```json" && section != "Summary" {
            parts.push((at, field.to_owned(), line));
        }
    }
    parts
}

/// The edits of one line: what they are called, and what then stands there.
fn edits(line: &str, next: &str) -> Vec<(&'static str, String)> {
    let half: String = line.chars().take(line.chars().count() / 2).collect();
    let last: String = line.chars().take(line.chars().count().saturating_sub(1)).collect();
    let retyped = if line.contains('0') { line.replace('0', "O") } else { line.to_uppercase() };
    let retyped = if retyped == line { line.replace('a', "á") } else { retyped };
    vec![
        ("drop", String::new()),
        ("truncate", format!("{half}\n")),
        ("cut", format!("{last}\n")),
        ("duplicate", format!("{line}\n{line}\n")),
        ("retype", format!("{retyped}\n")),
        ("swap", format!("{next}\n{line}\n")),
    ]
}

/// Replaces a line, and the one after it where the edit is a swap.
fn edited(lines: &[&str], at: usize, edit: &str, text: &str) -> String {
    let taken = if edit == "swap" { 2 } else { 1 };
    let whole = |lines: &[&str]| lines.iter().map(|line| format!("{line}\n")).collect::<String>();
    format!("{}{text}{}", whole(&lines[..at]), whole(&lines[(at + taken).min(lines.len())..]))
}

#[test]
fn more_than_two_hundred_edited_bodies_are_refused_by_name_in_each_template() {
    for fixture in Fixture::in_each() {
        let summary = Some("Closes #12\n".to_owned());
        edited_bodies_are_refused(&Fixture { story: Some(story()), summary, ..fixture });
    }
}

fn edited_bodies_are_refused(fixture: &Fixture) {
    let body = fixture.body();
    assert_eq!(fixture.reported(&body), [""; 0]);
    let lines: Vec<&str> = body.lines().collect();
    let mut tried = std::collections::BTreeSet::new();
    let all = fixture.with(|facts, _| parts(facts.template, &body));
    for (at, field, line) in &all {
        let next = lines.get(*at + 1).copied().unwrap_or_default();
        for (edit, text) in edits(line, next) {
            let mutated = edited(&lines, *at, edit, &text);
            let nothing = edit == "swap" && next.is_empty();
            if nothing || mutated == body || !tried.insert(mutated.clone()) {
                continue;
            }
            let problems = fixture.with(|facts, _| check(mutated.as_bytes(), facts));
            let findings: Vec<_> = problems.iter().map(|p| p.finding("body.md")).collect();
            assert!(!findings.is_empty(), "{edit} of {line:?} passes");
            assert!(findings.iter().all(|f| BODY.contains(&f.code) && f.place.is_some()));
            let reported: Vec<&str> = findings.iter().map(|f| f.message.as_str()).collect();
            let swapped = all.iter().find(|(other, ..)| edit == "swap" && *other == at + 1);
            let fields = [Some(field.as_str()), swapped.map(|(_, field, _)| field.as_str())];
            let named = |name: &str| reported.iter().any(|message| message.contains(name));
            assert!(
                fields.into_iter().flatten().any(named),
                "{edit} of {line:?} does not name {fields:?}: {reported:#?}"
            );
        }
    }
    assert!(tried.len() >= 200, "{}", tried.len());
}

/// The fields one by one, with values that have the right form and are not so.
#[test]
fn plausible_values_are_refused_by_name() {
    let fixture = Fixture::new();
    let body = fixture.body();
    let zeros = "0".repeat(64);
    let digest = sha256(&scorecard());
    let table: &[(&str, &str, &str, &str)] = &[
        ("repo_sha", "repo_sha: 0123", "repo_sha: 1123", "but the record says"),
        ("branch", "branch: q2-s7", "branch: q3-s7", "but the record says"),
        ("run_ids", "a.1,20260131-a.2", "a.2,20260131-a.1", "but the record says"),
        ("run_ids", "20260131-a.3]", "20260131-a.3,20260131-a.4]", "but the record says"),
        ("scorecard_sha256", &digest, &zeros, "but the record says"),
        ("evidence_zip_sha256", ZIP, &zeros, "but the record says"),
        ("started_at", "started_at: 2026", "started_at: 2025", "but the record says"),
        ("finished_at", "12:09:59Z", "12:09:58Z", "but the record says"),
        ("Plan.json tasks[0].gates", "\"T4\",", "\"T9\",", "there is no gate"),
        ("Plan.json", "\"T-NORM-01\"", "\"T-NORM-02\"", "this is not the line of the plan"),
        ("Scorecard commit", "\"commit\": \"f", "\"commit\": \"e", "this is `e"),
        ("Scorecard verdict", "\"verdict\": \"pass\"", "\"verdict\": \"fail\"", "not `pass`"),
        ("evidence_zip_sha256", &format!("`{ZIP}`"), &format!("`{zeros}`"), "but the record says"),
        ("Files", "- scripts/crypto/sign_batch.py\n", "", "is missing, which"),
    ];
    for (field, from, to, says) in table {
        assert!(body.contains(from), "{from}");
        let reported = fixture.reported(body.replacen(from, to, 1));
        let wanted = |line: &&String| line.contains(&format!(" {field}")) && line.contains(says);
        assert!(reported.iter().any(|line| wanted(&line)), "{field}: {reported:#?}");
    }
}
